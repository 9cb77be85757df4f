/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole declared state that is made good: one change that is made of others. What differs is
 * noted in one commit, before the first of them is begun. Then each claim's change is an ordinary
 * one of its user, with its own id, its own plan and its own way back, in the queue behind those
 * that others have asked for meanwhile. What fails is told at the end, and the next claim's is
 * begun all the same. Effect, on the daemon's loop. Called by daemon/api/method-state.c and by the
 * parts of a transaction.
 *
 * The store has two entries of it: what is wished, which is written once, and how far it has come,
 * a few bytes. A daemon that dies goes on with what is left at its next start. What it was about
 * then is asked for once more, which changes nothing where it was done.
 */
#pragma once

#include "daemon/claim/wish-list.h"
#include "util/log.h"

struct apply;
struct change_answer;
struct change_record;
struct change_request;
struct store;
struct engine;
struct varlink_call;

#define APPLY_PREFIX "apply/"

/**
 * apply_submit() - takes a list of wishes on, and answers @call when all have ended, or at once
 * @list: sorted; taken over, also on failure
 *
 * As engine_submit(): the wishes of a client that leaves are not begun any more, and the
 * change under way is taken back.
 *
 * Return: 0; -ENOMEM. Every other end is an answer to the call.
 */
int apply_submit(struct engine *engine, struct varlink_call *call,
		 const struct change_request *request, struct wish_list *list);

/* @error: the store could not be read */
typedef void (*apply_recovered_fn)(void *userdata, int error);

/**
 * apply_recover() - takes on what the last run has left, and calls back then
 * @log: outlives the call, as the others do
 *
 * What can't be read is told in the log and left as it is: it was never begun, or its claims are
 * each as they were or as they are wished.
 *
 * Return: 0 or negative errno, and then @callback is not called.
 */
int apply_recover(struct store *store, struct engine *engine, const struct log *log,
		  apply_recovered_fn callback, void *userdata);

/* ---- for the parts of the engine ---- */

/** apply_part_ended() - the change at hand has ended so; @work of the change that it is part of */
void apply_part_ended(void *work, const struct change_answer *answer);

/** apply_record() - the change, or NULL when only its entry is left, which could not be erased */
const struct change_record *apply_record(const struct apply *apply);

/** applies_wake() - begins what could not begin before, and erases what could not be erased */
void applies_wake(struct engine *engine);

/** applies_store_is_late() - whoever waits for a commit of an apply is told, and waits no more */
void applies_store_is_late(struct engine *engine);

/** applies_free() - without an answer: what is left goes on at the next start */
void applies_free(struct engine *engine);

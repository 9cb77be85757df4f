/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An apply fulfils a whole declared state: one change that is made of other changes, its parts.
 * One commit notes all wishes that differ from the claims, before the first part is begun. Then
 * each claim's change is an ordinary change of the user, with its own id, its own plan and its own
 * way back, in the queue behind changes that others have asked for meanwhile. A part that fails is
 * told at the end, and the next part is begun all the same. Effect, on the daemon's loop. Called by
 * daemon/api/method-state.c and by the parts of the engine.
 *
 * The store has two entries of an apply: the wishes, which are written once, and the number of
 * wishes that have ended, a few bytes. After the daemon has died, the next start goes on with the
 * rest. The wish at which the daemon died is asked for once more, which changes nothing when the
 * wish was fulfilled.
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

/* @error: the store could not be read, or -ENOMEM; or 0 */
typedef void (*apply_recovered_fn)(void *userdata, int error);

/**
 * apply_recover() - takes on the applies that the last run has left, and calls back then
 * @log: outlives the call, as the others do
 *
 * The log tells of an entry that can't be read, and the entry stays: each claim is as the claim
 * was, or as wished.
 *
 * Return: 0 or negative errno, and then @callback is not called.
 */
int apply_recover(struct store *store, struct engine *engine, const struct log *log,
		  apply_recovered_fn callback, void *userdata);

/* ---- for the parts of the engine ---- */

/** apply_part_ended() - the part at hand has ended with @answer; @work: the apply of the part */
void apply_part_ended(void *work, const struct change_answer *answer);

/** apply_record() - the record; NULL when only an entry is left, which could not be erased */
const struct change_record *apply_record(const struct apply *apply);

/** applies_wake() - begins parts that could not begin, and erases entries that could not be erased
 */
void applies_wake(struct engine *engine);

/** applies_store_is_late() - tells clients that wait for a commit of an apply, who then wait no
 * more */
void applies_store_is_late(struct engine *engine);

/** applies_free() - frees all without an answer: the next start goes on with the rest */
void applies_free(struct engine *engine);

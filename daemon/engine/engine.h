/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries changes out: for each a fresh snapshot, a plan from it, a note of it in the journal, its
 * steps through a performer, their inverses when one fails or the client leaves, and a look at the
 * object as the proof. Changes of different lanes (change/lanes.h) are under way at the same time,
 * those of one lane one after the other. Never blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "daemon/observe/observer.h"

struct change_record;
struct change_register;
struct change_request;
struct claim_record;
struct claim_table;
struct lane_set;
struct performer_kind;
struct change_entry;
struct store;
struct subject;
struct engine;
struct json_object;
struct varlink_call;
struct varlink_peer;
struct wish_list;

/* Whose changes come before all others, which clients don't ask for: daemon/claim/reconciler.c. */
struct engine_owner {
	/* That his changes need; outlives the engine. */
	const struct lane_set *lanes;
	/* His next change may begin: adds one with engine_mend(), or none. */
	void (*next)(void *userdata);
	/* What a crash has left, as a subject to be owned by the engine; NULL without memory. */
	struct subject *(*subject_of)(void *userdata, const struct change_entry *left);
	/*
	 * The wish at hand, as a subject to be owned by the engine; 0, -EINVAL when it makes no
	 * sense, -ENOMEM.
	 */
	int (*subject_of_wish)(void *userdata, const struct wish_list *list,
			       struct subject **ret_subject);
	/* A claim ends: it is in the table for the last time. */
	void (*on_claim_end)(void *userdata, const struct claim_record *record);
	/* Could one begin, if his lanes were free, for a claim that is not @claimant's nor @except?
	 */
	bool (*has_work)(void *userdata, const char *claimant, const char *except);
	/* Nothing is under way in his lanes, and nothing there may begin. */
	void (*on_idle)(void *userdata);
	void *userdata;
};

/**
 * engine_new() - the engine of one host, which does not begin before it is released
 * @observer: must outlive the engine
 * @performers: likewise; who performs steps, the first one those of kinds that name nobody
 * @performer_count: 0 where only plans are asked for
 * @claims: likewise; kept as changes make, alter and end them
 * @owner: copied
 *
 * Return: 0 or negative errno.
 */
int engine_new(sd_event *event, const struct log *log, struct observer *observer,
	       const struct performer_kind *performers, size_t performer_count,
	       struct claim_table *claims, const struct engine_owner *owner,
	       struct engine **ret_engine);

/**
 * engine_recover() - takes up a change that was cut short, before all others of its lanes
 * @key: of its entry in the journal, which is forgotten at the end
 * @left: taken over on success; without steps, where these can't be read: then nothing is changed
 *	in its lanes, until a daemon comes that can
 *
 * Return: 0 or -ENOMEM.
 */
int engine_recover(struct engine *engine, const char *key, struct change_entry *left);

/**
 * engine_mend() - takes on a change that no client asks for; called by the owner's next() only
 * @subject: taken over, also on failure; NULL is a failed allocation
 *
 * Return: 0 or -ENOMEM.
 */
int engine_mend(struct engine *engine, struct subject *subject);

/** engine_wake() - begins what may begin, after having asked the owner for his next change */
void engine_wake(struct engine *engine);

/** engine_looked() - the host was looked at: what a change awaits may have come */
void engine_looked(struct engine *engine, const struct world *world);

/**
 * engine_release() - begins: what a crash has left is known
 * @store: where changes are noted; must outlive the engine; NULL to note nothing
 * @problem: NULL, or why nothing may be changed; then every change is answered with that. Not
 * copied
 *
 * Called again when that has changed.
 */
void engine_release(struct engine *engine, struct store *store, const char *problem);

/**
 * engine_store_is_late() - the store does not answer, and may not for long
 * @problem: as above, until engine_release() says otherwise
 *
 * Whoever waits for that is told, and so is whoever would have to wait for him. What is under way
 * goes on without its client when the store answers.
 */
void engine_store_is_late(struct engine *engine, const char *problem);

/** engine_serve() - begins with clients' changes; until then they wait */
void engine_serve(struct engine *engine);

/**
 * engine_stop() - nothing begins any more: the end has come
 *
 * Clients are told of the end one after another, and what each had asked for ends with it: then it
 * would be the turn of the next.
 */
void engine_stop(struct engine *engine);

/** engine_free() - drops what waits; what is under way is left to the next start */
struct engine *engine_free(struct engine *engine);

/**
 * engine_submit() - takes a change on, and answers @call when it is done, or at once
 * @call: a reference is taken
 * @subject: taken over, also on failure
 *
 * What was asked for before by the same id is not done once more: the answer is the first one's.
 *
 * Return: 0; -ENOMEM. Every other end is an answer to the call.
 */
int engine_submit(struct engine *engine, struct varlink_call *call,
		  const struct change_request *request, struct subject *subject);

/** engine_changes() - all that are known by their ids */
const struct change_register *engine_changes(const struct engine *engine);

/**
 * engine_listen() - answers @call with the result of a change, now or at its end
 *
 * Return: 0 or -ENOMEM.
 */
int engine_listen(struct engine *engine, struct change_record *record, struct varlink_call *call);

/* A positive outcome: it is refused. */
#define ENGINE_E_REFUSED 1

/**
 * engine_cancel() - nobody wants it any more: what was done is taken back, what waits ends
 * @peer: who says so
 * @problems: receives why not
 *
 * Return: 0; ENGINE_E_REFUSED; -ENOMEM.
 */
int engine_cancel(struct change_record *record, const struct varlink_peer *peer,
		  struct refusal_list *problems);

/**
 * engine_list() - all changes: what is under way, what waits, in its order, and what has
 *	ended, the last one first
 *
 * Return: an array of (Change); NULL when there is no memory.
 */
struct json_object *engine_list(const struct engine *engine);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries changes out. A change takes a fresh snapshot, a plan from the snapshot, and a note of the
 * plan in the journal; a performer performs the steps, and their inverses when a step fails or the
 * client leaves; a look at the object is the proof. Changes of different lanes (change/lanes.h) are
 * under way at the same time, changes of one lane one after the other. Never blocks.
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
struct performers;
struct change_entry;
struct store;
struct subject;
struct engine;
struct json_object;
struct varlink_call;
struct varlink_peer;
struct wish_list;

/*
 * The owner of the claims (daemon/claim/reconciler.c): the owner's changes, which no client asks
 * for, come before the changes of clients.
 */
struct engine_owner {
	/*
	 * The lanes of this host: a change in these lanes changes what looks at the host show, and
	 * the daemon is ready when the owner has nothing to do there. Outlives the engine.
	 */
	const struct lane_set *lanes;
	/* A change of the owner may begin, in lanes that engine_may_mend() allows: the owner adds a
	 * change with engine_mend(), or none. */
	void (*next)(void *userdata);
	/* The subject of an entry that a crash has left, to be owned by the engine; NULL without
	 * memory. */
	struct subject *(*subject_of)(void *userdata, const struct change_entry *left);
	/*
	 * The subject of the wish at hand, to be owned by the engine; 0, -EINVAL when the wish
	 * makes no sense, -ENOMEM.
	 */
	int (*subject_of_wish)(void *userdata, const struct wish_list *list,
			       struct subject **ret_subject);
	/* A claim ends: the table still has the claim, for the last time. */
	void (*on_claim_end)(void *userdata, const struct claim_record *record);
	/* Could a change of the owner begin that needs one of @lanes, if these were free, for a
	 * claim that is neither @claimant's nor @except? */
	bool (*has_work)(void *userdata, const struct lane_set *lanes, const char *claimant,
			 const char *except);
	/* No change is under way in the lanes of this host, and none may begin there. */
	void (*on_idle)(void *userdata);
	void *userdata;
};

/**
 * engine_new() - the engine of one host; no change begins before engine_release()
 * @observer: must outlive the engine
 * @performers: copied; the kinds of performers, and what they are made from: the first kind
 *	performs steps whose kind names no performer. No kinds where only plans are asked for
 * @claims: must outlive the engine; kept up to date as changes make, alter and end claims
 * @owner: copied
 *
 * Return: 0 or negative errno.
 */
int engine_new(sd_event *event, const struct log *log, struct observer *observer,
	       const struct performers *performers, struct claim_table *claims,
	       const struct engine_owner *owner, struct engine **ret_engine);

/**
 * engine_recover() - takes up a change that was cut short, before all other changes of its lanes
 * @key: of the change's entry in the journal, which is erased at the end
 * @left: taken over on success; without steps, where the steps can't be read: then nothing is
 *	changed in the lanes of the entry, until a daemon comes that can read the steps
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

/** engine_may_mend() - does nobody hold one of these lanes, and is no other change of the daemon's
 * own to come there? */
bool engine_may_mend(const struct engine *engine, const struct lane_set *lanes);

/** engine_wake() - asks the owner for the next change, then begins all changes that may begin */
void engine_wake(struct engine *engine);

/** engine_looked() - the host was looked at: an event that a change awaits may have come */
void engine_looked(struct engine *engine, const struct world *world);

/**
 * engine_use_store() - from now on changes are noted here, or not at all
 * @store: must outlive the engine; NULL where nothing is noted
 * @problem: NULL, or the reason why nothing may be changed; then every change is answered with the
 *	reason. Not copied: valid until the next call
 *
 * Called before anything that may wake the engine, whenever store or problem have changed.
 */
void engine_use_store(struct engine *engine, struct store *store, const char *problem);

/** engine_release() - changes may begin: the journal was read, or can't be */
void engine_release(struct engine *engine);

/**
 * engine_store_is_late() - the store does not answer, and may not for long
 * @problem: as above, until the next engine_use_store()
 *
 * A client whose change waits for the store is told, and so is a client whose change would have to
 * wait for such a change. A change under way goes on without its client when the store answers.
 */
void engine_store_is_late(struct engine *engine, const char *problem);

/** engine_serve() - clients' changes may begin; until then these changes wait */
void engine_serve(struct engine *engine);

/**
 * engine_stop() - no change begins any more: the daemon ends
 *
 * Clients are told of the end one after another, and the change of a client ends with the client.
 * Without engine_stop() the next client's change would begin then. Results that wait for the store
 * are handed to the store, which writes them before it is freed.
 */
void engine_stop(struct engine *engine);

/** engine_free() - drops changes that wait; changes under way are left to the next start */
struct engine *engine_free(struct engine *engine);

/**
 * engine_submit() - takes a change on, and answers @call when the change is done, or at once
 * @call: a reference is taken
 * @subject: taken over, also on failure
 *
 * A second request with the same id makes no second change: its answer is the first one's result.
 *
 * Return: 0; -ENOMEM. Every other end is an answer to the call.
 */
int engine_submit(struct engine *engine, struct varlink_call *call,
		  const struct change_request *request, struct subject *subject);

/** engine_changes() - all changes that are known by their ids */
const struct change_register *engine_changes(const struct engine *engine);

/**
 * engine_listen() - answers @call with the result of a change, now or at its end
 *
 * Return: 0 or -ENOMEM.
 */
int engine_listen(struct engine *engine, struct change_record *record, struct varlink_call *call);

/* A positive result: the cancellation is refused. */
#define ENGINE_E_REFUSED 1

/**
 * engine_cancel() - cancels a change: a change under way is taken back, a change that waits ends
 * @peer: the client who cancels
 * @problems: receives why the change can't be cancelled
 *
 * Return: 0; ENGINE_E_REFUSED; -ENOMEM.
 */
int engine_cancel(struct change_record *record, const struct varlink_peer *peer,
		  struct refusal_list *problems);

/**
 * engine_list() - all changes: those under way, those that wait, in their order, and those that
 *	have ended, the last one first
 *
 * Return: an array of (Change); NULL when there is no memory.
 */
struct json_object *engine_list(const struct engine *engine);

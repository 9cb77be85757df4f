/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the engine share: engine.c (the queue of changes), work-turn.c (whose
 * turn it is), work-drive.c (the tasks of a change performed), work-answer.c (what
 * its end is told as), work-client.c (who asks for it, listens to it and cancels it),
 * engine-list.c (telling of all).
 */
#pragma once

#include "change/change.h"
#include "change/performer.h"
#include "daemon/claim/subject.h"
#include "daemon/engine/change-listeners.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/patience.h"
#include "daemon/store/store.h"

/* "uid:" and a number; of a waiting change also its method */
#define ENGINE_OWNER_MAX (sizeof("uid:") + 3 * sizeof(uid_t))
#define ENGINE_OTHER_MAX 64

struct work {
	struct engine *engine;
	struct change_record *record;	 /* its id, who has asked for it, who listens */
	struct change_answer answer;	 /* how it has ended */
	uint64_t round;			 /* in which it is its user's turn */
	struct change life;		 /* the machine, which work-drive.c drives */
	struct subject *subject;	 /* what the change is about */
	struct snapshot *snapshot;	 /* that it was planned from, or NULL */
	const struct topology *topology; /* of the snapshot, or a draft */
	struct journal_entry left;	 /* what a crash has left; instead of a plan */
	char key[JOURNAL_KEY_MAX];	 /* of the entry in the journal */
	struct json_object *holders;	 /* who holds the memory that would not go offline */
	bool diagnoses;			 /* that is being found out */
	bool returned;			 /* a claim is again what it was */
	bool gives_way;			 /* its step under way was given up, for others */
	char gives_way_to[ENGINE_OTHER_MAX];
};

struct engine {
	const struct log *log;
	struct observer *observer;
	struct claim_table *claims;
	struct change_register changes;
	struct store *store;	       /* NULL where nothing is to be remembered */
	const char *store_problem;     /* why nothing may be changed, or NULL */
	struct performer *performer;   /* NULL where only plans are asked for */
	sd_event_source *late_timer;   /* the host should have been looked at by now */
	sd_event_source *turn_timer;   /* runs while one is under way */
	struct patience patience;      /* with the one that is */
	ARRAY(struct work *) waiting;  /* the first one is under way */
	ARRAY(struct apply *) applies; /* of which one change each is among them, if any */
	uint64_t round;		       /* of the client's change that was begun last */
	bool released;		       /* what a crash has left is known */
	bool unforgotten;	       /* the journal holds what has ended */
	bool serves_clients;	       /* what could be done without them is done */
	bool under_way;		       /* the first one */
	bool is_stuck;		       /* ... and waits for a store that does not answer */
	bool stopped;		       /* nothing begins any more */
	bool unsettled;		       /* the observer is to look, the worker to go */
	struct engine_owner owner;
};

/* Has a client asked for it, or is it ours? */
static inline bool work_is_asked(const struct work *work)
{
	return work->record->origin == CHANGE_OF_CLIENT;
}

/* ---- engine.c ---- */

/**
 * work_new() - the last one that waits
 * @subject: taken over, also on failure
 *
 * Return: 0; -EDQUOT when its user has as many as he may; -ENOMEM.
 */
int work_new(struct engine *engine, const struct change_requester *asked, struct subject *subject,
	     struct work **ret_work);

/** work_refuse_to_wait() - it would have to wait for what waits for the store */
void work_refuse_to_wait(struct work *work);

/** work_take_place() - puts a client's, which is the last one, where it belongs */
void work_take_place(struct work *work);

/** work_end() - it is answered and gone; when it was its turn, the next one begins */
void work_end(struct work *work);

/**
 * work_settle_down() - the observer may look at what was done, and the worker has no more to
 *	do
 * @unsettled: something was done just now
 */
void work_settle_down(struct engine *engine, bool unsettled);

/** work_world() - what a change that has a topology is planned in */
struct world work_world(const struct work *work);

/** engine_owner_name() - whose a claim is that this user's change makes: "uid:1000" */
void engine_owner_name(uid_t uid, char name[static ENGINE_OWNER_MAX]);

/* ---- work-client.c ---- */

/** work_leave() - nobody wants it any more: the machine is told, and does not begin another
 * step
 */
void work_leave(struct work *work);

/* ---- work-turn.c ---- */

/** work_verb() - "CreateRegion" */
const char *work_verb(const struct change_record *record);

/** work_object() - what it is about, as far as that is known and can be a name; or NULL */
const char *work_object(const struct work *work);

/** work_object_name() - the same for the log, where there is always a word */
const char *work_object_name(const struct work *work);

/** work_step() - the step under way, or NULL */
const struct step *work_step(const struct work *work);

/** work_describe() - whose it is, for whoever waits; NULL without memory */
const char *work_describe(const struct work *work, struct arena *arena);

/** work_turn_init() - 0 or negative errno */
int work_turn_init(struct engine *engine, sd_event *event);

/** work_turn_begin() - the first one is under way: from now on others wait for it */
void work_turn_begin(struct engine *engine);
void work_turn_end(struct engine *engine);

/** work_turn_tell() - for whom it waits, if it does: to whoever has asked for it */
void work_turn_tell(struct work *work);

/** work_turn_explain() - adds why a step was given up; 0 or -ENOMEM */
int work_turn_explain(struct work *work, const struct step *step);

/* ---- work-client.c ---- */

extern const struct change_work_ops engine_work_ops;

/** work_requester() - a change that a call asks for */
struct change_requester work_requester(const struct varlink_call *call,
				       const struct change_request *request);

/**
 * work_asked_before() - answers a call by what was asked for by its id before
 *
 * Return: 1 when the call was, or will be, answered so; 0; -ENOMEM.
 */
int work_asked_before(struct engine *engine, struct varlink_call *call,
		      const struct change_request *request);

/** work_refuse_too_many() - answers for -EDQUOT; any other error is returned */
int work_refuse_too_many(struct varlink_call *call, int error);

/** work_answer_taken_on() - answers with the id of a change, or at its end; 0 or -ENOMEM */
int work_answer_taken_on(struct engine *engine, struct varlink_call *call,
			 const struct change_request *request, struct change_record *change);

/* ---- work-drive.c ---- */

/** work_proceed() - performs the next tasks of a change, up to one that takes time */
void work_proceed(struct work *work);

/** work_give_up_look() - a look at what a plan takes away does not come: another look will
 */
void work_give_up_look(struct work *work);

/* ---- work-answer.c ---- */

/** work_cancelled() - who has cancelled a change; parameters of Cancelled, or NULL */
struct json_object *work_cancelled(const struct change_record *record);

/** work_not_known() - the store does not answer; parameters of Failed, or NULL */
struct json_object *work_not_known(const char *problem);

/** work_answer() - tells how it has ended, and ends it */
void work_answer(struct work *work);

/** work_answer_late() - tells that it does not end, because the store does not answer */
void work_answer_late(struct work *work);

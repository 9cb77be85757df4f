/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the engine share: engine.c (its life and its store), work-queue.c (the changes
 * in their order, and which of them begins), work-turn.c (how long others wait, and for whom),
 * work-drive.c (the tasks of a change performed), work-left.c (what can't be taken up),
 * work-answer.c (what its end is told as), work-client.c (who asks for it, listens to it and
 * cancels it), engine-list.c (telling of all).
 */
#pragma once

#include "change/change.h"
#include "change/lanes.h"
#include "change/reservations.h"
#include "daemon/claim/subject.h"
#include "daemon/engine/change-listeners.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/journal-debt.h"
#include "daemon/engine/patience.h"
#include "daemon/engine/performers.h"
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
	struct performer *performer;	 /* taken for the change, or NULL */
	struct snapshot *snapshot;	 /* that it was planned from, or NULL */
	const struct topology *topology; /* of the snapshot, or a draft */
	struct change_entry entry;	 /* of what a crash has left; else its receipts only */
	char key[JOURNAL_KEY_MAX];	 /* of the entry in the journal, or "" */
	uint64_t debt;			 /* the number up to which the note forgets others */
	struct json_object *holders;	 /* who holds the memory that would not go offline */
	sd_event_source *timer;		 /* of the task at hand: its deadline */
	struct patience patience;	 /* with it, while others wait */
	const struct work *held_up_by;	 /* while it waits: who held a lane of it at first */
	bool was_held_up;		 /* ... who has left since */
	char *problem;			 /* why it, or what it waits for, can't be taken up */
	uint64_t retry_ms;		 /* ... and is asked for again; 0 at first */
	bool is_left_alone;		 /* ... and keeps its lanes */
	bool has_begun;			 /* it had its lanes once */
	bool touches_host;		 /* its steps change this host, in a lane of the owner's */
	bool owes;			 /* the journal ought to have forgotten it */
	bool has_parted;		 /* from its clients: the store does not answer */
	bool diagnoses;			 /* the holders are being found out */
	bool returned;			 /* a claim is again what it was */
	bool gives_way;			 /* its step under way was given up, for others */
	char gives_way_to[ENGINE_OTHER_MAX];
};

struct engine {
	sd_event *event;
	const struct log *log;
	struct observer *observer;
	struct claim_table *claims;
	struct change_register changes;
	struct store *store;		  /* NULL where nothing is to be remembered */
	const char *store_problem;	  /* why nothing may be changed, or NULL */
	struct performers performers;	  /* without kinds where only plans are asked for */
	struct lanes lanes;		  /* of the works under way */
	struct reservations reservations; /* ... and of those that wait for another stage */
	sd_event_source *turn_timer;	  /* runs while one is under way */
	ARRAY(struct work *) works;	  /* those under way, and those that wait in their order */
	ARRAY(struct apply *) applies;	  /* of which one change each is among them, if any */
	uint64_t round;		    /* of the client's changes that have begun, the last one */
	struct journal_debts debts; /* what the journal holds of changes that have ended */
	uint64_t forgets;	    /* the number up to which they are being forgotten, or 0 */
	size_t under_way;	    /* works that have begun */
	size_t on_host;		    /* ... and touch this host */
	bool released;		    /* what a crash has left is known */
	bool serves_clients;	    /* what could be done without them is done */
	bool is_late;		    /* the store does not answer */
	bool is_stuck;		    /* ... and one waits for it */
	bool stopped;		    /* nothing begins any more */
	bool unsettled;		    /* the observer is to look, the worker to go */
	bool is_waking, is_to_wake; /* engine_wake() is called from whatever it does */
	struct engine_owner owner;
};

/* Has a client asked for it, or is it ours? */
static inline bool work_is_asked(const struct work *work)
{
	return work->record->origin == CHANGE_OF_CLIENT;
}

/* ---- engine.c ---- */

/** work_refuse_to_wait() - it would have to wait for what waits for the store */
void work_refuse_to_wait(struct work *work);

/** work_waits_for_store() - is its task at hand a commit? */
bool work_waits_for_store(const struct work *work);

/** engine_stick() - one waits for a store that does not answer: clients are told, and part */
void engine_stick(struct engine *engine);

/** work_world() - what a change that has a topology is planned in */
struct world work_world(const struct work *work);

/** engine_owner_name() - whose a claim is that this user's change makes: "uid:1000" */
void engine_owner_name(uid_t uid, char name[static ENGINE_OWNER_MAX]);

/* ---- work-queue.c ---- */

/**
 * work_new() - the last one that waits
 * @subject: taken over, also on failure
 *
 * Return: 0; -EDQUOT when its user has as many as he may; -ENOMEM.
 */
int work_new(struct engine *engine, const struct change_requester *asked, struct subject *subject,
	     struct work **ret_work);

/** work_take_place() - puts a client's, which is the last one, where it belongs */
void work_take_place(struct work *work);

/** work_is_waiting() - is it not its turn yet, or again? */
bool work_is_waiting(const struct work *work);

/** work_blocker() - whose end a waiting change has to wait for first; NULL when it may begin */
const struct work *work_blocker(const struct work *work);

/** work_waits_for() - does a change wait for a lane that another one holds or waits for, too? */
bool work_waits_for(const struct work *work, const struct work *other);

/** work_release_lanes() - it holds none any more: engine_wake() begins who waits for them */
void work_release_lanes(struct work *work);

/** works_begin() - begins all that may begin, and asks the owner for more */
void works_begin(struct engine *engine);

/** work_touches_host() - from here on, its steps may change what the owner's changes depend on */
void work_touches_host(struct work *work);

/** work_leaves_host() - its steps are done, for now: a look is to show them */
void work_leaves_host(struct work *work);

/** work_settle_down() - the observer may look at what was done, and idle workers end */
void work_settle_down(struct engine *engine);

/** work_end() - it is answered and gone, and its lanes are free */
void work_end(struct work *work);

/**
 * work_reserve() - what a stage has to do with is nobody else's until the change has ended
 * @stage: as it is planned
 *
 * Return: 0; CHANGE_E_FORBIDDEN with the reason; -ENOMEM.
 */
int work_reserve(struct work *work, const struct change_stage *stage);

/** works_free() - drops all of them */
void works_free(struct engine *engine);

/* ---- work-client.c ---- */

/** work_leave() - nobody wants it any more: the machine is told, and does not begin another
 * step
 */
void work_leave(struct work *work);

/* ---- work-left.c ---- */

/** work_is_left() - has a crash left it? */
bool work_is_left(const struct work *work);

/** work_take_up() - its life begins, with the entry */
void work_take_up(struct work *work);

/** work_leave_alone() - it can't be taken up: its lanes are kept, and it is tried again */
void work_leave_alone(struct work *work);

/** work_take_up_again() - the time has come to try */
void work_take_up_again(struct work *work);

/** work_is_taken_up() - it can be asked what has become of its steps */
void work_is_taken_up(struct work *work);

/** works_refuse_left() - clients do not wait for what may never be taken up */
void works_refuse_left(struct engine *engine);

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

/** work_turn_begin() - one more is under way, which others may wait for */
void work_turn_begin(struct engine *engine);

/** work_turn_end() - one less is under way */
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

/** work_looked() - the host was looked at, which may show what a change awaits */
void work_looked(struct work *work, const struct world *world);

/** work_fail() - what it needs to go on is not there; @error: a negative errno */
void work_fail(struct work *work, int error);

/** work_set_timer() - the task at hand has a deadline */
void work_set_timer(struct work *work, uint64_t within_ms);

/** work_timer_init() - 0 or negative errno */
int work_timer_init(struct work *work);

/** work_give_performer_back() - it has no more to do for this change, or nothing */
void work_give_performer_back(struct work *work);

/* ---- work-answer.c ---- */

/** work_cancelled() - who has cancelled a change; parameters of Cancelled, or NULL */
struct json_object *work_cancelled(const struct change_record *record);

/** work_not_known() - the store does not answer; parameters of Failed, or NULL */
struct json_object *work_not_known(const char *problem);

/** work_answer() - tells how it has ended, and ends it */
void work_answer(struct work *work);

/** work_answer_late() - tells that it does not end, because the store does not answer */
void work_answer_late(struct work *work);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the engine share: engine.c (the engine's life and its store), work-queue.c (the
 * order of changes, and which change begins), work-turn.c (how long other changes wait, and for
 * which), work-drive.c (performs the tasks of a change), work-left.c (entries of a crash that can't
 * be taken up), work-answer.c (the answer to a change), work-client.c (clients who ask for a
 * change, listen to a change and cancel a change), engine-list.c (the list of changes).
 *
 * A work is a change in the engine: the machine of the change (struct change) with its subject, its
 * performer, and its place in the queue.
 */
#pragma once

#include "change/change.h"
#include "change/lanes.h"
#include "change/reservations.h"
#include "daemon/claim/claim.h"
#include "daemon/claim/subject.h"
#include "daemon/engine/change-listeners.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/journal-debt.h"
#include "daemon/engine/patience.h"
#include "daemon/engine/performers.h"
#include "daemon/engine/strays.h"
#include "daemon/store/store.h"

/* "uid:" and a number; of a waiting change also its method */
#define ENGINE_OWNER_MAX (sizeof("uid:") + 3 * sizeof(uid_t))
#define ENGINE_OTHER_MAX 64

struct work {
	struct engine *engine;
	struct change_record *record;	 /* the change's id, its requester, its listeners */
	struct change_answer answer;	 /* the result, at the end */
	uint64_t round;			 /* the round of the user's turn */
	struct change life;		 /* the machine, which work-drive.c drives */
	struct subject *subject;	 /* what the change is about */
	struct performer *performer;	 /* taken for the stage, or NULL */
	struct performer *diagnoser;	 /* the one that finds out the holders now, or NULL */
	struct snapshot *snapshot;	 /* that the stage was planned from, or NULL */
	const struct topology *topology; /* of the snapshot, or a draft */
	struct change_entry entry;	 /* that a crash has left; otherwise its receipts only */
	char kept_claim[CLAIM_NAME_MAX + 1]; /* the claim that the change has reserved, or "" */
	char key[JOURNAL_KEY_MAX];	     /* of the entry in the journal, or "" */
	uint64_t debt;		       /* the number up to which the note pays journal debts */
	struct json_object *holders;   /* processes that hold memory that would not go offline */
	sd_event_source *timer;	       /* the deadline of the task at hand */
	struct patience patience;      /* with the change, while others wait */
	const struct work *held_up_by; /* the change that held a lane when this one began to wait */
	bool was_held_up;	       /* ... and that has left since */
	char *problem;		       /* why this entry, or the one waited for, isn't taken up */
	uint64_t retry_ms;	       /* time to the next try to take up the entry; 0 at first */
	bool is_left_alone;	       /* the entry waits for the next try, and keeps its lanes */
	bool has_begun;		       /* the change had its lanes once */
	bool touches_host;	       /* the steps change this host, in a lane of the owner's */
	bool owes;		       /* the journal's entry could not be erased yet */
	bool lasts;		       /* ... which outlives a boot */
	bool returned;		       /* a claim is again what the claim was before */
	bool writes_result;	       /* the commit under way writes a result of the change */
	bool has_result;	       /* the store has the result with which the change ends */
	bool gives_way;		       /* the step under way was given up, for others */
	char gives_way_to[ENGINE_OTHER_MAX];
};

struct engine {
	sd_event *event;
	const struct log *log;
	struct observer *observer;
	struct claim_table *claims;
	struct change_register changes;
	struct store *store;		  /* NULL where no change is noted */
	const char *store_problem;	  /* why nothing may be changed, or NULL */
	struct performers performers;	  /* without kinds where only plans are asked for */
	struct lanes lanes;		  /* of the works under way */
	struct reservations reservations; /* ... and of works that wait for another stage */
	sd_event_source *turn_timer;	  /* runs while a work is under way */
	ARRAY(struct work *) works;	  /* works under way, and works that wait, in their order */
	ARRAY(struct apply *) applies;	  /* each has one change at most among the works */
	uint64_t round;			  /* of the client's change that has begun last */
	struct journal_debts debts;	  /* entries of ended changes that the journal still has */
	uint64_t erases;		  /* the number up to which debts are being paid, or 0 */
	struct strays strays;		  /* what performers hold for nobody */
	char result[CHANGE_ID_MAX];	  /* the change whose result is being written, or "" */
	size_t under_way;		  /* works that have begun */
	size_t on_host;			  /* ... and touch this host */
	bool released;			  /* the journal was read */
	bool serves_clients;		  /* clients' changes may begin */
	bool is_late;			  /* the store does not answer */
	bool is_stuck;			  /* ... and a work waits for the store */
	bool stopped;			  /* no change begins any more */
	bool unsettled;			  /* the observer is to look, idle workers are to end */
	bool is_waking, is_to_wake;	  /* engine_wake() is at work, and is called again within */
	struct engine_owner owner;
};

/* Has a client asked for the change, or is the change the daemon's own? */
static inline bool work_is_asked(const struct work *work)
{
	return work->record->origin == CHANGE_OF_CLIENT;
}

/* ---- engine.c ---- */

/** work_refuse_to_wait() - refuses a change that would wait for a change that waits for the store
 */
void work_refuse_to_wait(struct work *work);

/** work_waits_for_store() - is the task at hand a commit? */
bool work_waits_for_store(const struct work *work);

/** engine_stick() - a change waits for a store that does not answer: clients are told, and part */
void engine_stick(struct engine *engine);

/** work_world() - the world that a change with a topology is planned in */
struct world work_world(const struct work *work);

/** engine_owner_name() - the owner of a claim that this user's change makes: "uid:1000" */
void engine_owner_name(uid_t uid, char name[static ENGINE_OWNER_MAX]);

/* ---- work-queue.c ---- */

/**
 * work_new() - a change at the end of those that wait
 * @subject: taken over, also on failure
 *
 * Return: 0; -EDQUOT when the user has as many changes as he may; -ENOMEM.
 */
int work_new(struct engine *engine, const struct change_requester *asked, struct subject *subject,
	     struct work **ret_work);

/**
 * work_of_ours() - a change that no client has asked for, before those of clients
 * @subject: taken over, also on failure; NULL is a failed allocation
 *
 * Return: 0 or -ENOMEM.
 */
int work_of_ours(struct engine *engine, enum change_origin origin, struct subject *subject);

/** work_take_place() - moves a client's change from the end to its place in the order */
void work_take_place(struct work *work);

/** work_is_waiting() - does the change wait for its first lanes, or for those of its next stage? */
bool work_is_waiting(const struct work *work);

/** work_blocker() - the first change whose end a change waits for; NULL when it may begin */
const struct work *work_blocker(const struct work *work);

/** engine_set_timer() - has @timer go off once; the log tells a failure */
void engine_set_timer(const struct engine *engine, sd_event_source *timer, uint64_t within_ms);

/** work_waits_for() - does @work wait for a lane that @other holds, or waits for as well? */
bool work_waits_for(const struct work *work, const struct work *other);

/** work_release_lanes() - gives up all lanes: engine_wake() begins changes that wait for a lane */
void work_release_lanes(struct work *work);

/** engine_is_to_recover() - is a change of the owner's lanes to be taken up that a crash has left?
 */
bool engine_is_to_recover(const struct engine *engine);

/** works_begin() - begins all changes that may begin, and asks the owner for more */
void works_begin(struct engine *engine);

/** work_touches_host() - from here on, the steps may change what the owner's changes depend on */
void work_touches_host(struct work *work);

/** work_leaves_host() - the steps are done, for now: a look is to show their effect */
void work_leaves_host(struct work *work);

/** work_settle_down() - the observer may look at the host again, and idle workers end */
void work_settle_down(struct engine *engine);

/** work_end() - answers and frees a change, and gives up its lanes */
void work_end(struct work *work);

/**
 * work_reserve() - reserves the objects of a stage for the change, until the change has ended
 * @stage: as planned
 *
 * Return: 0; CHANGE_E_FORBIDDEN with the reason; -ENOMEM.
 */
int work_reserve(struct work *work, const struct change_stage *stage);

/** work_keep_claim() - the claim that a stage has reserved is in the table now, if it was not
 * before */
void work_keep_claim(const struct work *work);

/** works_free() - drops all changes */
void works_free(struct engine *engine);

/* ---- work-client.c ---- */

/** work_leave() - nobody wants the change any more: the machine begins no further step */
void work_leave(struct work *work);

/* ---- work-left.c ---- */

/** work_is_left() - has a crash left the change? */
bool work_is_left(const struct work *work);

/** work_take_up() - begins the recovery of a change from its entry */
void work_take_up(struct work *work);

/** work_begin_left() - the change of an entry has its lanes, and its steps touch the host */
void work_begin_left(struct work *work);

/** work_leave_alone() - an entry can't be taken up: it keeps its lanes until the next try */
void work_leave_alone(struct work *work);

/** work_take_up_again() - tries again to take up an entry that was left alone */
void work_take_up_again(struct work *work);

/** work_is_taken_up() - the values of an entry's steps were read: the recovery goes on */
void work_is_taken_up(struct work *work);

/** works_refuse_left() - refuses clients' changes that wait for an entry that was left alone */
void works_refuse_left(struct engine *engine);

/* ---- work-turn.c ---- */

/** work_verb() - "CreateRegion" */
const char *work_verb(const struct change_record *record);

/** work_object() - the object of the change, where that is known and can be a name; or NULL */
const char *work_object(const struct work *work);

/** work_object_name() - the same for the log, where there is always a word */
const char *work_object_name(const struct work *work);

/** work_step() - the step under way, or NULL */
const struct step *work_step(const struct work *work);

/** work_is_going_back() - is the change being taken back, by inverses or by a plan? */
bool work_is_going_back(const struct work *work);

/** work_describe() - a change in words, for a client who waits for the change; NULL without memory
 */
const char *work_describe(const struct work *work, struct arena *arena);

/** work_turn_init() - 0 or negative errno */
int work_turn_init(struct engine *engine, sd_event *event);

/** work_turn_begin() - one more change is under way, which others may wait for */
void work_turn_begin(struct engine *engine);

/** work_turn_end() - one change less is under way */
void work_turn_end(struct engine *engine);

/** work_turn_tell() - tells the client of a change that waits for which change it waits */
void work_turn_tell(struct work *work);

/** work_turn_explain() - adds why a step was given up; 0 or -ENOMEM */
int work_turn_explain(struct work *work, const struct step *step);

/* ---- work-client.c ---- */

extern const struct change_work_ops engine_work_ops;

/** work_requester() - a change that a call asks for */
struct change_requester work_requester(const struct varlink_call *call,
				       const struct change_request *request);

/**
 * work_asked_before() - answers a call with the change that has the call's request id already
 *
 * Return: 1 when the call was, or will be, answered so; 0 when there is no such change; -ENOMEM.
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

/** work_may_turn_back() - can the steps so far be taken back, and the rest be given up? */
bool work_may_turn_back(const struct work *work);

/** work_looked() - the host was looked at, which may show what a change awaits */
void work_looked(struct work *work, const struct world *world);

/** work_fail() - ends a change that can't go on; @error: a negative errno */
void work_fail(struct work *work, int error);

/** work_set_timer() - gives the task at hand a deadline */
void work_set_timer(struct work *work, uint64_t within_ms);

/** work_clear_timer() - the task at hand has ended, or has no deadline */
void work_clear_timer(struct work *work);

/** work_timer_init() - 0 or negative errno */
int work_timer_init(struct work *work);

/** work_give_performer_back() - frees the performer for other changes; without one, does nothing */
void work_give_performer_back(struct work *work);

/* ---- work-answer.c ---- */

/** work_cancelled() - who has cancelled a change; parameters of Cancelled, or NULL */
struct json_object *work_cancelled(const struct change_record *record);

/**
 * work_not_known() - the store does not answer; parameters of Failed, or NULL
 * @goes_on: the change is kept
 */
struct json_object *work_not_known(const char *problem, bool goes_on);

/** work_answer() - answers with the result of a change, and ends the change */
void work_answer(struct work *work);

/**
 * work_answer_ahead() - the answer to a stage that is done and not closed yet
 * @more: another stage follows: the answer says that the change was cut short
 * @ret_answer: to be deinitialised
 */
void work_answer_ahead(struct work *work, bool more, struct change_answer *ret_answer);

/** work_answer_left() - tells clients that listen without `more` why an entry is left alone */
void work_answer_left(struct work *work);

/** work_answer_late() - tells clients that the change does not end: the store does not answer */
void work_answer_late(struct work *work);

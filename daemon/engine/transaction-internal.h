/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a transaction share: transaction.c (the queue), transaction-turn.c (whose
 * turn it is), transaction-drive.c (the tasks of a change performed), transaction-answer.c (what
 * its end is told as), transaction-client.c (who asks for it, listens to it and cancels it),
 * transaction-list.c (telling of all).
 */
#pragma once

#include "change/change.h"
#include "change/performer.h"
#include "daemon/claim/subject.h"
#include "daemon/engine/change-listeners.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/patience.h"
#include "daemon/store/store.h"
#include "daemon/engine/transaction.h"

/* "uid:" and a number; of a waiting change also its method */
#define TRANSACTION_OWNER_MAX (sizeof("uid:") + 3 * sizeof(uid_t))
#define TRANSACTION_OTHER_MAX 64

struct transaction {
	struct transaction_queue *queue;
	struct change_record *record;	 /* its id, who has asked for it, who listens */
	struct change_answer answer;	 /* how it has ended */
	uint64_t round;			 /* in which it is its user's turn */
	struct change life;		 /* the machine, which transaction-drive.c drives */
	struct subject *subject;	 /* what the change is about */
	struct snapshot *snapshot;	 /* that it was planned from, or NULL */
	const struct topology *topology; /* of the snapshot, or a draft */
	struct journal_entry left;	 /* what a crash has left; instead of a plan */
	char key[JOURNAL_KEY_MAX];	 /* of the entry in the journal */
	struct json_object *holders;	 /* who holds the memory that would not go offline */
	bool diagnoses;			 /* that is being found out */
	bool returned;			 /* a claim is again what it was */
	bool gives_way;			 /* its step under way was given up, for others */
	char gives_way_to[TRANSACTION_OTHER_MAX];
};

struct transaction_queue {
	const struct log *log;
	struct observer *observer;
	struct claim_table *claims;
	struct change_register changes;
	struct store *store;		     /* NULL where nothing is to be remembered */
	const char *store_problem;	     /* why nothing may be changed, or NULL */
	struct performer *performer;	     /* NULL where only plans are asked for */
	sd_event_source *late_timer;	     /* the host should have been looked at by now */
	sd_event_source *turn_timer;	     /* runs while one is under way */
	struct patience patience;	     /* with the one that is */
	ARRAY(struct transaction *) waiting; /* the first one is under way */
	ARRAY(struct apply *) applies;	     /* of which one change each is among them, if any */
	uint64_t round;			     /* of the client's change that was begun last */
	bool released;			     /* what a crash has left is known */
	bool unforgotten;		     /* the journal holds what has ended */
	bool serves_clients;		     /* what could be done without them is done */
	bool under_way;			     /* the first one */
	bool is_stuck;			     /* ... and waits for a store that does not answer */
	bool stopped;			     /* nothing begins any more */
	bool unsettled;			     /* the observer is to look, the worker to go */
	struct transaction_owner owner;
};

/* Has a client asked for it, or is it ours? */
static inline bool transaction_is_asked(const struct transaction *transaction)
{
	return transaction->record->origin == CHANGE_OF_CLIENT;
}

/* ---- transaction.c ---- */

/**
 * transaction_new() - the last one that waits
 * @subject: taken over, also on failure
 *
 * Return: 0; -EDQUOT when its user has as many as he may; -ENOMEM.
 */
int transaction_new(struct transaction_queue *queue, const struct change_requester *asked,
		    struct subject *subject, struct transaction **ret_transaction);

/** transaction_refuse_to_wait() - it would have to wait for what waits for the store */
void transaction_refuse_to_wait(struct transaction *transaction);

/** transaction_take_place() - puts a client's, which is the last one, where it belongs */
void transaction_take_place(struct transaction *transaction);

/** transaction_end() - it is answered and gone; when it was its turn, the next one begins */
void transaction_end(struct transaction *transaction);

/**
 * transaction_settle_down() - the observer may look at what was done, and the worker has no more to
 *	do
 * @unsettled: something was done just now
 */
void transaction_settle_down(struct transaction_queue *queue, bool unsettled);

/** transaction_world() - what a transaction that has a topology is planned in */
struct world transaction_world(const struct transaction *transaction);

/** transaction_owner_name() - whose a claim is that this user's change makes: "uid:1000" */
void transaction_owner_name(uid_t uid, char name[static TRANSACTION_OWNER_MAX]);

/* ---- transaction-client.c ---- */

/** transaction_leave() - nobody wants it any more: the machine is told, and does not begin another
 * step
 */
void transaction_leave(struct transaction *transaction);

/* ---- transaction-turn.c ---- */

/** transaction_verb() - "CreateRegion" */
const char *transaction_verb(const struct change_record *record);

/** transaction_object() - what it is about, as far as that is known and can be a name; or NULL */
const char *transaction_object(const struct transaction *transaction);

/** transaction_object_name() - the same for the log, where there is always a word */
const char *transaction_object_name(const struct transaction *transaction);

/** transaction_step() - the step under way, or NULL */
const struct step *transaction_step(const struct transaction *transaction);

/** transaction_describe() - whose it is, for whoever waits; NULL without memory */
const char *transaction_describe(const struct transaction *transaction, struct arena *arena);

/** transaction_turn_init() - 0 or negative errno */
int transaction_turn_init(struct transaction_queue *queue, sd_event *event);

/** transaction_turn_begin() - the first one is under way: from now on others wait for it */
void transaction_turn_begin(struct transaction_queue *queue);
void transaction_turn_end(struct transaction_queue *queue);

/** transaction_turn_tell() - for whom it waits, if it does: to whoever has asked for it */
void transaction_turn_tell(struct transaction *transaction);

/** transaction_turn_explain() - adds why a step was given up; 0 or -ENOMEM */
int transaction_turn_explain(struct transaction *transaction, const struct step *step);

/* ---- transaction-client.c ---- */

extern const struct change_work_ops transaction_work_ops;

/** transaction_requester() - a change that a call asks for */
struct change_requester transaction_requester(const struct varlink_call *call,
					      const struct change_request *request);

/**
 * transaction_asked_before() - answers a call by what was asked for by its id before
 *
 * Return: 1 when the call was, or will be, answered so; 0; -ENOMEM.
 */
int transaction_asked_before(struct transaction_queue *queue, struct varlink_call *call,
			     const struct change_request *request);

/** transaction_refuse_too_many() - answers for -EDQUOT; any other error is returned */
int transaction_refuse_too_many(struct varlink_call *call, int error);

/** transaction_answer_taken_on() - answers with the id of a change, or at its end; 0 or -ENOMEM */
int transaction_answer_taken_on(struct transaction_queue *queue, struct varlink_call *call,
				const struct change_request *request, struct change_record *change);

/* ---- transaction-drive.c ---- */

/** transaction_proceed() - performs the next tasks of a change, up to one that takes time */
void transaction_proceed(struct transaction *transaction);

/** transaction_give_up_look() - a look at what a plan takes away does not come: another look will
 */
void transaction_give_up_look(struct transaction *transaction);

/* ---- transaction-answer.c ---- */

/** transaction_cancelled() - who has cancelled a change; parameters of Cancelled, or NULL */
struct json_object *transaction_cancelled(const struct change_record *record);

/** transaction_not_known() - the store does not answer; parameters of Failed, or NULL */
struct json_object *transaction_not_known(const char *problem);

/** transaction_answer() - tells how it has ended, and ends it */
void transaction_answer(struct transaction *transaction);

/** transaction_answer_late() - tells that it does not end, because the store does not answer */
void transaction_answer_late(struct transaction *transaction);

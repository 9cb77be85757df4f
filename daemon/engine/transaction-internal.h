/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a transaction share: transaction.c (the queue), transaction-turn.c (whose
 * turn it is), transaction-plan.c (what is to be done), transaction-run.c (doing it, from the
 * journal's first word of it to its last), transaction-anew.c (a claim that needs two of this).
 */
#pragma once

#include "change/step-exec.h"
#include "daemon/claim/claim-effect.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/patience.h"
#include "daemon/store/store.h"
#include "daemon/engine/transaction.h"

struct step_runner;

/* "uid:" and a number; of a waiting change also its method */
#define TRANSACTION_OWNER_MAX (sizeof("uid:") + 3 * sizeof(uid_t))
#define TRANSACTION_OTHER_MAX 64

struct transaction {
	struct transaction_queue *queue;
	struct varlink_call *call; /* NULL for what nobody waits for */
	uint64_t round;		   /* in which it is its user's turn */
	struct intent intent;
	struct snapshot *snapshot;	 /* that it was planned from, or NULL */
	const struct topology *topology; /* of the snapshot, or the queue's draft */
	struct plan plan;
	struct json_object *then;  /* of a dry run with a second half: that one's plan */
	struct journal_entry left; /* what a crash has left; instead of a plan */
	char key[JOURNAL_KEY_MAX]; /* of the entry in the journal */
	struct step_exec exec;
	struct topology *proof;		 /* the region afterwards */
	struct claim_effect effect;	 /* what becomes of a claim */
	enum claim_remedy remedy;	 /* of what nobody waits for */
	char mended[CLAIM_NAME_MAX + 1]; /* the claim that it is for, or "" */
	bool moot;			 /* ... which needs it no more */
	struct refusal_list refusals;	 /* why it failed */
	struct json_object *holders;	 /* who holds the memory that would not go offline */
	enum observer_age age;		 /* of the snapshot */
	bool asks_for_users;		 /* of the data that the plan takes */
	bool no_users;			 /* there was nobody a moment ago */
	bool begun;			 /* from here on there may be something to undo */
	bool noted;			 /* in the journal */
	bool kept_noted;		 /* the journal would not forget it */
	bool done;			 /* and settled */
	bool gives_way;			 /* its step under way was given up, for others */
	char gives_way_to[TRANSACTION_OTHER_MAX];
	int error; /* of those we need, where no refusal says why */

	/* Of a claim whose region is made anew: transaction-anew.c */
	struct claim former;	  /* what it was; without a name for all others */
	bool making;		  /* its old region has gone */
	bool returning;		  /* it is made what it was, or was made so */
	const char *failure_name; /* the answer then */
	struct json_object *failure;
};

struct transaction_queue {
	const struct log *log;
	struct observer *observer;
	struct claim_table *claims;
	struct store *store;		     /* NULL where nothing is to be remembered */
	const char *store_problem;	     /* why nothing may be changed, or NULL */
	struct step_runner *runner;	     /* NULL where only plans are asked for */
	sd_event_source *late_timer;	     /* the host should have been looked at by now */
	sd_event_source *turn_timer;	     /* runs while one is under way */
	struct patience patience;	     /* with the one that is */
	ARRAY(struct transaction *) waiting; /* the first one is under way */
	uint64_t round;			     /* of the client's change that was begun last */
	struct topology *draft;		     /* the host as our own changes have left it, or NULL */
	bool draft_is_stale;		     /* ... and others have changed it since */
	bool released;			     /* what a crash has left is known */
	bool unforgotten;		     /* the journal holds what has ended */
	bool serves_clients;		     /* what could be done without them is done */
	bool under_way;			     /* the first one */
	bool stopped;			     /* nothing begins any more */
	bool unsettled;			     /* the observer is to look, the worker to go */
	struct transaction_owner owner;
};

/* ---- transaction.c ---- */

/** transaction_end() - it is answered and gone; when it was its turn, the next one begins */
void transaction_end(struct transaction *transaction);

/* Answers of all parts, where there is somebody to answer; each ends the transaction. */
void transaction_end_with_error(struct transaction *transaction, const char *name,
				struct json_object *parameters);
void transaction_end_with_outcome(struct transaction *transaction);
/* Nothing may be changed: see struct transaction_queue. */
void transaction_end_not_stored(struct transaction *transaction);
/* @name: of an error that has a text, of somebody whom we need and who has failed us */
void transaction_end_with_text(struct transaction *transaction, const char *name, int error);

/**
 * transaction_settle_down() - the observer may look at what was done, and the worker has no more to
 *	do
 * @unsettled: something was done just now
 */
void transaction_settle_down(struct transaction_queue *queue, bool unsettled);

/** transaction_draft() - what a transaction may be planned from without a look, or NULL */
const struct topology *transaction_draft(const struct transaction *transaction);

/** transaction_world() - what a transaction that has a topology is planned in */
struct world transaction_world(const struct transaction *transaction);

/** transaction_owner_name() - whose a claim is that this user's change makes: "uid:1000" */
void transaction_owner_name(uid_t uid, char name[static TRANSACTION_OWNER_MAX]);

/* ---- transaction-turn.c ---- */

/** transaction_turn_init() - 0 or negative errno */
int transaction_turn_init(struct transaction_queue *queue, sd_event *event);

/** transaction_turn_begin() - the first one is under way: from now on others wait for it */
void transaction_turn_begin(struct transaction_queue *queue);
void transaction_turn_end(struct transaction_queue *queue);

/** transaction_turn_tell() - for whom it waits, if it does: to whoever has asked for it */
void transaction_turn_tell(struct transaction *transaction);

/** transaction_turn_explain() - adds why a step was given up; 0 or -ENOMEM */
int transaction_turn_explain(struct transaction *transaction, const struct step *step);

/* ---- transaction-plan.c ---- */

/** transaction_plan() - plans from a snapshot, and then has it carried out or answered */
void transaction_plan(struct transaction *transaction);

/** transaction_plan_again() - the same, from a look that is begun now */
void transaction_plan_again(struct transaction *transaction);

/* ---- transaction-anew.c ---- */

/** transaction_goes_on() - was the old region of a claim taken down, for another one? */
bool transaction_goes_on(const struct transaction *transaction);

/** transaction_make_anew() - plans and makes it, and answers */
void transaction_make_anew(struct transaction *transaction);

/** transaction_can_return() - is there a claim that has to become what it was? */
bool transaction_can_return(const struct transaction *transaction);

/** transaction_return() - stores what it was, and answers with an error */
void transaction_return(struct transaction *transaction, const char *name,
			struct json_object *parameters);

/* ---- transaction-run.c ---- */

/** transaction_run() - notes the plan, carries it out and answers */
void transaction_run(struct transaction *transaction);

/** transaction_forget() - once more for the journal that holds what has ended, if there is such */
void transaction_forget(struct transaction_queue *queue);

/** transaction_take_up() - finishes or takes back what a crash has left, and ends */
void transaction_take_up(struct transaction *transaction);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon of the simulation: what daemon/transaction*.c, reconciler.c and manager.c do between
 * the parts that decide, without a loop, a helper or clients. One turn is the least that happens
 * without a break: a look, a plan, a word in the journal, one step, a proof, a commit. Whatever it
 * keeps but the store is gone with a crash.
 */
#pragma once

#include "change/step-exec.h"
#include "daemon/claim/claim-effect.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/intent.h"
#include "daemon/engine/journal-entry.h"

struct sim;

enum sim_phase {
	SIM_LOOK,
	SIM_PLAN,
	SIM_NOTE,
	SIM_READ, /* how far what was cut short has got */
	SIM_STEP,
	SIM_PROVE,
	SIM_SETTLE,
};

/* As struct transaction of daemon/engine/transaction-internal.h. */
struct sim_transaction {
	enum sim_phase phase;
	unsigned int number;
	bool client; /* somebody waits for it */
	bool forced; /* ... who has said that data may go */
	struct intent intent;
	struct topology *snapshot;	 /* that it was planned from, or NULL */
	const struct topology *topology; /* the snapshot, or the draft */
	struct plan plan;
	struct journal_entry left;
	char key[JOURNAL_KEY_MAX];
	struct step_exec exec;
	struct topology *proof;
	struct claim_effect effect;
	enum claim_remedy remedy;
	char mended[CLAIM_NAME_MAX + 1];
	struct refusal_list refusals;
	bool fresh; /* the look */
	bool begun, noted, kept_noted, done;
	bool retried; /* the step, by another worker */
	int error;
	struct claim former; /* of one whose region is made anew: what it was */
	bool making;	     /* ... and its old region has gone */

	/* checks */
	char *before;			     /* the host's state, or NULL */
	unsigned int disturbances, failures; /* at that time */
};

struct sim_daemon {
	bool alive;
	struct claim_table claims;
	ARRAY(struct sim_transaction *) waiting; /* the first one is under way */
	struct topology *draft;
	bool draft_is_stale, under_way, unsettled, unforgotten;
	bool look_is_due, serves_clients;
	uint64_t wake_ms; /* the reconciler's timer */
	unsigned int transactions;
};

/** sim_daemon_start() - reads the store, and has what was cut short taken back */
void sim_daemon_start(struct sim *sim);

/** sim_daemon_crash() - ends without a word */
void sim_daemon_crash(struct sim *sim);

/** sim_daemon_turn() - does the next thing; false when there is nothing to do at this time */
bool sim_daemon_turn(struct sim *sim);

/** sim_daemon_uevent() - the kernel has something to tell */
void sim_daemon_uevent(struct sim *sim);

/** sim_daemon_submit() - a client wants something; @intent is taken over */
void sim_daemon_submit(struct sim *sim, struct intent *intent);

/** sim_daemon_leave() - the client of the first transaction that has one leaves; false if none */
bool sim_daemon_leave(struct sim *sim);

/** sim_daemon_is_recovering() - is the change under way one that was cut short? */
bool sim_daemon_is_recovering(const struct sim *sim);

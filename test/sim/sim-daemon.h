/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon of the simulation: drives the machine of changes (change/change.h) without a loop,
 * a helper or clients. A turn is the smallest uninterrupted piece of work: a look, a plan, an entry
 * of the journal, one step, a proof, a commit. A crash loses all of the daemon's state but the
 * store.
 */
#pragma once

#include "change/change.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/memory/memory-change.h"
#include "daemon/engine/journal-debt.h"
#include "test/sim/sim-lamp-change.h"

struct sim;

/* One change: the machine, its subject, and the state of its driver. */
struct sim_change {
	struct change life;
	struct memory_change memory;
	unsigned int number;
	bool client;			 /* a client waits for the change */
	bool forced;			 /* the client has consented to the loss of data */
	struct topology *snapshot;	 /* the snapshot of the plan, or NULL */
	const struct topology *topology; /* the snapshot, or the draft */
	struct change_entry left;
	struct sim_lamp_change lamp;
	char key[JOURNAL_KEY_MAX];
	bool owes;		/* the journal ought to have erased the entry */
	bool lasts;		/* ... which outlives a boot */
	uint64_t not_before_ms; /* the change waits until this time */

	/* checks */
	char *before;		   /* the host's state before the change, or NULL */
	unsigned int disturbances; /* counted at the begin of the look that the plan is made from */
	unsigned int failures;	   /* counted at the begin of the change */
};

struct sim_daemon {
	bool alive;
	struct claim_table claims;
	struct causes causes;
	uint64_t look;			    /* number of the last look */
	ARRAY(struct sim_change *) changes; /* changes that wait for lanes, and changes under way */
	struct lanes lanes;		    /* of the changes under way */
	struct reservations reservations;   /* of all */
	struct topology *draft;
	bool draft_is_stale, unsettled;
	struct journal_debts debts;
	bool look_is_due, serves_clients;
	uint64_t wake_ms; /* the reconciler's timer */
	unsigned int numbers;
};

/** sim_daemon_start() - reads the store, and has interrupted changes taken back */
void sim_daemon_start(struct sim *sim);

/** sim_daemon_crash() - ends the daemon without notice */
void sim_daemon_crash(struct sim *sim);

/** sim_daemon_turn() - does one turn; false if there is no work at this time */
bool sim_daemon_turn(struct sim *sim);

/** sim_daemon_uevent() - delivers a uevent */
void sim_daemon_uevent(struct sim *sim);

/**
 * sim_daemon_news() - the kernel sends an event of a device
 * @kind: UEVENT_UNBOUND, ...
 * @topology: the host before the event
 */
void sim_daemon_news(struct sim *sim, enum uevent_kind kind, const char *host_path,
		     const struct topology *topology);

/** sim_daemon_submit() - a client requests a change; @request is taken over */
void sim_daemon_submit(struct sim *sim, struct memory_request *request);

/** sim_daemon_leave() - the client of the first change with a client leaves; false if none */
bool sim_daemon_leave(struct sim *sim);

/** sim_daemon_host_change() - the change under way in the lane of this host, or NULL */
struct sim_change *sim_daemon_host_change(const struct sim *sim);

/** sim_daemon_is_recovering() - is the change under way a recovery? */
bool sim_daemon_is_recovering(const struct sim *sim);

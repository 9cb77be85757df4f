/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon of the simulation: it drives the machine of changes (change/change.h) without a loop,
 * a helper or clients. One turn is the least that happens without a break: a look, a plan, a word
 * in the journal, one step, a proof, a commit. Whatever it keeps but the store is gone with a
 * crash.
 */
#pragma once

#include "change/change.h"
#include "daemon/claim/claim-table.h"
#include "daemon/claim/memory-change.h"
#include "daemon/engine/journal-entry.h"

struct sim;

/* One change: the machine, what it is about, and what its driver keeps. */
struct sim_change {
	struct change life;
	struct memory_change memory;
	unsigned int number;
	bool client;			 /* somebody waits for it */
	bool forced;			 /* ... who has said that data may go */
	struct topology *snapshot;	 /* that it was planned from, or NULL */
	const struct topology *topology; /* the snapshot, or the draft */
	struct journal_entry left;
	char key[JOURNAL_KEY_MAX];

	/* checks */
	char *before;			     /* the host's state, or NULL */
	unsigned int disturbances, failures; /* at that time */
};

struct sim_daemon {
	bool alive;
	struct claim_table claims;
	struct causes causes;
	uint64_t look;			    /* number of the last one */
	ARRAY(struct sim_change *) waiting; /* the first one is under way */
	struct topology *draft;
	bool draft_is_stale, under_way, unsettled, unforgotten;
	bool look_is_due, serves_clients;
	uint64_t wake_ms; /* the reconciler's timer */
	unsigned int changes;
};

/** sim_daemon_start() - reads the store, and has what was cut short taken back */
void sim_daemon_start(struct sim *sim);

/** sim_daemon_crash() - ends without a word */
void sim_daemon_crash(struct sim *sim);

/** sim_daemon_turn() - does the next thing; false when there is nothing to do at this time */
bool sim_daemon_turn(struct sim *sim);

/** sim_daemon_uevent() - the kernel has something to tell */
void sim_daemon_uevent(struct sim *sim);

/**
 * sim_daemon_news() - the kernel tells what befalls a device
 * @kind: UEVENT_UNBOUND, ...
 * @topology: the host before that
 */
void sim_daemon_news(struct sim *sim, enum uevent_kind kind, const char *host_path,
		     const struct topology *topology);

/** sim_daemon_submit() - a client wants something; @intent is taken over */
void sim_daemon_submit(struct sim *sim, struct intent *intent);

/** sim_daemon_leave() - the client of the first change that has one leaves; false if none */
bool sim_daemon_leave(struct sim *sim);

/** sim_daemon_is_recovering() - is the change under way one that was cut short? */
bool sim_daemon_is_recovering(const struct sim *sim);

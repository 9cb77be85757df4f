/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of one change of the simulated daemon: performs the tasks that change/change.h names.
 * Called by sim-daemon.c.
 */
#pragma once

#include "test/sim/sim-daemon.h"

/** sim_change_turn() - performs the next task of a change; false when the change has ended, and is
 * freed */
bool sim_change_turn(struct sim *sim, struct sim_change *change);

/**
 * sim_change_owe() - an entry that could not be erased at the end of its stage is erased with the
 *	next note of any change
 */
void sim_change_owe(struct sim *sim, struct sim_change *change);

/** sim_change_reserve() - reserves the objects of the stage for the change; or adds a refusal */
int sim_change_reserve(struct sim *sim, struct sim_change *change,
		       const struct change_stage *stage);

/** sim_change_name() - the entry of the stage gets a key of its own */
void sim_change_name(struct sim *sim, struct sim_change *change);

/** sim_change_note() - writes the entry of a change, and erases the entries that were to be erased
 * before */
int sim_change_note(struct sim *sim, struct sim_change *change, struct json_object *entry,
		    enum store_durability durability);

void sim_change_free(struct sim_change *change);

/* ---- sim-daemon.c ---- */

/** sim_daemon_new_change() - a change of memory at the end of the queue, of nobody yet */
struct sim_change *sim_daemon_new_change(struct sim *sim);

/** sim_daemon_begin_next() - begins, or continues, all changes that can go on */
void sim_daemon_begin_next(struct sim *sim);

/**
 * sim_daemon_look() - takes a snapshot, compares the claims with the snapshot, and returns the
 * snapshot, which the daemon owns
 */
struct topology *sim_daemon_look(struct sim *sim);

/** sim_daemon_draft() - the state that a change may be planned on without a look, or NULL */
const struct topology *sim_daemon_draft(const struct sim *sim, const struct sim_change *change);

/** sim_daemon_settle_down() - the results of the steps may be looked at */
void sim_daemon_settle_down(struct sim_daemon *daemon);

/** sim_daemon_end() - ends and frees the change, and lets the next change begin */
void sim_daemon_end(struct sim *sim, struct sim_change *change);

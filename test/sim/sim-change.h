/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of one change of the simulated daemon: performs the tasks that change/change.h names.
 * Called by sim-daemon.c.
 */
#pragma once

#include "test/sim/sim-daemon.h"

/** sim_change_turn() - performs the next task of a change; the change may be freed by this */
void sim_change_turn(struct sim *sim, struct sim_change *change);

void sim_change_free(struct sim_change *change);

/* ---- sim-daemon.c ---- */

/** sim_daemon_look() - a snapshot, which the claims are compared with; the daemon's own */
struct topology *sim_daemon_look(struct sim *sim);

/** sim_daemon_draft() - what a change may be planned from without a look, or NULL */
const struct topology *sim_daemon_draft(const struct sim *sim, const struct sim_change *change);

/** sim_daemon_settle_down() - what was done may be looked at */
void sim_daemon_settle_down(struct sim_daemon *daemon);

/** sim_daemon_end() - the change is over; it is freed, and the next one begins */
void sim_daemon_end(struct sim *sim, struct sim_change *change);

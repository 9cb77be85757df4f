/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One change of the simulated daemon, from a look at the host to what is settled in the store: as
 * daemon/engine/transaction-plan.c and daemon/engine/transaction-run.c. Called by sim-daemon.c.
 */
#pragma once

#include "test/sim/sim-daemon.h"

/** sim_change_turn() - the next thing that a change does; it may be freed by this */
void sim_change_turn(struct sim *sim, struct sim_transaction *transaction);

/** sim_change_return() - a claim whose region could not be made anew becomes what it was */
void sim_change_return(struct sim *sim, struct sim_transaction *transaction);

void sim_change_free(struct sim_transaction *transaction);

/* ---- sim-daemon.c ---- */

/** sim_daemon_look() - a snapshot, which the claims are compared with; the daemon's own */
struct topology *sim_daemon_look(struct sim *sim);

/** sim_daemon_draft() - what a change may be planned from without a look, or NULL */
const struct topology *sim_daemon_draft(const struct sim *sim,
					const struct sim_transaction *transaction);

/** sim_daemon_settle_down() - what was done may be looked at */
void sim_daemon_settle_down(struct sim_daemon *daemon);

/** sim_daemon_end() - the change is over; it is freed, and the next one begins */
void sim_daemon_end(struct sim *sim, struct sim_transaction *transaction);

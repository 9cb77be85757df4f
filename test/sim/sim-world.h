/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host of a simulation, and the events that nobody wants: time, power cuts, hot-plug, disk
 * errors, the daemon's death.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_world_init() - draws a host and boots it; the daemon has to be started */
void sim_world_init(struct sim *sim);

void sim_world_deinit(struct sim *sim);

/** sim_world_act() - causes one event */
void sim_world_act(struct sim *sim);

/** sim_world_reboot() - starts a fresh kernel; the daemon has to be started */
void sim_world_reboot(struct sim *sim);

/** sim_world_heal() - removes all obstacles of claims, as far as hands can */
void sim_world_heal(struct sim *sim);

/** sim_world_forget_foreign() - drops the records of regions that have gone */
void sim_world_forget_foreign(struct sim *sim);

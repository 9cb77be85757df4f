/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host of a simulation and what happens to it without anybody's wish: time, power, slots,
 * disks, the daemon's death.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_world_init() - draws a host and boots it; the daemon has to be started */
void sim_world_init(struct sim *sim);

void sim_world_deinit(struct sim *sim);

/** sim_world_act() - something happens */
void sim_world_act(struct sim *sim);

/** sim_world_reboot() - a fresh kernel; the daemon has to be started */
void sim_world_reboot(struct sim *sim);

/** sim_world_heal() - nothing stands in the way of claims any more, as far as hands can help */
void sim_world_heal(struct sim *sim);

/** sim_world_forget_foreign() - what is not there any more is nobody's */
void sim_world_forget_foreign(struct sim *sim);

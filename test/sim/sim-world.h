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

/** sim_world_pass() - the time passes until @until_ms, and all events due by then happen */
void sim_world_pass(struct sim *sim, uint64_t until_ms);

/** sim_world_heal() - removes all obstacles of claims, as far as hands can */
void sim_world_heal(struct sim *sim);

/**
 * sim_world_tell() - sends the kernel's events of a device, in the kernel's order
 * @before: the host before the events
 */
void sim_world_tell(struct sim *sim, struct sim_device *device, enum uevent_kind kind,
		    const struct topology *before);

/** sim_world_forget_foreign() - drops the records of regions that have gone */
void sim_world_forget_foreign(struct sim *sim);

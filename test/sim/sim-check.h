/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants, asserted after every turn of the daemon, every one of its writes, and every event
 * of the world. The first violation ends the run (sim_violation()).
 */
#pragma once

#include "test/sim/sim-daemon.h"

struct sim_device;
struct topology;

/** sim_check_write() - the daemon has made a write */
void sim_check_write(struct sim *sim, const struct step *step);

/**
 * sim_check_world() - somebody else has changed the host, for which the daemon is not responsible
 */
void sim_check_world(struct sim *sim);

/**
 * sim_check_hands(), sim_check_nature() - from here on an admin, or an event, may have caused
 * losses
 */
void sim_check_hands(struct sim *sim);
void sim_check_nature(struct sim *sim);

/** sim_check_strike() - the kernel has told that a device was reset or taken out */
void sim_check_strike(struct sim *sim, struct sim_device *device);

/**
 * sim_check_anew() - the claim has a new wish from now on: earlier events excuse nothing, and
 * earlier attempts do not make the claim wait
 */
void sim_check_anew(struct sim *sim, const char *claim);

/** sim_check_has_member() - is the claim's memory of the memdev with a serial number? */
bool sim_check_has_member(const struct claim *claim, uint64_t serial);

/** sim_check_look() - the daemon has compared its claims with @topology */
void sim_check_look(struct sim *sim, const struct topology *topology);

/** sim_check_attempt() - a claim is about to be mended */
void sim_check_attempt(struct sim *sim, const struct claim_record *record);

/** sim_check_begin() - a change is about to be carried out */
void sim_check_begin(struct sim *sim, struct sim_change *change);

/** sim_check_changed() - a change was settled, done or not */
void sim_check_changed(struct sim *sim, const struct sim_change *change);

/** sim_check_crash() - the daemon is about to die */
void sim_check_crash(struct sim *sim);

/** sim_check_start() - the daemon has started, and has done nothing yet */
void sim_check_start(struct sim *sim);

/** sim_check_reboot() - the host has rebooted, and its state is gone */
void sim_check_reboot(struct sim *sim);

/**
 * sim_check_rest() - nothing changes any more
 * @healed: only other claims can be obstacles of a claim
 */
void sim_check_rest(struct sim *sim, bool healed);

/**
 * sim_check_twins() - marks regions of another admin that can't be told from a claim's region, or
 * from a region that was being made: same name, address, size and memdevs
 */
void sim_check_twins(struct sim *sim);

void sim_check_deinit(struct sim *sim);

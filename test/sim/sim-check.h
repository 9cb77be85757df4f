/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must always hold, asserted after every turn of the daemon, every write of it and everything
 * that the world does. The first violation ends the run (sim_violation()).
 */
#pragma once

#include "test/sim/sim-daemon.h"

struct sim_device;
struct topology;

/** sim_check_write() - the daemon has had something written */
void sim_check_write(struct sim *sim, const struct step *step);

/** sim_check_world() - somebody else has done something: it is not held against the daemon */
void sim_check_world(struct sim *sim);

/** sim_check_hands(), sim_check_nature() - whose doing what the claims lose from here on is */
void sim_check_hands(struct sim *sim);
void sim_check_nature(struct sim *sim);

/** sim_check_strike() - the kernel has told that a device was reset or taken out */
void sim_check_strike(struct sim *sim, struct sim_device *device);

/**
 * sim_check_anew() - the claim is another one from now on: what befell the one before it is no
 *	excuse, and what was tried for that one does not make it wait
 */
void sim_check_anew(struct sim *sim, const char *claim);

/** sim_check_look() - the daemon has compared its claims with @topology */
void sim_check_look(struct sim *sim, const struct topology *topology);

/** sim_check_attempt() - a claim is about to be made good */
void sim_check_attempt(struct sim *sim, const struct claim_record *record);

/** sim_check_begin() - a change is about to be carried out */
void sim_check_begin(struct sim *sim, struct sim_change *change);

/** sim_check_changed() - a change was settled, done or not */
void sim_check_changed(struct sim *sim, const struct sim_change *change);

/** sim_check_crash() - the daemon is about to be gone, with all it keeps */
void sim_check_crash(struct sim *sim);

/** sim_check_start() - it is there again, and has done nothing yet */
void sim_check_start(struct sim *sim);

/** sim_check_reboot() - nothing of what was is there any more */
void sim_check_reboot(struct sim *sim);

/**
 * sim_check_rest() - nothing moves any more
 * @healed: nothing stands in the way of a claim but other claims
 */
void sim_check_rest(struct sim *sim, bool healed);

/**
 * sim_check_twins() - a region of another admin that has the name, the address, the size and the
 * memdevs of a claim's, or of one that was being made, can't be told from it
 */
void sim_check_twins(struct sim *sim);

void sim_check_deinit(struct sim *sim);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store of the simulation: commits that fail, commits of others that come too late, and, on
 * hosts with lamps, power cuts that undo the last quick commits.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_store_lose_power() - undoes some of the commits that need not survive a power cut */
void sim_store_lose_power(struct sim *sim);

void sim_store_free(struct sim *sim);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another admin of the host, who knows nothing of claims, and uses `cxl` and `daxctl`, or writes to
 * sysfs as the two programs do.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_admin_act() - the admin does something, if there is anything to do */
void sim_admin_act(struct sim *sim);

/** sim_admin_use() - the admin makes a region on the memdev with a serial number, if the memdev is
 * there */
void sim_admin_use(struct sim *sim, uint64_t serial);

/** sim_admin_clean() - the admin removes all regions that belong to no claim */
void sim_admin_clean(struct sim *sim);

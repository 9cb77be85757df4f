/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another admin of the host, who knows nothing of claims: with `cxl` and `daxctl`, or by writing to
 * sysfs as they do.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_admin_act() - the admin does something, if there is anything to do */
void sim_admin_act(struct sim *sim);

/** sim_admin_clean() - the admin takes back all that is nobody's claim */
void sim_admin_clean(struct sim *sim);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UUIDs of the simulation.
 */
#pragma once

#include <stdint.h>

/** sim_uuid_reset() - restarts the sequence */
void sim_uuid_reset(void);

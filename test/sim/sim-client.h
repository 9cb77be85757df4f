/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients of the daemon: what they ask for comes as the parameters of a method do.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_client_act() - somebody asks for something, or leaves */
void sim_client_act(struct sim *sim);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients of the daemon: a request is the parameters of a method.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_client_act() - a client makes a request, or leaves */
void sim_client_act(struct sim *sim);

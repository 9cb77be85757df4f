/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients of the daemon: a request is the parameters of a method.
 */
#pragma once

#include "test/sim/sim.h"

/** sim_client_read() - the request that parameters say; false, and a violation, where none */
bool sim_client_read(struct sim *sim, enum memory_request_kind kind, const char *parameters,
		     struct memory_request *ret_request);

/** sim_client_act() - a client makes a request, or leaves */
void sim_client_act(struct sim *sim);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients who ask for memory behind lamps.
 */
#pragma once

struct sim;

/** sim_lamp_client_act() - one request, or nothing */
void sim_lamp_client_act(struct sim *sim);

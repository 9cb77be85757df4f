/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world that a decision is made in: the one argument of the code that plans for claims, and of
 * the code that finds their conditions. cxl/plan/ needs the host alone, and takes its topology.
 *
 * A value, and pure: the observer fills it in from the kernel, tests and the simulator from their
 * own data. Each member has a reader; a new member comes together with its first reader.
 */
#pragma once

#include <stdint.h>

struct causes;
struct topology;

struct world {
	const struct topology *topology; /* the host, as a look or a draft shows it */
	const char *boot;		 /* ID of the run of the kernel that the names belong to */
	const struct causes *causes;	 /* the known causes; NULL: none */
	uint64_t look;			 /* number of the topology's look */
};

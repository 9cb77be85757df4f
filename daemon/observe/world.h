/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world that a decision is made in: the one argument of what plans for claims and of what says
 * how they stand. What cxl/plan/ decides needs the host alone, and takes its topology.
 *
 * A value, and pure: whoever makes one has asked the kernel before, and tests and the simulator
 * make their own. It has the members that somebody reads, and no others: one that is new comes
 * together with its first reader.
 */
#pragma once

#include <stdint.h>

struct causes;
struct topology;

struct world {
	const struct topology *topology; /* the host, as a look or a draft shows it */
	const char *boot;		 /* ID of the kernel's run that the names in it are of */
	const struct causes *causes;	 /* what was heard of its devices; NULL: nothing */
	uint64_t look;			 /* number of the look that the topology is from */
};

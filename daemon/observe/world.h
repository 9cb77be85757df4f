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

#include "change/reservations.h"

struct causes;
struct topology;

struct world {
	const struct topology *topology; /* the host, as a look or a draft shows it */
	const char *boot;		 /* ID of the run of the kernel that the names belong to */
	const struct causes *causes;	 /* the known causes; NULL: none */
	uint64_t look;			 /* number of the topology's look */
	/* The reservations of the changes under way; NULL: there are none. And the change that this
	 * world is made for, whose own reservations do not count; NULL: no change. */
	const struct reservations *reservations;
	const void *holder;
};

/** world_has_reservations() - has any change, perhaps the holder's alone, to do with something? */
static inline bool world_has_reservations(const struct world *world)
{
	return world->reservations && world->reservations->list.count;
}

/** world_is_reserved() - has another change reserved the object of this name? */
static inline bool world_is_reserved(const struct world *world, const char *name)
{
	return world_has_reservations(world) &&
	       reservations_holder(world->reservations, name, world->holder);
}

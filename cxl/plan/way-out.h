/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What takes an obstacle out of the way, as a hint with commands that can be given as they stand
 * (between backquotes). What can't be taken away is not hinted at: a removal is named only if the
 * planner would plan it. Pure. Called by whoever refuses.
 */
#pragma once

#include <stddef.h>

#include "cxl/topology/topology.h"

#define WAY_OUT_MAX 192

/**
 * way_out_first() - the region that has to go first so that @region can go: itself, or one that was
 *	set up after it
 *
 * Return: NULL when it can't go, because firmware locked or committed it.
 */
const struct topo_region *way_out_first(const struct topology *topology,
					const struct topo_region *region);

/* The following write a hint into @text and return it, or NULL where there is no way. */

/** way_out_of_region() - of what @region has */
const char *way_out_of_region(const struct topology *topology, const struct topo_region *region,
			      char text[static WAY_OUT_MAX]);

/** way_out_of_decoder() - of what a decoder has, be it a region's or nobody's */
const char *way_out_of_decoder(const struct topology *topology, const struct topo_decoder *decoder,
			       char text[static WAY_OUT_MAX]);

/** way_out_of_port() - so that a port without a free decoder has one */
const char *way_out_of_port(const struct topology *topology, const struct topo_port *port,
			    char text[static WAY_OUT_MAX]);

/** way_out_of_window() - so that more of a window's addresses are free */
const char *way_out_of_window(const struct topology *topology, const struct topo_decoder *window,
			      char text[static WAY_OUT_MAX]);

/** way_out_of_partition() - so that a memdev has capacity of @mode */
const char *way_out_of_partition(const struct topo_memdev *memdev, enum topo_mode mode,
				 char text[static WAY_OUT_MAX]);

/** way_out_can_partition() - can capacity be taken from one partition to the other? */
bool way_out_can_partition(const struct topo_memdev *memdev);

/**
 * way_out_name_holders() - names what has addresses of a window: "region0 (1G, disabled)"
 *
 * Return: how many there are; @text names as many as have room.
 */
size_t way_out_name_holders(const struct topology *topology, const struct topo_decoder *window,
			    char *text, size_t size);

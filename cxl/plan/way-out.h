/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hints how to remove an obstacle, with command lines (between backquotes) that work as they are. A
 * hint names a removal only if the planner would plan that removal. Pure. Called by code that
 * refuses.
 */
#pragma once

#include <stddef.h>

#include "cxl/topology/topology.h"

#define WAY_OUT_MAX 192

/**
 * way_out_first() - the region to remove first, so that @region can be removed: @region, or a
 * region that was set up after it
 *
 * Return: NULL when the region can't be removed, because firmware locked or committed it.
 */
const struct topo_region *way_out_first(const struct topology *topology,
					const struct topo_region *region);

/* These functions write a hint into @text and return @text, or return NULL where there is no way.
 */

/** way_out_of_region() - how to free the resources of @region */
const char *way_out_of_region(const struct topology *topology, const struct topo_region *region,
			      char text[static WAY_OUT_MAX]);

/** way_out_of_decoder() - how to free the resources of a decoder, with or without a region */
const char *way_out_of_decoder(const struct topology *topology, const struct topo_decoder *decoder,
			       char text[static WAY_OUT_MAX]);

/** way_out_of_port() - how to free a decoder of a port */
const char *way_out_of_port(const struct topology *topology, const struct topo_port *port,
			    char text[static WAY_OUT_MAX]);

/** way_out_of_window() - how to free addresses of a window */
const char *way_out_of_window(const struct topology *topology, const struct topo_decoder *window,
			      char text[static WAY_OUT_MAX]);

/** way_out_of_partition() - how to give a memdev capacity of @mode */
const char *way_out_of_partition(const struct topo_memdev *memdev, enum topo_mode mode,
				 char text[static WAY_OUT_MAX]);

/** way_out_can_partition() - can capacity move from one partition to the other? */
bool way_out_can_partition(const struct topo_memdev *memdev);

/**
 * way_out_name_holders() - names the users of a window's addresses: "region0 (1G, disabled)"
 *
 * Return: the number of users; @text names as many as it has room for.
 */
size_t way_out_name_holders(const struct topology *topology, const struct topo_decoder *window,
			    char *text, size_t size);

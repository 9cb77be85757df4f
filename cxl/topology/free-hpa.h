/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel puts a region: into the first free extent of the window that is long enough,
 * ascending, at a multiple of 256 MiB (alloc_hpa() and alloc_free_mem_region()). Nobody can ask for
 * another place. Pure. Called by the planner and by listings of free space, so that listings show
 * exactly the space that a plan can use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"

struct hpa_range {
	hpa_t start, end; /* end is the first byte behind */
};

/*
 * The addresses of the host that regions, or decoders without a region, use: ascending ranges that
 * don't touch each other.
 */
struct hpa_map {
	ARRAY(struct hpa_range) busy;
	/* The windows of regions whose addresses the snapshot does not tell; NULL: the window is
	 * not told either. */
	ARRAY(const struct topo_decoder *) vague;
};

#define HPA_MAP_NULL ((struct hpa_map){ 0 })

/** hpa_map_init() - collects the addresses in use; 0 or -ENOMEM */
int hpa_map_init(struct hpa_map *map, const struct topology *topology);

void hpa_map_deinit(struct hpa_map *map);

/**
 * hpa_map_window() - the extents of a window where a region can begin and end
 * @extents: emptied first, then filled ascending; starts and sizes are multiples of 256 MiB
 *
 * Return: 0; -ENODATA when the snapshot does not tell where the window, or a region in it, lies;
 * -ENOMEM.
 */
int hpa_map_window(const struct hpa_map *map, const struct topo_decoder *window,
		   struct topo_extent_list *extents);

/** hpa_first_fit() - the extent that the kernel will take, or NULL when none is long enough */
const struct topo_extent *hpa_first_fit(const struct topo_extent_list *extents, uint64_t size);

/** hpa_largest() - the size of the largest extent, 0 when there is none */
uint64_t hpa_largest(const struct topo_extent_list *extents);

/** hpa_total() - the sum of all extents */
uint64_t hpa_total(const struct topo_extent_list *extents);

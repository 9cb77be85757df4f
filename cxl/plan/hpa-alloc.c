// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free host addresses of windows. Pure. Called by the planner.
 */
#include "cxl/plan/hpa-alloc.h"

#include <stdlib.h>

#include "cxl/plan/interleave.h"

static int add_range(struct hpa_map *map, hpa_t start, uint64_t size)
{
	struct hpa_range range = { .start = start };

	if (start == TOPO_UNKNOWN || size == 0 || size == TOPO_UNKNOWN)
		return 0;
	if (__builtin_add_overflow(start, size, &range.end))
		range.end = UINT64_MAX;
	return ARRAY_APPEND(&map->busy, range);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct hpa_range *range_a = a, *range_b = b;

	return range_a->start < range_b->start ? -1 : range_a->start > range_b->start;
}

/*
 * A memdev that decodes a range of no region was set up by firmware: that is memory in use, which
 * the kernel has as a resource of its own. Ranges of other ports may be stale, see
 * port_decoder_enabled().
 */
static bool is_orphan(const struct topo_decoder *decoder)
{
	return decoder->port->kind == TOPO_PORT_ENDPOINT && !decoder->region_name &&
	       !decoder->region;
}

int hpa_map_init(struct hpa_map *map, const struct topology *topology)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++)
		rc = add_range(map, topology->regions.items[i]->resource,
			       topology->regions.items[i]->size);
	for (size_t i = 0; rc == 0 && i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (is_orphan(decoder))
			rc = add_range(map, decoder->resource, decoder->size);
	}
	if (rc == 0 && map->busy.count > 1)
		qsort(map->busy.items, map->busy.count, sizeof(*map->busy.items), compare_ranges);
	return rc;
}

void hpa_map_deinit(struct hpa_map *map)
{
	ARRAY_FREE(&map->busy);
}

static int add_extent(struct topo_extent_list *extents, hpa_t start, hpa_t end)
{
	const uint64_t unit = INTERLEAVE_CAPACITY_UNIT;
	hpa_t aligned;

	/* gfr_start() never begins below the first unit. */
	if (start < unit)
		start = unit;
	if (__builtin_add_overflow(start, unit - 1, &aligned))
		return 0;
	aligned -= aligned % unit;
	if (aligned >= end || end - aligned < unit)
		return 0;
	return ARRAY_APPEND(&extents->list,
			    (struct topo_extent){ .start = aligned,
						  .size = end - aligned - (end - aligned) % unit });
}

int hpa_map_window(const struct hpa_map *map, const struct topo_decoder *window,
		   struct topo_extent_list *extents)
{
	hpa_t next = window->resource, end;
	int rc = 0;

	extents->list.count = 0;
	if (window->resource == TOPO_UNKNOWN ||
	    __builtin_add_overflow(window->resource, window->size, &end))
		return 0;
	for (size_t i = 0; rc == 0 && i < map->busy.count; i++) {
		const struct hpa_range *range = &map->busy.items[i];

		if (range->end <= next)
			continue;
		if (range->start >= end)
			break;
		rc = add_extent(extents, next, range->start);
		next = range->end;
	}
	return rc ? rc : add_extent(extents, next, end);
}

const struct topo_extent *hpa_first_fit(const struct topo_extent_list *extents, uint64_t size)
{
	for (size_t i = 0; i < extents->list.count; i++)
		if (extents->list.items[i].size >= size)
			return &extents->list.items[i];
	return NULL;
}

uint64_t hpa_largest(const struct topo_extent_list *extents)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < extents->list.count; i++)
		if (extents->list.items[i].size > largest)
			largest = extents->list.items[i].size;
	return largest;
}

uint64_t hpa_total(const struct topo_extent_list *extents)
{
	uint64_t total = 0;

	for (size_t i = 0; i < extents->list.count; i++)
		total += extents->list.items[i].size;
	return total;
}

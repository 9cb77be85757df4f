// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free host addresses of windows. Pure. Called by the planner and by the code that lists and draws
 * windows.
 */
#include "cxl/topology/free-hpa.h"

#include <errno.h>
#include <string.h>

#include "cxl/topology/port-decoder.h"

/*
 * The first range that ends at @start or later. A new range that begins at @start touches no
 * earlier range.
 */
static size_t find_range(const struct hpa_map *map, hpa_t start)
{
	size_t low = 0, high = map->busy.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->busy.items[middle].end < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert_range(struct hpa_map *map, size_t at, struct hpa_range range)
{
	int rc = ARRAY_APPEND(&map->busy, range);

	if (rc)
		return rc;
	memmove(&map->busy.items[at + 1], &map->busy.items[at],
		(map->busy.count - 1 - at) * sizeof(range));
	map->busy.items[at] = range;
	return 0;
}

/* Joins ranges that overlap or touch: most regions lie side by side. */
static int add_range(struct hpa_map *map, hpa_t start, uint64_t size)
{
	struct hpa_range range = { .start = start }, *into;
	size_t first, behind;

	if (start == TOPO_UNKNOWN || size == 0 || size == TOPO_UNKNOWN)
		return 0;
	if (__builtin_add_overflow(start, size, &range.end))
		range.end = UINT64_MAX;
	first = find_range(map, range.start);
	for (behind = first; behind < map->busy.count; behind++)
		if (map->busy.items[behind].start > range.end)
			break;
	if (first == behind)
		return insert_range(map, first, range);
	into = &map->busy.items[first];
	if (range.start < into->start)
		into->start = range.start;
	if (into[behind - first - 1].end > range.end)
		range.end = into[behind - first - 1].end;
	into->end = range.end;
	if (behind - first == 1)
		return 0;
	memmove(into + 1, &map->busy.items[behind], (map->busy.count - behind) * sizeof(*into));
	map->busy.count -= behind - first - 1;
	return 0;
}

/* A region gets its addresses when its size is set: alloc_hpa(). */
static int add_region(struct hpa_map *map, const struct topo_region *region)
{
	if (region->size == 0)
		return 0;
	if (region->size == TOPO_UNKNOWN || region->resource == TOPO_UNKNOWN)
		return ARRAY_APPEND(&map->vague, (const struct topo_decoder *)region->window);
	return add_range(map, region->resource, region->size);
}

/* Memory that hardware decodes for no region is in use, or its range can't be used again. */
static int add_unowned(struct hpa_map *map, const struct topology *topology,
		       const struct topo_port *port)
{
	int rc = 0;

	/* Most ports are idle: their decoders need no look. */
	if (port->decoders_committed == 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < port->decoders.count; i++) {
		const struct topo_decoder *decoder = port->decoders.items[i];

		if (decoder->size && port_decoder_unowned(topology, decoder))
			rc = add_range(map, decoder->resource, decoder->size);
	}
	return rc;
}

int hpa_map_init(struct hpa_map *map, const struct topology *topology)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++)
		rc = add_region(map, topology->regions.items[i]);
	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++)
		rc = add_unowned(map, topology, topology->ports.items[i]);
	return rc;
}

void hpa_map_deinit(struct hpa_map *map)
{
	ARRAY_FREE(&map->busy);
	ARRAY_FREE(&map->vague);
}

static int add_extent(struct topo_extent_list *extents, hpa_t start, hpa_t end)
{
	const uint64_t unit = TOPO_CAPACITY_UNIT;
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
		return -ENODATA;
	for (size_t i = 0; i < map->vague.count; i++)
		if (!map->vague.items[i] || map->vague.items[i] == window)
			return -ENODATA;
	for (size_t i = find_range(map, next); rc == 0 && i < map->busy.count; i++) {
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

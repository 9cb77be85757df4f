// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a host that a document does not tell. Pure; called by topology-parse.c.
 *
 * If a document has no object of a kind, that kind may not have been asked for. If a document has
 * some objects of a kind, others may have been cut out: names of other objects, and counts of them,
 * show that.
 */
#include "cxl/topology/topology-lack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/free-hpa.h"
#include "util/json.h"

/* Enough to show people the kind of fault; a document may lack thousands of objects. */
#define LACKS_MAX 16

int topology_add_lack(struct topology *topology, unsigned int parts, const char *object,
		      const char *format, ...)
{
	struct topo_lack lack = { .parts = parts };
	va_list arguments;
	char text[256];

	topology->known &= ~parts;
	topology->lacking |= parts;
	if (topology->lacks.count >= LACKS_MAX)
		return 0;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	lack.text = arena_strdup(&topology->arena, text);
	if (object)
		lack.object = arena_strdup(&topology->arena, object);
	if (!lack.text || (object && !lack.object))
		return -ENOMEM;
	return ARRAY_APPEND(&topology->lacks, lack);
}

#define LACK(topology, object, ...) topology_add_lack(topology, TOPO_KNOWN_CXL, object, __VA_ARGS__)

/* ---- letters ---- */

static bool has_port(const struct topology *topology, enum topo_port_kind from,
		     enum topo_port_kind to)
{
	for (size_t i = 0; i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		if (!port->implied && port->kind >= from && port->kind <= to)
			return true;
	}
	return false;
}

/*
 * Memdevs of CXL 1.1 hang from the root: their endpoints have depth 1, and no port is above them
 * (cxl_mem_probe() in drivers/cxl/mem.c, dport->rch).
 */
static bool needs_no_ports(const struct topology *topology)
{
	bool found = false;

	for (size_t i = 0; i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		if (port->kind != TOPO_PORT_ENDPOINT)
			continue;
		if (!port->parent || port->parent->kind != TOPO_PORT_ROOT)
			return false;
		found = true;
	}
	return found;
}

static bool has_targets(const struct topology *topology)
{
	for (size_t i = 0; i < topology->ports.count; i++)
		if (topology->ports.items[i]->dports.count)
			return true;
	for (size_t i = 0; i < topology->decoders.count; i++)
		if (topology->decoders.items[i]->targets.count)
			return true;
	for (size_t i = 0; i < topology->regions.count; i++)
		if (topology->regions.items[i]->mappings.count)
			return true;
	return false;
}

static int find_letters(struct topology *topology)
{
	const struct {
		bool is_listed;
		const char *text;
	} kinds[] = {
		{ has_port(topology, TOPO_PORT_ROOT, TOPO_PORT_ROOT), "buses (-B)" },
		{ has_port(topology, TOPO_PORT_HOST_BRIDGE, TOPO_PORT_SWITCH) ||
			  needs_no_ports(topology),
		  "ports (-P)" },
		{ has_port(topology, TOPO_PORT_ENDPOINT, TOPO_PORT_ENDPOINT), "endpoints (-E)" },
		{ topology->memdevs.count > 0, "memdevs (-M)" },
		{ topology->decoders.count > 0, "decoders (-D)" },
		{ has_targets(topology), "targets (-T)" },
	};
	char list[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!kinds[i].is_listed)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", kinds[i].text);
	if (used == 0)
		return 0;
	return LACK(topology, NULL,
		    "no %s are listed: there are none, or the letters were left out", list);
}

/* ---- what hangs where ---- */

static int find_lacks_of_port(struct topology *topology, const struct topo_port *port)
{
	if (port->implied)
		return LACK(topology, port->name,
			    "%s is not listed, only decoders of it: list it with -%s", port->name,
			    port->kind == TOPO_PORT_ENDPOINT ? "E"
			    : port->kind == TOPO_PORT_ROOT   ? "B"
							     : "P");
	if (port->kind == TOPO_PORT_ROOT)
		return 0;
	if (!port->parent)
		return LACK(topology, port->name,
			    "the parent of %s is not listed: list it with -B -P", port->name);
	/* Old versions of cxl do not tell the dport. A parent with one dport leaves no doubt. */
	if (port->kind != TOPO_PORT_HOST_BRIDGE && !port->parent_dport &&
	    port->parent->dports.count != 1)
		return LACK(topology, port->name, "the dport of %s at its parent is missing",
			    port->name);
	if (!port->host)
		return LACK(topology, port->name, "the device of %s is missing", port->name);
	if (port->memdev && strcmp(port->memdev->name, port->host) != 0)
		return LACK(topology, port->name, "the document names two devices of %s",
			    port->name);
	if (port->kind == TOPO_PORT_ENDPOINT && port->enabled && !port->memdev)
		return LACK(topology, port->host,
			    "%s, the memdev of %s, is not listed: list it with -M", port->host,
			    port->name);
	return 0;
}

static uint64_t known_size(uint64_t size)
{
	return size == TOPO_UNKNOWN ? 0 : size;
}

/* The device's own sum of all partitions, where the document has that sum. */
static uint64_t told_capacity(const struct topo_memdev *memdev)
{
	struct json_object *partitions;
	uint64_t total = 0;

	if (json_get_object(memdev->mailbox, "partition_info", &partitions) == 0)
		(void)json_get_u64(partitions, "total_size", &total);
	return total;
}

/* A partition of size 0 is not listed, so a partition that was cut out looks the same. */
static int find_lacks_of_capacity(struct topology *topology, const struct topo_memdev *memdev)
{
	const uint64_t static_size = known_size(memdev->ram_size) + known_size(memdev->pmem_size);

	if (static_size + memdev->dynamic_size == 0)
		return LACK(topology, memdev->name, "the capacity of %s is missing", memdev->name);
	if (static_size < told_capacity(memdev))
		return LACK(topology, memdev->name,
			    "a part of the capacity of %s is missing: its partitions are smaller "
			    "than partition_info says",
			    memdev->name);
	return 0;
}

static int find_lacks_of_memdev(struct topology *topology, const struct topo_memdev *memdev)
{
	if (!memdev->enabled)
		return 0;
	if (!memdev->endpoint)
		return LACK(topology, memdev->name,
			    "the endpoint of %s is not listed: list it with -B -P -E",
			    memdev->name);
	return find_lacks_of_capacity(topology, memdev);
}

/* ---- decoders ---- */

/* The kernel allocates decoders by number: a missing one would be taken for a used one. */
static int find_lacks_of_decoders(struct topology *topology, const struct topo_port *port)
{
	int active = 0;

	for (size_t i = 0; i < port->decoders.count; i++) {
		active += port->decoders.items[i]->size != 0;
		if (!(topology->lacking & TOPO_KNOWN_IDLE) &&
		    port->decoders.items[i]->index != (int)i)
			return LACK(topology, port->name, "not all decoders of %s are listed",
				    port->name);
	}
	if (port->decoders_committed > active)
		return LACK(topology, port->name,
			    "%d decoders of %s are committed, %d are listed: list them with -D",
			    port->decoders_committed, port->name, active);
	if (!(topology->lacking & TOPO_KNOWN_IDLE) && port->enabled && port->decoders.count == 0)
		return LACK(topology, port->name, "no decoder of %s is listed", port->name);
	return 0;
}

static int find_lacks_of_window(struct topology *topology, const struct topo_decoder *window)
{
	if (window->size == 0 || window->size == TOPO_UNKNOWN || window->resource == TOPO_UNKNOWN)
		return LACK(topology, window->name, "the addresses of %s are missing",
			    window->name);
	if (window->interleave_ways <= 0)
		return LACK(topology, window->name, "the interleave of %s is missing",
			    window->name);
	if (window->interleave_ways > 1 && window->interleave_granularity <= 0)
		return LACK(topology, window->name, "the granularity of %s is missing",
			    window->name);
	if (window->targets.count == 0 ||
	    (window->nr_targets > 0 && window->targets.count < (size_t)window->nr_targets))
		return LACK(topology, window->name,
			    "not all targets of %s are listed: list them with -T", window->name);
	return 0;
}

static int find_lacks_of_decoder(struct topology *topology, const struct topo_decoder *decoder)
{
	bool is_active = decoder->size != 0 || decoder->region_name;

	if (decoder->port->kind == TOPO_PORT_ROOT)
		return find_lacks_of_window(topology, decoder);
	if (decoder->region_name && !decoder->region)
		return LACK(topology, decoder->region_name,
			    "%s, for which %s decodes, is not listed: list it with -R -i",
			    decoder->region_name, decoder->name);
	if (decoder->port->kind != TOPO_PORT_ENDPOINT || (!is_active && decoder->dpa_size == 0))
		return 0;
	if (decoder->mode == TOPO_MODE_RAM && decoder->port->memdev &&
	    known_size(decoder->port->memdev->ram_size) == 0)
		return LACK(topology, decoder->port->memdev->name,
			    "%s has capacity of %s, whose ram_size is missing", decoder->name,
			    decoder->port->memdev->name);
	if (decoder->dpa_size == 0 || decoder->dpa_size == TOPO_UNKNOWN ||
	    decoder->dpa_resource == TOPO_UNKNOWN || decoder->mode == TOPO_MODE_NONE)
		return LACK(topology, decoder->name, "the capacity of %s is missing",
			    decoder->name);
	return 0;
}

/* ---- regions ---- */

/* A region has one target at each of its positions, or none yet. */
static bool positions_make_sense(const struct topo_region *region)
{
	unsigned int taken = 0;

	for (size_t i = 0; i < region->mappings.count; i++) {
		const unsigned int position = (unsigned int)region->mappings.items[i].position;

		if (taken & 1U << position || (int)position >= region->interleave_ways)
			return false;
		taken |= 1U << position;
	}
	return true;
}

static int find_lacks_of_mappings(struct topology *topology, const struct topo_region *region)
{
	if (!positions_make_sense(region))
		return LACK(
			topology, region->name,
			"the document names a position of %s twice, or one that it does not have",
			region->name);
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_mapping *mapping = &region->mappings.items[i];

		if (!mapping->decoder)
			return LACK(topology, region->name,
				    "%s, a target of %s, is not listed: list it with -D",
				    mapping->decoder_name, region->name);
		if (!mapping->memdev)
			return LACK(topology, region->name,
				    "the memdev of %s, a target of %s, is not listed: list it "
				    "with -M",
				    mapping->decoder_name, region->name);
	}
	if (region->committed && region->mappings.count < (size_t)region->interleave_ways)
		return LACK(topology, region->name,
			    "%zu of the %d targets of %s are listed: list them with -T",
			    region->mappings.count, region->interleave_ways, region->name);
	return 0;
}

static int find_lacks_of_dax(struct topology *topology, const struct topo_region *region)
{
	const struct topo_dax_region *dax = region->dax_region;

	if (region->type == TOPO_MODE_RAM && region->enabled && !dax)
		return topology_add_lack(topology, TOPO_KNOWN_DAX, region->name,
					 "the dax devices of %s are not listed: list them with -X",
					 region->name);
	if (dax && dax->devices.count == 0 &&
	    (dax->size == TOPO_UNKNOWN || dax->available_size < dax->size))
		return topology_add_lack(topology, TOPO_KNOWN_DAX, region->name,
					 "the dax devices of %s are missing, though its capacity "
					 "is taken",
					 region->name);
	return 0;
}

static int find_lacks_of_region(struct topology *topology, const struct topo_region *region)
{
	int rc;

	if (!region->window)
		return LACK(topology, region->name,
			    "the window of %s is not listed: list it with -D", region->name);
	if (region->size == TOPO_UNKNOWN || (region->size > 0 && region->resource == TOPO_UNKNOWN))
		return LACK(topology, region->name, "the addresses of %s are missing",
			    region->name);
	if (region->interleave_ways < 0)
		return LACK(topology, region->name, "the interleave of %s is missing",
			    region->name);
	rc = find_lacks_of_mappings(topology, region);
	return rc ? rc : find_lacks_of_dax(topology, region);
}

/*
 * A region that is not listed takes addresses all the same. The kernel's largest free extent shows
 * such a region. Without that number, only a listed region shows that regions were asked for.
 */
static int find_hidden_regions(struct topology *topology, const struct hpa_map *map,
			       const struct topo_decoder *window)
{
	struct topo_extent_list extents = { 0 };
	uint64_t largest;
	int rc = hpa_map_window(map, window, &extents);

	largest = rc == 0 ? hpa_largest(&extents) : 0;
	ARRAY_FREE(&extents.list);
	if (rc)
		return rc == -ENODATA ? 0 : rc;
	if (window->max_available_extent == TOPO_UNKNOWN && topology->regions.count == 0)
		return LACK(topology, window->name,
			    "%s may have regions that are not listed: list them with -R -i",
			    window->name);
	if (window->max_available_extent >= largest)
		return 0;
	return LACK(topology, window->name,
		    "a region in %s is not listed, since at most %" PRIu64
		    " bytes of it are free: list it with -R -i",
		    window->name, window->max_available_extent);
}

static int find_all_hidden_regions(struct topology *topology)
{
	struct hpa_map map = HPA_MAP_NULL;
	int rc = hpa_map_init(&map, topology);

	for (size_t i = 0; rc == 0 && i < topology->decoders.count; i++)
		if (topology->decoders.items[i]->port->kind == TOPO_PORT_ROOT)
			rc = find_hidden_regions(topology, &map, topology->decoders.items[i]);
	hpa_map_deinit(&map);
	return rc;
}

/* ---- all of it ---- */

static bool has_idle(const struct topology *topology)
{
	for (size_t i = 0; i < topology->decoders.count; i++)
		if (topology->decoders.items[i]->size == 0 &&
		    topology->decoders.items[i]->port->kind != TOPO_PORT_ROOT)
			return true;
	return false;
}

static int find_idle(struct topology *topology)
{
	if (has_idle(topology))
		return 0;
	return topology_add_lack(topology, TOPO_KNOWN_IDLE, NULL,
				 "no idle decoder is listed: none is free, or -i was left out, "
				 "without which nothing that is disabled is listed");
}

static int find_lacks_of_ports(struct topology *topology)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *port = topology->ports.items[i];

		rc = find_lacks_of_port(topology, port);
		if (rc == 0 && port->kind != TOPO_PORT_ROOT && topology->decoders.count > 0)
			rc = find_lacks_of_decoders(topology, port);
	}
	return rc;
}

int topology_find_lacks(struct topology *topology)
{
	int rc = find_letters(topology);

	if (rc == 0)
		rc = find_idle(topology);
	if (rc == 0)
		rc = find_lacks_of_ports(topology);
	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++)
		rc = find_lacks_of_memdev(topology, topology->memdevs.items[i]);
	for (size_t i = 0; rc == 0 && i < topology->decoders.count; i++)
		rc = find_lacks_of_decoder(topology, topology->decoders.items[i]);
	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++)
		rc = find_lacks_of_region(topology, topology->regions.items[i]);
	if (rc == 0)
		rc = find_all_hidden_regions(topology);
	/* If regions may be hidden, so may their dax devices. */
	if (rc == 0 && (topology->lacking & TOPO_KNOWN_CXL) && topology->regions.count == 0)
		topology->known &= ~(unsigned int)TOPO_KNOWN_DAX;
	return rc;
}

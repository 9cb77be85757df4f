// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building, finishing and searching a snapshot. Pure: the readers of the host and of records call
 * the builders here, all other code calls only the look-ups.
 *
 * A finished snapshot is sorted, so a look-up by name is a binary search.
 */
#include "cxl/topology/topology.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"

/*
 * The kernel's names end in one number (mem3) or two (decoder0.1). An order by the numbers first
 * and then by the text is total for any text that a document may hold.
 */
struct name_key {
	uint64_t major, minor;
	const char *name;
};

struct topology *topology_new(void)
{
	struct topology *topology = calloc(1, sizeof(*topology));

	if (!topology)
		return NULL;
	topology->arena = ARENA_NULL;
	topology->time_ms = TOPO_UNKNOWN;
	topology->memory_block_size = TOPO_UNKNOWN;
	return topology;
}

static void free_arrays_of_regions(struct topology *topology)
{
	for (size_t i = 0; i < topology->regions.count; i++)
		ARRAY_FREE(&topology->regions.items[i]->mappings);
	for (size_t i = 0; i < topology->dax_regions.count; i++) {
		struct topo_dax_region *region = topology->dax_regions.items[i];

		for (size_t j = 0; j < region->devices.count; j++)
			ARRAY_FREE(&region->devices.items[j].blocks);
		ARRAY_FREE(&region->devices);
	}
}

static void free_sources(struct topology *topology)
{
	for (size_t i = 0; i < topology->ports.count; i++)
		(void)json_object_put(topology->ports.items[i]->source.object);
	for (size_t i = 0; i < topology->decoders.count; i++)
		(void)json_object_put(topology->decoders.items[i]->source.object);
	for (size_t i = 0; i < topology->memdevs.count; i++)
		(void)json_object_put(topology->memdevs.items[i]->source.object);
	for (size_t i = 0; i < topology->regions.count; i++)
		(void)json_object_put(topology->regions.items[i]->source.object);
	for (size_t i = 0; i < topology->strangers.count; i++)
		(void)json_object_put(topology->strangers.items[i].value);
	ARRAY_FREE(&topology->strangers);
	ARRAY_FREE(&topology->lacks);
}

struct topology *topology_free(struct topology *topology)
{
	if (!topology)
		return NULL;
	for (size_t i = 0; i < topology->ports.count; i++) {
		ARRAY_FREE(&topology->ports.items[i]->dports);
		ARRAY_FREE(&topology->ports.items[i]->decoders);
	}
	for (size_t i = 0; i < topology->decoders.count; i++)
		ARRAY_FREE(&topology->decoders.items[i]->targets);
	for (size_t i = 0; i < topology->memdevs.count; i++)
		(void)json_object_put(topology->memdevs.items[i]->mailbox);
	free_sources(topology);
	free_arrays_of_regions(topology);
	for (size_t i = 0; i < topology->nodes.count; i++)
		ARRAY_FREE(&topology->nodes.items[i].distances);
	ARRAY_FREE(&topology->ports);
	ARRAY_FREE(&topology->decoders);
	ARRAY_FREE(&topology->memdevs);
	ARRAY_FREE(&topology->regions);
	ARRAY_FREE(&topology->dax_regions);
	ARRAY_FREE(&topology->nodes);
	ARRAY_FREE(&topology->namespaces);
	arena_deinit(&topology->arena);
	free(topology);
	return NULL;
}

struct topo_port *topology_add_port(struct topology *topology, enum topo_port_kind kind,
				    const char *name, struct topo_port *parent)
{
	struct topo_port *port = arena_alloc(&topology->arena, sizeof(*port));

	if (!port)
		return NULL;
	port->name = arena_strdup(&topology->arena, name);
	if (!port->name)
		return NULL;
	port->kind = kind;
	port->parent = parent;
	port->depth = parent ? parent->depth + 1 : 0;
	port->decoders_committed = TOPO_UNKNOWN_INT;
	return ARRAY_APPEND(&topology->ports, port) == 0 ? port : NULL;
}

/* The second number of decoderX.Y; 0 for a text of another form. */
static int decoder_index(const char *name)
{
	const char *dot = strchr(name, '.');
	unsigned long index;

	if (!dot)
		return 0;
	index = strtoul(dot + 1, NULL, 10);
	return index > INT_MAX ? INT_MAX : (int)index;
}

struct topo_decoder *topology_add_decoder(struct topology *topology, struct topo_port *port,
					  const char *name)
{
	struct topo_decoder *decoder = arena_alloc(&topology->arena, sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->name = arena_strdup(&topology->arena, name);
	if (!decoder->name)
		return NULL;
	decoder->port = port;
	decoder->index = decoder_index(name);
	decoder->resource = TOPO_UNKNOWN;
	decoder->interleave_ways = TOPO_UNKNOWN_INT;
	decoder->interleave_granularity = TOPO_UNKNOWN_INT;
	decoder->nr_targets = TOPO_UNKNOWN_INT;
	decoder->qos_class = TOPO_UNKNOWN_INT;
	decoder->max_available_extent = TOPO_UNKNOWN;
	decoder->dpa_resource = TOPO_UNKNOWN;
	/* The snapshot's array first, because topology_free() walks that array. */
	if (ARRAY_APPEND(&topology->decoders, decoder) || ARRAY_APPEND(&port->decoders, decoder))
		return NULL;
	return decoder;
}

struct topo_memdev *topology_add_memdev(struct topology *topology, const char *name)
{
	struct topo_memdev *memdev = arena_alloc(&topology->arena, sizeof(*memdev));

	if (!memdev)
		return NULL;
	memdev->name = arena_strdup(&topology->arena, name);
	if (!memdev->name)
		return NULL;
	memdev->serial = TOPO_UNKNOWN;
	memdev->numa_node = TOPO_UNKNOWN_INT;
	memdev->ram_qos_class = TOPO_UNKNOWN_INT;
	memdev->pmem_qos_class = TOPO_UNKNOWN_INT;
	memdev->mailbox_time_ms = TOPO_UNKNOWN;
	return ARRAY_APPEND(&topology->memdevs, memdev) == 0 ? memdev : NULL;
}

struct topo_region *topology_add_region(struct topology *topology, struct topo_decoder *window,
					const char *name)
{
	struct topo_region *region = arena_alloc(&topology->arena, sizeof(*region));

	if (!region)
		return NULL;
	region->name = arena_strdup(&topology->arena, name);
	if (!region->name)
		return NULL;
	region->window = window;
	region->resource = TOPO_UNKNOWN;
	region->size = TOPO_UNKNOWN;
	region->interleave_ways = TOPO_UNKNOWN_INT;
	region->interleave_granularity = TOPO_UNKNOWN_INT;
	return ARRAY_APPEND(&topology->regions, region) == 0 ? region : NULL;
}

struct topo_dax_region *topology_add_dax_region(struct topology *topology,
						struct topo_region *region)
{
	struct topo_dax_region *dax_region = arena_alloc(&topology->arena, sizeof(*dax_region));

	if (!dax_region)
		return NULL;
	dax_region->id = TOPO_UNKNOWN_INT;
	dax_region->size = TOPO_UNKNOWN;
	dax_region->available_size = TOPO_UNKNOWN;
	dax_region->align = TOPO_UNKNOWN;
	if (ARRAY_APPEND(&topology->dax_regions, dax_region))
		return NULL;
	region->dax_region = dax_region;
	return dax_region;
}

static uint64_t read_number(const char **text)
{
	uint64_t number = 0;

	for (; isdigit((unsigned char)**text); (*text)++)
		number = number * 10 + (uint64_t)(**text - '0');
	return number;
}

static struct name_key name_key(const char *name)
{
	struct name_key key = { .name = name };
	const char *c = name;

	while (*c && !isdigit((unsigned char)*c))
		c++;
	key.major = read_number(&c);
	if (*c == '.') {
		c++;
		key.minor = read_number(&c);
	}
	return key;
}

uint64_t topo_name_number(const char *name)
{
	return name_key(name).major;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_keys(const struct name_key *a, const struct name_key *b)
{
	int order = compare_u64(a->major, b->major);

	if (order == 0)
		order = compare_u64(a->minor, b->minor);
	return order ? order : strcmp(a->name, b->name);
}

int topo_name_compare(const char *a, const char *b)
{
	struct name_key key_a = name_key(a), key_b = name_key(b);

	return compare_keys(&key_a, &key_b);
}

/* Ports, decoders, memdevs and regions begin with their name, which one search reads. */
static const char *name_of(const void *object)
{
	return *(const char *const *)object;
}

static_assert(offsetof(struct topo_port, name) == 0, "name_of() reads it there");
static_assert(offsetof(struct topo_decoder, name) == 0, "name_of() reads it there");
static_assert(offsetof(struct topo_memdev, name) == 0, "name_of() reads it there");
static_assert(offsetof(struct topo_region, name) == 0, "name_of() reads it there");

static int compare_objects(const void *a, const void *b)
{
	return topo_name_compare(name_of(*(const void *const *)a),
				 name_of(*(const void *const *)b));
}

static int compare_dports(const void *a, const void *b)
{
	const struct topo_dport *dport_a = a, *dport_b = b;

	if (dport_a->id != dport_b->id)
		return dport_a->id < dport_b->id ? -1 : 1;
	return strcmp(dport_a->name, dport_b->name);
}

static int compare_targets(const void *a, const void *b)
{
	const struct topo_target *target_a = a, *target_b = b;

	if (target_a->position != target_b->position)
		return target_a->position < target_b->position ? -1 : 1;
	return strcmp(target_a->dport, target_b->dport);
}

static int compare_mappings(const void *a, const void *b)
{
	const struct topo_mapping *mapping_a = a, *mapping_b = b;

	if (mapping_a->position != mapping_b->position)
		return mapping_a->position < mapping_b->position ? -1 : 1;
	return strcmp(mapping_a->decoder_name, mapping_b->decoder_name);
}

static int compare_dax_regions(const void *a, const void *b)
{
	const struct topo_dax_region *const *region_a = a, *const *region_b = b;

	return compare_u64((uint64_t)(*region_a)->id, (uint64_t)(*region_b)->id);
}

static int compare_dax_devices(const void *a, const void *b)
{
	return topo_name_compare(((const struct topo_dax_device *)a)->name,
				 ((const struct topo_dax_device *)b)->name);
}

static int compare_blocks(const void *a, const void *b)
{
	return compare_u64(((const struct topo_memory_block *)a)->index,
			   ((const struct topo_memory_block *)b)->index);
}

static int compare_nodes(const void *a, const void *b)
{
	return ((const struct topo_node *)a)->id - ((const struct topo_node *)b)->id;
}

static int compare_distances(const void *a, const void *b)
{
	return ((const struct topo_distance *)a)->node - ((const struct topo_distance *)b)->node;
}

/* A record of our own is sorted already: a check costs one pass, another sort costs many. */
static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	const char *item = items;

	for (size_t i = 1; i < count; i++, item += size)
		if (compare(item, item + size) > 0) {
			qsort(items, count, size, compare);
			return;
		}
}

#define SORT(array, compare) sort((array)->items, (array)->count, sizeof(*(array)->items), compare)

static void sort_everything(struct topology *topology)
{
	SORT(&topology->ports, compare_objects);
	SORT(&topology->decoders, compare_objects);
	SORT(&topology->memdevs, compare_objects);
	SORT(&topology->regions, compare_objects);
	SORT(&topology->dax_regions, compare_dax_regions);
	SORT(&topology->nodes, compare_nodes);
	for (size_t i = 0; i < topology->ports.count; i++) {
		SORT(&topology->ports.items[i]->dports, compare_dports);
		SORT(&topology->ports.items[i]->decoders, compare_objects);
	}
	for (size_t i = 0; i < topology->decoders.count; i++)
		SORT(&topology->decoders.items[i]->targets, compare_targets);
	for (size_t i = 0; i < topology->regions.count; i++)
		SORT(&topology->regions.items[i]->mappings, compare_mappings);
	for (size_t i = 0; i < topology->dax_regions.count; i++) {
		struct topo_dax_region *region = topology->dax_regions.items[i];

		SORT(&region->devices, compare_dax_devices);
		for (size_t j = 0; j < region->devices.count; j++)
			SORT(&region->devices.items[j].blocks, compare_blocks);
	}
	for (size_t i = 0; i < topology->nodes.count; i++)
		SORT(&topology->nodes.items[i].distances, compare_distances);
}

static void resolve_mapping(struct topology *topology, struct topo_mapping *mapping)
{
	mapping->decoder = topology_decoder(topology, mapping->decoder_name);
	if (mapping->memdev_name)
		mapping->memdev = topology_memdev(topology, mapping->memdev_name);
	else if (mapping->decoder && mapping->decoder->port->memdev)
		mapping->memdev = mapping->decoder->port->memdev;
	if (mapping->memdev)
		mapping->memdev_name = mapping->memdev->name;
}

/* A region belongs to firmware as soon as a decoder that decodes for it is locked. */
static void resolve_decoder(struct topology *topology, struct topo_decoder *decoder)
{
	decoder->region = NULL;
	if (!decoder->region_name || decoder->port->kind == TOPO_PORT_ROOT)
		return;
	decoder->region = topology_region(topology, decoder->region_name);
	if (decoder->region && decoder->locked)
		decoder->region->locked = true;
}

/*
 * Counts blocks. A device has a zone if all of its blocks are online in that zone, as in
 * daxctl_memory_is_movable().
 */
static void count_blocks(struct topo_dax_device *device)
{
	device->block_count = (int)device->blocks.count;
	device->online_block_count = 0;
	device->zone = TOPO_ZONE_NONE;
	for (size_t i = 0; i < device->blocks.count; i++) {
		const struct topo_memory_block *block = &device->blocks.items[i];

		device->online_block_count += block->online;
		if (i == 0)
			device->zone = block->zone;
		else if (device->zone != block->zone)
			device->zone = TOPO_ZONE_UNKNOWN;
	}
	if (device->online_block_count < device->block_count)
		device->zone = TOPO_ZONE_NONE;
}

static void count_all_blocks(struct topology *topology)
{
	for (size_t i = 0; i < topology->dax_regions.count; i++) {
		struct topo_dax_region *region = topology->dax_regions.items[i];

		for (size_t j = 0; j < region->devices.count; j++)
			count_blocks(&region->devices.items[j]);
	}
}

void topology_finish(struct topology *topology)
{
	sort_everything(topology);
	if (topology->known & TOPO_KNOWN_BLOCKS)
		count_all_blocks(topology);
	for (size_t i = 0; i < topology->ports.count; i++) {
		struct topo_port *port = topology->ports.items[i];

		port->place = i;
		if (port->kind != TOPO_PORT_ENDPOINT)
			continue;
		/* A document may have set the memdev already, without the endpoint's host. */
		if (!port->memdev && port->host)
			port->memdev = topology_memdev(topology, port->host);
		if (!port->memdev)
			continue;
		/* Only a document can give one memdev to two endpoints. */
		if (port->memdev->endpoint && port->memdev->endpoint != port)
			port->memdev = NULL;
		else
			port->memdev->endpoint = port;
	}
	for (size_t i = 0; i < topology->decoders.count; i++)
		resolve_decoder(topology, topology->decoders.items[i]);
	for (size_t i = 0; i < topology->regions.count; i++) {
		struct topo_region *region = topology->regions.items[i];

		for (size_t j = 0; j < region->mappings.count; j++)
			resolve_mapping(topology, &region->mappings.items[j]);
	}
}

static void *find_by_name(void *const *objects, size_t count, const char *name)
{
	struct name_key wanted = name_key(name);
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct name_key key = name_key(name_of(objects[middle]));
		int order = compare_keys(&wanted, &key);

		if (order == 0)
			return objects[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct topo_port *topology_port(const struct topology *topology, const char *name)
{
	return find_by_name((void *const *)topology->ports.items, topology->ports.count, name);
}

struct topo_decoder *topology_decoder(const struct topology *topology, const char *name)
{
	return find_by_name((void *const *)topology->decoders.items, topology->decoders.count,
			    name);
}

struct topo_memdev *topology_memdev(const struct topology *topology, const char *name)
{
	return find_by_name((void *const *)topology->memdevs.items, topology->memdevs.count, name);
}

struct topo_region *topology_region(const struct topology *topology, const char *name)
{
	return find_by_name((void *const *)topology->regions.items, topology->regions.count, name);
}

/* Returns the number of memdevs with this serial number, and in *ret_memdev one of them. */
static int find_by_serial(const struct topology *topology, const char *text,
			  struct topo_memdev **ret_memdev)
{
	uint64_t serial;
	int count = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	serial = strtoull(text, &end, 0);
	if (*end || errno)
		return 0;
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		if (topology->memdevs.items[i]->serial != serial)
			continue;
		*ret_memdev = topology->memdevs.items[i];
		count++;
	}
	return count;
}

static const char serial_prefix[] = "serial:";

int topology_count_memdevs(const struct topology *topology, const char *ident)
{
	struct topo_memdev *memdev = NULL;

	if (strncmp(ident, serial_prefix, strlen(serial_prefix)) != 0)
		return 0;
	return find_by_serial(topology, ident + strlen(serial_prefix), &memdev);
}

struct topo_memdev *topology_find_memdev(const struct topology *topology, const char *ident)
{
	char name[sizeof("mem18446744073709551615")];
	struct topo_memdev *memdev;

	if (strncmp(ident, serial_prefix, strlen(serial_prefix)) == 0)
		return find_by_serial(topology, ident + strlen(serial_prefix), &memdev) == 1
			       ? memdev
			       : NULL;
	memdev = topology_memdev(topology, ident);
	if (memdev)
		return memdev;
	if (*ident && strspn(ident, "0123456789") == strlen(ident)) {
		(void)snprintf(name, sizeof(name), "mem%s", ident);
		return topology_memdev(topology, name);
	}
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		memdev = topology->memdevs.items[i];
		if (memdev->host && strcmp(memdev->host, ident) == 0)
			return memdev;
	}
	return NULL;
}

struct topo_port *topology_root_of(const struct topo_port *port)
{
	while (port->parent || port->above)
		port = port->parent ? port->parent : port->above;
	return (struct topo_port *)port;
}

static bool names_match(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool topology_is_target(const struct topo_target *target, const struct topo_port *port)
{
	return names_match(target->dport, port->parent_dport) ||
	       names_match(target->alias, port->parent_dport) ||
	       names_match(target->dport, port->host) || names_match(target->alias, port->host);
}

struct topo_port *topology_host_bridge_of(const struct topo_port *port)
{
	if (!port->parent)
		return NULL;
	while (port->parent->parent)
		port = port->parent;
	return (struct topo_port *)port;
}

const char *topo_mode_name(enum topo_mode mode)
{
	switch (mode) {
	case TOPO_MODE_NONE:
		return "none";
	case TOPO_MODE_RAM:
		return "ram";
	case TOPO_MODE_PMEM:
		return "pmem";
	case TOPO_MODE_UNKNOWN:
		break;
	}
	return "unknown";
}

enum topo_mode topo_mode_from_name(const char *name)
{
	for (enum topo_mode mode = TOPO_MODE_NONE; mode < TOPO_MODE_UNKNOWN; mode++)
		if (strcmp(topo_mode_name(mode), name) == 0)
			return mode;
	return TOPO_MODE_UNKNOWN;
}

const char *topo_arithmetic_name(enum topo_arithmetic arithmetic)
{
	switch (arithmetic) {
	case TOPO_ARITHMETIC_MODULO:
		return "modulo";
	case TOPO_ARITHMETIC_XOR:
		return "xor";
	case TOPO_ARITHMETIC_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *topo_zone_name(enum topo_zone zone)
{
	switch (zone) {
	case TOPO_ZONE_NONE:
		return "none";
	case TOPO_ZONE_KERNEL:
		return "kernel";
	case TOPO_ZONE_MOVABLE:
		return "movable";
	case TOPO_ZONE_SEVERAL:
		return "several";
	case TOPO_ZONE_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *topo_dax_mode_name(enum topo_dax_driver driver)
{
	return driver == TOPO_DAX_KMEM ? "system-ram" : "devdax";
}

static const char *mode_or_text(enum topo_mode mode, const char *text)
{
	return mode == TOPO_MODE_UNKNOWN && text ? text : topo_mode_name(mode);
}

const char *topo_decoder_mode(const struct topo_decoder *decoder)
{
	return mode_or_text(decoder->mode, decoder->mode_text);
}

const char *topo_region_unknown_kind(const struct topo_region *region)
{
	if (region->type_text)
		return region->type_text;
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_decoder *decoder = region->mappings.items[i].decoder;

		if (decoder && decoder->mode_text)
			return decoder->mode_text;
	}
	return NULL;
}

const char *topo_region_type(const struct topo_region *region)
{
	const char *kind = topo_region_unknown_kind(region);

	return kind ? kind : topo_mode_name(region->type);
}

const char *topo_dax_mode(const struct topo_dax_device *device)
{
	if (device->driver != TOPO_DAX_OTHER)
		return topo_dax_mode_name(device->driver);
	return device->mode_text ? device->mode_text : "unknown";
}

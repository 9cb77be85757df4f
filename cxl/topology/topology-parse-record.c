// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading dax regions, and the parts that only records have: memory policy and NUMA nodes. Pure;
 * called by topology-parse.c and topology-parse-object.c.
 */
#include "cxl/topology/topology-parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/topology-known.h"
#include "util/json.h"

/* A petabyte in blocks of 1 GiB; a run of a document may claim any number of them. */
#define BLOCKS_MAX (UINT64_C(1) << 20)

#define NODES_MAX 1024

static enum topo_zone zone_from_name(const char *name)
{
	for (enum topo_zone zone = TOPO_ZONE_NONE; zone < TOPO_ZONE_UNKNOWN; zone++)
		if (strcmp(topo_zone_name(zone), name) == 0)
			return zone;
	return TOPO_ZONE_UNKNOWN;
}

static int append_blocks(struct parse *parse, const struct value_reader *reader,
			 struct topo_dax_device *device, struct topo_memory_block block,
			 uint64_t count)
{
	uint64_t end;

	if (count > BLOCKS_MAX || parse->block_count + count > BLOCKS_MAX ||
	    __builtin_add_overflow(block.index, count, &end))
		return value_lose(reader, "odd-number", NULL,
				  "it has more memory blocks than there can be");
	parse->block_count += count;
	for (; block.index < end; block.index++) {
		int rc = ARRAY_APPEND(&device->blocks, block);

		if (rc)
			return rc;
	}
	return 0;
}

static int read_block_run(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_dax_device *device = parent;
	struct topo_memory_block block = { .node = TOPO_UNKNOWN_INT };
	const char *state = NULL, *zone = NULL;
	uint64_t count = 0;
	int rc;

	reader->name = device->name;
	if ((rc = value_number(reader, "first", &block.index)) ||
	    (rc = value_number(reader, "count", &count)) ||
	    (rc = value_text(reader, "state", &state)) ||
	    (rc = value_text(reader, "zone", &zone)) ||
	    (rc = value_int(reader, "node", 0, INT_MAX, &block.node)) ||
	    (rc = value_bool(reader, "removable", &block.removable)))
		return rc;
	block.online = state && strcmp(state, "online") == 0;
	block.zone = zone ? zone_from_name(zone) : TOPO_ZONE_UNKNOWN;
	return append_blocks(parse, reader, device, block, count);
}

/* cxl list tells mode and state; a record tells the driver's name, which is more. */
static int read_driver(const struct value_reader *reader, struct topo_dax_device *device)
{
	const char *mode = NULL, *driver = NULL;
	bool enabled;
	int rc;

	if ((rc = value_text(reader, "mode", &mode)) ||
	    (rc = value_text(reader, "driver", &driver)) || (rc = parse_enabled(reader, &enabled)))
		return rc;
	if (!enabled)
		device->driver = TOPO_DAX_NONE;
	else if (mode && strcmp(mode, "system-ram") == 0)
		device->driver = TOPO_DAX_KMEM;
	else if (mode && strcmp(mode, "devdax") == 0 && (!driver || strcmp(driver, "other") != 0))
		device->driver = TOPO_DAX_DEVICE;
	else
		device->driver = TOPO_DAX_OTHER;
	if (device->driver == TOPO_DAX_OTHER)
		device->mode_text = mode;
	return 0;
}

static int read_block_counts(const struct value_reader *reader, struct topo_dax_device *device)
{
	bool movable = false;
	int rc;

	if ((rc = value_int(reader, "total_memblocks", 0, INT_MAX, &device->block_count)) ||
	    (rc = value_int(reader, "online_memblocks", 0, INT_MAX, &device->online_block_count)) ||
	    (rc = value_bool(reader, "movable", &movable)))
		return rc;
	if (movable)
		device->zone = TOPO_ZONE_MOVABLE;
	else if (json_object_object_get_ex(reader->object, "movable", NULL))
		device->zone = TOPO_ZONE_UNKNOWN;
	return 0;
}

static int read_dax_values(const struct value_reader *reader, struct topo_dax_device *device)
{
	int rc;

	if ((rc = value_number(reader, "size", &device->size)) ||
	    (rc = value_int(reader, "target_node", 0, INT_MAX, &device->target_node)) ||
	    (rc = value_number(reader, "align", &device->align)) ||
	    (rc = value_number(reader, "resource", &device->resource)) ||
	    (rc = read_driver(reader, device)) || (rc = read_block_counts(reader, device)))
		return rc;
	return value_text(reader, "memory_state", &device->state);
}

static int read_dax_device(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_dax_region *region = parent;
	struct topo_dax_device device = TOPO_DAX_DEVICE_NULL;
	struct json_object *blocks;
	int rc;

	if ((rc = value_name(reader, &kind_of_dax_devices, &device.name)) || !device.name)
		return rc;
	reader->name = device.name;
	if ((rc = read_dax_values(reader, &device)) ||
	    (rc = value_array(reader, "memory_blocks", &blocks)))
		return rc;
	/* Now the region owns the array of blocks. */
	if ((rc = ARRAY_APPEND(&region->devices, device)) || !blocks)
		return rc;
	return parse_each(parse, reader, blocks, read_block_run,
			  &region->devices.items[region->devices.count - 1]);
}

int parse_dax_region(struct parse *parse, const struct value_reader *reader,
		     struct topo_region *region)
{
	struct value_reader child = *reader;
	struct topo_dax_region *dax_region;
	struct json_object *devices;
	int rc;

	child.part = TOPO_KNOWN_DAX;
	rc = value_object(reader, "daxregion", &child.object);
	if (rc || !child.object)
		return rc;
	dax_region = topology_add_dax_region(parse->topology, region);
	if (!dax_region)
		return -ENOMEM;
	/* cxl list omits an available size of 0. */
	dax_region->available_size = 0;
	if ((rc = value_int(&child, "id", 0, INT_MAX, &dax_region->id)) ||
	    (rc = value_number(&child, "size", &dax_region->size)) ||
	    (rc = value_number(&child, "available_size", &dax_region->available_size)) ||
	    (rc = value_number(&child, "align", &dax_region->align)) ||
	    (rc = value_array(&child, "devices", &devices)))
		return rc;
	return devices ? parse_each(parse, &child, devices, read_dax_device, dax_region) : 0;
}

/* ---- records only ---- */

static int read_distances(const struct value_reader *reader, struct topo_node *node)
{
	struct value_reader child = *reader;
	int rc = value_object(reader, "distances", &child.object);

	if (rc || !child.object)
		return rc;
	json_object_object_foreach(child.object, key, value)
	{
		struct topo_distance distance = { .distance = TOPO_UNKNOWN_INT };
		char *end;
		unsigned long id = strtoul(key, &end, 10);

		(void)value;
		if (*end || id >= NODES_MAX) {
			if ((rc = value_lose(reader, "odd-value", NULL,
					     "a distance is to no node")))
				return rc;
			continue;
		}
		distance.node = (int)id;
		rc = value_int(&child, key, 0, INT_MAX, &distance.distance);
		if (rc || (rc = ARRAY_APPEND(&node->distances, distance)))
			return rc;
	}
	return 0;
}

static int read_access(const struct value_reader *reader, const char *key,
		       struct topo_access *access)
{
	struct value_reader child = *reader;
	int rc;

	if ((rc = value_object(reader, key, &child.object)) || !child.object)
		return rc;
	if ((rc = value_number(&child, "read_bandwidth", &access->read_bandwidth)) ||
	    (rc = value_number(&child, "write_bandwidth", &access->write_bandwidth)) ||
	    (rc = value_number(&child, "read_latency", &access->read_latency)))
		return rc;
	return value_number(&child, "write_latency", &access->write_latency);
}

static int read_node(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_node unknown = TOPO_NODE_NULL, *node;
	int rc;

	(void)parent;
	if ((rc = value_int(reader, "node", 0, NODES_MAX - 1, &unknown.id)))
		return rc;
	if (unknown.id == TOPO_UNKNOWN_INT)
		return value_lose(reader, "odd-value", NULL, "a node has no number");
	if ((rc = ARRAY_APPEND(&parse->topology->nodes, unknown)))
		return rc;
	node = &parse->topology->nodes.items[parse->topology->nodes.count - 1];
	if ((rc = value_bool(reader, "has_cpus", &node->has_cpus)) ||
	    (rc = value_number(reader, "memory_total", &node->memory_total)) ||
	    (rc = value_number(reader, "memory_free", &node->memory_free)) ||
	    (rc = read_distances(reader, node)) ||
	    (rc = read_access(reader, "access0", &node->access[0])))
		return rc;
	return read_access(reader, "access1", &node->access[1]);
}

static const struct kind_name kind_of_namespaces = { "namespace", "namespace", true };

static int read_namespace(struct parse *parse, struct value_reader *reader, void *parent)
{
	struct topo_namespace namespace = { .name = NULL };
	int rc;

	(void)parent;
	if ((rc = value_name(reader, &kind_of_regions, &namespace.region)) ||
	    (rc = value_name(reader, &kind_of_namespaces, &namespace.name)) ||
	    (rc = value_text(reader, "device", &namespace.device)) ||
	    (rc = value_text(reader, "user", &namespace.user)))
		return rc;
	if (!namespace.region || !namespace.name)
		return 0;
	return ARRAY_APPEND(&parse->topology->namespaces, namespace);
}

static int read_known(struct parse *parse, const struct value_reader *reader)
{
	struct json_object *array;
	int rc = value_array(reader, "known", &array);

	for (size_t i = 0; rc == 0 && array && i < json_object_array_length(array); i++) {
		struct json_object *value = json_object_array_get_idx(array, i);

		if (!json_object_is_type(value, json_type_string)) {
			rc = value_lose(reader, "odd-value", NULL, "\"known\" holds no texts");
			continue;
		}
		for (size_t j = 0; j < KNOWN_NAMES_COUNT; j++)
			if (strcmp(json_object_get_string(value), known_names[j].name) == 0)
				parse->topology->known |= known_names[j].bit;
	}
	return rc;
}

static int read_memory(const struct value_reader *reader, struct topology *topology)
{
	struct value_reader child = *reader;
	struct json_object *memory;
	int rc;

	child.part = TOPO_KNOWN_BLOCKS;
	rc = value_object(&child, "memory", &memory);
	if (rc || !memory)
		return rc;
	child.object = memory;
	if ((rc = value_number(&child, "block_size", &topology->memory_block_size)))
		return rc;
	if (topology->memory_block_size == 0) {
		topology->memory_block_size = TOPO_UNKNOWN;
		if ((rc = value_lose(&child, "odd-number", NULL, "memory blocks have no size")))
			return rc;
	}
	return value_text(&child, "auto_online_blocks", &topology->auto_online_policy);
}

int parse_record(struct parse *parse, struct json_object *record)
{
	struct value_reader reader = parse->reader;
	struct json_object *nodes, *namespaces;
	int rc;

	reader.object = record;
	reader.part = TOPO_KNOWN_NODES;
	if ((rc = value_label(&reader, "kernel", &parse->topology->kernel)) ||
	    (rc = read_known(parse, &reader)) || (rc = read_memory(&reader, parse->topology)) ||
	    (rc = value_array(&reader, "nodes", &nodes)) ||
	    (rc = value_array(&reader, "namespaces", &namespaces)))
		return rc;
	rc = nodes ? parse_each(parse, &reader, nodes, read_node, NULL) : 0;
	return rc || !namespaces ? rc
				 : parse_each(parse, &reader, namespaces, read_namespace, NULL);
}

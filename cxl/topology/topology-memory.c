// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory blocks and NUMA nodes. Effect: reads sysfs through topology-sysfs.c. Called by
 * topology-look.c.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cxl/topology/topology-sysfs.h"
#include "cxl/topology/memory-blocks.h"

/* ---- blocks ---- */

/*
 * valid_zones of an online block is the zone of the block; "none" says that the block spans several
 * zones and can't be taken offline (valid_zones_show(), memory_block_offline() in
 * drivers/base/memory.c).
 */
static enum topo_zone zone_of(const char *valid_zones)
{
	if (strcmp(valid_zones, "Movable") == 0)
		return TOPO_ZONE_MOVABLE;
	if (strcmp(valid_zones, "none") == 0)
		return TOPO_ZONE_SEVERAL;
	if (valid_zones[0] == '\0' || strchr(valid_zones, ' '))
		return TOPO_ZONE_UNKNOWN;
	return TOPO_ZONE_KERNEL;
}

static int read_block(const struct sysfs *sysfs, struct topo_dax_device *device, uint64_t index)
{
	struct topo_memory_block block = {
		.index = index,
		/* kmem adds a device's memory to its target node only. */
		.node = device->target_node,
	};
	char value[SYSFS_VALUE_MAX];

	if (!sysfs_text(sysfs, value, "devices/system/memory/memory%ju/state", (uintmax_t)index))
		return 0;
	block.online = strncmp(value, "online", strlen("online")) == 0;
	if (block.online) {
		(void)sysfs_text(sysfs, value, "devices/system/memory/memory%ju/valid_zones",
				 (uintmax_t)index);
		block.zone = zone_of(value);
	}
	/*
	 * Since Linux 5.10 the attribute `removable` only tells whether the kernel was built to
	 * offline memory (drivers/base/memory.c: removable_show()): the value of one block is that
	 * of all.
	 */
	block.removable =
		device->blocks.count > 0
			? device->blocks.items[0].removable
			: sysfs_number(sysfs, 10, 0, "devices/system/memory/memory%ju/removable",
				       (uintmax_t)index) == 1;
	return ARRAY_APPEND(&device->blocks, block);
}

static int read_range(const struct topology *topology, const struct sysfs *sysfs,
		      struct topo_dax_device *device, hpa_t start, uint64_t size)
{
	const struct memory_blocks blocks =
		memory_blocks_in(start, size, topology->memory_block_size);
	int rc = 0;

	for (uint64_t index = blocks.first; rc == 0 && index < blocks.end; index++)
		rc = read_block(sysfs, device, index);
	return rc;
}

/* A device has one range; after resizes beside other devices it can have several mappings. */
static int read_blocks(const struct topology *topology, const struct sysfs *sysfs,
		       struct topo_dax_device *device)
{
	int rc = 0, mapping;

	/* The driver has added no memory, so the device has no blocks. */
	if (device->state && strcmp(device->state, "unplugged") == 0)
		return 0;
	for (mapping = 0; rc == 0; mapping++) {
		uint64_t start =
			sysfs_number(sysfs, 0, TOPO_UNKNOWN, "bus/dax/devices/%s/mapping%d/start",
				     device->name, mapping);
		uint64_t end =
			sysfs_number(sysfs, 0, TOPO_UNKNOWN, "bus/dax/devices/%s/mapping%d/end",
				     device->name, mapping);

		if (start == TOPO_UNKNOWN || end == TOPO_UNKNOWN || end < start)
			break;
		rc = read_range(topology, sysfs, device, start, end - start + 1);
	}
	if (rc || mapping > 0 || device->resource == TOPO_UNKNOWN || device->size == 0 ||
	    device->size == TOPO_UNKNOWN)
		return rc;
	return read_range(topology, sysfs, device, device->resource, device->size);
}

int topology_read_memory(struct topology *topology, const struct sysfs *sysfs)
{
	char value[SYSFS_VALUE_MAX];
	int rc = 0;

	topology->memory_block_size =
		sysfs_number(sysfs, 16, TOPO_UNKNOWN, "devices/system/memory/block_size_bytes");
	if (sysfs_text(sysfs, value, "devices/system/memory/auto_online_blocks")) {
		topology->auto_online_policy = arena_strdup(&topology->arena, value);
		if (!topology->auto_online_policy)
			return -ENOMEM;
	}
	if (topology->memory_block_size == TOPO_UNKNOWN || topology->memory_block_size == 0)
		return 0;
	topology->known |= TOPO_KNOWN_BLOCKS;
	for (size_t i = 0; rc == 0 && i < topology->dax_regions.count; i++) {
		struct topo_dax_region *region = topology->dax_regions.items[i];

		for (size_t j = 0; rc == 0 && j < region->devices.count; j++)
			if (region->devices.items[j].driver == TOPO_DAX_KMEM)
				rc = read_blocks(topology, sysfs, &region->devices.items[j]);
	}
	return rc;
}

/* ---- nodes ---- */

/* "Node 0 MemTotal:  2014264 kB" */
static uint64_t meminfo_bytes(const char *meminfo, const char *key)
{
	const char *found = strstr(meminfo, key);

	if (!found)
		return TOPO_UNKNOWN;
	return (uint64_t)strtoull(found + strlen(key), NULL, 10) << 10;
}

static void read_access(const struct sysfs *sysfs, int node, int class, struct topo_access *access)
{
	static const char format[] = "devices/system/node/node%d/access%d/initiators/%s";
	const struct {
		const char *name;
		uint64_t *value;
	} figures[] = {
		{ "read_bandwidth", &access->read_bandwidth },
		{ "write_bandwidth", &access->write_bandwidth },
		{ "read_latency", &access->read_latency },
		{ "write_latency", &access->write_latency },
	};

	/* Without an HMAT the folder is missing: one failed read saves the other four. */
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		*figures[i].value =
			sysfs_number(sysfs, 10, TOPO_UNKNOWN, format, node, class, figures[i].name);
		if (i == 0 && *figures[i].value == TOPO_UNKNOWN)
			break;
	}
}

static void read_figures(const struct sysfs *sysfs, struct topo_node *node)
{
	char meminfo[SYSFS_VALUE_MAX];

	if (sysfs_text(sysfs, meminfo, "devices/system/node/node%d/meminfo", node->id)) {
		node->memory_total = meminfo_bytes(meminfo, "MemTotal:");
		node->memory_free = meminfo_bytes(meminfo, "MemFree:");
	}
	for (int class = 0; class < 2; class ++)
		read_access(sysfs, node->id, class, &node->access[class]);
}

static int append_node(struct topology *topology, int id)
{
	struct topo_node node = TOPO_NODE_NULL;

	node.id = id;
	return ARRAY_APPEND(&topology->nodes, node);
}

/* A list as of cpulist: "0-3,7" */
static bool list_has(const char *list, int number)
{
	while (isdigit((unsigned char)*list)) {
		char *end;
		long first = strtol(list, &end, 10), last = first;

		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (number >= first && number <= last)
			return true;
		list = *end == ',' ? end + 1 : end;
	}
	return false;
}

static int list_nodes(struct topology *topology, const struct sysfs *sysfs)
{
	static const char path[] = "devices/system/node";
	_cleanup_folder_ DIR *folder = sysfs_folder(sysfs, path);
	const char *name;
	int rc = 0, next = 0;

	if (!folder)
		return 0;
	topology->known |= TOPO_KNOWN_NODES;
	while (rc == 0 && (next = folder_next(folder, &name)) > 0) {
		const char *number = name + strlen("node");
		unsigned long id;
		char *end;

		if (strncmp(name, "node", strlen("node")) != 0 || !isdigit((unsigned char)*number))
			continue;
		id = strtoul(number, &end, 10);
		if (*end == '\0' && id <= INT_MAX)
			rc = append_node(topology, (int)id);
	}
	if (next < 0)
		sysfs_failed(sysfs, path, next);
	return rc;
}

static int compare_nodes(const void *a, const void *b)
{
	return ((const struct topo_node *)a)->id - ((const struct topo_node *)b)->id;
}

/* The columns of `distance` are the online nodes in ascending order; online nodes have folders. */
static int read_distances(struct topology *topology, const struct sysfs *sysfs,
			  struct topo_node *node)
{
	char value[SYSFS_VALUE_MAX], *rest = value, *end;
	int rc = 0;

	if (!sysfs_text(sysfs, value, "devices/system/node/node%d/distance", node->id))
		return 0;
	for (size_t i = 0; rc == 0 && i < topology->nodes.count; i++, rest = end) {
		long distance = strtol(rest, &end, 10);

		if (end == rest)
			break;
		rc = ARRAY_APPEND(&node->distances,
				  (struct topo_distance){ .node = topology->nodes.items[i].id,
							  .distance = (int)distance });
	}
	return rc;
}

int topology_read_nodes(struct topology *topology, const struct sysfs *sysfs)
{
	char has_cpu[SYSFS_VALUE_MAX];
	int rc = list_nodes(topology, sysfs);

	if (rc || topology->nodes.count == 0)
		return rc;
	qsort(topology->nodes.items, topology->nodes.count, sizeof(struct topo_node),
	      compare_nodes);
	(void)sysfs_text(sysfs, has_cpu, "devices/system/node/has_cpu");
	for (size_t i = 0; rc == 0 && i < topology->nodes.count; i++) {
		struct topo_node *node = &topology->nodes.items[i];

		node->has_cpus = list_has(has_cpu, node->id);
		read_figures(sysfs, node);
		rc = read_distances(topology, sysfs, node);
	}
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions and their dax devices, read from sysfs. Effect; called by topology-port.c, which reads
 * their windows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/pmem-use.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-reader.h"
#include "util/clock.h"

/* ---- dax devices ---- */

static int read_driver(const struct topology_reader *reader, const struct sysfs *folder,
		       struct topo_dax_device *device)
{
	char link[SYSFS_VALUE_MAX];
	const char *name;

	device->driver = TOPO_DAX_NONE;
	if (!sysfs_link(folder, link, "driver"))
		return 0;
	name = reader_last_part(link);
	device->driver = TOPO_DAX_KMEM;
	if (strcmp(name, "kmem") == 0)
		return 0;
	device->driver = TOPO_DAX_DEVICE;
	if (strcmp(name, "device_dax") == 0)
		return 0;
	device->driver = TOPO_DAX_OTHER;
	return reader_text(reader, name, &device->mode_text);
}

static int read_dax_device(const struct topology_reader *reader, void *region,
			   const struct sysfs *above, const char *name)
{
	_cleanup_close_ int fd = sysfs_open_folder(above, name);
	const struct sysfs folder = sysfs_below(above, fd);
	struct topo_dax_region *dax_region = region;
	struct topo_dax_device device = TOPO_DAX_DEVICE_NULL;
	int rc;

	/* A device without a size is being removed. */
	device.size = fd < 0 ? TOPO_UNKNOWN : reader_u64(&folder, "size");
	if (device.size == TOPO_UNKNOWN)
		return 0;
	rc = reader_text(reader, name, &device.name);
	if (rc || !device.name)
		return rc;
	device.target_node = reader_int(&folder, "target_node");
	device.align = reader_u64(&folder, "align");
	device.resource = reader_u64(&folder, "resource");
	if ((rc = read_driver(reader, &folder, &device)) ||
	    (rc = reader_attribute(reader, &folder, "state", &device.state)))
		return rc;
	return ARRAY_APPEND(&dax_region->devices, device);
}

/* Reads "dax_region0" in the folder of region0, which exists while the region's driver is bound. */
static int read_dax_region(const struct topology_reader *reader, struct topo_region *region,
			   const struct sysfs *above)
{
	_cleanup_folder_ DIR *directory = NULL;
	struct topo_dax_region *dax_region;
	char name[sizeof("dax_region") + 3 * sizeof(int)];
	struct sysfs folder;
	int number;

	if (sscanf(region->name, "region%d", &number) != 1)
		return 0;
	(void)snprintf(name, sizeof(name), "dax_region%d", number);
	directory = sysfs_folder(above, name);
	if (!directory)
		return 0;
	folder = sysfs_below(above, dirfd(directory));
	dax_region = topology_add_dax_region(reader->topology, region);
	if (!dax_region)
		return -ENOMEM;
	dax_region->id = number;
	dax_region->size = sysfs_number(&folder, 0, 0, "dax_region/size");
	dax_region->available_size = sysfs_number(&folder, 0, 0, "dax_region/available_size");
	dax_region->align = reader_u64(&folder, "dax_region/align");
	return reader_entries(reader, directory, "dax", read_dax_device, dax_region);
}

/* ---- regions ---- */

/* An endpoint decoder lies in the folder of its endpoint, whose `uport` is the memdev. */
static int read_member(const struct topology_reader *reader, struct topo_mapping *mapping)
{
	char link[SYSFS_VALUE_MAX];

	if (!sysfs_link(&reader->sysfs, link, "bus/cxl/devices/%s/../uport", mapping->decoder_name))
		return 0;
	return reader_text(reader, reader_last_part(link), &mapping->memdev_name);
}

static int read_mappings(const struct topology_reader *reader, const struct sysfs *folder,
			 struct topo_region *region)
{
	int ways = region->interleave_ways;

	int rc = 0;

	for (int position = 0; rc == 0 && position < ways && position < TOPO_TARGETS_MAX;
	     position++) {
		struct topo_mapping mapping = { .position = position };
		char attribute[sizeof("target") + 3 * sizeof(int)];

		(void)snprintf(attribute, sizeof(attribute), "target%d", position);
		rc = reader_attribute(reader, folder, attribute, &mapping.decoder_name);
		if (rc || !mapping.decoder_name)
			continue;
		rc = read_member(reader, &mapping);
		if (rc == 0)
			rc = ARRAY_APPEND(&region->mappings, mapping);
	}
	return rc;
}

/* A UUID that was never set reads as zeros (%pUb), and is no UUID. */
static int read_uuid(const struct topology_reader *reader, const struct sysfs *folder,
		     struct topo_region *region)
{
	char text[SYSFS_VALUE_MAX];

	if (!sysfs_text(folder, text, "uuid") || text[strspn(text, "0-")] == '\0')
		return 0;
	return reader_text(reader, text, &region->uuid);
}

static int read_type(const struct topology_reader *reader, const struct sysfs *folder,
		     struct topo_region *region)
{
	char mode[SYSFS_VALUE_MAX];

	region->type = TOPO_MODE_UNKNOWN;
	if (!sysfs_text(folder, mode, "mode"))
		return 0;
	region->type = topo_mode_from_name(mode);
	return region->type == TOPO_MODE_UNKNOWN ? reader_text(reader, mode, &region->type_text)
						 : 0;
}

static int add_namespace(const struct topology_reader *reader, const struct topo_region *region,
			 const struct pmem_namespace *found)
{
	struct topo_namespace namespace = { .region = region->name };
	int rc = reader_text(reader, found->name, &namespace.name);

	if (rc == 0)
		rc = reader_text(reader, found->device, &namespace.device);
	if (rc == 0)
		rc = reader_text(reader, found->user, &namespace.user);
	return rc || !namespace.name ? rc : ARRAY_APPEND(&reader->topology->namespaces, namespace);
}

_Static_assert(PMEM_USER_MAX - 1 <= TOPOLOGY_TEXT_MAX, "no user is left out of a record");

static int read_namespaces(const struct topology_reader *reader, const struct topo_region *region)
{
	_cleanup_close_ int proc_fd = -1;
	struct pmem_namespace_list found = { { NULL, 0 } };
	uint64_t begun_ms, spent_ms;
	int rc;

	if (region->type != TOPO_MODE_PMEM || !region->enabled || region->resource == TOPO_UNKNOWN)
		return 0;
	proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0) {
		sysfs_failed(&reader->sysfs, "../proc", -errno);
		return -errno;
	}
	begun_ms = clock_now_ms();
	rc = pmem_namespaces_read(&(struct pmem_roots){ reader->sysfs.root_fd, proc_fd, -1 },
				  region->resource, region->size, begun_ms + *reader->users_ms,
				  &found);
	spent_ms = clock_now_ms() - begun_ms;
	*reader->users_ms -= spent_ms < *reader->users_ms ? spent_ms : *reader->users_ms;
	if (rc < 0 && rc != -ENOMEM)
		sysfs_failed(&reader->sysfs, "bus/nd/devices", rc);
	for (size_t i = 0; rc == 0 && i < found.list.count; i++)
		rc = add_namespace(reader, region, &found.list.items[i]);
	ARRAY_FREE(&found.list);
	return rc;
}

static void read_values(const struct sysfs *folder, struct topo_region *region)
{
	char link[SYSFS_VALUE_MAX];

	region->size = sysfs_number(folder, 0, 0, "size");
	/* A region without addresses yet shows ~0: resource_show() in drivers/cxl/core/region.c. */
	region->resource = reader_u64(folder, "resource");
	/* The size of a memory-side cache: in the kernel since Linux 6.14, in sysfs since 6.18. */
	region->linear_cache_size = sysfs_number(folder, 0, 0, "extended_linear_cache_size");
	region->interleave_ways = reader_int(folder, "interleave_ways");
	region->interleave_granularity = reader_int(folder, "interleave_granularity");
	region->committed = reader_int(folder, "commit") == 1;
	region->enabled = sysfs_link(folder, link, "driver");
	/* An attribute since Linux 7.0; topology_finish() derives the same from the decoders. */
	region->locked = reader_int(folder, "locked") == 1;
}

int reader_region(const struct topology_reader *reader, void *window, const struct sysfs *above,
		  const char *name)
{
	_cleanup_close_ int fd = sysfs_open_folder(above, name);
	const struct sysfs folder = sysfs_below(above, fd);
	struct topo_region *region;
	int rc;

	if (fd < 0)
		return 0;
	region = topology_add_region(reader->topology, window, name);
	if (!region)
		return -ENOMEM;
	read_values(&folder, region);
	if ((rc = read_type(reader, &folder, region)) || (rc = read_namespaces(reader, region)) ||
	    (rc = read_uuid(reader, &folder, region)) ||
	    (rc = read_mappings(reader, &folder, region)))
		return rc;
	return read_dax_region(reader, region, &folder);
}

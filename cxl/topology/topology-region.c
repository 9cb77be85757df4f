// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions through libcxl and their dax devices through libdaxctl. Effect; called by
 * topology-libcxl.c.
 */
#include <daxctl/libdaxctl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "cxl/topology/pmem-use.h"
#include "cxl/topology/topology-reader.h"
#include "util/cleanup.h"

static int read_driver(const struct topology_reader *reader, struct topo_dax_device *device)
{
	char link[SYSFS_VALUE_MAX];
	const char *name;

	device->driver = TOPO_DAX_NONE;
	if (!sysfs_link(&reader->sysfs, link, "bus/dax/devices/%s/driver", device->name))
		return 0;
	name = strrchr(link, '/');
	name = name ? name + 1 : link;
	device->driver = TOPO_DAX_KMEM;
	if (strcmp(name, "kmem") == 0)
		return 0;
	device->driver = TOPO_DAX_DEVICE;
	if (strcmp(name, "device_dax") == 0)
		return 0;
	device->driver = TOPO_DAX_OTHER;
	return reader_text(reader, name, &device->mode_text);
}

static int read_dax_device(const struct topology_reader *reader, struct topo_dax_region *region,
			   struct daxctl_dev *dax_device)
{
	struct topo_dax_device device = TOPO_DAX_DEVICE_NULL;
	char state[SYSFS_VALUE_MAX];
	int rc = reader_text(reader, daxctl_dev_get_devname(dax_device), &device.name);

	if (rc || !device.name)
		return rc;
	device.size = daxctl_dev_get_size(dax_device);
	device.target_node = daxctl_dev_get_target_node(dax_device);
	if (device.target_node < 0)
		device.target_node = TOPO_UNKNOWN_INT;
	if (daxctl_dev_get_align(dax_device) > 0)
		device.align = daxctl_dev_get_align(dax_device);
	/* libdaxctl says 0 where it may not read. */
	if (daxctl_dev_get_resource(dax_device) != 0)
		device.resource = daxctl_dev_get_resource(dax_device);
	rc = read_driver(reader, &device);
	if (rc == 0 && sysfs_text(&reader->sysfs, state, "bus/dax/devices/%s/state", device.name) &&
	    state[0] != '\0')
		rc = reader_text(reader, state, &device.state);
	return rc ? rc : ARRAY_APPEND(&region->devices, device);
}

/* libdaxctl writes to standard error about devices that vanish; here that is no error. */
static void ignore_log(struct daxctl_ctx *ctx, int priority, const char *file, int line,
		       const char *function, const char *format, va_list arguments)
{
	(void)ctx, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)arguments;
}

static int read_dax_region(const struct topology_reader *reader, struct topo_region *region,
			   struct cxl_region *cxl_region)
{
	struct daxctl_region *dax = cxl_region_get_daxctl_region(cxl_region);
	struct topo_dax_region *dax_region;
	struct daxctl_dev *device;

	if (!dax)
		return 0;
	daxctl_set_log_fn(daxctl_region_get_ctx(dax), ignore_log);
	dax_region = topology_add_dax_region(reader->topology, region);
	if (!dax_region)
		return -ENOMEM;
	dax_region->id = daxctl_region_get_id(dax);
	dax_region->size = daxctl_region_get_size(dax);
	dax_region->available_size = daxctl_region_get_available_size(dax);
	dax_region->align = daxctl_region_get_align(dax);
	daxctl_dev_foreach(dax, device) {
		int rc = read_dax_device(reader, dax_region, device);

		if (rc)
			return rc;
	}
	return 0;
}

/* An endpoint's decoder lies in the folder of the endpoint, whose `uport` is the memdev. */
static int read_member(const struct topology_reader *reader, struct topo_mapping *mapping)
{
	char link[SYSFS_VALUE_MAX];
	const char *name;

	if (!sysfs_link(&reader->sysfs, link, "bus/cxl/devices/%s/../uport", mapping->decoder_name))
		return 0;
	name = strrchr(link, '/');
	return reader_text(reader, name ? name + 1 : link, &mapping->memdev_name);
}

/*
 * Read here because libcxl looks up each decoder by name among all, complains about positions that
 * have none yet, and forgets them.
 */
static int read_mappings(const struct topology_reader *reader, struct topo_region *region)
{
	int ways = region->interleave_ways;

	int rc = 0;

	for (int position = 0; rc == 0 && position < ways && position < TOPO_TARGETS_MAX;
	     position++) {
		struct topo_mapping mapping = { .position = position };
		char attribute[sizeof("target") + 3 * sizeof(int)];

		(void)snprintf(attribute, sizeof(attribute), "target%d", position);
		rc = reader_attribute(reader, region->name, attribute, &mapping.decoder_name);
		if (rc || !mapping.decoder_name)
			continue;
		rc = read_member(reader, &mapping);
		if (rc == 0)
			rc = ARRAY_APPEND(&region->mappings, mapping);
	}
	return rc;
}

static int read_uuid(const struct topology_reader *reader, struct topo_region *region,
		     struct cxl_region *cxl_region)
{
	char text[UUID_STR_LEN];
	uuid_t uuid;

	cxl_region_get_uuid(cxl_region, uuid);
	if (uuid_is_null(uuid))
		return 0;
	uuid_unparse(uuid, text);
	return reader_text(reader, text, &region->uuid);
}

/* As sysfs has it: libcxl knows the types of its own day only. */
static int read_type(const struct topology_reader *reader, struct topo_region *region)
{
	char mode[SYSFS_VALUE_MAX];

	region->type = TOPO_MODE_UNKNOWN;
	if (!sysfs_text(&reader->sysfs, mode, "bus/cxl/devices/%s/mode", region->name))
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

static int read_namespaces(const struct topology_reader *reader, const struct topo_region *region)
{
	_cleanup_close_ int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct pmem_roots roots = { reader->sysfs.root_fd, proc_fd, -1 };
	struct pmem_namespace_list found = { { NULL, 0 } };
	int rc;

	if (region->type != TOPO_MODE_PMEM || !region->enabled || region->resource == TOPO_UNKNOWN)
		return 0;
	rc = pmem_namespaces_read(&roots, region->resource, region->size, &found);
	for (size_t i = 0; rc == 0 && i < found.list.count; i++)
		rc = add_namespace(reader, region, &found.list.items[i]);
	ARRAY_FREE(&found.list);
	return rc;
}

static int known_int(unsigned int number)
{
	return number > INT_MAX ? TOPO_UNKNOWN_INT : (int)number;
}

static int read_region(const struct topology_reader *reader, struct topo_decoder *window,
		       struct cxl_region *cxl_region)
{
	struct topo_region *region =
		topology_add_region(reader->topology, window, cxl_region_get_devname(cxl_region));
	int rc;

	if (!region)
		return -ENOMEM;
	region->size = cxl_region_get_size(cxl_region);
	/* libcxl says 0 for the address of a region that has none yet, and of one it may not read.
	 */
	if (cxl_region_get_resource(cxl_region) != 0)
		region->resource = cxl_region_get_resource(cxl_region);
	/* Where there is a cache; there since Linux 6.14, told since 6.18. */
	region->linear_cache_size =
		sysfs_number(&reader->sysfs, 0, 0, "bus/cxl/devices/%s/extended_linear_cache_size",
			     region->name);
	region->interleave_ways = known_int(cxl_region_get_interleave_ways(cxl_region));
	region->interleave_granularity =
		known_int(cxl_region_get_interleave_granularity(cxl_region));
	region->committed = cxl_region_decode_is_committed(cxl_region);
	region->enabled = cxl_region_is_enabled(cxl_region);
	/* An attribute since Linux 7.0; topology_finish() knows it from the decoders as well. */
	region->locked =
		sysfs_number(&reader->sysfs, 0, 0, "bus/cxl/devices/%s/locked", region->name) == 1;
	if ((rc = read_type(reader, region)) || (rc = read_namespaces(reader, region)) ||
	    (rc = read_uuid(reader, region, cxl_region)) || (rc = read_mappings(reader, region)))
		return rc;
	return read_dax_region(reader, region, cxl_region);
}

int reader_regions(const struct topology_reader *reader, struct cxl_decoder *cxl_window,
		   struct topo_decoder *window)
{
	struct cxl_region *region;

	cxl_region_foreach(cxl_window, region) {
		const char *name = cxl_region_get_devname(region);
		int rc;

		if (reader->region && strcmp(name, reader->region) != 0)
			continue;
		rc = read_region(reader, window, region);
		if (rc)
			return rc;
	}
	return 0;
}

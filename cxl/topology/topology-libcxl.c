// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host as it is now: memdevs, buses and windows through libcxl. Effect. Called by the helper;
 * ports and other decoders are in topology-port.c, regions in topology-region.c, memory and nodes
 * in topology-memory.c.
 *
 * libcxl reads an object when it is first asked for and keeps it. So every snapshot has a context
 * of its own, and each object is asked for once. Calls that libcxl 77 lacks are not used: what they
 * would tell is one attribute of sysfs.
 */
#include "cxl/topology/topology-libcxl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-reader.h"
#include "util/cleanup.h"
#include "util/clock.h"

DEFINE_CLEANUP(struct cxl_ctx *, cxl_unref)

int reader_text(const struct topology_reader *reader, const char *text, const char **result)
{
	char *copy;

	if (!text || *text == '\0' || strlen(text) > TOPOLOGY_TEXT_MAX)
		return 0;
	copy = arena_strdup(&reader->topology->arena, text);
	if (!copy)
		return -ENOMEM;
	*result = copy;
	for (; *copy; copy++)
		if (*copy < 0x20 || *copy > 0x7e)
			*copy = '?';
	return 0;
}

int reader_attribute(const struct topology_reader *reader, const char *device, const char *name,
		     const char **result)
{
	char value[SYSFS_VALUE_MAX];

	if (!sysfs_text(&reader->sysfs, value, "bus/cxl/devices/%s/%s", device, name) ||
	    value[0] == '\0')
		return 0;
	return reader_text(reader, value, result);
}

static int attribute_int(const struct topology_reader *reader, const char *device, const char *name)
{
	uint64_t number =
		sysfs_number(&reader->sysfs, 0, UINT64_MAX, "bus/cxl/devices/%s/%s", device, name);

	return number > INT_MAX ? TOPO_UNKNOWN_INT : (int)number;
}

/* libcxl's UINT_MAX and the like for "could not be read" */
static int known_int(unsigned int number)
{
	return number > INT_MAX ? TOPO_UNKNOWN_INT : (int)number;
}

/* ---- memdevs ---- */

/* "../../../devices/pci0000:40/0000:40:00.0/mem0" without what is above and below the devices */
static int read_host_path(const struct topology_reader *reader, struct topo_memdev *memdev)
{
	static const char above[] = "devices/";
	char link[SYSFS_VALUE_MAX], *start, *end;

	if (!sysfs_link(&reader->sysfs, link, "bus/cxl/devices/%s", memdev->name))
		return 0;
	start = strstr(link, above);
	end = strrchr(link, '/');
	if (!start || end < start + strlen(above))
		return 0;
	*end = '\0';
	return reader_text(reader, start + strlen(above), &memdev->host_path);
}

/*
 * What a memdev has, by the name that it has: for a look at all of them, and for one at the members
 * of a region alone. A partition without capacity has no class.
 */
static void read_capacity(const struct topology_reader *reader, struct topo_memdev *memdev)
{
	memdev->serial = sysfs_number(&reader->sysfs, 0, TOPO_UNKNOWN, "bus/cxl/devices/%s/serial",
				      memdev->name);
	memdev->ram_size =
		sysfs_number(&reader->sysfs, 0, 0, "bus/cxl/devices/%s/ram/size", memdev->name);
	memdev->pmem_size =
		sysfs_number(&reader->sysfs, 0, 0, "bus/cxl/devices/%s/pmem/size", memdev->name);
	if (memdev->ram_size)
		memdev->ram_qos_class = attribute_int(reader, memdev->name, "ram/qos_class");
	if (memdev->pmem_size)
		memdev->pmem_qos_class = attribute_int(reader, memdev->name, "pmem/qos_class");
}

static int read_memdev(const struct topology_reader *reader, struct cxl_memdev *cxl_memdev)
{
	struct topo_memdev *memdev =
		topology_add_memdev(reader->topology, cxl_memdev_get_devname(cxl_memdev));
	int rc;

	if (!memdev)
		return -ENOMEM;
	memdev->numa_node = cxl_memdev_get_numa_node(cxl_memdev);
	if (memdev->numa_node < 0)
		memdev->numa_node = TOPO_UNKNOWN_INT;
	memdev->enabled = cxl_memdev_is_enabled(cxl_memdev);
	read_capacity(reader, memdev);
	rc = reader_text(reader, cxl_memdev_get_host(cxl_memdev), &memdev->host);
	if (rc == 0)
		rc = reader_text(reader, cxl_memdev_get_firmware_version(cxl_memdev),
				 &memdev->firmware_version);
	return rc ? rc : read_host_path(reader, memdev);
}

static int read_memdevs(const struct topology_reader *reader)
{
	struct cxl_memdev *memdev;

	cxl_memdev_foreach(reader->ctx, memdev) {
		int rc = read_memdev(reader, memdev);

		if (rc)
			return rc;
	}
	return 0;
}

/* libcxl would read all there is of all memdevs to tell these few their names. */
static int read_members(const struct topology_reader *reader)
{
	const struct topo_region *region = topology_region(reader->topology, reader->region);

	for (size_t i = 0; region && i < region->mappings.count; i++) {
		const char *name = region->mappings.items[i].memdev_name;
		struct topo_memdev *memdev =
			name ? topology_add_memdev(reader->topology, name) : NULL;

		if (name && !memdev)
			return -ENOMEM;
		if (memdev)
			read_capacity(reader, memdev);
	}
	return 0;
}

/* ---- windows ---- */

static int append_target(const struct topology_reader *reader, struct topo_decoder *decoder,
			 struct cxl_target *cxl_target)
{
	struct topo_target target = {
		.position = cxl_target_get_position(cxl_target),
		.id = known_int((unsigned int)cxl_target_get_id(cxl_target)),
	};
	/* As cxl list names it: the firmware's name comes last and wins. */
	const char *alias = cxl_target_get_firmware_node(cxl_target);
	int rc;

	if (!alias)
		alias = cxl_target_get_physical_node(cxl_target);
	rc = reader_text(reader, cxl_target_get_devname(cxl_target), &target.dport);
	if (rc || !target.dport)
		return rc;
	rc = reader_text(reader, alias, &target.alias);
	return rc ? rc : ARRAY_APPEND(&decoder->targets, target);
}

static int read_targets(const struct topology_reader *reader, struct topo_decoder *decoder,
			struct cxl_decoder *cxl_decoder)
{
	struct cxl_target *target;

	decoder->nr_targets = cxl_decoder_get_nr_targets(cxl_decoder);
	cxl_target_foreach(cxl_decoder, target) {
		int rc = append_target(reader, decoder, target);

		if (rc)
			return rc;
	}
	return 0;
}

static int read_window(const struct topology_reader *reader, struct topo_decoder *decoder,
		       struct cxl_decoder *cxl_decoder)
{
	int rc;

	decoder->accelmem_capable = cxl_decoder_is_accelmem_capable(cxl_decoder);
	decoder->qos_class = attribute_int(reader, decoder->name, "qos_class");
	/* A window for accelerators only has no place for regions of memory devices. */
	if (cxl_decoder_is_mem_capable(cxl_decoder)) {
		decoder->pmem_capable = cxl_decoder_is_pmem_capable(cxl_decoder);
		decoder->volatile_capable = cxl_decoder_is_volatile_capable(cxl_decoder);
		decoder->max_available_extent = cxl_decoder_get_max_available_extent(cxl_decoder);
	}
	/* Both attributes show the same name; a window has one of them at least. */
	rc = reader_attribute(reader, decoder->name,
			      decoder->volatile_capable ? "create_ram_region"
							: "create_pmem_region",
			      &decoder->next_region);
	return rc ? rc : reader_regions(reader, cxl_decoder, decoder);
}

static int add_window(const struct topology_reader *reader, struct topo_port *root,
		      struct cxl_decoder *cxl_decoder)
{
	struct topo_decoder *window =
		topology_add_decoder(reader->topology, root, cxl_decoder_get_devname(cxl_decoder));
	uint64_t size = cxl_decoder_get_size(cxl_decoder);
	int rc;

	if (!window)
		return -ENOMEM;
	if (size != 0 && size != ULLONG_MAX) {
		window->size = size;
		window->resource = cxl_decoder_get_resource(cxl_decoder);
	}
	window->interleave_ways = known_int(cxl_decoder_get_interleave_ways(cxl_decoder));
	window->interleave_granularity =
		known_int(cxl_decoder_get_interleave_granularity(cxl_decoder));
	window->locked = cxl_decoder_is_locked(cxl_decoder);
	rc = read_targets(reader, window, cxl_decoder);
	return rc ? rc : read_window(reader, window, cxl_decoder);
}

/* A region's folder lies in its window's. */
static bool may_have_region(const struct topology_reader *reader, struct cxl_decoder *decoder)
{
	char link[SYSFS_VALUE_MAX];

	return !reader->region ||
	       sysfs_link(&reader->sysfs, link, "bus/cxl/devices/%s/%s/subsystem",
			  cxl_decoder_get_devname(decoder), reader->region);
}

static int read_windows(const struct topology_reader *reader, struct topo_port *root,
			struct cxl_port *cxl_root)
{
	struct cxl_decoder *decoder;

	cxl_decoder_foreach(cxl_root, decoder) {
		int rc;

		if (!may_have_region(reader, decoder))
			continue;
		rc = add_window(reader, root, decoder);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- ports ---- */

static int read_root(const struct topology_reader *reader, struct cxl_port *cxl_root)
{
	struct topo_port *root = topology_add_port(reader->topology, TOPO_PORT_ROOT,
						   cxl_port_get_devname(cxl_root), NULL);
	int rc;

	if (!root)
		return -ENOMEM;
	root->enabled = true;
	rc = reader_text(reader, cxl_port_get_host(cxl_root), &root->host);
	if (rc == 0)
		rc = reader_port(reader, root);
	if (rc == 0)
		rc = read_windows(reader, root, cxl_root);
	return rc || reader->region ? rc : reader_below(reader, root);
}

static int read_buses(const struct topology_reader *reader)
{
	struct cxl_bus *bus;

	cxl_bus_foreach(reader->ctx, bus) {
		size_t index = reader->topology->ports.count;
		int rc = read_root(reader, cxl_bus_get_port(bus));

		if (rc == 0)
			rc = reader_text(reader, cxl_bus_get_provider(bus),
					 &reader->topology->ports.items[index]->provider);
		if (rc)
			return rc;
	}
	return 0;
}

/* libcxl writes to standard error about whatever vanished; here that is no error. */
static void ignore_log(struct cxl_ctx *ctx, int priority, const char *file, int line,
		       const char *function, const char *format, va_list arguments)
{
	(void)ctx, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)arguments;
}

/* As cxl_region_qos_class_mismatch(): a memdev's class for the region's type is not the window's.
 */
static bool has_qos_class_mismatch(const struct topo_region *region)
{
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_memdev *memdev = region->mappings.items[i].memdev;

		if (!memdev)
			continue;
		if (region->type == TOPO_MODE_RAM &&
		    memdev->ram_qos_class != region->window->qos_class)
			return true;
		if (region->type == TOPO_MODE_PMEM &&
		    memdev->pmem_qos_class != region->window->qos_class)
			return true;
	}
	return false;
}

static void find_qos_class_mismatches(struct topology *topology)
{
	for (size_t i = 0; i < topology->regions.count; i++)
		topology->regions.items[i]->qos_class_mismatch =
			has_qos_class_mismatch(topology->regions.items[i]);
}

static int read_region(const struct topology_reader *reader)
{
	int rc;

	if ((rc = read_buses(reader)) || (rc = read_members(reader)))
		return rc;
	return topology_read_memory(reader->topology, &reader->sysfs);
}

static int read_everything(const struct topology_reader *reader)
{
	struct topology *topology = reader->topology;
	struct utsname system;
	int rc;

	if (uname(&system) == 0 && (rc = reader_text(reader, system.release, &topology->kernel)))
		return rc;
	if ((rc = read_memdevs(reader)) || (rc = read_buses(reader)) ||
	    (rc = topology_read_memory(topology, &reader->sysfs)) ||
	    (rc = topology_read_nodes(topology, &reader->sysfs)))
		return rc;
	return topology_read_arithmetic(topology, &reader->sysfs);
}

int topology_read(const struct topology_reader_options *options, struct topology **ret_topology)
{
	const char *root = options && options->sysfs_root ? options->sysfs_root : "/sys";
	_cleanup_close_ int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_(cxl_unrefp) struct cxl_ctx *ctx = NULL;
	struct topology_reader reader;
	int rc;

	if (root_fd < 0)
		return -errno;
	topology = topology_new();
	if (!topology)
		return -ENOMEM;
	/* The time before the first look: what changes later is seen by a later snapshot. */
	topology->time_ms = clock_boot_ms();
	rc = cxl_new(&ctx);
	if (rc < 0)
		return rc;
	cxl_set_log_fn(ctx, ignore_log);
	reader = (struct topology_reader){
		.ctx = ctx,
		.sysfs = { .root_fd = root_fd },
		.topology = topology,
		.region = options ? options->region : NULL,
	};
	topology->known = TOPO_KNOWN_CXL | TOPO_KNOWN_DAX;
	rc = reader.region ? read_region(&reader) : read_everything(&reader);
	if (rc < 0)
		return rc;
	topology_finish(topology);
	find_qos_class_mismatches(topology);
	*ret_topology = TAKE_PTR(topology);
	return 0;
}

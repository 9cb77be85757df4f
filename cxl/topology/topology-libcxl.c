// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host as it is now: memdevs and buses through libcxl. Effect. Called by the helper; ports,
 * windows and other decoders are in topology-port.c, regions in topology-region.c, memory and nodes
 * in topology-memory.c.
 *
 * libcxl reads an object when it is first asked for and keeps the object. So every snapshot has a
 * libcxl context of its own, and asks for each object once. Calls that libcxl 77 lacks are not
 * used: sysfs has the same in one attribute.
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
#include "util/clock.h"

/* A look waits no longer for whoever has crowds of mounts, however many regions there are. */
#define USERS_TIMEOUT_MS 1000

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

int reader_attribute(const struct topology_reader *reader, const struct sysfs *folder,
		     const char *name, const char **result)
{
	char value[SYSFS_VALUE_MAX];

	if (!sysfs_text(folder, value, "%s", name) || value[0] == '\0')
		return 0;
	return reader_text(reader, value, result);
}

uint64_t reader_u64(const struct sysfs *folder, const char *name)
{
	return sysfs_number(folder, 0, TOPO_UNKNOWN, "%s", name);
}

int reader_int(const struct sysfs *folder, const char *name)
{
	uint64_t number = reader_u64(folder, name);

	return number > INT_MAX ? TOPO_UNKNOWN_INT : (int)number;
}

int reader_open_device(const struct topology_reader *reader, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "bus/cxl/devices/%s", name);
	return sysfs_open_folder(&reader->sysfs, path);
}

const char *reader_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- memdevs ---- */

/* "../../../devices/pci0000:40/0000:40:00.0/mem0" without "../../../devices/" and "/mem0" */
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
 * Reads the capacity of the memdev of this name: for a look at all memdevs, and for a look at the
 * members of one region. A partition without capacity has no QoS class.
 */
static void read_capacity(const struct topology_reader *reader, struct topo_memdev *memdev)
{
	_cleanup_close_ int fd = reader_open_device(reader, memdev->name);
	const struct sysfs folder = sysfs_below(&reader->sysfs, fd);

	if (fd < 0)
		return;
	memdev->serial = reader_u64(&folder, "serial");
	memdev->ram_size = sysfs_number(&folder, 0, 0, "ram/size");
	memdev->pmem_size = sysfs_number(&folder, 0, 0, "pmem/size");
	if (memdev->ram_size)
		memdev->ram_qos_class = reader_int(&folder, "ram/qos_class");
	if (memdev->pmem_size)
		memdev->pmem_qos_class = reader_int(&folder, "pmem/qos_class");
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

/* Reads the members without libcxl, which would read all attributes of all memdevs. */
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
	return rc ? rc : reader_below(reader, root);
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

/*
 * libcxl writes a line to standard error for each object that vanished; here a vanished object is
 * no error.
 */
static void ignore_log(struct cxl_ctx *ctx, int priority, const char *file, int line,
		       const char *function, const char *format, va_list arguments)
{
	(void)ctx, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)arguments;
}

/* A memdev's class differs from the window's: cxl_region_qos_class_mismatch() */
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

/* Cuts the last component off @path and returns it; "" when @path has none. */
static const char *cut_last_part(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return "";
	*slash = '\0';
	return slash + 1;
}

/*
 * A region's device lies below its window's, and the window's below the root's: the link to the
 * region, "../../../devices/platform/ACPI0017:00/root0/decoder0.0/region0", tells both names. Of
 * the window only the QoS class is read.
 */
static int read_window_of_region(const struct topology_reader *reader)
{
	_cleanup_close_ int devices_fd = reader_open_device(reader, ""), window_fd = -1;
	const struct sysfs devices = sysfs_below(&reader->sysfs, devices_fd);
	struct sysfs folder;
	char link[SYSFS_VALUE_MAX];
	struct topo_decoder *window;
	struct topo_port *root;
	const char *name;

	if (devices_fd < 0 || !sysfs_link(&devices, link, "%s", reader->region))
		return 0;
	(void)cut_last_part(link);
	name = cut_last_part(link);
	window_fd = sysfs_open_folder(&devices, name);
	if (window_fd < 0)
		return 0;
	root = topology_add_port(reader->topology, TOPO_PORT_ROOT, reader_last_part(link), NULL);
	window = root ? topology_add_decoder(reader->topology, root, name) : NULL;
	if (!window)
		return -ENOMEM;
	root->enabled = true;
	folder = sysfs_below(&devices, window_fd);
	window->qos_class = reader_int(&folder, "qos_class");
	return reader_region(reader, window, &folder, reader->region);
}

static int read_region(const struct topology_reader *reader)
{
	int rc;

	if ((rc = read_window_of_region(reader)) || (rc = read_members(reader)))
		return rc;
	return topology_read_memory(reader->topology, &reader->sysfs);
}

static int read_everything(const struct topology_reader *reader)
{
	struct topology *topology = reader->topology;
	struct utsname system;
	int rc;

	cxl_set_log_fn(reader->ctx, ignore_log);
	if (uname(&system) == 0 && (rc = reader_text(reader, system.release, &topology->kernel)))
		return rc;
	if ((rc = read_memdevs(reader)) || (rc = read_buses(reader)) ||
	    (rc = topology_read_memory(topology, &reader->sysfs)) ||
	    (rc = topology_read_nodes(topology, &reader->sysfs)))
		return rc;
	return topology_read_arithmetic(topology, &reader->sysfs);
}

/* libcxl takes a folder that it can't open for an empty one. */
static void check_devices(const struct topology_reader *reader)
{
	_cleanup_close_ int fd = reader_open_device(reader, "");

	(void)fd;
}

static int read_host(struct topology_reader *reader)
{
	_cleanup_(cxl_unrefp) struct cxl_ctx *ctx = NULL;
	int rc;

	if (reader->region)
		return read_region(reader);
	check_devices(reader);
	rc = cxl_new(&ctx);
	reader->ctx = ctx;
	return rc < 0 ? rc : read_everything(reader);
}

int topology_read(const struct topology_reader_options *options,
		  char failed_file[static TOPOLOGY_FILE_MAX], struct topology **ret_topology)
{
	const char *root = options && options->sysfs_root ? options->sysfs_root : "/sys";
	_cleanup_close_ int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_topology_ struct topology *topology = NULL;
	struct sysfs_failure failure = { .error = root_fd < 0 ? -errno : 0 };
	struct topology_reader reader;
	uint64_t users_ms = USERS_TIMEOUT_MS;
	int rc;

	(void)snprintf(failed_file, TOPOLOGY_FILE_MAX, "%s", root_fd < 0 ? root : "");
	if (root_fd < 0)
		return failure.error;
	topology = topology_new();
	if (!topology)
		return -ENOMEM;
	/* The time before the first read, so that a later change belongs to a later snapshot. */
	topology->time_ms = clock_boot_ms();
	topology->known = TOPO_KNOWN_CXL | TOPO_KNOWN_DAX | TOPO_KNOWN_DATA;
	reader = (struct topology_reader){
		.sysfs = { .root_fd = root_fd, .failure = &failure },
		.topology = topology,
		.region = options ? options->region : NULL,
		.users_ms = &users_ms,
	};
	rc = read_host(&reader);
	if (rc == 0)
		rc = failure.error;
	if (rc < 0) {
		(void)strcpy(failed_file, failure.file);
		return rc;
	}
	topology_finish(topology);
	find_qos_class_mismatches(topology);
	*ret_topology = TAKE_PTR(topology);
	return 0;
}

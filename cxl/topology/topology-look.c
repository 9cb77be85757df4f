// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host as it is now: memdevs, the roots of ports, and the order of a look. Effect. Called by
 * the helper; ports, windows and other decoders are in topology-port.c, regions in
 * topology-region.c, memory and nodes in topology-memory.c.
 *
 * All is read from sysfs. libcxl takes a folder that it can't read, or not to its end, for an empty
 * one, and leaves a memdev out one of whose attributes it can't read: a look would miss what is
 * there.
 */
#include "cxl/topology/topology-look.h"

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

/* "../../../devices/pci0000:40/0000:40:00.0/mem0": the memdev's device, and the path of the device
 */
static int read_host_of(const struct topology_reader *reader, char *link,
			struct topo_memdev *memdev)
{
	static const char above[] = "devices/";
	char *path = strstr(link, above), *end = strrchr(link, '/');
	int rc;

	if (!path || end < path + strlen(above))
		return 0;
	*end = '\0';
	rc = reader_text(reader, path + strlen(above), &memdev->host_path);
	return rc ? rc : reader_text(reader, reader_last_part(path), &memdev->host);
}

/* A partition without capacity has no QoS class. */
static void read_capacity(const struct sysfs *folder, struct topo_memdev *memdev)
{
	memdev->serial = reader_u64(folder, "serial");
	memdev->ram_size = sysfs_number(folder, 0, 0, "ram/size");
	memdev->pmem_size = sysfs_number(folder, 0, 0, "pmem/size");
	if (memdev->ram_size)
		memdev->ram_qos_class = reader_int(folder, "ram/qos_class");
	if (memdev->pmem_size)
		memdev->pmem_qos_class = reader_int(folder, "pmem/qos_class");
}

static int read_memdev(const struct topology_reader *reader, void *parent,
		       const struct sysfs *devices, const char *name)
{
	_cleanup_close_ int fd = sysfs_open_folder(devices, name);
	const struct sysfs folder = sysfs_below(devices, fd);
	char link[SYSFS_VALUE_MAX], driver[SYSFS_VALUE_MAX];
	struct topo_memdev *memdev;
	int rc;

	(void)parent;
	/* The memdev has gone since the folder was listed. */
	if (fd < 0 || !sysfs_link(devices, link, "%s", name))
		return 0;
	memdev = topology_add_memdev(reader->topology, name);
	if (!memdev)
		return -ENOMEM;
	/* -1 without a node */
	memdev->numa_node = reader_int(&folder, "numa_node");
	memdev->enabled = sysfs_link(&folder, driver, "driver");
	read_capacity(&folder, memdev);
	rc = read_host_of(reader, link, memdev);
	return rc ? rc
		  : reader_attribute(reader, &folder, "firmware_version",
				     &memdev->firmware_version);
}

static int read_member(const struct topology_reader *reader, const char *name)
{
	_cleanup_close_ int fd = reader_open_device(reader, name);
	const struct sysfs folder = sysfs_below(&reader->sysfs, fd);
	struct topo_memdev *memdev = topology_add_memdev(reader->topology, name);

	if (!memdev)
		return -ENOMEM;
	if (fd >= 0)
		read_capacity(&folder, memdev);
	return 0;
}

/* For a look at one region. */
static int read_members(const struct topology_reader *reader)
{
	const struct topo_region *region = topology_region(reader->topology, reader->region);
	int rc = 0;

	for (size_t i = 0; rc == 0 && region && i < region->mappings.count; i++)
		if (region->mappings.items[i].memdev_name)
			rc = read_member(reader, region->mappings.items[i].memdev_name);
	return rc;
}

/* ---- roots ---- */

/* The provider as `cxl list` tells it, by the device that the root is of. */
static const char *provider_of(const char *host)
{
	if (strcmp(host, "ACPI0017:00") == 0)
		return "ACPI.CXL";
	return strcmp(host, "cxl_acpi.0") == 0 ? "cxl_test" : host;
}

static int read_root(const struct topology_reader *reader, void *parent,
		     const struct sysfs *devices, const char *name)
{
	char uport[SYSFS_VALUE_MAX];
	const char *host;
	struct topo_port *root;
	int rc;

	(void)parent;
	/* The root has gone since the folder was listed. */
	if (!sysfs_link(devices, uport, "%s/uport", name))
		return 0;
	root = topology_add_port(reader->topology, TOPO_PORT_ROOT, name, NULL);
	if (!root)
		return -ENOMEM;
	root->enabled = true;
	host = reader_last_part(uport);
	rc = reader_text(reader, host, &root->host);
	if (rc == 0)
		rc = reader_text(reader, provider_of(host), &root->provider);
	if (rc == 0)
		rc = reader_port(reader, root);
	return rc ? rc : reader_below(reader, root);
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

/* A host without CXL has no such folder. */
static int read_devices(const struct topology_reader *reader)
{
	_cleanup_folder_ DIR *devices = sysfs_folder(&reader->sysfs, "bus/cxl/devices");
	int rc;

	if (!devices)
		return 0;
	rc = reader_entries(reader, devices, "mem", read_memdev, NULL);
	return rc ? rc : reader_entries(reader, devices, "root", read_root, NULL);
}

static int read_everything(const struct topology_reader *reader)
{
	struct topology *topology = reader->topology;
	struct utsname system;
	int rc;

	if (uname(&system) == 0 && (rc = reader_text(reader, system.release, &topology->kernel)))
		return rc;
	if ((rc = read_devices(reader)) || (rc = topology_read_memory(topology, &reader->sysfs)) ||
	    (rc = topology_read_nodes(topology, &reader->sysfs)))
		return rc;
	return topology_read_arithmetic(topology, &reader->sysfs);
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
	rc = reader.region ? read_region(&reader) : read_everything(&reader);
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dax devices and memory blocks of CXL regions, found in sysfs. Effect: reads only.
 */
#include "cxl/step/region-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cxl/step/sysfs-io.h"
#include "util/folder.h"

#define REGIONS "bus/cxl/devices"
#define MEMORY	"devices/system/memory"

/* ---- dax devices ---- */

/*
 * A region's dax device is a child of the region's dax region: cxl_region_probe(),
 * devm_create_dev_dax(). The name proves nothing: devices of other dax regions have names of the
 * same form.
 */
int region_open_dax(int root_fd, const char *name)
{
	const char *number = name + strlen("dax");
	const int length = (int)strcspn(number, ".");
	char dax[PATH_MAX], region[PATH_MAX], expected[PATH_MAX];
	int rc;

	(void)snprintf(dax, sizeof(dax), "bus/dax/devices/%s", name);
	rc = sysfs_resolve(root_fd, dax);
	if (rc < 0)
		return rc == -EINVAL ? -EPERM : rc;
	(void)snprintf(region, sizeof(region), REGIONS "/region%.*s", length, number);
	rc = sysfs_resolve(root_fd, region);
	if (rc < 0)
		return rc == -ENOENT || rc == -EINVAL ? -EPERM : rc;
	rc = snprintf(expected, sizeof(expected), "%s/dax_region%.*s/%s", region, length, number,
		      name);
	if ((size_t)rc >= sizeof(expected) || strcmp(dax, expected) != 0)
		return -EPERM;
	return sysfs_open(root_fd, "%s", dax);
}

/* ---- memory blocks ---- */

int region_blocks_in(int root_fd, uint64_t start, uint64_t size, struct memory_blocks *ret_blocks)
{
	_cleanup_close_ int directory = sysfs_open(root_fd, MEMORY);
	uint64_t block_size;
	int rc;

	if (directory < 0)
		return directory;
	rc = sysfs_read_number(directory, "block_size_bytes", 16, &block_size);
	if (rc < 0)
		return rc;
	if (block_size == 0 || start > UINT64_MAX - size)
		return -EPROTO;
	*ret_blocks = memory_blocks_in(start, size, block_size);
	return 0;
}

int region_blocks(int root_fd, const char *name, struct memory_blocks *ret_blocks)
{
	_cleanup_close_ int region = sysfs_open(root_fd, REGIONS "/%s", name);
	uint64_t start = 0, size = 0;
	int rc = region < 0 ? region : sysfs_read_number(region, "resource", 0, &start);

	if (rc == 0)
		rc = sysfs_read_number(region, "size", 0, &size);
	return rc < 0 ? rc : region_blocks_in(root_fd, start, size, ret_blocks);
}

static bool is_region(const char *name)
{
	int number, end = 0;

	return sscanf(name, "region%d%n", &number, &end) == 1 && !name[end];
}

static int open_folder(int root_fd, const char *path, DIR **ret_folder)
{
	const int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : folder_take(fd, ret_folder);
}

static bool has_vanished(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO;
}

/* A region that vanishes meanwhile, or has no addresses yet (-EPROTO), has no blocks. */
static int blocks_if_any(int root_fd, const char *region, struct memory_blocks *ret_blocks)
{
	int rc = region_blocks(root_fd, region, ret_blocks);

	if (rc == 0 || (!has_vanished(rc) && rc != -EPROTO))
		return rc;
	*ret_blocks = (struct memory_blocks){ 0, 0 };
	return 0;
}

/* Calls @function for each region, until @function returns not 0. */
static int each_region(int root_fd,
		       int (*function)(int root_fd, const char *region, uint64_t index),
		       uint64_t index)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	int next = 0, rc = open_folder(root_fd, REGIONS, &folder);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	while (rc == 0 && (next = folder_next(folder, &name)) > 0)
		if (is_region(name))
			rc = function(root_fd, name, index);
	return rc ? rc : next;
}

static int has_block(int root_fd, const char *region, uint64_t index)
{
	struct memory_blocks blocks;
	int rc = blocks_if_any(root_fd, region, &blocks);

	return rc < 0 ? rc : index >= blocks.first && index < blocks.end;
}

int region_has_block(int root_fd, uint64_t index)
{
	return each_region(root_fd, has_block, index);
}

int region_has_whole_node(int root_fd, int node)
{
	char path[sizeof("devices/system/node/node") + 3 * sizeof(node)];
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;
	uint64_t index;
	int next, rc;

	(void)snprintf(path, sizeof(path), "devices/system/node/node%d", node);
	rc = open_folder(root_fd, path, &folder);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	while ((next = folder_next(folder, &name)) > 0) {
		if (sscanf(name, "memory%" SCNu64, &index) != 1)
			continue;
		rc = region_has_block(root_fd, index);
		if (rc <= 0)
			return rc;
	}
	return next < 0 ? next : 1;
}

/* ---- memory that is about to come ---- */

static int is_volatile_and_decodes(int region)
{
	char mode[SYSFS_VALUE_MAX];
	uint64_t committed = 0;
	int rc = sysfs_read(region, "mode", mode);

	if (rc == 0 && strcmp(mode, "ram") == 0)
		rc = sysfs_read_number(region, "commit", 0, &committed);
	if (rc < 0)
		return has_vanished(rc) ? 0 : rc;
	return committed != 0;
}

static bool is_online(int root_fd, uint64_t index)
{
	_cleanup_close_ int block = sysfs_open(root_fd, MEMORY "/memory%" PRIu64, index);
	char state[SYSFS_VALUE_MAX];

	return block >= 0 && sysfs_read(block, "state", state) == 0 && strcmp(state, "online") == 0;
}

static int awaits_memory(int root_fd, const char *name, uint64_t unused)
{
	_cleanup_close_ int region = sysfs_open(root_fd, REGIONS "/%s", name);
	struct memory_blocks blocks;
	int rc;

	(void)unused;
	if (region < 0)
		return region == -ENOENT ? 0 : region;
	rc = is_volatile_and_decodes(region);
	if (rc <= 0)
		return rc;
	rc = blocks_if_any(root_fd, name, &blocks);
	if (rc < 0 || blocks.first >= blocks.end)
		return rc < 0 ? rc : 1;
	while (blocks.first < blocks.end && is_online(root_fd, blocks.first))
		blocks.first++;
	return blocks.first < blocks.end;
}

int region_awaits_memory(int root_fd)
{
	return each_region(root_fd, awaits_memory, 0);
}

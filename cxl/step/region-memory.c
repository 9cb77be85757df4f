// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dax devices and memory blocks of CXL regions, found in sysfs. Effect: reads only.
 */
#include "cxl/step/region-memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cxl/step/sysfs-io.h"
#include "util/cleanup.h"

#define REGIONS "bus/cxl/devices"
#define MEMORY	"devices/system/memory"

DEFINE_CLEANUP(DIR *, closedir)

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

static bool is_region(const struct dirent *entry)
{
	int number, end = 0;

	return sscanf(entry->d_name, "region%d%n", &number, &end) == 1 && !entry->d_name[end];
}

static DIR *open_directory(int root_fd, const char *path)
{
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !directory)
		(void)close(fd);
	return directory;
}

bool region_has_block(int root_fd, uint64_t index)
{
	_cleanup_(closedirp) DIR *directory = open_directory(root_fd, REGIONS);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		struct memory_blocks blocks;

		/* A region that vanishes meanwhile, or has no addresses yet, has no block. */
		if (is_region(entry) && region_blocks(root_fd, entry->d_name, &blocks) == 0 &&
		    index >= blocks.first && index < blocks.end)
			return true;
	}
	return false;
}

bool region_has_whole_node(int root_fd, int node)
{
	char path[sizeof("devices/system/node/node") + 3 * sizeof(node)];
	_cleanup_(closedirp) DIR *directory = NULL;
	struct dirent *entry;
	uint64_t index;

	(void)snprintf(path, sizeof(path), "devices/system/node/node%d", node);
	directory = open_directory(root_fd, path);
	if (!directory)
		return false;
	while ((entry = readdir(directory)))
		if (sscanf(entry->d_name, "memory%" SCNu64, &index) == 1 &&
		    !region_has_block(root_fd, index))
			return false;
	return true;
}

/* ---- memory that is about to come ---- */

static bool is_volatile_and_decodes(int region)
{
	char mode[SYSFS_VALUE_MAX];
	uint64_t committed;

	return sysfs_read(region, "mode", mode) == 0 && strcmp(mode, "ram") == 0 &&
	       sysfs_read_number(region, "commit", 0, &committed) == 0 && committed;
}

static bool is_online(int root_fd, uint64_t index)
{
	_cleanup_close_ int block = sysfs_open(root_fd, MEMORY "/memory%" PRIu64, index);
	char state[SYSFS_VALUE_MAX];

	return block >= 0 && sysfs_read(block, "state", state) == 0 && strcmp(state, "online") == 0;
}

static bool is_all_online(int root_fd, const char *region)
{
	struct memory_blocks blocks;

	if (region_blocks(root_fd, region, &blocks) < 0 || blocks.first >= blocks.end)
		return false;
	while (blocks.first < blocks.end && is_online(root_fd, blocks.first))
		blocks.first++;
	return blocks.first == blocks.end;
}

bool region_awaits_memory(int root_fd)
{
	_cleanup_(closedirp) DIR *directory = open_directory(root_fd, REGIONS);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		_cleanup_close_ int region = -1;

		if (!is_region(entry))
			continue;
		region = sysfs_open(root_fd, REGIONS "/%s", entry->d_name);
		if (region >= 0 && is_volatile_and_decodes(region) &&
		    !is_all_online(root_fd, entry->d_name))
			return true;
	}
	return false;
}

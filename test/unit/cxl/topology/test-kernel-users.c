// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users of block devices that are the kernel itself, on trees of the shape that the kernel's
 * drivers give them; the comments name the function that writes the text.
 */
#include "cxl/topology/kernel-users.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"
#include "util/cleanup.h"

#define NVMET "sys/kernel/config/nvmet/subsystems/nqn.2014-08.org.nvmexpress:x/namespaces/"
#define CORE  "sys/kernel/config/target/core/"
#define LUN   "sys/kernel/config/usb_gadget/g1/functions/mass_storage.usb0/lun.0/"

int __real_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status);
int __wrap_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status);

/* An empty file stands for a block device, which takes rights to make. */
int __wrap_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status)
{
	int rc = __real_statx(folder, path, flags, mask, status);

	struct stat real;

	assert_true(flags & AT_STATX_DONT_SYNC);
	assert_int_equal(fstatat(folder, path, &real, AT_EMPTY_PATH), 0);
	if (real.st_size > 0)
		return rc;
	status->stx_mode = S_IFBLK;
	status->stx_rdev_major = 1;
	status->stx_rdev_minor = 3;
	return rc;
}

struct tree {
	char *root;
	struct kernel_user_search search;
	char seen[4096]; /* "NAME MAJOR:MINOR HOW\n" for each use */
};

static void see(void *context, const struct kernel_use *use)
{
	struct tree *tree = context;
	const size_t length = strlen(tree->seen);

	(void)snprintf(tree->seen + length, sizeof(tree->seen) - length, "%s %u:%u %s\n", use->name,
		       major(use->device), minor(use->device), use->how);
}

static int open_below(const char *root, const char *name)
{
	_cleanup_close_ int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(root_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree->root = temp_tree_new();
	temp_tree_file(tree->root, "sys/block/sda/size", "8\n");
	temp_tree_file(tree->root, "proc/uptime", "1 1\n");
	temp_tree_file(tree->root, "dev/node", "");
	tree->search = (struct kernel_user_search){
		.sysfs_fd = open_below(tree->root, "sys"),
		.proc_fd = open_below(tree->root, "proc"),
		.dev_fd = open_below(tree->root, "dev"),
		.see = see,
		.context = tree,
	};
	*state = tree;
	return 0;
}

static int free_tree(void **state)
{
	struct tree *tree = *state;

	wrap_folder = FOLDER_IS_READ;
	(void)close(tree->search.sysfs_fd);
	(void)close(tree->search.proc_fd);
	(void)close(tree->search.dev_fd);
	temp_tree_free(tree->root);
	free(tree);
	return 0;
}

static const char *seen(struct tree *tree)
{
	*tree->seen = '\0';
	assert_int_equal(kernel_users_find(&tree->search), 0);
	return tree->seen;
}

static void there_is_none(void **state)
{
	assert_string_equal(seen(*state), "");
}

/* loop_attr_backing_file_show(): a loop device without a file has no such folder. */
static void loop_devices(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "sys/block/loop0/size", "0\n");
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/nowhere/pmem1p1\n");
	assert_string_equal(seen(tree), "pmem1p1 0:0 behind loop1\n");
}

/* d_path(): udev makes its nodes anew while they are open; a name may hold anything. */
static void the_node_has_gone(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file",
		       "/nowhere/pmem 1 (deleted)\n");
	temp_tree_file(tree->root, "proc/swaps",
		       "Filename Type Size Used Priority\n"
		       "/nowhere/pmem1p1\\040(deleted) partition 1048572 0 -2\n");
	assert_string_equal(seen(tree), "pmem1p1 0:0 swap\npmem 1 0:0 behind loop1\n");
}

/* nvmet_ns_device_path_show(): the path as it was written, such as one of /dev/disk/by-id. */
static void a_target_of_nvme(void **state)
{
	struct tree *tree = *state;

	temp_tree_link(tree->root, "dev/disk/by-id/nvdimm-1", "../../node");
	temp_tree_file(tree->root, NVMET "7/device_path", "/dev/disk/by-id/nvdimm-1\n");
	temp_tree_file(tree->root, NVMET "7/enable", "1\n");
	assert_string_equal(seen(tree),
			    "nvdimm-1 1:3 exported by nvmet as nqn.2014-08.org.nvmexpress:x/7\n");
	/* nvmet_ns_enable() opens the device, and no sooner. */
	temp_tree_file(tree->root, NVMET "7/enable", "0\n");
	assert_string_equal(seen(tree), "");
}

/* A node that somebody made elsewhere, which the kernel has open. */
static void a_node_elsewhere(void **state)
{
	struct tree *tree = *state;
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/dev/node\n", tree->root) > 0);
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", path);
	assert_string_equal(seen(tree), "node 1:3 behind loop1\n");
}

/* Anybody may have an image of a device, which is named like the device. */
static void a_file_of_that_name(void **state)
{
	struct tree *tree = *state;
	const int dev_fd = tree->search.dev_fd;

	temp_tree_file(tree->root, "first/home/x/pmem1", "image");
	temp_tree_link(tree->root, "proc/1/root", "../../first");
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/home/x/pmem1\n");
	assert_string_equal(seen(tree), "");
	/* Nobody knows what it is. */
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/home/y/pmem1\n");
	assert_string_equal(seen(tree), "pmem1 0:0 behind loop1\n");
	tree->search.dev_fd = -1;
	assert_string_equal(seen(tree), "");
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/y/dev/pmem1\n");
	assert_string_equal(seen(tree), "pmem1 0:0 behind loop1\n");
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/mydev/pmem1\n");
	assert_string_equal(seen(tree), "");
	tree->search.dev_fd = dev_fd;
}

/* file_path() gives up beyond a page: no owner of such a file hides all others. */
static void a_path_is_too_long(void **state)
{
	struct tree *tree = *state;
	char name[NAME_MAX + 2];

	(void)memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	temp_tree_link(tree->root, "sys/block/loop0/loop/backing_file", name);
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/dev/pmem1\n");
	assert_string_equal(seen(tree), "pmem1 0:0 behind loop1\n");
}

/* Anybody may make links in /dev/shm, to a server that does not answer. */
static void no_path_leads_out_of_dev(void **state)
{
	struct tree *tree = *state;

	temp_tree_link(tree->root, "dev/shm/x", "/proc/version");
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/dev/shm/x\n");
	assert_string_equal(seen(tree), "x 0:0 behind loop1\n");
}

/* fd_show_configfs_dev_params(), iblock_show_configfs_dev_params() */
static void targets_of_scsi(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, CORE "alua/lu_gps/x", "");
	temp_tree_file(tree->root, CORE "fileio_0/hba_info", "HBA Index: 1 plugin: fileio\n");
	temp_tree_file(tree->root, CORE "fileio_0/a/enable", "1\n");
	temp_tree_file(tree->root, CORE "fileio_0/a/info",
		       "Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 1\n"
		       "        TCM FILEIO ID: 0        File: /nowhere/pmem 1  Size: 4096  Mode: "
		       "O_DSYNC Async: 0\n");
	assert_string_equal(seen(tree),
			    "pmem 1 0:0 exported by the kernel's target as fileio_0/a\n");
	temp_tree_file(tree->root, CORE "fileio_0/a/enable", "0\n");
	temp_tree_file(tree->root, CORE "iblock_3/b/enable", "1\n");
	temp_tree_file(tree->root, CORE "iblock_3/b/info",
		       "Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 1\n"
		       "        iBlock device: pmem1  UDEV PATH: /x/y  readonly: 0  exclusive: 0\n"
		       "        Major: 259 Minor: 1  \n");
	assert_string_equal(seen(tree), " 259:1 exported by the kernel's target as iblock_3/b\n");
}

/* fsg_show_file(): "" without a file; lun%d of a gadget that is no part of configfs */
static void gadgets(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, LUN "file", "");
	assert_string_equal(seen(tree), "");
	temp_tree_file(tree->root, LUN "file", "/nowhere/pmem1\n");
	temp_tree_file(tree->root, "sys/class/udc/dummy_udc.0/device/gadget.0/lun1/file",
		       "/nowhere/pmem2\n");
	assert_string_equal(seen(tree),
			    "pmem1 0:0 exported over USB as g1/mass_storage.usb0/lun.0\n"
			    "pmem2 0:0 exported over USB as dummy_udc.0/gadget.0/lun1\n");
}

/* rnbd_srv_create_dev_sysfs(), VBD_SHOW(physical_device), o2hb_region_dev_show() */
static void others_that_export(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "sys/devices/pmem1/dev", "259:1\n");
	temp_tree_link(tree->root, "sys/class/rnbd-server/ctl/devices/disk!1/block_dev",
		       "../../../../../devices/pmem1");
	temp_tree_file(tree->root, "sys/bus/xen-backend/devices/vbd-1-768/physical_device",
		       "103:1\n");
	temp_tree_file(tree->root, "sys/kernel/config/cluster/c/heartbeat/h/dev", "pmem1p1\n");
	assert_string_equal(seen(tree), " 259:1 exported by rnbd as disk!1\n"
					" 259:1 exported by Xen as vbd-1-768\n"
					"pmem1p1 0:0 a heartbeat of ocfs2, c/h\n");
}

/* A folder or a file that can't be read is never one without users. */
static void not_all_can_be_read(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, NVMET "7/device_path/folder", "");
	assert_int_equal(kernel_users_find(&tree->search), -EISDIR);
	for (int way = FOLDER_IS_NOT_OPENED; way <= FOLDER_IS_READ_BY_HALF; way++) {
		wrap_folder = (enum wrap_folder)way;
		assert_int_equal(kernel_users_find(&tree->search),
				 way == FOLDER_IS_NOT_OPENED ? -ENOMEM : -EIO);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, free_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_is_none),	   TEST(loop_devices),
		TEST(the_node_has_gone),   TEST(a_target_of_nvme),
		TEST(a_node_elsewhere),	   TEST(no_path_leads_out_of_dev),
		TEST(targets_of_scsi),	   TEST(gadgets),
		TEST(others_that_export),  TEST(not_all_can_be_read),
		TEST(a_file_of_that_name), TEST(a_path_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces of persistent memory and who uses them, on trees of the shape that the kernel gives
 * them: Documentation/ABI/testing/sysfs-bus-nvdimm, proc_pid_mountinfo(5), proc_swaps(5).
 */
#include "cxl/topology/pmem-use.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cxl/topology/device-programs.h"
#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"

#define ND    "sys/bus/nd/devices/"
#define START UINT64_C(0x10000000)
#define SIZE  UINT64_C(0x10000000)

/* Each reading of the clock takes this time. */
static unsigned int ms_per_reading;
/* How many files were asked for; shared with the process that looks. */
static unsigned int *asked;
/* Each file takes this time. */
static unsigned int ms_per_file;
/* All files are on a server that tells others nothing. */
static bool is_of_fuse;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status);
int __wrap_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	static uint64_t spent_ms;
	int rc = __real_clock_gettime(clock, now);

	spent_ms += ms_per_reading;
	now->tv_sec += (time_t)(spent_ms / 1000);
	now->tv_nsec += (long)(spent_ms % 1000) * 1000000;
	now->tv_sec += now->tv_nsec / 1000000000;
	now->tv_nsec %= 1000000000;
	return rc;
}

/* A server that does not answer (of NFS, of a stranger's FUSE) is not asked. */
int __wrap_statx(int folder, const char *path, int flags, unsigned int mask, struct statx *status)
{
	assert_true(flags & AT_STATX_DONT_SYNC);
	++*asked;
	(void)usleep(ms_per_file * 1000);
	if (is_of_fuse && mask != 0) {
		errno = EACCES;
		return -1;
	}
	return __real_statx(folder, path, flags, mask, status);
}

struct tree {
	char *root;
	struct pmem_roots roots;
	struct pmem_namespace_list found;
};

static int open_below(const char *root, const char *name)
{
	int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	assert_true(root_fd >= 0);
	fd = openat(root_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)close(root_fd);
	return fd;
}

/* Two nd regions; namespace1.0 of the second one is fsdax, and there is a seed, as ever. */
static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree->root = temp_tree_new();
	temp_tree_file(tree->root, ND "region0/resource", "0x40000000\n");
	temp_tree_file(tree->root, ND "namespace0.0/size", "16777216\n");
	temp_tree_file(tree->root, ND "namespace0.0/block/pmem0/dev", "259:0\n");
	temp_tree_file(tree->root, ND "region1/resource", "0x10000000\n");
	temp_tree_file(tree->root, ND "namespace1.0/size", "16777216\n");
	temp_tree_file(tree->root, ND "pfn1.0/namespace", "namespace1.0\n");
	temp_tree_file(tree->root, ND "pfn1.0/block/pmem1/dev", "259:1\n");
	temp_tree_file(tree->root, ND "pfn1.0/block/pmem1/pmem1p1/dev", "259:2\n");
	temp_tree_file(tree->root, ND "pfn1.1/namespace", "\n");
	temp_tree_file(tree->root, ND "namespace1.1/size", "0\n");
	temp_tree_file(tree->root, "proc/swaps", "Filename Type Size Used Priority\n");
	temp_tree_file(tree->root, "proc/1/mountinfo",
		       "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		       "22 21 259:0 / /other rw - ext4 /dev/pmem0 rw\n");
	temp_tree_file(tree->root, "proc/self/mountinfo", "");
	temp_tree_file(tree->root, "dev/null", "");
	temp_tree_file(tree->root, "proc/filesystems",
		       "nodev\ttmpfs\nnodev\tfuse\n\tbtrfs\n\txfs\n");
	ms_per_reading = 0;
	tree->roots = (struct pmem_roots){ open_below(tree->root, "sys"),
					   open_below(tree->root, "proc"), -1 };
	*state = tree;
	return 0;
}

static int free_tree(void **state)
{
	struct tree *tree = *state;

	wrap_folder = FOLDER_IS_READ;
	is_of_fuse = false;
	ms_per_file = 0;
	ARRAY_FREE(&tree->found.list);
	(void)close(tree->roots.sysfs_fd);
	(void)close(tree->roots.proc_fd);
	temp_tree_free(tree->root);
	free(tree);
	return 0;
}

static void remove_folder(const char *root, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(rmdir(path), 0);
}

static const struct pmem_namespace *only_one(struct tree *tree)
{
	ARRAY_FREE(&tree->found.list);
	assert_int_equal(pmem_namespaces_read(&tree->roots, START, SIZE, UINT64_MAX, &tree->found),
			 0);
	assert_int_equal(tree->found.list.count, 1);
	assert_string_equal(tree->found.list.items[0].name, "namespace1.0");
	return &tree->found.list.items[0];
}

/* What the other region has is no matter. */
static void nobody_uses_it(void **state)
{
	const struct pmem_namespace *namespace = only_one(*state);

	assert_string_equal(namespace->device, "pmem1");
	assert_string_equal(namespace->user, "");
}

static void it_is_mounted(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/1/mountinfo",
		       "22 21 259:1 /sub /srv/data rw shared:1 - xfs /dev/pmem1 rw\n");
	assert_string_equal(only_one(tree)->user,
			    "pmem1 is mounted on /srv/data, as process 1 sees it");
}

/* A partition, and a container's view, which process 1 does not have. */
static void it_is_mounted_elsewhere(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/77/mountinfo",
		       "30 29 259:2 / /data rw master:1 - ext4 /dev/pmem1p1 rw\n");
	assert_string_equal(only_one(tree)->user,
			    "pmem1p1 is mounted on /data, as process 77 sees it");
}

/* btrfs and others of several devices: the number is one of their own. */
static void it_is_one_of_several_devices(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/9/mountinfo",
		       "30 29 0:44 / /pool rw - btrfs /dev/pmem1 rw,subvol=/\n");
	assert_string_equal(only_one(tree)->user,
			    "pmem1 is mounted on /pool, as process 9 sees it");
}

static void it_is_swap(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/swaps",
		       "Filename Type Size Used Priority\n"
		       "/dev/pmem1p1 partition 1048572 0 -2\n");
	assert_string_equal(only_one(tree)->user, "pmem1p1 is swap");
}

static void others_are_built_of_it(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, ND "pfn1.0/block/pmem1/pmem1p1/holders/dm-3/dev", "254:3\n");
	assert_string_equal(only_one(tree)->user, "pmem1p1 is in use by dm-3");
}

/* The mount is one of the loop device, and the kernel opens the device again for any program that
 * asks. */
static void it_is_behind_a_loop(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "sys/block/loop0/size", "0\n");
	temp_tree_file(tree->root, "sys/block/loop1/loop/backing_file", "/srv/image\n");
	assert_string_equal(only_one(tree)->user, "");
	temp_tree_file(tree->root, "sys/block/loop2/loop/backing_file", "/dev/pmem1p1\n");
	assert_string_equal(only_one(tree)->user, "pmem1p1 is behind loop2");
}

/* A device is known by its number, whatever the path that it was found by (test-kernel-users). */
static void it_is_exported(void **state)
{
	struct tree *tree = *state;
	const char *info = "sys/kernel/config/target/core/iblock_0/disk/info";

	temp_tree_file(tree->root, info,
		       "        iBlock device: x  readonly: 0  exclusive: 0\n"
		       "        Major: 259 Minor: 0  \n");
	assert_string_equal(only_one(tree)->user, "");
	temp_tree_file(tree->root, info,
		       "        iBlock device: x  readonly: 0  exclusive: 0\n"
		       "        Major: 259 Minor: 2  \n");
	assert_string_equal(only_one(tree)->user,
			    "pmem1p1 is exported by the kernel's target as iblock_0/disk");
}

/* Two namespaces: each has its own. One of device-dax has no block device. */
static void each_has_its_own_users(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, ND "namespace1.2/size", "16777216\n");
	temp_tree_file(tree->root, ND "dax1.0/namespace", "namespace1.2\n");
	temp_tree_file(tree->root, ND "dax1.0/dax1.1/dev", "251:0\n");
	temp_tree_file(tree->root, "proc/1/mountinfo",
		       "22 21 259:1 / /srv rw - xfs /dev/pmem1 rw\n");
	assert_int_equal(pmem_namespaces_read(&tree->roots, START, SIZE, UINT64_MAX, &tree->found),
			 0);
	assert_int_equal(tree->found.list.count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct pmem_namespace *namespace = &tree->found.list.items[i];
		const int is_dax = strcmp(namespace->name, "namespace1.2") == 0;

		assert_string_equal(namespace->device, is_dax ? "dax1.1" : "pmem1");
		assert_int_equal(*namespace->user == '\0', is_dax);
	}
}

/* The null device stands for the only device of the namespace. */
static void become_dax(const char *root)
{
	temp_tree_file(root, ND "dax1.0/namespace", "namespace1.0\n");
	temp_tree_file(root, ND "dax1.0/dax1.0/dev", "1:3\n");
	temp_tree_remove(root, ND "pfn1.0/block/pmem1/dev");
	temp_tree_remove(root, ND "pfn1.0/block/pmem1/pmem1p1/dev");
}

/* The user that a look with the rights to see all users finds. */
static const char *user_found(struct tree *tree)
{
	const char *user;

	tree->roots.dev_fd = open_below(tree->root, "dev");
	user = only_one(tree)->user;
	(void)close(tree->roots.dev_fd);
	return user;
}

static void a_program_has_it_open(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	temp_tree_link(tree->root, "proc/42/fd/3", "/dev/null");
	temp_tree_file(tree->root, "proc/42/comm", "database\n");
	assert_string_equal(user_found(tree), "dax1.0 is open in process 42 (database)");
}

/* The usual way of libraries for persistent memory: open, map, close. */
static void a_program_has_it_mapped(void **state)
{
	struct tree *tree = *state;
	char *maps = NULL;

	become_dax(tree->root);
	temp_tree_file(tree->root, "proc/42/comm", "database\n");
	assert_true(asprintf(&maps,
			     "00400000-00401000 r-xp 00000000 fe:00 12 /usr/bin/database\n"
			     "00500000-00501000 rw-s 00000000 fe:00 13 /%020000d (deleted)\n"
			     "7f2a40000000-7f2a40200000 rw-s 00000000 00:06 523 /dev/dax1.0\n",
			     0) > 0);
	temp_tree_file(tree->root, "proc/42/maps", maps);
	free(maps);
	temp_tree_link(tree->root, "proc/42/fd/0", "/dev/full");
	temp_tree_link(tree->root, "proc/42/map_files/500000-501000", "/dev/full");
	temp_tree_link(tree->root, "proc/42/map_files/7f2a40000000-7f2a40200000", "/dev/null");
	assert_string_equal(user_found(tree), "dax1.0 is mapped in process 42 (database)");
	/* The driver's own count: no file of any dax device is open. */
	temp_tree_file(tree->root, "sys/module/device_dax/refcnt", "0\n");
	assert_string_equal(user_found(tree), "");
}

/* Descriptors on their way through a socket, or in io_uring, are in no process. */
static void a_program_does_not_show_it(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	temp_tree_file(tree->root, "sys/module/device_dax/refcnt", "2\n");
	assert_string_equal(user_found(tree),
			    "dax1.0 perhaps: open, but in no process that shows it");
	/* Another dax device, which explains the count. */
	temp_tree_link(tree->root, "proc/42/fd/3", "/dev/zero");
	assert_string_equal(user_found(tree), "");
}

/* Mappings that change with each look. */
static void mappings_that_change(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	temp_tree_file(tree->root, "proc/42/comm", "restless\n");
	temp_tree_link(tree->root, "proc/42/fd/0", "/dev/full");
	temp_tree_file(tree->root, "proc/42/maps",
		       "7f2a40000000-7f2a40200000 rw-s 00000000 00:06 523 /dev/dax1.0\n");
	assert_string_equal(user_found(tree), "dax1.0 perhaps: can't search process 42 (restless)");
}

static void there_is_no_time(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	temp_tree_file(tree->root, "proc/42/comm", "database\n");
	/* Without a file there is nothing to search, which needs no time. */
	temp_tree_link(tree->root, "proc/42/fd/0", "/dev/full");
	tree->roots.dev_fd = open_below(tree->root, "dev");
	assert_int_equal(pmem_namespaces_read(&tree->roots, START, SIZE, 0, &tree->found), 0);
	(void)close(tree->roots.dev_fd);
	assert_non_null(
		strstr(tree->found.list.items[0].user, "dax1.0 perhaps: can't search process "));
}

/* The kernel tells of block devices that can be opened, and of no others. */
static void a_block_device_can_not_be_opened(void **state)
{
	struct tree *tree = *state;
	char *lines = NULL;

	temp_tree_file(tree->root, "dev/pmem1", "");
	temp_tree_link(tree->root, "dev/pmem1p1", "elsewhere");
	assert_string_equal(user_found(tree),
			    "pmem1p1 perhaps: can't be opened (Too many levels of symbolic links)");
	temp_tree_file(tree->root, "dev/pmem1p1", "");
	assert_string_equal(user_found(tree), "");
	/* A line whose end nobody reads. */
	assert_true(asprintf(&lines, "30 29 259:2 / /%0100000d rw - ext4 /dev/pmem1p1 rw\n", 0) >
		    0);
	temp_tree_file(tree->root, "proc/77/mountinfo", lines);
	free(lines);
	assert_string_equal(user_found(tree), "");
	temp_tree_remove(tree->root, "dev/pmem1p1");
	assert_string_equal(user_found(tree),
			    "pmem1p1 perhaps: can't read mounts of process 77 (?)");
}

/*
 * The drivers count those who have a device open: drivers that nobody has heard of, descriptors in
 * io_uring. Modules that use a driver are no users of a device.
 */
static void nobody_shows_that_it_is_open(void **state)
{
	struct tree *tree = *state;

	temp_tree_remove(tree->root, ND "namespace0.0/block/pmem0/dev");
	temp_tree_file(tree->root, "dev/pmem1", "");
	temp_tree_file(tree->root, "dev/pmem1p1", "");
	temp_tree_file(tree->root, "sys/module/nd_btt/refcnt", "1\n");
	temp_tree_file(tree->root, "sys/module/nd_btt/holders/nd_pmem/refcnt", "0\n");
	temp_tree_file(tree->root, "sys/module/nd_pmem/refcnt", "0\n");
	assert_string_equal(user_found(tree), "");
	temp_tree_file(tree->root, "sys/module/nd_pmem/refcnt", "1\n");
	/* Another region's device explains it. */
	assert_string_equal(user_found(tree), "");
	remove_folder(tree->root, ND "namespace0.0/block/pmem0");
	remove_folder(tree->root, ND "namespace0.0/block");
	assert_string_equal(user_found(tree), "pmem1p1 perhaps: open, but by nobody who shows it");
	temp_tree_file(tree->root, "proc/swaps", "T\n/dev/pmem1 partition 1048572 0 -2\n");
	assert_string_equal(user_found(tree), "pmem1 is swap");
}

/* What can't be read is never a host without namespaces. */
static void not_all_can_be_read(void **state)
{
	struct tree *tree = *state;

	for (int way = FOLDER_IS_NOT_OPENED; way <= FOLDER_IS_READ_BY_HALF; way++) {
		wrap_folder = (enum wrap_folder)way;
		assert_int_equal(
			pmem_namespaces_read(&tree->roots, START, SIZE, UINT64_MAX, &tree->found),
			way == FOLDER_IS_NOT_OPENED ? -ENOMEM : -EIO);
	}
	wrap_folder = FOLDER_IS_READ;
	temp_tree_remove(tree->root, ND "region1/resource");
	temp_tree_file(tree->root, ND "region1/resource/folder", "");
	assert_int_equal(pmem_namespaces_read(&tree->roots, START, SIZE, UINT64_MAX, &tree->found),
			 -EISDIR);
}

/* ---- what a stranger can do about it ---- */

/* Anybody can mount these types in a private namespace, with any text as the source. */
static void a_source_may_be_any_text(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/1/mountinfo",
		       "22 21 0:44 / /mnt rw - tmpfs /dev/pmem1 rw\n"
		       "23 21 0:45 / /mnt rw - fuse.sshfs /dev/pmem1 rw\n");
	assert_string_equal(only_one(tree)->user, "");
}

/* A mount point and the name of a process may hold any bytes; bytes that are not UTF-8 would make
 * the helper's whole answer unreadable. */
static void its_words_are_harmless(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/1/mountinfo",
		       "22 21 259:1 / /srv/\xff\x1b[2J rw - xfs /dev/pmem1 rw\n");
	assert_string_equal(only_one(tree)->user,
			    "pmem1 is mounted on /srv/??[2J, as process 1 sees it");
}

/* An overlay of many layers fills a page with its options. */
static void a_line_may_be_long(void **state)
{
	struct tree *tree = *state;
	char *lines = NULL;

	assert_true(asprintf(&lines,
			     "21 1 0:30 / / rw - overlay overlay rw,lowerdir=%020000d\n"
			     "22 21 259:1 / /%020000d rw - xfs /dev/pmem1 rw\n",
			     0, 0) > 0);
	temp_tree_file(tree->root, "proc/1/mountinfo", lines);
	free(lines);
	assert_non_null(strstr(only_one(tree)->user, "pmem1 is mounted on /000"));
	/* What is left out is told to be left out. */
	assert_non_null(strstr(only_one(tree)->user, "000..., as process 1 sees it"));
	temp_tree_file(tree->root, "proc/1/mountinfo", "");
	assert_true(asprintf(&lines, "sys/kernel/config/target/core/iblock_0/%0250d/info", 0) > 0);
	temp_tree_file(tree->root, lines, "Major: 259 Minor: 1");
	free(lines);
	assert_int_equal(strlen(only_one(tree)->user), 255);
	assert_string_equal(only_one(tree)->user + 249, "000...");
}

/* A list of mounts is read once, however many processes have it. */
static void a_list_of_mounts_is_read_once(void **state)
{
	struct tree *tree = *state;

	temp_tree_file(tree->root, "proc/7/mountinfo",
		       "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		       "22 21 259:1 / /srv rw - xfs /dev/pmem1 rw\n");
	assert_string_equal(only_one(tree)->user, "");
	temp_tree_file(tree->root, "proc/8/mountinfo",
		       "31 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		       "32 31 259:1 / /srv rw - xfs /dev/pmem1 rw\n");
	assert_string_equal(only_one(tree)->user, "pmem1 is mounted on /srv, as process 8 sees it");
}

static void open_crowd(const char *root, const char *process, int count, const char *file)
{
	char path[64];

	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "proc/%s/fd/%d", process, i);
		temp_tree_link(root, path, file);
	}
}

static void add_user(const char *root, const char *process, const char *name, unsigned int uid)
{
	char path[64], text[128];

	(void)snprintf(path, sizeof(path), "proc/%s/status", process);
	(void)snprintf(text, sizeof(text), "Name:\tx\nUid:\t%u\t0\t0\t0\n", uid);
	temp_tree_file(root, path, text);
	(void)snprintf(path, sizeof(path), "proc/%s/comm", process);
	(void)snprintf(text, sizeof(text), "%s\n", name);
	temp_tree_file(root, path, text);
}

/* Who has crowds of descriptors does not keep the helper from the processes of others. */
static void a_crowd_of_descriptors_hides_nobody(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	open_crowd(tree->root, "50", 300, "/dev/zero");
	add_user(tree->root, "50", "crowd", 1000);
	temp_tree_link(tree->root, "proc/60/fd/3", "/dev/null");
	add_user(tree->root, "60", "database", 1001);
	ms_per_reading = 10;
	*asked = 0;
	assert_string_equal(user_found(tree), "dax1.0 is open in process 60 (database)");
	ms_per_reading = 0;
	assert_in_range(*asked, 10, 100);
}

/* Many users with crowds each take all the time there is: what was not seen is not taken for idle.
 */
static void who_was_not_searched_may_use_it(void **state)
{
	struct tree *tree = *state;
	char process[16];

	become_dax(tree->root);
	for (unsigned int i = 0; i < 12; i++) {
		(void)snprintf(process, sizeof(process), "%u", 100 + i);
		add_user(tree->root, process, "crowd", 1000 + i);
		open_crowd(tree->root, process, 60, "/dev/zero");
	}
	temp_tree_link(tree->root, "proc/60/fd/3", "/dev/null");
	add_user(tree->root, "60", "database", 2000);
	ms_per_reading = 10;
	assert_string_equal(user_found(tree), "dax1.0 perhaps: can't search process 100 (crowd)");
	ms_per_reading = 0;
}

/* Root's time is not a user's, and who is slow does not hang. */
static void a_crowd_of_root_is_searched_to_its_end(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	open_crowd(tree->root, "50", 60, "/");
	add_user(tree->root, "50", "proxy", 0);
	ms_per_file = 20;
	assert_string_equal(user_found(tree), "");
}

/* A process may have its page tables locked for ever: here its list of mappings has no writer. */
static void who_hangs_hides_nobody(void **state)
{
	struct tree *tree = *state;
	char path[4096];

	become_dax(tree->root);
	add_user(tree->root, "50", "locked", 1000);
	temp_tree_link(tree->root, "proc/50/fd/0", "/dev/full");
	(void)snprintf(path, sizeof(path), "%s/proc/50/maps", tree->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(user_found(tree), "dax1.0 perhaps: can't search process 50 (locked)");
	add_user(tree->root, "60", "database", 1001);
	temp_tree_link(tree->root, "proc/60/fd/3", "/dev/null");
	assert_string_equal(user_found(tree), "dax1.0 is open in process 60 (database)");
}

/* Programs share block devices: what the kernel tells of sole users says nothing of them. */
static void a_block_device_has_users_as_a_dax_device(void **state)
{
	struct tree *tree = *state;
	char path[4096];

	temp_tree_file(tree->root, ND "pfn1.0/block/pmem1/dev", "1:3\n");
	temp_tree_file(tree->root, "dev/pmem1", "");
	temp_tree_file(tree->root, "dev/pmem1p1", "");
	assert_string_equal(user_found(tree), "");
	add_user(tree->root, "50", "locked", 1000);
	temp_tree_link(tree->root, "proc/50/fd/0", "/dev/full");
	(void)snprintf(path, sizeof(path), "%s/proc/50/maps", tree->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(user_found(tree), "pmem1 perhaps: can't search process 50 (locked)");
}

/* A stranger can lock page tables for ever, and can't open the device. */
static void a_stranger_has_no_say(void **state)
{
	struct tree *tree = *state;
	char path[4096];

	temp_tree_file(tree->root, ND "pfn1.0/block/pmem1/dev", "1:3\n");
	temp_tree_file(tree->root, "dev/pmem1", "");
	(void)snprintf(path, sizeof(path), "%s/dev/pmem1", tree->root);
	assert_int_equal(chmod(path, 0660), 0);
	add_user(tree->root, "50", "locked", 1000);
	(void)snprintf(path, sizeof(path), "%s/proc/50/maps", tree->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(user_found(tree), "");
	add_user(tree->root, "51", "server", 0);
	(void)snprintf(path, sizeof(path), "%s/proc/51/maps", tree->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(user_found(tree), "pmem1 perhaps: can't search process 51 (server)");
}

/* Anybody may mount FUSE, and nobody else may ask for what is there: that hides no device. */
static void a_server_that_tells_nothing(void **state)
{
	struct tree *tree = *state;

	become_dax(tree->root);
	add_user(tree->root, "50", "editor", 1000);
	temp_tree_link(tree->root, "proc/50/fd/0", "/dev/full");
	is_of_fuse = true;
	assert_string_equal(user_found(tree), "");
}

/* ---- real threads ---- */

static _Noreturn void stay(void)
{
	for (;;)
		(void)pause();
}

struct threads {
	bool ends_first;
	int ready_fd;
};

static void *have_it_open(void *userdata)
{
	const struct threads *threads = userdata;

	if (!threads->ends_first && unshare(CLONE_FILES) < 0)
		_exit(EXIT_FAILURE);
	/* The folder of the process is that of its first thread. */
	while (threads->ends_first && access("/proc/self/fd/0", F_OK) == 0)
		(void)usleep(1000);
	if (open("/dev/full", O_RDONLY | O_CLOEXEC) < 0 || write(threads->ready_fd, "1", 1) != 1)
		_exit(EXIT_FAILURE);
	stay();
}

static _Noreturn void be_threads(bool ends_first, int ready_fd)
{
	static struct threads threads; /* outlives the first thread */
	pthread_t second;

	threads = (struct threads){ ends_first, ready_fd };
	if (pthread_create(&second, NULL, have_it_open, &threads) != 0)
		_exit(EXIT_FAILURE);
	/* Without the destructors of pthread_exit(). */
	if (ends_first)
		(void)syscall(SYS_exit, 0);
	stay();
}

/* The first thread ends, or has other descriptors than the second one, which has /dev/full open. */
static pid_t start_threads(bool ends_first)
{
	int fds[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be_threads(ends_first, fds[1]);
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	(void)close(fds[0]);
	return child;
}

struct sight {
	pid_t process;
	bool has_full;
};

static void see(void *context, const char *process, const char *how, bool is_block, dev_t device)
{
	struct sight *sight = context;

	if (atoi(process) == sight->process && !is_block && device == makedev(1, 7)) {
		assert_string_equal(how, "open");
		sight->has_full = true;
	}
}

static bool everybody(void *context, unsigned int uid)
{
	return true;
}

static void each_thread_is_seen(void **state)
{
	(void)state;
	for (int ends_first = 0; ends_first <= 1; ends_first++) {
		struct sight sight = { .process = start_threads(ends_first) };
		struct program_search search = {
			.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
			.until_ms = UINT64_MAX,
			.see = see,
			.may_open = everybody,
			.context = &sight,
		};

		assert_int_equal(programs_find(&search), 0);
		(void)close(search.proc_fd);
		(void)kill(sight.process, SIGKILL);
		(void)waitpid(sight.process, NULL, 0);
		assert_true(sight.has_full);
	}
}

static void there_is_no_nvdimm_bus(void **state)
{
	struct tree *tree = *state;

	temp_tree_remove(tree->root, ND "region1/resource");
	assert_int_equal(pmem_namespaces_read(&tree->roots, START, SIZE, UINT64_MAX, &tree->found),
			 0);
	assert_int_equal(tree->found.list.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, free_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_uses_it),
		TEST(it_is_mounted),
		TEST(it_is_mounted_elsewhere),
		TEST(it_is_one_of_several_devices),
		TEST(it_is_swap),
		TEST(others_are_built_of_it),
		TEST(it_is_behind_a_loop),
		TEST(it_is_exported),
		TEST(each_has_its_own_users),
		TEST(a_program_has_it_open),
		TEST(a_program_has_it_mapped),
		TEST(a_program_does_not_show_it),
		TEST(mappings_that_change),
		TEST(there_is_no_time),
		TEST(a_block_device_can_not_be_opened),
		TEST(nobody_shows_that_it_is_open),
		TEST(not_all_can_be_read),
		TEST(a_source_may_be_any_text),
		TEST(its_words_are_harmless),
		TEST(a_line_may_be_long),
		TEST(a_list_of_mounts_is_read_once),
		TEST(a_crowd_of_descriptors_hides_nobody),
		TEST(who_was_not_searched_may_use_it),
		TEST(a_crowd_of_root_is_searched_to_its_end),
		TEST(who_hangs_hides_nobody),
		TEST(a_block_device_has_users_as_a_dax_device),
		TEST(a_stranger_has_no_say),
		TEST(a_server_that_tells_nothing),
		cmocka_unit_test(each_thread_is_seen),
		TEST(there_is_no_nvdimm_bus),
	};

	asked = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	return asked == MAP_FAILED ? EXIT_FAILURE : cmocka_run_group_tests(tests, NULL, NULL);
}

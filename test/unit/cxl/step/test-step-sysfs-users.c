// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps on a sysfs of plain files: what takes data or memory away from programs that use them is
 * not written, and the users are named.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/unit/cxl/step/sysfs-world.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* The driver's number of open files of dax devices: here not all processes may be ours to see. */
#define DAX_FILES "module/device_dax/refcnt"

static void add_pmem(const char *root, const char *device)
{
	_cleanup_free_ char *resource = temp_tree_read(root, REGION "/resource");

	temp_tree_file(root, REGION "/mode", "pmem\n");
	temp_tree_file(root, "bus/nd/devices/region4/resource", resource);
	temp_tree_file(root, "bus/nd/devices/namespace4.0/size", "4096\n");
	temp_tree_file(root, "bus/nd/devices/dax4.0/namespace", "namespace4.0\n");
	temp_tree_file(root, "bus/nd/devices/dax4.0/dax4.0/dev", device);
}

/* udev opens a new device for a moment; here the device is one that only our child can have open.
 */
static void test_data_looked_at_for_a_moment(void **state)
{
	const struct timespec moment = { .tv_nsec = 100 * 1000000L };
	struct world *world = *state;
	const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	char device[32];
	pid_t child;
	int fd;

	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &status) == 0);
	(void)snprintf(device, sizeof(device), "%u:%u\n", major(status.st_rdev),
		       minor(status.st_rdev));
	add_pmem(world->root, device);
	temp_tree_file(world->root, DAX_FILES, "2\n");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
		temp_tree_file(world->root, DAX_FILES, "0\n");
		_exit(0);
	}
	(void)close(fd);
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "cxl_region", ""), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(master);
}

static void assert_kept(struct world *world, const struct step *step)
{
	assert_int_equal(step_ops_sysfs.write(&world->sysfs, step, clock_now_ms() + 60000),
			 -EADDRINUSE);
}

#define NQN "nqn.2014-08.org.nvmexpress:uuid:0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e"

/* Data stay while a program has a namespace open: here the null device, which we have, stands for
 * the namespace. */
static void test_data_in_use_is_kept(void **state)
{
	static const struct step steps[] = {
		{ STEP_REGION, "region0", "", "pmem@decoder0.0", "" },
		{ STEP_REGION_COMMIT, "region0", "", "1", "0" },
		{ STEP_REGION_COMMIT_ANEW, "region0", "", "1", "0" },
		{ STEP_REGION_DRIVER, "region0", "", "cxl_region", "" },
		{ STEP_REGION_TARGET, "region0/target0", "", "decoder3.0", "" },
	};
	struct world *world = *state;
	char user[PMEM_USER_MAX];
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	add_pmem(world->root, "1:3\n");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		assert_kept(world, &steps[i]);
	assert_file(world, "bus/cxl/drivers/cxl_region/unbind", "");
	step_sysfs_user(&world->sysfs, &steps[0], clock_now_ms() + 60000, user);
	assert_non_null(strstr(user, "dax4.0 is open in process "));
	temp_tree_file(world->root, DAX_FILES, "0\n");
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "cxl_region", ""), 0);
	/* No part of the text is lost. */
	temp_tree_file(world->root,
		       "kernel/config/nvmet/subsystems/" NQN "/namespaces/7/device_path",
		       "/dev/pmem4\n");
	temp_tree_file(world->root, "bus/nd/devices/namespace4.0/block/pmem4/dev", "259:4\n");
	step_sysfs_user(&world->sysfs, &steps[0], clock_now_ms() + 60000, user);
	assert_string_equal(user, "pmem4 is exported by nvmet as " NQN "/7");
	(void)close(fd);
}

/* Nor while a program has the memory of a dax device: again the null device stands for the dax
 * device. */
static void test_dax_in_use_is_kept(void **state)
{
	static const struct step steps[] = {
		{ STEP_DAX_DRIVER, "dax0.0", "", "device_dax", "kmem" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "device_dax", "" },
		{ STEP_REGION_DRIVER, "region0", "", "cxl_region", "" },
		{ STEP_REGION_TARGET, "region0/target0", "", "decoder3.0", "" },
	};
	struct world *world = *state;
	char user[PMEM_USER_MAX];
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	temp_tree_link(world->root, "bus/cxl/devices/dax_region0",
		       "../../../" REGION "/dax_region0");
	temp_tree_link(world->root, DAX "/driver",
		       "../../../../../../../bus/dax/drivers/device_dax");
	temp_tree_file(world->root, DAX "/dev", "1:3\n");
	temp_tree_file(world->root, DAX_FILES, "2\n");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_kept(world, &steps[i]);
		step_sysfs_user(&world->sysfs, &steps[i], clock_now_ms() + 60000, user);
		assert_non_null(strstr(user, "dax0.0 is open in process "));
	}
	assert_file(world, "bus/dax/drivers/device_dax/unbind", "");
	assert_file(world, "bus/cxl/drivers/cxl_region/unbind", "");
	/* Others may have other dax devices; of system RAM no program has the device. */
	temp_tree_link(world->root, DAX "/driver", "../../../../../../../bus/dax/drivers/kmem");
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "cxl_region", ""), 0);
	(void)close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sysfs_world_setup, sysfs_world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_data_in_use_is_kept),
		TEST(test_dax_in_use_is_kept),
		TEST(test_data_looked_at_for_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

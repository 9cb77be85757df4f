// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps on a sysfs of plain files: which attribute is read and written, in which form, and what is
 * refused before anything is written. The forms are those of the kernel's show and store functions
 * (drivers/cxl/core/region.c, port.c, drivers/dax, drivers/base/memory.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cxl/step/sysfs-io.h"
#include "cxl/step/write-alarm.h"
#include "test/lib/wrap-folder.h"
#include "test/unit/cxl/step/sysfs-world.h"
#include "util/cleanup.h"
#include "util/clock.h"

static void test_read_cxl(void **state)
{
	struct world *world = *state;

	assert_value(world, STEP_REGION, "region0", "ram@decoder0.0");
	assert_value(world, STEP_REGION_GRANULARITY, "region0", "256");
	assert_value(world, STEP_REGION_WAYS, "region0", "2");
	assert_value(world, STEP_REGION_UUID, "region0", "");
	assert_value(world, STEP_REGION_SIZE, "region0", "536870912");
	assert_value(world, STEP_REGION_TARGET, "region0/target0", "decoder3.0");
	assert_value(world, STEP_REGION_TARGET, "region0/target1", "");
	assert_value(world, STEP_REGION_COMMIT, "region0", "1");
	assert_value(world, STEP_REGION_DRIVER, "region0", "cxl_region");
	assert_value(world, STEP_DECODER_MODE, "decoder3.0", "ram");
	assert_value(world, STEP_DECODER_DPA, "decoder3.0", "268435456");
	assert_value(world, STEP_AUTO_ONLINE, "memory", "offline");
	temp_tree_file(world->root, REGION "/uuid", UUID "\n");
	assert_value(world, STEP_REGION_UUID, "region0", UUID);
	temp_tree_file(world->root, REGION "/uuid", "00000000-0000-0000-0000-000000000000\n");
	assert_value(world, STEP_REGION_UUID, "region0", "");
}

/* What is not there reads as nothing, so that undoing finds its work done. */
static void test_read_absent(void **state)
{
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	assert_value(world, STEP_REGION, "region7", "");
	assert_value(world, STEP_REGION_SIZE, "region7", "0");
	assert_value(world, STEP_REGION_WAYS, "region7", "0");
	assert_value(world, STEP_REGION_UUID, "region7", "");
	assert_value(world, STEP_REGION_TARGET, "region7/target0", "");
	assert_value(world, STEP_REGION_TARGET, "region0/target15", "");
	assert_value(world, STEP_REGION_COMMIT, "region7", "0");
	assert_value(world, STEP_REGION_DRIVER, "region7", "");
	assert_value(world, STEP_DECODER_MODE, "decoder9.0", "none");
	assert_value(world, STEP_DECODER_DPA, "decoder9.0", "0");
	assert_value(world, STEP_DAX_DRIVER, "dax9.0", "");
	assert_value(world, STEP_DAX_MEMORY, "dax9.0", "");
	assert_int_equal(read_step(world, STEP_BLOCK, "memory99", "offline", value), -ENOENT);
}

static void test_read_garbage(void **state)
{
	struct world *world = *state;
	char value[STEP_VALUE_MAX];
	char lots[1024];

	temp_tree_file(world->root, REGION "/size", "many\n");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region0", "0", value), -EPROTO);
	temp_tree_file(world->root, REGION "/size", "");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region0", "0", value), -EPROTO);
	temp_tree_file(world->root, REGION "/target0", "../../etc\n");
	assert_int_equal(read_step(world, STEP_REGION_TARGET, "region0/target0", "", value),
			 -EPROTO);
	temp_tree_file(world->root, DECODER "/mode", "mixed\n");
	assert_int_equal(read_step(world, STEP_DECODER_MODE, "decoder3.0", "none", value), -EPROTO);
	memset(lots, 'x', sizeof(lots) - 1);
	lots[sizeof(lots) - 1] = '\0';
	temp_tree_file(world->root, REGION "/target0", lots);
	assert_int_equal(read_step(world, STEP_REGION_TARGET, "region0/target0", "", value),
			 -EMSGSIZE);
	temp_tree_link(world->root, REGION "/driver", "somewhere/else");
	assert_int_equal(read_step(world, STEP_REGION_DRIVER, "region0", "", value), -EPROTO);
}

static void test_write_cxl(void **state)
{
	struct world *world = *state;

	temp_tree_file(world->root, REGION "/uuid", "");
	temp_tree_file(world->root, REGION "/target1", "");
	temp_tree_file(world->root, REGION "/interleave_ways", "");
	temp_tree_file(world->root, REGION "/commit", "1\n");
	temp_tree_file(world->root, DECODER "/mode", "");
	temp_tree_file(world->root, DECODER "/dpa_size", "");
	assert_int_equal(write_step(world, STEP_REGION_UUID, "region0", "", UUID), 0);
	assert_file(world, REGION "/uuid", UUID "\n");
	assert_int_equal(write_step(world, STEP_REGION_TARGET, "region0/target1", "", "decoder4.0"),
			 0);
	assert_file(world, REGION "/target1", "decoder4.0\n");
	temp_tree_file(world->root, REGION "/target1", "");
	assert_int_equal(write_step(world, STEP_REGION_TARGET, "region0/target1", "decoder4.0", ""),
			 0);
	assert_file(world, REGION "/target1", "\n");
	assert_int_equal(write_step(world, STEP_REGION_WAYS, "region0", "0", "4"), 0);
	assert_file(world, REGION "/interleave_ways", "4\n");
	assert_int_equal(write_step(world, STEP_REGION_COMMIT, "region0", "1", "0"), 0);
	assert_file(world, REGION "/commit", "0\n");
	assert_int_equal(write_step(world, STEP_DECODER_MODE, "decoder3.0", "none", "pmem"), 0);
	assert_file(world, DECODER "/mode", "pmem\n");
	assert_int_equal(write_step(world, STEP_DECODER_DPA, "decoder3.0", "0", "268435456"), 0);
	assert_file(world, DECODER "/dpa_size", "268435456\n");
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "cxl_region", ""), 0);
	assert_file(world, "bus/cxl/drivers/cxl_region/unbind", "region0");
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "", "cxl_region"), 0);
	assert_file(world, "bus/cxl/drivers/cxl_region/bind", "region0");
	assert_int_equal(write_step(world, STEP_REGION, "region0", "ram@decoder0.0", ""), 0);
	assert_file(world, WINDOW "/delete_region", "region0");
	assert_int_equal(write_step(world, STEP_REGION_SIZE, "region7", "0", "1"), -ENOENT);
	assert_int_equal(write_step(world, STEP_REGION, "region7", "ram@decoder0.0", ""), -ENOENT);
}

static void test_create_region(void **state)
{
	struct world *world = *state;

	assert_int_equal(write_step(world, STEP_REGION, "region1", "", "ram@decoder0.0"), 0);
	assert_file(world, WINDOW "/create_ram_region", "region1\n");
	/* The kernel offers region1: somebody else took region0. */
	assert_int_equal(write_step(world, STEP_REGION, "region0", "", "ram@decoder0.0"), -EBUSY);
	/* A window without the capability has no such attribute: cxl_root_decoder_visible() */
	temp_tree_remove(world->root, WINDOW "/create_pmem_region");
	assert_int_equal(write_step(world, STEP_REGION, "region1", "", "pmem@decoder0.0"), -ENOENT);
	assert_int_equal(write_step(world, STEP_REGION, "region1", "", "ram@decoder9.0"), -ENOENT);
}

/* Nothing that ends a region's decoding is written while a block of its memory is online. */
static void test_online_memory_is_kept(void **state)
{
	static const struct step steps[] = {
		{ STEP_REGION, "region0", "", "ram@decoder0.0", "" },
		{ STEP_REGION_COMMIT, "region0", "", "1", "0" },
		{ STEP_REGION_COMMIT_ANEW, "region0", "", "1", "0" },
		{ STEP_REGION_DRIVER, "region0", "", "cxl_region", "" },
		{ STEP_REGION_TARGET, "region0/target0", "", "decoder3.0", "" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "kmem", "" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "kmem", "device_dax" },
	};
	struct world *world = *state;
	char path[64];

	for (int block = 32; block < 36; block++) {
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/state", block);
		temp_tree_file(world->root, path, block == 35 ? "going-offline\n" : "online\n");
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			assert_int_equal(step_ops_sysfs.write(&world->sysfs, &steps[i],
							      clock_now_ms() + 60000),
					 -EBUSY);
		temp_tree_file(world->root, path, "offline\n");
	}
	assert_file(world, WINDOW "/delete_region", "");
	assert_file(world, REGION "/commit", "1\n");
	assert_file(world, REGION "/target0", "decoder3.0\n");
	assert_file(world, "bus/cxl/drivers/cxl_region/unbind", "");
	assert_file(world, "bus/dax/drivers/kmem/unbind", "");
	assert_file(world, "bus/dax/drivers/device_dax/new_id", "");
}

/* A memdev was pulled: its region decodes nothing, and what is online is past helping. */
static void test_ruin_is_taken_down(void **state)
{
	struct world *world = *state;

	temp_tree_file(world->root, MEMORY "/memory32/state", "online\n");
	temp_tree_file(world->root, REGION "/commit", "0\n");
	temp_tree_file(world->root, REGION "/target0", "");
	assert_int_equal(write_step(world, STEP_REGION_TARGET, "region0/target0", "decoder3.0", ""),
			 0);
	assert_file(world, REGION "/target0", "\n");
}

static void test_dax_driver(void **state)
{
	struct world *world = *state;

	assert_value(world, STEP_DAX_DRIVER, "dax0.0", "kmem");
	/* Plain files do not make the blocks go: what kmem leaves behind is an error. */
	assert_int_equal(write_step(world, STEP_DAX_DRIVER, "dax0.0", "kmem", ""), -EBUSY);
	assert_file(world, "bus/dax/drivers/kmem/unbind", "dax0.0");
	temp_tree_link(world->root, DAX "/driver",
		       "../../../../../../../bus/dax/drivers/device_dax");
	assert_value(world, STEP_DAX_DRIVER, "dax0.0", "device_dax");
	assert_int_equal(write_step(world, STEP_DAX_DRIVER, "dax0.0", "device_dax", "kmem"), 0);
	assert_file(world, "bus/dax/drivers/device_dax/unbind", "dax0.0");
	assert_file(world, "bus/dax/drivers/device_dax/remove_id", "dax0.0");
	assert_file(world, "bus/dax/drivers/kmem/bind", "dax0.0");
	temp_tree_remove(world->root, DAX "/driver");
	assert_value(world, STEP_DAX_DRIVER, "dax0.0", "");
	assert_int_equal(write_step(world, STEP_DAX_DRIVER, "dax0.0", "", "device_dax"), 0);
	assert_file(world, "bus/dax/drivers/device_dax/new_id", "dax0.0");
}

/* One that went with its memory device was not let go: the next one of its name is kmem's. */
static void test_dax_device_that_has_gone(void **state)
{
	static const char remove_id[] = "bus/dax/drivers/device_dax/remove_id";
	struct world *world = *state;

	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "", "cxl_region"), 0);
	assert_file(world, remove_id, "");
	temp_tree_remove(world->root, "bus/dax/devices/dax0.0");
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "cxl_region", ""), 0);
	assert_file(world, remove_id, "");
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "", "cxl_region"), 0);
	assert_file(world, remove_id, "dax0.0");
	/* A kernel without device_dax has nothing to forget. */
	temp_tree_remove(world->root, remove_id);
	assert_int_equal(write_step(world, STEP_REGION_DRIVER, "region0", "", "cxl_region"), 0);
}

static void test_dax_driver_that_is_missing(void **state)
{
	const struct step later = { STEP_DAX_DRIVER, "dax5.0", "", "", "kmem" };
	struct world *world = *state;

	/* No region was bound: no dax device will come. Where the region has a child, the dax
	 * device is waited for. */
	assert_int_equal(step_ops_sysfs.write(&world->sysfs, &later, UINT64_MAX), -ENOENT);
	temp_tree_file(world->root, "bus/cxl/devices/dax_region5/uevent", "");
	assert_int_equal(step_ops_sysfs.write(&world->sysfs, &later, clock_now_ms() + 5),
			 -ETIMEDOUT);
	temp_tree_remove(world->root, "bus/dax/drivers/kmem/bind");
	temp_tree_remove(world->root, "bus/dax/drivers/kmem/unbind");
	temp_tree_remove(world->root, "bus/dax/drivers/kmem/new_id");
	temp_tree_remove(world->root, "bus/dax/drivers/kmem/remove_id");
	assert_int_equal(unlinkat(world->sysfs.root_fd, "bus/dax/drivers/kmem", AT_REMOVEDIR), 0);
	assert_int_equal(step_ops_sysfs.write(&world->sysfs, &later, clock_now_ms() + 60000),
			 -ENODEV);
}

static void test_dax_memory_by_blocks(void **state)
{
	const struct step others = { STEP_BLOCK, "memory34", "region7", "online_movable",
				     "offline" };
	struct world *world = *state;
	char path[64];

	assert_value(world, STEP_DAX_MEMORY, "dax0.0", "offline");
	for (int block = 32; block < 36; block++) {
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/state", block);
		temp_tree_file(world->root, path, "offline\n");
	}
	/* A write to a plain file leaves the tail of a longer text: none is longer here. */
	assert_int_equal(write_step(world, STEP_DAX_MEMORY, "dax0.0", "offline", "online_movable"),
			 0);
	for (int block = 32; block < 36; block++) {
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/state", block);
		assert_file(world, path, "online_movable");
		temp_tree_file(world->root, path, "online\n");
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/valid_zones", block);
		temp_tree_file(world->root, path, block == 33 ? "Normal\n" : "Movable\n");
	}
	assert_file(world, MEMORY "/memory31/state", "online\n");
	assert_file(world, MEMORY "/memory36/state", "online\n");
	assert_value(world, STEP_BLOCK, "memory33", "online_kernel");
	assert_value(world, STEP_BLOCK, "memory34", "online_movable");
	assert_int_equal(
		write_step(world, STEP_BLOCK, "memory33", "online_kernel", "online_movable"),
		-EBUSY);
	/* A block beside the region, or of a region that is not there, may be anybody's. */
	assert_int_equal(write_step(world, STEP_BLOCK, "memory36", "online_kernel", "offline"),
			 -ESTALE);
	assert_int_equal(step_ops_sysfs.write(&world->sysfs, &others, UINT64_MAX), -ESTALE);
	assert_file(world, MEMORY "/memory34/state", "online\n");
	temp_tree_file(world->root, MEMORY "/memory33/valid_zones", "Movable\n");
	assert_value(world, STEP_DAX_MEMORY, "dax0.0", "online_movable");
	assert_int_equal(
		write_step(world, STEP_DAX_MEMORY, "dax0.0", "online_movable", "unplugged"),
		-EOPNOTSUPP);
}

static void test_dax_memory_mixed(void **state)
{
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	temp_tree_file(world->root, MEMORY "/memory33/state", "online\n");
	temp_tree_file(world->root, MEMORY "/memory33/valid_zones", "Movable\n");
	assert_int_equal(read_step(world, STEP_DAX_MEMORY, "dax0.0", "offline", value), 0);
	assert_string_equal(value, "mixed");
	temp_tree_remove(world->root, DAX "/driver");
	assert_value(world, STEP_DAX_MEMORY, "dax0.0", "");
}

static void test_dax_memory_by_state(void **state)
{
	struct world *world = *state;

	temp_tree_file(world->root, DAX "/state", "unplugged\n");
	assert_value(world, STEP_DAX_MEMORY, "dax0.0", "unplugged");
	assert_int_equal(
		write_step(world, STEP_DAX_MEMORY, "dax0.0", "unplugged", "online_movable"), 0);
	assert_file(world, DAX "/state", "online_movable");
	assert_file(world, MEMORY "/memory32/state", "offline\n");
	temp_tree_file(world->root, DAX "/state", "online\n");
	assert_int_equal(
		write_step(world, STEP_DAX_MEMORY, "dax0.0", "online_movable", "unplugged"), 0);
	assert_file(world, DAX "/state", "unplugged");
	/* Blocks that stay offline come only with the policy "offline". */
	temp_tree_file(world->root, DAX "/state", "unplugged\n");
	temp_tree_file(world->root, MEMORY "/auto_online_blocks", "online\n");
	assert_int_equal(write_step(world, STEP_DAX_MEMORY, "dax0.0", "unplugged", "offline"),
			 -EBUSY);
	assert_file(world, "bus/dax/drivers/kmem/unbind", "");
}

/* A device in two pieces has its ranges in mappings. */
static void test_dax_mappings(void **state)
{
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	temp_tree_file(world->root, DAX "/mapping0/start", "0x100000000\n");
	temp_tree_file(world->root, DAX "/mapping0/end", "0x107ffffff\n");
	temp_tree_file(world->root, DAX "/mapping1/start", "0x118000000\n");
	temp_tree_file(world->root, DAX "/mapping1/end", "0x11fffffff\n");
	temp_tree_file(world->root, MEMORY "/memory33/state", "online\n");
	assert_value(world, STEP_DAX_MEMORY, "dax0.0", "offline");
	temp_tree_file(world->root, MEMORY "/memory35/state", "online\n");
	temp_tree_file(world->root, MEMORY "/memory35/valid_zones", "Movable\n");
	assert_int_equal(read_step(world, STEP_DAX_MEMORY, "dax0.0", "offline", value), 0);
	assert_string_equal(value, "mixed");
}

/* ---- what is others' ---- */

/* As dax_hmem makes a dax device of memory that firmware has set aside: 5 GiB, memory40 to
 * memory43. */
#define SOFT_RESERVED "devices/platform/hmem.1/dax1.0"

static void add_soft_reserved(const char *root)
{
	char path[64];

	temp_tree_file(root, SOFT_RESERVED "/resource", "0x140000000\n");
	temp_tree_file(root, SOFT_RESERVED "/size", "536870912\n");
	temp_tree_link(root, SOFT_RESERVED "/driver", "../../../../bus/dax/drivers/kmem");
	temp_tree_link(root, "bus/dax/devices/dax1.0", "../../../" SOFT_RESERVED);
	for (int i = 40; i < 44; i++) {
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/state", i);
		temp_tree_file(root, path, "online\n");
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/valid_zones", i);
		temp_tree_file(root, path, "Movable\n");
	}
}

/* Of neither driver nor memory nor blocks anything is read, let alone written. */
static void assert_others(struct world *world)
{
	static const struct step steps[] = {
		{ STEP_DAX_DRIVER, "dax1.0", "", "kmem", "" },
		{ STEP_DAX_DRIVER, "dax1.0", "", "kmem", "device_dax" },
		{ STEP_DAX_DRIVER, "dax1.0", "", "", "kmem" },
		{ STEP_DAX_MEMORY, "dax1.0", "", "online_movable", "" },
		{ STEP_DAX_MEMORY, "dax1.0", "", "online_movable", "offline" },
		{ STEP_DAX_MEMORY, "dax1.0", "", "online_movable", "unplugged" },
	};
	char value[STEP_VALUE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_int_equal(step_ops_sysfs.read(&world->sysfs, &steps[i], value), -EPERM);
		assert_int_equal(
			step_ops_sysfs.write(&world->sysfs, &steps[i], clock_now_ms() + 60000),
			-EPERM);
	}
	assert_file(world, MEMORY "/memory40/state", "online\n");
	assert_file(world, "bus/dax/drivers/kmem/unbind", "");
	assert_file(world, "bus/dax/drivers/kmem/bind", "");
	assert_file(world, "bus/dax/drivers/device_dax/new_id", "");
}

static void test_soft_reserved_memory(void **state)
{
	struct world *world = *state;

	add_soft_reserved(world->root);
	assert_others(world);
	assert_int_equal(write_step(world, STEP_BLOCK, "memory40", "online_movable", "offline"),
			 -ESTALE);
	/* Neither a region of that number nor a dax region makes the dax device the region's. */
	temp_tree_file(world->root, WINDOW "/region1/dax_region1/dax1.1/size", "0x0\n");
	temp_tree_link(world->root, "bus/cxl/devices/region1", "../../../" WINDOW "/region1");
	temp_tree_link(world->root, "bus/cxl/devices/dax_region1",
		       "../../../" WINDOW "/region1/dax_region1");
	assert_others(world);
	/* Nor a name that leads to something else of the region's. */
	temp_tree_link(world->root, "bus/dax/devices/dax1.0",
		       "../../../" WINDOW "/region1/dax_region1/dax1.1");
	assert_others(world);
}

/* The policy is the whole host's: a step changes the policy only for memory of a region, and the
 * policy is given back. */
static void test_policy(void **state)
{
	struct world *world = *state;
	char path[64];

	world->sysfs.notes_fd = open(world->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "offline", "online"), 0);
	temp_tree_file(world->root, MEMORY "/auto_online_blocks", "online\n");
	/* All is online by now; what is held may still be changed and given back. */
	for (int block = 32; block < 36; block++) {
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/state", block);
		temp_tree_file(world->root, path, "online\n");
	}
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "online", "online_movable"),
			 0);
	temp_tree_file(world->root, MEMORY "/auto_online_blocks", "online_movable\n");
	assert_int_equal(step_sysfs_give_back(&world->sysfs, clock_now_ms() + 60000), 0);
	assert_int_equal(step_sysfs_give_back(&world->sysfs, clock_now_ms() + 60000), 0);
	/* A write to a plain file leaves the tail of a longer text. */
	assert_file(world, MEMORY "/auto_online_blocks", "offlinemovable\n");
	temp_tree_file(world->root, MEMORY "/auto_online_blocks", "offline\n");
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "offline", "online"),
			 -EPERM);
	temp_tree_file(world->root, MEMORY "/memory35/state", "offline\n");
	/* Regions that can't be read are not taken for none. */
	wrap_folder = FOLDER_IS_NOT_OPENED;
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "offline", "online"),
			 -ENOMEM);
	wrap_folder = FOLDER_IS_READ;
	/* What others have set meanwhile stays. */
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "offline", "online"), 0);
	temp_tree_file(world->root, MEMORY "/auto_online_blocks", "online_kernel\n");
	assert_int_equal(step_sysfs_give_back(&world->sysfs, clock_now_ms() + 60000), 0);
	assert_file(world, MEMORY "/auto_online_blocks", "online_kernel\n");
	/* A region that does not decode, or is not volatile, has no memory to come. */
	temp_tree_file(world->root, REGION "/commit", "0\n");
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "offline", "online"),
			 -EPERM);
	temp_tree_file(world->root, REGION "/commit", "1\n");
	temp_tree_file(world->root, REGION "/mode", "pmem\n");
	assert_int_equal(write_step(world, STEP_AUTO_ONLINE, "memory", "offline", "online"),
			 -EPERM);
	assert_file(world, MEMORY "/auto_online_blocks", "online_kernel\n");
	(void)close(world->sysfs.notes_fd);
}

static int read_all(struct world *world)
{
	static const struct step steps[] = {
		{ STEP_REGION, "region0", "", "", "" },
		{ STEP_REGION_DRIVER, "region0", "", "", "" },
		{ STEP_AUTO_ONLINE, "memory", "", "online", "online" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "", "" },
		{ STEP_DAX_MEMORY, "dax0.0", "", "", "" },
		{ STEP_BLOCK, "memory32", "region0", "offline", "offline" },
	};
	char value[STEP_VALUE_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(steps); i++)
		rc = step_ops_sysfs.read(&world->sysfs, &steps[i], value);
	return rc;
}

/* Also on a kernel whose kmem shows no `state`, whether its device has a driver or not. */
static void test_reads_write_nothing(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_all(world), 0);
		assert_file(world, "bus/dax/drivers/kmem/bind", "");
		assert_file(world, "bus/dax/drivers/kmem/new_id", "");
		if (i == 0)
			temp_tree_remove(world->root, DAX "/driver");
	}
}

/* Names are checked before paths are made of the names; links lead nowhere outside the root. */
static void test_hostile(void **state)
{
	static const struct step steps[] = {
		{ STEP_REGION_SIZE, "../region0", "", "0", "1" },
		{ STEP_REGION_SIZE, "region0/../region0", "", "0", "1" },
		{ STEP_REGION, "region0", "", "", "ram@../decoder0.0" },
		{ STEP_BLOCK, "memory32/../memory33", "region0", "offline", "online_kernel" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "kmem", "../cxl" },
	};
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_int_equal(step_ops_sysfs.read(&world->sysfs, &steps[i], value), -EINVAL);
		assert_int_equal(step_ops_sysfs.write(&world->sysfs, &steps[i], UINT64_MAX),
				 -EINVAL);
	}
	temp_tree_file(world->root, "elsewhere/size", "0x1\n");
	temp_tree_link(world->root, REGION "/size", "../../../../../elsewhere/size");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region0", "0", value), -ELOOP);
	assert_int_equal(write_step(world, STEP_REGION_SIZE, "region0", "0", "2"), -ELOOP);
	assert_file(world, "elsewhere/size", "0x1\n");
	temp_tree_link(world->root, "bus/cxl/devices/region0", "/etc");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region0", "0", value), -EXDEV);
	temp_tree_link(world->root, "bus/cxl/devices/region0", "../../../../../../../../../../etc");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region0", "0", value), -EXDEV);
}

/* ---- a busy host ---- */

struct renamer {
	char *root;
	atomic_bool stop;
};

/* As udevd does it for each device and link that it makes, only more of it. */
static void *rename_all_the_time(void *userdata)
{
	struct renamer *renamer = userdata;
	_cleanup_free_ char *a = NULL, *b = NULL;
	_cleanup_close_ int fd = -1;

	if (asprintf(&a, "%s/a", renamer->root) < 0 || asprintf(&b, "%s/b", renamer->root) < 0)
		return NULL;
	fd = open(a, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (!renamer->stop && rename(a, b) == 0 && rename(b, a) == 0)
		;
	return NULL;
}

/* openat2() answers EAGAIN for a ".." beneath a directory when something was renamed meanwhile. */
static void test_others_rename(void **state)
{
	struct world *world = *state;
	struct renamer renamer = { .root = temp_tree_new() };
	pthread_t threads[2];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, rename_all_the_time, &renamer),
				 0);
	for (int i = 0; i < 2000; i++) {
		assert_value(world, STEP_REGION_TARGET, "region0/target0", "decoder3.0");
		assert_value(world, STEP_DAX_MEMORY, "dax0.0", "offline");
		assert_int_equal(
			write_step(world, STEP_REGION_TARGET, "region0/target0", "", "decoder3.0"),
			0);
	}
	renamer.stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	temp_tree_free(renamer.root);
}

/* Nothing is followed but the one link that leads to an object. */
static void test_links_that_sysfs_does_not_make(void **state)
{
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	temp_tree_link(world->root, "bus/cxl/devices/region0", "../.././../" REGION "/.");
	assert_value(world, STEP_REGION_COMMIT, "region0", "1");
	temp_tree_link(world->root, "bus/cxl/devices/region1", "region0");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region1", "0", value), -ELOOP);
	temp_tree_link(world->root, "devices/platform/root1", "root0");
	temp_tree_link(world->root, "bus/cxl/devices/region1",
		       "../../../devices/platform/root1/decoder0.0/region0");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region1", "0", value), -ELOOP);
}

/* An attribute of the region that takes no write: a full pipe stands in for a slow kernel. */
static int make_slow(struct world *world)
{
	_cleanup_free_ char *path = NULL;
	char page[4096] = { 0 };
	int fifo;

	assert_true(asprintf(&path, "%s/" REGION "/slow", world->root) > 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fifo >= 0);
	while (write(fifo, page, sizeof(page)) > 0)
		;
	return fifo;
}

/* A write that blocks ends at its deadline. */
static void test_deadline(void **state)
{
	struct world *world = *state;
	_cleanup_close_ int fifo = make_slow(world);
	_cleanup_close_ int directory = sysfs_open(world->sysfs.root_fd, REGION);
	uint64_t before = clock_now_ms();

	assert_int_equal(sysfs_write(directory, "slow", "x", before + 20), -ETIMEDOUT);
	assert_true(clock_now_ms() >= before + 20);
	assert_int_equal(sysfs_write(directory, "slow", "x", before), -ETIMEDOUT);
	assert_int_equal(sysfs_write(directory, "missing", "x", UINT64_MAX), -ENOENT);
}

/* Says something, and later that there will be no more. */
static pid_t hang_up_later(int fd)
{
	const struct timespec pause = { .tv_nsec = 30 * 1000 * 1000 };
	pid_t child = fork();

	if (child != 0)
		return child;
	(void)nanosleep(&pause, NULL);
	if (write(fd, "x", 1) != 1)
		_exit(1);
	(void)nanosleep(&pause, NULL);
	_exit(shutdown(fd, SHUT_WR) == 0 ? 0 : 1);
}

/* Nor does a write outlive the wish: then the write ends long before its deadline, and all later
 * writes end at once. */
static void test_nobody_waits(void **state)
{
	struct world *world = *state;
	_cleanup_close_ int fifo = make_slow(world);
	_cleanup_close_ int directory = sysfs_open(world->sysfs.root_fd, REGION);
	const uint64_t before = clock_now_ms(), deadline = before + 20000;
	int pair[2], status;
	char text[2];
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(write_alarm_watch(pair[0]), 0);
	child = hang_up_later(pair[1]);
	assert_true(child > 0);
	assert_int_equal(sysfs_write(directory, "slow", "x", deadline), -ECANCELED);
	assert_true(clock_now_ms() >= before + 60 && clock_now_ms() < deadline);
	assert_int_equal(sysfs_write(directory, "slow", "x", UINT64_MAX), -ECANCELED);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* The answer still gets through. */
	assert_int_equal(write(pair[0], "y", 1), 1);
	assert_int_equal(read(pair[1], text, sizeof(text)), 1);

	/* What is written after that is nobody's wish. */
	write_alarm_unwatch(pair[0]);
	assert_int_equal(sysfs_write(directory, "slow", "x", clock_now_ms() + 200), -ETIMEDOUT);
	/* A watch that begins after the peer has gone finds the peer gone. */
	assert_int_equal(write_alarm_watch(pair[0]), 0);
	assert_int_equal(sysfs_write(directory, "slow", "x", UINT64_MAX), -ECANCELED);
	write_alarm_unwatch(pair[0]);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void note_signal(int number)
{
	(void)number;
}

/* Sends signals to a process that waits for what comes at last. */
static pid_t disturb(const char *path)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	pid_t parent = getpid(), child = fork();
	int fd;

	if (child != 0)
		return child;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		(void)nanosleep(&pause, NULL);
		(void)kill(parent, SIGUSR1);
	}
	(void)nanosleep(&pause, NULL);
	_exit(write(fd, "1\n", 2) == 2 ? 0 : 1);
}

/* A debugger, a suspend or a signal ends a wait in the kernel, and the read begins again. */
static void test_interrupted_read(void **state)
{
	const struct sigaction action = { .sa_handler = note_signal };
	struct world *world = *state;
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fifo = -1;
	int status;
	pid_t child;

	temp_tree_remove(world->root, REGION "/commit");
	assert_true(asprintf(&path, "%s/" REGION "/commit", world->root) > 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Nobody's opening waits for the other end. */
	fifo = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	child = disturb(path);
	assert_true(child > 0);
	assert_value(world, STEP_REGION_COMMIT, "region0", "1");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_perform(void **state)
{
	const struct step step = { STEP_REGION_SIZE, "region0", "", "0", "536870912" };
	const struct step unbind = { STEP_REGION_DRIVER, "region0", "", "cxl_region", "" };
	struct world *world = *state;
	struct step_result result;

	assert_int_equal(step_perform(&step_ops_sysfs, &world->sysfs, &step, UINT64_MAX, &result),
			 0);
	assert_false(result.wrote);
	/* The write is taken, but the link to the driver stays. */
	assert_int_equal(step_perform(&step_ops_sysfs, &world->sysfs, &unbind, UINT64_MAX, &result),
			 -EIO);
	assert_true(result.wrote);
	temp_tree_file(world->root, REGION "/size", "0x0\n");
	assert_int_equal(step_perform(&step_ops_sysfs, &world->sysfs, &step, UINT64_MAX, &result),
			 0);
	assert_true(result.wrote);
	assert_string_equal(result.before, "0");
	assert_string_equal(result.after, "536870912");
	temp_tree_file(world->root, REGION "/size", "0x30000000\n");
	assert_int_equal(step_perform(&step_ops_sysfs, &world->sysfs, &step, UINT64_MAX, &result),
			 -ESTALE);
	assert_false(result.wrote);
	assert_string_equal(result.before, "805306368");
}

/* Others take the region down and make another one by the same name, between our look at the value
 * and our write. (On sysfs, files of an object that has gone can't be opened:
 * kernfs_dop_revalidate().) */
static void test_what_was_compared_is_written(void **state)
{
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	temp_tree_file(world->root, WINDOW "/region7/size", "0x1000\n");
	assert_int_equal(read_step(world, STEP_REGION_SIZE, "region0", "0", value), 0);
	temp_tree_remove(world->root, "bus/cxl/devices/region0");
	temp_tree_link(world->root, "bus/cxl/devices/region0",
		       "../../../devices/platform/root0/decoder0.0/region7");
	assert_int_equal(write_step(world, STEP_REGION_SIZE, "region0", "536870912", "0"), 0);
	/* A plain file keeps what stands behind that. */
	assert_file(world, REGION "/size", "0\n20000000\n");
	assert_file(world, WINDOW "/region7/size", "0x1000\n");
	/* Who proves the write looks at what has the name. */
	assert_value(world, STEP_REGION_SIZE, "region0", "4096");
	/* A write of another object's value has nothing to do with that. */
	assert_int_equal(write_step(world, STEP_DECODER_MODE, "decoder3.0", "ram", "pmem"), 0);
	assert_value(world, STEP_DECODER_MODE, "decoder3.0", "pmem");
}

/* A kind of the list has an attribute or functions; objects that are not there show which. */
static void test_every_kind_has_its_effect(void **state)
{
	static const char *const names[] = {
		[NAME_FIXED] = "",
		[NAME_NUMBERED] = "9",
		[NAME_DOTTED] = "9.0",
		[NAME_TARGET] = "9/target0",
	};
	struct world *world = *state;

	for (size_t i = 0; i < host_steps.count; i++) {
		struct step step = { .kind = host_steps.kinds[i] };
		const struct host_form *form = &host_kind_of(&step)->form;
		char object[STEP_VALUE_MAX], of[STEP_VALUE_MAX] = "", value[STEP_VALUE_MAX];
		int rc;

		(void)snprintf(object, sizeof(object), "%s%s", form->prefix, names[form->name]);
		if (form->of)
			(void)snprintf(of, sizeof(of), "%s9", form->of);
		step.object = object;
		step.of = of;
		step.from = form->words ? form->words[0] : step.kind->nothings[0];
		step.to = step.from;
		assert_int_equal(step_check(&step), 0);
		rc = step_ops_sysfs.read(&world->sysfs, &step, value);
		if (rc != 0 && rc != -ENOENT)
			fail_msg("%s: %d", step.kind->name, rc);
	}
}

/* A kind that no file of cxl/step/ knows: whether a memdev may be suspended. */
static const char *const power_words[] = { "auto", "on", NULL };
static const char *const never[] = { NULL };
static const struct host_kind power_kind = {
	.step = {
		.name = "memdev-power",
		.performer = HOST_PERFORMER,
		.lane = HOST_LANE,
		.label = "power",
		.nothings = never,
		.traits = STEP_REVERSIBLE,
		.is_well_formed = host_step_is_well_formed,
	},
	.form = { .prefix = "mem", .name = NAME_NUMBERED, .value = VALUE_WORD,
		  .words = power_words },
	.attribute = "power/control",
};

#define MEMDEV "devices/platform/mem0"

static void test_a_kind_of_one_attribute(void **state)
{
	const struct step_kind *power = &power_kind.step;
	struct world *world = *state;
	char value[STEP_VALUE_MAX];

	temp_tree_file(world->root, MEMDEV "/power/control", "auto\n");
	temp_tree_link(world->root, "bus/cxl/devices/mem0", "../../../" MEMDEV);
	assert_value(world, power, "mem0", "auto");
	temp_tree_file(world->root, MEMDEV "/power/control", "");
	assert_int_equal(write_step(world, power, "mem0", "auto", "on"), 0);
	assert_file(world, MEMDEV "/power/control", "on\n");
	assert_int_equal(write_step(world, power, "mem0", "on", "off"), -EINVAL);
	assert_int_equal(write_step(world, power, "mem0/../mem0", "on", "auto"), -EINVAL);
	assert_int_equal(read_step(world, power, "mem1", "auto", value), -ENOENT);
	temp_tree_file(world->root, MEMDEV "/power/control", "forbidden\n");
	assert_int_equal(read_step(world, power, "mem0", "auto", value), -EPROTO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sysfs_world_setup, sysfs_world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_read_cxl),
		TEST(test_read_absent),
		TEST(test_read_garbage),
		TEST(test_write_cxl),
		TEST(test_create_region),
		TEST(test_online_memory_is_kept),
		TEST(test_ruin_is_taken_down),
		TEST(test_dax_driver),
		TEST(test_dax_device_that_has_gone),
		TEST(test_dax_driver_that_is_missing),
		TEST(test_dax_memory_by_blocks),
		TEST(test_dax_memory_mixed),
		TEST(test_dax_memory_by_state),
		TEST(test_dax_mappings),
		TEST(test_soft_reserved_memory),
		TEST(test_policy),
		TEST(test_reads_write_nothing),
		TEST(test_hostile),
		TEST(test_others_rename),
		TEST(test_links_that_sysfs_does_not_make),
		TEST(test_deadline),
		TEST(test_nobody_waits),
		TEST(test_interrupted_read),
		TEST(test_perform),
		TEST(test_what_was_compared_is_written),
		TEST(test_every_kind_has_its_effect),
		TEST(test_a_kind_of_one_attribute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

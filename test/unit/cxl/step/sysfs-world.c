// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files, and what tests do with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test/unit/cxl/step/sysfs-world.h"
#include "util/cleanup.h"
#include "util/clock.h"

static void add_cxl(const char *root)
{
	temp_tree_file(root, WINDOW "/create_ram_region", "region1\n");
	temp_tree_file(root, WINDOW "/create_pmem_region", "region1\n");
	temp_tree_file(root, WINDOW "/delete_region", "");
	temp_tree_file(root, REGION "/mode", "ram\n");
	temp_tree_file(root, REGION "/size", "0x20000000\n");
	temp_tree_file(root, REGION "/resource", "0x100000000\n");
	temp_tree_file(root, REGION "/interleave_ways", "2\n");
	temp_tree_file(root, REGION "/interleave_granularity", "256\n");
	temp_tree_file(root, REGION "/uuid", "\n");
	temp_tree_file(root, REGION "/commit", "1\n");
	temp_tree_file(root, REGION "/target0", "decoder3.0\n");
	temp_tree_file(root, REGION "/target1", "\n");
	temp_tree_link(root, REGION "/driver", "../../../../../bus/cxl/drivers/cxl_region");
	temp_tree_file(root, DECODER "/mode", "ram\n");
	temp_tree_file(root, DECODER "/dpa_size", "0x10000000\n");
	temp_tree_file(root, "bus/cxl/drivers/cxl_region/bind", "");
	temp_tree_file(root, "bus/cxl/drivers/cxl_region/unbind", "");
	temp_tree_link(root, "bus/cxl/devices/decoder0.0", "../../../" WINDOW);
	temp_tree_link(root, "bus/cxl/devices/decoder3.0", "../../../" DECODER);
	temp_tree_link(root, "bus/cxl/devices/region0", "../../../" REGION);
}

static void add_memory(const char *root)
{
	static const char *const files[] = { "bind", "unbind", "new_id", "remove_id" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(path, sizeof(path), "bus/dax/drivers/kmem/%s", files[i]);
		temp_tree_file(root, path, "");
		(void)snprintf(path, sizeof(path), "bus/dax/drivers/device_dax/%s", files[i]);
		temp_tree_file(root, path, "");
	}
	temp_tree_file(root, DAX "/resource", "0x100000000\n");
	temp_tree_file(root, DAX "/size", "536870912\n");
	temp_tree_link(root, DAX "/driver", "../../../../../../../bus/dax/drivers/kmem");
	temp_tree_link(root, "bus/dax/devices/dax0.0", "../../../" DAX);
	temp_tree_file(root, MEMORY "/auto_online_blocks", "offline\n");
	temp_tree_file(root, MEMORY "/block_size_bytes", "8000000\n");
	/* 4 GiB / 128 MiB: memory32 to memory35 are the region's, the others somebody else's */
	for (int i = 31; i < 37; i++) {
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/state", i);
		temp_tree_file(root, path, i == 31 || i == 36 ? "online\n" : "offline\n");
		(void)snprintf(path, sizeof(path), MEMORY "/memory%d/valid_zones", i);
		temp_tree_file(root, path, i == 31 || i == 36 ? "Normal\n" : "Normal Movable\n");
	}
}

int sysfs_world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->root = temp_tree_new();
	add_cxl(world->root);
	add_memory(world->root);
	assert_int_equal(step_sysfs_init(&world->sysfs, world->root), 0);
	*state = world;
	return 0;
}

int sysfs_world_teardown(void **state)
{
	struct world *world = *state;

	step_sysfs_deinit(&world->sysfs);
	temp_tree_free(world->root);
	free(world);
	return 0;
}

int read_step(struct world *world, const struct step_kind *kind, const char *object,
	      const char *any, char value[static STEP_VALUE_MAX])
{
	const struct step step = { kind, object, kind == STEP_BLOCK ? "region0" : "", any, any };

	return step_ops_sysfs.read(&world->sysfs, &step, value);
}

void assert_value(struct world *world, const struct step_kind *kind, const char *object,
		  const char *expected)
{
	char value[STEP_VALUE_MAX];

	assert_int_equal(read_step(world, kind, object, expected, value), 0);
	assert_string_equal(value, expected);
}

int write_step(struct world *world, const struct step_kind *kind, const char *object,
	       const char *from, const char *to)
{
	const struct step step = { kind, object, kind == STEP_BLOCK ? "region0" : "", from, to };

	return step_ops_sysfs.write(&world->sysfs, &step, clock_now_ms() + 60000);
}

void assert_file(struct world *world, const char *path, const char *expected)
{
	_cleanup_free_ char *text = temp_tree_read(world->root, path);

	assert_string_equal(text, expected);
}

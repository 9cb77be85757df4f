// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake kernel itself: sequences whose results follow from the kernel's sources. Each test names
 * the function of drivers/cxl/core (Linux 7.3) that it is about.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/fake-host.h"
#include "test/lib/fake-kernel.h"
#include "test/lib/sample-steps.h"
#include "util/cleanup.h"
#include "util/size.h"

#define M256 "268435456"
#define M512 "536870912"
#define G1   "1073741824"

/* Bridges port1 and port2; endpoint3, 4, 5 on the first, endpoint6 and 7 on the second. */
static const struct fake_host two_bridges = {
	.bridges = 2,
	.devices = { 3, 2 },
	.ram_size = 1024 * SIZE_MIB,
	.pmem_size = 512 * SIZE_MIB,
	.windows = 3,
	.window = { { { 0, 1 }, 2, 4 * SIZE_GIB, 1024, true, false },
		    { { 0 }, 1, 2 * SIZE_GIB, 256, true, true },
		    { { 1 }, 1, 2 * SIZE_GIB, 256, true, true } },
};

/* One bridge, its switch port2, endpoint3 to endpoint6 */
static const struct fake_host one_switch = {
	.bridges = 1,
	.devices = { 4 },
	.switches = true,
	.ram_size = 512 * SIZE_MIB,
	.windows = 1,
	.window = { { { 0 }, 1, 4 * SIZE_GIB, 1024, true, false } },
	.policy = "online",
};

struct world {
	struct topology *topology;
	struct fake_kernel *kernel;
};

static struct world world_new(const struct fake_host *host)
{
	struct world world;

	world.topology = fake_host_new(host);
	assert_non_null(world.topology);
	world.kernel = fake_kernel_new(world.topology);
	assert_non_null(world.kernel);
	return world;
}

static void world_free(struct world *world)
{
	(void)fake_kernel_free(world->kernel);
	(void)topology_free(world->topology);
}

static int put(struct world *world, const struct step_kind *kind, const char *object,
	       const char *value)
{
	return fake_kernel_write(world->kernel, kind, object, value);
}

/* Of region0. */
static int put_target(struct world *world, int position, const char *decoder)
{
	char name[HOST_TARGET_NAME_MAX];

	host_step_target_name("region0", position, name);
	return put(world, STEP_REGION_TARGET, name, decoder);
}

static void assert_value(struct world *world, const struct step_kind *kind, const char *object,
			 const char *expected)
{
	const struct step step = { kind, object, kind == STEP_BLOCK ? "region0" : "", expected,
				   expected };
	char value[STEP_VALUE_MAX];

	assert_int_equal(fake_kernel_read(world->kernel, &step, value), 0);
	assert_string_equal(value, expected);
}

static void allocate(struct world *world, const char *decoder, const char *mode, const char *size)
{
	assert_int_equal(put(world, STEP_DECODER_MODE, decoder, mode), 0);
	assert_int_equal(put(world, STEP_DECODER_DPA, decoder, size), 0);
}

/* A region up to its size. */
static void make_region(struct world *world, const char *name, const char *window,
			const char *granularity, const char *ways, const char *size)
{
	assert_int_equal(put(world, STEP_REGION, name, window), 0);
	assert_int_equal(put(world, STEP_REGION_GRANULARITY, name, granularity), 0);
	assert_int_equal(put(world, STEP_REGION_WAYS, name, ways), 0);
	assert_int_equal(put(world, STEP_REGION_SIZE, name, size), 0);
}

/* __create_region(): each window holds one number ready, the next one is the lowest free */
static void test_region_names(void **state)
{
	struct world world = world_new(&two_bridges);

	(void)state;
	assert_int_equal(put(&world, STEP_REGION, "region1", "ram@decoder0.0"), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION, "region3", "ram@decoder0.0"), 0);
	assert_int_equal(put(&world, STEP_REGION, "region1", "pmem@decoder0.1"), 0);
	/* cxl_root_decoder_visible(): the first window takes no pmem */
	assert_int_equal(put(&world, STEP_REGION, "region4", "pmem@decoder0.0"), -ENOENT);
	assert_int_equal(put(&world, STEP_REGION, "region4", "ram@decoder9.9"), -ENOENT);
	/* cxl_region_release(): a lower number than the one held ready takes its place */
	assert_int_equal(put(&world, STEP_REGION, "region0", ""), 0);
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	assert_int_equal(put(&world, STEP_REGION, "region9", ""), -ENOENT);
	world_free(&world);
}

/* set_interleave_ways(), set_interleave_granularity() on a window with two targets */
static void test_ways_and_granularity(void **state)
{
	static const struct {
		const char *ways;
		int result;
	} ways[] = { { "1", -EINVAL },	{ "2", 0 },	 { "3", -EINVAL }, { "4", 0 },
		     { "6", -EINVAL },	{ "8", 0 },	 { "16", 0 },	   { "32", -EINVAL },
		     { "12", -EINVAL }, { "5", -EINVAL } };
	struct world world = world_new(&two_bridges);

	(void)state;
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		assert_int_equal(put(&world, STEP_REGION_WAYS, "region0", ways[i].ways),
				 ways[i].result);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region0", "256"), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region0", "1024"), 0);
	assert_int_equal(put(&world, STEP_REGION, "region1", "ram@decoder0.1"), 0);
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region1", "3"), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "16384"), 0);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "32768"), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "128"), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "384"), -EINVAL);
	world_free(&world);
}

/* alloc_hpa(), free_hpa(), alloc_free_mem_region(): first fit in steps of 256 MiB */
static void test_size(void **state)
{
	struct world world = world_new(&two_bridges);
	_cleanup_topology_ struct topology *topology = NULL;

	(void)state;
	assert_int_equal(put(&world, STEP_REGION, "region1", "ram@decoder0.1"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", M256), -ENXIO);
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region1", "2"), 0);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "256"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", M256), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", "4294967296"), -ERANGE);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", M512), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", M512), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", G1), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region1", "4"), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "512"), -EBUSY);
	make_region(&world, "region3", "ram@decoder0.1", "256", "1", M512);
	make_region(&world, "region4", "ram@decoder0.1", "256", "1", M512);
	/* The gap in the middle is taken first, the hole is too small for 1 GiB. */
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region3", "0"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region3", G1), -ERANGE);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region3", M256), 0);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	/* The second window begins at 8 GiB. */
	assert_int_equal(topology_region(topology, "region1")->resource, 8 * SIZE_GIB);
	assert_int_equal(topology_region(topology, "region3")->resource,
			 8 * SIZE_GIB + 512 * SIZE_MIB);
	assert_int_equal(topology_region(topology, "region4")->resource, 9 * SIZE_GIB);
	assert_int_equal(topology_decoder(topology, "decoder0.1")->max_available_extent,
			 512 * SIZE_MIB);
	world_free(&world);
}

/* alloc_hpa() wants the UUID of a pmem region first; is_dup() */
static void test_uuid(void **state)
{
	static const char *const uuid = "5d1f1e5c-72a2-4f4e-9f7a-0a1b2c3d4e5f";
	struct world world = world_new(&two_bridges);

	(void)state;
	assert_int_equal(put(&world, STEP_REGION, "region1", "pmem@decoder0.1"), 0);
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region1", "1"), 0);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region1", "256"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", M512), -ENXIO);
	assert_int_equal(put(&world, STEP_REGION_UUID, "region1", uuid), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region1", M512), 0);
	assert_int_equal(put(&world, STEP_REGION, "region2", "pmem@decoder0.2"), 0);
	assert_int_equal(put(&world, STEP_REGION_UUID, "region2", uuid), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_UUID, "region0", uuid), -EACCES);
	world_free(&world);
}

/* dpa_size_store(), __cxl_dpa_alloc(), __cxl_dpa_reserve(), cxl_dpa_free() */
static void test_dpa(void **state)
{
	struct world world = world_new(&two_bridges);
	_cleanup_topology_ struct topology *topology = NULL;

	(void)state;
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", M256), -EBUSY);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.0", "ram"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", "134217728"), -EINVAL);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", "2147483648"), -ENOSPC);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.1", "pmem"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.1", M256), -EBUSY);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", M256), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.1", M256), 0);
	/* The rest of the RAM partition is skipped, and lost to the decoders behind. */
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.2", "ram"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.2", M256), -ENOSPC);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.2", "pmem"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.2", M256), 0);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.3", "pmem"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.3", M256), -ENOSPC);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", "0"), -EBUSY);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	assert_int_equal(topology_decoder(topology, "decoder3.1")->dpa_resource, SIZE_GIB);
	assert_int_equal(topology_decoder(topology, "decoder3.2")->dpa_resource,
			 SIZE_GIB + 256 * SIZE_MIB);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.2", "0"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.1", "0"), 0);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.1", "ram"), 0);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.1", M512), 0);
	world_free(&world);
}

/* cxl_dpa_set_part(): no partition of size 0 */
static void test_mode_without_partition(void **state)
{
	struct world world = world_new(&one_switch);

	(void)state;
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.0", "pmem"), -EINVAL);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder9.0", "ram"), -ENOENT);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder0.0", "ram"), -ENOENT);
	world_free(&world);
}

/* cxl_region_attach(): what it checks before it changes anything */
static void test_attach_checks(void **state)
{
	struct world world = world_new(&two_bridges);

	(void)state;
	make_region(&world, "region0", "ram@decoder0.0", "1024", "2", M512);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target2", "decoder3.0"), -ENOENT);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder9.0"), -ENODEV);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder1.0"), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -ENODEV);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.0", "pmem"), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -EINVAL);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder3.0", "ram"), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -ENXIO);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", M512), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -EINVAL);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder3.0", M256), 0);
	/* cxl_region_attach_position(): the window's second target is the other bridge */
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", "decoder3.0"), -ENXIO);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), 0);
	/* cxl_region_validate_position() */
	allocate(&world, "decoder4.0", "ram", M256);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder4.0"), -EBUSY);
	allocate(&world, "decoder6.0", "ram", M256);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), -ENXIO);
	assert_int_equal(put(&world, STEP_REGION_DRIVER, "region0", "cxl_region"), -ENXIO);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", "decoder6.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region0", "0"), -EBUSY);
	assert_int_equal(put(&world, STEP_DECODER_DPA, "decoder6.0", "0"), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	assert_int_equal(put(&world, STEP_DECODER_MODE, "decoder6.0", "pmem"), -EBUSY);
	world_free(&world);
}

/* check_interleave_cap(): bits 8 to 14 select targets, so granularity times ways ends at 32 KiB */
static void test_interleave_capability(void **state)
{
	struct world world = world_new(&one_switch);

	(void)state;
	make_region(&world, "region0", "ram@decoder0.0", "16384", "4", G1);
	allocate(&world, "decoder3.0", "ram", M256);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -ENXIO);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region0", "0"), 0);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region0", "8192"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region0", G1), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), 0);
	world_free(&world);
}

/*
 * cxl_port_setup_targets(), check_last_peer(): four ways over two bridges, window x2. Position 2
 * goes to the first bridge again; with two root ports each position is a dport of its own, so any
 * order that alternates bridges is fine. Three ports behind one bridge are no power of two.
 */
static void test_four_ways_over_two_bridges(void **state)
{
	static const char *const good[] = { "decoder3.0", "decoder6.0", "decoder4.0",
					    "decoder7.0" };
	struct world world = world_new(&two_bridges);
	_cleanup_topology_ struct topology *topology = NULL;
	const struct topo_decoder *decoder;

	(void)state;
	make_region(&world, "region0", "ram@decoder0.0", "1024", "4", G1);
	for (int i = 0; i < 4; i++) {
		allocate(&world, good[i], "ram", M256);
		assert_int_equal(put_target(&world, i, good[i]), 0);
	}
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	decoder = topology_decoder(topology, "decoder1.0");
	assert_int_equal(decoder->interleave_ways, 2);
	/* granularity_to_eig(parent_ig * parent_iw) */
	assert_int_equal(decoder->interleave_granularity, 2048);
	assert_int_equal(decoder->resource, 4 * SIZE_GIB);
	assert_int_equal(decoder->size, SIZE_GIB);
	assert_string_equal(decoder->region_name, "region0");
	assert_string_equal(decoder->targets.items[0].dport, "port1-down0");
	assert_string_equal(decoder->targets.items[1].dport, "port1-down1");
	assert_int_equal(topology_port(topology, "port1")->decoders_committed, 1);
	assert_int_equal(topology_port(topology, "endpoint3")->decoders_committed, 1);
	world_free(&world);
}

/* Uneven: three devices behind one bridge and one behind the other cannot be four ways. */
static void test_window_position(void **state)
{
	static const char *const bad[] = { "decoder3.0", "decoder6.0", "decoder4.0", "decoder5.0" };
	struct world world = world_new(&two_bridges);

	(void)state;
	make_region(&world, "region0", "ram@decoder0.0", "1024", "4", G1);
	for (int i = 0; i < 4; i++) {
		allocate(&world, bad[i], "ram", M256);
		assert_int_equal(put_target(&world, i, bad[i]), i == 3 ? -ENXIO : 0);
	}
	world_free(&world);
}

/*
 * check_last_peer(): with two switches, each on a root port of one bridge, endpoints of the same
 * switch lie `distance` = 2 positions apart. Here the bridge has both switches: see the topology
 * with one bridge per switch and a window x2, where distance is 2 as well.
 */
static void test_distance(void **state)
{
	static const struct fake_host host = {
		.bridges = 2,
		.devices = { 2, 2 },
		.switches = true,
		.ram_size = 512 * SIZE_MIB,
		.windows = 1,
		.window = { { { 0, 1 }, 2, 4 * SIZE_GIB, 256, true, false } },
	};
	/* bridges port1, port2; switches port3, port4; endpoints 5, 6 on the first, 7, 8 */
	static const char *const good[] = { "decoder6.0", "decoder7.0", "decoder5.0",
					    "decoder8.0" };
	struct world world = world_new(&host);
	_cleanup_topology_ struct topology *topology = NULL;

	(void)state;
	make_region(&world, "region0", "ram@decoder0.0", "256", "4", G1);
	for (int i = 0; i < 4; i++) {
		allocate(&world, good[i], "ram", M256);
		assert_int_equal(put_target(&world, i, good[i]), 0);
	}
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	/* The bridge passes everything to its one switch, the switch spreads it. */
	assert_int_equal(topology_decoder(topology, "decoder1.0")->interleave_ways, 1);
	assert_int_equal(topology_decoder(topology, "decoder3.0")->interleave_ways, 2);
	assert_int_equal(topology_decoder(topology, "decoder3.0")->interleave_granularity, 512);
	world_free(&world);
}

/* match_free_decoder(), alloc_region_ref(): one region after the other, upwards */
static void test_ports_are_programmed_in_order(void **state)
{
	struct world world = world_new(&one_switch);

	(void)state;
	make_region(&world, "region0", "ram@decoder0.0", "256", "1", M256);
	allocate(&world, "decoder3.0", "ram", M256);
	make_region(&world, "region1", "ram@decoder0.0", "256", "1", M256);
	allocate(&world, "decoder4.0", "ram", M256);
	make_region(&world, "region2", "ram@decoder0.0", "256", "1", M256);
	allocate(&world, "decoder5.0", "ram", M256);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region1/target0", "decoder4.0"), 0);
	/* The next decoder is reserved by region1, which is not committed. */
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region2/target0", "decoder5.0"), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region1", "1"), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region2/target0", "decoder5.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region2", "1"), 0);
	/* region0 lies below both: HPA order violation */
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -EBUSY);
	/* Out of order: the port's first decoder is free, but not the last committed. */
	assert_int_equal(put(&world, STEP_REGION, "region1", ""), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), -EBUSY);
	assert_int_equal(put(&world, STEP_REGION, "region2", ""), 0);
	/* cxl_port_commit_reap(): both are free now */
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	world_free(&world);
}

/* The kernel leaves the last target in its place when cxl_region_setup_targets() fails. */
static void test_failed_setup_leaves_target(void **state)
{
	static const struct fake_host host = {
		.bridges = 1,
		.devices = { 3 },
		.ram_size = 512 * SIZE_MIB,
		.windows = 1,
		.window = { { { 0 }, 1, 4 * SIZE_GIB, 256, true, false } },
	};
	static const char *const decoders[] = { "decoder2.0", "decoder3.0", "decoder4.0" };
	struct world world = world_new(&host);

	(void)state;
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	/* A window of one way allows powers of two only. */
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region0", "3"), -EINVAL);
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region0", "2"), 0);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region0", "256"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region0", M512), 0);
	for (int i = 0; i < 3; i++)
		allocate(&world, decoders[i], "ram", M256);
	/* cxl_port_detach_region() does not count the way down off while another one is there. */
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", decoders[0]), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", decoders[1]), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", ""), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", decoders[2]), -EINVAL);
	assert_value(&world, STEP_REGION_TARGET, "region0/target1", decoders[2]);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), -ENXIO);
	/* After both have left the count is right again. */
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", ""), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", ""), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", decoders[0]), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", decoders[2]), 0);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	world_free(&world);
}

static const char *const four[] = { "decoder3.0", "decoder4.0", "decoder5.0", "decoder6.0" };

static const struct sample_region sample = {
	.region = "region0",
	.window = "decoder0.0",
	.type = "ram",
	.granularity = 1024,
	.decoders = four,
	.ways = 4,
	.dpa_size = 256 * SIZE_MIB,
	.dax = "dax0.0",
	.policy = "online",
};

static void perform(struct world *world, const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++)
		assert_int_equal(fake_kernel_perform(world->kernel, &steps->list.items[i]), 0);
}

static void create_sample(struct world *world, struct arena *arena)
{
	struct step_list steps = { 0 };

	assert_int_equal(sample_create_steps(&sample, &steps, arena), 0);
	perform(world, &steps);
	ARRAY_FREE(&steps.list);
}

/* dev_dax_kmem_probe(), state_store() of kmem and of blocks */
static void test_memory(void **state)
{
	struct world world = world_new(&one_switch);
	struct arena arena = ARENA_NULL;

	(void)state;
	create_sample(&world, &arena);
	assert_value(&world, STEP_DAX_DRIVER, "dax0.0", "kmem");
	assert_value(&world, STEP_DAX_MEMORY, "dax0.0", "online_movable");
	assert_value(&world, STEP_BLOCK, "memory32", "online_movable");
	assert_value(&world, STEP_BLOCK, "memory39", "online_movable");
	assert_int_equal(put(&world, STEP_BLOCK, "memory40", "offline"), -ENOENT);
	assert_int_equal(put(&world, STEP_BLOCK, "memory39", "online_movable"), -EINVAL);
	assert_int_equal(put(&world, STEP_BLOCK, "memory39", "offline"), 0);
	assert_int_equal(put(&world, STEP_BLOCK, "memory39", "offline"), -EINVAL);
	assert_true(fake_kernel_pin_block(world.kernel, 38, true));
	assert_int_equal(put(&world, STEP_BLOCK, "memory38", "offline"), -EBUSY);
	assert_int_equal(put(&world, STEP_DAX_MEMORY, "dax0.0", "unplugged"), -EBUSY);
	assert_true(fake_kernel_pin_block(world.kernel, 38, false));
	assert_int_equal(put(&world, STEP_DAX_MEMORY, "dax0.0", "unplugged"), 0);
	assert_value(&world, STEP_DAX_MEMORY, "dax0.0", "unplugged");
	assert_int_equal(put(&world, STEP_DAX_MEMORY, "dax0.0", "online_kernel"), 0);
	assert_value(&world, STEP_BLOCK, "memory39", "online_kernel");
	fake_kernel_set_state_attribute(world.kernel, false);
	assert_int_equal(put(&world, STEP_DAX_MEMORY, "dax0.0", "unplugged"), -EOPNOTSUPP);
	assert_int_equal(fake_kernel_warnings(world.kernel), 0);
	/* dev_dax_kmem_remove() warns of each block that is online when the region goes */
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "0"), 0);
	assert_int_equal(fake_kernel_warnings(world.kernel), 8);
	arena_deinit(&arena);
	world_free(&world);
}

/* The seam refuses what the kernel would do: its contract in step-perform.h */
static void test_seam_keeps_online_memory(void **state)
{
	static const struct step steps[] = {
		{ STEP_REGION, "region0", "", "ram@decoder0.0", "" },
		{ STEP_REGION_COMMIT, "region0", "", "1", "0" },
		{ STEP_REGION_DRIVER, "region0", "", "cxl_region", "" },
		{ STEP_REGION_TARGET, "region0/target3", "", "decoder6.0", "" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "kmem", "" },
		{ STEP_DAX_DRIVER, "dax0.0", "", "kmem", "device_dax" },
	};
	struct world world = world_new(&one_switch);
	struct arena arena = ARENA_NULL;

	(void)state;
	create_sample(&world, &arena);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		assert_int_equal(fake_kernel_perform(world.kernel, &steps[i]), -EBUSY);
	assert_int_equal(fake_kernel_warnings(world.kernel), 0);
	arena_deinit(&arena);
	world_free(&world);
}

/* A kernel made from the snapshot of another is in the same state, and goes on from there. */
static void test_snapshot_and_back(void **state)
{
	struct world world = world_new(&one_switch);
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_fake_kernel_ struct fake_kernel *second = NULL;
	_cleanup_free_ char *first_state = NULL, *second_state = NULL;
	struct step_list remove = { 0 };
	struct arena arena = ARENA_NULL;

	(void)state;
	create_sample(&world, &arena);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	assert_int_equal(topology_region(topology, "region0")->mappings.count, 4);
	assert_int_equal(topology->nodes.count, 2);
	assert_int_equal(topology->nodes.items[1].memory_total, SIZE_GIB);
	second = fake_kernel_new(topology);
	assert_non_null(second);
	first_state = fake_kernel_state(world.kernel);
	second_state = fake_kernel_state(second);
	assert_string_equal(first_state, second_state);
	assert_int_equal(sample_remove_steps(&sample, &remove, &arena), 0);
	for (size_t i = 0; i < remove.list.count; i++)
		assert_int_equal(fake_kernel_perform(second, &remove.list.items[i]), 0);
	ARRAY_FREE(&remove.list);
	arena_deinit(&arena);
	world_free(&world);
}

static void test_failures(void **state)
{
	const struct step step = { STEP_AUTO_ONLINE, "memory", "", "online", "offline" };
	struct world world = world_new(&one_switch);

	(void)state;
	fake_kernel_fail_at(world.kernel, 1, -EIO, FAKE_FAIL_BEFORE);
	assert_int_equal(fake_kernel_perform(world.kernel, &step), -EIO);
	assert_value(&world, STEP_AUTO_ONLINE, "memory", "online");
	assert_false(fake_kernel_died(world.kernel));
	fake_kernel_fail_at(world.kernel, 1, -EIO, FAKE_SILENT_AFTER);
	(void)fake_kernel_perform(world.kernel, &step);
	assert_true(fake_kernel_died(world.kernel));
	assert_false(fake_kernel_died(world.kernel));
	assert_value(&world, STEP_AUTO_ONLINE, "memory", "offline");
	assert_int_equal(fake_kernel_writes(world.kernel), 2);
	world_free(&world);
}

/* Two ways behind the switch, with all memory online: the policy of one_switch says so. */
static struct world world_with_memory(void)
{
	struct world world = world_new(&one_switch);

	allocate(&world, "decoder3.0", "ram", M256);
	allocate(&world, "decoder4.0", "ram", M256);
	make_region(&world, "region0", "ram@decoder0.0", "1024", "2", M512);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target1", "decoder4.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	assert_int_equal(put(&world, STEP_REGION_DRIVER, "region0", "cxl_region"), 0);
	assert_value(&world, STEP_DAX_MEMORY, "dax0.0", "online_kernel");
	return world;
}

/*
 * cxld_unregister(), cxl_decoder_detach(): measured on Linux 7.3 with a member of a 2-way region
 * that was powered off
 */
static void test_unplug(void **state)
{
	struct world world = world_with_memory();
	_cleanup_topology_ struct topology *topology = NULL;
	const struct topo_region *region;

	(void)state;
	assert_int_equal(fake_kernel_unplug(world.kernel, "mem7"), -ENODEV);
	assert_int_equal(fake_kernel_unplug(world.kernel, "mem0"), 0);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	assert_int_equal(topology->memdevs.count, 3);
	assert_null(topology_port(topology, "endpoint3"));
	region = topology_region(topology, "region0");
	assert_false(region->committed);
	assert_false(region->enabled);
	assert_null(region->dax_region);
	assert_int_equal(region->mappings.count, 1);
	assert_int_equal(region->mappings.items[0].position, 1);
	assert_value(&world, STEP_DECODER_DPA, "decoder4.0", M256);
	assert_string_equal(topology_decoder(topology, "decoder4.0")->region_name, "region0");
	assert_string_equal(topology_decoder(topology, "decoder1.0")->region_name, "region0");
	assert_string_equal(topology_decoder(topology, "decoder2.0")->region_name, "region0");
	world_free(&world);
}

/* dev_dax_kmem_remove(): "Hotplug regions stuck online until reboot"; so are their addresses */
static void test_memory_stuck(void **state)
{
	struct world world = world_with_memory();
	_cleanup_topology_ struct topology *topology = NULL;

	(void)state;
	assert_int_equal(fake_kernel_unplug(world.kernel, "mem1"), 0);
	assert_int_equal(fake_kernel_warnings(world.kernel), 4);
	assert_value(&world, STEP_BLOCK, "memory32", "online_kernel");
	assert_int_equal(put(&world, STEP_REGION, "region0", ""), 0);
	assert_int_equal(put(&world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_GRANULARITY, "region0", "1024"), 0);
	assert_int_equal(put(&world, STEP_REGION_WAYS, "region0", "1"), 0);
	assert_int_equal(put(&world, STEP_REGION_SIZE, "region0", M512), 0);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	assert_int_equal(topology_region(topology, "region0")->resource,
			 4 * SIZE_GIB + 512 * SIZE_MIB);
	assert_int_equal(topology->nodes.items[1].memory_total, 512 * SIZE_MIB);
	world_free(&world);
}

static void test_plug(void **state)
{
	struct world world = world_new(&one_switch);
	const struct topo_memdev *device = world.topology->memdevs.items[1];
	_cleanup_topology_ struct topology *topology = NULL;
	const struct topo_memdev *memdev;

	(void)state;
	assert_int_equal(fake_kernel_unplug(world.kernel, "mem0"), 0);
	assert_int_equal(fake_kernel_unplug(world.kernel, "mem1"), 0);
	assert_int_equal(fake_kernel_plug(world.kernel, device, "port9-down0"), -ENODEV);
	assert_int_equal(fake_kernel_plug(world.kernel, device, "port2-down2"), -EBUSY);
	assert_int_equal(fake_kernel_plug(world.kernel, device, "port2-down0"), 0);
	topology = fake_kernel_snapshot(world.kernel);
	assert_non_null(topology);
	memdev = topology_memdev(topology, "mem0");
	assert_int_equal(memdev->serial, device->serial);
	assert_string_equal(memdev->endpoint->name, "endpoint3");
	assert_string_equal(memdev->endpoint->parent->name, "port2");
	assert_int_equal(memdev->endpoint->decoders.count, 4);
	allocate(&world, "decoder3.0", "ram", M256);
	make_region(&world, "region0", "ram@decoder0.0", "256", "1", M256);
	assert_int_equal(put(&world, STEP_REGION_TARGET, "region0/target0", "decoder3.0"), 0);
	assert_int_equal(put(&world, STEP_REGION_COMMIT, "region0", "1"), 0);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_region_names),
		cmocka_unit_test(test_ways_and_granularity),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_dpa),
		cmocka_unit_test(test_mode_without_partition),
		cmocka_unit_test(test_attach_checks),
		cmocka_unit_test(test_interleave_capability),
		cmocka_unit_test(test_four_ways_over_two_bridges),
		cmocka_unit_test(test_window_position),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_ports_are_programmed_in_order),
		cmocka_unit_test(test_failed_setup_leaves_target),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_seam_keeps_online_memory),
		cmocka_unit_test(test_snapshot_and_back),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_unplug),
		cmocka_unit_test(test_memory_stuck),
		cmocka_unit_test(test_plug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

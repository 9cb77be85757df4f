// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions on hosts of all kinds. Every plan is performed on the model of the kernel; the orders
 * expected are those of cxl_calc_interleave_pos(): a memdev's position is that in its port times
 * the ways above, plus the position of the port in the one above.
 */
#include "cxl/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"

struct expected {
	const char *window, *order; /* "" for any order */
	int ways, granularity;
	uint64_t size;
};

/* Plans, performs on a fresh kernel, and compares. */
static void check_plan(const struct topology *topology, const struct region_request *request,
		       const struct expected *expected)
{
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *after = NULL;
	struct plan plan = PLAN_NULL;
	const struct topo_region *region;
	char order[256];

	assert_non_null(kernel);
	assert_int_equal(plan_create_region(topology, request, &plan), 0);
	assert_string_equal(plan.window->name, expected->window);
	assert_int_equal(plan.ways, expected->ways);
	assert_int_equal(plan.granularity, expected->granularity);
	assert_int_equal(plan.size_bytes, expected->size);
	if (*expected->order)
		assert_string_equal(plan_order(&plan, order), expected->order);
	assert_non_null(plan.why);
	assert_true(oracle_performs(kernel, &plan.steps));
	after = fake_kernel_snapshot(kernel);
	region = topology_region(after, plan.region);
	assert_true(region->committed);
	assert_true(region->enabled);
	/* What was predicted is what the kernel did. */
	assert_int_equal(region->resource, plan.hpa);
	for (int i = 0; i < plan.ways; i++) {
		const struct topo_mapping *mapping = &region->mappings.items[i];

		assert_string_equal(mapping->memdev_name, plan.members[i].memdev->name);
		assert_string_equal(mapping->decoder_name, plan.members[i].decoder->name);
		assert_int_equal(mapping->decoder->dpa_resource, plan.members[i].dpa);
		assert_int_equal(mapping->decoder->dpa_size, plan.members[i].dpa_size);
	}
	plan_deinit(&plan);
}

static struct region_request size_request(uint64_t size)
{
	struct region_request request = REGION_REQUEST_NULL;

	request.size_bytes = size;
	return request;
}

static struct region_request named_request(struct plan_request_names *names, const char *text)
{
	struct region_request request = REGION_REQUEST_NULL;

	plan_names(names, text);
	request.memdevs = names->names;
	request.memdev_count = names->count;
	return request;
}

static void test_one_device(void **state)
{
	static const struct plan_host host = { .shape = "[e]", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(512 * MIB);

	(void)state;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0", 1, 256, 512 * MIB });
}

/* "512M" must just work on the commonest test machine: four 256 MiB devices behind one switch. */
static void test_switch_with_small_devices(void **state)
{
	static const struct plan_host host = { .shape = "[[eeee]]",
					       .windows = { { "0", 4 * GIB, 1024 } },
					       .ram_size = UNIT };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(512 * MIB);

	(void)state;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 1024, 512 * MIB });
	request.size_bytes = GIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1 mem2 mem3", 4, 1024, GIB });
	request.size_bytes = 256 * MIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0", 1, 1024, 256 * MIB });
}

static void test_named_behind_a_switch(void **state)
{
	static const struct plan_host host = { .shape = "[[eeee]]", .windows = { { "0" } } };
	static const char *const sets[] = { "mem3 mem1", "mem2 mem0", "mem3 mem2 mem1 mem0",
					    "mem1 mem3 mem0 mem2" };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct plan_request_names names;
		struct region_request request = named_request(&names, sets[i]);

		request.size_bytes = (uint64_t)names.count * GIB;
		check_plan(topology, &request,
			   &(struct expected){ "decoder0.0", "", (int)names.count, 256,
					       (uint64_t)names.count * GIB });
		/* Behind one switch any order is as good: as named, when the order is asked for. */
		request.memdevs_ordered = true;
		check_plan(topology, &request,
			   &(struct expected){ "decoder0.0", sets[i], (int)names.count, 256,
					       (uint64_t)names.count * GIB });
	}
}

static const struct plan_host two_bridges = {
	.shape = "[ee][ee]",
	.windows = { { "0" }, { "1" }, { "01" } },
};

/* The kernel's own example above cxl_calc_interleave_pos(): mem0, mem2, mem1, mem3 */
static void test_two_bridges(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct region_request request = size_request(4 * GIB);

	(void)state;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.2", "mem0 mem2 mem1 mem3", 4, 256, 4 * GIB });
	request.ways = 2;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.2", "mem0 mem2", 2, 256, 4 * GIB });
	request.ways = 1;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "mem0", 1, 256, 4 * GIB });
}

/* All orders of @count of four memdevs, as @visit sees them. */
static void each_order(int count, void (*visit)(const int *order, int count, void *context),
		       void *context)
{
	for (int i = 0; i < 256; i++) {
		int order[4] = { i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6 };
		bool distinct = i < 1 << (2 * count);

		for (int j = 0; j < count; j++)
			for (int k = 0; k < j; k++)
				distinct = distinct && order[j] != order[k];
		if (distinct)
			visit(order, count, context);
	}
}

static void plan_named_order(const int *order, int count, void *context)
{
	static const char *const memdevs[] = { "mem0", "mem1", "mem2", "mem3" };
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	struct region_request request = size_request((uint64_t)count * GIB);
	const char *names[4];
	struct plan plan = PLAN_NULL;

	for (int i = 0; i < count; i++)
		names[i] = memdevs[order[i]];
	request.memdevs = names;
	request.memdev_count = (size_t)count;
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
	++*(int *)context;
}

/* `cxl create-region` v81 gets 16 of these right, with every window tried by hand. */
static void test_40_of_40_orders(void **state)
{
	int planned = 0;

	(void)state;
	each_order(1, plan_named_order, &planned);
	each_order(2, plan_named_order, &planned);
	each_order(4, plan_named_order, &planned);
	assert_int_equal(planned, 4 + 12 + 24);
}

/* Two devices on one bridge, one on the other: the pair across is there, four ways are not. */
static void test_uneven_bridges(void **state)
{
	static const struct plan_host host = { .shape = "[ee][e]",
					       .windows = { { "01" }, { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(2 * GIB);
	struct plan_request_names names;

	(void)state;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem2", 2, 256, 2 * GIB });
	request = named_request(&names, "mem1 mem0");
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem0 mem1", 2, 256, 8 * GIB });
	request = named_request(&names, "mem2 mem1");
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem1 mem2", 2, 256, 8 * GIB });
}

static void test_multiples_of_three(void **state)
{
	static const struct plan_host host = { .shape = "[eeee][eeee][eeee]",
					       .windows = { { "012", .granularity = 512 } } };
	static const struct plan_host six = { .shape = "[ee][ee][ee][ee][ee][ee]",
					      .windows = { { "012345", .granularity = 512 } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_topology_ struct topology *wide = plan_host_new(&six);
	struct region_request request = REGION_REQUEST_NULL;

	(void)state;
	request.ways = 3;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem4 mem8", 3, 512, 12 * GIB });
	request.ways = 6;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem4 mem8 mem1 mem5 mem9", 6, 512,
				       24 * GIB });
	check_plan(wide, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem2 mem4 mem6 mem8 mem10", 6, 512,
				       24 * GIB });
	request.ways = 12;
	check_plan(
		topology, &request,
		&(struct expected){ "decoder0.0",
				    "mem0 mem4 mem8 mem1 mem5 mem9 mem2 mem6 mem10 mem3 mem7 mem11",
				    12, 512, 48 * GIB });
	check_plan(wide, &request, &(struct expected){ "decoder0.0", "", 12, 512, 48 * GIB });
}

static void test_eight_and_sixteen(void **state)
{
	static const struct plan_host one = { .shape = "[[eeee][eeee]]", .windows = { { "0" } } };
	static const struct plan_host two = { .shape = "[[eeee][eeee]][[eeee][eeee]]",
					      .windows = { { "10", .granularity = 256 } } };
	_cleanup_topology_ struct topology *small = plan_host_new(&one);
	_cleanup_topology_ struct topology *large = plan_host_new(&two);
	struct region_request request = REGION_REQUEST_NULL;

	(void)state;
	request.ways = 8;
	check_plan(small, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem4 mem1 mem5 mem2 mem6 mem3 mem7", 8,
				       256, 32 * GIB });
	request.ways = 16;
	/* The window's first target is the second bridge. */
	check_plan(large, &request,
		   &(struct expected){
			   "decoder0.0",
			   "mem8 mem0 mem12 mem4 mem9 mem1 mem13 mem5 mem10 mem2 mem14 mem6 "
			   "mem11 mem3 mem15 mem7",
			   16, 256, 64 * GIB });
}

static void test_nested_switches(void **state)
{
	static const struct plan_host host = { .shape = "[[[ee][ee]][ee]]",
					       .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem3 mem5 mem0 mem4");

	(void)state;
	/* Two below each root port, and below the left one in different switches. */
	request.size_bytes = 4 * GIB;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 4, 256, 4 * GIB });
	request = named_request(&names, "mem0 mem1 mem4 mem5");
	request.size_bytes = 4 * GIB;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 4, 256, 4 * GIB });
	request = named_request(&names, "mem0 mem1 mem2 mem3");
	request.size_bytes = 4 * GIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem2 mem1 mem3", 4, 256, 4 * GIB });
	request = size_request(16 * GIB);
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 4, 256, 16 * GIB });
}

/* 16384 is too coarse for two levels below: the planner takes what all levels can do. */
static void test_finer_granularity_where_it_is_free(void **state)
{
	static const struct plan_host host = { .shape = "[[ee][ee]]",
					       .windows = { { "0", .granularity = 16384 } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0 mem1 mem2 mem3");

	(void)state;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 4, 8192, 16 * GIB });
}

static const char uuid[] = "01234567-89ab-cdef-0123-456789abcdef";

static void test_pmem(void **state)
{
	static const struct plan_host host = { .shape = "[ee]",
					       .windows = { { "0", .pmem = true, .no_ram = true } },
					       .ram_size = GIB,
					       .pmem_size = 2 * GIB };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(2 * GIB);
	struct plan plan = PLAN_NULL;

	(void)state;
	/* What the window has only */
	request.uuid = uuid;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 256, 2 * GIB });
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_int_equal(plan.type, TOPO_MODE_PMEM);
	assert_int_equal(plan.members[0].dpa, GIB);
	assert_null(plan.dax_device);
	plan_deinit(&plan);
}

/* On a device with both, RAM first is no obstacle to pmem, pmem first costs the RAM. */
static void test_mixed_partitions(void **state)
{
	static const struct plan_host host = { .shape = "[e]",
					       .windows = { { "0", .pmem = true } },
					       .ram_size = 2 * GIB,
					       .pmem_size = GIB };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *ram_used = NULL, *both_used = NULL;
	struct region_request request = size_request(GIB);
	struct plan plan = PLAN_NULL;

	(void)state;
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
	ram_used = fake_kernel_snapshot(kernel);
	request.type = TOPO_MODE_PMEM;
	request.uuid = uuid;
	assert_int_equal(plan_create_region(ram_used, &request, &plan), 0);
	assert_int_equal(plan.members[0].dpa, 2 * GIB);
	assert_string_equal(plan.members[0].decoder->name, "decoder2.1");
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
	both_used = fake_kernel_snapshot(kernel);
	request = size_request(UNIT);
	request.type = TOPO_MODE_RAM;
	assert_int_equal(plan_create_region(both_used, &request, &plan), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "dpa-too-small", "decoder0.0"));
	plan_deinit(&plan);
}

/* A region in the middle of the window: what fits before it goes there, the rest behind it. */
static void test_fragmented_window(void **state)
{
	static const struct plan_host host = { .shape = "[eee]", .windows = { { "0", 3 * GIB } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *used = NULL;
	const struct remove_request remove = { .region = "region0" };
	struct region_request request = size_request(GIB);
	struct plan_request_names names;
	struct plan plan = PLAN_NULL;

	(void)state;
	request = named_request(&names, "mem0");
	request.size_bytes = GIB;
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
	used = fake_kernel_snapshot(kernel);
	/* Behind the first; the bridge's decoders then are in order of addresses. */
	request = named_request(&names, "mem1");
	request.size_bytes = GIB;
	assert_int_equal(plan_create_region(used, &request, &plan), 0);
	assert_int_equal(plan.hpa, 5 * GIB);
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
	(void)topology_free(used);
	used = fake_kernel_snapshot(kernel);
	/* The first cannot go: its decoder in the bridge lies below the second's. */
	assert_int_equal(plan_remove_region(used, &remove, &plan), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "region-order", "region1"));
	plan_deinit(&plan);
}

/* Sizes left open: as much as the smallest of the named gives, in whole units. */
static void test_size_of_named(void **state)
{
	static const struct plan_host host = { .shape = "[eee]", .windows = { { "0", 3 * GIB } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0 mem1");

	(void)state;
	topology_memdev(topology, "mem0")->ram_size = GIB + 300 * MIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "", 2, 256, 2 * (GIB + UNIT) });
	/* The window is the limit */
	request = named_request(&names, "mem1 mem2");
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 2, 256, 3 * GIB });
	request = (struct region_request)REGION_REQUEST_NULL;
	request.ways = 2;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem1 mem2", 2, 256, 3 * GIB });
}

/* ---- what is preferred ---- */

static void test_prefers_matching_qos_class(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct region_request request = size_request(GIB);

	(void)state;
	for (int i = 0; i < 4; i++)
		topology->memdevs.items[i]->ram_qos_class = i < 2 ? 1 : 2;
	for (int i = 0; i < 3; i++)
		topology_port(topology, "root0")->decoders.items[i]->qos_class = 2;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem2 mem3", 2, 256, GIB });
	request.qos_enforced = true;
	request.size_bytes = 8 * GIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem2 mem3", 2, 256, 8 * GIB });
}

static void test_prefers_near_memory(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct region_request request = size_request(GIB);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct topo_node node = { .id = i };

		assert_int_equal(ARRAY_APPEND(&node.distances,
					      (struct topo_distance){ 0, i == 0 ? 10 : 21 }),
				 0);
		assert_int_equal(ARRAY_APPEND(&node.distances,
					      (struct topo_distance){ 1, i == 1 ? 10 : 21 }),
				 0);
		assert_int_equal(ARRAY_APPEND(&topology->nodes, node), 0);
	}
	for (int i = 0; i < 4; i++)
		topology->memdevs.items[i]->numa_node = i / 2;
	request.near_node = 1;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem2 mem3", 2, 256, GIB });
	request.near_node = 0;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 256, GIB });
}

/* Two with equally much free rather than the first two: what stays can be interleaved again. */
static void test_prefers_equal_memdevs(void **state)
{
	static const struct plan_host host = { .shape = "[[eeee]]", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(512 * MIB);

	(void)state;
	topology_memdev(topology, "mem0")->ram_size = GIB;
	topology_memdev(topology, "mem2")->ram_size = 2 * GIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem1 mem3", 2, 256, 512 * MIB });
	/* Memdevs that are used up whole come before those that would be split. */
	topology_memdev(topology, "mem1")->ram_size = UNIT;
	topology_memdev(topology, "mem3")->ram_size = UNIT;
	topology_memdev(topology, "mem0")->ram_size = 2 * GIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem1 mem3", 2, 256, 512 * MIB });
}

/* 16 ways and multiples of three are optional, and the snapshot cannot tell who has the option. */
static void test_prefers_ways_that_all_can_do(void **state)
{
	static const struct plan_host wide = { .shape = "[[eeeeeeee][eeeeeeee]]",
					       .windows = { { "0" } },
					       .ram_size = GIB };
	static const struct plan_host three = { .shape = "[e][e][e]",
						.windows = { { "012" }, { "01" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&wide);
	_cleanup_topology_ struct topology *triple = plan_host_new(&three);
	struct region_request request = size_request(4 * GIB);

	(void)state;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 8, 256, 4 * GIB });
	/* Only all of them together have that much. */
	request.size_bytes = 16 * GIB;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "", 16, 256, 16 * GIB });
	request.size_bytes = 6 * UNIT;
	check_plan(triple, &request,
		   &(struct expected){ "decoder0.1", "mem0 mem1", 2, 256, 6 * UNIT });
	request.ways = 3;
	check_plan(triple, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1 mem2", 3, 256, 6 * UNIT });
}

static void test_prefers_not_to_split(void **state)
{
	static const struct plan_host host = { .shape = "[ee]", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(512 * MIB);

	(void)state;
	topology_memdev(topology, "mem1")->ram_size = 512 * MIB;
	request.ways = 1;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem1", 1, 256, 512 * MIB });
}

/* The same, and equal capacities, between windows. */
static void test_prefers_windows_by_their_memdevs(void **state)
{
	static const struct plan_host host = { .shape = "[ee][ee]",
					       .windows = { { "0" }, { "1" } },
					       .ram_size = GIB };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(512 * MIB);

	(void)state;
	topology_memdev(topology, "mem1")->ram_size = 768 * MIB;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem2 mem3", 2, 256, 512 * MIB });
	topology_memdev(topology, "mem3")->ram_size = 512 * MIB;
	request.ways = 1;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem3", 1, 256, 512 * MIB });
}

/* Nothing says how much: as much as there is, as cxl-create-region(1) and ours promise. */
static void test_all_that_fits(void **state)
{
	static const struct plan_host host = { .shape = "[ee][e]",
					       .windows = { { "0", .size = 4 * GIB },
							    { "01", .size = 8 * GIB } },
					       .ram_size = GIB };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = REGION_REQUEST_NULL;

	(void)state;
	request.window = "decoder0.0";
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 256, 2 * GIB });
	request.window = "decoder0.1";
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem0 mem2", 2, 256, 2 * GIB });
	/* One that is larger alone than both are together */
	topology_memdev(topology, "mem1")->ram_size = 3 * GIB;
	request.window = "decoder0.0";
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "mem1", 1, 256, 3 * GIB });
	request.window = NULL;
	check_plan(topology, &request, &(struct expected){ "decoder0.0", "mem1", 1, 256, 3 * GIB });
}

/* On CXL 1.1 hosts the endpoints are the root's own targets. */
static void test_restricted_hosts(void **state)
{
	static const struct plan_host host = { .shape = "ee",
					       .windows = { { "10", .granularity = 16384 } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(GIB);
	struct plan plan = PLAN_NULL;
	char order[256];

	(void)state;
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_string_equal(plan_order(&plan, order), "mem1 mem0");
	plan_deinit(&plan);
}

/*
 * Three devices on two bridges, the window over both above the others. A region across it would
 * leave mem1 without a window: its own is below, and nothing is left to go with it across.
 */
static void test_prefers_not_to_strand_memory(void **state)
{
	static const struct plan_host uneven = { .shape = "[ee][e]",
						 .windows = { { "0" }, { "1" }, { "01" } },
						 .ram_size = UNIT };
	static const struct plan_host even = { .shape = "[ee][ee]",
					       .windows = { { "0" }, { "1" }, { "01" } },
					       .ram_size = UNIT };
	static const struct plan_host full = { .shape = "[ee]",
					       .windows = { { "0", 8 * GIB }, { "0", 2 * GIB } } };
	_cleanup_topology_ struct topology *three = plan_host_new(&uneven);
	_cleanup_topology_ struct topology *four = plan_host_new(&even);
	_cleanup_topology_ struct topology *tight = plan_host_new(&full);
	struct region_request request = size_request(2 * UNIT);

	(void)state;
	check_plan(three, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 256, 2 * UNIT });
	/* With a partner left for mem1 the wider spread wins. */
	check_plan(four, &request,
		   &(struct expected){ "decoder0.2", "mem0 mem2", 2, 256, 2 * UNIT });
	/* The upper window would be full, and the lower one lost to the other 6 GiB. */
	request.size_bytes = 2 * GIB;
	check_plan(tight, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 256, 2 * GIB });
}

static void test_prefers_the_tightest_window(void **state)
{
	static const struct plan_host host = { .shape = "[ee]",
					       .windows = { { "0", 16 * GIB }, { "0", 8 * GIB } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(8 * GIB);

	(void)state;
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.1", "mem0 mem1", 2, 256, 8 * GIB });
	request.window = "decoder0.0";
	check_plan(topology, &request,
		   &(struct expected){ "decoder0.0", "mem0 mem1", 2, 256, 8 * GIB });
}

/* Losing windows are in the refusals, each with what decided. */
static void test_losers_are_named(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct region_request request = size_request(4 * GIB);
	struct plan plan = PLAN_NULL;

	(void)state;
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_int_equal(plan.refusals.list.count, 2);
	assert_true(plan_refused_with(&plan, "not-preferred", "decoder0.0"));
	assert_true(plan_refused_with(&plan, "not-preferred", "decoder0.1"));
	plan_deinit(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_device),
		cmocka_unit_test(test_switch_with_small_devices),
		cmocka_unit_test(test_named_behind_a_switch),
		cmocka_unit_test(test_two_bridges),
		cmocka_unit_test(test_40_of_40_orders),
		cmocka_unit_test(test_uneven_bridges),
		cmocka_unit_test(test_multiples_of_three),
		cmocka_unit_test(test_eight_and_sixteen),
		cmocka_unit_test(test_nested_switches),
		cmocka_unit_test(test_finer_granularity_where_it_is_free),
		cmocka_unit_test(test_pmem),
		cmocka_unit_test(test_mixed_partitions),
		cmocka_unit_test(test_fragmented_window),
		cmocka_unit_test(test_size_of_named),
		cmocka_unit_test(test_prefers_matching_qos_class),
		cmocka_unit_test(test_prefers_near_memory),
		cmocka_unit_test(test_prefers_equal_memdevs),
		cmocka_unit_test(test_prefers_ways_that_all_can_do),
		cmocka_unit_test(test_prefers_not_to_split),
		cmocka_unit_test(test_prefers_windows_by_their_memdevs),
		cmocka_unit_test(test_all_that_fits),
		cmocka_unit_test(test_restricted_hosts),
		cmocka_unit_test(test_prefers_not_to_strand_memory),
		cmocka_unit_test(test_prefers_the_tightest_window),
		cmocka_unit_test(test_losers_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

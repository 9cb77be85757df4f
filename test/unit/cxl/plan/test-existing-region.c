// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is planned with regions that exist: removing, enabling, onlining. Every plan is performed on
 * the model of the kernel, which counts memory that would be stuck online until reboot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "test/unit/cxl/plan/region-bench.h"

static void create(struct bench *bench, uint64_t size, enum plan_goal goal, enum topo_zone zone)
{
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	request.size_bytes = size;
	request.goal = goal;
	request.zone = zone;
	assert_int_equal(plan_create_region(bench->now, &request, &plan), 0);
	bench_perform(bench, &plan);
}

static void remove_region(struct bench *bench, const char *name, bool keep)
{
	const struct remove_request request = { .region = name, .keep_region = keep };
	struct plan plan = PLAN_NULL;

	assert_int_equal(plan_remove_region(bench->now, &request, &plan), 0);
	bench_perform(bench, &plan);
}

static void remove_refused(struct bench *bench, const struct remove_request *request,
			   const char *code, const char *object)
{
	struct plan plan = PLAN_NULL;

	assert_int_equal(plan_remove_region(bench->now, request, &plan), PLAN_E_REFUSED);
	assert_int_equal(plan.refusals.list.count, 1);
	assert_true(plan_refused_with(&plan, code, object));
	assert_int_equal(plan.steps.list.count, 0);
	plan_deinit(&plan);
}

static struct topo_dax_device *dax_of(struct bench *bench, const char *region)
{
	struct topo_dax_region *dax = topology_region(bench->now, region)->dax_region;

	assert_non_null(dax);
	assert_int_equal(dax->devices.count, 1);
	return &dax->devices.items[0];
}

static bool all_in(const struct topo_dax_device *dax, enum topo_zone zone)
{
	for (size_t i = 0; i < dax->blocks.count; i++)
		if (dax->blocks.items[i].online != (zone != TOPO_ZONE_NONE) ||
		    (dax->blocks.items[i].online && dax->blocks.items[i].zone != zone))
			return false;
	return dax->blocks.count > 0;
}

/* ---- the memory of a new region ---- */

static const char *const policies[] = { "offline", "online", "online_kernel", "online_movable" };

/* The new memory does not get the policy, and the policy is the same afterwards. */
static void test_policy_never_wins(void **state)
{
	static const enum topo_zone zones[] = { TOPO_ZONE_MOVABLE, TOPO_ZONE_KERNEL,
						TOPO_ZONE_NONE };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 3; j++) {
			struct bench bench = bench_new(policies[i]);

			create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, zones[j]);
			assert_int_equal(dax_of(&bench, "region0")->driver, TOPO_DAX_KMEM);
			assert_true(all_in(dax_of(&bench, "region0"), zones[j]));
			assert_string_equal(bench.now->auto_online_policy, policies[i]);
			remove_region(&bench, "region0", false);
			assert_int_equal(bench.now->regions.count, 0);
			bench_free(&bench);
		}
}

static void test_devdax(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct bench bench = bench_new(policies[i]);

		create(&bench, 512 * MIB, PLAN_GOAL_DEVDAX, TOPO_ZONE_MOVABLE);
		assert_int_equal(dax_of(&bench, "region0")->driver, TOPO_DAX_DEVICE);
		assert_string_equal(bench.now->auto_online_policy, policies[i]);
		remove_region(&bench, "region0", false);
		bench_free(&bench);
	}
}

/* kmem refuses a range without a whole block; device_dax does not mind. */
static void test_devdax_smaller_than_a_block(void **state)
{
	struct bench bench = bench_new("online");

	(void)state;
	bench.start->memory_block_size = 2 * GIB;
	bench_look(&bench);
	create(&bench, 256 * MIB, PLAN_GOAL_DEVDAX, TOPO_ZONE_MOVABLE);
	assert_int_equal(dax_of(&bench, "region0")->driver, TOPO_DAX_DEVICE);
	bench_free(&bench);
}

/* The host looks as before: same state, whatever was planned there and back. */
static void test_there_and_back(void **state)
{
	static const enum plan_goal goals[] = { PLAN_GOAL_REGION, PLAN_GOAL_DEVDAX,
						PLAN_GOAL_SYSTEM_RAM };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bench bench = bench_new("offline");
		char *before = fake_kernel_state(bench.kernel), *after;

		create(&bench, GIB, goals[i], TOPO_ZONE_MOVABLE);
		remove_region(&bench, "region0", false);
		after = fake_kernel_state(bench.kernel);
		assert_string_equal(after, before);
		free(before);
		free(after);
		bench_free(&bench);
	}
}

/* ---- removing ---- */

static void check_step(const struct plan *plan, size_t index, const struct step_kind *kind,
		       const char *object, const char *from, const char *to)
{
	const struct step *step = &plan->steps.list.items[index];

	assert_true(index < plan->steps.list.count);
	assert_string_equal(step->kind->name, kind->name);
	assert_string_equal(step->object, object);
	assert_string_equal(step->from, from);
	assert_string_equal(step->to, to);
}

static void test_steps_of_remove(void **state)
{
	struct bench bench = bench_new("offline");
	const struct remove_request request = { .region = "region0" };
	struct plan plan = PLAN_NULL;

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), 0);
	/* 4 GiB / 128 MiB = 32: blocks 32 to 35, from the top down */
	check_step(&plan, 0, STEP_BLOCK, "memory35", "online_movable", "offline");
	check_step(&plan, 3, STEP_BLOCK, "memory32", "online_movable", "offline");
	check_step(&plan, 4, STEP_DAX_MEMORY, "dax0.0", "offline", "unplugged");
	check_step(&plan, 5, STEP_DAX_DRIVER, "dax0.0", "kmem", "");
	check_step(&plan, 6, STEP_REGION_DRIVER, "region0", "cxl_region", "");
	check_step(&plan, 7, STEP_REGION_COMMIT, "region0", "1", "0");
	check_step(&plan, 8, STEP_REGION_TARGET, "region0/target1", "decoder3.0", "");
	check_step(&plan, 9, STEP_REGION_TARGET, "region0/target0", "decoder2.0", "");
	check_step(&plan, 10, STEP_DECODER_DPA, "decoder3.0", "268435456", "0");
	check_step(&plan, 11, STEP_DECODER_DPA, "decoder2.0", "268435456", "0");
	check_step(&plan, 12, STEP_REGION_SIZE, "region0", "536870912", "0");
	/* No effect forward; the way back of the removal sets the values again. */
	check_step(&plan, 13, STEP_REGION_WAYS, "region0", "2", "2");
	check_step(&plan, 14, STEP_REGION_GRANULARITY, "region0", "256", "256");
	/* Last: without it nobody would know what the rest is. */
	check_step(&plan, 15, STEP_REGION, "region0", "ram@decoder0.0", "");
	assert_int_equal(plan.steps.list.count, 16);
	plan_deinit(&plan);
	/* Before kernel 7.3 kmem has no state of its own. */
	fake_kernel_set_state_attribute(bench.kernel, false);
	bench_look(&bench);
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), 0);
	check_step(&plan, 4, STEP_DAX_DRIVER, "dax0.0", "kmem", "");
	bench_perform(&bench, &plan);
	bench_free(&bench);
}

static void test_order_of_removal(void **state)
{
	const struct remove_request first = { .region = "region0" };
	struct bench bench = bench_new("offline");

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	create(&bench, 512 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	remove_refused(&bench, &first, "region-order", "region1");
	/* To disable needs no order. */
	remove_region(&bench, "region0", true);
	assert_false(topology_region(bench.now, "region0")->enabled);
	remove_region(&bench, "region1", false);
	remove_region(&bench, "region0", false);
	assert_int_equal(bench.now->regions.count, 0);
	bench_free(&bench);
}

static void test_reserved_dpa_behind(void **state)
{
	const struct remove_request request = { .region = "region0" };
	struct bench bench = bench_new("offline");

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	assert_int_equal(fake_kernel_write(bench.kernel, STEP_DECODER_MODE, "decoder2.1", "ram"),
			 0);
	assert_int_equal(
		fake_kernel_write(bench.kernel, STEP_DECODER_DPA, "decoder2.1", "268435456"), 0);
	bench_look(&bench);
	remove_refused(&bench, &request, "region-order", "decoder2.1");
	bench_free(&bench);
}

static void test_remove_refusals(void **state)
{
	struct remove_request request = { .region = "region7" };
	struct bench bench = bench_new("offline");
	struct plan plan = PLAN_NULL;

	(void)state;
	remove_refused(&bench, &request, "unknown-region", "region7");
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_KERNEL);
	request.region = "region0";
	topology_region(bench.now, "region0")->locked = true;
	remove_refused(&bench, &request, "region-locked", "region0");
	topology_region(bench.now, "region0")->locked = false;
	bench.now->known = TOPO_KNOWN_CXL;
	remove_refused(&bench, &request, "snapshot-incomplete", "region0");
	bench.now->known = TOPO_KNOWN_CXL | TOPO_KNOWN_DAX;
	remove_refused(&bench, &request, "snapshot-incomplete", "dax0.0");
	bench_look(&bench);
	dax_of(&bench, "region0")->driver = TOPO_DAX_OTHER;
	remove_refused(&bench, &request, "snapshot-incomplete", "dax0.0");
	dax_of(&bench, "region0")->mode_text = "famfs";
	remove_refused(&bench, &request, "dax-in-use", "dax0.0");
	bench_look(&bench);
	/* The record would show the same. */
	dax_of(&bench, "region0")->blocks.items[1].zone = TOPO_ZONE_SEVERAL;
	remove_refused(&bench, &request, "block-zones", "dax0.0");
	bench_look(&bench);
	/* Firmware's System RAM: nothing would take that memory offline before the decoders are
	 * reset. */
	topology_region(bench.now, "region0")->dax_region = NULL;
	remove_refused(&bench, &request, "no-dax-device", "region0");
	bench_look(&bench);
	/* Only the kernel knows whether a kernel zone can go offline: noted, not refused. */
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), 0);
	assert_true(plan_refused_with(&plan, "kernel-zone", "dax0.0"));
	bench_perform(&bench, &plan);
	bench_free(&bench);
}

/* A region of a kind that is not understood is left alone, whatever is asked for, and whichever
 * program made the region.
 */
static void test_a_kind_not_understood(void **state)
{
	const struct remove_request request = { .region = "region0", .force = true };
	struct bench bench = bench_new("offline");
	struct topo_region *region;
	struct plan plan = PLAN_NULL;

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	region = topology_region(bench.now, "region0");
	region->type = TOPO_MODE_UNKNOWN;
	remove_refused(&bench, &request, "snapshot-incomplete", "region0");
	region->mappings.items[0].decoder->mode_text = "dynamic_ram_a";
	remove_refused(&bench, &request, "not-understood", "region0");
	region->type = TOPO_MODE_RAM;
	remove_refused(&bench, &request, "not-understood", "region0");
	assert_int_equal(plan_online_memory(bench.now, "region0", TOPO_ZONE_NONE, &plan),
			 PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "not-understood", "region0"));
	plan_deinit(&plan);
	bench_free(&bench);
}

/* Only firmware makes such a region: the removal can be planned, and tells what is lost for good.
 */
static void test_a_linear_cache_is_named(void **state)
{
	const struct remove_request request = { .region = "region0" };
	struct bench bench = bench_new("offline");
	struct plan plan = PLAN_NULL;

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	topology_region(bench.now, "region0")->linear_cache_size = 256 * MIB;
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), 0);
	assert_true(plan_refused_with(&plan, "linear-cache", "region0"));
	plan_deinit(&plan);
	bench_free(&bench);
}

static void test_pmem_region(void **state)
{
	struct remove_request request = { .region = "region0" };
	struct region_request create_request = REGION_REQUEST_NULL;
	struct bench bench = bench_new("offline");
	struct plan plan = PLAN_NULL;

	(void)state;
	create_request.type = TOPO_MODE_PMEM;
	create_request.uuid = "01234567-89ab-cdef-0123-456789abcdef";
	create_request.ways = 2;
	assert_int_equal(plan_create_region(bench.now, &create_request, &plan), 0);
	assert_int_equal(plan.size_bytes, 2 * GIB);
	bench_perform(&bench, &plan);
	assert_int_equal(plan_enable_region(bench.now, "region0", PLAN_GOAL_SYSTEM_RAM,
					    TOPO_ZONE_MOVABLE, &plan),
			 PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "pmem-not-memory", "region0"));
	plan_deinit(&plan);
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), PLAN_E_REFUSED);
	assert_int_equal(plan.steps.list.count, 0);
	assert_true(plan_refused_with(&plan, "pmem-data", "region0"));
	plan_deinit(&plan);
	/* A disabled region has its data all the same. */
	topology_region(bench.now, "region0")->enabled = false;
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), PLAN_E_REFUSED);
	plan_deinit(&plan);
	topology_region(bench.now, "region0")->enabled = true;
	request.keep_region = true;
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), 0);
	plan_deinit(&plan);
	request = (struct remove_request){ .region = "region0", .force = true };
	assert_int_equal(plan_remove_region(bench.now, &request, &plan), 0);
	assert_true(plan_refused_with(&plan, "pmem-data", "region0"));
	bench_perform(&bench, &plan);
	assert_int_equal(bench.now->regions.count, 0);
	bench_free(&bench);
}

/* No force takes data from its users, and to disable a region takes the data away as well. */
static void test_data_in_use(void **state)
{
	static const struct topo_namespace used[] = {
		{ "region0", "namespace1.0", "pmem1", NULL },
		{ "region0", "namespace1.1", "pmem1.1", "pmem1.1 is mounted on /srv" },
		{ "region1", "namespace2.0", "pmem2", "pmem2 is swap" },
	};
	const struct remove_request requests[] = {
		{ .region = "region0", .force = true },
		{ .region = "region0", .keep_region = true },
		{ .region = "region0", .keep_region = true, .force = true },
	};
	struct region_request create_request = REGION_REQUEST_NULL;
	struct bench bench = bench_new("offline");
	struct plan plan = PLAN_NULL;

	(void)state;
	create_request.type = TOPO_MODE_PMEM;
	create_request.uuid = "01234567-89ab-cdef-0123-456789abcdef";
	create_request.ways = 2;
	assert_int_equal(plan_create_region(bench.now, &create_request, &plan), 0);
	bench_perform(&bench, &plan);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ARRAY_APPEND(&bench.now->namespaces, used[i]), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(plan_remove_region(bench.now, &requests[i], &plan),
				 PLAN_E_REFUSED);
		assert_int_equal(plan.refusals.list.count, 1);
		assert_true(plan_refused_with(&plan, "pmem-in-use", "namespace1.1"));
		assert_int_equal(plan.steps.list.count, 0);
		plan_deinit(&plan);
	}
	bench.now->namespaces.items[1].user = NULL;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(plan_remove_region(bench.now, &requests[i], &plan), 0);
		assert_true(plan_takes_data(&plan));
		plan_deinit(&plan);
	}
	bench_free(&bench);
}

/* A region that somebody left halfway can be cleaned up. */
static void test_remove_uncommitted(void **state)
{
	struct bench bench = bench_new("offline");

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	assert_int_equal(fake_kernel_write(bench.kernel, STEP_REGION_COMMIT, "region0", "0"), 0);
	bench_look(&bench);
	remove_region(&bench, "region0", false);
	assert_int_equal(bench.now->regions.count, 0);
	bench_free(&bench);
}

static void assert_nothing_left(const struct topology *topology)
{
	assert_int_equal(topology->regions.count, 0);
	for (size_t i = 0; i < topology->decoders.count; i++)
		assert_int_equal(topology->decoders.items[i]->dpa_size, 0);
}

/* Performs the first @count steps of a plan, as if nobody were there any more to go on. */
static bool leave_halfway(struct bench *bench, struct plan *plan, size_t count)
{
	bool within = count <= plan->steps.list.count;

	if (within)
		plan->steps.list.count = count;
	bench_perform(bench, plan);
	if (bench->now->regions.count)
		remove_region(bench, "region0", false);
	assert_nothing_left(bench->now);
	return within;
}

/* Wherever adding or removing ends, removing what is there leaves nothing: no DPA that nobody has.
 */
static void test_left_at_every_step(void **state)
{
	const struct remove_request remove = { .region = "region0" };
	struct region_request add = REGION_REQUEST_NULL;
	bool within = true;

	(void)state;
	add.size_bytes = 512 * MIB;
	add.goal = PLAN_GOAL_SYSTEM_RAM;
	for (size_t n = 1; within; n++) {
		struct bench bench = bench_new("online");
		struct plan plan = PLAN_NULL;

		assert_int_equal(plan_create_region(bench.now, &add, &plan), 0);
		within = leave_halfway(&bench, &plan, n);
		bench_free(&bench);
	}
	within = true;
	for (size_t n = 1; within; n++) {
		struct bench bench = bench_new("online");
		struct plan plan = PLAN_NULL;

		create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
		assert_int_equal(plan_remove_region(bench.now, &remove, &plan), 0);
		within = leave_halfway(&bench, &plan, n);
		bench_free(&bench);
	}
}

/* DPA that somebody reserved for something else is left alone. */
static void test_reserved_dpa_beside(void **state)
{
	struct bench bench = bench_new("offline");

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	remove_region(&bench, "region0", false);
	assert_int_equal(fake_kernel_write(bench.kernel, STEP_DECODER_MODE, "decoder2.0", "ram"),
			 0);
	assert_int_equal(
		fake_kernel_write(bench.kernel, STEP_DECODER_DPA, "decoder2.0", "268435456"), 0);
	bench_look(&bench);
	create(&bench, 256 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	remove_region(&bench, bench.now->regions.items[0]->name, false);
	assert_int_equal(bench.now->regions.count, 0);
	assert_int_equal(topology_decoder(bench.now, "decoder2.0")->dpa_size, 256 * MIB);
	bench_free(&bench);
}

/* ---- enabling ---- */

static void enable(struct bench *bench, enum plan_goal goal, enum topo_zone zone)
{
	struct plan plan = PLAN_NULL;

	assert_int_equal(plan_enable_region(bench->now, "region0", goal, zone, &plan), 0);
	bench_perform(bench, &plan);
}

static void test_enable(void **state)
{
	struct bench bench = bench_new("online_kernel");
	struct plan plan = PLAN_NULL;

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	remove_region(&bench, "region0", true);
	enable(&bench, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	assert_true(all_in(dax_of(&bench, "region0"), TOPO_ZONE_MOVABLE));
	/* Done is done. */
	assert_int_equal(plan_enable_region(bench.now, "region0", PLAN_GOAL_SYSTEM_RAM,
					    TOPO_ZONE_MOVABLE, &plan),
			 0);
	assert_int_equal(plan.steps.list.count, 0);
	plan_deinit(&plan);
	enable(&bench, PLAN_GOAL_DEVDAX, TOPO_ZONE_MOVABLE);
	assert_int_equal(dax_of(&bench, "region0")->driver, TOPO_DAX_DEVICE);
	enable(&bench, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_KERNEL);
	assert_true(all_in(dax_of(&bench, "region0"), TOPO_ZONE_KERNEL));
	assert_string_equal(bench.now->auto_online_policy, "online_kernel");
	bench_free(&bench);
}

static void test_enable_uncommitted(void **state)
{
	struct bench bench = bench_new("offline");
	struct plan plan = PLAN_NULL;

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
	assert_int_equal(fake_kernel_write(bench.kernel, STEP_REGION_COMMIT, "region0", "0"), 0);
	bench_look(&bench);
	assert_int_equal(
		plan_enable_region(bench.now, "region0", PLAN_GOAL_REGION, TOPO_ZONE_NONE, &plan),
		PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "region-not-committed", "region0"));
	plan_deinit(&plan);
	bench_free(&bench);
}

/* ---- onlining ---- */

static void change_zone(struct bench *bench, enum topo_zone zone)
{
	struct plan plan = PLAN_NULL;

	assert_int_equal(plan_online_memory(bench->now, "region0", zone, &plan), 0);
	bench_perform(bench, &plan);
	assert_true(all_in(dax_of(bench, "region0"), zone));
}

static void test_zones(void **state)
{
	struct bench bench = bench_new("offline");

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	change_zone(&bench, TOPO_ZONE_NONE);
	change_zone(&bench, TOPO_ZONE_KERNEL);
	change_zone(&bench, TOPO_ZONE_MOVABLE);
	change_zone(&bench, TOPO_ZONE_MOVABLE);
	bench_free(&bench);
}

static void test_unplugged(void **state)
{
	struct bench bench = bench_new("offline");

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
	assert_int_equal(fake_kernel_write(bench.kernel, STEP_DAX_MEMORY, "dax0.0", "unplugged"),
			 0);
	bench_look(&bench);
	change_zone(&bench, TOPO_ZONE_KERNEL);
	assert_int_equal(fake_kernel_write(bench.kernel, STEP_DAX_MEMORY, "dax0.0", "unplugged"),
			 0);
	bench_look(&bench);
	remove_region(&bench, "region0", false);
	assert_int_equal(bench.now->regions.count, 0);
	bench_free(&bench);
}

static void test_online_refusals(void **state)
{
	struct bench bench = bench_new("offline");
	struct plan plan = PLAN_NULL;

	(void)state;
	create(&bench, 512 * MIB, PLAN_GOAL_DEVDAX, TOPO_ZONE_MOVABLE);
	assert_int_equal(plan_online_memory(bench.now, "region0", TOPO_ZONE_MOVABLE, &plan),
			 PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "not-system-ram", "dax0.0"));
	plan_deinit(&plan);
	remove_region(&bench, "region0", true);
	assert_int_equal(plan_online_memory(bench.now, "region0", TOPO_ZONE_MOVABLE, &plan),
			 PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "region-disabled", "region0"));
	plan_deinit(&plan);
	bench_free(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_never_wins),
		cmocka_unit_test(test_devdax),
		cmocka_unit_test(test_devdax_smaller_than_a_block),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_steps_of_remove),
		cmocka_unit_test(test_order_of_removal),
		cmocka_unit_test(test_reserved_dpa_behind),
		cmocka_unit_test(test_remove_refusals),
		cmocka_unit_test(test_a_kind_not_understood),
		cmocka_unit_test(test_a_linear_cache_is_named),
		cmocka_unit_test(test_pmem_region),
		cmocka_unit_test(test_data_in_use),
		cmocka_unit_test(test_remove_uncommitted),
		cmocka_unit_test(test_left_at_every_step),
		cmocka_unit_test(test_reserved_dpa_beside),
		cmocka_unit_test(test_enable),
		cmocka_unit_test(test_enable_uncommitted),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_unplugged),
		cmocka_unit_test(test_online_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

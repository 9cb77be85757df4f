// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real plans through the real executor on the fake kernel: whatever write fails, in whatever way,
 * the host ends as it began or as it was to become, and nothing is left over.
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

#include "change/step-exec.h"
#include "cxl/plan/plan.h"
#include "cxl/step/host-step.h"
#include "test/lib/fake-host.h"
#include "test/lib/fake-kernel.h"
#include "util/cleanup.h"
#include "util/size.h"

struct scene {
	const char *name;
	struct fake_host host;
	uint64_t size;
	enum topo_mode type;
	enum plan_goal goal;
	enum topo_zone zone;
	bool state_attribute; /* kernel 7.3 */
	bool left_id;	      /* device_dax had a dax device of that name before */
};

static const struct scene scenes[] = {
	{ .name = "one device",
	  .host = { .bridges = 1,
		    .devices = { 1 },
		    .ram_size = 512 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0 }, 1, 4 * SIZE_GIB, 1024, true, false } },
		    .policy = "offline" },
	  .size = 256 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_SYSTEM_RAM,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = true },
	{ .name = "four behind a switch",
	  .host = { .bridges = 1,
		    .devices = { 4 },
		    .switches = true,
		    .ram_size = 256 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0 }, 1, 4 * SIZE_GIB, 1024, true, false } },
		    .policy = "online" },
	  .size = 1024 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_SYSTEM_RAM,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = true },
	{ .name = "four on two bridges, older kernel",
	  .host = { .bridges = 2,
		    .devices = { 2, 2 },
		    .ram_size = 256 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0, 1 }, 2, 4 * SIZE_GIB, 1024, true, false } },
		    .policy = "online" },
	  .size = 1024 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_SYSTEM_RAM,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = false },
	{ .name = "kernel zone",
	  .host = { .bridges = 2,
		    .devices = { 2, 2 },
		    .switches = true,
		    .ram_size = 256 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0, 1 }, 2, 4 * SIZE_GIB, 1024, true, false } },
		    .policy = "online_movable" },
	  .size = 512 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_SYSTEM_RAM,
	  .zone = TOPO_ZONE_KERNEL,
	  .state_attribute = true },
	{ .name = "devdax",
	  .host = { .bridges = 1,
		    .devices = { 2 },
		    .ram_size = 256 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0 }, 1, 4 * SIZE_GIB, 256, true, false } },
		    .policy = "online" },
	  .size = 512 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_DEVDAX,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = true },
	{ .name = "devdax, where there was some",
	  .host = { .bridges = 1,
		    .devices = { 1 },
		    .ram_size = 256 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0 }, 1, 4 * SIZE_GIB, 256, true, false } },
		    .policy = "online" },
	  .size = 256 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_DEVDAX,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = true,
	  .left_id = true },
	{ .name = "memory, where there was devdax",
	  .host = { .bridges = 1,
		    .devices = { 1 },
		    .ram_size = 256 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0 }, 1, 4 * SIZE_GIB, 256, true, false } },
		    .policy = "online" },
	  .size = 256 * SIZE_MIB,
	  .type = TOPO_MODE_RAM,
	  .goal = PLAN_GOAL_SYSTEM_RAM,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = true,
	  .left_id = true },
	{ .name = "pmem",
	  .host = { .bridges = 1,
		    .devices = { 2 },
		    .ram_size = 256 * SIZE_MIB,
		    .pmem_size = 512 * SIZE_MIB,
		    .windows = 1,
		    .window = { { { 0 }, 1, 4 * SIZE_GIB, 256, true, true } },
		    .policy = "offline" },
	  .size = 1024 * SIZE_MIB,
	  .type = TOPO_MODE_PMEM,
	  .goal = PLAN_GOAL_REGION,
	  .zone = TOPO_ZONE_MOVABLE,
	  .state_attribute = true },
};

/* As the first one, with room for another region. */
static struct scene three_devices(const char *name, const char *policy, uint64_t size)
{
	struct scene scene = scenes[0];

	scene.name = name;
	scene.host.devices[0] = 3;
	scene.host.policy = policy;
	scene.size = size;
	return scene;
}

struct world {
	struct topology *start, *topology; /* the host idle, and as the plan sees it */
	struct fake_kernel *kernel;
	struct plan plan;
};

static void execute_one(struct step_exec *exec, struct fake_kernel *kernel)
{
	struct step_result result;
	struct step step;

	assert_true(step_exec_next(exec, &step));
	assert_int_equal(step_check(&step), 0);
	(void)step_perform(&fake_kernel_ops, kernel, &step, UINT64_MAX, &result);
	if (fake_kernel_died(kernel))
		assert_int_equal(step_exec_lost(exec, -EPIPE), 0);
	else
		assert_int_equal(step_exec_result(exec, result.error, result.wrote), 0);
}

static enum step_exec_outcome go_on(struct step_exec *exec, struct world *world, const char *name)
{
	while (step_exec_outcome(exec) == STEP_EXEC_RUNNING)
		execute_one(exec, world->kernel);
	for (size_t i = 0; i < exec->leftover.count; i++)
		print_message("%s: left over: %s\n", name,
			      step_describe(&exec->steps->list.items[exec->leftover.items[i]],
					    &world->plan.arena));
	return step_exec_outcome(exec);
}

static enum step_exec_outcome execute(struct step_exec *exec, struct world *world, const char *name)
{
	step_exec_init(exec, &world->plan.steps);
	return go_on(exec, world, name);
}

static void plan_creation(const struct scene *scene, struct world *world)
{
	struct region_request request = REGION_REQUEST_NULL;

	request.size_bytes = scene->size;
	request.type = scene->type;
	request.goal = scene->goal;
	request.zone = scene->zone;
	if (scene->type == TOPO_MODE_PMEM)
		request.uuid = "5d1f1e5c-72a2-4f4e-9f7a-0a1b2c3d4e5f";
	assert_int_equal(plan_create_region(world->topology, &request, &world->plan), 0);
}

/* The host before a plan is carried out: idle, or with the region that is to be removed. */
static struct world *world_new(const struct scene *scene, bool remove)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct remove_request request = { .region = "region0", .force = true };
	struct step_exec exec;

	assert_non_null(world);
	world->plan = PLAN_NULL;
	world->start = fake_host_new(&scene->host);
	assert_non_null(world->start);
	world->kernel = fake_kernel_new(world->start);
	assert_non_null(world->kernel);
	fake_kernel_set_state_attribute(world->kernel, scene->state_attribute);
	if (scene->left_id)
		fake_kernel_leave_dax_id(world->kernel, 0);
	world->topology = fake_kernel_snapshot(world->kernel);
	assert_non_null(world->topology);
	plan_creation(scene, world);
	if (!remove)
		return world;
	assert_int_equal(execute(&exec, world, scene->name), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
	plan_deinit(&world->plan);
	world->plan = PLAN_NULL;
	(void)topology_free(world->topology);
	world->topology = fake_kernel_snapshot(world->kernel);
	assert_non_null(world->topology);
	assert_int_equal(plan_remove_region(world->topology, &request, &world->plan), 0);
	return world;
}

static void world_free(struct world *world)
{
	assert_int_equal(fake_kernel_warnings(world->kernel), 0);
	plan_deinit(&world->plan);
	(void)fake_kernel_free(world->kernel);
	(void)topology_free(world->topology);
	(void)topology_free(world->start);
	free(world);
}

static void assert_same(const char *expected, const char *now, const struct scene *scene,
			bool remove, unsigned int n)
{
	if (strcmp(now, expected) != 0)
		fail_msg("%s, %s, write %u:\n--- expected\n%s--- but\n%s", scene->name,
			 remove ? "removal" : "creation", n, expected, now);
}

static void take_up(struct step_exec *exec, const struct world *world)
{
	const struct step_list *steps = &world->plan.steps;
	char(*texts)[STEP_VALUE_MAX] = calloc(steps->list.count, sizeof(*texts));
	const char **values = calloc(steps->list.count, sizeof(*values));

	assert_non_null(texts);
	assert_non_null(values);
	for (size_t i = 0; i < steps->list.count; i++)
		if (fake_kernel_read(world->kernel, &steps->list.items[i], texts[i]) == 0)
			values[i] = texts[i];
	step_exec_take_up(exec, steps, values);
	free(values);
	free(texts);
}

/* Has a removal freed the region's addresses? Another region could have them by now. */
static bool is_without_addresses(const struct world *world)
{
	const struct step_list *steps = &world->plan.steps;
	char value[STEP_VALUE_MAX];

	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		if (step->kind == STEP_REGION_SIZE && strcmp(step->to, "0") == 0)
			return fake_kernel_read(world->kernel, step, value) < 0 ||
			       strcmp(value, "0") == 0;
	}
	return false;
}

/* Returns false when there were fewer writes than @n: nothing failed. */
static bool fail_at(const struct scene *scene, bool remove, unsigned int n,
		    enum fake_failure failure, const char *after)
{
	struct world *world = world_new(scene, remove);
	_cleanup_free_ char *before = fake_kernel_state(world->kernel), *now = NULL;
	unsigned int writes = fake_kernel_writes(world->kernel);
	enum step_exec_outcome outcome;
	struct step_exec exec;
	bool failed;

	fake_kernel_fail_at(world->kernel, n, -EIO, failure);
	outcome = execute(&exec, world, scene->name);
	now = fake_kernel_state(world->kernel);
	assert_int_not_equal(outcome, STEP_EXEC_LEFTOVER);
	if (outcome == STEP_EXEC_INCOMPLETE) {
		assert_true(is_without_addresses(world));
		step_exec_deinit(&exec);
		take_up(&exec, world);
		assert_int_equal(go_on(&exec, world, scene->name), STEP_EXEC_DONE);
		free(now);
		now = fake_kernel_state(world->kernel);
	}
	assert_same(outcome == STEP_EXEC_UNDONE ? before : after, now, scene, remove, n);
	failed = fake_kernel_writes(world->kernel) - writes >= n;
	step_exec_deinit(&exec);
	world_free(world);
	return failed;
}

static void test_scene(const struct scene *scene, bool remove)
{
	struct world *world = world_new(scene, remove);
	_cleanup_free_ char *after = NULL;
	struct step_exec exec;

	assert_int_equal(execute(&exec, world, scene->name), STEP_EXEC_DONE);
	after = fake_kernel_state(world->kernel);
	step_exec_deinit(&exec);
	world_free(world);
	for (int failure = FAKE_FAIL_BEFORE; failure <= FAKE_SILENT_AFTER; failure++)
		for (unsigned int n = 1;
		     fail_at(scene, remove, n, (enum fake_failure)failure, after); n++)
			;
}

static void test_creation(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++)
		test_scene(&scenes[i], false);
}

static void test_removal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++)
		test_scene(&scenes[i], true);
}

static char *state_when_done(const struct scene *scene, bool remove)
{
	struct world *world = world_new(scene, remove);
	struct step_exec exec;
	char *state;

	step_exec_init(&exec, &world->plan.steps);
	assert_int_equal(go_on(&exec, world, scene->name), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
	state = fake_kernel_state(world->kernel);
	world_free(world);
	return state;
}

/* Everybody dies at write @n, if there is such a write. */
static bool dies_at(struct step_exec *exec, struct world *world, unsigned int n,
		    enum fake_failure failure)
{
	bool died = false;

	fake_kernel_fail_at(world->kernel, n, -EIO, failure);
	while (!died && step_exec_outcome(exec) == STEP_EXEC_RUNNING) {
		struct step_result result;
		struct step step;

		assert_true(step_exec_next(exec, &step));
		(void)step_perform(&fake_kernel_ops, world->kernel, &step, UINT64_MAX, &result);
		died = fake_kernel_died(world->kernel);
		assert_int_equal(step_exec_result(exec, result.error, result.wrote), 0);
	}
	fake_kernel_fail_at(world->kernel, 0, 0, failure);
	return died;
}

/*
 * Who comes after a death at write @n knows the steps and nothing else, and dies at write @m (0:
 * does not). Returns how many of them died.
 */
static int cut_short(const struct scene *scene, bool remove, unsigned int n, unsigned int m,
		     enum fake_failure failure)
{
	struct world *world = world_new(scene, remove);
	_cleanup_free_ char *before = fake_kernel_state(world->kernel), *now = NULL;
	struct step_exec exec;
	int died;

	step_exec_init(&exec, &world->plan.steps);
	died = dies_at(&exec, world, n, failure);
	step_exec_deinit(&exec);
	if (died && m) {
		take_up(&exec, world);
		died += dies_at(&exec, world, m, failure);
		step_exec_deinit(&exec);
	}
	if (died) {
		const bool finishes = is_without_addresses(world);
		enum step_exec_outcome outcome;

		take_up(&exec, world);
		outcome = go_on(&exec, world, scene->name);
		assert_int_equal(outcome, finishes ? STEP_EXEC_DONE : STEP_EXEC_UNDONE);
		step_exec_deinit(&exec);
		now = fake_kernel_state(world->kernel);
		if (finishes) {
			free(before);
			before = state_when_done(scene, remove);
		}
		assert_same(before, now, scene, remove, n);
	}
	world_free(world);
	return died;
}

static void test_cut_short(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++)
		for (int way = 0; way < 4; way++) {
			unsigned int n = 1;

			while (cut_short(&scenes[i], way & 1, n, 0,
					 way & 2 ? FAKE_SILENT_AFTER : FAKE_SILENT_BEFORE))
				n++;
			assert_true(n > 5);
		}
}

static void test_recovery_cut_short(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++)
		for (int way = 0; way < 4; way++) {
			const enum fake_failure failure =
				way & 2 ? FAKE_SILENT_AFTER : FAKE_SILENT_BEFORE;
			unsigned int n = 1, m = 1;
			int died;

			while ((died = cut_short(&scenes[i], way & 1, n, m, failure)) > 0) {
				m = died > 1 ? m + 1 : 1;
				n += died == 1;
			}
			assert_true(n > 5);
		}
}

static int put(struct world *world, const struct step_kind *kind, const char *object,
	       const char *value)
{
	return fake_kernel_write(world->kernel, kind, object, value);
}

/* As another admin does where region0 has gone: another region0 comes. */
static void make_another_region(struct world *world)
{
	assert_int_equal(put(world, STEP_DECODER_MODE, "decoder4.0", "ram"), 0);
	assert_int_equal(put(world, STEP_DECODER_DPA, "decoder4.0", "268435456"), 0);
	assert_int_equal(put(world, STEP_REGION, "region0", "ram@decoder0.0"), 0);
	assert_int_equal(put(world, STEP_REGION_GRANULARITY, "region0", "1024"), 0);
	assert_int_equal(put(world, STEP_REGION_WAYS, "region0", "1"), 0);
	assert_int_equal(put(world, STEP_REGION_SIZE, "region0", "268435456"), 0);
	assert_int_equal(put(world, STEP_REGION_TARGET, "region0/target0", "decoder4.0"), 0);
	assert_int_equal(put(world, STEP_REGION_COMMIT, "region0", "1"), 0);
	assert_int_equal(put(world, STEP_REGION_DRIVER, "region0", "cxl_region"), 0);
}

/* Cut short before its region had a target: of the devices' memory nobody but us knows. */
static void test_region_of_others(void **state)
{
	const struct scene scene =
		three_devices("another region of that name", NULL, 1024 * SIZE_MIB);
	struct world *world = world_new(&scene, false);
	_cleanup_topology_ struct topology *topology = NULL;
	struct step_exec exec;
	struct step step;

	(void)state;
	for (size_t i = 0; world->plan.steps.list.items[i].kind != STEP_REGION_TARGET; i++)
		assert_int_equal(
			fake_kernel_perform(world->kernel, &world->plan.steps.list.items[i]), 0);
	/* Two memdevs have 512 MiB for the region; the third memdev is idle. */
	assert_int_equal(put(world, STEP_DECODER_DPA, "decoder4.0", "0"), 0);
	assert_int_equal(put(world, STEP_REGION, "region0", ""), 0);
	make_another_region(world);
	take_up(&exec, world);
	while (step_exec_next(&exec, &step)) {
		struct step_result result;

		assert_string_not_equal(step.object, "region0");
		(void)step_perform(&fake_kernel_ops, world->kernel, &step, UINT64_MAX, &result);
		assert_int_equal(step_exec_result(&exec, result.error, result.wrote), 0);
	}
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	step_exec_deinit(&exec);
	topology = fake_kernel_snapshot(world->kernel);
	assert_non_null(topology);
	assert_true(topology_region(topology, "region0")->enabled);
	for (size_t i = 0; i < topology->decoders.count; i++)
		if (strcmp(topology->decoders.items[i]->name, "decoder4.0") != 0)
			assert_int_equal(topology->decoders.items[i]->dpa_size, 0);
	world_free(world);
}

/* Cut short after the one driver was taken away and before the other one was there. */
static void test_between_two_drivers(void **state)
{
	const struct step from_kmem = { STEP_DAX_DRIVER, "dax0.0", "", "kmem", "device_dax" };
	const struct step_list steps = { .list = { (struct step *)&from_kmem, 1 } };
	const char *values[] = { "" };
	struct world *world = world_new(&scenes[0], true);
	char value[STEP_VALUE_MAX];
	struct step_exec exec;

	(void)state;
	assert_int_equal(put(world, STEP_DAX_MEMORY, "dax0.0", "unplugged"), 0);
	assert_int_equal(put(world, STEP_DAX_DRIVER, "dax0.0", ""), 0);
	step_exec_take_up(&exec, &steps, values);
	assert_int_equal(go_on(&exec, world, "between two drivers"), STEP_EXEC_UNDONE);
	assert_int_equal(fake_kernel_read(world->kernel, &from_kmem, value), 0);
	assert_string_equal(value, "kmem");
	step_exec_deinit(&exec);
	world_free(world);
}

/* Carries out a removal as far as the removal can be taken back, and has the removal fail there. */
static void fail_at_addresses(struct step_exec *exec, struct world *world)
{
	struct step step;

	step_exec_init(exec, &world->plan.steps);
	while (step_exec_next(exec, &step) && step.kind != STEP_REGION_SIZE)
		execute_one(exec, world->kernel);
	assert_int_equal(step_exec_result(exec, -EBUSY, true), 0);
	assert_int_equal(step_exec_outcome(exec), STEP_EXEC_RUNNING);
}

/* cxl_dax_region_probe(): a region that is bound again has its dax device given to kmem. */
static void test_removal_without_driver(void **state)
{
	struct world *world = world_new(&scenes[0], true);
	_cleanup_topology_ struct topology *now = NULL;
	_cleanup_free_ char *before = NULL, *after = NULL;
	const struct remove_request request = { .region = "region0", .force = true };
	struct step_exec exec;

	(void)state;
	assert_int_equal(put(world, STEP_DAX_MEMORY, "dax0.0", "unplugged"), 0);
	assert_int_equal(put(world, STEP_DAX_DRIVER, "dax0.0", ""), 0);
	before = fake_kernel_state(world->kernel);
	now = fake_kernel_snapshot(world->kernel);
	assert_non_null(now);
	plan_deinit(&world->plan);
	world->plan = PLAN_NULL;
	assert_int_equal(plan_remove_region(now, &request, &world->plan), 0);
	fail_at_addresses(&exec, world);
	assert_int_equal(go_on(&exec, world, "without a driver"), STEP_EXEC_UNDONE);
	after = fake_kernel_state(world->kernel);
	assert_same(before, after, &scenes[0], true, 0);
	step_exec_deinit(&exec);
	world_free(world);
}

/* After the last step, too: what was done can't be kept. But a region that has gone stays so. */
static void test_taken_back(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(scenes); i++) {
		const bool remove = i % 2;
		struct world *world = world_new(&scenes[i / 2], remove);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel), *now = NULL;
		struct step_exec exec;

		assert_int_equal(execute(&exec, world, scenes[i / 2].name), STEP_EXEC_DONE);
		assert_int_equal(step_exec_may_turn_back(&exec), !remove);
		if (remove) {
			free(before);
			before = fake_kernel_state(world->kernel);
		}
		step_exec_take_back(&exec, -ENOSPC);
		assert_int_equal(go_on(&exec, world, scenes[i / 2].name),
				 remove ? STEP_EXEC_INCOMPLETE : STEP_EXEC_UNDONE);
		assert_int_equal(exec.error, -ENOSPC);
		assert_int_equal(exec.leftover.count, 0);
		now = fake_kernel_state(world->kernel);
		assert_same(before, now, &scenes[i / 2], remove, 0);
		step_exec_deinit(&exec);
		world_free(world);
	}
}

/* Not committed again: nothing is bound, and no memory block touched. */
static void test_commit_fails_backward(void **state)
{
	struct world *world = world_new(&scenes[0], true);
	struct step_exec exec;
	struct step step;

	(void)state;
	fail_at_addresses(&exec, world);
	while (step_exec_next(&exec, &step) && step.kind != STEP_REGION_COMMIT_ANEW)
		execute_one(&exec, world->kernel);
	assert_int_equal(step_exec_result(&exec, -ENXIO, true), 0);
	while (step_exec_next(&exec, &step)) {
		assert_ptr_equal(step.kind, STEP_AUTO_ONLINE);
		execute_one(&exec, world->kernel);
	}
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_LEFTOVER);
	step_exec_deinit(&exec);
	world_free(world);
}

/* As `cxl destroy-region -f` does with what a crash has left; that program does not know the
 * policy. */
static void destroy_region(struct world *world)
{
	(void)put(world, STEP_DAX_MEMORY, "dax0.0", "unplugged");
	(void)put(world, STEP_DAX_DRIVER, "dax0.0", "");
	(void)put(world, STEP_REGION_DRIVER, "region0", "");
	(void)put(world, STEP_REGION_COMMIT, "region0", "0");
	(void)put(world, STEP_REGION, "region0", "");
}

/* What others have made of the name stays theirs; what a removal had still to free is freed. */
static bool others_come_after(const struct scene *scene, size_t n, bool replaced)
{
	struct world *world = world_new(scene, true);
	_cleanup_topology_ struct topology *now = NULL;
	const size_t count = world->plan.steps.list.count;
	struct step_exec exec;

	for (size_t i = 0; i < n && i < count; i++)
		assert_int_equal(
			fake_kernel_perform(world->kernel, &world->plan.steps.list.items[i]), 0);
	destroy_region(world);
	if (replaced)
		make_another_region(world);
	take_up(&exec, world);
	assert_int_equal(go_on(&exec, world, scene->name), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
	now = fake_kernel_snapshot(world->kernel);
	assert_non_null(now);
	assert_int_equal(now->regions.count, replaced);
	assert_string_equal(now->auto_online_policy, world->topology->auto_online_policy);
	for (size_t i = 0; i < now->decoders.count; i++)
		if (!replaced || strcmp(now->decoders.items[i]->name, "decoder4.0") != 0)
			assert_int_equal(now->decoders.items[i]->dpa_size, 0);
	world_free(world);
	return n < count;
}

static void test_removal_and_others(void **state)
{
	const struct scene scene = three_devices("two of three", "online", 512 * SIZE_MIB);

	(void)state;
	for (int replaced = 0; replaced < 2; replaced++)
		for (size_t n = 0; others_come_after(&scene, n, replaced); n++)
			;
}

/* The plan of the removal, made anew of what is left of region0 without one memdev. */
static void plan_dead_region(struct world *world)
{
	const struct remove_request request = { .region = "region0", .force = true };

	assert_int_equal(put(world, STEP_DAX_MEMORY, "dax0.0", "unplugged"), 0);
	assert_int_equal(put(world, STEP_DAX_DRIVER, "dax0.0", ""), 0);
	assert_int_equal(put(world, STEP_REGION_DRIVER, "region0", ""), 0);
	assert_int_equal(put(world, STEP_REGION_COMMIT, "region0", "0"), 0);
	assert_int_equal(put(world, STEP_REGION_TARGET, "region0/target0", ""), 0);
	plan_deinit(&world->plan);
	world->plan = PLAN_NULL;
	(void)topology_free(world->topology);
	world->topology = fake_kernel_snapshot(world->kernel);
	assert_non_null(world->topology);
	assert_int_equal(plan_remove_region(world->topology, &request, &world->plan), 0);
}

/* cxl_region_attach(): a region that has lost a memdev takes none back, so the whole region goes.
 */
static void test_dead_region_cut_short(void **state)
{
	size_t n = 0, count;

	(void)state;
	do {
		struct world *world = world_new(&scenes[1], true);
		_cleanup_topology_ struct topology *now = NULL;
		struct step_exec exec;

		plan_dead_region(world);
		count = world->plan.steps.list.count;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(fake_kernel_perform(world->kernel,
							     &world->plan.steps.list.items[i]),
					 0);
		take_up(&exec, world);
		assert_int_equal(go_on(&exec, world, "dead"), STEP_EXEC_DONE);
		step_exec_deinit(&exec);
		now = fake_kernel_snapshot(world->kernel);
		assert_non_null(now);
		assert_int_equal(now->regions.count, 0);
		for (size_t i = 0; i < now->decoders.count; i++)
			assert_int_equal(now->decoders.items[i]->dpa_size, 0);
		world_free(world);
	} while (n++ < count);
	assert_true(n > 8);
}

/* Created and removed again, the host is as it was. */
static void test_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
		struct world *world = world_new(&scenes[i], false);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel), *after = NULL;
		struct step_exec exec;

		world_free(world);
		world = world_new(&scenes[i], true);
		assert_int_equal(execute(&exec, world, scenes[i].name), STEP_EXEC_DONE);
		after = fake_kernel_state(world->kernel);
		assert_same(before, after, &scenes[i], true, 0);
		step_exec_deinit(&exec);
		world_free(world);
	}
}

/* Pages that cannot move stop a removal, and what was offline by then comes back. */
static void test_removal_with_pinned_pages(void **state)
{
	(void)state;
	for (uint64_t index = 32; index < 40; index++) {
		struct world *world = world_new(&scenes[1], true);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel), *now = NULL;
		struct step_exec exec;

		assert_true(fake_kernel_pin_block(world->kernel, index, true));
		assert_int_equal(execute(&exec, world, "pinned"), STEP_EXEC_UNDONE);
		assert_int_equal(exec.error, -EBUSY);
		now = fake_kernel_state(world->kernel);
		assert_same(before, now, &scenes[1], true, (unsigned int)index);
		step_exec_deinit(&exec);
		world_free(world);
	}
}

/* Memory that is to change its zone and can't: what was never begun is not left over. */
static void test_zone_change_with_pinned_pages(void **state)
{
	const struct scene *scene = &scenes[3];

	for (uint64_t index = 32; index < 36; index++) {
		struct world *world = world_new(scene, true);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel), *now = NULL;
		struct step_exec exec;

		plan_deinit(&world->plan);
		world->plan = PLAN_NULL;
		assert_int_equal(plan_online_memory(world->topology, "region0", TOPO_ZONE_MOVABLE,
						    &world->plan),
				 0);
		assert_true(fake_kernel_pin_block(world->kernel, index, true));
		assert_int_equal(execute(&exec, world, "pinned"), STEP_EXEC_UNDONE);
		assert_int_equal(exec.error, -EBUSY);
		now = fake_kernel_state(world->kernel);
		assert_same(before, now, scene, false, (unsigned int)index);
		step_exec_deinit(&exec);
		world_free(world);
	}
}

/* Memory that changes its zone goes offline first; a death finds some blocks here, some there. */
static bool zone_change_cut_short(unsigned int n, enum fake_failure failure)
{
	const struct scene *scene = &scenes[3];
	struct world *world = world_new(scene, true);
	_cleanup_free_ char *before = fake_kernel_state(world->kernel), *now = NULL;
	struct step_exec exec;
	bool died;

	plan_deinit(&world->plan);
	world->plan = PLAN_NULL;
	assert_int_equal(
		plan_online_memory(world->topology, "region0", TOPO_ZONE_MOVABLE, &world->plan), 0);
	step_exec_init(&exec, &world->plan.steps);
	died = dies_at(&exec, world, n, failure);
	step_exec_deinit(&exec);
	/* Also after the last one: nobody has said yet that it was. */
	take_up(&exec, world);
	assert_int_equal(go_on(&exec, world, "zone change"), STEP_EXEC_UNDONE);
	now = fake_kernel_state(world->kernel);
	assert_same(before, now, scene, false, n);
	step_exec_deinit(&exec);
	world_free(world);
	return died;
}

static void test_zone_change_cut_short(void **state)
{
	(void)state;
	for (unsigned int n = 1; zone_change_cut_short(n, FAKE_SILENT_BEFORE); n++)
		;
	for (unsigned int n = 1; zone_change_cut_short(n, FAKE_SILENT_AFTER); n++)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_creation),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_recovery_cut_short),
		cmocka_unit_test(test_region_of_others),
		cmocka_unit_test(test_between_two_drivers),
		cmocka_unit_test(test_removal_without_driver),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_removal_and_others),
		cmocka_unit_test(test_dead_region_cut_short),
		cmocka_unit_test(test_commit_fails_backward),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_removal_with_pinned_pages),
		cmocka_unit_test(test_zone_change_with_pinned_pages),
		cmocka_unit_test(test_zone_change_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sixteen terabytes in blocks of 128 MiB, on a model of a kernel: what is planned, noted and told
 * of their removal is as small as that of one gigabyte, one block that is busy is named and all
 * others are put back, and a removal that was cut short is taken back by what was noted. With
 * "growth" for an argument it measures instead: each twice as much takes about twice the time.
 */
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "change/step-exec.h"
#include "cxl/plan/plan.h"
#include "cxl/step/host-step.h"
#include "daemon/engine/journal-entry.h"
#include "test/lib/fake-kernel.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/json.h"

#define TIB (UINT64_C(1) << 40)

/* The first block of a region at 4 GiB. */
#define FIRST_BLOCK 32

/* What a text may have that is not to grow with memory. */
#define TEXT_MAX ((size_t)16 * 1024)

/* A host whose memory is all in use, and the plan to remove it. */
struct world {
	struct topology *start, *now;
	struct fake_kernel *kernel;
	struct plan plan;
};

/* Hands out steps until @count were performed, or there is none. */
static void perform(struct step_exec *exec, struct fake_kernel *kernel, size_t count)
{
	struct step step;

	while (count-- > 0 && step_exec_next(exec, &step)) {
		struct step_result result;

		(void)step_perform(&fake_kernel_ops, kernel, &step, UINT64_MAX, &result);
		assert_int_equal(step_exec_result(exec, result.error, result.wrote), 0);
	}
}

static void add_memory(struct world *world, uint64_t size)
{
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;
	struct step_exec exec;

	request.size_bytes = size;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	assert_int_equal(plan_create_region(world->start, &request, &plan), 0);
	step_exec_init(&exec, &plan.steps);
	perform(&exec, world->kernel, SIZE_MAX);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
	plan_deinit(&plan);
}

static void world_init(struct world *world, uint64_t size)
{
	const struct plan_host host = { .shape = "[e]",
					.windows = { { .targets = "0", .size = size } },
					.ram_size = size };

	*world = (struct world){ .start = plan_host_new(&host), .plan = PLAN_NULL };
	world->kernel = fake_kernel_new(world->start);
	assert_non_null(world->kernel);
	add_memory(world, size);
}

static int plan_removal(struct world *world)
{
	const struct remove_request request = { .region = "region0" };

	world->now = fake_kernel_snapshot(world->kernel);
	assert_non_null(world->now);
	return plan_remove_region(world->now, &request, &world->plan);
}

static void world_deinit(struct world *world)
{
	plan_deinit(&world->plan);
	(void)topology_free(world->now);
	(void)fake_kernel_free(world->kernel);
	(void)topology_free(world->start);
}

static void set_block(struct world *world, uint64_t index, const char *state)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "memory%llu", (unsigned long long)index);
	assert_int_equal(fake_kernel_write(world->kernel, STEP_BLOCK, name, state), 0);
}

/* ---- what is noted ---- */

/* By way of the text that a daemon keeps. Returns how long that is. */
static size_t note_and_read(const struct plan *plan, struct change_entry *ret_entry)
{
	const struct change_entry entry = { .boot = "boot",
					    .object = plan->region,
					    .steps = plan->steps };
	_cleanup_json_ struct json_object *object = change_entry_to_json(&entry), *again = NULL;
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);

	assert_non_null(text);
	*ret_entry = CHANGE_ENTRY_NULL;
	assert_int_equal(json_parse_text(text, strlen(text), &again), 0);
	assert_int_equal(journal_entry_from_json(again, &host_steps, ret_entry), 0);
	return strlen(text);
}

static size_t told_length(const struct plan *plan)
{
	_cleanup_json_ struct json_object *object = plan_to_json(plan);

	return strlen(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
}

static void expect_same_steps(const struct step_list *a, const struct step_list *b)
{
	assert_int_equal(a->list.count, b->list.count);
	for (size_t i = 0; i < a->list.count; i++) {
		const struct step *left = &a->list.items[i], *right = &b->list.items[i];

		if (left->kind != right->kind || strcmp(left->of, right->of) != 0 ||
		    strcmp(left->object, right->object) != 0 ||
		    strcmp(left->from, right->from) != 0 || strcmp(left->to, right->to) != 0)
			fail_msg("step %zu is about %s, not %s", i, right->object, left->object);
	}
}

/* The daemon after a crash reads what each step is about, and takes the steps back. */
static void take_back(struct world *world, const struct change_entry *entry)
{
	const size_t count = entry->steps.list.count;
	char(*texts)[STEP_VALUE_MAX] = calloc(count, sizeof(*texts));
	const char **values = calloc(count, sizeof(*values));
	struct step_exec exec;

	assert_non_null(texts);
	assert_non_null(values);
	for (size_t i = 0; i < count; i++)
		if (fake_kernel_ops.read(world->kernel, &entry->steps.list.items[i], texts[i]) == 0)
			values[i] = texts[i];
	assert_int_equal(step_exec_take_up(&exec, &entry->steps, values), 0);
	perform(&exec, world->kernel, SIZE_MAX);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	step_exec_deinit(&exec);
	free(texts);
	free((void *)values);
}

/* ---- tests ---- */

static void removes_sixteen_terabytes(void **state)
{
	struct world world;
	struct change_entry entry;
	struct step_exec exec;
	char *idle;

	world_init(&world, 16 * TIB);
	assert_int_equal(plan_removal(&world), 0);
	assert_in_range(world.plan.steps.list.count, 131072, 131072 + 32);
	assert_in_range(note_and_read(&world.plan, &entry), 1, TEXT_MAX);
	assert_in_range(told_length(&world.plan), 1, TEXT_MAX);
	expect_same_steps(&world.plan.steps, &entry.steps);
	step_exec_init(&exec, &entry.steps);
	perform(&exec, world.kernel, SIZE_MAX);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
	change_entry_deinit(&entry);
	idle = fake_kernel_state(world.kernel);
	assert_null(strstr(idle, "dax"));
	free(idle);
	world_deinit(&world);
}

/* Some blocks are in another zone, some are offline: each run is put back as it was. */
static void mix_zones(struct world *world)
{
	for (uint64_t i = 1000; i < 1100; i++)
		set_block(world, FIRST_BLOCK + i, "offline");
	for (uint64_t i = 1050; i < 1100; i++)
		set_block(world, FIRST_BLOCK + i, "online_kernel");
	set_block(world, FIRST_BLOCK, "offline");
	set_block(world, FIRST_BLOCK + 131071, "offline");
}

static void takes_back_what_was_cut_short(void **state)
{
	struct world world;
	struct change_entry entry;
	struct step_exec exec;
	char *before, *after;

	world_init(&world, 16 * TIB);
	mix_zones(&world);
	assert_int_equal(plan_removal(&world), 0);
	assert_in_range(note_and_read(&world.plan, &entry), 1, TEXT_MAX);
	expect_same_steps(&world.plan.steps, &entry.steps);
	before = fake_kernel_state(world.kernel);
	step_exec_init(&exec, &world.plan.steps);
	perform(&exec, world.kernel, 130500);
	step_exec_deinit(&exec);
	take_back(&world, &entry);
	after = fake_kernel_state(world.kernel);
	assert_true(strcmp(before, after) == 0);
	free(before);
	free(after);
	change_entry_deinit(&entry);
	world_deinit(&world);
}

static void names_the_block_that_is_busy(void **state)
{
	struct world world;
	struct step_exec exec;
	char *before, *after;

	world_init(&world, 16 * TIB);
	mix_zones(&world);
	assert_true(fake_kernel_pin_block(world.kernel, FIRST_BLOCK + 500, true));
	assert_int_equal(plan_removal(&world), 0);
	before = fake_kernel_state(world.kernel);
	step_exec_init(&exec, &world.plan.steps);
	perform(&exec, world.kernel, SIZE_MAX);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	assert_int_equal(exec.error, -EBUSY);
	assert_string_equal(world.plan.steps.list.items[exec.failed_at].object, "memory532");
	after = fake_kernel_state(world.kernel);
	assert_true(strcmp(before, after) == 0);
	step_exec_deinit(&exec);
	free(before);
	free(after);
	world_deinit(&world);
}

/* Where every other block is in another state, what would have to be noted does grow. */
static void refuses_too_many_runs(void **state)
{
	struct world world;

	world_init(&world, 16 * TIB);
	for (uint64_t i = 0; i < 131072; i += 2)
		set_block(&world, FIRST_BLOCK + i, "offline");
	assert_int_equal(plan_removal(&world), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&world.plan, "memory-fragmented", "region0"));
	world_deinit(&world);
	/* As much of a smaller host is no problem. */
	world_init(&world, TIB);
	for (uint64_t i = 0; i < 8192; i += 2)
		set_block(&world, FIRST_BLOCK + i, "offline");
	assert_int_equal(plan_removal(&world), 0);
	world_deinit(&world);
}

/* ---- growth ---- */

enum phase { PHASE_PLAN, PHASE_NOTE, PHASE_REMOVE, PHASE_RECOVER, PHASE_COUNT };

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void measure(uint64_t size, double phases[static PHASE_COUNT], size_t *ret_bytes)
{
	struct world world;
	struct change_entry entry;
	struct step_exec exec;
	double begin;

	world_init(&world, size);
	begin = now_ms();
	assert_int_equal(plan_removal(&world), 0);
	phases[PHASE_PLAN] = now_ms() - begin;
	begin = now_ms();
	*ret_bytes = note_and_read(&world.plan, &entry);
	phases[PHASE_NOTE] = now_ms() - begin;
	begin = now_ms();
	step_exec_init(&exec, &entry.steps);
	perform(&exec, world.kernel, size / (128 * MIB) - 1);
	step_exec_deinit(&exec);
	phases[PHASE_REMOVE] = now_ms() - begin;
	begin = now_ms();
	take_back(&world, &entry);
	phases[PHASE_RECOVER] = now_ms() - begin;
	change_entry_deinit(&entry);
	world_deinit(&world);
}

/* Between 4 and 16 TiB: 4 if it is linear, 16 if it goes by the square. */
#define GROWTH_MAX 7.0

static int print_growth(void)
{
	static const char *const names[PHASE_COUNT] = { "planned", "noted", "removed",
							"recovered" };
	double first[PHASE_COUNT], last[PHASE_COUNT];
	size_t bytes;
	int rc = 0;

	printf("%8s %8s", "memory", "blocks");
	for (int i = 0; i < PHASE_COUNT; i++)
		printf(" %10s", names[i]);
	printf(" %8s\n", "journal");
	for (uint64_t tib = 2; tib <= 16; tib *= 2) {
		measure(tib * TIB, last, &bytes);
		if (tib == 4)
			memcpy(first, last, sizeof(first));
		printf("%6llu T %8llu", (unsigned long long)tib, (unsigned long long)tib * 8192);
		for (int i = 0; i < PHASE_COUNT; i++)
			printf(" %7.1f ms", last[i]);
		printf(" %6zu B\n", bytes);
	}
	for (int i = 0; i < PHASE_COUNT; i++) {
		printf("%s: 4 times the memory takes %.1f times as long\n", names[i],
		       last[i] / first[i]);
		rc |= last[i] / first[i] > GROWTH_MAX;
	}
	return rc;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removes_sixteen_terabytes),
		cmocka_unit_test(takes_back_what_was_cut_short),
		cmocka_unit_test(names_the_block_that_is_busy),
		cmocka_unit_test(refuses_too_many_runs),
	};

	if (argc > 1 && strcmp(argv[1], "growth") == 0)
		return print_growth();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

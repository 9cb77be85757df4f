// SPDX-License-Identifier: GPL-2.0-only
/*
 * The executor on the fake kernel: for every step and every way in which it can fail the host ends
 * as it began, or what is left is named.
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
#include "cxl/step/host-step.h"
#include "test/lib/fake-host.h"
#include "test/lib/fake-kernel.h"
#include "test/lib/sample-steps.h"
#include "util/cleanup.h"
#include "util/size.h"

static const struct fake_host host = {
	.bridges = 2,
	.devices = { 2, 2 },
	.ram_size = 512 * SIZE_MIB,
	.pmem_size = 512 * SIZE_MIB,
	.windows = 1,
	.window = { { { 0, 1 }, 2, 8 * SIZE_GIB, 1024, true, true } },
	.policy = "online",
};

/* endpoint3 and endpoint4 are on the first bridge, endpoint5 and endpoint6 on the second. */
static const char *const four_ways[] = { "decoder3.0", "decoder5.0", "decoder4.0", "decoder6.0" };

static const struct sample_region ram = {
	.region = "region0",
	.window = "decoder0.0",
	.type = "ram",
	.granularity = 1024,
	.decoders = four_ways,
	.ways = 4,
	.dpa_size = 256 * SIZE_MIB,
	.dax = "dax0.0",
	.policy = "online",
};

/* The memory of the region comes online all the same, by the policy. */
static const struct sample_region ram_alone = {
	.region = "region0",
	.window = "decoder0.0",
	.type = "ram",
	.granularity = 1024,
	.decoders = four_ways,
	.ways = 4,
	.dpa_size = 256 * SIZE_MIB,
};

static const struct sample_region pmem = {
	.region = "region0",
	.window = "decoder0.0",
	.type = "pmem",
	.uuid = "5d1f1e5c-72a2-4f4e-9f7a-0a1b2c3d4e5f",
	.granularity = 1024,
	.decoders = four_ways,
	.ways = 2,
	.dpa_size = 512 * SIZE_MIB,
};

struct world {
	struct topology *topology;
	struct fake_kernel *kernel;
	struct arena arena;
	struct step_list steps;
	bool created; /* the region is there, the list takes it away */
};

static void perform_all(struct fake_kernel *kernel, const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++) {
		int rc = fake_kernel_perform(kernel, &steps->list.items[i]);

		if (rc < 0)
			fail_msg("step %zu: %s", i, strerror(-rc));
	}
}

static struct world *world_new(const struct sample_region *sample, bool created)
{
	struct world *world = calloc(1, sizeof(*world));
	struct step_list create = { 0 };

	assert_non_null(world);
	world->topology = fake_host_new(&host);
	assert_non_null(world->topology);
	world->kernel = fake_kernel_new(world->topology);
	assert_non_null(world->kernel);
	assert_int_equal(sample_create_steps(sample, &create, &world->arena), 0);
	if (created) {
		perform_all(world->kernel, &create);
		ARRAY_FREE(&create.list);
		assert_int_equal(sample_remove_steps(sample, &world->steps, &world->arena), 0);
	} else {
		world->steps = create;
	}
	return world;
}

static void world_free(struct world *world)
{
	assert_int_equal(fake_kernel_warnings(world->kernel), 0);
	ARRAY_FREE(&world->steps.list);
	arena_deinit(&world->arena);
	(void)fake_kernel_free(world->kernel);
	(void)topology_free(world->topology);
	free(world);
}

/* What the daemon and its helper do: nobody knows what a helper that died has written. */
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

static enum step_exec_outcome execute(struct step_exec *exec, struct fake_kernel *kernel)
{
	while (step_exec_outcome(exec) == STEP_EXEC_RUNNING)
		execute_one(exec, kernel);
	for (size_t i = 0; i < exec->leftover.count; i++) {
		const struct step *step = &exec->steps->list.items[exec->leftover.items[i]];

		print_message("left over: %s of %s, %s -> %s\n", step->kind->name, step->object,
			      step->from, step->to);
	}
	return step_exec_outcome(exec);
}

static void assert_state(const struct fake_kernel *kernel, const char *expected, const char *what,
			 size_t n)
{
	_cleanup_free_ char *now = fake_kernel_state(kernel);

	assert_non_null(now);
	if (strcmp(now, expected) != 0)
		fail_msg("%s %zu:\n--- expected\n%s--- but\n%s", what, n, expected, now);
}

static unsigned int count_writes(const struct sample_region *sample, bool created, char **ret_state)
{
	struct world *world = world_new(sample, created);
	unsigned int before = fake_kernel_writes(world->kernel), writes;
	struct step_exec exec;

	step_exec_init(&exec, &world->steps);
	assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_DONE);
	writes = fake_kernel_writes(world->kernel) - before;
	*ret_state = fake_kernel_state(world->kernel);
	step_exec_deinit(&exec);
	world_free(world);
	return writes;
}

/* What is left of a removal is named, and doing that is all that there is to do. */
static void finish_by_hand(const struct step_exec *exec, struct fake_kernel *kernel)
{
	for (size_t i = 0; i < exec->leftover.count; i++)
		assert_int_equal(fake_kernel_perform(
					 kernel, &exec->steps->list.items[exec->leftover.items[i]]),
				 0);
}

static void fail_everywhere(const struct sample_region *sample, bool created,
			    enum fake_failure failure)
{
	_cleanup_free_ char *after = NULL;
	unsigned int writes = count_writes(sample, created, &after);

	assert_true(writes > 5);
	for (unsigned int n = 1; n <= writes; n++) {
		struct world *world = world_new(sample, created);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel);
		enum step_exec_outcome outcome;
		struct step_exec exec;

		fake_kernel_fail_at(world->kernel, n, -EIO, failure);
		step_exec_init(&exec, &world->steps);
		outcome = execute(&exec, world->kernel);
		assert_int_not_equal(outcome, STEP_EXEC_LEFTOVER);
		/*
		 * A write whose effect is there is no failure, whatever it answered; and addresses
		 * that may be free or not are, with the deletion after that.
		 */
		if (failure != FAKE_FAIL_AFTER && !(created && n + 1 == writes))
			assert_int_not_equal(outcome, STEP_EXEC_DONE);
		if (outcome == STEP_EXEC_UNDONE) {
			assert_state(world->kernel, before, "undone after failing write", n);
		} else {
			assert_true(outcome == STEP_EXEC_DONE || (created && n + 1 >= writes));
			finish_by_hand(&exec, world->kernel);
			assert_state(world->kernel, after, "done after failing write", n);
		}
		step_exec_deinit(&exec);
		world_free(world);
	}
}

static void test_every_failure_is_undone(void **state)
{
	(void)state;
	for (int failure = FAKE_FAIL_BEFORE; failure <= FAKE_SILENT_AFTER; failure++) {
		fail_everywhere(&ram_alone, false, (enum fake_failure)failure);
		for (int created = 0; created < 2; created++) {
			fail_everywhere(&ram, created, (enum fake_failure)failure);
			fail_everywhere(&pmem, created, (enum fake_failure)failure);
		}
	}
}

static void test_create_and_remove_leave_nothing(void **state)
{
	struct world *world = world_new(&ram, false);
	_cleanup_free_ char *before = fake_kernel_state(world->kernel);
	struct step_list remove = { 0 };
	struct step_exec exec;

	(void)state;
	assert_int_equal(sample_remove_steps(&ram, &remove, &world->arena), 0);
	for (int i = 0; i < 3; i++) {
		/* The mode stays, so from the second time on those steps have nothing to do. */
		step_exec_init(&exec, &world->steps);
		assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_DONE);
		step_exec_deinit(&exec);
		step_exec_init(&exec, &remove);
		assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_DONE);
		step_exec_deinit(&exec);
		assert_state(world->kernel, before, "after round", (size_t)i);
	}
	ARRAY_FREE(&remove.list);
	world_free(world);
}

/* The second change finds all steps done, by the first change, and must not take the steps back. */
static void test_double_execution_is_refused(void **state)
{
	struct world *world = world_new(&ram, false);
	_cleanup_free_ char *created = NULL;
	struct step_exec exec;

	(void)state;
	perform_all(world->kernel, &world->steps);
	created = fake_kernel_state(world->kernel);
	step_exec_init(&exec, &world->steps);
	assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_UNDONE);
	assert_int_equal(exec.failed_at, 0);
	assert_int_equal(exec.error, -ESTALE);
	assert_state(world->kernel, created, "double", 0);
	step_exec_deinit(&exec);
	world_free(world);
}

/* Performing each step twice, as a retry does, is the same as once. */
static void test_steps_are_idempotent(void **state)
{
	struct world *world = world_new(&ram, false);
	size_t last = world->steps.list.count - 1;

	(void)state;
	for (size_t i = 0; i <= last; i++) {
		struct step_result result;

		if (step_has(&world->steps.list.items[i], STEP_GUARD))
			continue;
		assert_int_equal(fake_kernel_perform(world->kernel, &world->steps.list.items[i]),
				 0);
		assert_int_equal(step_perform(&fake_kernel_ops, world->kernel,
					      &world->steps.list.items[i], UINT64_MAX, &result),
				 0);
		assert_false(result.wrote);
	}
	world_free(world);
}

/* Somebody takes the DPA of one of our decoders while the region is made. */
static void test_others_changes_are_kept(void **state)
{
	struct world *world = world_new(&ram, false);
	struct step_exec exec;
	struct step step;
	char value[STEP_VALUE_MAX];

	(void)state;
	step_exec_init(&exec, &world->steps);
	for (int i = 0; i < 3; i++)
		execute_one(&exec, world->kernel);
	assert_int_equal(fake_kernel_write(world->kernel, STEP_DECODER_MODE, "decoder5.0", "pmem"),
			 0);
	assert_int_equal(
		fake_kernel_write(world->kernel, STEP_DECODER_DPA, "decoder5.0", "536870912"), 0);
	assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_UNDONE);
	assert_int_equal(exec.error, -ESTALE);
	step = world->steps.list.items[exec.failed_at];
	assert_string_equal(step.object, "decoder5.0");
	step.kind = STEP_DECODER_DPA;
	assert_int_equal(fake_kernel_read(world->kernel, &step, value), 0);
	assert_string_equal(value, "536870912");
	step = (struct step){ STEP_DECODER_DPA, "decoder3.0", "", "0", "0" };
	assert_int_equal(fake_kernel_read(world->kernel, &step, value), 0);
	assert_string_equal(value, "0");
	step = (struct step){ STEP_REGION, "region0", "", "", "" };
	assert_int_equal(fake_kernel_read(world->kernel, &step, value), 0);
	assert_string_equal(value, "");
	step_exec_deinit(&exec);
	world_free(world);
}

/* The same amount of DPA that we wanted, but somebody else's: not to be used, not to be freed. */
static void test_equal_value_of_others_is_kept(void **state)
{
	struct world *world = world_new(&ram, false);
	struct step dpa = { STEP_DECODER_DPA, "decoder5.0", "", "0", "0" };
	struct step_exec exec;
	char value[STEP_VALUE_MAX];

	(void)state;
	assert_int_equal(fake_kernel_write(world->kernel, STEP_DECODER_MODE, "decoder5.0", "ram"),
			 0);
	assert_int_equal(
		fake_kernel_write(world->kernel, STEP_DECODER_DPA, "decoder5.0", "268435456"), 0);
	step_exec_init(&exec, &world->steps);
	assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_UNDONE);
	assert_int_equal(exec.error, -ESTALE);
	assert_int_equal(fake_kernel_read(world->kernel, &dpa, value), 0);
	assert_string_equal(value, "268435456");
	step_exec_deinit(&exec);
	world_free(world);
}

/* A write of the way back fails, each in turn: the step that was to be taken back is named as left
 * over. */
static void test_failing_inverse_is_left_over(void **state)
{
	_cleanup_free_ char *after = NULL;
	unsigned int writes = count_writes(&ram, false, &after);

	(void)state;
	for (unsigned int skip = 1; skip < writes; skip++) {
		struct world *world = world_new(&ram, false);
		struct step_exec exec;
		struct step step;
		bool found = false;

		step_exec_init(&exec, &world->steps);
		while (exec.at + 1 < world->steps.list.count)
			execute_one(&exec, world->kernel);
		step_exec_cancel(&exec);
		fake_kernel_fail_at(world->kernel, 1, -EIO, FAKE_FAIL_BEFORE);
		execute_one(&exec, world->kernel);
		fake_kernel_fail_at(world->kernel, skip, -EIO, FAKE_FAIL_BEFORE);
		while (step_exec_next(&exec, &step))
			execute_one(&exec, world->kernel);
		if (step_exec_outcome(&exec) == STEP_EXEC_LEFTOVER) {
			assert_true(exec.leftover.count >= 1);
			found = true;
		}
		/* There are fewer inverses than steps: the last orders find nothing to fail. */
		assert_true(found || skip > 10);
		step_exec_deinit(&exec);
		world_free(world);
	}
}

static void test_cancel(void **state)
{
	(void)state;
	for (size_t n = 0; n < 20; n++) {
		struct world *world = world_new(&ram, false);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel);
		struct step_exec exec;
		struct step step;

		step_exec_init(&exec, &world->steps);
		for (size_t i = 0; i < n && exec.at + 1 < world->steps.list.count; i++)
			execute_one(&exec, world->kernel);
		if (exec.at + 1 < world->steps.list.count) {
			step_exec_cancel(&exec);
			/* No step was handed out while the journal notes the change, and no step is
			 * to be. */
			if (n == 0)
				assert_false(step_exec_next(&exec, &step));
			assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_UNDONE);
			assert_int_equal(exec.error, -ECANCELED);
			assert_state(world->kernel, before, "cancelled at", n);
		} else {
			step_exec_cancel(&exec);
			assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_DONE);
		}
		step_exec_deinit(&exec);
		world_free(world);
	}
}

/* Pages that cannot move: what was offline already is onlined again, the rest was not touched. */
static void test_pinned_block(void **state)
{
	(void)state;
	/* 1 GiB at 4 GiB in blocks of 128 MiB: memory32 to memory39 */
	for (uint64_t index = 32; index < 40; index++) {
		struct world *world = world_new(&ram, true);
		_cleanup_free_ char *before = fake_kernel_state(world->kernel);
		struct step_exec exec;

		assert_true(fake_kernel_pin_block(world->kernel, index, true));
		step_exec_init(&exec, &world->steps);
		assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_UNDONE);
		assert_int_equal(exec.error, -EBUSY);
		assert_state(world->kernel, before, "pinned", index);
		step_exec_deinit(&exec);
		world_free(world);
	}
}

/* The kernel's policy puts the memory elsewhere: that is found out, and taken back. */
static void test_policy_that_wins(void **state)
{
	struct world *world = world_new(&ram, false);
	_cleanup_free_ char *before = fake_kernel_state(world->kernel);
	struct step_exec exec;
	size_t kept = 0;

	(void)state;
	for (size_t i = 0; i < world->steps.list.count; i++)
		if (world->steps.list.items[i].kind != STEP_AUTO_ONLINE)
			world->steps.list.items[kept++] = world->steps.list.items[i];
	world->steps.list.count = kept;
	step_exec_init(&exec, &world->steps);
	assert_int_equal(execute(&exec, world->kernel), STEP_EXEC_UNDONE);
	assert_int_equal(exec.error, -ESTALE);
	assert_ptr_equal(world->steps.list.items[exec.failed_at].kind, STEP_DAX_MEMORY);
	assert_state(world->kernel, before, "policy", 0);
	step_exec_deinit(&exec);
	world_free(world);
}

static void test_empty_list(void **state)
{
	const struct step_list none = { 0 };
	struct step_exec exec;
	struct step step;

	(void)state;
	step_exec_init(&exec, &none);
	assert_false(step_exec_next(&exec, &step));
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_failure_is_undone),
		cmocka_unit_test(test_create_and_remove_leave_nothing),
		cmocka_unit_test(test_double_execution_is_refused),
		cmocka_unit_test(test_steps_are_idempotent),
		cmocka_unit_test(test_others_changes_are_kept),
		cmocka_unit_test(test_equal_value_of_others_is_kept),
		cmocka_unit_test(test_failing_inverse_is_left_over),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_pinned_block),
		cmocka_unit_test(test_policy_that_wins),
		cmocka_unit_test(test_empty_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a change that only waits is let.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cxl/step/host-step.h"
#include "daemon/engine/patience.h"

#define SECOND 1000
#define BLOCKS 8

static struct step steps[BLOCKS + 2];

/* A removal: memory goes offline, its addresses are freed, and then there is no way back. */
static void begin(struct step_exec *exec, struct step_list *list)
{
	struct step step;

	for (int i = 0; i < BLOCKS; i++)
		steps[i] = (struct step){ STEP_BLOCK, "memory40", "region0", "online_movable",
					  "offline" };
	steps[BLOCKS] = (struct step){ STEP_REGION_SIZE, "region0", "", "268435456", "0" };
	steps[BLOCKS + 1] = (struct step){ STEP_REGION, "region0", "", "ram@decoder0.0", "" };
	list->list.items = steps;
	list->list.count = BLOCKS + 2;
	step_exec_init(exec, list);
	assert_true(step_exec_next(exec, &step));
}

/* Asks once a second until it is over; how many seconds that took, or -1 within @seconds. */
static int ask(struct patience *patience, const struct step_exec *exec, uint64_t *now_ms,
	       int seconds)
{
	for (int i = 0; i < seconds; i++) {
		*now_ms += SECOND;
		if (patience_is_over(patience, exec, *now_ms))
			return i + 1;
	}
	return -1;
}

static void next(struct step_exec *exec, int error)
{
	struct step step;

	assert_int_equal(step_exec_result(exec, error, true), 0);
	(void)step_exec_next(exec, &step);
}

static void test_a_step_that_hangs(void **state)
{
	struct patience patience = PATIENCE_NULL;
	struct step_list list = { 0 };
	struct step_exec exec;
	uint64_t now_ms = 5;

	begin(&exec, &list);
	assert_in_range(ask(&patience, &exec, &now_ms, 100), 60, 64);
	/* What goes back then has as long again. */
	next(&exec, -ETIMEDOUT);
	assert_int_equal(exec.state, STEP_EXEC_BACKWARD);
	assert_in_range(ask(&patience, &exec, &now_ms, 100), 60, 64);
	step_exec_deinit(&exec);
}

static void test_progress_is_let_through(void **state)
{
	struct patience patience = PATIENCE_NULL;
	struct step_list list = { 0 };
	uint64_t now_ms = 5;

	for (int i = 0; i < 1000; i++) {
		struct step_exec exec;

		begin(&exec, &list);
		for (int block = 0; block < BLOCKS - 1; block++) {
			assert_int_equal(ask(&patience, &exec, &now_ms, 2), -1);
			next(&exec, 0);
		}
		step_exec_deinit(&exec);
	}
}

/* Pages that are let go in the last moment, block by block. */
static void test_steps_that_nearly_hang(void **state)
{
	struct patience patience = PATIENCE_NULL;
	struct step_list list = { 0 };
	struct step_exec exec;
	uint64_t now_ms = 5;

	begin(&exec, &list);
	assert_int_equal(ask(&patience, &exec, &now_ms, 50), -1);
	next(&exec, 0);
	assert_in_range(ask(&patience, &exec, &now_ms, 50), 10, 18);
	/* The step ended all the same: the next steps have no more than the time that never counts.
	 */
	for (int block = 0; block < 3; block++) {
		next(&exec, 0);
		assert_in_range(ask(&patience, &exec, &now_ms, 50), 2, 4);
	}
	step_exec_deinit(&exec);
}

static void test_what_has_no_way_back_is_left(void **state)
{
	struct patience patience = PATIENCE_NULL;
	struct step_list list = { 0 };
	struct step_exec exec;
	uint64_t now_ms = 5;

	begin(&exec, &list);
	for (int i = 0; i < BLOCKS; i++)
		next(&exec, 0);
	assert_int_equal(ask(&patience, &exec, &now_ms, 1000), -1);
	step_exec_deinit(&exec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_step_that_hangs),
		cmocka_unit_test(test_progress_is_let_through),
		cmocka_unit_test(test_steps_that_nearly_hang),
		cmocka_unit_test(test_what_has_no_way_back_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

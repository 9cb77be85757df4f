// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kind of step whose values are sizes: a smaller size frees what somebody else may have next, and
 * has no way back; a larger size has one. The share of a pool is an example.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "change/step-exec.h"
#include "change/step-kind.h"

static bool is_well_formed(const struct step *step)
{
	return true;
}

static bool is_smaller(const struct step *step)
{
	return strtoul(step->to, NULL, 10) < strtoul(step->from, NULL, 10);
}

static const char *const zero[] = { "0", NULL };

static const struct step_kind share = {
	.name = "share",
	.nothings = zero,
	.traits = STEP_REVERSIBLE | STEP_FREES,
	.is_well_formed = is_well_formed,
	.frees = is_smaller,
};

static struct step growth[] = { { &share, "a", "", "4", "8" }, { &share, "b", "", "4", "8" } };
static struct step shrink[] = { { &share, "a", "", "8", "4" }, { &share, "b", "", "4", "8" } };
static const struct step_list growing = { .list = { growth, 2 } };
static const struct step_list moving = { .list = { shrink, 2 } };

static void the_direction_decides(void **state)
{
	const struct step end = { &share, "a", "", "8", "0" },
			  begin = { &share, "a", "", "0", "8" };

	(void)state;
	assert_false(step_has(&growth[0], STEP_FREES));
	assert_true(step_has(&shrink[0], STEP_FREES));
	assert_true(step_has(&end, STEP_FREES));
	assert_false(step_has(&begin, STEP_FREES));
}

static void expect(struct step_exec *exec, const char *object, const char *to, int error)
{
	struct step step;

	assert_true(step_exec_next(exec, &step));
	assert_string_equal(step.object, object);
	assert_string_equal(step.to, to);
	assert_int_equal(step_exec_result(exec, error, error == 0), 0);
}

static void what_grows_is_taken_back(void **state)
{
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &growing);
	expect(&exec, "a", "8", 0);
	assert_true(step_exec_may_turn_back(&exec));
	expect(&exec, "b", "8", -EIO);
	expect(&exec, "a", "4", 0);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	step_exec_deinit(&exec);
}

/* Others may have the rest of a by now. */
static void what_shrinks_is_not_taken_back(void **state)
{
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &moving);
	expect(&exec, "a", "4", 0);
	assert_false(step_exec_may_turn_back(&exec));
	step_exec_cancel(&exec);
	expect(&exec, "b", "8", -EIO);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_INCOMPLETE);
	step_exec_deinit(&exec);
}

static void cut_short_behind_it_the_rest_is_done(void **state)
{
	const char *const freed[] = { "4", "4" };
	struct step_exec exec;

	(void)state;
	assert_int_equal(step_exec_take_up(&exec, &moving, freed), 0);
	/* The executor finds the freeing step done, and does not do the step once more. */
	expect(&exec, "a", "4", 0);
	expect(&exec, "b", "8", 0);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_DONE);
	step_exec_deinit(&exec);
}

static void cut_short_in_front_of_it_nothing_is_done(void **state)
{
	const char *const before[] = { "8", "4" };
	struct step_exec exec;
	struct step step;

	(void)state;
	assert_int_equal(step_exec_take_up(&exec, &moving, before), 0);
	/* The step may have been begun: the inverse finds the value as it was before. */
	assert_true(step_exec_next(&exec, &step));
	assert_string_equal(step.object, "a");
	assert_string_equal(step.to, "8");
	assert_int_equal(step_exec_result(&exec, 0, false), 0);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	step_exec_deinit(&exec);
}

static void growth_that_was_cut_short_is_taken_back(void **state)
{
	const char *const half[] = { "8", "4" };
	struct step_exec exec;

	(void)state;
	assert_int_equal(step_exec_take_up(&exec, &growing, half), 0);
	expect(&exec, "b", "4", 0);
	expect(&exec, "a", "4", 0);
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	step_exec_deinit(&exec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_direction_decides),
		cmocka_unit_test(what_grows_is_taken_back),
		cmocka_unit_test(what_shrinks_is_not_taken_back),
		cmocka_unit_test(cut_short_behind_it_the_rest_is_done),
		cmocka_unit_test(cut_short_in_front_of_it_nothing_is_done),
		cmocka_unit_test(growth_that_was_cut_short_is_taken_back),
	};

	return cmocka_run_group_tests_name("sizes that free what others may have", tests, NULL,
					   NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the executor hands out, in which order, where only one thing is different: a step that was
 * found done, an inverse that fails, a value that tells more than it seems to, or less. Nothing is
 * performed; the test says what came of each step.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "change/step-exec.h"

static const char *const none[] = { "none", NULL };

static bool is_half(const struct step *step, const char *value)
{
	(void)step;
	return strcmp(value, "half") == 0;
}

static const struct step_kind plain = {
	.name = "plain",
	.nothings = none,
	.traits = STEP_REVERSIBLE,
	.is_between = is_half,
};
static const struct step_kind following = {
	.name = "following",
	.nothings = none,
	.traits = STEP_REVERSIBLE | STEP_FOLLOWS,
};

#define STEP(kind, name, from, to) { &(kind), (name), "", (from), (to) }

#define STEPS(steps)                                                                               \
	((struct step_list){ .list = { (struct step *)(steps), sizeof(steps) / sizeof(*(steps)) } })

/* The next step that is handed out takes @object @to a value, and this comes of it. */
static void perform(struct step_exec *exec, const char *object, const char *to, int error,
		    bool wrote)
{
	struct step step;

	assert_true(step_exec_next(exec, &step));
	assert_string_equal(step.object, object);
	assert_string_equal(step.to, to);
	assert_int_equal(step_exec_result(exec, error, wrote), 0);
}

static void assert_ended(struct step_exec *exec, enum step_exec_outcome outcome)
{
	struct step step;

	assert_false(step_exec_next(exec, &step));
	assert_int_equal(step_exec_outcome(exec), outcome);
	step_exec_deinit(exec);
}

static const struct step three[] = {
	STEP(plain, "a", "none", "some"),
	STEP(plain, "b", "none", "some"),
	STEP(plain, "c", "none", "some"),
};

static void undoing_goes_on_past_what_can_not_be_undone(void **state)
{
	const struct step_list steps = STEPS(three);
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &steps);
	perform(&exec, "a", "some", 0, true);
	perform(&exec, "b", "some", 0, true);
	perform(&exec, "c", "some", -EIO, false);
	perform(&exec, "b", "none", -EBUSY, true);
	perform(&exec, "a", "none", 0, true);
	assert_int_equal(exec.leftover.count, 1);
	assert_int_equal(exec.leftover.items[0], 1);
	assert_ended(&exec, STEP_EXEC_LEFTOVER);
}

static void what_was_done_already_is_not_undone(void **state)
{
	const struct step_list steps = STEPS(three);
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &steps);
	perform(&exec, "a", "some", 0, true);
	perform(&exec, "b", "some", 0, false);
	perform(&exec, "c", "some", -EIO, false);
	perform(&exec, "a", "none", 0, true);
	assert_ended(&exec, STEP_EXEC_UNDONE);
}

/* A value that can't be read says nothing: the value of a later step may say something. */
static void half_a_step_was_begun(void **state)
{
	static const char *const values[] = { NULL, NULL, "half" };
	const struct step_list steps = STEPS(three);
	struct step_exec exec;

	(void)state;
	assert_int_equal(step_exec_take_up(&exec, &steps, values), 0);
	perform(&exec, "c", "none", 0, true);
	perform(&exec, "b", "none", 0, true);
	perform(&exec, "a", "none", 0, true);
	assert_ended(&exec, STEP_EXEC_UNDONE);
}

/* What was to be as it is has gone: by the step behind it, of which it is to go. */
static void a_broken_expectation_was_passed(void **state)
{
	static const struct step list[] = {
		STEP(plain, "a", "none", "some"),
		STEP(plain, "b", "none", "some"),
		STEP(plain, "shape", "some", "some"),
	};
	static const char *const values[] = { NULL, NULL, "other" };
	const struct step_list steps = STEPS(list);
	struct step_exec exec;

	(void)state;
	assert_int_equal(step_exec_take_up(&exec, &steps, values), 0);
	perform(&exec, "shape", "some", 0, false);
	perform(&exec, "b", "none", 0, true);
	perform(&exec, "a", "none", 0, true);
	assert_ended(&exec, STEP_EXEC_UNDONE);
}

/* The value came in the wake of the first step, and goes with the inverse of that step; the second
 * step was not begun. */
static void what_comes_by_itself_proves_nothing(void **state)
{
	static const struct step list[] = {
		STEP(plain, "a", "none", "some"),
		STEP(plain, "b", "none", "some"),
		STEP(following, "c", "none", "some"),
	};
	static const char *const values[] = { "none", "none", "some" };
	const struct step_list steps = STEPS(list);
	struct step_exec exec;

	(void)state;
	assert_int_equal(step_exec_take_up(&exec, &steps, values), 0);
	perform(&exec, "c", "none", 0, true);
	perform(&exec, "a", "none", 0, false);
	assert_ended(&exec, STEP_EXEC_UNDONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undoing_goes_on_past_what_can_not_be_undone),
		cmocka_unit_test(what_was_done_already_is_not_undone),
		cmocka_unit_test(half_a_step_was_begun),
		cmocka_unit_test(a_broken_expectation_was_passed),
		cmocka_unit_test(what_comes_by_itself_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

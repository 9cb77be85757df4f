// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: a step that takes something away is asked for right before, on the way
 * forward and on the way back. Lights are what others may use.
 */
#include <errno.h>

#include "test/unit/change/change-answers.h"

static void what_is_unused_is_taken_away(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &darkening);
	/* Each by itself: what was so before the last step may be so no more. */
	assert_false(ask(&change, "a", 0, false));
	(void)perform(&change, "a", "none", 0);
	assert_false(ask(&change, "b", 0, false));
	(void)perform(&change, "b", "none", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void what_gives_something_is_not_asked_for(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &lighting);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	(void)perform(&change, "c", "some", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void what_is_used_stays_and_all_before_it_goes_back(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &darkening);
	(void)ask(&change, "a", 0, false);
	(void)perform(&change, "a", "none", 0);
	assert_true(ask(&change, "b", 0, true));
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

static void what_can_not_be_looked_at_stays(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &darkening);
	assert_true(ask(&change, "a", -ETIMEDOUT, false));
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ETIMEDOUT);
}

/* Somebody uses b by now: b stays and is named, and a goes. */
static void on_the_way_back_what_is_used_is_left_over(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &lighting);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	assert_true(perform(&change, "c", "some", -EIO));
	assert_false(ask(&change, "b", 0, true));
	assert_false(ask(&change, "a", 0, false));
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_int_equal(change.exec.leftover.count, 1);
	assert_int_equal(change.exec.leftover.items[0], 1);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EIO);
}

/* The object of the step may have found a user meanwhile. */
static void a_step_that_is_tried_again_is_asked_for_again(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &lighting);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", -EIO);
	(void)ask(&change, "a", 0, false);
	assert_false(lose(&change, "a", "none"));
	assert_false(ask(&change, "a", 0, true));
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EIO);
}

static void left_before_the_first_answer_nothing_is_waited_for(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &darkening);
	assert_int_equal(change.task, CHANGE_ASK);
	change_leave(&change);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

/* Whatever the answer is: the step was not begun, and is not begun any more. */
static void left_while_it_is_asked_for_the_step_is_not_begun(void **state)
{
	(void)state;
	for (int used = 0; used < 2; used++) {
		struct change change = new_change();

		begin(&change, &darkening);
		(void)ask(&change, "a", 0, false);
		(void)perform(&change, "a", "none", 0);
		assert_int_equal(change.task, CHANGE_ASK);
		change_leave(&change);
		assert_false(ask(&change, "b", 0, used));
		(void)perform(&change, "a", "some", 0);
		close_stage(&change, 0, false);
		assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
	}
}

static void left_past_return_it_is_asked_for_and_goes_on(void **state)
{
	const struct step steps[] = {
		{ &whole, "thing", "", "some", "none" },
		darkening.steps->list.items[0],
	};
	const struct step_list list = LIST(steps);
	const struct change_stage stage = { &list, NULL, .makes = false };
	struct change change = new_change();

	(void)state;
	begin(&change, &stage);
	(void)perform(&change, "thing", "none", 0);
	change_leave(&change);
	(void)ask(&change, "a", 0, false);
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void left_in_a_step_that_was_asked_for_the_step_is_waited_for(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &darkening);
	(void)ask(&change, "a", 0, false);
	expect_step(&change, "a", "none");
	change_leave(&change);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

/* The way back takes away, and has nobody who could call it off. */
static void left_on_the_way_back_it_is_asked_for_and_goes_on(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &lighting);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", -EIO);
	change_leave(&change);
	(void)ask(&change, "a", 0, false);
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EIO);
}

/* What was cut short is asked for like anything else. */
static void what_is_taken_up_is_asked_for(void **state)
{
	static const char *const values[] = { "some", "some", "none" };
	struct change change = taken_up(lighting.steps);

	(void)state;
	change_read(&change, 0, values);
	assert_false(ask(&change, "c", 0, false));
	(void)perform(&change, "c", "none", 0);
	assert_false(ask(&change, "b", 0, false));
	(void)perform(&change, "b", "none", 0);
	assert_false(ask(&change, "a", 0, true));
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_unused_is_taken_away),
		cmocka_unit_test(what_gives_something_is_not_asked_for),
		cmocka_unit_test(what_is_used_stays_and_all_before_it_goes_back),
		cmocka_unit_test(what_can_not_be_looked_at_stays),
		cmocka_unit_test(on_the_way_back_what_is_used_is_left_over),
		cmocka_unit_test(a_step_that_is_tried_again_is_asked_for_again),
		cmocka_unit_test(left_before_the_first_answer_nothing_is_waited_for),
		cmocka_unit_test(left_while_it_is_asked_for_the_step_is_not_begun),
		cmocka_unit_test(left_past_return_it_is_asked_for_and_goes_on),
		cmocka_unit_test(left_in_a_step_that_was_asked_for_the_step_is_waited_for),
		cmocka_unit_test(left_on_the_way_back_it_is_asked_for_and_goes_on),
		cmocka_unit_test(what_is_taken_up_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

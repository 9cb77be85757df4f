// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: what comes next when the client who wanted the change has left, and
 * what becomes of a change that was cut short.
 */
#include <errno.h>

#include "test/lib/wrap-allocation.h"
#include "test/unit/change/change-answers.h"

static bool is_without_memory;

static bool fails(void)
{
	return is_without_memory;
}

WRAP_IF(fails, void *, calloc, NULL, (size_t count, size_t size), (count, size))

/* ---- the client who wanted the change leaves ---- */

static void left_before_the_steps_nothing_is_begun(void **state)
{
	static const enum change_task tasks[] = { CHANGE_LOOK, CHANGE_PLAN, CHANGE_INQUIRE };

	(void)state;
	for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		struct change change = new_change();

		if (tasks[i] != CHANGE_LOOK)
			look(&change);
		if (tasks[i] == CHANGE_INQUIRE)
			plan(&change, &erasing);
		assert_int_equal(change.task, tasks[i]);
		change_leave(&change);
		assert_ended(&change, CHANGE_UNWANTED, 0);
	}
}

/* The note is on its way: the note is erased when the note has come. */
static void left_while_it_is_noted_no_step_is_begun(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &making);
	change_leave(&change);
	note(&change, 0);
	assert_true(change.noted);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void left_before_the_first_step_nothing_is_waited_for(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	assert_int_equal(change.task, CHANGE_STEP);
	change_leave(&change);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void left_in_a_step_it_is_taken_back_after_the_step(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	expect_step(&change, "a", "some");
	change_leave(&change);
	/* There is nothing to explain. */
	assert_false(perform(&change, "a", "some", 0));
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void left_in_the_last_step_it_is_taken_back(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	expect_step(&change, "b", "some");
	change_leave(&change);
	assert_false(perform(&change, "b", "some", 0));
	expect_taking_back(&change);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void left_while_it_is_proved_it_is_taken_back(void **state)
{
	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct change change = new_change();

		make_until_proof(&change);
		change_leave(&change);
		prove(&change, seen);
		/* Nobody is there to hear what could not be seen. */
		assert_int_equal(change.refusals.list.count, 0);
		expect_taking_back(&change);
		close_stage(&change, 0, false);
		assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
	}
}

/* The commit may be through. */
static void left_while_it_is_closed_it_stays(void **state)
{
	struct change change = new_change();

	(void)state;
	make_until_closing(&change);
	change_leave(&change);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void left_past_return_it_goes_on(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	expect_step(&change, "thing", "none");
	change_leave(&change);
	assert_false(perform(&change, "thing", "none", 0));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* What has no way back is proved as if a client waited for the proof. */
static void left_past_return_while_it_is_proved_it_stays(void **state)
{
	struct change_stage stage = removing;
	struct change change = new_change();

	(void)state;
	stage.object = "thing";
	begin(&change, &stage);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	change_leave(&change);
	prove(&change, false);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void it_may_turn_back_until_it_is_closed(void **state)
{
	struct change change = new_change();

	(void)state;
	assert_true(change_may_turn_back(&change));
	begin(&change, &making);
	assert_true(change_may_turn_back(&change));
	(void)perform(&change, "a", "some", 0);
	expect_step(&change, "b", "some");
	assert_true(change_may_turn_back(&change));
	change_leave(&change);
	(void)perform(&change, "b", "some", 0);
	/* The change turns back. */
	assert_true(change_may_turn_back(&change));
	expect_taking_back(&change);
	assert_false(change_may_turn_back(&change));
	close_stage(&change, 0, false);
	assert_false(change_may_turn_back(&change));
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);

	change = new_change();
	make_until_proof(&change);
	assert_true(change_may_turn_back(&change));
	prove(&change, true);
	assert_false(change_may_turn_back(&change));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void it_may_not_turn_back_past_return(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &removing);
	assert_true(change_may_turn_back(&change));
	(void)perform(&change, "a", "none", 0);
	expect_step(&change, "thing", "none");
	assert_false(change_may_turn_back(&change));
	(void)perform(&change, "thing", "none", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* The first stage is true already; what the second one was for is not made. */
static void it_may_turn_back_in_a_second_stage(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	assert_true(change_may_turn_back(&change));
	change_leave(&change);
	assert_false(change_may_turn_back(&change));
	expect_return(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

static void left_at_the_end_the_end_is_the_same(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	refuse(&change, CHANGE_E_FORBIDDEN);
	change_leave(&change);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void a_step_may_be_given_up_with_a_way_back_only(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	assert_false(change_may_give_up(&change));
	plan(&change, &removing);
	/* A note is not one. */
	assert_false(change_may_give_up(&change));
	note(&change, 0);
	assert_true(change_may_give_up(&change));
	(void)perform(&change, "a", "none", 0);
	assert_false(change_may_give_up(&change));
	(void)perform(&change, "thing", "none", -EBUSY);
	(void)perform(&change, "thing", "none", -EBUSY);
	/* The way back is not given up. */
	expect_step(&change, "a", "some");
	assert_false(change_may_give_up(&change));
	change_deinit(&change);
}

/* ---- what was cut short ---- */

static void what_was_cut_short_is_taken_back(void **state)
{
	static const char *const values[] = { "some", "none" };
	struct change change = taken_up(&making_steps);

	(void)state;
	change_read(&change, 0, values);
	expect_taking_back(&change);
	assert_false(change_is_settled(&change));
	assert_false(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void what_was_cut_short_past_return_is_finished_and_keeps(void **state)
{
	static const char *const values[] = { "none", "some" };
	struct change change = taken_up(&removing_steps);

	(void)state;
	change_read(&change, 0, values);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	assert_true(change_is_settled(&change));
	assert_true(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void what_was_cut_short_is_closed_where_nothing_is_left_to_do(void **state)
{
	static const char *const values[] = { "none", "none" };
	struct change change = taken_up(&removing_steps);

	(void)state;
	change_read(&change, 0, values);
	assert_true(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void what_can_not_be_read_is_not_taken_up(void **state)
{
	struct change change = taken_up(&making_steps);

	(void)state;
	change_read(&change, -EUSERS, NULL);
	assert_ended(&change, CHANGE_NOT_TAKEN_UP, -EUSERS);
}

static void without_memory_it_is_not_taken_up(void **state)
{
	static const char *const values[] = { "some", "none" };
	struct change change = taken_up(&making_steps);

	(void)state;
	is_without_memory = true;
	change_read(&change, 0, values);
	is_without_memory = false;
	assert_ended(&change, CHANGE_NOT_TAKEN_UP, -ENOMEM);
}

/* The note stays until the commit is through, and the next start goes by it if there is one. */
static void what_was_finished_and_is_not_stored_is_closed_again(void **state)
{
	static const char *const values[] = { "none", "none" };
	struct change change = taken_up(&removing_steps);

	(void)state;
	change_read(&change, 0, values);
	close_stage(&change, -ENOSPC, false);
	assert_int_equal(change.refusals.list.count, 0);
	assert_int_equal(change.task, CHANGE_END);
	assert_int_equal(change.result, CHANGE_NOT_CLOSED);
	assert_int_equal(change.error, -ENOSPC);
	change_close_again(&change);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* No client asked for the way back: no client can leave the way back. */
static void what_was_cut_short_goes_on_whoever_leaves(void **state)
{
	static const char *const done[] = { "some", "some" };
	struct change change = taken_up(&making_steps);

	(void)state;
	change_leave(&change);
	assert_int_equal(change.task, CHANGE_READ);
	change_read(&change, 0, done);
	change_leave(&change);
	expect_taking_back(&change);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_before_the_steps_nothing_is_begun),
		cmocka_unit_test(left_while_it_is_noted_no_step_is_begun),
		cmocka_unit_test(left_before_the_first_step_nothing_is_waited_for),
		cmocka_unit_test(left_in_a_step_it_is_taken_back_after_the_step),
		cmocka_unit_test(left_in_the_last_step_it_is_taken_back),
		cmocka_unit_test(left_while_it_is_proved_it_is_taken_back),
		cmocka_unit_test(left_while_it_is_closed_it_stays),
		cmocka_unit_test(left_past_return_it_goes_on),
		cmocka_unit_test(left_past_return_while_it_is_proved_it_stays),
		cmocka_unit_test(left_at_the_end_the_end_is_the_same),
		cmocka_unit_test(it_may_turn_back_until_it_is_closed),
		cmocka_unit_test(it_may_not_turn_back_past_return),
		cmocka_unit_test(it_may_turn_back_in_a_second_stage),
		cmocka_unit_test(a_step_may_be_given_up_with_a_way_back_only),
		cmocka_unit_test(what_was_cut_short_is_taken_back),
		cmocka_unit_test(what_was_cut_short_past_return_is_finished_and_keeps),
		cmocka_unit_test(what_was_cut_short_is_closed_where_nothing_is_left_to_do),
		cmocka_unit_test(what_can_not_be_read_is_not_taken_up),
		cmocka_unit_test(without_memory_it_is_not_taken_up),
		cmocka_unit_test(what_was_finished_and_is_not_stored_is_closed_again),
		cmocka_unit_test(what_was_cut_short_goes_on_whoever_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

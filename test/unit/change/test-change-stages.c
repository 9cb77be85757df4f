// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: a second stage, and what becomes of the first one when the second one
 * fails.
 */
#include <errno.h>

#include "test/unit/change/change-answers.h"

static void a_second_stage_is_planned_from_a_look_of_its_own(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	assert_int_equal(change.stages, 1);
	assert_true(change.is_fresh);
	assert_false(change.begun || change.noted);
	make_until_closing(&change);
	assert_false(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void a_second_stage_of_what_was_cut_short_is_one_like_any_other(void **state)
{
	static const char *const values[] = { "none", "none" };
	struct change change = taken_up(&removing_steps);

	(void)state;
	change_read(&change, 0, values);
	close_stage(&change, 0, true);
	make_until_closing(&change);
	assert_false(change_keeps(&change));
	close_stage(&change, -ENOSPC, false);
	expect_taking_back(&change);
	close_stage(&change, 0, false);
	expect_return(&change);
	assert_ended(&change, CHANGE_FAILED, 0);
}

static void a_second_stage_that_is_not_seen_returns_the_first(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	change_looked(&change, -EIO);
	expect_return(&change);
	assert_ended(&change, CHANGE_NOT_SEEN, -EIO);
}

static void a_second_stage_that_is_refused_returns_the_first(void **state)
{
	static const struct {
		int rc;
		enum change_result result;
		int error;
	} cases[] = {
		{ CHANGE_E_REFUSED, CHANGE_REFUSED, 0 },
		{ CHANGE_E_FORBIDDEN, CHANGE_REFUSED, 0 },
		{ -ENOMEM, CHANGE_NOT_PLANNED, -ENOMEM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct change change = in_second_stage();

		look(&change);
		refuse(&change, cases[i].rc);
		expect_return(&change);
		assert_ended(&change, cases[i].result, cases[i].error);
	}
}

static void a_second_stage_that_is_malformed_returns_the_first(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	look(&change);
	plan(&change, &malformed);
	expect_return(&change);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void a_second_stage_that_is_not_noted_returns_the_first(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	look(&change);
	plan(&change, &making);
	note(&change, -ENOSPC);
	expect_return(&change);
	assert_ended(&change, CHANGE_NOT_STORED, -ENOSPC);
}

/* The steps of the second stage are taken back; the steps of the first stage have become true. */
static void a_second_stage_that_fails_returns_the_first(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	assert_true(perform(&change, "b", "some", -EBUSY));
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	expect_return(&change);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

static void a_second_stage_that_is_not_proved_returns_the_first(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	make_until_proof(&change);
	prove(&change, false);
	expect_taking_back(&change);
	close_stage(&change, 0, false);
	expect_return(&change);
	assert_failed(&change, STEP_EXEC_UNDONE, -EIO);
}

static void a_second_stage_that_is_not_stored_returns_the_first(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	make_until_closing(&change);
	close_stage(&change, -ENOSPC, false);
	expect_taking_back(&change);
	close_stage(&change, 0, false);
	expect_return(&change);
	assert_failed(&change, STEP_EXEC_UNDONE, -ENOSPC);
}

/* Who uses the object, and whether the journal erases, is each stage's own question. */
static void a_second_stage_inherits_no_answer(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &erasing);
	change_inquired(&change, true);
	plan(&change, &erasing);
	note(&change, 0);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	close_stage(&change, 0, true);
	assert_false(change.inquired);
	assert_null(change.stage.steps);
	assert_null(change.exec.steps);
	change_deinit(&change);
}

static void without_a_store_there_is_nothing_to_return(void **state)
{
	struct change change = new_change();

	(void)state;
	change.notes = false;
	look(&change);
	plan(&change, &forgetting);
	close_stage(&change, 0, true);
	change_looked(&change, -EIO);
	assert_ended(&change, CHANGE_NOT_SEEN, -EIO);
}

/* No further stage is begun for nobody. */
static void left_past_return_the_stage_is_closed_and_returned(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	change_leave(&change);
	close_stage(&change, 0, true);
	assert_int_equal(change.stages, 1);
	expect_return(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

static void left_while_the_first_stage_is_closed_it_is_returned(void **state)
{
	struct change change = new_change();

	(void)state;
	make_until_closing(&change);
	change_leave(&change);
	close_stage(&change, 0, true);
	expect_return(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

static void left_before_the_second_stage_is_begun_the_first_is_returned(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	change_leave(&change);
	expect_return(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

static void left_while_it_is_returned_it_is_returned(void **state)
{
	struct change change = in_second_stage();

	(void)state;
	change_looked(&change, -EIO);
	change_leave(&change);
	expect_return(&change);
	assert_ended(&change, CHANGE_NOT_SEEN, -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_stage_is_planned_from_a_look_of_its_own),
		cmocka_unit_test(a_second_stage_of_what_was_cut_short_is_one_like_any_other),
		cmocka_unit_test(a_second_stage_that_is_not_seen_returns_the_first),
		cmocka_unit_test(a_second_stage_that_is_refused_returns_the_first),
		cmocka_unit_test(a_second_stage_that_is_malformed_returns_the_first),
		cmocka_unit_test(a_second_stage_that_is_not_noted_returns_the_first),
		cmocka_unit_test(a_second_stage_that_fails_returns_the_first),
		cmocka_unit_test(a_second_stage_that_is_not_proved_returns_the_first),
		cmocka_unit_test(a_second_stage_that_is_not_stored_returns_the_first),
		cmocka_unit_test(a_second_stage_inherits_no_answer),
		cmocka_unit_test(without_a_store_there_is_nothing_to_return),
		cmocka_unit_test(left_past_return_the_stage_is_closed_and_returned),
		cmocka_unit_test(left_while_the_first_stage_is_closed_it_is_returned),
		cmocka_unit_test(left_before_the_second_stage_is_begun_the_first_is_returned),
		cmocka_unit_test(left_while_it_is_returned_it_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

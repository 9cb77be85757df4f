// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: which task the machine names after which answer, in a change of one
 * stage that somebody waits for until its end.
 */
#include <errno.h>
#include <string.h>

#include "test/unit/change/change-answers.h"

/* ---- the way through ---- */

static void each_task_comes_after_the_one_before_it(void **state)
{
	struct change change = new_change();

	(void)state;
	assert_false(change.begun);
	make_until_closing(&change);
	assert_true(change.begun && change.noted);
	assert_true(change_is_settled(&change));
	assert_false(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_int_equal(step_exec_outcome(&change.exec), STEP_EXEC_DONE);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void a_planner_with_a_look_needs_none(void **state)
{
	struct change change = new_change();

	(void)state;
	change_has_look(&change);
	plan(&change, &making);
	note(&change, -ENOSPC);
	assert_ended(&change, CHANGE_NOT_STORED, -ENOSPC);
}

/* The look was not begun for this change: an obstacle in the look may have gone since. */
static void a_look_that_is_there_refuses_nothing_for_good(void **state)
{
	struct change change = new_change();

	(void)state;
	change_has_look(&change);
	refuse(&change, CHANGE_E_REFUSED);
	look(&change);
	refuse(&change, CHANGE_E_REFUSED);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void what_is_not_seen_is_not_planned(void **state)
{
	struct change change = new_change();

	(void)state;
	change_looked(&change, -ETIMEDOUT);
	assert_ended(&change, CHANGE_NOT_SEEN, -ETIMEDOUT);
}

static void what_leaves_nothing_is_not_proved(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &unlooked);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* A claim whose memory has gone already: nothing to do, and something to store. */
static void a_stage_without_steps_is_stored_and_not_noted(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &forgetting);
	assert_true(change.begun);
	assert_false(change.noted);
	assert_true(change_is_settled(&change));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void a_stage_without_steps_that_is_not_stored_was_not_begun(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &forgetting);
	close_stage(&change, -ENOSPC, false);
	assert_int_equal(change.refusals.list.count, 0);
	assert_ended(&change, CHANGE_NOT_STORED, -ENOSPC);
}

/* ---- the planner's answers ---- */

static void a_refusal_on_an_old_look_is_looked_at_again(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	assert_false(change.is_fresh);
	refuse(&change, CHANGE_E_REFUSED);
	assert_true(change.is_fresh);
	look(&change);
	plan(&change, &making);
	assert_int_equal(change.task, CHANGE_NOTE);
	change_deinit(&change);
}

static void a_refusal_on_a_fresh_look_is_final(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	refuse(&change, CHANGE_E_REFUSED);
	look(&change);
	refuse(&change, CHANGE_E_REFUSED);
	assert_false(change.begun);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void what_no_look_allows_ends_at_once(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	refuse(&change, CHANGE_E_FORBIDDEN);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void a_planner_that_fails_ends_it(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	refuse(&change, -ENOMEM);
	assert_ended(&change, CHANGE_NOT_PLANNED, -ENOMEM);
}

static void a_malformed_step_refuses_all_before_anything_is_begun(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &malformed);
	assert_false(change.begun);
	assert_told(&change, "bad-step");
	assert_string_equal(change.refusals.list.items[0].object, "");
	assert_non_null(strstr(change.refusals.list.items[0].text, "none -> some"));
	assert_ended(&change, CHANGE_REFUSED, 0);
}

/* A malformed step refuses a dry run, and a change that no performer would carry out, alike.
 */
static void a_malformed_step_is_told_whoever_asks(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct change change = new_change();

		change.is_dry_run = i == 0;
		change.performs = false;
		look(&change);
		plan(&change, &malformed);
		assert_ended(&change, CHANGE_REFUSED, 0);
	}
}

static void a_dry_run_is_told_and_nothing_noted(void **state)
{
	struct change change = new_change();

	(void)state;
	change.is_dry_run = true;
	look(&change);
	plan(&change, &making);
	assert_false(change.begun);
	/* The answer tells the plan. */
	assert_ptr_equal(change.stage.steps, &making_steps);
	assert_ended(&change, CHANGE_TOLD, 0);
}

static void a_dry_run_needs_nobody_who_performs_steps(void **state)
{
	struct change change = new_change();

	(void)state;
	change.is_dry_run = true;
	change.performs = false;
	look(&change);
	plan(&change, &making);
	assert_ended(&change, CHANGE_TOLD, 0);
}

/* Not even what is stored only: nobody has looked at the host. */
static void without_anybody_to_perform_steps_nothing_is_begun(void **state)
{
	static const struct change_stage *const stages[] = { &making, &forgetting };

	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++) {
		struct change change = new_change();

		change.performs = false;
		look(&change);
		plan(&change, stages[i]);
		assert_false(change.begun);
		assert_ended(&change, CHANGE_NOT_LIVE, 0);
	}
}

/* ---- who uses what is taken away ---- */

static void on_an_old_look_it_is_asked_who_uses_the_object(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &erasing);
	assert_int_equal(change.task, CHANGE_INQUIRE);
	/* Of what the plan is about. */
	assert_ptr_equal(change.stage.steps, erasing.steps);
	change_inquired(&change, true);
	/* Once: the plan is the same. */
	assert_false(change.is_fresh);
	plan(&change, &erasing);
	assert_int_equal(change.task, CHANGE_NOTE);
	change_deinit(&change);
}

static void whoever_uses_it_is_a_reason_to_look_at_everything(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &erasing);
	change_inquired(&change, false);
	assert_true(change.is_fresh);
	look(&change);
	/* A fresh look shows the users without a question. */
	plan(&change, &erasing);
	assert_int_equal(change.task, CHANGE_NOTE);
	change_deinit(&change);
}

static void a_dry_run_asks_who_uses_the_object(void **state)
{
	struct change change = new_change();

	(void)state;
	change.is_dry_run = true;
	change.performs = false;
	look(&change);
	plan(&change, &erasing);
	assert_int_equal(change.task, CHANGE_INQUIRE);
	change_inquired(&change, true);
	plan(&change, &erasing);
	assert_ended(&change, CHANGE_TOLD, 0);
}

/* ---- the note ---- */

static void without_a_store_nothing_is_noted(void **state)
{
	struct change change = new_change();

	(void)state;
	change.notes = false;
	look(&change);
	plan(&change, &making);
	assert_false(change.noted);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	prove(&change, true);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void what_is_not_noted_is_not_begun(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &making);
	note(&change, -EIO);
	assert_false(change.noted);
	assert_ended(&change, CHANGE_NOT_STORED, -EIO);
}

static void what_is_too_large_to_be_noted_is_refused(void **state)
{
	struct change change = new_change();

	(void)state;
	look(&change);
	plan(&change, &making);
	note(&change, -E2BIG);
	assert_told(&change, "change-too-large");
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void a_store_that_can_not_be_used_ends_it(void **state)
{
	struct change change = new_change();

	(void)state;
	change_not_stored(&change, -EIO);
	assert_ended(&change, CHANGE_NOT_STORED, -EIO);
}

/* ---- the steps ---- */

static void a_step_that_fails_takes_back_those_before_it(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	assert_false(perform(&change, "a", "some", 0));
	/* The first failure is one to be explained. */
	assert_true(perform(&change, "b", "some", -EBUSY));
	assert_false(perform(&change, "a", "none", 0));
	assert_false(change_is_settled(&change));
	assert_false(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

static void what_can_not_be_taken_back_is_left_over(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	assert_true(perform(&change, "b", "some", -EBUSY));
	/* The failure is not the first one, and the step is not tried again: the holders of the
	 * object have been asked for already. */
	assert_false(perform(&change, "a", "none", -EIO));
	assert_false(change_is_settled(&change));
	close_stage(&change, 0, false);
	assert_int_equal(change.exec.leftover.count, 1);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EBUSY);
}

static void a_step_forward_that_died_is_not_tried_again(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	assert_true(lose(&change, "b", "some"));
	/* The lost step may have had its effect. */
	expect_taking_back(&change);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EPIPE);
}

static void a_step_back_that_died_is_tried_again_once(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	(void)lose(&change, "b", "some");
	assert_false(lose(&change, "b", "none"));
	assert_false(lose(&change, "b", "none"));
	/* Each step has its own second try. */
	assert_false(lose(&change, "a", "none"));
	assert_false(perform(&change, "a", "none", 0));
	close_stage(&change, 0, false);
	assert_int_equal(change.exec.leftover.count, 1);
	assert_int_equal(change.exec.leftover.items[0], 1);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EPIPE);
}

/* Where the first try failed and the second did not, nothing has failed. */
static void past_return_what_fails_is_tried_again(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	assert_false(perform(&change, "thing", "none", -EBUSY));
	assert_false(perform(&change, "thing", "none", 0));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* The last step frees: when that step fails for good, the step was not done, and the steps before
 * can go back. */
static void what_frees_and_fails_twice_is_taken_back(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	assert_false(perform(&change, "thing", "none", -EBUSY));
	assert_true(perform(&change, "thing", "none", -EBUSY));
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

/* What may be free or not is freed with the thing; so nothing has failed that would be told. */
static void what_was_to_be_freed_and_died_is_passed(void **state)
{
	static const struct step steps[] = {
		{ &whole, "inner", "", "some", "none" },
		{ &whole, "thing", "", "some", "none" },
	};
	static const struct step_list list = LIST(steps);
	static const struct change_stage stage = { &list, NULL, .makes = false };
	struct change change = new_change();

	(void)state;
	begin(&change, &stage);
	assert_false(lose(&change, "inner", "none"));
	assert_false(lose(&change, "inner", "none"));
	assert_false(perform(&change, "thing", "none", 0));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void past_return_nothing_is_taken_back(void **state)
{
	static const struct step steps[] = {
		{ &whole, "thing", "", "some", "none" },
		{ &whole, "other", "", "some", "none" },
	};
	static const struct step_list list = LIST(steps);
	static const struct change_stage stage = { &list, "thing", .makes = false };
	struct change change = new_change();

	(void)state;
	begin(&change, &stage);
	(void)perform(&change, "thing", "none", 0);
	(void)perform(&change, "other", "none", -EBUSY);
	assert_true(perform(&change, "other", "none", -EBUSY));
	/* There is nothing to be proved; the object of the change is gone, so the wish is kept. */
	assert_true(change_is_settled(&change));
	assert_true(change_keeps(&change));
	close_stage(&change, 0, true);
	/* And no further stage. */
	assert_failed(&change, STEP_EXEC_INCOMPLETE, -EBUSY);
}

/* ---- the proof ---- */

static void what_was_made_and_is_not_seen_is_taken_back(void **state)
{
	struct change change = new_change();

	(void)state;
	make_until_proof(&change);
	prove(&change, false);
	assert_told(&change, "not-proved");
	assert_string_equal(change.refusals.list.items[0].object, "thing");
	expect_taking_back(&change);
	/* The stage is not proved twice. */
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EIO);
}

static void what_was_altered_and_is_not_seen_stays(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &altering);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	prove(&change, false);
	assert_int_equal(change.refusals.list.count, 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* ---- the commit ---- */

static void what_can_not_be_kept_is_taken_back_once(void **state)
{
	struct change change = new_change();

	(void)state;
	make_until_closing(&change);
	close_stage(&change, -ENOSPC, false);
	assert_told(&change, "store-failed");
	expect_taking_back(&change);
	close_stage(&change, -ENOSPC, false);
	assert_told(&change, "store-failed");
	assert_failed(&change, STEP_EXEC_UNDONE, -ENOSPC);
}

static void what_can_not_be_kept_and_has_no_way_back_stays(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	close_stage(&change, -ENOSPC, false);
	/* Tried once more: what the change was about is gone, whatever the store says. */
	assert_true(change_keeps(&change));
	close_stage(&change, -ENOSPC, false);
	assert_told(&change, "store-failed");
	assert_failed(&change, STEP_EXEC_INCOMPLETE, -ENOSPC);
}

static void what_was_taken_back_is_not_taken_back_again(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &making);
	(void)perform(&change, "a", "some", -EBUSY);
	close_stage(&change, -ENOSPC, false);
	assert_int_equal(change.refusals.list.count, 0);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_task_comes_after_the_one_before_it),
		cmocka_unit_test(a_planner_with_a_look_needs_none),
		cmocka_unit_test(a_look_that_is_there_refuses_nothing_for_good),
		cmocka_unit_test(what_is_not_seen_is_not_planned),
		cmocka_unit_test(what_leaves_nothing_is_not_proved),
		cmocka_unit_test(a_stage_without_steps_is_stored_and_not_noted),
		cmocka_unit_test(a_stage_without_steps_that_is_not_stored_was_not_begun),
		cmocka_unit_test(a_refusal_on_an_old_look_is_looked_at_again),
		cmocka_unit_test(a_refusal_on_a_fresh_look_is_final),
		cmocka_unit_test(what_no_look_allows_ends_at_once),
		cmocka_unit_test(a_planner_that_fails_ends_it),
		cmocka_unit_test(a_malformed_step_refuses_all_before_anything_is_begun),
		cmocka_unit_test(a_malformed_step_is_told_whoever_asks),
		cmocka_unit_test(a_dry_run_is_told_and_nothing_noted),
		cmocka_unit_test(a_dry_run_needs_nobody_who_performs_steps),
		cmocka_unit_test(without_anybody_to_perform_steps_nothing_is_begun),
		cmocka_unit_test(on_an_old_look_it_is_asked_who_uses_the_object),
		cmocka_unit_test(whoever_uses_it_is_a_reason_to_look_at_everything),
		cmocka_unit_test(a_dry_run_asks_who_uses_the_object),
		cmocka_unit_test(without_a_store_nothing_is_noted),
		cmocka_unit_test(what_is_not_noted_is_not_begun),
		cmocka_unit_test(what_is_too_large_to_be_noted_is_refused),
		cmocka_unit_test(a_store_that_can_not_be_used_ends_it),
		cmocka_unit_test(a_step_that_fails_takes_back_those_before_it),
		cmocka_unit_test(what_can_not_be_taken_back_is_left_over),
		cmocka_unit_test(a_step_forward_that_died_is_not_tried_again),
		cmocka_unit_test(a_step_back_that_died_is_tried_again_once),
		cmocka_unit_test(past_return_what_fails_is_tried_again),
		cmocka_unit_test(what_frees_and_fails_twice_is_taken_back),
		cmocka_unit_test(what_was_to_be_freed_and_died_is_passed),
		cmocka_unit_test(past_return_nothing_is_taken_back),
		cmocka_unit_test(what_was_made_and_is_not_seen_is_taken_back),
		cmocka_unit_test(what_was_altered_and_is_not_seen_stays),
		cmocka_unit_test(what_can_not_be_kept_is_taken_back_once),
		cmocka_unit_test(what_can_not_be_kept_and_has_no_way_back_stays),
		cmocka_unit_test(what_was_taken_back_is_not_taken_back_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

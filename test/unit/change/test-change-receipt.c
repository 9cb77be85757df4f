// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: a step that leaves no trace, and its receipt. A part is taken out, its
 * data are erased, which nobody can see, and the part is put in again.
 */
#include <errno.h>

#include "test/unit/change/change-answers.h"

static void receipt(struct change *change, int error)
{
	assert_int_equal(change->task, CHANGE_RECEIPT);
	assert_string_equal(change->stage.steps->list.items[change->exec.at].object, "data");
	change_receipted(change, error);
}

/* The step failed, and may have had an effect. */
static bool fail_erasing(struct change *change)
{
	expect_step(change, "data", "none");
	return change_performed(change, -EIO, true, false);
}

static void begin_erasing(struct change *change)
{
	begin(change, &wiping);
	(void)perform(change, "a", "none", 0);
	expect_step(change, "data", "none");
}

static void assert_data_left_over(const struct change *change)
{
	assert_true(change->exec.leftover.count > 0);
	assert_int_equal(change->exec.leftover.items[0], 1);
}

static void what_leaves_no_trace_has_a_receipt(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	assert_false(perform(&change, "data", "none", 0));
	receipt(&change, 0);
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void without_a_note_there_is_no_receipt(void **state)
{
	struct change change = new_change();

	(void)state;
	change.notes = false;
	look(&change);
	plan(&change, &wiping);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "data", "none", 0);
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* After a crash the step would be done once more, to data that has come since. */
static void without_a_receipt_it_does_not_go_on(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	(void)perform(&change, "data", "none", 0);
	receipt(&change, -ENOSPC);
	(void)perform(&change, "a", "some", 0);
	assert_false(change_is_settled(&change));
	close_stage(&change, 0, false);
	assert_data_left_over(&change);
	assert_string_equal(change.refusals.list.items[0].code, "store-failed");
	assert_failed(&change, STEP_EXEC_LEFTOVER, -ENOSPC);
}

static void what_fails_is_repeated_and_then_left_over(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	assert_false(fail_erasing(&change));
	assert_true(fail_erasing(&change));
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_data_left_over(&change);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EIO);
}

static void what_died_may_have_destroyed(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	assert_false(lose(&change, "data", "none"));
	assert_true(lose(&change, "data", "none"));
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_data_left_over(&change);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EPIPE);
}

/* That the second one did nothing does not say what the first one did. */
static void what_may_have_destroyed_at_first_is_left_over(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	assert_false(lose(&change, "data", "none"));
	assert_true(perform(&change, "data", "none", -EHOSTUNREACH));
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_data_left_over(&change);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EHOSTUNREACH);
}

/* The performer refused the order, and began nothing. */
static void what_was_not_begun_has_destroyed_nothing(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	assert_false(perform(&change, "data", "none", -EPERM));
	assert_true(perform(&change, "data", "none", -EPERM));
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EPERM);
}

static void behind_it_there_is_no_way_back(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	(void)perform(&change, "data", "none", 0);
	receipt(&change, 0);
	(void)perform(&change, "a", "some", -EBUSY);
	(void)perform(&change, "a", "some", -EBUSY);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_INCOMPLETE, -EBUSY);
}

static void left_while_it_destroys_it_goes_on(void **state)
{
	struct change change = new_change();

	(void)state;
	begin_erasing(&change);
	assert_false(change_may_give_up(&change));
	change_leave(&change);
	(void)perform(&change, "data", "none", 0);
	change_leave(&change);
	receipt(&change, 0);
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* ---- cut short ---- */

static void cut_short_before_it_all_is_taken_back(void **state)
{
	static const char *const values[] = { "some", "some", "some" };
	struct change change = taken_up(wiping.steps);

	(void)state;
	change_read(&change, 0, values);
	/* The step may have been begun. */
	(void)perform(&change, "a", "some", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void cut_short_without_a_receipt_it_is_done_once_more(void **state)
{
	static const char *const values[] = { "none", "some", "none" };
	struct change change = taken_up(wiping.steps);

	(void)state;
	change_read(&change, 0, values);
	(void)perform(&change, "data", "none", 0);
	receipt(&change, 0);
	(void)perform(&change, "a", "some", 0);
	assert_true(change_keeps(&change));
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void cut_short_with_a_receipt_it_is_not_done_again(void **state)
{
	/* Whether or not the part is in again. */
	static const char *const values[][3] = { { "none", "none", "none" },
						 { "some", "none", "some" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct change change = taken_up(wiping.steps);

		change_read(&change, 0, values[i]);
		(void)perform(&change, "a", "some", 0);
		close_stage(&change, 0, false);
		assert_ended(&change, CHANGE_DONE, 0);
	}
}

/* Somebody else has put in b: that is no receipt. */
static void what_comes_behind_it_is_no_receipt(void **state)
{
	static const struct step steps[] = {
		{ &erased, "data", "", "some", "none" },
		{ &part, "b", "", "none", "some" },
	};
	static const struct step_list list = LIST(steps);
	static const char *const values[] = { "some", "some" };
	struct change change = taken_up(&list);

	(void)state;
	change_read(&change, 0, values);
	expect_step(&change, "data", "none");
	change_deinit(&change);
}

/* A removal that is finished has no other rule. */
static void in_a_removal_it_is_not_done_again(void **state)
{
	static const struct step steps[] = {
		{ &erased, "data", "", "some", "none" },
		{ &whole, "thing", "", "some", "none" },
	};
	static const struct step_list list = LIST(steps);
	static const char *const done[] = { "none", "some" }, *const begun[] = { "some", "some" };
	struct change change = taken_up(&list);

	(void)state;
	change_read(&change, 0, done);
	expect_step(&change, "thing", "none");
	change_deinit(&change);
	change = taken_up(&list);
	change_read(&change, 0, begun);
	expect_step(&change, "data", "none");
	change_deinit(&change);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leaves_no_trace_has_a_receipt),
		cmocka_unit_test(without_a_note_there_is_no_receipt),
		cmocka_unit_test(without_a_receipt_it_does_not_go_on),
		cmocka_unit_test(what_fails_is_repeated_and_then_left_over),
		cmocka_unit_test(what_died_may_have_destroyed),
		cmocka_unit_test(what_may_have_destroyed_at_first_is_left_over),
		cmocka_unit_test(what_was_not_begun_has_destroyed_nothing),
		cmocka_unit_test(behind_it_there_is_no_way_back),
		cmocka_unit_test(left_while_it_destroys_it_goes_on),
		cmocka_unit_test(cut_short_before_it_all_is_taken_back),
		cmocka_unit_test(cut_short_without_a_receipt_it_is_done_once_more),
		cmocka_unit_test(cut_short_with_a_receipt_it_is_not_done_again),
		cmocka_unit_test(what_comes_behind_it_is_no_receipt),
		cmocka_unit_test(in_a_removal_it_is_not_done_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

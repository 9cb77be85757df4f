// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: another manager has taken over a lane of the change. The change ends
 * without a further step, forward or backward, and the next start does not take the change up.
 */
#include <errno.h>

#include "change/performer.h"
#include "test/unit/change/change-answers.h"

static const struct lane_set none = { .count = 0 };

/* The performer knows of the other manager, and does not send the order. */
static void depose(struct change *change, const char *object, const char *to)
{
	expect_step(change, object, to);
	assert_false(change_performed(change, PERFORMER_DEPOSED, false, false));
}

static void assert_handed_over(struct change *change, int close_error)
{
	assert_int_equal(change->task, CHANGE_CLOSE);
	assert_false(change_is_settled(change));
	assert_false(change_may_turn_back(change));
	change_closed(change, close_error, NULL);
	assert_told(change, "handed-over");
	assert_ended(change, CHANGE_HANDED_OVER, PERFORMER_DEPOSED);
}

static void nothing_is_taken_back(void **state)
{
	struct change change = new_change();

	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	depose(&change, "b", "some");
	assert_int_equal(step_exec_outcome(&change.exec), STEP_EXEC_LEFTOVER);
	assert_int_equal(change.exec.failed_at, 1);
	assert_int_equal(change.exec.leftover.count, 1);
	assert_int_equal(change.exec.leftover.items[0], 0);
	assert_handed_over(&change, 0);
}

/* What is taken back already is not left over. */
static void a_way_back_ends_where_it_is(void **state)
{
	struct change change = new_change();

	begin(&change, &making);
	(void)perform(&change, "a", "some", 0);
	expect_step(&change, "b", "some");
	assert_true(change_performed(&change, -EIO, true, false));
	(void)perform(&change, "b", "none", 0);
	depose(&change, "a", "none");
	assert_int_equal(change.exec.error, -EIO);
	assert_int_equal(change.exec.leftover.count, 1);
	assert_int_equal(change.exec.leftover.items[0], 0);
	assert_handed_over(&change, 0);
}

static void a_removal_is_not_finished(void **state)
{
	struct change change = new_change();

	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	depose(&change, "thing", "none");
	assert_handed_over(&change, 0);
}

/* The driver erases the entry later. */
static void an_entry_that_stays_does_not_matter(void **state)
{
	struct change change = new_change();

	begin(&change, &making);
	depose(&change, "a", "some");
	assert_int_equal(change.exec.leftover.count, 0);
	assert_handed_over(&change, -EIO);
}

static void what_was_cut_short_is_not_taken_up(void **state)
{
	struct change change = taken_up(&making_steps);

	change_read(&change, PERFORMER_DEPOSED, NULL);
	assert_handed_over(&change, 0);
}

static void closed_stages_stay(void **state)
{
	struct change change = in_second_stage();

	begin(&change, &making);
	depose(&change, "a", "some");
	assert_handed_over(&change, 0);
}

/* The end tells of the failure, and that the way back has ended. */
static void a_plan_that_takes_back_ends_where_it_is(void **state)
{
	struct change change = in_second_stage();

	begin(&change, &making);
	expect_step(&change, "a", "some");
	assert_true(change_performed(&change, -EIO, false, false));
	close_stage(&change, 0, false);
	change_go_back(&change, &none);
	look(&change);
	plan(&change, &unlooked);
	note(&change, 0);
	depose(&change, "a", "some");
	assert_int_equal(change.task, CHANGE_CLOSE);
	change_closed(&change, 0, NULL);
	assert_int_equal(change.stages, 1);
	assert_int_equal(change.stayed.result, CHANGE_HANDED_OVER);
	assert_failed(&change, STEP_EXEC_UNDONE, -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_taken_back),
		cmocka_unit_test(a_way_back_ends_where_it_is),
		cmocka_unit_test(a_removal_is_not_finished),
		cmocka_unit_test(an_entry_that_stays_does_not_matter),
		cmocka_unit_test(what_was_cut_short_is_not_taken_up),
		cmocka_unit_test(closed_stages_stay),
		cmocka_unit_test(a_plan_that_takes_back_ends_where_it_is),
	};

	return cmocka_run_group_tests_name("a change that is handed over", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: a stage that is closed is taken back by a plan of its own, and what
 * the next stage needs is waited for.
 */
#include <errno.h>

#include "test/unit/change/change-answers.h"

static const struct lane_set wire = { .names = { "wire" }, .count = 1 };
static const struct lane_set none = { .count = 0 };

static const struct change_stage bringing = { &making_steps, NULL, .awaits = "serial:0x1",
					      .await_ms = 20000 };

/* Parts are put in by a first stage, and a second one is on its way. */
static struct change in_stage_after(const struct change_stage *first)
{
	struct change change = new_change();

	begin(&change, first);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	close_stage(&change, 0, true);
	return change;
}

static struct change failed_in_second_stage(void)
{
	struct change change = in_stage_after(&unlooked);

	begin(&change, &erasing);
	assert_true(perform(&change, "a", "none", -EBUSY));
	close_stage(&change, 0, false);
	assert_int_equal(change.task, CHANGE_RETURN);
	return change;
}

static void go_back(struct change *change)
{
	change_go_back(change, &none);
	assert_true(change->goes_back && change->is_fresh);
	assert_false(change->begun || change->noted);
	look(change);
}

static void a_stage_is_taken_back_from_a_new_look(void **state)
{
	struct change change = failed_in_second_stage();

	(void)state;
	go_back(&change);
	plan(&change, &darkening);
	note(&change, 0);
	(void)ask(&change, "a", 0, false);
	(void)perform(&change, "a", "none", 0);
	(void)ask(&change, "b", 0, false);
	(void)perform(&change, "b", "none", 0);
	close_stage(&change, 0, true);
	assert_int_equal(change.stages, 0);
	assert_false(change.goes_back);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

static void what_is_refused_stays(void **state)
{
	static const int refusals[] = { CHANGE_E_REFUSED, CHANGE_E_FORBIDDEN, -ENOMEM };

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct change change = failed_in_second_stage();

		go_back(&change);
		refuse(&change, refusals[i]);
		assert_int_equal(change.stages, 1);
		assert_int_equal(change.stayed.result,
				 refusals[i] > 0 ? CHANGE_REFUSED : CHANGE_NOT_PLANNED);
		assert_ptr_equal(change.stage.steps, &removing_steps);
		assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
	}
}

static void what_is_used_by_then_stays(void **state)
{
	struct change change = failed_in_second_stage();

	(void)state;
	go_back(&change);
	plan(&change, &darkening);
	note(&change, 0);
	(void)ask(&change, "a", 0, true);
	close_stage(&change, 0, false);
	assert_int_equal(change.stages, 1);
	assert_int_equal(change.stayed.result, CHANGE_FAILED);
	assert_int_equal(change.stayed.exec.error, -EBUSY);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

static void what_is_not_seen_or_noted_stays(void **state)
{
	struct change change = failed_in_second_stage();

	(void)state;
	change_go_back(&change, &none);
	change_looked(&change, -EIO);
	assert_int_equal(change.stages, 1);
	assert_int_equal(change.stayed.result, CHANGE_NOT_SEEN);
	assert_int_equal(change.stayed.error, -EIO);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
	change = failed_in_second_stage();
	go_back(&change);
	plan(&change, &darkening);
	note(&change, -ENOSPC);
	assert_int_equal(change.stages, 1);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

/* From the last one on, and no further than to the one that stays. */
static void stages_are_taken_back_one_by_one(void **state)
{
	struct change change = in_stage_after(&unlooked);

	(void)state;
	begin(&change, &unlooked);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	close_stage(&change, 0, true);
	change_looked(&change, -EIO);
	assert_int_equal(change.task, CHANGE_RETURN);
	go_back(&change);
	plan(&change, &removing);
	note(&change, 0);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	close_stage(&change, 0, false);
	assert_int_equal(change.stages, 1);
	assert_int_equal(change.task, CHANGE_RETURN);
	go_back(&change);
	refuse(&change, CHANGE_E_REFUSED);
	assert_int_equal(change.stages, 1);
	assert_ended(&change, CHANGE_NOT_SEEN, -EIO);
}

static void a_way_back_is_in_lanes_of_its_own(void **state)
{
	struct change change = failed_in_second_stage();

	(void)state;
	change_go_back(&change, &wire);
	assert_int_equal(change.task, CHANGE_WAIT);
	change_waited(&change);
	assert_int_equal(change.task, CHANGE_LOOK);
	change_deinit(&change);
}

/* The change gave the lanes back during the await, and another change may hold the lanes by now. */
static void a_way_back_takes_its_lanes_again(void **state)
{
	struct change change;

	(void)state;
	change_init(&change, &wire);
	change.performs = change.notes = true;
	change_waited(&change);
	begin(&change, &bringing);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	change_closed(&change, 0, &wire);
	assert_int_equal(change.task, CHANGE_AWAIT);
	change_leave(&change);
	assert_int_equal(change.task, CHANGE_RETURN);
	change_go_back(&change, &wire);
	assert_int_equal(change.task, CHANGE_WAIT);
	change_deinit(&change);
}

static void nobody_can_leave_a_way_back(void **state)
{
	struct change change = failed_in_second_stage();

	(void)state;
	go_back(&change);
	change_leave(&change);
	plan(&change, &removing);
	note(&change, 0);
	(void)perform(&change, "a", "none", 0);
	assert_true(change_may_turn_back(&change));
	change_leave(&change);
	(void)perform(&change, "thing", "none", 0);
	close_stage(&change, 0, false);
	assert_int_equal(change.stages, 0);
	assert_failed(&change, STEP_EXEC_UNDONE, -EBUSY);
}

/* ---- what comes by itself ---- */

static void the_next_stage_waits_for_what_the_one_before_brings(void **state)
{
	struct change change = in_stage_after(&bringing);

	(void)state;
	assert_int_equal(change.task, CHANGE_AWAIT);
	assert_string_equal(change.awaits, "serial:0x1");
	assert_int_equal(change.await_ms, 20000);
	change_awaited(&change, 0);
	/* A change that waits holds no lane. */
	assert_int_equal(change.task, CHANGE_WAIT);
	change_waited(&change);
	assert_true(change.is_fresh);
	look(&change);
	change_deinit(&change);
}

static void what_does_not_come_has_a_name(void **state)
{
	struct change change = in_stage_after(&bringing);

	(void)state;
	change_awaited(&change, -ETIMEDOUT);
	assert_told(&change, "not-come");
	expect_return(&change);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void left_while_something_is_to_come_the_first_stage_is_returned(void **state)
{
	struct change change = in_stage_after(&bringing);

	(void)state;
	change_leave(&change);
	expect_return(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

/* What has failed has no steps then, and nobody could stop before one of them. */
static void left_after_the_way_back_nothing_happens(void **state)
{
	struct change change = in_stage_after(&bringing);

	(void)state;
	change_awaited(&change, -ETIMEDOUT);
	go_back(&change);
	refuse(&change, CHANGE_E_REFUSED);
	change_leave(&change);
	assert_int_equal(change.stages, 1);
	assert_ended(&change, CHANGE_REFUSED, 0);
}

static void the_last_stage_waits_for_nothing(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &bringing);
	(void)perform(&change, "a", "some", 0);
	(void)perform(&change, "b", "some", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_is_taken_back_from_a_new_look),
		cmocka_unit_test(what_is_refused_stays),
		cmocka_unit_test(what_is_used_by_then_stays),
		cmocka_unit_test(what_is_not_seen_or_noted_stays),
		cmocka_unit_test(stages_are_taken_back_one_by_one),
		cmocka_unit_test(a_way_back_is_in_lanes_of_its_own),
		cmocka_unit_test(a_way_back_takes_its_lanes_again),
		cmocka_unit_test(nobody_can_leave_a_way_back),
		cmocka_unit_test(the_next_stage_waits_for_what_the_one_before_brings),
		cmocka_unit_test(what_does_not_come_has_a_name),
		cmocka_unit_test(left_while_something_is_to_come_the_first_stage_is_returned),
		cmocka_unit_test(left_after_the_way_back_nothing_happens),
		cmocka_unit_test(the_last_stage_waits_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

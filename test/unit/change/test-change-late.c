// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: an order that was sent may come into effect after its sender has died.
 * What a value is meanwhile proves nothing, so nothing is read and nothing is sent.
 */
#include <errno.h>

#include "test/unit/change/change-answers.h"

#define LATE_MS 5000

static const char *const nothings[] = { "none", NULL };

static bool is_well_formed(const struct step *step)
{
	return *step->object != '\0';
}

static const struct step_kind remote = {
	.name = "remote",
	.nothings = nothings,
	.traits = STEP_REVERSIBLE | STEP_LASTING,
	.late_ms = LATE_MS,
	.is_well_formed = is_well_formed,
};
static const struct step putting[] = {
	{ &remote, "a", "", "none", "some" },
	{ &remote, "b", "", "none", "some" },
};
static const struct step_list putting_steps = LIST(putting);
static const struct change_stage sending = { &putting_steps, NULL, .makes = false };

static void settle(struct change *change)
{
	assert_int_equal(change->task, CHANGE_SETTLE);
	assert_int_equal(change->settle_ms, LATE_MS);
	change_settled(change);
}

static struct change cut_short(const struct step_list *steps)
{
	struct change change;

	change_init(&change, NULL);
	change_take_up(&change, steps);
	change_waited(&change);
	return change;
}

static void what_was_cut_short_is_not_read_at_once(void **state)
{
	static const char *const values[] = { "some", "none" };
	struct change change = cut_short(&putting_steps);

	(void)state;
	settle(&change);
	assert_int_equal(change.task, CHANGE_READ);
	change_read(&change, 0, values);
	(void)perform(&change, "b", "none", 0);
	(void)perform(&change, "a", "none", 0);
	change_deinit(&change);
}

static void of_what_comes_in_time_nothing_is_waited_for(void **state)
{
	struct change change = cut_short(&making_steps);

	(void)state;
	assert_int_equal(change.task, CHANGE_READ);
	change_deinit(&change);
}

static void after_a_death_the_inverse_waits(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &sending);
	assert_true(lose(&change, "a", "some"));
	settle(&change);
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EPIPE);
}

/* The lane is not given to anybody else before nothing can come any more. */
static void after_a_death_at_the_end_the_end_waits(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &sending);
	expect_step(&change, "a", "some");
	(void)change_performed(&change, -EIO, true, false);
	(void)lose(&change, "a", "none");
	settle(&change);
	(void)lose(&change, "a", "none");
	settle(&change);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_LEFTOVER, -EIO);
}

static void left_while_it_waits_it_waits(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &sending);
	(void)perform(&change, "a", "some", 0);
	assert_true(lose(&change, "b", "some"));
	change_leave(&change);
	settle(&change);
	(void)perform(&change, "b", "none", 0);
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -EPIPE);
}

static void a_step_that_fails_with_a_living_performer_is_over(void **state)
{
	struct change change = new_change();

	(void)state;
	begin(&change, &sending);
	expect_step(&change, "a", "some");
	assert_true(change_performed(&change, -EIO, true, false));
	expect_step(&change, "a", "none");
	change_deinit(&change);
}

static void a_stage_lasts_when_one_of_its_steps_does(void **state)
{
	(void)state;
	assert_true(step_list_lasts(&putting_steps));
	assert_false(step_list_lasts(&making_steps));
	assert_int_equal(step_list_late_ms(&putting_steps), LATE_MS);
	assert_int_equal(step_list_late_ms(&making_steps), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_cut_short_is_not_read_at_once),
		cmocka_unit_test(of_what_comes_in_time_nothing_is_waited_for),
		cmocka_unit_test(after_a_death_the_inverse_waits),
		cmocka_unit_test(after_a_death_at_the_end_the_end_waits),
		cmocka_unit_test(left_while_it_waits_it_waits),
		cmocka_unit_test(a_step_that_fails_with_a_living_performer_is_over),
		cmocka_unit_test(a_stage_lasts_when_one_of_its_steps_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

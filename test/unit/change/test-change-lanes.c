// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of one change: the lanes that its stages wait for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/change/change-answers.h"

static bool any(const struct step *step)
{
	return step != NULL;
}

static const char *const none[] = { "none", NULL };

static const struct step_kind local = { .name = "local",
					.lane = "host",
					.nothings = none,
					.traits = STEP_REVERSIBLE,
					.is_well_formed = any };
static const struct step_kind remote = { .name = "remote",
					 .lane = "wire",
					 .nothings = none,
					 .traits = STEP_REVERSIBLE,
					 .is_well_formed = any };

static struct step here = { &local, "a", "", "none", "in" };
static struct step there[] = { { &local, "a", "", "none", "in" },
			       { &remote, "b", "", "none", "in" } };
static struct step afar = { &remote, "b", "", "none", "in" };
static const struct step_list here_steps = { .list = { &here, 1 } };
static const struct step_list there_steps = { .list = { there, 2 } };
static const struct step_list afar_steps = { .list = { &afar, 1 } };
static const struct change_stage on_the_host = { &here_steps, NULL, .makes = false };
static const struct change_stage on_both = { &there_steps, NULL, .makes = false };
static const struct change_stage on_the_wire = { &afar_steps, NULL, .makes = false };

static const struct lane_set host = { { "host" }, 1 }, wire = { { "wire" }, 1 };

static struct change expecting(const struct lane_set *lanes)
{
	struct change change;

	change_init(&change, lanes);
	change.performs = change.notes = true;
	return change;
}

static void wait_for(struct change *change, const char *first, const char *second)
{
	assert_int_equal(change->task, CHANGE_WAIT);
	assert_int_equal(change->lanes.count, (first ? 1 : 0) + (second ? 1 : 0));
	if (first)
		assert_string_equal(change->lanes.names[0], first);
	if (second)
		assert_string_equal(change->lanes.names[1], second);
	change_waited(change);
}

static void what_is_expected_is_waited_for_once(void **state)
{
	struct change change = expecting(&host);

	(void)state;
	wait_for(&change, "host", NULL);
	look(&change);
	assert_false(change.is_fresh);
	plan(&change, &on_the_host);
	note(&change, 0);
	(void)perform(&change, "a", "in", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* The change that held the lanes has changed the world that the first plan was made of. */
static void what_a_plan_needs_besides_is_waited_for_and_planned_anew(void **state)
{
	struct change change = expecting(&host);

	(void)state;
	wait_for(&change, "host", NULL);
	look(&change);
	plan(&change, &on_both);
	wait_for(&change, "host", "wire");
	assert_true(change.is_fresh);
	look(&change);
	plan(&change, &on_both);
	note(&change, 0);
	(void)perform(&change, "a", "in", 0);
	(void)perform(&change, "b", "in", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

static void planning_comes_to_an_end(void **state)
{
	struct change change = expecting(NULL);

	(void)state;
	wait_for(&change, NULL, NULL);
	look(&change);
	plan(&change, &on_the_host);
	wait_for(&change, "host", NULL);
	look(&change);
	plan(&change, &on_the_wire);
	wait_for(&change, "host", "wire");
	look(&change);
	plan(&change, &on_the_host);
	note(&change, 0);
	change_deinit(&change);
}

static void a_dry_run_waits_for_nothing_more(void **state)
{
	struct change change = expecting(NULL);

	(void)state;
	change.is_dry_run = true;
	wait_for(&change, NULL, NULL);
	look(&change);
	plan(&change, &on_both);
	assert_ended(&change, CHANGE_TOLD, 0);
}

static void close_with(struct change *change, const struct lane_set *next)
{
	assert_int_equal(change->task, CHANGE_CLOSE);
	change_closed(change, 0, next);
}

static void do_here(struct change *change)
{
	wait_for(change, "host", NULL);
	look(change);
	plan(change, &on_the_host);
	note(change, 0);
	(void)perform(change, "a", "in", 0);
}

static void a_second_stage_in_the_same_lanes_lets_nobody_in_between(void **state)
{
	struct change change = expecting(&host);

	(void)state;
	do_here(&change);
	close_with(&change, &host);
	look(&change);
	change_deinit(&change);
}

/* What the first stage held is not held through the second one. */
static void a_second_stage_in_other_lanes_waits_for_them_alone(void **state)
{
	struct change change = expecting(&host);

	(void)state;
	do_here(&change);
	close_with(&change, &wire);
	wait_for(&change, "wire", NULL);
	assert_true(change.is_fresh);
	look(&change);
	plan(&change, &on_the_wire);
	note(&change, 0);
	(void)perform(&change, "b", "in", 0);
	close_stage(&change, 0, false);
	assert_ended(&change, CHANGE_DONE, 0);
}

/* The first stage is true: the claim as it was before is stored again. */
static void who_leaves_while_the_second_stage_waits_is_returned(void **state)
{
	struct change change = expecting(&host);

	(void)state;
	do_here(&change);
	close_with(&change, &wire);
	assert_int_equal(change.task, CHANGE_WAIT);
	change_leave(&change);
	expect_return(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

static void who_leaves_while_it_waits_was_never_there(void **state)
{
	struct change change = expecting(&host);

	(void)state;
	change_leave(&change);
	assert_ended(&change, CHANGE_UNWANTED, 0);
}

static void what_was_cut_short_waits_for_its_steps_lanes(void **state)
{
	static const char *const values[] = { "in", "none" };
	struct change change = expecting(NULL);

	(void)state;
	change_take_up(&change, &there_steps);
	wait_for(&change, "host", "wire");
	assert_int_equal(change.task, CHANGE_READ);
	change_read(&change, 0, values);
	(void)perform(&change, "b", "none", 0);
	(void)perform(&change, "a", "none", 0);
	close_stage(&change, 0, false);
	assert_failed(&change, STEP_EXEC_UNDONE, -ECANCELED);
}

static void lane_of_object(const struct step *step, char lane[static LANE_MAX])
{
	(void)snprintf(lane, LANE_MAX, "wire:%s", step->object);
}

static const struct step_kind scattered = {
	.name = "scattered", .lane_of = lane_of_object, .nothings = none, .is_well_formed = any
};

/* A plan of that many lanes has to be split by its planner. */
static void a_stage_of_too_many_lanes_is_not_begun(void **state)
{
	char names[LANES_OF_STAGE_MAX + 1][8];
	struct step steps[LANES_OF_STAGE_MAX + 1];
	const struct step_list list = { .list = { steps, LANES_OF_STAGE_MAX + 1 } };
	const struct change_stage stage = { &list, NULL, .makes = false };
	struct change change = expecting(NULL), left = expecting(NULL);

	(void)state;
	for (size_t i = 0; i <= LANES_OF_STAGE_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "x%zu", i);
		steps[i] = (struct step){ &scattered, names[i], "", "none", "in" };
	}
	wait_for(&change, NULL, NULL);
	look(&change);
	plan(&change, &stage);
	assert_ended(&change, CHANGE_NOT_PLANNED, -E2BIG);
	change_take_up(&left, &list);
	assert_ended(&left, CHANGE_NOT_TAKEN_UP, -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_expected_is_waited_for_once),
		cmocka_unit_test(what_a_plan_needs_besides_is_waited_for_and_planned_anew),
		cmocka_unit_test(planning_comes_to_an_end),
		cmocka_unit_test(a_dry_run_waits_for_nothing_more),
		cmocka_unit_test(a_second_stage_in_the_same_lanes_lets_nobody_in_between),
		cmocka_unit_test(a_second_stage_in_other_lanes_waits_for_them_alone),
		cmocka_unit_test(who_leaves_while_the_second_stage_waits_is_returned),
		cmocka_unit_test(who_leaves_while_it_waits_was_never_there),
		cmocka_unit_test(what_was_cut_short_waits_for_its_steps_lanes),
		cmocka_unit_test(a_stage_of_too_many_lanes_is_not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

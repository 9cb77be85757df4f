// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lanes: all of a stage's at once or none, in one order, each with one holder.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "change/lanes.h"

#define SET(...)                                                                                   \
	set_of((const char *const[]){ __VA_ARGS__ },                                               \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static struct lane_set set_of(const char *const *names, size_t count)
{
	struct lane_set set = { .count = 0 };

	for (size_t i = 0; i < count; i++)
		assert_int_equal(lane_set_add(&set, names[i]), 0);
	return set;
}

static void names_are_sorted_and_stand_once(void **state)
{
	const struct lane_set set = SET("switch:2", "host", "switch:1", "host");

	(void)state;
	assert_int_equal(set.count, 3);
	assert_string_equal(set.names[0], "host");
	assert_string_equal(set.names[1], "switch:1");
	assert_string_equal(set.names[2], "switch:2");
}

static void a_set_has_an_end(void **state)
{
	char longest[LANE_MAX], name[LANE_MAX];
	struct lane_set set = { .count = 0 };

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(lane_set_add(&set, ""), -EINVAL);
	longest[LANE_MAX - 1] = '\0';
	assert_int_equal(lane_set_add(&set, longest), 0);
	for (size_t i = 1; i < LANES_OF_STAGE_MAX; i++) {
		(void)snprintf(name, sizeof(name), "lane%zu", i);
		assert_int_equal(lane_set_add(&set, name), 0);
	}
	assert_int_equal(lane_set_add(&set, "one more"), -E2BIG);
	assert_int_equal(set.count, LANES_OF_STAGE_MAX);
	assert_int_equal(lane_set_add(&set, "lane1"), 0);
}

static void a_name_that_is_too_long_is_none(void **state)
{
	char name[LANE_MAX + 1];
	struct lane_set set = { .count = 0 };

	(void)state;
	memset(name, 'x', LANE_MAX);
	name[LANE_MAX] = '\0';
	assert_int_equal(lane_set_add(&set, name), -EINVAL);
	assert_int_equal(set.count, 0);
}

static void meets_what_it_shares_a_lane_with(void **state)
{
	const struct lane_set both = SET("host", "switch:1"), one = SET("switch:1"),
			      other = SET("switch:2"), none = { .count = 0 };

	(void)state;
	assert_true(lane_set_meets(&both, &one));
	assert_true(lane_set_meets(&one, &both));
	assert_false(lane_set_meets(&both, &other));
	assert_false(lane_set_meets(&none, &both));
	assert_false(lane_set_meets(&both, &none));
}

static void one_holder_for_each(void **state)
{
	const struct lane_set host = SET("host"), wire = SET("switch:1");
	struct lanes lanes = { 0 };
	int a, b;

	(void)state;
	assert_int_equal(lanes_take(&lanes, &host, &a), 0);
	assert_int_equal(lanes_take(&lanes, &host, &b), -EBUSY);
	assert_ptr_equal(lanes_holder(&lanes, &host, &b), &a);
	assert_null(lanes_holder(&lanes, &host, &a));
	assert_int_equal(lanes_take(&lanes, &wire, &b), 0);
	lanes_release(&lanes, &a);
	assert_int_equal(lanes_take(&lanes, &host, &b), 0);
	lanes_release(&lanes, &b);
	assert_int_equal(lanes.list.count, 0);
	lanes_deinit(&lanes);
}

/* Who waits for one holds no other: so two never wait for each other. */
static void all_or_none(void **state)
{
	const struct lane_set host = SET("host"), both = SET("host", "switch:1"),
			      wire = SET("switch:1");
	struct lanes lanes = { 0 };
	int a, b, c;

	(void)state;
	assert_int_equal(lanes_take(&lanes, &host, &a), 0);
	assert_int_equal(lanes_take(&lanes, &both, &b), -EBUSY);
	assert_int_equal(lanes_take(&lanes, &wire, &c), 0);
	lanes_release(&lanes, &c);
	lanes_release(&lanes, &a);
	assert_int_equal(lanes_take(&lanes, &both, &b), 0);
	lanes_deinit(&lanes);
}

static void more_of_ones_own(void **state)
{
	const struct lane_set host = SET("host"), both = SET("host", "switch:1");
	struct lanes lanes = { 0 };
	int a;

	(void)state;
	assert_int_equal(lanes_take(&lanes, &host, &a), 0);
	assert_int_equal(lanes_take(&lanes, &both, &a), 0);
	assert_int_equal(lanes.list.count, 2);
	lanes_release(&lanes, &a);
	assert_int_equal(lanes.list.count, 0);
	lanes_deinit(&lanes);
}

/* ---- of steps ---- */

static bool any(const struct step *step)
{
	return step != NULL;
}

static void lane_of_object(const struct step *step, char lane[static LANE_MAX])
{
	(void)snprintf(lane, LANE_MAX, "wire:%s", step->object);
}

static const struct step_kind fixed = { .name = "fixed", .lane = "host", .is_well_formed = any };
static const struct step_kind by_object = { .name = "by-object",
					    .lane_of = lane_of_object,
					    .is_well_formed = any };

static const struct step_kind nowhere = { .name = "nowhere", .is_well_formed = any };

static void steps_say_their_lanes(void **state)
{
	struct step steps[] = {
		{ &by_object, "b", "", "0", "1" }, { &fixed, "x", "", "0", "1" },
		{ &by_object, "a", "", "0", "1" }, { &by_object, "b", "", "1", "2" },
		{ &nowhere, "x", "", "1", "2" },   { &fixed, "y", "", "1", "2" },
	};
	const struct step_list list = { { steps, 6 } };
	struct lane_set set = { .count = 0 };

	(void)state;
	assert_int_equal(lane_set_add_steps(&set, &list), 0);
	assert_int_equal(set.count, 3);
	assert_string_equal(set.names[0], "host");
	assert_string_equal(set.names[1], "wire:a");
	assert_string_equal(set.names[2], "wire:b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_sorted_and_stand_once),
		cmocka_unit_test(a_set_has_an_end),
		cmocka_unit_test(a_name_that_is_too_long_is_none),
		cmocka_unit_test(meets_what_it_shares_a_lane_with),
		cmocka_unit_test(one_holder_for_each),
		cmocka_unit_test(all_or_none),
		cmocka_unit_test(more_of_ones_own),
		cmocka_unit_test(steps_say_their_lanes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

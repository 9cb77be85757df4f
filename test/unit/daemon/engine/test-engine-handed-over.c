// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another manager takes over a lane of a change: the engine orders nothing more there, erases the
 * entry, tells the client what stays, and gives the lane to the next change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"
#include "util/clock.h"

#define DEPOSED (&(struct step_answer){ .error = PERFORMER_DEPOSED })

static struct stand *at_work(void)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	return stand;
}

static struct errand pair(void)
{
	struct errand errand = errand_of("wire1:a");

	errand.stages[0].steps[1] = (struct step){ &far_kind, "wire1:b", "", "off", "on" };
	errand.stages[0].count = 2;
	return errand;
}

/* The client who asks by this id is told what stays. */
static void check_told(const struct stand *stand, const char *request, const char *leftover)
{
	const struct change_record *record =
		change_register_find_request(&stand->engine->changes, 1, request);

	assert_non_null(record);
	assert_string_equal(record->result.error, "io.cxlfm.Host.Failed");
	assert_non_null(strstr(record->result.text, "\"code\":\"handed-over\""));
	assert_non_null(strstr(record->result.text, "\"undone\":false"));
	assert_non_null(strstr(record->result.text, leftover));
}

static void check_free(struct stand *stand)
{
	struct errand later = errand_of("wire1:x");

	(void)stand_send(stand, &later, 2);
	stand_do(stand, "wire1:x");
	assert_int_equal(later.result, CHANGE_DONE);
}

static void nothing_more_is_ordered(void **state)
{
	struct stand *stand = at_work();
	struct errand both = pair();

	(void)stand_request(stand, &both, 1, "a");
	stand_do(stand, "wire1:a");
	stand_answer(stand, "wire1:b", DEPOSED);
	assert_true(both.has_ended);
	assert_int_equal(both.result, CHANGE_HANDED_OVER);
	assert_int_equal(stand->order_count, 0);
	assert_string_equal(stand_value(stand, "wire1:a"), "on");
	assert_null(stand_entry(stand));
	/* What lasts is erased for good: no later start may take the steps back. */
	assert_int_equal(stand->durability, STORE_DURABLE);
	check_told(stand, "a", "\"object\":\"wire1:a\"");
	check_free(stand);
	stand_free(stand);
}

/* The entry that could not be erased is erased with the next note. */
static void an_entry_that_stays_is_erased_later(void **state)
{
	struct stand *stand = at_work();
	struct errand both = pair();

	(void)stand_request(stand, &both, 1, "a");
	stand->refuses = 3;
	stand_answer(stand, "wire1:a", DEPOSED);
	assert_int_equal(both.result, CHANGE_HANDED_OVER);
	assert_int_equal(stand->refuses, 0);
	assert_int_equal(stand_entries(stand), 1);
	check_free(stand);
	assert_null(stand_entry(stand));
	stand_free(stand);
}

static void a_closed_stage_stays(void **state)
{
	struct stand *stand = at_work();
	struct errand both = errand_of("host");

	both.stages[1] = errand_of("wire1:a").stages[0];
	both.stage_count = 2;
	both.goes_back = true;
	(void)stand_request(stand, &both, 1, "a");
	stand_do(stand, "host");
	stand_answer(stand, "wire1:a", DEPOSED);
	assert_true(both.has_ended);
	assert_int_equal(both.stages_closed, 1);
	assert_string_equal(stand_value(stand, "host"), "on");
	check_told(stand, "a", "\"leftover\":[]");
	check_free(stand);
	stand_free(stand);
}

static void what_a_crash_has_left_is_not_taken_up(void **state)
{
	struct stand *stand = at_work();
	struct errand both = pair();

	(void)stand_request(stand, &both, 1, "a");
	stand_do(stand, "wire1:a");
	stand_restart(stand);
	stand->is_deposed = true;
	stand_recover(stand, NULL, "boot");
	stand_begin(stand);
	stand_pass(stand, FAR_LATE_MS + 5);
	assert_int_equal(stand->order_count, 0);
	assert_string_equal(stand_value(stand, "wire1:a"), "on");
	assert_null(stand_entry(stand));
	check_told(stand, "a", "\"leftover\":[]");
	check_free(stand);
	stand_free(stand);
}

/* The lane is the manager's for a time: the order is not even sent afterwards. */
static void an_order_is_not_sent_too_late(void **state)
{
	struct stand *stand = at_work();
	struct errand both = pair();

	both.stages[0].not_after_ms = clock_boot_ms() + 30;
	(void)stand_request(stand, &both, 1, "a");
	stand_pass(stand, 35);
	stand_do(stand, "wire1:a");
	assert_int_equal(stand->order_count, 0);
	assert_int_equal(both.result, CHANGE_HANDED_OVER);
	check_told(stand, "a", "\"object\":\"wire1:a\"");
	stand_free(stand);
}

/* Nor is an inverse. */
static void nothing_is_taken_back_too_late(void **state)
{
	struct stand *stand = at_work();
	struct errand both = pair();

	both.stages[0].not_after_ms = clock_boot_ms() + 30;
	(void)stand_request(stand, &both, 1, "a");
	stand_do(stand, "wire1:a");
	stand_pass(stand, 35);
	stand_answer(stand, "wire1:b", &(struct step_answer){ .error = -EIO });
	assert_int_equal(stand->order_count, 0);
	assert_int_equal(both.result, CHANGE_HANDED_OVER);
	assert_string_equal(stand_value(stand, "wire1:a"), "on");
	stand_free(stand);
}

static void an_order_in_time_is_sent(void **state)
{
	struct stand *stand = at_work();
	struct errand both = pair();

	both.stages[0].not_after_ms = clock_boot_ms() + 60000;
	(void)stand_request(stand, &both, 1, "a");
	stand_do(stand, "wire1:a");
	stand_do(stand, "wire1:b");
	assert_int_equal(both.result, CHANGE_DONE);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_more_is_ordered),
		cmocka_unit_test(an_entry_that_stays_is_erased_later),
		cmocka_unit_test(a_closed_stage_stays),
		cmocka_unit_test(what_a_crash_has_left_is_not_taken_up),
		cmocka_unit_test(an_order_is_not_sent_too_late),
		cmocka_unit_test(nothing_is_taken_back_too_late),
		cmocka_unit_test(an_order_in_time_is_sent),
	};

	return cmocka_run_group_tests_name("changes that are handed over", tests, NULL, NULL);
}

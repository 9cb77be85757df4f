// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reservations: all that a stage needs or nothing, each name with one holder until the name is
 * given back; a stage that is planned once more reserves what it needs now.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "change/reservations.h"

static const int first, second;

static void take(struct reservations *reservations, const void *holder, size_t stage, int expected,
		 const char *a, const char *b)
{
	struct reservation_set set = { 0 };

	assert_int_equal(reservation_set_add(&set, a), 0);
	if (b)
		assert_int_equal(reservation_set_add(&set, b), 0);
	assert_int_equal(reservations_take(reservations, &set, holder, stage), expected);
	reservation_set_deinit(&set);
}

static void a_name_stands_once_and_is_whole(void **state)
{
	struct reservation_set set = { 0 };
	char longest[RESERVATION_MAX + 1];

	memset(longest, 'x', sizeof(longest));
	longest[RESERVATION_MAX] = '\0';
	assert_int_equal(reservation_set_add(&set, ""), -EINVAL);
	assert_int_equal(reservation_set_add(&set, longest), -EINVAL);
	longest[RESERVATION_MAX - 1] = '\0';
	assert_int_equal(reservation_set_add(&set, longest), 0);
	assert_int_equal(reservation_set_add(&set, "claim:web"), 0);
	assert_int_equal(reservation_set_add(&set, "claim:web"), 0);
	assert_int_equal(set.list.count, 2);
	reservation_set_deinit(&set);
}

static void what_one_has_no_other_gets(void **state)
{
	struct reservations reservations = { 0 };

	take(&reservations, &first, 0, 0, "claim:a", "memdev:1");
	/* All names of a set are reserved, or none. */
	take(&reservations, &second, 0, -EBUSY, "claim:b", "memdev:1");
	assert_null(reservations_holder(&reservations, "claim:b", NULL));
	take(&reservations, &second, 0, 0, "claim:b", "memdev:2");
	assert_ptr_equal(reservations_holder(&reservations, "memdev:1", NULL), &first);
	assert_null(reservations_holder(&reservations, "memdev:1", &first));
	assert_ptr_equal(reservations_holder(&reservations, "memdev:2", &first), &second);
	reservations_release(&reservations, &first);
	assert_null(reservations_holder(&reservations, "memdev:1", NULL));
	reservations_release(&reservations, &first);
	assert_ptr_equal(reservations_holder(&reservations, "memdev:2", NULL), &second);
	take(&reservations, &second, 1, 0, "memdev:1", NULL);
	reservations_deinit(&reservations);
}

static void a_stage_that_is_planned_again_has_what_it_needs_now(void **state)
{
	struct reservations reservations = { 0 };

	take(&reservations, &first, 0, 0, "memdev:1", NULL);
	take(&reservations, &first, 1, 0, "memdev:2", "memdev:1");
	take(&reservations, &first, 1, 0, "memdev:3", NULL);
	assert_null(reservations_holder(&reservations, "memdev:2", NULL));
	/* What the stage before needs, the change has to its end. */
	assert_ptr_equal(reservations_holder(&reservations, "memdev:1", NULL), &first);
	take(&reservations, &second, 0, 0, "memdev:4", NULL);
	take(&reservations, &first, 1, -EBUSY, "memdev:4", NULL);
	assert_null(reservations_holder(&reservations, "memdev:3", NULL));
	reservations_deinit(&reservations);
}

static void the_entry_has_all_of_them(void **state)
{
	struct reservations reservations = { 0 };
	struct reservation_set set = { 0 };

	take(&reservations, &first, 0, 0, "claim:a", "memdev:1");
	take(&reservations, &second, 0, 0, "claim:b", NULL);
	take(&reservations, &first, 1, 0, "memdev:2", NULL);
	assert_int_equal(reservations_of(&reservations, &first, &set), 0);
	assert_int_equal(set.list.count, 3);
	assert_string_equal(set.list.items[2].name, "memdev:2");
	reservation_set_deinit(&set);
	reservations_deinit(&reservations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_stands_once_and_is_whole),
		cmocka_unit_test(what_one_has_no_other_gets),
		cmocka_unit_test(a_stage_that_is_planned_again_has_what_it_needs_now),
		cmocka_unit_test(the_entry_has_all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

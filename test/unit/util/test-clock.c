// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits that are bounded twice: by a deadline and by a time of their own.
 */
#include "util/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LONG_MS 100000

static void test_the_sooner_of_two(void **state)
{
	const uint64_t now = clock_now_ms();
	uint64_t until;

	(void)state;
	assert_int_equal(clock_sooner_ms(now + LONG_MS, 2 * LONG_MS), now + LONG_MS);
	until = clock_sooner_ms(now + 2 * LONG_MS, LONG_MS);
	assert_in_range(until, now + LONG_MS, now + LONG_MS + LONG_MS / 2);
	until = clock_sooner_ms(UINT64_MAX, LONG_MS);
	assert_in_range(until, now + LONG_MS, now + LONG_MS + LONG_MS / 2);
	assert_int_equal(clock_sooner_ms(UINT64_MAX, UINT64_MAX), UINT64_MAX);
}

/* A caller whose time is up gets no second time. */
static void test_no_time_is_left(void **state)
{
	const uint64_t now = clock_now_ms();

	(void)state;
	assert_int_equal(clock_sooner_ms(now, LONG_MS), now);
	assert_int_equal(clock_sooner_ms(now - 1, LONG_MS), now - 1);
	assert_int_equal(clock_sooner_ms(0, LONG_MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_sooner_of_two),
		cmocka_unit_test(test_no_time_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tags: no two messages have one, and a tag that was never answered rests.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fabric/transport/tags.h"

static void a_tag_goes_round_before_it_comes_again(void **state)
{
	struct tags tags = { .next = 250 };

	(void)state;
	for (unsigned int i = 0; i < 2 * TAGS_COUNT; i++) {
		const int tag = tags_take(&tags, 0);

		assert_int_equal(tag, (250 + i) % TAGS_COUNT);
		tags_release(&tags, (uint8_t)tag);
	}
}

static void a_tag_has_one_message(void **state)
{
	struct tags tags = { .next = 0 };

	(void)state;
	for (int i = 0; i < TAGS_COUNT; i++)
		assert_int_equal(tags_take(&tags, 0), i);
	assert_int_equal(tags_take(&tags, 0), -EBUSY);
	assert_int_equal(tags_free_at(&tags, 0), 0);
	tags_release(&tags, 77);
	assert_int_equal(tags_take(&tags, 0), 77);
}

static void a_tag_without_an_answer_rests(void **state)
{
	struct tags tags = { .next = 0 };

	(void)state;
	for (int i = 0; i < TAGS_COUNT; i++) {
		assert_int_equal(tags_take(&tags, 0), i);
		tags_rest(&tags, (uint8_t)i, (uint64_t)i + 1000);
	}
	assert_int_equal(tags_take(&tags, TAGS_QUARANTINE_MS + 999), -EBUSY);
	assert_int_equal(tags_free_at(&tags, 2000), TAGS_QUARANTINE_MS + 1000);
	assert_int_equal(tags_take(&tags, TAGS_QUARANTINE_MS + 1000), 0);
	assert_int_equal(tags_take(&tags, TAGS_QUARANTINE_MS + 1000), -EBUSY);
	assert_int_equal(tags_free_at(&tags, TAGS_QUARANTINE_MS + 1001), 0);
	assert_int_equal(tags_take(&tags, TAGS_QUARANTINE_MS + 1001), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_goes_round_before_it_comes_again),
		cmocka_unit_test(a_tag_has_one_message),
		cmocka_unit_test(a_tag_without_an_answer_rests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

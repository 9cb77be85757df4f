// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is kept, how much of it, and whose goes when there is no room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/kept-answers.h"
#include "util/cleanup.h"

static void keep(struct kept_answers *kept, uid_t uid, int question)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", question);
	kept_answers_keep(kept, uid, text, "{}", 2);
}

static int is_kept(const struct kept_answers *kept, int question)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", question);
	return kept_answers_find(kept, text) != NULL;
}

static void test_find(void **state)
{
	struct kept_answers kept = { .bytes = 0 };
	const struct kept_answer *answer;

	(void)state;
	assert_null(kept_answers_find(&kept, "a"));
	kept_answers_keep(&kept, 1, "a", "{\"x\":1}, and more", 7);
	answer = kept_answers_find(&kept, "a");
	assert_string_equal(answer->text, "{\"x\":1}");
	assert_int_equal(answer->length, 7);
	kept_answers_forget(&kept);
	assert_null(kept_answers_find(&kept, "a"));
	assert_int_equal(kept.bytes, 0);
}

/* A user who asks for a hundred listings loses listings of that user, the oldest first, and nobody
 * else's. */
static void test_others_are_kept(void **state)
{
	struct kept_answers kept = { .bytes = 0 };

	(void)state;
	keep(&kept, 1, 1000);
	keep(&kept, 2, 2000);
	keep(&kept, 2, 2001);
	for (int i = 0; i < 100; i++)
		keep(&kept, 3, i);
	assert_int_equal(kept.answers.count, KEPT_ANSWERS_MAX);
	assert_true(is_kept(&kept, 1000) && is_kept(&kept, 2000) && is_kept(&kept, 2001));
	assert_true(is_kept(&kept, 99) && !is_kept(&kept, 0));
	/* And another user who comes later has a listing kept, too. */
	keep(&kept, 4, 4000);
	keep(&kept, 3, 100);
	assert_true(is_kept(&kept, 4000) && is_kept(&kept, 1000));
	kept_answers_forget(&kept);
}

static void test_size(void **state)
{
	const size_t large = KEPT_ANSWERS_BYTES_MAX / 4;
	_cleanup_free_ char *text = malloc(KEPT_ANSWERS_BYTES_MAX), *question = NULL;
	struct kept_answers kept = { .bytes = 0 };

	(void)state;
	memset(text, 'x', KEPT_ANSWERS_BYTES_MAX);
	keep(&kept, 1, 1000);
	for (int i = 0; i < 10; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "%d", i);
		kept_answers_keep(&kept, 2, name, text, large);
		assert_true(kept.bytes <= KEPT_ANSWERS_BYTES_MAX);
		assert_true(is_kept(&kept, i) && is_kept(&kept, 1000));
	}
	/* What is too large is not kept, and takes nobody's place. */
	kept_answers_keep(&kept, 2, "large", text, KEPT_ANSWERS_BYTES_MAX);
	assert_null(kept_answers_find(&kept, "large"));
	question = strndup(text, KEPT_QUESTION_LENGTH_MAX + 1);
	kept_answers_keep(&kept, 2, question, "{}", 2);
	assert_null(kept_answers_find(&kept, question));
	assert_true(is_kept(&kept, 9) && is_kept(&kept, 1000));
	kept_answers_forget(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_others_are_kept),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

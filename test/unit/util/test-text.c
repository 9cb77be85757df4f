// SPDX-License-Identifier: GPL-2.0-only
/* What is harmful, wherever a text is cut. */
#include "util/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"

static const struct {
	const char *text, *clean;
} cases[] = {
	{ "", "" },
	{ "plain\ttext\n", "plain\ttext\n" },
	{ "\x01\x07\x08\r\x1b[0m\x1f\x7f", "?????[0m??" },
	/* C1 as UTF-8, and the two beside it */
	{ "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "???\xc2\xa0" },
	{ "\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf\xe2\x80\xa9", "??\xe2\x80\xaf\xe2\x80\xa9" },
	{ "\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c",
	  "??\xe2\x81\xaa???" },
	{ "\xc3\xa9\xe2\x94\x94\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
	  "\xc3\xa9\xe2\x94\x94\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf" },
	/* RFC 3629 3: overlong, a surrogate, above U+10FFFF, alone, C1 as one byte */
	{ "\xc0\x9b\xe0\x80\x9b\xed\xa0\x80\xf4\x90\x80\x80\x80\x9b\xff", "???????????????" },
};

static void assert_clean(const char *text, const char *expected, size_t cut)
{
	char clean[128];
	struct text_rest rest = TEXT_REST_NULL;
	size_t written = text_clean(&rest, text, cut, clean);

	written += text_clean(&rest, text + cut, strlen(text) - cut, clean + written);
	assert_int_equal(rest.size, 0);
	clean[written] = '\0';
	assert_string_equal(clean, expected);
}

static void texts_are_cleaned_wherever_they_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t cut = 0; cut <= strlen(cases[i].text); cut++)
			assert_clean(cases[i].text, cases[i].clean, cut);
}

static void what_has_only_begun_is_kept(void **state)
{
	struct text_rest rest = TEXT_REST_NULL;
	char clean[16];

	(void)state;
	assert_int_equal(text_clean(&rest, "a\xf0\x9f", 3, clean), 1);
	assert_int_equal(rest.size, 2);
	/* The bytes that were kept began no character: all of these bytes are harmful, and what
	 * follows is not. */
	assert_int_equal(text_clean(&rest, "b", 1, clean), 3);
	assert_memory_equal(clean, "??b", 3);
	assert_int_equal(rest.size, 0);
}

static void lines_stay_lines(void **state)
{
	char text[] = "a\nb\tc\x1b\xc2\x9b\xe2\x80\xae"
		      "d\xe2\x80";

	(void)state;
	text_clean_line(text);
	assert_string_equal(text, "a?b?c???d??");
}

static void json_keeps_its_value(void **state)
{
	static const char json[] =
		"{\n  \"a\x7f\":\"\xc2\x9b\xe2\x80\xae\xc3\xa9\xff\\u001b\xe2\x80\"\n}";
	_cleanup_free_ char *clean = NULL;
	size_t size;
	FILE *stream = open_memstream(&clean, &size);

	(void)state;
	assert_non_null(stream);
	text_put_json(stream, json, strlen(json));
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(
		clean,
		"{\n  \"a\\u007f\":\"\\u009b\\u202e\xc3\xa9\\ufffd\\u001b\\ufffd\\ufffd\"\n}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cleaned_wherever_they_are_cut),
		cmocka_unit_test(what_has_only_begun_is_kept),
		cmocka_unit_test(lines_stay_lines),
		cmocka_unit_test(json_keeps_its_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Strict reading of JSON. */
#include "util/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static int parse(const char *text, struct json_object **ret)
{
	return json_parse_text(text, strlen(text), ret);
}

static void parses_exactly_one_value(void **state)
{
	static const char *const good[] = { "{}", "[]", " {} ", "{\"a\":[1,2]}\n",
					    "{\"location\":\"Büro\"}" };
	static const char *const bad[] = { "",	    " ",	"{",	"{}x",	 "{} {}",
					   "'x'",   "{a:1}",	"nan",	"12",	 "true",
					   "\"x\"", "\"\xff\"", "[1]]", "12 13", "/* */ 1" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		_cleanup_json_ struct json_object *value = NULL;

		assert_int_equal(parse(good[i], &value), 0);
		assert_non_null(value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct json_object *value = NULL;

		if (parse(bad[i], &value) != -EINVAL)
			fail_msg("accepted %s", bad[i]);
		assert_null(value);
	}
}

static void refuses_deep_nesting(void **state)
{
	struct json_object *value = NULL;
	char text[201];

	memset(text, '[', 100);
	memset(text + 100, ']', 100);
	text[200] = '\0';
	assert_int_equal(parse(text, &value), -EINVAL);
}

static void getters_check_types(void **state)
{
	_cleanup_json_ struct json_object *object = NULL;
	const char *text = "kept";
	uint64_t number = 7;
	int small = 7;

	assert_int_equal(parse("{\"s\":\"x\",\"n\":-1,\"big\":18446744073709551615,"
			       "\"wide\":4294967296,\"null\":null}",
			       &object),
			 0);
	assert_int_equal(json_get_string(object, "n", &text), -EINVAL);
	assert_int_equal(json_get_string(object, "none", &text), -ENOENT);
	assert_int_equal(json_get_string(object, "null", &text), -ENOENT);
	assert_string_equal(text, "kept");
	assert_int_equal(json_get_u64(object, "n", &number), -EINVAL);
	assert_int_equal(json_get_int(object, "wide", &small), -EINVAL);
	assert_int_equal(number, 7);
	assert_int_equal(small, 7);
	assert_int_equal(json_get_u64(object, "big", &number), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(json_get_int(object, "n", &small), 0);
	assert_int_equal(small, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_exactly_one_value),
		cmocka_unit_test(refuses_deep_nesting),
		cmocka_unit_test(getters_check_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Strict reading of JSON. */
#include "util/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

static int parse(const char *text, struct json_object **ret)
{
	return json_parse_text(text, strlen(text), ret);
}

static void parses_exactly_one_value(void **state)
{
	static const char *const good[] = { "{}",
					    "[]",
					    " {} ",
					    "{\"a\":[1,2]}\n",
					    "{\"location\":\"Büro\"}",
					    "{\"a:b\":\":\\\":\",\"c\":{\"a:b\":1}}" };
	static const char *const bad[] = { "",
					   " ",
					   "{",
					   "{}x",
					   "{} {}",
					   "'x'",
					   "{a:1}",
					   "nan",
					   "12",
					   "true",
					   "\"x\"",
					   "\"\xff\"",
					   "[1]]",
					   "12 13",
					   "/* */ 1",
					   "{\"a\":1,\"a\":1}",
					   "[{\"b\":{\"a\":1,\"\\u0061\":2}}]",
					   "[NaN]",
					   "{\"a\":[-Infinity]}" };

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

/* What the process has needed at most so far, in KiB. */
static long most_memory(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

static char *repeated(const char *piece, size_t size)
{
	const size_t length = strlen(piece);
	char *text = malloc(size + 1);

	assert_non_null(text);
	text[0] = '[';
	for (size_t i = 1; i < size; i++)
		text[i] = piece[(i - 1) % length];
	/* Whatever is cut at the end is a blank. */
	for (size_t i = size; text[i - 1] != ','; i--)
		text[i - 1] = ' ';
	text[size] = '\0';
	*strrchr(text, ',') = ']';
	return text;
}

/* A sanitizer keeps what was freed, and has some of its own beside what there is. */
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
#define OF_THE_SANITIZER 8
#else
#define OF_THE_SANITIZER 1
#endif

/* 8 MiB of the smallest objects, the smallest lists, and either inside of others. */
static void memory_is_bounded_by_the_text(void **state)
{
	static const char *const pieces[] = { "{},", "[],", "[{}],", "{\"\":[]},",
					      "{\"\\\"\":{}}," };
	const size_t size = 8 * 1024 * 1024;
	const long before = most_memory();

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct json_object *value = NULL;
		char *text = repeated(pieces[i], size);

		assert_int_equal(json_parse_text(text, size, &value), -E2BIG);
		assert_null(value);
		free(text);
	}
	assert_true(most_memory() - before < OF_THE_SANITIZER * 2 * (long)size / 1024);
}

/* Quotes and comments that are none of JSON hide what is behind them from who counts brackets. */
static void nothing_hides_what_is_counted(void **state)
{
	static const char *const beginnings[] = { "['\"',", "[/*\"*/", "[//\"\n" };
	const size_t size = 8 * 1024 * 1024;
	const long before = most_memory();

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		struct json_object *value = NULL;
		char *text = repeated("{},", size);

		memcpy(text, beginnings[i], strlen(beginnings[i]));
		memset(text + strlen(beginnings[i]), ' ', 2 - (strlen(beginnings[i]) + 1) % 3);
		assert_int_equal(json_parse_text(text, size, &value), -EINVAL);
		assert_null(value);
		free(text);
	}
	assert_true(most_memory() - before < OF_THE_SANITIZER * 2 * (long)size / 1024);
}

/* json-c makes another number of a number that has no place in 64 bits. */
static void no_number_becomes_another(void **state)
{
	static const char *const refused[] = {
		"[18446744073709551616]",
		"{\"a\":100000000000000000000}",
		"[-9223372036854775809]",
	};
	static const char *const kept[] = {
		"[18446744073709551615]",
		"[-9223372036854775808]",
		"[\"18446744073709551616\"]",
		"[184467440737095516150.5]",
		"[1e300]",
	};
	struct json_object *value = NULL;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(parse(refused[i], &value), -EINVAL);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		assert_int_equal(parse(kept[i], &value), 0);
		assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN),
				    kept[i]);
		(void)json_object_put(value);
	}
}

static void brackets_in_texts_are_none(void **state)
{
	_cleanup_json_ struct json_object *value = NULL;
	const size_t size = 1024 * 1024;
	char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, '[', size);
	memcpy(text, "[\"\\\"", 4);
	memcpy(text + size - 2, "\"]", 3);
	assert_int_equal(json_parse_text(text, size, &value), 0);
	free(text);
}

/* 4,096 claims, as many as a state may declare, of the most memdevs each, in the fewest letters. */
static void claims_are_read_however_dense(void **state)
{
	_cleanup_json_ struct json_object *value = NULL;
	char claim[512] = "{\"name\":\"a\",\"size\":1,\"members\":[{\"serial\":1}";
	size_t size;
	char *text;

	for (int i = 1; i < 16; i++)
		strcat(claim, ",{\"serial\":1}");
	strcat(claim, "]},");
	size = 1 + 4096 * strlen(claim);
	text = repeated(claim, size);
	assert_int_equal(json_parse_text(text, size, &value), 0);
	assert_int_equal(json_object_array_length(value), 4096);
	free(text);
}

static int parse_in_parts(const char *text, size_t bytes, struct json_object **ret_value)
{
	struct json_parse *parse;
	int rc = json_parse_begin(text, strlen(text), &parse);

	if (rc < 0)
		return rc;
	do
		rc = json_parse_some(parse, bytes, ret_value);
	while (rc > 0);
	json_parse_end(parse);
	return rc;
}

/* Wherever it is cut: in a number, a word, a text, a character of several bytes. */
static void parses_in_parts(void **state)
{
	static const char text[] = " {\"Büro\":[12345678,-1.5e+3,true,false,null,\"€\\u20ac\"]} \n";
	static const char *const bad[] = { "{", "{} x", "[1,]x", "[\"\xe2\x82\"]", "12", "" };
	_cleanup_json_ struct json_object *whole = NULL;

	assert_int_equal(parse(text, &whole), 0);
	for (size_t bytes = 1; bytes <= sizeof(text); bytes++) {
		_cleanup_json_ struct json_object *value = NULL;

		assert_int_equal(parse_in_parts(text, bytes, &value), 0);
		assert_true(json_object_equal(value, whole));
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			struct json_object *none = NULL;

			assert_int_equal(parse_in_parts(bad[i], bytes, &none), -EINVAL);
			assert_null(none);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_exactly_one_value),
		cmocka_unit_test(refuses_deep_nesting),
		cmocka_unit_test(getters_check_types),
		cmocka_unit_test(memory_is_bounded_by_the_text),
		cmocka_unit_test(nothing_hides_what_is_counted),
		cmocka_unit_test(no_number_becomes_another),
		cmocka_unit_test(brackets_in_texts_are_none),
		cmocka_unit_test(claims_are_read_however_dense),
		cmocka_unit_test(parses_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

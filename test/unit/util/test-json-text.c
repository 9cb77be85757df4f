// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON without a tree, next to json-c, which makes a tree: both have to find and to print the same.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "util/json-text.h"
#include "util/json.h"

/* Texts as others write them: with blanks, nested, with marks in strings. */
static const char *const documents[] = {
	"{\"list\":[{\"memdev\":\"mem0\",\"ram_size\":268435456}],\"stale\":{\"age_ms\":5}}",
	" {\t\"a\" : [ 1 , -2.5e3,true ,null , \"\" ] ,\r\n \"list\" : [ { } , [ ] , [[]] ] } ",
	"{\"a]}\":\"{[,:\\\\\",\"b\\\"\":{\"list\":1},\"list\":\"x\\\"]\",\"stale\":false}",
	"{\"\\u00e9\\/\":18446744073709551615,\"list\":[]}",
	"[]",
	"{}",
	"[[[1],2],{\"list\":{\"list\":{}}}]",
};

static struct json_object *parse(const char *text, size_t length)
{
	struct json_object *value;

	assert_int_equal(json_parse_text(text, length, &value), 0);
	return value;
}

static char *lay_out(struct json_span value)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	json_text_lay_out(value, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void texts_are_laid_out_as_json_c_does(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		_cleanup_json_ struct json_object *tree = parse(documents[i], strlen(documents[i]));
		const char *plain = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
		_cleanup_free_ char *ours = lay_out(json_text_whole(plain));

		assert_string_equal(ours,
				    json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PRETTY));
	}
}

/* What is between the values makes no difference. */
static void blanks_are_left_out(void **state)
{
	_cleanup_free_ char *ours = lay_out(json_text_whole(documents[1]));

	assert_string_equal(
		ours, "{\n  \"a\":[\n    1,\n    -2.5e3,\n    true,\n    null,\n    \"\"\n  ],\n"
		      "  \"list\":[\n    {},\n    [],\n    [\n      []\n    ]\n  ]\n}");
}

static void members_are_found_as_json_c_finds_them(void **state)
{
	static const char *const names[] = { "list", "stale", "a", "lis", "age_ms", "" };

	for (size_t i = 0; i < ARRAY_SIZE(documents) * ARRAY_SIZE(names); i++) {
		const char *text = documents[i / ARRAY_SIZE(names)];
		const char *name = names[i % ARRAY_SIZE(names)];
		_cleanup_json_ struct json_object *tree = parse(text, strlen(text));
		struct json_object *value = NULL;
		struct json_span span;
		const bool is_there = json_object_is_type(tree, json_type_object) &&
				      json_object_object_get_ex(tree, name, &value);

		assert_int_equal(json_text_member(json_text_whole(text), name, &span),
				 is_there ? 0 : -ENOENT);
		if (is_there) {
			_cleanup_free_ char *theirs = strdup(
				json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
			char wrapped[512];
			_cleanup_json_ struct json_object *ours = NULL;

			/* A document of ours is an object or an array. */
			(void)snprintf(wrapped, sizeof(wrapped), "[%.*s]",
				       (int)(span.end - span.begin), span.begin);
			ours = parse(wrapped, strlen(wrapped));
			assert_string_equal(
				json_object_to_json_string_ext(json_object_array_get_idx(ours, 0),
							       JSON_C_TO_STRING_PLAIN),
				theirs);
		}
	}
}

static void items_are_counted(void **state)
{
	static const struct {
		const char *text, *first;
		int count;
	} cases[] = {
		{ "[]", "", 0 },	{ " [ ] ", "", 0 },
		{ "[7]", "7", 1 },	{ "[ {\"a\":[1,2]} , \"]\" ,3]", "{\"a\":[1,2]}", 3 },
		{ "[[],[]]", "[]", 2 }, { "{}", "", -EINVAL },
		{ "7", "", -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_span first = json_text_whole("");

		assert_int_equal(json_text_items(json_text_whole(cases[i].text), &first),
				 cases[i].count);
		assert_int_equal(first.end - first.begin, strlen(cases[i].first));
		assert_memory_equal(first.begin, cases[i].first, strlen(cases[i].first));
	}
}

static void what_commands_a_terminal_is_escaped(void **state)
{
	_cleanup_free_ char *ours = lay_out(json_text_whole("[\"a\x7f\xc2\x9b\"]"));

	assert_string_equal(ours, "[\n  \"a\\u007f\\u009b\"\n]");
}

/* Memory checkers see who reads on: each text ends where its memory ends. */
static void any_text_has_an_end(void **state)
{
	static const char odd[] = "{\"a\":[1,{\"b\\\"\":\"c\"}],]}\"\\";

	for (size_t i = 0; i < ARRAY_SIZE(documents) + 1; i++) {
		const char *text = i < ARRAY_SIZE(documents) ? documents[i] : odd;

		for (size_t length = 0; length <= strlen(text); length++) {
			_cleanup_free_ char *cut = strndup(text, length);
			struct json_span span;
			char *ours;

			assert_non_null(cut);
			span = json_text_whole(cut);
			(void)json_text_items(span, NULL);
			ours = lay_out(span);
			free(ours);
			if (json_text_member(span, "list", &span) == 0)
				free(lay_out(span));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_laid_out_as_json_c_does),
		cmocka_unit_test(blanks_are_left_out),
		cmocka_unit_test(members_are_found_as_json_c_finds_them),
		cmocka_unit_test(items_are_counted),
		cmocka_unit_test(what_commands_a_terminal_is_escaped),
		cmocka_unit_test(any_text_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

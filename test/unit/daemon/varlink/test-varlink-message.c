// SPDX-License-Identifier: GPL-2.0-only
/*
 * Framing: messages come out as they went in, however the stream is cut; what is no message is
 * refused; limits hold; every allocation may fail.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/array.h"
#include "util/cleanup.h"
#include "util/varlink-message.h"

#define VALUES_MAX ((size_t)100)

/* Fails the allocation that brings this to zero; never if it is negative. */
static int allocations_until_failure = -1;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
	if (allocations_until_failure > 0 && --allocations_until_failure == 0)
		return NULL;
	return __real_realloc(memory, size);
}

static int parse(enum varlink_message_kind kind, const char *text,
		 struct varlink_message *ret_message)
{
	return varlink_message_parse(kind, text, strlen(text), VALUES_MAX, ret_message);
}

static int parse_call(const char *text)
{
	struct varlink_message message;

	return parse(VARLINK_MESSAGE_CALL, text, &message);
}

static int parse_reply(const char *text)
{
	struct varlink_message message;

	return parse(VARLINK_MESSAGE_REPLY, text, &message);
}

static void assert_text(const char *text, size_t length, const char *expected)
{
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text, expected, length);
}

static const char *const stream_messages[] = {
	"{\"method\":\"a.b.C\"}",
	"",
	"{}",
	"{\"method\":\"a.b.D\",\"parameters\":{\"x\":\"\xc3\xa4\"},\"more\":true}",
};

static size_t make_stream(char *stream)
{
	size_t size = 0;

	for (size_t i = 0; i < ARRAY_SIZE(stream_messages); i++) {
		memcpy(stream + size, stream_messages[i], strlen(stream_messages[i]) + 1);
		size += strlen(stream_messages[i]) + 1;
	}
	return size;
}

static size_t take_all(struct varlink_input *input, size_t index)
{
	const char *text;
	size_t length;

	while (varlink_input_next(input, &text, &length) == 1) {
		assert_text(text, length, stream_messages[index]);
		assert_int_equal(text[length], 0);
		index++;
	}
	return index;
}

static void test_every_split(void **state)
{
	char stream[512];
	const size_t size = make_stream(stream);

	(void)state;
	for (size_t first = 0; first <= size; first++) {
		for (size_t second = first; second <= size; second++) {
			struct varlink_input input;
			size_t index = 0;

			varlink_input_init(&input, 100);
			assert_int_equal(varlink_input_push(&input, stream, first), 0);
			index = take_all(&input, index);
			assert_int_equal(varlink_input_push(&input, stream + first, second - first),
					 0);
			index = take_all(&input, index);
			varlink_input_trim(&input);
			assert_int_equal(varlink_input_push(&input, stream + second, size - second),
					 0);
			assert_int_equal(take_all(&input, index), ARRAY_SIZE(stream_messages));
			assert_true(varlink_input_is_empty(&input));
			varlink_input_trim(&input);
			assert_null(input.data);
			varlink_input_deinit(&input);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	struct varlink_input input;
	char stream[512];
	const size_t size = make_stream(stream);
	size_t index = 0;

	(void)state;
	varlink_input_init(&input, 100);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(varlink_input_push(&input, &stream[i], 1), 0);
		index = take_all(&input, index);
		if (i % 3 == 0)
			varlink_input_trim(&input);
	}
	assert_int_equal(index, ARRAY_SIZE(stream_messages));
	varlink_input_deinit(&input);
	varlink_input_deinit(&input);
}

static void test_input_limits(void **state)
{
	struct varlink_input input;
	const char *text;
	char *space;
	size_t length, room;

	(void)state;
	varlink_input_init(&input, 4);
	/* As large as may be, then one byte more. */
	assert_int_equal(varlink_input_push(&input, "abcd", 4), 0);
	assert_false(varlink_input_has_message(&input));
	assert_int_equal(varlink_input_push(&input, "", 1), 0);
	assert_int_equal(varlink_input_reserve(&input, 1, &space, &room), -ENOBUFS);
	assert_int_equal(varlink_input_next(&input, &text, &length), 1);
	assert_text(text, length, "abcd");
	assert_int_equal(varlink_input_push(&input, "abcde", 5), 0);
	assert_int_equal(varlink_input_next(&input, &text, &length), -EMSGSIZE);
	assert_int_equal(varlink_input_next(&input, &text, &length), -EMSGSIZE);
	assert_int_equal(varlink_input_push(&input, "f", 1), -EMSGSIZE);
	assert_true(input.allocated <= 5);
	varlink_input_deinit(&input);
	varlink_input_init(&input, 4);
	assert_int_equal(varlink_input_push(&input, "abcdef", 6), -EMSGSIZE);
	assert_true(varlink_input_is_empty(&input));
	varlink_input_deinit(&input);
}

/* A peer that never ends a message gets no more than the limit out of us. */
static void test_endless_message(void **state)
{
	struct varlink_input input;
	char chunk[4096];
	int rc = 0;

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	varlink_input_init(&input, VARLINK_CALL_SIZE_MAX);
	for (int i = 0; rc == 0 && i < 1000; i++)
		rc = varlink_input_push(&input, chunk, sizeof(chunk));
	assert_int_equal(rc, -EMSGSIZE);
	assert_true(input.allocated <= VARLINK_CALL_SIZE_MAX + 1);
	varlink_input_deinit(&input);
}

static void test_good_calls(void **state)
{
	struct varlink_message message;

	(void)state;
	assert_int_equal(parse(VARLINK_MESSAGE_CALL, "{\"method\":\"a.b.C\"}", &message), 0);
	assert_text(message.name, message.name_length, "a.b.C");
	assert_text(message.parameters, message.parameters_length, "{}");
	assert_false(message.more || message.oneway || message.upgrade || message.continues);
	assert_int_equal(parse(VARLINK_MESSAGE_CALL,
			       " { \"more\" : true, \"parameters\" : {\"a\":[1,{\"b\":2}] } ,\r\n"
			       "\t\"method\":\"a-1.b.C\",\"oneway\":false,\"upgrade\":null,"
			       "\"org.example\":{\"x\":1}} ",
			       &message),
			 0);
	assert_text(message.name, message.name_length, "a-1.b.C");
	assert_text(message.parameters, message.parameters_length, "{\"a\":[1,{\"b\":2}] }");
	assert_int_equal(message.parameters_member_count, 2);
	assert_true(message.more);
	assert_int_equal(parse_call("{\"method\":\"a.b.C\",\"parameters\":null}"), 0);
	assert_int_equal(parse_call("{\"method\":\"a.b.C\",\"oneway\":true,\"upgrade\":true}"), 0);
}

static void test_bad_calls(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"null",
		"[]",
		"{",
		"{}",
		"{\"method\":\"a.b.C\"",
		"{\"method\":\"a.b.C\"}}",
		"{\"method\":\"a.b.C\"} {}",
		"{\"method\":\"a.b.C\",}",
		"{\"method\":\"a.b.C\" \"more\":true}",
		"{method:\"a.b.C\"}",
		"{'method':'a.b.C'}",
		"{\"method\":null}",
		"{\"method\":1}",
		"{\"method\":\"\"}",
		"{\"method\":\"a b\"}",
		"{\"method\":\"a.\\u0062.C\"}",
		"{\"m\\u0065thod\":\"a.b.C\"}",
		"{\"method\":\"a.b.C\",\"method\":\"a.b.C\"}",
		"{\"method\":\"a.b.C\",\"parameters\":{},\"parameters\":{}}",
		"{\"method\":\"a.b.C\",\"parameters\":[]}",
		"{\"method\":\"a.b.C\",\"parameters\":\"x\"}",
		"{\"method\":\"a.b.C\",\"more\":1}",
		"{\"method\":\"a.b.C\",\"more\":\"true\"}",
		"{\"method\":\"a.b.C\",\"more\":true,\"oneway\":true}",
		"{\"method\":\"a.b.C\",\"continues\":true}",
		"{\"method\":\"a.b.C\",\"error\":\"a.b.D\"}",
		"{\"method\":\"a.b.C\",\"unknown\":{}}",
		"{\"method\":\"a.b.C\",\"org.example\":1}",
		"{\"method\":\"a.b.C\",\"org.example\":null}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (parse_call(texts[i]) != -EPROTO)
			fail_msg("accepted: %s", texts[i]);
}

static void test_replies(void **state)
{
	static const char *const bad[] = {
		"{\"continues\":true,\"error\":\"a.b.C\"}",
		"{\"continues\":1}",
		"{\"error\":{}}",
		"{\"method\":\"a.b.C\"}",
		"{\"more\":true}",
	};
	struct varlink_message message;

	(void)state;
	assert_int_equal(parse_reply("{}"), 0);
	assert_int_equal(parse(VARLINK_MESSAGE_REPLY,
			       "{\"parameters\":{\"a\":1},\"continues\":true}", &message),
			 0);
	assert_null(message.name);
	assert_true(message.continues);
	assert_text(message.parameters, message.parameters_length, "{\"a\":1}");
	assert_int_equal(parse(VARLINK_MESSAGE_REPLY, "{\"error\":\"a.b.E\"}", &message), 0);
	assert_text(message.name, message.name_length, "a.b.E");
	assert_int_equal(parse_reply("{\"error\":null,\"parameters\":null}"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_reply(bad[i]), -EPROTO);
}

static int check_value(const char *value)
{
	_cleanup_free_ char *text = NULL;

	assert_true(asprintf(&text, "{\"x\":%s}", value) > 0);
	return varlink_json_check_object(text, strlen(text), VALUES_MAX, NULL);
}

static void test_values(void **state)
{
	static const char *const good[] = {
		"0",
		"-0",
		"1.5",
		"-1.5e+10",
		"1E5",
		"0.0",
		"9223372036854775807",
		"18446744073709551615",
		"-9223372036854775808",
		"true",
		"false",
		"null",
		"[]",
		"{}",
		"[ ]",
		"{ }",
		"[1,[2,[]]]",
		"\"\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u00e4\"",
		"\"\\ud83d\\ude00\"",
		"\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf\"",
		"\"\x7f\"",
	};
	static const char *const bad[] = {
		"",
		"01",
		"-",
		"+1",
		".5",
		"1.",
		"1e",
		"1e+",
		"0x10",
		"NaN",
		"Infinity",
		"- 1",
		"18446744073709551616",
		"-9223372036854775809",
		"99999999999999999999999",
		"True",
		"tru",
		"nul",
		"nullx",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,]",
		"[1 2]",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{1:2}",
		"\"",
		"\"\\\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"",
		"\"\\ud83d",
		"\"\t\"",
		"\"\n\"",
		"\"\x80\"",
		"\"\xc0\x80\"",
		"\"\xc1\xbf\"",
		"\"\xc3\"",
		"\"\xe0\x80\x80\"",
		"\"\xed\xa0\x80\"",
		"\"\xf0\x80\x80\x80\"",
		"\"\xf4\x90\x80\x80\"",
		"\"\xf5\x80\x80\x80\"",
		"\"\xe2\x82\"",
		"\"\xff\"",
		"\xc3\xa4",
		"'a'",
		"// x\n1",
		"1 2",
		"]",
		"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (check_value(good[i]) != 0)
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (check_value(bad[i]) != -EPROTO)
			fail_msg("accepted: %s", bad[i]);
}

/* A NUL can't come out of the framing, but the parser is given a length and must not trust that. */
static void test_nul_inside(void **state)
{
	static const char text[] = "{\"x\":\"a\0b\"}";
	static const char escape[] = "{\"x\":\"\\\0\"}";

	(void)state;
	assert_int_equal(varlink_json_check_object(text, sizeof(text) - 1, VALUES_MAX, NULL),
			 -EPROTO);
	assert_int_equal(varlink_json_check_object(escape, sizeof(escape) - 1, VALUES_MAX, NULL),
			 -EPROTO);
	assert_int_equal(varlink_json_check_object("{}\0", 3, VALUES_MAX, NULL), -EPROTO);
}

/* {"x":[[[...]]]} with so many objects and arrays in each other. */
static int check_depth(unsigned int depth)
{
	char text[512];
	size_t length = (size_t)snprintf(text, sizeof(text), "{\"x\":");

	memset(text + length, '[', depth - 1);
	length += depth - 1;
	memset(text + length, ']', depth - 1);
	length += depth - 1;
	text[length++] = '}';
	return varlink_json_check_object(text, length, VALUES_MAX, NULL);
}

static void test_depth_and_count(void **state)
{
	char text[512] = "{\"x\":[0";
	size_t members;

	(void)state;
	assert_int_equal(check_depth(2), 0);
	assert_int_equal(check_depth(VARLINK_DEPTH_MAX), 0);
	assert_int_equal(check_depth(VARLINK_DEPTH_MAX + 1), -E2BIG);
	/* The object, its key, the array: the rest are numbers. */
	for (size_t i = 0; i < VALUES_MAX - 4; i++)
		strcat(text, ",0");
	strcat(text, "]}");
	assert_int_equal(varlink_json_check_object(text, strlen(text), VALUES_MAX, &members), 0);
	assert_int_equal(members, 1);
	assert_int_equal(varlink_json_check_object(text, strlen(text), VALUES_MAX - 1, NULL),
			 -E2BIG);
}

static void assert_output(struct varlink_output *output, const char *expected)
{
	size_t size;
	const char *data = varlink_output_peek(output, &size);

	assert_int_equal(size, strlen(expected) + 1);
	assert_memory_equal(data, expected, size);
	/* In two pieces, as a slow socket would take it. */
	varlink_output_consume(output, size / 2);
	assert_int_equal(varlink_output_size(output), size - size / 2);
	varlink_output_consume(output, size - size / 2);
	assert_null(varlink_output_peek(output, &size));
	assert_null(output->data);
}

static void test_output(void **state)
{
	struct varlink_output output;

	(void)state;
	varlink_output_init(&output, 1000);
	assert_int_equal(varlink_output_call(&output, "a.b.C", NULL, 0, 0), 0);
	assert_output(&output, "{\"method\":\"a.b.C\"}");
	assert_int_equal(varlink_output_call(&output, "a.b.C", "{\"x\":1}", 7, VARLINK_CALL_MORE),
			 0);
	assert_output(&output, "{\"method\":\"a.b.C\",\"parameters\":{\"x\":1},\"more\":true}");
	assert_int_equal(varlink_output_call(&output, "a.b.C", NULL, 0,
					     VARLINK_CALL_ONEWAY | VARLINK_CALL_UPGRADE),
			 0);
	assert_output(&output, "{\"method\":\"a.b.C\",\"oneway\":true,\"upgrade\":true}");
	assert_int_equal(varlink_output_reply(&output, "{\"x\":1}", 7, true), 0);
	assert_output(&output, "{\"parameters\":{\"x\":1},\"continues\":true}");
	assert_int_equal(varlink_output_reply(&output, NULL, 0, false), 0);
	assert_output(&output, "{\"parameters\":{}}");
	assert_int_equal(varlink_output_error(&output, "a.b.E", NULL, 0), 0);
	assert_output(&output, "{\"error\":\"a.b.E\",\"parameters\":{}}");
	assert_int_equal(varlink_output_call(&output, "a b", NULL, 0, 0), -EINVAL);
	assert_int_equal(varlink_output_error(&output, "", NULL, 0), -EINVAL);
	assert_int_equal(varlink_output_reply(&output, "{\0}", 3, false), -EINVAL);
	assert_int_equal(varlink_output_size(&output), 0);
	varlink_output_deinit(&output);
	varlink_output_deinit(&output);
}

static void test_output_limit(void **state)
{
	struct varlink_output output;
	char large[4000];

	(void)state;
	memset(large, ' ', sizeof(large));
	varlink_output_init(&output, 8192);
	assert_int_equal(varlink_output_reply(&output, large, sizeof(large), false), 0);
	assert_int_equal(varlink_output_reply(&output, large, sizeof(large), false), 0);
	assert_int_equal(varlink_output_reply(&output, large, sizeof(large), false), -ENOBUFS);
	assert_int_equal(varlink_output_size(&output), 2 * (sizeof(large) + 16));
	varlink_output_consume(&output, 4016);
	assert_int_equal(varlink_output_reply(&output, large, sizeof(large), false), 0);
	varlink_output_deinit(&output);
}

static void test_names(void **state)
{
	char name[VARLINK_NAME_LENGTH_MAX + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_true(varlink_name_is_valid(name, VARLINK_NAME_LENGTH_MAX));
	assert_false(varlink_name_is_valid(name, VARLINK_NAME_LENGTH_MAX + 1));
	assert_false(varlink_name_is_valid("", 0));
	assert_false(varlink_name_is_valid("a\"b", 3));
	assert_false(varlink_name_is_valid("a\0b", 3));
}

/* What is said and then heard is the same. */
static void test_round_trip(void **state)
{
	struct varlink_output output;
	struct varlink_input input;
	struct varlink_message message;
	const char *data, *text;
	size_t size, length;

	(void)state;
	varlink_output_init(&output, 1000);
	varlink_input_init(&input, 1000);
	assert_int_equal(
		varlink_output_call(&output, "a.b.C", "{\"x\":\"y\"}", 9, VARLINK_CALL_MORE), 0);
	data = varlink_output_peek(&output, &size);
	assert_int_equal(varlink_input_push(&input, data, size), 0);
	assert_int_equal(varlink_input_next(&input, &text, &length), 1);
	assert_int_equal(
		varlink_message_parse(VARLINK_MESSAGE_CALL, text, length, VALUES_MAX, &message), 0);
	assert_text(message.parameters, message.parameters_length, "{\"x\":\"y\"}");
	assert_true(message.more);
	varlink_output_deinit(&output);
	varlink_input_deinit(&input);
}

/* Pushes, takes and builds; -ENOMEM leaves everything as it was, and trying again works. */
static void test_allocation_failures(void **state)
{
	char large[5000];
	bool failed = true;

	(void)state;
	memset(large, ' ', sizeof(large));
	for (int n = 1; failed; n++) {
		struct varlink_output output;
		struct varlink_input input;
		int rc;

		failed = false;
		varlink_output_init(&output, 100000);
		varlink_input_init(&input, 100000);
		allocations_until_failure = n;
		for (int i = 0; i < 8; i++) {
			rc = varlink_output_reply(&output, large, sizeof(large), false);
			if (rc == -ENOMEM) {
				failed = true;
				assert_int_equal(varlink_output_size(&output), (size_t)i * 5016);
				rc = varlink_output_reply(&output, large, sizeof(large), false);
			}
			assert_int_equal(rc, 0);
			rc = varlink_input_push(&input, large, sizeof(large));
			if (rc == -ENOMEM) {
				failed = true;
				rc = varlink_input_push(&input, large, sizeof(large));
			}
			assert_int_equal(rc, 0);
			assert_int_equal(input.end - input.begin, ((size_t)i + 1) * sizeof(large));
		}
		allocations_until_failure = -1;
		varlink_output_deinit(&output);
		varlink_input_deinit(&input);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_input_limits),
		cmocka_unit_test(test_endless_message),
		cmocka_unit_test(test_good_calls),
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nul_inside),
		cmocka_unit_test(test_depth_and_count),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_output_limit),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

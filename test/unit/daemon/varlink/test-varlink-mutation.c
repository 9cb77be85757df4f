// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages and interface texts with random damage, always the same: whatever is accepted can be
 * made a JSON tree of and has the members that were counted, and nothing reads or writes out of
 * bounds (for that, run it under the sanitizers).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "daemon/varlink/varlink-idl.h"
#include "daemon/varlink/varlink-server.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/varlink-message.h"

#define ROUNDS	 20000
#define SEED	 UINT64_C(0x9e3779b97f4a7c15)
#define TEXT_MAX ((size_t)4096)

extern const struct varlink_interface_text test_interface_texts[];

static const char *const seeds[] = {
	"{\"method\":\"org.example.test.Add\",\"parameters\":{\"devices\":[{\"name\":\"m\","
	"\"size\":1,"
	"\"share\":0.5e-3,\"tags\":{\"a\":\"\\u00e4\\ud83d\\ude00\"}}],\"kind\":\"ram\","
	"\"options\":{\"x\":[null,true,false,-12]}},\"more\":true}",
	"{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"\xc3\xa4\xe2\x82\xac\"}}",
	"{\"parameters\":{\"at\":18446744073709551615},\"continues\":true}",
	"{\"error\":\"org.example.test.Broken\",\"parameters\":{\"why\":\"\\\"\\\\\"}}",
};

static const char *const pieces[] = {
	"{",
	"}",
	"[",
	"]",
	",",
	":",
	"\"",
	"\\",
	"\\u",
	"null",
	"true",
	"1e9",
	"\"a\"",
	"\xc3",
	"\xf4",
	"\x80",
	"#\n",
	"->",
	"?",
	"()",
	"[string]",
	"type ",
	"\n",
	"-",
	".",
	"0",
	"\"more\":true,",
	"\"parameters\":",
};

/* xorshift64* */
static uint64_t next_random(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return *random * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t pick(uint64_t *random, size_t count)
{
	return (size_t)(next_random(random) >> 33) % count;
}

static size_t replace(char *text, size_t length, size_t at, size_t removed, const char *piece)
{
	const size_t added = strlen(piece);

	if (removed > length - at)
		removed = length - at;
	if (length - removed + added > TEXT_MAX)
		return length;
	memmove(text + at + added, text + at + removed, length - at - removed);
	memcpy(text + at, piece, added);
	return length - removed + added;
}

static size_t mutate(uint64_t *random, char *text, size_t length)
{
	for (size_t count = 1 + pick(random, 4); count > 0; count--) {
		const size_t at = pick(random, length + 1);

		switch (pick(random, 4)) {
		case 0:
			if (at < length)
				text[at] = (char)next_random(random);
			break;
		case 1:
			length = replace(text, length, at, pick(random, 8), "");
			break;
		case 2:
			length = replace(text, length, at, 0,
					 pieces[pick(random, ARRAY_SIZE(pieces))]);
			break;
		default:
			length = replace(text, length, at, pick(random, 12),
					 pieces[pick(random, ARRAY_SIZE(pieces))]);
			break;
		}
	}
	return length;
}

static size_t count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, inner)
		{
			(void)name;
			count += 1 + count_members(inner);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	}
	return count;
}

/* What we accept, json-c accepts, too, and sees no member that we did not. */
static void check_accepted(const struct varlink_idl *idl, const struct varlink_message *message)
{
	struct json_tokener *tokener = json_tokener_new_ex((int)VARLINK_DEPTH_MAX + 1);
	_cleanup_json_ struct json_object *parameters = NULL;
	struct varlink_problem problem;

	/* Not with JSON_TOKENER_STRICT: json-c 0.18 then refuses every byte beyond ASCII. */
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	parameters = json_tokener_parse_ex(tokener, message->parameters,
					   (int)message->parameters_length);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		fail_msg("json-c: %s: %.*s",
			 json_tokener_error_desc(json_tokener_get_error(tokener)),
			 (int)message->parameters_length, message->parameters);
	json_tokener_free(tokener);
	assert_true(count_members(parameters) <= message->parameters_member_count);
	(void)varlink_idl_check_call(idl, "Add", parameters, &problem);
	(void)varlink_idl_check_reply(idl, "Echo", parameters, &problem);
	(void)varlink_idl_check_error(idl, "Broken", parameters, &problem);
}

static void test_messages(void **state)
{
	const struct varlink_interface_text *interface = &test_interface_texts[0];
	struct varlink_problem problem;
	struct varlink_idl *idl;
	uint64_t random = SEED;
	size_t accepted = 0;

	(void)state;
	assert_int_equal(varlink_idl_parse(interface->text, interface->length, &idl, &problem), 0);
	for (int round = 0; round < ROUNDS; round++) {
		const char *seed = seeds[pick(&random, ARRAY_SIZE(seeds))];
		char text[TEXT_MAX];
		_cleanup_free_ char *exact = NULL;
		struct varlink_message message;
		size_t length = strlen(seed);

		memcpy(text, seed, length);
		length = mutate(&random, text, length);
		/* On the heap without room behind it, so that a byte too far is seen. */
		exact = malloc(length ? length : 1);
		assert_non_null(exact);
		memcpy(exact, text, length);
		for (int kind = VARLINK_MESSAGE_CALL; kind <= VARLINK_MESSAGE_REPLY; kind++) {
			int rc = varlink_message_parse((enum varlink_message_kind)kind, exact,
						       length, 200, &message);

			assert_true(rc == 0 || rc == -EPROTO || rc == -E2BIG);
			if (rc == 0) {
				accepted++;
				check_accepted(idl, &message);
			}
		}
	}
	(void)varlink_idl_free(idl);
	/* Else the damage is too great to reach anything behind the first check. */
	assert_true(accepted > ROUNDS / 50);
}

static void test_streams(void **state)
{
	uint64_t random = SEED;

	(void)state;
	for (int round = 0; round < ROUNDS / 10; round++) {
		struct varlink_input input;
		size_t pushed = 0, taken = 0;
		int rc = 0;

		varlink_input_init(&input, 64);
		while (rc >= 0 && pushed < 1000) {
			char chunk[48];
			const size_t size = 1 + pick(&random, sizeof(chunk));
			const char *text;
			size_t length;

			for (size_t i = 0; i < size; i++)
				chunk[i] = pick(&random, 30) ? 'x' : '\0';
			rc = varlink_input_push(&input, chunk, size);
			if (rc == 0)
				pushed += size;
			while (rc >= 0 && (rc = varlink_input_next(&input, &text, &length)) > 0) {
				assert_true(length <= 64);
				assert_int_equal(strlen(text), length);
				taken += length + 1;
			}
			if (pick(&random, 4) == 0)
				varlink_input_trim(&input);
			assert_int_equal(input.end - input.begin, pushed - taken);
			assert_true(input.allocated <= 65);
		}
		varlink_input_deinit(&input);
	}
}

static void test_interfaces(void **state)
{
	const struct varlink_interface_text *interface = &test_interface_texts[0];
	uint64_t random = SEED;
	size_t accepted = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char text[TEXT_MAX];
		size_t length = interface->length;
		struct varlink_idl *idl = NULL;
		struct varlink_problem problem;
		int rc;

		memcpy(text, interface->text, length);
		length = mutate(&random, text, length);
		rc = varlink_idl_parse(text, length, &idl, &problem);
		assert_true(rc == 0 || rc == -EINVAL);
		assert_true(rc == 0 || (problem.line > 0 && problem.text[0]));
		accepted += rc == 0;
		(void)varlink_idl_free(idl);
	}
	assert_true(accepted > ROUNDS / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

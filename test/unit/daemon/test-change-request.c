// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call says of its change: when two of them ask for the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/engine/change-request.h"
#include "util/array.h"
#include "util/json.h"
#include "util/refusal.h"

#define METHOD "io.cxlfm.Host.CreateRegion"

static struct change_request read_request(const char *method, const char *text)
{
	_cleanup_json_ struct json_object *parameters = json_tokener_parse(text);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct change_request request;

	assert_non_null(parameters);
	assert_int_equal(change_request_from_json(method, parameters, &problems, &request), 0);
	request.name = NULL;
	refusal_list_deinit(&problems);
	return request;
}

static uint64_t digest_of(const char *text)
{
	return read_request(METHOD, text).digest;
}

static void test_the_same(void **state)
{
	const uint64_t digest =
		digest_of("{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":[\"p\",\"q\"]},\"d\":false}");
	static const char *const same[] = {
		"{\"d\":false,\"x\":{\"m\":[\"p\",\"q\"],\"s\":1},\"request_id\":\"a\"}",
		("{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":[\"p\",\"q\"]},\"d\":false,\"no_"
		 "wait\":"
		 "true}"),
		"{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":[\"p\",\"q\"],\"n\":null},\"d\":false}",
	};
	static const char *const others[] = {
		"{\"request_id\":\"a\",\"x\":{\"s\":2,\"m\":[\"p\",\"q\"]},\"d\":false}",
		"{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":[\"q\",\"p\"]},\"d\":false}",
		"{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":[\"p\"]},\"d\":false}",
		"{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":\"pq\"},\"d\":false}",
		"{\"request_id\":\"a\",\"x\":{\"s\":\"1\",\"m\":[\"p\",\"q\"]},\"d\":false}",
		"{\"request_id\":\"a\",\"x\":{\"m\":[\"p\",\"q\"]},\"s\":1,\"d\":false}",
		("{\"request_id\":\"a\",\"x\":{\"s\":1,\"m\":[\"p\",\"q\"],\"no_wait\":true},\"d\":"
		 "false}"),
		"{\"request_id\":\"a\",\"d\":false}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_int_equal(digest_of(same[i]), digest);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_not_equal(digest_of(others[i]), digest);
	assert_int_not_equal(read_request("io.cxlfm.Host.RemoveRegion", same[0]).digest, digest);
}

static void test_what_is_kept_for_nobody(void **state)
{
	assert_int_equal(read_request(METHOD, "{\"d\":false}").bytes, 0);
	/* A client who asks once more may say that nobody waits. */
	assert_int_equal(read_request(METHOD, "{\"request_id\":\"a\"}").bytes,
			 strlen("{\"request_id\":\"a\"}"));
	assert_int_equal(read_request(METHOD, "{\"no_wait\":true}").bytes,
			 strlen("{\"no_wait\":true}"));
	assert_true(read_request(METHOD, "{\"no_wait\":true}").no_wait);
}

static void check_bad(const char *text, const char *code)
{
	_cleanup_json_ struct json_object *parameters = json_tokener_parse(text);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct change_request request;

	assert_int_equal(change_request_from_json(METHOD, parameters, &problems, &request),
			 CHANGE_REQUEST_E_BAD);
	assert_int_equal(problems.list.count, 1);
	assert_string_equal(problems.list.items[0].code, code);
	refusal_list_deinit(&problems);
}

static void test_bad(void **state)
{
	check_bad("{\"request_id\":\"\"}", "bad-request-id");
	check_bad("{\"request_id\":\"a b\"}", "bad-request-id");
	check_bad("{\"request_id\":\"\\u00e4\"}", "bad-request-id");
	check_bad("{\"request_id\":\"a\\u0000b\"}", "bad-request-id");
	check_bad("{\"request_id\":\"01234567890123456789012345678901"
		  "012345678901234567890123456789012\"}",
		  "bad-request-id");
	check_bad("{\"request_id\":\"a\",\"dry_run\":true}", "bad-dry-run");
	check_bad("{\"no_wait\":true,\"dry_run\":true}", "bad-dry-run");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same),
		cmocka_unit_test(test_what_is_kept_for_nobody),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

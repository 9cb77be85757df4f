// SPDX-License-Identifier: GPL-2.0-only
/* What passes between the daemon and its privileged helper, and what must not. */
#include "daemon/helper/helper-proto.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "cxl/step/host-step.h"
#include "util/cleanup.h"

static void assert_round_trip(const struct helper_request *request)
{
	_cleanup_free_ char *text = NULL, *again = NULL;
	struct arena arena = ARENA_NULL;
	struct helper_request decoded;

	assert_int_equal(helper_request_encode(request, &text), 0);
	assert_int_equal(helper_request_decode(text, strlen(text), &arena, &decoded), 0);
	assert_int_equal(helper_request_encode(&decoded, &again), 0);
	assert_string_equal(text, again);
	assert_int_equal(decoded.verb, request->verb);
	arena_deinit(&arena);
}

static void requests_survive_the_wire(void **state)
{
	assert_round_trip(&(struct helper_request){ .verb = HELPER_SNAPSHOT });
	assert_round_trip(&(struct helper_request){ .verb = HELPER_REGION, .object = "region3" });
	assert_round_trip(&(struct helper_request){ .verb = HELPER_MAILBOX, .object = "mem12" });
	assert_round_trip(&(struct helper_request){ .verb = HELPER_HOLDERS, .object = "memory34" });
	assert_round_trip(&(struct helper_request){
		.verb = HELPER_STEP,
		.step = { .kind = STEP_REGION_SIZE,
			  .object = "region0",
			  .of = "",
			  .from = "0",
			  .to = "536870912" },
		.timeout_ms = 60000,
	});
}

static void malformed_requests_do_not_pass(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"do\":7}",
		"{\"do\":\"format-disk\"}",
		"{\"do\":\"mailbox\"}",
		"{\"do\":\"mailbox\",\"object\":\"../../etc/passwd\"}",
		"{\"do\":\"mailbox\",\"object\":\"\"}",
		"{\"do\":\"mailbox\",\"object\":\"mem0/../mem1\"}",
		"{\"do\":\"holders\",\"object\":\"MEMORY1\"}",
		"{\"do\":\"holders\",\"object\":\"region1\"}",
		"{\"do\":\"holders\",\"object\":\"memory12345678901\"}",
		"{\"do\":\"region\",\"object\":\"root0\"}",
		"{\"do\":\"region\",\"object\":\"region\"}",
		"{\"do\":\"region\",\"object\":\"regio\"}",
		"{\"do\":\"mailbox\",\"object\":\"memory1\"}",
		"{\"do\":\"step\"}",
		"{\"do\":\"read\"}",
		"{\"do\":\"step\",\"step\":{},\"timeout_ms\":1}",
		/* A step without a time limit, one on a path, one with a value out of its form. */
		"{\"do\":\"step\",\"step\":{\"kind\":\"region-size\",\"object\":\"region0\","
		"\"of\":\"\",\"from\":\"0\",\"to\":\"1\"}}",
		"{\"do\":\"step\",\"timeout_ms\":1,\"step\":{\"kind\":\"region-size\","
		"\"object\":\"../region0\",\"of\":\"\",\"from\":\"0\",\"to\":\"1\"}}",
		"{\"do\":\"step\",\"timeout_ms\":1,\"step\":{\"kind\":\"region-size\","
		"\"object\":\"region0\",\"of\":\"\",\"from\":\"0\",\"to\":\"much\"}}",
		/* More than asked for, or with something behind it that C does not read. */
		"{\"do\":\"snapshot\",\"object\":\"mem0\"}",
		"{\"do\":\"mailbox\",\"object\":\"mem0\",\"timeout_ms\":1}",
		"{\"do\":\"mailbox\",\"object\":\"mem0\\u0000/../mem1\"}",
		"{\"do\":\"snapshot\\u0000\"}",
		"{\"do\":\"snapshot\"}{\"do\":\"snapshot\"}",
		/* Times at which a deadline wraps. */
		"{\"do\":\"step\",\"timeout_ms\":18446744073709551615,\"step\":{\"kind\":"
		"\"region-size\",\"object\":\"region0\",\"of\":\"\",\"from\":\"0\",\"to\":\"1\"}}",
		"{\"do\":\"step\",\"timeout_ms\":86400001,\"step\":{\"kind\":"
		"\"region-size\",\"object\":\"region0\",\"of\":\"\",\"from\":\"0\",\"to\":\"1\"}}",
		"{\"do\":\"step\",\"timeout_ms\":-1,\"step\":{\"kind\":\"region-size\","
		"\"object\":\"region0\",\"of\":\"\",\"from\":\"0\",\"to\":\"1\"}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct arena arena = ARENA_NULL;
		struct helper_request request;

		if (helper_request_decode(bad[i], strlen(bad[i]), &arena, &request) != -EINVAL)
			fail_msg("accepted %s", bad[i]);
		arena_deinit(&arena);
	}
}

static void replies_survive_the_wire(void **state)
{
	const struct helper_reply reply = { .error = -EBUSY, .wrote = true, .before = "online" };
	_cleanup_free_ char *text = NULL;
	struct arena arena = ARENA_NULL;
	struct helper_reply decoded;

	assert_int_equal(helper_reply_encode(&reply, &text), 0);
	assert_int_equal(helper_reply_decode(text, strlen(text), &arena, &decoded), 0);
	assert_int_equal(decoded.error, -EBUSY);
	assert_true(decoded.wrote);
	assert_string_equal(decoded.before, "online");
	assert_null(decoded.after);
	assert_int_equal(helper_reply_decode("{\"error\":5,\"wrote\":true}", 24, &arena, &decoded),
			 -EINVAL);
	assert_int_equal(helper_reply_decode("{\"error\":0}", 11, &arena, &decoded), -EINVAL);
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_survive_the_wire),
		cmocka_unit_test(malformed_requests_do_not_pass),
		cmocka_unit_test(replies_survive_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

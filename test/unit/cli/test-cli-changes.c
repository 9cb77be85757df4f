// SPDX-License-Identifier: GPL-2.0-only
/* The verbs of changes by their ids, and those that do not wait for the end of theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake-link.h"

#define HOST	"io.cxlfm.Host."
#define ID	"7h2k9qd-12"
#define TAKEN	"{\"outcome\":{\"change\":\"" ID "\"}}"
#define REGION	"\"region\":{\"region\":\"region0\"},\"dax_device\":\"dax0.0\",\"node\":1"
#define CHANGES "{\"changes\":["

static void nobody_waits(void **state)
{
	static const struct {
		const char *line, *call;
	} lines[] = {
		{ "forget db --no-wait",
		  HOST "ForgetClaim {\"claim\":\"db\",\"dry_run\":false,\"no_wait\":true}" },
		{ "forget db --no-wait --request=a-1",
		  HOST "ForgetClaim {\"claim\":\"db\",\"dry_run\":false,\"no_wait\":true,"
		       "\"request_id\":\"a-1\"}" },
		{ "adopt region:region0 --no-wait",
		  HOST "AdoptRegion {\"region\":\"region0\",\"dry_run\":false,\"no_wait\":true}" },
		{ "remove-memory region:region0 --no-wait",
		  HOST "RemoveRegion {\"keep_region\":false,\"force\":false,\"region\":\"region0\","
		       "\"dry_run\":false,\"no_wait\":true}" },
		{ "offline-memory claim:db --no-wait",
		  HOST "SetMemory {\"zone\":\"offline\",\"claim\":\"db\",\"dry_run\":false,"
		       "\"no_wait\":true}" },
		{ "online-memory claim:db --no-wait",
		  HOST "SetMemory {\"zone\":\"movable\",\"claim\":\"db\",\"dry_run\":false,"
		       "\"no_wait\":true}" },
		{ "add-memory 512M --no-wait",
		  HOST "CreateRegion {\"request\":{\"size\":536870912},\"goal\":\"system_ram\","
		       "\"zone\":\"movable\",\"dry_run\":false,\"no_wait\":true}" },
		{ "create-region --no-wait",
		  HOST "CreateRegion {\"request\":{},\"goal\":\"region\",\"dry_run\":false,"
		       "\"no_wait\":true}" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = TAKEN } } };

		run_command(&run, lines[i].line);
		if (run.code != 0)
			fail_msg("%s: exit code %d: %s", lines[i].line, run.code, run.err);
		assert_string_equal(run.calls[0], lines[i].call);
		assert_string_equal(run.out, ID "\n");
		assert_string_equal(run.err, "");
		/* There is nothing to be taken back. */
		assert_false(run.caught);
	}
}

static void each_region_has_an_id(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"list\":[{\"region\":\"region0\"},"
					     "{\"region\":\"region1\"}]}" },
			     { .parameters = TAKEN },
			     { .parameters = "{\"outcome\":{\"change\":\"7h2k9qd-13\"}}" } },
	};

	run_command(&run, "enable-region region:region0 region:region1 --no-wait");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, ID "\n7h2k9qd-13\n");
	assert_string_equal(run.err, "");
}

/* What waits may ask once more, too. */
static void a_request_has_an_id(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"outcome\":{" REGION "}}" } },
	};

	run_command(&run, "add-memory 512M --request nightly");
	assert_int_equal(run.code, 0);
	assert_non_null(strstr(run.calls[0], ",\"dry_run\":false,\"request_id\":\"nightly\"}"));
	assert_true(run.caught);
}

static void a_change_is_waited_for(void **state)
{
	_cleanup_run_ struct run made = {
		.replies = { { .parameters = "{\"outcome\":{" REGION ",\"claim\":\"db\"}}" } },
	};
	_cleanup_run_ struct run removed = {
		.replies = { { .parameters = "{\"outcome\":{\"plan\":{}}}" } },
	};

	run_command(&made, "wait --change " ID);
	assert_int_equal(made.code, 0);
	assert_string_equal(made.calls[0], HOST "WaitChange {\"id\":\"" ID "\"}");
	assert_int_equal(made.patience_msec, UINT64_MAX);
	assert_false(made.caught);
	assert_string_equal(made.out,
			    "{\n  \"region\":{\n    \"region\":\"region0\"\n  },\n"
			    "  \"dax_device\":\"dax0.0\",\n  \"node\":1,\n  \"claim\":\"db\"\n}\n");
	run_command(&removed, "wait --change " ID);
	assert_string_equal(removed.out, "");
	assert_string_equal(removed.err, ID ": done\n");
}

static void an_end_is_that_of_the_verb(void **state)
{
	static const struct {
		const char *error, *parameters;
		int code;
	} ends[] = {
		{ HOST "Refused", "{\"refusals\":[{\"code\":\"a\",\"text\":\"no room\"}]}", 3 },
		{ HOST "Failed", "{\"refusals\":[],\"undone\":true,\"busy\":true,\"leftover\":[]}",
		  4 },
		{ HOST "Failed",
		  "{\"refusals\":[],\"undone\":false,\"busy\":false,\"leftover\":[]}", 5 },
		{ HOST "Cancelled", "{\"text\":\"user 0 (process 7) has cancelled the change\"}",
		  1 },
		{ HOST "UnknownChange", "{\"text\":\"this is not the id of a change\"}", 11 },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		_cleanup_run_ struct run run = {
			.replies = { { .error = ends[i].error, .parameters = ends[i].parameters } },
		};

		run_command(&run, "wait --change " ID);
		assert_int_equal(run.code, ends[i].code);
		assert_string_equal(run.out, "");
	}
}

static void changes_are_listed(void **state)
{
	static const struct {
		const char *change, *line;
	} cases[] = {
		{ "{\"id\":\"" ID
		  "\",\"state\":\"running\",\"origin\":\"client\",\"uid\":4294967294,"
		  "\"pid\":4711,\"method\":\"RemoveRegion\",\"object\":\"region0\",\"age_ms\":"
		  "40999,"
		  "\"step\":3,\"steps\":12,\"text\":\"memory32: online -> offline\"}",
		  ID
		  " running for 40 s; user 4294967294 (process 4711): RemoveRegion region0; step 3 "
		  "of 12: memory32: online -> offline\n" },
		{ "{\"id\":\"" ID
		  "\",\"state\":\"waiting\",\"origin\":\"client\",\"uid\":0,\"pid\":7,\"method\":"
		  "\"ForgetClaim\",\"age_ms\":10,\"waits_for\":\"7h2k9qd-11\",\"text\":\"the "
		  "change that mends the claim db\"}",
		  ID " waiting for 0 s; user 0 (process 7): ForgetClaim; waits for 7h2k9qd-11: the "
		     "change that mends the claim db\n" },
		{ "{\"id\":\"" ID "\",\"state\":\"undoing\",\"origin\":\"claim\",\"object\":\"db\","
		  "\"age_ms\":1000}",
		  ID " undoing for 1 s; cxlfmd mends a claim: db\n" },
		{ "{\"id\":\"" ID "\",\"state\":\"ended\",\"origin\":\"recovery\",\"age_ms\":2000}",
		  ID " ended 2 s ago; cxlfmd recovers from a crash; done\n" },
		{ "{\"id\":\"" ID
		  "\",\"state\":\"ended\",\"origin\":\"client\",\"uid\":0,\"pid\":7,"
		  "\"method\":\"CreateRegion\",\"age_ms\":2000,\"error\":\"Refused\","
		  "\"text\":\"no\\nroom\"}",
		  ID " ended 2 s ago; user 0 (process 7): CreateRegion; Refused: no?room\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char parameters[1024];
		_cleanup_run_ struct run run = { .replies = { { .parameters = parameters } } };

		(void)snprintf(parameters, sizeof(parameters), CHANGES "%s]}", cases[i].change);
		run_command(&run, "changes");
		assert_int_equal(run.code, 0);
		assert_string_equal(run.calls[0], HOST "ListChanges {}");
		assert_string_equal(run.out, cases[i].line);
		assert_string_equal(run.err, "");
	}
}

static void changes_are_listed_as_json(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = CHANGES "{\"id\":\"" ID "\"}]}" } },
	};
	_cleanup_run_ struct run none = { .replies = { { .parameters = CHANGES "]}" } } };
	_cleanup_run_ struct run bad = {
		.replies = { { .parameters = CHANGES "{\"id\":\"" ID "\"}]}" } },
	};

	run_command(&run, "changes --json");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "[\n  {\n    \"id\":\"" ID "\"\n  }\n]\n");
	run_command(&none, "changes");
	assert_int_equal(none.code, 0);
	assert_string_equal(none.out, "");
	/* What is no change is not shown as one. */
	run_command(&bad, "changes");
	assert_int_equal(bad.code, 8);
	assert_string_equal(bad.out, "");
}

static void a_change_is_cancelled(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = "{}" } } };

	run_command(&run, "cancel " ID);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.calls[0], HOST "CancelChange {\"id\":\"" ID "\"}");
	assert_string_equal(run.err, ID ": cancelled; its finished steps are taken back\n");
	assert_string_equal(run.out, "");
}

static void bad_lines_reach_nobody(void **state)
{
	static const char *const lines[] = {
		"cancel",
		"cancel a b",
		"cancel --json a",
		"changes a",
		"changes --human",
		"add-memory 1G --no-wait --dry-run",
		"add-memory 1G --request a --dry-run",
		"add-memory 1G --request=",
		"enable-region region0 --request=a",
		"destroy-region region0 --no-wait --dry-run",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = RUN_NULL;

		run_command(&run, lines[i]);
		if (run.code != 2)
			fail_msg("%s: exit code %d", lines[i], run.code);
		assert_int_equal(run.call_count, 0);
		assert_string_equal(run.out, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits),
		cmocka_unit_test(each_region_has_an_id),
		cmocka_unit_test(a_request_has_an_id),
		cmocka_unit_test(a_change_is_waited_for),
		cmocka_unit_test(an_end_is_that_of_the_verb),
		cmocka_unit_test(changes_are_listed),
		cmocka_unit_test(changes_are_listed_as_json),
		cmocka_unit_test(a_change_is_cancelled),
		cmocka_unit_test(bad_lines_reach_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The verbs of claims: what is asked for, and what is told of the answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake-link.h"

#define ADOPT	"io.cxlfm.Host.AdoptRegion {\"region\":"
#define FORGET	"io.cxlfm.Host.ForgetClaim {\"claim\":"
#define OUTCOME "{\"outcome\":{\"region\":{\"region\":\"region0\"},\"claim\":\"db\",\"plan\":{}}}"

static void a_region_is_named(void **state)
{
	static const struct {
		const char *line, *call;
	} lines[] = {
		{ "adopt region:region0", ADOPT "\"region0\",\"dry_run\":false}" },
		{ "adopt region:region0 --name=db --drift leave",
		  ADOPT "\"region0\",\"claim\":\"db\",\"drift\":\"leave\",\"dry_run\":false}" },
		{ "adopt --drift=mend region:dax0.0 --dry-run",
		  ADOPT "\"dax0.0\",\"drift\":\"mend\",\"dry_run\":true}" },
		{ "forget db", FORGET "\"db\",\"dry_run\":false}" },
		{ "forget db --dry-run -u", FORGET "\"db\",\"dry_run\":true}" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = OUTCOME } } };

		run_command(&run, lines[i].line);
		if (run.code != 0)
			fail_msg("%s: exit code %d: %s", lines[i].line, run.code, run.err);
		assert_int_equal(run.call_count, 1);
		assert_string_equal(run.calls[0], lines[i].call);
	}
}

static void what_is_done_is_told(void **state)
{
	_cleanup_run_ struct run adopted = { .replies = { { .parameters = OUTCOME } } };
	_cleanup_run_ struct run forgotten = { .replies = { { .parameters = OUTCOME } } };

	run_command(&adopted, "adopt region:region0");
	assert_string_equal(adopted.out, "{\n  \"region\":\"region0\",\n  \"claim\":\"db\"\n}\n");
	assert_string_equal(adopted.err, "");
	run_command(&forgotten, "forget db");
	assert_string_equal(forgotten.out, "");
	assert_string_equal(forgotten.err, "db: forgotten\n");
}

#define WAIT "io.cxlfm.Host.WaitClaims "

/* An answer may take as long as the daemon was told to wait, and a while. */
static void claims_are_waited_for(void **state)
{
	static const struct {
		const char *line, *call;
		uint64_t patience_msec;
	} lines[] = {
		{ "wait", WAIT "{\"condition\":\"Online\"}", UINT64_MAX },
		{ "wait a b", WAIT "{\"claims\":[\"a\",\"b\"],\"condition\":\"Online\"}",
		  UINT64_MAX },
		{ "wait --for=Lost --timeout=20 a",
		  WAIT "{\"claims\":[\"a\"],\"condition\":\"Lost\",\"timeout_ms\":20000}", 20000 },
		{ "wait --timeout 0", WAIT "{\"condition\":\"Online\",\"timeout_ms\":0}", 0 },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = {
			.replies = { { .parameters = "{\"claims\":[{}]}" } },
		};

		run_command(&run, lines[i].line);
		assert_int_equal(run.code, 0);
		assert_string_equal(run.calls[0], lines[i].call);
		assert_int_equal(run.patience_msec, lines[i].patience_msec);
		/* Ctrl-C ends the wait, as it ends any program that harms nobody. */
		assert_false(run.caught);
		assert_string_equal(run.out, "");
		assert_string_equal(run.err, "");
	}
}

static void what_did_not_come_is_told(void **state)
{
	static const struct {
		const char *claims, *lines;
	} cases[] = {
		{ "[]", "  cxlfmd is starting and does not know its claims yet\n" },
		{ "[{\"name\":\"a\"}]", "  a: cxlfmd has not looked at it yet\n" },
		{ "[{\"name\":\"a\",\"reason\":\"AsWanted\"},{\"name\":\"b\",\"reason\":"
		  "\"RegionDisabled\",\"text\":\"region0 is disabled\"}]",
		  "  a: AsWanted\n  b: region0 is disabled\n" },
		{ "[{\"name\":\"a\",\"reason\":\"DeviceMissing\",\"text\":\"it is not there\","
		  "\"stalled\":\"it is not there\"}]",
		  "  a: it is not there; cxlfmd leaves it as it is\n" },
		{ "[{\"name\":\"a\",\"reason\":\"RegionDisabled\",\"text\":\"x\","
		  "\"stalled\":\"it is to be left\"}]",
		  "  a: x; cxlfmd leaves it as it is: it is to be left\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char parameters[512], expected[512];
		_cleanup_run_ struct run run = {
			.replies = { { .error = "io.cxlfm.Host.TimedOut",
				       .parameters = parameters } },
		};

		(void)snprintf(parameters, sizeof(parameters), "{\"claims\":%s}", cases[i].claims);
		(void)snprintf(expected, sizeof(expected), "cxlfm wait: timed out\n%s",
			       cases[i].lines);
		run_command(&run, "wait --timeout 5");
		assert_int_equal(run.code, 10);
		assert_string_equal(run.err, expected);
	}
}

static void bad_lines_reach_nobody(void **state)
{
	static const char *const lines[] = {
		"adopt",
		"adopt ''",
		"adopt region0 region1",
		"adopt region0 --name=A",
		"adopt region0 --drift=keep",
		"--snapshot /dev/null adopt region0",
		"forget",
		"forget a b",
		"forget a --name=b",
		"wait ''",
		"wait --for=online",
		"wait --timeout=-1",
		"wait --timeout=86401",
		"wait --change=",
		"wait --change=7h2k9qd-12 a",
		"wait --change=7h2k9qd-12 --for=Lost",
		"wait --change=7h2k9qd-12 --timeout=1",
		"forget a --dry-run --no-wait",
		"adopt region0 --dry-run --request=a",
		"forget a --request=",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = RUN_NULL;

		run_command(&run, lines[i]);
		if (run.code != 2 || run.call_count)
			fail_msg("%s: exit code %d, %zu calls", lines[i], run.code, run.call_count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_region_is_named),
		cmocka_unit_test(what_is_done_is_told),
		cmocka_unit_test(claims_are_waited_for),
		cmocka_unit_test(what_did_not_come_is_told),
		cmocka_unit_test(bad_lines_reach_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

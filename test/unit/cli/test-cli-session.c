// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way in which a request can end: its exit code (cli/exit-code.h, cxlfm(1)) and its message.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "config.h"
#include "fake-link.h"

#define LOOK "  'cxlfm list -RDi' shows what is there now\n"
#define LOOK_AND_WHY                                                                               \
	"  'cxlfm list -RDi' shows what is there now, 'journalctl -u cxlfmd' what happened\n"

#define STEP                                                                                       \
	"\"step\":{\"property\":\"region-size\",\"object\":\"region0\",\"index\":0,"               \
	"\"from\":\"0\",\"to\":\"536870912\",\"text\":\"region0: size 0 -> 512M\"}"

struct error_case {
	const char *line;
	struct fake_reply reply;
	int code;
	const char *err;
};

static const struct error_case errors[] = {
	{ "add-memory 1G",
	  { "io.cxlfm.Host.Refused",
	    "{\"refusals\":[{\"code\":\"window-too-small\",\"object\":\"decoder0.1\","
	    "\"text\":\"its largest gap is 512M\",\"hint\":\"ask for 512M or less\"},"
	    "{\"code\":\"no-memdev\",\"object\":null,\"text\":\"no memdev is free\",\"hint\":null},"
	    "{\"code\":\"bare\",\"text\":\"without the rest\"},"
	    "{\"code\":\"x\",\"object\":\"mem1\",\"text\":\"mem1 is full\"},"
	    "{\"code\":\"x\",\"object\":\"mem1\",\"text\":\"behind mem10\"}]}" },
	  3,
	  "cxlfm add-memory: refused; nothing was changed\n"
	  "  decoder0.1: its largest gap is 512M (ask for 512M or less)\n"
	  "  no memdev is free\n"
	  "  without the rest\n"
	  "  mem1 is full\n"
	  "  mem1: behind mem10\n" },
	{ "add-memory 1G",
	  { "io.cxlfm.Host.Failed",
	    "{\"refusals\":[{\"code\":\"kernel\",\"object\":\"region0\","
	    "\"text\":\"the kernel says: Device or resource busy\"}]," STEP ","
	    "\"undone\":true,\"busy\":false,\"leftover\":[]}" },
	  1,
	  "cxlfm add-memory: failed (at region0: size 0 -> 512M); everything was put back\n"
	  "  region0: the kernel says: Device or resource busy\n" },
	{ "remove-memory region:region0",
	  { "io.cxlfm.Host.Failed",
	    "{\"refusals\":[{\"code\":\"busy\",\"object\":\"memory42\",\"text\":\"a page of it "
	    "can't "
	    "move\"}],\"step\":{\"property\":\"dax-memory\",\"object\":\"dax0.0\",\"index\":0,"
	    "\"from\":\"online_movable\",\"to\":\"unplugged\",\"text\":\"dax0.0: memory "
	    "online_movable -> unplugged\"},\"undone\":true,\"busy\":true,"
	    "\"leftover\":[],\"holders\":{\"block\":\"memory42\",\"node\":1,\"zones\":\"Normal\","
	    "\"pages\":{\"slab\":12,\"anonymous\":3},\"page_size\":4096,\"processes\":["
	    "{\"pid\":77,\"name\":\"stress\",\"bytes\":12582912},"
	    "{\"pid\":78,\"name\":\"sh\",\"bytes\":4096}]}}" },
	  4,
	  "cxlfm remove-memory: the kernel keeps the memory in use (at dax0.0: memory "
	  "online_movable -> unplugged); everything was put back\n"
	  "  memory42: a page of it can't move\n"
	  "  pages of memory42: 12 slab, 3 anonymous\n"
	  "  most memory of node 1: stress (77) 12M, sh (78) 4K\n" },
	{ "create-region mem0",
	  { "io.cxlfm.Host.Failed",
	    "{\"refusals\":[]," STEP ",\"undone\":false,\"busy\":false,\"leftover\":["
	    "{\"property\":\"region-target\",\"object\":\"region0\",\"index\":1,\"from\":\"\","
	    "\"to\":\"decoder3.0\",\"text\":\"region0: target1 none -> decoder3.0\"}]}" },
	  5,
	  "cxlfm create-region: failed (at region0: size 0 -> 512M); not everything could be put "
	  "back\n"
	  "  left over: region0: target1 none -> decoder3.0\n" LOOK },
	/* what could not be put back weighs more than that memory is busy */
	{ "remove-memory region:region0",
	  { "io.cxlfm.Host.Failed",
	    "{\"refusals\":[]," STEP ",\"undone\":false,\"busy\":true,\"leftover\":[]}" },
	  5,
	  "cxlfm remove-memory: the kernel keeps the memory in use (at region0: size 0 -> 512M); "
	  "not everything could be put back\n" LOOK },
	{ "add-memory 1G",
	  { "io.cxlfm.Host.BadRequest",
	    "{\"refusals\":[{\"code\":\"bad-number\",\"text\":\"ways is 17, which is not between 1 "
	    "and 16\"}]}" },
	  2,
	  "cxlfm add-memory: invalid request; nothing was changed\n"
	  "  ways is 17, which is not between 1 and 16\n" },
	{ "add-memory 1G",
	  { "io.cxlfm.Host.TooManyRequests", "{}" },
	  1,
	  "cxlfm add-memory: you have too many connections or requests at cxlfmd; "
	  "nothing was changed, try again when some have ended\n" },
	{ "remove-memory region:region0",
	  { "io.cxlfm.Host.HostUnread",
	    "{\"text\":\"the host can't be read: Input/output error\"}" },
	  1,
	  "cxlfm remove-memory: the host can't be read: Input/output error; nothing was changed\n  "
	  "'journalctl -u cxlfmd' shows more, and when the host can be read again\n" },
	/* A user who only reads is not told that nothing was changed. */
	{ "list",
	  { "io.cxlfm.Host.HostUnread",
	    "{\"text\":\"the host can't be read: Input/output error\"}" },
	  1,
	  "cxlfm list: the host can't be read: Input/output error\n  "
	  "'journalctl -u cxlfmd' shows more, and when the host can be read again\n" },
	{ "export",
	  { "io.cxlfm.Host.StoreFailed", "{\"text\":\"No space left on device\"}" },
	  1,
	  "cxlfm export: cxlfmd can't use its store: No space left on device\n  "
	  "'journalctl -u cxlfmd' shows what is wrong with its store\n" },
	{ "monitor",
	  { "io.cxlfm.Host.TooManyRequests", "{}" },
	  1,
	  "cxlfm monitor: you have too many connections or requests at cxlfmd, try again when "
	  "some have ended\n" },
	{ "offline-memory region:region0",
	  { "io.cxlfm.Host.Cancelled",
	    "{\"text\":\"user 0 (process 7) has cancelled the change\"}" },
	  1,
	  "cxlfm offline-memory: user 0 (process 7) has cancelled the change; everything is as it "
	  "was\n" },
	{ "wait --change=7h2k9qd-12",
	  { "io.cxlfm.Host.UnknownChange", "{\"text\":\"no change was given this id yet\"}" },
	  11,
	  "cxlfm wait: no change was given this id yet\n  'cxlfm changes' shows the known "
	  "changes\n" },
	{ "offline-memory region:region0",
	  { "io.cxlfm.Host.NotLive", "{}" },
	  3,
	  "cxlfm offline-memory: this cxlfmd shows a record, not a live host; nothing was changed "
	  "(--dry-run plans on it)\n" },

	/* what any varlink service may say */
	{ "add-memory 1G",
	  { "org.varlink.service.PermissionDenied", "{}" },
	  7,
	  "cxlfm add-memory: cxlfmd does not let you do this; nothing was changed\n" },
	{ "list",
	  { "io.systemd.System", "{\"origin\":\"linux\",\"errno\":12,\"errnoName\":\"ENOMEM\"}" },
	  1,
	  "cxlfm list: cxlfmd failed: Cannot allocate memory\n" },

	/* the connection */
	{ "list",
	  { .rc = -ECONNRESET },
	  9,
	  "cxlfm list: cxlfmd ended the connection before it answered\n" LOOK_AND_WHY },
	{ "add-memory 1G",
	  { .rc = -ECONNRESET },
	  9,
	  "cxlfm add-memory: cxlfmd ended the connection before it answered: the result of the "
	  "request is unknown\n" LOOK_AND_WHY },
	{ "list",
	  { .rc = -ETIMEDOUT },
	  9,
	  "cxlfm list: cxlfmd does not answer: 'journalctl -u cxlfmd' may show why\n" },
	{ "list",
	  { .rc = -EPROTO },
	  8,
	  "cxlfm list: the service at /run/cxlfm/cxlfm.sock is not cxlfmd: its reply is not a "
	  "varlink "
	  "message\n" },
	{ "list",
	  { .rc = -EMSGSIZE },
	  8,
	  "cxlfm list: the service at /run/cxlfm/cxlfm.sock is not cxlfmd: its reply is longer "
	  "than "
	  "any reply of cxlfmd\n" },
	{ "list", { .rc = -ENOMEM }, 1, "cxlfm list: out of memory\n" },

	/* replies that lack what was promised */
	{ "list",
	  { .parameters = "{}" },
	  8,
	  "cxlfm list: the reply of cxlfmd lacks what cxlfm " CXLFM_VERSION " expects: use a cxlfm "
	  "and a cxlfmd of the same version\n" },
	{ "add-memory 1G",
	  { .parameters = "{\"outcome\":{}}" },
	  8,
	  "cxlfm add-memory: the reply of cxlfmd lacks what cxlfm " CXLFM_VERSION " expects: use a "
	  "cxlfm and a cxlfmd of the same version\n" },
};

static void ends_have_codes_and_messages(void **state)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { errors[i].reply } };

		run_command(&run, errors[i].line);
		if (run.code != errors[i].code)
			fail_msg("case %zu: exit code %d: %s", i, run.code, run.err);
		assert_string_equal(run.err, errors[i].err);
		assert_string_equal(run.out, "");
	}
}

static void other_versions_are_named(void **state)
{
	static const char *const names[] = {
		"org.varlink.service.InterfaceNotFound",
		"org.varlink.service.MethodNotFound",
		"org.varlink.service.InvalidParameter",
		"io.cxlfm.Host.NeverHeardOf",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_run_ struct run run = {
			.replies = { { names[i], "{}" },
				     { .parameters = "{\"vendor\":\"x\",\"product\":\"cxlfmd\","
						     "\"version\":\"9.9\"}" } },
		};
		char expected[512];

		run_command(&run, "--socket /run/other list");
		assert_int_equal(run.code, 8);
		assert_int_equal(run.call_count, 2);
		assert_string_equal(run.calls[1], "org.varlink.service.GetInfo {}");
		(void)snprintf(expected, sizeof(expected),
			       "cxlfm list: this is cxlfm " CXLFM_VERSION
			       ", but /run/other answers "
			       "cxlfmd 9.9, which does not understand the request (%s)\n"
			       "  use a cxlfm and a cxlfmd of the same version\n",
			       names[i]);
		assert_string_equal(run.err, expected);
	}
}

static void who_does_not_say_who_it_is_stays_unnamed(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { "org.varlink.service.MethodNotFound", "{}" },
			     { .rc = -ECONNRESET } },
	};

	run_command(&run, "list");
	assert_int_equal(run.code, 8);
	assert_non_null(strstr(run.err, "answers a service without a name without a version,"));
}

static void connecting_fails_in_its_own_ways(void **state)
{
	static const struct {
		int rc, code;
		const char *err;
	} cases[] = {
		{ -ENOENT, 6,
		  "cxlfm list: cxlfmd does not listen at /nonexistent/socket (No such file or "
		  "directory): "
		  "start cxlfmd with 'systemctl start cxlfmd', or with 'cxlfmd &' as root\n" },
		{ -ECONNREFUSED, 6,
		  "cxlfm list: cxlfmd does not listen at /nonexistent/socket (Connection refused): "
		  "start "
		  "cxlfmd with 'systemctl start cxlfmd', or with 'cxlfmd &' as root\n" },
		{ -EACCES, 7,
		  "cxlfm list: you may not talk to cxlfmd at /nonexistent/socket: run cxlfm as "
		  "root or as a member of the socket's group\n" },
		{ -ENOMEM, 1, "cxlfm list: out of memory\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = { .open_rc = cases[i].rc,
						 .environment_socket = "/nonexistent/socket" };

		run_command(&run, "list");
		assert_int_equal(run.code, cases[i].code);
		assert_string_equal(run.err, cases[i].err);
		assert_int_equal(run.call_count, 0);
	}
}

static void a_bad_record_is_its_daemons_to_explain(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .rc = -ECONNRESET } },
					 .close_status = 256 };

	run_command(&run, "--snapshot /proc/self/status list");
	assert_int_equal(run.code, 1);
	assert_string_equal(run.err, "cxlfm list: cxlfmd could not serve the record "
				     "/proc/self/status\n");
}

/* ---- interruptions ---- */

static void an_interrupted_change_is_left_to_the_daemon(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .rc = -EINTR } } };

	run_command(&run, "add-memory 1G");
	assert_true(run.caught);
	assert_false(run.is_open);
	assert_int_equal(run.code, 9);
	assert_string_equal(
		run.err,
		"cxlfm add-memory: interrupted: cxlfmd takes back what it has done\n  'cxlfm "
		"changes' shows the progress, 'cxlfm list -RDi' what is there now\n");
}

static void an_interrupted_monitor_is_done(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"change\":{\"n\":1}}", .continues = true },
			     { .rc = -EINTR } },
	};

	run_command(&run, "monitor");
	assert_true(run.caught);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "{\"n\":1}\n");
	assert_string_equal(run.err, "");
}

static void reading_and_planning_may_be_killed(void **state)
{
	static const char *const lines[] = { "list", "add-memory 1G --dry-run", "version",
					     "record" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .rc = -ECONNRESET } } };

		run_command(&run, lines[i]);
		assert_false(run.caught);
	}
}

/* ---- several regions ---- */

#define REGIONS "{\"list\":[{\"region\":\"region0\"},{\"region\":\"region1\"}]}"
#define REFUSED { "io.cxlfm.Host.Refused", "{\"refusals\":[]}" }
#define DONE	{ .parameters = "{\"outcome\":{}}" }

static void one_region_refused_does_not_stop_the_others(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = REGIONS }, REFUSED, DONE } };

	run_command(&run, "disable-region region:all");
	assert_int_equal(run.code, 3);
	assert_int_equal(run.call_count, 3);
	assert_string_equal(run.err, "cxlfm disable-region: refused; nothing was changed\n"
				     "disabled 1 region\n");
}

/* A region below another one is refused alone, and goes with all: of no other reason is that true.
 */
static void order_is_explained_and_nothing_else(void **state)
{
	static const char *const codes[] = { "region-order", "pmem-in-use" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		char refused[128];
		_cleanup_run_ struct run run = {
			.replies = { { .parameters = REGIONS },
				     { .parameters = "{\"outcome\":{\"plan\":{}}}" },
				     { "io.cxlfm.Host.Refused", refused } },
		};

		(void)snprintf(refused, sizeof(refused),
			       "{\"refusals\":[{\"code\":\"%s\",\"text\":\"a reason\"}]}",
			       codes[i]);
		run_command(&run, "destroy-region -f region:all --dry-run");
		assert_int_equal(run.code, 3);
		assert_non_null(strstr(run.err, "  a reason\n"));
		assert_int_equal(strstr(run.err, "as if all others stayed") != NULL, i == 0);
	}
}

static void nothing_is_tried_where_the_outcome_is_unknown(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = REGIONS },
						      { .rc = -ECONNRESET } } };

	run_command(&run, "disable-region region:all");
	assert_int_equal(run.code, 9);
	assert_int_equal(run.call_count, 2);
}

static void debug_shows_the_conversation(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = "{\"list\":[]}" } } };

	run_command(&run, "list --debug");
	assert_string_equal(run.err, "--> io.cxlfm.Host.List {\"options\":{}}\n"
				     "<-- {\"list\":[]}\n"
				     "cxlfm list: nothing matches\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_have_codes_and_messages),
		cmocka_unit_test(other_versions_are_named),
		cmocka_unit_test(who_does_not_say_who_it_is_stays_unnamed),
		cmocka_unit_test(connecting_fails_in_its_own_ways),
		cmocka_unit_test(a_bad_record_is_its_daemons_to_explain),
		cmocka_unit_test(an_interrupted_change_is_left_to_the_daemon),
		cmocka_unit_test(an_interrupted_monitor_is_done),
		cmocka_unit_test(reading_and_planning_may_be_killed),
		cmocka_unit_test(one_region_refused_does_not_stop_the_others),
		cmocka_unit_test(order_is_explained_and_nothing_else),
		cmocka_unit_test(nothing_is_tried_where_the_outcome_is_unknown),
		cmocka_unit_test(debug_shows_the_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is printed: lists as `cxl list` prints them (util/json.c of ndctl v81,
 * util_display_json_array()), plans for people, the progress line.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "cli/progress.h"
#include "fake-link.h"
#include "util/json.h"
#include "util/size.h"
#include "util/units.h"

#define ONE "{\"list\":[{\"memdev\":\"mem0\",\"host\":\"0000:0f:00.0\",\"ram_size\":268435456}]}"
#define TWO "{\"list\":[{\"memdev\":\"mem0\"},{\"memdev\":\"mem1\"}]}"

struct printed {
	const char *line, *reply, *out, *err;
};

static void lists_look_as_cxl_prints_them(void **state)
{
	static const struct printed cases[] = {
		{ "list", ONE,
		  "[\n  {\n    \"memdev\":\"mem0\",\n    \"host\":\"0000:0f:00.0\",\n"
		  "    \"ram_size\":268435456\n  }\n]\n",
		  "" },
		/* -u: one element goes without its brackets */
		{ "list -u", ONE,
		  "{\n  \"memdev\":\"mem0\",\n  \"host\":\"0000:0f:00.0\",\n"
		  "  \"ram_size\":268435456\n}\n",
		  "" },
		{ "list -u", TWO,
		  "[\n  {\n    \"memdev\":\"mem0\"\n  },\n  {\n    \"memdev\":\"mem1\"\n  }\n]\n",
		  "" },
		{ "list -u", "{\"list\":[]}", "", "cxlfm list: nothing matches\n" },
		/* numbers of 64 bits stay what they are */
		{ "list", "{\"list\":[{\"serial\":18446744073709551615}]}",
		  "[\n  {\n    \"serial\":18446744073709551615\n  }\n]\n", "" },
		{ "list --tree", "{\"text\":\"root0\\n  port1\\n\"}", "root0\n  port1\n", "" },
		{ "monitor", "{\"change\":{\"what\":\"memdev\",\"path\":\"/x\"}}",
		  "{\"what\":\"memdev\",\"path\":\"/x\"}\n", "" },
		{ "record", "{\"record\":{\"version\":1}}", "{\n  \"version\":1\n}\n", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = cases[i].reply } } };

		run_command(&run, cases[i].line);
		assert_int_equal(run.code, 0);
		assert_string_equal(run.out, cases[i].out);
		assert_string_equal(run.err, cases[i].err);
	}
}

/* How json-c writes an empty array differs between its versions. */
static void an_empty_list_is_printed_and_told(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = "{\"list\":[]}" } } };

	run_command(&run, "list");
	assert_int_equal(run.code, 0);
	assert_true(strcmp(run.out, "[]\n") == 0 || strcmp(run.out, "[\n]\n") == 0);
	assert_string_equal(run.err, "cxlfm list: nothing matches\n");
}

/* As daemon/claim/claim.h describes it; every kind of number that people read differently. */
#define CLAIM                                                                                      \
	"{\"name\":\"database\",\"size\":536870912,\"granularity\":16384,"                         \
	"\"window\":19595788288,\"members\":[{\"serial\":18446744073709551614},"                   \
	"{\"path\":\"a\"}],"                                                                       \
	"\"binding\":{\"resource\":0,\"size\":1073741824,\"members\":[{}]},"                       \
	"\"region\":\"region0\",\"conditions\":[{\"condition\":\"Online\",\"holds\":true,"         \
	"\"reason\":\"GoalReached\",\"since\":1763800000}]}"

/* Behind whitespace, which differs between versions of json-c where a list is empty. */
static void check_json(const char *text, const char *expected)
{
	_cleanup_json_ struct json_object *got = NULL, *wanted = NULL;

	assert_int_equal(json_parse_text(text, strlen(text), &got), 0);
	assert_int_equal(json_parse_text(expected, strlen(expected), &wanted), 0);
	assert_string_equal(json_object_to_json_string(got), json_object_to_json_string(wanted));
}

static void claims_are_printed_as_they_came(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"claims\":[" CLAIM "]}" } },
	};
	_cleanup_run_ struct run none = { .replies = { { .parameters = "{\"claims\":[]}" } } };
	_cleanup_run_ struct run bad = { .replies = { { .parameters = "{\"list\":[]}" } } };

	run_command(&run, "list --claims");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.err, "");
	check_json(run.out, "[" CLAIM "]");
	run_command(&none, "list --claims");
	assert_int_equal(none.code, 0);
	check_json(none.out, "[]");
	run_command(&bad, "list --claims");
	assert_int_equal(bad.code, 8);
	assert_string_equal(bad.out, "");
}

static void claims_have_numbers_for_people(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"claims\":[" CLAIM "]}" } },
	};

	/* 5:30 east of Greenwich, where it is 2025-11-22 08:26:40 */
	assert_int_equal(setenv("TZ", "XXX-5:30", 1), 0);
	tzset();
	run_command(&run, "list --claims -u");
	assert_int_equal(run.code, 0);
	check_json(run.out, "{\"name\":\"database\",\"size\":\"512.00 MiB (536.87 MB)\","
			    "\"granularity\":16384,\"window\":\"0x490000000\","
			    "\"members\":[{\"serial\":\"0xfffffffffffffffe\"},{\"path\":\"a\"}],"
			    "\"binding\":{\"resource\":\"0\",\"size\":\"1024.00 MiB (1073.74 MB)\","
			    "\"members\":[{}]},\"region\":\"region0\","
			    "\"conditions\":[{\"condition\":\"Online\",\"holds\":true,"
			    "\"reason\":\"GoalReached\",\"since\":\"2025-11-22 13:56:40\"}]}");
}

/* The command line knows no kind of claim, and tells a size by its name. */
static void sizes_of_any_kind_are_for_people(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"claims\":[{\"kind\":\"vault\","
					     "\"room_size\":536870912,\"sizes\":536870912}]}" } },
	};

	run_command(&run, "list --claims -u");
	assert_int_equal(run.code, 0);
	check_json(run.out, "{\"kind\":\"vault\",\"room_size\":\"512.00 MiB (536.87 MB)\","
			    "\"sizes\":536870912}");
}

/* What is nothing of ours is left alone. */
static void odd_claims_stay_as_they_are(void **state)
{
	static const char odd[] =
		"[{\"size\":-1,\"window\":null,\"serial\":\"7\",\"since\":1.5,\"resource\":[1]},"
		"null,{\"serial\":-1},{\"since\":9223372036854775807},{\"since\":"
		"18446744073709551615}]";
	_cleanup_run_ struct run run = RUN_NULL;
	char reply[512];

	(void)snprintf(reply, sizeof(reply), "{\"claims\":%s}", odd);
	run.replies[0].parameters = reply;
	run_command(&run, "list --claims -u");
	assert_int_equal(run.code, 0);
	check_json(run.out, odd);
}

/* The topology's sizes become texts in the daemon, the claims' here: nobody is to see that. */
static void sizes_look_the_same_everywhere(void **state)
{
	static const uint64_t sizes[] = {
		0,
		5000 * SIZE_KIB - 1,
		5000 * SIZE_KIB,
		256 * SIZE_MIB,
		2 * SIZE_GIB - 1,
		2 * SIZE_GIB,
		5 * SIZE_GIB + 5 * SIZE_MIB + 1,
		2048 * SIZE_GIB - 1,
		2048 * SIZE_GIB,
		999999999999999,
		INT64_MAX,
		UINT64_MAX,
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_json_ struct json_object *human = units_size(sizes[i], true);
		_cleanup_run_ struct run run = RUN_NULL;
		char reply[128], expected[128];

		(void)snprintf(reply, sizeof(reply), "{\"claims\":[{\"size\":%" PRIu64 "}]}",
			       sizes[i]);
		(void)snprintf(expected, sizeof(expected), "{\"size\":%s}",
			       json_object_to_json_string(human));
		run.replies[0].parameters = reply;
		run_command(&run, "list --claims -u");
		check_json(run.out, expected);
	}
}

static void changes_print_what_they_made(void **state)
{
	static const struct printed cases[] = {
		{ "add-memory 512M",
		  "{\"outcome\":{\"plan\":{},\"region\":{\"region\":\"region0\"},"
		  "\"dax_device\":\"dax0.0\",\"node\":1}}",
		  "{\n  \"region\":{\n    \"region\":\"region0\"\n  },\n"
		  "  \"dax_device\":\"dax0.0\",\n  \"node\":1\n}\n",
		  "" },
		{ "create-region mem0", "{\"outcome\":{\"region\":{\"region\":\"region0\"}}}",
		  "{\n  \"region\":\"region0\"\n}\n", "created 1 region\n" },
		/* with the claim that was made, behind what was there before there were claims */
		{ "add-memory 512M",
		  "{\"outcome\":{\"claim\":\"a\",\"region\":{\"region\":\"region0\"},"
		  "\"dax_device\":\"dax0.0\",\"node\":1}}",
		  "{\n  \"region\":{\n    \"region\":\"region0\"\n  },\n"
		  "  \"dax_device\":\"dax0.0\",\n  \"node\":1,\n  \"claim\":\"a\"\n}\n",
		  "kept as claim a; `cxlfm forget a` ends the claim\n" },
		{ "create-region mem0",
		  "{\"outcome\":{\"claim\":\"a\",\"region\":{\"region\":\"region0\",\"size\":1}}}",
		  "{\n  \"region\":\"region0\",\n  \"size\":1,\n  \"claim\":\"a\"\n}\n",
		  "created 1 region\nkept as claim a; `cxlfm forget a` ends the claim\n" },
		{ "remove-memory region:region0", "{\"outcome\":{\"plan\":{}}}", "",
		  "region0: removed\n" },
		{ "offline-memory region:region0", "{\"outcome\":{\"plan\":{}}}", "",
		  "region0: offline\n" },
		{ "add-memory 512M --dry-run", "{\"outcome\":{\"plan\":{\"region\":\"region0\"}}}",
		  "{\n  \"plan\":{\n    \"region\":\"region0\"\n  }\n}\n", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = cases[i].reply } } };

		run_command(&run, cases[i].line);
		assert_int_equal(run.code, 0);
		assert_string_equal(run.out, cases[i].out);
		assert_string_equal(run.err, cases[i].err);
	}
}

/* cxl-create-region(1) prints numbers for people on a terminal; who prints them best is `list -u`.
 */
static void terminals_get_numbers_for_people(void **state)
{
	_cleanup_run_ struct run run = {
		.out_is_terminal = true,
		.replies = {
			{ .parameters = "{\"outcome\":{\"region\":{\"region\":\"region0\","
					"\"size\":536870912},\"claim\":\"a\"}}" },
			{ .parameters = "{\"list\":[{\"region\":\"region0\","
					"\"size\":\"512.00 MiB (536.87 MB)\"}]}" },
		},
	};

	run_command(&run, "create-region mem0");
	assert_int_equal(run.code, 0);
	assert_int_equal(run.call_count, 2);
	assert_string_equal(
		run.calls[1],
		"io.cxlfm.Host.List {\"options\":{\"show\":[\"targets\",\"regions\",\"dax\"],"
		"\"idle\":true,\"human\":true,\"region\":\"region0\"}}");
	assert_string_equal(run.out, "{\n  \"region\":\"region0\",\n"
				     "  \"size\":\"512.00 MiB (536.87 MB)\",\n"
				     "  \"claim\":\"a\"\n}\n");
}

static void steps_become_a_progress_line(void **state)
{
	_cleanup_run_ struct run run = {
		.err_is_terminal = true,
		.replies = {
			{ .parameters = "{\"outcome\":{\"step\":1,\"steps\":12,"
					"\"text\":\"region0: size 0 -> 536870912\"}}",
			  .continues = true },
			{ .parameters = "{\"outcome\":{\"step\":2,\"steps\":12,"
					"\"text\":\"region0: a text that is longer than the terminal\"}}",
			  .continues = true },
			{ .parameters = "{\"outcome\":{\"plan\":{}}}" },
		},
	};

	run_command(&run, "remove-memory region:region0");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.err, "\r\033[K[1/12] region0: size 0 -> 536870912"
				     /* 39 of 40 columns */
				     "\r\033[K[2/12] region0: a text that is longer t"
				     "\r\033[K"
				     "region0: removed\n");
	assert_non_null(strstr(run.calls[0], " more"));
}

#define PLAN                                                                                       \
	"{\"region\":\"region0\",\"window\":\"decoder0.1\",\"hpa\":19595788288,"                   \
	"\"size\":536870912,\"type\":\"ram\",\"ways\":2,\"granularity\":1024,"                     \
	"\"members\":[{\"position\":0,\"memdev\":\"mem1\",\"serial\":2,\"decoder\":\"decoder5."    \
	"0\","                                                                                     \
	"\"dpa\":0,\"dpa_size\":268435456},{\"position\":1,\"memdev\":\"mem0\",\"serial\":1,"      \
	"\"decoder\":\"decoder3.0\",\"dpa\":268435456,\"dpa_size\":268435456}],"                   \
	"\"dax_device\":\"dax0.0\",\"target_node\":1,\"why\":\"it comes first\","                  \
	"\"steps\":[{\"property\":\"region\",\"object\":\"region0\",\"index\":0,\"from\":\"\","    \
	"\"to\":\"ram@decoder0.1\",\"text\":\"region0: region none -> ram@decoder0.1\"},"          \
	"{\"property\":\"decoder-dpa\",\"object\":\"decoder5.0\",\"index\":0,\"from\":\"0\","      \
	"\"to\":\"268435456\",\"text\":\"decoder5.0: dpa size 0 -> 256M\"}],"                      \
	"\"refusals\":[{\"code\":\"not-preferred\",\"object\":\"decoder0.0\",\"text\":"            \
	"\"it interleaves 1 way\",\"hint\":null}]}"

#define PLAN_TEXT                                                                                  \
	"region0: 512M of ram in decoder0.1 at 0x490000000, 2 ways of 1024 bytes\n"                \
	"  position 0: mem1, decoder5.0, 256M from 0x0\n"                                          \
	"  position 1: mem0, decoder3.0, 256M from 0x10000000\n"                                   \
	"  memory: dax0.0 in NUMA node 1\n"                                                        \
	"  why: it comes first\n"                                                                  \
	"Steps:\n"                                                                                 \
	"   1  region0: region none -> ram@decoder0.1\n"                                           \
	"   2  decoder5.0: dpa size 0 -> 256M\n"                                                   \
	"Remarks:\n"                                                                               \
	"  decoder0.0: it interleaves 1 way\n"

static void plans_are_lists_for_people(void **state)
{
	_cleanup_run_ struct run asked = {
		.replies = { { .parameters = "{\"outcome\":{\"plan\":" PLAN "}}" } },
	};
	_cleanup_run_ struct run terminal = {
		.out_is_terminal = true,
		.replies = { { .parameters = "{\"outcome\":{\"plan\":" PLAN "}}" } },
	};
	_cleanup_run_ struct run empty = {
		.replies = { { .parameters = "{\"outcome\":{\"plan\":{\"steps\":[]}}}" } },
	};

	run_command(&asked, "add-memory 512M --dry-run -u");
	assert_string_equal(asked.out, PLAN_TEXT);
	run_command(&terminal, "create-region -s 512M --dry-run");
	assert_string_equal(terminal.out, PLAN_TEXT);
	run_command(&empty, "offline-memory region:region0 --dry-run -u");
	assert_string_equal(empty.out, "There is nothing to do.\n");
}

/* A region that somebody has left unfinished; of a decoder whose memdev has gone its DPA may be
 * known. */
static void positions_may_be_empty(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"outcome\":{\"plan\":{\"region\":\"region0\","
					     "\"size\":536870912,"
					     "\"type\":\"ram\",\"ways\":2,\"granularity\":256,"
					     "\"members\":["
					     "{\"position\":0},{\"position\":1,\"decoder\":"
					     "\"decoder3.0\","
					     "\"dpa_size\":268435456}],\"steps\":[]}}}" } },
	};

	run_command(&run, "remove-memory region:region0 --dry-run -u");
	assert_string_equal(run.out, "region0: 512M of ram, 2 ways of 256 bytes\n"
				     "  position 0: empty\n"
				     "  position 1: unknown memdev, decoder3.0, 256M\n"
				     "There is nothing to do.\n");
}

static void force_says_what_is_given_up(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"outcome\":{\"plan\":" PLAN "}}" },
			     { .parameters = "{\"outcome\":{\"plan\":" PLAN "}}" } },
	};

	run_command(&run, "remove-memory region:region0 --force");
	assert_int_equal(run.code, 0);
	assert_int_equal(run.call_count, 2);
	assert_string_equal(run.calls[0],
			    "io.cxlfm.Host.RemoveRegion {\"keep_region\":false,\"force\":true,"
			    "\"region\":\"region0\",\"dry_run\":true}");
	assert_string_equal(run.calls[1],
			    "io.cxlfm.Host.RemoveRegion {\"keep_region\":false,\"force\":true,"
			    "\"region\":\"region0\",\"dry_run\":false}");
	assert_string_equal(run.err, "cxlfm remove-memory: --force goes on in spite of this:\n"
				     "  decoder0.0: it interleaves 1 way\n"
				     "region0: removed\n");
}

/* ESC, DEL and, as UTF-8, CSI of ISO 6429: what a record from elsewhere may hold */
static void terminals_obey_nobody_else(void **state)
{
	static const char list[] = "{\"list\":[{\"host\":\"a\x7f"
				   "b\xc2\x9b"
				   "1m\xc3\xa9\"}]}";
	_cleanup_run_ struct run refused = {
		.replies = { { "io.cxlfm.Host.Refused", "{\"refusals\":[{\"code\":\"x\",\"object\":"
							"\"\\u001bc\",\"text\":\"\\u0007\","
							"\"hint\":\"\\r\"}]}" } },
	};
	_cleanup_run_ struct run listed = { .replies = { { .parameters = list } } };

	run_command(&refused, "add-memory 1G");
	assert_string_equal(refused.err, "cxlfm add-memory: refused; nothing was changed\n"
					 "  ?c: ? (?)\n");
	run_command(&listed, "list");
	assert_string_equal(listed.out,
			    "[\n  {\n    \"host\":\"a\\u007fb\\u009b1m\xc3\xa9\"\n  }\n]\n");
}

static void no_terminal_no_progress(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"outcome\":{\"plan\":{}}}" } },
	};

	run_command(&run, "remove-memory region:region0");
	assert_string_equal(run.err, "region0: removed\n");
	/* Nobody asks for what nobody sees. */
	assert_null(strstr(run.calls[0], " more"));
}

static void a_line_is_cut_between_characters(void **state)
{
	char *text = NULL;
	size_t size;
	struct progress progress = { .stream = open_memstream(&text, &size), .columns = 12 };

	assert_non_null(progress.stream);
	progress_show(&progress, 1, 2, "r\xc3\xa9gion\xe2\x86\x92");
	progress_show(&progress, 1, 2, "");
	progress_clear(&progress);
	progress_clear(&progress);
	(void)fclose(progress.stream);
	assert_string_equal(text, "\r\033[K[1/2] r\xc3\xa9gio\r\033[K[1/2] \r\033[K");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_look_as_cxl_prints_them),
		cmocka_unit_test(an_empty_list_is_printed_and_told),
		cmocka_unit_test(claims_are_printed_as_they_came),
		cmocka_unit_test(claims_have_numbers_for_people),
		cmocka_unit_test(sizes_of_any_kind_are_for_people),
		cmocka_unit_test(odd_claims_stay_as_they_are),
		cmocka_unit_test(sizes_look_the_same_everywhere),
		cmocka_unit_test(changes_print_what_they_made),
		cmocka_unit_test(terminals_get_numbers_for_people),
		cmocka_unit_test(steps_become_a_progress_line),
		cmocka_unit_test(plans_are_lists_for_people),
		cmocka_unit_test(positions_may_be_empty),
		cmocka_unit_test(force_says_what_is_given_up),
		cmocka_unit_test(terminals_obey_nobody_else),
		cmocka_unit_test(no_terminal_no_progress),
		cmocka_unit_test(a_line_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

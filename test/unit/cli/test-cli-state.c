// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of declared state: what is asked for a file, and what is told of it. Changes and what
 * became of them are as io.cxlfm.Host describes the answers of DiffState and Apply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/state-diff.h"
#include "cli/state-text.h"
#include "fake-link.h"
#include "util/json.h"
#include "util/units.h"

#define FILE_NAME "state.yaml"

#define CALL(method) "io.cxlfm.Host." method " "
#define DIFF	     CALL("DiffState") "{\"claims\":[{\"name\":\"web\",\"size\":536870912}]}"
#define APPLY	     CALL("Apply") "{\"claims\":[{\"name\":\"web\",\"size\":536870912}]}"

#define CLAIM(name)                                                                                \
	"{\"name\":\"" name "\",\"size\":536870912,\"type\":\"ram\",\"goal\":\"system_ram\"}"

#define REMOVE_OLD "{\"action\":\"remove\",\"name\":\"old\"}"
#define MAKE_DB_ANEW                                                                               \
	"{\"action\":\"change\",\"name\":\"db\",\"anew\":true,\"claim\":" CLAIM(                   \
		"db") ",\"changes\":{\"size\":{\"from\":268435456,\"to\":536870912}}}"
#define CHANGE_CACHE                                                                               \
	"{\"action\":\"change\",\"name\":\"cache\",\"claim\":" CLAIM(                              \
		"cache") ",\"changes\":{\"zone\":{\"from\":\"movable\",\"to\":\"kernel\"}}}"
#define MAKE_WEB "{\"action\":\"make\",\"name\":\"web\",\"claim\":" CLAIM("web") "}"

#define CHANGES(list) "{\"changes\":[" list "],\"state\":7}"
#define ALL	      CHANGES(REMOVE_OLD "," MAKE_DB_ANEW "," CHANGE_CACHE "," MAKE_WEB)
#define DONE(list)    "{\"outcome\":{\"done\":[" list "]}}"

/* What became of a change, as io.cxlfm.Host.Apply tells it. */
#define MADE(action, name) "{\"action\":\"" action "\",\"name\":\"" name "\",\"outcome\":{}}"
#define MADE_ANEW(name)	   "{\"action\":\"change\",\"name\":\"" name "\",\"anew\":true,\"outcome\":{}}"
#define FAILED(name, error, parameters)                                                            \
	"{\"action\":\"make\",\"name\":\"" name "\",\"error\":\"io.cxlfm.Host." error              \
	"\",\"parameters\":" parameters "}"

static void write_file(const char *text)
{
	FILE *file = fopen(FILE_NAME, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int enter_folder(void **state)
{
	static char folder[] = "/tmp/test-cli-state-XXXXXX";

	*state = mkdtemp(folder);
	return *state && chdir(*state) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	(void)unlink(FILE_NAME);
	return chdir("/") < 0 || rmdir(*state) < 0 ? -1 : 0;
}

static int write_usual_file(void **state)
{
	write_file("claims:\n- {name: web, size: 512M}\n");
	return 0;
}

static void assert_calls(const struct run *run, const char *const *calls, size_t count)
{
	assert_int_equal(run->call_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(run->calls[i], calls[i]);
}

/* ---- apply ---- */

static void apply_is_one_call(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = DONE(
				       MADE("forget", "found") "," MADE("remove", "old") "," MADE_ANEW(
					       "db") "," MADE("change",
							      "cache") "," MADE("make", "web")) } },
	};

	run_command(&run, "apply " FILE_NAME);
	assert_int_equal(run.code, 0);
	assert_int_equal(run.call_count, 1);
	assert_string_equal(run.calls[0], APPLY);
	assert_true(run.caught);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "forgot found\nremoved old\nmade db anew\nchanged cache\n"
				     "made web\napplied 5 changes\n");
}

static void what_is_not_waited_for_has_an_id(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"outcome\":{\"change\":\"7h2k9qd-1\"}}" } }
	};

	run_command(&run, "apply --no-wait --request nightly " FILE_NAME);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.calls[0],
			    CALL("Apply") "{\"claims\":[{\"name\":\"web\",\"size\":536870912}],"
					  "\"no_wait\":true,\"request_id\":\"nightly\"}");
	assert_false(run.caught);
	assert_string_equal(run.out, "7h2k9qd-1\n");
	assert_string_equal(run.err, "");
}

static void one_change_is_one(void **state)
{
	_cleanup_run_ struct run run = { .replies = {
						 { .parameters = DONE(MADE("make", "web")) } } };

	run_command(&run, "apply " FILE_NAME);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.err, "made web\napplied 1 change\n");
}

static void nothing_to_change_changes_nothing(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = DONE("") } } };

	run_command(&run, "apply " FILE_NAME);
	assert_int_equal(run.code, 0);
	assert_int_equal(run.call_count, 1);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "nothing to change\n");
}

#define REFUSED "{\"refusals\":[{\"code\":\"x\",\"text\":\"it is full\"}]}"
#define STEP(undone, busy)                                                                         \
	"{\"refusals\":[],\"step\":{},\"undone\":" undone ",\"busy\":" busy ",\"leftover\":[]}"
#define BUSY	 STEP("true", "true")
#define LEFTOVER STEP("false", "false")

/* What fails is said as its own verb would say it, with its claim, and so is what is behind it. */
static void each_failure_is_told(void **state)
{
	static const struct {
		const char *done;
		int code;
		const char *err;
	} cases[] = {
		{ DONE(FAILED("db", "Failed", BUSY)), 4,
		  "cxlfm apply: db: the kernel keeps the memory in use (at an unnamed step); "
		  "everything was put back\napplied 0 changes, 1 failed\n" },
		{ DONE(FAILED("db", "Refused", REFUSED) "," FAILED("web", "Failed", BUSY)), 3,
		  "cxlfm apply: db: refused; nothing was changed\n  it is full\n"
		  "cxlfm apply: web: the kernel keeps the memory in use (at an unnamed step); "
		  "everything was put back\napplied 0 changes, 2 failed\n" },
		{ DONE(MADE("remove", "old") "," FAILED("db", "Refused", REFUSED) "," MADE("make",
											   "web")),
		  12,
		  "removed old\ncxlfm apply: db: refused; nothing was changed\n  it is full\n"
		  "made web\napplied 2 changes, 1 failed\n" },
		{ DONE(FAILED("db", "Cancelled", "{\"text\":\"user 7 has cancelled it\"}")), 1,
		  "cxlfm apply: db: user 7 has cancelled it; everything is as it was\n"
		  "applied 0 changes, 1 failed\n" },
		{ DONE(FAILED("db", "Unheard", "{}")), 8,
		  "cxlfm apply: db: io.cxlfm.Host.Unheard\napplied 0 changes, 1 failed\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = cases[i].done } } };

		run_command(&run, "apply " FILE_NAME);
		assert_int_equal(run.code, cases[i].code);
		assert_string_equal(run.err, cases[i].err);
	}
}

/* Whatever else was made: an admin has to look. */
static void what_is_left_over_is_worst(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = DONE(MADE("make", "a") "," FAILED(
				       "b", "Refused", REFUSED) "," FAILED("c", "Failed",
									   LEFTOVER)) } },
	};

	run_command(&run, "apply " FILE_NAME);
	assert_int_equal(run.code, 5);
	assert_non_null(strstr(run.err, "applied 1 change, 2 failed\n"));
}

static void an_interrupt_says_what_stays(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .rc = -EINTR } } };

	run_command(&run, "apply " FILE_NAME);
	assert_int_equal(run.code, 9);
	assert_string_equal(run.err,
			    "cxlfm apply: interrupted: cxlfmd takes back what it has done of the "
			    "change under way; the changes before stay\n  'cxlfm changes' shows "
			    "the progress, 'cxlfm list -RDi' what is there now\n");
}

static void steps_are_shown_on_a_terminal(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"outcome\":{\"step\":1,\"steps\":2,"
					     "\"text\":\"x\",\"claim\":\"web\",\"part\":3,"
					     "\"parts\":9}}",
			       .continues = true },
			     { .parameters = DONE(MADE("make", "web")) } },
		.err_is_terminal = true,
	};

	run_command(&run, "apply " FILE_NAME);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.calls[0], APPLY " more");
	assert_string_equal(run.err,
			    "\r\033[K[1/2] web (3 of 9): x\r\033[Kmade web\napplied 1 change\n");
}

/* What is not understood as a whole is not begun. */
static void odd_answers_change_nothing(void **state)
{
	static const char *const answers[] = {
		"{}",
		"{\"changes\":{}}",
		CHANGES(REMOVE_OLD ",1"),
		CHANGES(REMOVE_OLD ",{\"name\":\"a\"}"),
		CHANGES(REMOVE_OLD ",{\"action\":\"remove\"}"),
		CHANGES(REMOVE_OLD ",{\"action\":\"rename\",\"name\":\"a\"}"),
		CHANGES(REMOVE_OLD ",{\"action\":\"make\",\"name\":\"a\"}"),
		CHANGES(REMOVE_OLD ",{\"action\":\"change\",\"name\":\"a\",\"claim\":{}}"),
		CHANGES(REMOVE_OLD ",{\"action\":\"change\",\"name\":\"a\",\"changes\":{}}"),
		CHANGES(REMOVE_OLD ",{\"action\":\"change\",\"name\":\"a\",\"anew\":1,"
				   "\"claim\":{},\"changes\":{}}"),
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct json_object *answer = json_tokener_parse(answers[i]), *changes;
		struct state_diff diff = STATE_DIFF_NULL;

		assert_non_null(answer);
		if (json_get_array(answer, "changes", &changes) == 0)
			assert_int_equal(state_diff_read(changes, &diff), -EINVAL);
		state_diff_deinit(&diff);
		(void)json_object_put(answer);
	}
	for (size_t i = 0; i < 3; i++) {
		_cleanup_run_ struct run run = RUN_NULL;

		/* The interface lets the third pass, and so has to be looked at here. */
		run.replies[0].parameters = answers[i == 2 ? 6 : i];
		run_command(&run, "diff -u " FILE_NAME);
		assert_int_equal(run.code, 8);
		assert_int_equal(run.call_count, 1);
		assert_non_null(strstr(run.err, "lacks what cxlfm"));
	}
}

static void odd_results_are_told(void **state)
{
	static const char *const answers[] = { "{}", "{\"outcome\":{}}", "{\"outcome\":1}" };

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = answers[i] } } };

		run_command(&run, "apply " FILE_NAME);
		assert_int_equal(run.code, 8);
		assert_non_null(strstr(run.err, "lacks what cxlfm"));
	}
}

/* Both are printed; what was adopted is not taken down, and comes first. */
static void what_was_adopted_is_forgotten(void **state)
{
	_cleanup_run_ struct run difference = {
		.replies = { { .parameters = CHANGES("{\"action\":\"forget\",\"name\":\"found\"}"
						     "," REMOVE_OLD) } },
	};

	run_command(&difference, "diff -u " FILE_NAME);
	assert_string_equal(difference.out, "forget found\nremove old\n");
}

/* ---- diff ---- */

#define LINES                                                                                      \
	"remove old\nmake db anew: size 256M -> 512M\nchange cache: zone movable -> kernel\n"      \
	"make web: size 512M, type ram, goal system_ram\n"

static void diff_is_a_line_for_each_change(void **state)
{
	static const struct {
		const char *line;
		bool terminal;
	} cases[] = {
		{ "diff -u " FILE_NAME, false },
		{ "diff --human " FILE_NAME, false },
		{ "diff " FILE_NAME, true },
		{ "apply " FILE_NAME " --dry-run", true },
		{ "--snapshot " FILE_NAME " apply " FILE_NAME " --dry-run", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = {
			.replies = { { .parameters = ALL } },
			.out_is_terminal = cases[i].terminal,
		};

		run_command(&run, cases[i].line);
		assert_int_equal(run.code, 0);
		assert_int_equal(run.call_count, 1);
		assert_string_equal(run.calls[0], DIFF);
		assert_string_equal(run.out, LINES);
		assert_string_equal(run.err, "");
		assert_false(run.caught);
	}
}

static void programs_get_the_changes_as_they_came(void **state)
{
	static const char *const lines[] = {
		"diff " FILE_NAME,
		"apply --dry-run " FILE_NAME,
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = ALL } } };
		_cleanup_json_ struct json_object *got = NULL, *wanted = json_tokener_parse(ALL);

		run_command(&run, lines[i]);
		assert_int_equal(run.code, 0);
		assert_int_equal(run.call_count, 1);
		got = json_tokener_parse(run.out);
		assert_true(json_object_equal(got, json_object_object_get(wanted, "changes")) == 1);
		assert_string_equal(run.err, "");
	}
}

static void no_difference_is_no_line(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = CHANGES("") } } };

	run_command(&run, "diff -u " FILE_NAME);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "nothing to change\n");
}

#define CHANGE_DB(changes)                                                                         \
	"[{\"action\":\"change\",\"name\":\"db\",\"claim\":{},\"changes\":{" changes "}}]"

static void values_are_written_for_people(void **state)
{
	static const struct {
		const char *changes, *text;
	} cases[] = {
		{ CHANGE_DB("\"size\":{\"from\":536870912,\"to\":536870913}"),
		  "change db: size 512M -> 536870913\n" },
		{ CHANGE_DB("\"goal\":{\"from\":\"devdax\",\"to\":\"system_ram\"},"
			    "\"zone\":{\"from\":null,\"to\":\"movable\"}"),
		  "change db: goal devdax -> system_ram, zone none -> movable\n" },
		{ CHANGE_DB("\"window\":{\"from\":19595788288,\"to\":null}"),
		  "change db: window 0x490000000 -> none\n" },
		{ CHANGE_DB("\"disabled\":{\"from\":false,\"to\":true},"
			    "\"ways\":{\"from\":2,\"to\":4}"),
		  "change db: disabled false -> true, ways 2 -> 4\n" },
		{ CHANGE_DB("\"members\":{\"from\":[{\"serial\":31},{\"path\":\"p/q\"}],"
			    "\"to\":[{\"serial\":18446744073709551614}]}"),
		  "change db: members 0x1f p/q -> 0xfffffffffffffffe\n" },
		{ "[{\"action\":\"make\",\"name\":\"b\",\"claim\":{\"size\":4096,\"type\":\"pmem\","
		  "\"goal\":\"region\"}}]",
		  "make b: size 4K, type pmem, goal region\n" },
		/* Of a kind that this program has never heard of. */
		{ "[{\"action\":\"make\",\"name\":\"c\",\"claim\":{\"name\":\"c\",\"kind\":"
		  "\"link\","
		  "\"ends\":[\"a\",3,{\"serial\":10}],\"rate\":{\"least\":4},"
		  "\"queue_size\":2097152}}]",
		  "make c: kind link, ends a 3 0xa, rate { \"least\": 4 }, queue_size 2M\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_json_ struct json_object *changes = json_tokener_parse(cases[i].changes);
		struct state_diff diff = STATE_DIFF_NULL;
		_cleanup_free_ char *text = NULL;

		assert_int_equal(state_diff_read(changes, &diff), 0);
		text = state_diff_to_text(&diff);
		assert_string_equal(text, cases[i].text);
		state_diff_deinit(&diff);
	}
}

static void a_terminal_obeys_no_answer(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = CHANGES(
				       "{\"action\":\"remove\",\"name\":\"a\\u001b[2J\"}") } },
		.out_is_terminal = true,
	};

	run_command(&run, "diff " FILE_NAME);
	assert_string_equal(run.out, "remove a?[2J\n");
}

/* ---- export ---- */

static void export_is_a_file_for_apply(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { { .parameters = "{\"claims\":[{\"name\":\"web\",\"size\":536870912}],"
					     "\"more\":1,\"state\":7}" } },
	};
	_cleanup_run_ struct run again = { .replies = { { .parameters = DONE("") } } };

	run_command(&run, "export");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.calls[0], CALL("ExportState") "{}");
	write_file(run.out);
	run_command(&again, "apply " FILE_NAME);
	assert_int_equal(again.code, 0);
	assert_string_equal(again.calls[0], APPLY);
}

#define PART(name, more, state)                                                                    \
	{ .parameters =                                                                            \
		  "{\"claims\":[{\"name\":\"" name "\"}],\"more\":" more ",\"state\":" state "}" }

/* Of "a" there is another wish when "b" is told: "a" is asked for again. */
static void an_export_is_of_one_state(void **state)
{
	static const char *const calls[] = {
		CALL("ExportState") "{}",
		CALL("ExportState") "{\"after\":\"a\"}",
		CALL("ExportState") "{}",
		CALL("ExportState") "{\"after\":\"a2\"}",
	};
	_cleanup_run_ struct run run = {
		.replies = { PART("a", "true", "7"), PART("b", "false", "8"),
			     PART("a2", "true", "8"), PART("b", "false", "8") }
	};

	run_command(&run, "export");
	assert_int_equal(run.code, 0);
	assert_calls(&run, calls, 4);
	assert_non_null(strstr(run.out, "\"a2\""));
	assert_null(strstr(run.out, "\"a\""));
}

static void an_export_of_no_one_state_is_none(void **state)
{
	_cleanup_run_ struct run run = {
		.replies = { PART("a", "true", "1"), PART("b", "true", "2"), PART("a", "true", "3"),
			     PART("b", "true", "4"), PART("a", "true", "5"), PART("b", "true", "6"),
			     PART("a", "true", "7"), PART("b", "true", "8"), PART("a", "true", "9"),
			     PART("b", "true", "10"), PART("a", "false", "11") }
	};

	run_command(&run, "export");
	assert_int_equal(run.code, 1);
	assert_int_equal(run.call_count, 10);
	assert_string_equal(run.out, "");
	assert_string_equal(
		run.err,
		"cxlfm export: others changed claims during each of 5 attempts to compare them; "
		"nothing was changed, try again when the other changes have ended\n");
}

static void an_export_without_claims_is_none(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = "{}" } } };

	run_command(&run, "export");
	assert_int_equal(run.code, 8);
	assert_string_equal(run.out, "");
}

/* ---- what is not sent ---- */

static void bad_files_are_not_sent(void **state)
{
	static const struct {
		const char *text, *err;
	} cases[] = {
		{ "claims:\n- size: much\n", FILE_NAME
		  ":2:9: \"size\" is not a size (give bytes, or a number with K, M, G or T "
		  "such as 512M)\n" },
		{ "claims: []\nclaims: []\n",
		  FILE_NAME ":2:1: two members have the same name (leave one of them out)\n" },
		{ "[]", FILE_NAME
		  ": the file has no list \"claims\" (write \"claims: []\" to want none)\n" },
		{ "{}", FILE_NAME
		  ": the file has no list \"claims\" (write \"claims: []\" to want none)\n" },
		{ "claims:\n", FILE_NAME
		  ": the file has no list \"claims\" (write \"claims: []\" to want none)\n" },
		{ "claims: []\nclaim: []\n",
		  FILE_NAME ": the file has a member besides \"claims\" (look for a misspelling, "
			    "or leave the member out)\n" },
		{ "claims: [{}, web]\n", FILE_NAME
		  ": claims[1] is not a claim (write its members, such as name and size)\n" },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = RUN_NULL;
		char err[256];

		write_file(cases[i / 2].text);
		run_command(&run, i % 2 ? "apply " FILE_NAME : "diff " FILE_NAME);
		(void)snprintf(err, sizeof(err), "cxlfm %s: %s", i % 2 ? "apply" : "diff",
			       cases[i / 2].err);
		assert_int_equal(run.code, 2);
		assert_int_equal(run.call_count, 0);
		assert_string_equal(run.err, err);
	}
}

static void bad_lines_are_not_sent(void **state)
{
	static const struct {
		const char *line, *err;
	} cases[] = {
		{ "apply", "cxlfm apply: FILE is missing: name a file, or - for standard input\n" },
		{ "diff ''", "cxlfm diff: FILE is empty: name a file, or - for standard input\n" },
		{ "diff a b", "cxlfm diff: \"b\" is one file too many: give one\n" },
		{ "apply none.yaml", "cxlfm apply: can't read none.yaml: No such file or "
				     "directory\n" },
		{ "diff .", "cxlfm diff: can't read .: Is a directory\n" },
		{ "export a", "cxlfm export: \"a\" is too much: send the output to a file\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_run_ struct run run = RUN_NULL;

		run_command(&run, cases[i].line);
		assert_int_equal(run.code, 2);
		assert_int_equal(run.call_count, 0);
		if (strncmp(run.err, cases[i].err, strlen(cases[i].err)) != 0)
			fail_msg("%s: %s", cases[i].line, run.err);
	}
}

/* The units change where `list --claims -u` changes them. */
static void sizes_have_the_units_of_lists(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 bytes" },
		{ 5119999, "5119999 bytes" },
		{ 5120000, "4.88 MiB" },
		{ UINT64_C(1) << 31, "2.00 GiB" },
		{ (UINT64_C(1) << 31) - 1, "2048.00 MiB" },
		{ UINT64_MAX, "16777216.00 TiB" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[UNITS_TEXT_MAX];

		assert_string_equal(units_text(cases[i].bytes, text), cases[i].text);
	}
}

#define TEST(function) cmocka_unit_test_setup(function, write_usual_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(apply_is_one_call),
		TEST(what_was_adopted_is_forgotten),
		TEST(what_is_not_waited_for_has_an_id),
		TEST(one_change_is_one),
		TEST(nothing_to_change_changes_nothing),
		TEST(each_failure_is_told),
		TEST(what_is_left_over_is_worst),
		TEST(an_interrupt_says_what_stays),
		TEST(steps_are_shown_on_a_terminal),
		TEST(odd_answers_change_nothing),
		TEST(odd_results_are_told),
		TEST(diff_is_a_line_for_each_change),
		TEST(programs_get_the_changes_as_they_came),
		TEST(no_difference_is_no_line),
		TEST(values_are_written_for_people),
		TEST(a_terminal_obeys_no_answer),
		TEST(export_is_a_file_for_apply),
		TEST(an_export_is_of_one_state),
		TEST(an_export_of_no_one_state_is_none),
		TEST(an_export_without_claims_is_none),
		TEST(bad_files_are_not_sent),
		TEST(bad_lines_are_not_sent),
		cmocka_unit_test(sizes_have_the_units_of_lists),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}

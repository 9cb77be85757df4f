// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad command lines: one complaint that names the option, says what is wrong and what to do; exit
 * code 2; and nobody is bothered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fake-link.h"

struct bad_line {
	const char *line;
	const char *complaint; /* without "cxlfm VERB: " and the line about help */
};

#define NO_SIZE " is not a size: give bytes, or a number with K, M, G or T such as 512M"
#define NO_WAYS " is not a number of ways: use 1, 2, 3, 4, 6, 8, 12 or 16 ways"
#define NO_CLAIM_NAME                                                                              \
	" is not a name for a claim: use up to 63 of a-z, 0-9, \".\", \"_\" and \"-\", of which "  \
	"the "                                                                                     \
	"first is a letter or a digit"
#define NO_GRANULARITY                                                                             \
	" is not an interleave granularity: use 256, 512, 1024, 2048, 4096, 8192 or 16384"

#define ONLY_CLAIMS "--claims shows all claims: leave the other options but -u out"

static const struct bad_line lines[] = {
	/* sizes */
	{ "add-memory", "SIZE is missing: give a size such as 512M" },
	{ "add-memory 0", "SIZE: the size is 0: give a size above 0 such as 512M" },
	{ "add-memory 0G", "SIZE: the size is 0: give a size above 0 such as 512M" },
	{ "add-memory -1G", "SIZE: \"-1G\" is negative: give a size above 0 such as 512M" },
	{ "add-memory 1.5G", "SIZE: \"1.5G\"" NO_SIZE },
	{ "add-memory 512X", "SIZE: \"512X\"" NO_SIZE },
	{ "add-memory all", "SIZE: \"all\"" NO_SIZE },
	{ "add-memory ''", "SIZE: \"\"" NO_SIZE },
	{ "add-memory 9223372036854775808",
	  "SIZE: \"9223372036854775808\" is more than 8 EiB: give a smaller size" },
	{ "add-memory 99999999999999999999",
	  "SIZE: \"99999999999999999999\" is more than 8 EiB: give a smaller size" },
	{ "add-memory 16384P", "SIZE: \"16384P\" is more than 8 EiB: give a smaller size" },
	{ "create-region -s 0", "--size: the size is 0: give a size above 0 such as 512M" },
	{ "create-region -s -1", "--size: \"-1\" is negative: give a size above 0 such as 512M" },
	{ "create-region --size=1K5", "--size: \"1K5\"" NO_SIZE },

	/* interleave: 1 2 4 8 16 and 3 6 12 ways, 256 bytes to 16 KiB (CXL r3.1 8.2.4.20.7) */
	{ "add-memory 1G -w 0", "--ways: \"0\"" NO_WAYS },
	{ "add-memory 1G -w 5", "--ways: \"5\"" NO_WAYS },
	{ "add-memory 1G -w 7", "--ways: \"7\"" NO_WAYS },
	{ "add-memory 1G -w 9", "--ways: \"9\"" NO_WAYS },
	{ "add-memory 1G -w 32", "--ways: \"32\"" NO_WAYS },
	{ "add-memory 1G -w -2", "--ways: \"-2\"" NO_WAYS },
	{ "add-memory 1G -w +2", "--ways: \"+2\"" NO_WAYS },
	{ "add-memory 1G -w 0x2", "--ways: \"0x2\"" NO_WAYS },
	{ "add-memory 1G -w ' 2'", "--ways: \" 2\"" NO_WAYS },
	{ "add-memory 1G -w 4294967298", "--ways: \"4294967298\"" NO_WAYS },
	{ "create-region -w two", "--ways: \"two\"" NO_WAYS },
	{ "create-region -g 128", "--granularity: \"128\"" NO_GRANULARITY },
	{ "create-region -g 32768", "--granularity: \"32768\"" NO_GRANULARITY },
	{ "create-region -g 1000", "--granularity: \"1000\"" NO_GRANULARITY },
	{ "create-region -g 0", "--granularity: \"0\"" NO_GRANULARITY },
	{ "create-region -g -256", "--granularity: \"-256\"" NO_GRANULARITY },
	{ "create-region -g fine", "--granularity: \"fine\"" NO_GRANULARITY },

	/* memdevs */
	{ "create-region -m mem0 mem1 mem0", "memdev mem0 is named twice: name each one once" },
	{ "add-memory 1G --memdevs mem0,mem0", "memdev mem0 is named twice: name each one once" },
	{ "add-memory 1G -m mem0 mem0", "memdev mem0 is named twice: name each one once" },
	{ "add-memory 1G -m ,", "\",\" names no memdev" },
	{ "create-region ''", "\"\" names no memdev" },
	{ "create-region -w 4 mem0 mem1",
	  "--ways: 4 ways need 4 memdevs, but 2 are named: name as many memdevs as ways, or leave "
	  "one of the two out" },
	{ "create-region -w 2 mem0",
	  "--ways: 2 ways need 2 memdevs, but 1 is named: name as many memdevs as ways, or leave "
	  "one of the two out" },
	{ "create-region mem0 mem1 mem2 mem3 mem4",
	  "5 memdevs can't be interleaved: name 1, 2, 3, 4, 6, 8, 12 or 16" },

	/* words */
	{ "create-region -t dram",
	  "--type: \"dram\" is not possible: use ram or pmem or volatile: did you mean ram?" },
	{ "add-memory 1G -t pmem", "--type: \"pmem\" is not possible: use ram" },
	{ "add-memory 1G -t rma", "--type: \"rma\" is not possible: use ram" },
	{ "add-memory 1G --zone movble",
	  "--zone: \"movble\" is not possible: use movable or kernel: did you mean movable?" },
	{ "add-memory 1G --mode systemram", "--mode: \"systemram\" is not possible: use system-ram "
					    "or devdax: did you mean system-ram?" },
	{ "adopt region0 --drift levae",
	  "--drift: \"levae\" is not possible: use mend or leave: did you mean leave?" },
	{ "wait --for online", "--for: \"online\" is not possible: use Planned or Carved or Online "
			       "or Degraded or Lost or "
			       "Stalled: did you mean Online?" },
	{ "add-memory 1G --zone normal",
	  "--zone: \"normal\" is not possible: use movable or kernel" },
	{ "add-memory 1G --mode ram", "--mode: \"ram\" is not possible: use system-ram or devdax" },
	{ "add-memory 1G --mode devdax --zone movable",
	  "--zone: a devdax device is in no zone: leave --zone or --mode devdax out" },
	{ "create-region -U 1234",
	  "--uuid: \"1234\" is not a UUID: make one with uuidgen, or leave it out to get one" },
	{ "create-region -U 0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0g",
	  "--uuid: \"0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0g\" is not a UUID: make one with uuidgen, "
	  "or "
	  "leave it out to get one" },
	{ "create-region -U 0aab5a1e00b5a-4b1a-a1a3-6f0b0e0c0d0e",
	  "--uuid: \"0aab5a1e00b5a-4b1a-a1a3-6f0b0e0c0d0e\" is not a UUID: make one with uuidgen, "
	  "or "
	  "leave it out to get one" },
	{ "create-region -U 00000000-0000-0000-0000-000000000000",
	  "--uuid: \"00000000-0000-0000-0000-000000000000\" is not a UUID: make one with uuidgen, "
	  "or "
	  "leave it out to get one" },
	{ "create-region -t ram -U 0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e",
	  "--uuid: only pmem regions have a UUID: leave it out" },

	/* numbers */
	{ "add-memory 1G --near-node -1", "--near-node: \"-1\" is not between 0 and 1023" },
	{ "add-memory 1G --near-node 1024", "--near-node: \"1024\" is not between 0 and 1023" },
	{ "add-memory 1G --qos-class 256", "--qos-class: \"256\" is not between 0 and 255" },
	{ "add-memory 1G --qos-class x", "--qos-class: \"x\" is not between 0 and 255" },
	{ "remove-memory region0 --timeout 0", "--timeout: \"0\" is not between 1 and 86400" },
	{ "remove-memory region0 --timeout 1.5", "--timeout: \"1.5\" is not between 1 and 86400" },
	{ "remove-memory region0 --timeout 99999999999",
	  "--timeout: \"99999999999\" is not between 1 and 86400" },

	/* names */
	{ "remove-memory",
	  "NAME is missing: name a claim, a region or a dax device, such as region0 or dax0.0" },
	{ "remove-memory ''",
	  "NAME is empty: name a claim, a region or a dax device, such as region0 or dax0.0" },
	{ "online-memory",
	  "NAME is missing: name a claim, a region or a dax device, such as region0 or dax0.0" },
	{ "offline-memory ''",
	  "NAME is empty: name a claim, a region or a dax device, such as region0 or dax0.0" },
	{ "offline-memory region0 region1",
	  "\"region1\" is one name too many: take one at a time" },
	{ "destroy-region", "REGION is missing: name regions such as region0, or say \"all\"" },
	{ "enable-region region0 region0", "region region0 is named twice: name each one once" },

	/* names of claims */
	{ "add-memory 1G --name ''", "--name: its value is empty: give NAME" },
	{ "add-memory 1G --name", "--name: its value is missing: give NAME" },
	{ "add-memory 1G --name Database", "--name: \"Database\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name dataBase", "--name: \"dataBase\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name=.hidden", "--name: \".hidden\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name=_a", "--name: \"_a\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name=-a", "--name: \"-a\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name a/b", "--name: \"a/b\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name 'a b'", "--name: \"a b\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name b\xc3\xbc"
	  "cher",
	  "--name: \"b\xc3\xbc"
	  "cher\"" NO_CLAIM_NAME },
	{ "add-memory 1G --name region1",
	  "--name: \"region1\" is reserved for objects of the kernel: "
	  "choose another name for the claim, such as db-1" },
	{ "create-region --name all",
	  "--name: \"all\" is reserved for objects of the kernel: choose another name for the "
	  "claim, such as db-1" },
	{ "add-memory 1G --name db --no-claim",
	  "--name: --no-claim makes no claim to be named: leave one of the two out" },
	{ "create-region --name all!", "--name: \"all!\"" NO_CLAIM_NAME },
	{ "create-region --name a234567890123456789012345678901234567890123456789012345678901234",
	  "--name: "
	  "\"a234567890123456789012345678901234567890123456789012345678901234\"" NO_CLAIM_NAME },

	/* options */
	{ "list -x", "there is no option -x" },
	{ "list -Mx", "there is no option -x" },
	{ "list --frobnicate", "there is no option --frobnicate" },
	{ "list --memdves", "there is no option --memdves: did you mean --memdevs?" },
	{ "list --hlep", "there is no option --hlep: did you mean --help?" },
	{ "list --no-frob", "there is no option --no-frob" },
	{ "list --no-", "there is no option --no-" },
	{ "list --no-memdev", "there is no option --no-memdev: did you mean --memdev?" },
	{ "list --no-idle=x", "there is no option --no-idle" },
	{ "list --me", "--me can be --memdev or --memdevs: write the option out" },
	{ "list -m", "--memdev: its value is missing: give LIST" },
	{ "list --memdev", "--memdev: its value is missing: give LIST" },
	{ "list --memdev=", "--memdev: its value is empty: give LIST" },
	{ "list --memdevs=mem0", "--memdevs takes no value: leave \"=mem0\" out" },
	{ "list mem0", "\"mem0\" is not an option: filter by -m, -r, -d and so on" },
	{ "list -S", "--single needs a port to stop at: give --port" },
	{ "list --tree -M", "--tree shows everything: leave the other options out" },
	{ "list --claims -R", ONLY_CLAIMS },
	{ "list -u --claims -m mem0", ONLY_CLAIMS },
	{ "list --claims -i", ONLY_CLAIMS },
	{ "list --claims -uv", ONLY_CLAIMS },
	{ "list --claims --tree", ONLY_CLAIMS },
	{ "list --claims database",
	  "\"database\" is not an option: filter by -m, -r, -d and so on" },
	{ "monitor now", "\"now\" is one argument too many: there are none" },
	{ "version 2", "\"2\" is one argument too many: there are none" },
	{ "record a b", "\"b\" is one file too many: give one" },
	{ "record ''", "FILE is empty: name a file, or - for standard output" },
	{ "help list monitor", "one verb at a time" },
	{ "help frobnicate", "there is no verb \"frobnicate\"" },
};

/* What the program as a whole complains about. */
static const struct bad_line global_lines[] = {
	{ "", "a verb is missing" },
	{ "frobnicate", "there is no verb \"frobnicate\"" },
	{ "--frobnicate list", "there is no option --frobnicate" },
	{ "--socket", "--socket: its value is missing: give PATH" },
	{ "--socket= list", "--socket: its value is empty: give PATH" },
	{ "--socket cxlfm.sock list",
	  "--socket: \"cxlfm.sock\" is not an absolute path: begin the path with /" },
	/* sun_path has 108 bytes (unix(7)) and a NUL at the end */
	{ "--socket "
	  "/23456789012345678901234567890123456789012345678901234567890123456789012345678901"
	  "234567890123456789012345678 list",
	  "--socket: the path is longer than a socket's can be: use one of at most 107 "
	  "characters" },
	{ "--socket /x --snapshot y list",
	  "--socket and --snapshot exclude each other: a record needs no socket" },
	{ "--snapshot /nonexistent/file list",
	  "--snapshot: can't read /nonexistent/file: No such file or directory: give a file that "
	  "'cxlfm record' or 'cxl list -vvv' wrote" },
};

static void check_bad(const struct bad_line *bad, const char *program)
{
	_cleanup_run_ struct run run = RUN_NULL;
	char expected[512];

	run_command(&run, bad->line);
	(void)snprintf(expected, sizeof(expected), "%s: %s\nSee '%s --help'.\n", program,
		       bad->complaint, program);
	if (run.code != 2)
		fail_msg("%s: exit code %d", bad->line, run.code);
	assert_string_equal(run.err, expected);
	assert_string_equal(run.out, "");
	assert_int_equal(run.call_count, 0);
}

static void bad_lines_get_one_complaint(void **state)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char program[64];

		(void)snprintf(program, sizeof(program), "cxlfm %.*s",
			       (int)strcspn(lines[i].line, " "), lines[i].line);
		check_bad(&lines[i], program);
	}
	for (size_t i = 0; i < sizeof(global_lines) / sizeof(global_lines[0]); i++)
		check_bad(&global_lines[i], "cxlfm");
}

static void a_bad_environment_is_named(void **state)
{
	_cleanup_run_ struct run run = { .environment_socket = "relative" };

	run_command(&run, "list");
	assert_int_equal(run.code, 2);
	assert_string_equal(
		run.err,
		"cxlfm: CXLFM_SOCKET: \"relative\" is not an absolute path: begin the path "
		"with /\nSee 'cxlfm --help'.\n");
}

/* A record can't be changed, and it takes no daemon to know that. The test's own source serves. */
static void a_record_is_not_changed(void **state)
{
	static const char *const changes[] = { "add-memory 1G",		"remove-memory region0",
					       "online-memory region0", "offline-memory region0",
					       "create-region",		"destroy-region all",
					       "enable-region all",	"disable-region all",
					       "apply state.yaml" };

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		_cleanup_run_ struct run run = RUN_NULL;
		char line[128];

		(void)snprintf(line, sizeof(line), "--snapshot /proc/self/status %s", changes[i]);
		run_command(&run, line);
		assert_int_equal(run.code, 2);
		assert_non_null(strstr(run.err, ": --snapshot: a record can't be changed: add "
						"--dry-run to see the plan\n"));
		assert_int_equal(run.call_count, 0);
	}
}

static void help_is_made_of_the_tables(void **state)
{
	static const char *const helps[] = { "add-memory --help", "add-memory -h",
					     "help add-memory", "add-memory 0 -w 2 --help" };

	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
		_cleanup_run_ struct run run = RUN_NULL;

		run_command(&run, helps[i]);
		assert_int_equal(run.code, 0);
		assert_string_equal(run.err, "");
		assert_non_null(
			strstr(run.out, "Usage: cxlfm add-memory SIZE [OPTION...] [MEMDEV...]\n"));
		assert_non_null(strstr(run.out, "\n  -w, --ways=N "));
		assert_non_null(strstr(run.out, "\n      --dry-run "));
		assert_int_equal(run.call_count, 0);
	}
}

static void tables_can_be_read_by_programs(void **state)
{
	_cleanup_run_ struct run options = RUN_NULL, verbs = RUN_NULL, version = RUN_NULL;

	run_command(&options, "offline-memory --list-opts");
	assert_string_equal(options.out,
			    "- timeout SECONDS\n- no-wait -\n- request ID\n- dry-run -\n"
			    "u human -\n- debug -\n"
			    "h help -\n");
	run_command(&verbs, "--list-cmds");
	assert_string_equal(verbs.out,
			    "list\nadd-memory\nremove-memory\nonline-memory\noffline-memory\n"
			    "create-region\ndestroy-region\nenable-region\ndisable-region\n"
			    "adopt\nforget\nwait\nchanges\ncancel\napply\ndiff\nexport\nmonitor\nre"
			    "cord\nversion\nhelp\n");
	run_command(&version, "--version");
	assert_int_equal(version.code, 0);
	assert_memory_equal(version.out, "cxlfm ", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_lines_get_one_complaint),
		cmocka_unit_test(a_bad_environment_is_named),
		cmocka_unit_test(a_record_is_not_changed),
		cmocka_unit_test(help_is_made_of_the_tables),
		cmocka_unit_test(tables_can_be_read_by_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

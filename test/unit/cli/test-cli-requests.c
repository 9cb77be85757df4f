// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command lines and the requests that they become. The letters are those of cxl-list(1) and
 * cxl-create-region(1), the requests those of io.cxlfm.Host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake-link.h"
#include "util/cleanup.h"

#define LIST	  "io.cxlfm.Host.List {\"options\":"
#define CREATE	  "io.cxlfm.Host.CreateRegion {\"request\":"
#define REMOVE	  "io.cxlfm.Host.RemoveRegion {"
#define MEMORY	  "io.cxlfm.Host.SetMemory {"
#define CLAIMS	  "io.cxlfm.Host.ListClaims {}"
#define NO_CLAIMS "{\"claims\":[]}"
#define TO_RAM	  ",\"goal\":\"system_ram\",\"zone\":\"movable\",\"dry_run\":false}"
#define TO_REGION ",\"goal\":\"region\",\"dry_run\":false}"

#define OUTCOME "{\"outcome\":{\"region\":{\"region\":\"region0\"},\"plan\":{}}}"

struct good_line {
	const char *line, *call;
};

/* Runs each line with an answer that suits it and compares the first call, byte by byte. */
static void check_good(const struct good_line *lines, size_t count, const char *reply)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = reply } } };

		run_command(&run, lines[i].line);
		if (run.code != 0)
			fail_msg("%s: exit code %d: %s", lines[i].line, run.code, run.err);
		assert_int_equal(run.call_count, 1);
		assert_string_equal(run.calls[0], lines[i].call);
		assert_true(run.reply_next == 1);
	}
}

static void list_passes_letters_on(void **state)
{
	static const struct good_line lines[] = {
		{ "list", LIST "{}}" },
		{ "list -M", LIST "{\"show\":[\"memdevs\"]}}" },
		{ "list -BPEDMTRX",
		  LIST "{\"show\":[\"buses\",\"ports\",\"endpoints\",\"decoders\",\"memdevs\","
		       "\"targets\",\"regions\",\"dax\"]}}" },
		{ "list -HIAFL",
		  LIST "{\"show\":[\"health\",\"partition\",\"alert_config\",\"firmware\","
		       "\"media_errors\"]}}" },
		{ "list --memdevs --health --idle --human",
		  LIST "{\"show\":[\"memdevs\",\"health\"],\"idle\":true,\"human\":true}}" },
		{ "list -iu", LIST "{\"idle\":true,\"human\":true}}" },
		{ "list -v", LIST "{\"verbose\":1}}" },
		{ "list -vvv", LIST "{\"verbose\":3}}" },
		{ "list -vvvvv", LIST "{\"verbose\":3}}" },
		{ "list --verbose --verbose", LIST "{\"verbose\":2}}" },
		{ "list -m mem0", LIST "{\"memdev\":\"mem0\"}}" },
		{ "list -mmem0", LIST "{\"memdev\":\"mem0\"}}" },
		{ "list --memdev=mem0,mem1", LIST "{\"memdev\":\"mem0,mem1\"}}" },
		{ "list --memdev 'mem0 mem1'", LIST "{\"memdev\":\"mem0 mem1\"}}" },
		{ "list -m mem0 -m mem1", LIST "{\"memdev\":\"mem1\"}}" },
		{ "list -Mm 0000:0f:00.0",
		  LIST "{\"show\":[\"memdevs\"],\"memdev\":\"0000:0f:00.0\"}}" },
		{ "list -s 0x1 -b root0 -p port1 -e endpoint2 -d decoder0.0 -r region0",
		  LIST "{\"serial\":\"0x1\",\"bus\":\"root0\",\"port\":\"port1\","
		       "\"endpoint\":\"endpoint2\",\"decoder\":\"decoder0.0\","
		       "\"region\":\"region0\"}}" },
		{ "list -P -p root -S",
		  LIST "{\"show\":[\"ports\"],\"port\":\"root\",\"single\":true}}" },
		/* cxl(1) reads options as git does. */
		{ "list --memdevs --no-memdevs -B", LIST "{\"show\":[\"buses\"]}}" },
		{ "list -BHM --no-hea --no-buses", LIST "{\"show\":[\"memdevs\"]}}" },
		{ "list -vv --no-verbose --no-idle", LIST "{}}" },
		{ "list --no-targets --targets", LIST "{\"show\":[\"targets\"]}}" },
		{ "list --med", LIST "{\"show\":[\"media_errors\"]}}" },
		{ "--socket /x list -B", LIST "{\"show\":[\"buses\"]}}" },
		{ "--socket=/x list -B", LIST "{\"show\":[\"buses\"]}}" },
	};

	check_good(lines, sizeof(lines) / sizeof(lines[0]), "{\"list\":[]}");
}

static void add_memory_asks_for_a_region(void **state)
{
	static const struct good_line lines[] = {
		{ "add-memory 512M", CREATE "{\"size\":536870912}" TO_RAM },
		{ "add-memory 1GiB -w 2 -g 1k",
		  CREATE "{\"size\":1073741824,\"ways\":2,\"granularity\":1024}" TO_RAM },
		{ "add-memory 0x20000000 --ways=16 --granularity=16384",
		  CREATE "{\"size\":536870912,\"ways\":16,\"granularity\":16384}" TO_RAM },
		{ "add-memory 512M --memdevs mem1,mem0",
		  CREATE "{\"size\":536870912,\"memdevs\":[\"mem1\",\"mem0\"]}" TO_RAM },
		{ "add-memory 512M mem1 0000:0f:00.0",
		  CREATE "{\"size\":536870912,\"memdevs\":[\"mem1\",\"0000:0f:00.0\"]}" TO_RAM },
		{ "add-memory -m 'mem3 serial:0x7' 512M -w 2", CREATE
		  "{\"size\":536870912,\"ways\":2,\"memdevs\":[\"mem3\",\"serial:0x7\"]}" TO_RAM },
		{ "add-memory 512M -t ram -d decoder0.1", CREATE
		  "{\"size\":536870912,\"type\":\"ram\",\"decoder\":\"decoder0.1\"}" TO_RAM },
		{ "add-memory 512M --near-node 0 --qos-class 42",
		  CREATE "{\"size\":536870912,\"near_node\":0,\"qos_class\":42}" TO_RAM },
		{ "add-memory 512M --zone kernel",
		  CREATE "{\"size\":536870912},\"goal\":\"system_ram\",\"zone\":\"kernel\","
			 "\"dry_run\":false}" },
		{ "add-memory 512M --mode devdax",
		  CREATE "{\"size\":536870912},\"goal\":\"devdax\",\"dry_run\":false}" },
		{ "add-memory --dry-run 512M",
		  CREATE "{\"size\":536870912},\"goal\":\"system_ram\",\"zone\":\"movable\","
			 "\"dry_run\":true}" },
		{ "add-memory -- 512M mem0",
		  CREATE "{\"size\":536870912,\"memdevs\":[\"mem0\"]}" TO_RAM },
		{ "add-memory 512M --name database",
		  CREATE "{\"size\":536870912},\"goal\":\"system_ram\",\"zone\":\"movable\","
			 "\"claim\":\"database\",\"dry_run\":false}" },
		{ "add-memory 512M --mode devdax --dry-run --name 0._-",
		  CREATE "{\"size\":536870912},\"goal\":\"devdax\",\"claim\":\"0._-\","
			 "\"dry_run\":true}" },
		/* the largest size that the interface carries */
		{ "add-memory 9223372036854775807",
		  CREATE "{\"size\":9223372036854775807}" TO_RAM },
	};

	check_good(lines, sizeof(lines) / sizeof(lines[0]), OUTCOME);
}

static void create_region_takes_options_of_cxl(void **state)
{
	static const struct good_line lines[] = {
		/* from cxl-create-region(1) and test/cxl-create-region.sh of ndctl */
		{ "create-region -m -d decoder0.1 -w 2 -g 1024 mem0 mem1",
		  CREATE "{\"ways\":2,\"granularity\":1024,\"memdevs\":[\"mem0\",\"mem1\"],"
			 "\"decoder\":\"decoder0.1\"}" TO_REGION },
		{ "create-region -d decoder3.0 -m mem0",
		  CREATE "{\"memdevs\":[\"mem0\"],\"decoder\":\"decoder3.0\"}" TO_REGION },
		{ "create-region -d decoder3.0 -w 4 -g 4096 -m mem0 mem1 mem2 mem3 -s 8589934592",
		  CREATE "{\"size\":8589934592,\"ways\":4,\"granularity\":4096,"
			 "\"memdevs\":[\"mem0\",\"mem1\",\"mem2\",\"mem3\"],"
			 "\"decoder\":\"decoder3.0\"}" TO_REGION },
		{ "create-region -d decoder3.0 -m 'mem0 mem1'",
		  CREATE "{\"memdevs\":[\"mem0\",\"mem1\"],\"decoder\":\"decoder3.0\"}" TO_REGION },
		{ "create-region -d decoder3.0 -t ram -m mem1 -s 256M",
		  CREATE "{\"size\":268435456,\"memdevs\":[\"mem1\"],\"type\":\"ram\","
			 "\"decoder\":\"decoder3.0\"}" TO_REGION },
		{ "create-region --type=volatile mem1",
		  CREATE "{\"memdevs\":[\"mem1\"],\"type\":\"ram\"}" TO_REGION },
		{ "create-region -t pmem -U 0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e -b cxl_test -Q "
		  "mem1",
		  CREATE "{\"memdevs\":[\"mem1\"],\"type\":\"pmem\",\"bus\":\"cxl_test\","
			 "\"qos_enforced\":true,"
			 "\"uuid\":\"0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e\"}" TO_REGION },
		/* the longest name of a claim: 63 characters */
		{ "create-region "
		  "--name=a23456789012345678901234567890123456789012345678901234567890123",
		  CREATE "{},\"goal\":\"region\",\"claim\":"
			 "\"a23456789012345678901234567890123456789012345678901234567890123\","
			 "\"dry_run\":false}" },
		{ "create-region", CREATE "{}" TO_REGION },
		{ "create-region --no-claim",
		  CREATE "{},\"goal\":\"region\",\"no_claim\":true,\"dry_run\":false}" },
		{ "create-region --dry-run", CREATE "{},\"goal\":\"region\",\"dry_run\":true}" },
	};

	check_good(lines, sizeof(lines) / sizeof(lines[0]), OUTCOME);
}

/* A name of the kernel's form may be a claim's all the same: that is asked first. */
static void memory_verbs_name_a_region(void **state)
{
	static const struct good_line lines[] = {
		{ "remove-memory region0",
		  REMOVE "\"keep_region\":false,\"force\":false,\"region\":\"region0\","
			 "\"dry_run\":false}" },
		{ "remove-memory dax0.0 --timeout 5 --dry-run",
		  REMOVE "\"keep_region\":false,\"force\":false,\"timeout_ms\":5000,"
			 "\"region\":\"dax0.0\",\"dry_run\":true}" },
		{ "remove-memory --timeout=86400 region0",
		  REMOVE "\"keep_region\":false,\"force\":false,\"timeout_ms\":86400000,"
			 "\"region\":\"region0\",\"dry_run\":false}" },
		{ "online-memory region0",
		  MEMORY "\"zone\":\"movable\",\"region\":\"region0\",\"dry_run\":false}" },
		{ "online-memory dax1.0 --zone=kernel",
		  MEMORY "\"zone\":\"kernel\",\"region\":\"dax1.0\",\"dry_run\":false}" },
		{ "offline-memory region0",
		  MEMORY "\"zone\":\"offline\",\"region\":\"region0\",\"dry_run\":false}" },
		{ "offline-memory region0 --timeout 1",
		  MEMORY "\"zone\":\"offline\",\"timeout_ms\":1000,\"region\":\"region0\","
			 "\"dry_run\":false}" },
		{ "adopt REGION1",
		  "io.cxlfm.Host.AdoptRegion {\"region\":\"REGION1\",\"dry_run\":false}" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = NO_CLAIMS },
							      { .parameters = OUTCOME } } };

		run_command(&run, lines[i].line);
		if (run.code != 0)
			fail_msg("%s: exit code %d: %s", lines[i].line, run.code, run.err);
		assert_int_equal(run.call_count, 2);
		assert_string_equal(run.calls[0], CLAIMS);
		assert_string_equal(run.calls[1], lines[i].call);
	}
}

static void words_say_what_they_mean(void **state)
{
	static const struct good_line lines[] = {
		{ "remove-memory data-base.1",
		  REMOVE "\"keep_region\":false,\"force\":false,\"claim\":\"data-base.1\","
			 "\"dry_run\":false}" },
		{ "remove-memory claim:region1",
		  REMOVE "\"keep_region\":false,\"force\":false,\"claim\":\"region1\","
			 "\"dry_run\":false}" },
		{ "remove-memory region:region1",
		  REMOVE "\"keep_region\":false,\"force\":false,\"region\":\"region1\","
			 "\"dry_run\":false}" },
		{ "offline-memory memory-1",
		  MEMORY "\"zone\":\"offline\",\"claim\":\"memory-1\",\"dry_run\":false}" },
		{ "adopt region:dax0.0 --name db",
		  "io.cxlfm.Host.AdoptRegion {\"region\":\"dax0.0\",\"claim\":\"db\","
		  "\"dry_run\":false}" },
		{ "forget region1",
		  "io.cxlfm.Host.ForgetClaim {\"claim\":\"region1\",\"dry_run\":false}" },
		{ "forget claim:region1",
		  "io.cxlfm.Host.ForgetClaim {\"claim\":\"region1\",\"dry_run\":false}" },
		{ "wait claim:region1 db",
		  "io.cxlfm.Host.WaitClaims {\"claims\":[\"region1\",\"db\"],"
		  "\"condition\":\"Online\"}" },
	};

	check_good(lines, sizeof(lines) / sizeof(lines[0]), OUTCOME);
}

/* An older cxlfm took such names. Neither of the two is guessed. */
static void what_fits_both_is_refused(void **state)
{
	static const char claims[] = "{\"claims\":[{\"name\":\"db\"},{\"name\":\"region1\"},"
				     "{\"name\":\"all\"},{\"name\":\"1\"}]}";
	static const char *const memory[] = { "remove-memory region1", "online-memory region1",
					      "offline-memory region1 --dry-run" };
	/* Verbs of regions take no claims: a hint names the verb that does. */
	static const char *const regions[] = { "adopt region1", "destroy-region -f region1",
					       "disable-region region1", "enable-region 1",
					       "destroy-region all --force" };
	const size_t count = ARRAY_SIZE(memory) + ARRAY_SIZE(regions);

	for (size_t i = 0; i < count; i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = claims } } };
		const bool of_memory = i < ARRAY_SIZE(memory);
		const char *line = of_memory ? memory[i] : regions[i - ARRAY_SIZE(memory)];
		const char *hint = of_memory ? " the region, claim:"
					     : " the region, `cxlfm remove-memory claim:";

		run_command(&run, line);
		if (run.code != 3 || !strstr(run.err, "(say region:") || !strstr(run.err, hint))
			fail_msg("%s: exit code %d: %s", line, run.code, run.err);
		assert_int_equal(run.call_count, 1);
		assert_string_equal(run.calls[0], CLAIMS);
	}
}

static void other_verbs(void **state)
{
	static const struct good_line record[] = {
		{ "record", "io.cxlfm.Host.Record {}" },
		{ "record -", "io.cxlfm.Host.Record {}" },
	};
	static const struct good_line version[] = {
		{ "version", "io.cxlfm.Host.GetVersion {}" },
	};
	static const struct good_line monitor[] = {
		{ "monitor", "io.cxlfm.Host.Monitor {} more" },
	};
	static const struct good_line tree[] = {
		{ "list --tree", "io.cxlfm.Host.Tree {\"unicode\":false}" },
	};
	static const struct good_line claims[] = {
		{ "list --claims", "io.cxlfm.Host.ListClaims {}" },
		{ "list --claims -u --debug", "io.cxlfm.Host.ListClaims {}" },
	};

	/* the test's environment decides on the alphabet */
	assert_int_equal(setenv("LC_ALL", "C", 1), 0);
	check_good(record, 2, "{\"record\":{}}");
	check_good(version, 1, "{\"version\":\"1\"}");
	check_good(monitor, 1, "{\"change\":{}}");
	check_good(tree, 1, "{\"text\":\"\"}");
	check_good(claims, 2, "{\"claims\":[]}");
}

#define REGIONS                                                                                    \
	"{\"list\":[{\"region\":\"region0\",\"resource\":100},"                                    \
	"{\"region\":\"region1\",\"resource\":300,\"state\":\"disabled\"},"                        \
	"{\"region\":\"region10\",\"resource\":200}]}"

#define LIST_REGIONS LIST "{\"show\":[\"regions\"],\"idle\":true}}"

struct region_line {
	const char *line;
	const char *calls[4];
	int code;
};

static void region_verbs_go_region_by_region(void **state)
{
	static const struct region_line lines[] = {
		{ "enable-region all",
		  { "io.cxlfm.Host.EnableRegion {\"region\":\"region0\",\"goal\":\"region\","
		    "\"dry_run\":false}",
		    "io.cxlfm.Host.EnableRegion {\"region\":\"region1\",\"goal\":\"region\","
		    "\"dry_run\":false}",
		    "io.cxlfm.Host.EnableRegion {\"region\":\"region10\",\"goal\":\"region\","
		    "\"dry_run\":false}" } },
		{ "disable-region region10",
		  { REMOVE "\"region\":\"region10\",\"keep_region\":true,\"force\":false,\"dry_"
			   "run\":false}" } },
		/* what is given up is asked for first */
		{ "disable-region -f 0",
		  { REMOVE
		    "\"region\":\"region0\",\"keep_region\":true,\"force\":true,\"dry_run\":true}",
		    REMOVE "\"region\":\"region0\",\"keep_region\":true,\"force\":true,\"dry_run\":"
			   "false}" } },
		/* disabled: needs no force */
		{ "destroy-region region1",
		  { REMOVE "\"region\":\"region1\",\"keep_region\":false,\"force\":false,\"dry_"
			   "run\":false}" } },
		/* active: refused, as by cxl(1) */
		{ "destroy-region region0", { NULL }, 3 },
		/* the highest address first, whatever the order of the names */
		{ "destroy-region -f region0,region10 region1",
		  { REMOVE "\"region\":\"region1\",\"keep_region\":false,\"force\":false,\"dry_"
			   "run\":false}",
		    REMOVE "\"region\":\"region10\",\"keep_region\":false,\"force\":false,\"dry_"
			   "run\":false}",
		    REMOVE "\"region\":\"region0\",\"keep_region\":false,\"force\":false,\"dry_"
			   "run\":false}" } },
		/* nothing is done when one name is wrong */
		{ "destroy-region -f region0 region7", { NULL }, 3 },
		{ "enable-region 7", { NULL }, 3 },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = NO_CLAIMS },
							      { .parameters = REGIONS },
							      { .parameters = OUTCOME },
							      { .parameters = OUTCOME },
							      { .parameters = OUTCOME } } };
		size_t count = 0;

		run_command(&run, lines[i].line);
		if (run.code != lines[i].code)
			fail_msg("%s: exit code %d: %s", lines[i].line, run.code, run.err);
		assert_string_equal(run.calls[0], CLAIMS);
		assert_string_equal(run.calls[1], LIST_REGIONS);
		for (; lines[i].calls[count]; count++)
			assert_string_equal(run.calls[2 + count], lines[i].calls[count]);
		assert_int_equal(run.call_count, 2 + count);
		assert_string_equal(run.out, "");
	}
}

#define BUSES	 "{\"list\":[{\"bus\":\"root3\",\"provider\":\"cxl_test\"}]}"
#define DECODERS "{\"list\":[{\"decoder\":\"decoder3.4\"}]}"
#define NOTHING	 "{\"list\":[]}"

/* First what the filters name, whose absence would look like success, then the regions. */
static void region_verbs_filter_by_bus_and_decoder(void **state)
{
	_cleanup_run_ struct run run = { .replies = { { .parameters = NO_CLAIMS },
						      { .parameters = BUSES },
						      { .parameters = DECODERS },
						      { .parameters = NOTHING } } };

	run_command(&run, "destroy-region all -b cxl_test -d decoder3.4");
	assert_int_equal(run.code, 0);
	assert_int_equal(run.call_count, 4);
	assert_string_equal(run.calls[1], LIST "{\"show\":[\"buses\"],\"idle\":true}}");
	assert_string_equal(run.calls[2], LIST "{\"show\":[\"decoders\"],\"idle\":true,"
					       "\"bus\":\"cxl_test\",\"decoder\":\"root\"}}");
	assert_string_equal(run.calls[3], LIST "{\"show\":[\"regions\"],\"idle\":true,"
					       "\"bus\":\"cxl_test\",\"decoder\":\"decoder3.4\"}}");
	assert_string_equal(run.err, "cxlfm destroy-region: no region is listed below that bus or "
				     "decoder\ndestroyed 0 regions\n");
}

/* Names in the ways of cxl-list(1); the first that means nothing is told, and nothing is done. */
static void filters_mean_something(void **state)
{
	static const struct {
		const char *filters, *unmatched; /* NULL: all mean something */
	} cases[] = {
		{ "-b all", NULL },
		{ "-b root3", NULL },
		{ "-b 3", NULL },
		{ "-b cxl_test,3", NULL },
		{ "-b 3 -d 3.4", NULL },
		{ "-b 3 -d root", NULL },
		{ "-b 3 -d all", NULL },
		{ "-b nobus", "nobus" },
		{ "-b 3,root33", "root33" },
		{ "-b 33", "33" },
		{ "-b 3 -d 4", "4" },
		{ "-b 3 -d decoder3.4,3.5", "3.5" },
		{ "-b 3 -d switch", "switch" },
	};
	static const char *const verbs[] = { "destroy-region", "disable-region", "enable-region" };

	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(verbs); i++) {
		_cleanup_run_ struct run run = { .replies = { { .parameters = NO_CLAIMS },
							      { .parameters = BUSES },
							      { .parameters = DECODERS },
							      { .parameters = NOTHING } } };
		const char *unmatched = cases[i / ARRAY_SIZE(verbs)].unmatched;
		char line[128], told[64];

		(void)snprintf(line, sizeof(line), "%s all %s", verbs[i % ARRAY_SIZE(verbs)],
			       cases[i / ARRAY_SIZE(verbs)].filters);
		/* A bus alone takes no list of decoders. */
		if (!strstr(line, "-d"))
			run.replies[2].parameters = NOTHING;
		(void)snprintf(told, sizeof(told), "  %s: no such ", unmatched ? unmatched : "");
		run_command(&run, line);
		if (run.code != (unmatched ? 3 : 0) ||
		    !strstr(run.err, unmatched ? told : "no region is listed"))
			fail_msg("%s: exit code %d: %s", line, run.code, run.err);
	}
}

#define LACKS                                                                                      \
	"\"lacks\":[{\"code\":\"snapshot-incomplete\",\"text\":\"no regions are listed (-R)\"}]}"

/* What a list that is not whole does not show may be there: not even "all" is done with such a
 * list. */
static void what_is_not_told_is_no_success(void **state)
{
	static const struct {
		const char *line, *replies[3];
	} cases[] = {
		{ "destroy-region region:all --dry-run", { "{\"list\":[]," LACKS } },
		{ "enable-region region:region7", { "{\"list\":[]," LACKS } },
		{ "disable-region region:all -b nobus", { "{\"list\":[]," LACKS } },
		{ "disable-region region:all -b 3 -d 9.9", { BUSES, "{\"list\":[]," LACKS } },
		{ "disable-region region:all -b 3 -d 3.4",
		  { BUSES, DECODERS, "{\"list\":[]," LACKS } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_run_ struct run run = { .reply_next = 0 };

		for (size_t j = 0; j < 3; j++)
			run.replies[j].parameters = cases[i].replies[j];
		run_command(&run, cases[i].line);
		if (run.code != 3 || !strstr(run.err, "\n  no regions are listed (-R)\n"))
			fail_msg("%s: exit code %d: %s", cases[i].line, run.code, run.err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_passes_letters_on),
		cmocka_unit_test(add_memory_asks_for_a_region),
		cmocka_unit_test(create_region_takes_options_of_cxl),
		cmocka_unit_test(memory_verbs_name_a_region),
		cmocka_unit_test(words_say_what_they_mean),
		cmocka_unit_test(what_fits_both_is_refused),
		cmocka_unit_test(other_verbs),
		cmocka_unit_test(region_verbs_go_region_by_region),
		cmocka_unit_test(region_verbs_filter_by_bus_and_decoder),
		cmocka_unit_test(filters_mean_something),
		cmocka_unit_test(what_is_not_told_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

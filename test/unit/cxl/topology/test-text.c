// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people paste: read, or one error with the line and the cause.
 */
#include "cxl/topology/topology-text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"

static struct refusal_list notices;

static int read_length(const char *text, size_t length, struct topology **ret_topology)
{
	_cleanup_json_ struct json_object *document = NULL;
	_cleanup_free_ char *copy = malloc(length + 1);

	assert_non_null(copy);
	memcpy(copy, text, length);
	refusal_list_deinit(&notices);
	notices = REFUSAL_LIST_NULL;
	return topology_from_text(copy, length, &notices, &document, ret_topology);
}

static const struct refusal *find(const char *code)
{
	for (size_t i = 0; i < notices.list.count; i++)
		if (strcmp(notices.list.items[i].code, code) == 0)
			return &notices.list.items[i];
	return NULL;
}

static struct topology *reads(const char *text)
{
	struct topology *topology = NULL;

	if (read_length(text, strlen(text), &topology))
		fail_msg("%s: %s", text, notices.list.items[0].text);
	return topology;
}

static void refuses(const char *text, const char *code, const char *words)
{
	struct topology *topology = NULL;
	int rc = read_length(text, strlen(text), &topology);

	assert_null(topology);
	if (rc != TOPOLOGY_JSON_E_REFUSED || !find(code) || !strstr(find(code)->text, words))
		fail_msg("%s: %d %s", text, rc,
			 notices.list.count ? notices.list.items[notices.list.count - 1].text : "");
}

#define MEM0 "{\"memdev\":\"mem0\",\"serial\":\"0x7\"}"

/* ---- read ---- */

static const char *const readable[] = {
	"[" MEM0 "]",
	MEM0 "\n",
	"\xef\xbb\xbf[\r\n" MEM0 "\r\n]\r\n",
	"[\n" MEM0 ",\n]\n",
	"[{\"memdev\":\"mem0\",\"serial\":7,},]",
	"libcxl: cxl_mapping_get: look-up failed\n[\n" MEM0 "\n]\n",
	"[\nlibcxl: cxl_mapping_get: look-up failed\n  " MEM0 "\ncxl list: warning\n]\n",
	"[root@host ~]# cxl list -M\n[\n" MEM0 "\n]\n[root@host ~]# \n",
	"[   12.345678] cxl_pci 0000:0d:00.0: mailbox\n[\n" MEM0 "\n]\n",
	"2026-11-28 16:00:01 host\n# cxl list\n```json\n[\n" MEM0 "\n]%\n```\n",
	"$ cxl list -M; cxl list -M\n[" MEM0 "]\n[" MEM0 "]\n",
	"{" MEM0 " is broken}\n[" MEM0 "]",
};

static void test_what_is_read(void **state)
{
	(void)state;
	/* The last one is broken: what begins like a document is one. */
	for (size_t i = 0; i + 1 < ARRAY_SIZE(readable); i++) {
		_cleanup_topology_ struct topology *topology = reads(readable[i]);

		assert_int_equal(topology->memdevs.count, 1);
		assert_int_equal(topology->memdevs.items[0]->serial, 7);
	}
	refuses(readable[ARRAY_SIZE(readable) - 1], "not-json", "line 1: ");
}

static void test_what_is_left_out_is_told(void **state)
{
	(void)state;
	topology_free(reads("[\n" MEM0 "\nlibcxl: look-up \x1b[31mfailed\n]\nbye\n"));
	assert_string_equal(find("skipped-lines")->text,
			    "2 lines are no JSON and left out, the first is line 3: \"libcxl: "
			    "look-up ?[31mfailed\"");
	topology_free(reads("[" MEM0 "]"));
	assert_null(find("skipped-lines"));
}

/* As journalctl, dmesg and a shell's trace show it: times and indents differ from line to line. */
static void test_what_a_log_puts_before_lines(void **state)
{
	static const char *const logs[] = {
		"Nov 28 09:59:59 host cxl[77]: [\nNov 28 10:00:00 host cxl[77]:   " MEM0
		"\nNov 28 10:00:00 host cxl[77]: ]\n",
		"Nov 28 09:59:59 host systemd[1]: Started\nNov 28 09:59:59 host cxl[77]: [\n"
		"Nov 28 10:00:00 host cxl[77]:   " MEM0 "\nNov 28 10:00:00 host cxl[77]: ]\n",
		"[    9.999999] [\n[   10.000001]   " MEM0 "\n[   10.000002] ]\n",
		"host$ >> [" MEM0 "]\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		_cleanup_topology_ struct topology *topology = reads(logs[i]);

		assert_int_equal(topology->memdevs.count, 1);
		assert_int_equal(topology->memdevs.items[0]->serial, 7);
		assert_non_null(find("log-prefix"));
	}
	refuses("host: \n", "not-json", "line 1: ");
	refuses("host: [\nhost: " MEM0 "\n", "not-json",
		"line 1: the document that begins here is cut off");
}

#define EXACT "[{\"memdev\":\"mem0\",\"ram_size\":268435456,\"serial\":7}]\n"
#define ROUNDED                                                                                    \
	"[{\"memdev\":\"mem0\",\"ram_size\":\"256.00 MiB (268.44 MB)\",\"serial\":\"0x7\"}]\n"
#define OTHER "[{\"memdev\":\"mem0\",\"ram_size\":\"256.02 MiB (268.46 MB)\",\"serial\":7}]\n"

/* What -u has rounded does not differ from what it has rounded, and says less. */
static void test_lists_for_people_beside_others(void **state)
{
	static const char *const pairs[] = { EXACT ROUNDED, ROUNDED EXACT, ROUNDED EXACT ROUNDED };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_topology_ struct topology *topology = reads(pairs[i]);

		assert_int_equal(topology->memdevs.items[0]->ram_size, 268435456);
		assert_int_equal(topology->memdevs.items[0]->serial, 7);
		assert_null(find("rounded-size"));
	}
	refuses(EXACT OTHER, "document-differs", "ram_size");
	refuses(OTHER EXACT, "document-differs", "ram_size");
}

/* ---- not read ---- */

static void test_faults_have_lines_and_causes(void **state)
{
	struct topology *topology = NULL;

	(void)state;
	refuses("", "not-json", "line 1: ");
	refuses("\n\n", "not-json", "line 1: ");
	refuses("cxl: command not found\n", "not-json", "line 1: ");
	refuses("\n\n# cxl list -vvv\n", "not-json", "line 3: ");
	refuses("\n[\n" MEM0 ",\n", "not-json", "line 2: the document that begins here is cut off");
	refuses("[\n{\"memdev\":\"mem0\n\"}]", "not-json",
		"line 2: a text is not closed on its line");
	refuses("[\n{\n\"memdev\":\"mem0\"\n\"serial\":7}]", "not-json", "line 4: ");
	refuses("[\n" MEM0 "\n}\n", "not-json", "line 3: ");
	refuses("[\n{\"memdev\":\"mem0\" libcxl: oops\n}]\n", "not-json", "line 2: ");
	refuses("[\n{\"memdev\":\"mem\xff\"\n}]\n", "not-json", "line 2: ");
	refuses("[\n" MEM0 "\n]\n[\n{\"memdev\"\n", "not-json", "line 4: ");
	/* json-c would take these, and print them for others, who don't. */
	refuses("[\n" MEM0 ",\n{\"memdev\":\"nan\",\n\"serial\":NaN}]\n", "not-json",
		"line 4: this is not a number of JSON, near \"NaN}]\"");
	refuses("[{\"memdev\":\"mem1\",\n\"ram_size\":-Infinity}]\n", "not-json", "line 2: ");
	refuses("[\n" MEM0 ",\n{\"memdev\":\"mem1\",\"serial\":7,\n\"serial\":8}]\n", "not-json",
		"line 4: the object has this key twice, near \"\"serial\":8}]\"");
	refuses("[\n" MEM0 " // one: two\n]\n", "not-json",
		"line 2: JSON has no such mark, near \"// one: two\"");
	refuses("[\n" MEM0 ",\n{\"memdev\":'mem1'}\n]\n", "not-json",
		"line 3: JSON has no such mark, near \"'mem1'}\"");
	refuses("[\n{\"memdev\":\"mem1\",\n\"ram_size\":18446744073709551616}]\n", "not-json",
		"line 3: this number has no place in 64 bits, near \"18446744073709551616}]\"");
	refuses("[\n1\n]", "not-a-topology", "neither a record nor what cxl list prints");
	assert_int_equal(read_length("\xff\xfe[\0]\0", 6, &topology), TOPOLOGY_JSON_E_REFUSED);
	assert_non_null(strstr(find("not-json")->text, "line 1: the file is in UTF-16"));
}

static void test_depth_and_number_are_bounded(void **state)
{
	char text[4096] = "";

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, "[" MEM0 "]\n");
	refuses(text, "not-json", "line 65: ");
	memset(text, '[', 1000);
	text[1000] = '\0';
	refuses(text, "not-json", "line 1: nesting too deep");
}

/* ---- several documents ---- */

static char *file_of(const char *first, const char *second)
{
	char *text = NULL;

	assert_true(asprintf(&text, "%s\n%s\n", first, second) > 0);
	return text;
}

/* A host's lists by letters say together what its whole list says. */
static void test_lists_by_letters_are_joined(void **state)
{
	const struct list_options all = { .memdevs = true, .verbose = 3, .now_ms = TOPO_UNKNOWN };
	const struct list_options parts[] = {
		{ .buses = true, .ports = true, .endpoints = true, .targets = true, .idle = true },
		{ .memdevs = true,
		  .health = true,
		  .partition = true,
		  .alert_config = true,
		  .firmware = true,
		  .media_errors = true },
		{ .decoders = true, .regions = true, .targets = true, .idle = true, .dax = true },
		{ .regions = true },
	};
	_cleanup_topology_ struct topology *host = fixture_topology("guest-one-switch-region");
	_cleanup_topology_ struct topology *joined = NULL;
	_cleanup_json_ struct json_object *expected = NULL, *list = NULL;
	char *text = strdup("");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_json_ struct json_object *part = NULL;
		struct list_options options = parts[i];
		char *longer;

		options.now_ms = TOPO_UNKNOWN;
		assert_int_equal(topology_list(host, &options, &part), 0);
		longer = file_of(json_object_to_json_string(part), text);
		free(text);
		text = longer;
	}
	joined = reads(text);
	free(text);
	assert_true(joined->known & TOPO_KNOWN_CXL);
	assert_int_equal(topology_list(host, &all, &expected), 0);
	assert_int_equal(topology_list(joined, &all, &list), 0);
	if (!shows(list, expected))
		fail_msg("%s", json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY));
}

/* A value that is no object makes that one value unknown, and not the document. */
static void test_what_is_no_object_is_left(void **state)
{
	_cleanup_topology_ struct topology *topology =
		reads("[{\"bus\":\"root0\",\"memdevs:root0\":[" MEM0 "]}]\n"
		      "[{\"bus\":\"root0\",\"memdevs:root0\":[{\"memdev\":\"mem1\"},null]}]");

	(void)state;
	assert_int_equal(topology->memdevs.count, 2);
}

/* The record of a listing has all of it. */
static void test_what_is_no_object_is_recorded(void **state)
{
	_cleanup_topology_ struct topology *topology = reads("[{\"memdevs\":[" MEM0 ",null]}]");
	_cleanup_json_ struct json_object *record = topology_to_json(topology), *list = NULL;

	(void)state;
	assert_non_null(record);
	assert_true(json_object_object_get_ex(record, "list", &list));
	assert_non_null(strstr(json_object_to_json_string(json_object_get(list)), "null"));
}

static void test_documents_that_differ_are_refused(void **state)
{
	(void)state;
	refuses("[" MEM0 "]\n[{\"memdev\":\"mem0\",\"serial\":\"0x8\"}]", "document-differs",
		"differ in \"serial\": it is \"0x7\" and \"0x8\"");
	assert_string_equal(find("document-differs")->object, "mem0");
	refuses("[" MEM0 "]\n[" MEM0 "," MEM0 "]", "duplicate-object", "twice in one document");
	refuses("[" MEM0 "]\n{\"cxlfm_record\":1,\"list\":[" MEM0 "]}", "document-differs",
		"is a record");
}

/* What is below itself in the file is nowhere in a host. */
static void test_no_object_is_below_itself(void **state)
{
	(void)state;
	refuses("[" MEM0 "]\n[{\"port\":\"port1\",\"ports:port1\":[{\"port\":\"port1\"}]}]",
		"duplicate-object", "port1");
	topology_free(reads("[{\"port\":\"port1\",\"ports:port1\":[{\"port\":\"port2\"}]}]\n"
			    "[{\"port\":\"port2\",\"ports:port2\":[{\"port\":\"port1\"}]}]"));
}

static int forget_notices(void **state)
{
	(void)state;
	refusal_list_deinit(&notices);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_what_is_left_out_is_told),
		cmocka_unit_test(test_what_a_log_puts_before_lines),
		cmocka_unit_test(test_lists_for_people_beside_others),
		cmocka_unit_test(test_faults_have_lines_and_causes),
		cmocka_unit_test(test_depth_and_number_are_bounded),
		cmocka_unit_test(test_lists_by_letters_are_joined),
		cmocka_unit_test(test_what_is_no_object_is_left),
		cmocka_unit_test(test_what_is_no_object_is_recorded),
		cmocka_unit_test(test_documents_that_differ_are_refused),
		cmocka_unit_test(test_no_object_is_below_itself),
	};

	return cmocka_run_group_tests(tests, NULL, forget_notices);
}

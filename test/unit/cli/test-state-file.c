// SPDX-License-Identifier: GPL-2.0-only
/* Files with a declared state: what becomes of YAML and JSON, and what is refused where. */
#include "cli/state-file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <yaml.h>

#include "test/lib/wrap-allocation.h"
#include "util/json.h"

static unsigned int fail_in; /* allocations until the one that fails, 0 for none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

#define WRAP(...) WRAP_IF(fails, __VA_ARGS__)

WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *memory, size_t size), (memory, size))
WRAP(int, yaml_parser_initialize, 0, (yaml_parser_t * parser), (parser))
WRAP(struct json_tokener *, json_tokener_new_ex, NULL, (int depth), (depth))
WRAP_JSON_OBJECTS(fails)

/* A copy of its own, so that a sanitizer sees who reads behind its end. */
static int parse(const char *text, size_t length, struct refusal_list *problems,
		 struct json_object **document)
{
	char *copy = malloc(length + 1);
	int rc;

	assert_non_null(copy);
	copy = __real_realloc(copy, length ? length : 1);
	memcpy(copy, text, length);
	rc = state_text_parse("state", copy, length, problems, document);
	free(copy);
	return rc;
}

static void assert_becomes(const char *text, const char *expected)
{
	_cleanup_json_ struct json_object *document = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	const char *json;

	if (parse(text, strlen(text), &problems, &document) != 0)
		fail_msg("%s: refused: %s: %s", text, problems.list.items[0].object,
			 problems.list.items[0].text);
	json = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN);
	if (strcmp(json, expected) != 0)
		fail_msg("%s: %s is not %s", text, json, expected);
	refusal_list_deinit(&problems);
}

static void assert_refused_sized(const char *text, size_t length, const char *object,
				 const char *why)
{
	struct json_object *document = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	const struct refusal *refusal;

	if (parse(text, length, &problems, &document) != STATE_TEXT_E_BAD)
		fail_msg("accepted %.200s", text);
	assert_null(document);
	assert_int_equal(problems.list.count, 1);
	refusal = &problems.list.items[0];
	assert_string_equal(refusal->code, "bad-state-file");
	assert_non_null(refusal->hint);
	if (strcmp(refusal->object, object) != 0 || !strstr(refusal->text, why))
		fail_msg("%.200s: %s: %s", text, refusal->object, refusal->text);
	refusal_list_deinit(&problems);
}

static void assert_refused(const char *text, const char *object, const char *why)
{
	assert_refused_sized(text, strlen(text), object, why);
}

/* ---- what becomes of a text ---- */

static void yaml_is_read(void **state)
{
	assert_becomes("# what db01 has\n"
		       "claims:\n"
		       "  - name: db\n"
		       "    size: 512M\n"
		       "    zone: movable   # can be taken back\n"
		       "    members:\n"
		       "      - serial: 0x1F\n"
		       "      - {path: 'pci0000:40/0000:40:00.0'}\n"
		       "  - {name: cache, size: 1073741824, disabled: true}\n",
		       "{\"claims\":[{\"name\":\"db\",\"size\":536870912,\"zone\":\"movable\","
		       "\"members\":[{\"serial\":31},{\"path\":\"pci0000:40\\/0000:40:00.0\"}]},"
		       "{\"name\":\"cache\",\"size\":1073741824,\"disabled\":true}]}");
	assert_becomes("claims: []\n", "{\"claims\":[]}");
	assert_becomes("---\nclaims: []\n...\n", "{\"claims\":[]}");
	assert_becomes("%YAML 1.2\n---\nclaims: []\n", "{\"claims\":[]}");
	assert_becomes("\xef\xbb\xbf"
		       "claims: []\n",
		       "{\"claims\":[]}");
	assert_becomes("- 1\n- [2, [3]]\n", "[1,[2,[3]]]");
	assert_becomes("\"\\u00e4\": \"\\u00fc\"\n", "{\"\xc3\xa4\":\"\xc3\xbc\"}");
}

static void json_is_read(void **state)
{
	assert_becomes("{\"claims\":[{\"name\":\"db\",\"size\":\"1G\",\"disabled\":false,"
		       "\"uuid\":null}]}",
		       "{\"claims\":[{\"name\":\"db\",\"size\":1073741824,\"disabled\":false,"
		       "\"uuid\":null}]}");
	assert_becomes("{\n\t\"claims\" : [\n\t\t{ \"name\" : \"a\\/b\\\"c\" }\n\t]\n}\n",
		       "{\"claims\":[{\"name\":\"a\\/b\\\"c\"}]}");
	assert_becomes("[]", "[]");
	assert_becomes("[18446744073709551615,-9223372036854775808]",
		       "[18446744073709551615,-9223372036854775808]");
}

/* https://yaml.org/spec/1.2.2/#1032-tag-resolution */
static void plain_scalars_are_those_of_the_core_schema(void **state)
{
	static const struct {
		const char *plain, *json;
	} scalars[] = {
		{ "null", "null" },
		{ "Null", "null" },
		{ "NULL", "null" },
		{ "~", "null" },
		{ "", "null" },
		{ "nULL", "\"nULL\"" },
		{ "true", "true" },
		{ "True", "true" },
		{ "TRUE", "true" },
		{ "tRUE", "\"tRUE\"" },
		{ "false", "false" },
		{ "False", "false" },
		{ "FALSE", "false" },
		/* Of YAML 1.1 only. */
		{ "yes", "\"yes\"" },
		{ "no", "\"no\"" },
		{ "on", "\"on\"" },
		{ "off", "\"off\"" },
		{ "1_000", "\"1_000\"" },
		{ "12:30", "\"12:30\"" },
		{ "0b11", "\"0b11\"" },
		{ "0", "0" },
		{ "-0", "0" },
		{ "+12", "12" },
		{ "-19", "-19" },
		{ "0777", "777" },
		{ "0o17", "15" },
		{ "0o18", "\"0o18\"" },
		{ "0o", "\"0o\"" },
		{ "0x1fA", "506" },
		{ "0xg", "\"0xg\"" },
		{ "0x", "\"0x\"" },
		{ "-0x1", "\"-0x1\"" },
		{ "0X1", "\"0X1\"" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "9223372036854775808", "9223372036854775808" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "0xffffffffffffffff", "18446744073709551615" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "512M", "\"512M\"" },
		{ "0.5TiB", "\"0.5TiB\"" },
		{ "1.2.3", "\"1.2.3\"" },
		{ "1e", "\"1e\"" },
		{ "+", "\"+\"" },
		{ ".", "\".\"" },
		{ ".e1", "\".e1\"" },
		{ "e1", "\"e1\"" },
		{ "--1", "\"--1\"" },
		{ "a b", "\"a b\"" },
		{ "'null'", "\"null\"" },
		{ "'true'", "\"true\"" },
		{ "'12'", "\"12\"" },
		{ "\"12\"", "\"12\"" },
		{ "''", "\"\"" },
		{ "'1.5'", "\"1.5\"" },
	};
	char text[128], expected[128];

	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		(void)snprintf(text, sizeof(text), "x: %s\n", scalars[i].plain);
		(void)snprintf(expected, sizeof(expected), "{\"x\":%s}", scalars[i].json);
		assert_becomes(text, expected);
	}
	assert_becomes("x: |\n  12\n", "{\"x\":\"12\\n\"}");
	assert_becomes("x: >-\n  12\n", "{\"x\":\"12\"}");
}

static void sizes_become_bytes(void **state)
{
	static const struct {
		const char *size, *json;
	} sizes[] = {
		{ "512M", "536870912" },
		{ "'512M'", "536870912" },
		{ "1GiB", "1073741824" },
		{ "536870912", "536870912" },
		{ "'536870912'", "536870912" },
		{ "0.5TiB", "549755813888" },
		{ "1.5G", "1610612736" },
		{ "10.25M", "10747904" },
		{ "0.9765625K", "1000" },
		{ "1.000000000G", "1073741824" },
		{ "8191.5P", "9222809086901354496" },
		{ "'1.0'", "1" },
		/* Whether a size makes sense is not said here. */
		{ "0M", "0" },
		{ "-5", "-5" },
		{ "null", "null" },
		{ "[1G]", "[\"1G\"]" },
	};
	char text[128], expected[128];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		(void)snprintf(text, sizeof(text), "claims:\n- size: %s\n", sizes[i].size);
		(void)snprintf(expected, sizeof(expected), "{\"claims\":[{\"size\":%s}]}",
			       sizes[i].json);
		assert_becomes(text, expected);
	}
}

/* Of a claim of any kind, by the name of the member. */
static void sizes_of_any_kind_become_bytes(void **state)
{
	assert_becomes("claims:\n- {kind: vault, room_size: 512M, sizes: 1G, _size: 1G}\n",
		       "{\"claims\":[{\"kind\":\"vault\",\"room_size\":536870912,\"sizes\":\"1G\","
		       "\"_size\":\"1G\"}]}");
	assert_refused("claims:\n- room_size: wide\n", "state:2:14", "\"room_size\" is not a size");
}

static void what_is_no_size_is_refused(void **state)
{
	static const struct {
		const char *size, *why;
	} sizes[] = {
		{ "much", "is not a size" },
		{ "''", "is not a size" },
		{ "-5M", "is not a size" },
		{ "512X", "is not a size" },
		/* 107374182.4 bytes */
		{ "0.1G", "is not a size" },
		{ "0.000976562K", "is not a size" },
		{ "'1.5'", "is not a size" },
		{ "1.G", "is not a size" },
		{ ".5G", "is not a size" },
		{ "1.5.5G", "is not a size" },
		{ "1.5 G", "is not a size" },
		{ "1.5X", "is not a size" },
		{ "1.0000000000G", "is not a size" },
		/* Octal and hexadecimal numbers have no point. */
		{ "01.5G", "is not a size" },
		{ "0x1.5G", "is not a size" },
		{ "1.5GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG",
		  "is not a size" },
		{ "8192P", "8 EiB" },
		{ "8192.5P", "8 EiB" },
		{ "16384P", "8 EiB" },
		{ "16384.5P", "8 EiB" },
		{ "'9223372036854775808'", "8 EiB" },
		{ "18446744073709551616", "64 bits" },
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		(void)snprintf(text, sizeof(text), "claims:\n- size: %s\n", sizes[i].size);
		assert_refused(text, "state:2:9", sizes[i].why);
	}
}

static void only_claims_have_sizes(void **state)
{
	assert_becomes("size: 1G\nclaims: [{binding: {size: 1G}, name: 1G}]\n",
		       "{\"size\":\"1G\",\"claims\":[{\"binding\":{\"size\":\"1G\"},"
		       "\"name\":\"1G\"}]}");
}

/* ---- what is refused ---- */

static void what_readers_differ_in_is_refused(void **state)
{
	assert_refused("a: &x 1\n", "state:1:4", "anchors");
	assert_refused("a: &x [1]\n", "state:1:4", "anchors");
	assert_refused("a: &x {b: 1}\n", "state:1:4", "anchors");
	assert_refused("&x a: 1\n", "state:1:1", "anchors");
	assert_refused("a: 1\nb: *x\n", "state:2:4", "aliases");
	assert_refused("*x : 1\n", "state:1:1", "aliases");
	assert_refused("- *x\n", "state:1:3", "aliases");
	assert_refused("a: !!str 1\n", "state:1:4", "tags");
	assert_refused("a: ! 1\n", "state:1:4", "tags");
	assert_refused("a: !x [1]\n", "state:1:4", "tags");
	assert_refused("a: !x {b: 1}\n", "state:1:4", "tags");
	assert_refused("!x a: 1\n", "state:1:1", "tags");
	assert_refused("a: 1\n---\nb: 1\n", "state:2:1", "more than one document");
	assert_refused("a: 1\n...\n---\nb: 1\n", "state:3:1", "more than one document");
	assert_refused("a: 1\nb: 2\na: 3\n", "state:3:1", "the same name");
	assert_refused("a: 1\n'a': 3\n", "state:2:1", "the same name");
	assert_refused("{\"a\":null,\n \"a\":null}", "state:2:2", "the same name");
	assert_refused("- b: 1\n  c: {d: 1, d: 2}\n", "state:2:13", "the same name");
	assert_refused("5: 1\n", "state:1:1", "not a text");
	assert_refused("null: 1\n", "state:1:1", "not a text");
	assert_refused("? [a]\n: 1\n", "state:1:3", "not a text");
	assert_refused("? {a: b}\n: 1\n", "state:1:3", "not a text");
	assert_refused("a: 1.5\n", "state:1:4", "fraction");
	assert_refused("a: 1.\n", "state:1:4", "fraction");
	assert_refused("a: .5\n", "state:1:4", "fraction");
	assert_refused("a: -1e3\n", "state:1:4", "fraction");
	assert_refused("a: 1E-3\n", "state:1:4", "fraction");
	assert_refused("a: .inf\n", "state:1:4", "fraction");
	assert_refused("a: -.INF\n", "state:1:4", "fraction");
	assert_refused("a: .NaN\n", "state:1:4", "fraction");
	assert_refused("[1.0]", "state:1:2", "fraction");
	assert_refused("a: 18446744073709551616\n", "state:1:4", "64 bits");
	assert_refused("a: -9223372036854775809\n", "state:1:4", "64 bits");
	assert_refused("a: -18446744073709551616\n", "state:1:4", "64 bits");
	assert_refused("a: 0x10000000000000000\n", "state:1:4", "64 bits");
	assert_refused("a: 0o2000000000000000000000\n", "state:1:4", "64 bits");
	assert_refused("a: \"b\\0c\"\n", "state:1:4", "NUL");
	assert_refused("\"b\\0c\": 1\n", "state:1:1", "NUL");
	assert_refused("[\"\\u0000\"]", "state:1:2", "NUL");
}

static void what_holds_nothing_is_refused(void **state)
{
	assert_refused("", "state:1:1", "empty");
	assert_refused("# nothing\n\n", "state:3:1", "empty");
	assert_refused("---\n", "state:2:1", "no state");
	assert_refused("null\n", "state:1:1", "no state");
	assert_refused("\ntrue\n", "state:2:1", "no state");
	assert_refused("claims\n", "state:1:1", "no state");
}

static void what_is_no_yaml_is_refused(void **state)
{
	assert_refused("claims:\n  - name: a\n size: 1\n", "state:3:2", "did not find");
	assert_refused("claims: [\n", "state:2:1", "did not find");
	assert_refused("a: 'b\n", "state:2:1", "end of stream");
	assert_refused("a:\n\tb: 1\n", "state:2:1", "token");
	assert_refused("a: b: c\n", "state:1:5", "not allowed");
	assert_refused("a: 1\nb: \xff\n", "state:2:4", "UTF-8");
	assert_refused("a: \xc3\xa4\xc3\xa4\xff\n", "state:1:6", "UTF-8");
	assert_refused("a: \xed\xa0\x80\n", "state:1:4", "");
	assert_refused("a: \x1b[2J\n", "state:1:4", "control characters");
	assert_refused_sized("a: \0b\n", 6, "state:1:4", "control characters");
	/* UTF-16, with its mark and without. */
	assert_refused_sized("\xff\xfe"
			     "a\0:\0 \0b\0",
			     10, "state:1:1", "UTF-8");
	assert_refused_sized("a\0:\0 \0b\0", 8, "state:1:2", "control characters");
}

static void what_is_no_json_is_refused(void **state)
{
	assert_refused("{a: 1}", "state:1:2", "begins as JSON");
	assert_refused("{\"a\": 1, 'b': 1}", "state:1:10", "begins as JSON");
	assert_refused("{\"a\": 'b'}", "state:1:7", "begins as JSON");
	assert_refused("[1, NaN]", "state:1:5", "begins as JSON");
	assert_refused("[-Infinity]", "state:1:2", "begins as JSON");
	assert_refused("[18446744073709551616]", "state:1:22", "begins as JSON");
	assert_refused("[-9223372036854775809]", "state:1:22", "begins as JSON");
	assert_refused("{\"a\": 1,}", "state:1:9", "begins as JSON");
	assert_refused("{\n\"a\": 01}", "state:2:8", "begins as JSON");
	assert_refused("{\"a\": True}", "state:1:7", "begins as JSON");
	assert_refused("[1", "state:1:3", "the end is missing");
	assert_refused("{\"claims\":\n[", "state:2:2", "the end is missing");
	assert_refused("[] []", "state:1:4", "begins as JSON");
	assert_refused("[]\n---\n[]", "state:2:1", "begins as JSON");
	assert_refused("[/* */]", "state:1:2", "begins as JSON");
	assert_refused("[\"\xff\"]", "state:1:3", "beyond ASCII");
	assert_refused("[\"a\xc3\xa4\"]", "state:1:4", "beyond ASCII");
	assert_refused("[\"a\nb\"]", "state:1:4", "begins as JSON");
}

static char *nested(char open, char end, int depth)
{
	char *text = calloc(1, 2 * (size_t)depth + 1);

	assert_non_null(text);
	memset(text, open, (size_t)depth);
	memset(text + depth, end, (size_t)depth);
	return text;
}

static void depth_has_a_limit(void **state)
{
	static const int too_deep[] = { STATE_DEPTH_MAX + 1, STATE_DEPTH_MAX + 2, 100000 };
	char *text = nested('[', ']', STATE_DEPTH_MAX), yaml[128] = "";

	assert_becomes(text, text);
	free(text);
	for (size_t i = 0; i < ARRAY_SIZE(too_deep); i++) {
		text = nested('[', ']', too_deep[i]);
		assert_refused(text, "state:1:33", "more than 32 deep");
		free(text);
	}
	/* JSON to its depth: YAML has commas at the end. */
	text = nested('[', ']', STATE_DEPTH_MAX + 1);
	text[STATE_DEPTH_MAX] = '1';
	text[STATE_DEPTH_MAX + 1] = ',';
	assert_refused(text, "state:1:35", "begins as JSON");
	free(text);
	for (int i = 0; i < STATE_DEPTH_MAX; i++)
		(void)strcat(yaml, "- ");
	(void)strcat(yaml, "{}");
	assert_refused(yaml, "state:1:65", "more than 32 deep");
}

static void length_has_a_limit(void **state)
{
	char *text = malloc(STATE_TEXT_MAX + 1);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct json_object *document = NULL;

	assert_non_null(text);
	memset(text, '\n', STATE_TEXT_MAX + 1);
	memcpy(text, "a: 1", 4);
	assert_int_equal(parse(text, STATE_TEXT_MAX, &problems, &document), 0);
	(void)json_object_put(document);
	refusal_list_deinit(&problems);
	assert_refused_sized(text, STATE_TEXT_MAX + 1, "state:33554429:1", "larger than 32 MiB");
	free(text);
}

/* ---- memory ---- */

static void every_allocation_may_fail(void **state)
{
	static const char *const texts[] = {
		"claims:\n- {name: a, size: 1G, ways: 2, disabled: true, uuid: ~}\n",
		"{\"claims\":[{\"name\":\"a\",\"size\":\"1G\",\"ways\":2,\"disabled\":true}]}",
		"a: 1\na: 1\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (unsigned int n = 1;; n++) {
			struct refusal_list problems = REFUSAL_LIST_NULL;
			struct json_object *document = NULL;
			bool failed;
			int rc;

			assert_true(n < 1000);
			fail_in = n;
			rc = state_text_parse("state", texts[i], strlen(texts[i]), &problems,
					      &document);
			failed = fail_in == 0;
			fail_in = 0;
			if (failed ? rc != -ENOMEM : rc == -ENOMEM)
				fail_msg("%s, allocation %u: %d", texts[i], n, rc);
			(void)json_object_put(document);
			refusal_list_deinit(&problems);
			if (failed)
				continue;
			assert_true(n > 3);
			break;
		}
	}
}

/* ---- files ---- */

static int read_file(const char *path, struct refusal_list *problems, char json[static 256])
{
	_cleanup_json_ struct json_object *document = NULL;
	int rc = state_file_read(path, problems, &document);

	json[0] = '\0';
	if (rc == 0)
		(void)snprintf(json, 256, "%s",
			       json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN));
	return rc;
}

/* A file of its own, @length bytes, most of them ends of lines. */
static void write_file(char *path, const char *text, size_t length)
{
	const int fd = mkstemp(path);
	FILE *file;

	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	for (size_t i = strlen(text); i < length; i++)
		(void)putc('\n', file);
	assert_int_equal(fclose(file), 0);
}

static void a_file_is_read(void **state)
{
	char path[] = "/tmp/test-state-file-XXXXXX", json[256];
	struct refusal_list problems = REFUSAL_LIST_NULL;

	write_file(path, "claims: []\n", 0);
	assert_int_equal(read_file(path, &problems, json), 0);
	assert_string_equal(json, "{\"claims\":[]}");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(read_file(path, &problems, json), -ENOENT);
	assert_int_equal(read_file("/", &problems, json), -EISDIR);
	assert_int_equal(problems.list.count, 0);
}

static void a_refusal_names_the_file(void **state)
{
	char path[] = "/tmp/test-state-file-XXXXXX", json[256], object[64];
	struct refusal_list problems = REFUSAL_LIST_NULL;

	write_file(path, "a: 1\na: 1\n", 0);
	assert_int_equal(read_file(path, &problems, json), STATE_TEXT_E_BAD);
	(void)snprintf(object, sizeof(object), "%s:2:1", path);
	assert_string_equal(problems.list.items[0].object, object);
	assert_int_equal(unlink(path), 0);
	refusal_list_deinit(&problems);
}

static void files_may_be_large_and_not_too_large(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		char path[] = "/tmp/test-state-file-XXXXXX", json[256];
		struct refusal_list problems = REFUSAL_LIST_NULL;

		write_file(path, "a: 1\n", STATE_TEXT_MAX + more);
		assert_int_equal(read_file(path, &problems, json), more ? STATE_TEXT_E_BAD : 0);
		assert_string_equal(json, more ? "" : "{\"a\":1}");
		assert_int_equal(unlink(path), 0);
		refusal_list_deinit(&problems);
	}
}

/* In two pieces, as a pipe brings a file. */
static void standard_input_is_read(void **state)
{
	const int before = dup(STDIN_FILENO);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	char json[256];
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(write(ends[1], "a: 1\n", 5) != 5 || write(ends[1], "a: 2\n", 5) != 5);
	assert_int_equal(close(ends[1]), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	assert_int_equal(read_file("-", &problems, json), STATE_TEXT_E_BAD);
	assert_string_equal(problems.list.items[0].object, "standard input:2:1");
	assert_int_equal(waitpid(child, NULL, 0), child);
	/* The standard input is not ours to close. */
	assert_true(dup2(before, STDIN_FILENO) >= 0);
	(void)close(before);
	(void)close(ends[0]);
	refusal_list_deinit(&problems);
}

static void reading_may_lack_memory(void **state)
{
	char path[] = "/tmp/test-state-file-XXXXXX", json[256];
	struct refusal_list problems = REFUSAL_LIST_NULL;

	write_file(path, "a: 1\n", 0);
	fail_in = 1;
	assert_int_equal(read_file(path, &problems, json), -ENOMEM);
	assert_int_equal(fail_in, 0);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_is_read),
		cmocka_unit_test(json_is_read),
		cmocka_unit_test(plain_scalars_are_those_of_the_core_schema),
		cmocka_unit_test(sizes_become_bytes),
		cmocka_unit_test(sizes_of_any_kind_become_bytes),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(only_claims_have_sizes),
		cmocka_unit_test(what_readers_differ_in_is_refused),
		cmocka_unit_test(what_holds_nothing_is_refused),
		cmocka_unit_test(what_is_no_yaml_is_refused),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(length_has_a_limit),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(a_refusal_names_the_file),
		cmocka_unit_test(files_may_be_large_and_not_too_large),
		cmocka_unit_test(standard_input_is_read),
		cmocka_unit_test(reading_may_lack_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interface definitions: good texts become trees, bad ones are refused at the right line, and
 * values are checked against them with the field named.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "daemon/varlink/varlink-idl.h"
#include "daemon/varlink/varlink-server.h"
#include "util/cleanup.h"
#include "util/json.h"

extern const struct varlink_interface_text test_interface_texts[];

DEFINE_CLEANUP(struct varlink_idl *, varlink_idl_free)

static int allocations_until_failure = -1;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	if (allocations_until_failure > 0 && --allocations_until_failure == 0)
		return NULL;
	return __real_calloc(count, size);
}

static struct varlink_idl *parse(const char *text)
{
	struct varlink_problem problem;
	struct varlink_idl *idl = NULL;

	if (varlink_idl_parse(text, strlen(text), &idl, &problem) < 0)
		fail_msg("%s", problem.text);
	return idl;
}

static struct varlink_idl *parse_test_interface(void)
{
	return parse(test_interface_texts[0].text);
}

static void test_tree(void **state)
{
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl = parse_test_interface();
	const struct varlink_member *member = varlink_idl_members(idl);
	const struct varlink_field *field;

	(void)state;
	assert_string_equal(varlink_idl_name(idl), "org.example.test");
	assert_string_equal(varlink_idl_comment(idl),
			    "An interface for tests: one of each.\nSecond line.");
	assert_string_equal(varlink_idl_text(idl), test_interface_texts[0].text);
	assert_string_equal(member->name, "Device");
	assert_string_equal(member->comment, "A device.");
	assert_int_equal(member->kind, VARLINK_MEMBER_TYPE);
	assert_int_equal(member->line, 6);
	field = member->type->fields;
	assert_string_equal(field->name, "name");
	assert_string_equal(field->comment, "Its name.");
	assert_int_equal(field->type->kind, VARLINK_TYPE_STRING);
	field = field->next;
	assert_null(field->comment);
	assert_int_equal(field->type->kind, VARLINK_TYPE_INT);
	assert_false(field->type->nullable);
	field = field->next;
	assert_int_equal(field->type->kind, VARLINK_TYPE_FLOAT);
	assert_true(field->type->nullable);
	field = field->next;
	assert_int_equal(field->type->kind, VARLINK_TYPE_MAP);
	assert_int_equal(field->type->element->kind, VARLINK_TYPE_STRING);
	assert_null(field->next);
	member = member->next;
	assert_int_equal(member->type->kind, VARLINK_TYPE_ENUM);
	assert_string_equal(member->type->fields->next->name, "pmem");
	member = varlink_idl_find(idl, VARLINK_MEMBER_METHOD, "Add");
	assert_ptr_equal(member,
			 varlink_idl_find(idl, VARLINK_MEMBER_METHOD, "org.example.test.Add"));
	assert_string_equal(member->type->fields->type->element->member->name, "Device");
	assert_null(member->reply->fields);
	assert_null(varlink_idl_find(idl, VARLINK_MEMBER_ERROR, "Add"));
	assert_null(varlink_idl_find(idl, VARLINK_MEMBER_METHOD, "org.example.other.Add"));
	assert_non_null(varlink_idl_find(idl, VARLINK_MEMBER_ERROR, "Broken"));
}

static void test_good_texts(void **state)
{
	static const char *const texts[] = {
		"interface a.b",
		"interface A.b-c.1d\n",
		"\n\n# licence\n\n# about\ninterface a.b#x\n#y",
		"interface a.b\r\nmethod X() -> ()\r\n",
		"interface a.b method X() -> () error E()",
		"interface a.b\ntype T (a: []?[][string]?(x, y), b: ?(c: (d: int)))",
		"interface a.b\ntype T (self: ?T, method: bool, type: object)",
		"interface a.b\ntype T (s: [string]())",
		"interface a.b\nmethod X(a: T)->(b: U)\ntype T (x)\ntype U ()",
		"interface a.b\ntype T (# first\n a,\n # second\n b # behind\n)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		(void)varlink_idl_free(parse(texts[i]));
}

static void test_comments(void **state)
{
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl =
		parse("# licence\n\n# about\n#  more\ninterface a.b # behind\n\n# lost\n\n# of T\n"
		      "type T (x) # behind\nerror E ()\n");
	const struct varlink_member *member = varlink_idl_members(idl);

	(void)state;
	assert_string_equal(varlink_idl_comment(idl), "about\n more");
	assert_string_equal(member->comment, "of T");
	assert_null(member->next->comment);
}

static void test_bad_texts(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *problem;
	} cases[] = {
		{ "", 1, "expected 'interface', not the end" },
		{ "method X() -> ()", 1, "expected 'interface', not 'method'" },
		{ "interface\n", 2, "expected an interface name, not the end" },
		{ "interface a", 1, "expected an interface name, not 'a'" },
		{ "interface a..b", 1, "interface name" },
		{ "interface 1a.b", 1, "interface name" },
		{ "interface a.b-", 1, "interface name" },
		{ "interface a.-b", 1, "interface name" },
		{ "interface a.b_c", 1, "interface name" },
		{ "interface a.b\n\nfoo X ()", 3, "expected 'type', 'method' or 'error'" },
		{ "interface a.b\nmethod x() -> ()", 2, "expected a name with a capital, not 'x'" },
		{ "interface a.b\nmethod X\n", 3, "expected '(', not the end" },
		{ "interface a.b\nmethod X()\nmethod Y() -> ()", 3, "expected '->', not 'method'" },
		{ "interface a.b\nmethod X(a) -> ()", 2, "an enum can't stand here" },
		{ "interface a.b\nmethod X() -> (a, b)", 2, "an enum can't stand here" },
		{ "interface a.b\nerror E (a)", 2, "an enum can't stand here" },
		{ "interface a.b\ntype T string", 2, "expected '(', not 'string'" },
		{ "interface a.b\ntype T (a: int,)", 2, "expected a field name, not ')'" },
		{ "interface a.b\ntype T (\na: int\nb: int)", 4, "expected ')', not 'b'" },
		{ "interface a.b\ntype T (a: int, b)", 2, "expected ':', not ')'" },
		{ "interface a.b\ntype T (a, b: int)", 2, "expected ')', not ':'" },
		{ "interface a.b\ntype T (a: )", 2, "expected a type, not ')'" },
		{ "interface a.b\ntype T (a: ??int)", 2, "expected a type, not '?'" },
		{ "interface a.b\ntype T (a: [int]int)", 2, "expected ']', not 'int'" },
		{ "interface a.b\ntype T (a: uint)", 2, "expected a type, not 'uint'" },
		{ "interface a.b\ntype T (a:\nU)", 3, "there is no type 'U'" },
		{ "interface a.b\nmethod U()->()\ntype T (a: U)", 3, "there is no type 'U'" },
		{ "interface a.b\ntype T (_a: int)", 2, "a field name" },
		{ "interface a.b\ntype T (a_: int)", 2, "a field name" },
		{ "interface a.b\ntype T (a__b: int)", 2, "a field name" },
		{ "interface a.b\ntype T (1a: int)", 2, "a field name" },
		{ "interface a.b\ntype T (a.b: int)", 2, "a field name" },
		{ "interface a.b\ntype T (a: int,\na: int)", 3, "'a' appears twice" },
		{ "interface a.b\ntype T (a, a)", 2, "'a' appears twice" },
		{ "interface a.b\ntype T (a)\nerror T ()", 3, "'T' is defined twice" },
		{ "interface a.b\n# \xc3\xa4", 2, "byte 0xc3 is not plain ASCII text" },
		{ "interface a.b\n\x01", 2, "byte 0x01 is not plain ASCII text" },
		{ "interface a.b\n$", 2, "not '$'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct varlink_idl *idl = NULL;
		struct varlink_problem problem;
		int rc = varlink_idl_parse(cases[i].text, strlen(cases[i].text), &idl, &problem);

		if (rc != -EINVAL || idl)
			fail_msg("accepted: %s", cases[i].text);
		if (problem.line != cases[i].line || !strstr(problem.text, cases[i].problem))
			fail_msg("%s\nsays at line %u: %s", cases[i].text, problem.line,
				 problem.text);
	}
}

static void test_nesting(void **state)
{
	char text[1024] = "interface a.b\ntype T (a: ";
	struct varlink_idl *idl;
	struct varlink_problem problem;

	(void)state;
	for (unsigned int i = 0; i < VARLINK_IDL_DEPTH_MAX; i++)
		strcat(text, "[]");
	strcat(text, "int)");
	assert_int_equal(varlink_idl_parse(text, strlen(text), &idl, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "nested more than"));
}

static void test_size_limit(void **state)
{
	_cleanup_free_ char *text = malloc(VARLINK_IDL_SIZE_MAX + 1);
	struct varlink_idl *idl;
	struct varlink_problem problem;

	(void)state;
	memset(text, ' ', VARLINK_IDL_SIZE_MAX + 1);
	assert_int_equal(varlink_idl_parse(text, VARLINK_IDL_SIZE_MAX + 1, &idl, &problem),
			 -EINVAL);
	assert_non_null(strstr(problem.text, "too long"));
	memcpy(text, "interface a.b", 13);
	assert_int_equal(varlink_idl_parse(text, VARLINK_IDL_SIZE_MAX, &idl, &problem), 0);
	(void)varlink_idl_free(idl);
}

/* NULL: accepted; otherwise what the problem has to say. */
struct check_case {
	const char *parameters;
	const char *problem;
};

typedef int (*check_fn)(const struct varlink_idl *idl, const char *name,
			struct json_object *parameters, struct varlink_problem *reterr_problem);

static void run_checks(check_fn check, const char *name, const struct check_case *cases,
		       size_t count)
{
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl = parse_test_interface();

	for (size_t i = 0; i < count; i++) {
		_cleanup_json_ struct json_object *parameters =
			json_tokener_parse(cases[i].parameters);
		struct varlink_problem problem = { .text = "" };
		int rc = check(idl, name, parameters, &problem);

		assert_non_null(parameters);
		if (!cases[i].problem && rc != 0)
			fail_msg("refused %s: %s", cases[i].parameters, problem.text);
		if (cases[i].problem && rc != -EINVAL)
			fail_msg("accepted %s", cases[i].parameters);
		if (cases[i].problem && strcmp(problem.text, cases[i].problem) != 0)
			fail_msg("%s: %s", cases[i].parameters, problem.text);
	}
}

#define DEVICES(list) "{\"kind\":\"ram\",\"devices\":[" list "]}"

static void test_check_call(void **state)
{
	static const struct check_case cases[] = {
		{ DEVICES(""), NULL },
		{ DEVICES("{\"name\":\"m\",\"size\":-5}"), NULL },
		{ DEVICES("{\"name\":\"m\",\"size\":5,\"share\":1,\"tags\":{\"a b\":\"c\"}}"),
		  NULL },
		{ DEVICES("{\"name\":\"m\",\"size\":5,\"share\":0.5,\"tags\":null}"), NULL },
		{ "{\"kind\":\"pmem\",\"devices\":[],\"options\":{\"x\":[1]}}", NULL },
		{ "{}", "parameters.devices: missing, expected array" },
		{ "{\"devices\":[]}", "parameters.kind: missing, expected Kind" },
		{ "{\"kind\":\"disk\",\"devices\":[]}",
		  "parameters.kind: expected one of ram, pmem" },
		{ "{\"kind\":1,\"devices\":[]}", "parameters.kind: expected string" },
		{ "{\"kind\":null,\"devices\":[]}", "parameters.kind: expected Kind" },
		{ "{\"kind\":\"ram\",\"devices\":{}}", "parameters.devices: expected array" },
		{ DEVICES("null"), "parameters.devices[0]: expected Device" },
		{ DEVICES("{\"name\":\"m\",\"size\":1},[]"),
		  "parameters.devices[1]: expected object" },
		{ DEVICES("{\"name\":\"m\"}"),
		  "parameters.devices[0].size: missing, expected int" },
		{ DEVICES("{\"name\":\"m\",\"size\":1.5}"),
		  "parameters.devices[0].size: expected int" },
		{ DEVICES("{\"name\":\"m\",\"size\":\"1\"}"),
		  "parameters.devices[0].size: expected int" },
		{ DEVICES("{\"name\":\"m\",\"size\":true}"),
		  "parameters.devices[0].size: expected int" },
		{ DEVICES("{\"name\":\"m\",\"size\":9223372036854775808}"),
		  "parameters.devices[0].size: too large for an int" },
		{ DEVICES("{\"name\":\"m\",\"size\":1,\"share\":\"x\"}"),
		  "parameters.devices[0].share: expected float" },
		{ DEVICES("{\"name\":\"m\",\"size\":1,\"share\":1e999}"),
		  "parameters.devices[0].share: expected float" },
		{ DEVICES("{\"name\":\"m\",\"size\":1,\"tags\":{\"a\\u00e4\":1}}"),
		  "parameters.devices[0].tags.a?"
		  "?: expected string" },
		{ DEVICES("{\"name\":\"m\",\"size\":1,\"colour\":1}"),
		  "parameters.devices[0].colour: unknown field" },
		{ "{\"kind\":\"ram\",\"devices\":[],\"options\":[]}",
		  "parameters.options: expected object" },
		{ "[]", "parameters: expected object" },
	};

	(void)state;
	run_checks(varlink_idl_check_call, "Add", cases, ARRAY_SIZE(cases));
}

static void test_check_reply_and_error(void **state)
{
	static const struct check_case replies[] = {
		{ "{\"text\":\"x\"}", NULL },
		{ "{}", "parameters.text: missing, expected string" },
		{ "{\"text\":\"x\",\"more\":1}", "parameters.more: unknown field" },
	};
	static const struct check_case errors[] = {
		{ "{\"why\":\"x\"}", NULL },
		{ "{\"why\":1}", "parameters.why: expected string" },
	};
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl = parse_test_interface();
	struct varlink_problem problem;

	(void)state;
	run_checks(varlink_idl_check_reply, "org.example.test.Echo", replies, ARRAY_SIZE(replies));
	run_checks(varlink_idl_check_error, "org.example.test.Broken", errors, ARRAY_SIZE(errors));
	assert_int_equal(varlink_idl_check_call(idl, "Nothing", NULL, &problem), -ENOENT);
	assert_int_equal(varlink_idl_check_call(idl, "Broken", NULL, &problem), -ENOENT);
	assert_int_equal(varlink_idl_check_call(idl, "Forget", NULL, &problem), 0);
	assert_int_equal(varlink_idl_check_call(idl, "Echo", NULL, &problem), -EINVAL);
	assert_string_equal(problem.field, "text");
}

/* A name of any length from a client ends up cut, not beyond the buffer. */
static void test_long_names(void **state)
{
	_cleanup_(varlink_idl_freep) struct varlink_idl *idl = parse_test_interface();
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	struct varlink_problem problem;
	char name[5000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(json_add_int(parameters, name, 1), 0);
	assert_int_equal(varlink_idl_check_call(idl, "Forget", parameters, &problem), -EINVAL);
	assert_int_equal(strlen(problem.field), sizeof(problem.field) - 1);
	assert_non_null(strstr(problem.text, ": unknown field"));
}

static void test_allocation_failures(void **state)
{
	const struct varlink_interface_text *interface = &test_interface_texts[0];
	struct varlink_problem problem;
	int rc = -ENOMEM;

	(void)state;
	for (int n = 1; rc == -ENOMEM; n++) {
		struct varlink_idl *idl = NULL;

		allocations_until_failure = n;
		rc = varlink_idl_parse(interface->text, interface->length, &idl, &problem);
		allocations_until_failure = -1;
		assert_true(rc == 0 || (rc == -ENOMEM && !idl));
		assert_true(rc == 0 || n < 100);
		(void)varlink_idl_free(idl);
	}
	assert_int_equal(rc, 0);
}

/* What the program carries is good, all of it. */
static void test_own_interfaces(void **state)
{
	(void)state;
	for (const struct varlink_interface_text *interface = varlink_interface_texts;
	     interface->text; interface++) {
		assert_int_equal(strlen(interface->text), interface->length);
		(void)varlink_idl_free(parse(interface->text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),	       cmocka_unit_test(test_good_texts),
		cmocka_unit_test(test_comments),       cmocka_unit_test(test_bad_texts),
		cmocka_unit_test(test_nesting),	       cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_check_call),     cmocka_unit_test(test_check_reply_and_error),
		cmocka_unit_test(test_long_names),     cmocka_unit_test(test_allocation_failures),
		cmocka_unit_test(test_own_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

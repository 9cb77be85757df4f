// SPDX-License-Identifier: GPL-2.0-only
/* Declared states, and their differences from stored claims. */
#include "daemon/claim/declared-state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test/unit/daemon/claim/claim-text.h"

#define DEFAULTS "'type':'ram','goal':'system_ram','zone':'movable','drift':'mend'"

static int read_state(const char *text, struct refusal_list *problems, struct declared_state *state)
{
	_cleanup_json_ struct json_object *document = json_of(text);

	return declared_state_from_json(&claim_kinds, document, problems, state);
}

static struct declared_state state_of(const char *text)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state state = DECLARED_STATE_NULL;

	if (read_state(text, &problems, &state) != 0)
		fail_msg("%s is refused: %s", text, problems.list.items[0].text);
	refusal_list_deinit(&problems);
	return state;
}

static void claims_are_read_by_name(void **state)
{
	struct declared_state declared =
		state_of("{'claims':[{'name':'b','size':2},{'name':'c','size':3},"
			 "{'name':'a','size':1}]}");

	assert_int_equal(declared.claims.count, 3);
	assert_string_equal(declared.claims.items[0].name, "a");
	assert_int_equal(memory_claim(&declared.claims.items[0])->size_bytes, 1);
	assert_string_equal(declared.claims.items[1].name, "b");
	assert_string_equal(declared.claims.items[2].name, "c");
	declared_state_deinit(&declared);
}

static void nothing_may_be_declared(void **state)
{
	struct declared_state declared = state_of("{'claims':[]}");

	assert_int_equal(declared.claims.count, 0);
	declared_state_deinit(&declared);
}

static const struct {
	const char *document, *object, *text;
} bad_documents[] = {
	{ "[]", NULL, "no list \"claims\"" },
	{ "{}", NULL, "no list \"claims\"" },
	{ "{'claims':null}", NULL, "no list \"claims\"" },
	{ "{'claims':{}}", NULL, "no list \"claims\"" },
	{ "{'claims':[],'claim':[]}", NULL, "a member besides \"claims\"" },
	{ "{'claims':[5]}", "claims[0]", "not an object" },
	{ "{'claims':[{'name':'a','size':1},null]}", "claims[1]", "not an object" },
	{ "{'claims':[{'name':'a','size':1},{'size':1}]}", "claims[1]", "no name" },
	{ "{'claims':[{'name':'a','size':1},{'name':'A','size':1}]}", "claims[1]",
	  "not a valid name for" },
	{ "{'claims':[{'name':'a','size':1},{'name':'b'}]}", "b", "no size" },
	{ "{'claims':[{'name':'a','size':1},{'name':'b','size':1},{'name':'a','size':2}]}", "a",
	  "two claims have the name a" },
	{ "{'claims':[{'name':'a','size':1,'owner':'root'}]}", "a", "owner" },
	{ "{'claims':[{'name':'a','size':1,'adopted':true}]}", "a", "adopted" },
	{ "{'claims':[{'name':'a','size':1,'binding':{'boot':'b','size':1,'ways':1,"
	  "'members':[{}]}}]}",
	  "a", "binding" },
};

static void nonsense_is_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_documents); i++) {
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct declared_state declared = DECLARED_STATE_NULL;
		const struct refusal *refusal;

		if (read_state(bad_documents[i].document, &problems, &declared) != CLAIM_E_BAD)
			fail_msg("accepted %s", bad_documents[i].document);
		assert_int_equal(problems.list.count, 1);
		refusal = &problems.list.items[0];
		assert_string_equal(refusal->code, "bad-claim");
		assert_non_null(refusal->hint);
		if (bad_documents[i].object)
			assert_string_equal(refusal->object, bad_documents[i].object);
		else
			assert_null(refusal->object);
		if (!strstr(refusal->text, bad_documents[i].text))
			fail_msg("%s: \"%s\"", bad_documents[i].document, refusal->text);
		declared_state_deinit(&declared);
		refusal_list_deinit(&problems);
	}
}

/* A user who corrects a file wants to see all mistakes at once. */
static void every_bad_claim_is_told(void **state)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state declared = DECLARED_STATE_NULL;

	assert_int_equal(read_state("{'claims':[{'name':'c','size':1},{'name':'c','size':1},"
				    "{'name':'c','size':1},{'name':'b','size':0},"
				    "{'name':'a','size':1,'ways':5}]}",
				    &problems, &declared),
			 CLAIM_E_BAD);
	assert_int_equal(problems.list.count, 4);
	assert_string_equal(problems.list.items[0].object, "b");
	assert_string_equal(problems.list.items[1].object, "a");
	assert_string_equal(problems.list.items[2].object, "c");
	assert_string_equal(problems.list.items[3].object, "c");
	declared_state_deinit(&declared);
	refusal_list_deinit(&problems);
}

static struct json_object *many_claims(int count)
{
	struct json_object *document = json_object_new_object(), *claims = json_object_new_array();

	for (int i = 0; i < count; i++) {
		struct json_object *claim = json_object_new_object();
		char name[32];

		(void)snprintf(name, sizeof(name), "c%d", i);
		assert_int_equal(json_add_string(claim, "name", name), 0);
		assert_int_equal(json_add_int(claim, "size", 1), 0);
		assert_int_equal(json_append(claims, claim), 0);
	}
	assert_int_equal(json_add(document, "claims", claims), 0);
	return document;
}

static void there_is_a_limit(void **state)
{
	for (int count = DECLARED_CLAIMS_MAX; count <= DECLARED_CLAIMS_MAX + 1; count++) {
		_cleanup_json_ struct json_object *document = many_claims(count);
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct declared_state declared = DECLARED_STATE_NULL;
		int rc = declared_state_from_json(&claim_kinds, document, &problems, &declared);

		assert_int_equal(rc, count == DECLARED_CLAIMS_MAX ? 0 : CLAIM_E_BAD);
		assert_int_equal(declared.claims.count, rc ? 0 : DECLARED_CLAIMS_MAX);
		declared_state_deinit(&declared);
		refusal_list_deinit(&problems);
	}
}

/* ---- claims that are stored ---- */

struct stored {
	struct claim claims[4];
	const struct claim *pointers[4];
	size_t count;
};

static void store(struct stored *stored, const char *text)
{
	stored->claims[stored->count] = claim_of(text);
	stored->pointers[stored->count] = &stored->claims[stored->count];
	stored->count++;
}

static void stored_deinit(struct stored *stored)
{
	for (size_t i = 0; i < stored->count; i++)
		claim_deinit(&stored->claims[i]);
}

/* The state has nothing that is no part of a wish, and is what is read back. */
static void what_is_stored_can_be_declared(void **state)
{
	struct stored stored = { .count = 0 };
	struct declared_diff diff = DECLARED_DIFF_NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state declared = DECLARED_STATE_NULL;
	_cleanup_json_ struct json_object *document = NULL;

	store(&stored, "{'name':'b','size':2,'owner':'root','adopted':true,'binding':"
		       "{'boot':'x','size':2,'ways':1,'members':[{'serial':1}]}}");
	store(&stored, "{'name':'a','size':1,'members':[{'serial':2}]}");
	document = declared_state_to_json(stored.pointers, stored.count);
	assert_json(document,
		    "{'claims':[{'name':'a','size':1," DEFAULTS ",'members':[{'serial':2}]},"
		    "{'name':'b','size':2," DEFAULTS "}]}");
	assert_int_equal(declared_state_from_json(&claim_kinds, document, &problems, &declared), 0);
	assert_int_equal(
		declared_state_diff(stored.pointers, stored.count, &declared, &problems, &diff), 0);
	assert_int_equal(diff.changes.count, 2);
	assert_int_equal(diff.changes.items[0].action, DECLARED_SAME);
	assert_int_equal(diff.changes.items[1].action, DECLARED_SAME);
	declared_diff_deinit(&diff);
	declared_state_deinit(&declared);
	refusal_list_deinit(&problems);
	stored_deinit(&stored);
}

static void assert_diff(const struct stored *stored, const char *declared_text,
			const char *expected)
{
	struct declared_state declared = state_of(declared_text);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_diff diff = DECLARED_DIFF_NULL;
	_cleanup_json_ struct json_object *json = NULL;

	assert_int_equal(
		declared_state_diff(stored->pointers, stored->count, &declared, &problems, &diff),
		0);
	json = declared_diff_to_json(&diff);
	assert_json(json, expected);
	declared_diff_deinit(&diff);
	declared_state_deinit(&declared);
}

#define WISH "'size':1,'type':'ram','goal':'system_ram','zone':'movable','drift':'mend'"

static void a_difference_is_told_by_name(void **state)
{
	struct stored stored = { .count = 0 };

	store(&stored, "{'name':'y','size':1}");
	store(&stored, "{'name':'m','size':1,'ways':2,'members':[{'serial':1},{'serial':2}]}");
	store(&stored, "{'name':'f','size':1}");
	store(&stored, "{'name':'c','size':1}");
	assert_diff(&stored,
		    "{'claims':[{'name':'z','size':1},{'name':'a','size':1},"
		    "{'name':'m','size':2,'zone':'kernel','ways':2},"
		    "{'name':'f','size':1,'qos_class':0},{'name':'y','size':1}]}",
		    "[{'action':'remove','name':'c'},"
		    "{'action':'change','name':'f','anew':true,"
		    "'changes':{'qos_class':{'from':null,'to':0}},"
		    "'claim':{'name':'f','size':1,'type':'ram','goal':'system_ram',"
		    "'zone':'movable','drift':'mend','qos_class':0}},"
		    "{'action':'change','name':'m','anew':true,'changes':{"
		    "'size':{'from':1,'to':2},'zone':{'from':'movable','to':'kernel'},"
		    "'members':{'from':[{'serial':1},{'serial':2}],'to':null}},"
		    "'claim':{'name':'m','size':2,'type':'ram','goal':'system_ram',"
		    "'zone':'kernel','drift':'mend','ways':2}},"
		    "{'action':'make','name':'a','claim':{'name':'a'," WISH "}},"
		    "{'action':'make','name':'z','claim':{'name':'z'," WISH "}}]");
	/* Neither list is the shorter one everywhere. */
	assert_diff(&stored, "{'claims':[]}",
		    "[{'action':'remove','name':'c'},{'action':'remove','name':'f'},"
		    "{'action':'remove','name':'m'},{'action':'remove','name':'y'}]");
	stored_deinit(&stored);
	stored.count = 0;
	/* Regions go from the highest address on. */
#define AT(name, resource)                                                                         \
	"{'name':'" name "','size':1,'binding':{'boot':'b','resource':" resource                   \
	",'size':1,'ways':1,'granularity':256,'members':[{'serial':1}]}}"
	store(&stored, AT("a", "8192"));
	store(&stored, AT("b", "16384"));
	store(&stored, AT("c", "4096"));
	assert_diff(&stored, "{'claims':[]}",
		    "[{'action':'remove','name':'b','resource':16384},"
		    "{'action':'remove','name':'a','resource':8192},"
		    "{'action':'remove','name':'c','resource':4096}]");
	stored_deinit(&stored);
	stored.count = 0;
	/* Adopted claims are forgotten before regions are taken down whose capacity others can use.
	 */
	store(&stored, AT("a", "8192"));
	store(&stored, AT("b", "16384"));
	stored.claims[1].adopted = true;
	assert_diff(&stored, "{'claims':[]}",
		    "[{'action':'forget','name':'b'},"
		    "{'action':'remove','name':'a','resource':8192}]");
	stored_deinit(&stored);
	stored.count = 0;
	/* A claim that can be changed in place is not made anew. */
	store(&stored, "{'name':'b','size':1}");
	assert_diff(&stored, "{'claims':[{'name':'b','size':1,'zone':'kernel'}]}",
		    "[{'action':'change','name':'b','changes':{"
		    "'zone':{'from':'movable','to':'kernel'}},"
		    "'claim':{'name':'b','size':1,'type':'ram','goal':'system_ram',"
		    "'zone':'kernel','drift':'mend'}}]");
	stored_deinit(&stored);
	stored.count = 0;
	assert_diff(&stored, "{'claims':[]}", "[]");
}

static void a_difference_says_what_it_takes(void **state)
{
	struct stored stored = { .count = 0 };
	struct declared_state declared =
		state_of("{'claims':[{'name':'a','size':1,'zone':'kernel'},"
			 "{'name':'b','size':2,'zone':'kernel'},{'name':'c','size':1}]}");
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_diff diff = DECLARED_DIFF_NULL;
	const struct declared_change *changes;

	store(&stored, "{'name':'a','size':1}");
	store(&stored, "{'name':'b','size':1}");
	store(&stored, "{'name':'c','size':1}");
	assert_int_equal(
		declared_state_diff(stored.pointers, stored.count, &declared, &problems, &diff), 0);
	changes = diff.changes.items;
	assert_int_equal(diff.changes.count, 3);
	assert_int_equal(changes[0].kind, CLAIM_CHANGE_IN_PLACE);
	assert_int_equal(changes[0].differences, 1u << MEMORY_WISH_ZONE);
	assert_ptr_equal(changes[0].stored, &stored.claims[0]);
	assert_ptr_equal(changes[0].declared, &declared.claims.items[0]);
	assert_int_equal(changes[1].kind, CLAIM_CHANGE_REMAKE);
	assert_int_equal(changes[2].kind, CLAIM_CHANGE_NONE);
	declared_diff_deinit(&diff);
	declared_state_deinit(&declared);
	stored_deinit(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_are_read_by_name),
		cmocka_unit_test(nothing_may_be_declared),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(every_bad_claim_is_told),
		cmocka_unit_test(there_is_a_limit),
		cmocka_unit_test(what_is_stored_can_be_declared),
		cmocka_unit_test(a_difference_is_told_by_name),
		cmocka_unit_test(a_difference_says_what_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

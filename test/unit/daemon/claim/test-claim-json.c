// SPDX-License-Identifier: GPL-2.0-only
/* Claims as JSON, both ways, and the differences of two wishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "daemon/claim/memory/memory-kind.h"
#include "test/unit/daemon/claim/claim-text.h"

#define UUID "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00"
#define BOOT "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"

#define FULL                                                                                       \
	"{'name':'db-1.cache_a','size':536870912,'type':'pmem','goal':'region','disabled':true,"   \
	"'drift':'leave','ways':2,'granularity':4096,'near_node':0,'qos_class':0,"                 \
	"'window':19595788288,'uuid':'" UUID "','members_ordered':true,"                           \
	"'members':[{'serial':18446744073709551614},{'path':'pci0000:40/0000:40:00.0'}],"          \
	"'owner':'uid:1000','adopted':true,"                                                       \
	"'binding':{'boot':'" BOOT "','resource':19595788288,'size':536870912,'ways':2,"           \
	"'granularity':256,'uuid':'" UUID "','members':[{'serial':1},{}]}}"

static void defaults_are_those_of_add_memory(void **state)
{
	struct claim claim = claim_of("{'name':'a','size':1,'ways':null,'binding':null}");

	assert_string_equal(claim.name, "a");
	assert_int_equal(memory_claim(&claim)->size_bytes, 1);
	assert_int_equal(memory_claim(&claim)->type, TOPO_MODE_RAM);
	assert_int_equal(memory_claim(&claim)->goal, PLAN_GOAL_SYSTEM_RAM);
	assert_int_equal(memory_claim(&claim)->zone, TOPO_ZONE_MOVABLE);
	assert_int_equal(claim.drift, CLAIM_DRIFT_MEND);
	assert_int_equal(memory_claim(&claim)->ways, 0);
	assert_int_equal(memory_claim(&claim)->granularity, 0);
	assert_int_equal(memory_claim(&claim)->near_node, TOPO_UNKNOWN_INT);
	assert_int_equal(memory_claim(&claim)->qos_class, TOPO_UNKNOWN_INT);
	assert_true(memory_claim(&claim)->window == TOPO_UNKNOWN);
	assert_null(claim.owner);
	assert_null(memory_claim(&claim)->uuid);
	assert_false(memory_claim(&claim)->disabled || claim.adopted ||
		     memory_claim(&claim)->members_ordered);
	assert_int_equal(memory_claim(&claim)->members.count, 0);
	assert_false(memory_claim(&claim)->binding.bound);
	claim_deinit(&claim);

	claim = claim_of("{'name':'p','size':1,'type':'pmem'}");
	assert_int_equal(memory_claim(&claim)->goal, PLAN_GOAL_REGION);
	claim_deinit(&claim);
}

static void everything_is_read(void **state)
{
	struct claim claim = claim_of(FULL);
	const struct memory_binding *binding = &memory_claim(&claim)->binding;

	assert_string_equal(claim.name, "db-1.cache_a");
	assert_string_equal(claim.owner, "uid:1000");
	assert_int_equal(memory_claim(&claim)->size_bytes, 536870912);
	assert_int_equal(memory_claim(&claim)->type, TOPO_MODE_PMEM);
	assert_int_equal(memory_claim(&claim)->goal, PLAN_GOAL_REGION);
	assert_int_equal(claim.drift, CLAIM_DRIFT_LEAVE);
	assert_true(memory_claim(&claim)->disabled && claim.adopted &&
		    memory_claim(&claim)->members_ordered);
	assert_int_equal(memory_claim(&claim)->ways, 2);
	assert_int_equal(memory_claim(&claim)->granularity, 4096);
	assert_int_equal(memory_claim(&claim)->near_node, 0);
	assert_int_equal(memory_claim(&claim)->qos_class, 0);
	assert_true(memory_claim(&claim)->window == UINT64_C(0x490000000));
	assert_string_equal(memory_claim(&claim)->uuid, UUID);
	assert_int_equal(memory_claim(&claim)->members.count, 2);
	assert_true(memory_claim(&claim)->members.items[0].serial == UINT64_MAX - 1);
	assert_null(memory_claim(&claim)->members.items[0].path);
	assert_false(claim_member_has_serial(&memory_claim(&claim)->members.items[1]));
	assert_string_equal(memory_claim(&claim)->members.items[1].path, "pci0000:40/0000:40:00.0");
	assert_true(binding->bound);
	assert_string_equal(binding->boot, BOOT);
	assert_true(binding->resource == UINT64_C(0x490000000));
	assert_int_equal(binding->size, 536870912);
	assert_int_equal(binding->ways, 2);
	assert_int_equal(binding->granularity, 256);
	assert_string_equal(binding->uuid, UUID);
	assert_int_equal(binding->members.count, 2);
	assert_int_equal(binding->members.items[0].serial, 1);
	assert_false(claim_member_has_serial(&binding->members.items[1]));
	assert_null(binding->members.items[1].path);
	claim_deinit(&claim);
}

/* A claim with all members comes back as it was written. */
static void json_comes_back(void **state)
{
	static const char *const texts[] = {
		FULL,
		"{'name':'a','size':1,'type':'ram','goal':'system_ram','zone':'movable',"
		"'drift':'mend'}",
		"{'name':'a','size':9223372036854775807,'type':'ram','goal':'system_ram',"
		"'zone':'kernel','drift':'mend','near_node':2147483647,'qos_class':255}",
		"{'name':'a','size':1,'type':'ram','goal':'system_ram','zone':'offline',"
		"'drift':'leave','window':0}",
		"{'name':'a','size':1,'type':'ram','goal':'devdax','drift':'mend',"
		"'members':[{'serial':1}]}",
		"{'name':'a','size':1,'type':'ram','goal':'region','drift':'mend',"
		"'binding':{'boot':'b','size':1,'ways':1,'members':[{'path':'x/y'}]}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct claim claim = claim_of(texts[i]);
		_cleanup_json_ struct json_object *object = claim_to_json(&claim);

		assert_json(object, texts[i]);
		claim_deinit(&claim);
	}
}

static void a_wish_is_without_what_was_given(void **state)
{
	struct claim claim =
		claim_of("{'name':'a','size':1,'owner':'root','adopted':true,"
			 "'binding':{'boot':'b','size':1,'ways':1,'members':[{'path':'x/y'}]}}");
	_cleanup_json_ struct json_object *object = claim_wish_to_json(&claim);

	assert_json(object, "{'name':'a','size':1,'type':'ram','goal':'system_ram',"
			    "'zone':'movable','drift':'mend'}");
	claim_deinit(&claim);
}

/* As all claims were stored before there were kinds, and are still. */
static void a_claim_without_a_kind_is_of_memory(void **state)
{
	static const char *const kinds[] = { "", ",'kind':null", ",'kind':'memory'" };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_json_ struct json_object *object = NULL;
		struct claim claim;

		(void)snprintf(text, sizeof(text), "{'name':'a','size':1%s}", kinds[i]);
		claim = claim_of(text);
		assert_ptr_equal(claim.kind, &memory_kind);
		object = claim_to_json(&claim);
		assert_json(object, "{'name':'a','size':1,'type':'ram','goal':'system_ram',"
				    "'zone':'movable','drift':'mend'}");
		claim_deinit(&claim);
	}
}

/* People read the texts: each text names the mistake, and the hint the way out. */
static const struct {
	const char *claim, *text, *hint;
} bad_claims[] = {
	{ "[]", "a claim is not an object", "object" },
	{ "{}", "no name", "name" },
	{ "{'name':null,'size':1}", "no name", "name" },
	{ "{'name':5,'size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'','size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'A','size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'-a','size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'.','size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'a/b','size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'a\\u0000b','size':1}", "not a valid name for a claim", "a-z" },
	{ "{'name':'a'}", "no size", "bytes" },
	{ "{'name':'a','size':0}", "\"size\" is out of range", "from 1 to 9223372036854775807" },
	{ "{'name':'a','size':-1}", "\"size\" is out of range", "from 1" },
	{ "{'name':'a','size':9223372036854775808}", "\"size\" is out of range", "from 1" },
	{ "{'name':'a','size':1.5}", "\"size\" is not a whole number", "from 1" },
	{ "{'name':'a','size':'512M'}", "\"size\" is not a whole number", "from 1" },
	{ "{'name':'a','size':1,'kind':'share'}", "not a known kind", "write memory" },
	{ "{'name':'a','size':1,'kind':''}", "not a known kind", "write memory" },
	{ "{'name':'a','size':1,'kind':5}", "not a known kind", "write memory" },
	{ "{'name':'a','size':1,'kind':['memory']}", "not a known kind", "write memory" },
	{ "{'name':'a','size':1,'kind':'memory\\u0000x'}", "not a known kind", "write memory" },
	{ "{'name':'a','size':1,'colour':1}", "no member \"colour\"", "misspelling" },
	{ "{'name':'a','size':1,'a\\nb':1}", "an invalid name", "leave it out" },
	{ "{'name':'a','size':1,"
	  "'a123456789012345678901234567890123456789012345678901234567890123':1}",
	  "an invalid name", "leave it out" },
	{ "{'name':'a','size':1,'':1}", "an invalid name", "leave it out" },
	{ "{'name':'a','size':1,'owner':1}", "\"owner\" is not a text", "quotes" },
	{ "{'name':'a','size':1,'owner':''}", "not a short plain text", "ASCII" },
	{ "{'name':'a','size':1,'owner':'a\\u001b[2J'}", "not a short plain text", "ASCII" },
	{ "{'name':'a','size':1,'owner':'a\\u0000'}", "not a short plain text", "ASCII" },
	{ "{'name':'a','size':1,'type':'none'}", "\"type\" has a value that is not allowed",
	  "write ram or pmem" },
	{ "{'name':'a','size':1,'owner':'a\\u007f'}", "not a short plain text", "ASCII" },
	{ "{'name':'a','size':1,'type':'ram\\u0000x'}", "\"type\" has a value",
	  "write ram or pmem" },
	{ "{'name':'a','size':1,'type':1}", "\"type\" has a value that is not allowed",
	  "write ram or pmem" },
	{ "{'name':'a','size':1,'goal':'x'}", "\"goal\" has a value that is not allowed",
	  "write region or devdax or system_ram" },
	{ "{'name':'a','size':1,'zone':'none'}", "\"zone\" has a value that is not allowed",
	  "write movable or kernel or offline" },
	{ "{'name':'a','size':1,'drift':true}", "\"drift\" has a value that is not allowed",
	  "write mend or leave" },
	{ "{'name':'a','size':1,'disabled':1}", "\"disabled\" is neither", "true or false" },
	{ "{'name':'a','size':1,'adopted':'yes'}", "\"adopted\" is neither", "true or false" },
	{ "{'name':'a','size':1,'members_ordered':0}", "\"members_ordered\" is neither", "true" },
	{ "{'name':'a','size':1,'ways':0}", "\"ways\" is out of range", "from 1 to 16" },
	{ "{'name':'a','size':1,'ways':17}", "\"ways\" is out of range", "from 1 to 16" },
	{ "{'name':'a','size':1,'ways':5}", "cannot have 5 ways", "1, 2, 3, 4, 6, 8, 12 or 16" },
	{ "{'name':'a','size':1,'granularity':128}", "out of range", "from 256 to 16384" },
	{ "{'name':'a','size':1,'granularity':32768}", "out of range", "from 256 to 16384" },
	{ "{'name':'a','size':1,'granularity':300}", "every 300 bytes", "power of two" },
	{ "{'name':'a','size':1,'near_node':-1}", "\"near_node\" is out of range", "from 0" },
	{ "{'name':'a','size':1,'near_node':2147483648}", "out of range", "to 2147483647" },
	{ "{'name':'a','size':1,'qos_class':256}", "out of range", "from 0 to 255" },
	{ "{'name':'a','size':1,'window':18446744073709551615}", "\"window\" is out of", "from 0" },
	{ "{'name':'a','size':1,'window':'x'}", "\"window\" is not a whole number", "from 0" },
	{ "{'name':'a','size':1,'type':'pmem','uuid':'x'}", "\"uuid\" is not a UUID", "uuidgen" },
	{ "{'name':'a','size':1,'type':'pmem','uuid':'" UUID "\\u0000'}", "\"uuid\" is not a UUID",
	  "uuidgen" },
	{ "{'name':'a','size':1,'type':'pmem','uuid':5}", "\"uuid\" is not a UUID", "uuidgen" },
	{ "{'name':'a','size':1,'type':'pmem',"
	  "'uuid':'00000000-0000-0000-0000-000000000000'}",
	  "\"uuid\" is not a UUID", "uuidgen" },
	{ "{'name':'a','size':1,'uuid':'" UUID "'}", "only pmem regions have a UUID", "pmem" },
	{ "{'name':'a','size':1,'goal':'devdax','zone':'movable'}", "only system RAM has a zone",
	  "leave the zone out" },
	{ "{'name':'a','size':1,'goal':'region','zone':'movable'}", "only system RAM has a zone",
	  "leave the zone out" },
	{ "{'name':'a','size':1,'type':'pmem','zone':'movable'}", "only system RAM has a zone",
	  "leave the zone out" },
	{ "{'name':'a','size':1,'type':'pmem','goal':'devdax'}", "becomes no memory", "region" },
	{ "{'name':'a','size':1,'type':'pmem','goal':'system_ram'}", "becomes no memory",
	  "region" },
	{ "{'name':'a','size':1,'members':{}}", "\"members\" is not a list", "list" },
	{ "{'name':'a','size':1,'members':[1]}", "one of \"members\" is not an object", "object" },
	{ "{'name':'a','size':1,'members':[null]}", "one of \"members\" is not an object",
	  "object" },
	{ "{'name':'a','size':1,'members':[{}]}", "has neither a serial number",
	  "serial number or its path" },
	{ "{'name':'a','size':1,'members':[{'serial':0}]}", "\"serial\" is out of range",
	  "from 1" },
	{ "{'name':'a','size':1,'members':[{'serial':18446744073709551615}]}",
	  "\"serial\" is out of range", "from 1" },
	{ "{'name':'a','size':1,'members':[{'serial':'1'}]}", "\"serial\" is not a whole",
	  "from 1" },
	{ "{'name':'a','size':1,'members':[{'path':''}]}", "not a short plain text", "ASCII" },
	{ "{'name':'a','size':1,'members':[{'serial':1,'path':'x'}]}", "a serial number and a path",
	  "one of the two" },
	{ "{'name':'a','size':1,'members':[{'memdev':'mem0'}]}", "no member \"memdev\"",
	  "misspelling" },
	{ "{'name':'a','size':1,'members':[{'serial':1},{'serial':1}]}", "named twice", "once" },
	{ "{'name':'a','size':1,'members':[{'path':'x'},{'path':'x'}]}", "named twice", "once" },
	{ "{'name':'a','size':1,'ways':1,'members':[{'serial':1},{'serial':2}]}",
	  "the ways are 1, but 2 members are named", "as many members as ways" },
	{ "{'name':'a','size':1,'ways':2,'members':[{'serial':1}]}",
	  "the ways are 2, but 1 members are named", "as many members as ways" },
	{ "{'name':'a','size':1,'members':[{'serial':1},{'serial':2},{'serial':3},{'serial':4},"
	  "{'serial':5}]}",
	  "cannot have 5 members", "1, 2, 3" },
	{ "{'name':'a','size':1,'members':[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}",
	  "17 members", "at most 16" },
	{ "{'name':'a','size':1,'members_ordered':true}", "needs \"members\"", "members" },
	{ "{'name':'a','size':1,'binding':[]}", "\"binding\" is not an object", "object" },
	{ "{'name':'a','size':1,'binding':{}}", "\"binding\" needs", "cxlfmd" },
	{ "{'name':'a','size':1,'binding':{'boot':'b','size':1,'ways':2,'members':[{}]}}",
	  "\"binding\" needs", "cxlfmd" },
	{ "{'name':'a','size':1,'binding':{'boot':'b','ways':1,'members':[{}]}}",
	  "\"binding\" needs", "cxlfmd" },
	{ "{'name':'a','size':1,'binding':{'boot':'b','size':1}}", "\"binding\" needs", "cxlfmd" },
	{ "{'name':'a','size':1,'binding':{'bound':true}}", "\"binding\" has no member \"bound\"",
	  "misspelling" },
};

static void nonsense_is_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_claims); i++) {
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct claim claim = CLAIM_NULL;
		const struct refusal *refusal;

		if (read_claim(bad_claims[i].claim, &problems, &claim) != CLAIM_E_BAD)
			fail_msg("accepted %s", bad_claims[i].claim);
		assert_int_equal(problems.list.count, 1);
		refusal = &problems.list.items[0];
		assert_string_equal(refusal->code, "bad-claim");
		if (!strstr(refusal->text, bad_claims[i].text))
			fail_msg("%s: \"%s\"", bad_claims[i].claim, refusal->text);
		if (!refusal->hint || !strstr(refusal->hint, bad_claims[i].hint))
			fail_msg("%s: hint \"%s\"", bad_claims[i].claim, refusal->hint);
		claim_deinit(&claim);
		refusal_list_deinit(&problems);
	}
}

/* Also when its name is the last thing that it says. */
static void a_refusal_names_the_claim(void **state)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;

	assert_int_equal(read_claim("{'size':0,'name':'db'}", &problems, &claim), CLAIM_E_BAD);
	assert_string_equal(problems.list.items[0].object, "db");
	claim_deinit(&claim);
	refusal_list_deinit(&problems);
}

static void names_have_a_form(void **state)
{
	char name[CLAIM_NAME_MAX + 2];

	memset(name, 'a', sizeof(name));
	name[CLAIM_NAME_MAX + 1] = '\0';
	assert_false(claim_name_is_valid(name));
	name[CLAIM_NAME_MAX] = '\0';
	assert_true(claim_name_is_valid(name));
	assert_true(claim_name_is_valid("0"));
	assert_true(claim_name_is_valid("a._-z9"));
	assert_false(claim_name_is_valid(""));
	assert_false(claim_name_is_valid("_a"));
	assert_false(claim_name_is_valid("a b"));
	assert_false(claim_name_is_valid("a\xc3\xa4"));
}

/* ---- the differences of two wishes ---- */

/* The bit of what is no wish of the kind's. */
#define DRIFT 31

static const struct {
	const char *from, *to;
	int wish; /* that alone differs; DRIFT, or MEMORY_WISH_COUNT for none */
	enum claim_change change;
} changes[] = {
	{ "'ways':2", "'ways':2", MEMORY_WISH_COUNT, CLAIM_CHANGE_NONE },
	{ "'owner':'x','adopted':true", "'owner':'y'", MEMORY_WISH_COUNT, CLAIM_CHANGE_NONE },
	{ "'size':1", "'size':2", MEMORY_WISH_SIZE, CLAIM_CHANGE_REMAKE },
	{ "'type':'ram','goal':'region'", "'type':'pmem','goal':'region'", MEMORY_WISH_TYPE,
	  CLAIM_CHANGE_REMAKE },
	{ "'goal':'devdax'", "'goal':'region'", MEMORY_WISH_GOAL, CLAIM_CHANGE_REMAKE },
	{ "'goal':'region'", "'goal':'devdax'", MEMORY_WISH_GOAL, CLAIM_CHANGE_REMAKE },
	{ "'zone':'movable'", "'zone':'kernel'", MEMORY_WISH_ZONE, CLAIM_CHANGE_IN_PLACE },
	{ "'zone':'movable'", "'zone':'offline'", MEMORY_WISH_ZONE, CLAIM_CHANGE_IN_PLACE },
	{ "'disabled':true", "'disabled':false", MEMORY_WISH_DISABLED, CLAIM_CHANGE_IN_PLACE },
	{ "'drift':'leave'", "'drift':'mend'", DRIFT, CLAIM_CHANGE_IN_PLACE },
	{ "'ways':2", "'ways':4", MEMORY_WISH_WAYS, CLAIM_CHANGE_REMAKE },
	{ "'granularity':256", "'granularity':512", MEMORY_WISH_GRANULARITY, CLAIM_CHANGE_REMAKE },
	{ "'near_node':0", "'near_node':null", MEMORY_WISH_NEAR_NODE, CLAIM_CHANGE_REMAKE },
	{ "'qos_class':0", "'qos_class':null", MEMORY_WISH_QOS_CLASS, CLAIM_CHANGE_REMAKE },
	{ "'window':0", "'window':null", MEMORY_WISH_WINDOW, CLAIM_CHANGE_REMAKE },
	{ "'type':'pmem','uuid':'" UUID "'", "'type':'pmem'", MEMORY_WISH_UUID,
	  CLAIM_CHANGE_REMAKE },
	/* One spelling or another. */
	{ "'type':'pmem','uuid':'" UUID "'",
	  "'type':'pmem','uuid':'5E29EA85-9A3F-4F6B-8B7C-2D6A7C1D9F00'", MEMORY_WISH_COUNT,
	  CLAIM_CHANGE_NONE },
	{ "'members':[{'serial':1},{'path':'x'}]", "'members':[{'path':'x'},{'serial':1}]",
	  MEMORY_WISH_COUNT, CLAIM_CHANGE_NONE },
	{ "'members':[{'serial':1},{'path':'x'}]", "'members':[{'serial':1},{'path':'y'}]",
	  MEMORY_WISH_MEMBERS, CLAIM_CHANGE_REMAKE },
	{ "'members':[{'serial':1}]", "'members':[{'serial':1},{'serial':2}]", MEMORY_WISH_MEMBERS,
	  CLAIM_CHANGE_REMAKE },
	{ "'members_ordered':true,'members':[{'serial':1},{'serial':2}]",
	  "'members_ordered':true,'members':[{'serial':2},{'serial':1}]", MEMORY_WISH_MEMBERS,
	  CLAIM_CHANGE_REMAKE },
	{ "'members_ordered':true,'members':[{'serial':1},{'serial':2}]",
	  "'members':[{'serial':1},{'serial':2}]", MEMORY_WISH_MEMBERS_ORDERED,
	  CLAIM_CHANGE_REMAKE },
};

static struct claim claim_with(const char *members)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "{'name':'a',%s%s}",
		       strstr(members, "'size'") == members ? "" : "'size':1,", members);
	return claim_of(text);
}

static void wishes_are_told_apart(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct claim from = claim_with(changes[i].from), to = claim_with(changes[i].to);
		const int wish = changes[i].wish;
		const unsigned int expected = wish == MEMORY_WISH_COUNT ? 0 : 1u << wish;

		if (claim_differences(&from, &to) != expected ||
		    claim_differences(&to, &from) != expected)
			fail_msg("%s, %s: %x", changes[i].from, changes[i].to,
				 claim_differences(&from, &to));
		assert_int_equal(claim_is_same_wish(&from, &to), expected == 0);
		assert_int_equal(claim_change_kind(&from, &to), changes[i].change);
		claim_deinit(&from);
		claim_deinit(&to);
	}
}

/* The zone comes and goes with the goal, and with the goal the region. */
static void system_ram_and_devdax_share_no_region(void **state)
{
	static const char *const zones[] = { "'zone':'movable'", "'zone':'kernel'" };

	for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
		struct claim from = claim_with("'goal':'devdax'"), to = claim_with(zones[i]);

		assert_int_equal(claim_differences(&from, &to),
				 1u << MEMORY_WISH_GOAL | 1u << MEMORY_WISH_ZONE);
		assert_int_equal(claim_change_kind(&from, &to), CLAIM_CHANGE_REMAKE);
		assert_int_equal(claim_change_kind(&to, &from), CLAIM_CHANGE_REMAKE);
		claim_deinit(&from);
		claim_deinit(&to);
	}
}

/* Claims that were not read from JSON. */
static void spelling_and_spare_places_do_not_count(void **state)
{
	const struct claim_member by_serial = { .serial = 5, .path = "x" };
	const struct claim_member by_path = { .serial = TOPO_UNKNOWN, .path = "x" };
	struct claim a = CLAIM_NULL, b = CLAIM_NULL;

	assert_int_equal(claim_init(&a, &memory_kind), 0);
	assert_int_equal(claim_init(&b, &memory_kind), 0);
	memory_claim(&a)->uuid = "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00";
	memory_claim(&b)->uuid = "5E29EA85-9A3F-4F6B-8B7C-2D6A7C1D9F00";
	assert_true(claim_is_same_wish(&a, &b));
	assert_false(claim_member_is_same(&by_path, &by_serial));
	assert_false(claim_member_is_same(&by_serial, &by_path));
	assert_true(claim_member_is_same(&by_path, &by_path));
	claim_deinit(&a);
	claim_deinit(&b);
}

static void every_wish_is_a_member_of_json(void **state)
{
	struct claim full = claim_of(FULL), ram = claim_of("{'name':'a','size':1}");
	_cleanup_json_ struct json_object *object = claim_wish_to_json(&full);
	_cleanup_json_ struct json_object *other = claim_wish_to_json(&ram);

	for (int i = 0; i < MEMORY_WISH_COUNT; i++) {
		const char *name = memory_wishes[i].name;

		if (!json_object_object_get_ex(object, name, NULL) &&
		    !json_object_object_get_ex(other, name, NULL))
			fail_msg("no claim has \"%s\"", name);
	}
	/* Beside name and drift, without the zone of system RAM. */
	assert_int_equal(json_object_object_length(object), MEMORY_WISH_COUNT + 1);
	claim_deinit(&full);
	claim_deinit(&ram);
}

static void what_was_given_is_inherited(void **state)
{
	struct claim stored = claim_of(FULL), claim = claim_of("{'name':'a','size':1}");

	assert_int_equal(claim_inherit(&claim, &stored), 0);
	claim_deinit(&stored);
	assert_string_equal(claim.name, "a");
	assert_int_equal(memory_claim(&claim)->size_bytes, 1);
	assert_string_equal(claim.owner, "uid:1000");
	assert_true(claim.adopted);
	assert_true(memory_claim(&claim)->binding.bound);
	assert_string_equal(memory_claim(&claim)->binding.boot, BOOT);
	assert_string_equal(memory_claim(&claim)->binding.uuid, UUID);
	assert_int_equal(memory_claim(&claim)->binding.members.count, 2);
	assert_int_equal(memory_claim(&claim)->binding.members.items[0].serial, 1);
	claim_deinit(&claim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_add_memory),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(json_comes_back),
		cmocka_unit_test(a_wish_is_without_what_was_given),
		cmocka_unit_test(a_claim_without_a_kind_is_of_memory),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(a_refusal_names_the_claim),
		cmocka_unit_test(names_have_a_form),
		cmocka_unit_test(wishes_are_told_apart),
		cmocka_unit_test(system_ram_and_devdax_share_no_region),
		cmocka_unit_test(spelling_and_spare_places_do_not_count),
		cmocka_unit_test(every_wish_is_a_member_of_json),
		cmocka_unit_test(what_was_given_is_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Documents that do not tell everything. Whatever was left out, by letters or by hand: nothing
 * crashes, nothing is planned that the whole document would not allow, and no reason is given that
 * the whole document would not give, but that something is not told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "daemon/claim/memory/memory-adopt.h"
#include "daemon/claim/memory/memory-request.h"
#include "test/unit/cxl/topology/fixture.h"

#define MIB (UINT64_C(1) << 20)

/* ---- what is asked ---- */

enum question {
	ASK_ADD,
	ASK_ADD_ON_MEM0,
	ASK_ADD_IN_WINDOW,
	ASK_ADD_PMEM,
	ASK_REMOVE,
	ASK_DISABLE,
	ASK_ENABLE_RAM,
	ASK_ENABLE_DEVDAX,
	ASK_ONLINE,
	ASK_OFFLINE,
	ASK_FIND_DAX,
	ASK_ADOPT,
	QUESTION_COUNT,
};

static int add(const struct topology *topology, enum question question, struct plan *plan)
{
	static const char *const memdevs[] = { "mem0" };
	struct region_request request = REGION_REQUEST_NULL;

	request.size_bytes = 256 * MIB;
	request.type = TOPO_MODE_RAM;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	if (question == ASK_ADD_ON_MEM0) {
		request.memdevs = memdevs;
		request.memdev_count = 1;
	}
	if (question == ASK_ADD_IN_WINDOW)
		request.window = "decoder0.0";
	if (question == ASK_ADD_PMEM) {
		request.type = TOPO_MODE_PMEM;
		request.goal = PLAN_GOAL_REGION;
		request.uuid = "01234567-89ab-cdef-0123-456789abcdef";
	}
	return plan_create_region(topology, &request, plan);
}

static int adopt(const struct topology *topology, struct plan *plan)
{
	const struct world world = { .topology = topology };
	const struct topo_region *region;
	struct claim claim = CLAIM_NULL;
	int rc = memory_request_find_region(&world, "region0", plan, &region);

	if (rc == 0)
		rc = memory_claim_of_region(&world, region, &plan->refusals, &claim);
	claim_deinit(&claim);
	return rc;
}

static int ask(const struct topology *topology, enum question question, struct plan *plan)
{
	const struct remove_request removal = { .region = "region0",
						.keep_region = question == ASK_DISABLE };
	const struct world world = { .topology = topology };
	const struct topo_region *region;

	switch (question) {
	case ASK_ADD:
	case ASK_ADD_ON_MEM0:
	case ASK_ADD_IN_WINDOW:
	case ASK_ADD_PMEM:
		return add(topology, question, plan);
	case ASK_REMOVE:
	case ASK_DISABLE:
		return plan_remove_region(topology, &removal, plan);
	case ASK_ENABLE_RAM:
		return plan_enable_region(topology, "region0", PLAN_GOAL_SYSTEM_RAM,
					  TOPO_ZONE_MOVABLE, plan);
	case ASK_ENABLE_DEVDAX:
		return plan_enable_region(topology, "region0", PLAN_GOAL_DEVDAX, TOPO_ZONE_NONE,
					  plan);
	case ASK_ONLINE:
		return plan_online_memory(topology, "region0", TOPO_ZONE_MOVABLE, plan);
	case ASK_OFFLINE:
		return plan_online_memory(topology, "region0", TOPO_ZONE_NONE, plan);
	case ASK_FIND_DAX:
		return memory_request_find_region(&world, "dax0.0", plan, &region);
	case ASK_ADOPT:
		return adopt(topology, plan);
	case QUESTION_COUNT:
		break;
	}
	return 0;
}

struct answers {
	int rc[QUESTION_COUNT];
	struct plan plans[QUESTION_COUNT];
};

static void ask_all(const struct topology *topology, struct answers *answers)
{
	for (int i = 0; i < QUESTION_COUNT; i++) {
		answers->plans[i] = PLAN_NULL;
		answers->rc[i] = ask(topology, (enum question)i, &answers->plans[i]);
		assert_true(answers->rc[i] >= 0);
	}
}

static void forget(struct answers *answers)
{
	for (int i = 0; i < QUESTION_COUNT; i++)
		plan_deinit(&answers->plans[i]);
}

static bool gives(const struct plan *plan, const char *code)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++)
		if (strcmp(plan->refusals.list.items[i].code, code) == 0)
			return true;
	return false;
}

/* What makes the answer of a part a false one; NULL when nothing does. */
static const char *falsehood(const struct answers *whole, const struct answers *part, int question,
			     bool reasons_count)
{
	const struct refusal_list *refusals = &part->plans[question].refusals;

	if (part->rc[question] == 0)
		return whole->rc[question] == 0 ? NULL : "a plan";
	for (size_t i = 0; reasons_count && i < refusals->list.count; i++) {
		const char *code = refusals->list.items[i].code;

		if (strcmp(code, "snapshot-incomplete") != 0 &&
		    !gives(&whole->plans[question], code))
			return code;
	}
	return NULL;
}

static struct topology *read_part(struct json_object *document)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;

	if (topology_from_document(document, &notices, &topology) == 0)
		assert_non_null(topology);
	refusal_list_deinit(&notices);
	return topology;
}

static void check_part(const char *what, const struct answers *whole, struct json_object *document,
		       bool reasons_count)
{
	_cleanup_topology_ struct topology *topology = read_part(document);
	struct answers part;

	if (!topology)
		return;
	ask_all(topology, &part);
	for (int i = 0; i < QUESTION_COUNT; i++) {
		const char *wrong = falsehood(whole, &part, i, reasons_count);

		if (wrong)
			fail_msg("%s, question %d: %s (%s) from %s", what, i, wrong,
				 part.plans[i].refusals.list.count
					 ? part.plans[i].refusals.list.items[0].text
					 : "",
				 json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY));
	}
	forget(&part);
}

/* ---- what cxl list leaves out without a letter ---- */

#define LETTERS "BPEMDRTXi"

struct cut {
	const char *what; /* fixture and letters, for messages */
	bool letters[128];
	struct json_object *top;
};

static char letter_of(struct json_object *object)
{
	static const struct {
		const char *key;
		char letter;
	} kinds[] = { { "bus", 'B' },	  { "port", 'P' },   { "endpoint", 'E' },
		      { "decoder", 'D' }, { "region", 'R' }, { "memdev", 'M' } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct json_object *name;

		if (json_object_object_get_ex(object, kinds[i].key, &name) &&
		    json_object_is_type(name, json_type_string))
			return kinds[i].letter;
	}
	return 0;
}

static bool leaves_out(const struct cut *cut, const char *key)
{
	if (strcmp(key, "dports") == 0 || strcmp(key, "nr_dports") == 0 ||
	    strcmp(key, "targets") == 0 || strcmp(key, "mappings") == 0)
		return !cut->letters['T'];
	return strcmp(key, "daxregion") == 0 && !cut->letters['X'];
}

/* The name of an array of what @child is, below what @around is. */
static void put_below(struct json_object *around, char letter, struct json_object *child)
{
	static const struct {
		char letter;
		const char *name;
	} names[] = { { 'P', "ports" },	  { 'E', "endpoints" }, { 'D', "decoders" },
		      { 'R', "regions" }, { 'M', "memdevs" },	{ 'B', "buses" } };
	struct json_object *array, *first = NULL;
	char key[64] = "";

	if (json_object_object_get_ex(around, "endpoint", NULL) && letter == 'M') {
		(void)json_add(around, "memdev", child);
		return;
	}
	json_object_object_foreach(around, own_key, own)
	{
		(void)own_key;
		first = own;
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].letter == letter)
			(void)snprintf(key, sizeof(key), "%s:%.40s", names[i].name,
				       json_object_get_string(first));
	if (!json_object_object_get_ex(around, key, &array)) {
		array = json_object_new_array();
		(void)json_add(around, key, array);
	}
	(void)json_append(array, child);
}

static bool is_idle(struct json_object *object)
{
	return json_object_object_get_ex(object, "state", NULL);
}

static void cut_object(const struct cut *cut, struct json_object *object,
		       struct json_object *around)
{
	char letter = letter_of(object);
	struct json_object *shown = NULL;

	if (is_idle(object) && !cut->letters['i'])
		return;
	if (cut->letters[(int)letter]) {
		shown = json_object_new_object();
		if (around)
			put_below(around, letter, shown);
		else
			(void)json_append(cut->top, shown);
	}
	/* The keys of an object come before the objects below. */
	json_object_object_foreach(object, key, value)
	{
		if (shown && !strchr(key, ':') && !leaves_out(cut, key) &&
		    !(json_object_is_type(value, json_type_object) && letter_of(value)))
			(void)json_add(shown, key, json_object_get(value));
	}
	json_object_object_foreach(object, child_key, child)
	{
		if (json_object_is_type(child, json_type_object) && letter_of(child))
			cut_object(cut, child, shown ? shown : around);
		for (size_t i = 0; strchr(child_key, ':') && i < json_object_array_length(child);
		     i++)
			cut_object(cut, json_object_array_get_idx(child, i),
				   shown ? shown : around);
	}
}

static void check_letters(const char *fixture, unsigned int chosen)
{
	_cleanup_json_ struct json_object *document = fixture_json(fixture);
	struct cut cut = { .what = fixture, .top = json_object_new_array() };
	_cleanup_topology_ struct topology *topology = read_part(document);
	struct answers whole;
	char what[64];

	(void)snprintf(what, sizeof(what), "%s -", fixture);
	for (size_t i = 0; i < strlen(LETTERS); i++) {
		size_t used = strlen(what);

		cut.letters[(int)LETTERS[i]] = chosen & 1U << i;
		if (chosen & 1U << i)
			(void)snprintf(what + used, sizeof(what) - used, "%c", LETTERS[i]);
	}
	for (size_t i = 0; i < json_object_array_length(document); i++)
		cut_object(&cut, json_object_array_get_idx(document, i), NULL);
	ask_all(topology, &whole);
	if (json_object_array_length(cut.top) > 0)
		check_part(what, &whole, cut.top, true);
	forget(&whole);
	(void)json_object_put(cut.top);
}

static const char *const hosts[] = {
	"guest-one-switch", "guest-one-switch-region", "guest-pmem-region", "guest-two-bridges",
	"linear-cache",	    "dynamic-capacity-region",
};

static void test_letters_make_no_false_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		for (unsigned int chosen = 1; chosen < 1U << strlen(LETTERS); chosen++)
			check_letters(hosts[i], chosen);
}

/* ---- what people and accidents leave out ---- */

/* Without them nobody can tell: cxl list itself is silent about the usual value. */
static bool is_silent(const char *key)
{
	static const char *const silent[] = {
		"state",
		"locked",
		"pmem_size",
		"available_size",
		"movable",
		"uuid",
		"extended_linear_cache_size",
		"qos_class_mismatch",
		"volatile_capable",
		"pmem_capable",
	};

	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		if (strcmp(silent[i], key) == 0)
			return true;
	return false;
}

/* A copy without the key or element that is the @number-th of all; false when there are fewer. */
static bool remove_one(struct json_object *value, size_t *number, char what[static 64])
{
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			if ((*number)-- == 0) {
				(void)snprintf(what, 64, "element %zu", i);
				return json_object_array_del_idx(value, i, 1) == 0;
			}
			if (remove_one(json_object_array_get_idx(value, i), number, what))
				return true;
		}
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, child)
		{
			if ((*number)-- == 0) {
				(void)snprintf(what, 64, "%s", key);
				json_object_object_del(value, key);
				return true;
			}
			if (remove_one(child, number, what))
				return true;
		}
	}
	return false;
}

static struct json_object *copy_of(struct json_object *document)
{
	struct json_object *copy = NULL;

	assert_int_equal(json_object_deep_copy(document, &copy, NULL), 0);
	return copy;
}

static void check_removals(const char *fixture)
{
	_cleanup_json_ struct json_object *document = fixture_json(fixture);
	_cleanup_topology_ struct topology *topology = read_part(document);
	struct answers whole;
	bool removed = true;

	ask_all(topology, &whole);
	for (size_t number = 0; removed; number++) {
		_cleanup_json_ struct json_object *part = copy_of(document);
		size_t left = number;
		char what[64], message[192];

		removed = remove_one(part, &left, what);
		(void)snprintf(message, sizeof(message), "%s without %s (%zu)", fixture, what,
			       number);
		if (removed && !is_silent(what))
			check_part(message, &whole, part, false);
	}
	forget(&whole);
}

static const char *const whole_hosts[] = {
	"guest-one-switch",
	"guest-one-switch-region",
	"guest-pmem-region",
	"guest-two-bridges",
	"guest-mixed",
	"linear-cache",
	"dynamic-capacity-region",
	"dax-famfs",
};

static void test_removals_allow_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole_hosts); i++)
		check_removals(whole_hosts[i]);
}

/* A capacity that was cut out is not one that is not there, however small. */
static bool remove_capacity(struct json_object *value)
{
	bool removed = false;

	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			removed |= remove_capacity(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		removed = json_object_object_get_ex(value, "ram_size", NULL);
		json_object_object_del(value, "ram_size");
		json_object_object_foreach(value, key, child)
		{
			(void)key;
			removed |= remove_capacity(child);
		}
	}
	return removed;
}

static void test_no_capacity_is_not_told_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole_hosts); i++) {
		_cleanup_json_ struct json_object *document = fixture_json(whole_hosts[i]);
		_cleanup_topology_ struct topology *topology = NULL;
		struct plan plan = PLAN_NULL;

		if (!remove_capacity(document))
			continue;
		topology = read_part(document);
		assert_int_equal(add(topology, ASK_ADD, &plan), PLAN_E_REFUSED);
		for (size_t j = 0; j < plan.refusals.list.count; j++)
			assert_string_equal(plan.refusals.list.items[j].code,
					    "snapshot-incomplete");
		plan_deinit(&plan);
	}
}

/* Two and more at random: whatever is planned then, nothing crashes. */
static void test_cut_to_pieces(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < 4000; i++) {
		_cleanup_json_ struct json_object *part =
			fixture_json(whole_hosts[i % ARRAY_SIZE(whole_hosts)]);
		struct topology *topology;
		struct answers answers;
		char what[64];

		for (size_t cuts = 2 + i % 3; cuts > 0; cuts--) {
			size_t number;

			/* Knuth's MMIX generator */
			random = random * UINT64_C(6364136223846793005) +
				 UINT64_C(1442695040888963407);
			number = (size_t)(random >> 33) % 500;
			(void)remove_one(part, &number, what);
		}
		topology = read_part(part);
		if (!topology)
			continue;
		ask_all(topology, &answers);
		forget(&answers);
		topology_free(topology);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters_make_no_false_reason),
		cmocka_unit_test(test_removals_allow_nothing),
		cmocka_unit_test(test_no_capacity_is_not_told_of),
		cmocka_unit_test(test_cut_to_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

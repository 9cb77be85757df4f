// SPDX-License-Identifier: GPL-2.0-only
/* The claims that a daemon knows: by name, by region, the conditions and their times. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/claim/claim-change.h"
#include "daemon/claim/claim-effect.h"
#include "daemon/claim/memory/memory-change.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "test/unit/cxl/topology/fixture.h"
#include "test/unit/daemon/claim/claim-text.h"
#include "util/cleanup.h"
#include "util/json.h"

#define BOOT	   "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"
#define OTHER_BOOT "7a1c2f3e-5b6d-4e8f-8a9b-1c2d3e4f5a6b"
#define MIB	   (UINT64_C(1) << 20)

static void add(struct claim_table *table, const char *text, uint64_t revision)
{
	struct claim claim = claim_of(text);

	assert_int_equal(claim_table_set(table, &claim, revision), 0);
}

static void names_are_found_in_any_order(void **state)
{
	static const char *const names[] = { "m", "c", "x", "a", "memory-2" };
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	char text[64], fresh[CLAIM_NAME_MAX + 1];

	claim_table_new_name(&table, &memory_kind, fresh);
	assert_string_equal(fresh, "memory-1");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(text, sizeof(text), "{'name':'%s','size':268435456}", names[i]);
		add(&table, text, i + 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(claim_table_find(&table, names[i])->revision, i + 1);
	for (size_t i = 1; i < table.records.count; i++)
		assert_true(strcmp(table.records.items[i - 1]->claim.name,
				   table.records.items[i]->claim.name) < 0);
	assert_null(claim_table_find(&table, "b"));
	assert_null(claim_table_find(&table, "z"));

	add(&table, "{'name':'m','size':536870912}", 9);
	assert_int_equal(table.records.count, ARRAY_SIZE(names));
	assert_int_equal(memory_claim(&claim_table_find(&table, "m")->claim)->size_bytes,
			 512 * MIB);
	add(&table, "{'name':'memory-1','size':268435456}", 10);
	claim_table_new_name(&table, &memory_kind, fresh);
	assert_string_equal(fresh, "memory-3");

	claim_table_remove(&table, "b");
	claim_table_remove(&table, "a");
	claim_table_remove(&table, "x");
	assert_null(claim_table_find(&table, "a"));
	assert_non_null(claim_table_find(&table, "c"));
	assert_non_null(claim_table_find(&table, "m"));
	assert_int_equal(table.records.count, 4);
	claim_table_deinit(&table);
}

static void a_condition_keeps_its_time(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	const struct claim_record *record;

	add(&table, "{'name':'a','size':268435456,'members':[{'serial':2}]}", 1);
	record = claim_table_find(&table, "a");
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 5000, 1), 0);
	assert_true(record->sight.states[CLAIM_PLANNED].holds);
	assert_int_equal(record->since_ms[CLAIM_PLANNED], 5000);
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 6000, 1), 0);
	assert_int_equal(record->since_ms[CLAIM_PLANNED], 5000);

	/* Nobody has that serial number any more. */
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial += 100;
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 7000, 1), 0);
	assert_false(record->sight.states[CLAIM_PLANNED].holds);
	assert_int_equal(record->since_ms[CLAIM_PLANNED], 7000);
	assert_int_equal(record->since_ms[CLAIM_CARVED], 5000);
	claim_table_deinit(&table);
}

/* The effect of a change on its claim's memory is no drift, whenever a look comes. */
static void a_claim_under_change_is_not_judged(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct world world = *WORLD(topology, BOOT);
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	const struct claim_record *record;
	uint64_t wake_ms;

	world.look = 4;
	add(&table, "{'name':'a','size':268435456,'members':[{'serial':2}]}", 1);
	add(&table, "{'name':'b','size':268435456,'members':[{'serial':3}]}", 1);
	record = claim_table_find(&table, "a");
	assert_int_equal(claim_table_observe(&table, &world, 5000, 1), 0);
	assert_string_equal(claim_table_next(&table, NULL, 1, &wake_ms)->claim.name, "a");
	claim_table_reserve(&table, "a");
	claim_table_reserve(&table, "not there");
	/* Nobody mends the reserved claim; other claims are mended. */
	assert_string_equal(claim_table_next(&table, NULL, 1, &wake_ms)->claim.name, "b");
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial += 100;
	world.look = 5;
	assert_int_equal(claim_table_observe(&table, &world, 6000, 1), 0);
	assert_true(record->sight.states[CLAIM_PLANNED].holds);
	assert_false(claim_table_find(&table, "b")->sight.states[CLAIM_PLANNED].holds);
	/* A look that was begun before the end shows what was half done. */
	claim_table_release(&table, "a", 7);
	world.look = 6;
	assert_int_equal(claim_table_observe(&table, &world, 7000, 1), 0);
	assert_true(record->sight.states[CLAIM_PLANNED].holds);
	world.look = 7;
	assert_int_equal(claim_table_observe(&table, &world, 8000, 1), 0);
	assert_false(record->sight.states[CLAIM_PLANNED].holds);
	claim_table_deinit(&table);
}

/* ---- news ---- */

static void observe(struct claim_table *table, const struct topology *topology)
{
	assert_int_equal(claim_table_observe(table, WORLD(topology, BOOT), 5000, 1), 0);
}

static struct json_object *changes_of(const struct claim_table *table)
{
	struct json_object *changes = NULL;

	assert_int_equal(claim_table_changes(table, &changes), 0);
	return changes;
}

static void assert_no_changes(const struct claim_table *table)
{
	_cleanup_json_ struct json_object *changes = changes_of(table);

	assert_int_equal(json_object_array_length(changes), 0);
}

/* A new claim is told whole; later only the conditions that change are told. */
static void what_is_new_is_told_once(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	_cleanup_json_ struct json_object *added = NULL, *changed = NULL, *removed = NULL;
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct json_object *first, *whole;

	add(&table, "{'name':'a','size':268435456,'members':[{'serial':2}]}", 1);
	assert_no_changes(&table);
	observe(&table, topology);
	added = changes_of(&table);
	assert_int_equal(json_object_array_length(added), 1);
	first = json_object_array_get_idx(added, 0);
	assert_string_equal(json_object_get_string(json_object_object_get(first, "change")),
			    "added");
	assert_string_equal(json_object_get_string(json_object_object_get(first, "kind")), "claim");
	assert_string_equal(json_object_get_string(json_object_object_get(first, "name")), "a");
	whole = claim_record_to_json(claim_table_find(&table, "a"));
	assert_true(json_object_equal(json_object_object_get(first, "to"), whole));
	(void)json_object_put(whole);
	observe(&table, topology);
	assert_no_changes(&table);

	/* Another wish alone changes no condition. */
	add(&table, "{'name':'a','size':268435456,'drift':'leave','members':[{'serial':2}]}", 2);
	observe(&table, topology);
	assert_no_changes(&table);

	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial += 100;
	observe(&table, topology);
	changed = changes_of(&table);
	assert_json(changed, "[{'change':'changed','kind':'claim','name':'a','condition':'Planned',"
			     "'holds':false,'reason':'DeviceMissing','text':"
			     "'the memdev with the serial number 0x2 is not there','since':5},"
			     "{'change':'changed','kind':'claim','name':'a','condition':'Stalled',"
			     "'holds':true,'reason':'Waiting','text':"
			     "'the memdev with the serial number 0x2 is not there','since':5}]");
	removed = claim_end_to_json(claim_table_find(&table, "a"));
	assert_string_equal(json_object_get_string(json_object_object_get(removed, "change")),
			    "removed");
	assert_non_null(json_object_object_get(json_object_object_get(removed, "from"), "size"));
	claim_table_deinit(&table);
}

/* The conditions of the former wish say nothing about the new wish. */
static void nothing_is_known_of_a_claim_before_it_is_looked_at(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	const struct claim_record *record;

	add(&table, "{'name':'a','size':268435456}", 1);
	record = claim_table_find(&table, "a");
	assert_false(claim_record_holds(record, CLAIM_PLANNED));
	observe(&table, topology);
	assert_true(claim_record_holds(record, CLAIM_PLANNED));
	assert_false(claim_record_holds(record, CLAIM_ONLINE));
	add(&table, "{'name':'a','size':268435456,'members':[{'serial':99}]}", 2);
	assert_false(claim_record_holds(record, CLAIM_PLANNED));
	observe(&table, topology);
	assert_false(claim_record_holds(record, CLAIM_PLANNED));
	claim_table_deinit(&table);
}

#define BOUND_AT(name, boot, at, serial, more)                                                     \
	"{'name':'" name "','size':268435456," more "'binding':{'boot':'" boot "','resource':" at  \
	",'size':268435456,'ways':1,'granularity':256,'members':[{'serial':" serial "}]}}"
#define BOUND(name, boot, serial, more) BOUND_AT(name, boot, "19595788288", serial, more)

static const char *next_of(const struct claim_table *table, uint64_t now_ms, uint64_t *ret_wake_ms)
{
	struct claim_record *record = claim_table_next(table, NULL, now_ms, ret_wake_ms);

	if (!record)
		return NULL;
	claim_mending_tried(&record->mending, NULL, now_ms, 0);
	return record->claim.name;
}

/* Memory that a reboot took is given back at once, from the lowest address on; drift is mended
 * later. */
static void claims_are_mended_in_order(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	uint64_t wake_ms;

	add(&table, BOUND("a-drifted", BOOT, "2", ""), 1);
	add(&table, BOUND("b-left", BOOT, "2", "'drift':'leave',"), 2);
	add(&table, BOUND("c-missing", OTHER_BOOT, "99", "'members':[{'serial':99}],"), 3);
	add(&table, BOUND_AT("d-lost", OTHER_BOOT, "20132659200", "2", ""), 4);
	add(&table, BOUND("e-lost", OTHER_BOOT, "3", ""), 5);
	/* The claim was well; now the region of the claim is not there any more. */
	claim_table_find(&table, "a-drifted")->mending.well_since_ms = 500;
	assert_null(next_of(&table, 1000, &wake_ms));
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, 1000), 0);

	assert_string_equal(next_of(&table, 1000, &wake_ms), "e-lost");
	assert_string_equal(next_of(&table, 1000, &wake_ms), "d-lost");
	assert_null(next_of(&table, 1000, &wake_ms));
	assert_int_equal(wake_ms, 1000 + CLAIM_DELAY_MS);
	assert_string_equal(next_of(&table, wake_ms, &wake_ms), "a-drifted");
	/* What was done for the others is not seen before the next look. */
	assert_null(next_of(&table, UINT64_MAX, &wake_ms));
	assert_int_equal(wake_ms, UINT64_MAX);
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, 2000), 0);
	assert_non_null(next_of(&table, UINT64_MAX, &wake_ms));
	claim_table_deinit(&table);
}

/*
 * Others took the region of a claim down, and its place and memdev went to another claim: the
 * region that is there now looks like the region of both. In any order of reading, the later claim
 * has the region.
 */
static void check_one_claim(bool adopted)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	const struct topo_region *region = topology->regions.items[0];
	static const char *const names[] = { "early", "late" };

	for (size_t first = 0; first < 2; first++) {
		struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);

		for (size_t i = 0; i < 2; i++) {
			const size_t which = i ^ first;
			struct claim claim = CLAIM_NULL;

			assert_int_equal(claim_init(&claim, &memory_kind), 0);
			claim.name = arena_strdup(&claim.arena, names[which]);
			memory_claim(&claim)->size_bytes = region->size;
			claim.adopted = adopted && which == 0;
			assert_int_equal(
				memory_bind(&claim,
					    WORLD(topology, claim.adopted ? OTHER_BOOT : BOOT),
					    region),
				0);
			assert_int_equal(claim_table_set(&table, &claim, 1 + which), 0);
		}
		assert_string_equal(
			memory_record_of_region(&table, WORLD(topology, BOOT), region->name)
				->claim.name,
			"late");
		assert_null(memory_find_region(&claim_table_find(&table, "early")->claim,
					       WORLD(topology, BOOT)));
		claim_table_deinit(&table);
	}
}

static void a_region_has_one_claim(void **state)
{
	check_one_claim(false);
}

/* An adopted region is known in every boot: also a region made in its place after a reboot. */
static void an_adopted_region_has_one_claim(void **state)
{
	check_one_claim(true);
}

/* A refused attempt has changed nothing, so no look at the host follows. */
static void what_failed_is_tried_again_without_a_look(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim_record *record;
	uint64_t wake_ms;

	add(&table, BOUND("e-lost", OTHER_BOOT, "3", ""), 1);
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, 1000), 0);
	record = claim_table_next(&table, NULL, 1000, &wake_ms);
	assert_non_null(record);
	claim_mending_tried(&record->mending, "no room", 1000, 0);
	assert_null(claim_table_next(&table, NULL, 1000, &wake_ms));
	assert_int_equal(wake_ms, 1000 + CLAIM_DELAY_MS);
	assert_ptr_equal(claim_table_next(&table, NULL, wake_ms, &wake_ms), record);
	claim_table_deinit(&table);
}

/* A change makes way for claims of others: not for its own user's claims, nor for its own claim. */
static void somebody_else_waits_for_a_claim(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim_record *record;

	add(&table, BOUND("e-lost", OTHER_BOOT, "3", ""), 1);
	record = table.records.items[0];
	record->claim.owner = "uid:1000";
	assert_false(claim_table_is_due(&table, &memory_lanes, 1000, "uid:1", ""));
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, 1000), 0);
	assert_true(claim_table_is_due(&table, &memory_lanes, 1000, "uid:1", ""));
	assert_false(claim_table_is_due(&table, &memory_lanes, 1000, "uid:1000", ""));
	assert_false(claim_table_is_due(&table, &memory_lanes, 1000, "uid:1", "e-lost"));
	claim_mending_tried(&record->mending, "no room", 1000, 0);
	assert_false(claim_table_is_due(&table, &memory_lanes, 1000, "uid:1", ""));
	assert_true(claim_table_is_due(&table, &memory_lanes, 1000 + CLAIM_DELAY_MS, "uid:1", ""));
	claim_table_deinit(&table);
}

/* Somebody else made room, which no condition of the claim tells. */
static void who_gave_up_tries_when_the_host_changes(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim_record *record;
	uint64_t now_ms = 1000, wake_ms;

	add(&table, BOUND("e-lost", OTHER_BOOT, "3", ""), 1);
	record = table.records.items[0];
	for (int i = 0; i < CLAIM_ATTEMPTS_MAX; i++) {
		assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, now_ms), 0);
		assert_ptr_equal(claim_table_next(&table, NULL, now_ms, &wake_ms), record);
		claim_mending_tried(&record->mending, "no room", now_ms, 0);
		now_ms = record->mending.not_before_ms;
	}
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, now_ms), 0);
	assert_string_equal(record->sight.states[CLAIM_STALLED].reason, CLAIM_GAVE_UP);
	topology->memdevs.items[0]->enabled = false;
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, now_ms), 0);
	assert_ptr_equal(claim_table_next(&table, NULL, now_ms, &wake_ms), record);
	claim_mending_tried(&record->mending, "no room", now_ms, 0);
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, now_ms + 1), 0);
	assert_string_equal(record->sight.states[CLAIM_STALLED].reason, CLAIM_GAVE_UP);
	/* A contest with somebody who undoes the remedy each time ends: the host changes each time.
	 */
	claim_mending_tried(&record->mending, NULL, now_ms, 0);
	topology->memdevs.items[0]->enabled = true;
	assert_int_equal(claim_table_observe(&table, WORLD(topology, BOOT), 1, now_ms + 1), 0);
	assert_string_equal(record->sight.states[CLAIM_STALLED].reason, CLAIM_GAVE_UP);
	claim_table_deinit(&table);
}

/* ---- limits of users, and members that stay ---- */

#define IS "{'name':'a','size':268435456"

static void add_claims_of(struct claim_table *table, unsigned int uid, size_t count)
{
	char text[96];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'name':'c%zu','size':268435456,'owner':'uid:%u'}",
			       table->records.count, uid);
		add(table, text, 1);
	}
}

/* 4,096 in all, 1,024 of one user, 1,024 for root alone: Documentation/architecture.adoc, "Limits"
 */
static void nobody_has_all_claims(void **state)
{
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct claim wish = claim_of("{'name':'a','size':268435456}");

	add_claims_of(&table, 7, 1023);
	assert_true(claim_table_has_room(&table, "uid:7"));
	add_claims_of(&table, 7, 1);
	assert_false(claim_table_has_room(&table, "uid:7"));
	assert_true(claim_table_has_room(&table, "uid:70"));
	assert_int_equal(claim_effect_wish(&table, &wish, "uid:7", &problems, &effect),
			 CLAIM_E_BAD);
	assert_string_equal(problems.list.items[0].code, "too-many-claims");
	claim_effect_deinit(&effect);

	/* A claim that is there may be changed. */
	wish.name = "c5";
	assert_int_equal(claim_effect_wish(&table, &wish, "uid:7", &problems, &effect), 0);
	claim_effect_deinit(&effect);

	add_claims_of(&table, 8, 1024);
	add_claims_of(&table, 9, 1024);
	assert_false(claim_table_has_room(&table, "uid:10"));
	add_claims_of(&table, 0, 1023);
	assert_true(claim_table_has_room(&table, "uid:0"));
	add_claims_of(&table, 0, 1);
	assert_false(claim_table_has_room(&table, "uid:0"));
	refusal_list_deinit(&problems);
	claim_deinit(&wish);
	claim_table_deinit(&table);
}

/* The binding and the owner of a claim outlive a change of the wish. */
static void a_changed_wish_keeps_what_was_given(void **state)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct claim wish = claim_of(IS ",'drift':'leave'}");
	struct claim stored = claim_of("{'name':'a','size':268435456,'owner':'uid:7','binding':{"
				       "'boot':'" BOOT "','resource':19595788288,"
				       "'size':268435456,'ways':1,'granularity':256,"
				       "'members':[{'serial':2}]}}");

	assert_int_equal(claim_effect_wish(&table, &wish, "uid:8", &problems, &effect), 0);
	assert_string_equal(effect.claim.owner, "uid:8");
	assert_int_equal(effect.revision, STORE_ABSENT);
	claim_effect_deinit(&effect);

	assert_int_equal(claim_table_set(&table, &stored, 5), 0);
	assert_int_equal(claim_effect_wish(&table, &wish, "uid:8", &problems, &effect), 0);
	assert_int_equal(problems.list.count, 0);
	assert_string_equal(effect.claim.owner, "uid:7");
	assert_true(memory_claim(&effect.claim)->binding.bound);
	assert_int_equal(effect.claim.drift, CLAIM_DRIFT_LEAVE);
	assert_int_equal(effect.revision, 5);
	claim_effect_deinit(&effect);
	claim_deinit(&wish);
	claim_table_deinit(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_in_any_order),
		cmocka_unit_test(a_condition_keeps_its_time),
		cmocka_unit_test(a_claim_under_change_is_not_judged),
		cmocka_unit_test(what_is_new_is_told_once),
		cmocka_unit_test(nothing_is_known_of_a_claim_before_it_is_looked_at),
		cmocka_unit_test(claims_are_mended_in_order),
		cmocka_unit_test(what_failed_is_tried_again_without_a_look),
		cmocka_unit_test(somebody_else_waits_for_a_claim),
		cmocka_unit_test(who_gave_up_tries_when_the_host_changes),
		cmocka_unit_test(a_region_has_one_claim),
		cmocka_unit_test(an_adopted_region_has_one_claim),
		cmocka_unit_test(nobody_has_all_claims),
		cmocka_unit_test(a_changed_wish_keeps_what_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

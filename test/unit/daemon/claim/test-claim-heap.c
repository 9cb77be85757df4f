// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation for a claim fails once: the answer is -ENOMEM or NULL, the objects are as
 * before, and no memory is lost (the leak check of the sanitizer build is part of this test).
 */
#include "daemon/claim/memory/memory-adopt.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "daemon/claim/claim-change.h"
#include "daemon/claim/memory/memory-observe.h"
#include "daemon/claim/declared-state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test/lib/wrap-allocation.h"
#include "test/unit/cxl/topology/fixture.h"
#include "test/unit/daemon/claim/claim-text.h"

#define ALLOCATIONS_MAX 2000

static unsigned int fail_in; /* allocations until the one that fails, 0 for none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

#define WRAP(...) WRAP_IF(fails, __VA_ARGS__)

WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *memory, size_t size), (memory, size))
WRAP_JSON_OBJECTS(fails)
WRAP(struct json_object *, json_object_new_uint64, NULL, (uint64_t number), (number))

/* The objects that a work is done on; a work returns -ENOMEM, or the same as with memory enough. */
struct bench {
	struct topology *topology;
	struct claim claim; /* bound to the region of @topology */
	struct json_object *json, *document;
};

static struct bench bench_new(void)
{
	struct bench bench = { .topology = fixture_topology("guest-one-switch-region") };
	struct json_object *claims = json_object_new_array();

	bench.claim =
		claim_of("{'name':'a','size':1073741824,'ways':4,'near_node':0,"
			 "'qos_class':0,'granularity':256,'disabled':true,"
			 "'window':19595788288,'members_ordered':true,'members':[{'serial':1},"
			 "{'serial':4},{'serial':2},{'serial':3}]}");
	assert_int_equal(memory_bind(&bench.claim, WORLD(bench.topology, "boot"),
				     bench.topology->regions.items[0]),
			 0);
	bench.json = claim_to_json(&bench.claim);
	assert_int_equal(json_append(claims, claim_wish_to_json(&bench.claim)), 0);
	assert_int_equal(json_append(claims, json_of("{'name':'b','size':1}")), 0);
	bench.document = json_object_new_object();
	assert_int_equal(json_add(bench.document, "claims", claims), 0);
	return bench;
}

static void bench_free(struct bench *bench)
{
	claim_deinit(&bench->claim);
	(void)json_object_put(bench->json);
	(void)json_object_put(bench->document);
	(void)topology_free(bench->topology);
}

static int read_it(struct bench *bench)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;
	int rc = claim_from_json(&claim_kinds, bench->json, &problems, &claim);

	claim_deinit(&claim);
	refusal_list_deinit(&problems);
	return rc;
}

static int refuse_it(struct bench *bench)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state state = DECLARED_STATE_NULL;
	int rc = declared_state_from_json(&claim_kinds, bench->json, &problems, &state);

	declared_state_deinit(&state);
	refusal_list_deinit(&problems);
	return rc == CLAIM_E_BAD ? 0 : rc;
}

static int write_it(struct bench *bench)
{
	struct json_object *json = claim_to_json(&bench->claim);
	bool written = json && json_object_equal(json, bench->json);

	(void)json_object_put(json);
	return written ? 0 : -ENOMEM;
}

static int bind_it(struct bench *bench)
{
	int rc = memory_bind(&bench->claim, WORLD(bench->topology, "other boot"),
			     bench->topology->regions.items[0]);

	/* As it was, or anew. */
	assert_string_equal(memory_claim(&bench->claim)->binding.boot, rc ? "boot" : "other boot");
	assert_int_equal(memory_claim(&bench->claim)->binding.members.count, 4);
	return rc;
}

static int inherit_it(struct bench *bench)
{
	struct claim claim = CLAIM_NULL;
	int rc = claim_init(&claim, &memory_kind);

	if (rc == 0) {
		rc = claim_inherit(&claim, &bench->claim);
		assert_int_equal(memory_claim(&claim)->binding.bound, rc == 0);
	}
	claim_deinit(&claim);
	return rc;
}

static int adopt_it(struct bench *bench)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;
	int rc;

	bench->topology->regions.items[0]->type = TOPO_MODE_PMEM;
	bench->topology->regions.items[0]->uuid = "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00";
	rc = memory_claim_of_region(WORLD(bench->topology, "boot"),
				    bench->topology->regions.items[0], &problems, &claim);
	claim_deinit(&claim);
	refusal_list_deinit(&problems);
	return rc;
}

/* A claim that is new, what is new about it, and that it ends. */
static int tell_of_it(struct bench *bench)
{
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct json_object *changes[3] = { NULL };
	int rc = claim_table_set(&table, &bench->claim, 1);

	if (rc == 0)
		rc = claim_table_observe(&table, WORLD(bench->topology, "boot"), 1, 1);
	if (rc == 0)
		rc = claim_table_changes(&table, &changes[0]);
	if (rc == 0)
		table.records.items[0]->is_new = false;
	if (rc == 0)
		rc = claim_table_changes(&table, &changes[1]);
	if (rc == 0) {
		changes[2] = claim_end_to_json(table.records.items[0]);
		rc = changes[2] ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		(void)json_object_put(changes[i]);
	claim_table_deinit(&table);
	return rc;
}

static int ask_for_it(struct bench *bench)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct region_request request = REGION_REQUEST_NULL;
	struct arena arena = ARENA_NULL;
	int rc = memory_to_region_request(&bench->claim, WORLD(bench->topology, "boot"), true,
					  &arena, &problems, &request);

	arena_deinit(&arena);
	refusal_list_deinit(&problems);
	return rc;
}

static int observe_it(struct bench *bench)
{
	struct claim_sight sight;
	struct arena arena = ARENA_NULL;
	int rc = memory_observe(&bench->claim, WORLD(bench->topology, "boot"), &arena, &sight);

	arena_deinit(&arena);
	return rc;
}

static int declare_it(struct bench *bench)
{
	const struct claim *stored = &bench->claim;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state state = DECLARED_STATE_NULL;
	struct declared_diff diff = DECLARED_DIFF_NULL;
	struct json_object *json = NULL, *document = NULL;
	int rc = declared_state_from_json(&claim_kinds, bench->document, &problems, &state);

	if (rc == 0) {
		memory_claim(&state.claims.items[0])->zone = TOPO_ZONE_KERNEL;
		memory_claim(&state.claims.items[0])->ways = 0;
		rc = declared_state_diff(&stored, 1, &state, &problems, &diff);
	}
	if (rc == 0)
		json = declared_diff_to_json(&diff);
	if (json)
		document = declared_state_to_json(&stored, 1);
	if (rc == 0 && !document)
		rc = -ENOMEM;
	(void)json_object_put(json);
	(void)json_object_put(document);
	declared_diff_deinit(&diff);
	declared_state_deinit(&state);
	refusal_list_deinit(&problems);
	return rc;
}

static void every_allocation_may_fail(void **state)
{
	static int (*const works[])(struct bench *bench) = {
		read_it,    refuse_it,	write_it,   bind_it,  inherit_it,
		ask_for_it, observe_it, declare_it, adopt_it, tell_of_it,
	};

	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		for (unsigned int n = 1;; n++) {
			struct bench bench = bench_new();
			bool failed;
			int rc;

			assert_true(n < ALLOCATIONS_MAX);
			fail_in = n;
			rc = works[i](&bench);
			failed = fail_in == 0;
			fail_in = 0;
			if (rc != (failed ? -ENOMEM : 0))
				fail_msg("work %zu, allocation %u: %d", i, n, rc);
			bench_free(&bench);
			if (failed)
				continue;
			assert_true(n > 1);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

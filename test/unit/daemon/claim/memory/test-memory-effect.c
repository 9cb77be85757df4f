// SPDX-License-Identifier: GPL-2.0-only
/* The effects of changes of memory on claims, and the requests of changed wishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/claim/memory/memory-request-claim.h"
#include "daemon/claim/memory/memory-effect.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "test/unit/cxl/topology/fixture.h"
#include "test/unit/daemon/claim/claim-text.h"
#include "util/cleanup.h"
#include "util/json.h"

#define BOOT "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"
#define MIB  (UINT64_C(1) << 20)

static int decide(const struct claim_table *table, const struct memory_request *request,
		  const struct topology *topology, struct refusal_list *problems,
		  struct claim_effect *effect)
{
	const struct plan plan = { .region = "region0",
				   .size_bytes = 256 * MIB,
				   .type = TOPO_MODE_RAM };

	return memory_effect_decide(table, request, &plan, WORLD(topology, BOOT), "uid:7", problems,
				    effect);
}

/* A memdev that went between the last step and the proof is remembered in the binding. */
static void who_was_planned_is_known(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	_cleanup_topology_ struct topology *proof = fixture_topology("guest-one-switch-region");
	struct topo_region *region = proof->regions.items[0];
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct plan plan = { .region = region->name, .ways = region->interleave_ways };

	plan.window = topology->regions.items[0]->window;
	for (int i = 0; i < plan.ways; i++)
		plan.members[i].memdev = memory_memdev_at(topology->regions.items[0], (size_t)i);
	assert_int_equal(claim_init(&effect.claim, &memory_kind), 0);
	effect.kind = CLAIM_IS_PUT;
	region->mappings.count = 1;
	assert_int_equal(memory_effect_bind(&effect, WORLD(topology, BOOT), proof, &plan), 0);
	assert_int_equal(memory_claim(&effect.claim)->binding.members.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(memory_claim(&effect.claim)->binding.members.items[i].serial,
				 plan.members[i].memdev->serial);
	assert_ptr_equal(memory_find_region(&effect.claim, WORLD(proof, BOOT)), region);
	claim_effect_deinit(&effect);
}

/* A binding without a size could not be read again: the claim would be lost at the next start. */
static void nobody_is_bound_to_a_name(void **state)
{
	_cleanup_topology_ struct topology *proof = fixture_topology("guest-one-switch-region");
	struct topo_region *region = proof->regions.items[0];
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	const struct plan plan = { .region = region->name };

	assert_int_equal(claim_init(&effect.claim, &memory_kind), 0);
	effect.kind = CLAIM_IS_PUT;
	region->size = 0;
	assert_int_equal(memory_effect_bind(&effect, WORLD(proof, BOOT), proof, &plan), 0);
	assert_false(memory_claim(&effect.claim)->binding.bound);
	claim_effect_deinit(&effect);
}

static void a_creation_makes_a_claim(void **state)
{
	static const char *const memdevs[] = { "mem2" };
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct store_change change;

	request.kind = MEMORY_CREATE_REGION;
	request.create = REGION_REQUEST_NULL;
	request.create.goal = PLAN_GOAL_SYSTEM_RAM;
	request.create.memdevs = memdevs;
	request.create.memdev_count = 1;
	assert_int_equal(decide(&table, &request, topology, &problems, &effect), 0);
	assert_int_equal(claim_effect_store(&effect, &change), 1);
	assert_string_equal(change.key, "claim/memory-1");
	assert_int_equal(change.expected_revision, STORE_ABSENT);
	/* By what survives, and with what was asked for only. */
	assert_json(effect.object, "{'name':'memory-1','size':268435456,'type':'ram',"
				   "'goal':'system_ram','zone':'movable','drift':'mend',"
				   "'members':[{'serial':3}],'owner':'uid:7'}");
	assert_null(claim_table_find(&table, "memory-1"));
	assert_int_equal(claim_effect_apply(&effect, &table, 42), 0);
	assert_int_equal(claim_table_find(&table, "memory-1")->revision, 42);
	claim_effect_deinit(&effect);

	/* There is one already. */
	request.claim = "memory-1";
	assert_int_equal(decide(&table, &request, topology, &problems, &effect), CLAIM_E_BAD);
	assert_string_equal(problems.list.items[0].code, "claim-exists");
	claim_effect_deinit(&effect);
	refusal_list_deinit(&problems);
	claim_table_deinit(&table);
}

/* The claim of a removed region ends; the claim of a changed region goes on with another wish. */
static void a_change_of_a_region_is_one_of_its_claim(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	const struct topo_region *region = topology->regions.items[0];
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = claim_of("{'name':'a','size':268435456}");
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct plan plan = { .region = region->name };
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct store_change change;

	assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), region), 0);
	assert_int_equal(claim_table_set(&table, &claim, 7), 0);
	request.kind = MEMORY_SET_MEMORY;
	request.zone = TOPO_ZONE_NONE;
	assert_int_equal(memory_effect_decide(&table, &request, &plan, WORLD(topology, BOOT),
					      "uid:7", &problems, &effect),
			 0);
	assert_int_equal(effect.kind, CLAIM_IS_PUT);
	assert_int_equal(memory_claim(&effect.claim)->zone, TOPO_ZONE_NONE);
	assert_true(memory_claim(&effect.claim)->binding.bound);
	assert_int_equal(effect.revision, 7);
	claim_effect_deinit(&effect);

	request.kind = MEMORY_REMOVE_REGION;
	request.remove.keep_region = true;
	assert_int_equal(memory_effect_decide(&table, &request, &plan, WORLD(topology, BOOT),
					      "uid:7", &problems, &effect),
			 0);
	assert_true(memory_claim(&effect.claim)->disabled);
	claim_effect_deinit(&effect);

	request.remove.keep_region = false;
	assert_int_equal(memory_effect_decide(&table, &request, &plan, WORLD(topology, BOOT),
					      "uid:7", &problems, &effect),
			 0);
	assert_int_equal(claim_effect_store(&effect, &change), 1);
	assert_string_equal(change.key, "claim/a");
	assert_null(change.value);
	assert_int_equal(change.expected_revision, 7);
	assert_int_equal(claim_effect_apply(&effect, &table, 8), 0);
	assert_null(claim_table_find(&table, "a"));
	claim_effect_deinit(&effect);

	/* A region without a claim leaves nothing in the store. */
	assert_int_equal(memory_effect_decide(&table, &request, &plan, WORLD(topology, BOOT),
					      "uid:7", &problems, &effect),
			 0);
	assert_int_equal(claim_effect_store(&effect, &change), 0);
	claim_effect_deinit(&effect);
	claim_table_deinit(&table);
}

static int request_between(const char *from_text, const char *to_text, const char *region,
			   struct memory_request *request)
{
	struct claim from = claim_of(from_text), to = claim_of(to_text);
	int rc = memory_request_between(&from, &to, region, request);

	claim_deinit(&from);
	claim_deinit(&to);
	return rc;
}

#define IS "{'name':'a','size':268435456"

static void a_wish_is_a_request_for_the_region(void **state)
{
	struct memory_request request = { 0 };

	assert_int_equal(request_between(IS "}", IS ",'zone':'kernel'}", "region3", &request), 1);
	assert_int_equal(request.kind, MEMORY_SET_MEMORY);
	assert_int_equal(request.zone, TOPO_ZONE_KERNEL);
	assert_string_equal(request.region, "region3");

	assert_int_equal(request_between(IS "}", IS ",'disabled':true}", "region3", &request), 1);
	assert_int_equal(request.kind, MEMORY_REMOVE_REGION);
	assert_true(request.remove.keep_region);

	assert_int_equal(request_between(IS ",'disabled':true}", IS ",'zone':'kernel'}", "region3",
					 &request),
			 1);
	assert_int_equal(request.kind, MEMORY_ENABLE_REGION);
	assert_int_equal(request.goal, PLAN_GOAL_SYSTEM_RAM);
	assert_int_equal(request.zone, TOPO_ZONE_KERNEL);

	/* Nothing to do on the host: for now, at all, or because the claim has no region. */
	assert_int_equal(request_between(IS ",'disabled':true}",
					 IS ",'disabled':true,'zone':'kernel'}", "region3",
					 &request),
			 0);
	assert_int_equal(request_between(IS "}", IS ",'drift':'leave'}", "region3", &request), 0);
	assert_int_equal(request_between(IS "}", IS ",'zone':'kernel'}", NULL, &request), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_planned_is_known),
		cmocka_unit_test(nobody_is_bound_to_a_name),
		cmocka_unit_test(a_creation_makes_a_claim),
		cmocka_unit_test(a_change_of_a_region_is_one_of_its_claim),
		cmocka_unit_test(a_wish_is_a_request_for_the_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

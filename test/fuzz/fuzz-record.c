// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: a document of another host, a record or the output of `cxl list`, and all functions on
 * it: lists, the tree, every plan, drafts of plans, claims made of its regions and compared with
 * it, and differences from a complete host. Every plan is well-formed.
 */
#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/plan-draft.h"
#include "cxl/plan/plan.h"
#include "cxl/topology/topology-diff.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-list.h"
#include "cxl/topology/topology-text.h"
#include "daemon/claim-kinds.h"
#include "daemon/claim/memory/memory-adopt.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "daemon/claim/claim-table.h"
#include "test/fuzz/fuzz.h"
#include "util/json.h"

#define BOOT "11111111-2222-4333-8444-555555555555"

static void fuzz_lists(const struct topology *topology, const uint8_t *choices)
{
	const struct list_options all = { .buses = true,
					  .ports = true,
					  .endpoints = true,
					  .memdevs = true,
					  .decoders = true,
					  .targets = true,
					  .regions = true,
					  .dax = true,
					  .idle = true,
					  .verbose = 3,
					  .now_ms = TOPO_UNKNOWN };
	const struct list_options some = { .buses = choices[0] & 1,
					   .ports = choices[0] & 2,
					   .endpoints = choices[0] & 4,
					   .memdevs = choices[0] & 8,
					   .decoders = choices[0] & 16,
					   .targets = choices[0] & 32,
					   .regions = choices[0] & 64,
					   .dax = choices[0] & 128,
					   .health = choices[1] & 1,
					   .partition = choices[1] & 2,
					   .alert_config = choices[1] & 4,
					   .media_errors = choices[1] & 8,
					   .idle = choices[1] & 16,
					   .human = choices[1] & 32,
					   .memdev = choices[1] & 64 ? "mem0,1" : NULL,
					   .decoder = choices[1] & 128 ? "root" : NULL,
					   .now_ms = TOPO_UNKNOWN };
	const struct tree_options tree = { .utf8 = choices[0] & 1, .columns = 10 + choices[1] };
	_cleanup_json_ struct json_object *list = NULL, *part = NULL;
	char *text = NULL;

	(void)topology_list(topology, &all, &list);
	(void)topology_list(topology, &some, &part);
	(void)topology_list_tree(topology, &tree, &text);
	free(text);
}

static void check_plan(const struct plan *plan, int rc)
{
	_cleanup_json_ struct json_object *object = plan_to_json(plan);

	assert(object);
	assert(rc == 0 || rc == PLAN_E_REFUSED);
	assert(rc == 0 || plan->refusals.list.count > 0);
	for (size_t i = 0; rc == 0 && i < plan->steps.list.count; i++)
		assert(step_check(&plan->steps.list.items[i]) == 0);
}

static void fuzz_create(struct topology *topology, const uint8_t *choices)
{
	const char *memdevs[] = { "mem0", "mem1", "serial:1" };
	const struct region_request request = {
		.size_bytes = choices[2] & 1 ? (uint64_t)(choices[2] >> 1) << 28 : 0,
		.ways = choices[3] & 1 ? choices[3] >> 4 : 0,
		.granularity = choices[3] & 2 ? 1024 : 0,
		.memdevs = memdevs,
		.memdev_count = choices[3] & 4 ? 1 + choices[2] % 3 : 0,
		.type = choices[3] & 8 ? TOPO_MODE_PMEM : TOPO_MODE_NONE,
		.near_node = TOPO_UNKNOWN_INT,
		.qos_class = TOPO_UNKNOWN_INT,
		.fresh_uuid = BOOT,
		.goal = (enum plan_goal)(choices[4] % 3),
		.zone = choices[4] & 64 ? TOPO_ZONE_MOVABLE : TOPO_ZONE_KERNEL,
	};

	/* The second plan starts from the draft after the first. */
	for (int i = 0; i < 2; i++) {
		struct plan plan = PLAN_NULL;
		int rc = plan_create_region(topology, &request, &plan);

		check_plan(&plan, rc);
		rc = rc == 0 ? plan_draft_enter(topology, &plan) : -1;
		plan_deinit(&plan);
		if (rc < 0)
			return;
	}
}

static void fuzz_region(const struct topology *topology, const struct topo_region *region,
			const uint8_t *choices)
{
	const struct remove_request removal = { .region = region->name,
						.keep_region = choices[4] & 1,
						.force = choices[4] & 2 };
	struct plan plans[4] = { PLAN_NULL, PLAN_NULL, PLAN_NULL, PLAN_NULL };

	check_plan(&plans[0], plan_remove_region(topology, &removal, &plans[0]));
	check_plan(&plans[1], plan_enable_region(topology, region->name, PLAN_GOAL_SYSTEM_RAM,
						 TOPO_ZONE_MOVABLE, &plans[1]));
	check_plan(&plans[2],
		   plan_online_memory(topology, region->name, TOPO_ZONE_MOVABLE, &plans[2]));
	check_plan(&plans[3],
		   plan_online_memory(topology, region->name, TOPO_ZONE_NONE, &plans[3]));
	for (int i = 0; i < 4; i++)
		plan_deinit(&plans[i]);
}

/* Makes a claim of a region, and compares the claim with the same host. */
static void fuzz_claim(const struct world *world, const struct topo_region *region,
		       struct claim_table *table)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;

	if (memory_claim_of_region(world, region, &problems, &claim) == 0) {
		char name[CLAIM_NAME_MAX + 1];

		claim_table_new_name(table, &memory_kind, name);
		claim.name = arena_strdup(&claim.arena, name);
		claim.owner = "root";
		if (!claim.name || memory_bind(&claim, world, region) < 0)
			abort();
		if (claim_table_set(table, &claim, 1) < 0)
			abort();
	} else {
		assert(problems.list.count > 0);
	}
	claim_deinit(&claim);
	refusal_list_deinit(&problems);
}

static void fuzz_claims(const struct topology *topology)
{
	const struct world world = { .topology = topology, .boot = BOOT };
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	_cleanup_json_ struct json_object *object = NULL;

	for (size_t i = 0; i < topology->regions.count; i++)
		fuzz_claim(&world, topology->regions.items[i], &table);
	if (claim_table_observe(&table, &world, 1, 1) < 0)
		abort();
	object = claim_table_to_json(&table);
	assert(object);
	claim_table_deinit(&table);
}

static bool is_change(struct json_object *entry)
{
	return strcmp(json_object_get_string(json_object_object_get(entry, "change")), "changed") ==
	       0;
}

/* A record is read again; the record of a document gives the same objects and the same record. */
static void check_record(const struct topology *topology)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *record = topology_to_json(topology), *second = NULL,
					  *changes = NULL, *back = NULL;
	struct topology *again = NULL;
	int rc = topology->is_document ? topology_from_document(record, &refusals, &again)
				       : topology_from_json(record, &refusals, &again);

	assert(rc == 0);
	refusal_list_deinit(&refusals);
	if (topology_diff(again, topology, &changes) < 0 ||
	    topology_diff(topology, again, &back) < 0)
		abort();
	second = topology_to_json(again);
	assert(second);
	if (topology->is_document) {
		for (size_t i = 0; i < json_object_array_length(changes); i++)
			assert(is_change(json_object_array_get_idx(changes, i)));
		assert(json_object_equal(json_object_object_get(record, "list"),
					 json_object_object_get(second, "list")));
	}
	topology_free(again);
}

static void fuzz_topology(struct topology *topology, const uint8_t *choices)
{
	check_record(topology);
	fuzz_lists(topology, choices);
	for (size_t i = 0; i < topology->regions.count; i++)
		fuzz_region(topology, topology->regions.items[i], choices);
	fuzz_claims(topology);
	fuzz_create(topology, choices);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *json = NULL;
	struct topology *topology = NULL;
	_cleanup_free_ char *text = NULL;
	uint8_t choices[8] = { 0 };
	int rc;

	/* The choices follow from the document, so that the file alone repeats the run. */
	for (size_t i = 0; i < size; i++)
		choices[i % 8] = (uint8_t)(choices[i % 8] * 31 + data[i]);
	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	/* As a file, whose values are listed unchanged; then as a helper's reply. */
	rc = topology_from_text(text, size, &refusals, &json, &topology);
	if (rc == 0)
		fuzz_topology(topology, choices);
	else
		assert(rc != TOPOLOGY_JSON_E_REFUSED || refusals.list.count > 0);
	topology = topology_free(topology);
	if (json && topology_from_json(json, &refusals, &topology) == 0)
		fuzz_topology(topology, choices);
	topology_free(topology);
	refusal_list_deinit(&refusals);
	return 0;
}

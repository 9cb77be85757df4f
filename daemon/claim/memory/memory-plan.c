// SPDX-License-Identifier: GPL-2.0-only
/*
 * From claims to requests to the planner. Pure.
 */
#include "daemon/claim/memory/memory-plan.h"

#include <errno.h>

#include "cxl/plan/existing-region.h"
#include "cxl/plan/plan-draft.h"
#include "cxl/topology/topology-json.h"
#include "daemon/claim/memory/memory-adopt.h"
#include "daemon/claim/memory/memory-request-claim.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "util/json.h"

/* Other memory would have the name of the claim, and none of the claim's data. */
static bool has_data(const struct claim *claim)
{
	const struct memory_claim *own = memory_claim(claim);

	return own->type == TOPO_MODE_PMEM && own->binding.bound;
}

/* A claim asks for the region of its binding, or else for any region that meets the wish. */
static int plan_making(const struct claim *claim, const struct world *world, bool as_before,
		       struct memory_request *request, struct plan *plan)
{
	struct memory_request making = { .kind = MEMORY_CREATE_REGION };
	int rc = memory_to_region_request(claim, world, as_before, &request->arena, &plan->refusals,
					  &making.create);

	if (rc == 0) {
		making.create.fresh_uuid = request->create.fresh_uuid;
		rc = memory_request_plan(&making, world, plan);
	}
	if (rc <= 0 || !as_before || has_data(claim))
		return rc > 0 ? PLAN_E_REFUSED : rc;
	plan_deinit(plan);
	*plan = PLAN_NULL;
	return plan_making(claim, world, false, request, plan);
}

/* The claim's region is taken down, disabled, or enabled and taken to the goal. */
static int plan_change(const struct claim *claim, enum claim_remedy remedy,
		       const struct world *world, struct plan *plan)
{
	const struct memory_claim *own = memory_claim(claim);
	const struct topo_region *region = memory_find_region(claim, world);
	struct memory_request change = { .zone = own->zone, .goal = own->goal };

	if (!region)
		return -ESTALE;
	change.region = region->name;
	change.kind = remedy == CLAIM_REMEDY_ENABLE ? MEMORY_ENABLE_REGION : MEMORY_REMOVE_REGION;
	change.remove.keep_region = remedy == CLAIM_REMEDY_DISABLE;
	return memory_request_plan(&change, world, plan);
}

int memory_plan_remedy(const struct claim_record *record, enum claim_remedy remedy,
		       const struct world *world, struct memory_request *request, struct plan *plan,
		       struct claim_effect *ret_effect)
{
	int rc;

	if (remedy != CLAIM_REMEDY_MAKE) {
		rc = plan_change(&record->claim, remedy, world, plan);
		if (rc == 0 && remedy == CLAIM_REMEDY_CLEAR)
			rc = claim_effect_release(record, ret_effect);
		return rc;
	}
	rc = memory_request_make_uuid(request);
	if (rc == 0)
		rc = plan_making(&record->claim, world, true, request, plan);
	return rc == 0 ? claim_effect_restore(record, ret_effect) : rc;
}

/* A request for memory may name a claim of another kind. */
static int check_kind(const struct claim_record *record, struct plan *plan)
{
	int rc = claim_check_kind(&record->claim, &memory_kind, &plan->refusals);

	return rc == CLAIM_E_BAD ? PLAN_E_REFUSED : rc;
}

/* ---- a region that is made anew ---- */

static int copy_refusals(const struct refusal_list *from, struct refusal_list *to)
{
	int rc = 0;

	for (size_t i = 0; i < from->list.count && rc == 0; i++) {
		const struct refusal *refusal = &from->list.items[i];

		rc = refusal_add(to, refusal->code, refusal->object, refusal->hint, "%s",
				 refusal->text);
	}
	return rc;
}

static int copy_topology(const struct topology *topology, struct topology **ret_copy)
{
	_cleanup_json_ struct json_object *record = topology_to_json(topology);
	struct refusal_list notices = REFUSAL_LIST_NULL;
	int rc = record ? topology_from_json(record, &notices, ret_copy) : -ENOMEM;

	refusal_list_deinit(&notices);
	return rc > 0 ? -EINVAL : rc;
}

/* No region is taken down for a region that can't be made. */
static int check_making(const struct claim *wish, const struct world *world,
			struct memory_request *request, struct plan *plan,
			struct json_object **ret_then)
{
	_cleanup_topology_ struct topology *draft = NULL;
	struct plan making = PLAN_NULL;
	struct world after = *world;
	int rc = copy_topology(world->topology, &draft);

	if (rc == 0) {
		plan_draft_leave(draft, plan->region);
		after.topology = draft;
		rc = plan_making(wish, &after, false, request, &making);
	}
	if (rc == PLAN_E_REFUSED && copy_refusals(&making.refusals, &plan->refusals) < 0)
		rc = -ENOMEM;
	if (rc == 0 && request->dry_run) {
		*ret_then = plan_to_json(&making);
		rc = *ret_then ? 0 : -ENOMEM;
	}
	plan_deinit(&making);
	return rc;
}

static int plan_anew(const struct claim_record *record, const struct world *world,
		     struct memory_request *request, struct plan *plan,
		     struct json_object **ret_then)
{
	const struct topo_region *region = memory_find_region(&record->claim, world);
	struct memory_request change = { .kind = MEMORY_REMOVE_REGION };
	int rc;

	if (!request->anew) {
		rc = claim_refuse(&plan->refusals, "claim-anew", request->wish.name,
				  "allow that with anew, as `cxlfm apply` does",
				  "the region has to be made anew for this");
		return rc < 0 ? rc : PLAN_E_REFUSED;
	}
	if (!region)
		return plan_making(&request->wish, world, false, request, plan);
	change.region = region->name;
	rc = memory_request_plan(&change, world, plan);
	if (rc == 0)
		rc = check_making(&request->wish, world, request, plan, ret_then);
	if (rc)
		return rc;
	plan->why = arena_printf(
		&plan->arena, "%s is removed, and a new region is made in its place", region->name);
	return plan->why ? 0 : -ENOMEM;
}

int memory_plan_wish(const struct claim_record *record, const struct world *world,
		     struct memory_request *request, struct plan *plan,
		     struct json_object **ret_then)
{
	const struct claim *wish = &request->wish;
	struct memory_request change = { 0 };
	const struct topo_region *region;

	int rc = record ? check_kind(record, plan) : 0;

	if (rc)
		return rc;
	if (!record)
		return plan_making(wish, world, false, request, plan);
	if (claim_change_kind(&record->claim, wish) == CLAIM_CHANGE_REMAKE)
		return plan_anew(record, world, request, plan, ret_then);
	region = memory_find_region(&record->claim, world);
	if (!memory_request_between(&record->claim, wish, region ? region->name : NULL, &change))
		return 0;
	return memory_request_plan(&change, world, plan);
}

/* Only checks whether the region can be a claim: the claim is made with the effect. */
static int check_adoption(const struct claim_table *table, const struct world *world,
			  const struct topo_region *region, struct plan *plan)
{
	const struct claim_record *record = memory_record_of_region(table, world, region->name);
	struct claim claim = CLAIM_NULL;
	const char *hint;
	int rc;

	if (record) {
		hint = arena_printf(&plan->refusals.arena,
				    "there is nothing to do, or first `cxlfm forget %s`",
				    record->claim.name);
		if (!hint)
			return -ENOMEM;
		rc = claim_refuse(&plan->refusals, "region-claimed", region->name, hint,
				  "%s belongs to the claim %s", region->name, record->claim.name);
	} else {
		rc = memory_claim_of_region(world, region, &plan->refusals, &claim);
	}
	claim_deinit(&claim);
	return rc > 0 ? PLAN_E_REFUSED : rc;
}

/* A plan without steps, which names its region. */
static int plan_nothing(const struct world *world, const char *region, const char *why,
			struct plan *plan)
{
	const struct topo_region *found;

	plan->why = why;
	return existing_region_find(plan, world->topology, region, &found);
}

int memory_plan_adoption(const struct claim_table *table, const struct world *world,
			 const struct memory_request *request, struct plan *plan)
{
	const struct topo_region *region;
	int rc = memory_request_find_region(world, request->region, plan, &region);

	if (rc == 0)
		rc = check_adoption(table, world, region, plan);
	if (rc)
		return rc;
	return plan_nothing(world, region->name,
			    "a claim is made of the region as it is, and nothing is changed", plan);
}

static int find_claim(const struct claim_table *table, const char *name, struct plan *plan,
		      const struct claim_record **ret_record)
{
	int rc;

	*ret_record = claim_table_find(table, name);
	if (*ret_record)
		return check_kind(*ret_record, plan);
	rc = claim_refuse(&plan->refusals, "unknown-claim", name,
			  "`cxlfm list --claims` shows them", "there is no claim of this name");
	return rc < 0 ? rc : PLAN_E_REFUSED;
}

int memory_plan_forgetting(const struct claim_table *table, const struct world *world,
			   const struct memory_request *request, struct plan *plan)
{
	const struct claim_record *record;
	const struct topo_region *region;
	int rc = find_claim(table, request->claim, plan, &record);

	if (rc)
		return rc;
	region = memory_find_region(&record->claim, world);
	if (!region)
		return 0;
	return plan_nothing(world, region->name, "the claim ends, and its memory stays as it is",
			    plan);
}

/* ---- changes of a region, or of a claim's ---- */

static int refuse_without_region(const struct claim *claim, struct plan *plan)
{
	int rc = claim_refuse(&plan->refusals, "unknown-region", claim->name,
			      "`cxlfm list --claims` shows why", "the claim %s has no region now",
			      claim->name);

	return rc < 0 ? rc : PLAN_E_REFUSED;
}

/* @ret_record: of the region's claim, or NULL */
static int find_object(const struct claim_table *table, const struct world *world,
		       const struct memory_request *request, struct plan *plan,
		       const struct claim_record **ret_record,
		       const struct topo_region **ret_region)
{
	int rc;

	if (!request->claim) {
		rc = memory_request_find_region(world, request->region, plan, ret_region);
		if (rc == 0)
			*ret_record = memory_record_of_region(table, world, (*ret_region)->name);
		return rc;
	}
	rc = find_claim(table, request->claim, plan, ret_record);
	if (rc)
		return rc;
	*ret_region = memory_find_region(&(*ret_record)->claim, world);
	return *ret_region ? 0 : refuse_without_region(&(*ret_record)->claim, plan);
}

int memory_plan_change(const struct claim_table *table, const struct world *world,
		       const struct memory_request *request, struct plan *plan)
{
	/* The name counts for this look only: the next look may find another region, or none. */
	struct memory_request change = *request;
	const struct claim_record *record = NULL;
	const struct topo_region *region;
	int rc;

	if (request->kind == MEMORY_CREATE_REGION)
		return memory_request_plan(request, world, plan);
	rc = find_object(table, world, request, plan, &record, &region);
	if (rc)
		return rc;
	change.region = region->name;
	/* Enabling a claim's region takes the region as far as the claim wants, and no less. */
	if (record && request->kind == MEMORY_ENABLE_REGION && request->goal == PLAN_GOAL_REGION) {
		change.goal = memory_claim(&record->claim)->goal;
		change.zone = memory_claim(&record->claim)->zone;
	}
	return memory_request_plan(&change, world, plan);
}

bool memory_plan_end(const struct claim_table *table, const struct world *world,
		     const struct memory_request *request, struct plan *plan,
		     struct claim_effect *ret_effect)
{
	const struct claim_record *record =
		request->claim ? claim_table_find(table, request->claim) : NULL;

	if (!record || record->claim.kind != &memory_kind ||
	    request->kind != MEMORY_REMOVE_REGION || request->remove.keep_region ||
	    memory_find_region(&record->claim, world))
		return false;
	plan_deinit(plan);
	*plan = PLAN_NULL;
	claim_effect_end(record, ret_effect);
	return true;
}

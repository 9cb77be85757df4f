// SPDX-License-Identifier: GPL-2.0-only
/*
 * The effect of a change of memory on a claim. Pure.
 */
#include "daemon/claim/memory/memory-effect.h"

#include <errno.h>

#include "daemon/claim/memory/memory-request-claim.h"
#include "daemon/claim/memory/memory-adopt.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"

/* An adopted claim is bound from the first moment: a claim without a binding is given memory. */
static int decide_adoption(const struct claim_table *table, const struct memory_request *request,
			   const struct plan *plan, const struct world *world, const char *owner,
			   struct refusal_list *problems, struct claim_effect *effect)
{
	const struct topo_region *region = topology_region(world->topology, plan->region);
	struct claim *claim = &effect->claim;
	int rc = claim_effect_make(table, &memory_kind, request->claim, owner, problems, effect);

	if (rc == 0)
		rc = memory_claim_of_region(world, region, problems, claim);
	if (rc)
		return rc;
	claim->drift = request->drift;
	claim->name = arena_strdup(&claim->arena, effect->name);
	claim->owner = arena_strdup(&claim->arena, owner);
	if (!claim->name || !claim->owner)
		return -ENOMEM;
	return memory_bind(claim, world, region);
}

int memory_effect_decide(const struct claim_table *table, const struct memory_request *request,
			 const struct plan *plan, const struct world *world, const char *owner,
			 struct refusal_list *problems, struct claim_effect *ret_effect)
{
	const struct claim_record *record;
	int rc;

	if (request->no_claim)
		return 0;
	if (request->kind == MEMORY_CREATE_REGION) {
		rc = claim_effect_make(table, &memory_kind, request->claim, owner, problems,
				       ret_effect);
		return rc ? rc
			  : memory_claim_of_creation(request, plan, world, ret_effect->name, owner,
						     &ret_effect->claim);
	}
	if (request->kind == MEMORY_ADOPT_REGION)
		return decide_adoption(table, request, plan, world, owner, problems, ret_effect);
	record = request->claim ? claim_table_find(table, request->claim)
				: memory_record_of_region(table, world, plan->region);
	if (!record)
		return 0;
	if (request->kind == MEMORY_FORGET_CLAIM ||
	    (request->kind == MEMORY_REMOVE_REGION && !request->remove.keep_region)) {
		claim_effect_end(record, ret_effect);
		return 0;
	}
	claim_effect_put(record, ret_effect);
	return memory_claim_after(&record->claim, request, &ret_effect->claim);
}

/* The binding names the planned memdevs: a memdev may have gone between last step and proof. */
static int bind_as_planned(struct claim *claim, const struct world *world, const struct plan *plan,
			   const struct topo_region *region)
{
	struct memory_binding binding = { .bound = true,
					  .boot = world->boot,
					  .resource = region->resource,
					  .size = region->size,
					  .ways = region->interleave_ways,
					  .uuid = region->uuid };
	int rc = 0;

	for (int i = 0; i < plan->ways && rc == 0; i++)
		rc = ARRAY_APPEND(&binding.members,
				  memory_member_of(world->topology, plan->members[i].memdev));
	if (rc == 0)
		rc = memory_set_binding(claim, &binding);
	ARRAY_FREE(&binding.members);
	return rc;
}

/* The rest of a failed change may be a region with a name, a UUID and no more, given to nobody. */
static bool has_shape(const struct topo_region *region)
{
	return region->size > 0 && region->size != TOPO_UNKNOWN &&
	       region->resource != TOPO_UNKNOWN && region->interleave_ways > 0 &&
	       region->interleave_granularity > 0;
}

int memory_effect_bind(struct claim_effect *effect, const struct world *world,
		       const struct topology *proof, const struct plan *plan)
{
	const struct topo_region *found =
		proof && plan->region ? topology_region(proof, plan->region) : NULL;
	int rc = 0;

	/* Others may have made another region under a former name. */
	if (effect->kind != CLAIM_IS_PUT || !found || !has_shape(found) ||
	    plan_removes_region(plan))
		return 0;
	/* The plan makes the region. */
	if (plan->window)
		rc = bind_as_planned(&effect->claim, world, plan, found);
	return rc < 0 ? rc : memory_bind(&effect->claim, world, found);
}

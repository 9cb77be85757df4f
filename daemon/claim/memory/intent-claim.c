// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intents as claims. Pure.
 */
#include "daemon/claim/memory/intent-claim.h"

#include <errno.h>

#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"

static int copy_text(struct claim *claim, const char *text, const char **ret_text)
{
	if (!text)
		return 0;
	*ret_text = arena_strdup(&claim->arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

static int add_members(struct claim *claim, const struct region_request *request,
		       const struct topology *topology)
{
	for (size_t i = 0; i < request->memdev_count; i++) {
		const struct topo_memdev *memdev =
			topology_find_memdev(topology, request->memdevs[i]);
		struct claim_member member;

		/* It was planned with. */
		if (!memdev)
			return -EINVAL;
		member = memory_member_of(topology, memdev);
		if (copy_text(claim, member.path, &member.path) < 0 ||
		    ARRAY_APPEND(&memory_claim(claim)->members, member) < 0)
			return -ENOMEM;
	}
	return 0;
}

int memory_claim_of_creation(const struct intent *intent, const struct plan *plan,
			     const struct world *world, const char *name, const char *owner,
			     struct claim *ret_claim)
{
	const struct region_request *request = &intent->create;
	const struct topo_decoder *window =
		request->window ? topology_decoder(world->topology, request->window) : NULL;
	struct memory_claim *own;

	if (claim_init(ret_claim, &memory_kind) < 0)
		return -ENOMEM;
	own = memory_claim(ret_claim);
	own->size_bytes = plan->size_bytes;
	own->type = plan->type;
	/* A region of pmem is all that there can be of it. */
	own->goal = plan->type == TOPO_MODE_PMEM ? PLAN_GOAL_REGION : request->goal;
	own->zone = request->zone;
	own->ways = request->ways;
	own->granularity = request->granularity;
	own->near_node = request->near_node;
	own->qos_class = request->qos_class;
	if (window)
		own->window = window->resource;
	if (copy_text(ret_claim, name, &ret_claim->name) < 0 ||
	    copy_text(ret_claim, owner, &ret_claim->owner) < 0 ||
	    copy_text(ret_claim, request->uuid, &own->uuid) < 0)
		return -ENOMEM;
	return add_members(ret_claim, request, world->topology);
}

int memory_claim_after(const struct claim *claim, const struct intent *intent,
		       struct claim *ret_claim)
{
	int rc = claim_copy(claim, ret_claim);
	struct memory_claim *own;

	if (rc < 0)
		return rc;
	own = memory_claim(ret_claim);
	switch (intent->kind) {
	case INTENT_REMOVE_REGION:
		own->disabled = true;
		break;
	case INTENT_ENABLE_REGION:
		own->disabled = false;
		/* For a region alone the plan was for the goal of the claim: memory_plan_change()
		 */
		if (intent->goal != PLAN_GOAL_REGION)
			own->goal = intent->goal;
		if (intent->goal == PLAN_GOAL_SYSTEM_RAM)
			own->zone = intent->zone;
		break;
	case INTENT_SET_MEMORY:
		own->zone = intent->zone;
		break;
	case INTENT_CREATE_REGION:
	case INTENT_APPLY_CLAIM:
	case INTENT_ADOPT_REGION:
	case INTENT_FORGET_CLAIM:
		break;
	}
	return 0;
}

int memory_claim_to_intent(const struct claim *from, const struct claim *to, const char *region,
			   struct intent *intent)
{
	const struct memory_claim *own = memory_claim(to);
	const unsigned int differences = claim_differences(from, to);

	intent->region = region;
	intent->zone = own->zone;
	intent->goal = own->goal;
	if (!region)
		return 0;
	if (differences & 1u << MEMORY_WISH_DISABLED) {
		intent->kind = own->disabled ? INTENT_REMOVE_REGION : INTENT_ENABLE_REGION;
		intent->remove.keep_region = own->disabled;
		return 1;
	}
	if (!(differences & 1u << MEMORY_WISH_ZONE) || own->disabled)
		return 0;
	intent->kind = INTENT_SET_MEMORY;
	return 1;
}

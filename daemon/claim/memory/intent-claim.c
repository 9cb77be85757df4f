// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intents as claims. Pure.
 */
#include "daemon/claim/memory/intent-claim.h"

#include <errno.h>

#include "util/json.h"

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
		member = claim_member_of(topology, memdev);
		if (copy_text(claim, member.path, &member.path) < 0 ||
		    ARRAY_APPEND(&claim->members, member) < 0)
			return -ENOMEM;
	}
	return 0;
}

int claim_of_creation(const struct intent *intent, const struct plan *plan,
		      const struct world *world, const char *name, const char *owner,
		      struct claim *ret_claim)
{
	const struct region_request *request = &intent->create;
	const struct topo_decoder *window =
		request->window ? topology_decoder(world->topology, request->window) : NULL;

	ret_claim->size_bytes = plan->size_bytes;
	ret_claim->type = plan->type;
	/* A region of pmem is all that there can be of it. */
	ret_claim->goal = plan->type == TOPO_MODE_PMEM ? PLAN_GOAL_REGION : request->goal;
	ret_claim->zone = request->zone;
	ret_claim->ways = request->ways;
	ret_claim->granularity = request->granularity;
	ret_claim->near_node = request->near_node;
	ret_claim->qos_class = request->qos_class;
	if (window)
		ret_claim->window = window->resource;
	if (copy_text(ret_claim, name, &ret_claim->name) < 0 ||
	    copy_text(ret_claim, owner, &ret_claim->owner) < 0 ||
	    copy_text(ret_claim, request->uuid, &ret_claim->uuid) < 0)
		return -ENOMEM;
	return add_members(ret_claim, request, world->topology);
}

int claim_copy(const struct claim *claim, struct claim *ret_claim)
{
	_cleanup_json_ struct json_object *object = claim_to_json(claim);
	struct refusal_list problems = REFUSAL_LIST_NULL;
	int rc = object ? claim_from_json(object, &problems, ret_claim) : -ENOMEM;

	refusal_list_deinit(&problems);
	return rc == CLAIM_E_BAD ? -EINVAL : rc;
}

int claim_after(const struct claim *claim, const struct intent *intent, struct claim *ret_claim)
{
	int rc = claim_copy(claim, ret_claim);

	if (rc < 0)
		return rc;
	switch (intent->kind) {
	case INTENT_REMOVE_REGION:
		ret_claim->disabled = true;
		break;
	case INTENT_ENABLE_REGION:
		ret_claim->disabled = false;
		/* For a region alone the plan was for the goal of the claim: claim_plan_change() */
		if (intent->goal != PLAN_GOAL_REGION)
			ret_claim->goal = intent->goal;
		if (intent->goal == PLAN_GOAL_SYSTEM_RAM)
			ret_claim->zone = intent->zone;
		break;
	case INTENT_SET_MEMORY:
		ret_claim->zone = intent->zone;
		break;
	case INTENT_CREATE_REGION:
	case INTENT_APPLY_CLAIM:
	case INTENT_ADOPT_REGION:
	case INTENT_FORGET_CLAIM:
		break;
	}
	return 0;
}

int claim_to_intent(const struct claim *from, const struct claim *to, const char *region,
		    struct intent *intent)
{
	const unsigned int differences = claim_differences(from, to);

	intent->region = region;
	intent->zone = to->zone;
	intent->goal = to->goal;
	if (!region)
		return 0;
	if (differences & 1u << CLAIM_WISH_DISABLED) {
		intent->kind = to->disabled ? INTENT_REMOVE_REGION : INTENT_ENABLE_REGION;
		intent->remove.keep_region = to->disabled;
		return 1;
	}
	if (!(differences & 1u << CLAIM_WISH_ZONE) || to->disabled)
		return 0;
	intent->kind = INTENT_SET_MEMORY;
	return 1;
}

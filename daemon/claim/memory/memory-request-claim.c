// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests as claims. Pure.
 */
#include "daemon/claim/memory/memory-request-claim.h"

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

		/* The plan was made with this value. */
		if (!memdev)
			return -EINVAL;
		member = memory_member_of(topology, memdev);
		if (copy_text(claim, member.path, &member.path) < 0 ||
		    ARRAY_APPEND(&memory_claim(claim)->members, member) < 0)
			return -ENOMEM;
	}
	return 0;
}

int memory_claim_of_creation(const struct memory_request *request, const struct plan *plan,
			     const struct world *world, const char *name, const char *owner,
			     struct claim *ret_claim)
{
	const struct region_request *create = &request->create;
	const struct topo_decoder *window =
		create->window ? topology_decoder(world->topology, create->window) : NULL;
	struct memory_claim *own;

	if (claim_init(ret_claim, &memory_kind) < 0)
		return -ENOMEM;
	own = memory_claim(ret_claim);
	own->size_bytes = plan->size_bytes;
	own->type = plan->type;
	/* Pmem goes no further than to its region. */
	own->goal = plan->type == TOPO_MODE_PMEM ? PLAN_GOAL_REGION : create->goal;
	own->zone = create->zone;
	own->ways = create->ways;
	own->granularity = create->granularity;
	own->near_node = create->near_node;
	own->qos_class = create->qos_class;
	if (window)
		own->window = window->resource;
	if (copy_text(ret_claim, name, &ret_claim->name) < 0 ||
	    copy_text(ret_claim, owner, &ret_claim->owner) < 0 ||
	    copy_text(ret_claim, create->uuid, &own->uuid) < 0)
		return -ENOMEM;
	return add_members(ret_claim, create, world->topology);
}

int memory_claim_after(const struct claim *claim, const struct memory_request *request,
		       struct claim *ret_claim)
{
	int rc = claim_copy(claim, ret_claim);
	struct memory_claim *own;

	if (rc < 0)
		return rc;
	own = memory_claim(ret_claim);
	switch (request->kind) {
	case MEMORY_REMOVE_REGION:
		own->disabled = true;
		break;
	case MEMORY_ENABLE_REGION:
		own->disabled = false;
		/* For a region alone the plan was for the goal of the claim: memory_plan_change()
		 */
		if (request->goal != PLAN_GOAL_REGION)
			own->goal = request->goal;
		if (request->goal == PLAN_GOAL_SYSTEM_RAM)
			own->zone = request->zone;
		break;
	case MEMORY_SET_MEMORY:
		own->zone = request->zone;
		break;
	case MEMORY_CREATE_REGION:
	case MEMORY_APPLY_CLAIM:
	case MEMORY_ADOPT_REGION:
	case MEMORY_FORGET_CLAIM:
		break;
	}
	return 0;
}

int memory_request_between(const struct claim *from, const struct claim *to, const char *region,
			   struct memory_request *request)
{
	const struct memory_claim *own = memory_claim(to);
	const unsigned int differences = claim_differences(from, to);

	request->region = region;
	request->zone = own->zone;
	request->goal = own->goal;
	if (!region)
		return 0;
	if (differences & 1u << MEMORY_WISH_DISABLED) {
		request->kind = own->disabled ? MEMORY_REMOVE_REGION : MEMORY_ENABLE_REGION;
		request->remove.keep_region = own->disabled;
		return 1;
	}
	if (!(differences & 1u << MEMORY_WISH_ZONE) || own->disabled)
		return 0;
	request->kind = MEMORY_SET_MEMORY;
	return 1;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions as claims. Pure.
 */
#include "daemon/claim/memory/memory-adopt.h"

#include <errno.h>

#include "cxl/plan/interleave.h"
#include "cxl/plan/plan.h"
#include "cxl/plan/way-out.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "util/cleanup.h"

struct adoption {
	const struct topology *topology;
	const struct topo_region *region;
	struct refusal_list *problems;
	struct claim *claim;
};

#define REFUSE(adoption, code, object, hint, ...)                                                  \
	claim_refuse((adoption)->problems, code, object, hint, __VA_ARGS__)

static int check_region(const struct adoption *adoption)
{
	const struct topo_region *region = adoption->region;
	char way_out[WAY_OUT_MAX];

	if (!region->committed)
		return REFUSE(adoption, "region-not-committed", region->name,
			      way_out_of_region(adoption->topology, region, way_out),
			      "%s is not committed: it was never finished", region->name);
	if (topo_region_unknown_kind(region))
		return REFUSE(adoption, "type-invalid", region->name, NULL,
			      "%s is neither of ram nor of pmem", region->name);
	if (region->type != TOPO_MODE_RAM && region->type != TOPO_MODE_PMEM)
		return REFUSE(adoption, "snapshot-incomplete", region->name,
			      plan_record_hint(adoption->topology),
			      "the snapshot does not tell the type of %s", region->name);
	if (region->linear_cache_size > 0)
		return REFUSE(adoption, "linear-cache", region->name, NULL,
			      "%s has a cache of DRAM that firmware made: it could not be made "
			      "anew",
			      region->name);
	if (region->size == 0 || region->size == TOPO_UNKNOWN || region->resource == TOPO_UNKNOWN ||
	    !interleave_ways_valid(region->interleave_ways))
		return REFUSE(adoption, "snapshot-incomplete", region->name,
			      plan_record_hint(adoption->topology),
			      "the address or the size of %s is unknown", region->name);
	return 0;
}

/* ---- its memdevs ---- */

static int add_member(const struct adoption *adoption, size_t position)
{
	const struct topo_memdev *memdev = memory_memdev_at(adoption->region, position);
	struct claim *claim = adoption->claim;
	struct claim_member member;

	if (!memdev)
		return REFUSE(adoption, "no-such-device", adoption->region->name,
			      "put the device back, or destroy the region",
			      "%s has no memdev at position %zu", adoption->region->name, position);
	member = memory_member_of(adoption->topology, memdev);
	if (!claim_member_has_serial(&member) && !member.path)
		return REFUSE(adoption, "snapshot-incomplete", memdev->name,
			      plan_record_hint(adoption->topology),
			      "%s could not be found again after a reboot", memdev->name);
	if (member.path) {
		member.path = arena_strdup(&claim->arena, member.path);
		if (!member.path)
			return -ENOMEM;
	}
	return ARRAY_APPEND(&memory_claim(claim)->members, member);
}

static int add_members(const struct adoption *adoption)
{
	int rc = 0;

	for (int i = 0; i < adoption->region->interleave_ways && rc == 0; i++)
		rc = add_member(adoption, (size_t)i);
	return rc;
}

/* ---- its memory ---- */

/* Blocks of another zone have to go offline before all blocks can be online in one zone. */
static int refuse_mixed_blocks(const struct adoption *adoption, const char *what)
{
	const char *hint =
		arena_printf(&adoption->problems->arena,
			     "take all of it offline first, with `cxlfm offline-memory region:%s`",
			     adoption->region->name);

	if (!hint)
		return -ENOMEM;
	return REFUSE(adoption, "mixed-memory", adoption->region->name, hint, "%s", what);
}

/* The zone that all memory blocks are in. */
static int find_zone(const struct adoption *adoption, const struct topo_dax_device *dax,
		     enum topo_zone *ret_zone)
{
	if (dax->block_count == TOPO_UNKNOWN_INT || dax->online_block_count == TOPO_UNKNOWN_INT)
		return REFUSE(adoption, "snapshot-incomplete", dax->name,
			      plan_record_hint(adoption->topology),
			      "the memory blocks of %s are unknown", dax->name);
	if (dax->online_block_count == 0) {
		*ret_zone = TOPO_ZONE_NONE;
		return 0;
	}
	if (dax->online_block_count < dax->block_count)
		return refuse_mixed_blocks(adoption,
					   "some of its memory blocks are online, some are not");
	*ret_zone = dax->zone;
	if (dax->zone == TOPO_ZONE_MOVABLE || dax->zone == TOPO_ZONE_KERNEL)
		return 0;
	/* A listing tells of blocks that are not all movable no more than that. */
	if (dax->blocks.count == 0)
		return REFUSE(adoption, "snapshot-incomplete", dax->name,
			      plan_record_hint(adoption->topology),
			      "the snapshot does not tell the zones of the memory blocks of %s",
			      dax->name);
	return refuse_mixed_blocks(adoption, "its memory blocks are in several zones");
}

/* A device with a driver that cxlfm does not use stays as it is: the claim's goal is the region. */
static enum plan_goal goal_of(const struct topo_dax_device *dax)
{
	if (dax->driver == TOPO_DAX_KMEM)
		return PLAN_GOAL_SYSTEM_RAM;
	return dax->driver == TOPO_DAX_DEVICE ? PLAN_GOAL_DEVDAX : PLAN_GOAL_REGION;
}

/* The first device has the mode that all need; a device without a driver is given that of @dax. */
static int refuse_mixed_modes(const struct adoption *adoption, const struct topo_dax_device *dax)
{
	const struct topo_dax_device *first = &adoption->region->dax_region->devices.items[0];
	const bool first_has_one = goal_of(first) != PLAN_GOAL_REGION;
	const struct topo_dax_device *model = first_has_one ? first : dax;
	const struct topo_dax_device *other = first_has_one ? dax : first;
	const char *hint =
		arena_printf(&adoption->problems->arena,
			     "`daxctl reconfigure-device -f -m %s %s` gives %s the mode of %s",
			     goal_of(model) == PLAN_GOAL_DEVDAX ? "devdax" : "system-ram",
			     other->name, other->name, model->name);

	if (!hint)
		return -ENOMEM;
	return REFUSE(adoption, "mixed-memory", adoption->region->name, hint,
		      "its dax devices have several modes");
}

static int compare_device(const struct adoption *adoption, const struct topo_dax_device *dax,
			  bool is_first)
{
	const enum plan_goal goal = goal_of(dax);
	struct memory_claim *own = memory_claim(adoption->claim);
	enum topo_zone zone = own->zone;
	int rc = 0;

	if (goal == PLAN_GOAL_SYSTEM_RAM)
		rc = find_zone(adoption, dax, &zone);
	if (rc)
		return rc;
	if (!is_first && goal != own->goal)
		return refuse_mixed_modes(adoption, dax);
	if (!is_first && zone != own->zone)
		return refuse_mixed_blocks(adoption, "its memory blocks are in several zones");
	own->goal = goal;
	own->zone = zone;
	return 0;
}

static int find_goal(const struct adoption *adoption)
{
	const struct topo_region *region = adoption->region;
	int rc = 0;

	memory_claim(adoption->claim)->goal = PLAN_GOAL_REGION;
	memory_claim(adoption->claim)->disabled = !region->enabled;
	if (!region->enabled || region->type == TOPO_MODE_PMEM)
		return 0;
	rc = plan_refuse_lacks(adoption->problems, adoption->topology, TOPO_KNOWN_DAX,
			       region->name);
	if (rc)
		return rc < 0 ? rc : CLAIM_E_BAD;
	for (size_t i = 0; region->dax_region && i < region->dax_region->devices.count && rc == 0;
	     i++)
		rc = compare_device(adoption, &region->dax_region->devices.items[i], i == 0);
	return rc;
}

/* ---- the claim ---- */

static int add_shape(const struct adoption *adoption)
{
	const struct topo_region *region = adoption->region;
	struct memory_claim *own = memory_claim(adoption->claim);

	adoption->claim->adopted = true;
	own->size_bytes = region->size;
	own->type = region->type;
	own->ways = region->interleave_ways;
	own->members_ordered = true;
	if (interleave_granularity_valid(region->interleave_granularity))
		own->granularity = region->interleave_granularity;
	if (region->window)
		own->window = region->window->resource;
	if (region->type != TOPO_MODE_PMEM)
		return 0;
	/* Its data is found again by the UUID, which a listing of cxl does not tell. */
	if (!region->uuid)
		return REFUSE(adoption, "snapshot-incomplete", region->name,
			      plan_record_hint(adoption->topology),
			      "the snapshot does not tell the UUID of %s", region->name);
	own->uuid = arena_strdup(&adoption->claim->arena, region->uuid);
	return own->uuid ? 0 : -ENOMEM;
}

int memory_claim_of_region(const struct world *world, const struct topo_region *region,
			   struct refusal_list *problems, struct claim *ret_claim)
{
	const struct adoption adoption = { world->topology, region, problems, ret_claim };
	int rc = plan_refuse_lacks(problems, world->topology, TOPO_KNOWN_CXL, region->name);

	if (rc)
		return rc < 0 ? rc : CLAIM_E_BAD;
	rc = check_region(&adoption);
	if (rc == 0)
		rc = claim_init(ret_claim, &memory_kind);
	if (rc == 0)
		rc = add_shape(&adoption);
	if (rc == 0)
		rc = add_members(&adoption);
	return rc ? rc : find_goal(&adoption);
}

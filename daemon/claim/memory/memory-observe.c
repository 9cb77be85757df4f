// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conditions of a claim on a host: how much of the binding is there, the differences from the
 * wish, and whether the claim could be given memory now. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cxl/topology/free-dpa.h"
#include "daemon/claim/memory/memory-observe.h"
#include "daemon/claim/memory/memory-match.h"
#include "util/cleanup.h"
#include "util/size.h"

struct view {
	const struct claim *claim;
	const struct topology *topology; /* of the world */
	const char *boot;		 /* of the world */
	struct arena *arena;
	const struct topo_region *region; /* that the claim was given, or NULL */
};

/* The first fault. */
struct finding {
	enum memory_reason reason; /* MEMORY_AS_WANTED: nothing was found */
	const char *text;
};

/* Evaluates to 0 or -ENOMEM, as all functions that look for findings return. */
#define FOUND(view, finding, why, ...)                                                             \
	((finding)->reason = (why), (finding)->text = arena_printf((view)->arena, __VA_ARGS__),    \
	 (finding)->text ? 0 : -ENOMEM)

static const char *const words[MEMORY_REASON_COUNT] = {
	[MEMORY_AS_WANTED] = CLAIM_AS_WANTED,
	[MEMORY_REGION_PRESENT] = "RegionPresent",
	[MEMORY_DEVICES_PRESENT] = "DevicesPresent",
	[MEMORY_COMMITTED] = "Committed",
	[MEMORY_GOAL_REACHED] = "GoalReached",
	[MEMORY_NOT_BOUND] = "NotBound",
	[MEMORY_REBOOTED] = "Rebooted",
	[MEMORY_RELEASED] = "Released",
	[MEMORY_REGION_MISSING] = "RegionMissing",
	[MEMORY_DEVICE_MISSING] = "DeviceMissing",
	[MEMORY_DEVICE_DISABLED] = "DeviceDisabled",
	[MEMORY_UNCOMMITTED] = "Uncommitted",
	[MEMORY_OTHER_SHAPE] = "OtherShape",
	[MEMORY_REGION_ENABLED] = "RegionEnabled",
	[MEMORY_REGION_DISABLED] = "RegionDisabled",
	[MEMORY_NO_DAX_DEVICE] = "NoDaxDevice",
	[MEMORY_OTHER_MODE] = "OtherMode",
	[MEMORY_UNKNOWN] = "MemoryUnknown",
	[MEMORY_ONLINE] = "MemoryOnline",
	[MEMORY_OFFLINE] = "MemoryOffline",
	[MEMORY_OTHER_ZONE] = "OtherZone",
	[MEMORY_WINDOW_MISSING] = "WindowMissing",
	[MEMORY_CAPACITY_MISSING] = "CapacityMissing",
	[MEMORY_IS_LOST] = "Lost",
};

#define CURE(does)	  { .remedy = CLAIM_REMEDY_##does }
#define CURE_DRIFT(does)  { .remedy = CLAIM_REMEDY_##does, .is_drift = true }
#define CURE_NONE(reason) { .remedy = CLAIM_REMEDY_NONE, .stalls = (reason) }

/* One reason, one cure: Documentation/design/looks-and-drift.adoc */
static const struct claim_cure cures[MEMORY_REASON_COUNT] = {
	[MEMORY_AS_WANTED] = { .remedy = CLAIM_REMEDY_NONE },
	[MEMORY_NOT_BOUND] = CURE(MAKE),
	[MEMORY_REBOOTED] = CURE(MAKE),
	[MEMORY_RELEASED] = { .remedy = CLAIM_REMEDY_MAKE, .is_half = true },
	[MEMORY_REGION_MISSING] = CURE_DRIFT(MAKE),
	[MEMORY_DEVICE_MISSING] = CURE(CLEAR),
	[MEMORY_DEVICE_DISABLED] = CURE(CLEAR),
	[MEMORY_UNCOMMITTED] = { .remedy = CLAIM_REMEDY_CLEAR, .is_drift = true, .is_going = true },
	[MEMORY_OTHER_SHAPE] = CURE_NONE(CLAIM_NEEDS_ANEW),
	[MEMORY_REGION_ENABLED] = CURE_DRIFT(DISABLE),
	[MEMORY_REGION_DISABLED] = CURE_DRIFT(ENABLE),
	/* Enabling the region makes its only dax device. */
	[MEMORY_NO_DAX_DEVICE] = CURE_DRIFT(DISABLE),
	[MEMORY_OTHER_MODE] = CURE_DRIFT(ENABLE),
	[MEMORY_UNKNOWN] = CURE_NONE(CLAIM_WAITING),
	[MEMORY_ONLINE] = CURE_DRIFT(ENABLE),
	[MEMORY_OFFLINE] = CURE_DRIFT(ENABLE),
	[MEMORY_OTHER_ZONE] = CURE_DRIFT(ENABLE),
};

const char *memory_reason_word(enum memory_reason reason)
{
	return words[reason];
}

struct claim_cure memory_cure(const struct claim *claim, enum memory_reason problem)
{
	struct claim_cure cure = cures[problem];

	/* The data of an enabled pmem region may be in use: only a person takes the region away. */
	if (cure.remedy == CLAIM_REMEDY_DISABLE && memory_claim(claim)->type == TOPO_MODE_PMEM) {
		cure.remedy = CLAIM_REMEDY_NONE;
		cure.stalls = CLAIM_LEFT_ALONE;
		cure.text = "it holds data, and others have enabled it: cxlfmd does not disable it "
			    "by itself";
	}
	return cure;
}

/* ---- can the claim be given memory now? ---- */

static int find_device(const struct view *view, const struct claim_member *member,
		       struct finding *finding)
{
	const struct topo_memdev *memdev = memory_find_memdev(view->topology, member);

	if (memdev && memdev->enabled)
		return 0;
	if (memdev)
		return FOUND(view, finding, MEMORY_DEVICE_DISABLED, "%s is disabled", memdev->name);
	if (claim_member_has_serial(member))
		return FOUND(view, finding, MEMORY_DEVICE_MISSING,
			     "the memdev with the serial number 0x%" PRIx64 " is not there",
			     member->serial);
	if (member->path)
		return FOUND(view, finding, MEMORY_DEVICE_MISSING, "the memdev at %s is not there",
			     member->path);
	return FOUND(view, finding, MEMORY_DEVICE_MISSING, "one of its memdevs is unknown");
}

static int find_window(const struct view *view, struct finding *finding)
{
	const hpa_t wanted = memory_claim(view->claim)->window;

	if (wanted == TOPO_UNKNOWN || memory_find_window(view->topology, wanted))
		return 0;
	return FOUND(view, finding, MEMORY_WINDOW_MISSING,
		     "no window (root decoder) starts at 0x%" PRIx64, wanted);
}

/* The data of a pmem region is on its former memdevs, and on no others. */
static const struct claim_member_list *needed_members(const struct claim *claim)
{
	const struct memory_claim *own = memory_claim(claim);

	if (own->type == TOPO_MODE_PMEM && own->binding.bound)
		return &own->binding.members;
	return &own->members;
}

static uint64_t usable_of(const struct view *view, const struct topo_memdev *memdev)
{
	struct dpa_free dpa;

	if (!memdev || !memdev->endpoint)
		return 0;
	dpa = dpa_next_free(view->topology, memdev, memory_claim(view->claim)->type);
	return dpa_usable(&dpa);
}

/* The free capacity of the claim's memdevs; counted no further than to the claim's size. */
static uint64_t usable_for(const struct view *view)
{
	const struct claim_member_list *members = needed_members(view->claim);
	const uint64_t wanted = memory_claim(view->claim)->size_bytes;
	uint64_t usable = 0;

	for (size_t i = 0; i < members->count && usable < wanted; i++)
		usable += usable_of(view, memory_find_memdev(view->topology, &members->items[i]));
	for (size_t i = 0; !members->count && i < view->topology->memdevs.count && usable < wanted;
	     i++)
		usable += usable_of(view, view->topology->memdevs.items[i]);
	return usable;
}

/* The sum may be more than the planner can use; a sum that is too little is too little for sure. */
static int find_capacity(const struct view *view, struct finding *finding)
{
	const struct memory_claim *own = memory_claim(view->claim);
	char wanted[SIZE_TEXT_MAX], there[SIZE_TEXT_MAX];
	const uint64_t usable = usable_for(view);

	if (usable >= own->size_bytes)
		return 0;
	return FOUND(view, finding, MEMORY_CAPACITY_MISSING,
		     "%s of %s is wanted, %s is free on its memdevs",
		     size_format(own->size_bytes, wanted), topo_mode_name(own->type),
		     size_format(usable, there));
}

static int find_obstacle(const struct view *view, struct finding *finding)
{
	const struct claim_member_list *members = needed_members(view->claim);
	int rc = 0;

	for (size_t i = 0; i < members->count && rc == 0 && finding->reason == MEMORY_AS_WANTED;
	     i++)
		rc = find_device(view, &members->items[i], finding);
	if (rc == 0 && finding->reason == MEMORY_AS_WANTED)
		rc = find_window(view, finding);
	if (rc == 0 && finding->reason == MEMORY_AS_WANTED)
		rc = find_capacity(view, finding);
	return rc;
}

/* ---- differences from the binding and from the wish ---- */

static int find_absence(const struct view *view, struct finding *finding)
{
	const struct memory_binding *binding = &memory_claim(view->claim)->binding;

	if (!binding->bound)
		return FOUND(view, finding, MEMORY_NOT_BOUND, "it has not been given memory yet");
	if (view->region)
		return 0;
	if (!binding->boot)
		return FOUND(view, finding, MEMORY_RELEASED,
			     "the rest of its region was taken down");
	if (strcmp(binding->boot, view->boot) != 0)
		return FOUND(view, finding, MEMORY_REBOOTED, "its region went with a reboot");
	return FOUND(view, finding, MEMORY_REGION_MISSING, "its region is not there any more");
}

static int find_lost_member(const struct view *view, struct finding *finding)
{
	const struct claim_member_list *members = &memory_claim(view->claim)->binding.members;

	for (size_t i = 0; i < members->count; i++) {
		const struct topo_memdev *memdev = memory_memdev_at(view->region, i);

		if (memdev && memdev->enabled)
			continue;
		if (memdev)
			return FOUND(view, finding, MEMORY_DEVICE_DISABLED, "%s is disabled",
				     memdev->name);
		/* A memdev that is still on the host has not gone: somebody took the memdev out of
		 * the region. */
		return FOUND(view, finding,
			     memory_find_memdev(view->topology, &members->items[i])
				     ? MEMORY_UNCOMMITTED
				     : MEMORY_DEVICE_MISSING,
			     "%s has no memdev at position %zu any more", view->region->name, i);
	}
	return 0;
}

static int find_uncommitted(const struct view *view, struct finding *finding)
{
	if (view->region->committed)
		return 0;
	return FOUND(view, finding, MEMORY_UNCOMMITTED, "%s is not committed", view->region->name);
}

/* The position of such a member, or -1. */
static int position_of(const struct topo_region *region, const struct topo_memdev *memdev)
{
	for (size_t i = 0; i < region->mappings.count; i++)
		if (memdev && region->mappings.items[i].memdev == memdev)
			return region->mappings.items[i].position;
	return -1;
}

static int find_other_member(const struct view *view, struct finding *finding)
{
	const struct memory_claim *own = memory_claim(view->claim);

	for (size_t i = 0; i < own->members.count; i++) {
		const int position = position_of(
			view->region, memory_find_memdev(view->topology, &own->members.items[i]));

		if (position < 0 || (own->members_ordered && (size_t)position != i))
			return FOUND(view, finding, MEMORY_OTHER_SHAPE,
				     "%s is not made of the memdevs that are wanted",
				     view->region->name);
	}
	return 0;
}

/* The wish may have changed since, or an adopted region may never have met the wish. */
static int find_other_shape(const struct view *view, struct finding *finding)
{
	const struct memory_claim *own = memory_claim(view->claim);
	const struct topo_region *region = view->region;
	char wanted[SIZE_TEXT_MAX], has[SIZE_TEXT_MAX];

	if (region->type != own->type)
		return FOUND(view, finding, MEMORY_OTHER_SHAPE, "%s is %s, and %s is wanted",
			     region->name, topo_mode_name(region->type), topo_mode_name(own->type));
	if (region->size != own->size_bytes)
		return FOUND(view, finding, MEMORY_OTHER_SHAPE, "%s has %s, and %s is wanted",
			     region->name, size_format(region->size, has),
			     size_format(own->size_bytes, wanted));
	if (own->ways && region->interleave_ways != own->ways)
		return FOUND(view, finding, MEMORY_OTHER_SHAPE, "%s has %d ways, and %d are wanted",
			     region->name, region->interleave_ways, own->ways);
	if (own->granularity && region->interleave_granularity != own->granularity)
		return FOUND(view, finding, MEMORY_OTHER_SHAPE,
			     "%s interleaves every %d bytes, and %d is wanted", region->name,
			     region->interleave_granularity, own->granularity);
	if (own->window != TOPO_UNKNOWN && region->window &&
	    region->window->resource != own->window)
		return FOUND(view, finding, MEMORY_OTHER_SHAPE,
			     "%s is not in the window that is wanted", region->name);
	return find_other_member(view, finding);
}

static int find_other_driver(const struct view *view, struct finding *finding)
{
	const struct topo_region *region = view->region;

	if (region->enabled != memory_claim(view->claim)->disabled)
		return 0;
	return region->enabled ? FOUND(view, finding, MEMORY_REGION_ENABLED,
				       "%s is enabled, and is to be disabled", region->name)
			       : FOUND(view, finding, MEMORY_REGION_DISABLED, "%s is disabled",
				       region->name);
}

/* ---- its memory ---- */

static int find_offline(const struct view *view, const struct topo_dax_device *dax,
			struct finding *finding)
{
	const enum topo_zone wanted = memory_claim(view->claim)->zone;

	if (dax->block_count == TOPO_UNKNOWN_INT || dax->online_block_count == TOPO_UNKNOWN_INT)
		return FOUND(view, finding, MEMORY_UNKNOWN, "the memory blocks of %s are unknown",
			     dax->name);
	if (wanted == TOPO_ZONE_NONE && dax->online_block_count == 0)
		return 0;
	if (wanted == TOPO_ZONE_NONE)
		return FOUND(view, finding, MEMORY_ONLINE,
			     "%d of %d memory blocks of %s are online", dax->online_block_count,
			     dax->block_count, dax->name);
	if (dax->block_count == 0 || dax->online_block_count < dax->block_count)
		return FOUND(view, finding, MEMORY_OFFLINE,
			     "%d of %d memory blocks of %s are online", dax->online_block_count,
			     dax->block_count, dax->name);
	if (dax->zone == wanted)
		return 0;
	return FOUND(view, finding, MEMORY_OTHER_ZONE,
		     "not all memory blocks of %s are in a %s zone", dax->name,
		     topo_zone_name(wanted));
}

static int find_other_mode(const struct view *view, const struct topo_dax_device *dax,
			   struct finding *finding)
{
	const bool is_memory = memory_claim(view->claim)->goal == PLAN_GOAL_SYSTEM_RAM;
	const enum topo_dax_driver wanted = is_memory ? TOPO_DAX_KMEM : TOPO_DAX_DEVICE;

	if (dax->driver != wanted)
		return FOUND(view, finding, MEMORY_OTHER_MODE, "%s is not %s", dax->name,
			     topo_dax_mode_name(wanted));
	return is_memory ? find_offline(view, dax, finding) : 0;
}

static int find_other_memory(const struct view *view, struct finding *finding)
{
	const struct topo_dax_region *dax_region = view->region->dax_region;
	int rc = 0;

	if (memory_claim(view->claim)->disabled ||
	    memory_claim(view->claim)->goal == PLAN_GOAL_REGION)
		return 0;
	if (!dax_region || dax_region->devices.count == 0)
		return FOUND(view, finding, MEMORY_NO_DAX_DEVICE, "%s has no dax device",
			     view->region->name);
	for (size_t i = 0;
	     i < dax_region->devices.count && rc == 0 && finding->reason == MEMORY_AS_WANTED; i++)
		rc = find_other_mode(view, &dax_region->devices.items[i], finding);
	return rc;
}

static int find_problem(const struct view *view, struct finding *finding)
{
	/* All but the first need the region. */
	int (*const finders[])(const struct view *view, struct finding *finding) = {
		find_absence,	  find_lost_member,  find_uncommitted,
		find_other_shape, find_other_driver, find_other_memory,
	};
	int rc = 0;

	for (size_t i = 0;
	     i < ARRAY_SIZE(finders) && rc == 0 && finding->reason == MEMORY_AS_WANTED; i++)
		rc = finders[i](view, finding);
	return rc;
}

/* ---- the conditions ---- */

/* A region of which every memdev has gone is a name in sysfs. */
static bool is_alive(const struct topo_region *region)
{
	for (size_t i = 0; region && i < region->mappings.count; i++) {
		const struct topo_memdev *memdev = region->mappings.items[i].memdev;

		if (memdev && memdev->enabled)
			return true;
	}
	return false;
}

static struct claim_state holds(enum memory_reason reason)
{
	return (struct claim_state){ .holds = true, .reason = words[reason] };
}

static struct claim_state holds_for(const struct finding *finding)
{
	return (struct claim_state){ true, words[finding->reason], finding->text };
}

static struct claim_state holds_not(enum memory_reason reason)
{
	return (struct claim_state){ .holds = false, .reason = words[reason] };
}

static struct claim_state holds_not_for(const struct finding *finding)
{
	return (struct claim_state){ false, words[finding->reason], finding->text };
}

static void fill_states(const struct view *view, const struct finding *obstacle,
			const struct finding *problem, struct claim_state *states)
{
	const bool bound = memory_claim(view->claim)->binding.bound;
	const enum memory_reason present =
		is_alive(view->region) ? MEMORY_REGION_PRESENT : MEMORY_DEVICES_PRESENT;

	states[CLAIM_PLANNED] = obstacle->reason ? holds_not_for(obstacle) : holds(present);
	states[CLAIM_CARVED] = view->region && view->region->committed ? holds(MEMORY_COMMITTED)
								       : holds_not_for(problem);
	states[CLAIM_ONLINE] =
		problem->reason ? holds_not_for(problem) : holds(MEMORY_GOAL_REACHED);
	states[CLAIM_DEGRADED] = holds_not(bound ? MEMORY_AS_WANTED : MEMORY_NOT_BOUND);
	states[CLAIM_LOST] = holds_not(bound ? present : MEMORY_NOT_BOUND);
	states[CLAIM_STALLED] = (struct claim_state){
		.reason = problem->reason ? CLAIM_MENDING : CLAIM_AS_WANTED,
	};
	if (bound && obstacle->reason) {
		states[CLAIM_DEGRADED] = holds_not(MEMORY_IS_LOST);
		states[CLAIM_LOST] = holds_for(obstacle);
	} else if (bound && problem->reason) {
		states[CLAIM_DEGRADED] = holds_for(problem);
	}
}

int memory_observe(const struct claim *claim, const struct world *world, struct arena *arena,
		   struct claim_sight *ret_sight)
{
	const struct view view = { claim, world->topology, world->boot, arena,
				   memory_find_region(claim, world) };
	struct finding obstacle = { 0 }, problem = { 0 };
	int rc = is_alive(view.region) ? 0 : find_obstacle(&view, &obstacle);

	if (rc == 0)
		rc = find_problem(&view, &problem);
	if (rc < 0)
		return rc;
	*ret_sight = (struct claim_sight){ .cure = memory_cure(claim, problem.reason) };
	if (view.region) {
		ret_sight->object = arena_strdup(arena, view.region->name);
		if (!ret_sight->object)
			return -ENOMEM;
	}
	fill_states(&view, &obstacle, &problem, ret_sight->states);
	return 0;
}

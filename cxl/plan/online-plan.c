// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans for the memory of existing regions: enable-region, online-memory, offline-memory. Pure.
 * Called by the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/plan/existing-region.h"
#include "cxl/plan/memory-steps.h"
#include "cxl/plan/plan.h"

static const char *zone_phrase(enum topo_zone zone)
{
	switch (zone) {
	case TOPO_ZONE_NONE:
		return "offline";
	case TOPO_ZONE_MOVABLE:
		return "online in the movable zone";
	case TOPO_ZONE_KERNEL:
	case TOPO_ZONE_SEVERAL:
	case TOPO_ZONE_UNKNOWN:
		break;
	}
	return "online in a kernel zone";
}

static int explain(struct plan *plan, const char *verb, const char *what)
{
	plan->why = arena_printf(&plan->arena, "%s %s%s%s", plan->region,
				 plan->steps.list.count ? verb : "is", what ? " " : "",
				 what ? what : "");
	return plan->why ? 0 : -ENOMEM;
}

/* ---- enable-region ---- */

static int devdax_steps(struct plan *plan, const struct topology *topology,
			const struct topo_dax_device *dax)
{
	int rc = 0;

	if (dax->driver == TOPO_DAX_DEVICE)
		return 0;
	rc = memory_steps_offline(plan, dax);
	if (rc == 0)
		rc = memory_steps_hold(plan, topology);
	if (rc == 0)
		rc = memory_steps_detach(plan, dax, "device_dax");
	return rc ? rc : memory_steps_release(plan, topology);
}

static int reach_goal(struct plan *plan, const struct topology *topology,
		      const struct topo_dax_device *dax, enum plan_goal goal, enum topo_zone zone)
{
	switch (goal) {
	case PLAN_GOAL_REGION:
		return 0;
	case PLAN_GOAL_DEVDAX:
		return devdax_steps(plan, topology, dax);
	case PLAN_GOAL_SYSTEM_RAM:
		break;
	}
	if (dax->driver != TOPO_DAX_KMEM)
		return memory_steps_attach(plan, topology, dax, zone);
	return zone == TOPO_ZONE_NONE ? memory_steps_offline(plan, dax)
				      : memory_steps_online(plan, dax, zone);
}

static enum existing_region_use use_of(enum topo_zone zone)
{
	return zone == TOPO_ZONE_NONE ? EXISTING_REGION_OFFLINE : EXISTING_REGION_ONLINE;
}

static int enabled_steps(struct plan *plan, const struct topology *topology,
			 const struct topo_region *region, enum plan_goal goal, enum topo_zone zone)
{
	int rc = 0;

	if (goal == PLAN_GOAL_REGION || region->type != TOPO_MODE_RAM)
		return 0;
	rc = existing_region_check_dax(plan, topology, region,
				       goal == PLAN_GOAL_DEVDAX ? EXISTING_REGION_OFFLINE
								: use_of(zone));
	for (size_t i = 0; rc == 0 && i < region->dax_region->devices.count; i++)
		rc = reach_goal(plan, topology, &region->dax_region->devices.items[i], goal, zone);
	return rc;
}

static int name_dax(struct plan *plan)
{
	plan->dax_device = arena_printf(&plan->arena, "dax%s.0",
					plan->region + strcspn(plan->region, "0123456789"));
	return plan->dax_device ? 0 : -ENOMEM;
}

static int refuse_uncommitted(struct plan *plan, const struct topo_region *region)
{
	char hint[96];

	(void)snprintf(hint, sizeof(hint), "`cxlfm remove-memory region:%.40s`, then make it anew",
		       region->name);
	return existing_region_refuse(plan, "region-not-committed", region->name, hint,
				      "%s is not committed", region->name);
}

int plan_enable_region(const struct topology *topology, const char *name, enum plan_goal goal,
		       enum topo_zone zone, struct plan *plan)
{
	const struct topo_region *region;
	int rc = existing_region_find(plan, topology, name, &region);

	if (rc)
		return rc;
	rc = existing_region_check_firmware(plan, topology, region);
	if (rc)
		return rc;
	if (!region->committed)
		return refuse_uncommitted(plan, region);
	if (region->type != TOPO_MODE_RAM && goal != PLAN_GOAL_REGION)
		return existing_region_refuse(plan, "pmem-not-memory", region->name,
					      "enable the region alone; its namespaces are ndctl's",
					      "%s is not a ram region, so it can't become memory",
					      region->name);
	if (region->enabled) {
		rc = enabled_steps(plan, topology, region, goal, zone);
	} else {
		if (region->type == TOPO_MODE_RAM)
			rc = name_dax(plan);
		if (rc == 0)
			rc = memory_steps_create(plan, topology, goal, zone);
	}
	if (rc == 0)
		rc = existing_region_check_runs(plan, region);
	return rc ? rc : explain(plan, "becomes", "enabled");
}

/* ---- online-memory, offline-memory ---- */

/*
 * Refuses a device of device_dax: a program may have mapped the device, and a request for online
 * memory does not permit to take the device away.
 */
static int check_kmem(struct plan *plan, const struct topo_dax_device *dax, enum topo_zone zone)
{
	char hint[128];

	if (dax->driver == TOPO_DAX_KMEM)
		return 0;
	(void)snprintf(hint, sizeof(hint), "`daxctl reconfigure-device -f -m system-ram %.40s`",
		       dax->name);
	return existing_region_refuse(plan, "not-system-ram", dax->name,
				      zone == TOPO_ZONE_NONE ? NULL : hint,
				      "%s is not in use as system RAM%s", dax->name,
				      dax->driver == TOPO_DAX_DEVICE ? ", but in devdax mode" : "");
}

static int change_zone(struct plan *plan, const struct topo_dax_device *dax, enum topo_zone zone)
{
	int rc = check_kmem(plan, dax, zone);

	if (rc)
		return rc;
	return zone == TOPO_ZONE_NONE ? memory_steps_offline(plan, dax)
				      : memory_steps_online(plan, dax, zone);
}

static int refuse_disabled(struct plan *plan, const struct topology *topology,
			   const struct topo_region *region)
{
	char hint[128];
	int rc = existing_region_check_firmware(plan, topology, region);

	if (rc)
		return rc;
	if (!region->committed)
		return refuse_uncommitted(plan, region);
	(void)snprintf(hint, sizeof(hint), "`cxlfm enable-region region:%.40s`", region->name);
	return existing_region_refuse(plan, "region-disabled", region->name, hint, "%s is disabled",
				      region->name);
}

int plan_online_memory(const struct topology *topology, const char *name, enum topo_zone zone,
		       struct plan *plan)
{
	const struct topo_region *region;
	int rc = existing_region_find(plan, topology, name, &region);

	if (rc == 0 && !region->enabled)
		rc = refuse_disabled(plan, topology, region);
	if (rc == 0)
		rc = existing_region_check_dax(plan, topology, region, use_of(zone));
	for (size_t i = 0; rc == 0 && i < region->dax_region->devices.count; i++)
		rc = change_zone(plan, &region->dax_region->devices.items[i], zone);
	if (rc == 0)
		rc = existing_region_check_runs(plan, region);
	return rc ? rc : explain(plan, "goes", zone_phrase(zone));
}

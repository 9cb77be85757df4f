// SPDX-License-Identifier: GPL-2.0-only
/*
 * The outcome of a change of memory as JSON. Pure.
 */
#include "daemon/claim/memory/memory-outcome.h"

#include <errno.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/topology-list.h"
#include "daemon/claim/declared-state.h"
#include "util/json.h"

/* The region as in `cxlfm list -R -T -X`; absent when the host has no such region. */
static int add_region(struct json_object *outcome, const char *name,
		      const struct topology *topology)
{
	const struct list_options options = {
		.region = name,
		.regions = true,
		.targets = true,
		.dax = true,
		.idle = true,
		.now_ms = TOPO_UNKNOWN,
	};
	_cleanup_json_ struct json_object *list = NULL;
	struct json_object *region;
	int rc;

	if (!topology_region(topology, name))
		return 0;
	rc = topology_list(topology, &options, &list);
	if (rc < 0)
		return rc;
	region = json_object_array_get_idx(list, 0);
	return region ? json_add(outcome, "region", json_object_get(region)) : 0;
}

/* The place of the memory: the region's first dax device and the node of that device. */
static int add_memory(struct json_object *outcome, const char *name,
		      const struct topology *topology)
{
	const struct topo_region *region = topology_region(topology, name);
	const struct topo_dax_device *device;

	if (!region || !region->dax_region || region->dax_region->devices.count == 0)
		return 0;
	device = &region->dax_region->devices.items[0];
	if (json_add_string(outcome, "dax_device", device->name))
		return -ENOMEM;
	if (device->driver != TOPO_DAX_KMEM || device->target_node == TOPO_UNKNOWN_INT)
		return 0;
	return json_add_int(outcome, "node", device->target_node);
}

struct json_object *memory_outcome(const struct plan *plan, const char *claim,
				   const struct topology *proof)
{
	_cleanup_json_ struct json_object *outcome = json_object_new_object();

	if (!outcome || json_add(outcome, "plan", plan_to_json(plan)) ||
	    json_add_string(outcome, "claim", claim))
		return NULL;
	if (proof && plan->region &&
	    (add_region(outcome, plan->region, proof) || add_memory(outcome, plan->region, proof)))
		return NULL;
	return TAKE_PTR(outcome);
}

struct json_object *memory_outcome_of_claim(const char *claim)
{
	_cleanup_json_ struct json_object *outcome = json_object_new_object();

	if (!outcome || json_add_string(outcome, "claim", claim))
		return NULL;
	return TAKE_PTR(outcome);
}

struct json_object *memory_outcome_dry_run(const struct plan *plan, struct json_object *then,
					   const struct declared_diff *claims)
{
	_cleanup_json_ struct json_object *outcome = json_object_new_object();

	if (!outcome || json_add(outcome, "plan", plan_to_json(plan)) ||
	    (then && json_add(outcome, "then", json_object_get(then))) ||
	    json_add(outcome, "changes", declared_diff_to_json(claims)))
		return NULL;
	return TAKE_PTR(outcome);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans as values: their end and their JSON. Pure. Called by all code that asks for plans.
 */
#include "cxl/plan/plan.h"

#include <json-c/json.h>

#include "change/step-list.h"
#include "util/cleanup.h"
#include "util/json.h"

void plan_deinit(struct plan *plan)
{
	ARRAY_FREE(&plan->steps.list);
	refusal_list_deinit(&plan->refusals);
	arena_deinit(&plan->arena);
	*plan = PLAN_NULL;
}

bool plan_removes_region(const struct plan *plan)
{
	for (size_t i = 0; i < plan->steps.list.count; i++) {
		const struct step *step = &plan->steps.list.items[i];

		if (step->kind == STEP_REGION && *step->from && *step->to == '\0')
			return true;
	}
	return false;
}

bool plan_takes_data(const struct plan *plan)
{
	for (size_t i = 0; plan->type == TOPO_MODE_PMEM && i < plan->steps.list.count; i++) {
		const struct step *step = &plan->steps.list.items[i];

		if (step->kind == STEP_REGION_DRIVER && *step->to == '\0')
			return true;
	}
	return plan->type == TOPO_MODE_PMEM && plan_removes_region(plan);
}

const char *plan_record_hint(const struct topology *topology)
{
	return topology->is_document ? "take the snapshot as root, with `cxlfm record`"
				     : "report it, with the output of `cxlfm record`";
}

static const char *whole_hint(const struct topology *topology)
{
	return topology->is_document
		       ? "take the snapshot with `cxl list -vvv`, or with `cxlfm record`"
		       : plan_record_hint(topology);
}

int plan_refuse_lacks(struct refusal_list *refusals, const struct topology *topology,
		      unsigned int parts, const char *object)
{
	const unsigned int missing =
		parts & (topology->lacking | ~(topology->known | TOPO_KNOWN_IDLE));
	bool told = false;
	int rc = 0;

	if (missing == 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < topology->lacks.count; i++) {
		const struct topo_lack *lack = &topology->lacks.items[i];

		if (!(lack->parts & missing))
			continue;
		told = true;
		rc = refusal_add(refusals, "snapshot-incomplete",
				 lack->object ? lack->object : object, whole_hint(topology), "%s",
				 lack->text);
	}
	if (rc == 0 && !told)
		rc = refusal_add(refusals, "snapshot-incomplete", object, whole_hint(topology),
				 "the snapshot does not tell all of the host's %s",
				 missing & TOPO_KNOWN_CXL ? "ports, decoders, memdevs and regions"
							  : "dax devices");
	return rc ? rc : PLAN_E_REFUSED;
}

static int add_known(struct json_object *object, const char *key, uint64_t number)
{
	return number == TOPO_UNKNOWN ? 0 : json_add_u64(object, key, number);
}

static struct json_object *member_to_json(const struct plan_member *member, int position)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_int(object, "position", position))
		return NULL;
	if (member->memdev && (json_add_string(object, "memdev", member->memdev->name) ||
			       add_known(object, "serial", member->memdev->serial)))
		return NULL;
	if (member->decoder && (json_add_string(object, "decoder", member->decoder->name) ||
				add_known(object, "dpa", member->dpa) ||
				json_add_u64(object, "dpa_size", member->dpa_size)))
		return NULL;
	return TAKE_PTR(object);
}

static struct json_object *members_to_json(const struct plan *plan)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (int i = 0; i < plan->ways && i < TOPO_TARGETS_MAX; i++)
		if (json_append(array, member_to_json(&plan->members[i], i)))
			return NULL;
	return TAKE_PTR(array);
}

/* Omits the values that a refused plan does not have. */
static int add_region(struct json_object *object, const struct plan *plan)
{
	if (!plan->region)
		return 0;
	if (json_add_string(object, "region", plan->region) ||
	    json_add_string(object, "window", plan->window ? plan->window->name : NULL) ||
	    add_known(object, "hpa", plan->hpa) || json_add_u64(object, "size", plan->size_bytes) ||
	    json_add_string(object, "type", topo_mode_name(plan->type)) ||
	    json_add_int(object, "ways", plan->ways) ||
	    json_add_int(object, "granularity", plan->granularity) ||
	    json_add(object, "members", members_to_json(plan)) ||
	    json_add_string(object, "dax_device", plan->dax_device))
		return -1;
	if (plan->target_node == TOPO_UNKNOWN_INT)
		return 0;
	return json_add_int(object, "target_node", plan->target_node);
}

struct json_object *plan_to_json(const struct plan *plan)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || add_region(object, plan) || json_add_string(object, "why", plan->why) ||
	    json_add(object, "steps", step_list_to_json(&plan->steps, true)) ||
	    json_add(object, "refusals", refusal_list_to_json(&plan->refusals)))
		return NULL;
	return TAKE_PTR(object);
}

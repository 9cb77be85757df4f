// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client's request for a change. Pure but for the random UUID of a pmem region without a UUID.
 */
#include "daemon/claim/memory/memory-request.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "daemon/claim/memory/memory-reserve.h"
#include "util/json.h"

/* Time for one step when the client names none: a memory block full of pages migrates in less. */
#define STEP_TIMEOUT_MS_DEFAULT 60000
#define STEP_TIMEOUT_MS_MAX	((int64_t)24 * 3600 * 1000)

/* An optional integer that must lie in a range; an absent member leaves *ret_number. */
static int get_number(struct json_object *object, const char *key, int64_t least, int64_t most,
		      struct refusal_list *problems, int64_t *ret_number)
{
	struct json_object *value;
	int64_t number;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return 0;
	number = json_object_get_int64(value);
	if (number >= least && number <= most) {
		*ret_number = number;
		return 0;
	}
	if (refusal_add(problems, "bad-number", NULL, NULL,
			"%s is %lld, which is not between %lld and %lld", key, (long long)number,
			(long long)least, (long long)most) < 0)
		return -ENOMEM;
	return MEMORY_REQUEST_E_BAD;
}

static int get_text(struct json_object *object, const char *key, struct arena *arena,
		    const char **ret_text)
{
	const char *text;

	if (json_get_string(object, key, &text) < 0)
		return 0;
	*ret_text = arena_strdup(arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

static int read_memdevs(struct json_object *region, struct memory_request *request)
{
	struct json_object *array;
	const char **memdevs;
	size_t count;

	if (json_get_array(region, "memdevs", &array) < 0)
		return 0;
	count = json_object_array_length(array);
	memdevs = arena_alloc(&request->arena, (count + 1) * sizeof(*memdevs));
	if (!memdevs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(array, i));

		memdevs[i] = arena_strdup(&request->arena, name);
		if (!memdevs[i])
			return -ENOMEM;
	}
	request->create.memdevs = memdevs;
	request->create.memdev_count = count;
	return 0;
}

static int read_numbers(struct json_object *region, struct refusal_list *problems,
			struct region_request *create)
{
	int64_t size = 0, ways = 0, granularity = 0, node = TOPO_UNKNOWN_INT;
	int64_t qos_class = TOPO_UNKNOWN_INT;
	int rc;

	rc = get_number(region, "size", 1, INT64_MAX, problems, &size);
	if (rc == 0)
		rc = get_number(region, "ways", 1, TOPO_TARGETS_MAX, problems, &ways);
	/* CXL r3.1 8.2.4.20.7: 256 bytes to 16 KiB */
	if (rc == 0)
		rc = get_number(region, "granularity", 256, 16384, problems, &granularity);
	if (rc == 0)
		rc = get_number(region, "near_node", 0, INT32_MAX, problems, &node);
	if (rc == 0)
		rc = get_number(region, "qos_class", 0, 255, problems, &qos_class);
	if (rc)
		return rc;
	create->size_bytes = (uint64_t)size;
	create->ways = (int)ways;
	create->granularity = (int)granularity;
	create->near_node = (int)node;
	create->qos_class = (int)qos_class;
	return 0;
}

/* A UUID for a region of pmem whose request names none. */
int memory_request_make_uuid(struct memory_request *request)
{
	char text[UUID_STR_LEN];
	uuid_t uuid;

	uuid_generate(uuid);
	uuid_unparse_lower(uuid, text);
	request->create.fresh_uuid = arena_strdup(&request->arena, text);
	return request->create.fresh_uuid ? 0 : -ENOMEM;
}

static int read_uuid(struct json_object *region, struct refusal_list *problems,
		     struct memory_request *request)
{
	const char *given = NULL;
	uuid_t uuid;
	int rc;

	rc = get_text(region, "uuid", &request->arena, &given);
	if (rc)
		return rc;
	if (given && (uuid_parse(given, uuid) < 0 || uuid_is_null(uuid))) {
		rc = refusal_add(problems, "bad-uuid", NULL, "make one with uuidgen",
				 "%s is not a UUID", given);
		return rc < 0 ? rc : MEMORY_REQUEST_E_BAD;
	}
	request->create.uuid = given;
	return memory_request_make_uuid(request);
}

static int read_claim(struct json_object *parameters, struct refusal_list *problems,
		      struct memory_request *request)
{
	int rc;

	(void)json_get_bool(parameters, "no_claim", &request->no_claim);
	rc = get_text(parameters, "claim", &request->arena, &request->claim);
	if (rc || !request->claim)
		return rc;
	if (request->no_claim)
		rc = claim_refuse(problems, "bad-claim", request->claim, "leave one of the two out",
				  "a name for a claim is given, together with no_claim");
	else
		rc = claim_check_name(request->claim, problems);
	return rc > 0 ? MEMORY_REQUEST_E_BAD : rc;
}

/* As in cxl(1), where "decoder0.2" is 0.2, too, and "root0" and "region0" are 0. */
static int get_name(struct json_object *region, const char *key, const char *prefix,
		    struct arena *arena, const char **ret_name)
{
	const char *text = NULL;
	int rc = get_text(region, key, arena, &text);

	if (rc == 0 && text && *text && text[strspn(text, "0123456789.")] == '\0') {
		text = arena_printf(arena, "%s%s", prefix, text);
		if (!text)
			return -ENOMEM;
	}
	*ret_name = text;
	return rc;
}

/* Claim and region are two parameters: a claim can have the kernel's name of a region. */
static int read_object(struct json_object *parameters, struct refusal_list *problems,
		       struct memory_request *request)
{
	int rc = get_text(parameters, "claim", &request->arena, &request->claim);

	if (rc == 0)
		rc = get_name(parameters, "region", "region", &request->arena, &request->region);
	if (rc || !request->claim != !request->region)
		return rc;
	rc = refusal_add(problems, "bad-target", NULL, "give one of \"claim\" and \"region\"", "%s",
			 request->claim ? "a claim and a region are named"
					: "neither a claim nor a region is named");
	return rc < 0 ? rc : MEMORY_REQUEST_E_BAD;
}

static int read_create(struct json_object *parameters, struct refusal_list *problems,
		       struct memory_request *request)
{
	struct region_request *create = &request->create;
	struct json_object *region;
	const char *type;
	int rc;

	if (json_get_object(parameters, "request", &region) < 0)
		return -EINVAL;
	rc = read_numbers(region, problems, create);
	if (rc == 0)
		rc = read_memdevs(region, request);
	if (rc == 0)
		rc = read_uuid(region, problems, request);
	if (rc == 0)
		rc = read_claim(parameters, problems, request);
	if (rc == 0)
		rc = get_name(region, "decoder", "decoder", &request->arena, &create->window);
	if (rc == 0)
		rc = get_name(region, "bus", "root", &request->arena, &create->bus);
	if (rc)
		return rc;
	(void)json_get_bool(region, "qos_enforced", &create->qos_enforced);
	if (json_get_string(region, "type", &type) == 0)
		create->type = topo_mode_from_name(type);
	create->goal = request->goal;
	create->zone = request->zone;
	return 0;
}

static enum plan_goal goal_from_name(const char *name)
{
	if (strcmp(name, "devdax") == 0)
		return PLAN_GOAL_DEVDAX;
	return strcmp(name, "system_ram") == 0 ? PLAN_GOAL_SYSTEM_RAM : PLAN_GOAL_REGION;
}

static enum topo_zone zone_from_name(const char *name)
{
	if (strcmp(name, "offline") == 0)
		return TOPO_ZONE_NONE;
	return strcmp(name, "kernel") == 0 ? TOPO_ZONE_KERNEL : TOPO_ZONE_MOVABLE;
}

/* Memory alone is in a zone: for another goal the wish would be dropped in silence. */
static int read_goal(struct json_object *parameters, struct refusal_list *problems,
		     struct memory_request *request)
{
	const char *goal = NULL, *zone;
	int rc;

	if (json_get_string(parameters, "goal", &goal) == 0)
		request->goal = goal_from_name(goal);
	if (json_get_string(parameters, "zone", &zone) < 0)
		return 0;
	request->zone = zone_from_name(zone);
	if (!goal || request->goal == PLAN_GOAL_SYSTEM_RAM)
		return 0;
	rc = refusal_add(problems, "bad-zone", NULL,
			 "leave the zone out, or use the goal \"system_ram\"",
			 "memory with the goal %s is in no zone", goal);
	return rc < 0 ? rc : MEMORY_REQUEST_E_BAD;
}

int memory_request_from_json(enum memory_request_kind kind, struct json_object *parameters,
			     struct refusal_list *problems, struct memory_request *request)
{
	int64_t timeout_ms = STEP_TIMEOUT_MS_DEFAULT;
	const char *name;
	int rc;

	request->kind = kind;
	request->create = REGION_REQUEST_NULL;
	request->zone = TOPO_ZONE_MOVABLE;
	rc = get_number(parameters, "timeout_ms", 1, STEP_TIMEOUT_MS_MAX, problems, &timeout_ms);
	if (rc)
		return rc;
	request->timeout_ms = (uint64_t)timeout_ms;
	(void)json_get_bool(parameters, "dry_run", &request->dry_run);
	(void)json_get_bool(parameters, "keep_region", &request->remove.keep_region);
	(void)json_get_bool(parameters, "force", &request->remove.force);
	rc = read_goal(parameters, problems, request);
	if (rc)
		return rc;
	if (json_get_string(parameters, "drift", &name) == 0)
		request->drift = strcmp(name, "leave") == 0 ? CLAIM_DRIFT_LEAVE : CLAIM_DRIFT_MEND;
	switch (kind) {
	case MEMORY_CREATE_REGION:
		return read_create(parameters, problems, request);
	case MEMORY_ADOPT_REGION:
		rc = get_text(parameters, "region", &request->arena, &request->region);
		return rc ? rc : read_claim(parameters, problems, request);
	case MEMORY_REMOVE_REGION:
	case MEMORY_ENABLE_REGION:
	case MEMORY_SET_MEMORY:
		return read_object(parameters, problems, request);
	case MEMORY_APPLY_CLAIM:
	case MEMORY_FORGET_CLAIM:
		break; /* memory_request_of_asking() */
	}
	return -EINVAL;
}

static int fill_asked(struct claim_asking *asking, struct memory_request *request)
{
	static const enum memory_request_kind kinds[] = {
		[CLAIM_WANT] = MEMORY_APPLY_CLAIM,
		[CLAIM_END] = MEMORY_REMOVE_REGION,
		[CLAIM_FORGET] = MEMORY_FORGET_CLAIM,
	};

	request->kind = kinds[asking->verb];
	request->anew = asking->anew;
	request->dry_run = asking->dry_run;
	if (asking->verb != CLAIM_WANT) {
		request->claim = arena_strdup(&request->arena, asking->name);
		return request->claim ? 0 : -ENOMEM;
	}
	request->wish = asking->wish;
	asking->wish = CLAIM_NULL;
	return memory_request_make_uuid(request);
}

int memory_request_of_asking(struct claim_asking *asking, struct memory_request *request)
{
	int rc;

	request->create = REGION_REQUEST_NULL;
	request->zone = TOPO_ZONE_MOVABLE;
	request->timeout_ms = STEP_TIMEOUT_MS_DEFAULT;
	rc = fill_asked(asking, request);
	claim_asking_deinit(asking);
	return rc;
}

static const struct topo_region *find_region(const struct topology *topology, const char *name)
{
	const struct topo_region *region = topology_region(topology, name);

	for (size_t i = 0; !region && i < topology->regions.count; i++) {
		const struct topo_region *candidate = topology->regions.items[i];

		if (!candidate->dax_region)
			continue;
		for (size_t j = 0; j < candidate->dax_region->devices.count; j++)
			if (strcmp(candidate->dax_region->devices.items[j].name, name) == 0)
				region = candidate;
	}
	return region;
}

/*
 * Memdevs take their positions in the order in which they are named, as with `cxl create-region`:
 * so the data of a pmem region is found again. Where the kernel does not accept that order, the
 * memdevs take another order.
 */
static int plan_in_some_order(const struct topology *topology, const struct region_request *request,
			      struct plan *plan)
{
	struct region_request ordered = *request;
	int rc;

	if (request->memdev_count < 2)
		return plan_create_region(topology, request, plan);
	ordered.memdevs_ordered = true;
	rc = plan_create_region(topology, &ordered, plan);
	if (rc != PLAN_E_REFUSED)
		return rc;
	plan_deinit(plan);
	*plan = PLAN_NULL;
	return plan_create_region(topology, request, plan);
}

/* A bare region without a type is a pmem region where possible, as with `cxl create-region`. */
static int plan_create(const struct topology *topology, const struct region_request *request,
		       struct plan *plan)
{
	struct region_request pmem = *request;
	int rc;

	if (request->type != TOPO_MODE_NONE || request->goal != PLAN_GOAL_REGION)
		return plan_in_some_order(topology, request, plan);
	pmem.type = TOPO_MODE_PMEM;
	rc = plan_in_some_order(topology, &pmem, plan);
	if (rc != PLAN_E_REFUSED)
		return rc;
	plan_deinit(plan);
	*plan = PLAN_NULL;
	return plan_in_some_order(topology, request, plan);
}

/* Memdevs that another change has reserved are not there for this change. */
static int plan_unreserved(const struct world *world, const struct region_request *request,
			   struct plan *plan)
{
	struct region_request unreserved = *request;
	struct arena arena = ARENA_NULL;
	int rc = memory_find_reserved(world, &arena, &unreserved.reserved,
				      &unreserved.reserved_count);

	if (rc == 0)
		rc = plan_create(world->topology, &unreserved, plan);
	arena_deinit(&arena);
	return rc;
}

int memory_request_find_region(const struct world *world, const char *name, struct plan *plan,
			       const struct topo_region **ret_region)
{
	const struct topo_region *region = find_region(world->topology, name);

	if (!region) {
		/* The host may have a device that was not listed. */
		int rc = plan_refuse_lacks(&plan->refusals, world->topology,
					   TOPO_KNOWN_CXL | TOPO_KNOWN_DAX | TOPO_KNOWN_IDLE, name);

		if (rc)
			return rc;
		if (refusal_add(&plan->refusals, "unknown-region", name,
				"`cxlfm list -R -X` shows the regions and their devices",
				"no region or dax device has this name") < 0)
			return -ENOMEM;
		return PLAN_E_REFUSED;
	}
	*ret_region = region;
	return 0;
}

int memory_request_plan(const struct memory_request *request, const struct world *world,
			struct plan *plan)
{
	const struct topology *topology = world->topology;
	struct remove_request remove = request->remove;
	const struct topo_region *region;
	int rc;

	if (request->kind == MEMORY_CREATE_REGION)
		return plan_unreserved(world, &request->create, plan);

	rc = memory_request_find_region(world, request->region, plan, &region);
	if (rc)
		return rc;
	switch (request->kind) {
	case MEMORY_REMOVE_REGION:
		remove.region = region->name;
		return plan_remove_region(topology, &remove, plan);
	case MEMORY_ENABLE_REGION:
		return plan_enable_region(topology, region->name, request->goal, request->zone,
					  plan);
	case MEMORY_SET_MEMORY:
		return plan_online_memory(topology, region->name, request->zone, plan);
	case MEMORY_CREATE_REGION:
	case MEMORY_APPLY_CLAIM:
	case MEMORY_ADOPT_REGION:
	case MEMORY_FORGET_CLAIM:
		break;
	}
	return -EINVAL;
}

void memory_request_deinit(struct memory_request *request)
{
	claim_deinit(&request->wish);
	arena_deinit(&request->arena);
}

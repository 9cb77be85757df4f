// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory's part of a claim as JSON, both ways. Pure.
 *
 * Wanted: "size", "type": "ram"|"pmem", "goal": "region"|"devdax"|"system_ram",
 *	"zone": "movable"|"kernel"|"offline" (of system_ram), "disabled" (when true), "ways",
 *	"granularity", "near_node", "qos_class", "window", "uuid",
 *	"members": [{"serial"|"path"}], "members_ordered" (when true)
 * Given: "binding": {"boot", "resource", "size", "ways", "granularity", "uuid", "members"}
 *
 * A member of a binding is {} when nothing is known of the memdev that was there.
 *
 * "size" is needed. Without the other members a claim is of type "ram" with the goal "system_ram"
 * (a claim of type "pmem" has the goal "region"), "movable", and enabled.
 */
#include <errno.h>
#include <limits.h>

#include "cxl/plan/interleave.h"
#include "daemon/claim/claim-field.h"
#include "daemon/claim/memory/memory-claim.h"
#include "util/json.h"

static const struct claim_word types[] = {
	{ "ram", TOPO_MODE_RAM },
	{ "pmem", TOPO_MODE_PMEM },
	{ NULL },
};
static const struct claim_word goals[] = {
	{ "region", PLAN_GOAL_REGION },
	{ "devdax", PLAN_GOAL_DEVDAX },
	{ "system_ram", PLAN_GOAL_SYSTEM_RAM },
	{ NULL },
};
static const struct claim_word zones[] = {
	{ "movable", TOPO_ZONE_MOVABLE },
	{ "kernel", TOPO_ZONE_KERNEL },
	{ "offline", TOPO_ZONE_NONE },
	{ NULL },
};
/* ---- to JSON ---- */

static struct json_object *member_to_json(const struct claim_member *member)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	int rc = 0;

	if (!object)
		return NULL;
	if (claim_member_has_serial(member))
		rc = json_add_u64(object, "serial", member->serial);
	else
		rc = json_add_string(object, "path", member->path);
	return rc ? NULL : TAKE_PTR(object);
}

static int add_members(struct json_object *object, const struct claim_member_list *members)
{
	_cleanup_json_ struct json_object *array = NULL;

	if (members->count == 0)
		return 0;
	array = json_object_new_array();
	if (!array)
		return -ENOMEM;
	for (size_t i = 0; i < members->count; i++)
		if (json_append(array, member_to_json(&members->items[i])) < 0)
			return -ENOMEM;
	return json_add(object, "members", TAKE_PTR(array));
}

static int add_constraints(struct json_object *object, const struct memory_claim *claim)
{
	int rc = claim_add_above(object, "ways", claim->ways, 0);

	if (rc == 0)
		rc = claim_add_above(object, "granularity", claim->granularity, 0);
	if (rc == 0)
		rc = claim_add_above(object, "near_node", claim->near_node, TOPO_UNKNOWN_INT);
	if (rc == 0)
		rc = claim_add_above(object, "qos_class", claim->qos_class, TOPO_UNKNOWN_INT);
	if (rc == 0)
		rc = claim_add_known(object, "window", claim->window);
	if (rc == 0)
		rc = json_add_string(object, "uuid", claim->uuid);
	if (rc == 0)
		rc = add_members(object, &claim->members);
	if (rc == 0)
		rc = claim_add_true(object, "members_ordered", claim->members_ordered);
	return rc;
}

int memory_add_wish(const struct claim *claim, struct json_object *object)
{
	const struct memory_claim *own = memory_claim(claim);
	int rc = json_add_u64(object, "size", own->size_bytes);

	if (rc == 0)
		rc = json_add_string(object, "type", claim_word_of(types, (int)own->type));
	if (rc == 0)
		rc = json_add_string(object, "goal", claim_word_of(goals, (int)own->goal));
	if (rc == 0 && own->goal == PLAN_GOAL_SYSTEM_RAM)
		rc = json_add_string(object, "zone", claim_word_of(zones, (int)own->zone));
	if (rc == 0)
		rc = claim_add_true(object, "disabled", own->disabled);
	return rc ? rc : add_constraints(object, own);
}

int memory_add_given(const struct claim *claim, struct json_object *object)
{
	const struct memory_binding *binding = &memory_claim(claim)->binding;
	_cleanup_json_ struct json_object *part = NULL;

	if (!binding->bound)
		return 0;
	part = json_object_new_object();
	if (!part || json_add_string(part, "boot", binding->boot) < 0 ||
	    claim_add_known(part, "resource", binding->resource) < 0 ||
	    json_add_u64(part, "size", binding->size) < 0 ||
	    claim_add_above(part, "ways", binding->ways, 0) < 0 ||
	    claim_add_above(part, "granularity", binding->granularity, 0) < 0 ||
	    json_add_string(part, "uuid", binding->uuid) < 0 ||
	    add_members(part, &binding->members) < 0)
		return -ENOMEM;
	return json_add(object, "binding", TAKE_PTR(part));
}

/* ---- from JSON ---- */

static const struct claim_field member_fields[] = {
	{ "serial", CLAIM_FIELD_NUMBER, offsetof(struct claim_member, serial), 1,
	  TOPO_UNKNOWN - 1 },
	{ "path", CLAIM_FIELD_TEXT, offsetof(struct claim_member, path) },
	{ NULL },
};

static int read_members(const struct claim_reader *reader, const struct claim_field *field,
			struct json_object *value, void *place)
{
	struct claim_member_list *members = place;

	(void)field;
	if (!json_object_is_type(value, json_type_array))
		return CLAIM_REFUSE(reader, "write a list, also for one member",
				    "\"members\" is not a list");
	if (json_object_array_length(value) > TOPO_TARGETS_MAX)
		return CLAIM_REFUSE(reader, "name at most 16",
				    "%zu members are too many for a region",
				    json_object_array_length(value));
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct claim_member member = { .serial = TOPO_UNKNOWN };
		const struct claim_target target = { member_fields, &member };
		int rc = claim_read_object(reader, "one of \"members\"",
					   json_object_array_get_idx(value, i), &target, 1);

		if (rc == 0 && claim_member_has_serial(&member) && member.path)
			rc = CLAIM_REFUSE(reader, "leave one of the two out",
					  "one of \"members\" has a serial number and a path");
		if (rc == 0)
			rc = ARRAY_APPEND(members, member);
		if (rc)
			return rc;
	}
	return 0;
}

#define AT(member)  offsetof(struct memory_claim, member)
#define OF(member)  offsetof(struct memory_binding, member)
#define MEMBERS(at) "members", CLAIM_FIELD_OTHER, (at), .read = read_members

static const struct claim_field binding_fields[] = {
	{ "boot", CLAIM_FIELD_TEXT, OF(boot) },
	{ "resource", CLAIM_FIELD_NUMBER, OF(resource), 0, TOPO_UNKNOWN - 1 },
	{ "size", CLAIM_FIELD_NUMBER, OF(size), 1, TOPO_UNKNOWN - 1 },
	{ "ways", CLAIM_FIELD_INT, OF(ways), 1, TOPO_TARGETS_MAX },
	{ "granularity", CLAIM_FIELD_INT, OF(granularity), 1, INT_MAX },
	{ "uuid", CLAIM_FIELD_UUID, OF(uuid) },
	{ MEMBERS(OF(members)) },
	{ NULL },
};

static int read_binding(const struct claim_reader *reader, const struct claim_field *field,
			struct json_object *value, void *place)
{
	const struct claim_target target = { binding_fields, place };
	struct memory_binding *binding = place;
	int rc = claim_read_object(reader, "\"binding\"", value, &target, 1);

	(void)field;

	if (rc)
		return rc;
	if (binding->size == 0 || binding->ways == 0 ||
	    binding->members.count != (size_t)binding->ways)
		return CLAIM_REFUSE(reader, "leave the binding to cxlfmd",
				    "\"binding\" needs a size, ways, and as many members");
	binding->bound = true;
	return 0;
}

const struct claim_field memory_fields[] = {
	/* The largest number that the interface can carry. */
	{ "size", CLAIM_FIELD_NUMBER, AT(size_bytes), 1, INT64_MAX },
	{ "type", CLAIM_FIELD_WORD, AT(type), .words = types },
	{ "goal", CLAIM_FIELD_WORD, AT(goal), .words = goals },
	{ "zone", CLAIM_FIELD_WORD, AT(zone), .words = zones },
	{ "disabled", CLAIM_FIELD_FLAG, AT(disabled) },
	{ "ways", CLAIM_FIELD_INT, AT(ways), 1, TOPO_TARGETS_MAX },
	{ "granularity", CLAIM_FIELD_INT, AT(granularity), INTERLEAVE_GRANULARITY_MIN,
	  INTERLEAVE_GRANULARITY_MAX },
	{ "near_node", CLAIM_FIELD_INT, AT(near_node), 0, INT_MAX },
	/* A byte, CXL r3.1 9.17.3.1 */
	{ "qos_class", CLAIM_FIELD_INT, AT(qos_class), 0, UINT8_MAX },
	{ "window", CLAIM_FIELD_NUMBER, AT(window), 0, TOPO_UNKNOWN - 1 },
	{ "uuid", CLAIM_FIELD_UUID, AT(uuid) },
	{ MEMBERS(AT(members)) },
	{ "members_ordered", CLAIM_FIELD_FLAG, AT(members_ordered) },
	{ "binding", CLAIM_FIELD_OTHER, AT(binding), .read = read_binding },
	{ NULL },
};

/* ---- what members mean together ---- */

static int check_goal(const struct claim_reader *reader, struct json_object *object)
{
	const struct memory_claim *claim = memory_claim(reader->claim);

	if (claim->type == TOPO_MODE_PMEM && claim->goal != PLAN_GOAL_REGION)
		return CLAIM_REFUSE(reader,
				    "use the goal \"region\", then `ndctl` for its namespaces",
				    "a pmem region becomes no memory by itself");
	if (claim_has(object, "zone") && claim->goal != PLAN_GOAL_SYSTEM_RAM)
		return CLAIM_REFUSE(reader, "leave the zone out, or use the goal \"system_ram\"",
				    "only system RAM has a zone");
	if (claim->uuid && claim->type != TOPO_MODE_PMEM)
		return CLAIM_REFUSE(reader, "leave the UUID out, or use the type \"pmem\"",
				    "only pmem regions have a UUID");
	return 0;
}

static int check_interleave(const struct claim_reader *reader)
{
	const struct memory_claim *claim = memory_claim(reader->claim);
	const size_t count = claim->members.count;

	if (claim->ways && !interleave_ways_valid(claim->ways))
		return CLAIM_REFUSE(reader, "use 1, 2, 3, 4, 6, 8, 12 or 16",
				    "a region cannot have %d ways", claim->ways);
	if (claim->granularity && !interleave_granularity_valid(claim->granularity))
		return CLAIM_REFUSE(reader, "use a power of two from 256 to 16384",
				    "a region cannot interleave every %d bytes",
				    claim->granularity);
	if (count && claim->ways && (size_t)claim->ways != count)
		return CLAIM_REFUSE(
			reader, "name as many members as ways, or leave one of the two out",
			"the ways are %d, but %zu members are named", claim->ways, count);
	if (count && !interleave_ways_valid((int)count))
		return CLAIM_REFUSE(reader, "name 1, 2, 3, 4, 6, 8, 12 or 16",
				    "a region cannot have %zu members", count);
	if (claim->members_ordered && count == 0)
		return CLAIM_REFUSE(reader, "name the members, or leave \"members_ordered\" out",
				    "\"members_ordered\" needs \"members\"");
	return 0;
}

static int check_members(const struct claim_reader *reader)
{
	const struct claim_member_list *members = &memory_claim(reader->claim)->members;

	for (size_t i = 0; i < members->count; i++) {
		const struct claim_member *member = &members->items[i];

		if (!claim_member_has_serial(member) && !member->path)
			return CLAIM_REFUSE(
				reader, "give its serial number or its path",
				"one of \"members\" has neither a serial number nor a path");
		for (size_t j = 0; j < i; j++)
			if (claim_member_is_same(member, &members->items[j]))
				return CLAIM_REFUSE(reader, "name each memdev once",
						    "one of \"members\" is named twice");
	}
	return 0;
}

int memory_check(const struct claim_reader *reader, struct json_object *object)
{
	struct memory_claim *own = memory_claim(reader->claim);
	int rc;

	if (own->size_bytes == 0)
		return CLAIM_REFUSE(reader, "write a \"size\" in bytes", "the claim has no size");
	if (!claim_has(object, "type"))
		own->type = TOPO_MODE_RAM;
	if (!claim_has(object, "goal") && own->type == TOPO_MODE_RAM)
		own->goal = PLAN_GOAL_SYSTEM_RAM;
	rc = check_goal(reader, object);
	if (rc == 0)
		rc = check_interleave(reader);
	return rc ? rc : check_members(reader);
}

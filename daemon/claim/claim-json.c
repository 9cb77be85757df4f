// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims as JSON, both ways: what the store keeps, the API shows, and people declare. Pure. Reading
 * is strict: a claim that is not understood as a whole is refused with what to do about it.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <uuid/uuid.h>

#include "cxl/plan/interleave.h"
#include "daemon/claim/claim.h"
#include "util/json.h"

/* The longest text but a name; all are printable ASCII. */
#define CLAIM_TEXT_MAX 255

struct word {
	const char *name; /* NULL ends a list */
	int value;
};

static const struct word types[] = {
	{ "ram", TOPO_MODE_RAM },
	{ "pmem", TOPO_MODE_PMEM },
	{ NULL },
};
static const struct word goals[] = {
	{ "region", PLAN_GOAL_REGION },
	{ "devdax", PLAN_GOAL_DEVDAX },
	{ "system_ram", PLAN_GOAL_SYSTEM_RAM },
	{ NULL },
};
static const struct word zones[] = {
	{ "movable", TOPO_ZONE_MOVABLE },
	{ "kernel", TOPO_ZONE_KERNEL },
	{ "offline", TOPO_ZONE_NONE },
	{ NULL },
};
static const struct word drifts[] = {
	{ "mend", CLAIM_DRIFT_MEND },
	{ "leave", CLAIM_DRIFT_LEAVE },
	{ NULL },
};

static const char *word_of(const struct word *words, int value)
{
	while (words->name && words->value != value)
		words++;
	return words->name;
}

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

static int add_above(struct json_object *object, const char *key, int number, int none)
{
	return number > none ? json_add_int(object, key, number) : 0;
}

static int add_known(struct json_object *object, const char *key, uint64_t number)
{
	return number == TOPO_UNKNOWN ? 0 : json_add_u64(object, key, number);
}

static int add_true(struct json_object *object, const char *key, bool value)
{
	return value ? json_add_bool(object, key, true) : 0;
}

static int add_constraints(struct json_object *object, const struct claim *claim)
{
	int rc = add_above(object, "ways", claim->ways, 0);

	if (rc == 0)
		rc = add_above(object, "granularity", claim->granularity, 0);
	if (rc == 0)
		rc = add_above(object, "near_node", claim->near_node, TOPO_UNKNOWN_INT);
	if (rc == 0)
		rc = add_above(object, "qos_class", claim->qos_class, TOPO_UNKNOWN_INT);
	if (rc == 0)
		rc = add_known(object, "window", claim->window);
	if (rc == 0)
		rc = json_add_string(object, "uuid", claim->uuid);
	if (rc == 0)
		rc = add_members(object, &claim->members);
	if (rc == 0)
		rc = add_true(object, "members_ordered", claim->members_ordered);
	return rc;
}

static int add_wish(struct json_object *object, const struct claim *claim)
{
	const char *zone = word_of(zones, (int)claim->zone);
	int rc = json_add_u64(object, "size", claim->size_bytes);

	if (rc == 0)
		rc = json_add_string(object, "type", word_of(types, (int)claim->type));
	if (rc == 0)
		rc = json_add_string(object, "goal", word_of(goals, (int)claim->goal));
	if (rc == 0 && claim->goal == PLAN_GOAL_SYSTEM_RAM)
		rc = json_add_string(object, "zone", zone);
	if (rc == 0)
		rc = add_true(object, "disabled", claim->disabled);
	if (rc == 0)
		rc = json_add_string(object, "drift", word_of(drifts, (int)claim->drift));
	return rc ? rc : add_constraints(object, claim);
}

static int add_binding(struct json_object *object, const struct claim_binding *binding)
{
	_cleanup_json_ struct json_object *part = NULL;

	if (!binding->bound)
		return 0;
	part = json_object_new_object();
	if (!part || json_add_string(part, "boot", binding->boot) < 0 ||
	    add_known(part, "resource", binding->resource) < 0 ||
	    json_add_u64(part, "size", binding->size) < 0 ||
	    add_above(part, "ways", binding->ways, 0) < 0 ||
	    add_above(part, "granularity", binding->granularity, 0) < 0 ||
	    json_add_string(part, "uuid", binding->uuid) < 0 ||
	    add_members(part, &binding->members) < 0)
		return -ENOMEM;
	return json_add(object, "binding", TAKE_PTR(part));
}

struct json_object *claim_wish_to_json(const struct claim *claim)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "name", claim->name) < 0 ||
	    add_wish(object, claim) < 0)
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *claim_to_json(const struct claim *claim)
{
	_cleanup_json_ struct json_object *object = claim_wish_to_json(claim);

	if (!object || json_add_string(object, "owner", claim->owner) < 0 ||
	    add_true(object, "adopted", claim->adopted) < 0 ||
	    add_binding(object, &claim->binding) < 0)
		return NULL;
	return TAKE_PTR(object);
}

/* ---- from JSON: one value ---- */

enum field_kind {
	FIELD_NAME,
	FIELD_TEXT,
	FIELD_NUMBER,
	FIELD_INT,
	FIELD_FLAG,
	FIELD_WORD,
	FIELD_UUID,
	FIELD_MEMBERS,
	FIELD_BINDING,
};

/* One member of an object, and where it goes in the struct that the object becomes. */
struct field {
	const char *key; /* NULL ends a list */
	enum field_kind kind;
	size_t offset;
	uint64_t least, most;	  /* of FIELD_NUMBER and FIELD_INT */
	const struct word *words; /* of FIELD_WORD */
};

struct reader {
	struct refusal_list *problems;
	struct claim *claim;
};

#define REFUSE(reader, hint, ...)                                                                  \
	claim_refuse((reader)->problems, "bad-claim", (reader)->claim->name, hint, __VA_ARGS__)

static bool is_plain(const char *text, size_t length)
{
	if (length == 0 || length > CLAIM_TEXT_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

static int read_text(const struct reader *reader, const char *key, struct json_object *value,
		     const char **ret_text)
{
	if (!json_object_is_type(value, json_type_string))
		return REFUSE(reader, "write a text; put it in quotes if it looks like a number",
			      "\"%s\" is no text", key);
	if (!is_plain(json_object_get_string(value), (size_t)json_object_get_string_len(value)))
		return REFUSE(reader, "write 1 to 255 printable characters of ASCII",
			      "\"%s\" is no short plain text", key);
	*ret_text = arena_strdup(&reader->claim->arena, json_object_get_string(value));
	return *ret_text ? 0 : -ENOMEM;
}

static int read_number(const struct reader *reader, const struct field *field,
		       struct json_object *value, uint64_t *ret_number)
{
	char hint[96];
	uint64_t number;

	(void)snprintf(hint, sizeof(hint), "write a whole number from %" PRIu64 " to %" PRIu64,
		       field->least, field->most);
	if (!json_object_is_type(value, json_type_int))
		return REFUSE(reader, hint, "\"%s\" is no whole number", field->key);
	number = json_object_get_uint64(value);
	/* json-c makes 0 of what is negative: tell it apart by its signed reading. */
	if (json_object_get_int64(value) < 0 || number < field->least || number > field->most)
		return REFUSE(reader, hint, "\"%s\" is out of range", field->key);
	*ret_number = number;
	return 0;
}

static int read_int(const struct reader *reader, const struct field *field,
		    struct json_object *value, int *ret_number)
{
	uint64_t number;
	int rc = read_number(reader, field, value, &number);

	if (rc == 0)
		*ret_number = (int)number;
	return rc;
}

static int read_flag(const struct reader *reader, const char *key, struct json_object *value,
		     bool *ret_flag)
{
	if (!json_object_is_type(value, json_type_boolean))
		return REFUSE(reader, "write true or false", "\"%s\" is neither true nor false",
			      key);
	*ret_flag = json_object_get_boolean(value);
	return 0;
}

/* @ret_value: an enum, which is as wide as an int. The length of what is no string is 0. */
static int read_word(const struct reader *reader, const struct field *field,
		     struct json_object *value, void *ret_value)
{
	const char *text = json_object_get_string(value);
	char hint[96] = "write";

	for (const struct word *word = field->words; word->name; word++) {
		const size_t used = strlen(hint);

		if (strlen(word->name) == (size_t)json_object_get_string_len(value) &&
		    strcmp(word->name, text) == 0) {
			memcpy(ret_value, &word->value, sizeof(word->value));
			return 0;
		}
		(void)snprintf(hint + used, sizeof(hint) - used, "%s %s",
			       word > field->words ? " or" : "", word->name);
	}
	return REFUSE(reader, hint, "\"%s\" is none of the words it can be", field->key);
}

/* UUIDs are kept in lower case, so that each has one spelling. */
static int read_uuid(const struct reader *reader, const char *key, struct json_object *value,
		     const char **ret_text)
{
	char text[UUID_STR_LEN];
	uuid_t uuid;

	if (json_object_get_string_len(value) != UUID_STR_LEN - 1 ||
	    uuid_parse(json_object_get_string(value), uuid) < 0 || uuid_is_null(uuid))
		return REFUSE(reader, "make one with uuidgen", "\"%s\" is no UUID", key);
	uuid_unparse_lower(uuid, text);
	*ret_text = arena_strdup(&reader->claim->arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

/* ---- from JSON: objects ---- */

static const struct field member_fields[] = {
	{ "serial", FIELD_NUMBER, offsetof(struct claim_member, serial), 1, TOPO_UNKNOWN - 1 },
	{ "path", FIELD_TEXT, offsetof(struct claim_member, path) },
	{ NULL },
};

static const struct field binding_fields[] = {
	{ "boot", FIELD_TEXT, offsetof(struct claim_binding, boot) },
	{ "resource", FIELD_NUMBER, offsetof(struct claim_binding, resource), 0, TOPO_UNKNOWN - 1 },
	{ "size", FIELD_NUMBER, offsetof(struct claim_binding, size), 1, TOPO_UNKNOWN - 1 },
	{ "ways", FIELD_INT, offsetof(struct claim_binding, ways), 1, TOPO_TARGETS_MAX },
	{ "granularity", FIELD_INT, offsetof(struct claim_binding, granularity), 1, INT_MAX },
	{ "uuid", FIELD_UUID, offsetof(struct claim_binding, uuid) },
	{ "members", FIELD_MEMBERS, offsetof(struct claim_binding, members) },
	{ NULL },
};

static const struct field claim_fields[] = {
	{ "name", FIELD_NAME, offsetof(struct claim, name) },
	{ "owner", FIELD_TEXT, offsetof(struct claim, owner) },
	/* What the interface can carry. */
	{ "size", FIELD_NUMBER, offsetof(struct claim, size_bytes), 1, INT64_MAX },
	{ "type", FIELD_WORD, offsetof(struct claim, type), .words = types },
	{ "goal", FIELD_WORD, offsetof(struct claim, goal), .words = goals },
	{ "zone", FIELD_WORD, offsetof(struct claim, zone), .words = zones },
	{ "disabled", FIELD_FLAG, offsetof(struct claim, disabled) },
	{ "drift", FIELD_WORD, offsetof(struct claim, drift), .words = drifts },
	{ "adopted", FIELD_FLAG, offsetof(struct claim, adopted) },
	{ "ways", FIELD_INT, offsetof(struct claim, ways), 1, TOPO_TARGETS_MAX },
	{ "granularity", FIELD_INT, offsetof(struct claim, granularity), INTERLEAVE_GRANULARITY_MIN,
	  INTERLEAVE_GRANULARITY_MAX },
	{ "near_node", FIELD_INT, offsetof(struct claim, near_node), 0, INT_MAX },
	/* A byte, CXL r3.1 9.17.3.1 */
	{ "qos_class", FIELD_INT, offsetof(struct claim, qos_class), 0, UINT8_MAX },
	{ "window", FIELD_NUMBER, offsetof(struct claim, window), 0, TOPO_UNKNOWN - 1 },
	{ "uuid", FIELD_UUID, offsetof(struct claim, uuid) },
	{ "members", FIELD_MEMBERS, offsetof(struct claim, members) },
	{ "members_ordered", FIELD_FLAG, offsetof(struct claim, members_ordered) },
	{ "binding", FIELD_BINDING, offsetof(struct claim, binding) },
	{ NULL },
};

static int read_field(const struct reader *reader, const struct field *field,
		      struct json_object *value, void *target);

static int refuse_key(const struct reader *reader, const char *what, const char *key)
{
	/* A part of a name could end in the middle of a character. */
	if (strlen(key) > CLAIM_NAME_MAX || !is_plain(key, strlen(key)))
		return REFUSE(reader, "leave it out", "%s has a member of a strange name", what);
	return REFUSE(reader, "look for a misspelling, or leave it out", "%s has no member \"%s\"",
		      what, key);
}

static int read_object(const struct reader *reader, const char *what, struct json_object *object,
		       const struct field *fields, void *target)
{
	if (!json_object_is_type(object, json_type_object))
		return REFUSE(reader, "write an object with its members", "%s is no object", what);
	json_object_object_foreach(object, key, value)
	{
		const struct field *field = fields;
		int rc;

		while (field->key && strcmp(field->key, key) != 0)
			field++;
		if (!field->key)
			return refuse_key(reader, what, key);
		rc = value ? read_field(reader, field, value, target) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

static int read_name(const struct reader *reader, struct json_object *value, const char **ret_name)
{
	const char *name = json_object_get_string(value);

	/* A NUL within is no name either: what is before it would pass for the whole. */
	if (!json_object_is_type(value, json_type_string) || !claim_name_is_valid(name) ||
	    strlen(name) != (size_t)json_object_get_string_len(value))
		return REFUSE(reader,
			      "write up to 63 of a-z, 0-9, \".\", \"_\" and \"-\", of which the "
			      "first is a letter or a digit",
			      "\"name\" is no name for a claim");
	*ret_name = arena_strdup(&reader->claim->arena, name);
	return *ret_name ? 0 : -ENOMEM;
}

static int read_members(const struct reader *reader, struct json_object *value,
			struct claim_member_list *members)
{
	if (!json_object_is_type(value, json_type_array))
		return REFUSE(reader, "write a list, also for one member",
			      "\"members\" is no list");
	if (json_object_array_length(value) > TOPO_TARGETS_MAX)
		return REFUSE(reader, "name at most 16", "%zu members are too many for a region",
			      json_object_array_length(value));
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct claim_member member = { .serial = TOPO_UNKNOWN };
		int rc = read_object(reader, "one of \"members\"",
				     json_object_array_get_idx(value, i), member_fields, &member);

		if (rc == 0 && claim_member_has_serial(&member) && member.path)
			rc = REFUSE(reader, "leave one of the two out",
				    "one of \"members\" has a serial number and a path");
		if (rc == 0)
			rc = ARRAY_APPEND(members, member);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_binding(const struct reader *reader, struct json_object *value,
			struct claim_binding *binding)
{
	int rc = read_object(reader, "\"binding\"", value, binding_fields, binding);

	if (rc)
		return rc;
	if (binding->size == 0 || binding->ways == 0 ||
	    binding->members.count != (size_t)binding->ways)
		return REFUSE(reader, "leave the binding to cxlfmd",
			      "\"binding\" needs a size, ways, and as many members");
	binding->bound = true;
	return 0;
}

static int read_field(const struct reader *reader, const struct field *field,
		      struct json_object *value, void *target)
{
	void *place = (char *)target + field->offset;

	switch (field->kind) {
	case FIELD_NAME:
		return 0; /* read before all else */
	case FIELD_TEXT:
		return read_text(reader, field->key, value, place);
	case FIELD_NUMBER:
		return read_number(reader, field, value, place);
	case FIELD_INT:
		return read_int(reader, field, value, place);
	case FIELD_FLAG:
		return read_flag(reader, field->key, value, place);
	case FIELD_WORD:
		return read_word(reader, field, value, place);
	case FIELD_UUID:
		return read_uuid(reader, field->key, value, place);
	case FIELD_MEMBERS:
		return read_members(reader, value, place);
	case FIELD_BINDING:
		return read_binding(reader, value, place);
	}
	return -EINVAL;
}

/* ---- from JSON: a claim ---- */

static bool has(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && value;
}

/* Refusals name the claim, so its name is read before all else. */
static int read_all(const struct reader *reader, struct json_object *object)
{
	struct claim *claim = reader->claim;
	struct json_object *name;
	int rc;

	if (json_object_is_type(object, json_type_object) && has(object, "name")) {
		(void)json_object_object_get_ex(object, "name", &name);
		rc = read_name(reader, name, &claim->name);
		if (rc)
			return rc;
	}
	rc = read_object(reader, "a claim", object, claim_fields, claim);
	if (rc)
		return rc;
	if (!claim->name)
		return REFUSE(reader, "write a \"name\"", "a claim has no name");
	if (claim->size_bytes == 0)
		return REFUSE(reader, "write a \"size\" in bytes", "the claim has no size");
	if (!has(object, "type"))
		claim->type = TOPO_MODE_RAM;
	if (!has(object, "goal") && claim->type == TOPO_MODE_RAM)
		claim->goal = PLAN_GOAL_SYSTEM_RAM;
	return 0;
}

static int check_goal(const struct reader *reader, struct json_object *object)
{
	const struct claim *claim = reader->claim;

	if (claim->type == TOPO_MODE_PMEM && claim->goal != PLAN_GOAL_REGION)
		return REFUSE(reader, "use the goal \"region\", then `ndctl` for its namespaces",
			      "a pmem region becomes no memory by itself");
	if (has(object, "zone") && claim->goal != PLAN_GOAL_SYSTEM_RAM)
		return REFUSE(reader, "leave the zone out, or use the goal \"system_ram\"",
			      "only system RAM has a zone");
	if (claim->uuid && claim->type != TOPO_MODE_PMEM)
		return REFUSE(reader, "leave the UUID out, or use the type \"pmem\"",
			      "only pmem regions have a UUID");
	return 0;
}

static int check_interleave(const struct reader *reader)
{
	const struct claim *claim = reader->claim;
	const size_t count = claim->members.count;

	if (claim->ways && !interleave_ways_valid(claim->ways))
		return REFUSE(reader, "use 1, 2, 3, 4, 6, 8, 12 or 16",
			      "a region cannot have %d ways", claim->ways);
	if (claim->granularity && !interleave_granularity_valid(claim->granularity))
		return REFUSE(reader, "use a power of two from 256 to 16384",
			      "a region cannot interleave every %d bytes", claim->granularity);
	if (count && claim->ways && (size_t)claim->ways != count)
		return REFUSE(reader, "name as many members as ways, or leave one of the two out",
			      "the ways are %d, but %zu members are named", claim->ways, count);
	if (count && !interleave_ways_valid((int)count))
		return REFUSE(reader, "name 1, 2, 3, 4, 6, 8, 12 or 16",
			      "a region cannot have %zu members", count);
	if (claim->members_ordered && count == 0)
		return REFUSE(reader, "name the members, or leave \"members_ordered\" out",
			      "\"members_ordered\" is said of no members");
	return 0;
}

static int check_members(const struct reader *reader)
{
	const struct claim_member_list *members = &reader->claim->members;

	for (size_t i = 0; i < members->count; i++) {
		const struct claim_member *member = &members->items[i];

		if (!claim_member_has_serial(member) && !member->path)
			return REFUSE(reader, "give its serial number or its path",
				      "one of \"members\" says nothing of its memdev");
		for (size_t j = 0; j < i; j++)
			if (claim_member_is_same(member, &members->items[j]))
				return REFUSE(reader, "name each memdev once",
					      "one of \"members\" is named twice");
	}
	return 0;
}

int claim_from_json(struct json_object *object, struct refusal_list *problems,
		    struct claim *ret_claim)
{
	const struct reader reader = { problems, ret_claim };
	int rc = read_all(&reader, object);

	if (rc == 0)
		rc = check_goal(&reader, object);
	if (rc == 0)
		rc = check_interleave(&reader);
	return rc ? rc : check_members(&reader);
}

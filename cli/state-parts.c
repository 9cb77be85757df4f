// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cuts a state into parts, and joins the differences of the parts. Pure.
 */
#include "cli/state-parts.h"

#include <string.h>

#include "util/declared-limits.h"
#include "util/json.h"
#include "util/varlink-message.h"

/* The bytes around the claims of a call: the method, two names, brackets. */
#define ENVELOPE_BYTES	((size_t)2048)
#define ENVELOPE_VALUES ((size_t)64)

/* The bytes and values that a claim adds to a call. */
struct load {
	size_t bytes, values;
};

/* Values as varlink-message.h counts them: a key is a value, too. */
static size_t count_values(struct json_object *value)
{
	size_t count = 1;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, inner)
		{
			(void)key;
			count += 1 + count_values(inner);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_values(json_object_array_get_idx(value, i));
	}
	return count;
}

static struct load load_of(struct json_object *claim)
{
	struct load load = { .values = count_values(claim) };

	/* Without memory for the text the call fails, whatever its size. */
	(void)json_object_to_json_string_length(claim, JSON_C_TO_STRING_PLAIN, &load.bytes);
	load.bytes++;
	return load;
}

static bool fits(const struct load *load)
{
	return load->bytes + ENVELOPE_BYTES <= VARLINK_CALL_SIZE_MAX &&
	       load->values + ENVELOPE_VALUES <= VARLINK_CALL_VALUES_MAX;
}

bool state_parts_needed(struct json_object *claims)
{
	const struct load load = load_of(claims);

	return !fits(&load) || json_object_array_length(claims) > DECLARED_CLAIMS_MAX;
}

static const char *name_of(struct json_object *claim)
{
	const char *name = "";

	(void)json_get_string(claim, "name", &name);
	return name;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(name_of(*(struct json_object *const *)a),
		      name_of(*(struct json_object *const *)b));
}

bool state_parts_sort(struct json_object *claims, size_t *ret_nameless)
{
	for (size_t i = 0; i < json_object_array_length(claims); i++)
		if (!*name_of(json_object_array_get_idx(claims, i))) {
			*ret_nameless = i;
			return false;
		}
	json_object_array_sort(claims, compare_names);
	return true;
}

/* The index behind all claims that have the name of the claim at @at. */
static size_t end_of_name(struct json_object *claims, size_t at)
{
	const char *name = name_of(json_object_array_get_idx(claims, at));
	size_t end = at + 1;

	while (end < json_object_array_length(claims) &&
	       strcmp(name_of(json_object_array_get_idx(claims, end)), name) == 0)
		end++;
	return end;
}

static size_t end_of_part(struct json_object *claims, size_t at)
{
	struct load load = { 0 };
	size_t end = at;

	while (end < json_object_array_length(claims)) {
		const size_t next = end_of_name(claims, end);

		for (size_t i = end; i < next; i++) {
			const struct load one = load_of(json_object_array_get_idx(claims, i));

			load.bytes += one.bytes;
			load.values += one.values;
		}
		if (end > at && (!fits(&load) || next - at > DECLARED_CLAIMS_MAX))
			break;
		end = next;
	}
	return end;
}

struct json_object *state_parts_next(struct json_object *claims, size_t *at)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	struct json_object *part = json_object_new_array();
	const size_t end = end_of_part(claims, *at);

	if (!parameters || json_add(parameters, "claims", part) < 0)
		return NULL;
	for (size_t i = *at; i < end; i++)
		if (json_append_shared(part, json_object_array_get_idx(claims, i)) < 0)
			return NULL;
	if (*at > 0 && json_add_string(parameters, "after",
				       name_of(json_object_array_get_idx(claims, *at - 1))) < 0)
		return NULL;
	if (end < json_object_array_length(claims) &&
	    json_add_string(parameters, "until",
			    name_of(json_object_array_get_idx(claims, end - 1))) < 0)
		return NULL;
	*at = end;
	return TAKE_PTR(parameters);
}

/* ---- joining ---- */

static size_t rank_of(struct json_object *change)
{
	static const char *const actions[] = { "forget", "remove", "change", "make" };
	const char *action = "";
	size_t rank = 0;

	(void)json_get_string(change, "action", &action);
	while (rank < ARRAY_SIZE(actions) && strcmp(actions[rank], action) != 0)
		rank++;
	return rank;
}

static uint64_t resource_of(struct json_object *change)
{
	uint64_t resource = 0;

	(void)json_get_u64(change, "resource", &resource);
	return resource;
}

/* The order of actions that cxlfmd uses in each part. */
static int compare_changes(const void *a, const void *b)
{
	struct json_object *one = *(struct json_object *const *)a;
	struct json_object *other = *(struct json_object *const *)b;

	if (rank_of(one) != rank_of(other))
		return rank_of(one) < rank_of(other) ? -1 : 1;
	if (resource_of(one) != resource_of(other))
		return resource_of(one) > resource_of(other) ? -1 : 1;
	return strcmp(name_of(one), name_of(other));
}

void state_parts_order(struct json_object *changes)
{
	json_object_array_sort(changes, compare_changes);
}

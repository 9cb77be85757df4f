// SPDX-License-Identifier: GPL-2.0-only
/* A stage under way as JSON. */
#include "change/change-entry.h"

#include <errno.h>
#include <stdlib.h>

#include "change/step-list.h"
#include "util/json.h"

static struct json_object *lanes_to_json(const struct lane_set *lanes)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < lanes->count; i++)
		if (json_append(array, json_object_new_string(lanes->names[i])))
			return NULL;
	return TAKE_PTR(array);
}

static int add_reservations(struct json_object *object, const struct change_entry *entry)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (entry->reservations.list.count == 0)
		return 0;
	if (!array)
		return -1;
	for (size_t i = 0; i < entry->reservations.list.count; i++)
		if (json_append(array,
				json_object_new_string(entry->reservations.list.items[i].name)))
			return -1;
	return json_add(object, "reservations", TAKE_PTR(array));
}

static int add_receipts(struct json_object *object, const struct change_entry *entry)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (entry->receipts.count == 0)
		return 0;
	if (!array)
		return -1;
	for (size_t i = 0; i < entry->receipts.count; i++)
		if (json_append(array, json_object_new_int64((int64_t)entry->receipts.items[i])))
			return -1;
	return json_add(object, "receipts", TAKE_PTR(array));
}

struct json_object *change_entry_to_json(const struct change_entry *entry)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "boot", entry->boot) ||
	    json_add_string(object, "object", entry->object) ||
	    json_add_string(object, "kind", entry->kind) ||
	    json_add_string(object, "claim", entry->claim) ||
	    json_add(object, "lanes", lanes_to_json(&entry->lanes)) ||
	    add_reservations(object, entry) ||
	    json_add(object, "steps", step_list_to_json(&entry->steps, false)) ||
	    add_receipts(object, entry))
		return NULL;
	return TAKE_PTR(object);
}

static int read_text(struct json_object *object, const char *key, struct arena *arena,
		     const char **ret_text)
{
	const char *text;

	if (json_get_string(object, key, &text) < 0)
		return -EINVAL;
	*ret_text = arena_strdup(arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

typedef int (*take_name_fn)(void *set, const char *name);

static int take_lane(void *set, const char *name)
{
	return lane_set_add(set, name);
}

static int take_reservation(void *set, const char *name)
{
	return reservation_set_add(set, name);
}

/* Entries of earlier versions name none: the lanes of their steps are all that they need. */
static int read_names(struct json_object *object, const char *key, take_name_fn take, void *set)
{
	struct json_object *array;
	int rc = 0;

	if (!json_object_object_get_ex(object, key, NULL))
		return 0;
	if (json_get_array(object, key, &array) < 0)
		return -EINVAL;
	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++) {
		struct json_object *name = json_object_array_get_idx(array, i);

		rc = json_object_is_type(name, json_type_string)
			     ? take(set, json_object_get_string(name))
			     : -EINVAL;
	}
	return rc == -E2BIG ? -EINVAL : rc;
}

static int read_steps(struct json_object *object, const struct step_registry *registry,
		      struct change_entry *entry)
{
	struct json_object *array;
	int rc;

	if (json_get_array(object, "steps", &array) < 0)
		return -EINVAL;
	rc = step_list_from_json(array, registry, &entry->arena, &entry->steps);
	if (rc == 0)
		rc = entry->steps.list.count ? lane_set_add_steps(&entry->lanes, &entry->steps)
					     : -EINVAL;
	return rc == -E2BIG ? -EINVAL : rc;
}

static int read_receipts(struct json_object *object, struct change_entry *entry)
{
	struct json_object *array;
	int rc = 0;

	if (!json_object_object_get_ex(object, "receipts", NULL))
		return 0;
	if (json_get_array(object, "receipts", &array) < 0)
		return -EINVAL;
	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++) {
		struct json_object *number = json_object_array_get_idx(array, i);
		const int64_t step = json_object_get_int64(number);

		if (!json_object_is_type(number, json_type_int) || step < 0 ||
		    (uint64_t)step >= entry->steps.list.count)
			return -EINVAL;
		rc = ARRAY_APPEND(&entry->receipts, (size_t)step);
	}
	return rc;
}

int change_entry_from_json(struct json_object *object, const struct step_registry *registry,
			   struct change_entry *ret_entry)
{
	int rc = read_text(object, "object", &ret_entry->arena, &ret_entry->object);

	if (rc == 0)
		rc = read_names(object, "lanes", take_lane, &ret_entry->lanes);
	if (rc == 0)
		rc = read_names(object, "reservations", take_reservation, &ret_entry->reservations);
	if (rc == 0)
		rc = read_text(object, "boot", &ret_entry->arena, &ret_entry->boot);
	if (rc == 0 && json_object_object_get_ex(object, "kind", NULL))
		rc = read_text(object, "kind", &ret_entry->arena, &ret_entry->kind);
	if (rc == 0 && json_object_object_get_ex(object, "claim", NULL))
		rc = read_text(object, "claim", &ret_entry->arena, &ret_entry->claim);
	if (rc == 0)
		rc = read_steps(object, registry, ret_entry);
	if (rc == 0)
		rc = read_receipts(object, ret_entry);
	return rc;
}

bool change_entry_is_done(const struct change_entry *entry, size_t step)
{
	for (size_t i = 0; i < entry->receipts.count; i++)
		if (entry->receipts.items[i] == step)
			return true;
	return false;
}

void change_entry_deinit(struct change_entry *entry)
{
	ARRAY_FREE(&entry->steps.list);
	ARRAY_FREE(&entry->receipts);
	reservation_set_deinit(&entry->reservations);
	arena_deinit(&entry->arena);
	*entry = CHANGE_ENTRY_NULL;
}

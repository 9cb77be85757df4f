// SPDX-License-Identifier: GPL-2.0-only
/* A stage under way as JSON. */
#include "change/change-entry.h"

#include <errno.h>
#include <stdlib.h>

#include "change/step-list.h"
#include "util/json.h"

typedef struct json_object *(*item_fn)(const struct change_entry *entry, size_t index);

static struct json_object *lane_item(const struct change_entry *entry, size_t index)
{
	return json_object_new_string(entry->lanes.names[index]);
}

static struct json_object *reservation_item(const struct change_entry *entry, size_t index)
{
	return json_object_new_string(entry->reservations.list.items[index].name);
}

static struct json_object *receipt_item(const struct change_entry *entry, size_t index)
{
	return json_object_new_int64((int64_t)entry->receipts.items[index]);
}

/* An empty array is left out: the reader takes an absent member for an empty array. */
static int add_array(struct json_object *object, const char *key, const struct change_entry *entry,
		     size_t count, item_fn item)
{
	_cleanup_json_ struct json_object *array = count ? json_object_new_array() : NULL;

	for (size_t i = 0; i < count; i++)
		if (!array || json_append(array, item(entry, i)))
			return -ENOMEM;
	return array ? json_add(object, key, TAKE_PTR(array)) : 0;
}

static int add_flag(struct json_object *object, const char *key, bool flag)
{
	return flag ? json_add_bool(object, key, true) : 0;
}

struct json_object *change_entry_to_json(const struct change_entry *entry)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "boot", entry->boot) ||
	    json_add_string(object, "object", entry->object) ||
	    json_add_string(object, "kind", entry->kind) ||
	    json_add_string(object, "claim", entry->claim) ||
	    add_flag(object, "ends", entry->ends) ||
	    add_array(object, "lanes", entry, entry->lanes.count, lane_item) ||
	    add_array(object, "reservations", entry, entry->reservations.list.count,
		      reservation_item) ||
	    json_add(object, "steps", step_list_to_json(&entry->steps, false)) ||
	    add_array(object, "receipts", entry, entry->receipts.count, receipt_item) ||
	    (entry->stages && json_add_u64(object, "stages", entry->stages)) ||
	    add_flag(object, "more", entry->more) || add_flag(object, "back", entry->back) ||
	    change_asked_add(object, &entry->asked))
		return NULL;
	return TAKE_PTR(object);
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

/* Entries of earlier versions name no lanes: they need the lanes of their steps only. */
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

static int read_stages(struct json_object *object, struct change_entry *entry)
{
	uint64_t stages;

	if (!json_object_object_get_ex(object, "stages", NULL))
		return 0;
	if (json_get_u64(object, "stages", &stages) < 0 || stages > SIZE_MAX)
		return -EINVAL;
	entry->stages = (size_t)stages;
	return 0;
}

static int read_flag(struct json_object *object, const char *key, bool *ret_flag)
{
	if (!json_object_object_get_ex(object, key, NULL))
		return 0;
	return json_get_bool(object, key, ret_flag) < 0 ? -EINVAL : 0;
}

int change_entry_from_json(struct json_object *object, const struct step_registry *registry,
			   struct change_entry *ret_entry)
{
	int rc = json_copy_text(object, "object", &ret_entry->arena, &ret_entry->object);

	if (rc == 0)
		rc = read_names(object, "lanes", take_lane, &ret_entry->lanes);
	if (rc == 0)
		rc = read_names(object, "reservations", take_reservation, &ret_entry->reservations);
	if (rc == 0)
		rc = json_copy_text(object, "boot", &ret_entry->arena, &ret_entry->boot);
	if (rc == 0 && json_object_object_get_ex(object, "kind", NULL))
		rc = json_copy_text(object, "kind", &ret_entry->arena, &ret_entry->kind);
	if (rc == 0 && json_object_object_get_ex(object, "claim", NULL))
		rc = json_copy_text(object, "claim", &ret_entry->arena, &ret_entry->claim);
	if (rc == 0)
		rc = read_stages(object, ret_entry);
	if (rc == 0)
		rc = read_flag(object, "more", &ret_entry->more);
	if (rc == 0)
		rc = read_flag(object, "back", &ret_entry->back);
	if (rc == 0)
		rc = read_flag(object, "ends", &ret_entry->ends);
	if (rc == 0)
		rc = change_asked_get(object, &ret_entry->arena, &ret_entry->asked);
	/* The rest is known also where a step is of a kind that a later version knows. */
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

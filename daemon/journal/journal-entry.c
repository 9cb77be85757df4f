// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes under way as JSON. Pure.
 */
#include "daemon/journal/journal-entry.h"

#include <errno.h>

#include "util/json.h"

static struct json_object *steps_to_json(const struct step_list *steps)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (size_t i = 0; i < steps->list.count; i++)
		if (json_append(array, step_to_json(&steps->list.items[i])))
			return NULL;
	return TAKE_PTR(array);
}

struct json_object *journal_entry_to_json(const struct journal_entry *entry)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "boot", entry->boot) ||
	    json_add_string(object, "region", entry->region) ||
	    json_add_string(object, "claim", entry->claim) ||
	    json_add(object, "steps", steps_to_json(&entry->steps)))
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

static int read_steps(struct json_object *array, struct journal_entry *entry)
{
	const size_t count = json_object_array_length(array);

	for (size_t i = 0; i < count; i++) {
		struct step step;
		int rc = step_from_json(json_object_array_get_idx(array, i), &entry->arena, &step);

		if (rc == 0)
			rc = ARRAY_APPEND(&entry->steps.list, step);
		if (rc < 0)
			return rc;
	}
	return count ? 0 : -EINVAL;
}

int journal_entry_from_json(struct json_object *object, struct journal_entry *ret_entry)
{
	struct json_object *steps;
	int rc;

	if (json_get_array(object, "steps", &steps) < 0)
		return -EINVAL;
	rc = read_text(object, "boot", &ret_entry->arena, &ret_entry->boot);
	if (rc == 0)
		rc = read_text(object, "region", &ret_entry->arena, &ret_entry->region);
	if (rc == 0 && json_object_object_get_ex(object, "claim", NULL))
		rc = read_text(object, "claim", &ret_entry->arena, &ret_entry->claim);
	return rc ? rc : read_steps(steps, ret_entry);
}

void journal_entry_deinit(struct journal_entry *entry)
{
	ARRAY_FREE(&entry->steps.list);
	arena_deinit(&entry->arena);
	*entry = JOURNAL_ENTRY_NULL;
}

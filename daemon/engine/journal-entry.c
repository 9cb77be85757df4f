// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes under way as JSON. Pure.
 */
#include "daemon/engine/journal-entry.h"

#include <errno.h>

#include "change/step-list.h"
#include "daemon/engine/journal-convert.h"
#include "util/json.h"

struct json_object *journal_entry_to_json(const struct journal_entry *entry)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "boot", entry->boot) ||
	    json_add_string(object, "region", entry->region) ||
	    json_add_string(object, "claim", entry->claim) ||
	    json_add(object, "steps", step_list_to_json(&entry->steps, false)))
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

int journal_entry_from_json(struct json_object *object, struct journal_entry *ret_entry)
{
	_cleanup_json_ struct json_object *steps = NULL;
	struct json_object *noted;
	int rc;

	if (json_get_array(object, "steps", &noted) < 0)
		return -EINVAL;
	rc = journal_convert_steps(noted, &steps);
	if (rc == 0)
		rc = read_text(object, "boot", &ret_entry->arena, &ret_entry->boot);
	if (rc == 0)
		rc = read_text(object, "region", &ret_entry->arena, &ret_entry->region);
	if (rc == 0 && json_object_object_get_ex(object, "claim", NULL))
		rc = read_text(object, "claim", &ret_entry->arena, &ret_entry->claim);
	if (rc == 0)
		rc = step_list_from_json(steps, &host_steps, &ret_entry->arena, &ret_entry->steps);
	if (rc == 0 && ret_entry->steps.list.count == 0)
		rc = -EINVAL;
	return rc;
}

void journal_entry_deinit(struct journal_entry *entry)
{
	ARRAY_FREE(&entry->steps.list);
	arena_deinit(&entry->arena);
	*entry = JOURNAL_ENTRY_NULL;
}

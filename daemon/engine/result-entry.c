// SPDX-License-Identifier: GPL-2.0-only
/* Results as JSON. */
#include "daemon/engine/result-entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/json.h"

/* The errors that a change may end with: the names outlive every answer. */
static const char *const errors[] = {
	"io.cxlfm.Host.Cancelled", "io.cxlfm.Host.Failed",  "io.cxlfm.Host.HostUnread",
	"io.cxlfm.Host.NotLive",   "io.cxlfm.Host.Refused", "io.cxlfm.Host.StoreFailed",
};

void result_entry_key(const char *id, char key[static RESULT_KEY_MAX])
{
	(void)snprintf(key, RESULT_KEY_MAX, RESULT_PREFIX "%s", id);
}

static struct json_object *parameters_of(const struct change_answer *answer)
{
	struct json_object *parameters = NULL;

	if (answer->text && answer->length <= RESULT_ANSWER_MAX)
		(void)json_parse_text(answer->text, answer->length, &parameters);
	return parameters ?: json_object_new_object();
}

struct json_object *result_entry_to_json(const struct result_entry *entry)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || change_asked_add(object, &entry->asked) ||
	    json_add_string(object, "object", entry->object) ||
	    json_add_u64(object, "ended_ms", entry->ended_ms) ||
	    json_add_string(object, "error", entry->answer.error) ||
	    json_add(object, "parameters", parameters_of(&entry->answer)))
		return NULL;
	return TAKE_PTR(object);
}

static int read_error(struct json_object *object, const char **ret_error)
{
	const char *name;

	*ret_error = NULL;
	if (!json_object_object_get_ex(object, "error", NULL))
		return 0;
	if (json_get_text(object, "error", &name) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (strcmp(errors[i], name) == 0) {
			*ret_error = errors[i];
			return 0;
		}
	return -EINVAL;
}

static int read_answer(struct json_object *object, struct change_answer *ret_answer)
{
	struct json_object *parameters;
	const char *error;

	if (json_get_object(object, "parameters", &parameters) < 0 ||
	    read_error(object, &error) < 0)
		return -EINVAL;
	change_answer_set(ret_answer, error, parameters);
	return ret_answer->system_error;
}

int result_entry_from_json(struct json_object *object, struct result_entry *ret_entry)
{
	int rc = change_asked_get(object, &ret_entry->arena, &ret_entry->asked);

	if (rc == 0 && !ret_entry->asked.method)
		rc = -EINVAL;
	if (rc == 0)
		rc = json_get_u64(object, "ended_ms", &ret_entry->ended_ms) < 0 ? -EINVAL : 0;
	if (rc == 0 && json_object_object_get_ex(object, "object", NULL))
		rc = json_copy_text(object, "object", &ret_entry->arena, &ret_entry->object);
	return rc ? rc : read_answer(object, &ret_entry->answer);
}

void result_entry_deinit(struct result_entry *entry)
{
	change_answer_deinit(&entry->answer);
	arena_deinit(&entry->arena);
	*entry = RESULT_ENTRY_NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Entries of earlier versions. */
#include "daemon/engine/journal-convert.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cxl/step/host-step.h"
#include "util/cleanup.h"
#include "util/json.h"

struct old_step {
	const char *kind, *object, *from, *to;
	int64_t index;
};

static int read_old(struct json_object *object, struct old_step *step)
{
	int index;

	if (json_get_text(object, "property", &step->kind) < 0 ||
	    json_get_text(object, "object", &step->object) < 0 ||
	    json_get_int(object, "index", &index) < 0 ||
	    json_get_text(object, "from", &step->from) < 0 ||
	    json_get_text(object, "to", &step->to) < 0)
		return -EINVAL;
	step->index = index;
	return 0;
}

static bool is_of(const struct old_step *step, const struct step_kind *kind)
{
	return strcmp(step->kind, kind->name) == 0;
}

static struct json_object *convert(const struct old_step *step, struct arena *arena)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const char *name = step->object, *of = "";

	if (is_of(step, STEP_REGION_TARGET))
		name = arena_printf(arena, "%s/target%" PRId64, name, step->index);
	else if (is_of(step, STEP_BLOCK))
		of = arena_printf(arena, "region%" PRId64, step->index);
	if (!object || !name || !of || json_add_string(object, "kind", step->kind) ||
	    json_add_string(object, "object", name) || json_add_string(object, "of", of) ||
	    json_add_string(object, "from", step->from) || json_add_string(object, "to", step->to))
		return NULL;
	return TAKE_PTR(object);
}

/* Appends a guard behind the step that binds a region. */
static int append_guard(struct json_object *array, const struct old_step *bound,
			struct arena *arena)
{
	struct old_step guard = { STEP_DAX_GUARD->name, NULL, "", "", 0 };

	if (!is_of(bound, STEP_REGION_DRIVER) || *bound->from != '\0' ||
	    strncmp(bound->object, "region", strlen("region")) != 0)
		return 0;
	guard.object = arena_printf(arena, "dax%s.0", bound->object + strlen("region"));
	return guard.object ? json_append(array, convert(&guard, arena)) : -ENOMEM;
}

static int convert_step(struct json_object *object, struct json_object *array, struct arena *arena)
{
	_cleanup_json_ struct json_object *converted = NULL;
	struct json_object *last;
	struct old_step step;
	int rc;

	if (!json_object_is_type(object, json_type_object))
		return -EINVAL;
	if (!json_object_object_get_ex(object, "property", NULL))
		return json_append(array, json_object_get(object));
	rc = read_old(object, &step);
	if (rc < 0)
		return rc;
	converted = convert(&step, arena);
	if (!converted)
		return -ENOMEM;
	if (json_object_object_get_ex(object, "last", &last)) {
		if (!last)
			return -EINVAL;
		if (json_add(converted, "last", json_object_get(last)))
			return -ENOMEM;
	}
	rc = json_append(array, TAKE_PTR(converted));
	return rc ? rc : append_guard(array, &step, arena);
}

static int convert_steps(struct json_object *array, struct json_object **ret_array)
{
	_cleanup_json_ struct json_object *converted = json_object_new_array();
	struct arena arena = ARENA_NULL;
	int rc = converted ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(array); i++)
		rc = convert_step(json_object_array_get_idx(array, i), converted, &arena);
	arena_deinit(&arena);
	if (rc == 0)
		*ret_array = TAKE_PTR(converted);
	return rc;
}

static int convert_member(struct json_object *converted, const char *key, struct json_object *value)
{
	struct json_object *steps = NULL;
	int rc;

	if (strcmp(key, "steps") != 0 || !json_object_is_type(value, json_type_array))
		return json_add(converted, strcmp(key, "region") == 0 ? "object" : key,
				json_object_get(value));
	rc = convert_steps(value, &steps);
	return rc < 0 ? rc : json_add(converted, key, steps);
}

int journal_convert(struct json_object *entry, struct json_object **ret_entry)
{
	_cleanup_json_ struct json_object *converted = json_object_new_object();
	int rc = converted ? 0 : -ENOMEM;

	if (!json_object_is_type(entry, json_type_object))
		return -EINVAL;
	json_object_object_foreach(entry, key, value)
	{
		if (rc == 0)
			rc = value ? convert_member(converted, key, value) : -EINVAL;
	}
	if (rc == 0)
		*ret_entry = TAKE_PTR(converted);
	return rc;
}

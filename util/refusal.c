// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of refusals. Pure.
 */
#include "util/refusal.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "util/cleanup.h"
#include "util/json.h"

int refusal_add(struct refusal_list *refusals, const char *code, const char *object,
		const char *hint, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = refusal_add_va(refusals, code, object, hint, format, arguments);
	va_end(arguments);
	return rc;
}

int refusal_add_va(struct refusal_list *refusals, const char *code, const char *object,
		   const char *hint, const char *format, va_list arguments)
{
	struct refusal refusal = { .code = code };
	_cleanup_free_ char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	refusal.code = arena_strdup(&refusals->arena, code);
	refusal.object = arena_strdup(&refusals->arena, object);
	refusal.text = arena_strdup(&refusals->arena, text);
	refusal.hint = arena_strdup(&refusals->arena, hint);
	if (!refusal.code || !refusal.text || (object && !refusal.object) ||
	    (hint && !refusal.hint))
		return -ENOMEM;
	return ARRAY_APPEND(&refusals->list, refusal);
}

static struct json_object *refusal_to_json(const struct refusal *refusal)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object || json_add_string(object, "code", refusal->code) ||
	    json_add_string(object, "object", refusal->object) ||
	    json_add_string(object, "text", refusal->text) ||
	    json_add_string(object, "hint", refusal->hint))
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *refusal_list_to_json(const struct refusal_list *refusals)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (size_t i = 0; i < refusals->list.count; i++)
		if (json_append(array, refusal_to_json(&refusals->list.items[i])))
			return NULL;
	return TAKE_PTR(array);
}

void refusal_list_deinit(struct refusal_list *refusals)
{
	ARRAY_FREE(&refusals->list);
	arena_deinit(&refusals->arena);
}

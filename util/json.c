// SPDX-License-Identifier: GPL-2.0-only
/*
 * What json-c leaves to every caller. Pure.
 */
#include "util/json.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#define JSON_DEPTH_MAX 32

int json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value) < 0) {
		(void)json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int json_append(struct json_object *array, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_array_add(array, value) < 0) {
		(void)json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int json_add_string(struct json_object *object, const char *key, const char *text)
{
	return text ? json_add(object, key, json_object_new_string(text)) : 0;
}

int json_add_u64(struct json_object *object, const char *key, uint64_t number)
{
	return json_add(object, key, json_object_new_uint64(number));
}

int json_add_int(struct json_object *object, const char *key, int64_t number)
{
	return json_add(object, key, json_object_new_int64(number));
}

int json_add_bool(struct json_object *object, const char *key, bool value)
{
	return json_add(object, key, json_object_new_boolean(value));
}

static int get_typed(struct json_object *object, const char *key, enum json_type type,
		     struct json_object **ret_value)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return -ENOENT;
	if (!json_object_is_type(value, type))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int json_get_string(struct json_object *object, const char *key, const char **ret_text)
{
	struct json_object *value;
	int rc = get_typed(object, key, json_type_string, &value);

	if (rc == 0)
		*ret_text = json_object_get_string(value);
	return rc;
}

int json_get_text(struct json_object *object, const char *key, const char **ret_text)
{
	struct json_object *value;
	const char *text;

	if (get_typed(object, key, json_type_string, &value) < 0)
		return -EINVAL;
	text = json_object_get_string(value);
	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return -EINVAL;
	*ret_text = text;
	return 0;
}

int json_get_u64(struct json_object *object, const char *key, uint64_t *ret_number)
{
	struct json_object *value;
	int rc = get_typed(object, key, json_type_int, &value);

	if (rc < 0)
		return rc;
	/* json-c clamps a negative number to 0 here: tell it apart by its signed reading. */
	if (json_object_get_int64(value) < 0)
		return -EINVAL;
	*ret_number = json_object_get_uint64(value);
	return 0;
}

int json_get_int(struct json_object *object, const char *key, int *ret_number)
{
	struct json_object *value;
	int64_t number;
	int rc = get_typed(object, key, json_type_int, &value);

	if (rc < 0)
		return rc;
	number = json_object_get_int64(value);
	if (number < INT_MIN || number > INT_MAX)
		return -EINVAL;
	*ret_number = (int)number;
	return 0;
}

int json_get_bool(struct json_object *object, const char *key, bool *ret_value)
{
	struct json_object *value;
	int rc = get_typed(object, key, json_type_boolean, &value);

	if (rc == 0)
		*ret_value = json_object_get_boolean(value);
	return rc;
}

int json_get_array(struct json_object *object, const char *key, struct json_object **ret_array)
{
	return get_typed(object, key, json_type_array, ret_array);
}

int json_get_object(struct json_object *object, const char *key, struct json_object **ret_object)
{
	return get_typed(object, key, json_type_object, ret_object);
}

static int parse_with(struct json_tokener *tokener, const char *text, size_t length,
		      struct json_object **ret_value)
{
	struct json_object *value;
	size_t end;

	value = json_tokener_parse_ex(tokener, text, (int)length);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    (!json_object_is_type(value, json_type_object) &&
	     !json_object_is_type(value, json_type_array))) {
		(void)json_object_put(value);
		return -EINVAL;
	}
	end = json_tokener_get_parse_end(tokener);
	for (; end < length; end++)
		if (!isspace((unsigned char)text[end])) {
			(void)json_object_put(value);
			return -EINVAL;
		}
	*ret_value = value;
	return 0;
}

int json_parse_text(const char *text, size_t length, struct json_object **ret_value)
{
	struct json_tokener *tokener;
	int rc;

	if (length > INT_MAX)
		return -EINVAL;
	tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	if (!tokener)
		return -ENOMEM;
	/* Not JSON_TOKENER_STRICT, which refuses every text that is not ASCII (json-c 0.18). */
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	rc = parse_with(tokener, text, length, ret_value);
	json_tokener_free(tokener);
	return rc;
}

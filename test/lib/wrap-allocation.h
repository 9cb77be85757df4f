/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocating functions that a test can make fail. The linker's --wrap redirects the calls of our
 * code, and no others, to these functions; the test's meson.build names them.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>

/*
 * @fails: a function of the test that decides about this call; @failure: the result of a failed
 * call
 */
#define WRAP_IF(fails, type, name, failure, parameters, arguments)                                 \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return fails() ? (failure) : __real_##name arguments;                              \
	}

/* The functions that make JSON, but for unsigned numbers. */
#define WRAP_JSON_OBJECTS(fails)                                                                   \
	WRAP_IF(fails, struct json_object *, json_object_new_object, NULL, (void), ())             \
	WRAP_IF(fails, struct json_object *, json_object_new_array, NULL, (void), ())              \
	WRAP_IF(fails, struct json_object *, json_object_new_string, NULL, (const char *text),     \
		(text))                                                                            \
	WRAP_IF(fails, struct json_object *, json_object_new_int64, NULL, (int64_t number),        \
		(number))                                                                          \
	WRAP_IF(fails, struct json_object *, json_object_new_boolean, NULL, (json_bool value),     \
		(value))                                                                           \
	WRAP_IF(fails, int, json_object_object_add, -1,                                            \
		(struct json_object * object, const char *key, struct json_object *value),         \
		(object, key, value))                                                              \
	WRAP_IF(fails, int, json_object_array_add, -1,                                             \
		(struct json_object * array, struct json_object * value), (array, value))

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What json-c leaves to every caller: adding with one error path, and reading with a type check.
 *
 * The json_add_*() and json_append() functions return 0 or -ENOMEM. The json_get_*() functions
 * return 0; -ENOENT when the key is absent or null; -EINVAL when the value has another type or does
 * not fit. Returned strings and objects belong to the object they were read from.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/cleanup.h"

static inline void cleanup_json(struct json_object **object)
{
	(void)json_object_put(*object);
}

#define _cleanup_json_ _cleanup_(cleanup_json)

/* Takes ownership of @value, also on failure; a NULL @value is a failed allocation. */
int json_add(struct json_object *object, const char *key, struct json_object *value);
int json_append(struct json_object *array, struct json_object *value);

/* Adds nothing when @text is NULL. */
int json_add_string(struct json_object *object, const char *key, const char *text);
int json_add_u64(struct json_object *object, const char *key, uint64_t number);
int json_add_int(struct json_object *object, const char *key, int64_t number);
int json_add_bool(struct json_object *object, const char *key, bool value);

int json_get_string(struct json_object *object, const char *key, const char **ret_text);
/* The same, for who reads it to its end: -EINVAL also when it is not there, or holds a NUL. */
int json_get_text(struct json_object *object, const char *key, const char **ret_text);
int json_get_u64(struct json_object *object, const char *key, uint64_t *ret_number);
int json_get_int(struct json_object *object, const char *key, int *ret_number);
int json_get_bool(struct json_object *object, const char *key, bool *ret_value);
int json_get_array(struct json_object *object, const char *key, struct json_object **ret_array);
int json_get_object(struct json_object *object, const char *key, struct json_object **ret_object);

/**
 * json_parse_text() - parses exactly one JSON object or array
 * @text: @length bytes, not necessarily terminated
 *
 * Return: 0; -EINVAL for anything else than one of them (depth above 32, bad UTF-8, rest behind
 * it); -ENOMEM.
 */
int json_parse_text(const char *text, size_t length, struct json_object **ret_value);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for json-c: adding with one error path, and reading with a type check.
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

struct arena;

static inline void cleanup_json(struct json_object **object)
{
	(void)json_object_put(*object);
}

#define _cleanup_json_ _cleanup_(cleanup_json)

/* Takes ownership of @value, also on failure; a NULL @value is a failed allocation. */
int json_add(struct json_object *object, const char *key, struct json_object *value);
int json_append(struct json_object *array, struct json_object *value);

/* Takes a reference of its own to @value, which stays the caller's; NULL is JSON's null. */
int json_append_shared(struct json_object *array, struct json_object *value);

/* The same with each element of another array. */
int json_append_all(struct json_object *array, struct json_object *more);

/* Adds nothing when @text is NULL. */
int json_add_string(struct json_object *object, const char *key, const char *text);
int json_add_u64(struct json_object *object, const char *key, uint64_t number);
int json_add_int(struct json_object *object, const char *key, int64_t number);
int json_add_bool(struct json_object *object, const char *key, bool value);

int json_get_string(struct json_object *object, const char *key, const char **ret_text);
/* As json_get_string(), for a caller that needs the text as a C string: -EINVAL also when the key
 * is absent, and when the text holds a NUL. */
int json_get_text(struct json_object *object, const char *key, const char **ret_text);
/* As json_get_text(), into an arena that owns the copy; also -ENOMEM. */
int json_copy_text(struct json_object *object, const char *key, struct arena *arena,
		   const char **ret_text);
int json_get_u64(struct json_object *object, const char *key, uint64_t *ret_number);
int json_get_int(struct json_object *object, const char *key, int *ret_number);
int json_get_bool(struct json_object *object, const char *key, bool *ret_value);
int json_get_array(struct json_object *object, const char *key, struct json_object **ret_array);
int json_get_object(struct json_object *object, const char *key, struct json_object **ret_object);

/*
 * How many objects and arrays a text may hold. json-c makes 800 bytes of an empty object, of which
 * the text has two; every other value takes some tens of times its text at most. So containers are
 * counted before json-c sees the text. A text may have JSON_CONTAINERS_FREE of them whatever its
 * size, and one more for each JSON_BYTES_PER_CONTAINER. The densest documents in use (claims of
 * many memdevs by serial number) have fewer.
 */
#define JSON_CONTAINERS_FREE	 ((size_t)32 * 1024)
#define JSON_BYTES_PER_CONTAINER 24

/** json_containers_max() - objects and arrays that a text of @length bytes may hold */
size_t json_containers_max(size_t length);

/** json_count_containers() - the objects and arrays in a text of JSON; brackets in strings don't
 * count */
size_t json_count_containers(const char *text, size_t length);

/**
 * json_find_misread() - finds what json-c reads, and reads otherwise than JSON has it
 *
 * Texts in single quotes and comments, which would hide brackets from who counts them; and whole
 * numbers without a place in 64 bits, which json-c makes other numbers of.
 *
 * Return: the offset of the first; @length when there is none.
 */
size_t json_find_misread(const char *text, size_t length);

/**
 * json_parse_text() - parses exactly one JSON object or array
 * @text: @length bytes, not necessarily terminated
 *
 * Return: 0; -EINVAL for any other text (a depth above 32, bad UTF-8, a key twice in one object,
 * NaN or Infinity, something behind the value, what json_find_misread() finds); -E2BIG for more
 * than json_containers_max(); -ENOMEM.
 */
int json_parse_text(const char *text, size_t length, struct json_object **ret_value);

/* Parsing in parts, for a caller that may not take long at a time. */
struct json_parse;

/**
 * json_parse_begin() - begins to parse a text
 * @text: must outlive the parse
 *
 * Return: as json_parse_text().
 */
int json_parse_begin(const char *text, size_t length, struct json_parse **ret_parse);

/**
 * json_parse_some() - parses about so many bytes more
 *
 * Return: 1 while there is more to parse; otherwise as json_parse_text().
 */
int json_parse_some(struct json_parse *parse, size_t bytes, struct json_object **ret_value);

/** json_parse_end() - frees a parse, finished or not; accepts NULL */
void json_parse_end(struct json_parse *parse);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What json-c leaves to every caller. Pure.
 */
#include "util/json.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

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

int json_append_shared(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, json_object_get(value)) < 0) {
		(void)json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int json_append_all(struct json_object *array, struct json_object *more)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_object_array_length(more); i++)
		rc = json_append_shared(array, json_object_array_get_idx(more, i));
	return rc;
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

int json_copy_text(struct json_object *object, const char *key, struct arena *arena,
		   const char **ret_text)
{
	const char *text;
	int rc = json_get_text(object, key, &text);

	if (rc < 0)
		return rc;
	*ret_text = arena_strdup(arena, text);
	return *ret_text ? 0 : -ENOMEM;
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

/* ---- parsing ---- */

struct json_parse {
	struct json_tokener *tokener;
	const char *text;
	size_t length, at;
	size_t colons; /* of members */
};

size_t json_containers_max(size_t length)
{
	return JSON_CONTAINERS_FREE + length / JSON_BYTES_PER_CONTAINER;
}

/* The end of the number that begins at @at; sets whether a 64-bit integer has room for it. */
static size_t number_end(const char *text, size_t length, size_t at, bool *ret_fits)
{
	static const char least[] = "9223372036854775808", most[] = "18446744073709551615";
	const char *limit = text[at] == '-' ? least : most;
	const size_t begin = at + (text[at] == '-');
	size_t end = begin;

	while (end < length && isdigit((unsigned char)text[end]))
		end++;
	/* The texts of fractions and powers are kept. */
	*ret_fits = (end < length && (text[end] == '.' || text[end] == 'e' || text[end] == 'E')) ||
		    end - begin < strlen(limit) ||
		    (end - begin == strlen(limit) && memcmp(text + begin, limit, end - begin) <= 0);
	while (end < length && (isalnum((unsigned char)text[end]) || strchr(".+-", text[end])))
		end++;
	return end;
}

struct marks {
	size_t containers, colons;
	size_t misread; /* the place of what json-c reads otherwise than JSON has it */
};

/* Counts the marks of a text of JSON; marks in strings don't count. */
static struct marks count_marks(const char *text, size_t length)
{
	struct marks marks = { .misread = length };
	bool quoted = false, fits = true;

	for (size_t i = 0; i < length; i++) {
		const unsigned char c = (unsigned char)text[i];
		const size_t begin = i;

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			i += c == '\\';
		else if (c == '{' || c == '[')
			marks.containers++;
		else if (c == ':')
			marks.colons++;
		else if (c == '-' || isdigit(c))
			i = number_end(text, length, i, &fits) - 1;
		if (marks.misread == length && !quoted && (c == '\'' || c == '/' || !fits))
			marks.misread = begin;
	}
	return marks;
}

size_t json_find_misread(const char *text, size_t length)
{
	return count_marks(text, length).misread;
}

size_t json_count_containers(const char *text, size_t length)
{
	return count_marks(text, length).containers;
}

int json_parse_begin(const char *text, size_t length, struct json_parse **ret_parse)
{
	struct json_parse *parse;
	struct marks marks;

	if (length > INT_MAX)
		return -EINVAL;
	marks = count_marks(text, length);
	if (marks.containers > json_containers_max(length))
		return -E2BIG;
	if (marks.misread < length)
		return -EINVAL;
	parse = calloc(1, sizeof(*parse));
	if (!parse)
		return -ENOMEM;
	*parse = (struct json_parse){ .tokener = json_tokener_new_ex(JSON_DEPTH_MAX),
				      .text = text,
				      .length = length,
				      .colons = marks.colons };
	if (!parse->tokener) {
		free(parse);
		return -ENOMEM;
	}
	/* Not JSON_TOKENER_STRICT, which refuses every text that is not ASCII (json-c 0.18). */
	json_tokener_set_flags(parse->tokener, JSON_TOKENER_VALIDATE_UTF8);
	*ret_parse = parse;
	return 0;
}

void json_parse_end(struct json_parse *parse)
{
	if (!parse)
		return;
	json_tokener_free(parse->tokener);
	free(parse);
}

/* The end of the next part, which has about @bytes: json-c accepts no half characters. */
static size_t cut(const struct json_parse *parse, size_t bytes)
{
	size_t end = parse->length;

	if (bytes < parse->length - parse->at)
		end = parse->at + bytes;
	while (end < parse->length && ((unsigned char)parse->text[end] & 0xc0) == 0x80)
		end++;
	return end;
}

/* Checks that the text is one object or array, with nothing but blanks behind the value. */
static int check_value(struct json_parse *parse, struct json_object *value)
{
	if (json_tokener_get_error(parse->tokener) != json_tokener_success ||
	    (!json_object_is_type(value, json_type_object) &&
	     !json_object_is_type(value, json_type_array)))
		return -EINVAL;
	for (; parse->at < parse->length; parse->at++)
		if (!isspace((unsigned char)parse->text[parse->at]))
			return -EINVAL;
	return 0;
}

int json_parse_some(struct json_parse *parse, size_t bytes, struct json_object **ret_value)
{
	const size_t end = cut(parse, bytes);
	struct json_object *value = json_tokener_parse_ex(parse->tokener, parse->text + parse->at,
							  (int)(end - parse->at));
	int rc;

	if (end < parse->length &&
	    json_tokener_get_error(parse->tokener) == json_tokener_continue) {
		parse->at = end;
		return 1;
	}
	parse->at += json_tokener_get_parse_end(parse->tokener);
	rc = check_value(parse, value);
	if (rc < 0)
		(void)json_object_put(value);
	else
		*ret_value = value;
	return rc;
}

/* No deeper than JSON_DEPTH_MAX. */
static size_t count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			count += 1 + count_members(member);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	}
	return count;
}

/* NULL without memory: then nobody can say that the number is one. */
static bool is_odd_text(const char *text)
{
	return !text || strpbrk(text, "nN");
}

/* json-c reads NaN and Infinity, and writes them as it has read them: other readers refuse that. */
static bool has_odd_number(struct json_object *value)
{
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			if (has_odd_number(member))
				return true;
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			if (has_odd_number(json_object_array_get_idx(value, i)))
				return true;
	}
	return json_object_is_type(value, json_type_double) &&
	       is_odd_text(json_object_get_string(value));
}

int json_parse_text(const char *text, size_t length, struct json_object **ret_value)
{
	struct json_object *value = NULL;
	struct json_parse *parse;
	size_t colons;
	int rc = json_parse_begin(text, length, &parse);

	if (rc < 0)
		return rc;
	colons = parse->colons;
	rc = json_parse_some(parse, length, &value);
	json_parse_end(parse);
	/* Of a key that stands there twice json-c keeps the last value, without a word. */
	if (rc == 0 && (count_members(value) != colons || has_odd_number(value))) {
		(void)json_object_put(value);
		rc = -EINVAL;
	}
	if (rc == 0)
		*ret_value = value;
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The members of a claim in JSON. Pure.
 */
#include "daemon/claim/claim-field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "util/json.h"

/* ---- written ---- */

const char *claim_word_of(const struct claim_word *words, int value)
{
	while (words->name && words->value != value)
		words++;
	return words->name;
}

int claim_add_above(struct json_object *object, const char *key, int number, int none)
{
	return number > none ? json_add_int(object, key, number) : 0;
}

int claim_add_known(struct json_object *object, const char *key, uint64_t number)
{
	return number == UINT64_MAX ? 0 : json_add_u64(object, key, number);
}

int claim_add_true(struct json_object *object, const char *key, bool value)
{
	return value ? json_add_bool(object, key, true) : 0;
}

/* ---- read ---- */

bool claim_has(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && value;
}

static bool is_plain(const char *text, size_t length)
{
	if (length == 0 || length > CLAIM_TEXT_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

static int read_text(const struct claim_reader *reader, const char *key, struct json_object *value,
		     const char **ret_text)
{
	if (!json_object_is_type(value, json_type_string))
		return CLAIM_REFUSE(reader,
				    "write a text; put it in quotes if it looks like a number",
				    "\"%s\" is not a text", key);
	if (!is_plain(json_object_get_string(value), (size_t)json_object_get_string_len(value)))
		return CLAIM_REFUSE(reader, "write 1 to 255 printable characters of ASCII",
				    "\"%s\" is not a short plain text", key);
	*ret_text = arena_strdup(&reader->claim->arena, json_object_get_string(value));
	return *ret_text ? 0 : -ENOMEM;
}

static int read_number(const struct claim_reader *reader, const struct claim_field *field,
		       struct json_object *value, uint64_t *ret_number)
{
	char hint[96];
	uint64_t number;

	(void)snprintf(hint, sizeof(hint), "write a whole number from %" PRIu64 " to %" PRIu64,
		       field->least, field->most);
	if (!json_object_is_type(value, json_type_int))
		return CLAIM_REFUSE(reader, hint, "\"%s\" is not a whole number", field->key);
	number = json_object_get_uint64(value);
	/* json-c makes 0 of a negative number: the signed reading tells the number from 0. */
	if (json_object_get_int64(value) < 0 || number < field->least || number > field->most)
		return CLAIM_REFUSE(reader, hint, "\"%s\" is out of range", field->key);
	*ret_number = number;
	return 0;
}

static int read_int(const struct claim_reader *reader, const struct claim_field *field,
		    struct json_object *value, int *ret_number)
{
	uint64_t number;
	int rc = read_number(reader, field, value, &number);

	if (rc == 0)
		*ret_number = (int)number;
	return rc;
}

static int read_flag(const struct claim_reader *reader, const char *key, struct json_object *value,
		     bool *ret_flag)
{
	if (!json_object_is_type(value, json_type_boolean))
		return CLAIM_REFUSE(reader, "write true or false",
				    "\"%s\" is neither true nor false", key);
	*ret_flag = json_object_get_boolean(value);
	return 0;
}

/* @ret_value: an enum, which is as wide as an int. json-c says 0 for the length of a value that is
 * no string. */
static int read_word(const struct claim_reader *reader, const struct claim_field *field,
		     struct json_object *value, void *ret_value)
{
	const char *text = json_object_get_string(value);
	char hint[96] = "write";

	for (const struct claim_word *word = field->words; word->name; word++) {
		const size_t used = strlen(hint);

		if (strlen(word->name) == (size_t)json_object_get_string_len(value) &&
		    strcmp(word->name, text) == 0) {
			memcpy(ret_value, &word->value, sizeof(word->value));
			return 0;
		}
		(void)snprintf(hint + used, sizeof(hint) - used, "%s %s",
			       word > field->words ? " or" : "", word->name);
	}
	return CLAIM_REFUSE(reader, hint, "\"%s\" has a value that is not allowed", field->key);
}

static int read_uuid(const struct claim_reader *reader, const char *key, struct json_object *value,
		     const char **ret_text)
{
	char text[UUID_STR_LEN];
	uuid_t uuid;

	if (json_object_get_string_len(value) != UUID_STR_LEN - 1 ||
	    uuid_parse(json_object_get_string(value), uuid) < 0 || uuid_is_null(uuid))
		return CLAIM_REFUSE(reader, "make one with uuidgen", "\"%s\" is not a UUID", key);
	uuid_unparse_lower(uuid, text);
	*ret_text = arena_strdup(&reader->claim->arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

static int read_field(const struct claim_reader *reader, const struct claim_field *field,
		      struct json_object *value, void *target)
{
	void *place = (char *)target + field->offset;

	switch (field->kind) {
	case CLAIM_FIELD_TEXT:
		return read_text(reader, field->key, value, place);
	case CLAIM_FIELD_NUMBER:
		return read_number(reader, field, value, place);
	case CLAIM_FIELD_INT:
		return read_int(reader, field, value, place);
	case CLAIM_FIELD_FLAG:
		return read_flag(reader, field->key, value, place);
	case CLAIM_FIELD_WORD:
		return read_word(reader, field, value, place);
	case CLAIM_FIELD_UUID:
		return read_uuid(reader, field->key, value, place);
	case CLAIM_FIELD_OTHER:
		return field->read(reader, field, value, place);
	}
	return -EINVAL;
}

/* ---- objects ---- */

static int refuse_key(const struct claim_reader *reader, const char *what, const char *key)
{
	/* A part of a name could end in the middle of a character. */
	if (strlen(key) > CLAIM_NAME_MAX || !is_plain(key, strlen(key)))
		return CLAIM_REFUSE(reader, "leave it out", "%s has a member with an invalid name",
				    what);
	return CLAIM_REFUSE(reader, "look for a misspelling, or leave the member out",
			    "%s has no member \"%s\"", what, key);
}

/* @ret_place: of the struct that the field belongs to */
static const struct claim_field *find_field(const struct claim_target *targets, size_t count,
					    const char *key, void **ret_place)
{
	for (size_t i = 0; i < count; i++)
		for (const struct claim_field *field = targets[i].fields; field->key; field++)
			if (strcmp(field->key, key) == 0) {
				*ret_place = targets[i].place;
				return field;
			}
	return NULL;
}

int claim_read_object(const struct claim_reader *reader, const char *what,
		      struct json_object *object, const struct claim_target *targets, size_t count)
{
	if (!json_object_is_type(object, json_type_object))
		return CLAIM_REFUSE(reader, "write an object with its members",
				    "%s is not an object", what);
	json_object_object_foreach(object, key, value)
	{
		void *place;
		const struct claim_field *field = find_field(targets, count, key, &place);
		int rc;

		if (!field)
			return refuse_key(reader, what, key);
		rc = value ? read_field(reader, field, value, place) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

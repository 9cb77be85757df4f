// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading one value of a document from elsewhere. Pure; called by topology-parse.c.
 */
#include "cxl/topology/topology-value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "util/json.h"

int value_refuse(const struct value_reader *reader, const char *code, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = refusal_add_va(reader->refusals, code, reader->name, NULL, format, arguments);
	va_end(arguments);
	return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
}

static int refuse_type(const struct value_reader *reader, const char *key, const char *wanted)
{
	return value_refuse(reader, "malformed", "\"%s\" is not %s", key, wanted);
}

static bool get(const struct value_reader *reader, const char *key, struct json_object **value)
{
	return json_object_object_get_ex(reader->object, key, value) && *value;
}

/* The texts of -u: an address in hexadecimal is exact, a size in MiB is rounded. */
static int number_of_text(const struct value_reader *reader, const char *key, const char *text,
			  uint64_t *result)
{
	uint64_t number;
	char *end;
	int rc;

	if (isdigit((unsigned char)*text)) {
		errno = 0;
		number = strtoull(text, &end, 0);
		if (*end == '\0' && errno == 0) {
			*result = number;
			return 0;
		}
		if (strstr(text, "iB") && strlen(text) < 64) {
			rc = refusal_add(reader->refusals, "rounded-size", reader->name,
					 "run cxl list -vvv without -u",
					 "\"%s\" is rounded for people", key);
			return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
		}
	}
	return refuse_type(reader, key, "a number");
}

int value_number(const struct value_reader *reader, const char *key, uint64_t *result)
{
	struct json_object *value;

	if (!get(reader, key, &value))
		return 0;
	if (json_object_is_type(value, json_type_string))
		return number_of_text(reader, key, json_object_get_string(value), result);
	if (!json_object_is_type(value, json_type_int))
		return refuse_type(reader, key, "a number");
	if (json_object_get_int64(value) < 0)
		return refusal_add(reader->refusals, "odd-number", reader->name, NULL,
				   "\"%s\" is negative and taken as unknown", key);
	*result = json_object_get_uint64(value);
	return 0;
}

int value_int(const struct value_reader *reader, const char *key, int min, int max, int *result)
{
	uint64_t number = UINT64_MAX;
	struct json_object *value;
	int rc;

	if (!get(reader, key, &value))
		return 0;
	rc = value_number(reader, key, &number);
	if (rc || number == UINT64_MAX)
		return rc;
	if (number > (uint64_t)max || (min > 0 && number < (uint64_t)min))
		return value_refuse(reader, "out-of-range", "\"%s\" is %" PRIu64 ", not %d to %d",
				    key, number, min, max);
	*result = (int)number;
	return 0;
}

int value_bool(const struct value_reader *reader, const char *key, bool *result)
{
	struct json_object *value;

	if (!get(reader, key, &value))
		return 0;
	if (!json_object_is_type(value, json_type_boolean))
		return refuse_type(reader, key, "true or false");
	*result = json_object_get_boolean(value);
	return 0;
}

/* Names come to terminals and, as a plan's steps, to sysfs paths. */
static bool is_plain(const char *text, size_t length)
{
	if (length > TOPOLOGY_TEXT_MAX || strlen(text) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

int value_text(const struct value_reader *reader, const char *key, const char **result)
{
	struct json_object *value;
	const char *text;

	if (!get(reader, key, &value))
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return refuse_type(reader, key, "a text");
	text = json_object_get_string(value);
	if (!is_plain(text, (size_t)json_object_get_string_len(value)))
		return refuse_type(reader, key, "a short text of printable ASCII");
	/* A device may have a firmware version of no letters. */
	if (*text == '\0')
		return 0;
	text = arena_strdup(reader->arena, text);
	if (!text)
		return -ENOMEM;
	*result = text;
	return 0;
}

/* No leading zeros: each number has one spelling, so each object has one name. */
static const char *skip_number(const char *text)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > 9 || (length > 1 && *text == '0'))
		return NULL;
	return text + length;
}

static bool is_kernel_name(const char *name, const char *prefix, bool two_numbers)
{
	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	name = skip_number(name + strlen(prefix));
	if (name && two_numbers)
		name = *name == '.' ? skip_number(name + 1) : NULL;
	return name && *name == '\0';
}

int value_name(const struct value_reader *reader, const char *key, const char *prefix,
	       bool two_numbers, const char **result)
{
	const char *name = NULL;
	int rc = value_text(reader, key, &name);

	if (rc)
		return rc;
	if (!name || !is_kernel_name(name, prefix, two_numbers))
		return value_refuse(reader, "bad-name", "\"%s\" is not of the form %s%s", key,
				    prefix, two_numbers ? "X.Y" : "N");
	*result = name;
	return 0;
}

int value_array(const struct value_reader *reader, const char *key, struct json_object **result)
{
	*result = NULL;
	if (!get(reader, key, result))
		return 0;
	if (json_object_is_type(*result, json_type_array))
		return 0;
	*result = NULL;
	return refuse_type(reader, key, "a list");
}

int value_object(const struct value_reader *reader, const char *key, struct json_object **result)
{
	*result = NULL;
	if (!get(reader, key, result))
		return 0;
	if (json_object_is_type(*result, json_type_object))
		return 0;
	*result = NULL;
	return refuse_type(reader, key, "an object");
}

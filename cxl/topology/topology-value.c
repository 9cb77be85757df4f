// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading one value of a document of another machine. Pure; called by topology-parse.c.
 */
#include "cxl/topology/topology-value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "util/array.h"
#include "util/json.h"

const struct kind_name kind_of_buses = { "bus", "root", false };
const struct kind_name kind_of_ports = { "port", "port", false };
const struct kind_name kind_of_endpoints = { "endpoint", "endpoint", false };
const struct kind_name kind_of_memdevs = { "memdev", "mem", false };
const struct kind_name kind_of_decoders = { "decoder", "decoder", true };
const struct kind_name kind_of_regions = { "region", "region", false };
const struct kind_name kind_of_dax_devices = { "chardev", "dax", true };

int value_refuse(const struct value_reader *reader, const char *code, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = refusal_add_va(reader->refusals, code, reader->name, NULL, format, arguments);
	va_end(arguments);
	return rc ? rc : TOPOLOGY_JSON_E_REFUSED;
}

int value_lose(const struct value_reader *reader, const char *code, const char *hint,
	       const char *format, ...)
{
	va_list arguments;
	int rc;

	reader->losses->parts |= reader->part;
	if (reader->losses->count++ >= VALUE_LOSSES_TOLD)
		return 0;
	reader->losses->parts_of[reader->losses->count - 1] = reader->part;
	va_start(arguments, format);
	rc = refusal_add_va(reader->refusals, code, reader->name, hint, format, arguments);
	va_end(arguments);
	return rc;
}

int value_tell_losses(const struct value_reader *reader)
{
	size_t count = reader->losses->count;

	if (count <= VALUE_LOSSES_TOLD)
		return 0;
	return refusal_add(reader->refusals, "odd-value", NULL, NULL,
			   "%zu more values are not understood and taken as unknown",
			   count - VALUE_LOSSES_TOLD);
}

static int lose_type(const struct value_reader *reader, const char *key, const char *wanted)
{
	return value_lose(reader, "odd-value", NULL, "\"%s\" is not %s and taken as unknown", key,
			  wanted);
}

static bool get(const struct value_reader *reader, const char *key, struct json_object **value)
{
	return json_object_object_get_ex(reader->object, key, value);
}

/* Reads a text of -u: an address in hexadecimal is exact, a size in MiB is rounded. */
static int number_of_text(const struct value_reader *reader, const char *key, const char *text,
			  uint64_t *result)
{
	uint64_t number;
	char *end;

	*result = TOPO_UNKNOWN;
	if (isdigit((unsigned char)*text)) {
		errno = 0;
		number = strtoull(text, &end, 0);
		if (*end == '\0' && errno == 0) {
			*result = number;
			return 0;
		}
		if (strstr(text, "iB") && strlen(text) < 64)
			return value_lose(reader, "rounded-size", "run cxl list -vvv without -u",
					  "\"%s\" is rounded for people and taken as unknown", key);
	}
	return lose_type(reader, key, "a number");
}

int value_number(const struct value_reader *reader, const char *key, uint64_t *result)
{
	struct json_object *value;

	if (!get(reader, key, &value))
		return 0;
	if (json_object_is_type(value, json_type_string))
		return number_of_text(reader, key, json_object_get_string(value), result);
	*result = TOPO_UNKNOWN;
	if (!json_object_is_type(value, json_type_int))
		return lose_type(reader, key, "a number");
	if (json_object_get_int64(value) < 0)
		return value_lose(reader, "odd-number", NULL,
				  "\"%s\" is negative and taken as unknown", key);
	*result = json_object_get_uint64(value);
	return 0;
}

int value_int(const struct value_reader *reader, const char *key, int min, int max, int *result)
{
	uint64_t number = UINT64_MAX;
	int rc = value_number(reader, key, &number);

	if (rc || number == UINT64_MAX)
		return rc;
	if (number > (uint64_t)max || (min > 0 && number < (uint64_t)min))
		return value_lose(reader, "odd-number", NULL,
				  "\"%s\" is %" PRIu64 ", not %d to %d, and taken as unknown", key,
				  number, min, max);
	*result = (int)number;
	return 0;
}

int value_bool(const struct value_reader *reader, const char *key, bool *result)
{
	struct json_object *value;

	if (!get(reader, key, &value))
		return 0;
	if (!json_object_is_type(value, json_type_boolean))
		return lose_type(reader, key, "true or false");
	*result = json_object_get_boolean(value);
	return 0;
}

/* Names are printed on terminals and, in a plan's steps, become sysfs paths. */
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
		return lose_type(reader, key, "a text");
	text = json_object_get_string(value);
	if (!is_plain(text, (size_t)json_object_get_string_len(value)))
		return lose_type(reader, key, "a short text of printable ASCII");
	/* A device may have an empty firmware version. */
	if (*text == '\0')
		return 0;
	text = arena_strdup(reader->arena, text);
	if (!text)
		return -ENOMEM;
	*result = text;
	return 0;
}

struct value_reader value_beside(const struct value_reader *reader)
{
	struct value_reader beside = *reader;

	beside.part = 0;
	return beside;
}

int value_label(const struct value_reader *reader, const char *key, const char **result)
{
	const struct value_reader label = value_beside(reader);

	return value_text(&label, key, result);
}

/* Skips a number without leading zeros, so that each object has one name. */
static const char *skip_number(const char *text)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > 9 || (length > 1 && *text == '0'))
		return NULL;
	return text + length;
}

static bool is_kernel_name(const char *name, const struct kind_name *kind)
{
	if (strncmp(name, kind->prefix, strlen(kind->prefix)) != 0)
		return false;
	name = skip_number(name + strlen(kind->prefix));
	if (name && kind->two_numbers)
		name = *name == '.' ? skip_number(name + 1) : NULL;
	return name && *name == '\0';
}

bool value_is_of_kind(struct json_object *value, const struct kind_name *kind)
{
	struct json_object *name;

	return json_object_is_type(value, json_type_object) &&
	       json_object_object_get_ex(value, kind->key, &name) &&
	       json_object_is_type(name, json_type_string) &&
	       strlen(json_object_get_string(name)) == (size_t)json_object_get_string_len(name) &&
	       is_kernel_name(json_object_get_string(name), kind);
}

const struct kind_name *value_kind(struct json_object *value)
{
	/* In this order: a decoder has the key "region", and an endpoint the key "memdev". */
	static const struct kind_name *const kinds[] = {
		&kind_of_buses,	   &kind_of_ports,   &kind_of_endpoints,
		&kind_of_decoders, &kind_of_regions, &kind_of_memdevs,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (value_is_of_kind(value, kinds[i]))
			return kinds[i];
	return NULL;
}

int value_name(const struct value_reader *reader, const struct kind_name *kind, const char **result)
{
	*result = NULL;
	if (value_is_of_kind(reader->object, kind))
		return value_text(reader, kind->key, result);
	return value_lose(reader, "odd-value", NULL,
			  "an object has no \"%s\" of the form %s%s: cxlfm only lists the object",
			  kind->key, kind->prefix, kind->two_numbers ? "X.Y" : "N");
}

int value_array(const struct value_reader *reader, const char *key, struct json_object **result)
{
	*result = NULL;
	if (!get(reader, key, result))
		return 0;
	if (json_object_is_type(*result, json_type_array))
		return 0;
	*result = NULL;
	return lose_type(reader, key, "a list");
}

int value_object(const struct value_reader *reader, const char *key, struct json_object **result)
{
	*result = NULL;
	if (!get(reader, key, result))
		return 0;
	if (json_object_is_type(*result, json_type_object))
		return 0;
	*result = NULL;
	return lose_type(reader, key, "an object");
}

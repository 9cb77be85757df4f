// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's trace events of poisoned media. Pure; called by topology-poison.c.
 *
 * The text of an event is fixed by the kernel (drivers/cxl/core/trace.h, TRACE_EVENT(cxl_poison)):
 * blanks between "name=value" pairs.
 */
#include "cxl/topology/poison-trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

#define VALUE_MAX 64

/* The value of " @name=" up to the next blank; false when the value is missing or too long. */
static bool get_value(const char *event, size_t length, const char *name, char value[VALUE_MAX])
{
	size_t name_length = strlen(name);

	for (const char *at = event; at + name_length + 1 < event + length; at++) {
		const char *start = at + 1 + name_length;
		size_t value_length;

		if (*at != ' ' || strncmp(at + 1, name, name_length) != 0 || *start != '=')
			continue;
		start++;
		value_length = strcspn(start, " \n");
		if (value_length >= VALUE_MAX || start + value_length > event + length)
			return false;
		memcpy(value, start, value_length);
		value[value_length] = '\0';
		return true;
	}
	return false;
}

static bool get_number(const char *event, size_t length, const char *name, uint64_t *number)
{
	char value[VALUE_MAX], *end;

	if (!get_value(event, length, name, value) || value[0] == '\0')
		return false;
	errno = 0;
	*number = strtoull(value, &end, 0);
	return *end == '\0' && errno == 0;
}

/* The words of cxl list for the sources. */
static const char *source_text(const char *source)
{
	return strcmp(source, "Vendor") == 0 ? "Vendor Specific" : source;
}

/* The kernel writes "More|Overflow", cxl "More,Overflow,", with the flags in an order of its own.
 */
static int add_flags(struct json_object *object, const char *flags)
{
	static const char *const order[] = { "More", "Scanning", "Overflow" };
	char text[sizeof("More,Scanning,Overflow,")] = "";

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (strstr(flags, order[i])) {
			size_t used = strlen(text);

			(void)snprintf(text + used, sizeof(text) - used, "%s,", order[i]);
		}
	return text[0] == '\0' ? 0 : json_add_string(object, "flags", text);
}

/*
 * Adds the region that uses the media, and the host address of the media, which no other value
 * tells.
 */
static int add_region(struct json_object *object, const char *event, size_t length)
{
	char region[VALUE_MAX];
	uint64_t hpa;

	if (!get_value(event, length, "region", region) || region[0] == '\0' ||
	    !get_number(event, length, "hpa", &hpa) || hpa == UINT64_MAX)
		return 0;
	if (json_add_string(object, "region", region))
		return -ENOMEM;
	return json_add_u64(object, "hpa", hpa);
}

static int append_error(struct json_object *errors, const char *event, size_t length)
{
	_cleanup_json_ struct json_object *object = NULL;
	char source[VALUE_MAX], flags[VALUE_MAX] = "";
	uint64_t dpa, size, time;

	if (!get_number(event, length, "dpa", &dpa) ||
	    !get_number(event, length, "dpa_length", &size) ||
	    !get_value(event, length, "source", source))
		return 0;
	(void)get_value(event, length, "flags", flags);
	object = json_object_new_object();
	if (!object || json_add_u64(object, "offset", dpa) ||
	    json_add_u64(object, "length", size) ||
	    json_add_string(object, "source", source_text(source)) || add_flags(object, flags))
		return -ENOMEM;
	if (strstr(flags, "Overflow") && get_number(event, length, "overflow_time", &time) &&
	    json_add_u64(object, "overflow_t", time))
		return -ENOMEM;
	return add_region(object, event, length) ? -ENOMEM : json_append(errors, TAKE_PTR(object));
}

/* Other processes may ask for another memdev's list, or inject poison, at the same time. */
static bool is_listed(const char *event, size_t length, const char *memdev)
{
	char value[VALUE_MAX];

	return get_value(event, length, "memdev", value) && strcmp(value, memdev) == 0 &&
	       get_value(event, length, "trace_type", value) && strcmp(value, "List") == 0;
}

int poison_trace_parse(const char *text, const char *memdev, struct json_object **ret_errors)
{
	static const char marker[] = " cxl_poison:";
	_cleanup_json_ struct json_object *errors = json_object_new_array();

	if (!errors)
		return -ENOMEM;
	while (*text) {
		size_t length = strcspn(text, "\n");
		const char *event = memmem(text, length, marker, strlen(marker));

		if (event) {
			size_t rest;

			event += strlen(marker);
			rest = length - (size_t)(event - text);
			if (is_listed(event, rest, memdev) && append_error(errors, event, rest))
				return -ENOMEM;
		}
		text += length + (text[length] == '\n');
	}
	*ret_errors = TAKE_PTR(errors);
	return 0;
}

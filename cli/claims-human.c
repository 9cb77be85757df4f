// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims for people. Pure but for the time zone. In a listing of the host the daemon has made texts
 * of numbers already; claims come with plain numbers. This file makes texts of those numbers that
 * `list -u` shows as texts.
 */
#include "cli/claims-human.h"

#include <string.h>
#include <time.h>

#include "util/json.h"
#include "util/size.h"
#include "util/units.h"

static struct json_object *size_text(struct json_object *value)
{
	return units_size(json_object_get_uint64(value), true);
}

static struct json_object *hex_text(struct json_object *value)
{
	return units_hex(json_object_get_uint64(value), true);
}

/* A time that no calendar has stays a number. */
static struct json_object *time_text(struct json_object *value)
{
	const int64_t seconds = json_object_get_int64(value);
	const time_t moment = (time_t)seconds;
	char text[64];
	struct tm parts;

	if (moment != seconds || !localtime_r(&moment, &parts) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts) == 0)
		return json_object_get(value);
	return json_object_new_string(text);
}

/* The members whose numbers have a text for people, at any depth of a claim. */
static const struct {
	const char *key;
	struct json_object *(*text)(struct json_object *value);
} texts[] = {
	{ "window", hex_text },
	{ "resource", hex_text },
	{ "serial", hex_text },
	{ "since", time_text },
};

static struct json_object *text_of(const char *key, struct json_object *value)
{
	if (size_is_member(key))
		return size_text(value);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			return texts[i].text(value);
	return json_object_get(value);
}

/* A json_c_shallow_copy_fn: 2 tells json-c that the copy is complete. */
static int copy_for_people(struct json_object *value, struct json_object *parent, const char *key,
			   size_t index, struct json_object **ret_copy)
{
	if (!key || !json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return json_c_shallow_copy_default(value, parent, key, index, ret_copy);
	*ret_copy = text_of(key, value);
	return *ret_copy ? 2 : -1;
}

struct json_object *claims_humanize(struct json_object *claims)
{
	struct json_object *copy = NULL;

	return json_object_deep_copy(claims, &copy, copy_for_people) < 0 ? NULL : copy;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims for people. Pure but for the time zone. The list of the topology comes from the daemon
 * with its numbers made texts already; claims come with plain numbers, and those that `list -u`
 * would not leave plain are made texts here.
 */
#include "cli/claims-human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/json.h"
#include "util/size.h"

/* The rules are ndctl's, as in cxl/topology/topology-units.c: below this it prints the bytes. */
#define HUMAN_SIZE_MIN (UINT64_C(5000) * SIZE_KIB)
/* How many of a unit there are before the next one is taken. */
#define HUMAN_UNIT_COUNT_MAX 2048

/* Hundredths of @unit, rounded half up. */
static uint64_t hundredths(uint64_t bytes, uint64_t unit)
{
	return (uint64_t)(((unsigned __int128)bytes * 200 / unit + 1) / 2);
}

/* A size in hundredths of the unit that it is best read in. */
struct scaled {
	uint64_t binary, decimal;
	char prefix;
};

static struct scaled scale(uint64_t bytes)
{
	uint64_t unit = SIZE_MIB, decimal_unit = 1000000;
	const char *prefix = "MGT";

	for (; bytes >= HUMAN_UNIT_COUNT_MAX * unit && prefix[1]; prefix++) {
		unit *= 1024;
		decimal_unit *= 1000;
	}
	return (struct scaled){ hundredths(bytes, unit), hundredths(bytes, decimal_unit), *prefix };
}

const char *claim_size_format(uint64_t bytes, char text[static CLAIM_SIZE_TEXT_MAX])
{
	const struct scaled scaled = scale(bytes);

	if (bytes < HUMAN_SIZE_MIN)
		(void)snprintf(text, CLAIM_SIZE_TEXT_MAX, "%" PRIu64 " bytes", bytes);
	else
		(void)snprintf(text, CLAIM_SIZE_TEXT_MAX, "%" PRIu64 ".%02" PRIu64 " %ciB",
			       scaled.binary / 100, scaled.binary % 100, scaled.prefix);
	return text;
}

static struct json_object *size_text(struct json_object *value)
{
	const uint64_t bytes = json_object_get_uint64(value);
	const struct scaled scaled = scale(bytes);
	char binary[CLAIM_SIZE_TEXT_MAX], text[96];

	if (bytes < HUMAN_SIZE_MIN)
		return json_object_get(value);
	(void)snprintf(text, sizeof(text), "%s (%" PRIu64 ".%02" PRIu64 " %cB)",
		       claim_size_format(bytes, binary), scaled.decimal / 100, scaled.decimal % 100,
		       scaled.prefix);
	return json_object_new_string(text);
}

/* 0 goes without the prefix, as with ndctl. */
static struct json_object *hex_text(struct json_object *value)
{
	char text[sizeof("0x") + 16];

	(void)snprintf(text, sizeof(text), "%#" PRIx64, json_object_get_uint64(value));
	return json_object_new_string(text);
}

/* What no calendar has stays the number that it is. */
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

/* The numbers that have a text for people, wherever in a claim they are. */
static const struct {
	const char *key;
	struct json_object *(*text)(struct json_object *value);
} texts[] = {
	{ "size", size_text },	{ "window", hex_text }, { "resource", hex_text },
	{ "serial", hex_text }, { "since", time_text },
};

/* A json_c_shallow_copy_fn: 2 says that the copy is complete as it is. */
static int copy_for_people(struct json_object *value, struct json_object *parent, const char *key,
			   size_t index, struct json_object **ret_copy)
{
	if (key && json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0)
		for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
			if (strcmp(texts[i].key, key) == 0) {
				*ret_copy = texts[i].text(value);
				return *ret_copy ? 2 : -1;
			}
	return json_c_shallow_copy_default(value, parent, key, index, ret_copy);
}

struct json_object *claims_humanize(struct json_object *claims)
{
	struct json_object *copy = NULL;

	return json_object_deep_copy(claims, &copy, copy_for_people) < 0 ? NULL : copy;
}

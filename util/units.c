// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes and addresses in JSON. Pure.
 *
 * Scripts compare the texts of `cxl list -u`, so the rounding is ndctl's: hundredths of a unit,
 * rounded half up, in the unit below 2,048 of it.
 */
#include "util/units.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "util/size.h"

/* Below this, ndctl prints the bytes. */
#define HUMAN_SIZE_MIN (UINT64_C(5000) * SIZE_KIB)

#define TIB (SIZE_GIB << 10)

struct unit {
	uint64_t below;
	uint64_t binary, decimal;
	char prefix;
};

static const struct unit units[] = {
	{ 2 * SIZE_GIB, SIZE_MIB, UINT64_C(1000000), 'M' },
	{ 2 * TIB, SIZE_GIB, UINT64_C(1000000000), 'G' },
	{ UINT64_MAX, TIB, UINT64_C(1000000000000), 'T' },
};

/* Hundredths of @unit, rounded half up: (2 * 100 * bytes / unit + 1) / 2 */
static uint64_t hundredths_binary(uint64_t bytes, uint64_t unit)
{
	unsigned __int128 doubled = (unsigned __int128)bytes * 200 / unit;

	return (uint64_t)((doubled + 1) / 2);
}

static uint64_t hundredths_decimal(uint64_t bytes, uint64_t unit)
{
	return (bytes / (unit / 200) + 1) / 2;
}

static const struct unit *unit_of(uint64_t bytes)
{
	const struct unit *unit = units;

	while (bytes >= unit->below && unit->below != UINT64_MAX)
		unit++;
	return unit;
}

const char *units_text(uint64_t bytes, char text[static UNITS_TEXT_MAX])
{
	const struct unit *unit = unit_of(bytes);
	const uint64_t binary = hundredths_binary(bytes, unit->binary);

	if (bytes < HUMAN_SIZE_MIN)
		(void)snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 " bytes", bytes);
	else
		(void)snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 ".%02" PRIu64 " %ciB", binary / 100,
			       binary % 100, unit->prefix);
	return text;
}

struct json_object *units_size(uint64_t bytes, bool human)
{
	const struct unit *unit = unit_of(bytes);
	const uint64_t decimal = hundredths_decimal(bytes, unit->decimal);
	char binary[UNITS_TEXT_MAX], text[96];

	if (!human || bytes < HUMAN_SIZE_MIN)
		return json_object_new_uint64(bytes);
	(void)snprintf(text, sizeof(text), "%s (%" PRIu64 ".%02" PRIu64 " %cB)",
		       units_text(bytes, binary), decimal / 100, decimal % 100, unit->prefix);
	return json_object_new_string(text);
}

struct json_object *units_hex(uint64_t number, bool human)
{
	char text[sizeof("0x") + 16];

	if (!human)
		return json_object_new_uint64(number);
	/* The alternate form writes 0 without the prefix, as ndctl does. */
	(void)snprintf(text, sizeof(text), "%#" PRIx64, number);
	return json_object_new_string(text);
}

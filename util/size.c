// SPDX-License-Identifier: GPL-2.0-only
/*
 * Byte sizes as people write and read them. Pure.
 */
#include "util/size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char units[] = "\0KMGTP";

/* The number of a unit (K is 1, no unit is 0); advances @text past "K", "KB" or "KiB". */
static int parse_unit(const char **text)
{
	const char *unit;

	if (**text == '\0')
		return 0;
	unit = memchr(units + 1, toupper((unsigned char)**text), sizeof(units) - 2);
	if (!unit)
		return -EINVAL;
	(*text)++;
	if ((*text)[0] == 'i' && (*text)[1] == 'B')
		*text += 2;
	else if ((*text)[0] == 'B')
		(*text)++;
	return (int)(unit - units);
}

int size_parse(const char *text, uint64_t *ret_bytes)
{
	uint64_t bytes;
	char *digits_end;
	const char *rest;
	int unit;

	/* strtoull() would take a sign and leading blanks. */
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	bytes = strtoull(text, &digits_end, 0);
	if (errno == ERANGE)
		return -ERANGE;
	rest = digits_end;
	unit = parse_unit(&rest);
	if (unit < 0 || *rest != '\0')
		return -EINVAL;
	if (unit && bytes > UINT64_MAX >> (10 * unit))
		return -ERANGE;
	*ret_bytes = bytes << (10 * unit);
	return 0;
}

const char *size_format(uint64_t bytes, char text[static SIZE_TEXT_MAX])
{
	unsigned int unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < sizeof(units) - 2) {
		bytes /= 1024;
		unit++;
	}
	if (unit)
		(void)snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 "%c", bytes, units[unit]);
	else
		(void)snprintf(text, SIZE_TEXT_MAX, "%" PRIu64, bytes);
	return text;
}

bool size_is_member(const char *name)
{
	const size_t length = strlen(name), end = strlen("_size");

	return strcmp(name, "size") == 0 ||
	       (length > end && strcmp(name + length - end, "_size") == 0);
}

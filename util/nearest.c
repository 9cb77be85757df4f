// SPDX-License-Identifier: GPL-2.0-only
/*
 * The distance of Damerau and Levenshtein, in the variant that touches no letter twice ("optimal
 * string alignment"). Pure.
 */
#include "util/nearest.h"

#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Both texts have at most NEAREST_LENGTH_MAX letters. */
static size_t distance_of(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t d[NEAREST_LENGTH_MAX + 1][NEAREST_LENGTH_MAX + 1];

	for (size_t i = 0; i <= a_length; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_length; i++)
		for (size_t j = 1; j <= b_length; j++) {
			const size_t mistaken = a[i - 1] != b[j - 1];

			d[i][j] = smallest(d[i - 1][j] + 1, d[i][j - 1] + 1,
					   d[i - 1][j - 1] + mistaken);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	return d[a_length][b_length];
}

struct nearest nearest_to(const char *text, size_t length)
{
	return (struct nearest){ .text = text, .length = length, .distance = 0 };
}

void nearest_consider(struct nearest *nearest, const char *name)
{
	const size_t length = strlen(name);
	size_t distance;

	if (nearest->length == 0 || nearest->length > NEAREST_LENGTH_MAX ||
	    length > NEAREST_LENGTH_MAX)
		return;
	distance = distance_of(nearest->text, nearest->length, name, length);
	if (nearest->name ? distance >= nearest->distance : distance > 1 + nearest->length / 4)
		return;
	nearest->name = name;
	nearest->distance = distance;
}

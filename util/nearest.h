/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the name that a user may have meant who mistyped one. Pure. */
#pragma once

#include <stddef.h>

/* A longer text is not taken for a mistyped name. */
#define NEAREST_LENGTH_MAX 31

struct nearest {
	const char *text; /* the typed text */
	size_t length;	  /* of the typed text */
	const char *name; /* the nearest name so far; NULL while none is near enough */
	size_t distance;  /* of @name from the typed text */
};

/**
 * nearest_to() - begins a search
 * @text: the typed text; must outlive the search
 * @length: how many of its bytes count
 */
struct nearest nearest_to(const char *text, size_t length);

/**
 * nearest_consider() - keeps a name if it is nearer than all names before
 * @name: must outlive the search
 *
 * The distance of a name is the number of typing errors that turn the name into the typed text: a
 * letter left out, a letter too many, a wrong letter, two neighbours exchanged. A name is near
 * enough with one error, and one more for each four letters of the typed text. Of names at the same
 * distance the first is kept.
 */
void nearest_consider(struct nearest *nearest, const char *name);

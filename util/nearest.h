/* SPDX-License-Identifier: GPL-2.0-only */
/* What somebody may have meant who mistyped a name. Pure. */
#pragma once

#include <stddef.h>

/* What is longer is no mistyped name. */
#define NEAREST_LENGTH_MAX 31

struct nearest {
	const char *text; /* what was typed */
	size_t length;	  /* of it */
	const char *name; /* the nearest one so far; NULL when none is near enough */
	size_t distance;  /* of that one */
};

/**
 * nearest_to() - begins a search
 * @text: what was typed; outlives the search
 * @length: how much of it
 */
struct nearest nearest_to(const char *text, size_t length);

/**
 * nearest_consider() - looks whether a name is nearer than those before
 * @name: outlives the search
 *
 * Near is a name that becomes what was typed when one letter, and one more for each four that were
 * typed, is left out, put in, mistaken, or changed with its neighbour. Of equally near ones the
 * first is kept.
 */
void nearest_consider(struct nearest *nearest, const char *name);

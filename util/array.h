/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growable array: two fields, `items` and `count`, of any struct that the user declares with
 * ARRAY(type). Growth doubles, so the capacity is a function of the count and needs no field.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define ARRAY(type)                                                                                \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count;                                                                      \
	}

int array_grow(void **items, size_t count, size_t item_size);

/*
 * Appends one item by value. The expression is 0 or -ENOMEM; on failure the array is unchanged.
 */
#define ARRAY_APPEND(array, ...)                                                                   \
	({                                                                                         \
		void *items__ = (array)->items;                                                    \
		int rc__ = array_grow(&items__, (array)->count, sizeof(*(array)->items));          \
		if (rc__ == 0) {                                                                   \
			(array)->items = items__;                                                  \
			(array)->items[(array)->count++] = (__VA_ARGS__);                          \
		}                                                                                  \
		rc__;                                                                              \
	})

#define ARRAY_FREE(array)                                                                          \
	do {                                                                                       \
		free((array)->items);                                                              \
		(array)->items = NULL;                                                             \
		(array)->count = 0;                                                                \
	} while (0)

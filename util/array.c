// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one allocation behind ARRAY_APPEND(). Pure but for the heap.
 */
#include "util/array.h"

#include <stdint.h>

/*
 * Makes room for one more item when the count is zero or a power of two: every capacity is a power
 * of two.
 */
int array_grow(void **items, size_t count, size_t item_size)
{
	size_t capacity;
	void *grown;

	if (count & (count - 1))
		return 0;
	capacity = count ? count * 2 : 1;
	if (capacity < count || capacity > SIZE_MAX / item_size)
		return -ENOMEM;
	grown = realloc(*items, capacity * item_size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	return 0;
}

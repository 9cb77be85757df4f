// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of elements of one size: fabric/cci/list.h. Pure; calls codec.h.
 */
#include "fabric/cci/list.h"

#include <errno.h>

void cci_list_count8(struct cci_cursor *cursor, struct cci_list *list, uint8_t max)
{
	uint8_t count = (uint8_t)list->count;

	if (!cci_is_reading(cursor))
		cci_bounded(cursor, list->count, max);
	cci_u8(cursor, &count);
	if (cci_is_reading(cursor))
		list->count = cci_bounded(cursor, count, max);
}

void cci_list_count16(struct cci_cursor *cursor, struct cci_list *list)
{
	uint16_t count = (uint16_t)list->count;

	if (!cci_is_reading(cursor))
		cci_bounded(cursor, list->count, UINT16_MAX);
	cci_u16(cursor, &count);
	if (cci_is_reading(cursor))
		list->count = count;
}

void cci_list_count32(struct cci_cursor *cursor, struct cci_list *list)
{
	uint32_t count = (uint32_t)list->count;

	if (!cci_is_reading(cursor))
		cci_bounded(cursor, list->count, UINT32_MAX);
	cci_u32(cursor, &count);
	if (cci_is_reading(cursor))
		list->count = count;
}

void cci_list_elements(struct cci_cursor *cursor, struct cci_list *list, size_t size)
{
	size_t bytes = 0;

	/* The product is formed of a count that fits: on 32 bits a larger one could wrap. */
	if (list->count > cci_left(cursor) / size)
		cci_poison(cursor, cci_is_reading(cursor) ? -EBADMSG : -ENOBUFS);
	else
		bytes = list->count * size;
	cci_borrow(cursor, &list->elements, bytes);
}

int cci_list_get(const struct cci_list *list, const struct cci_codec *codec, size_t index,
		 void *ret_element)
{
	size_t size;

	if (index >= list->count)
		return -ERANGE;
	size = list->elements.size / list->count;
	return cci_decode(codec, list->elements.data + index * size, size, ret_element);
}

int cci_list_put(const struct cci_codec *codec, const void *elements, size_t count, void *buffer,
		 size_t size, struct cci_list *ret_list)
{
	const char *element = elements;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		long written = cci_encode(codec, element + i * codec->size, (char *)buffer + used,
					  size - used);

		if (written < 0)
			return (int)written;
		used += (size_t)written;
	}
	*ret_list = (struct cci_list){ count, { buffer, used } };
	return 0;
}

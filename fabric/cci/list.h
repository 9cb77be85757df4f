/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list in a payload: a count, and elements of one size. The elements stay where they are in the
 * payload, and are decoded one by one: the lists of a large switch need no memory of their own. No
 * count is trusted: a list whose elements are not all there poisons the cursor. Pure; called by the
 * command sets that have lists.
 */
#pragma once

#include "fabric/cci/codec.h"

/**
 * struct cci_list - elements of one size
 * @count: number of elements; the field of the payload that counts the elements
 * @elements: the elements, borrowed: from the payload in a decoded value, from the caller's buffer
 * in a value that is to be encoded (cci_list_put())
 *
 * Elements of one byte are read out of @elements.data by their index.
 */
struct cci_list {
	size_t count;
	struct cci_bytes elements;
};

/*
 * The field that counts the elements of a list. A count above @max, or one that the field can't
 * hold, poisons the cursor (-E2BIG).
 */
void cci_list_count8(struct cci_cursor *cursor, struct cci_list *list, uint8_t max);
void cci_list_count16(struct cci_cursor *cursor, struct cci_list *list);
void cci_list_count32(struct cci_cursor *cursor, struct cci_list *list);

/**
 * cci_list_elements() - the elements of a list, whose count has been passed before
 * @size: bytes of one element
 */
void cci_list_elements(struct cci_cursor *cursor, struct cci_list *list, size_t size);

/**
 * cci_list_get() - decode one element
 * @codec: of the element
 * @index: of the element, from 0
 * @ret_element: a struct of the codec's type
 *
 * Return: 0, -ERANGE for an index past the end, or an error of cci_decode().
 */
int cci_list_get(const struct cci_list *list, const struct cci_codec *codec, size_t index,
		 void *ret_element);

/**
 * cci_list_put() - encode the elements of a list
 * @codec: of one element
 * @elements: array of @count structs of the codec's type
 * @buffer: where the elements go; has to outlive @ret_list
 *
 * Return: 0, or an error of cci_encode().
 */
int cci_list_put(const struct cci_codec *codec, const void *elements, size_t count, void *buffer,
		 size_t size, struct cci_list *ret_list);

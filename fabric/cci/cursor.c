// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cursor of fabric/cci/cursor.h. Pure; calls nothing.
 */
#include "fabric/cci/cursor.h"

#include <errno.h>
#include <string.h>

/* A reader needs bytes that are not NULL to be told from a writer, if there are no bytes, too. */
static const uint8_t no_bytes[1];

struct cci_cursor cci_reader(const void *bytes, size_t size)
{
	return (struct cci_cursor){ .from = size ? bytes : no_bytes, .size = size };
}

struct cci_cursor cci_writer(void *bytes, size_t size)
{
	return (struct cci_cursor){ .to = bytes, .size = size };
}

size_t cci_left(const struct cci_cursor *cursor)
{
	return cursor->error ? 0 : cursor->size - cursor->at;
}

void cci_poison(struct cci_cursor *cursor, int error)
{
	if (!cursor->error)
		cursor->error = error;
}

/* The offset of the next @size bytes, which are passed; or false for a poisoned cursor. */
static bool pass(struct cci_cursor *cursor, size_t size, size_t *ret_at)
{
	if (cursor->error)
		return false;
	if (size > cursor->size - cursor->at) {
		cci_poison(cursor, cci_is_reading(cursor) ? -EBADMSG : -ENOBUFS);
		return false;
	}
	*ret_at = cursor->at;
	cursor->at += size;
	return true;
}

static uint64_t number(struct cci_cursor *cursor, uint64_t value, size_t size)
{
	uint64_t result = 0;
	size_t at;

	if (!pass(cursor, size, &at))
		return 0;
	for (size_t i = 0; i < size; i++) {
		if (cci_is_reading(cursor))
			result |= (uint64_t)cursor->from[at + i] << 8 * i;
		else
			cursor->to[at + i] = (uint8_t)(value >> 8 * i);
	}
	return result;
}

void cci_u8(struct cci_cursor *cursor, uint8_t *value)
{
	uint64_t result = number(cursor, *value, sizeof(*value));

	if (cci_is_reading(cursor))
		*value = (uint8_t)result;
}

void cci_u16(struct cci_cursor *cursor, uint16_t *value)
{
	uint64_t result = number(cursor, *value, sizeof(*value));

	if (cci_is_reading(cursor))
		*value = (uint16_t)result;
}

void cci_u24(struct cci_cursor *cursor, uint32_t *value)
{
	uint64_t result;

	if (!cci_is_reading(cursor) && *value > 0xffffff)
		cci_poison(cursor, -ERANGE);
	result = number(cursor, *value, 3);
	if (cci_is_reading(cursor))
		*value = (uint32_t)result;
}

void cci_u32(struct cci_cursor *cursor, uint32_t *value)
{
	uint64_t result = number(cursor, *value, sizeof(*value));

	if (cci_is_reading(cursor))
		*value = (uint32_t)result;
}

void cci_u64(struct cci_cursor *cursor, uint64_t *value)
{
	uint64_t result = number(cursor, *value, sizeof(*value));

	if (cci_is_reading(cursor))
		*value = result;
}

void cci_nibbles(struct cci_cursor *cursor, uint8_t *low, uint8_t *high)
{
	uint8_t both = 0;

	if (!cci_is_reading(cursor)) {
		if (*low > 0xf || *high > 0xf)
			cci_poison(cursor, -ERANGE);
		both = (uint8_t)(*low | *high << 4);
	}
	cci_u8(cursor, &both);
	if (cci_is_reading(cursor)) {
		*low = both & 0xf;
		*high = both >> 4;
	}
}

void cci_low_bits(struct cci_cursor *cursor, uint8_t *value, unsigned int bits)
{
	const uint8_t mask = (uint8_t)((1u << bits) - 1);

	if (!cci_is_reading(cursor) && *value > mask)
		cci_poison(cursor, -ERANGE);
	cci_u8(cursor, value);
	if (cci_is_reading(cursor))
		*value &= mask;
}

void cci_flag(struct cci_cursor *cursor, bool *flag)
{
	uint8_t byte = *flag;

	cci_u8(cursor, &byte);
	if (cci_is_reading(cursor))
		*flag = byte & 1;
}

void cci_array(struct cci_cursor *cursor, uint8_t *bytes, size_t size)
{
	size_t at;

	if (!pass(cursor, size, &at)) {
		if (cci_is_reading(cursor))
			memset(bytes, 0, size);
	} else if (cci_is_reading(cursor)) {
		memcpy(bytes, cursor->from + at, size);
	} else {
		memcpy(cursor->to + at, bytes, size);
	}
}

void cci_reserved(struct cci_cursor *cursor, size_t size)
{
	size_t at;

	if (pass(cursor, size, &at) && !cci_is_reading(cursor))
		memset(cursor->to + at, 0, size);
}

void cci_borrow(struct cci_cursor *cursor, struct cci_bytes *bytes, size_t size)
{
	size_t at;

	if (!cci_is_reading(cursor) && bytes->size != size)
		cci_poison(cursor, -EINVAL);
	if (!pass(cursor, size, &at)) {
		if (cci_is_reading(cursor))
			*bytes = (struct cci_bytes){ 0 };
	} else if (cci_is_reading(cursor)) {
		*bytes = (struct cci_bytes){ cursor->from + at, size };
	} else if (size) {
		memmove(cursor->to + at, bytes->data, size);
	}
}

void cci_borrow_rest(struct cci_cursor *cursor, struct cci_bytes *bytes)
{
	cci_borrow(cursor, bytes, cci_is_reading(cursor) ? cci_left(cursor) : bytes->size);
}

bool cci_optional(struct cci_cursor *cursor, size_t size, bool *has)
{
	if (cci_is_reading(cursor))
		*has = !cursor->error && cci_left(cursor) >= size;
	return *has;
}

size_t cci_bounded(struct cci_cursor *cursor, size_t count, size_t max)
{
	if (count > max)
		cci_poison(cursor, -E2BIG);
	return cursor->error ? 0 : count;
}

long cci_cursor_end(const struct cci_cursor *cursor)
{
	return cursor->error ? cursor->error : (long)cursor->at;
}

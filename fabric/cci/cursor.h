/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded cursor over bytes of a message, little endian, for both directions: one function names
 * the fields of a payload in their order, and the cursor reads the fields from the bytes or writes
 * the fields into the bytes. So the reader and the writer of a payload cannot disagree; that both
 * agree with the rest of the world is shown by bytes of other programs (test/unit/fabric/cci).
 *
 * A cursor that would pass the end of its bytes poisons itself: from then on every field reads as
 * zero, nothing is written, and cci_cursor_end() tells the error. Nothing here allocates memory.
 * Called by the codecs of the command sets and by message.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cci_cursor - a place in the bytes of a message
 * @from: bytes to read; NULL in a writer
 * @to: bytes to write; NULL in a reader
 * @size: number of bytes
 * @at: offset of the next byte
 * @error: 0, or the negative errno that has poisoned the cursor
 *
 * The bytes belong to the caller, and have to outlive the cursor.
 */
struct cci_cursor {
	const uint8_t *from;
	uint8_t *to;
	size_t size;
	size_t at;
	int error;
};

/**
 * struct cci_bytes - a run of bytes that belongs to somebody else
 * @data: the bytes; a value that was decoded points into the payload that it was decoded from
 * @size: number of bytes
 */
struct cci_bytes {
	const uint8_t *data;
	size_t size;
};

struct cci_cursor cci_reader(const void *bytes, size_t size);
struct cci_cursor cci_writer(void *bytes, size_t size);

static inline bool cci_is_reading(const struct cci_cursor *cursor)
{
	return cursor->from != NULL;
}

/** cci_left() - the number of bytes that a cursor has not passed; 0 once it is poisoned. */
size_t cci_left(const struct cci_cursor *cursor);

/**
 * cci_poison() - let a codec refuse a value that cannot be
 * @error: a negative errno. The first error of a cursor stays.
 */
void cci_poison(struct cci_cursor *cursor, int error);

/*
 * Each passes one field. A reader sets *value, and sets it to zero once the cursor is poisoned; a
 * writer only reads *value.
 */
void cci_u8(struct cci_cursor *cursor, uint8_t *value);
void cci_u16(struct cci_cursor *cursor, uint16_t *value);
void cci_u24(struct cci_cursor *cursor, uint32_t *value);
void cci_u32(struct cci_cursor *cursor, uint32_t *value);
void cci_u64(struct cci_cursor *cursor, uint64_t *value);

/** cci_nibbles() - one byte with two fields of four bits. */
void cci_nibbles(struct cci_cursor *cursor, uint8_t *low, uint8_t *high);

/** cci_low_bits() - one byte of which only the lower @bits have a meaning; the others are reserved.
 */
void cci_low_bits(struct cci_cursor *cursor, uint8_t *value, unsigned int bits);

/** cci_flag() - one byte with a flag in bit 0, and seven reserved bits. */
void cci_flag(struct cci_cursor *cursor, bool *flag);

/** cci_array() - an array of bytes with a fixed size: a UUID, a name. */
void cci_array(struct cci_cursor *cursor, uint8_t *bytes, size_t size);

/** cci_reserved() - bytes without a meaning: passed in a reader, zero in a writer. */
void cci_reserved(struct cci_cursor *cursor, size_t size);

/**
 * cci_borrow() - a run of @size bytes of any content
 *
 * A reader points @bytes into its own bytes. A writer copies @bytes, whose size must be @size; they
 * may stand in the place where the writer puts them.
 */
void cci_borrow(struct cci_cursor *cursor, struct cci_bytes *bytes, size_t size);

/**
 * cci_borrow_rest() - all bytes up to the end of the payload
 *
 * A reader takes what is left; a writer copies all of @bytes.
 */
void cci_borrow_rest(struct cci_cursor *cursor, struct cci_bytes *bytes);

/**
 * cci_optional() - whether fields follow that shorter payloads lack
 * @size: bytes that these fields take
 * @has: set by a reader: whether at least @size bytes are left; obeyed by a writer
 *
 * Older revisions of the specification have shorter payloads. Fewer bytes than @size are no field.
 *
 * Return: *@has.
 */
bool cci_optional(struct cci_cursor *cursor, size_t size, bool *has);

/**
 * cci_bounded() - refuse a count of elements that the array of a struct does not hold
 * @count: the count that was read, or is to be written
 * @max: elements that the array holds
 *
 * Return: @count; 0 for a poisoned cursor, which a count above @max makes of @cursor (-E2BIG).
 */
size_t cci_bounded(struct cci_cursor *cursor, size_t count, size_t max);

/**
 * cci_cursor_end() - the end of a walk
 *
 * A reader does not mind bytes that are left: newer revisions of the specification append fields.
 *
 * Return: the number of bytes that were passed, or the negative errno of a poisoned cursor:
 * -EBADMSG for a payload that ended too early, -ENOBUFS for a buffer that was too small.
 */
long cci_cursor_end(const struct cci_cursor *cursor);

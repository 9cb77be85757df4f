// SPDX-License-Identifier: GPL-2.0-only
/*
 * CCI messages: fabric/cci/message.h. Pure; calls cursor.h.
 */
#include "fabric/cci/message.h"

#include <errno.h>

#include "fabric/cci/return-code.h"

/* The category is four bits of the first byte. */
static void walk_category(struct cci_cursor *cursor, enum cci_bit_order order, uint8_t *category)
{
	uint8_t reserved = 0;

	if (order == CCI_BITS_MIRRORED)
		cci_nibbles(cursor, &reserved, category);
	else
		cci_nibbles(cursor, category, &reserved);
}

/* Three bytes: the length, 21 bits of it, and the background bit. */
static void walk_length(struct cci_cursor *cursor, enum cci_bit_order order,
			struct cci_message *message)
{
	uint16_t low = (uint16_t)message->length;
	uint8_t high = 0;

	if (!cci_is_reading(cursor)) {
		const uint32_t bits = message->length >> 16, background = message->background;

		high = order == CCI_BITS_MIRRORED ? (uint8_t)(bits << 3 | background)
						  : (uint8_t)(bits | background << 7);
	}
	cci_u16(cursor, &low);
	cci_u8(cursor, &high);
	if (cci_is_reading(cursor)) {
		message->background = order == CCI_BITS_MIRRORED ? high & 1 : high >> 7;
		high = order == CCI_BITS_MIRRORED ? high >> 3 : high & 0x1f;
		message->length = (uint32_t)high << 16 | low;
	}
}

static void walk_header(struct cci_cursor *cursor, enum cci_bit_order order,
			struct cci_message *message)
{
	uint8_t category = (uint8_t)message->category;

	walk_category(cursor, order, &category);
	cci_u8(cursor, &message->tag);
	cci_reserved(cursor, 1);
	cci_u16(cursor, &message->opcode);
	walk_length(cursor, order, message);
	cci_u16(cursor, &message->return_code);
	cci_u16(cursor, &message->vendor_status);
	if (category != CCI_REQUEST && category != CCI_REPLY)
		cci_poison(cursor, -EBADMSG);
	message->category = category == CCI_REPLY ? CCI_REPLY : CCI_REQUEST;
}

long cci_message_encode(const struct cci_message *message, enum cci_bit_order order, void *buffer,
			size_t size)
{
	struct cci_cursor cursor = cci_writer(buffer, size);
	struct cci_message header = *message;

	if (message->payload.size > CCI_PAYLOAD_MAX)
		return -ERANGE;
	header.length = (uint32_t)message->payload.size;
	walk_header(&cursor, order, &header);
	cci_borrow_rest(&cursor, &header.payload);
	return cci_cursor_end(&cursor);
}

long cci_message_decode(const void *bytes, size_t size, enum cci_bit_order order,
			struct cci_message *ret_message)
{
	struct cci_cursor cursor = cci_reader(bytes, size);
	struct cci_message message = { 0 };

	walk_header(&cursor, order, &message);
	cci_borrow(&cursor, &message.payload, message.length);
	if (cursor.error)
		return cursor.error;
	if (message.category == CCI_REPLY && message.return_code != CCI_SUCCESS)
		message.payload.size = 0;
	*ret_message = message;
	return cci_cursor_end(&cursor);
}

enum cci_match cci_message_match(const struct cci_awaited *awaited, const void *bytes, size_t size,
				 enum cci_bit_order order, struct cci_message *ret_message)
{
	long got = cci_message_decode(bytes, size, order, ret_message);

	if (got < 0 || ((size_t)got < size && !awaited->padded))
		return CCI_MATCH_DAMAGED;
	if (ret_message->category != CCI_REPLY)
		return CCI_MATCH_REQUEST;
	if (ret_message->tag != awaited->tag)
		return CCI_MATCH_TAG;
	if (ret_message->opcode != awaited->opcode &&
	    !(awaited->zero_opcode && ret_message->opcode == 0))
		return CCI_MATCH_OPCODE;
	return CCI_MATCH;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of the three dialects, both ways. Pure.
 */
#include "fabric/transport/framing.h"

#include <errno.h>
#include <string.h>

#include "fabric/cci/message.h"

/* Of opencis: the payload type of a CCI message. */
#define PAYLOAD_TYPE_CCI 4

static long next_ours(const uint8_t *bytes, size_t size, struct frame *ret_frame)
{
	size_t length;

	if (size < FRAMING_OURS_HEADER)
		return 0;
	length = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
		 (size_t)bytes[3] << 24;
	if (length <= PACKET_HEADER_SIZE || length > FRAMING_OURS_PACKET_MAX)
		return -EBADMSG;
	if (size - FRAMING_OURS_HEADER < length)
		return 0;
	*ret_frame = (struct frame){ .bytes = bytes + FRAMING_OURS_HEADER, .size = length };
	return (long)(FRAMING_OURS_HEADER + length);
}

static long next_cse(const uint8_t *bytes, size_t size, struct frame *ret_frame)
{
	if (size < FRAMING_CSE_SIZE)
		return 0;
	*ret_frame = (struct frame){ .bytes = bytes, .size = FRAMING_CSE_SIZE };
	return FRAMING_CSE_SIZE;
}

static long next_opencis(const uint8_t *bytes, size_t size, struct frame *ret_frame)
{
	size_t length;

	if (size < 2)
		return 0;
	length = (size_t)(bytes[0] >> 4 | bytes[1] << 4);
	if ((bytes[0] & 0x0f) != PAYLOAD_TYPE_CCI ||
	    length < FRAMING_OPENCIS_HEADER + CCI_HEADER_SIZE)
		return -EBADMSG;
	if (size < length)
		return 0;
	*ret_frame = (struct frame){ .bytes = bytes + FRAMING_OPENCIS_HEADER,
				     .size = length - FRAMING_OPENCIS_HEADER,
				     .port = bytes[2] };
	return (long)length;
}

long framing_next(enum framing framing, const uint8_t *bytes, size_t size, struct frame *ret_frame)
{
	switch (framing) {
	case FRAMING_OURS:
		return next_ours(bytes, size, ret_frame);
	case FRAMING_CSE:
		return next_cse(bytes, size, ret_frame);
	case FRAMING_OPENCIS:
		return next_opencis(bytes, size, ret_frame);
	}
	return -EINVAL;
}

static long write_ours(const struct frame *frame, uint8_t *buffer)
{
	if (frame->size > FRAMING_WRITTEN_MAX - FRAMING_OURS_HEADER)
		return -EMSGSIZE;
	for (size_t i = 0; i < FRAMING_OURS_HEADER; i++)
		buffer[i] = (uint8_t)(frame->size >> 8 * i);
	memcpy(buffer + FRAMING_OURS_HEADER, frame->bytes, frame->size);
	return (long)(FRAMING_OURS_HEADER + frame->size);
}

static long write_cse(const struct frame *frame, uint8_t *buffer)
{
	if (frame->size > FRAMING_CSE_SIZE)
		return -EMSGSIZE;
	memcpy(buffer, frame->bytes, frame->size);
	memset(buffer + frame->size, 0, FRAMING_CSE_SIZE - frame->size);
	return FRAMING_CSE_SIZE;
}

static long write_opencis(const struct frame *frame, uint8_t *buffer)
{
	const size_t length = FRAMING_OPENCIS_HEADER + frame->size;

	if (length > FRAMING_OPENCIS_MAX)
		return -EMSGSIZE;
	buffer[0] = (uint8_t)(PAYLOAD_TYPE_CCI | length << 4);
	buffer[1] = (uint8_t)(length >> 4);
	buffer[2] = frame->port;
	/* The class: 0 between switch and manager. */
	buffer[3] = 0;
	memcpy(buffer + FRAMING_OPENCIS_HEADER, frame->bytes, frame->size);
	return (long)length;
}

long framing_write(enum framing framing, const struct frame *frame, uint8_t *buffer)
{
	switch (framing) {
	case FRAMING_OURS:
		return write_ours(frame, buffer);
	case FRAMING_CSE:
		return write_cse(frame, buffer);
	case FRAMING_OPENCIS:
		return write_opencis(frame, buffer);
	}
	return -EINVAL;
}

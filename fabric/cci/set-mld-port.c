// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 53h, MLD Port: walks and rows. Pure; calls cursor.h.
 */
#include "fabric/cci/set-mld-port.h"

#include <errno.h>

/* The type of CCI messages in MCTP (DSP0281), which CXL 2.0 repeats within the tunnel. */
#define MCTP_TYPE_CCI 0x08

/* The size counts the type, where there is one. */
static void walk_message(struct cci_cursor *cursor, struct cci_bytes *message, size_t size,
			 bool typed)
{
	uint8_t type = MCTP_TYPE_CCI;

	if (typed) {
		cci_u8(cursor, &type);
		if (size == 0 || type != MCTP_TYPE_CCI)
			cci_poison(cursor, -EINVAL);
		else
			size--;
	}
	cci_borrow(cursor, message, size);
}

/* What a writer puts into the field for the size. */
static uint16_t size_of(struct cci_cursor *cursor, const struct cci_bytes *message, bool typed)
{
	return (uint16_t)cci_bounded(cursor, message->size + typed, UINT16_MAX);
}

static void walk_tunnel_request(struct cci_cursor *cursor, struct cci_tunnel_request *request,
				bool typed)
{
	uint16_t size = size_of(cursor, &request->message, typed);

	cci_u8(cursor, &request->id);
	if (!typed) {
		cci_low_bits(cursor, &request->target, 4);
	} else {
		if (!cci_is_reading(cursor) && request->target != CCI_TUNNEL_PORT_OR_LD)
			cci_poison(cursor, -EINVAL);
		cci_reserved(cursor, 1);
	}
	cci_u16(cursor, &size);
	walk_message(cursor, &request->message, size, typed);
}

static void walk_tunnel_reply(struct cci_cursor *cursor, struct cci_tunnel_reply *reply, bool typed)
{
	uint16_t size = size_of(cursor, &reply->message, typed);

	cci_u16(cursor, &size);
	cci_reserved(cursor, 2);
	walk_message(cursor, &reply->message, size, typed);
}

CCI_WALK(tunnel_request, cursor, request)
{
	walk_tunnel_request(cursor, request, false);
}

CCI_WALK(tunnel_reply, cursor, reply)
{
	walk_tunnel_reply(cursor, reply, false);
}

static void walk_typed_request(struct cci_cursor *cursor, void *request)
{
	walk_tunnel_request(cursor, request, true);
}

static void walk_typed_reply(struct cci_cursor *cursor, void *reply)
{
	walk_tunnel_reply(cursor, reply, true);
}

const struct cci_codec cci_tunnel_request_typed_codec = {
	.size = sizeof(struct cci_tunnel_request),
	.walk = walk_typed_request,
};

const struct cci_codec cci_tunnel_reply_typed_codec = {
	.size = sizeof(struct cci_tunnel_reply),
	.walk = walk_typed_reply,
};

CCI_WALK(ld_config_request, cursor, request)
{
	cci_u8(cursor, &request->port);
	cci_config_access_walk(cursor, &request->access);
	cci_u16(cursor, &request->ld);
	cci_reserved(cursor, 2);
	cci_u32(cursor, &request->data);
}

/*
 * libcxlmi's header is one byte shorter than that of jack and cse, in which all fields are aligned.
 * Which of the two came is told by the length of the data: all of it follows, or nothing.
 */
static bool has_short_header(const struct cci_cursor *cursor)
{
	struct cci_cursor probe = *cursor;
	size_t left = cci_left(cursor);
	uint16_t length = 0;

	cci_reserved(&probe, 6);
	cci_u16(&probe, &length);
	if (!probe.error && (left == 16 || left == 16 + (size_t)length))
		return false;
	probe = *cursor;
	cci_reserved(&probe, 5);
	cci_u16(&probe, &length);
	return !probe.error && (left == 15 || left == 15 + (size_t)length);
}

/* Three bytes, of which the first has no meaning; libcxlmi has two, and tells no meaning of them.
 */
static void walk_memory_access(struct cci_cursor *cursor, struct cci_ld_memory_request *request)
{
	uint8_t flags = 0;
	uint8_t reserved = 0;

	if (!request->short_header)
		cci_reserved(cursor, 1);
	cci_nibbles(cursor, &reserved, &request->first_enables);
	if (!cci_is_reading(cursor)) {
		if (request->last_enables > 0xf)
			cci_poison(cursor, -ERANGE);
		flags = (uint8_t)(request->last_enables | request->write << 7);
	}
	cci_u8(cursor, &flags);
	if (cci_is_reading(cursor)) {
		request->last_enables = flags & 0xf;
		request->write = flags >> 7;
	}
}

CCI_WALK(ld_memory_request, cursor, request)
{
	if (cci_is_reading(cursor))
		request->short_header = has_short_header(cursor);
	cci_u8(cursor, &request->port);
	walk_memory_access(cursor, request);
	cci_u16(cursor, &request->ld);
	cci_u16(cursor, &request->length);
	cci_u64(cursor, &request->offset);
	cci_bounded(cursor, request->length, CCI_LD_MEMORY_MAX);
	/* jack sends data with a read, too, which mean nothing. */
	cci_borrow(cursor, &request->data, request->write ? request->length : 0);
}

CCI_WALK(ld_memory_reply, cursor, reply)
{
	bool has_data = reply->data.size > 0;

	cci_u16(cursor, &reply->length);
	cci_reserved(cursor, 2);
	cci_bounded(cursor, reply->length, CCI_LD_MEMORY_MAX);
	/* A write was of as many bytes, and brings none back. */
	if (cci_is_reading(cursor))
		has_data = cci_left(cursor) > 0;
	cci_borrow(cursor, &reply->data, has_data ? reply->length : 0);
}

/* What a tunnel does is what the message in it does. */
static const struct cci_command commands[] = {
	{ 0x5300, "Tunnel Management Command", "7.6.7.3.1", &cci_tunnel_request_codec,
	  &cci_tunnel_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5301, "Send LD CXL.io Configuration Request", "7.6.7.3.2", &cci_ld_config_request_codec,
	  &cci_config_reply_codec, .effects = CCI_EFFECT_CONFIG, .deadline_ms = CCI_READING_MS },
	{ 0x5302, "Send LD CXL.io Memory Request", "7.6.7.3.3", &cci_ld_memory_request_codec,
	  &cci_ld_memory_reply_codec, .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA,
	  .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_mld_port = CCI_COMMAND_SET(0x53, "MLD Port", commands);

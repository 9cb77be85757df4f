// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels: fabric/cci/tunnel.h. Pure; calls message.h and the codecs of set 53h.
 */
#include "fabric/cci/tunnel.h"

#include <errno.h>

#include "fabric/cci/return-code.h"

#define TUNNEL_OPCODE 0x5300

/* Bytes that a tunnel's payload has before the message. */
static size_t prefix_of(const struct cci_tunnel *tunnel)
{
	return tunnel->layout == CCI_TUNNEL_TYPED ? 5 : 4;
}

/* Puts the message that stands behind @at into one tunnel. Both parts end where the message ends.
 */
static long wrap_once(const struct cci_tunnel *tunnel, size_t hop,
		      const struct cci_message *message, uint8_t *at, size_t size, long length)
{
	const size_t before = CCI_HEADER_SIZE + prefix_of(tunnel);
	const struct cci_tunnel_request request = {
		.id = tunnel->hop[hop].id,
		.target = (uint8_t)tunnel->hop[hop].target,
		.message = { at + before, (size_t)length },
	};
	struct cci_message outer = *message;

	length = cci_encode(tunnel->layout == CCI_TUNNEL_TYPED ? &cci_tunnel_request_typed_codec
							       : &cci_tunnel_request_codec,
			    &request, at + CCI_HEADER_SIZE, size - CCI_HEADER_SIZE);
	if (length < 0)
		return length;
	outer.opcode = TUNNEL_OPCODE;
	outer.payload = (struct cci_bytes){ at + CCI_HEADER_SIZE, (size_t)length };
	return cci_message_encode(&outer, tunnel->order, at, size);
}

long cci_tunnel_wrap(const struct cci_tunnel *tunnel, const struct cci_message *message,
		     void *buffer, size_t size)
{
	const size_t before = CCI_HEADER_SIZE + prefix_of(tunnel);
	uint8_t *bytes = buffer;
	size_t at = tunnel->hops * before;
	long length;

	if (tunnel->hops > CCI_TUNNEL_HOPS_MAX)
		return -EINVAL;
	if (size < at)
		return -ENOBUFS;
	length = cci_message_encode(message, tunnel->order, bytes + at, size - at);
	for (size_t hop = tunnel->hops; length >= 0 && hop-- > 0;) {
		at -= before;
		length = wrap_once(tunnel, hop, message, bytes + at, size - at, length);
	}
	return length;
}

/* The message in a reply. Its length has to agree with that of the reply around it. */
static bool unwrap_once(const struct cci_tunnel *tunnel, struct cci_bytes payload,
			struct cci_bytes *ret_message)
{
	const struct cci_codec *codec = tunnel->layout == CCI_TUNNEL_TYPED
						? &cci_tunnel_reply_typed_codec
						: &cci_tunnel_reply_codec;
	struct cci_tunnel_reply reply;

	if (cci_decode(codec, payload.data, payload.size, &reply) < 0 ||
	    prefix_of(tunnel) + reply.message.size != payload.size)
		return false;
	*ret_message = reply.message;
	return true;
}

enum cci_match cci_tunnel_match(const struct cci_tunnel *tunnel, const struct cci_awaited *awaited,
				const void *bytes, size_t size, struct cci_message *ret_message,
				size_t *ret_level)
{
	struct cci_bytes message = { bytes, size };
	enum cci_match match;

	for (size_t level = 0;; level++) {
		const struct cci_awaited here = {
			.tag = awaited->tag,
			.opcode = level < tunnel->hops ? TUNNEL_OPCODE : awaited->opcode,
			.zero_opcode = awaited->zero_opcode && level == 0,
			.padded = awaited->padded && level == 0,
		};

		*ret_level = level;
		match = cci_message_match(&here, message.data, message.size, tunnel->order,
					  ret_message);
		if (match != CCI_MATCH || level >= tunnel->hops ||
		    ret_message->return_code != CCI_SUCCESS)
			return match;
		if (!unwrap_once(tunnel, ret_message->payload, &message)) {
			*ret_level = level + 1;
			return CCI_MATCH_DAMAGED;
		}
	}
}

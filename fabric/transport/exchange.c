// SPDX-License-Identifier: GPL-2.0-only
/*
 * One command as a message, and its reply out of a message. Pure.
 */
#include "fabric/transport/exchange.h"

#include <errno.h>

#include "fabric/transport/packet.h"

/* DSP0234 has the sets from 51h to 56h, DSP0281 the others. */
static uint8_t type_of(const struct exchange *exchange, const struct endpoint_row *row)
{
	const unsigned int set = exchange->opcode >> 8;

	if (row->by_port)
		return 0;
	if (row->fm_api_only || exchange->tunnel.hops || (set >= 0x51 && set <= 0x56))
		return PACKET_TYPE_FM_API;
	return PACKET_TYPE_CCI;
}

/* The way as the message shows it: a frame that tells the port has a message without a tunnel. */
static struct cci_tunnel way_of(const struct exchange *exchange, const struct endpoint_row *row)
{
	struct cci_tunnel way = exchange->tunnel;

	way.layout = row->tunnel;
	way.order = row->order;
	if (row->by_port)
		way.hops = 0;
	return way;
}

int exchange_write(const struct exchange *exchange, const struct endpoint_row *row, uint8_t *buffer,
		   struct wire_message *ret_message)
{
	const struct cci_message message = { .category = CCI_REQUEST,
					     .tag = exchange->tag,
					     .opcode = exchange->opcode,
					     .payload = exchange->payload };
	const struct cci_tunnel way = way_of(exchange, row);
	long size;

	if (exchange->payload.size > EXCHANGE_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (row->by_port && exchange->tunnel.hops > 1)
		return -EINVAL;
	size = cci_tunnel_wrap(&way, &message, buffer, EXCHANGE_MESSAGE_MAX);
	if (size < 0)
		return (int)size;
	*ret_message = (struct wire_message){ .type = type_of(exchange, row),
					      .bytes = buffer,
					      .size = (size_t)size };
	if (row->by_port && exchange->tunnel.hops)
		ret_message->port = exchange->tunnel.hop[0].id;
	return 0;
}

enum exchange_answer exchange_read(const struct exchange *exchange, const struct endpoint_row *row,
				   const struct wire_message *message,
				   struct exchange_reply *ret_reply)
{
	const struct cci_awaited awaited = { .tag = exchange->tag,
					     .opcode = exchange->opcode,
					     .zero_opcode = row->zero_opcode,
					     .padded = row->padded };
	const struct cci_tunnel way = way_of(exchange, row);
	struct cci_message reply;
	enum cci_match match;
	size_t level;

	match = cci_tunnel_match(&way, &awaited, message->bytes, message->size, &reply, &level);
	if (match != CCI_MATCH && level > 0)
		return EXCHANGE_GARBLED;
	if (match == CCI_MATCH_DAMAGED)
		return EXCHANGE_DAMAGED;
	if (match == CCI_MATCH_REQUEST)
		return EXCHANGE_EVENT;
	if (match != CCI_MATCH || message->type != type_of(exchange, row))
		return EXCHANGE_OTHER;
	*ret_reply = (struct exchange_reply){ .return_code = reply.return_code,
					      .by_tunnel = level < way.hops,
					      .payload = reply.payload };
	return EXCHANGE_REPLY;
}

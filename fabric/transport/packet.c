// SPDX-License-Identifier: GPL-2.0-only
/*
 * MCTP packets: their header, both ways, and messages cut into them. Pure.
 */
#include "fabric/transport/packet.h"

#include <errno.h>
#include <string.h>

#define VERSION	   1
#define FIRST	   0x80
#define LAST	   0x40
#define OWNER	   0x08
#define TAG_MASK   0x07
#define ORDER_MASK 0x03

int packet_read(const uint8_t *packet, size_t size, struct packet_header *ret_header)
{
	if (size <= PACKET_HEADER_SIZE || (packet[0] & 0x0f) != VERSION)
		return -EBADMSG;
	*ret_header = (struct packet_header){
		.to = packet[1],
		.from = packet[2],
		.first = packet[3] & FIRST,
		.last = packet[3] & LAST,
		.sequence = packet[3] >> 4 & ORDER_MASK,
		.owner = packet[3] & OWNER,
		.tag = packet[3] & TAG_MASK,
	};
	return 0;
}

void packet_write(const struct packet_header *header, uint8_t *bytes)
{
	bytes[0] = VERSION;
	bytes[1] = header->to;
	bytes[2] = header->from;
	bytes[3] = (uint8_t)((header->first ? FIRST : 0) | (header->last ? LAST : 0) |
			     (header->sequence & ORDER_MASK) << 4 | (header->owner ? OWNER : 0) |
			     (header->tag & TAG_MASK));
}

size_t packet_cut(struct packet_cutter *cutter, uint8_t *packet)
{
	const size_t left = cutter->size - cutter->at;
	uint8_t *payload = packet + PACKET_HEADER_SIZE;
	size_t room = PACKET_PAYLOAD_SENT, part;

	if (cutter->header.last)
		return 0;
	cutter->header.first = cutter->at == 0;
	if (cutter->header.first) {
		*payload++ = cutter->type;
		room--;
	}
	part = left < room ? left : room;
	if (part)
		memcpy(payload, cutter->message + cutter->at, part);
	cutter->at += part;
	cutter->header.last = cutter->at == cutter->size;
	packet_write(&cutter->header, packet);
	cutter->header.sequence = (cutter->header.sequence + 1) & ORDER_MASK;
	return (size_t)(payload - packet) + part;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages out of packets, with an end to what a peer can make us keep. Pure.
 */
#include "fabric/transport/reassembly.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 512

static bool is_same_message(const struct reassembly_slot *slot, const struct packet_header *header)
{
	return slot->is_used && slot->header.from == header->from &&
	       slot->header.to == header->to && slot->header.owner == header->owner &&
	       slot->header.tag == header->tag;
}

static struct reassembly_slot *find(struct reassembly *reassembly,
				    const struct packet_header *header)
{
	for (size_t i = 0; i < REASSEMBLY_SLOTS; i++)
		if (is_same_message(&reassembly->slots[i], header))
			return &reassembly->slots[i];
	return NULL;
}

/* A free slot, or the slot of the oldest message. */
static struct reassembly_slot *make_room(struct reassembly *reassembly)
{
	struct reassembly_slot *oldest = &reassembly->slots[0];

	for (size_t i = 0; i < REASSEMBLY_SLOTS; i++) {
		struct reassembly_slot *slot = &reassembly->slots[i];

		if (!slot->is_used)
			return slot;
		if (slot->age < oldest->age)
			oldest = slot;
	}
	reassembly->dropped.evicted++;
	return oldest;
}

static struct reassembly_slot *begin(struct reassembly *reassembly,
				     const struct packet_header *header)
{
	struct reassembly_slot *slot = find(reassembly, header);

	if (slot)
		reassembly->dropped.restarted++;
	else
		slot = make_room(reassembly);
	slot->is_used = true;
	slot->size = 0;
	slot->age = reassembly->age++;
	return slot;
}

static struct reassembly_slot *go_on(struct reassembly *reassembly,
				     const struct packet_header *header)
{
	struct reassembly_slot *slot = find(reassembly, header);

	if (!slot) {
		reassembly->dropped.stray++;
		return NULL;
	}
	if (header->sequence != ((slot->header.sequence + 1) & 3)) {
		reassembly->dropped.gaps++;
		slot->is_used = false;
		return NULL;
	}
	return slot;
}

static int append(struct reassembly_slot *slot, const uint8_t *payload, size_t size)
{
	size_t room = slot->room ? slot->room : ROOM_FIRST;
	uint8_t *bytes;

	while (room < slot->size + size)
		room *= 2;
	if (room > slot->room) {
		bytes = realloc(slot->bytes, room);
		if (!bytes)
			return -ENOMEM;
		slot->bytes = bytes;
		slot->room = room;
	}
	memcpy(slot->bytes + slot->size, payload, size);
	slot->size += size;
	return 0;
}

int reassembly_take(struct reassembly *reassembly, const uint8_t *packet, size_t size,
		    struct reassembled *ret_message)
{
	struct reassembly_slot *slot;
	struct packet_header header;

	if (packet_read(packet, size, &header) < 0) {
		reassembly->dropped.malformed++;
		return 0;
	}
	slot = header.first ? begin(reassembly, &header) : go_on(reassembly, &header);
	if (!slot)
		return 0;
	slot->header = header;
	size -= PACKET_HEADER_SIZE;
	if (size > REASSEMBLY_MESSAGE_MAX - slot->size) {
		reassembly->dropped.oversized++;
		slot->is_used = false;
		return 0;
	}
	if (append(slot, packet + PACKET_HEADER_SIZE, size) < 0) {
		slot->is_used = false;
		return -ENOMEM;
	}
	if (!header.last)
		return 0;
	slot->is_used = false;
	*ret_message = (struct reassembled){ .header = header,
					     .type = slot->bytes[0],
					     .bytes = slot->bytes + 1,
					     .size = slot->size - 1 };
	return 1;
}

void reassembly_deinit(struct reassembly *reassembly)
{
	for (size_t i = 0; i < REASSEMBLY_SLOTS; i++)
		free(reassembly->slots[i].bytes);
	*reassembly = (struct reassembly){ 0 };
}

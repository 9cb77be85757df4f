/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packets of one peer put together into messages. A peer can have as many messages under way as
 * it has tags, and each has a largest size: so what a peer can make us keep is bounded, whatever
 * the peer sends. A packet that does not fit is dropped and counted, and its message with it. Pure
 * but for its memory. Called by stream.c.
 *
 * Source of the rules: DSP0236, 8.4 "Message assembly"; any sequence number may begin a message, as
 * cse begins where its last message has ended.
 */
#pragma once

#include "fabric/transport/packet.h"

/* The size of a message within a tunnel has 16 bits, and the messages around it have headers. */
#define REASSEMBLY_MESSAGE_MAX (65535 + 64)

/* One for each tag. */
#define REASSEMBLY_SLOTS 8

/**
 * struct reassembly_slot - a message under way
 * @header: of its newest packet
 * @bytes: of the message, its type first
 * @size: bytes that have come
 * @room: bytes that are allocated
 * @age: the number of the message; older messages have smaller numbers
 * @is_used: the first packet of a message has come, and not the last
 */
struct reassembly_slot {
	struct packet_header header;
	uint8_t *bytes;
	size_t size;
	size_t room;
	uint64_t age;
	bool is_used;
};

/**
 * struct reassembly_counts - what was dropped
 * @malformed: packets without a payload, or of another version
 * @stray: packets that continue a message that did not begin
 * @gaps: messages with a packet of the wrong sequence number
 * @restarted: messages that another first packet with the same tag and sender has cut short
 * @oversized: messages above REASSEMBLY_MESSAGE_MAX
 * @evicted: messages that gave way to newer ones, since all slots were used
 */
struct reassembly_counts {
	uint64_t malformed;
	uint64_t stray;
	uint64_t gaps;
	uint64_t restarted;
	uint64_t oversized;
	uint64_t evicted;
};

struct reassembly {
	struct reassembly_slot slots[REASSEMBLY_SLOTS];
	struct reassembly_counts dropped;
	uint64_t age;
};

/**
 * struct reassembled - a whole message
 * @header: of its last packet
 * @type: the first byte of the message
 * @bytes: what follows the type; valid until the next packet
 * @size: of @bytes
 */
struct reassembled {
	struct packet_header header;
	uint8_t type;
	const uint8_t *bytes;
	size_t size;
};

/**
 * reassembly_take() - one more packet
 * @reassembly: zero at first; to be deinitialised with reassembly_deinit()
 *
 * Return: 1 when the packet was the last of a message; 0; -ENOMEM, with the message dropped.
 */
int reassembly_take(struct reassembly *reassembly, const uint8_t *packet, size_t size,
		    struct reassembled *ret_message);

void reassembly_deinit(struct reassembly *reassembly);

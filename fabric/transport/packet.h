/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MCTP packets as values: the four bytes of their header, and a message cut into packets. Pure.
 * Called by reassembly.c, stream.c and framing.c.
 *
 * Source of the layout: the kernel's struct mctp_hdr (include/net/mctp.h), and the packets of jack
 * and cse. DSP0236.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_HEADER_SIZE 4

/* The payload that every receiver has to take (the baseline transmission unit), and so the payload
 * of the packets that are sent. */
#define PACKET_PAYLOAD_SENT 64

/* The type of a message is the first byte of its first packet. */
#define PACKET_TYPE_FM_API 0x07
#define PACKET_TYPE_CCI	   0x08

/**
 * struct packet_header - what stands before the payload of a packet
 * @to: the endpoint ID of the receiver
 * @from: the endpoint ID of the sender
 * @first: the packet begins a message
 * @last: the packet ends a message
 * @sequence: of the packets of a message, modulo 4; a message may begin with any of the four
 * @owner: the sender of the packet has chosen the tag: set in requests, clear in replies
 * @tag: 0 to 7
 */
struct packet_header {
	uint8_t to;
	uint8_t from;
	bool first;
	bool last;
	uint8_t sequence;
	bool owner;
	uint8_t tag;
};

/**
 * packet_read() - the header of a packet
 *
 * Return: 0, or -EBADMSG for a packet without a payload and for another version than 1.
 */
int packet_read(const uint8_t *packet, size_t size, struct packet_header *ret_header);

/** packet_write() - the four bytes of a header; what does not fit into its field is cut off */
void packet_write(const struct packet_header *header, uint8_t *bytes);

/**
 * struct packet_cutter - a message on its way into packets
 * @header: of the next packet; `first`, `last` and `sequence` are kept by packet_cut()
 * @type: of the message
 * @message: the bytes that follow the type; they outlive the cutter
 * @size: of @message
 * @at: bytes of @message that are in packets already
 */
struct packet_cutter {
	struct packet_header header;
	uint8_t type;
	const uint8_t *message;
	size_t size;
	size_t at;
};

/**
 * packet_cut() - the next packet of a message
 * @cutter: zero but for `header` (to, from, owner, tag, the first sequence number), `type`,
 *	`message` and `size`
 * @packet: of PACKET_HEADER_SIZE + PACKET_PAYLOAD_SENT bytes
 *
 * Return: bytes of the packet; 0 after the last packet.
 */
size_t packet_cut(struct packet_cutter *cutter, uint8_t *packet);

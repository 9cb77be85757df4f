/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames: how the three dialects of MCTP over TCP mark in a stream of bytes where a packet ends.
 *
 *	ours	 4 bytes, little endian: the length of the packet; then the MCTP packet
 *	cse	 packets of 68 bytes, padded with zeros
 *	opencis	 2 bytes, little endian: the payload type 4 in bits 3:0, the length of the frame in
 *		 bits 15:4; the port; the class; then a CCI message, without MCTP
 *
 * Nothing here keeps anything from call to call: how a stream is cut into reads makes no
 * difference. Pure; called by stream.c.
 *
 * Source: jack and cse (mctp), opencis-core (CciMessagePacket); ours is defined here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fabric/transport/packet.h"

enum framing { FRAMING_OURS, FRAMING_CSE, FRAMING_OPENCIS };

#define FRAMING_OURS_HEADER    4
#define FRAMING_CSE_SIZE       68
#define FRAMING_OPENCIS_HEADER 4
#define FRAMING_OPENCIS_MAX    4095

/* A packet of ours: receivers take any payload, up to this one. */
#define FRAMING_OURS_PACKET_MAX (PACKET_HEADER_SIZE + 65536)

/* The largest frame of any dialect, and the largest that is written: a sender of packets keeps to
 * small ones. */
#define FRAMING_FRAME_MAX   (FRAMING_OURS_HEADER + FRAMING_OURS_PACKET_MAX)
#define FRAMING_WRITTEN_MAX FRAMING_OPENCIS_MAX

/**
 * struct frame - one frame
 * @bytes: an MCTP packet, or a CCI message of opencis; borrowed
 * @size: of @bytes
 * @port: of opencis: the physical port of the device that answers or is asked, otherwise 0
 */
struct frame {
	const uint8_t *bytes;
	size_t size;
	uint8_t port;
};

/**
 * framing_next() - the first frame of the bytes that have come
 * @ret_frame: borrows from @bytes
 *
 * Return: bytes that the frame takes; 0 when it has not come whole; -EBADMSG for a frame that
 * cannot be: nobody knows where the next frame begins, and the connection has to end.
 */
long framing_next(enum framing framing, const uint8_t *bytes, size_t size, struct frame *ret_frame);

/**
 * framing_write() - the frame around a packet or a message
 * @buffer: of FRAMING_WRITTEN_MAX bytes
 *
 * Return: bytes of the frame; -EMSGSIZE for what is too large for the dialect.
 */
long framing_write(enum framing framing, const struct frame *frame, uint8_t *buffer);

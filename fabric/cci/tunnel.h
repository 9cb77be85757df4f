/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunnels: a message within a message (5300h), to the device at a port of a switch, to an LD of a
 * device, or to an LD of the device at a port. A reply counts only if category, tag, opcode and
 * length agree at every level: cse answers what it does not know with the opcode and the length of
 * an earlier reply. Pure; called by the transports.
 *
 * Source: libcxlmi and QEMU for the layout of CXL 3.x, jack and cse for that of CXL 2.0.
 */
#pragma once

#include "fabric/cci/message.h"
#include "fabric/cci/set-mld-port.h"

/**
 * enum cci_tunnel_layout - which of the two layouts an endpoint has; it understands no other
 * @CCI_TUNNEL_PLAIN: of CXL 3.x
 * @CCI_TUNNEL_TYPED: of CXL 2.0: the type that MCTP gives a message stands before the message
 */
enum cci_tunnel_layout { CCI_TUNNEL_PLAIN, CCI_TUNNEL_TYPED };

/* A port, and an LD behind the port. */
#define CCI_TUNNEL_HOPS_MAX 2

/**
 * struct cci_tunnel - the way of a message
 * @layout: of all levels
 * @order: of all levels
 * @hops: number of tunnels; 0 for a message to the endpoint itself
 * @hop: from the outermost on
 * @hop.id: of a port or of an LD
 * @hop.target: what the id is of; CCI_TUNNEL_TYPED has only CCI_TUNNEL_PORT_OR_LD
 */
struct cci_tunnel {
	enum cci_tunnel_layout layout;
	enum cci_bit_order order;
	size_t hops;
	struct {
		uint8_t id;
		enum cci_tunnel_target target;
	} hop[CCI_TUNNEL_HOPS_MAX];
};

/* Bytes that tunnels put before a message. */
#define CCI_TUNNEL_OVERHEAD_MAX (CCI_TUNNEL_HOPS_MAX * (CCI_HEADER_SIZE + 5))

/**
 * cci_tunnel_wrap() - write a request as it is sent: the outermost message
 * @message: the request for who is at the end of the tunnel; the tag is that of all levels
 * @buffer: of CCI_TUNNEL_OVERHEAD_MAX and the message
 *
 * Return: bytes that were written, or -ENOBUFS; -E2BIG for a message too large for a tunnel;
 * -EINVAL for a target that the layout does not have.
 */
long cci_tunnel_wrap(const struct cci_tunnel *tunnel, const struct cci_message *message,
		     void *buffer, size_t size);

/**
 * cci_tunnel_match() - decode a message, and tell whether it answers a request in a tunnel
 * @awaited: tag and opcode of the request for who is at the end of the tunnel. @zero_opcode and
 * @padded are of the outermost message, which alone goes over the wire
 * @bytes: the outermost message
 * @ret_message: the reply of who is at the end of the tunnel, or of the first on the way that has
 * answered with an error; set unless CCI_MATCH_DAMAGED is returned
 * @ret_level: how many tunnels are around @ret_message, or around what did not match: 0 for the
 * outermost message. Of a match, less than the hops of the tunnel if the tunnel has failed
 *
 * What does not match at a level above 0 came in the reply to our own request: no other reply will
 * come.
 */
enum cci_match cci_tunnel_match(const struct cci_tunnel *tunnel, const struct cci_awaited *awaited,
				const void *bytes, size_t size, struct cci_message *ret_message,
				size_t *ret_level);

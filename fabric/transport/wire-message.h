/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CCI message on its way between requests.c, which decides what is sent, and a transport.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * struct wire_message - one message
 * @type: of the MCTP message: PACKET_TYPE_FM_API or PACKET_TYPE_CCI; 0 where there is no MCTP
 * @port: of opencis: the physical port of the device that is meant, otherwise 0
 * @bytes: header and payload, as on the wire; borrowed
 * @size: of @bytes
 */
struct wire_message {
	uint8_t type;
	uint8_t port;
	const uint8_t *bytes;
	size_t size;
};

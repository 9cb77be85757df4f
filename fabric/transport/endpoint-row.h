/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is particular about the endpoints of one dialect: one row each. Values.
 *
 * Source: cse and opencis-core as they were seen to answer; libcxlmi for the types of messages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fabric/cci/tunnel.h"
#include "fabric/transport/support.h"

/**
 * struct endpoint_row - one dialect
 * @order: where the bits of headers are, also within a tunnel
 * @zero_opcode: replies may have the opcode 0
 * @padded: bytes may follow a message
 * @tunnel: the layout of tunnels
 * @by_port: there is no tunnel: a frame tells the port of the device that is meant
 * @fm_api_only: every message goes with type 07h: type 08h ends the endpoint
 * @early_status: Background Operation Status can be believed before the endpoint has begun an
 *	operation for us
 * @depth: how many requests may wait for replies at a time
 * @direct: the opcodes that are known to be answered, for an endpoint without a Command Effects
 *	Log; for others those that lead to the log
 * @tunnelled: the same for the devices behind the endpoint
 */
struct endpoint_row {
	enum cci_bit_order order;
	bool zero_opcode;
	bool padded;
	enum cci_tunnel_layout tunnel;
	bool by_port;
	bool fm_api_only;
	bool early_status;
	unsigned int depth;
	const uint16_t *direct;
	size_t direct_count;
	const uint16_t *tunnelled;
	size_t tunnelled_count;
};

extern const struct endpoint_row endpoint_row_ours;
extern const struct endpoint_row endpoint_row_cse;
extern const struct endpoint_row endpoint_row_opencis;

/**
 * endpoint_row_support() - what the table says of an endpoint
 * @ret_direct: commands for the endpoint; to be deinitialised with support_deinit()
 * @ret_tunnelled: commands for the devices behind it; as @ret_direct
 *
 * Opcodes of the row that have no row in the table of commands are left out.
 *
 * Return: 0 or -ENOMEM.
 */
int endpoint_row_support(const struct endpoint_row *row, struct support *ret_direct,
			 struct support *ret_tunnelled);

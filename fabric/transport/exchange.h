/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One command as a message, and whether a message is its reply. A reply counts only if category,
 * tag, opcode and length agree with the command, and the type of the MCTP message; in a tunnel they
 * have to agree at both levels: cse answers what it does not know with the opcode of another
 * command. Pure; called by requests.c.
 */
#pragma once

#include "fabric/cci/tunnel.h"
#include "fabric/transport/endpoint-row.h"
#include "fabric/transport/wire-message.h"

/* Tunnel Management Command */
#define EXCHANGE_TUNNEL 0x5300

/* The largest payload of a request; one page, as the mailboxes of devices have. */
#define EXCHANGE_PAYLOAD_MAX 4096

#define EXCHANGE_MESSAGE_MAX (EXCHANGE_PAYLOAD_MAX + CCI_HEADER_SIZE + CCI_TUNNEL_OVERHEAD_MAX)

/**
 * struct exchange - one command
 * @opcode: of the command
 * @payload: of the command; borrowed
 * @tunnel: the way to who is asked, from the endpoint on; layout and order are those of the row
 * @tag: of the message, and of the messages within a tunnel
 */
struct exchange {
	uint16_t opcode;
	struct cci_bytes payload;
	struct cci_tunnel tunnel;
	uint8_t tag;
};

/**
 * struct exchange_reply - what came back
 * @return_code: of the tunnel if it is not success, else of the command
 * @by_tunnel: the return code is that of a tunnel
 * @payload: empty without success; borrows from the message
 */
struct exchange_reply {
	uint16_t return_code;
	bool by_tunnel;
	struct cci_bytes payload;
};

/**
 * exchange_write() - the message of a command
 * @buffer: of EXCHANGE_MESSAGE_MAX bytes
 *
 * Return: 0; -EMSGSIZE for a payload above EXCHANGE_PAYLOAD_MAX; -EINVAL for a way that the dialect
 * does not have.
 */
int exchange_write(const struct exchange *exchange, const struct endpoint_row *row, uint8_t *buffer,
		   struct wire_message *ret_message);

/**
 * enum exchange_answer - what a message is to an exchange
 * @EXCHANGE_REPLY: its reply
 * @EXCHANGE_GARBLED: its reply, with another reply than its own within the tunnel: there will be no
 *	better one
 * @EXCHANGE_EVENT: no reply at all: the endpoint has something to tell
 * @EXCHANGE_OTHER: a reply to another message
 * @EXCHANGE_DAMAGED: no message
 */
enum exchange_answer {
	EXCHANGE_REPLY,
	EXCHANGE_GARBLED,
	EXCHANGE_EVENT,
	EXCHANGE_OTHER,
	EXCHANGE_DAMAGED,
};

/**
 * exchange_read() - what a message is to an exchange
 * @ret_reply: set with EXCHANGE_REPLY
 */
enum exchange_answer exchange_read(const struct exchange *exchange, const struct endpoint_row *row,
				   const struct wire_message *message,
				   struct exchange_reply *ret_reply);

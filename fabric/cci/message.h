/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CCI message: twelve bytes of header, then the payload. Requests are encoded here, replies are
 * decoded here, and here is decided whether a reply answers a request: by category, tag, opcode and
 * length. Pure; called by the transports, and by the codec of the tunnel for the message within.
 *
 * Source of the layout: libcxlmi (struct cxlmi_cci_msg), QEMU (CXLCCIMessage), opencis; jack and
 * cse for the mirrored bits. CXL 3.2, 7.6.3.
 */
#pragma once

#include "fabric/cci/cursor.h"

#define CCI_HEADER_SIZE 12
/* The length has 21 bits. */
#define CCI_PAYLOAD_MAX 0x1fffffu

/**
 * enum cci_bit_order - where the fields that are no whole bytes are
 * @CCI_BITS_STANDARD: category in bits 3:0, length 20:16 in bits 4:0, background in bit 7
 * @CCI_BITS_MIRRORED: category in bits 7:4, length 20:16 in bits 7:3, background in bit 0; so jack
 * and cse have it, in messages within a tunnel, too
 */
enum cci_bit_order { CCI_BITS_STANDARD, CCI_BITS_MIRRORED };

enum cci_category { CCI_REQUEST = 0, CCI_REPLY = 1 };

/**
 * struct cci_message - one message
 * @category: a request or a reply
 * @tag: chosen by the sender of the request, and the same in the reply
 * @opcode: command set in the high byte, command in the low byte
 * @background: of a reply: a background operation was begun
 * @return_code: of a reply: 0 or one of enum cci_return_code. Devices know codes that we do not
 * @vendor_status: the vendor's own status; without a meaning in requests
 * @length: bytes of payload that the header tells
 * @payload: the payload, borrowed from the bytes of the message; empty in a reply that has any
 * other return code than success, whatever the header tells: what stands there has no layout
 */
struct cci_message {
	enum cci_category category;
	uint8_t tag;
	uint16_t opcode;
	bool background;
	uint16_t return_code;
	uint16_t vendor_status;
	uint32_t length;
	struct cci_bytes payload;
};

/**
 * cci_message_encode() - write header and payload
 * @message: its length is that of its payload; @message->length is not looked at
 *
 * Return: bytes that were written; -ENOBUFS if @size is too small, -ERANGE for a payload above
 * CCI_PAYLOAD_MAX.
 */
long cci_message_encode(const struct cci_message *message, enum cci_bit_order order, void *buffer,
			size_t size);

/**
 * cci_message_decode() - read a message
 * @size: bytes that came, which may be more than the message where a transport pads
 *
 * Return: bytes of the message; -EBADMSG for less than the header, for less payload than the header
 * tells, and for a category that is neither.
 */
long cci_message_decode(const void *bytes, size_t size, enum cci_bit_order order,
			struct cci_message *ret_message);

/**
 * struct cci_awaited - what a reply has to agree with
 * @tag: of the request
 * @opcode: of the request
 * @zero_opcode: whether the endpoint leaves the opcode of its replies zero, as opencis' switch does
 * @padded: whether bytes may follow the payload, as in cse's packets
 */
struct cci_awaited {
	uint8_t tag;
	uint16_t opcode;
	bool zero_opcode;
	bool padded;
};

/**
 * enum cci_match - whether a message answers a request
 * @CCI_MATCH: it does
 * @CCI_MATCH_DAMAGED: the message can't be decoded, or its length is not what came
 * @CCI_MATCH_REQUEST: it is a request itself: an event, a notification
 * @CCI_MATCH_TAG: a late reply to another request
 * @CCI_MATCH_OPCODE: a reply to another command
 */
enum cci_match {
	CCI_MATCH,
	CCI_MATCH_DAMAGED,
	CCI_MATCH_REQUEST,
	CCI_MATCH_TAG,
	CCI_MATCH_OPCODE,
};

/**
 * cci_message_match() - decode a message, and tell whether it answers a request
 * @ret_message: the message; set unless CCI_MATCH_DAMAGED is returned
 */
enum cci_match cci_message_match(const struct cci_awaited *awaited, const void *bytes, size_t size,
				 enum cci_bit_order order, struct cci_message *ret_message);

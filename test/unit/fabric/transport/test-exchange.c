// SPDX-License-Identifier: GPL-2.0-only
/*
 * One command as a message, and which message is its reply: with bytes of jack, cse and opencis.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/cci/return-code.h"
#include "fabric/transport/exchange.h"
#include "fabric/transport/packet.h"
#include "test/unit/fabric/transport/cse-bytes.h"

/* A packet of cse as the message that it is: without header and type, with the zeros at its end. */
static struct wire_message of_cse(const uint8_t *packet)
{
	return (struct wire_message){ .type = packet[4],
				      .bytes = packet + 5,
				      .size = CSE_PACKET_SIZE - 5 };
}

static const struct exchange ld_info = { .opcode = 0x5400,
					 .tunnel = { .hops = 1, .hop = { { .id = 1 } } },
					 .tag = 4 };

static void is_written(const struct exchange *exchange, const struct endpoint_row *row,
		       uint8_t type, const uint8_t *bytes, size_t size)
{
	uint8_t buffer[EXCHANGE_MESSAGE_MAX];
	struct wire_message message;

	assert_int_equal(exchange_write(exchange, row, buffer, &message), 0);
	assert_int_equal(message.type, type);
	assert_int_equal(message.size, size);
	assert_memory_equal(message.bytes, bytes, size);
}

/* jack's payload of the tunnel: 01 00 0d00 08, then Get LD Info. */
static void writes_the_tunnel_of_jack(void **state)
{
	static const uint8_t expected[] = { 0x00, 0x04, 0x00, 0x00, 0x53, 0x11, 0x00, 0x00,
					    0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x0d, 0x00,
					    0x08, 0x00, 0x04, 0x00, 0x00, 0x54, 0x00, 0x00,
					    0x00, 0x00, 0x00, 0x00, 0x00 };

	(void)state;
	is_written(&ld_info, &endpoint_row_cse, PACKET_TYPE_FM_API, expected, sizeof(expected));
}

/* libcxlmi's and QEMU's has no type: struct cxlmi_cmd_fmapi_tunnel_command_req. */
static void writes_the_tunnel_of_libcxlmi(void **state)
{
	static const uint8_t expected[] = { 0x00, 0x04, 0x00, 0x00, 0x53, 0x10, 0x00,
					    0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
					    0x0c, 0x00, 0x00, 0x04, 0x00, 0x00, 0x54,
					    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };

	(void)state;
	is_written(&ld_info, &endpoint_row_ours, PACKET_TYPE_FM_API, expected, sizeof(expected));
}

/* Get LD Info of port 5 with tag 9, as opencis' manager writes it behind the header of its frame.
 */
static void writes_for_the_port_of_opencis(void **state)
{
	static const uint8_t expected[] = { 0x00, 0x09, 0x00, 0x00, 0x54, 0x00,
					    0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const struct exchange exchange = { .opcode = 0x5400,
					   .tunnel = { .hops = 1, .hop = { { .id = 5 } } },
					   .tag = 9 };
	uint8_t buffer[EXCHANGE_MESSAGE_MAX];
	struct wire_message message;

	(void)state;
	is_written(&exchange, &endpoint_row_opencis, 0, expected, sizeof(expected));
	assert_int_equal(exchange_write(&exchange, &endpoint_row_opencis, buffer, &message), 0);
	assert_int_equal(message.port, 5);
}

/* libcxlmi: FM-API for the sets from 51h to 56h and for all tunnels, CCI for the rest. */
static void chooses_the_type(void **state)
{
	static const struct {
		uint16_t opcode;
		uint8_t type;
	} types[] = { { 0x0001, 8 }, { 0x4000, 8 }, { 0x5000, 8 }, { 0x5100, 7 },
		      { 0x5608, 7 }, { 0x5700, 8 }, { 0xc000, 8 } };
	uint8_t buffer[EXCHANGE_MESSAGE_MAX];
	struct wire_message message;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct exchange exchange = { .opcode = types[i].opcode };

		assert_int_equal(exchange_write(&exchange, &endpoint_row_ours, buffer, &message),
				 0);
		assert_int_equal(message.type, types[i].type);
		assert_int_equal(exchange_write(&exchange, &endpoint_row_cse, buffer, &message), 0);
		assert_int_equal(message.type, 7);
		exchange.tunnel.hops = 1;
		assert_int_equal(exchange_write(&exchange, &endpoint_row_ours, buffer, &message),
				 0);
		assert_int_equal(message.type, 7);
	}
}

static void a_payload_has_an_end(void **state)
{
	static const uint8_t payload[EXCHANGE_PAYLOAD_MAX + 1];
	struct exchange exchange = { .opcode = 0x5300,
				     .payload = { payload, EXCHANGE_PAYLOAD_MAX },
				     .tunnel = { .hops = 2 } };
	uint8_t buffer[EXCHANGE_MESSAGE_MAX];
	struct wire_message message;

	(void)state;
	assert_int_equal(exchange_write(&exchange, &endpoint_row_cse, buffer, &message), 0);
	assert_int_equal(message.size, EXCHANGE_MESSAGE_MAX);
	exchange.payload.size++;
	assert_int_equal(exchange_write(&exchange, &endpoint_row_cse, buffer, &message), -EMSGSIZE);
}

static void takes_the_tunnelled_reply_of_cse(void **state)
{
	const struct wire_message message = of_cse(cse_ld_info);
	struct exchange_reply reply;

	(void)state;
	assert_int_equal(exchange_read(&ld_info, &endpoint_row_cse, &message, &reply),
			 EXCHANGE_REPLY);
	assert_int_equal(reply.return_code, CCI_SUCCESS);
	assert_int_equal(reply.payload.size, 11);
	/* 4 GiB in 4 LDs, of which the row of the last byte tells more. */
	assert_memory_equal(reply.payload.data, "\x00\x00\x00\x00\x01\x00\x00\x00\x04\x00\x03", 11);
}

/* cse answers opcode 5410h with the header of its reply before. */
static void does_not_believe_the_lie_of_cse(void **state)
{
	const struct exchange exchange = { .opcode = 0x5410,
					   .tunnel = { .hops = 1, .hop = { { .id = 1 } } },
					   .tag = 5 };
	const struct wire_message message = of_cse(cse_lie);
	struct exchange_reply reply;

	(void)state;
	assert_int_equal(exchange_read(&exchange, &endpoint_row_cse, &message, &reply),
			 EXCHANGE_GARBLED);
}

/* Each bit of tag, opcode and length, outside and inside. */
static void every_part_of_both_headers_has_to_agree(void **state)
{
	static const size_t parts[] = { 5,  6,	8,  9,	10, 11, 12, 17, 18,
					21, 22, 23, 25, 26, 27, 28, 29 };
	uint8_t packet[CSE_PACKET_SIZE];
	struct exchange_reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			struct wire_message message = of_cse(packet);

			/* The low bits of the category are reserved, and so is the bit that tells
			 * of a background operation no part of the length. */
			if ((parts[i] == 5 || parts[i] == 22) && bit < 4)
				continue;
			if ((parts[i] == 12 || parts[i] == 29) && bit < 3)
				continue;
			memcpy(packet, cse_ld_info, sizeof(packet));
			packet[parts[i]] ^= (uint8_t)(1 << bit);
			if (exchange_read(&ld_info, &endpoint_row_cse, &message, &reply) ==
			    EXCHANGE_REPLY)
				fail_msg("byte %zu, bit %u", parts[i], bit);
		}
}

/* An error has no payload, whatever the header says, and no inner message. */
static void reads_no_payload_of_an_error(void **state)
{
	/* cse to Get LD Info of port 6, which is no MLD. */
	static const uint8_t packet[CSE_PACKET_SIZE] = { 0x01, 0x00, 0x00, 0xf6, 0x07, 0x10, 0x06,
							 0x00, 0x00, 0x53, 0x00, 0x00, 0x00, 0x02 };
	const struct exchange exchange = { .opcode = 0x5400,
					   .tunnel = { .hops = 1, .hop = { { .id = 6 } } },
					   .tag = 6 };
	const struct wire_message message = of_cse(packet);
	struct exchange_reply reply;

	(void)state;
	assert_int_equal(exchange_read(&exchange, &endpoint_row_cse, &message, &reply),
			 EXCHANGE_REPLY);
	assert_int_equal(reply.return_code, CCI_INVALID_INPUT);
	assert_int_equal(reply.payload.size, 0);
}

/* opencis replies with opcode 0; from anybody else that is a reply to another command. */
static void opencis_replies_without_an_opcode(void **state)
{
	static const uint8_t reply_bytes[] = { 0x01, 0x08, 0x00, 0x00, 0x00, 0x00,
					       0x00, 0x80, 0x01, 0x00, 0x00, 0x00 };
	const struct exchange exchange = { .opcode = 0x5201, .tag = 8 };
	struct wire_message message = { .bytes = reply_bytes, .size = sizeof(reply_bytes) };
	struct exchange_reply reply;

	(void)state;
	assert_int_equal(exchange_read(&exchange, &endpoint_row_opencis, &message, &reply),
			 EXCHANGE_REPLY);
	assert_int_equal(reply.return_code, CCI_BACKGROUND_STARTED);
	message.type = PACKET_TYPE_FM_API;
	assert_int_equal(exchange_read(&exchange, &endpoint_row_ours, &message, &reply),
			 EXCHANGE_OTHER);
}

static void a_reply_has_the_type_of_its_request(void **state)
{
	static const uint8_t reply_bytes[] = { 0x01, 0x08, 0x00, 0x00, 0x51, 0x00,
					       0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const struct exchange exchange = { .opcode = 0x5100, .tag = 8 };
	struct wire_message message = { .type = PACKET_TYPE_FM_API,
					.bytes = reply_bytes,
					.size = sizeof(reply_bytes) };
	struct exchange_reply reply;

	(void)state;
	assert_int_equal(exchange_read(&exchange, &endpoint_row_ours, &message, &reply),
			 EXCHANGE_REPLY);
	message.type = PACKET_TYPE_CCI;
	assert_int_equal(exchange_read(&exchange, &endpoint_row_ours, &message, &reply),
			 EXCHANGE_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_tunnel_of_jack),
		cmocka_unit_test(writes_the_tunnel_of_libcxlmi),
		cmocka_unit_test(writes_for_the_port_of_opencis),
		cmocka_unit_test(chooses_the_type),
		cmocka_unit_test(a_payload_has_an_end),
		cmocka_unit_test(takes_the_tunnelled_reply_of_cse),
		cmocka_unit_test(does_not_believe_the_lie_of_cse),
		cmocka_unit_test(every_part_of_both_headers_has_to_agree),
		cmocka_unit_test(reads_no_payload_of_an_error),
		cmocka_unit_test(opencis_replies_without_an_opcode),
		cmocka_unit_test(a_reply_has_the_type_of_its_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

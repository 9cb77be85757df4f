// SPDX-License-Identifier: GPL-2.0-only
/*
 * MCTP packets: the header as cse sends it, and messages cut into packets of 64 bytes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/transport/packet.h"
#include "test/unit/fabric/transport/cse-bytes.h"

static void reads_a_header_of_cse(void **state)
{
	struct packet_header header;

	(void)state;
	assert_int_equal(packet_read(cse_identify_switch[0], CSE_PACKET_SIZE, &header), 0);
	assert_true(header.first);
	assert_false(header.last);
	assert_int_equal(header.sequence, 1);
	assert_int_equal(header.tag, 2);
	assert_false(header.owner);
	assert_int_equal(packet_read(cse_identify_switch[1], CSE_PACKET_SIZE, &header), 0);
	assert_false(header.first);
	assert_true(header.last);
	assert_int_equal(header.sequence, 2);
}

/* include/net/mctp.h: MCTP_HDR_FLAG_SOM, _EOM, _TO, MCTP_HDR_SEQ_SHIFT. */
static void writes_the_bits_of_the_kernel(void **state)
{
	const struct packet_header header = {
		.to = 9, .from = 8, .first = true, .sequence = 2, .owner = true, .tag = 5
	};
	static const uint8_t expected[] = { 0x01, 0x09, 0x08, 0x80 | 2 << 4 | 0x08 | 5 };
	uint8_t bytes[PACKET_HEADER_SIZE];

	(void)state;
	packet_write(&header, bytes);
	assert_memory_equal(bytes, expected, sizeof(expected));
}

static void refuses_what_is_no_packet(void **state)
{
	uint8_t packet[CSE_PACKET_SIZE];
	struct packet_header header;

	(void)state;
	memcpy(packet, cse_bind, sizeof(packet));
	for (size_t size = 0; size <= PACKET_HEADER_SIZE; size++)
		assert_int_equal(packet_read(packet, size, &header), -EBADMSG);
	packet[0] = 0x02;
	assert_int_equal(packet_read(packet, sizeof(packet), &header), -EBADMSG);
	/* The high bits are reserved. */
	packet[0] = 0xf1;
	assert_int_equal(packet_read(packet, sizeof(packet), &header), 0);
}

/* A message of @size bytes needs @packets packets, of which the last has @rest bytes. */
static void cuts_into(size_t size, size_t packets, size_t rest)
{
	static uint8_t message[300];
	struct packet_cutter cutter = { .header = { .owner = true, .sequence = 3 },
					.type = PACKET_TYPE_CCI,
					.message = message,
					.size = size };
	uint8_t packet[PACKET_HEADER_SIZE + PACKET_PAYLOAD_SENT];
	struct packet_header header;

	for (size_t i = 0; i < packets; i++) {
		const bool last = i + 1 == packets;

		assert_int_equal(packet_cut(&cutter, packet),
				 last ? PACKET_HEADER_SIZE + rest : sizeof(packet));
		assert_int_equal(packet_read(packet, sizeof(packet), &header), 0);
		assert_int_equal(header.first, i == 0);
		assert_int_equal(header.last, last);
		assert_int_equal(header.sequence, (3 + i) % 4);
		if (header.first)
			assert_int_equal(packet[PACKET_HEADER_SIZE], PACKET_TYPE_CCI);
	}
	assert_int_equal(packet_cut(&cutter, packet), 0);
}

/* The type takes the first of 64 bytes. */
static void cuts_messages(void **state)
{
	(void)state;
	cuts_into(0, 1, 1);
	cuts_into(12, 1, 13);
	cuts_into(63, 1, 64);
	cuts_into(64, 2, 1);
	cuts_into(127, 2, 64);
	cuts_into(300, 5, 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_header_of_cse),
		cmocka_unit_test(writes_the_bits_of_the_kernel),
		cmocka_unit_test(refuses_what_is_no_packet),
		cmocka_unit_test(cuts_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages out of packets: what belongs together, what is dropped and counted, and where it ends.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/transport/reassembly.h"
#include "test/lib/wrap-allocation.h"
#include "test/unit/fabric/transport/cse-bytes.h"

#define FIRST 0x80
#define LAST  0x40
#define OWNER 0x08

static bool allocation_fails;

static bool fails(void)
{
	return allocation_fails;
}

WRAP_IF(fails, void *, realloc, NULL, (void *old, size_t size), (old, size))

static int set_up(void **state)
{
	static struct reassembly reassembly;

	reassembly = (struct reassembly){ 0 };
	*state = &reassembly;
	return 0;
}

static int tear_down(void **state)
{
	reassembly_deinit(*state);
	return 0;
}

/* A packet with @size bytes of @fill. */
static int take(struct reassembly *reassembly, uint8_t flags, uint8_t from, uint8_t fill,
		size_t size, struct reassembled *ret)
{
	static uint8_t packet[PACKET_HEADER_SIZE + 70000];

	memcpy(packet, (uint8_t[]){ 0x01, 0x00, from, flags }, PACKET_HEADER_SIZE);
	memset(packet + PACKET_HEADER_SIZE, fill, size);
	return reassembly_take(reassembly, packet, PACKET_HEADER_SIZE + size, ret);
}

static uint8_t order(unsigned int number)
{
	return (uint8_t)(number % 4 << 4);
}

static void joins_what_cse_sends(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	assert_int_equal(
		reassembly_take(reassembly, cse_identify_switch[0], CSE_PACKET_SIZE, &message), 0);
	assert_int_equal(
		reassembly_take(reassembly, cse_identify_switch[1], CSE_PACKET_SIZE, &message), 1);
	assert_int_equal(message.type, PACKET_TYPE_FM_API);
	assert_int_equal(message.size, 2 * PACKET_PAYLOAD_SENT - 1);
	assert_memory_equal(message.bytes, cse_identify_switch[0] + 5, 63);
	assert_memory_equal(message.bytes + 63, cse_identify_switch[1] + 4, 64);
}

static void begins_with_any_number(void **state)
{
	struct reassembled message;

	for (unsigned int first = 0; first < 4; first++) {
		assert_int_equal(take(*state, FIRST | order(first), 1, 7, 64, &message), 0);
		assert_int_equal(take(*state, order(first + 1), 1, 7, 64, &message), 0);
		assert_int_equal(take(*state, LAST | order(first + 2), 1, 7, 3, &message), 1);
		assert_int_equal(message.size, 130);
	}
}

/* Receivers take any payload. */
static void takes_packets_of_any_size(void **state)
{
	struct reassembled message;

	assert_int_equal(take(*state, FIRST, 1, 8, 1, &message), 0);
	assert_int_equal(take(*state, order(1), 1, 8, 4096, &message), 0);
	assert_int_equal(take(*state, LAST | order(2), 1, 8, 200, &message), 1);
	assert_int_equal(message.size, 4296);
}

static void drops_a_message_with_a_gap(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	for (unsigned int wrong = 0; wrong < 4; wrong++) {
		if (wrong == 1)
			continue;
		assert_int_equal(take(reassembly, FIRST, 1, 7, 64, &message), 0);
		assert_int_equal(take(reassembly, LAST | order(wrong), 1, 7, 64, &message), 0);
		assert_int_equal(take(reassembly, LAST | order(1), 1, 7, 64, &message), 0);
	}
	assert_int_equal(reassembly->dropped.gaps, 3);
	assert_int_equal(reassembly->dropped.stray, 3);
	assert_int_equal(take(reassembly, FIRST | LAST, 1, 7, 64, &message), 1);
}

/* A packet that came twice has the number of the packet before it. */
static void drops_a_message_with_a_packet_twice(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	assert_int_equal(take(reassembly, FIRST, 1, 7, 64, &message), 0);
	assert_int_equal(take(reassembly, order(1), 1, 7, 64, &message), 0);
	assert_int_equal(take(reassembly, order(1), 1, 7, 64, &message), 0);
	assert_int_equal(reassembly->dropped.gaps, 1);
}

static void the_newer_of_two_first_packets_counts(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	assert_int_equal(take(reassembly, FIRST, 1, 0xaa, 64, &message), 0);
	assert_int_equal(take(reassembly, FIRST, 1, 0xbb, 64, &message), 0);
	assert_int_equal(take(reassembly, LAST | order(1), 1, 0xbb, 2, &message), 1);
	assert_int_equal(message.size, 65);
	assert_int_equal(message.bytes[0], 0xbb);
	assert_int_equal(reassembly->dropped.restarted, 1);
}

/* Tag, sender, and who has chosen the tag tell messages apart. */
static void keeps_messages_apart(void **state)
{
	struct reassembled message;

	assert_int_equal(take(*state, FIRST | 1, 1, 0x11, 64, &message), 0);
	assert_int_equal(take(*state, FIRST | 2, 1, 0x22, 64, &message), 0);
	assert_int_equal(take(*state, FIRST | 1, 2, 0x33, 64, &message), 0);
	assert_int_equal(take(*state, FIRST | OWNER | 1, 1, 0x44, 64, &message), 0);
	assert_int_equal(take(*state, LAST | order(1) | 1, 1, 0x11, 64, &message), 1);
	assert_int_equal(message.bytes[100], 0x11);
	assert_int_equal(take(*state, LAST | order(1) | 2, 1, 0x22, 64, &message), 1);
	assert_int_equal(message.bytes[100], 0x22);
	assert_int_equal(take(*state, LAST | order(1) | 1, 2, 0x33, 64, &message), 1);
	assert_int_equal(message.bytes[100], 0x33);
	assert_int_equal(take(*state, LAST | OWNER | order(1) | 1, 1, 0x44, 64, &message), 1);
	assert_int_equal(message.bytes[100], 0x44);
}

static void counts_what_is_no_packet(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	assert_int_equal(take(reassembly, FIRST | LAST, 1, 7, 0, &message), 0);
	assert_int_equal(reassembly->dropped.malformed, 1);
	assert_int_equal(take(reassembly, LAST, 1, 7, 10, &message), 0);
	assert_int_equal(reassembly->dropped.stray, 1);
}

/* A peer that only begins messages uses the slots and no more. */
static void the_oldest_gives_way(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	for (unsigned int from = 0; from <= REASSEMBLY_SLOTS; from++)
		assert_int_equal(take(reassembly, FIRST, (uint8_t)from, 7, 64, &message), 0);
	assert_int_equal(reassembly->dropped.evicted, 1);
	assert_int_equal(take(reassembly, LAST | order(1), 1, 7, 64, &message), 1);
	assert_int_equal(take(reassembly, LAST | order(1), 0, 7, 64, &message), 0);
	assert_int_equal(reassembly->dropped.stray, 1);
}

static void a_message_has_an_end(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;
	unsigned int number = 1;

	assert_int_equal(take(reassembly, FIRST, 1, 7, 65535, &message), 0);
	assert_int_equal(take(reassembly, LAST | order(1), 1, 7, 64, &message), 1);
	assert_int_equal(message.size + 1, REASSEMBLY_MESSAGE_MAX);

	assert_int_equal(take(reassembly, FIRST, 1, 7, 65535, &message), 0);
	assert_int_equal(take(reassembly, LAST | order(1), 1, 7, 65, &message), 0);
	assert_int_equal(reassembly->dropped.oversized, 1);

	assert_int_equal(take(reassembly, FIRST, 1, 7, 64, &message), 0);
	for (; number < 2000; number++)
		assert_int_equal(take(reassembly, order(number), 1, 7, 64, &message), 0);
	assert_int_equal(reassembly->dropped.oversized, 2);
	for (size_t i = 0; i < REASSEMBLY_SLOTS; i++)
		assert_true(reassembly->slots[i].room <= 2 * 65536);
}

static void without_memory_the_message_is_dropped(void **state)
{
	struct reassembly *reassembly = *state;
	struct reassembled message;

	assert_int_equal(take(reassembly, FIRST, 1, 7, 64, &message), 0);
	allocation_fails = true;
	assert_int_equal(take(reassembly, LAST | order(1), 1, 7, 4096, &message), -ENOMEM);
	allocation_fails = false;
	assert_int_equal(take(reassembly, LAST | order(1), 1, 7, 4096, &message), 0);
	assert_int_equal(take(reassembly, FIRST | LAST, 1, 7, 64, &message), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(joins_what_cse_sends),
		TEST(begins_with_any_number),
		TEST(takes_packets_of_any_size),
		TEST(drops_a_message_with_a_gap),
		TEST(drops_a_message_with_a_packet_twice),
		TEST(the_newer_of_two_first_packets_counts),
		TEST(keeps_messages_apart),
		TEST(counts_what_is_no_packet),
		TEST(the_oldest_gives_way),
		TEST(a_message_has_an_end),
		TEST(without_memory_the_message_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

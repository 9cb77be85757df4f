// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of the three dialects: as other programs write them, and damaged.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/transport/framing.h"
#include "test/unit/fabric/transport/cse-bytes.h"

/* Written by opencis-core's own classes: Identify Switch, tag 7; Bind vPPB, tag 8; Get LD Info of
 * port 5, tag 9. */
static const uint8_t opencis_identify[] = { 0x04, 0x01, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00,
					    0x51, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
static const uint8_t opencis_bind[] = { 0x64, 0x01, 0x00, 0x00, 0x00, 0x08, 0x00, 0x01,
					0x52, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
					0x00, 0x01, 0x02, 0x00, 0x03, 0x00 };
static const uint8_t opencis_ld_info[] = { 0x04, 0x01, 0x05, 0x00, 0x00, 0x09, 0x00, 0x00,
					   0x54, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };

/* The definition of our dialect: the length of the packet in 4 bytes, little endian, then the
 * packet. */
static const uint8_t ours[] = { 0x07, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0xc8, 0x08, 0x01, 0x02 };

/* @bytes are one frame, not before they have all come, and what follows them is not looked at. */
static void is_a_frame(enum framing framing, const uint8_t *bytes, size_t size, size_t header,
		       uint8_t port)
{
	uint8_t longer[128], written[FRAMING_WRITTEN_MAX];
	struct frame frame;

	for (size_t come = 0; come < size; come++)
		assert_int_equal(framing_next(framing, bytes, come, &frame), 0);
	memset(longer, 0xff, sizeof(longer));
	memcpy(longer, bytes, size);
	assert_int_equal(framing_next(framing, longer, sizeof(longer), &frame), size);
	assert_ptr_equal(frame.bytes, longer + header);
	assert_int_equal(frame.size, size - header);
	assert_int_equal(frame.port, port);
	assert_int_equal(framing_write(framing, &frame, written), size);
	assert_memory_equal(written, bytes, size);
}

static void frames_of_opencis(void **state)
{
	(void)state;
	is_a_frame(FRAMING_OPENCIS, opencis_identify, sizeof(opencis_identify), 4, 0);
	is_a_frame(FRAMING_OPENCIS, opencis_bind, sizeof(opencis_bind), 4, 0);
	is_a_frame(FRAMING_OPENCIS, opencis_ld_info, sizeof(opencis_ld_info), 4, 5);
}

static void frames_of_cse(void **state)
{
	(void)state;
	is_a_frame(FRAMING_CSE, cse_ld_info, sizeof(cse_ld_info), 0, 0);
}

static void frames_of_ours(void **state)
{
	(void)state;
	is_a_frame(FRAMING_OURS, ours, sizeof(ours), 4, 0);
}

/* cse's receiver reads 68 bytes at a time. */
static void pads_for_cse(void **state)
{
	static const uint8_t packet[] = { 0x01, 0x00, 0x00, 0xc8, 0x07, 0x01 };
	const struct frame frame = { .bytes = packet, .size = sizeof(packet) };
	static const uint8_t zeros[CSE_PACKET_SIZE];
	uint8_t written[FRAMING_WRITTEN_MAX];

	(void)state;
	memset(written, 0xff, sizeof(written));
	assert_int_equal(framing_write(FRAMING_CSE, &frame, written), CSE_PACKET_SIZE);
	assert_memory_equal(written, packet, sizeof(packet));
	assert_memory_equal(written + sizeof(packet), zeros, CSE_PACKET_SIZE - sizeof(packet));
	assert_int_equal(written[CSE_PACKET_SIZE], 0xff);
}

static void is_broken(enum framing framing, const uint8_t *bytes, size_t size)
{
	struct frame frame;

	assert_int_equal(framing_next(framing, bytes, size, &frame), -EBADMSG);
}

static void a_length_that_cannot_be(void **state)
{
	(void)state;
	/* Nothing but a header, and more than anybody sends in one packet. */
	is_broken(FRAMING_OURS, (const uint8_t[]){ 0x00, 0x00, 0x00, 0x00 }, 4);
	is_broken(FRAMING_OURS, (const uint8_t[]){ 0x04, 0x00, 0x00, 0x00 }, 4);
	is_broken(FRAMING_OURS, (const uint8_t[]){ 0x05, 0x00, 0x01, 0x00 }, 4);
	is_broken(FRAMING_OURS, (const uint8_t[]){ 0xff, 0xff, 0xff, 0xff }, 4);
	/* Less than a CCI header; another payload type. */
	is_broken(FRAMING_OPENCIS, (const uint8_t[]){ 0xf4, 0x00 }, 2);
	is_broken(FRAMING_OPENCIS, (const uint8_t[]){ 0x04, 0x00 }, 2);
	is_broken(FRAMING_OPENCIS, (const uint8_t[]){ 0x01, 0x01 }, 2);
}

static void the_largest_frames(void **state)
{
	static const uint8_t bytes[FRAMING_WRITTEN_MAX + 1];
	static uint8_t largest[FRAMING_FRAME_MAX] = { 0x04, 0x00, 0x01, 0x00 };
	uint8_t written[FRAMING_WRITTEN_MAX];
	struct frame frame = { .bytes = bytes, .size = 4091 };

	(void)state;
	assert_int_equal(framing_next(FRAMING_OURS, largest, sizeof(largest), &frame), 65544);
	assert_int_equal(frame.size, 65540);
	frame = (struct frame){ .bytes = bytes, .size = 4091 };
	assert_int_equal(framing_write(FRAMING_OPENCIS, &frame, written), 4095);
	/* 4095 in bits 15:4. */
	assert_memory_equal(written, ((const uint8_t[]){ 0xf4, 0xff }), 2);
	assert_int_equal(framing_write(FRAMING_OURS, &frame, written), 4095);
	frame.size++;
	assert_int_equal(framing_write(FRAMING_OPENCIS, &frame, written), -EMSGSIZE);
	assert_int_equal(framing_write(FRAMING_OURS, &frame, written), -EMSGSIZE);
	frame.size = 69;
	assert_int_equal(framing_write(FRAMING_CSE, &frame, written), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_opencis),	   cmocka_unit_test(frames_of_cse),
		cmocka_unit_test(frames_of_ours),	   cmocka_unit_test(pads_for_cse),
		cmocka_unit_test(a_length_that_cannot_be), cmocka_unit_test(the_largest_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

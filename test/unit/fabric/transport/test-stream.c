// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes of a connection as messages, however the bytes are cut into reads, and messages as frames.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/transport/stream.h"
#include "test/unit/fabric/transport/cse-bytes.h"

static void come(struct stream *stream, const void *bytes, size_t size)
{
	size_t room;
	uint8_t *space = stream_space(stream, &room);

	assert_true(size <= room);
	memcpy(space, bytes, size);
	stream_came(stream, size);
}

/* The two packets of cse are one message, in reads of @step bytes. */
static void read_in_steps(size_t step)
{
	const uint8_t *bytes = &cse_identify_switch[0][0];
	const size_t size = sizeof(cse_identify_switch);
	struct wire_message message;
	struct stream stream;
	size_t messages = 0;

	assert_int_equal(stream_init(&stream, FRAMING_CSE), 0);
	for (size_t at = 0; at < size; at += step) {
		come(&stream, bytes + at, size - at < step ? size - at : step);
		while (stream_next(&stream, &message) == 1)
			messages++;
	}
	assert_int_equal(messages, 1);
	assert_int_equal(message.type, PACKET_TYPE_FM_API);
	assert_int_equal(message.size, 127);
	assert_memory_equal(message.bytes, cse_identify_switch[0] + 5, 63);
	stream_deinit(&stream);
}

static void cuts_of_reads_make_no_difference(void **state)
{
	(void)state;
	for (size_t step = 1; step <= sizeof(cse_identify_switch); step++)
		read_in_steps(step);
}

/* Several messages in one read come one by one. */
static void messages_of_one_read(void **state)
{
	struct wire_message message;
	struct stream stream;

	(void)state;
	assert_int_equal(stream_init(&stream, FRAMING_CSE), 0);
	come(&stream, cse_bind, sizeof(cse_bind));
	come(&stream, cse_bind_status, sizeof(cse_bind_status));
	assert_int_equal(stream_next(&stream, &message), 1);
	assert_int_equal(message.bytes[1], 7);
	assert_int_equal(stream_next(&stream, &message), 1);
	assert_int_equal(message.bytes[1], 8);
	assert_int_equal(stream_next(&stream, &message), 0);
	stream_deinit(&stream);
}

/* MCTP control messages and those of vendors are nobody's here. */
static void drops_messages_of_other_types(void **state)
{
	uint8_t packet[CSE_PACKET_SIZE];
	struct wire_message message;
	struct stream stream;

	(void)state;
	assert_int_equal(stream_init(&stream, FRAMING_CSE), 0);
	memcpy(packet, cse_bind, sizeof(packet));
	for (unsigned int type = 0; type < 256; type++) {
		packet[4] = (uint8_t)type;
		come(&stream, packet, sizeof(packet));
		assert_int_equal(stream_next(&stream, &message), type == 7 || type == 8);
	}
	assert_int_equal(stream.other_types, 254);
	stream_deinit(&stream);
}

static void opencis_has_no_packets(void **state)
{
	/* The reply of opencis to Bind vPPB: a background operation has begun. */
	static const uint8_t reply[] = { 0x04, 0x01, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00,
					 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00 };
	struct wire_message message;
	struct stream stream;

	(void)state;
	assert_int_equal(stream_init(&stream, FRAMING_OPENCIS), 0);
	come(&stream, reply, 15);
	assert_int_equal(stream_next(&stream, &message), 0);
	come(&stream, reply + 15, 1);
	assert_int_equal(stream_next(&stream, &message), 1);
	assert_int_equal(message.type, 0);
	assert_int_equal(message.size, 12);
	assert_memory_equal(message.bytes, reply + 4, 12);
	stream_deinit(&stream);
}

static void tells_of_a_broken_stream(void **state)
{
	struct wire_message message;
	struct stream stream;

	(void)state;
	assert_int_equal(stream_init(&stream, FRAMING_OURS), 0);
	come(&stream, "\xff\xff\xff\xff", 4);
	assert_int_equal(stream_next(&stream, &message), -EBADMSG);
	assert_int_equal(stream_next(&stream, &message), -EBADMSG);
	stream_deinit(&stream);
}

/* A peer that sends for ever finds room for ever, and no more than a buffer of it. */
static void a_flood_needs_no_more_room(void **state)
{
	struct wire_message message;
	struct stream stream;
	size_t room;

	(void)state;
	assert_int_equal(stream_init(&stream, FRAMING_CSE), 0);
	for (unsigned int i = 0; i < 100000; i++) {
		(void)stream_space(&stream, &room);
		assert_true(room > FRAMING_FRAME_MAX - CSE_PACKET_SIZE);
		come(&stream, cse_identify_switch[i % 2 == 0], 67);
		while (stream_next(&stream, &message) == 1)
			;
	}
	stream_deinit(&stream);
}

struct written {
	uint8_t bytes[4096];
	size_t size;
	size_t writes;
	int error;
};

static int keep(void *userdata, const uint8_t *frame, size_t size)
{
	struct written *written = userdata;

	memcpy(written->bytes + written->size, frame, size);
	written->size += size;
	written->writes++;
	return written->error;
}

static void writes_a_message_in_frames(void **state)
{
	static const uint8_t bytes[100] = { 0xaa };
	const struct wire_message message = { .type = PACKET_TYPE_FM_API,
					      .bytes = bytes,
					      .size = sizeof(bytes) };
	struct stream stream = { .framing = FRAMING_CSE };
	struct written written = { .size = 0 };

	(void)state;
	assert_int_equal(stream_write(&stream, &message, keep, &written), 0);
	assert_int_equal(written.writes, 2);
	assert_int_equal(written.size, 2 * CSE_PACKET_SIZE);
	assert_memory_equal(written.bytes, "\x01\x00\x00\x88\x07\xaa", 6);
	assert_memory_equal(written.bytes + CSE_PACKET_SIZE, "\x01\x00\x00\x58", 4);

	stream.framing = FRAMING_OURS;
	written = (struct written){ .size = 0 };
	assert_int_equal(stream_write(&stream, &message, keep, &written), 0);
	assert_int_equal(written.writes, 2);
	/* 64 payload bytes in the first packet, of which the type is one; then the other 37. */
	assert_int_equal(written.size, 4 + 68 + 4 + 4 + 37);
	assert_memory_equal(written.bytes + 4 + 68, "\x29\x00\x00\x00\x01\x00\x00\x58", 8);

	stream.framing = FRAMING_OPENCIS;
	written = (struct written){ .size = 0 };
	assert_int_equal(stream_write(&stream, &message, keep, &written), 0);
	assert_int_equal(written.writes, 1);
	assert_int_equal(written.size, 104);
}

static void a_failed_write_ends_the_message(void **state)
{
	static const uint8_t bytes[200] = { 0 };
	const struct wire_message message = { .type = PACKET_TYPE_CCI,
					      .bytes = bytes,
					      .size = sizeof(bytes) };
	const struct stream stream = { .framing = FRAMING_CSE };
	struct written written = { .error = -EPIPE };

	(void)state;
	assert_int_equal(stream_write(&stream, &message, keep, &written), -EPIPE);
	assert_int_equal(written.writes, 1);
}

/* Nothing is written of a message that opencis has no frame for. */
static void too_large_for_opencis(void **state)
{
	static const uint8_t bytes[4092] = { 0 };
	const struct wire_message message = { .bytes = bytes, .size = sizeof(bytes) };
	const struct stream stream = { .framing = FRAMING_OPENCIS };
	struct written written = { .size = 0 };

	(void)state;
	assert_int_equal(stream_write(&stream, &message, keep, &written), -EMSGSIZE);
	assert_int_equal(written.writes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_of_reads_make_no_difference),
		cmocka_unit_test(messages_of_one_read),
		cmocka_unit_test(drops_messages_of_other_types),
		cmocka_unit_test(opencis_has_no_packets),
		cmocka_unit_test(tells_of_a_broken_stream),
		cmocka_unit_test(a_flood_needs_no_more_room),
		cmocka_unit_test(writes_a_message_in_frames),
		cmocka_unit_test(a_failed_write_ends_the_message),
		cmocka_unit_test(too_large_for_opencis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

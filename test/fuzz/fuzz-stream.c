// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the bytes of a TCP connection, in one of the three dialects. The first byte of the
 * input chooses the dialect, the second how many bytes a read has: the messages are the same,
 * however the bytes are cut into reads.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fabric/transport/stream.h"
#include "test/fuzz/fuzz.h"

struct sum {
	size_t messages;
	size_t bytes;
	uint64_t hash;
	int error;
};

static void add(struct sum *sum, const struct wire_message *message)
{
	sum->messages++;
	sum->bytes += message->size;
	for (size_t i = 0; i < message->size; i++)
		sum->hash = (sum->hash ^ message->bytes[i]) * 1099511628211u;
}

static struct sum sum_of(enum framing framing, const uint8_t *data, size_t size, size_t step)
{
	struct sum sum = { .error = 0 };
	struct wire_message message;
	struct stream stream;

	if (stream_init(&stream, framing) < 0)
		abort();
	while (size && sum.error >= 0) {
		size_t room, part = size < step ? size : step;
		uint8_t *space = stream_space(&stream, &room);

		assert(room > 0);
		part = part < room ? part : room;
		memcpy(space, data, part);
		stream_came(&stream, part);
		data += part;
		size -= part;
		while ((sum.error = stream_next(&stream, &message)) == 1)
			add(&sum, &message);
	}
	stream_deinit(&stream);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole, cut;
	enum framing framing;

	if (size < 2)
		return 0;
	framing = (enum framing)(data[0] % 3);
	whole = sum_of(framing, data + 2, size - 2, FRAMING_FRAME_MAX);
	cut = sum_of(framing, data + 2, size - 2, (size_t)data[1] + 1);
	assert(whole.messages == cut.messages && whole.bytes == cut.bytes);
	assert(whole.hash == cut.hash && whole.error == cut.error);
	return 0;
}

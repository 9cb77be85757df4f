// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection's bytes as messages, both ways. Pure but for its memory.
 */
#include "fabric/transport/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fabric/cci/message.h"

int stream_init(struct stream *stream, enum framing framing)
{
	*stream = (struct stream){ .framing = framing, .buffer = malloc(FRAMING_FRAME_MAX) };
	return stream->buffer ? 0 : -ENOMEM;
}

void stream_deinit(struct stream *stream)
{
	reassembly_deinit(&stream->reassembly);
	free(stream->buffer);
	stream->buffer = NULL;
}

uint8_t *stream_space(struct stream *stream, size_t *ret_size)
{
	if (stream->begin) {
		memmove(stream->buffer, stream->buffer + stream->begin,
			stream->end - stream->begin);
		stream->end -= stream->begin;
		stream->begin = 0;
	}
	*ret_size = FRAMING_FRAME_MAX - stream->end;
	return stream->buffer + stream->end;
}

void stream_came(struct stream *stream, size_t size)
{
	stream->end += size;
}

/* ---- bytes to messages ---- */

static int take_packet(struct stream *stream, const struct frame *frame,
		       struct wire_message *ret_message)
{
	struct reassembled whole;
	int rc = reassembly_take(&stream->reassembly, frame->bytes, frame->size, &whole);

	if (rc <= 0)
		return rc;
	if (whole.type != PACKET_TYPE_FM_API && whole.type != PACKET_TYPE_CCI) {
		stream->other_types++;
		return 0;
	}
	*ret_message = (struct wire_message){ .type = whole.type,
					      .bytes = whole.bytes,
					      .size = whole.size };
	return 1;
}

static int take_frame(struct stream *stream, const struct frame *frame,
		      struct wire_message *ret_message)
{
	if (stream->framing != FRAMING_OPENCIS)
		return take_packet(stream, frame, ret_message);
	*ret_message = (struct wire_message){ .port = frame->port,
					      .bytes = frame->bytes,
					      .size = frame->size };
	return 1;
}

int stream_next(struct stream *stream, struct wire_message *ret_message)
{
	struct frame frame;
	long taken;
	int rc = 0;

	while (rc == 0) {
		taken = framing_next(stream->framing, stream->buffer + stream->begin,
				     stream->end - stream->begin, &frame);
		if (taken <= 0)
			return (int)taken;
		stream->begin += (size_t)taken;
		rc = take_frame(stream, &frame, ret_message);
	}
	return rc;
}

/* ---- messages to frames ---- */

static int write_frame(enum framing framing, const struct frame *frame, stream_write_fn write,
		       void *userdata)
{
	uint8_t buffer[FRAMING_WRITTEN_MAX];
	const long size = framing_write(framing, frame, buffer);

	return size < 0 ? (int)size : write(userdata, buffer, (size_t)size);
}

int stream_write(const struct stream *stream, const struct wire_message *message,
		 stream_write_fn write, void *userdata)
{
	uint8_t packet[PACKET_HEADER_SIZE + PACKET_PAYLOAD_SENT];
	struct frame frame = { .bytes = message->bytes,
			       .size = message->size,
			       .port = message->port };
	struct packet_cutter cutter = { .header = { .owner = true },
					.type = message->type,
					.message = message->bytes,
					.size = message->size };
	int rc = 0;

	if (stream->framing == FRAMING_OPENCIS)
		return write_frame(stream->framing, &frame, write, userdata);
	frame.bytes = packet;
	while (rc == 0 && (frame.size = packet_cut(&cutter, packet)) > 0)
		rc = write_frame(stream->framing, &frame, write, userdata);
	return rc;
}

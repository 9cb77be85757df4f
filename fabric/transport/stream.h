/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of one TCP connection as CCI messages, and CCI messages as frames, in any of the three
 * dialects. Pure but for its memory, of which a peer can make us use so much and no more. Called by
 * tcp-provider.c.
 */
#pragma once

#include "fabric/transport/framing.h"
#include "fabric/transport/reassembly.h"
#include "fabric/transport/wire-message.h"

/**
 * struct stream - one connection
 * @framing: the dialect
 * @buffer: of FRAMING_FRAME_MAX bytes: what has come and was not taken yet
 * @begin: of what was not taken yet
 * @end: of what has come
 * @reassembly: of the dialects with MCTP; has the counts of what was dropped
 * @other_types: messages that were dropped since they are of another type than 07h and 08h
 */
struct stream {
	enum framing framing;
	uint8_t *buffer;
	size_t begin;
	size_t end;
	struct reassembly reassembly;
	uint64_t other_types;
};

/** stream_init() - 0 or -ENOMEM; to be deinitialised with stream_deinit() */
int stream_init(struct stream *stream, enum framing framing);

void stream_deinit(struct stream *stream);

/**
 * stream_space() - where the next bytes of the connection go
 * @ret_size: the number of bytes that fit there; not 0 once stream_next() has returned 0
 */
uint8_t *stream_space(struct stream *stream, size_t *ret_size);

/** stream_came() - @size bytes have come to stream_space() */
void stream_came(struct stream *stream, size_t size);

/**
 * stream_next() - the next message of what has come
 * @ret_message: valid until the next call for this stream
 *
 * Return: 1; 0 when more bytes have to come first; -EBADMSG for a stream that is broken, -ENOMEM.
 */
int stream_next(struct stream *stream, struct wire_message *ret_message);

/* @frame: the bytes of one frame, to be sent by one write. Return: 0 or a negative errno. */
typedef int (*stream_write_fn)(void *userdata, const uint8_t *frame, size_t size);

/**
 * stream_write() - a message as frames
 *
 * Return: 0; -EMSGSIZE for a message that the dialect has no frame for, of which nothing was
 * written; the error of @write.
 */
int stream_write(const struct stream *stream, const struct wire_message *message,
		 stream_write_fn write, void *userdata);

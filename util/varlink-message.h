/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The varlink wire format (https://varlink.org/Method-Call): JSON objects, each ended by a NUL
 * byte, over a stream. Pure: bytes in, messages out and back; no sockets, no clock and no JSON
 * library. Parameters stay text here: the daemon makes a tree of them, the client library hands
 * them on as they came. Called by daemon/varlink and cli/libcxlfm.
 *
 * Errors: EPROTO the peer sent something malformed, E2BIG something too deep or of too many values,
 * EMSGSIZE a message that is too long, ENOBUFS our buffer is full, EINVAL the caller's text is bad.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The largest message, without its NUL: a call that we accept, a reply that a client accepts. */
#define VARLINK_CALL_SIZE_MAX  ((size_t)256 * 1024)
#define VARLINK_REPLY_SIZE_MAX ((size_t)16 * 1024 * 1024)

/* Nested objects and arrays, the outermost counted. */
#define VARLINK_DEPTH_MAX 64u

/* Values and keys of one message: a JSON tree takes some hundred bytes for a value of two. */
#define VARLINK_CALL_VALUES_MAX	 ((size_t)16 * 1024)
#define VARLINK_REPLY_VALUES_MAX ((size_t)8 * 1024 * 1024)

/* A method or an error with its interface. */
#define VARLINK_NAME_LENGTH_MAX 255u

/* ---- receiving ---- */

/* Received bytes that are not yet consumed. Holds no memory while it is empty and trimmed. */
struct varlink_input {
	char *data;
	size_t allocated;
	size_t begin, scanned, end;
	size_t message_size_max;
};

#define VARLINK_INPUT_NULL ((struct varlink_input){ .data = NULL })

/** varlink_input_init() - an empty buffer for messages of at most @message_size_max bytes */
void varlink_input_init(struct varlink_input *input, size_t message_size_max);

/** varlink_input_deinit() - frees the memory; works on VARLINK_INPUT_NULL and twice */
void varlink_input_deinit(struct varlink_input *input);

/**
 * varlink_input_reserve() - room to read into
 * @size_wanted: how much would be good to have; more or less may be given, but not nothing
 *
 * Invalidates texts given out by varlink_input_next(). The buffer never holds more than one message
 * of the largest size and its NUL.
 *
 * Return: 0; -ENOBUFS when complete messages fill the buffer: take those first; -EMSGSIZE when
 * what fills it is one message without an end; -ENOMEM.
 */
int varlink_input_reserve(struct varlink_input *input, size_t size_wanted, char **ret_space,
			  size_t *ret_size);

/** varlink_input_commit() - says that @size bytes were written into the reserved room */
void varlink_input_commit(struct varlink_input *input, size_t size);

/**
 * varlink_input_push() - copies all of @data into the buffer, or nothing
 *
 * Return: 0, or as varlink_input_reserve().
 */
int varlink_input_push(struct varlink_input *input, const void *data, size_t size);

/**
 * varlink_input_next() - takes the next complete message
 * @ret_text: the message, ended by a NUL, valid until the next reserve, push, trim or deinit
 * @ret_length: its length without the NUL
 *
 * Return: 1 and a message; 0 when none is complete; -EMSGSIZE when the next one is too long, with
 * or without an end.
 */
int varlink_input_next(struct varlink_input *input, const char **ret_text, size_t *ret_length);

/** varlink_input_has_message() - would varlink_input_next() return something other than 0? */
bool varlink_input_has_message(struct varlink_input *input);

/** varlink_input_is_empty() - are there no bytes, not even of half a message? */
bool varlink_input_is_empty(const struct varlink_input *input);

/** varlink_input_trim() - gives memory back: all of it when the buffer is empty */
void varlink_input_trim(struct varlink_input *input);

/* ---- parsing ---- */

enum varlink_message_kind {
	VARLINK_MESSAGE_CALL,
	VARLINK_MESSAGE_REPLY,
};

/* A parsed message. The texts point into the text that was parsed and have no NUL of their own. */
struct varlink_message {
	const char *name; /* the method of a call; the error of a reply, or NULL */
	size_t name_length;
	const char *parameters; /* a JSON object; "{}" when the message has none */
	size_t parameters_length;
	size_t parameters_member_count; /* members of all objects in there: finds double names */
	bool more, oneway, upgrade;	/* of a call */
	bool continues;			/* of a reply */
};

/**
 * varlink_message_parse() - reads one message strictly
 *
 * Checked: the whole text is one JSON object (RFC 8259, UTF-8, no escaped NUL, integers that fit in
 * 64 bits, VARLINK_DEPTH_MAX); its members are those of the kind of message, of the right type,
 * none twice. Members with a dot in their name are somebody's extension and ignored, if they are
 * objects as the protocol demands; other unknown members are refused. Double names inside the
 * parameters are left to whoever makes a tree of them.
 *
 * Return: 0, -EPROTO, or -E2BIG when it is too deep or has more than @value_count_max values.
 */
int varlink_message_parse(enum varlink_message_kind kind, const char *text, size_t length,
			  size_t value_count_max, struct varlink_message *ret_message);

/**
 * varlink_json_check_object() - is this text one JSON object, by the rules of
 * varlink_message_parse()?
 * @ret_member_count: the members of all objects in it; may be NULL
 *
 * Return: 0, -EPROTO or -E2BIG.
 */
int varlink_json_check_object(const char *text, size_t length, size_t value_count_max,
			      size_t *ret_member_count);

/** varlink_name_is_valid() - letters, digits, dots, hyphens: an interface with or without a member
 */
bool varlink_name_is_valid(const char *name, size_t length);

/* ---- sending ---- */

/* Bytes to be sent. Holds no memory while it is empty. */
struct varlink_output {
	char *data;
	size_t allocated;
	size_t begin, end;
	size_t size_max;
};

#define VARLINK_OUTPUT_NULL ((struct varlink_output){ .data = NULL })

enum varlink_call_flags {
	VARLINK_CALL_MORE = 1 << 0,
	VARLINK_CALL_ONEWAY = 1 << 1,
	VARLINK_CALL_UPGRADE = 1 << 2,
};

/** varlink_output_init() - an empty buffer that never holds more than @size_max unsent bytes */
void varlink_output_init(struct varlink_output *output, size_t size_max);

/** varlink_output_deinit() - frees the memory; works on VARLINK_OUTPUT_NULL and twice */
void varlink_output_deinit(struct varlink_output *output);

/**
 * varlink_output_call() - appends a call
 * @method: its full name
 * @parameters: a JSON object that the caller vouches for, or NULL for none
 * @parameters_length: its length
 * @flags: of enum varlink_call_flags
 *
 * Return: 0; -EINVAL for a bad name or a NUL in the parameters; -ENOBUFS when it would pass the
 * limit; -ENOMEM. On failure nothing was appended.
 */
int varlink_output_call(struct varlink_output *output, const char *method, const char *parameters,
			size_t parameters_length, unsigned int flags);

/** varlink_output_reply() - appends a reply; otherwise as varlink_output_call() */
int varlink_output_reply(struct varlink_output *output, const char *parameters,
			 size_t parameters_length, bool continues);

/** varlink_output_error() - appends an error; otherwise as varlink_output_call() */
int varlink_output_error(struct varlink_output *output, const char *error, const char *parameters,
			 size_t parameters_length);

/** varlink_output_peek() - the bytes to send next; NULL when there are none */
const char *varlink_output_peek(const struct varlink_output *output, size_t *ret_size);

/** varlink_output_size() - how many bytes are still to be sent */
size_t varlink_output_size(const struct varlink_output *output);

/** varlink_output_consume() - says that the first @size bytes were sent */
void varlink_output_consume(struct varlink_output *output, size_t size);

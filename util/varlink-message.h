/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The varlink wire format (https://varlink.org/Method-Call): JSON objects, each ended by a NUL
 * byte, over a stream. Pure: bytes become messages and messages become bytes, without sockets,
 * clock or JSON library. Parameters stay text here: the daemon makes a tree of them, the client
 * library hands them on unchanged. Called by daemon/varlink and cli/libcxlfm.
 *
 * Errors: EPROTO, the peer sent a malformed message; E2BIG, a message is too deep or has too many
 * values; EMSGSIZE, a message is too long; ENOBUFS, the buffer is full; EINVAL, the caller's text
 * is not valid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The largest messages without their NUL: the daemon accepts calls, clients accept replies. */
#define VARLINK_CALL_SIZE_MAX  ((size_t)256 * 1024)
#define VARLINK_REPLY_SIZE_MAX ((size_t)16 * 1024 * 1024)

/* The depth of nested objects and arrays; the outermost counts. */
#define VARLINK_DEPTH_MAX 64u

/* Values and keys of one message: a value that is two bytes of text takes some hundred bytes in a
 * tree. */
#define VARLINK_CALL_VALUES_MAX	 ((size_t)16 * 1024)
#define VARLINK_REPLY_VALUES_MAX ((size_t)8 * 1024 * 1024)

/* The longest name of a method or an error, with its interface. */
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
 * @size_wanted: a wish; @ret_size is more or less than that, but never 0
 *
 * Texts of varlink_input_next() are not valid any more. The buffer never holds more than one
 * message of the largest size and its NUL.
 *
 * Return: 0; -ENOBUFS when complete messages fill the buffer: take those first; -EMSGSIZE when one
 * message without an end fills the buffer; -ENOMEM.
 */
int varlink_input_reserve(struct varlink_input *input, size_t size_wanted, char **ret_space,
			  size_t *ret_size);

/** varlink_input_commit() - tells that @size bytes were written into the reserved room */
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
 * Return: 1 and a message; 0 when no message is complete; -EMSGSIZE when the next message is too
 * long, with or without an end.
 */
int varlink_input_next(struct varlink_input *input, const char **ret_text, size_t *ret_length);

/** varlink_input_has_message() - would varlink_input_next() return something other than 0? */
bool varlink_input_has_message(struct varlink_input *input);

/** varlink_input_is_empty() - does the buffer hold no bytes, not even half a message? */
bool varlink_input_is_empty(const struct varlink_input *input);

/** varlink_input_trim() - gives unused memory back: all memory when the buffer is empty */
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
	size_t parameters_member_count; /* members of all objects inside; a tree with fewer had
					   double names */
	bool more, oneway, upgrade;	/* of a call */
	bool continues;			/* of a reply */
};

/**
 * varlink_message_parse() - reads one message strictly
 *
 * Checked: the whole text is one JSON object (RFC 8259, UTF-8, no escaped NUL, integers that fit in
 * 64 bits, VARLINK_DEPTH_MAX); the members of the object are those of the kind of message, of the
 * right type, none twice. A member with a dot in its name is an extension, which is ignored if it
 * is an object as the protocol demands; other unknown members are refused. Double names inside the
 * parameters are found by the caller that makes a tree of them.
 *
 * Return: 0, -EPROTO, or -E2BIG when the message is too deep or has more than @value_count_max
 * values.
 */
int varlink_message_parse(enum varlink_message_kind kind, const char *text, size_t length,
			  size_t value_count_max, struct varlink_message *ret_message);

/**
 * varlink_json_check_object() - is this text one JSON object, by the rules of
 * varlink_message_parse()?
 * @ret_member_count: the members of all objects in the text; may be NULL
 *
 * Return: 0, -EPROTO or -E2BIG.
 */
int varlink_json_check_object(const char *text, size_t length, size_t value_count_max,
			      size_t *ret_member_count);

/** varlink_name_is_valid() - is this the name of an interface, or of a member with its interface?
 * Such names have letters, digits, dots and hyphens only. */
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
 * @method: the full name of the method
 * @parameters: a JSON object, which is not checked here, or NULL for none
 * @parameters_length: the length of @parameters in bytes
 * @flags: of enum varlink_call_flags
 *
 * Return: 0; -EINVAL for a bad name or a NUL in the parameters; -ENOBUFS when the buffer would pass
 * its limit; -ENOMEM. On failure nothing was appended.
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

/** varlink_output_consume() - tells that the first @size bytes were sent */
void varlink_output_consume(struct varlink_output *output, size_t size);

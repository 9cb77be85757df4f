// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Framing and strict parsing of varlink messages. Pure but for the heap. The parser is a checker
 * that walks the text once and remembers where the parts of the envelope are. The parser builds
 * nothing, so no content of a message makes it costlier than its length.
 */
#include "util/varlink-message.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE_MIN ((size_t)1024)

/* ---- receiving ---- */

void varlink_input_init(struct varlink_input *input, size_t message_size_max)
{
	*input = VARLINK_INPUT_NULL;
	input->message_size_max = message_size_max;
}

void varlink_input_deinit(struct varlink_input *input)
{
	free(input->data);
	*input = VARLINK_INPUT_NULL;
}

/* Moves the unconsumed bytes to the front. */
static void input_compact(struct varlink_input *input)
{
	if (input->begin == 0)
		return;
	memmove(input->data, input->data + input->begin, input->end - input->begin);
	input->end -= input->begin;
	input->scanned -= input->begin;
	input->begin = 0;
}

/*
 * Looks for the end of the next message from where the last search stopped, so that each byte is
 * read once, even of a message that comes byte by byte. Afterwards `scanned` is at the NUL of the
 * message, or at the end of the buffer.
 */
static bool input_find_end(struct varlink_input *input)
{
	const char *nul = NULL;

	if (input->scanned < input->end)
		nul = memchr(input->data + input->scanned, '\0', input->end - input->scanned);
	input->scanned = nul ? (size_t)(nul - input->data) : input->end;
	return nul != NULL;
}

int varlink_input_reserve(struct varlink_input *input, size_t size_wanted, char **ret_space,
			  size_t *ret_size)
{
	const size_t capacity_max = input->message_size_max + 1;
	size_t capacity = input->allocated;
	char *grown;

	assert(size_wanted > 0);
	if (input->end - input->begin >= capacity_max)
		return input_find_end(input) ? -ENOBUFS : -EMSGSIZE;
	if (input->end == input->allocated || input->allocated - input->end < size_wanted)
		input_compact(input);
	if (size_wanted > capacity_max - input->end)
		size_wanted = capacity_max - input->end;
	if (capacity < BUFFER_SIZE_MIN)
		capacity = BUFFER_SIZE_MIN;
	while (capacity < input->end + size_wanted)
		capacity *= 2;
	if (capacity > capacity_max)
		capacity = capacity_max;
	if (capacity > input->allocated) {
		grown = realloc(input->data, capacity);
		if (!grown)
			return -ENOMEM;
		input->data = grown;
		input->allocated = capacity;
	}
	*ret_space = input->data + input->end;
	*ret_size = input->allocated - input->end;
	return 0;
}

void varlink_input_commit(struct varlink_input *input, size_t size)
{
	assert(size <= input->allocated - input->end);
	input->end += size;
}

int varlink_input_push(struct varlink_input *input, const void *data, size_t size)
{
	size_t room;
	char *space;
	int rc;

	if (size == 0)
		return 0;
	rc = varlink_input_reserve(input, size, &space, &room);
	if (rc < 0)
		return rc;
	if (room < size)
		return input_find_end(input) ? -ENOBUFS : -EMSGSIZE;
	memcpy(space, data, size);
	varlink_input_commit(input, size);
	return 0;
}

bool varlink_input_has_message(struct varlink_input *input)
{
	return input_find_end(input) || input->end - input->begin > input->message_size_max;
}

int varlink_input_next(struct varlink_input *input, const char **ret_text, size_t *ret_length)
{
	size_t length;

	if (!varlink_input_has_message(input))
		return 0;
	length = input->scanned - input->begin;
	if (length > input->message_size_max)
		return -EMSGSIZE;
	*ret_text = input->data + input->begin;
	*ret_length = length;
	input->begin = input->scanned + 1;
	input->scanned = input->begin;
	return 1;
}

bool varlink_input_is_empty(const struct varlink_input *input)
{
	return input->begin == input->end;
}

void varlink_input_trim(struct varlink_input *input)
{
	char *shrunk;

	if (varlink_input_is_empty(input)) {
		free(input->data);
		input->data = NULL;
		input->allocated = 0;
		input->begin = input->scanned = input->end = 0;
		return;
	}
	input_compact(input);
	if (input->allocated <= BUFFER_SIZE_MIN || input->end > input->allocated / 4)
		return;
	shrunk = realloc(input->data, input->end);
	if (!shrunk)
		return;
	input->data = shrunk;
	input->allocated = input->end;
}

/* ---- parsing ---- */

struct scan {
	const char *at, *end;
	unsigned int depth;
	size_t value_count, value_count_max, member_count;
};

struct slice {
	const char *text;
	size_t length;
	bool escaped;
};

static int scan_value(struct scan *scan);

static bool slice_equals(const struct slice *slice, const char *text)
{
	return slice->length == strlen(text) && memcmp(slice->text, text, slice->length) == 0;
}

static void scan_space(struct scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

/* Takes one punctuation character, after space. */
static bool scan_mark(struct scan *scan, char mark)
{
	scan_space(scan);
	if (scan->at == scan->end || *scan->at != mark)
		return false;
	scan->at++;
	return true;
}

static int scan_count(struct scan *scan)
{
	return ++scan->value_count > scan->value_count_max ? -E2BIG : 0;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* The four digits of \uXXXX: the code unit, or -EPROTO. */
static int scan_code_unit(struct scan *scan)
{
	int unit = 0;

	if (scan->end - scan->at < 4)
		return -EPROTO;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*scan->at++);

		if (digit < 0)
			return -EPROTO;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* Reads an escape behind its backslash. An escaped NUL is refused: it would cut a C string short.
 */
static int scan_escape(struct scan *scan)
{
	int unit;

	if (scan->at == scan->end)
		return -EPROTO;
	if (*scan->at != 'u')
		return *scan->at != '\0' && strchr("\"\\/bfnrt", *scan->at++) ? 0 : -EPROTO;
	scan->at++;
	unit = scan_code_unit(scan);
	if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return -EPROTO;
	if (unit < 0xd800 || unit > 0xdbff)
		return 0;
	if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u')
		return -EPROTO;
	scan->at += 2;
	unit = scan_code_unit(scan);
	return unit >= 0xdc00 && unit <= 0xdfff ? 0 : -EPROTO;
}

/* One UTF-8 sequence of two bytes or more: shortest form, no surrogates, at most U+10FFFF. */
static int scan_utf8(struct scan *scan)
{
	const unsigned char *bytes = (const unsigned char *)scan->at;
	const size_t left = (size_t)(scan->end - scan->at);
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf)
		length = 2;
	else if (bytes[0] >= 0xe0 && bytes[0] <= 0xef)
		length = 3;
	else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4)
		length = 4;
	else
		return -EPROTO;
	if (bytes[0] == 0xe0)
		low = 0xa0;
	else if (bytes[0] == 0xed)
		high = 0x9f;
	else if (bytes[0] == 0xf0)
		low = 0x90;
	else if (bytes[0] == 0xf4)
		high = 0x8f;
	if (left < length || bytes[1] < low || bytes[1] > high)
		return -EPROTO;
	for (size_t i = 2; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return -EPROTO;
	scan->at += length;
	return 0;
}

static int scan_string(struct scan *scan, struct slice *ret_slice)
{
	struct slice slice = { .text = NULL };

	if (!scan_mark(scan, '"'))
		return -EPROTO;
	slice.text = scan->at;
	while (scan->at < scan->end && *scan->at != '"') {
		const unsigned char byte = (unsigned char)*scan->at;
		int rc = 0;

		if (byte < 0x20)
			return -EPROTO;
		if (byte >= 0x80) {
			rc = scan_utf8(scan);
		} else {
			scan->at++;
			if (byte == '\\') {
				slice.escaped = true;
				rc = scan_escape(scan);
			}
		}
		if (rc < 0)
			return rc;
	}
	slice.length = (size_t)(scan->at - slice.text);
	if (!scan_mark(scan, '"'))
		return -EPROTO;
	*ret_slice = slice;
	return 0;
}

/* One or more digits. The value is right only while *overflow stays false. */
static int scan_digits(struct scan *scan, uint64_t *value, bool *overflow)
{
	const char *start = scan->at;

	*value = 0;
	*overflow = false;
	for (; scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; scan->at++)
		if (__builtin_mul_overflow(*value, UINT64_C(10), value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*scan->at - '0'), value))
			*overflow = true;
	if (scan->at == start)
		return -EPROTO;
	return 0;
}

/* Integers that don't fit are refused: a JSON library would quietly saturate them. */
static int scan_number(struct scan *scan)
{
	bool negative = scan_mark(scan, '-'), overflow, ignored, integer = true;
	uint64_t value, rest;
	const char *start = scan->at;
	int rc;

	rc = scan_digits(scan, &value, &overflow);
	if (rc < 0)
		return rc;
	if (*start == '0' && scan->at - start > 1)
		return -EPROTO;
	if (scan->at < scan->end && *scan->at == '.') {
		integer = false;
		scan->at++;
		rc = scan_digits(scan, &rest, &ignored);
		if (rc < 0)
			return rc;
	}
	if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
		integer = false;
		scan->at++;
		if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
			scan->at++;
		rc = scan_digits(scan, &rest, &ignored);
		if (rc < 0)
			return rc;
	}
	if (integer && (overflow || (negative && value > (uint64_t)INT64_MAX + 1)))
		return -EPROTO;
	return 0;
}

static int scan_word(struct scan *scan, const char *word)
{
	const size_t length = strlen(word);

	if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0)
		return -EPROTO;
	scan->at += length;
	return 0;
}

/* `"name" :` */
static int scan_key(struct scan *scan, struct slice *ret_name)
{
	int rc;

	rc = scan_count(scan);
	if (rc == 0)
		rc = scan_string(scan, ret_name);
	if (rc < 0)
		return rc;
	scan->member_count++;
	return scan_mark(scan, ':') ? 0 : -EPROTO;
}

static int scan_object(struct scan *scan)
{
	struct slice name;
	int rc;

	if (scan_mark(scan, '}'))
		return 0;
	do {
		rc = scan_key(scan, &name);
		if (rc == 0)
			rc = scan_value(scan);
		if (rc < 0)
			return rc;
	} while (scan_mark(scan, ','));
	return scan_mark(scan, '}') ? 0 : -EPROTO;
}

static int scan_array(struct scan *scan)
{
	int rc;

	if (scan_mark(scan, ']'))
		return 0;
	do {
		rc = scan_value(scan);
		if (rc < 0)
			return rc;
	} while (scan_mark(scan, ','));
	return scan_mark(scan, ']') ? 0 : -EPROTO;
}

static int scan_container(struct scan *scan)
{
	const bool object = *scan->at++ == '{';
	int rc;

	if (scan->depth >= VARLINK_DEPTH_MAX)
		return -E2BIG;
	scan->depth++;
	rc = object ? scan_object(scan) : scan_array(scan);
	scan->depth--;
	return rc;
}

/* Any value, after space. Recursion is bounded by VARLINK_DEPTH_MAX. */
static int scan_value(struct scan *scan)
{
	struct slice ignored;
	int rc;

	rc = scan_count(scan);
	if (rc < 0)
		return rc;
	scan_space(scan);
	if (scan->at == scan->end)
		return -EPROTO;
	switch (*scan->at) {
	case '{':
	case '[':
		return scan_container(scan);
	case '"':
		return scan_string(scan, &ignored);
	case 't':
		return scan_word(scan, "true");
	case 'f':
		return scan_word(scan, "false");
	case 'n':
		return scan_word(scan, "null");
	default:
		return scan_number(scan);
	}
}

/* The members of the envelope, as bits: which were there. */
enum envelope_member {
	ENVELOPE_METHOD = 1 << 0,
	ENVELOPE_PARAMETERS = 1 << 1,
	ENVELOPE_MORE = 1 << 2,
	ENVELOPE_ONEWAY = 1 << 3,
	ENVELOPE_UPGRADE = 1 << 4,
	ENVELOPE_CONTINUES = 1 << 5,
	ENVELOPE_ERROR = 1 << 6,
};

#define ENVELOPE_OF_CALL                                                                           \
	(ENVELOPE_METHOD | ENVELOPE_PARAMETERS | ENVELOPE_MORE | ENVELOPE_ONEWAY | ENVELOPE_UPGRADE)
#define ENVELOPE_OF_REPLY (ENVELOPE_PARAMETERS | ENVELOPE_CONTINUES | ENVELOPE_ERROR)

/* The bit of a member, 0 for an extension, or -EPROTO. */
static int envelope_find(enum varlink_message_kind kind, const struct slice *name)
{
	static const struct {
		const char *name;
		int member;
	} table[] = {
		{ "method", ENVELOPE_METHOD },	 { "parameters", ENVELOPE_PARAMETERS },
		{ "more", ENVELOPE_MORE },	 { "oneway", ENVELOPE_ONEWAY },
		{ "upgrade", ENVELOPE_UPGRADE }, { "continues", ENVELOPE_CONTINUES },
		{ "error", ENVELOPE_ERROR },
	};
	const int of_kind = kind == VARLINK_MESSAGE_CALL ? ENVELOPE_OF_CALL : ENVELOPE_OF_REPLY;

	/* No writer needs escapes for these names; one that uses them wants two readers to differ.
	 */
	if (name->escaped)
		return -EPROTO;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_equals(name, table[i].name))
			return table[i].member & of_kind ? table[i].member : -EPROTO;
	return memchr(name->text, '.', name->length) ? 0 : -EPROTO;
}

/* Reads a value that must be of one type or null. Returns 1 when it is null. */
static int envelope_value(struct scan *scan, const char *first_characters, struct slice *ret_value)
{
	const char *start;
	int rc;

	scan_space(scan);
	start = scan->at;
	rc = scan_value(scan);
	if (rc < 0)
		return rc;
	if (*start == 'n')
		return 1;
	if (!strchr(first_characters, *start))
		return -EPROTO;
	*ret_value = (struct slice){ .text = start, .length = (size_t)(scan->at - start) };
	return 0;
}

static int envelope_bool(struct scan *scan, bool *ret_flag)
{
	struct slice value;
	int rc;

	rc = envelope_value(scan, "tf", &value);
	if (rc < 0)
		return rc;
	*ret_flag = rc == 0 && *value.text == 't';
	return 0;
}

static int envelope_name(struct scan *scan, bool nullable, struct varlink_message *message)
{
	struct slice value;
	int rc;

	rc = envelope_value(scan, "\"", &value);
	if (rc > 0)
		return nullable ? 0 : -EPROTO;
	if (rc < 0)
		return rc;
	/* Without its quotes; a name with an escape in it has a backslash and is refused. */
	if (!varlink_name_is_valid(value.text + 1, value.length - 2))
		return -EPROTO;
	message->name = value.text + 1;
	message->name_length = value.length - 2;
	return 0;
}

static int envelope_parameters(struct scan *scan, struct varlink_message *message)
{
	const size_t member_count = scan->member_count;
	struct slice value;
	int rc;

	rc = envelope_value(scan, "{", &value);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	message->parameters = value.text;
	message->parameters_length = value.length;
	message->parameters_member_count = scan->member_count - member_count;
	return 0;
}

static int envelope_member(struct scan *scan, enum varlink_message_kind kind, int *seen,
			   struct varlink_message *message)
{
	struct slice name, ignored;
	int member, rc;

	rc = scan_key(scan, &name);
	if (rc < 0)
		return rc;
	member = envelope_find(kind, &name);
	if (member < 0 || (*seen & member))
		return -EPROTO;
	*seen |= member;
	switch (member) {
	case ENVELOPE_METHOD:
		return envelope_name(scan, false, message);
	case ENVELOPE_ERROR:
		return envelope_name(scan, true, message);
	case ENVELOPE_PARAMETERS:
		return envelope_parameters(scan, message);
	case ENVELOPE_MORE:
		return envelope_bool(scan, &message->more);
	case ENVELOPE_ONEWAY:
		return envelope_bool(scan, &message->oneway);
	case ENVELOPE_UPGRADE:
		return envelope_bool(scan, &message->upgrade);
	case ENVELOPE_CONTINUES:
		return envelope_bool(scan, &message->continues);
	default:
		return envelope_value(scan, "{", &ignored) == 0 ? 0 : -EPROTO;
	}
}

static int scan_envelope(struct scan *scan, enum varlink_message_kind kind, int *seen,
			 struct varlink_message *message)
{
	int rc;

	if (!scan_mark(scan, '{'))
		return -EPROTO;
	scan->depth++;
	if (scan_mark(scan, '}'))
		return 0;
	do {
		rc = envelope_member(scan, kind, seen, message);
		if (rc < 0)
			return rc;
	} while (scan_mark(scan, ','));
	return scan_mark(scan, '}') ? 0 : -EPROTO;
}

int varlink_message_parse(enum varlink_message_kind kind, const char *text, size_t length,
			  size_t value_count_max, struct varlink_message *ret_message)
{
	struct scan scan = { .at = text, .end = text + length, .value_count_max = value_count_max };
	struct varlink_message message = { .parameters = "{}", .parameters_length = 2 };
	int seen = 0, rc;

	rc = scan_envelope(&scan, kind, &seen, &message);
	if (rc < 0)
		return rc;
	scan_space(&scan);
	if (scan.at != scan.end)
		return -EPROTO;
	if (kind == VARLINK_MESSAGE_CALL && !message.name)
		return -EPROTO;
	if ((message.more && message.oneway) || (message.name && message.continues))
		return -EPROTO;
	*ret_message = message;
	return 0;
}

int varlink_json_check_object(const char *text, size_t length, size_t value_count_max,
			      size_t *ret_member_count)
{
	struct scan scan = { .at = text, .end = text + length, .value_count_max = value_count_max };
	int rc;

	scan_space(&scan);
	if (scan.at == scan.end || *scan.at != '{')
		return -EPROTO;
	rc = scan_value(&scan);
	if (rc < 0)
		return rc;
	scan_space(&scan);
	if (scan.at != scan.end)
		return -EPROTO;
	if (ret_member_count)
		*ret_member_count = scan.member_count;
	return 0;
}

bool varlink_name_is_valid(const char *name, size_t length)
{
	if (length == 0 || length > VARLINK_NAME_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		const char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-'))
			return false;
	}
	return true;
}

/* ---- sending ---- */

void varlink_output_init(struct varlink_output *output, size_t size_max)
{
	*output = VARLINK_OUTPUT_NULL;
	output->size_max = size_max;
}

void varlink_output_deinit(struct varlink_output *output)
{
	free(output->data);
	*output = VARLINK_OUTPUT_NULL;
}

/* Makes room for size more bytes behind the last. */
static int output_grow(struct varlink_output *output, size_t size)
{
	size_t pending = output->end - output->begin, capacity;
	char *grown;

	if (size > output->size_max || pending > output->size_max - size)
		return -ENOBUFS;
	if (output->allocated - output->end >= size)
		return 0;
	if (output->begin > 0) {
		memmove(output->data, output->data + output->begin, pending);
		output->begin = 0;
		output->end = pending;
	}
	if (output->allocated - output->end >= size)
		return 0;
	capacity = output->allocated < BUFFER_SIZE_MIN ? BUFFER_SIZE_MIN : output->allocated;
	if (capacity < (pending + size) / 2)
		capacity = pending + size;
	while (capacity < pending + size)
		capacity *= 2;
	grown = realloc(output->data, capacity);
	if (!grown)
		return -ENOMEM;
	output->data = grown;
	output->allocated = capacity;
	return 0;
}

/* Appends the pieces up to the one without text, and the NUL; all of it or nothing. */
static int output_pieces(struct varlink_output *output, const struct slice *pieces)
{
	size_t size = 1;
	int rc;

	for (const struct slice *piece = pieces; piece->text; piece++) {
		if (memchr(piece->text, '\0', piece->length))
			return -EINVAL;
		if (__builtin_add_overflow(size, piece->length, &size))
			return -ENOBUFS;
	}
	rc = output_grow(output, size);
	if (rc < 0)
		return rc;
	for (const struct slice *piece = pieces; piece->text; piece++) {
		memcpy(output->data + output->end, piece->text, piece->length);
		output->end += piece->length;
	}
	output->data[output->end++] = '\0';
	return 0;
}

#define PIECE(string) ((struct slice){ .text = (string), .length = strlen(string) })

int varlink_output_call(struct varlink_output *output, const char *method, const char *parameters,
			size_t parameters_length, unsigned int flags)
{
	const struct slice pieces[] = {
		PIECE("{\"method\":\""),
		PIECE(method),
		PIECE(parameters ? "\",\"parameters\":" : "\""),
		{ .text = parameters ? parameters : "", .length = parameters_length },
		PIECE(flags & VARLINK_CALL_MORE ? ",\"more\":true" : ""),
		PIECE(flags & VARLINK_CALL_ONEWAY ? ",\"oneway\":true" : ""),
		PIECE(flags & VARLINK_CALL_UPGRADE ? ",\"upgrade\":true" : ""),
		PIECE("}"),
		{ .text = NULL },
	};

	if (!varlink_name_is_valid(method, strlen(method)) || (!parameters && parameters_length))
		return -EINVAL;
	return output_pieces(output, pieces);
}

int varlink_output_reply(struct varlink_output *output, const char *parameters,
			 size_t parameters_length, bool continues)
{
	const struct slice pieces[] = {
		PIECE("{\"parameters\":"),
		{ .text = parameters ? parameters : "{}",
		  .length = parameters ? parameters_length : 2 },
		PIECE(continues ? ",\"continues\":true}" : "}"),
		{ .text = NULL },
	};

	return output_pieces(output, pieces);
}

int varlink_output_error(struct varlink_output *output, const char *error, const char *parameters,
			 size_t parameters_length)
{
	const struct slice pieces[] = {
		PIECE("{\"error\":\""),
		PIECE(error),
		PIECE("\",\"parameters\":"),
		{ .text = parameters ? parameters : "{}",
		  .length = parameters ? parameters_length : 2 },
		PIECE("}"),
		{ .text = NULL },
	};

	if (!varlink_name_is_valid(error, strlen(error)))
		return -EINVAL;
	return output_pieces(output, pieces);
}

const char *varlink_output_peek(const struct varlink_output *output, size_t *ret_size)
{
	*ret_size = output->end - output->begin;
	return *ret_size ? output->data + output->begin : NULL;
}

size_t varlink_output_size(const struct varlink_output *output)
{
	return output->end - output->begin;
}

void varlink_output_consume(struct varlink_output *output, size_t size)
{
	assert(size <= output->end - output->begin);
	output->begin += size;
	if (output->begin < output->end)
		return;
	free(output->data);
	output->data = NULL;
	output->allocated = 0;
	output->begin = output->end = 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Harmless texts. */
#include "util/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT 0xfffd /* "used to replace an unknown or unrepresentable character" */

enum decoded {
	DECODED_CHARACTER,
	DECODED_BAD,	 /* one byte that begins no character */
	DECODED_TOO_FEW, /* the beginning of a character */
};

/* The well-formed sequences of RFC 3629: neither overlong, nor surrogates, nor above U+10FFFF. */
static enum decoded decode(const char *text, size_t size, uint32_t *ret_code, size_t *ret_size)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char first = (unsigned char)text[0];
	size_t length = first < 0x80   ? 1
			: first < 0xc2 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
				       : 4;
	uint32_t code = length == 1 ? first : first & (0x7fu >> length);

	*ret_size = 1;
	if (length == 0 || first > 0xf4)
		return DECODED_BAD;
	for (size_t i = 1; i < length; i++) {
		if (i == size)
			return DECODED_TOO_FEW;
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return DECODED_BAD;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return DECODED_BAD;
	*ret_code = code;
	*ret_size = length;
	return DECODED_CHARACTER;
}

static bool is_harmful(uint32_t code)
{
	if (code == '\n' || code == '\t')
		return false;
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* How many bytes of @text, from its start, are printable ASCII or ends of lines: nearly all bytes
 * of a listing are, and none of them has to be decoded. */
static size_t count_printable(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && ((text[count] >= ' ' && text[count] <= '~') || text[count] == '\n'))
		count++;
	return count;
}

/* Returns how many bytes of @text were used: not all when the last character has only begun. */
static size_t clean(const char *text, size_t size, char *to, size_t *written)
{
	size_t at = 0;

	while (at < size) {
		const size_t printable = count_printable(text + at, size - at);
		uint32_t code = REPLACEMENT;
		enum decoded decoded;
		size_t length;

		memmove(to + *written, text + at, printable);
		*written += printable;
		at += printable;
		if (at == size)
			break;
		decoded = decode(text + at, size - at, &code, &length);
		if (decoded == DECODED_TOO_FEW)
			break;
		if (decoded == DECODED_BAD || is_harmful(code)) {
			to[(*written)++] = '?';
		} else {
			memmove(to + *written, text + at, length);
			*written += length;
		}
		at += length;
	}
	return at;
}

size_t text_clean(struct text_rest *rest, const char *text, size_t size, char *ret_clean)
{
	size_t written = 0, done;

	/* The bytes that complete the character of the piece before, one by one. */
	while (rest->size > 0 && size > 0) {
		rest->bytes[rest->size++] = *text++;
		size--;
		done = clean(rest->bytes, rest->size, ret_clean, &written);
		rest->size -= done;
		memmove(rest->bytes, rest->bytes + done, rest->size);
	}
	done = clean(text, size, ret_clean, &written);
	if (done < size) {
		rest->size = size - done;
		memcpy(rest->bytes, text + done, rest->size);
	}
	return written;
}

void text_clean_line(char *text)
{
	const size_t size = strlen(text);
	size_t written = 0, done = 0;

	for (;;) {
		done += clean(text + done, size - done, text, &written);
		if (done == size)
			break;
		text[written++] = '?';
		done++;
	}
	text[written] = '\0';
	for (char *at = text; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = '?';
}

/* No character above U+FFFF is harmful, so four digits do for each escape. */
void text_put_json(FILE *stream, const char *json, size_t length)
{
	const char *const end = json + length;
	const char *at = json;

	for (at += count_printable(at, (size_t)(end - at)); at < end;
	     at += count_printable(at, (size_t)(end - at))) {
		uint32_t code = REPLACEMENT;
		size_t size;
		const enum decoded decoded = decode(at, (size_t)(end - at), &code, &size);

		if (decoded != DECODED_CHARACTER || is_harmful(code)) {
			(void)fwrite(json, 1, (size_t)(at - json), stream);
			fprintf(stream, "\\u%04x", (unsigned int)code);
			json = at + size;
		}
		at += size;
	}
	(void)fwrite(json, 1, (size_t)(end - json), stream);
}

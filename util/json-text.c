// SPDX-License-Identifier: GPL-2.0-only
/* JSON as text, without a tree. */
#include "util/json-text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util/text.h"

#define INDENT_WIDTH 2

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

/* From the quote before a string to behind the quote after it. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : end;
}

static const char *skip_container(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return end;
}

/* A number or a word: up to what can only stand behind a value. */
static const char *skip_scalar(const char *at, const char *end)
{
	while (at < end && !is_blank(*at) && *at != ',' && *at != '}' && *at != ']' && *at != ':')
		at++;
	return at;
}

static const char *skip_value(const char *at, const char *end)
{
	if (at < end && *at == '"')
		return skip_string(at, end);
	if (at < end && (*at == '{' || *at == '['))
		return skip_container(at, end);
	return skip_scalar(at, end);
}

struct json_span json_text_whole(const char *text)
{
	return (struct json_span){ text, text + strlen(text) };
}

/* Skips the mark behind a value; false when there is none of that kind. */
static bool skip_mark(const char **at, const char *end, char mark)
{
	*at = skip_blanks(*at, end);
	if (*at == end || **at != mark)
		return false;
	*at = skip_blanks(*at + 1, end);
	return true;
}

int json_text_member(struct json_span object, const char *name, struct json_span *ret_value)
{
	const size_t length = strlen(name);
	const char *at = object.begin;

	if (!skip_mark(&at, object.end, '{'))
		return -ENOENT;
	do {
		const char *const key = at;
		const char *const key_end = skip_value(key, object.end);
		struct json_span value;

		at = key_end;
		if (!skip_mark(&at, object.end, ':'))
			return -ENOENT;
		value = (struct json_span){ at, skip_value(at, object.end) };
		if ((size_t)(key_end - key) == length + 2 && memcmp(key + 1, name, length) == 0) {
			*ret_value = value;
			return 0;
		}
		at = value.end;
	} while (skip_mark(&at, object.end, ','));
	return -ENOENT;
}

int json_text_items(struct json_span array, struct json_span *ret_first)
{
	const char *at = array.begin;
	int count = 0;

	if (!skip_mark(&at, array.end, '['))
		return -EINVAL;
	if (at < array.end && *at == ']')
		return 0;
	do {
		const struct json_span item = { at, skip_value(at, array.end) };

		if (count++ == 0 && ret_first)
			*ret_first = item;
		at = item.end;
	} while (skip_mark(&at, array.end, ','));
	return count;
}

/* ---- layout ---- */

static void begin_line(FILE *stream, size_t depth)
{
	(void)fputc('\n', stream);
	for (size_t i = 0; i < depth * INDENT_WIDTH; i++)
		(void)fputc(' ', stream);
}

/* Writes a bracket and begins the line behind it. An empty container stays on its line. Returns
 * where the text goes on. */
static const char *open_container(const char *at, const char *end, size_t *depth, FILE *stream)
{
	const char *const next = skip_blanks(at + 1, end);

	(void)fputc(*at, stream);
	if (next < end && (*next == '}' || *next == ']')) {
		(void)fputc(*next, stream);
		return next + 1;
	}
	begin_line(stream, ++*depth);
	return next;
}

/* Writes what is neither a value nor a blank. */
static const char *write_mark(const char *at, const char *end, size_t *depth, FILE *stream)
{
	if (*at == '{' || *at == '[')
		return open_container(at, end, depth, stream);
	if (*at == '}' || *at == ']') {
		*depth -= *depth > 0;
		begin_line(stream, *depth);
	}
	(void)fputc(*at, stream);
	if (*at == ',')
		begin_line(stream, *depth);
	return at + 1;
}

void json_text_lay_out(struct json_span value, FILE *stream)
{
	const char *const end = value.end;
	size_t depth = 0;

	for (const char *at = skip_blanks(value.begin, end); at < end; at = skip_blanks(at, end)) {
		const char *const next = *at == '"' ? skip_string(at, end) : skip_scalar(at, end);

		if (next == at || *at == '{' || *at == '[') {
			at = write_mark(at, end, &depth, stream);
			continue;
		}
		text_put_json(stream, at, (size_t)(next - at));
		at = next;
	}
}

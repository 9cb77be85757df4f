/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON as text: finds a part of a document and lays the part out for people, without a tree. A
 * listing may be megabytes that nobody has to understand, and a tree of them costs ten times the
 * work of passing them on. Pure, but for the stream of json_text_lay_out().
 *
 * The text has to be JSON: whoever has received the text has checked it (varlink-message.h). Of any
 * other text the functions make some other text, and read nothing beyond its end.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* A value within a text: the text from @begin up to @end, without @end. */
struct json_span {
	const char *begin, *end;
};

/** json_text_whole() - the value of a text that holds nothing but the value and blanks */
struct json_span json_text_whole(const char *text);

/**
 * json_text_member() - finds the value of a member of an object
 * @name: without characters that JSON escapes
 *
 * Return: 0; -ENOENT when @object is not an object, or has no such member.
 */
int json_text_member(struct json_span object, const char *name, struct json_span *ret_value);

/**
 * json_text_items() - counts the items of an array
 * @ret_first: set to the first item, if there is one; may be NULL
 *
 * Return: how many; -EINVAL when @array is not an array.
 */
int json_text_items(struct json_span array, struct json_span *ret_first);

/**
 * json_text_lay_out() - writes a value, indented as json-c's JSON_C_TO_STRING_PRETTY indents
 *
 * Harmful characters (text.h) are written as escapes. Failures are left in @stream (ferror(3)).
 */
void json_text_lay_out(struct json_span value, FILE *stream);

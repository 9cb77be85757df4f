/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes texts of unknown origin harmless before people see them. A record that somebody sent, a
 * daemon that an enemy has taken over and the name of a file may hold any bytes, and none of them
 * may command the user's terminal. Pure.
 *
 * These bytes and characters are harmful: bytes that are not UTF-8; control characters (C0 but for
 * ends of lines and tabs, DEL and C1: ECMA-48 5.2, 5.3, 5.5); characters that change the order in
 * which others are shown (Unicode's UAX #9 2.1 to 2.6, the explicit formatting characters and the
 * implicit marks).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The longest character of UTF-8 (RFC 3629). */
#define TEXT_CHARACTER_SIZE_MAX 4

/* The beginning of a character at the end of one piece of text, for the next text_clean(). */
struct text_rest {
	char bytes[TEXT_CHARACTER_SIZE_MAX];
	size_t size;
};

#define TEXT_REST_NULL ((struct text_rest){ .size = 0 })

/**
 * text_clean() - copies a piece of a text with "?" for every harmful character
 * @rest: a character that began in the piece before, and one that ends in the next piece
 * @text: @size bytes
 * @ret_clean: has room for @size bytes and TEXT_CHARACTER_SIZE_MAX more; may not be @text
 *
 * Return: how many bytes were written to @ret_clean.
 */
size_t text_clean(struct text_rest *rest, const char *text, size_t size, char *ret_clean);

/**
 * text_clean_line() - makes a whole text harmless, in place, for use within a line
 *
 * Ends of lines and tabs become "?", too. The text gets no longer.
 */
void text_clean_line(char *text);

/**
 * text_put_json() - writes JSON with the escape "\uXXXX" for every harmful character
 * @json: @length bytes; only strings hold harmful characters, and C0 is escaped already
 *
 * What is written has the same value, but for bytes that were not UTF-8, which become U+FFFD.
 * Failures are left in @stream (ferror(3)).
 */
void text_put_json(FILE *stream, const char *json, size_t length);

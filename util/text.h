/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts of others in front of people: a record that somebody sent, a daemon that was taken over or
 * a file's name may hold anything, and what a terminal obeys must not come from there. Pure.
 *
 * Harmful is what is no UTF-8, what controls a terminal (C0 but for ends of lines and tabs, DEL and
 * C1: ECMA-48 5.2, 5.3, 5.5), and what changes the order in which the rest is shown (Unicode's UAX
 * #9 2.1 to 2.6, the explicit formatting characters and the implicit marks).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The longest character of UTF-8 (RFC 3629). */
#define TEXT_CHARACTER_SIZE_MAX 4

/* What a text_clean() leaves for the next one: a character that had only begun. */
struct text_rest {
	char bytes[TEXT_CHARACTER_SIZE_MAX];
	size_t size;
};

#define TEXT_REST_NULL ((struct text_rest){ .size = 0 })

/**
 * text_clean() - copies a piece of a text with "?" for every harmful character
 * @rest: of the piece before, and for the next one
 * @text: @size bytes
 * @ret_clean: has room for @size bytes and TEXT_CHARACTER_SIZE_MAX more; may not be @text
 *
 * Return: how many bytes were written to @ret_clean.
 */
size_t text_clean(struct text_rest *rest, const char *text, size_t size, char *ret_clean);

/**
 * text_clean_line() - makes a whole text a harmless part of a line, in its place
 *
 * Ends of lines and tabs become "?", too. What results is never longer.
 */
void text_clean_line(char *text);

/**
 * text_clean_json() - copies JSON with the escape "\uXXXX" for every harmful character
 * @json: as json-c writes it: what is harmful is in strings, and C0 is escaped already
 *
 * The value stays the same but for what was no UTF-8, which becomes U+FFFD.
 *
 * Return: a text to be freed; NULL when there is no memory.
 */
char *text_clean_json(const char *json);

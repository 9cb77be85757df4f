/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of names within a sentence, in a text of bounded size: "mem0, mem1 and 14 more". No name
 * is ever cut, since the beginning of a name is the name of something else. Pure. Called by code
 * that makes messages for people.
 */
#pragma once

#include <stddef.h>

struct word_list {
	char *text; /* has room for @size bytes */
	size_t size, used;
	size_t count; /* of all words, also of those without room */
	size_t left_out;
};

/** word_list_begin() - an empty list in @text of @size bytes, of which at least 32 are needed */
struct word_list word_list_begin(char *text, size_t size);

/** word_list_add() - adds a word of at most 127 characters, which may have blanks */
void word_list_add(struct word_list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** word_list_end() - tells in the text how many words had no room, and returns the number of all */
size_t word_list_end(struct word_list *list);

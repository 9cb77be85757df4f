/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts of others within a line of ours: a text with an end of line in it would be able to add
 * lines that look like ours.
 */
#pragma once

#include <stdio.h>

/** text_put() - writes a text with "?" for every harmful character, end of line and tab */
void text_put(FILE *stream, const char *text);

/** text_put_some() - the same, of the first @characters characters of a text */
void text_put_some(FILE *stream, const char *text, size_t characters);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts of others on a terminal: a record that somebody sent may hold anything, and what a terminal
 * obeys must not come from there.
 */
#pragma once

#include <stdio.h>

/** text_put() - writes a text with "?" for every control character but tabs and ends of lines */
void text_put(FILE *stream, const char *text);

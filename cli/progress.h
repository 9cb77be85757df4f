/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The progress line: one line on a terminal that shows which step of how many is under way. Without
 * a terminal on standard error there is no progress line. Its control sequences must not be cleaned
 * away, so the line does not go through harmless-stream.h, and this file cleans its texts itself.
 * Called by cli/change.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct progress {
	FILE *stream; /* NULL: there is no progress line */
	int columns;
	bool is_shown;
};

#define PROGRESS_NULL ((struct progress){ .stream = NULL })

/** progress_show() - replaces the line by "[3/9] @text", cut to the width of the terminal; without
 * steps by
 * @text alone */
void progress_show(struct progress *progress, int step, int steps, const char *text);

/** progress_clear() - erases the line, so that a message can be printed in its place */
void progress_clear(struct progress *progress);

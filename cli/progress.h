/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The progress line: one line on a terminal that says which step of how many is under way. Nothing
 * when standard error is no terminal. Its control sequences go past what cleans all other output,
 * so it cleans its texts itself. Called by cli/change.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct progress {
	FILE *stream; /* NULL: nothing is shown */
	int columns;
	bool is_shown;
};

#define PROGRESS_NULL ((struct progress){ .stream = NULL })

/** progress_show() - replaces the line by "[3/9] @text", cut to the terminal; by @text alone
 * without steps */
void progress_show(struct progress *progress, int step, int steps, const char *text);

/** progress_clear() - takes the line away, so that something else can be printed */
void progress_clear(struct progress *progress);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of applying a state, as text for people and an exit code. Pure but for the
 * streams. Called by change.c and cmd-state.c.
 */
#pragma once

#include <stdio.h>

#include "cli/exit-code.h"

struct json_object;
struct progress;

/** apply_report_progress() - shows how far applying is; @outcome: of a reply before the last */
void apply_report_progress(struct progress *progress, struct json_object *outcome);

/**
 * apply_report() - tells of each change, and in the last line how many there are
 * @done: as io.cxlfm.Host.Apply answers
 *
 * Return: EXIT_CODE_DONE; EXIT_CODE_LEFTOVER when something could not be put back;
 *	EXIT_CODE_PARTLY; where nothing was done, the code of the first failure.
 */
enum exit_code apply_report(FILE *err, const char *program, struct json_object *done);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard output: JSON as cxl(1) prints it, and plans for people. The functions that return an
 * exit code have told on cli->err of a full disk or a closed pipe.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/exit-code.h"
#include "util/json-text.h"

struct json_object;

/**
 * output_put_json() - writes a value, indented as cxl(1) indents, with an end of line
 *
 * The text is harmless. Failures are left in @stream (ferror(3)).
 *
 * Return: 0 or -ENOMEM.
 */
int output_put_json(FILE *stream, struct json_object *value);

/** output_end() - flushes standard output, as all functions below do */
enum exit_code output_end(struct cli *cli, const char *program);

/** output_json() - one value, indented as cxl(1) indents */
enum exit_code output_json(struct cli *cli, const char *program, struct json_object *value);

/**
 * output_list() - an array as `cxl list` prints it
 * @list: of a reply: anything but an array is complained of
 * @human: print an array of one element without its brackets, and an empty array not at all
 */
enum exit_code output_list(struct cli *cli, const char *program, struct json_span list, bool human);

/** output_text() - a text for people */
enum exit_code output_text(struct cli *cli, const char *program, const char *text);

/**
 * output_plan() - a plan as a numbered list of steps
 * @changes: the changes of claims, as DiffState answers them; or NULL
 */
enum exit_code output_plan(struct cli *cli, const char *program, struct json_object *plan,
			   struct json_object *changes);

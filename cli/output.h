/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What verbs print to standard output: JSON as cxl(1) prints it, and plans for people. Every
 * function returns an exit code: a full disk or a closed pipe is a failure that was told on
 * cli->err.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/exit-code.h"

struct json_object;

/* json-c's flags: those of cxl(1), so that its readers see the same bytes; and a line of a stream.
 */
#define OUTPUT_JSON_PRETTY JSON_C_TO_STRING_PRETTY
#define OUTPUT_JSON_LINE   (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/**
 * output_json_text() - a value as harmless text, with an end of line
 * @flags: OUTPUT_JSON_...
 *
 * Return: the text, to be freed; NULL when there is no memory.
 */
char *output_json_text(struct json_object *value, int flags);

/** output_end() - sees that what was printed is written; the other functions here do, too */
enum exit_code output_end(struct cli *cli, const char *program);

/** output_json() - one value, indented as cxl(1) indents */
enum exit_code output_json(struct cli *cli, const char *program, struct json_object *value);

/**
 * output_list() - an array as `cxl list` prints it
 * @human: an array of one element is printed without its brackets, an empty one not at all
 */
enum exit_code output_list(struct cli *cli, const char *program, struct json_object *list,
			   bool human);

/** output_text() - a text for people */
enum exit_code output_text(struct cli *cli, const char *program, const char *text);

/**
 * output_plan() - a plan as a numbered list of steps
 * @changes: what becomes of claims, as DiffState tells it; or NULL
 */
enum exit_code output_plan(struct cli *cli, const char *program, struct json_object *plan,
			   struct json_object *changes);

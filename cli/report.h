/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a text for people and an exit code of an error reply. Pure but for the stream. Called by
 * session.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "cli/exit-code.h"

struct json_object;

#define HOST_INTERFACE "io.cxlfm.Host"

/**
 * report_error() - prints an error reply
 * @program: the beginning of the message: "cxlfm add-memory"
 * @error: the full name of the error
 * @parameters: of the error; the text leaves out members that are missing
 * @asks_change: whether the request was one for a change
 *
 * Return: the exit code; EXIT_CODE_OTHER_VERSION, and nothing was printed, for an error that this
 * version does not know.
 */
enum exit_code report_error(FILE *err, const char *program, const char *error,
			    struct json_object *parameters, bool asks_change);

/** report_has_code() - tells whether a refusal of an error has this code */
bool report_has_code(struct json_object *parameters, const char *code);

/** report_refusals() - prints the refusals in the member @key of @object, one a line */
void report_refusals(FILE *stream, struct json_object *object, const char *key);

/** report_step() - prints the daemon's text of a step ("region0: size 0 -> 512M"), without an end
 * of line */
void report_step(FILE *stream, struct json_object *step);

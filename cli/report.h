/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors as data made into text for people, and into an exit code. Pure but for the stream. Called
 * by session.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "cli/exit-code.h"

struct json_object;

#define HOST_INTERFACE "io.cxlfm.Host"

/**
 * report_error() - tells about an error reply
 * @program: who tells: "cxlfm add-memory"
 * @error: the error's full name
 * @parameters: of the error; what it lacks is left out
 *
 * Return: the exit code; EXIT_CODE_OTHER_VERSION, and nothing was told, for an error that this
 * version does not know.
 */
enum exit_code report_error(FILE *err, const char *program, const char *error,
			    struct json_object *parameters);

/** report_refusals() - writes the member @key of @object, one refusal a line; nothing if there are
 * none */
void report_refusals(FILE *stream, struct json_object *object, const char *key);

/** report_step() - writes a step as the daemon puts it ("region0: size 0 -> 512M"), without an end
 * of line */
void report_step(FILE *stream, struct json_object *step);

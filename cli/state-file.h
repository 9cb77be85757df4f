/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file with a declared state. Effect: reads the file. state-text.h parses its text.
 */
#pragma once

#include "cli/state-text.h"

/**
 * state_file_read() - reads a file of YAML or JSON
 * @path: the file, or "-" for standard input
 * @problems: as for state_text_parse()
 *
 * Reading blocks when the file is a pipe.
 *
 * Return: 0; STATE_TEXT_E_BAD; -ENOMEM; or as open(2) and read(2) failed.
 */
int state_file_read(const char *path, struct refusal_list *problems,
		    struct json_object **ret_document);

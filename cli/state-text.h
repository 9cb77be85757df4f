/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A declared state as people write it, YAML or JSON, made one tree of JSON. Pure. Called by
 * state-file.c.
 *
 * YAML is what its 1.2 core schema makes of it: `yes` is a text, 0o17 and 0x1F are numbers, what is
 * in quotes is a text. What one reader would take for this and another for that is refused:
 * anchors, aliases, tags, several documents, double names, numbers with a fraction or beyond 64
 * bits.
 */
#pragma once

#include <stddef.h>

#include "util/refusal.h"

struct json_object;

#define STATE_TEXT_MAX	((size_t)32 * 1024 * 1024)
#define STATE_DEPTH_MAX 32 /* nested lists and objects, the outermost counted */

/* The positive outcome: the text is no state; the refusals say why. */
#define STATE_TEXT_E_BAD 1

/**
 * state_text_parse() - reads a text of YAML, or of JSON if "{" or "[" is its first character
 * @name: of the file, for the refusals
 * @text: @length bytes, not necessarily terminated
 * @problems: receives what is wrong; code "bad-state-file", object "NAME:LINE:COLUMN"
 *
 * The "size" of a claim becomes a number of bytes where it is a text such as "512M" or "0.5TiB";
 * what else makes sense in a claim is cxlfmd's to say.
 *
 * Return: 0; STATE_TEXT_E_BAD; -ENOMEM.
 */
int state_text_parse(const char *name, const char *text, size_t length,
		     struct refusal_list *problems, struct json_object **ret_document);

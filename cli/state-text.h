/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parses a declared state, YAML or JSON, into a tree of JSON. Pure. Called by state-file.c.
 *
 * YAML has the meaning of the core schema of YAML 1.2: `yes` is a text, 0o17 and 0x1F are numbers,
 * a scalar in quotes is a text. A state must mean the same to every reader, so these are refused:
 * anchors, aliases, tags, several documents, double names, numbers with a fraction or beyond 64
 * bits.
 */
#pragma once

#include <stddef.h>

#include "util/refusal.h"

struct json_object;

#define STATE_TEXT_MAX	((size_t)32 * 1024 * 1024)
#define STATE_DEPTH_MAX 32 /* nested lists and objects, the outermost counted */

/* The text is not a state; the refusals say why. */
#define STATE_TEXT_E_BAD 1

/**
 * state_text_parse() - reads a text of YAML, or of JSON if "{" or "[" is its first character
 * @name: the name of the file, for the refusals
 * @text: @length bytes, not necessarily terminated
 * @problems: receives a refusal for each mistake; code "bad-state-file", object "NAME:LINE:COLUMN"
 *
 * A "size" of a claim that is a text, such as "512M" or "0.5TiB", becomes a number of bytes. cxlfmd
 * checks all other members.
 *
 * Return: 0; STATE_TEXT_E_BAD; -ENOMEM.
 */
int state_text_parse(const char *name, const char *text, size_t length,
		     struct refusal_list *problems, struct json_object **ret_document);

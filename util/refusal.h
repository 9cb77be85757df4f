/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A refusal is data: a stable code, the object that the refusal is about, one sentence, and a hint
 * what to do instead. Planners collect refusals, the API carries them, and the CLI makes text and
 * an exit code of them.
 */
#pragma once

#include <stdarg.h>

#include "util/arena.h"
#include "util/array.h"

struct json_object;

struct refusal {
	const char *code;   /* stable, documented in cxlfm(1): "window-too-small" */
	const char *object; /* the kernel's name: "decoder0.1"; NULL for the request itself */
	const char *text;   /* one sentence, no full stop */
	const char *hint;   /* what to do instead, or NULL */
};

struct refusal_list {
	ARRAY(struct refusal) list;
	struct arena arena; /* owns every text */
};

#define REFUSAL_LIST_NULL ((struct refusal_list){ .arena = ARENA_NULL })

/**
 * refusal_add() - appends a refusal; all texts are copied
 * @hint: may be NULL
 * @format: the text, printf-like
 *
 * Return: 0 or -ENOMEM.
 */
int refusal_add(struct refusal_list *refusals, const char *code, const char *object,
		const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/** refusal_add_va() - refusal_add() for functions that take a format themselves */
int refusal_add_va(struct refusal_list *refusals, const char *code, const char *object,
		   const char *hint, const char *format, va_list arguments)
	__attribute__((format(printf, 5, 0)));

/** refusal_list_to_json() - [{code, object, text, hint}, ...]; NULL when there is no memory */
struct json_object *refusal_list_to_json(const struct refusal_list *refusals);

void refusal_list_deinit(struct refusal_list *refusals);

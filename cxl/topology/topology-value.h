/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading one value of a document from elsewhere: a type, a range, a form, or a refusal that names
 * the object and the key. Pure; called by topology-parse.c.
 *
 * The value_*() functions return 0 and leave the result alone when the key is absent; 0 with the
 * result; TOPOLOGY_JSON_E_REFUSED after adding the refusal; -ENOMEM.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/refusal.h"

struct json_object;

struct value_reader {
	struct refusal_list *refusals;
	struct arena *arena; /* texts are copied to it */
	struct json_object *object;
	const char *name; /* of the object, for the refusals; NULL before it is known */
};

/* Not told, or a number that cannot be (cxl 77 printed negative sizes): left alone. */
int value_number(const struct value_reader *reader, const char *key, uint64_t *result);
int value_int(const struct value_reader *reader, const char *key, int min, int max, int *result);
int value_bool(const struct value_reader *reader, const char *key, bool *result);

/* Printable ASCII of at most TOPOLOGY_TEXT_MAX characters; "" is as absent. */
int value_text(const struct value_reader *reader, const char *key, const char **result);

/* A name as the kernel gives it: @prefix and one number, or two with a dot between. Required. */
int value_name(const struct value_reader *reader, const char *key, const char *prefix,
	       bool two_numbers, const char **result);

/* Sets @result to NULL when the key is absent. */
int value_array(const struct value_reader *reader, const char *key, struct json_object **result);
int value_object(const struct value_reader *reader, const char *key, struct json_object **result);

/** value_refuse() - adds a refusal about the object; returns TOPOLOGY_JSON_E_REFUSED or -ENOMEM */
int value_refuse(const struct value_reader *reader, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

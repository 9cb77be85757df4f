/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading one value of a document from elsewhere: a type, a range, a form. One that is none of
 * these is unknown, a notice names the object and the key, and what the object is a part of is no
 * longer taken for known. Pure; called by topology-parse.c.
 *
 * The value_*() functions return 0 and leave the result alone when the key is absent or its value
 * unknown; 0 with the result; -ENOMEM.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"
#include "util/arena.h"
#include "util/refusal.h"

struct json_object;

/* What was not understood of a document, for all its readers together. */
struct value_losses {
	unsigned int parts; /* enum topo_known: of which nothing is certain any more */
	size_t count;
};

struct value_reader {
	struct refusal_list *refusals;
	struct arena *arena; /* texts are copied to it */
	struct json_object *object;
	const char *name;     /* of the object, for the notices; NULL before it is known */
	enum topo_known part; /* what the object is a part of */
	struct value_losses *losses;
};

/* How objects that are listed are named: { "decoder", "decoder", true } for decoder0.1. */
struct kind_name {
	const char *key, *prefix;
	bool two_numbers;
};

extern const struct kind_name kind_of_buses, kind_of_ports, kind_of_endpoints, kind_of_memdevs,
	kind_of_decoders, kind_of_regions, kind_of_dax_devices;

/** value_is_of_kind() - is it an object with a name of the kernel's for that kind? */
bool value_is_of_kind(struct json_object *value, const struct kind_name *kind);

/**
 * value_lose() - notes that something of the object is not understood, and is unknown
 * @code: "odd-value", "odd-number", "rounded-size"
 *
 * The first few are told one by one, the rest in numbers by value_tell_losses(): a document may be
 * nothing else.
 *
 * Return: 0 or -ENOMEM.
 */
int value_lose(const struct value_reader *reader, const char *code, const char *hint,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
int value_tell_losses(const struct value_reader *reader);

int value_number(const struct value_reader *reader, const char *key, uint64_t *result);
int value_int(const struct value_reader *reader, const char *key, int min, int max, int *result);
int value_bool(const struct value_reader *reader, const char *key, bool *result);

/* Printable ASCII of at most TOPOLOGY_TEXT_MAX characters; "" is as absent. */
int value_text(const struct value_reader *reader, const char *key, const char **result);

/* The same for what is shown and nothing else: whatever it is, no plan depends on it. */
int value_label(const struct value_reader *reader, const char *key, const char **result);

/* A name as the kernel gives it, with @prefix; NULL is unknown. */
int value_name(const struct value_reader *reader, const struct kind_name *kind,
	       const char **result);

/* Sets @result to NULL when the key is absent. */
int value_array(const struct value_reader *reader, const char *key, struct json_object **result);
int value_object(const struct value_reader *reader, const char *key, struct json_object **result);

/** value_refuse() - adds a refusal about the object; returns TOPOLOGY_JSON_E_REFUSED or -ENOMEM */
int value_refuse(const struct value_reader *reader, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

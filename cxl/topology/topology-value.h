/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads one value of an untrusted document, and checks its type, range and form. A value that fails
 * the check is unknown: a notice names the object and the key, and the part of the topology to
 * which the object belongs no longer counts as known. Pure; called by topology-parse.c.
 *
 * The value_*() functions return 0 or -ENOMEM. When the key is absent or its value unknown, the
 * result is left unchanged, but for value_number(): a number that is in the document and is not
 * understood becomes TOPO_UNKNOWN, since the number that stands for an absent key may be 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"
#include "util/arena.h"
#include "util/refusal.h"

struct json_object;

/* Notices are for people, who read the first few. */
#define VALUE_LOSSES_TOLD 16

/* The values of a document that were not understood, for all its readers together. */
struct value_losses {
	unsigned int parts; /* enum topo_known: the parts that no longer count as known */
	unsigned int parts_of[VALUE_LOSSES_TOLD]; /* of each loss that has a notice */
	size_t count;
};

struct value_reader {
	struct refusal_list *refusals;
	struct arena *arena; /* owns copies of texts */
	struct json_object *object;
	const char *name;     /* of the object, for the notices; NULL before it is known */
	enum topo_known part; /* the part to which the object belongs */
	struct value_losses *losses;
};

/* The form of a kind's names: { "decoder", "decoder", true } for decoder0.1. */
struct kind_name {
	const char *key, *prefix;
	bool two_numbers;
};

extern const struct kind_name kind_of_buses, kind_of_ports, kind_of_endpoints, kind_of_memdevs,
	kind_of_decoders, kind_of_regions, kind_of_dax_devices;

/** value_is_of_kind() - is the value an object with a name in the form of that kind? */
bool value_is_of_kind(struct json_object *value, const struct kind_name *kind);

/**
 * value_beside() - a reader for values without which an object can be planned with, since a plan
 *	that does need one of them names what it needs: a loss leaves the part known
 */
struct value_reader value_beside(const struct value_reader *reader);

/** value_kind() - the kind of an object that cxl list lists; NULL for any other value */
const struct kind_name *value_kind(struct json_object *value);

/**
 * value_lose() - notes that a value of the object is not understood, and counts as unknown
 * @code: "odd-value", "odd-number", "rounded-size"
 *
 * The first few values have a notice each; value_tell_losses() counts the rest, since a document
 * may have any number of them.
 *
 * Return: 0 or -ENOMEM.
 */
int value_lose(const struct value_reader *reader, const char *code, const char *hint,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
int value_tell_losses(const struct value_reader *reader);

int value_number(const struct value_reader *reader, const char *key, uint64_t *result);
int value_int(const struct value_reader *reader, const char *key, int min, int max, int *result);
int value_bool(const struct value_reader *reader, const char *key, bool *result);

/* Printable ASCII of at most TOPOLOGY_TEXT_MAX characters; "" counts as absent. */
int value_text(const struct value_reader *reader, const char *key, const char **result);

/* The same for a text that is only shown: no plan depends on it, so any text is accepted. */
int value_label(const struct value_reader *reader, const char *key, const char **result);

/* A name of the kernel's form with @prefix; NULL for another text. */
int value_name(const struct value_reader *reader, const struct kind_name *kind,
	       const char **result);

/* Sets @result to NULL when the key is absent. */
int value_array(const struct value_reader *reader, const char *key, struct json_object **result);
int value_object(const struct value_reader *reader, const char *key, struct json_object **result);

/** value_refuse() - adds a refusal about the object; returns TOPOLOGY_JSON_E_REFUSED or -ENOMEM */
int value_refuse(const struct value_reader *reader, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

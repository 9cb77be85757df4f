/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of a claim in JSON: each member with the place in a struct for its value. Reading is
 * strict: an object with a member that nobody knows, or with a value out of range, is refused with
 * a hint. These functions read the members that all claims have (claim-json.c) and the members that
 * a kind has of its own. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "daemon/claim/claim.h"

/* The longest text but a name; all are printable ASCII. */
#define CLAIM_TEXT_MAX 255

struct claim_word {
	const char *name; /* NULL ends a list */
	int value;
};

struct claim_reader {
	struct refusal_list *problems;
	struct claim *claim; /* whose arena receives texts, and whose name is told */
};

struct claim_field;

/* Reads a value of no simple kind; 0, CLAIM_E_BAD or -ENOMEM. */
typedef int (*claim_read_fn)(const struct claim_reader *reader, const struct claim_field *field,
			     struct json_object *value, void *place);

enum claim_field_kind {
	CLAIM_FIELD_TEXT,   /* const char * */
	CLAIM_FIELD_NUMBER, /* uint64_t */
	CLAIM_FIELD_INT,    /* int */
	CLAIM_FIELD_FLAG,   /* bool */
	CLAIM_FIELD_WORD,   /* an enum */
	CLAIM_FIELD_UUID,   /* const char *, in lower case, so that each has one spelling */
	CLAIM_FIELD_OTHER,
};

/* One member of an object, and the place of its value in the struct that the object becomes. */
struct claim_field {
	const char *key; /* NULL ends a list */
	enum claim_field_kind kind;
	size_t offset;
	uint64_t least, most;		/* of a number and an int */
	const struct claim_word *words; /* of a word */
	claim_read_fn read;		/* of others */
};

/* A struct, and the members whose values go into the struct. */
struct claim_target {
	const struct claim_field *fields;
	void *place;
};

/* Evaluates to CLAIM_E_BAD or -ENOMEM. */
#define CLAIM_REFUSE(reader, hint, ...)                                                            \
	claim_refuse((reader)->problems, "bad-claim", (reader)->claim->name, hint, __VA_ARGS__)

/**
 * claim_read_object() - reads an object into structs
 * @what: what the object is, for people: "one of \"members\""
 * @targets: @count structs; a member that no target has is refused by its name
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_read_object(const struct claim_reader *reader, const char *what,
		      struct json_object *object, const struct claim_target *targets, size_t count);

/** claim_has() - does an object have a member that is not null? */
bool claim_has(struct json_object *object, const char *key);

/** claim_word_of() - the word for a value; NULL where there is none */
const char *claim_word_of(const struct claim_word *words, int value);

/* Each function adds a member when its value says something (a number above @none, a number that is
 * known, true); 0 or -ENOMEM. */
int claim_add_above(struct json_object *object, const char *key, int number, int none);
int claim_add_known(struct json_object *object, const char *key, uint64_t number);
int claim_add_true(struct json_object *object, const char *key, bool value);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The region that a command line asks for: from options and arguments to the parameters of the
 * interface. Pure. Called by cmd-region.c and cmd-memory.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "util/array.h"

struct json_object;

/* The names of objects on the command line. They point into argv. */
struct name_list {
	ARRAY(const char *) names;
	ARRAY(char *) texts;
};

struct wanted_region {
	int64_t size_bytes;			     /* 0: not said */
	int ways, granularity, near_node, qos_class; /* OPTION_INTEGER_UNSET: not said */
	const char *type, *decoder, *bus, *uuid;
	bool qos_enforced;
	struct name_list memdevs;
};

#define WANTED_REGION_NULL                                                                         \
	((struct wanted_region){ .ways = OPTION_INTEGER_UNSET,                                     \
				 .granularity = OPTION_INTEGER_UNSET,                              \
				 .near_node = OPTION_INTEGER_UNSET,                                \
				 .qos_class = OPTION_INTEGER_UNSET })

/* The options about the claim that the request makes. */
struct wanted_claim {
	const char *name;
	bool none;
};

#define WANTED_CLAIM_OPTIONS(claim)                                                                \
	OPTION_CLAIM_NAME("name", &(claim)->name, "of the claim; else one is made up"),            \
		OPTION_FLAG(0, "no-claim", &(claim)->none,                                         \
			    "make it once, and leave what becomes of it to others")

/**
 * name_list_add() - appends the objects that @text names, separated by commas or blanks
 * @kind: the word for one object, for a complaint: "memdev"
 *
 * Return: 0; OPTIONS_E_USAGE, and the user was told, when an object is named twice or @text names
 * none; -ENOMEM.
 */
int name_list_add(const struct usage *usage, struct name_list *list, const char *kind,
		  const char *text);

void name_list_deinit(struct name_list *list);

/**
 * wanted_region_check() - do the options fit each other? Without the host only some rules can be
 * checked
 *
 * Return: 0, or OPTIONS_E_USAGE and the user was told.
 */
int wanted_region_check(const struct usage *usage, const struct wanted_region *wanted);

/** wanted_claim_check() - the same for the options about the claim */
int wanted_claim_check(const struct usage *usage, const struct wanted_claim *wanted);

/** wanted_claim_add() - adds the claim to the parameters of CreateRegion; 0 or -ENOMEM */
int wanted_claim_add(struct json_object *parameters, const struct wanted_claim *wanted);

/** wanted_region_to_json() - a RegionRequest; NULL when there is no memory */
struct json_object *wanted_region_to_json(const struct wanted_region *wanted);

void wanted_region_deinit(struct wanted_region *wanted);

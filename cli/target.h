/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a word of the command line name a claim or a region? Called by cmd-claim.c, cmd-memory.c and
 * cmd-region.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"
#include "cli/exit-code.h"
#include "cli/options.h"

struct json_object;

/* One of the two is set, and points into the word. */
struct target {
	const char *claim;
	const char *region; /* or a dax device */
};

/**
 * target_resolve() - tells names of claims from names of regions, by their form, and never by which
 * objects exist at the moment
 * @regions_only: the verb accepts no claims, so its hints offer none
 * @targets: receives a target for each of @words
 *
 * "claim:NAME" and "region:NAME" are explicit. Of other words, those with the form of a kernel
 * object's name mean a region, all others a claim. The daemon is asked whether a claim has such a
 * name all the same (an older cxlfm accepted such names for claims): then the word is refused, with
 * both explicit spellings in the hint.
 *
 * Return: the exit code; a failure was told on cli->err.
 */
enum exit_code target_resolve(struct cli *cli, const struct usage *usage, const char *const *words,
			      size_t count, bool regions_only, struct target *targets);

/** target_claim() - the name of a claim in a word, with or without "claim:" in front */
const char *target_claim(const char *word);

/** target_add() - adds "claim" or "region" to the parameters of a call; 0 or -ENOMEM */
int target_add(struct json_object *parameters, const struct target *target);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the one word of a command line means, of the two that the interface tells apart: a claim or
 * a region. Called by cmd-claim.c, cmd-memory.c and cmd-region.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"
#include "cli/exit-code.h"
#include "cli/options.h"

struct json_object;

/* One of the two is there; it points into the word. */
struct target {
	const char *claim;
	const char *region; /* or a dax device */
};

/**
 * target_resolve() - what words mean: by their form, and never by what happens to be there
 * @regions_only: the verb takes no claims, so that a hint does not offer them
 * @targets: receives as many as there are words
 *
 * "claim:NAME" and "region:NAME" say it. Of other words, those that have the form of a kernel's
 * name mean a region, the rest a claim. A word that has this form and is a claim's name all the
 * same (an older cxlfm took such) is refused with the two spellings, for which the daemon is asked.
 *
 * Return: the exit code; what went wrong was told on cli->err.
 */
enum exit_code target_resolve(struct cli *cli, const struct usage *usage, const char *const *words,
			      size_t count, bool regions_only, struct target *targets);

/** target_claim() - the word of a verb that takes claims only: "claim:" in front may be there */
const char *target_claim(const char *word);

/** target_add() - adds "claim" or "region" to the parameters of a call; 0 or -ENOMEM */
int target_add(struct json_object *parameters, const struct target *target);

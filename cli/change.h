/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all verbs that change the host share: --dry-run, the progress line, the printing of the
 * result. Called by cmd-claim.c, cmd-memory.c, cmd-region.c and cmd-state.c.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/exit-code.h"
#include "cli/options.h"

struct json_object;

struct change {
	const struct usage *usage;
	const char *method;
	struct json_object *parameters; /* without dry_run; NULL is a failed allocation */
	bool dry_run, human;
	bool force; /* print first what the change gives up */
};

/**
 * change_run() - asks for a change; a dry run prints the plan
 * @change: change_run() frees the parameters of @change
 * @ret_outcome: the daemon's answer; NULL after a dry run. May be NULL.
 */
enum exit_code change_run(struct cli *cli, const struct change *change,
			  struct json_object **ret_outcome);

/**
 * change_print_region() - prints the region of an outcome as cxl-create-region(1) does
 * @human: with numbers for people
 *
 * The key "claim", behind cxl's own keys, is the name of the claim for which the region was made.
 */
enum exit_code change_print_region(struct cli *cli, const struct change *change,
				   struct json_object *outcome);

/** change_print_memory() - prints the region, its dax device, its node and its claim */
enum exit_code change_print_memory(struct cli *cli, const struct change *change,
				   struct json_object *outcome);

/** change_tell_claim() - tells the user of the claim that a change has made, and how to end the
 * claim */
void change_tell_claim(struct cli *cli, struct json_object *outcome);

/** change_allowed() - 0, or a complaint: of a record only dry runs are possible */
int change_allowed(const struct cli *cli, const struct usage *usage, bool dry_run);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all verbs that change the host have in common: --dry-run, the progress line, the result.
 * Called by cmd-claim.c, cmd-memory.c, cmd-region.c and cmd-state.c.
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
	bool force; /* say first what is given up */
};

/**
 * change_run() - asks for a change; with dry_run prints the plan
 * @change: its parameters are freed here
 * @ret_outcome: what the daemon says has become of it; NULL after a dry run. May be NULL.
 */
enum exit_code change_run(struct cli *cli, const struct change *change,
			  struct json_object **ret_outcome);

/**
 * change_print_region() - prints the region of an outcome as cxl-create-region(1) does
 * @human: with numbers for people
 *
 * Behind cxl's own keys comes "claim", the name of the claim that the region was made for.
 */
enum exit_code change_print_region(struct cli *cli, const struct change *change,
				   struct json_object *outcome);

/** change_print_memory() - prints the region, its dax device, its node and its claim */
enum exit_code change_print_memory(struct cli *cli, const struct change *change,
				   struct json_object *outcome);

/** change_tell_claim() - tells of the claim that an outcome has made, which goes on to hold */
void change_tell_claim(struct cli *cli, struct json_object *outcome);

/** change_allowed() - complains about a change of a record that is no dry run; 0 if it is fine */
int change_allowed(const struct cli *cli, const struct usage *usage, bool dry_run);

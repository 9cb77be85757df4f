/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by all verbs that change the host: --dry-run, --no-wait, the progress line, the printing
 * of the result. Called by cmd-changes.c, cmd-claim.c, cmd-memory.c, cmd-region.c and cmd-state.c.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/exit-code.h"
#include "cli/options.h"

struct json_object;

/* Of changes that go on when their client does not wait, or asks once more. */
struct change_later {
	bool no_wait;
	const char *request_id; /* or NULL */
};

#define CHANGE_NO_WAIT_OPTION(later)                                                               \
	OPTION_FLAG(0, "no-wait", &(later)->no_wait,                                               \
		    "print the id of the change, and do not wait for its end")
#define CHANGE_LATER_OPTIONS(later)                                                                \
	CHANGE_NO_WAIT_OPTION(later),                                                              \
		OPTION_TEXT(0, "request", "ID", &(later)->request_id,                              \
			    "do it once, however often it is asked for by this id")

struct change {
	const struct usage *usage;
	const char *method;
	struct json_object *parameters; /* without dry_run; NULL is a failed allocation */
	struct change_later later;
	bool dry_run, human;
	bool force; /* print first what the change gives up */
	/* The text that is printed behind refusals of which one has this code; both may be NULL. */
	const char *remark_code, *remark;
	bool in_parts; /* the change is made of others (Apply): no dry run; an interruption takes
			  none of the finished changes back */
};

/**
 * change_run() - asks for a change; a dry run prints the plan, with no_wait the id is printed
 * @change: change_run() frees the parameters of @change
 * @ret_outcome: the daemon's answer; not set after a dry run, or where nobody waits. May be NULL.
 */
enum exit_code change_run(struct cli *cli, const struct change *change,
			  struct json_object **ret_outcome);

/**
 * change_wait() - waits for the end of a change, by its id; prints what the change has made
 *
 * Return: the exit code that the verb of the change would have had.
 */
enum exit_code change_wait(struct cli *cli, const struct usage *usage, const char *id);

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

/**
 * change_allowed() - 0, or a complaint: of a record only dry runs are possible, and a dry
 *	run is waited for
 * @later: or NULL
 */
int change_allowed(const struct cli *cli, const struct usage *usage, bool dry_run,
		   const struct change_later *later);

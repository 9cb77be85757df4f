/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The performers of the changes under way. A performer does one thing at a time, so each change has
 * a performer of its own; an idle performer is kept for the next change, with its open session.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/performer.h"
#include "util/array.h"

struct performer_kind {
	const char *name; /* struct step_kind has the same name as its `performer` */
	const struct step_registry *steps; /* the kinds of steps that it performs */
	/* 0 and a performer to be owned by the caller, or negative errno. */
	int (*make)(void *userdata, struct performer **ret_performer);
};

struct performer_kinds {
	const struct performer_kind *items;
	size_t count;
};

struct performer_slot {
	const struct performer_kind *kind;
	struct performer *performer;
	bool is_taken;
};

struct performers {
	struct performer_kinds kinds;
	void *userdata; /* of make() */
	ARRAY(struct performer_slot) slots;
};

/**
 * performers_take() - a performer for one change
 * @name: NULL for the first kind
 *
 * Return: 0; -EOPNOTSUPP when no kind has that name; the error of make(); -ENOMEM.
 */
int performers_take(struct performers *performers, const char *name,
		    struct performer **ret_performer);

/** performers_give_back() - the change has ended, or goes on with another performer; accepts NULL
 */
void performers_give_back(struct performers *performers, struct performer *performer);

/** performers_rest() - idle performers close their sessions; one performer of each kind is kept */
void performers_rest(struct performers *performers);

/**
 * performer_kinds_steps() - the kinds of steps of all performers
 * @ret_steps: its `kinds` are to be freed by the caller
 *
 * Return: 0 or -ENOMEM.
 */
int performer_kinds_steps(const struct performer_kinds *kinds, struct step_registry *ret_steps);

/** performers_deinit() - frees all performers, those at work as well */
void performers_deinit(struct performers *performers);

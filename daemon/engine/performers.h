/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The performers of the changes under way. A performer does one thing at a time, so each change has
 * one of its own; whoever is idle is kept for the next change, with what it has open.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/performer.h"
#include "util/array.h"

struct performer_kind {
	const char *name; /* as steps name it: struct step_kind */
	/* 0 and a performer to be owned by the caller, or negative errno. */
	int (*make)(void *userdata, struct performer **ret_performer);
	void *userdata;
};

struct performer_slot {
	const struct performer_kind *kind;
	struct performer *performer;
	bool is_taken;
};

struct performers {
	const struct performer_kind *kinds;
	size_t kind_count;
	ARRAY(struct performer_slot) slots;
};

/**
 * performers_take() - a performer for one change
 * @name: NULL for the first kind
 *
 * Return: 0; -EOPNOTSUPP when no kind has that name; what its maker returns; -ENOMEM.
 */
int performers_take(struct performers *performers, const char *name,
		    struct performer **ret_performer);

/** performers_give_back() - the change has ended, or goes on with another one; accepts NULL */
void performers_give_back(struct performers *performers, struct performer *performer);

/** performers_rest() - what idle ones have open goes; one of each kind is kept for what comes */
void performers_rest(struct performers *performers);

/** performers_deinit() - all of them go, whatever they do */
void performers_deinit(struct performers *performers);

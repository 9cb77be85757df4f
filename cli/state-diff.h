/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a declared state asks cxlfmd for, and what cxlfmd answers it differs in from the claims that
 * are there. Pure. Called by cmd-state.c.
 */
#pragma once

#include <stdbool.h>

#include "util/array.h"
#include "util/refusal.h"

struct json_object;

enum state_action {
	STATE_ACTION_FORGET,
	STATE_ACTION_REMOVE,
	STATE_ACTION_CHANGE,
	STATE_ACTION_MAKE,
};

/* One change; all that it points to is the answer's. */
struct state_change {
	enum state_action action;
	bool anew; /* of STATE_ACTION_CHANGE: what is there is removed first */
	const char *name;
	struct json_object *claim;	 /* of STATE_ACTION_CHANGE and STATE_ACTION_MAKE */
	struct json_object *differences; /* of STATE_ACTION_CHANGE: {member: {"from", "to"}} */
};

struct state_diff {
	ARRAY(struct state_change) changes; /* in the order in which they are to be made */
};

#define STATE_DIFF_NULL ((struct state_diff){ .changes = { NULL, 0 } })

/**
 * state_claims() - the claims of a document
 * @problems: receives what is wrong; code "bad-state-file", no object
 * @ret_claims: an array of objects, owned by @document
 *
 * What is in a claim is cxlfmd's to judge. That they are claims at all is judged here, since an
 * interface has no better words for it than that the types are wrong.
 *
 * Return: 0; STATE_TEXT_E_BAD; -ENOMEM.
 */
int state_claims(struct json_object *document, struct refusal_list *problems,
		 struct json_object **ret_claims);

/**
 * state_diff_read() - reads the changes that DiffState answers
 * @ret_diff: STATE_DIFF_NULL before; to be deinitialised also on failure
 *
 * Return: 0; -EINVAL when they are not what the interface says; -ENOMEM.
 */
int state_diff_read(struct json_object *changes, struct state_diff *ret_diff);

/**
 * state_diff_to_text() - a line for people about each change
 *
 * Return: a new text, which may be empty, or NULL when there is no memory.
 */
char *state_diff_to_text(const struct state_diff *diff);

void state_diff_deinit(struct state_diff *diff);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The claims of a declared state on their way to cxlfmd, and the answer of cxlfmd: the differences
 * from the claims of the host. Pure. Called by cmd-state.c.
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

/* One change of a claim; the answer owns all texts and objects. */
struct state_change {
	enum state_action action;
	bool anew; /* of STATE_ACTION_CHANGE: the old memory is removed first */
	const char *name;
	struct json_object *claim;	 /* of STATE_ACTION_CHANGE and STATE_ACTION_MAKE */
	struct json_object *differences; /* of STATE_ACTION_CHANGE: {member: {"from", "to"}} */
};

struct state_diff {
	ARRAY(struct state_change) changes; /* in the order of apply */
};

#define STATE_DIFF_NULL ((struct state_diff){ .changes = { NULL, 0 } })

/**
 * state_claims() - the claims of a document
 * @problems: receives a refusal for each mistake; code "bad-state-file", no object
 * @ret_claims: an array of objects, owned by @document
 *
 * cxlfmd checks the members of each claim. That the document is a list of objects is checked here,
 * since cxlfmd could only answer that the types of the parameters are wrong.
 *
 * Return: 0; STATE_TEXT_E_BAD; -ENOMEM.
 */
int state_claims(struct json_object *document, struct refusal_list *problems,
		 struct json_object **ret_claims);

/**
 * state_diff_read() - reads the changes that DiffState answers
 * @ret_diff: initialised with STATE_DIFF_NULL; the caller deinitialises it, also after a failure
 *
 * Return: 0; -EINVAL when the answer is not as the interface defines it; -ENOMEM.
 */
int state_diff_read(struct json_object *changes, struct state_diff *ret_diff);

/**
 * state_diff_to_text() - the changes for people, a line each
 *
 * Return: a new text, which may be empty, or NULL when there is no memory.
 */
char *state_diff_to_text(const struct state_diff *diff);

void state_diff_deinit(struct state_diff *diff);

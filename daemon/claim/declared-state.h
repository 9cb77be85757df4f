/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A declared state: the wishes of all claims in one document, as an admin keeps the document in a
 * file; and its differences from the stored claims. Binding, owner and "adopted" of a claim are no
 * part of the document, and do not change while the claim stays.
 *
 *	{"claims": [{"name", "size", ...}]}	each as claim_wish_to_json() writes it
 *
 * Pure.
 */
#pragma once

#include <stddef.h>

#include "daemon/claim/claim.h"
#include "util/declared-limits.h"

struct json_object;

struct declared_state {
	ARRAY(struct claim) claims; /* by name, each once */
	const char *after, *until;  /* of a part: the range of names, in the document; or NULL */
};

#define DECLARED_STATE_NULL ((struct declared_state){ .claims = { NULL, 0 } })

/**
 * declared_state_from_json() - reads a declared state
 * @problems: receives one fault of every bad claim; code "bad-claim", for a claim without a name
 *	the object "claims[N]"
 * @ret_state: DECLARED_STATE_NULL before; to be deinitialised also on failure
 *
 * A document without "claims" is refused: such a document would end all claims.
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int declared_state_from_json(const struct claim_kinds *kinds, struct json_object *document,
			     struct refusal_list *problems, struct declared_state *ret_state);

/** declared_state_is_about() - is a claim of this name in the range of the part? */
bool declared_state_is_about(const struct declared_state *state, const char *name);

/**
 * declared_state_to_json() - the document of which these claims are the state
 * @claims: @count of them, in any order; written by name
 *
 * Return: a new object, or NULL when there is no memory.
 */
struct json_object *declared_state_to_json(const struct claim *const *claims, size_t count);

void declared_state_deinit(struct declared_state *state);

/* In the order of the changes: a resource that is given back first may be asked for later. */
enum declared_action {
	DECLARED_FORGOTTEN, /* an adopted claim ends: others made its region, which stays */
	DECLARED_REMOVED,
	DECLARED_CHANGED,
	DECLARED_ADDED,
	DECLARED_SAME,
};

struct declared_change {
	enum declared_action action;
	const char *name;
	const struct claim *stored;   /* NULL: the claim is added */
	const struct claim *declared; /* NULL: the claim is removed or forgotten */
	unsigned int differences;     /* as claim_differences(); of DECLARED_CHANGED */
	enum claim_change kind;	      /* of DECLARED_CHANGED */
};

struct declared_diff {
	/* By action; changes that take something down by place, the highest first; then by name. */
	ARRAY(struct declared_change) changes;
};

#define DECLARED_DIFF_NULL ((struct declared_diff){ .changes = { NULL, 0 } })

/**
 * declared_state_diff() - the changes that turn the stored claims into the declared state
 * @stored: @count claims in any order, none twice: those that the declared state is to replace
 * @problems: receives the claims that are declared with another kind; code "claim-exists"
 * @ret_diff: DECLARED_DIFF_NULL before; to be deinitialised also on failure; points to the claims
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int declared_state_diff(const struct claim *const *stored, size_t count,
			const struct declared_state *declared, struct refusal_list *problems,
			struct declared_diff *ret_diff);

/**
 * declared_diff_to_json() - the difference as the API shows it
 *
 * [{"action": "forget"|"remove"|"change"|"make", "name",
 *   "anew": true (of a change that the region does not outlive),
 *   "resource": of the region that is taken down,
 *   "changes": {"size": {"from", "to"}} (of a change; null for a member that is not there),
 *   "claim": the wish (of what is declared)}]
 *
 * Return: a new array, or NULL when there is no memory.
 */
struct json_object *declared_diff_to_json(const struct declared_diff *diff);

void declared_diff_deinit(struct declared_diff *diff);

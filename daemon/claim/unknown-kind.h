/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims of kinds that this version does not know: another version of the daemon has stored them.
 * Such a claim is listed and counted, and its name is taken. Nobody judges, mends, changes or
 * ends it: all that it says is kept, for the version that knows its kind. Pure.
 */
#pragma once

#include "daemon/claim/claim-kind.h"
#include "util/refusal.h"

/**
 * unknown_claim_from_json() - reads a stored claim whose kind is none of @kinds
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure. Has a kind of its own, which
 *	lives as long as the claim
 *
 * Return: 0; -EINVAL when the claim has no name, or names no kind that is unknown; -ENOMEM.
 */
int unknown_claim_from_json(const struct claim_kinds *kinds, struct json_object *object,
			    struct claim *ret_claim);

/** claim_is_unknown() - is the claim of a kind that this version does not know? */
bool claim_is_unknown(const struct claim *claim);

/** unknown_claim_refuse() - refuses to do anything about such a claim; code "unknown-kind";
 * CLAIM_E_BAD or -ENOMEM */
int unknown_claim_refuse(const struct claim *claim, struct refusal_list *problems);

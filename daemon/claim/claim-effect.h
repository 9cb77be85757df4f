/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change of the host does to a claim: the change makes, alters or ends the claim, or leaves
 * the claim alone. The effect is decided with the plan and stored in the commit that closes the
 * journal's entry; only then does the table know the effect. Pure.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/claim/declared-state.h"
#include "daemon/store/store.h"

enum claim_effect_kind {
	CLAIM_STAYS,
	CLAIM_IS_PUT,
	CLAIM_ENDS,
};

struct claim_effect {
	enum claim_effect_kind kind;
	struct claim claim; /* of CLAIM_IS_PUT: with its new binding */
	char name[CLAIM_NAME_MAX + 1];
	uint64_t revision; /* of the entry that is replaced, or STORE_ABSENT */

	char key[CLAIM_KEY_MAX];
	struct json_object *object; /* what is stored */
};

#define CLAIM_EFFECT_NULL ((struct claim_effect){ .claim = CLAIM_NULL })

void claim_effect_deinit(struct claim_effect *effect);

/**
 * claim_check_new() - may a claim of this name be made?
 * @asked: the claim's name, or NULL for a new name
 * @owner: of the claim
 * @problems: receives why not; codes "claim-exists", "too-many-claims"
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_check_new(const struct claim_table *table, const char *asked, const char *owner,
		    struct refusal_list *problems);

/**
 * claim_effect_make() - a claim is made
 * @asked: the claim's name, or NULL for a new name that no claim has
 * @owner: of the claim
 * @problems: receives why the claim can't be made; codes "claim-exists", "too-many-claims"
 * @ret_effect: CLAIM_EFFECT_NULL before; the caller fills in the claim in @ret_effect
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_effect_make(const struct claim_table *table, const struct claim_kind *kind,
		      const char *asked, const char *owner, struct refusal_list *problems,
		      struct claim_effect *ret_effect);

/** claim_effect_put() - a claim is changed; @ret_effect as in claim_effect_make() */
void claim_effect_put(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_wish() - the claim is made, or changed to the wish; as claim_effect_make()
 *
 * When the resources that the claim was given can't meet the wish, the claim loses the resources.
 *
 * @owner: of a claim that is made
 * @problems: receives why the claim can't be made; codes "too-many-claims", "claim-exists"
 */
int claim_effect_wish(const struct claim_table *table, const struct claim *wish, const char *owner,
		      struct refusal_list *problems, struct claim_effect *ret_effect);

/** claim_effect_restore() - the claim is given again what the claim wants; as claim_effect_wish()
 */
int claim_effect_restore(const struct claim_record *record, struct claim_effect *ret_effect);

/** claim_effect_release() - the rest of what the claim was given is taken down; as
 * claim_effect_wish() */
int claim_effect_release(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_keep() - what the claim was given is gone, but the claim stays, and is mended
 * @name: of the claim, if there is such a claim; may be the name in @effect
 * @effect: what was to become of the claim; replaced
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_keep(const struct claim_table *table, const char *name,
		      struct claim_effect *effect);

/**
 * claim_effect_return() - the claim gets its former wish back, and is mended for that wish
 * @record: the claim as the claim is now
 * @former: the claim as the claim was
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_return(const struct claim_record *record, const struct claim *former,
			struct claim_effect *ret_effect);

/** claim_effect_end() - the claim ends */
void claim_effect_end(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_diff() - the effect as a difference of declared states
 * @forgotten: a claim that ends leaves alone what the claim was given
 * @ret_diff: DECLARED_DIFF_NULL before; points to the claims of @effect and of @table; to be
 *	deinitialised
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_diff(const struct claim_effect *effect, const struct claim_table *table,
		      bool forgotten, struct declared_diff *ret_diff);

/**
 * claim_effect_store() - what has to be committed to the store
 * @ret_change: its texts belong to the effect
 *
 * Return: 1, or 0 when there is nothing; -ENOMEM.
 */
int claim_effect_store(struct claim_effect *effect, struct store_change *ret_change);

/** claim_effect_apply() - after the commit: the table knows; 0 or -ENOMEM */
int claim_effect_apply(struct claim_effect *effect, struct claim_table *table, uint64_t revision);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change of the host does to a claim: makes it, alters it, ends it, or nothing. Decided with
 * the plan, stored with the journal's last word, and only then known to the table. Pure.
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
 * claim_effect_make() - a claim is made
 * @asked: its name, or NULL for one that nobody has
 * @owner: of the claim
 * @problems: receives why it can't be; codes "claim-exists", "too-many-claims"
 * @ret_effect: CLAIM_EFFECT_NULL before; its claim is the caller's to fill in
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_effect_make(const struct claim_table *table, const struct claim_kind *kind,
		      const char *asked, const char *owner, struct refusal_list *problems,
		      struct claim_effect *ret_effect);

/** claim_effect_put() - a claim is changed; as above */
void claim_effect_put(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_wish() - the claim is made, or changed to what is wished; as claim_effect_make()
 *
 * A wish that what it was given can't meet leaves it without.
 *
 * @owner: of a claim that is made
 * @problems: receives why it can't be; codes "too-many-claims", "claim-exists"
 */
int claim_effect_wish(const struct claim_table *table, const struct claim *wish, const char *owner,
		      struct refusal_list *problems, struct claim_effect *ret_effect);

/** claim_effect_restore() - the claim is given again what it wants; as above */
int claim_effect_restore(const struct claim_record *record, struct claim_effect *ret_effect);

/** claim_effect_release() - what is left of what the claim was given is taken down; as above */
int claim_effect_release(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_keep() - what the claim was given is gone, but the claim stays, and is given it anew
 * @name: of the claim, if there is such; may be @effect's own
 * @effect: what was to become of it; replaced
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_keep(const struct claim_table *table, const char *name,
		      struct claim_effect *effect);

/**
 * claim_effect_return() - the claim wants again what it wanted before, and is given it anew
 * @record: as it is now
 * @former: as it was
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_return(const struct claim_record *record, const struct claim *former,
			struct claim_effect *ret_effect);

/** claim_effect_end() - the claim ends */
void claim_effect_end(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_diff() - the effect as a difference of declared states
 * @forgotten: a claim that ends leaves what it was given as it is
 * @ret_diff: DECLARED_DIFF_NULL before; points to the claims of both; to be deinitialised
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_diff(const struct claim_effect *effect, const struct claim_table *table,
		      bool forgotten, struct declared_diff *ret_diff);

/**
 * claim_effect_store() - what has to be committed
 * @ret_change: its texts are the effect's
 *
 * Return: 1, or 0 when there is nothing; -ENOMEM.
 */
int claim_effect_store(struct claim_effect *effect, struct store_change *ret_change);

/** claim_effect_apply() - after the commit: the table knows; 0 or -ENOMEM */
int claim_effect_apply(struct claim_effect *effect, struct claim_table *table, uint64_t revision);

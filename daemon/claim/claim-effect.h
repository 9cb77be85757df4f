/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change of the host does to a claim: makes it, alters it, ends it, or nothing. Decided with
 * the plan, stored with the journal's last word, and only then known to the table. Pure.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/claim/declared-state.h"
#include "daemon/claim/memory/intent.h"
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
 * claim_effect_decide() - what a planned change does to a claim
 * @world: that @plan was made from
 * @owner: of a claim that is made
 * @problems: receives why it can't be; codes "claim-exists", "too-many-claims"
 * @ret_effect: CLAIM_EFFECT_NULL before; to be deinitialised also on failure
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int claim_effect_decide(const struct claim_table *table, const struct intent *intent,
			const struct plan *plan, const struct world *world, const char *owner,
			struct refusal_list *problems, struct claim_effect *ret_effect);

/**
 * claim_effect_wish() - the claim is made, or changed to what is wished; as above
 *
 * A wish that its region can't meet leaves it without one.
 *
 * @owner: of a claim that is made
 * @problems: receives why it can't be; code "too-many-claims"
 */
int claim_effect_wish(const struct claim_table *table, const struct claim *wish, const char *owner,
		      struct refusal_list *problems, struct claim_effect *ret_effect);

/** claim_effect_restore() - the claim is given memory again; as above */
int claim_effect_restore(const struct claim_record *record, struct claim_effect *ret_effect);

/** claim_effect_release() - what is left of the claim's region is taken down; as above */
int claim_effect_release(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_keep() - the region is gone, but the claim stays, and is given another one
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

/** claim_effect_end() - the claim ends, and had no region any more */
void claim_effect_end(const struct claim_record *record, struct claim_effect *ret_effect);

/**
 * claim_effect_bind() - notes what a claim that is put was given; without it, or when it has no
 *	addresses, what it had stays
 * @world: tells what the memdevs are known by
 * @proof: a later look at the host, or NULL
 * @plan: that was carried out, made from @world
 *
 * Return: 0 or -ENOMEM.
 */
int claim_effect_bind(struct claim_effect *effect, const struct world *world,
		      const struct topology *proof, const struct plan *plan);

/**
 * claim_effect_diff() - the effect as a difference of declared states
 * @forgotten: a claim that ends leaves its region as it is
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

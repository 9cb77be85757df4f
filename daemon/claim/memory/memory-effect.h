/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change of memory does to a claim. Pure.
 */
#pragma once

#include "daemon/claim/claim-effect.h"
#include "daemon/claim/memory/memory-request.h"

/**
 * memory_effect_decide() - what a planned change does to a claim
 * @world: that @plan was made from
 * @owner: of a claim that is made
 * @problems: receives why the claim can't be made; codes "claim-exists", "too-many-claims"
 * @ret_effect: CLAIM_EFFECT_NULL before; to be deinitialised also on failure
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int memory_effect_decide(const struct claim_table *table, const struct memory_request *request,
			 const struct plan *plan, const struct world *world, const char *owner,
			 struct refusal_list *problems, struct claim_effect *ret_effect);

/**
 * memory_effect_bind() - notes what a claim that is put was given; the claim's binding stays when
 *	nothing with addresses was given
 * @world: tells what the memdevs are known by
 * @proof: a later look at the host, or NULL
 * @plan: the plan that was carried out, made from @world
 *
 * Return: 0 or -ENOMEM.
 */
int memory_effect_bind(struct claim_effect *effect, const struct world *world,
		       const struct topology *proof, const struct plan *plan);

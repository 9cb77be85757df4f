/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions that cxl or firmware made, as claims: the wish of such a claim is the region as the
 * region is now. Pure. Called by memory-plan.c, to see whether the region can be a claim, and by
 * memory-effect.c.
 */
#pragma once

#include "daemon/claim/memory/memory-claim.h"

/**
 * memory_claim_of_region() - the claim whose wish is a region as the region is
 * @region: of the topology of @world
 * @problems: receives why the region can't be a claim
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure. It lacks name, owner, drift
 *	policy and binding, which a region does not have.
 *
 * Members are named by position, so that the same region can be made again.
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int memory_claim_of_region(const struct world *world, const struct topo_region *region,
			   struct refusal_list *problems, struct claim *ret_claim);

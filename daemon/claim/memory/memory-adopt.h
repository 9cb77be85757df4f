/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions that cxl or firmware made, as claims: what is there now is what is wanted from here on.
 * Pure. Called by memory-plan.c, which asks whether it can be, and by claim-effect.c.
 */
#pragma once

#include "daemon/claim/memory/memory-claim.h"

/**
 * memory_claim_of_region() - the claim of which a region is all that it wants
 * @region: of the topology of @world
 * @problems: receives why it can't be one
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure. It lacks name, owner, drift
 *	policy and binding, which are not the region's.
 *
 * Members are named by position, so that the region can be made again as it is.
 *
 * Return: 0; CLAIM_E_BAD; -ENOMEM.
 */
int memory_claim_of_region(const struct world *world, const struct topo_region *region,
			   struct refusal_list *problems, struct claim *ret_claim);

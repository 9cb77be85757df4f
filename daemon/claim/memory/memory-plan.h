/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plans for a claim: to make its region as for a request, to change its region, and to mend the
 * claim. Pure.
 */
#pragma once

#include "daemon/claim/claim-effect.h"
#include "daemon/claim/memory/memory-request.h"

/**
 * memory_plan_remedy() - plans what mends a claim
 * @record: the claim
 * @remedy: not CLAIM_REMEDY_NONE
 * @request: MEMORY_REQUEST_NULL before; receives the request of the planner, and lives as long as
 *	@plan
 * @plan: PLAN_NULL before; also filled on refusal
 * @ret_effect: CLAIM_EFFECT_NULL before; what becomes of the claim
 *
 * Return: as the planners in plan.h; -ESTALE when the claim has no region any more.
 */
int memory_plan_remedy(const struct claim_record *record, enum claim_remedy remedy,
		       const struct world *world, struct memory_request *request, struct plan *plan,
		       struct claim_effect *ret_effect);

/**
 * memory_plan_wish() - plans what a MEMORY_APPLY_CLAIM needs
 * @record: of the claim of that name, or NULL
 * @request: with the wish; as above
 * @ret_then: of a dry run that makes the region anew, the plan of the new region: a new object
 *
 * Return: as the planners in plan.h. A plan may have no steps, or may remove the region so that the
 *	wish can be made next (CLAIM_REMEDY_MAKE).
 */
int memory_plan_wish(const struct claim_record *record, const struct world *world,
		     struct memory_request *request, struct plan *plan,
		     struct json_object **ret_then);

/**
 * memory_plan_adoption() - plans what a MEMORY_ADOPT_REGION needs: no steps
 * @table: the claims that regions belong to already
 *
 * Return: as the planners in plan.h; codes of its own "region-claimed" and those of
 * memory_claim_of_region().
 */
int memory_plan_adoption(const struct claim_table *table, const struct world *world,
			 const struct memory_request *request, struct plan *plan);

/**
 * memory_plan_forgetting() - plans what a MEMORY_FORGET_CLAIM needs: no steps
 *
 * Return: as the planners in plan.h; code of its own "unknown-claim".
 */
int memory_plan_forgetting(const struct claim_table *table, const struct world *world,
			   const struct memory_request *request, struct plan *plan);

/**
 * memory_plan_change() - plans a request that makes, removes, enables or changes a region
 *
 * A request that names a claim is about the region of the claim on this look, and about no other
 * region of the same name. Enabling the region of a claim takes the region as far as the claim
 * wants.
 *
 * Return: as the planners in plan.h; codes of its own "unknown-claim", "unknown-region".
 */
int memory_plan_change(const struct claim_table *table, const struct world *world,
		       const struct memory_request *request, struct plan *plan);

/**
 * memory_plan_end() - does a request remove a claim that has no region any more?
 * @plan: a plan that was refused; emptied when the answer is yes
 * @ret_effect: CLAIM_EFFECT_NULL before; on yes receives the end of the claim
 */
bool memory_plan_end(const struct claim_table *table, const struct world *world,
		     const struct memory_request *request, struct plan *plan,
		     struct claim_effect *ret_effect);

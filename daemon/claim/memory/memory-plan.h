/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be done on a host for a claim: it is made as if it had been asked for, changed as if
 * its region had been, and made good again as it was. Pure.
 */
#pragma once

#include "daemon/claim/claim-effect.h"
#include "daemon/claim/memory/memory-request.h"

/**
 * memory_plan_remedy() - plans what makes a claim good
 * @record: the claim
 * @remedy: not CLAIM_REMEDY_NONE
 * @request: MEMORY_REQUEST_NULL before; receives what the planner was asked for, and lives as long
 * as @plan
 * @plan: PLAN_NULL before; also filled on refusal
 * @ret_effect: CLAIM_EFFECT_NULL before; what becomes of the claim
 *
 * Return: as the planners in plan.h; -ESTALE when there is no region for it any more.
 */
int memory_plan_remedy(const struct claim_record *record, enum claim_remedy remedy,
		       const struct world *world, struct memory_request *request, struct plan *plan,
		       struct claim_effect *ret_effect);

/**
 * memory_plan_wish() - plans what an MEMORY_APPLY_CLAIM needs
 * @record: of the claim of that name, or NULL
 * @request: with the wish; as above
 * @ret_then: of a dry run that makes the region anew, what is made in its place: a new object
 *
 * Return: as the planners in plan.h. A plan without steps is one, too, and one that removes the
 *	region so that what is wished can be made next: CLAIM_REMEDY_MAKE.
 */
int memory_plan_wish(const struct claim_record *record, const struct world *world,
		     struct memory_request *request, struct plan *plan,
		     struct json_object **ret_then);

/**
 * memory_plan_adoption() - plans what an MEMORY_ADOPT_REGION needs: no steps
 * @table: the claims that regions belong to already
 *
 * Return: as the planners in plan.h; codes of its own "region-claimed" and those of
 * memory_claim_of_region().
 */
int memory_plan_adoption(const struct claim_table *table, const struct world *world,
			 const struct memory_request *request, struct plan *plan);

/**
 * memory_plan_forgetting() - plans what an MEMORY_FORGET_CLAIM needs: no steps
 *
 * Return: as the planners in plan.h; code of its own "unknown-claim".
 */
int memory_plan_forgetting(const struct claim_table *table, const struct world *world,
			   const struct memory_request *request, struct plan *plan);

/**
 * memory_plan_change() - plans what a request asks for that makes, removes, enables or changes a
 * region
 *
 * Of a claim that is named, it is the region that it has on this look, and no other by the same
 * name. A claim's region that is enabled goes as far as the claim wants.
 *
 * Return: as the planners in plan.h; codes of its own "unknown-claim", "unknown-region".
 */
int memory_plan_change(const struct claim_table *table, const struct world *world,
		       const struct memory_request *request, struct plan *plan);

/**
 * memory_plan_end() - is a claim to be removed of which nothing is left but the wish?
 * @plan: that was refused; emptied when it is so
 * @ret_effect: CLAIM_EFFECT_NULL before; then that the claim ends
 */
bool memory_plan_end(const struct claim_table *table, const struct world *world,
		     const struct memory_request *request, struct plan *plan,
		     struct claim_effect *ret_effect);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of this host's memory: the plans of the stages, and the effect on claims. Pure.
 */
#include "daemon/claim/memory/memory-change.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cxl/step/host-step.h"
#include "daemon/claim/memory/memory-request-claim.h"
#include "daemon/claim/memory/memory-effect.h"
#include "daemon/claim/memory/memory-reserve.h"
#include "util/json.h"

const struct lane_set memory_lanes = { .names = { HOST_LANE }, .count = 1 };

void memory_change_deinit(struct memory_change *memory)
{
	claim_effect_deinit(&memory->effect);
	claim_deinit(&memory->former);
	(void)json_object_put(memory->then);
	reservation_set_deinit(&memory->reserves);
	plan_deinit(&memory->plan);
	memory_request_deinit(&memory->request);
}

/* ---- the plan of a stage ---- */

static void forget_plan(struct memory_change *memory)
{
	reservation_set_deinit(&memory->reserves);
	plan_deinit(&memory->plan);
	memory->plan = PLAN_NULL;
	claim_effect_deinit(&memory->effect);
	(void)json_object_put(memory->then);
	memory->then = NULL;
}

static int plan_remedy(struct memory_change *memory, const struct subject_view *view,
		       const struct claim_record *record, enum claim_remedy remedy)
{
	return memory_plan_remedy(record, remedy, &view->world, &memory->request, &memory->plan,
				  &memory->effect);
}

bool memory_change_is_moot(const struct memory_change *memory, const struct claim_table *claims)
{
	const struct claim_record *record = claim_table_find(claims, memory->mended);

	return *memory->mended && (!record || record->remedy != memory->remedy);
}

static int plan_mending(struct memory_change *memory, const struct subject_view *view)
{
	if (memory_change_is_moot(memory, view->claims))
		return -ESTALE;
	return plan_remedy(memory, view, claim_table_find(view->claims, memory->mended),
			   memory->remedy);
}

/* The stage for a wish. In the second stage the claim has the new wish already. */
static int plan_wish(struct memory_change *memory, const struct subject_view *view)
{
	const struct claim_record *record =
		claim_table_find(view->claims, memory->request.wish.name);

	if (!memory->making)
		return memory_plan_wish(record, &view->world, &memory->request, &memory->plan,
					&memory->then);
	return record ? plan_remedy(memory, view, record, CLAIM_REMEDY_MAKE) : -ESTALE;
}

static int make_plan(struct memory_change *memory, const struct subject_view *view)
{
	struct memory_request *request = &memory->request;

	static_assert(PLAN_E_REFUSED == CHANGE_E_REFUSED, "what planners answer is handed on");

	if (*memory->mended)
		return plan_mending(memory, view);
	switch (request->kind) {
	case MEMORY_APPLY_CLAIM:
		return plan_wish(memory, view);
	case MEMORY_ADOPT_REGION:
		return memory_plan_adoption(view->claims, &view->world, request, &memory->plan);
	case MEMORY_FORGET_CLAIM:
		return memory_plan_forgetting(view->claims, &view->world, request, &memory->plan);
	case MEMORY_CREATE_REGION:
	case MEMORY_REMOVE_REGION:
	case MEMORY_ENABLE_REGION:
	case MEMORY_SET_MEMORY:
		break;
	}
	return memory_plan_change(view->claims, &view->world, request, &memory->plan);
}

/* ---- the effect on the claim ---- */

static int decide_wish(struct memory_change *memory, const struct subject_view *view,
		       struct refusal_list *refusals)
{
	const struct claim *wish = &memory->request.wish;
	const struct claim_record *record = claim_table_find(view->claims, wish->name);
	int rc = 0;

	claim_deinit(&memory->former);
	memory->former = CLAIM_NULL;
	if (record && plan_removes_region(&memory->plan))
		rc = claim_copy(&record->claim, &memory->former);
	return rc ? rc
		  : claim_effect_wish(view->claims, wish, view->owner, refusals, &memory->effect);
}

static int decide_claim(struct memory_change *memory, const struct subject_view *view,
			struct refusal_list *refusals)
{
	int rc;

	if (!view->owner || memory->making)
		return 0;
	if (memory->request.kind == MEMORY_APPLY_CLAIM)
		rc = decide_wish(memory, view, refusals);
	else
		rc = memory_effect_decide(view->claims, &memory->request, &memory->plan,
					  &view->world, view->owner, refusals, &memory->effect);
	return rc == CLAIM_E_BAD ? CHANGE_E_FORBIDDEN : rc;
}

/* What is wrong with the claim that was to be made, whatever the plan comes to. */
static int check_claim(const struct memory_change *memory, const struct subject_view *view,
		       struct refusal_list *refusals)
{
	const struct memory_request *request = &memory->request;
	const bool makes =
		request->kind == MEMORY_CREATE_REGION || request->kind == MEMORY_ADOPT_REGION;
	int rc = 0;

	if (!view->owner || memory->making)
		return 0;
	if (makes && !request->no_claim)
		rc = claim_check_new(view->claims, request->claim, view->owner, refusals);
	else if (request->kind == MEMORY_APPLY_CLAIM &&
		 !claim_table_find(view->claims, request->wish.name))
		rc = claim_check_new(view->claims, request->wish.name, view->owner, refusals);
	return rc < 0 ? rc : 0;
}

/* All reasons at once: a client should not mend a request twice. */
static int refuse(struct memory_change *memory, const struct subject_view *view, int rc,
		  struct refusal_list *refusals)
{
	int error;

	*refusals = memory->plan.refusals;
	memory->plan.refusals = REFUSAL_LIST_NULL;
	error = check_claim(memory, view, refusals);
	return error < 0 ? error : rc;
}

static int decide(struct memory_change *memory, const struct subject_view *view,
		  struct change *change)
{
	int rc = make_plan(memory, view);

	if (rc == CHANGE_E_REFUSED && change->is_fresh &&
	    memory_plan_end(view->claims, &view->world, &memory->request, &memory->plan,
			    &memory->effect))
		return 0;
	if (rc > 0)
		return refuse(memory, view, rc, &change->refusals);
	return rc < 0 ? rc : decide_claim(memory, view, &change->refusals);
}

int memory_change_plan(struct memory_change *memory, const struct subject_view *view,
		       struct change *change, struct change_stage *ret_stage)
{
	int rc;

	forget_plan(memory);
	refusal_list_deinit(&change->refusals);
	change->refusals = REFUSAL_LIST_NULL;
	rc = decide(memory, view, change);
	if (rc == 0)
		rc = memory_reserve(&memory->plan,
				    *memory->effect.name ? memory->effect.name : NULL,
				    view->world.topology, &memory->reserves);
	*ret_stage = (struct change_stage){
		.reserves = &memory->reserves,
		.steps = &memory->plan.steps,
		.object = memory->plan.region,
		.makes = memory->plan.window != NULL,
		.inquires = plan_takes_data(&memory->plan),
	};
	return rc;
}

/* ---- when the steps are done ---- */

int memory_change_prove(struct memory_change *memory, const struct world *world,
			const struct topology *proof)
{
	const bool seen = proof && topology_region(proof, memory->plan.region);
	int rc = 0;

	if (world->topology && (seen || !memory->plan.window))
		rc = memory_effect_bind(&memory->effect, world, proof, &memory->plan);
	return rc < 0 ? rc : seen;
}

/* The next start has carried a removal out, which had no way back. */
static int end_claim(struct memory_change *memory, const struct claim_table *claims)
{
	const struct claim_record *record = claim_table_find(claims, memory->left_claim);

	claim_effect_deinit(&memory->effect);
	if (record)
		claim_effect_end(record, &memory->effect);
	return 0;
}

/*
 * The region is gone, but the change has failed, or has stopped halfway to another region: the
 * claim stays, and is given another region.
 */
static int keep_claim(struct memory_change *memory, const struct change *change,
		      const struct claim_table *claims)
{
	if (memory->left_ends && memory->left_claim &&
	    step_exec_outcome(&change->exec) == STEP_EXEC_DONE)
		return end_claim(memory, claims);
	return claim_effect_keep(claims, memory->left_claim ?: memory->effect.name,
				 &memory->effect);
}

int memory_change_close(struct memory_change *memory, const struct change *change,
			const struct claim_table *claims, struct store_change *ret_change)
{
	int rc = 0;

	if (!change_is_settled(change))
		return 0;
	if (change_keeps(change))
		rc = keep_claim(memory, change, claims);
	return rc < 0 ? rc : claim_effect_store(&memory->effect, ret_change);
}

/* The claim has a new wish from now on: attempts for the former wish do not make the claim wait. */
static void forget_mending(const struct memory_change *memory, const struct claim_table *claims)
{
	struct claim_record *record = claim_table_find(claims, memory->former.name);

	if (record)
		claim_mending_deinit(&record->mending);
}

bool memory_change_is_last(const struct memory_change *memory)
{
	return !memory->former.name || memory->making;
}

int memory_change_closed(struct memory_change *memory, const struct change *change,
			 struct claim_table *claims, uint64_t revision)
{
	int rc = 0;

	if (change_is_settled(change))
		rc = claim_effect_apply(&memory->effect, claims, revision);
	if (!memory_change_is_last(memory) && step_exec_outcome(&change->exec) == STEP_EXEC_DONE) {
		forget_mending(memory, claims);
		memory->making = true;
	}
	return rc;
}

int memory_change_return(struct memory_change *memory, const struct claim_table *claims,
			 struct store_change *ret_change)
{
	const struct claim_record *record = claim_table_find(claims, memory->former.name);
	int rc;

	if (!record)
		return -ENOENT;
	claim_effect_deinit(&memory->effect);
	rc = claim_effect_return(record, &memory->former, &memory->effect);
	return rc < 0 ? rc : claim_effect_store(&memory->effect, ret_change);
}

int memory_change_returned(struct memory_change *memory, int error, struct claim_table *claims,
			   uint64_t revision)
{
	if (error == 0)
		error = claim_effect_apply(&memory->effect, claims, revision);
	forget_mending(memory, claims);
	return error;
}

const char *memory_change_failure(const struct memory_change *memory, const struct change *change)
{
	const struct refusal_list *refusals = &change->refusals;

	if (change->result == CHANGE_DONE)
		return NULL;
	if (refusals->list.count)
		return refusals->list.items[0].text;
	if (change->error == -ESTALE)
		return "its region is not there any more";
	return change->error ? strerror(-change->error) : "the change was not carried out";
}

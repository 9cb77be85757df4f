// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subject of changes of memory. Pure but for the heap.
 */
#include "daemon/claim/memory/memory-subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/plan-draft.h"
#include "cxl/topology/topology-json.h"
#include "daemon/claim/memory/memory-claim.h"
#include "daemon/claim/memory/memory-outcome.h"
#include "util/cleanup.h"

/* The time for a step that nobody waits for: as much as an admin would give a memory block. */
#define UNASKED_TIMEOUT_MS 60000

struct memory_subject {
	struct subject subject; /* first */
	struct memory_change memory;
	struct arena arena; /* owns the texts of a recovery */
	struct world_draft *draft;
	struct topology *proof;	 /* the region after the steps */
	claim_mending_fn on_end; /* or NULL */
	void *userdata;
};

static struct memory_subject *own_of(struct subject *subject)
{
	return (struct memory_subject *)subject;
}

static const struct memory_change *memory_of(const struct subject *subject)
{
	return &((const struct memory_subject *)subject)->memory;
}

/* ---- the draft ---- */

static struct world_draft *draft_of(const struct subject *subject)
{
	return memory_of(subject)->remedy == CLAIM_REMEDY_MAKE
		       ? ((const struct memory_subject *)subject)->draft
		       : NULL;
}

static const struct lane_set *subject_lanes(const struct subject *subject)
{
	return &memory_lanes;
}

static const struct topology *draft(const struct subject *subject)
{
	const struct world_draft *own = draft_of(subject);

	return own && !own->is_stale ? own->topology : NULL;
}

/* A new topology; NULL where there is no record, or none that makes sense. */
static struct topology *read_record(struct json_object *record)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;

	if (record)
		(void)topology_from_json(record, &notices, &topology);
	refusal_list_deinit(&notices);
	return topology;
}

/* Changes that make regions: the draft begins with this look, and the next changes are planned on
 * the draft. */
static const struct topology *looked(struct subject *subject, struct json_object *record)
{
	struct world_draft *own = draft_of(subject);

	if (!own)
		return NULL;
	world_draft_deinit(own);
	own->topology = read_record(record);
	own->is_stale = false;
	return own->topology;
}

/* ---- object and claim ---- */

static const char *object(const struct subject *subject)
{
	const struct memory_change *memory = memory_of(subject);
	const struct memory_request *request = &memory->request;

	if (*memory->mended)
		return memory->mended;
	if (memory->left_region)
		return memory->left_region;
	if (memory->plan.region)
		return memory->plan.region;
	if (request->wish.name)
		return request->wish.name;
	return request->region ? request->region : request->claim;
}

static const char *claim(const struct subject *subject)
{
	const struct memory_change *memory = memory_of(subject);

	if (*memory->effect.name)
		return memory->effect.name;
	return *memory->mended ? memory->mended : memory->left_claim;
}

/* The plan of a new region names no claims; any other request may be about a claim. */
static bool needs_claims(const struct subject *subject)
{
	const struct memory_request *request = &memory_of(subject)->request;

	return !request->dry_run || request->kind != MEMORY_CREATE_REGION;
}

/* ---- stages ---- */

static int plan(struct subject *subject, const struct subject_view *view, struct change *change,
		struct change_stage *ret_stage)
{
	struct memory_subject *own = own_of(subject);
	int rc = memory_change_plan(&own->memory, view, change, ret_stage);

	subject->is_moot = memory_change_is_moot(&own->memory, view->claims);
	own->proof = topology_free(own->proof);
	return rc;
}

/* A change that takes data is not left half done because a connection breaks. */
static bool destroys(const struct subject *subject)
{
	const struct plan *own = &memory_of(subject)->plan;

	return plan_takes_data(own) && plan_removes_region(own);
}

static bool is_unused(const struct subject *subject, struct json_object *record)
{
	_cleanup_topology_ struct topology *topology = read_record(record);

	if (!topology || !topology_region(topology, memory_of(subject)->plan.region))
		return false;
	for (size_t i = 0; i < topology->namespaces.count; i++)
		if (topology->namespaces.items[i].user)
			return false;
	return true;
}

static int prove(struct subject *subject, const struct world *world, struct json_object *record)
{
	struct memory_subject *own = own_of(subject);

	(void)topology_free(own->proof);
	own->proof = read_record(record);
	return memory_change_prove(&own->memory, world, own->proof);
}

/* ---- the effect on the claim ---- */

static int close_stage(struct subject *subject, const struct change *change,
		       const struct claim_table *claims, struct store_change *ret_change)
{
	return memory_change_close(&own_of(subject)->memory, change, claims, ret_change);
}

/*
 * Memory that a claim was given again goes with the next reboot, and is made anew. A UUID lasts,
 * and so does the end of a claim, of which somebody may have been told.
 */
static bool lasts(const struct subject *subject)
{
	const struct claim_effect *effect = &memory_of(subject)->effect;

	if (effect->kind == CLAIM_ENDS)
		return true;
	return effect->kind == CLAIM_IS_PUT && memory_claim(&effect->claim)->type == TOPO_MODE_PMEM;
}

static const char *ends_claim(const struct subject *subject)
{
	const struct claim_effect *effect = &memory_of(subject)->effect;

	return effect->kind == CLAIM_ENDS ? effect->name : NULL;
}

static bool is_last(const struct subject *subject)
{
	return memory_change_is_last(memory_of(subject));
}

static int closed(struct subject *subject, const struct change *change, struct claim_table *claims,
		  uint64_t revision)
{
	return memory_change_closed(&own_of(subject)->memory, change, claims, revision);
}

static int give_back(struct subject *subject, const struct claim_table *claims,
		     struct store_change *ret_change)
{
	return memory_change_return(&own_of(subject)->memory, claims, ret_change);
}

static int given_back(struct subject *subject, int error, struct claim_table *claims,
		      uint64_t revision)
{
	return memory_change_returned(&own_of(subject)->memory, error, claims, revision);
}

/* ---- answers ---- */

static struct json_object *dry_outcome(const struct memory_change *memory,
				       const struct claim_table *claims)
{
	struct declared_diff diff = DECLARED_DIFF_NULL;
	struct json_object *outcome = NULL;

	if (claim_effect_diff(&memory->effect, claims, memory->request.kind == MEMORY_FORGET_CLAIM,
			      &diff) == 0)
		outcome = memory_outcome_dry_run(&memory->plan, memory->then, &diff);
	declared_diff_deinit(&diff);
	return outcome;
}

static struct json_object *outcome(const struct subject *subject, const struct change *change,
				   const struct claim_table *claims)
{
	const struct memory_change *memory = memory_of(subject);
	const struct claim_effect *effect = &memory->effect;

	if (change->result == CHANGE_TOLD)
		return dry_outcome(memory, claims);
	/* Nobody is told the plan of the daemon's own changes, and there may be a thousand. */
	if (*memory->mended || memory->left_region)
		return memory_outcome_of_claim(*memory->mended ? memory->mended : NULL);
	return memory_outcome(&memory->plan, effect->kind == CLAIM_IS_PUT ? effect->name : NULL,
			      ((const struct memory_subject *)subject)->proof);
}

static void explain_no_return(const struct subject *subject, struct change *change)
{
	const struct memory_change *memory = memory_of(subject);
	const char *region = memory->plan.region;
	_cleanup_free_ char *hint = NULL;

	if (memory->effect.kind == CLAIM_IS_PUT &&
	    asprintf(&hint, "its claim %s stays, and is given memory again", memory->effect.name) <
		    0)
		hint = NULL;
	(void)refusal_add(&change->refusals, "no-return", region, hint,
			  "the addresses of %s were free already, and others may have them: the "
			  "region was not put back",
			  region);
}

/* Why the claim has no memory now, in the answer to a client who asked for more memory. */
static int explain_return(const struct subject *subject, struct refusal_list *reasons)
{
	const char *name = memory_of(subject)->former.name;

	return refusal_add(reasons, "not-made-anew", name, "`cxlfm wait` waits for the memory",
			   "the claim %s is as it was, and is given its memory again", name);
}

/* ---- the end ---- */

/*
 * The next change is planned from the draft: the draft has the effect of this change, or is
 * dropped. A change that leaves the queue has done nothing, and a change under way may have been
 * planned from the draft.
 */
static void end_on_draft(struct memory_subject *own, const struct change *change)
{
	const struct topology *now = draft(&own->subject);

	if (!change->begun && !draft_of(&own->subject))
		return;
	if (change->result != CHANGE_DONE || !now ||
	    plan_draft_enter(own->draft->topology, &own->memory.plan) < 0)
		world_draft_deinit(own->draft);
}

/* -EUSERS: another program holds the lock of the host, from the first step on. */
static bool is_held(const struct change *change)
{
	return change->begun && change->exec.failed && change->exec.error == -EUSERS;
}

static void ended(struct subject *subject, const struct change *change)
{
	struct memory_subject *own = own_of(subject);

	end_on_draft(own, change);
	if (own->on_end && !subject->is_moot)
		own->on_end(own->userdata, own->memory.mended,
			    memory_change_failure(&own->memory, change), is_held(change));
}

static void subject_end(struct subject *subject)
{
	struct memory_subject *own = own_of(subject);

	memory_change_deinit(&own->memory);
	(void)topology_free(own->proof);
	arena_deinit(&own->arena);
	free(own);
}

static const struct subject_ops memory_subject_ops = {
	.object = object,
	.claim = claim,
	.needs_claims = needs_claims,
	.lanes = subject_lanes,
	.draft = draft,
	.looked = looked,
	.plan = plan,
	.destroys = destroys,
	.is_unused = is_unused,
	.prove = prove,
	.close = close_stage,
	.lasts = lasts,
	.ends_claim = ends_claim,
	.is_last = is_last,
	.closed = closed,
	.give_back = give_back,
	.given_back = given_back,
	.outcome = outcome,
	.explain_no_return = explain_no_return,
	.explain_return = explain_return,
	.ended = ended,
	.free = subject_end,
};

/* ---- the kind ---- */

static struct memory_subject *new(struct world_draft *kept)
{
	struct memory_subject *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	*own = (struct memory_subject){
		.subject = { .ops = &memory_subject_ops, .timeout_ms = UNASKED_TIMEOUT_MS },
		.memory = MEMORY_CHANGE_NULL,
		.arena = ARENA_NULL,
		.draft = kept,
	};
	return own;
}

struct subject *memory_subject_new(struct memory_request *request, struct world_draft *kept)
{
	struct memory_subject *own = new (kept);

	if (!own) {
		memory_request_deinit(request);
		return NULL;
	}
	own->subject.timeout_ms = request->timeout_ms;
	own->subject.is_dry_run = request->dry_run;
	own->memory.request = *request;
	return &own->subject;
}

struct subject *memory_asked_new(struct claim_asking *asking, struct world_draft *kept)
{
	struct memory_request request = MEMORY_REQUEST_NULL;

	if (memory_request_of_asking(asking, &request) == 0)
		return memory_subject_new(&request, kept);
	memory_request_deinit(&request);
	return NULL;
}

struct subject *memory_mending_new(const char *name, enum claim_remedy remedy,
				   struct world_draft *kept, claim_mending_fn on_end,
				   void *userdata)
{
	struct memory_subject *own = new (kept);

	if (!own)
		return NULL;
	own->on_end = on_end;
	own->userdata = userdata;
	own->memory.remedy = remedy;
	(void)snprintf(own->memory.mended, sizeof(own->memory.mended), "%s", name);
	return &own->subject;
}

struct subject *memory_leftover_new(const struct change_entry *left, struct world_draft *kept)
{
	struct memory_subject *own = new (kept);

	if (!own)
		return NULL;
	own->memory.left_region = arena_strdup(&own->arena, left->object);
	own->memory.left_claim = left->claim ? arena_strdup(&own->arena, left->claim) : NULL;
	own->memory.left_ends = left->ends;
	if (!own->memory.left_region || (left->claim && !own->memory.left_claim)) {
		subject_end(&own->subject);
		return NULL;
	}
	return &own->subject;
}

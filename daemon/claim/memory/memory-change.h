/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change of this host's memory, in terms of memory. The change begins with a request, with a
 * claim that is to be mended, or with an entry that a crash has left; it plans the stages of
 * change/change.h and decides what becomes of a claim. The daemon (daemon/engine/) and the
 * simulation (test/sim/) drive the same code. Pure.
 *
 * A change that makes a claim's region anew has two stages: the old region is taken down, a new
 * region is made. At no moment is there neither the memory nor a claim that brings the memory back.
 * Until the old region is gone the claim has the old wish, and a recovery goes by the old wish. The
 * commit that closes the first stage gives the claim the new wish and no region, so that a daemon
 * that finds the claim makes its region. When the second stage fails the claim gets the old wish
 * back.
 */
#pragma once

#include "change/change.h"
#include "daemon/claim/claim-effect.h"
#include "daemon/claim/memory/memory-plan.h"
#include "daemon/claim/subject.h"

/* The lanes of every stage of memory of this host. */
extern const struct lane_set memory_lanes;

struct memory_change {
	struct memory_request request;	 /* what is asked for */
	enum claim_remedy remedy;	 /* of the claim that is to be mended */
	char mended[CLAIM_NAME_MAX + 1]; /* the name of that claim, or "" */
	const char *left_region;	 /* the region of a crash's entry, or NULL; not owned */
	const char *left_claim;		 /* ... and the region's claim, or NULL; not owned */
	bool left_ends;			 /* ... which was to end with the region */
	struct plan plan;		 /* of the stage */
	struct json_object *then;	 /* of a dry run with a second stage: the second plan */
	struct reservation_set reserves; /* what the stage has to do with */
	struct claim_effect effect;	 /* what becomes of a claim when the stage is closed */
	struct claim former; /* the former claim, when a claim is made anew; else without a name */
	bool making;	     /* ... and the old region has gone */
};

#define MEMORY_CHANGE_NULL                                                                         \
	((struct memory_change){ .request = MEMORY_REQUEST_NULL,                                   \
				 .remedy = CLAIM_REMEDY_NONE,                                      \
				 .plan = PLAN_NULL,                                                \
				 .effect = CLAIM_EFFECT_NULL,                                      \
				 .former = CLAIM_NULL })

/**
 * memory_change_plan() - plans the next stage; what was planned before is forgotten
 * @change: tells how fresh the look is; receives reasons against it in `refusals`
 * @ret_stage: points into @memory
 *
 * Return: 0; CHANGE_E_REFUSED or CHANGE_E_FORBIDDEN, then change->refusals or memory->plan.refusals
 *	say why; -ESTALE when the region that was to be mended is not there any more; -ENOMEM.
 */
int memory_change_plan(struct memory_change *memory, const struct subject_view *view,
		       struct change *change, struct change_stage *ret_stage);

/**
 * memory_change_is_moot() - does the claim that was to be mended need no remedy any more?
 *
 * Others may have made the claim good, or changed the claim, since the remedy was chosen: that is
 * no failure.
 */
bool memory_change_is_moot(const struct memory_change *memory, const struct claim_table *claims);

/**
 * memory_change_prove() - notes what the claim was given
 * @world: that the stage was planned from; without a topology where no stage was planned
 * @proof: a look after the steps, or NULL
 *
 * Return: whether the look shows what the stage was to make; -ENOMEM.
 */
int memory_change_prove(struct memory_change *memory, const struct world *world,
			const struct topology *proof);

/**
 * memory_change_close() - what has to be stored in the commit that closes the stage
 * @ret_change: its texts belong to @memory
 *
 * Return: 1, or 0 when there is nothing; -ENOMEM.
 */
int memory_change_close(struct memory_change *memory, const struct change *change,
			const struct claim_table *claims, struct store_change *ret_change);

/** memory_change_is_last() - does no further stage follow on the stage that was planned last? */
bool memory_change_is_last(const struct memory_change *memory);

/**
 * memory_change_closed() - the commit is through: the table knows
 *
 * Return: 0; -ENOMEM, and then the table does not know it.
 */
int memory_change_closed(struct memory_change *memory, const struct change *change,
			 struct claim_table *claims, uint64_t revision);

/** memory_change_return() - the claim that was to be made anew gets its former wish back; as
 * memory_change_close() */
int memory_change_return(struct memory_change *memory, const struct claim_table *claims,
			 struct store_change *ret_change);

/** memory_change_returned() - the commit of the former wish is through, or has failed with @error;
 * 0 or -ENOMEM */
int memory_change_returned(struct memory_change *memory, int error, struct claim_table *claims,
			   uint64_t revision);

/** memory_change_failure() - why the change was not done, in an admin's words; NULL: it was done */
const char *memory_change_failure(const struct memory_change *memory, const struct change *change);

void memory_change_deinit(struct memory_change *memory);

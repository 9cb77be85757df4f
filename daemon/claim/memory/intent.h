/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An intent: what a client wants changed, checked and in the planner's terms. Pure: JSON parameters
 * of a method go in, and with a snapshot a plan comes out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/plan/plan.h"
#include "daemon/claim/claim-asking.h"

struct json_object;

enum intent_kind {
	INTENT_CREATE_REGION,
	INTENT_REMOVE_REGION,
	INTENT_ENABLE_REGION,
	INTENT_SET_MEMORY,
	INTENT_APPLY_CLAIM,
	INTENT_ADOPT_REGION,
	INTENT_FORGET_CLAIM,
};

struct intent {
	enum intent_kind kind;
	struct region_request create; /* of INTENT_CREATE_REGION, with goal and zone */
	const char *claim;	      /* name of the one that is made, or NULL; or that is meant */
	bool no_claim;		      /* none is made of what INTENT_CREATE_REGION makes */
	const char *region;	      /* region or dax device, of the others; or their claim */
	struct remove_request remove; /* without the region, which the snapshot tells */
	enum plan_goal goal;	      /* of INTENT_ENABLE_REGION */
	enum topo_zone zone;	      /* of INTENT_ENABLE_REGION and INTENT_SET_MEMORY */
	enum claim_drift drift;	      /* of INTENT_ADOPT_REGION */
	struct claim wish;	      /* of INTENT_APPLY_CLAIM */
	bool anew;		      /* ... for which its region may be taken down first */
	uint64_t timeout_ms;	      /* for one step */
	bool dry_run;
	struct arena arena; /* owns every text */
};

#define INTENT_NULL ((struct intent){ .wish = CLAIM_NULL, .arena = ARENA_NULL })

/* The positive outcome of intent_from_json(): the parameters make no sense. */
#define INTENT_E_BAD 1

/**
 * intent_from_json() - reads a method's parameters, already checked against the interface
 * @problems: receives what is wrong with them
 * @intent: INTENT_NULL before; to be deinitialised also on failure
 *
 * Return: 0; INTENT_E_BAD; -ENOMEM.
 */
int intent_from_json(enum intent_kind kind, struct json_object *parameters,
		     struct refusal_list *problems, struct intent *intent);

/**
 * intent_of_asking() - what is asked for about a claim of memory
 * @asking: taken over, also on failure
 * @intent: INTENT_NULL before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int intent_of_asking(struct claim_asking *asking, struct intent *intent);

/**
 * intent_plan() - what would have to be done in a world
 * @intent: names a region; memory-plan.h plans what names a claim, or is about claims only
 *
 * Return: as the planners in plan.h.
 */
int intent_plan(const struct intent *intent, const struct world *world, struct plan *plan);

/**
 * intent_find_region() - the region that a name means: its own, or that of one of its dax devices
 * @plan: receives the refusal when there is none
 *
 * Return: 0; PLAN_E_REFUSED; -ENOMEM.
 */
int intent_find_region(const struct world *world, const char *name, struct plan *plan,
		       const struct topo_region **ret_region);

/** intent_make_uuid() - makes up the UUID that a pmem region gets; 0 or -ENOMEM */
int intent_make_uuid(struct intent *intent);

void intent_deinit(struct intent *intent);

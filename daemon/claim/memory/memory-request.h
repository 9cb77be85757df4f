/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request for a change of memory, checked and in the planner's terms. Pure: JSON parameters
 * of a method go in, and with a snapshot a plan comes out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/plan/plan.h"
#include "daemon/claim/claim-asking.h"

struct json_object;

enum memory_request_kind {
	MEMORY_CREATE_REGION,
	MEMORY_REMOVE_REGION,
	MEMORY_ENABLE_REGION,
	MEMORY_SET_MEMORY,
	MEMORY_APPLY_CLAIM,
	MEMORY_ADOPT_REGION,
	MEMORY_FORGET_CLAIM,
};

struct memory_request {
	enum memory_request_kind kind;
	struct region_request create; /* of MEMORY_CREATE_REGION, with goal and zone */
	const char *claim;  /* name of the claim that is made, or NULL; or that is meant */
	bool no_claim;	    /* MEMORY_CREATE_REGION makes a region without a claim */
	const char *region; /* region or dax device, of the other kinds; or its claim */
	struct remove_request remove; /* without the region, which the snapshot tells */
	enum plan_goal goal;	      /* of MEMORY_ENABLE_REGION */
	enum topo_zone zone;	      /* of MEMORY_ENABLE_REGION and MEMORY_SET_MEMORY */
	enum claim_drift drift;	      /* of MEMORY_ADOPT_REGION */
	struct claim wish;	      /* of MEMORY_APPLY_CLAIM */
	bool anew;		      /* the claim's region may be taken down for the wish */
	uint64_t timeout_ms;	      /* for one step */
	bool dry_run;
	struct arena arena; /* owns every text */
};

#define MEMORY_REQUEST_NULL ((struct memory_request){ .wish = CLAIM_NULL, .arena = ARENA_NULL })

/* The positive result of memory_request_from_json(): the parameters make no sense. */
#define MEMORY_REQUEST_E_BAD 1

/**
 * memory_request_from_json() - reads a method's parameters, already checked against the interface
 * @problems: receives what is wrong with the parameters
 * @request: MEMORY_REQUEST_NULL before; to be deinitialised also on failure
 *
 * Return: 0; MEMORY_REQUEST_E_BAD; -ENOMEM.
 */
int memory_request_from_json(enum memory_request_kind kind, struct json_object *parameters,
			     struct refusal_list *problems, struct memory_request *request);

/**
 * memory_request_of_asking() - the request for a change of a claim of memory
 * @asking: taken over, also on failure
 * @request: MEMORY_REQUEST_NULL before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int memory_request_of_asking(struct claim_asking *asking, struct memory_request *request);

/**
 * memory_request_plan() - plans a request in a world
 * @request: names a region; memory-plan.h plans requests that name a claim, or are about claims
 * only
 *
 * Return: as the planners in plan.h.
 */
int memory_request_plan(const struct memory_request *request, const struct world *world,
			struct plan *plan);

/**
 * memory_request_find_region() - the region of this name, or the region of the dax device of this
 *	name
 * @plan: receives the refusal when there is no such region
 *
 * Return: 0; PLAN_E_REFUSED; -ENOMEM.
 */
int memory_request_find_region(const struct world *world, const char *name, struct plan *plan,
			       const struct topo_region **ret_region);

/** memory_request_make_uuid() - makes up the UUID that a pmem region gets; 0 or -ENOMEM */
int memory_request_make_uuid(struct memory_request *request);

void memory_request_deinit(struct memory_request *request);

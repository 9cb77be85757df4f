/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between what a client asks for and claims. Pure.
 */
#pragma once

#include "daemon/claim/claim.h"
#include "daemon/claim/memory/memory-request.h"

/**
 * memory_claim_of_creation() - the claim that a request for a region is
 * @world: that @plan was made from: memdevs and windows become what survives
 * @name, @owner: copied
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int memory_claim_of_creation(const struct memory_request *request, const struct plan *plan,
			     const struct world *world, const char *name, const char *owner,
			     struct claim *ret_claim);

/**
 * memory_claim_after() - what becomes of a claim by a change of its region; not for its removal
 * @ret_claim: as above
 *
 * Return: 0 or -ENOMEM.
 */
int memory_claim_after(const struct claim *claim, const struct memory_request *request,
		       struct claim *ret_claim);

/**
 * memory_request_between() - what has to happen to a region so that its claim gets from one wish to
 *	another in place
 * @region: the kernel's name; NULL when there is none now
 * @request: receives kind, region and what belongs to it
 *
 * Return: 1, or 0 when nothing has to happen on the host.
 */
int memory_request_between(const struct claim *from, const struct claim *to, const char *region,
			   struct memory_request *request);

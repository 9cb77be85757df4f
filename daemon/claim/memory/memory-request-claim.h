/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a request of a client to a claim, and from two wishes to a request. Pure.
 */
#pragma once

#include "daemon/claim/claim.h"
#include "daemon/claim/memory/memory-request.h"

/**
 * memory_claim_of_creation() - the claim that a request for a region makes
 * @world: that @plan was made from: the claim names memdevs and windows by what survives a reboot
 * @name, @owner: copied
 * @ret_claim: CLAIM_NULL before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int memory_claim_of_creation(const struct memory_request *request, const struct plan *plan,
			     const struct world *world, const char *name, const char *owner,
			     struct claim *ret_claim);

/**
 * memory_claim_after() - the claim after a change of its region; not for a removal
 * @ret_claim: as above
 *
 * Return: 0 or -ENOMEM.
 */
int memory_claim_after(const struct claim *claim, const struct memory_request *request,
		       struct claim *ret_claim);

/**
 * memory_request_between() - the change of a region by which its claim gets from one wish to
 *	another in place
 * @region: the kernel's name; NULL when the claim has no region now
 * @request: receives kind, region and the members of that kind
 *
 * Return: 1, or 0 when nothing has to happen on the host.
 */
int memory_request_between(const struct claim *from, const struct claim *to, const char *region,
			   struct memory_request *request);

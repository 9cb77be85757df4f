/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait for claims (WaitClaims): each is answered as soon as its claims hold a condition,
 * at its timeout, or when one of its claims ends. Claims are checked after each look at the host;
 * nothing is polled. Effect, on the daemon's loop.
 */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/claim/claim-table.h"

struct varlink_call;

struct claim_waiters;

/**
 * claim_waiters_new() - makes an empty set of waiting calls
 * @claims: outlives the set
 *
 * Return: 0 or negative errno.
 */
int claim_waiters_new(sd_event *event, const struct claim_table *claims,
		      struct claim_waiters **ret_waiters);

/* Leaves the calls unanswered. Accepts NULL and returns NULL. */
struct claim_waiters *claim_waiters_free(struct claim_waiters *waiters);

/**
 * claim_waiters_begin() - begins to answer calls
 * @problem: the reason why the claims are unknown; NULL: they are known; not copied
 *
 * Until the first call of this function, no call is answered. Called again when @problem changes.
 */
void claim_waiters_begin(struct claim_waiters *waiters, const char *problem);

/** claim_waiters_check() - after a look: answers the calls whose claims hold the condition */
void claim_waiters_check(struct claim_waiters *waiters);

/** claim_waiters_end() - a claim ends: answers the calls that have named it */
void claim_waiters_end(struct claim_waiters *waiters, const char *claim);

/**
 * claim_waiters_add() - answers WaitClaims, now or later
 * @parameters: of the call, checked against the interface
 * @problems: receives the faults of the parameters; code "bad-number"
 *
 * Return: 0; CLAIM_E_BAD; negative errno.
 */
int claim_waiters_add(struct claim_waiters *waiters, struct varlink_call *call,
		      struct json_object *parameters, struct refusal_list *problems);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait for claims (WaitClaims): each is answered as soon as its claims hold a condition,
 * when its time is over, or when a claim of it ends. Nothing is polled: claims are looked at when
 * the host was. Effect, on the daemon's loop.
 */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/claim/claim-table.h"

struct varlink_call;

struct claim_waiters;

/**
 * claim_waiters_new() - for the claims of @claims, which outlives it
 *
 * Return: 0 or negative errno.
 */
int claim_waiters_new(sd_event *event, const struct claim_table *claims,
		      struct claim_waiters **ret_waiters);

/* The calls are left unanswered. Accepts NULL and returns NULL. */
struct claim_waiters *claim_waiters_free(struct claim_waiters *waiters);

/**
 * claim_waiters_begin() - the claims are known; nobody was answered before
 * @problem: NULL, or why they are not; not copied
 *
 * Called again when that has changed.
 */
void claim_waiters_begin(struct claim_waiters *waiters, const char *problem);

/** claim_waiters_check() - the host was looked at: answers those whose claims are as they wait for
 */
void claim_waiters_check(struct claim_waiters *waiters);

/** claim_waiters_end() - a claim ends: answers those who have named it */
void claim_waiters_end(struct claim_waiters *waiters, const char *claim);

/**
 * claim_waiters_add() - answers WaitClaims, now or later
 * @parameters: of the call, checked against the interface
 * @problems: receives what makes no sense about them; code "bad-number"
 *
 * Return: 0; CLAIM_E_BAD; negative errno.
 */
int claim_waiters_add(struct claim_waiters *waiters, struct varlink_call *call,
		      struct json_object *parameters, struct refusal_list *problems);

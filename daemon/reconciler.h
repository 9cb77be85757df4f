/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps claims good: after each look at the host it has what is not as it is wanted made good, one
 * change at a time and before those of clients, as claim/claim-remedy.h says. Effect, on the
 * daemon's loop; its only timer is set to the moment at which a claim may be tried again.
 */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/claim/claim-table.h"
#include "daemon/transaction.h"
#include "util/log.h"

struct reconciler;

/**
 * reconciler_new() - for the claims of @claims, which outlives it, as @log does
 *
 * Return: 0 or negative errno.
 */
int reconciler_new(sd_event *event, const struct log *log, struct claim_table *claims,
		   struct reconciler **ret_reconciler);

/* Accepts NULL and returns NULL. */
struct reconciler *reconciler_free(struct reconciler *reconciler);

/** reconciler_begin() - from here on, changes are made with @queue; they were not before */
void reconciler_begin(struct reconciler *reconciler, struct transaction_queue *queue);

/** reconciler_observe() - the host was looked at: says what is new, and begins what is due */
void reconciler_observe(struct reconciler *reconciler, const struct topology *topology);

/* For struct transaction_owner, as the members of these names. */
void reconciler_next(struct reconciler *reconciler);
bool reconciler_has_work(const struct reconciler *reconciler, const char *claimant,
			 const char *except);
void reconciler_mended(struct reconciler *reconciler, const char *claim, const char *failure,
		       bool held);

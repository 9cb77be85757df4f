/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps claims good: after each look at the host it has what is not as it is wanted made good, one
 * change at a time and before those of clients, as claim/claim-remedy.h says. Effect, on the
 * daemon's loop; its only timer is set to the moment at which a claim may be tried again.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/process/timekeeper.h"
#include "util/log.h"

struct reconciler;

/* Who carries changes out. */
struct reconciler_engine {
	/* Has reconciler_next() called as soon as a change may begin. */
	void (*wake)(void *userdata);
	/* Makes a claim good, and tells reconciler_mended() of the end; 0 or -ENOMEM. */
	int (*mend)(void *userdata, const char *claim, enum claim_remedy remedy);
	void *userdata;
};

/**
 * reconciler_new() - for the claims of @claims, which outlives it, as @log does
 * @timekeeper: copied
 * @random: any number, another one each time
 *
 * Return: 0 or negative errno.
 */
int reconciler_new(const struct timekeeper *timekeeper, uint32_t (*random)(void),
		   const struct log *log, struct claim_table *claims,
		   struct reconciler **ret_reconciler);

/* Accepts NULL and returns NULL. */
struct reconciler *reconciler_free(struct reconciler *reconciler);

/** reconciler_begin() - from here on, changes are made with @engine (copied); before, none is */
void reconciler_begin(struct reconciler *reconciler, const struct reconciler_engine *engine);

/** reconciler_observe() - the host was looked at: says what is new, and begins what is due */
void reconciler_observe(struct reconciler *reconciler, const struct world *world);

/** reconciler_next() - has the claim made good whose turn it is, if there is one */
void reconciler_next(struct reconciler *reconciler);
/** reconciler_has_work() - is a claim due that is neither @claimant's nor @except? */
bool reconciler_has_work(const struct reconciler *reconciler, const char *claimant,
			 const char *except);
/**
 * reconciler_mended() - a change that was asked for has ended
 * @failure: NULL when the claim was made good, otherwise why it was not, in an admin's words
 * @held: another program changes the host, and any other change would wait for it as well
 */
void reconciler_mended(struct reconciler *reconciler, const char *claim, const char *failure,
		       bool held);

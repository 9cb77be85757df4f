/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reconciler mends claims: after each look at the host it has claims with a fault mended, one
 * change of a lane at a time and before the changes of clients, as claim/claim-remedy.h says.
 * Effect, on the daemon's loop; the only timer is set to the time of the next attempt for a claim.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/process/timekeeper.h"
#include "util/log.h"

struct reconciler;

/* The engine that carries changes out. */
struct reconciler_engine {
	/* Has reconciler_next() called as soon as a change may begin. */
	void (*wake)(void *userdata);
	/* May a change that mends a claim begin now in these lanes? */
	bool (*may_mend)(void *userdata, const struct lane_set *lanes);
	/* Begins to mend a claim, and calls reconciler_mended() at the end; 0 or -ENOMEM. */
	int (*mend)(void *userdata, const char *claim, enum claim_remedy remedy);
	void *userdata;
};

/**
 * reconciler_new() - a reconciler for @claims, which outlives the reconciler, as @log does
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

/** reconciler_begin() - from here on, @engine (copied) makes changes; before, there are no changes
 */
void reconciler_begin(struct reconciler *reconciler, const struct reconciler_engine *engine);

/** reconciler_observe() - the host was looked at: logs new conditions, and begins due changes */
void reconciler_observe(struct reconciler *reconciler, const struct world *world);

/** reconciler_next() - has the claim mended whose turn has come, if there is such a claim */
void reconciler_next(struct reconciler *reconciler);

/** reconciler_has_work() - is a claim due whose changes need one of @lanes, that is not owned by
 * @claimant and is not @except? */
bool reconciler_has_work(const struct reconciler *reconciler, const struct lane_set *lanes,
			 const char *claimant, const char *except);
/**
 * reconciler_mended() - a change that mends a claim has ended
 * @failure: NULL when the claim was mended, otherwise why it was not, in an admin's words
 * @held: another program changes the host, and any other change would wait for it as well
 */
void reconciler_mended(struct reconciler *reconciler, const char *claim, const char *failure,
		       bool held);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store above another one, whose answers can be gone by: where the one below can't say whether it
 * has written a commit, this one reads back, and commits again what is not there. It asks for one
 * thing after the other, so that a commit that is done later than it was asked for comes before
 * whatever was asked for after it. Effect.
 */
#pragma once

#include "daemon/store/store.h"

/* How long the store below may take for an answer before somebody is told. */
#define STORE_LATE_MS 10000

struct store_certain_owner {
	/*
	 * There is no answer that could be gone by, and there may be none for long. What waits goes
	 * on waiting: it may be done already. @what: "claim/web, plan/open can't be written"
	 */
	void (*on_late)(void *userdata, const char *what);
	/* ... and now there is one, which comes right after this. */
	void (*on_again)(void *userdata);
	void *userdata;
};

/**
 * store_certain_new() - a store that never answers STORE_UNKNOWN
 * @below: taken over on success, and freed with the new one
 * @late_ms: STORE_LATE_MS, but for tests
 * @owner: copied; called from dispatch()
 *
 * Return: 0 or negative errno.
 */
int store_certain_new(struct store *below, uint64_t late_ms,
		      const struct store_certain_owner *owner, struct store **ret_store);

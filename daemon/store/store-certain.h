/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store above another one, whose answers are reliable: if the store below does not know whether a
 * commit was written, this store reads the entries back, and commits again if they are missing. It
 * asks for one request at a time, so that a delayed commit is written before the next request is
 * made. When the store is freed, commits that wait in line are written, unless the outcome of the
 * one before them is unknown. Effect.
 */
#pragma once

#include "daemon/store/store.h"

/* The time for an answer of the store below, after which the owner is told. */
#define STORE_LATE_MS 10000

struct store_certain_owner {
	/*
	 * There is no reliable answer yet, and may be none for long. Requests go on waiting,
	 * because they may be done already. @what: "claim/web, plan/open can't be written"
	 */
	void (*on_late)(void *userdata, const char *what);
	/* There is an answer now; it is delivered right after this call. */
	void (*on_again)(void *userdata);
	void *userdata;
};

/**
 * store_certain_new() - makes a store that never answers STORE_UNKNOWN
 * @below: taken over on success, and freed with the new store
 * @late_ms: STORE_LATE_MS, except in tests
 * @owner: copied; called from dispatch()
 *
 * Return: 0 or negative errno.
 */
int store_certain_new(struct store *below, uint64_t late_ms,
		      const struct store_certain_owner *owner, struct store **ret_store);

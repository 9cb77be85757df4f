/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The claims in the store. Effect, on the daemon's loop.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/store/store.h"
#include "util/log.h"

/* @error: the store could not be read; then the table has some claims at most */
typedef void (*claim_store_fn)(void *userdata, int error);

/**
 * claim_store_load() - fills a table with what is stored
 * @table: empty, and knows the kinds; outlives the load, as @log does
 *
 * An entry that can't be read is told in the log and left as it is.
 *
 * Return: 0 or -ENOMEM, and then @callback is not called.
 */
int claim_store_load(struct store *store, struct claim_table *table, const struct log *log,
		     claim_store_fn callback, void *userdata);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The claims in the store. Effect, on the daemon's loop.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/store/store.h"
#include "util/log.h"

/* @error: why the store could not be read, or 0; on an error the table has a part of the claims */
typedef void (*claim_store_fn)(void *userdata, int error);

/**
 * claim_store_load() - fills a table with what is stored
 * @table: empty, and knows the kinds; outlives the load, as @log does
 *
 * The log tells of an entry that can't be read; the entry stays in the store unchanged.
 *
 * Return: 0 or -ENOMEM, and then @callback is not called.
 */
int claim_store_load(struct store *store, struct claim_table *table, const struct log *log,
		     claim_store_fn callback, void *userdata);

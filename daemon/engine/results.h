/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The results of changes in the store (result-entry.h): written in the commit that closes a change,
 * or at the change's end, and read at the next start. Effect, on the daemon's loop.
 */
#pragma once

#include <stdbool.h>

#include "util/log.h"

struct change_answer;
struct change_record;
struct engine;
struct store;
struct store_change;

/** result_is_kept() - may a client ask for the result of the change after the daemon's death? */
bool result_is_kept(const struct change_record *record);

/**
 * result_to_text() - the value of the store's entry of a result
 * @object: of the change, or NULL
 *
 * Return: to be freed; NULL when there is no memory.
 */
char *result_to_text(const struct change_record *record, const char *object,
		     const struct change_answer *answer);

/**
 * result_put() - right before the end of a change: results_write() is to write its result, where a
 *	result is kept
 *
 * A result in the store that does not say how the change has ended is replaced.
 */
void result_put(struct change_record *record);

/**
 * results_write() - writes the results of changes that have ended, one after the other
 *
 * One result at a time is on its way to the store; the others wait in the register, where their
 * users are charged for them. When the daemon ends the store is given all. Nobody waits for a
 * result to be written, and the log tells a failure. While the store can't be used, results wait:
 * to be called again when the store can be used.
 */
void results_write(struct engine *engine);

/* @error: the store could not be read, or -ENOMEM; or 0 */
typedef void (*results_fn)(void *userdata, int error);

/**
 * results_load() - reads the results of earlier runs into the engine's register, and calls back
 *	then
 * @log: outlives the call, as the others do
 *
 * The log tells of a result that can't be read, and the result stays in the store.
 *
 * Return: 0 or negative errno, and then @callback is not called.
 */
int results_load(struct store *store, struct engine *engine, const struct log *log,
		 results_fn callback, void *userdata);

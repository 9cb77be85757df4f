/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal: the entries of changes under way in the store. Effect, on the daemon's loop.
 */
#pragma once

#include "daemon/engine/journal-entry.h"
#include "util/log.h"

struct store;
struct engine;

/* @error: the journal, or the lanes of an entry, can't be read: nothing may be changed then. Or 0
 */
typedef void (*journal_fn)(void *userdata, int error);

/**
 * journal_recover() - queues the entries of changes that were cut short, and calls back then
 * @registry: the kinds of steps that this daemon knows
 * @boot: the boot ID; outlives the recovery, as @registry does
 *
 * An entry of another boot is erased where the reboot has undone its steps. The log tells of an
 * entry that can't be read, and the entry stays: then nothing is changed in the lanes of the entry;
 * an entry whose lanes can't be read is an error.
 *
 * Return: 0 or negative errno, and then @callback is not called.
 */
int journal_recover(struct store *store, struct engine *engine, const struct log *log,
		    const struct step_registry *registry, const char *boot, journal_fn callback,
		    void *userdata);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal: the entries of changes under way in the store. Effect, on the daemon's loop.
 */
#pragma once

#include "daemon/engine/journal-entry.h"
#include "util/log.h"

struct store;
struct engine;

/* @error: of the journal, or of an entry: what it says has to be known before anything is changed
 */
typedef void (*journal_fn)(void *userdata, int error);

/**
 * journal_recover() - queues what was cut short, and calls back then
 * @registry: the kinds of steps that this daemon knows
 * @boot: the boot ID; outlives the recovery, as @registry does
 *
 * An entry of another boot is forgotten where the reboot has undone it. One that can't be read is
 * told in the log and left as it is: then nothing is changed in its lanes; where even those can't
 * be read, it is an error.
 *
 * Return: 0 or negative errno, and then @callback is not called.
 */
int journal_recover(struct store *store, struct engine *engine, const struct log *log,
		    const struct step_registry *registry, const char *boot, journal_fn callback,
		    void *userdata);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal: the entries of changes under way in the store. Effect, on the daemon's loop.
 */
#pragma once

#include "daemon/journal/journal-entry.h"
#include "util/log.h"

struct store;
struct transaction_queue;

/** journal_key_new() - a key that no entry has */
void journal_key_new(char key[static JOURNAL_KEY_MAX]);

/* @error: the journal could not be read */
typedef void (*journal_fn)(void *userdata, int error);

/**
 * journal_recover() - queues what was cut short, and calls back then
 *
 * An entry of another boot is forgotten: the reboot has undone it. One that can't be read is told
 * in the log and left as it is.
 *
 * Return: 0 or negative errno, and then @callback is not called.
 */
int journal_recover(struct store *store, struct transaction_queue *queue, const struct log *log,
		    journal_fn callback, void *userdata);

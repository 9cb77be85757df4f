/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debts of the journal: entries of changes that have ended, which could not be erased. The next
 * start would take such an entry up, and by then its object may belong to somebody who has made the
 * same object by hand. A debt is paid (the entry is erased) with the next note, or at the next
 * occasion. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/engine/journal-entry.h"
#include "util/array.h"

struct store_change;

struct journal_debt {
	uint64_t number;
	char key[JOURNAL_KEY_MAX];
	bool lasts; /* a reboot does not make the entry void: it has to be erased for good */
};

struct journal_debts {
	uint64_t last;			    /* number that was given */
	ARRAY(struct journal_debt) entries; /* in the order of their numbers */
};

/** journal_debts_add() - @lasts: the entry is of steps that outlive a boot; 0 or -ENOMEM */
int journal_debts_add(struct journal_debts *debts, const char *key, bool lasts);

/** journal_debts_has() - is the entry of this key to be erased? */
bool journal_debts_has(const struct journal_debts *debts, const char *key);

/**
 * journal_debts_pay() - the changes of the store that erase entries
 * @changes: receives up to @max changes; their texts last as long as @debts is not changed
 * @durability: raised where one of them has to be erased for good
 * @ret_number: for journal_debts_settle(), once the changes are committed
 *
 * Return: how many changes there are.
 */
size_t journal_debts_pay(const struct journal_debts *debts, struct store_change *changes,
			 size_t max, enum store_durability *durability, uint64_t *ret_number);

/** journal_debts_settle() - the entries up to a number are erased */
void journal_debts_settle(struct journal_debts *debts, uint64_t number);

void journal_debts_deinit(struct journal_debts *debts);

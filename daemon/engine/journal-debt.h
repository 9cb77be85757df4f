/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of the journal that ought to be forgotten, and could not be: what the next start would
 * take up may be somebody else's by then, who has made the same by hand. They are forgotten with
 * the next note, or whenever something happens. Pure.
 */
#pragma once

#include <stdint.h>

#include "daemon/engine/journal-entry.h"
#include "util/array.h"

struct store_change;

struct journal_debt {
	uint64_t number;
	char key[JOURNAL_KEY_MAX];
};

struct journal_debts {
	uint64_t last;			    /* number that was given */
	ARRAY(struct journal_debt) entries; /* in the order of their numbers */
};

/** journal_debts_add() - 0 or -ENOMEM */
int journal_debts_add(struct journal_debts *debts, const char *key);

/**
 * journal_debts_pay() - what forgets them
 * @changes: receives up to @max changes; their texts last as long as @debts is not changed
 * @ret_number: for journal_debts_settle(), when these are made
 *
 * Return: how many changes there are.
 */
size_t journal_debts_pay(const struct journal_debts *debts, struct store_change *changes,
			 size_t max, uint64_t *ret_number);

/** journal_debts_settle() - those up to a number are forgotten */
void journal_debts_settle(struct journal_debts *debts, uint64_t number);

void journal_debts_deinit(struct journal_debts *debts);

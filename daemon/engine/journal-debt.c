// SPDX-License-Identifier: GPL-2.0-only
/* Entries of the journal that could not be erased yet. */
#include "daemon/engine/journal-debt.h"

#include <stdio.h>
#include <string.h>

int journal_debts_add(struct journal_debts *debts, const char *key, bool lasts)
{
	struct journal_debt debt = { .number = debts->last + 1, .lasts = lasts };
	int rc;

	(void)snprintf(debt.key, sizeof(debt.key), "%s", key);
	rc = ARRAY_APPEND(&debts->entries, debt);
	if (rc == 0)
		debts->last = debt.number;
	return rc;
}

bool journal_debts_has(const struct journal_debts *debts, const char *key)
{
	for (size_t i = 0; i < debts->entries.count; i++)
		if (strcmp(debts->entries.items[i].key, key) == 0)
			return true;
	return false;
}

size_t journal_debts_pay(const struct journal_debts *debts, struct store_change *changes,
			 size_t max, enum store_durability *durability, uint64_t *ret_number)
{
	size_t count = 0;

	*ret_number = 0;
	for (; count < debts->entries.count && count < max; count++) {
		changes[count] = (struct store_change){ .key = debts->entries.items[count].key,
							.expected_revision = STORE_ANY };
		*ret_number = debts->entries.items[count].number;
		if (debts->entries.items[count].lasts)
			*durability = STORE_DURABLE;
	}
	return count;
}

void journal_debts_settle(struct journal_debts *debts, uint64_t number)
{
	size_t kept = 0;

	for (size_t i = 0; i < debts->entries.count; i++)
		if (debts->entries.items[i].number > number)
			debts->entries.items[kept++] = debts->entries.items[i];
	debts->entries.count = kept;
	if (kept == 0)
		ARRAY_FREE(&debts->entries);
}

void journal_debts_deinit(struct journal_debts *debts)
{
	ARRAY_FREE(&debts->entries);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts and limits. Pure.
 */
#include "daemon/process/quota.h"

#include <assert.h>

#define MIB ((size_t)1024 * 1024)

/*
 * If users hold all of these, the daemon stays below 64 MiB resident; see
 * test/functional/test_crowds.py.
 */
static const struct quota_limit limits[QUOTA_KIND_COUNT] = {
	/* A process has 1,024 descriptors by default, and needs some of its own. */
	[QUOTA_CONNECTIONS] = { .total = 512, .of_a_user = 64, .of_root = 32 },
	[QUOTA_BUFFERED] = { .total = 24 * MIB, .of_a_user = 8 * MIB, .of_root = 4 * MIB },
	[QUOTA_KEPT] = { .total = 12 * MIB, .of_a_user = 4 * MIB, .of_root = 4 * MIB },
	[QUOTA_MONITORS] = { .total = 128, .of_a_user = 16, .of_root = 16 },
	[QUOTA_WAITS] = { .total = 128, .of_a_user = 32, .of_root = 16 },
	[QUOTA_CHANGES] = { .total = 64, .of_a_user = 16, .of_root = 16 },
	[QUOTA_RESULTS] = { .total = 256, .of_a_user = 64, .of_root = 32 },
	[QUOTA_RESULT_BYTES] = { .total = 4 * MIB, .of_a_user = 1 * MIB, .of_root = 1 * MIB },
};

void quota_init(struct quota *quota)
{
	*quota = (struct quota){ .held = { 0 } };
	for (size_t i = 0; i < QUOTA_KIND_COUNT; i++)
		quota->limits[i] = limits[i];
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void quota_set_connections(struct quota *quota, size_t total)
{
	struct quota_limit *limit = &quota->limits[QUOTA_CONNECTIONS];

	limit->total = smaller(limit->total, total);
	limit->of_a_user = smaller(limit->of_a_user, (limit->total + 3) / 4);
	limit->of_root = smaller(limit->of_root, limit->total / 4);
}

static size_t limit_of(const struct quota *quota, const struct quota_user *user,
		       enum quota_kind kind)
{
	const struct quota_limit *limit = &quota->limits[kind];

	return user->uid == 0 ? (limit->total + 1) / 2 : limit->of_a_user;
}

/* The amount that is left for this user and all later users. */
static size_t left_for(const struct quota *quota, const struct quota_user *user,
		       enum quota_kind kind)
{
	const struct quota_limit *limit = &quota->limits[kind];
	const size_t total = user->uid == 0 ? limit->total : limit->total - limit->of_root;

	return total > quota->held[kind] ? total - quota->held[kind] : 0;
}

bool quota_has_room(const struct quota *quota, const struct quota_user *user, enum quota_kind kind,
		    size_t amount)
{
	const size_t left = left_for(quota, user, kind);
	const size_t held = user->held[kind];

	if (amount > left || held + amount > limit_of(quota, user, kind))
		return false;
	/* A user's first need is always met, and root need not leave room for others. */
	return held == 0 || user->uid == 0 || held + amount <= left;
}

bool quota_take(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount)
{
	if (!quota_has_room(quota, user, kind, amount))
		return false;
	quota_charge(quota, user, kind, amount);
	return true;
}

void quota_charge(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount)
{
	quota->held[kind] += amount;
	user->held[kind] += amount;
}

void quota_give(struct quota *quota, struct quota_user *user, enum quota_kind kind, size_t amount)
{
	assert(amount <= user->held[kind]);
	quota->held[kind] -= amount;
	user->held[kind] -= amount;
}

bool quota_user_is_over(const struct quota *quota, const struct quota_user *user,
			enum quota_kind kind)
{
	return user->held[kind] > limit_of(quota, user, kind);
}

bool quota_is_over(const struct quota *quota, enum quota_kind kind)
{
	return quota->held[kind] > quota->limits[kind].total;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules by which users are given what there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/process/quota.h"

#define USERS 1000

static size_t take_all(struct quota *quota, struct quota_user *user, enum quota_kind kind)
{
	size_t count = 0;

	while (quota_take(quota, user, kind, 1))
		count++;
	assert_int_equal(user->held[kind], count);
	return count;
}

/* Kinds that are counted by one. */
static const enum quota_kind counted[] = { QUOTA_CONNECTIONS, QUOTA_MONITORS, QUOTA_WAITS,
					   QUOTA_CHANGES, QUOTA_RESULTS };

static void test_one_user_leaves_most(void **state)
{
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		struct quota_user greedy = { .uid = 1000 }, other = { .uid = 1001 };
		struct quota quota;
		size_t first;

		quota_init(&quota);
		first = take_all(&quota, &greedy, counted[i]);
		assert_true(first > 0);
		assert_true(first <= quota.limits[counted[i]].total / 4);
		assert_int_equal(take_all(&quota, &other, counted[i]), first);
	}
}

/* However many users work together, root has the part of root, and there is a rest for more users.
 */
static void test_many_users_leave_some(void **state)
{
	static struct quota_user users[USERS];

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		const enum quota_kind kind = counted[i];
		struct quota_user root = { .uid = 0 };
		size_t served = 0, last = SIZE_MAX;
		struct quota quota;

		quota_init(&quota);
		for (size_t u = 0; u < USERS; u++) {
			size_t count;

			users[u] = (struct quota_user){ .uid = (uid_t)(1000 + u) };
			count = take_all(&quota, &users[u], kind);
			/* Nobody who comes later has more than who was there before. */
			assert_true(count <= last);
			last = count;
			served += count > 0;
		}
		assert_true(served >= 6);
		assert_true(quota.held[kind] <=
			    quota.limits[kind].total - quota.limits[kind].of_root);
		assert_true(take_all(&quota, &root, kind) >= quota.limits[kind].of_root);
		assert_true(quota.held[kind] <= quota.limits[kind].total);
	}
}

static void test_root_leaves_half(void **state)
{
	struct quota_user root = { .uid = 0 }, other = { .uid = 1 };
	struct quota quota;

	quota_init(&quota);
	assert_int_equal(take_all(&quota, &root, QUOTA_CONNECTIONS), 256);
	assert_int_equal(take_all(&quota, &other, QUOTA_CONNECTIONS), 64);
}

static void test_give(void **state)
{
	struct quota_user user = { .uid = 1 };
	struct quota quota;
	size_t count;

	quota_init(&quota);
	count = take_all(&quota, &user, QUOTA_CHANGES);
	quota_give(&quota, &user, QUOTA_CHANGES, 1);
	assert_true(quota_has_room(&quota, &user, QUOTA_CHANGES, 1));
	assert_false(quota_has_room(&quota, &user, QUOTA_CHANGES, 2));
	quota_give(&quota, &user, QUOTA_CHANGES, count - 1);
	assert_int_equal(quota.held[QUOTA_CHANGES], 0);
}

static void test_over(void **state)
{
	struct quota_user user = { .uid = 1 };
	struct quota quota;
	const size_t mib = 1024 * 1024;

	quota_init(&quota);
	quota_charge(&quota, &user, QUOTA_BUFFERED, 8 * mib);
	assert_false(quota_user_is_over(&quota, &user, QUOTA_BUFFERED));
	quota_charge(&quota, &user, QUOTA_BUFFERED, 1);
	assert_true(quota_user_is_over(&quota, &user, QUOTA_BUFFERED));
	assert_false(quota_is_over(&quota, QUOTA_BUFFERED));
	quota_charge(&quota, &user, QUOTA_BUFFERED, 16 * mib);
	assert_true(quota_is_over(&quota, QUOTA_BUFFERED));
}

/* A process that may have few files open: everybody has less, nobody nothing. */
static void test_few_connections(void **state)
{
	for (size_t total = 1; total < 40; total++) {
		struct quota_user user = { .uid = 1 }, root = { .uid = 0 };
		struct quota quota;

		quota_init(&quota);
		quota_set_connections(&quota, total);
		assert_true(take_all(&quota, &user, QUOTA_CONNECTIONS) >= 1);
		assert_true(total < 2 || take_all(&quota, &root, QUOTA_CONNECTIONS) >= 1);
		assert_true(quota.held[QUOTA_CONNECTIONS] <= total);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_user_leaves_most),
		cmocka_unit_test(test_many_users_leave_some),
		cmocka_unit_test(test_root_leaves_half),
		cmocka_unit_test(test_give),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_few_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

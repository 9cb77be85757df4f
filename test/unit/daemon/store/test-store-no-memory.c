// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of every operation fails once: it says so, before or in its answer, and has done
 * nothing. (SQLite's own memory is its own; the leak check of the sanitizer build is part of this.)
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/cleanup.h"

#define HOUR_MS UINT64_C(3600000)

/* The linker's --wrap sends our code's calls, of whichever thread, through these. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static atomic_int fail_in; /* allocations until the one that fails; 0 or below: none */

static bool fails(void)
{
	return atomic_fetch_sub(&fail_in, 1) == 1;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* ---- operations ---- */

typedef int64_t (*operation)(struct store *store, int64_t lease);

static int64_t commit(struct store *store, int64_t lease)
{
	struct store_change changes[] = { PUT("a", "2"), PUT("new", "2"), DELETE("b"),
					  PUT("c", "2") };

	changes[1].lease = (uint64_t)lease;
	return client_commit(store, changes, ARRAY_SIZE(changes), STORE_QUICK);
}

static void on_list(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	client_on_commit(userdata, error, count);
}

static int64_t list(struct store *store, int64_t lease)
{
	struct client_answer answer = { 0 };
	int rc = store->ops->list(store, "", on_list, &answer);

	if (rc < 0)
		return rc;
	client_wait(store, &answer.calls, 1);
	return answer.error ? answer.error : (int64_t)answer.number;
}

static void on_watch(void *userdata, const struct store_entry *entry)
{
	fail_msg("a watch that was refused has seen %s", entry->key);
}

static int64_t watch(struct store *store, int64_t lease)
{
	return store->ops->watch(store, "none/", on_watch, NULL);
}

static int64_t grant(struct store *store, int64_t lease)
{
	return client_grant(store, HOUR_MS);
}

static int64_t renew(struct store *store, int64_t lease)
{
	return client_renew(store, lease, HOUR_MS);
}

static int64_t end(struct store *store, int64_t lease)
{
	return client_renew(store, lease, 0);
}

/* ---- one after the other ---- */

static struct store *new_memory(const char *folder)
{
	struct store *store;

	assert_int_equal(store_memory_new(&store), 0);
	return store;
}

static int64_t fill(struct store *store)
{
	struct store_change changes[] = { PUT("a", "1"), PUT("b", "1"), PUT("c", "1") };
	int64_t lease = client_grant(store, HOUR_MS);

	assert_true(lease > 0);
	changes[1].lease = changes[2].lease = (uint64_t)lease;
	assert_int_equal(client_commit(store, changes, 3, STORE_QUICK), 1);
	return lease;
}

/* Returns whether there was an @nth allocation to fail. */
static bool fail_nth(struct store *store, operation operate, int nth)
{
	struct store *twin = new_memory(NULL);
	int64_t lease = fill(store), twin_lease = fill(twin), answer;
	char *expected;
	bool struck;

	fail_in = nth;
	answer = operate(store, lease);
	struck = fail_in <= 0;
	fail_in = 0;
	if (struck)
		assert_int_equal(answer, -ENOMEM);
	else
		assert_int_equal(answer, operate(twin, twin_lease));
	expected = client_list(twin, "");
	client_expect(store, "", expected);
	free(expected);
	/* It works as if nothing had been. */
	assert_true(client_renew(store, lease, HOUR_MS) == lease || operate == end);
	twin->ops->free(twin);
	store->ops->free(store);
	return struck;
}

static void fail_all(struct store *(*open)(const char *folder), operation operate, int failures_min)
{
	bool struck = true;
	int nth = 0;

	while (struck) {
		char *folder = temp_tree_new();

		struck = fail_nth(open(folder), operate, ++nth);
		temp_tree_free(folder);
	}
	assert_in_range(nth - 1, failures_min, 100);
}

static void fail_operations(struct store *(*open)(const char *folder))
{
	fail_all(open, commit, 4);
	fail_all(open, list, 4);
	fail_all(open, watch, 1);
	fail_all(open, grant, 1);
	fail_all(open, renew, 1);
	fail_all(open, end, 3);
}

static void in_memory(void **state)
{
	fail_operations(new_memory);
}

static struct store *new_sqlite(const char *folder)
{
	return store_files_open(folder);
}

static void on_disk(void **state)
{
	fail_operations(new_sqlite);
}

static void at_the_start(void **state)
{
	char *folder = temp_tree_new(), *problem = NULL;
	struct store *store = NULL;
	bool struck = true;

	for (int nth = 1; struck; nth++) {
		int rc;

		fail_in = nth;
		rc = store_files_try(folder, &store, &problem);
		struck = fail_in <= 0;
		fail_in = 0;
		assert_int_equal(rc, struck ? -ENOMEM : 0);
		free(problem);
	}
	store->ops->free(store);
	struck = true;
	for (int nth = 1; struck; nth++) {
		fail_in = nth;
		struck = store_memory_new(&store) == -ENOMEM;
		fail_in = 0;
	}
	store->ops->free(store);
	temp_tree_free(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_memory),
		cmocka_unit_test(on_disk),
		cmocka_unit_test(at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

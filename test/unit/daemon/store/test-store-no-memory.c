// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of every operation fails once: the operation says so, before or in the answer,
 * and has done nothing. (SQLite's own memory is its own; the leak check of the sanitizer build is
 * part of this.)
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

typedef int64_t (*operation)(struct store *store);

static int64_t commit(struct store *store)
{
	struct store_change changes[] = { PUT("a", "2"), PUT("new", "2"), DELETE("b"),
					  PUT("c", "2") };

	return client_commit(store, changes, ARRAY_SIZE(changes), STORE_QUICK);
}

static void on_list(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	client_on_commit(userdata, error, count);
}

static int64_t list(struct store *store)
{
	struct client_answer answer = { 0 };
	int rc = store->ops->list(store, "", on_list, &answer);

	if (rc < 0)
		return rc;
	client_wait(store, &answer.calls, 1);
	return answer.error ? answer.error : (int64_t)answer.revision;
}

/* ---- one after the other ---- */

static struct store *new_memory(const char *folder)
{
	struct store *store;

	assert_int_equal(store_memory_new(&store), 0);
	return store;
}

static void fill(struct store *store)
{
	const struct store_change changes[] = { PUT("a", "1"), PUT("b", "1"), PUT("c", "1") };

	assert_int_equal(client_commit(store, changes, 3, STORE_QUICK), 1);
}

/* Returns whether there was an @nth allocation to fail. */
static bool fail_nth(struct store *store, operation operate, int nth)
{
	struct store *twin = new_memory(NULL);
	int64_t answer;
	char *expected;
	bool struck;

	fill(store);
	fill(twin);
	fail_in = nth;
	answer = operate(store);
	struck = fail_in <= 0;
	fail_in = 0;
	if (struck)
		assert_int_equal(answer, -ENOMEM);
	else
		assert_int_equal(answer, operate(twin));
	expected = client_list(twin, "");
	client_expect(store, "", expected);
	free(expected);
	/* The store works as if nothing had failed. */
	assert_true(client_put(store, PUT("a", "3")) > 1);
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
	fail_all(open, commit, 2);
	fail_all(open, list, 4);
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

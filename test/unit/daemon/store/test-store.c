// SPDX-License-Identifier: GPL-2.0-only
/*
 * What store.h promises, of every provider.
 */
#include "daemon/store/store-certain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "util/cleanup.h"

struct fixture {
	struct store *store;
	char *folder; /* of a store that has one */
};

static int setup_memory(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(store_memory_new(&fixture->store), 0);
	*state = fixture;
	return 0;
}

static int setup_sqlite(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	_cleanup_free_ char *path = NULL, *problem = NULL;

	assert_non_null(fixture);
	fixture->folder = temp_tree_new();
	assert_true(asprintf(&path, "%s/store.db", fixture->folder) > 0);
	assert_int_equal(store_sqlite_open(path, "host", &fixture->store, &problem), 0);
	assert_null(problem);
	*state = fixture;
	return 0;
}

static void on_late(void *userdata, const char *what)
{
	fail_msg("%s", what);
}

/* The one above another. */
static int setup_certain(void **state)
{
	const struct store_certain_owner owner = { .on_late = on_late };
	struct store *below = NULL;
	struct fixture *fixture;

	(void)setup_sqlite(state);
	fixture = *state;
	below = fixture->store;
	assert_int_equal(store_certain_new(below, 60000, &owner, &fixture->store), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->store)
		fixture->store->ops->free(fixture->store);
	if (fixture->folder)
		temp_tree_free(fixture->folder);
	free(fixture);
	return 0;
}

static struct store *store_of(void **state)
{
	return ((struct fixture *)*state)->store;
}

/* ---- entries ---- */

static void lists_by_key(void **state)
{
	struct store *store = store_of(state);

	client_expect(store, "", "");
	assert_int_equal(client_put(store, PUT("claim/b", "2")), 1);
	assert_int_equal(client_put(store, PUT("claim/a", "")), 2);
	assert_int_equal(client_put(store, PUT("claim.c", "x y\n")), 3);
	assert_int_equal(client_put(store, PUT("claimant", "4")), 4);
	client_expect(store, "claim/", "claim/a=@2 claim/b=2@1 ");
	client_expect(store, "claim/b", "claim/b=2@1 ");
	client_expect(store, "claim/c", "");
	client_expect(store, "", "claim.c=x y\n@3 claim/a=@2 claim/b=2@1 claimant=4@4 ");
}

static void overwrites_and_deletes(void **state)
{
	struct store *store = store_of(state);

	assert_int_equal(client_put(store, PUT("k/1", "old")), 1);
	assert_int_equal(client_put(store, PUT("k/1", "new")), 2);
	client_expect(store, "", "k/1=new@2 ");
	assert_int_equal(client_put(store, DELETE("k/1")), 3);
	client_expect(store, "", "");
	/* Revisions never come again. */
	assert_int_equal(client_put(store, DELETE("k/1")), 4);
	assert_int_equal(client_put(store, PUT("k/1", "again")), 5);
}

static void commits_all_or_nothing(void **state)
{
	struct store *store = store_of(state);
	struct store_change changes[] = { PUT("b", "1"), PUT("a", "1"), DELETE("c") };

	assert_int_equal(client_put(store, PUT("c", "0")), 1);
	assert_int_equal(client_commit(store, changes, 3, STORE_DURABLE), 2);
	client_expect(store, "", "a=1@2 b=1@2 ");
	changes[0] = PUT("b", "2");
	changes[1] = PUT("z", "2");
	changes[1].expected_revision = 1;
	assert_int_equal(client_commit(store, changes, 3, STORE_QUICK), -EAGAIN);
	assert_int_equal(client_commit(store, changes, 3, STORE_DURABLE), -EAGAIN);
	client_expect(store, "", "a=1@2 b=1@2 ");
	assert_int_equal(client_commit(store, changes, 0, STORE_DURABLE), 3);
}

static int64_t put_expecting(struct store *store, const char *value, uint64_t expected_revision)
{
	struct store_change change = { "k", value, expected_revision };

	return client_put(store, change);
}

static void keeps_expectations(void **state)
{
	struct store *store = store_of(state);

	assert_int_equal(put_expecting(store, "v", 1), -EAGAIN);
	assert_int_equal(put_expecting(store, NULL, 1), -EAGAIN);
	assert_int_equal(put_expecting(store, NULL, STORE_ABSENT), 1);
	assert_int_equal(put_expecting(store, "v", STORE_ABSENT), 2);
	assert_int_equal(put_expecting(store, "w", STORE_ABSENT), -EAGAIN);
	assert_int_equal(put_expecting(store, NULL, STORE_ABSENT), -EAGAIN);
	assert_int_equal(put_expecting(store, "w", 1), -EAGAIN);
	assert_int_equal(put_expecting(store, "w", 3), -EAGAIN);
	assert_int_equal(put_expecting(store, "w", UINT64_MAX - 1), -EAGAIN);
	client_expect(store, "", "k=v@2 ");
	assert_int_equal(put_expecting(store, "w", 2), 3);
	assert_int_equal(put_expecting(store, NULL, 2), -EAGAIN);
	assert_int_equal(put_expecting(store, NULL, 3), 4);
	client_expect(store, "", "");
}

/* Writes "w" if @key is of @revision. */
static int64_t put_if(struct store *store, const char *key, uint64_t revision)
{
	const struct store_change changes[] = { PUT("w", "v"), COMPARE(key, revision) };

	return client_commit(store, changes, 2, STORE_QUICK);
}

static void compares_without_writing(void **state)
{
	struct store *store = store_of(state);
	const struct store_change only = COMPARE("k", 1), absent = COMPARE("none", STORE_ABSENT);
	const struct store_change gone = COMPARE("k", STORE_ABSENT);

	assert_int_equal(client_put(store, PUT("k", "v")), 1);
	assert_int_equal(put_if(store, "k", 2), -EAGAIN);
	assert_int_equal(put_if(store, "k", STORE_ABSENT), -EAGAIN);
	assert_int_equal(put_if(store, "none", 1), -EAGAIN);
	client_expect(store, "", "k=v@1 ");
	assert_int_equal(put_if(store, "k", 1), 2);
	assert_int_equal(put_if(store, "none", STORE_ABSENT), 3);
	client_expect(store, "", "k=v@1 w=v@3 ");
	assert_true(client_commit(store, &only, 1, STORE_QUICK) > 3);
	assert_true(client_commit(store, &absent, 1, STORE_DURABLE) > 3);
	assert_int_equal(client_commit(store, &gone, 1, STORE_QUICK), -EAGAIN);
	client_expect(store, "", "k=v@1 w=v@3 ");
}

static void refuses_what_is_no_comparison(void **state)
{
	struct store *store = store_of(state);
	const struct store_change twice[] = { PUT("k", "v"), COMPARE("k", STORE_ABSENT) };
	struct store_change with_value = COMPARE("k", STORE_ABSENT);

	with_value.value = "v";
	assert_int_equal(client_put(store, with_value), -EINVAL);
	assert_int_equal(client_put(store, COMPARE("k", STORE_ANY)), -EINVAL);
	assert_int_equal(client_put(store, COMPARE("", STORE_ABSENT)), -EINVAL);
	assert_int_equal(client_commit(store, twice, 2, STORE_QUICK), -EINVAL);
	client_expect(store, "", "");
}

static void refuses_what_is_no_key(void **state)
{
	static const char *const bad[] = { "", " ", "a b", "a\n", "\x7f", "b\xc3\xbc" };
	struct store *store = store_of(state);
	const struct store_change twice[] = { PUT("a", "1"), PUT("b", "1"), DELETE("a") };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct store_change changes[] = { PUT("good", "v"), PUT(bad[i], "v") };

		assert_int_equal(client_commit(store, changes, 2, STORE_QUICK), -EINVAL);
	}
	assert_int_equal(client_commit(store, twice, 3, STORE_QUICK), -EINVAL);
	client_expect(store, "", "");
}

/* ---- limits ---- */

/* A text of so many bytes, to be freed. */
static char *text_of(size_t size)
{
	char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	return text;
}

/* Below a limit, at it, and above it: then nothing of the commit is written. */
static const int around[] = { -1, 0, 1 };

static void limits_the_bytes_of_a_key(void **state)
{
	struct store *store = store_of(state);

	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		_cleanup_free_ char *key = text_of((size_t)(STORE_KEY_MAX + around[i]));
		const struct store_change changes[] = { PUT("a", "v"), PUT(key, "v") };
		_cleanup_free_ char *before = client_list(store, "");

		if (around[i] > 0) {
			assert_int_equal(client_commit(store, changes, 2, STORE_QUICK),
					 -ENAMETOOLONG);
			client_expect(store, "", before);
		} else {
			assert_int_equal(client_commit(store, changes, 2, STORE_QUICK), i + 1);
		}
	}
}

static void limits_the_bytes_of_a_value(void **state)
{
	struct store *store = store_of(state);

	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		_cleanup_free_ char *value = text_of(STORE_VALUE_MAX + (size_t)around[i]);
		const struct store_change changes[] = { PUT("a", "v"), PUT("b", value) };
		_cleanup_free_ char *before = client_list(store, ""), *after = NULL;

		if (around[i] > 0) {
			assert_int_equal(client_commit(store, changes, 2, STORE_QUICK), -E2BIG);
			client_expect(store, "", before);
			continue;
		}
		assert_int_equal(client_commit(store, changes, 2, STORE_QUICK), i + 1);
		after = client_list(store, "b");
		assert_int_equal(strlen(after), strlen(value) + strlen("b=@1 "));
	}
}

static void limits_the_changes_of_a_commit(void **state)
{
	struct store *store = store_of(state);
	struct store_change changes[STORE_CHANGES_MAX + 1];
	char keys[STORE_CHANGES_MAX + 1][8];

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k/%zu", i);
		changes[i] = PUT(keys[i], "v");
	}
	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		_cleanup_free_ char *before = client_list(store, "");
		size_t count = (size_t)(STORE_CHANGES_MAX + around[i]);

		if (around[i] > 0) {
			assert_int_equal(client_commit(store, changes, count, STORE_QUICK), -E2BIG);
			client_expect(store, "", before);
		} else {
			assert_int_equal(client_commit(store, changes, count, STORE_QUICK), i + 1);
		}
	}
}

/* Three values, and three keys of one byte each. */
static void limits_the_bytes_of_a_commit(void **state)
{
	const size_t first_size = 1000;
	struct store *store = store_of(state);
	_cleanup_free_ char *first = text_of(first_size);

	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		const size_t size = STORE_VALUE_MAX - first_size;
		const size_t rest = STORE_COMMIT_MAX - 3 - first_size - size;
		_cleanup_free_ char *second = text_of(size);
		_cleanup_free_ char *third = text_of(rest + (size_t)around[i]);
		const struct store_change changes[] = { PUT("a", first), PUT("b", second),
							PUT("c", third) };
		_cleanup_free_ char *before = client_list(store, "");

		if (around[i] > 0) {
			assert_int_equal(client_commit(store, changes, 3, STORE_QUICK), -E2BIG);
			client_expect(store, "", before);
		} else {
			assert_int_equal(client_commit(store, changes, 3, STORE_QUICK), i + 1);
		}
	}
}

/* ---- asking and answering ---- */

static void answers_out_of_dispatch_only(void **state)
{
	struct store *store = store_of(state);
	struct client_answer answers[3] = { 0 };
	struct store_change change = PUT("k", "v");

	assert_false(client_is_readable(store, 0));
	for (int i = 0; i < 3; i++)
		assert_int_equal(store->ops->commit(store, &change, 1, STORE_QUICK,
						    client_on_commit, &answers[i]),
				 0);
	assert_true(client_is_readable(store, 60000));
	assert_int_equal(answers[0].calls, 0);
	client_wait(store, &answers[2].calls, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(answers[i].calls, 1);
		assert_int_equal(answers[i].revision, i + 1);
	}
	assert_false(client_is_readable(store, 0));
	/* Dispatching for nothing is no harm. */
	store->ops->dispatch(store);
	assert_false(client_is_readable(store, 0));
}

static void copies_what_it_is_given(void **state)
{
	struct store *store = store_of(state);
	char key[] = "key", value[] = "value";
	struct store_change change = PUT(key, value);
	struct client_answer answer = { 0 };
	assert_int_equal(
		store->ops->commit(store, &change, 1, STORE_QUICK, client_on_commit, &answer), 0);
	memset(key, 'x', 3);
	memset(value, 'x', 5);
	change = DELETE("x");
	client_wait(store, &answer.calls, 1);
	client_expect(store, "", "key=value@1 ");
}

struct chain {
	struct store *store;
	unsigned int calls;
	int depth;
};

static void on_link(void *userdata, int error, uint64_t revision)
{
	static const struct store_change change = { "k", "v", STORE_ANY };
	struct chain *chain = userdata;

	assert_int_equal(error, 0);
	assert_int_equal(revision, chain->calls + 1);
	assert_int_equal(chain->depth++, 0);
	if (++chain->calls < 5)
		assert_int_equal(chain->store->ops->commit(chain->store, &change, 1, STORE_QUICK,
							   on_link, chain),
				 0);
	chain->depth--;
}

static void may_be_asked_by_an_answer(void **state)
{
	struct chain chain = { .store = store_of(state) };
	struct store_change change = PUT("k", "v");

	assert_int_equal(
		chain.store->ops->commit(chain.store, &change, 1, STORE_QUICK, on_link, &chain), 0);
	client_wait(chain.store, &chain.calls, 5);
}

static void no_answer(void *userdata, int error, uint64_t number)
{
	fail_msg("a store that is freed has answered");
}

static void frees_with_requests_under_way(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->store;
	struct store_change change = PUT("k", "v");

	for (int i = 0; i < 100; i++)
		assert_int_equal(
			store->ops->commit(store, &change, 1, STORE_DURABLE, no_answer, NULL), 0);
	store->ops->free(store);
	fixture->store = NULL;
}

#define CONTRACT(provider, test) { #provider ": " #test, test, setup_##provider, teardown, NULL }

#define CONTRACTS(provider)                                                                        \
	CONTRACT(provider, lists_by_key), CONTRACT(provider, overwrites_and_deletes),              \
		CONTRACT(provider, commits_all_or_nothing),                                        \
		CONTRACT(provider, keeps_expectations),                                            \
		CONTRACT(provider, compares_without_writing),                                      \
		CONTRACT(provider, refuses_what_is_no_comparison),                                 \
		CONTRACT(provider, refuses_what_is_no_key),                                        \
		CONTRACT(provider, limits_the_bytes_of_a_key),                                     \
		CONTRACT(provider, limits_the_bytes_of_a_value),                                   \
		CONTRACT(provider, limits_the_changes_of_a_commit),                                \
		CONTRACT(provider, limits_the_bytes_of_a_commit),                                  \
		CONTRACT(provider, answers_out_of_dispatch_only),                                  \
		CONTRACT(provider, copies_what_it_is_given),                                       \
		CONTRACT(provider, may_be_asked_by_an_answer),                                     \
		CONTRACT(provider, frees_with_requests_under_way)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACTS(memory),
		CONTRACTS(sqlite),
		CONTRACTS(certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

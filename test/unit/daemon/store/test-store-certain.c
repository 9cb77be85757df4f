// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers that are lost on their way: a caller of the store above gets an answer that is true, and
 * the request is carried out once, or not at all.
 */
#include "daemon/store/store-certain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/lib/lossy-store.h"
#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/cleanup.h"

/* For what is to be late; and for what is not, on a slow machine. */
#define LATE_MS	    50
#define PATIENCE_MS 60000

struct fixture {
	struct lossy_orders orders;
	struct store *memory; /* below all */
	struct store *store;
	unsigned int late, again;
	char *what;
};

static void on_late(void *userdata, const char *what)
{
	struct fixture *fixture = userdata;

	fixture->late++;
	free(fixture->what);
	fixture->what = strdup(what);
}

static void on_again(void *userdata)
{
	struct fixture *fixture = userdata;

	fixture->again++;
}

static void make_within(struct fixture *fixture, struct lossy_orders orders, uint64_t late_ms)
{
	const struct store_certain_owner owner = { on_late, on_again, fixture };

	*fixture = (struct fixture){ .orders = orders };
	assert_int_equal(store_memory_new(&fixture->memory), 0);
	assert_int_equal(store_certain_new(lossy_store_new(fixture->memory, &fixture->orders),
					   late_ms, &owner, &fixture->store),
			 0);
}

static void make(struct fixture *fixture, struct lossy_orders orders)
{
	make_within(fixture, orders, PATIENCE_MS);
}

static void end(struct fixture *fixture)
{
	fixture->store->ops->free(fixture->store);
	free(fixture->what);
}

static const enum loss losses[] = { LOSS_DONE, LOSS_NOT_DONE };

/* ---- one commit whose answer is lost ---- */

static struct store_change expecting(struct store_change change, uint64_t revision)
{
	change.expected_revision = revision;
	return change;
}

/* What "a" at 1 and "b" at 2 become by a commit, whether its answer is lost or not. */
static void expect_commit(const struct store_change *changes, size_t count, int64_t expected,
			  const char *state)
{
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++)
		for (unsigned int lists = 0; lists < 2; lists++) {
			struct fixture fixture;
			int64_t answer;

			make(&fixture,
			     (struct lossy_orders){ .loss = losses[i], .nth = 3, .lists = lists });
			assert_int_equal(client_put(fixture.store, PUT("a", "1")), 1);
			assert_int_equal(client_put(fixture.store, PUT("b", "1")), 2);
			answer = client_commit(fixture.store, changes, count, STORE_DURABLE);
			assert_int_equal(answer, expected);
			fixture.orders.lists = 0;
			client_expect(fixture.store, "", state);
			end(&fixture);
		}
}

static void finds_out_what_was_put(void **state)
{
	const struct store_change any = PUT("a", "2"), other = PUT("c", "2");
	const struct store_change replaced = expecting(any, 1), wrong = expecting(any, 7);
	const struct store_change added = expecting(other, STORE_ABSENT);
	const struct store_change same = expecting(PUT("a", "1"), 1);

	expect_commit(&any, 1, 3, "a=2@3 b=1@2 ");
	expect_commit(&replaced, 1, 3, "a=2@3 b=1@2 ");
	expect_commit(&added, 1, 3, "a=1@1 b=1@2 c=2@3 ");
	expect_commit(&same, 1, 3, "a=1@3 b=1@2 ");
	expect_commit(&wrong, 1, -EAGAIN, "a=1@1 b=1@2 ");
}

/* As a change ends: the journal erases its entry, and its claim is stored. */
static void finds_out_what_belongs_together(void **state)
{
	const struct store_change settled[] = { DELETE("a"), expecting(PUT("b", "2"), 2) };
	const struct store_change refused[] = { DELETE("a"), expecting(PUT("b", "2"), 1) };
	const struct store_change ended[] = { expecting(DELETE("b"), 2), PUT("c", "2") };

	expect_commit(settled, 2, 3, "b=2@3 ");
	expect_commit(refused, 2, -EAGAIN, "a=1@1 b=1@2 ");
	expect_commit(ended, 2, 3, "a=1@1 c=2@3 ");
}

static void finds_out_what_was_compared(void **state)
{
	const struct store_change met[] = { COMPARE("a", 1), expecting(PUT("b", "2"), 2) };
	const struct store_change not_met[] = { COMPARE("a", 2), expecting(PUT("b", "2"), 2) };
	const struct store_change not_met_any[] = { COMPARE("a", 2), PUT("b", "1") };

	expect_commit(not_met, 2, -EAGAIN, "a=1@1 b=1@2 ");
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		struct fixture fixture;

		make(&fixture, (struct lossy_orders){ .loss = losses[i], .nth = 3 });
		assert_int_equal(client_put(fixture.store, PUT("a", "1")), 1);
		assert_int_equal(client_put(fixture.store, PUT("b", "0")), 2);
		assert_int_equal(client_commit(fixture.store, not_met_any, 2, STORE_QUICK),
				 -EAGAIN);
		client_expect(fixture.store, "", "a=1@1 b=0@2 ");
		/* Either it is done by the first attempt, or by the second. */
		fixture.orders.nth = 1;
		assert_true(client_commit(fixture.store, met, 2, STORE_QUICK) > 0);
		client_expect(fixture.store, "b", "b=2@3 ");
		end(&fixture);
	}
}

static void finds_out_what_is_gone(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		const struct store_change gone = DELETE("a");
		struct client_answer answer = { 0 };
		struct fixture fixture;

		make(&fixture, (struct lossy_orders){ .loss = losses[i], .nth = 2 });
		assert_int_equal(client_put(fixture.store, PUT("a", "1")), 1);
		assert_int_equal(fixture.store->ops->commit(fixture.store, &gone, 1, STORE_QUICK,
							    client_on_commit, &answer),
				 0);
		client_wait(fixture.store, &answer.calls, 1);
		assert_int_equal(answer.error, 0);
		client_expect(fixture.store, "", "");
		end(&fixture);
	}
}

/* Somebody else has written before it was known: what was not done is not done any more. */
static void does_not_overwrite_others(void **state)
{
	const struct store_change added = expecting(PUT("a", "ours"), STORE_ABSENT);
	struct client_answer answer = { 0 };
	struct fixture fixture;

	make(&fixture, (struct lossy_orders){ .loss = LOSS_NOT_DONE, .nth = 1, .lists = 1 });
	assert_int_equal(fixture.store->ops->commit(fixture.store, &added, 1, STORE_QUICK,
						    client_on_commit, &answer),
			 0);
	fixture.store->ops->dispatch(fixture.store);
	assert_int_equal(client_put(fixture.memory, PUT("a", "theirs")), 1);
	client_wait(fixture.store, &answer.calls, 1);
	assert_int_equal(answer.error, -EAGAIN);
	client_expect(fixture.store, "", "a=theirs@1 ");
	end(&fixture);
}

/* What was asked for later is done later, however long it takes to find out. */
static void keeps_the_order(void **state)
{
	const struct store_change changes[] = { DELETE("a"), PUT("a", "2"), PUT("b", "2") };
	struct client_answer answers[3] = { 0 };
	struct fixture fixture;

	make(&fixture, (struct lossy_orders){ .loss = LOSS_NOT_DONE, .nth = 2, .lists = 2 });
	assert_int_equal(client_put(fixture.store, PUT("a", "1")), 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fixture.store->ops->commit(fixture.store, &changes[i], 1,
							    STORE_QUICK, client_on_commit,
							    &answers[i]),
				 0);
	client_wait(fixture.store, &answers[2].calls, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(answers[i].error, 0);
	client_expect(fixture.store, "", "a=2@3 b=2@4 ");
	end(&fixture);
}

/* ---- all of them ---- */

#define TWIN_STEPS 2000

static uint64_t revision_of(struct store *store, const char *key)
{
	_cleanup_free_ char *text = client_list(store, key);
	const char *revision = strrchr(text, '@');

	return revision ? strtoull(revision + 1, NULL, 10) : STORE_ABSENT;
}

static void random_commit(struct store *store, unsigned int seed, struct client_answer *answer)
{
	char keys[3][8], values[3][16];
	struct store_change changes[3];
	size_t count = 1 + (size_t)rand_r(&seed) % 3;

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k/%zu/%d", i, rand_r(&seed) % 4);
		(void)snprintf(values[i], sizeof(values[i]), "%d", rand_r(&seed));
		changes[i] = PUT(keys[i], rand_r(&seed) % 3 ? values[i] : NULL);
		switch (rand_r(&seed) % 6) {
		case 0:
			changes[i] = expecting(PUT(keys[i], values[i]), 999999);
			break;
		case 1:
			changes[i] = COMPARE(keys[i], revision_of(store, keys[i]));
			break;
		case 2:
		case 3:
			changes[i].expected_revision = revision_of(store, keys[i]);
			break;
		default:
			break;
		}
	}
	*answer = (struct client_answer){ 0 };
	assert_int_equal(
		store->ops->commit(store, changes, count, STORE_QUICK, client_on_commit, answer),
		0);
	client_wait(store, &answer->calls, 1);
}

/* Without the revisions, which are another's where something was done twice. */
static char *values_of(struct store *store)
{
	char *text = client_list(store, ""), *to = text;

	for (const char *from = text; *from;) {
		if (*from == '@')
			from += strcspn(from, " ");
		else
			*to++ = *from++;
	}
	*to = '\0';
	return text;
}

static void does_what_a_store_does_that_loses_nothing(void **state)
{
	struct fixture fixture;
	struct store *twin;

	make(&fixture, (struct lossy_orders){ 0 });
	assert_int_equal(store_memory_new(&twin), 0);
	for (unsigned int seed = 1; seed <= TWIN_STEPS; seed++) {
		_cleanup_free_ char *expected = NULL, *found = NULL;
		struct client_answer answer, twin_answer;

		/* Each second one. */
		fixture.orders.loss = losses[seed / 2 % 2];
		fixture.orders.nth = seed % 2 ? 0 : 1;
		random_commit(fixture.store, seed, &answer);
		random_commit(twin, seed, &twin_answer);
		assert_int_equal(answer.error, twin_answer.error);
		expected = values_of(twin);
		found = values_of(fixture.store);
		assert_string_equal(found, expected);
	}
	assert_int_equal(fixture.late, 0);
	twin->ops->free(twin);
	end(&fixture);
}

/* ---- time ---- */

static void tells_what_is_late(void **state)
{
	const struct store_change changes[] = { PUT("claim/web", "1"), DELETE("plan/open") };
	char *folder = temp_tree_new();
	struct client_answer answer = { 0 };
	_cleanup_free_ char *held = NULL;
	struct fixture fixture;

	assert_true(asprintf(&held, "%s/held", folder) > 0);
	temp_tree_file(folder, "held", "");
	make_within(&fixture, (struct lossy_orders){ .held_path = held }, LATE_MS);
	assert_int_equal(fixture.store->ops->commit(fixture.store, changes, 2, STORE_DURABLE,
						    client_on_commit, &answer),
			 0);
	client_wait(fixture.store, &fixture.late, 1);
	assert_string_equal(fixture.what, "claim/web, plan/open can't be written");
	assert_int_equal(answer.calls, 0);
	assert_int_equal(unlink(held), 0);
	client_wait(fixture.store, &answer.calls, 1);
	assert_int_equal(answer.error, 0);
	assert_int_equal(fixture.late, 1);
	assert_int_equal(fixture.again, 1);
	client_expect(fixture.store, "", "claim/web=1@1 ");
	assert_int_equal(fixture.again, 1);
	end(&fixture);
	temp_tree_free(folder);
}

/* The one below answers at once, but never what could be gone by. */
static void tells_what_stays_unknown(void **state)
{
	const struct store_change change = PUT("claim/web", "1");
	struct client_answer answer = { 0 };
	struct fixture fixture;

	make_within(&fixture,
		    (struct lossy_orders){ .loss = LOSS_NOT_DONE, .nth = 1, .lasting = true },
		    LATE_MS);
	assert_int_equal(fixture.store->ops->commit(fixture.store, &change, 1, STORE_DURABLE,
						    client_on_commit, &answer),
			 0);
	client_wait(fixture.store, &fixture.late, 1);
	assert_int_equal(answer.calls, 0);
	fixture.orders.lasting = false;
	client_wait(fixture.store, &answer.calls, 1);
	assert_int_equal(answer.error, 0);
	assert_int_equal(fixture.again, 1);
	client_expect(fixture.store, "", "claim/web=1@1 ");
	end(&fixture);
}

static void no_answer(void *userdata, int error, uint64_t revision)
{
	fail_msg("a store that is freed has answered");
}

static void ends_before_it_has_found_out(void **state)
{
	const struct store_change change = PUT("a", "1");
	struct fixture fixture;

	make_within(&fixture, (struct lossy_orders){ .loss = LOSS_DONE, .nth = 1, .lists = 100 },
		    LATE_MS);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fixture.store->ops->commit(fixture.store, &change, 1, STORE_QUICK,
							    no_answer, NULL),
				 0);
	client_wait(fixture.store, &fixture.late, 1);
	end(&fixture);
}

static struct store *open_file(const char *path)
{
	_cleanup_free_ char *problem = NULL;
	struct store *store;

	assert_int_equal(store_sqlite_open(path, STORE_HOST, &store, &problem), 0);
	return store;
}

/* What waits in line was taken, too: a daemon that ends has nobody who would ask again. */
static void writes_what_was_taken_when_it_ends(void **state)
{
	const struct store_change changes[] = { PUT("a", "1"), PUT("b", "2"), DELETE("a"),
						PUT("c", "3") };
	struct fixture fixture = { .orders = { 0 } };
	const struct store_certain_owner owner = { on_late, on_again, &fixture };
	char *folder = temp_tree_new();
	_cleanup_free_ char *path = store_files_path(folder, STORE_FILE);

	assert_int_equal(store_certain_new(open_file(path), PATIENCE_MS, &owner, &fixture.store),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		assert_int_equal(fixture.store->ops->commit(fixture.store, &changes[i], 1,
							    STORE_QUICK, no_answer, NULL),
				 0);
	assert_int_equal(fixture.store->ops->list(fixture.store, "", NULL, NULL), 0);
	end(&fixture);
	fixture.store = open_file(path);
	client_expect(fixture.store, "", "b=2@2 c=3@4 ");
	fixture.store->ops->free(fixture.store);
	temp_tree_free(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_out_what_was_put),
		cmocka_unit_test(finds_out_what_belongs_together),
		cmocka_unit_test(finds_out_what_was_compared),
		cmocka_unit_test(finds_out_what_is_gone),
		cmocka_unit_test(does_not_overwrite_others),
		cmocka_unit_test(keeps_the_order),
		cmocka_unit_test(does_what_a_store_does_that_loses_nothing),
		cmocka_unit_test(tells_what_is_late),
		cmocka_unit_test(tells_what_stays_unknown),
		cmocka_unit_test(ends_before_it_has_found_out),
		cmocka_unit_test(writes_what_was_taken_when_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

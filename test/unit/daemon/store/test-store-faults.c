// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that fails, once or for a while, at each place where it can, and one that loses its power.
 * The store in memory does what was answered as done, and nothing else: that is what the store on
 * disk must hold, seen from within, as a dead process would leave it, and after it was closed.
 * Where the answer is that nobody knows, a dead process may leave the one or the other.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/fault-vfs.h"
#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/array.h"
#include "util/cleanup.h"

/* So many commits that few more make the log be copied into the database. */
#define LONG_LOG_COMMITS 495

/* ---- what is done ---- */

struct step {
	enum store_durability durability;
	struct store_change changes[3];
	size_t count;
};

static char large[20001];

static const struct step steps[] = {
	{ STORE_DURABLE, { PUT("claim/a", "1") }, 1 },
	{ STORE_QUICK, { PUT("claim/b", "2") }, 1 },
	{ STORE_DURABLE, { PUT("claim/c", "3"), DELETE("claim/a"), PUT("claim/b", "3") }, 3 },
	{ STORE_QUICK, { PUT("other/a", "4") }, 1 },
	{ STORE_DURABLE, { { "claim/b", "never", STORE_ABSENT } }, 1 },
	{ STORE_QUICK, { PUT("large", large), PUT("other/b", "5") }, 2 },
	{ STORE_DURABLE, { PUT("claim/a", "6") }, 1 },
	{ STORE_QUICK, { PUT("claim/b", "7") }, 1 },
	{ STORE_DURABLE, { DELETE("large") }, 1 },
};

/* Does a step with one store: its answer, or negative errno. */
static int64_t do_step(struct store *store, const struct step *step)
{
	return client_commit(store, step->changes, step->count, step->durability);
}

/* ---- what there is at the start ---- */

enum start { START_NEW, START_SCHEMA_1, START_CRASHED, START_LONG_LOG };

static struct store *new_model(void)
{
	struct store *store;

	assert_int_equal(store_memory_new(&store), 0);
	return store;
}

/* Overwrites a small entry, again and again. */
static void fill_log(struct store *store)
{
	struct client_answer answer = { 0 };
	struct store_change change;

	for (int i = 0; i < LONG_LOG_COMMITS; i++) {
		change = PUT("claim/a", i % 2 ? "odd" : "even");
		assert_int_equal(store->ops->commit(store, &change, 1, STORE_QUICK,
						    client_on_commit, &answer),
				 0);
	}
	client_wait(store, &answer.calls, LONG_LOG_COMMITS);
	assert_int_equal(answer.error, 0);
}

/* What a start holds, put into a store. */
static void fill(struct store *store, enum start start)
{
	switch (start) {
	case START_NEW:
		break;
	case START_SCHEMA_1:
		assert_int_equal(client_put(store, PUT("claim/a", "{\"name\":\"a\"}")), 1);
		assert_int_equal(client_put(store, DELETE("plan/0")), 2);
		assert_int_equal(client_put(store, PUT("local/plan/1", "")), 3);
		break;
	case START_CRASHED:
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			(void)do_step(store, &steps[i]);
		break;
	case START_LONG_LOG:
		fill_log(store);
		break;
	}
}

/* Makes the files of a start, as a process leaves them that dies. */
static void make_files(enum start start, const char *folder)
{
	char *other = temp_tree_new();

	if (start == START_SCHEMA_1) {
		char *sql = temp_tree_read(TEST_DATA, "schema-1.sql");

		store_files_sql(folder, sql);
		free(sql);
	} else if (start != START_NEW) {
		struct store *store = store_files_open(other);

		fill(store, start);
		store_files_copy(other, folder);
		store->ops->free(store);
	}
	temp_tree_free(other);
}

/* ---- a run ---- */

/* Of all runs. */
static unsigned int unknown_answers;

struct run {
	enum start start;
	enum fault fault;
	const char *files; /* of the start */
	char *folder, *copy;
	struct store *store, *model;
	/* As the model, and with the commit whose answer is unknown. */
	struct store *other;
	bool is_open;  /* nobody knows yet what became of it */
	bool was_open; /* there was such a one */
	bool open_failed;
	/* What the model has held, and which of it the end of power must not undo. */
	ARRAY(char *) states;
	size_t safe;
};

/* Whatever a store does in the wake of an answer, it has done when it has answered this. */
static void expect_same(struct store *store, struct store *model)
{
	_cleanup_free_ char *expected = client_list(model, "");

	client_expect(store, "", expected);
}

/* A store that does not know says so, until it does: this one can take back what was begun. */
static void expect_same_or_open(struct run *run)
{
	_cleanup_free_ char *found = client_list(run->store, "");

	if (run->is_open && fault_vfs_has_struck() && strncmp(found, "error ", 6) == 0)
		return;
	run->is_open = false;
	expect_same(run->store, run->model);
}

/* What a new process finds in a copy. */
static void expect_survives(struct run *run)
{
	struct store *store;

	store_files_copy(run->folder, run->copy);
	store = store_files_open(run->copy);
	expect_same(store, run->model);
	store->ops->free(store);
}

/* What a new process finds when this one dies before it has found out. */
static void expect_either_survives(struct run *run)
{
	_cleanup_free_ char *without = client_list(run->model, ""), *found = NULL;
	struct store *store;

	fault_vfs_pause(true);
	store_files_copy(run->folder, run->copy);
	store = store_files_open(run->copy);
	found = client_list(store, "");
	if (strcmp(found, without) != 0)
		client_expect(run->other, "", found);
	store->ops->free(store);
	fault_vfs_pause(false);
}

static void note_state(struct run *run, bool is_safe)
{
	assert_int_equal(ARRAY_APPEND(&run->states, client_list(run->model, "")), 0);
	if (is_safe)
		run->safe = run->states.count - 1;
}

/* What the host finds in a copy after an end of power: a state that was, and a safe one at least.
 */
static void expect_survives_power_off(struct run *run, unsigned int seed)
{
	static const char *const names[] = { STORE_FILE, STORE_WAL };
	_cleanup_free_ char *found = NULL;
	struct store *store;

	store_files_copy(run->folder, run->copy);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = store_files_path(run->folder, names[i]);
		_cleanup_free_ char *copy = store_files_path(run->copy, names[i]);

		fault_vfs_power_off(path, copy, seed);
	}
	store_files_forget_unsynced_mark(run->copy);
	store = store_files_open(run->copy);
	found = client_list(store, "");
	store->ops->free(store);
	for (size_t i = run->safe; i < run->states.count; i++)
		if (strcmp(run->states.items[i], found) == 0)
			return;
	fail_msg("after the end of power: %s", found);
}

static void begin_run(struct run *run)
{
	run->folder = temp_tree_new();
	run->copy = temp_tree_new();
	store_files_copy(run->files, run->folder);
	run->model = new_model();
	run->other = new_model();
	fill(run->model, run->start);
	fill(run->other, run->start);
	note_state(run, true);
}

static void end_run(struct run *run)
{
	run->model->ops->free(run->model);
	run->other->ops->free(run->other);
	for (size_t i = 0; i < run->states.count; i++)
		free(run->states.items[i]);
	ARRAY_FREE(&run->states);
	temp_tree_free(run->folder);
	temp_tree_free(run->copy);
}

static bool is_disk_error(const struct run *run, int64_t answer)
{
	return answer == (run->fault == FAULT_EIO ? -EIO : -ENOSPC);
}

/* Opens; a disk that fails then has cost nothing, when it is tried again. */
static void open_store(struct run *run)
{
	_cleanup_free_ char *problem = NULL;
	int rc = store_files_try(run->folder, &run->store, &problem);

	if (rc == 0)
		return;
	assert_true(fault_vfs_has_struck());
	if (!is_disk_error(run, rc))
		fail_msg("%d: %s", rc, problem);
	assert_non_null(problem);
	fault_vfs_arm(run->fault, 0, false);
	run->open_failed = true;
	run->store = store_files_open(run->folder);
}

/* A step with the store, and, if it was done, with the model. */
static void step_both(struct run *run, const struct step *step)
{
	int64_t answer = do_step(run->store, step);

	if (answer == CLIENT_UNKNOWN) {
		assert_true(fault_vfs_has_struck() && !run->was_open);
		run->is_open = run->was_open = true;
		unknown_answers++;
		(void)do_step(run->other, step);
		expect_either_survives(run);
	} else if (!fault_vfs_has_struck() || !is_disk_error(run, answer)) {
		assert_int_equal(answer, do_step(run->model, step));
		if (!run->was_open)
			assert_int_equal(answer, do_step(run->other, step));
	}
	/* One that was refused has promised nothing. */
	note_state(run, step->durability == STORE_DURABLE && answer > 0);
	if (fault_vfs_has_struck())
		expect_same_or_open(run);
}

static void do_steps(struct run *run)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		step_both(run, &steps[i]);
}

/* The disk is well again, and nothing is left of its failure. */
static bool mend_disk(struct run *run)
{
	bool has_struck = fault_vfs_has_struck();

	fault_vfs_arm(run->fault, 0, false);
	return has_struck;
}

/* Each returns whether there was an @nth operation to fail. */
typedef bool (*way_to_fail)(struct run *run, unsigned int nth);

/* Once; what was answered at that moment would survive the process. */
static bool fail_once(struct run *run, unsigned int nth)
{
	bool has_struck = false;

	fault_vfs_arm(run->fault, nth, false);
	open_store(run);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		step_both(run, &steps[i]);
		if (has_struck || !fault_vfs_has_struck())
			continue;
		has_struck = true;
		/* The fault may have struck in the wake of the step. */
		expect_same(run->store, run->model);
		expect_survives(run);
		expect_survives_power_off(run, 0);
	}
	expect_same(run->store, run->model);
	has_struck = mend_disk(run) || run->open_failed;
	expect_survives_power_off(run, 0);
	run->store->ops->free(run->store);
	return has_struck;
}

/* From then on, until the cause is gone. */
static bool fail_for_a_while(struct run *run, unsigned int nth)
{
	bool has_struck;

	fault_vfs_arm(run->fault, nth, true);
	open_store(run);
	do_steps(run);
	if (run->is_open)
		expect_either_survives(run);
	else
		expect_same_or_open(run);
	has_struck = mend_disk(run) || run->open_failed;
	expect_same_or_open(run);
	do_steps(run);
	expect_same(run->store, run->model);
	expect_survives(run);
	run->store->ops->free(run->store);
	return has_struck;
}

static bool fail_at_the_end(struct run *run, unsigned int nth)
{
	open_store(run);
	do_steps(run);
	/* What is not synced yet. */
	step_both(run, &steps[1]);
	fault_vfs_arm(run->fault, nth, false);
	run->store->ops->free(run->store);
	return mend_disk(run);
}

static bool fail_nth(struct run *run, way_to_fail way, unsigned int nth)
{
	bool has_struck;

	begin_run(run);
	has_struck = way(run, nth);
	run->store = store_files_open(run->folder);
	expect_same(run->store, run->model);
	step_both(run, &steps[0]);
	expect_same(run->store, run->model);
	expect_survives_power_off(run, 0);
	run->store->ops->free(run->store);
	end_run(run);
	return has_struck;
}

static void fail_all(enum start start, way_to_fail way)
{
	char *files = temp_tree_new();
	unsigned int nth, failures = 0;

	make_files(start, files);
	for (enum fault fault = FAULT_ENOSPC; fault <= FAULT_SHORT; fault++) {
		for (nth = 1;; nth++) {
			struct run run = { .start = start, .fault = fault, .files = files };

			if (!fail_nth(&run, way, nth))
				break;
		}
		failures += nth - 1;
	}
	assert_true(failures > 3);
	temp_tree_free(files);
}

static void a_new_store(void **state)
{
	fail_all(START_NEW, fail_once);
	unknown_answers = 0;
	fail_all(START_NEW, fail_for_a_while);
	/* Unknown answers come of a sync, or of a write of the end of a commit, of which nobody can
	 * tell whether the commit is done. */
	assert_true(unknown_answers > 0);
	fail_all(START_NEW, fail_at_the_end);
}

static void a_store_of_an_older_schema(void **state)
{
	fail_all(START_SCHEMA_1, fail_once);
	fail_all(START_SCHEMA_1, fail_for_a_while);
}

/* Either it is as it was, or converted: nothing is lost in between. */
static bool fail_to_convert(const char *files, enum fault fault, unsigned int nth,
			    const char *expected)
{
	_cleanup_free_ char *problem = NULL;
	char *folder = temp_tree_new();
	struct store *store;
	bool has_struck;

	store_files_copy(files, folder);
	fault_vfs_arm(fault, nth, nth % 2);
	if (store_files_try(folder, &store, &problem) == 0)
		store->ops->free(store);
	has_struck = fault_vfs_has_struck();
	fault_vfs_arm(fault, 0, false);
	store = store_files_open(folder);
	client_expect(store, "", expected);
	store->ops->free(store);
	temp_tree_free(folder);
	return has_struck;
}

static void a_store_of_schema_3(void **state)
{
	_cleanup_free_ char *sql = temp_tree_read(TEST_DATA, "schema-3.sql"), *expected = NULL;
	char *files = temp_tree_new(), *folder = temp_tree_new();
	struct store *store;

	store_files_sql(files, sql);
	temp_tree_file(files, STORE_MARK, "");
	store_files_copy(files, folder);
	store = store_files_open(folder);
	expected = client_list(store, "");
	store->ops->free(store);
	for (enum fault fault = FAULT_ENOSPC; fault <= FAULT_SHORT; fault++) {
		unsigned int nth = 1;

		while (fail_to_convert(files, fault, nth, expected))
			nth++;
		assert_true(nth > 3);
	}
	temp_tree_free(files);
	temp_tree_free(folder);
}

static void a_store_after_a_crash(void **state)
{
	fail_all(START_CRASHED, fail_once);
	fail_all(START_CRASHED, fail_for_a_while);
	fail_all(START_CRASHED, fail_at_the_end);
}

static void a_store_with_a_long_log(void **state)
{
	fail_all(START_LONG_LOG, fail_once);
}

/* ---- the end of power ---- */

static void lose_power(enum start start, unsigned int seed)
{
	char *files = temp_tree_new();
	struct run run = { .start = start, .files = files };

	make_files(start, files);
	begin_run(&run);
	run.store = store_files_open(run.folder);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		step_both(&run, &steps[i]);
		expect_same(run.store, run.model);
		expect_survives_power_off(&run, seed);
	}
	run.store->ops->free(run.store);
	end_run(&run);
	temp_tree_free(files);
}

static void keeps_what_is_durable_without_power(void **state)
{
	for (unsigned int seed = 0; seed < 20; seed++) {
		lose_power(START_NEW, seed);
		lose_power(START_CRASHED, seed);
	}
	lose_power(START_LONG_LOG, 0);
	lose_power(START_LONG_LOG, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_store),
		cmocka_unit_test(a_store_of_an_older_schema),
		cmocka_unit_test(a_store_of_schema_3),
		cmocka_unit_test(a_store_after_a_crash),
		cmocka_unit_test(a_store_with_a_long_log),
		cmocka_unit_test(keeps_what_is_durable_without_power),
	};

	memset(large, 'x', sizeof(large) - 1);
	fault_vfs_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

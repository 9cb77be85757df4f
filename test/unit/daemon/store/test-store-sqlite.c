// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only a store on disk can do: come back, after it was closed, killed or the host restarted;
 * and keep others out.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/cleanup.h"

static int setup(void **state)
{
	*state = temp_tree_new();
	return 0;
}

static int teardown(void **state)
{
	temp_tree_free(*state);
	return 0;
}

static struct store *reopen(struct store *store, const char *folder)
{
	store->ops->free(store);
	return store_files_open(folder);
}

/* ---- coming back ---- */

static void comes_back_after_it_was_closed(void **state)
{
	struct store *store = store_files_open(*state);
	struct store_change change = PUT("claim/b", "\xc3\xa4\n");

	assert_int_equal(client_put(store, PUT("claim/a", "1")), 1);
	assert_int_equal(client_commit(store, &change, 1, STORE_DURABLE), 2);
	assert_int_equal(client_put(store, DELETE("claim/a")), 3);
	store = reopen(store, *state);
	client_expect(store, "", "claim/b=\xc3\xa4\n@2 ");
	/* The last revision was a deletion's. */
	assert_int_equal(client_put(store, PUT("claim/a", "2")), 4);
	store->ops->free(store);
}

/* What was taken is done, even if nobody waits for the answer. */
static void does_what_was_taken_before_it_closes(void **state)
{
	struct store *store = store_files_open(*state);
	struct client_answer answer = { 0 };
	struct store_change change = PUT("k", "v");

	for (int i = 0; i < 50; i++)
		assert_int_equal(store->ops->commit(store, &change, 1, STORE_QUICK,
						    client_on_commit, &answer),
				 0);
	store = reopen(store, *state);
	assert_int_equal(answer.calls, 0);
	client_expect(store, "", "k=v@50 ");
	store->ops->free(store);
}

static struct store_change expecting_none(const char *key, const char *value)
{
	return (struct store_change){ key, value, STORE_ABSENT, STORE_WRITE };
}

/* A store of an older schema, with a mark that tells nothing. */
static void make_old(const char *folder, const char *name)
{
	_cleanup_free_ char *sql = temp_tree_read(TEST_DATA, name);
	char no_bytes[1];
	const struct image empty = { no_bytes, 0 };

	store_files_sql(folder, sql);
	image_write(&empty, folder, STORE_MARK);
}

static void upgrades_an_older_schema(void **state)
{
	struct store *store;

	make_old(*state, "schema-1.sql");
	store = store_files_open(*state);
	client_expect(store, "", "claim/a={\"name\":\"a\"}@1 local/plan/1=@3 ");
	assert_int_equal(client_put(store, PUT("claim/b", "2")), 4);
	store = reopen(store, *state);
	client_expect(store, "", "claim/a={\"name\":\"a\"}@1 claim/b=2@4 local/plan/1=@3 ");
	store->ops->free(store);
}

/* Two claims, and a change that was cut short. */
static void upgrades_schema_3(void **state)
{
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct store *store;

	make_old(*state, "schema-3.sql");
	store = store_files_open(*state);
	before = client_list(store, "");
	assert_non_null(strstr(before, "claim/db={\"name\":\"db\","));
	assert_non_null(strstr(before, "claim/web={\"name\":\"web\","));
	assert_non_null(strstr(before, "local/plan/open={\"boot\":"));
	store = reopen(store, *state);
	after = client_list(store, "");
	assert_string_equal(after, before);
	assert_int_equal(client_put(store, DELETE("local/plan/open")), 10);
	store->ops->free(store);
}

/* A digest that does not fit is told before anything is made of it. */
static void upgrades_nothing_that_is_damaged(void **state)
{
	_cleanup_free_ char *problem = NULL;
	struct store *store;

	make_old(*state, "schema-3.sql");
	store_files_sql(*state, "UPDATE counter SET digest = digest + 1");
	assert_int_equal(store_files_try(*state, &store, &problem), -EUCLEAN);
	assert_non_null(strstr(problem, "its entries don't fit their checksum"));
}

/* ---- other hosts ---- */

#define OTHER_HOST "ffeeddccbbaa99887766554433221100"

static struct store *open_as(const char *folder, const char *host, char **note)
{
	_cleanup_free_ char *path = store_files_path(folder, STORE_FILE);
	struct store *store;

	assert_int_equal(store_sqlite_open(path, host, &store, note), 0);
	return store;
}

static void keeps_hosts_apart(void **state)
{
	_cleanup_free_ char *note = NULL, *other_note = NULL;
	struct store *store = store_files_open(*state);

	assert_int_equal(client_put(store, PUT("claim/a", "ours")), 1);
	assert_int_equal(client_put(store, PUT("local/plan/open", "ours")), 2);
	store->ops->free(store);
	store = open_as(*state, OTHER_HOST, &note);
	assert_non_null(strstr(
		note,
		"store.db has entries of other hosts, which are left alone: 2 of " STORE_HOST));
	client_expect(store, "", "");
	assert_int_equal(client_put(store, expecting_none("claim/a", "theirs")), 3);
	assert_int_equal(client_put(store, DELETE("local/plan/open")), 4);
	client_expect(store, "", "claim/a=theirs@3 ");
	store->ops->free(store);
	store = open_as(*state, STORE_HOST, &other_note);
	assert_non_null(strstr(other_note, ": 1 of " OTHER_HOST));
	client_expect(store, "", "claim/a=ours@1 local/plan/open=ours@2 ");
	store->ops->free(store);
}

/* What an earlier version has stored is this host's from now on. */
static void gives_a_host_what_had_none(void **state)
{
	_cleanup_free_ char *note = NULL, *other_note = NULL, *listed = NULL;
	struct store *store;

	make_old(*state, "schema-3.sql");
	store = open_as(*state, STORE_HOST, &note);
	assert_null(note);
	store->ops->free(store);
	store = open_as(*state, OTHER_HOST, &other_note);
	assert_non_null(strstr(other_note, ": 3 of " STORE_HOST));
	client_expect(store, "", "");
	store->ops->free(store);
	store = store_files_open(*state);
	listed = client_list(store, "local/plan/open");
	assert_non_null(strstr(listed, "}@9 "));
	store->ops->free(store);
}

/* ---- other processes ---- */

/* Another process: opens the store, says so, and does what @act does until it is killed. */
static pid_t start_other(const char *folder, void (*act)(struct store *store, int fd), int *ret_fd)
{
	int fds[2];
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(fds[0]);
		act(store_files_open(folder), fds[1]);
		_exit(1);
	}
	(void)close(fds[1]);
	*ret_fd = fds[0];
	return child;
}

static void kill_other(pid_t child)
{
	int status;

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void stay(struct store *store, int fd)
{
	(void)write(fd, "", 1);
	for (;;)
		(void)pause();
}

static void keeps_others_out(void **state)
{
	_cleanup_free_ char *problem = NULL;
	_cleanup_close_ int fd = -1;
	struct store *store, *other;
	char byte;
	pid_t child = start_other(*state, stay, &fd);

	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(store_files_try(*state, &store, &problem), -EBUSY);
	assert_non_null(strstr(problem, "is in use by another process"));
	kill_other(child);
	free(TAKE_PTR(problem));
	store = store_files_open(*state);
	/* Nor twice in one process. */
	assert_int_equal(store_files_try(*state, &other, &problem), -EBUSY);
	assert_int_equal(client_put(store, PUT("k", "v")), 1);
	store->ops->free(store);
}

#define WRITER_KEYS 20

struct writer {
	struct store *store;
	int fd;
	uint64_t count;
	unsigned int calls;
};

static void write_next(struct writer *writer);

static void on_written(void *userdata, int error, uint64_t revision)
{
	struct writer *writer = userdata;

	if (error || write(writer->fd, &revision, sizeof(revision)) != sizeof(revision))
		_exit(2);
	writer->calls++;
	write_next(writer);
}

/* Each commit says which one it is in two places: both, or none, are there later. */
static void write_next(struct writer *writer)
{
	char key[16], value[24];
	const struct store_change changes[] = { PUT("count", value), PUT(key, value) };

	(void)snprintf(value, sizeof(value), "%" PRIu64, ++writer->count);
	(void)snprintf(key, sizeof(key), "key/%" PRIu64, writer->count % WRITER_KEYS);
	if (writer->store->ops->commit(writer->store, changes, 2,
				       writer->count % 3 ? STORE_DURABLE : STORE_QUICK, on_written,
				       writer) < 0)
		_exit(2);
}

/* What "count" says; 0 before the first commit. */
static uint64_t read_count(struct store *store, uint64_t *ret_revision)
{
	_cleanup_free_ char *text = client_list(store, "count");
	uint64_t count = 0;

	*ret_revision = 0;
	if (*text)
		assert_int_equal(
			sscanf(text, "count=%" SCNu64 "@%" SCNu64 " ", &count, ret_revision), 2);
	return count;
}

static void write_for_ever(struct store *store, int fd)
{
	struct writer writer = { .store = store, .fd = fd };
	uint64_t revision;

	writer.count = read_count(store, &revision);
	for (int i = 0; i < 4; i++)
		write_next(&writer);
	client_wait(store, &writer.calls, UINT32_MAX);
}

static void expect_writer_survived(const char *folder, uint64_t answered)
{
	struct store *store = store_files_open(folder);
	_cleanup_free_ char *expected = NULL;
	uint64_t revision, count = read_count(store, &revision);
	char key[16];

	/* The answers to the writer were at most four commits behind the store. */
	assert_in_range(revision, answered, answered + 4);
	assert_int_equal(count, revision);
	(void)snprintf(key, sizeof(key), "key/%" PRIu64, count % WRITER_KEYS);
	assert_true(asprintf(&expected, "%s=%" PRIu64 "@%" PRIu64 " ", key, count, revision) > 0);
	if (count % WRITER_KEYS > 1)
		client_expect(store, key, expected);
	store->ops->free(store);
}

/* The next revision that a writer has had an answer for; false: the writer is dead. */
static bool read_answer(int fd, uint64_t *revision)
{
	uint64_t before = *revision;

	if (read(fd, revision, sizeof(*revision)) != sizeof(*revision))
		return false;
	assert_true(*revision > before);
	return true;
}

static void survives_being_killed(void **state)
{
	uint64_t answered = 0;
	unsigned int seed = 1;

	for (int round = 0; round < 12; round++) {
		_cleanup_close_ int fd = -1;
		pid_t child = start_other(*state, write_for_ever, &fd);

		for (int i = 1 + rand_r(&seed) % 400; i > 0; i--)
			assert_true(read_answer(fd, &answered));
		kill_other(child);
		while (read_answer(fd, &answered))
			continue;
		expect_writer_survived(*state, answered);
	}
}

/* ---- the log ---- */

static void keeps_its_log_short(void **state)
{
	struct store *store = store_files_open(*state);
	struct client_answer answer = { 0 };
	struct store_change change = PUT("k", "v");
	struct image wal;

	for (int i = 0; i < 4000; i++)
		assert_int_equal(store->ops->commit(store, &change, 1, STORE_QUICK,
						    client_on_commit, &answer),
				 0);
	client_wait(store, &answer.calls, 4000);
	wal = image_read(*state, STORE_WAL);
	assert_in_range(wal.size, 4096, 6 * 1024 * 1024);
	image_free(&wal);
	store->ops->free(store);
	/* There is none when it is closed. */
	wal = image_read(*state, STORE_WAL);
	assert_null(wal.bytes);
}

/* ---- beside its twin ---- */

#define TWIN_STEPS 3000

/* The same for the same seed. */
static int64_t random_commit(struct store *store, unsigned int seed)
{
	char keys[3][8], values[3][8];
	struct store_change changes[3];
	size_t count = 1 + (size_t)rand_r(&seed) % 3;

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k/%d", rand_r(&seed) % 12);
		(void)snprintf(values[i], sizeof(values[i]), "%d", rand_r(&seed) % 100);
		changes[i] = PUT(keys[i], rand_r(&seed) % 3 ? values[i] : NULL);
		if (rand_r(&seed) % 4 == 0)
			changes[i].expected_revision = (uint64_t)rand_r(&seed) % 40;
		if (rand_r(&seed) % 8 == 0)
			changes[i] = COMPARE(keys[i], (uint64_t)rand_r(&seed) % 40);
	}
	return client_commit(store, changes, count,
			     rand_r(&seed) % 8 ? STORE_QUICK : STORE_DURABLE);
}

static void does_what_its_twin_does(void **state)
{
	struct store *store = store_files_open(*state), *twin;

	assert_int_equal(store_memory_new(&twin), 0);
	for (unsigned int seed = 1; seed <= TWIN_STEPS; seed++) {
		_cleanup_free_ char *expected = NULL;

		assert_int_equal(random_commit(store, seed), random_commit(twin, seed));
		expected = client_list(twin, "");
		client_expect(store, "", expected);
	}
	store->ops->free(store);
	twin->ops->free(twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back_after_it_was_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(does_what_was_taken_before_it_closes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(upgrades_an_older_schema, setup, teardown),
		cmocka_unit_test_setup_teardown(upgrades_schema_3, setup, teardown),
		cmocka_unit_test_setup_teardown(upgrades_nothing_that_is_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_hosts_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(gives_a_host_what_had_none, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_others_out, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_being_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_its_log_short, setup, teardown),
		cmocka_unit_test_setup_teardown(does_what_its_twin_does, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

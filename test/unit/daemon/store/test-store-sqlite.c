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

#define HOUR_MS UINT64_C(3600000)

static int setup(void **state)
{
	*state = temp_tree_new();
	return 0;
}

static int teardown(void **state)
{
	temp_tree_free(*state);
	client_clock_reset();
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

static void upgrades_an_older_schema(void **state)
{
	_cleanup_free_ char *sql = temp_tree_read(TEST_DATA, "schema-1.sql");
	struct store_change change = PUT("claim/b", "2");
	struct store *store;
	int64_t lease;

	store_files_sql(*state, sql);
	store = store_files_open(*state);
	client_expect(store, "", "claim/a={\"name\":\"a\"}@1 plan/1=@3 ");
	lease = client_grant(store, HOUR_MS);
	assert_true(lease > 0);
	change.lease = (uint64_t)lease;
	assert_int_equal(client_put(store, change), 4);
	store = reopen(store, *state);
	client_clock_forward(HOUR_MS);
	client_expect(store, "", "claim/a={\"name\":\"a\"}@1 plan/1=@3 ");
	store->ops->free(store);
}

/* ---- leases ---- */

static struct store *store_with_lease(const char *folder, int64_t *ret_lease)
{
	struct store *store = store_files_open(folder);
	struct store_change change = PUT("leased", "v");

	*ret_lease = client_grant(store, HOUR_MS);
	change.lease = (uint64_t)*ret_lease;
	assert_int_equal(client_put(store, change), 1);
	return store;
}

static void ends_leases_while_it_is_closed(void **state)
{
	int64_t lease;
	struct store *store = store_with_lease(*state, &lease);
	struct client_log log = { 0 };

	client_clock_forward(HOUR_MS - 60000);
	store = reopen(store, *state);
	client_expect(store, "", "leased=v@1 ");
	store->ops->free(store);
	client_clock_forward(60000);
	store = store_files_open(*state);
	client_watch(store, "", &log);
	client_expect(store, "", "");
	assert_int_equal(client_renew(store, lease, HOUR_MS), -ENOENT);
	assert_true(client_grant(store, HOUR_MS) > lease);
	/* It went before the watch was there. */
	client_log_expect(&log, "");
	store->ops->free(store);
}

/* Nobody asks it anything. */
static void ends_what_ended_while_it_was_closed(void **state)
{
	int64_t lease;
	struct store *store = store_with_lease(*state, &lease);

	store->ops->free(store);
	store_files_sql(*state, "UPDATE lease SET end_ms = 1");
	store = store_files_open(*state);
	/* The timer, then the answer of the thread. */
	for (int i = 0; i < 2; i++) {
		assert_true(client_is_readable(store, 60000));
		store->ops->dispatch(store);
	}
	store->ops->free(store);
	store_files_sql(*state, "INSERT INTO entry SELECT 'left', 'v', 1, 0 FROM lease");
	store = store_files_open(*state);
	client_expect(store, "", "");
	store->ops->free(store);
}

static void begins_leases_anew_after_a_reboot(void **state)
{
	int64_t lease;
	struct store *store = store_with_lease(*state, &lease);

	store->ops->free(store);
	/* By the clock of a boot that is over it ended long ago, or ends in a hundred years. */
	for (int i = 0; i < 2; i++) {
		store_files_sql(*state, i ? "UPDATE lease SET end_ms = 3000000000000;"
					    "UPDATE counter SET boot = 'another'"
					  : "UPDATE lease SET end_ms = 1;"
					    "UPDATE counter SET boot = ''");
		store = store_files_open(*state);
		client_clock_forward(HOUR_MS - 60000);
		client_expect(store, "", "leased=v@1 ");
		assert_int_equal(client_renew(store, lease, HOUR_MS), lease);
		store->ops->free(store);
	}
	store = store_files_open(*state);
	client_clock_forward(HOUR_MS);
	client_expect(store, "", "");
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

	/* Its answers were four behind it at most. */
	assert_in_range(revision, answered, answered + 4);
	assert_int_equal(count, revision);
	(void)snprintf(key, sizeof(key), "key/%" PRIu64, count % WRITER_KEYS);
	assert_true(asprintf(&expected, "%s=%" PRIu64 "@%" PRIu64 " ", key, count, revision) > 0);
	if (count % WRITER_KEYS > 1)
		client_expect(store, key, expected);
	store->ops->free(store);
}

/* The next revision that a writer has had an answer for; false: it is dead. */
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

static int64_t random_commit(struct store *store, unsigned int seed, int64_t lease)
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
		if (rand_r(&seed) % 3 == 0)
			changes[i].lease = (uint64_t)lease;
	}
	return client_commit(store, changes, count,
			     rand_r(&seed) % 8 ? STORE_QUICK : STORE_DURABLE);
}

/* The same for the same seed. Leases are numbered from 1. */
static int64_t random_operation(struct store *store, unsigned int seed)
{
	int64_t lease = 1 + rand_r(&seed) % 20;
	uint64_t ttl_ms = (uint64_t)(rand_r(&seed) % 4) * HOUR_MS;

	switch (rand_r(&seed) % 12) {
	case 0:
		return client_grant(store, ttl_ms + HOUR_MS);
	case 1:
		return client_renew(store, lease, ttl_ms);
	default:
		return random_commit(store, (unsigned int)rand_r(&seed), lease);
	}
}

static void does_what_its_twin_does(void **state)
{
	struct store *store = store_files_open(*state), *twin;
	struct client_log log = { 0 }, twin_log = { 0 };

	assert_int_equal(store_memory_new(&twin), 0);
	client_watch(twin, "k/1", &twin_log);
	client_watch(store, "k/1", &log);
	for (unsigned int seed = 1; seed <= TWIN_STEPS; seed++) {
		_cleanup_free_ char *expected = NULL;

		/* By half an hour beside what leases last, so that the two agree on what is over.
		 */
		if (seed % 60 == 0)
			client_clock_forward(HOUR_MS + HOUR_MS / 2);
		assert_int_equal(random_operation(store, seed), random_operation(twin, seed));
		expected = client_list(twin, "");
		client_expect(store, "", expected);
		client_log_expect(&log, twin_log.text ? twin_log.text : "");
		free(twin_log.text);
		twin_log = (struct client_log){ 0 };
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
		cmocka_unit_test_setup_teardown(ends_leases_while_it_is_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_what_ended_while_it_was_closed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(begins_leases_anew_after_a_reboot, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_others_out, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_being_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_its_log_short, setup, teardown),
		cmocka_unit_test_setup_teardown(does_what_its_twin_does, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

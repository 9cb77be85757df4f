// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file in the place of a store that is no store, or is damaged, or not ours to write: one line
 * tells of the file, and the file stays as it is, byte for byte.
 */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/cleanup.h"

/* https://www.sqlite.org/fileformat2.html#walformat */
#define WAL_HEADER_SIZE 32
#define WAL_FRAME_SIZE	(24 + 4096)

#define NOBODY 65534

/* Opening must fail, with @expected in the text of the problem, and change nothing. */
static void expect_refused(const char *folder, int error, const char *expected)
{
	struct image file = image_read(folder, STORE_FILE), wal = image_read(folder, STORE_WAL);
	_cleanup_free_ char *problem = NULL, *path = store_files_path(folder, STORE_FILE);
	struct image file_after, wal_after;
	struct store *store = NULL;

	assert_int_equal(store_files_try(folder, &store, &problem), error);
	assert_null(store);
	assert_non_null(problem);
	if (strncmp(problem, path, strlen(path)) != 0 || !strstr(problem, expected) ||
	    !strstr(problem, "): ") || strchr(problem, '\n'))
		fail_msg("\"%s\", not \"%s\"", problem, expected);
	file_after = image_read(folder, STORE_FILE);
	wal_after = image_read(folder, STORE_WAL);
	assert_true(image_is_same(&file, &file_after));
	assert_true(image_is_same(&wal, &wal_after));
	image_free(&file);
	image_free(&wal);
	image_free(&file_after);
	image_free(&wal_after);
}

static void write_bytes(const char *folder, const char *name, const void *bytes, size_t size)
{
	const struct image image = { (char *)bytes, size };

	image_write(&image, folder, name);
}

/* A store of a few pages, closed. */
static char *folder_with_store(void)
{
	char *folder = temp_tree_new();
	struct store *store = store_files_open(folder);
	char key[16], value[1000];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 30; i++) {
		(void)snprintf(key, sizeof(key), "key/%d", i);
		assert_int_equal(client_put(store, PUT(key, value)), i + 1);
	}
	store->ops->free(store);
	return folder;
}

/* ---- no store at all ---- */

static void refuses_garbage(void **state)
{
	static const char zeros[8192], text[] = "[Unit]\nDescription=no database\n";
	char *folder = temp_tree_new(), noise[8192];
	unsigned int seed = 1;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(rand_r(&seed) >> 8);
	write_bytes(folder, STORE_FILE, zeros, sizeof(zeros));
	expect_refused(folder, -EUCLEAN, "is damaged (file is not a database)");
	write_bytes(folder, STORE_FILE, noise, sizeof(noise));
	expect_refused(folder, -EUCLEAN, "is damaged");
	write_bytes(folder, STORE_FILE, text, sizeof(text) - 1);
	expect_refused(folder, -EUCLEAN, "is damaged");
	write_bytes(folder, STORE_FILE, text, 1);
	expect_refused(folder, -EUCLEAN, "is not a store of cxlfm (one byte): move it away");
	temp_tree_free(folder);
}

static void refuses_other_databases(void **state)
{
	static const char *const others[] = {
		"CREATE TABLE entry (key TEXT)",
		"PRAGMA journal_mode = WAL; CREATE TABLE entry (key TEXT)",
		"PRAGMA application_id = 1; CREATE TABLE entry (key TEXT)",
		"PRAGMA user_version = 1",
		/* Ours, but of no version. */
		"PRAGMA application_id = 1129860198; CREATE TABLE entry (key TEXT)",
		"PRAGMA application_id = 1129860198; PRAGMA user_version = -1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		char *folder = temp_tree_new();

		store_files_sql(folder, others[i]);
		expect_refused(folder, -EUCLEAN,
			       "is not a store of cxlfm (a database of something else): move it");
		temp_tree_free(folder);
	}
}

static void refuses_what_is_no_file(void **state)
{
	char *folder = temp_tree_new();
	_cleanup_free_ char *path = store_files_path(folder, STORE_FILE);
	_cleanup_free_ char *problem = NULL, *other = NULL;
	struct store *store;

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(store_sqlite_open(path, STORE_HOST, &store, &problem), -EUCLEAN);
	assert_non_null(strstr(problem, "is not a store of cxlfm (a folder): move it away"));
	assert_int_equal(rmdir(path), 0);
	/* An open of a FIFO would wait for a writer. */
	assert_int_equal(mkfifo(path, 0600), 0);
	free(TAKE_PTR(problem));
	assert_int_equal(store_sqlite_open(path, STORE_HOST, &store, &problem), -EUCLEAN);
	assert_non_null(strstr(problem, "is not a store of cxlfm (no file): move it away"));
	assert_int_equal(unlink(path), 0);
	other = store_files_path(path, STORE_FILE);
	free(TAKE_PTR(problem));
	assert_int_equal(store_sqlite_open(other, STORE_HOST, &store, &problem), -ENOENT);
	assert_non_null(strstr(problem, "make its folder first"));
	temp_tree_free(folder);
}

/* ---- of another version ---- */

static void refuses_a_newer_schema(void **state)
{
	char *folder = folder_with_store();

	store_files_sql(folder, "PRAGMA user_version = 1000; CREATE TABLE more (x)");
	expect_refused(folder, -EPROTO,
		       "store.db is of a newer cxlfm (schema 1000, this one knows 4): "
		       "install that version, or move the file away");
	temp_tree_free(folder);
}

/* As the newer one's process leaves it that dies: only the log says of which version it is. */
static void refuses_a_newer_schema_in_the_log(void **state)
{
	char *folder = folder_with_store(), *copy = temp_tree_new();
	_cleanup_free_ char *path = store_files_path(folder, STORE_FILE);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL),
			 SQLITE_OK);
	store_files_copy(folder, copy);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	expect_refused(copy, -EPROTO, "is of a newer cxlfm (schema 1000, this one knows 4)");
	temp_tree_free(folder);
	temp_tree_free(copy);
}

/* ---- damaged ---- */

static void refuses_a_truncated_database(void **state)
{
	char *folder = folder_with_store();
	struct image whole = image_read(folder, STORE_FILE);
	struct store *store;

	assert_true(whole.size >= 8 * (size_t)4096);
	for (size_t size = 2; size < whole.size; size += size < 600 ? 33 : 1021) {
		write_bytes(folder, STORE_FILE, whole.bytes, size);
		expect_refused(folder, -EUCLEAN, "is damaged");
	}
	for (size_t size = 4096; size < whole.size; size += 4096) {
		write_bytes(folder, STORE_FILE, whole.bytes, size);
		expect_refused(folder, -EUCLEAN, "is damaged");
	}
	image_write(&whole, folder, STORE_FILE);
	store = store_files_open(folder);
	store->ops->free(store);
	image_free(&whole);
	temp_tree_free(folder);
}

static void refuses_a_damaged_page(void **state)
{
	char *folder = folder_with_store();
	struct image whole = image_read(folder, STORE_FILE);

	for (size_t page = 1; page < whole.size / 4096; page++) {
		struct image damaged = image_read(folder, STORE_FILE);

		memset(damaged.bytes + page * 4096, 0xa5, 64);
		image_write(&damaged, folder, STORE_FILE);
		image_free(&damaged);
		expect_refused(folder, -EUCLEAN, "put a copy in its place, or move it away");
		image_write(&whole, folder, STORE_FILE);
	}
	image_free(&whole);
	temp_tree_free(folder);
}

static void refuses_without_a_table(void **state)
{
	char *folder = folder_with_store();

	store_files_sql(folder, "DROP TABLE entry");
	expect_refused(folder, -EUCLEAN, "is damaged (no such table: entry)");
	temp_tree_free(folder);
}

/* ---- the log ---- */

#define LOG_COMMITS 6

/*
 * A store as a host without power leaves it, and what it held after each of its commits, of which
 * none had to outlive that.
 */
struct crashed {
	char *folder;
	struct image file, wal, mark;
	char *states[LOG_COMMITS];
};

static void make_crashed(struct crashed *crashed)
{
	char *original = folder_with_store(), key[16];
	struct store *store = store_files_open(original);

	crashed->folder = temp_tree_new();
	for (int i = 0; i < LOG_COMMITS; i++) {
		struct store_change changes[] = { PUT(key, "new"), DELETE("key/0") };

		(void)snprintf(key, sizeof(key), "key/%d", 10 + i);
		crashed->states[i] = client_list(store, "");
		if (i < LOG_COMMITS - 1)
			assert_true(client_commit(store, changes, 2, STORE_QUICK) > 0);
	}
	store_files_copy(original, crashed->folder);
	store->ops->free(store);
	temp_tree_free(original);
	store_files_forget_unsynced_mark(crashed->folder);
	crashed->mark = image_read(crashed->folder, STORE_MARK);
	crashed->file = image_read(crashed->folder, STORE_FILE);
	crashed->wal = image_read(crashed->folder, STORE_WAL);
	assert_true(crashed->wal.size > WAL_HEADER_SIZE + LOG_COMMITS * WAL_FRAME_SIZE);
}

static void free_crashed(struct crashed *crashed)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashed->states); i++)
		free(crashed->states[i]);
	image_free(&crashed->file);
	image_free(&crashed->wal);
	image_free(&crashed->mark);
	temp_tree_free(crashed->folder);
}

/* How many of the commits a store holds that has this log: all up to one, and nothing else. */
static int commits_with_log(struct crashed *crashed, const char *bytes, size_t size)
{
	_cleanup_free_ char *found = NULL;
	struct store *store;

	image_write(&crashed->file, crashed->folder, STORE_FILE);
	image_write(&crashed->mark, crashed->folder, STORE_MARK);
	write_bytes(crashed->folder, STORE_WAL, bytes, size);
	store = store_files_open(crashed->folder);
	found = client_list(store, "");
	/* The store that was opened takes commits like any other store. */
	assert_true(client_put(store, PUT("more", "v")) > 0);
	store->ops->free(store);
	for (int i = 0; i < LOG_COMMITS; i++)
		if (strcmp(crashed->states[i], found) == 0)
			return i;
	fail_msg("not one of its states: %s", found);
	return -1;
}

static void reads_a_torn_log_as_far_as_it_goes(void **state)
{
	struct crashed crashed;
	int commits = 0, before = 0;

	make_crashed(&crashed);
	for (size_t size = 0; size < crashed.wal.size; size += 509) {
		commits = commits_with_log(&crashed, crashed.wal.bytes, size);
		assert_in_range(commits, before, before + 1);
		before = commits;
	}
	assert_int_equal(commits, LOG_COMMITS - 2);
	commits = commits_with_log(&crashed, crashed.wal.bytes, crashed.wal.size);
	assert_int_equal(commits, LOG_COMMITS - 1);
	free_crashed(&crashed);
}

/* What the disk made of it out of turn, when the power went away. */
static void reads_a_log_with_a_hole_as_far_as_it_goes(void **state)
{
	struct crashed crashed;
	int before = 0;

	make_crashed(&crashed);
	for (size_t at = WAL_HEADER_SIZE; at + 512 < crashed.wal.size; at += WAL_FRAME_SIZE) {
		_cleanup_free_ char *torn = malloc(crashed.wal.size);
		int commits;

		assert_non_null(torn);
		memcpy(torn, crashed.wal.bytes, crashed.wal.size);
		memset(torn + at, 0xa5, 512);
		commits = commits_with_log(&crashed, torn, crashed.wal.size);
		assert_in_range(commits, before, LOG_COMMITS - 2);
		before = commits;
	}
	assert_int_equal(before, LOG_COMMITS - 2);
	free_crashed(&crashed);
}

static void refuses_a_log_that_makes_no_sense(void **state)
{
	struct crashed crashed;
	char zeros[WAL_FRAME_SIZE] = { 0 };

	make_crashed(&crashed);
	for (size_t at = 0; at < WAL_HEADER_SIZE; at++) {
		crashed.wal.bytes[at] ^= 0x10;
		image_write(&crashed.wal, crashed.folder, STORE_WAL);
		expect_refused(crashed.folder, -EUCLEAN,
			       "is damaged (the header of its -wal is damaged)");
		crashed.wal.bytes[at] ^= 0x10;
	}
	memset(crashed.wal.bytes, 0xa5, crashed.wal.size);
	image_write(&crashed.wal, crashed.folder, STORE_WAL);
	expect_refused(crashed.folder, -EUCLEAN, "is damaged (the header of its -wal is damaged)");
	/* One of which only the size has reached the disk. */
	assert_int_equal(commits_with_log(&crashed, zeros, sizeof(zeros)), 0);
	free_crashed(&crashed);
}

static void refuses_a_log_without_its_database(void **state)
{
	struct image nothing = { 0 };
	struct crashed crashed;

	make_crashed(&crashed);
	image_write(&nothing, crashed.folder, STORE_FILE);
	expect_refused(crashed.folder, -EUCLEAN, "is damaged (not there, but its -wal is)");
	write_bytes(crashed.folder, STORE_FILE, "", 0);
	expect_refused(crashed.folder, -EUCLEAN, "is damaged (empty, but its -wal is not)");
	free_crashed(&crashed);
}

static void begins_anew_with_an_empty_file(void **state)
{
	char *folder = temp_tree_new();
	struct store *store;

	/* As it is when the first start was cut short. */
	write_bytes(folder, STORE_FILE, "", 0);
	store = store_files_open(folder);
	assert_int_equal(client_put(store, PUT("k", "v")), 1);
	store->ops->free(store);
	temp_tree_free(folder);
}

/* ---- not ours to write ---- */

/* Root may write everywhere: what it must not is tried as somebody else. */
static void expect_refused_to_others(const char *folder)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(2);
		expect_refused(folder, -EROFS, "may not be written to");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void set_mode(const char *folder, const char *name, mode_t mode)
{
	_cleanup_free_ char *path = store_files_path(folder, name);

	assert_int_equal(chmod(path, mode), 0);
}

static void refuses_what_may_not_be_written_to(void **state)
{
	char *folder = folder_with_store(), *empty = temp_tree_new();

	/* A file in a folder that all may write to, and the other way round. */
	set_mode(folder, ".", 0777);
	set_mode(folder, STORE_FILE, 0444);
	expect_refused_to_others(folder);
	set_mode(folder, ".", 0555);
	set_mode(folder, STORE_FILE, 0666);
	expect_refused_to_others(folder);
	set_mode(empty, ".", 0555);
	expect_refused_to_others(empty);
	set_mode(folder, ".", 0700);
	set_mode(empty, ".", 0700);
	temp_tree_free(folder);
	temp_tree_free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_garbage),
		cmocka_unit_test(refuses_other_databases),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(refuses_a_newer_schema),
		cmocka_unit_test(refuses_a_newer_schema_in_the_log),
		cmocka_unit_test(refuses_a_truncated_database),
		cmocka_unit_test(refuses_a_damaged_page),
		cmocka_unit_test(refuses_without_a_table),
		cmocka_unit_test(reads_a_torn_log_as_far_as_it_goes),
		cmocka_unit_test(reads_a_log_with_a_hole_as_far_as_it_goes),
		cmocka_unit_test(refuses_a_log_that_makes_no_sense),
		cmocka_unit_test(refuses_a_log_without_its_database),
		cmocka_unit_test(begins_anew_with_an_empty_file),
		cmocka_unit_test(refuses_what_may_not_be_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

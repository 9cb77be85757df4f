// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody but the daemon's user can open a store's files, whatever they were before, and none of
 * them leads somewhere else.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/unit/daemon/store/store-client.h"
#include "test/unit/daemon/store/store-files.h"
#include "util/cleanup.h"

#define NOBODY 65534

static const char *const names[] = { STORE_FILE, STORE_WAL, STORE_MARK };

static void set_mode(const char *folder, const char *name, mode_t mode)
{
	_cleanup_free_ char *path = store_files_path(folder, name);

	assert_int_equal(chmod(path, mode), 0);
}

static mode_t mode_of(const char *folder, const char *name)
{
	_cleanup_free_ char *path = store_files_path(folder, name);
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

/* As a process leaves it that is killed: all files are there. */
static char *folder_with_store(void)
{
	char *original = temp_tree_new(), *folder = temp_tree_new();
	struct store *store = store_files_open(original);

	assert_int_equal(client_put(store, PUT("k", "v")), 1);
	store_files_copy(original, folder);
	store->ops->free(store);
	temp_tree_free(original);
	return folder;
}

static void expect_closed_to_others(const char *folder)
{
	assert_int_equal(mode_of(folder, "."), 0700);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(mode_of(folder, names[i]), 0600);
}

static void makes_files_that_others_cant_open(void **state)
{
	char *folder = temp_tree_new();
	const mode_t before = umask(0);
	struct store *store = store_files_open(folder);

	assert_int_equal(client_put(store, PUT("k", "v")), 1);
	expect_closed_to_others(folder);
	store->ops->free(store);
	(void)umask(before);
	temp_tree_free(folder);
}

static void mends_modes(void **state)
{
	char *folder = folder_with_store();
	struct store *store;

	set_mode(folder, ".", 0755);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		set_mode(folder, names[i], 0664);
	store = store_files_open(folder);
	client_expect(store, "", "k=v@1 ");
	expect_closed_to_others(folder);
	store->ops->free(store);
	temp_tree_free(folder);
}

/* A folder for everybody, such as /tmp, is not closed. */
static void leaves_a_sticky_folder_as_it_is(void **state)
{
	char *folder = folder_with_store();
	struct store *store;

	set_mode(folder, ".", 01777);
	store = store_files_open(folder);
	assert_int_equal(mode_of(folder, "."), 01777);
	store->ops->free(store);
	temp_tree_free(folder);
}

static void expect_refused(const char *folder, int error, const char *expected)
{
	_cleanup_free_ char *problem = NULL;
	struct store *store;

	assert_int_equal(store_files_try(folder, &store, &problem), error);
	assert_non_null(problem);
	if (!strstr(problem, expected))
		fail_msg("\"%s\", not \"%s\"", problem, expected);
}

static void follows_no_link(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (int is_hard = 0; is_hard < 2; is_hard++) {
			char *folder = folder_with_store(), *other = folder_with_store();
			_cleanup_free_ char *path = store_files_path(folder, names[i]);
			_cleanup_free_ char *target = store_files_path(other, names[i]);
			struct image before, after;

			set_mode(other, names[i], 0644);
			before = image_read(other, names[i]);
			assert_int_equal(unlink(path), 0);
			assert_int_equal(is_hard ? link(target, path) : symlink(target, path), 0);
			expect_refused(folder, -EUCLEAN, "a link): move it away");
			after = image_read(other, names[i]);
			assert_true(image_is_same(&before, &after));
			assert_int_equal(mode_of(other, names[i]), 0644);
			image_free(&before);
			image_free(&after);
			temp_tree_free(folder);
			temp_tree_free(other);
		}
}

/* Where nothing is, a link would have a file made somewhere else. */
static void makes_nothing_behind_a_link(void **state)
{
	static const char *const all[] = { STORE_FILE, STORE_WAL, STORE_MARK, STORE_FILE "-journal",
					   STORE_FILE "-shm" };
	char *other = temp_tree_new();

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char *folder = temp_tree_new();
		_cleanup_free_ char *path = store_files_path(folder, all[i]);
		_cleanup_free_ char *target = store_files_path(other, all[i]);

		assert_int_equal(symlink(target, path), 0);
		expect_refused(folder, -EUCLEAN, "a link): move it away");
		assert_int_equal(access(target, F_OK), -1);
		temp_tree_free(folder);
	}
	temp_tree_free(other);
}

/* An admin may well have moved the folder to another disk. */
static void goes_through_a_folder_that_is_a_link(void **state)
{
	char *folder = folder_with_store(), *other = temp_tree_new();
	_cleanup_free_ char *link_path = store_files_path(other, "link");
	struct store *store;

	assert_int_equal(symlink(folder, link_path), 0);
	store = store_files_open(link_path);
	client_expect(store, "", "k=v@1 ");
	store->ops->free(store);
	temp_tree_free(folder);
	temp_tree_free(other);
}

static void refuses_what_belongs_to_somebody_else(void **state)
{
	static const char *const all[] = { ".", STORE_FILE, STORE_WAL, STORE_MARK };

	if (geteuid() != 0) {
		skip();
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char *folder = folder_with_store();
		_cleanup_free_ char *path = store_files_path(folder, all[i]);

		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
		expect_refused(folder, -EROFS, "belongs to another user");
		temp_tree_free(folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_files_that_others_cant_open),
		cmocka_unit_test(mends_modes),
		cmocka_unit_test(leaves_a_sticky_folder_as_it_is),
		cmocka_unit_test(follows_no_link),
		cmocka_unit_test(makes_nothing_behind_a_link),
		cmocka_unit_test(goes_through_a_folder_that_is_a_link),
		cmocka_unit_test(refuses_what_belongs_to_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

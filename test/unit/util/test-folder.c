// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names in folders, and folders that can't be read.
 */
#include "util/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"

static int set_up(void **state)
{
	char *root = temp_tree_new();

	temp_tree_file(root, "folder/name", "");
	temp_tree_file(root, "folder/.hidden", "");
	temp_tree_file(root, "file", "");
	*state = root;
	return 0;
}

static int tear_down(void **state)
{
	wrap_folder = FOLDER_IS_READ;
	temp_tree_free(*state);
	return 0;
}

static int open_at(const char *root, const char *path, DIR **ret_folder)
{
	_cleanup_close_ int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return folder_open(fd, path, ret_folder);
}

static void test_names(void **state)
{
	_cleanup_folder_ DIR *folder = NULL;
	const char *name;

	assert_int_equal(open_at(*state, "folder", &folder), 0);
	assert_int_equal(folder_next(folder, &name), 1);
	assert_string_equal(name, "name");
	assert_int_equal(folder_next(folder, &name), 0);
}

static void test_no_folder(void **state)
{
	DIR *folder = NULL;

	assert_int_equal(open_at(*state, "none", &folder), -ENOENT);
	assert_int_equal(open_at(*state, "file", &folder), -ENOTDIR);
	assert_null(folder);
}

static void test_unreadable(void **state)
{
	_cleanup_folder_ DIR *folder = NULL;
	const int next_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *name;

	(void)close(next_fd);
	wrap_folder = FOLDER_IS_NOT_OPENED;
	assert_int_equal(open_at(*state, "folder", &folder), -ENOMEM);
	assert_null(folder);
	/* No descriptor is left open. */
	assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), next_fd);
	(void)close(next_fd);
	wrap_folder = FOLDER_IS_READ_BY_HALF;
	assert_int_equal(open_at(*state, "folder", &folder), 0);
	assert_int_equal(folder_next(folder, &name), -EIO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_no_folder),
		TEST(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

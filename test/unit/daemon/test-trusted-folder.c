// SPDX-License-Identifier: GPL-2.0-only
/* Folders that others can change are found wherever they are on the way. */
#include "daemon/process/trusted-folder.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/lib/temp-tree.h"
#include "util/cleanup.h"

#define STRANGER 65534

struct fixture {
	char *root;
	char path[256];
};

static const char *at(struct fixture *fixture, const char *path)
{
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/%s", fixture->root, path);
	return fixture->path;
}

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.root = temp_tree_new();
	temp_tree_file(fixture.root, "a/b/c/file", "");
	*state = &fixture;
	return chmod(fixture.root, 0755);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	temp_tree_free(fixture->root);
	return 0;
}

static void assert_check(struct fixture *fixture, const char *path, const char *culprit)
{
	_cleanup_free_ char *found = NULL;
	int rc = trusted_folder_check(at(fixture, path), &found);

	assert_int_equal(rc, culprit ? -EPERM : 0);
	if (culprit)
		assert_string_equal(found, at(fixture, culprit));
}

static void modes_are_looked_at_on_the_whole_way(void **state)
{
	static const char *const folders[] = { "a", "a/b", "a/b/c" };
	struct fixture *fixture = *state;

	assert_check(fixture, "a/b/c", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		assert_int_equal(chmod(at(fixture, folders[i]), 0775), 0);
		assert_check(fixture, "a/b/c", folders[i]);
		assert_int_equal(chmod(at(fixture, folders[i]), 0757), 0);
		assert_check(fixture, "a/b/c", folders[i]);
		/* In a folder such as /tmp what is ours stays ours. */
		assert_int_equal(chmod(at(fixture, folders[i]), 01777), 0);
		assert_check(fixture, "a/b/c", NULL);
		assert_int_equal(chmod(at(fixture, folders[i]), 0755), 0);
	}
}

static void owners_are_looked_at_on_the_whole_way(void **state)
{
	static const char *const folders[] = { "a", "a/b", "a/b/c" };
	struct fixture *fixture = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		assert_int_equal(chown(at(fixture, folders[i]), STRANGER, STRANGER), 0);
		assert_check(fixture, "a/b/c", folders[i]);
		assert_int_equal(chown(at(fixture, folders[i]), 0, 0), 0);
	}
}

static void links_are_followed_first(void **state)
{
	struct fixture *fixture = *state;

	temp_tree_link(fixture->root, "link", "a/b");
	assert_check(fixture, "link/c", NULL);
	assert_int_equal(chmod(at(fixture, "a"), 0777), 0);
	assert_check(fixture, "link/c", "a");
}

static void what_is_no_folder(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *culprit = NULL;

	assert_int_equal(trusted_folder_check(at(fixture, "none"), &culprit), -ENOENT);
	assert_null(culprit);
	assert_check(fixture, "a/b/c/file", "a/b/c/file");
	assert_int_equal(trusted_folder_check("/", &culprit), 0);
}

static void folders_are_made_where_nobody_else_may(void **state)
{
	struct fixture *fixture = *state;
	const uid_t uid = geteuid() == 0 ? STRANGER : (uid_t)-1;
	_cleanup_free_ char *culprit = NULL;
	struct stat status;
	mode_t before = umask(0077);

	assert_int_equal(trusted_folder_make(at(fixture, "a/new"), 0755, uid, (gid_t)uid, &culprit),
			 0);
	(void)umask(before);
	assert_int_equal(lstat(at(fixture, "a/new"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_equal(status.st_uid, geteuid() == 0 ? STRANGER : geteuid());
	/* Once it is there it stays as it is. */
	assert_int_equal(trusted_folder_make(at(fixture, "a/new"), 0700, 0, 0, &culprit), 0);
	assert_int_equal(lstat(at(fixture, "a/new"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);

	assert_int_equal(chmod(at(fixture, "a/b"), 0777), 0);
	assert_int_equal(
		trusted_folder_make(at(fixture, "a/b/new"), 0755, uid, (gid_t)uid, &culprit),
		-EPERM);
	assert_string_equal(culprit, at(fixture, "a/b"));
	assert_int_equal(lstat(at(fixture, "a/b/new"), &status), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(modes_are_looked_at_on_the_whole_way),
		TEST(owners_are_looked_at_on_the_whole_way),
		TEST(links_are_followed_first),
		TEST(what_is_no_folder),
		TEST(folders_are_made_where_nobody_else_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

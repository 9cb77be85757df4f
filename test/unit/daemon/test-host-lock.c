// SPDX-License-Identifier: GPL-2.0-only
/* Who changes the host, and what others can do about it: nothing. */
#include "daemon/helper/host-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "util/cleanup.h"
#include "util/clock.h"

struct place {
	char *root;
	char folder[64];
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->root = temp_tree_new();
	(void)snprintf(place->folder, sizeof(place->folder), "%s/helper", place->root);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	temp_tree_free(place->root);
	free(place);
	return 0;
}

static int take(const struct place *place, uint64_t wait_ms, int *ret_fd,
		char holder[static HOST_LOCK_HOLDER_MAX])
{
	_cleanup_close_ int folder = host_lock_open_folder(place->folder);

	holder[0] = '\0';
	return folder < 0 ? folder
			  : host_lock_take(folder, clock_now_ms() + wait_ms, ret_fd, holder);
}

/* A process that has the lock until it is killed. */
static pid_t hold(const struct place *place)
{
	char holder[HOST_LOCK_HOLDER_MAX], byte;
	int ready[2], fd = -1;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (take(place, 0, &fd, holder) == 0)
			(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	assert_true(child > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return child;
}

static void let_go(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_one_at_a_time(void **state)
{
	const struct place *place = *state;
	char holder[HOST_LOCK_HOLDER_MAX], expected[HOST_LOCK_HOLDER_MAX];
	_cleanup_close_ int fd = -1;
	pid_t child = hold(place);
	uint64_t before = clock_now_ms();

	assert_int_equal(take(place, 30, &fd, holder), -EUSERS);
	assert_true(clock_now_ms() >= before + 30);
	/* As the kernel cuts the name of a program. */
	(void)snprintf(expected, sizeof(expected), "%.15s (pid %d)", "test-host-lock", child);
	assert_string_equal(holder, expected);
	let_go(child);
	assert_int_equal(take(place, 5000, &fd, holder), 0);
	assert_string_equal(holder, "");
}

/* The lock ends with its holder, also where the holder has started other processes. */
static void test_not_inherited(void **state)
{
	const struct place *place = *state;
	char holder[HOST_LOCK_HOLDER_MAX];
	pid_t child, grandchild;
	int pair[2], fd = -1;

	assert_int_equal(pipe(pair), 0);
	child = fork();
	if (child == 0) {
		assert_int_equal(take(place, 0, &fd, holder), 0);
		grandchild = fork();
		if (grandchild == 0)
			for (;;)
				(void)pause();
		(void)!write(pair[1], &grandchild, sizeof(grandchild));
		_exit(0);
	}
	assert_int_equal(read(pair[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(take(place, 0, &fd, holder), 0);
	assert_int_equal(kill(grandchild, SIGKILL), 0);
	(void)close(fd);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static mode_t mode_of(const struct place *place, const char *name)
{
	char path[80];
	struct stat status;

	(void)snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static void test_nobody_else_gets_at_it(void **state)
{
	const struct place *place = *state;
	char holder[HOST_LOCK_HOLDER_MAX];
	_cleanup_close_ int fd = -1, other = -1;
	mode_t mask = umask(0);

	assert_int_equal(take(place, 0, &fd, holder), 0);
	(void)umask(mask);
	assert_int_equal(mode_of(place, "."), 0700);
	assert_int_equal(mode_of(place, "lock"), 0600);
	/* Where others may put another file in its place, or hold this one, it is of no use. */
	assert_int_equal(chmod(place->folder, 0770), 0);
	assert_int_equal(take(place, 0, &other, holder), -EPERM);
	assert_int_equal(chmod(place->folder, 0700), 0);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(take(place, 0, &other, holder), -EPERM);
}

/* A lock on what anybody can open is anybody's: that of the folder is none of ours. */
static void test_a_lock_on_the_folder_is_nothing(void **state)
{
	const struct place *place = *state;
	char holder[HOST_LOCK_HOLDER_MAX];
	_cleanup_close_ int fd = -1, folder = -1;

	assert_int_equal(mkdir(place->folder, 0755), 0);
	folder = open(place->folder, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(folder, LOCK_EX), 0);
	assert_int_equal(take(place, 0, &fd, holder), 0);
}

static void test_links_are_not_followed(void **state)
{
	const struct place *place = *state;
	char holder[HOST_LOCK_HOLDER_MAX];
	_cleanup_close_ int fd = -1;

	temp_tree_file(place->root, "elsewhere/lock", "");
	temp_tree_link(place->root, "helper", "elsewhere");
	assert_int_equal(take(place, 0, &fd, holder), -ENOTDIR);
	temp_tree_remove(place->root, "helper");
	temp_tree_link(place->root, "helper/lock", "../elsewhere/lock");
	assert_int_equal(take(place, 0, &fd, holder), -ELOOP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_one_at_a_time),	   TEST(test_not_inherited),
		TEST(test_nobody_else_gets_at_it), TEST(test_a_lock_on_the_folder_is_nothing),
		TEST(test_links_are_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

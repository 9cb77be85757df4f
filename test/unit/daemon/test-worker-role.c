// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a worker can still do that has given up its rights, and all the ways back to root that it
 * does not find. Each try is a process of its own: there is no way back, for a test neither.
 */
#include "daemon/helper/worker-role.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-look.h"
#include "test/lib/temp-tree.h"
#include "util/cleanup.h"
#include "util/json.h"

#define USER 61000 /* of nobody's */

struct place {
	char *root;
	char secret[64]; /* a file that only root may read */
	pid_t victim;	 /* a process of root's */
};

/* 0 when it worked, as it must not; else an errno */
typedef int (*attempt_fn)(const struct place *place);

static int result(long value)
{
	return value < 0 ? errno : 0;
}

static int back_by_setuid(const struct place *place)
{
	(void)place;
	return result(setuid(0));
}

static int back_by_setresuid(const struct place *place)
{
	(void)place;
	return result(syscall(SYS_setresuid, 0, 0, 0));
}

/* setfsuid() itself never fails. */
static int back_by_setfsuid(const struct place *place)
{
	(void)syscall(SYS_setfsuid, 0);
	return result(open(place->secret, O_RDONLY | O_CLOEXEC));
}

static int back_by_groups(const struct place *place)
{
	const gid_t root = 0;

	(void)place;
	return result(setgroups(1, &root));
}

static int back_by_capset(const struct place *place)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .permitted = 1u << CAP_SETUID, .effective = 1u << CAP_SETUID }
	};

	(void)place;
	return result(syscall(SYS_capset, &header, data));
}

static int back_by_a_program(const struct place *place)
{
	char *const arguments[] = { (char *)"su", NULL };

	(void)place;
	return result(execv("/bin/su", arguments));
}

static int back_by_a_namespace(const struct place *place)
{
	(void)place;
	return result(unshare(CLONE_NEWUSER));
}

static int write_a_file(const struct place *place)
{
	return result(open(place->secret, O_WRONLY | O_CLOEXEC));
}

static int read_a_file(const struct place *place)
{
	return result(open(place->secret, O_RDONLY | O_CLOEXEC));
}

static int change_a_mode(const struct place *place)
{
	return result(chmod(place->secret, 0666));
}

static int make_a_file(const struct place *place)
{
	return result(openat(AT_FDCWD, "/tmp/cxlfm-test-of-a-worker", O_CREAT | O_RDWR, 0600));
}

static int open_by_handle(const struct place *place)
{
	(void)place;
	return result(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY));
}

static int kill_root(const struct place *place)
{
	return result(kill(place->victim, SIGTERM));
}

static int kill_all(const struct place *place)
{
	(void)place;
	return result(kill(-1, 0));
}

static int limit_root(const struct place *place)
{
	const struct rlimit none = { 0 };

	return result(prlimit(place->victim, RLIMIT_NOFILE, &none, NULL));
}

static int look_into_root(const struct place *place)
{
	return result(ptrace(PTRACE_SEIZE, place->victim, NULL, NULL));
}

static int take_a_descriptor(const struct place *place)
{
	return result(syscall(SYS_pidfd_open, place->victim, 0));
}

static int talk_to_others(const struct place *place)
{
	(void)place;
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int be_looked_into_again(const struct place *place)
{
	(void)place;
	return result(prctl(PR_SET_DUMPABLE, 1));
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static pid_t start_in_role(enum worker_role role, const struct place *place, attempt_fn attempt)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	if (worker_role_enter(role, USER) < 0)
		_exit(255);
	_exit(attempt(place));
}

static void assert_fails(enum worker_role role, const struct place *place, attempt_fn attempt,
			 const char *name)
{
	int status;
	pid_t child = start_in_role(role, place, attempt);

	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status))
		fail_msg("%s: signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status) != EPERM && WEXITSTATUS(status) != EACCES)
		fail_msg("%s as %s: %s", name, role == WORKER_READER ? "reader" : "parser",
			 WEXITSTATUS(status) ? strerror(WEXITSTATUS(status)) : "it worked");
}

static void test_no_way_back(void **state)
{
#define TRY(attempt) { attempt, #attempt }
	static const struct {
		attempt_fn attempt;
		const char *name;
	} tries[] = {
		TRY(back_by_setuid),
		TRY(back_by_setresuid),
		TRY(back_by_groups),
		TRY(back_by_capset),
		TRY(back_by_a_program),
		TRY(back_by_a_namespace),
		TRY(write_a_file),
		TRY(change_a_mode),
		TRY(make_a_file),
		TRY(open_by_handle),
		TRY(kill_root),
		TRY(kill_all),
		TRY(limit_root),
		TRY(look_into_root),
		TRY(take_a_descriptor),
		TRY(talk_to_others),
		TRY(be_looked_into_again),
	};
	const struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		assert_fails(WORKER_READER, place, tries[i].attempt, tries[i].name);
		assert_fails(WORKER_PARSER, place, tries[i].attempt, tries[i].name);
	}
}

/* The reader may read what only root may: but only where there is something to be read. */
static void test_files_of_others(void **state)
{
	const struct place *place = *state;

	assert_fails(WORKER_PARSER, place, read_a_file, "read_a_file");
	assert_fails(WORKER_PARSER, place, back_by_setfsuid, "back_by_setfsuid");
	if (!has_landlock())
		skip();
	assert_fails(WORKER_READER, place, read_a_file, "read_a_file");
	assert_fails(WORKER_READER, place, back_by_setfsuid, "back_by_setfsuid");
}

static int look_at_the_host(const struct place *place)
{
	_cleanup_json_ struct json_object *record = NULL;
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_close_ int written = -1;
	char file[TOPOLOGY_FILE_MAX];
	int rc;

	(void)place;
	rc = topology_read(NULL, file, &topology);
	record = rc == 0 ? topology_to_json(topology) : NULL;
	written = memfd_create("test", MFD_CLOEXEC);
	if (!record || written < 0)
		return rc < 0 ? -rc : ENOMEM;
	return write(written, "x", 1) == 1 ? 0 : errno;
}

static void test_a_reader_reads(void **state)
{
	int status;
	pid_t child = start_in_role(WORKER_READER, *state, look_at_the_host);

	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static uint64_t status_number(const char *status, const char *key, int base)
{
	const char *at = strstr(status, key);

	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, base);
}

static void read_status(pid_t pid, char *text, size_t size)
{
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	(void)fclose(file);
}

static int wait_to_be_killed(const struct place *place)
{
	const struct timespec pause = { .tv_sec = 60 };

	(void)place;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL) == 0)
		;
	return 0;
}

static bool is_caged(pid_t pid, char *status, size_t size)
{
	read_status(pid, status, size);
	return status_number(status, "\nSeccomp:\t", 10) == 2;
}

/* As the kernel has it: every one of its users and groups, and each set of capabilities. */
static void test_identity(void **state)
{
	static const struct {
		enum worker_role role;
		uint64_t capabilities;
	} roles[] = { { WORKER_READER, 1u << CAP_DAC_READ_SEARCH }, { WORKER_PARSER, 0 } };
	char text[8192];

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		pid_t child = start_in_role(roles[i].role, *state, wait_to_be_killed);

		assert_true(child > 0);
		while (!is_caged(child, text, sizeof(text)))
			(void)sched_yield();
		assert_non_null(strstr(text, "\nUid:\t61000\t61000\t61000\t61000\n"));
		assert_non_null(strstr(text, "\nGid:\t65534\t65534\t65534\t65534\n"));
		assert_true(strstr(text, "\nGroups:\t \n") || strstr(text, "\nGroups:\t\n"));
		assert_int_equal(status_number(text, "\nCapPrm:\t", 16), roles[i].capabilities);
		assert_int_equal(status_number(text, "\nCapEff:\t", 16), roles[i].capabilities);
		assert_int_equal(status_number(text, "\nCapInh:\t", 16), 0);
		assert_int_equal(status_number(text, "\nCapAmb:\t", 16), 0);
		assert_int_equal(status_number(text, "\nNoNewPrivs:\t", 10), 1);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
	}
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->root = temp_tree_new();
	assert_int_equal(chmod(place->root, 0755), 0);
	temp_tree_file(place->root, "secret", "x");
	(void)snprintf(place->secret, sizeof(place->secret), "%s/secret", place->root);
	assert_int_equal(chmod(place->secret, 0600), 0);
	place->victim = fork();
	if (place->victim == 0)
		for (;;)
			(void)pause();
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	assert_int_equal(kill(place->victim, SIGKILL), 0);
	assert_int_equal(waitpid(place->victim, NULL, 0), place->victim);
	temp_tree_free(place->root);
	free(place);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_way_back),
		TEST(test_files_of_others),
		TEST(test_a_reader_reads),
		TEST(test_identity),
	};

	if (geteuid() != 0) {
		(void)puts("only root has something to give up");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

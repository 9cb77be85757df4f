// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot ID where the kernel does not tell it.
 */
#include "daemon/observe/boot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <cmocka.h>

int __wrap_sd_id128_get_boot(sd_id128_t *ret);

/* As without /proc. */
int __wrap_sd_id128_get_boot(sd_id128_t *ret)
{
	(void)ret;
	return -ENOENT;
}

/* The ID that another start of the daemon has. */
static void read_anew(char text[static SD_ID128_UUID_STRING_MAX])
{
	int pipe_fds[2];
	pid_t child;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(write(pipe_fds[1], boot_id(), SD_ID128_UUID_STRING_MAX) ==
				      SD_ID128_UUID_STRING_MAX
			      ? 0
			      : 1);
	assert_int_equal(read(pipe_fds[0], text, SD_ID128_UUID_STRING_MAX),
			 SD_ID128_UUID_STRING_MAX);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

/* Names that were noted in one unknown boot are not those of another one. */
static void two_unknown_boots_are_not_alike(void **state)
{
	char first[SD_ID128_UUID_STRING_MAX], second[SD_ID128_UUID_STRING_MAX];

	(void)state;
	read_anew(first);
	read_anew(second);
	assert_string_not_equal(first, second);
}

static void it_stays_while_the_daemon_runs(void **state)
{
	const char *id = boot_id();

	(void)state;
	assert_int_equal(strlen(id), SD_ID128_UUID_STRING_MAX - 1);
	assert_string_equal(boot_id(), id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_unknown_boots_are_not_alike),
		cmocka_unit_test(it_stays_while_the_daemon_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

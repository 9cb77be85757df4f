// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors 0 to 2, and those that were inherited. Effect on the process only. */
#include "util/process-fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int process_fds_open_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Opened the wrong way around: a write to a lost standard output has to fail. */
		const int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open() returns the lowest free descriptor: all below this one are open by now. */
		if (open("/dev/null", flags) != fd)
			return errno ? -errno : -EIO;
	}
	return 0;
}

int process_fds_leave_terminal(void)
{
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		rc = -errno;
	(void)close(fd);
	return rc;
}

/* A kernel without close_range() (before 5.9) leaves the descriptors open, which does no harm here.
 */
void process_fds_keep_only(int first, int count)
{
	if (first > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned int)first - 1, 0);
	(void)close_range((unsigned int)(first + count), ~0U, 0);
}

int process_fds_end_output(void)
{
	const int failed = ferror(stdout) ? EIO : 0;

	errno = 0;
	if (fclose(stdout) != 0)
		return errno ? -errno : -EIO;
	return -failed;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock of the process that changes the host.
 *
 * It is a record lock and not flock(): the kernel tells the holder of a record lock, and a child
 * does not inherit it.
 */
#include "daemon/helper/host-lock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/clock.h"

#define LOCK_FILE "lock"

/* Checks that the file is this user's, and that others can't open, make or rename it. */
static int check_private(int fd, mode_t others)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return status.st_uid == geteuid() && !(status.st_mode & others) ? 0 : -EPERM;
}

int host_lock_open_folder(const char *folder)
{
	_cleanup_close_ int fd = -1;
	int rc;

	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = check_private(fd, S_IWGRP | S_IWOTH);
	return rc < 0 ? rc : TAKE_FD(fd);
}

static int open_file(int folder_fd)
{
	_cleanup_close_ int fd =
		openat(folder_fd, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return -errno;
	rc = check_private(fd, S_IRWXG | S_IRWXO);
	return rc < 0 ? rc : TAKE_FD(fd);
}

static void read_comm(pid_t pid, char comm[static 17])
{
	char path[sizeof("/proc//comm") + 3 * sizeof(pid)];
	_cleanup_fclose_ FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(comm, 17, file))
		(void)snprintf(comm, 17, "a process");
	comm[strcspn(comm, "\n")] = '\0';
	for (char *c = comm; *c; c++)
		if (!isascii(*c) || !isprint((unsigned char)*c))
			*c = '?';
}

/* For a holder in another PID namespace the kernel tells no number. */
static void name_holder(pid_t pid, char holder[static HOST_LOCK_HOLDER_MAX])
{
	char comm[17];

	if (pid <= 0) {
		(void)snprintf(holder, HOST_LOCK_HOLDER_MAX, "a process of a container");
		return;
	}
	read_comm(pid, comm);
	(void)snprintf(holder, HOST_LOCK_HOLDER_MAX, "%s (pid %d)", comm, pid);
}

/* Returns 0; -EUSERS and the holder; other negative errno. */
static int try(int fd, char holder[static HOST_LOCK_HOLDER_MAX])
{
	for (;;) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

		if (fcntl(fd, F_SETLK, &lock) == 0)
			return 0;
		if (errno != EACCES && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (fcntl(fd, F_GETLK, &lock) < 0)
			return -errno;
		/* The holder has gone meanwhile. */
		if (lock.l_type == F_UNLCK)
			continue;
		name_holder(lock.l_pid, holder);
		return -EUSERS;
	}
}

int host_lock_take(int folder_fd, uint64_t deadline_ms, int *ret_fd,
		   char holder[static HOST_LOCK_HOLDER_MAX])
{
	_cleanup_close_ int fd = open_file(folder_fd);
	unsigned int nap_us = CLOCK_NAP_FIRST_US;
	int rc;

	if (fd < 0)
		return fd;
	while ((rc = try(fd, holder)) == -EUSERS && clock_now_ms() < deadline_ms)
		clock_nap(&nap_us);
	if (rc == 0)
		*ret_fd = TAKE_FD(fd);
	return rc;
}

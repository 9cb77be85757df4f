// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and writing attributes below a sysfs root. Effect: called only by step-sysfs.c and its
 * neighbours.
 */
#include "cxl/step/sysfs-io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cxl/step/write-alarm.h"
#include "util/cleanup.h"
#include "util/clock.h"

/*
 * Time to repeat a write that fails with EAGAIN. A device may be in sysfs before it can be bound:
 * bind answers EAGAIN until device_add() is through (device_driver_attach(), and bind_store() for
 * deferred probes).
 */
#define WRITE_AGAIN_MS 5000

/* Opens without links and "..", so that concurrent renames and mounts do not matter. */
static int open_beneath(int root_fd, const char *path)
{
	const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* Cuts the last component off @path; false when @path has none. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (*path == '\0')
		return false;
	*(slash ? slash : path) = '\0';
	return true;
}

static int go_down(char path[static PATH_MAX], const char *name, size_t length)
{
	size_t end = strlen(path);

	if (length >= PATH_MAX - 1 - end)
		return -ENAMETOOLONG;
	if (end > 0)
		path[end++] = '/';
	memcpy(path + end, name, length);
	path[end + length] = '\0';
	return 0;
}

int sysfs_resolve(int root_fd, char path[static PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(root_fd, path, target, sizeof(target) - 1);
	int rc = 0;

	if (length < 0)
		return -errno;
	target[length] = '\0';
	if (target[0] == '/')
		return -EXDEV;
	(void)go_up(path);
	for (const char *name = target; rc == 0 && *name; name += strspn(name, "/")) {
		const size_t size = strcspn(name, "/");

		if (size == 2 && strncmp(name, "..", 2) == 0)
			rc = go_up(path) ? 0 : -EXDEV;
		else if (size != 1 || *name != '.')
			rc = go_down(path, name, size);
		name += size;
	}
	return rc;
}

/*
 * While any process on the host renames or mounts something, openat2() does not follow ".." beneath
 * a directory and answers EAGAIN, every time. So the ".." in the link to an object is resolved
 * here. One link is enough: sysfs moves no folder, and the resolved path has no links.
 */
int sysfs_open(int root_fd, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	int length, rc;

	va_start(arguments, format);
	length = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	/* Most objects are reached by a link. A path that is no link stays unchanged. */
	rc = sysfs_resolve(root_fd, path);
	return rc < 0 && rc != -EINVAL ? rc : open_beneath(root_fd, path);
}

int sysfs_read(int directory, const char *attribute, char value[static SYSFS_VALUE_MAX])
{
	_cleanup_close_ int fd = openat(directory, attribute, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	/* The CXL core takes its locks interruptibly: a debugger or a suspend may end a read. */
	do
		length = read(fd, value, SYSFS_VALUE_MAX);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if (length == SYSFS_VALUE_MAX)
		return -EMSGSIZE;
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int sysfs_read_number(int directory, const char *attribute, int base, uint64_t *ret_number)
{
	char value[SYSFS_VALUE_MAX];
	uint64_t number;
	char *end;
	int rc = sysfs_read(directory, attribute, value);

	if (rc < 0)
		return rc;
	errno = 0;
	number = strtoull(value, &end, base);
	if (errno || end == value || *end != '\0' || value[0] == '-')
		return -EPROTO;
	*ret_number = number;
	return 0;
}

static int write_once(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t written = write(fd, text, length);

	if (written < 0)
		return -errno;
	return (size_t)written == length ? 0 : -EIO;
}

static bool is_to_be_tried_again(int rc, uint64_t again_until_ms)
{
	return rc == -EINTR || (rc == -EAGAIN && clock_now_ms() < again_until_ms);
}

static int write_until(int fd, const char *text, uint64_t deadline_ms)
{
	const uint64_t again_until_ms = clock_sooner_ms(deadline_ms, WRITE_AGAIN_MS);
	unsigned int nap_us = CLOCK_NAP_FIRST_US;
	int rc;

	do {
		if (write_alarm_nobody_waits())
			return -ECANCELED;
		if (clock_now_ms() >= deadline_ms)
			return -ETIMEDOUT;
		rc = write_once(fd, text);
		if (rc == -EAGAIN)
			clock_nap(&nap_us);
	} while (is_to_be_tried_again(rc, again_until_ms));
	return rc;
}

int sysfs_write(int directory, const char *attribute, const char *text, uint64_t deadline_ms)
{
	_cleanup_close_ int fd = openat(directory, attribute, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct write_alarm alarm;
	int rc;

	if (fd < 0)
		return -errno;
	/* A deadline beyond the range of a timer needs no timer. */
	if (deadline_ms / 1000 > INT_MAX)
		return write_until(fd, text, deadline_ms);
	rc = write_alarm_set(&alarm, deadline_ms);
	if (rc < 0)
		return rc;
	rc = write_until(fd, text, deadline_ms);
	write_alarm_clear(&alarm);
	return rc;
}

int sysfs_link_name(int directory, const char *link, char value[static SYSFS_VALUE_MAX])
{
	char target[PATH_MAX];
	const char *name;
	ssize_t length = readlinkat(directory, link, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= SYSFS_VALUE_MAX)
		return -EMSGSIZE;
	(void)strcpy(value, name);
	return 0;
}

int sysfs_exists(int directory, const char *name)
{
	if (faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT || errno == ENODEV ? 0 : -errno;
}

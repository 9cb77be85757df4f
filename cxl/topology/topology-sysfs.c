// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of sysfs. Effect: reads files. Called by the readers of topology.
 */
#include "cxl/topology/topology-sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"

static bool make_path(char path[static PATH_MAX], const char *format, va_list arguments)
{
	int length = vsnprintf(path, PATH_MAX, format, arguments);

	return length >= 0 && length < PATH_MAX;
}

static bool read_path(const struct sysfs *sysfs, const char *path,
		      char value[static SYSFS_VALUE_MAX])
{
	_cleanup_close_ int fd = openat(sysfs->root_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	value[0] = '\0';
	if (fd < 0)
		return false;
	do
		length = read(fd, value, SYSFS_VALUE_MAX - 1);
	while (length < 0 && errno == EINTR);
	if (length < 0) {
		value[0] = '\0';
		return false;
	}
	while (length > 0 && value[length - 1] == '\n')
		length--;
	value[length] = '\0';
	return true;
}

bool sysfs_text(const struct sysfs *sysfs, char value[static SYSFS_VALUE_MAX], const char *format,
		...)
{
	char path[PATH_MAX];
	va_list arguments;
	bool made;

	value[0] = '\0';
	va_start(arguments, format);
	made = make_path(path, format, arguments);
	va_end(arguments);
	return made && read_path(sysfs, path, value);
}

uint64_t sysfs_number(const struct sysfs *sysfs, int base, uint64_t otherwise, const char *format,
		      ...)
{
	char path[PATH_MAX], value[SYSFS_VALUE_MAX], *end;
	va_list arguments;
	uint64_t number;
	bool made;

	va_start(arguments, format);
	made = make_path(path, format, arguments);
	va_end(arguments);
	if (!made || !read_path(sysfs, path, value) || value[0] == '\0' || value[0] == '-')
		return otherwise;
	errno = 0;
	number = strtoull(value, &end, base);
	return *end == '\0' && errno == 0 ? number : otherwise;
}

bool sysfs_link(const struct sysfs *sysfs, char target[static SYSFS_VALUE_MAX], const char *format,
		...)
{
	char path[PATH_MAX];
	va_list arguments;
	ssize_t length;
	bool made;

	target[0] = '\0';
	va_start(arguments, format);
	made = make_path(path, format, arguments);
	va_end(arguments);
	if (!made)
		return false;
	length = readlinkat(sysfs->root_fd, path, target, SYSFS_VALUE_MAX - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return true;
}

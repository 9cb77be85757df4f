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

static bool make_path(char path[static PATH_MAX], const char *format, va_list arguments)
{
	int length = vsnprintf(path, PATH_MAX, format, arguments);

	return length >= 0 && length < PATH_MAX;
}

/* ENXIO: the attribute has no value in this state, such as a target beyond the region's ways. */
static bool has_vanished(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ENODEV || error == -ENXIO;
}

void sysfs_failed(const struct sysfs *sysfs, const char *path, int error)
{
	struct sysfs_failure *failure = sysfs->failure;
	char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)], folder[300];
	ssize_t length;

	if (!failure || failure->error || has_vanished(error))
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", sysfs->root_fd);
	length = readlink(link, folder, sizeof(folder) - 1);
	folder[length > 0 ? length : 0] = '\0';
	failure->error = error;
	(void)snprintf(failure->file, sizeof(failure->file), "%s/%.200s", folder, path);
}

int sysfs_open_folder(const struct sysfs *above, const char *path)
{
	int fd = openat(above->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		sysfs_failed(above, path, -errno);
	return fd;
}

DIR *sysfs_folder(const struct sysfs *above, const char *path)
{
	DIR *folder = NULL;
	int rc = folder_open(above->root_fd, path, &folder);

	if (rc < 0)
		sysfs_failed(above, path, rc);
	return folder;
}

int sysfs_open_attribute(const struct sysfs *sysfs, const char *path)
{
	int fd = openat(sysfs->root_fd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != EACCES && errno != EPERM)
		sysfs_failed(sysfs, path, -errno);
	return fd;
}

static bool read_path(const struct sysfs *sysfs, const char *path,
		      char value[static SYSFS_VALUE_MAX])
{
	_cleanup_close_ int fd = sysfs_open_attribute(sysfs, path);
	ssize_t length;

	value[0] = '\0';
	if (fd < 0)
		return false;
	do
		length = read(fd, value, SYSFS_VALUE_MAX - 1);
	while (length < 0 && errno == EINTR);
	if (length < 0) {
		sysfs_failed(sysfs, path, -errno);
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
	if (length < 0) {
		/* EINVAL: it is no link. */
		if (errno != EINVAL)
			sysfs_failed(sysfs, path, -errno);
		return false;
	}
	target[length] = '\0';
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names in a folder.
 */
#include "util/folder.h"

#include <errno.h>
#include <fcntl.h>

int folder_take(int fd, DIR **ret_folder)
{
	DIR *folder = fdopendir(fd);
	const int rc = folder ? 0 : -errno;

	if (folder)
		*ret_folder = folder;
	else
		(void)close(fd);
	return rc;
}

int folder_open(int above_fd, const char *path, DIR **ret_folder)
{
	const int fd = openat(above_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : folder_take(fd, ret_folder);
}

int folder_next(DIR *folder, const char **ret_name)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(folder);
	} while (entry && entry->d_name[0] == '.');
	if (!entry)
		return -errno;
	*ret_name = entry->d_name;
	return 1;
}

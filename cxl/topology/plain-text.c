// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of text, line by line.
 */
#include "cxl/topology/plain-text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/cleanup.h"

int plain_open(int root_fd, const char *path, FILE **ret_file)
{
	_cleanup_close_ int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

	if (!file)
		return -errno;
	(void)TAKE_FD(fd);
	*ret_file = file;
	return 0;
}

int plain_line(FILE *file, char *line, size_t size, bool *ret_is_whole)
{
	size_t length;
	int c = '\n';

	errno = 0;
	if (!fgets(line, (int)size, file))
		return ferror(file) ? -errno : 0;
	length = strlen(line);
	*ret_is_whole = length > 0 && line[length - 1] == '\n';
	if (*ret_is_whole)
		line[length - 1] = '\0';
	else
		while ((c = getc_unlocked(file)) != EOF && c != '\n')
			continue;
	return c == EOF && ferror(file) ? -errno : 1;
}

int plain_first_line(int root_fd, const char *path, char *line, size_t size)
{
	_cleanup_fclose_ FILE *file = NULL;
	bool is_whole;
	int rc = plain_open(root_fd, path, &file);

	*line = '\0';
	if (rc == 0)
		rc = plain_line(file, line, size, &is_whole);
	return rc < 0 ? rc : 0;
}

const char *plain_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

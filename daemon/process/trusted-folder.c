// SPDX-License-Identifier: GPL-2.0-only
/* Checks whether a folder can be trusted, and makes one. Touches no files but folders. */
#include "daemon/process/trusted-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

static bool is_ours(const struct stat *status)
{
	const bool owner = status->st_uid == 0 || status->st_uid == geteuid();
	const bool alone = !(status->st_mode & (S_IWGRP | S_IWOTH));

	return S_ISDIR(status->st_mode) && owner && (alone || status->st_mode & S_ISVTX);
}

static int check_one(const char *path, char **ret_culprit)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return -errno;
	if (is_ours(&status))
		return 0;
	*ret_culprit = strdup(path);
	return *ret_culprit ? -EPERM : -ENOMEM;
}

/* Checks from the root folder down: a folder that passed can't be replaced afterwards. */
int trusted_folder_check(const char *folder, char **ret_culprit)
{
	_cleanup_free_ char *path = realpath(folder, NULL);
	int rc;

	if (!path)
		return -errno;
	rc = check_one("/", ret_culprit);
	for (char *at = path + 1; rc == 0 && at[-1] && *at; at++) {
		char *end = strchrnul(at, '/');
		const char kept = *end;

		*end = '\0';
		rc = check_one(path, ret_culprit);
		*end = kept;
		if (!kept)
			break;
		at = end;
	}
	return rc;
}

static int give(const char *folder, mode_t mode, uid_t uid, gid_t gid)
{
	_cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fchmod(fd, mode) < 0)
		return -errno;
	if (uid != (uid_t)-1 && fchown(fd, uid, gid) < 0)
		return -errno;
	return 0;
}

int trusted_folder_make(const char *folder, mode_t mode, uid_t uid, gid_t gid, char **ret_culprit)
{
	_cleanup_free_ char *copy = strdup(folder);
	int rc;

	if (!copy)
		return -ENOMEM;
	rc = trusted_folder_check(dirname(copy), ret_culprit);
	if (rc < 0)
		return rc;
	if (mkdir(folder, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	return give(folder, mode, uid, gid);
}

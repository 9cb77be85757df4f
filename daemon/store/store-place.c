// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners, modes and links of a store's folder and files.
 */
#include "daemon/store/store-place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/store-file.h"
#include "util/cleanup.h"

/* The rights that others must not have on it. */
#define OTHERS (S_IRWXG | S_IRWXO)

/* The suffixes of a store's files; the first file is the database. */
static const char *const suffixes[] = { "", "-wal", "-journal", "-shm", "-mark" };

/* Reports the error of a system call. */
static int system_problem(const char *path, char **problem)
{
	const int system_errno = errno;

	return store_file_problem(path, store_file_system_error(system_errno),
				  strerror(system_errno), problem);
}

/*
 * Takes a folder that can be trusted: one of this user, without rights of others, or root's. A
 * sticky folder will do, because take_file() checks each file in it.
 */
static int take_folder(int fd, const char *path, char **problem)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return system_problem(path, problem);
	if (status.st_uid == geteuid() && (status.st_mode & OTHERS) && !(status.st_mode & S_ISVTX))
		return fchmod(fd, status.st_mode & S_IRWXU) < 0 ? system_problem(path, problem) : 0;
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return store_file_problem(path, -EROFS, "its folder belongs to another user",
					  problem);
	/* Without this check SQLite would only report that the file does not exist. */
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return system_problem(path, problem);
	return 0;
}

static int mend_mode(int folder, const char *name)
{
	_cleanup_close_ int fd =
		openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	return fchmod(fd, status.st_mode & S_IRWXU);
}

static const char *kind_of(const struct stat *status)
{
	if (S_ISLNK(status->st_mode) || (S_ISREG(status->st_mode) && status->st_nlink != 1))
		return "a link";
	if (S_ISDIR(status->st_mode))
		return "a folder";
	return S_ISREG(status->st_mode) ? NULL : "no file";
}

static int refuse_kind(const char *path, const char *suffix, const char *kind, char **problem)
{
	char detail[32];

	(void)snprintf(detail, sizeof(detail), "its %s is %s", suffix, kind);
	return store_file_not_a_store(path, *suffix ? detail : kind, problem);
}

static int take_file(int folder, const char *base, const char *suffix, const char *path,
		     char **problem)
{
	char name[NAME_MAX + 1];
	struct stat status;

	if (snprintf(name, sizeof(name), "%s%s", base, suffix) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return system_problem(path, problem);
	}
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : system_problem(path, problem);
	if (kind_of(&status))
		return refuse_kind(path, suffix, kind_of(&status), problem);
	if (status.st_uid != geteuid())
		return store_file_problem(path, -EROFS, "it belongs to another user", problem);
	if ((status.st_mode & OTHERS) && mend_mode(folder, name) < 0)
		return system_problem(path, problem);
	return 0;
}

/* Splits a path into its folder ("." for none) and its name. */
static int split(const char *path, char **ret_folder, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	if (!slash)
		*ret_folder = strdup(".");
	else
		*ret_folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return *ret_folder ? 0 : -ENOMEM;
}

int store_place_take(const char *path, char **ret_path, char **problem)
{
	_cleanup_free_ char *folder = NULL, *resolved = NULL;
	_cleanup_close_ int fd = -1;
	const char *name;
	int rc;

	rc = split(path, &folder, &name);
	if (rc < 0)
		return rc;
	resolved = realpath(folder, NULL);
	if (!resolved && errno == ENOMEM)
		return -ENOMEM;
	if (!resolved)
		return system_problem(path, problem);
	if (*name == '\0')
		return store_file_not_a_store(path, "a folder", problem);
	fd = open(resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return system_problem(path, problem);
	rc = take_folder(fd, path, problem);
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(suffixes); i++)
		rc = take_file(fd, name, suffixes[i], path, problem);
	if (rc == 0 && asprintf(ret_path, "%s/%s", resolved, name) < 0)
		rc = -ENOMEM;
	return rc;
}

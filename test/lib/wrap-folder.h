/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders that can't be opened, or not be read to their end, as when memory is short. The linker's
 * --wrap redirects the calls of our code to these functions; the test's meson.build names them.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <string.h>

enum wrap_folder {
	FOLDER_IS_READ,
	FOLDER_IS_NOT_OPENED, /* fdopendir() takes memory */
	FOLDER_IS_READ_BY_HALF,
};

/* The behaviour of the next folders; set by a test. */
static enum wrap_folder wrap_folder;

DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
struct dirent *__real_readdir64(DIR *folder);
struct dirent *__wrap_readdir64(DIR *folder);

DIR *__wrap_fdopendir(int fd)
{
	if (wrap_folder != FOLDER_IS_NOT_OPENED)
		return __real_fdopendir(fd);
	errno = ENOMEM;
	return NULL;
}

struct dirent *__wrap_readdir64(DIR *folder)
{
	if (wrap_folder != FOLDER_IS_READ_BY_HALF)
		return __real_readdir64(folder);
	errno = EIO;
	return NULL;
}

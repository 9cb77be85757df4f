/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names in a folder. Effect: reads folders. A folder that can't be opened, or not be read to
 * its end, is an error and never an empty folder: whoever finds nothing in a folder may take that
 * for a reason to act.
 */
#pragma once

#include <dirent.h>

#include "util/cleanup.h"

DEFINE_CLEANUP(DIR *, closedir)
#define _cleanup_folder_ _cleanup_(closedirp)

/**
 * folder_take() - makes a folder of a descriptor
 * @fd: an open directory, which belongs to the folder from now on, and is closed after a failure
 * @ret_folder: to be closed with closedir()
 *
 * Return: 0 or negative errno.
 */
int folder_take(int fd, DIR **ret_folder);

/**
 * folder_open() - opens a folder by its path below another one
 * @above_fd: a directory, or AT_FDCWD
 * @ret_folder: to be closed with closedir()
 *
 * Return: 0 or negative errno.
 */
int folder_open(int above_fd, const char *path, DIR **ret_folder);

/**
 * folder_next() - the next name in a folder, without those that begin with a dot
 * @ret_name: valid until the next call
 *
 * Return: 1; 0 at the end; negative errno.
 */
int folder_next(DIR *folder, const char **ret_name);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a process of root's may act by name. In a folder that somebody else may write, a name can
 * become another file's between any two system calls; where nobody else may write from the root
 * folder down, a name stays what it is.
 */
#pragma once

#include <sys/types.h>

/**
 * trusted_folder_check() - whether only root, and this process's user, can change what a path leads
 * to
 * @folder: is there
 * @ret_culprit: with -EPERM, the first folder on the way, or below it, that others can change; to
 * be freed
 *
 * A folder with the sticky bit will do: what is ours in it stays ours.
 *
 * Return: 0; -EPERM when others can; another negative errno.
 */
int trusted_folder_check(const char *folder, char **ret_culprit);

/**
 * trusted_folder_make() - makes a folder in one that only we can change
 * @mode: as it is to be, whatever the umask says
 * @uid, @gid: whose it is to be; (uid_t)-1 to leave that as it is
 * @ret_culprit: as above
 *
 * One that is there stays as it is.
 *
 * Return: 0; -EPERM; another negative errno.
 */
int trusted_folder_make(const char *folder, mode_t mode, uid_t uid, gid_t gid, char **ret_culprit);

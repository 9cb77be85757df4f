/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders in which a process of root may use names. In a folder that another user may write, a name
 * can become the name of another file between any two system calls. If only root may write all
 * folders from the root folder down, a name keeps its file.
 */
#pragma once

#include <sys/types.h>

/**
 * trusted_folder_check() - can only root and the user of this process change where a path leads?
 * @folder: an existing folder
 * @ret_culprit: with -EPERM, the first folder on the way, or below it, that others can change; the
 * caller frees the text
 *
 * A folder with the sticky bit is accepted: others can't rename or remove files of this process in
 * it.
 *
 * Return: 0; -EPERM when others can; another negative errno.
 */
int trusted_folder_check(const char *folder, char **ret_culprit);

/**
 * trusted_folder_make() - makes a folder inside a trusted folder
 * @mode: the mode of the new folder, whatever the umask is
 * @uid, @gid: the owner of the new folder; (uid_t)-1 for the user of this process
 * @ret_culprit: as above
 *
 * An existing folder is left unchanged.
 *
 * Return: 0; -EPERM; another negative errno.
 */
int trusted_folder_make(const char *folder, mode_t mode, uid_t uid, gid_t gid, char **ret_culprit);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process may open and call. Effect on the process only, for the rest of its life, and that
 * of all that it starts; no_new_privs has to be set. Called by worker-role.c.
 */
#pragma once

/**
 * worker_cage_files() - nothing can be opened, made or removed any more but by reading below
 * folders
 * @folders: ended by NULL; those that are not there are left out
 *
 * What is open stays so. A kernel without Landlock (before 5.13, or built or booted so) leaves it
 * at what user and capabilities allow.
 *
 * Return: 0 or negative errno.
 */
int worker_cage_files(const char *const *folders);

/**
 * worker_cage_calls() - no system call is made any more but those for reading and answering
 *
 * Others fail with EPERM. No file descriptor of another process, no signal to one, no socket, no
 * other user, no program.
 *
 * Return: 0 or negative errno.
 */
int worker_cage_calls(void);

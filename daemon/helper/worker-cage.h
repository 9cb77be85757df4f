/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits the files that a process may open and the system calls that it may make. Effect on the
 * process and its children, for the rest of their lives; no_new_privs has to be set. Called by
 * worker-role.c.
 */
#pragma once

/**
 * worker_cage_files() - forbids to open, make or remove any file, but for reading below some
 * folders
 * @folders: ended by NULL; folders that don't exist are skipped
 *
 * Open files stay open. On a kernel without Landlock (before 5.13, or built or booted without) only
 * user and capabilities limit the process.
 *
 * Return: 0 or negative errno.
 */
int worker_cage_files(const char *const *folders);

/**
 * worker_cage_calls() - forbids all system calls but those for reading and answering
 *
 * Other calls fail with EPERM: among them are those that take descriptors of another process, send
 * signals, make sockets, change the user or execute a program.
 *
 * Return: 0 or negative errno.
 */
int worker_cage_calls(void);

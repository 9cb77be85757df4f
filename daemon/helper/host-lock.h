/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock on the host: one process at a time changes the host. Effect; runs in a worker of the
 * helper.
 *
 * The lock is a lock on a file that only root can open, in a folder where only root can make or
 * rename files: so nobody else can hold the lock, or put another file in its place.
 */
#pragma once

#include <stdint.h>

#define HOST_LOCK_FOLDER "/run/cxlfm-helper"

/* Long enough for the name of a program (the kernel's comm) and its process ID. */
#define HOST_LOCK_HOLDER_MAX 48

/**
 * host_lock_open_folder() - opens the folder of the lock, and of notes that have to outlive a
 * worker
 * @folder: HOST_LOCK_FOLDER, or the folder of a test; made if it does not exist
 *
 * Return: a descriptor, which the caller owns; -EPERM when others can change the folder; other
 * negative errno.
 */
int host_lock_open_folder(const char *folder);

/**
 * host_lock_take() - takes the lock until the process ends or closes the descriptor
 * @folder_fd: of host_lock_open_folder()
 * @deadline_ms: CLOCK_MONOTONIC
 * @ret_fd: holds the lock; the caller owns it. The process must not close any other descriptor of
 * that file
 * @holder: with -EUSERS, the process that has the lock, for people: "cxlfm-worker (pid 4711)"
 *
 * Return: 0; -EUSERS at the deadline; -EPERM when others can open the file; other negative errno.
 */
int host_lock_take(int folder_fd, uint64_t deadline_ms, int *ret_fd,
		   char holder[static HOST_LOCK_HOLDER_MAX]);

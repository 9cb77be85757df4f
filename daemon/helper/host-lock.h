/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who changes the host: one process at a time. Effect; runs in a worker of the helper.
 *
 * The lock is that of a file which only root can open, in a folder where only root can make or
 * rename any: nobody else can hold it, or be taken for it.
 */
#pragma once

#include <stdint.h>

#define HOST_LOCK_FOLDER "/run/cxlfm-helper"

/* Long enough for the name of a program (the kernel's comm) and its process ID. */
#define HOST_LOCK_HOLDER_MAX 48

/**
 * host_lock_open_folder() - where the lock is, and whatever else has to outlive a worker
 * @folder: HOST_LOCK_FOLDER, or a test's; made if it is not there
 *
 * Return: a descriptor, the caller's; -EPERM when others can have a hand in it; other negative
 * errno.
 */
int host_lock_open_folder(const char *folder);

/**
 * host_lock_take() - takes the lock until the process ends or closes the descriptor
 * @folder_fd: of host_lock_open_folder()
 * @deadline_ms: CLOCK_MONOTONIC
 * @ret_fd: the caller's; of the whole process no other descriptor of the file may be closed
 * @holder: who has it instead, for people: "cxlfm-worker (pid 4711)"; set with -EUSERS
 *
 * Return: 0; -EUSERS at the deadline; -EPERM when others can open the file; other negative errno.
 */
int host_lock_take(int folder_fd, uint64_t deadline_ms, int *ret_fd,
		   char holder[static HOST_LOCK_HOLDER_MAX]);

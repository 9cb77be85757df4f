/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy by which the kernel brings new memory online (auto_online_blocks). The policy is about
 * all memory of the host. So a change may set it only while a CXL region has memory to bring
 * online, and the old policy is restored by the worker of that change, or, if that worker was
 * killed, by the next worker. For step-sysfs.c.
 */
#pragma once

#include <stdint.h>

#include "change/step-perform.h"

/** auto_online_read() - the policy; 0 or negative errno */
int auto_online_read(int root_fd, char value[static STEP_VALUE_MAX]);

/**
 * auto_online_write() - changes the policy
 * @notes_fd: a private folder, for a note of the policy before; -1 for no note
 *
 * Return: 0; -EPERM when no region has memory to bring online; other negative errno.
 */
int auto_online_write(int root_fd, int notes_fd, const char *policy, uint64_t deadline_ms);

/**
 * auto_online_put_back() - restores the policy that the note tells
 *
 * A policy that somebody else has set meanwhile stays.
 *
 * Return: 0, also without a note; negative errno.
 */
int auto_online_put_back(int root_fd, int notes_fd, uint64_t deadline_ms);

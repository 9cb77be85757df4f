/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy by which the kernel brings new memory online (auto_online_blocks). It is the whole
 * host's: so it is only held while a CXL region has memory to bring online, and given back by
 * whoever held it, or by the next one. For step-sysfs.c.
 */
#pragma once

#include <stdint.h>

#include "change/step-perform.h"

/** auto_online_read() - the policy; 0 or negative errno */
int auto_online_read(int root_fd, char value[static STEP_VALUE_MAX]);

/**
 * auto_online_write() - changes the policy
 * @notes_fd: a folder of ours, where it is noted what the policy was before; -1 for nowhere
 *
 * Return: 0; -EPERM when no region has memory that could be meant; other negative errno.
 */
int auto_online_write(int root_fd, int notes_fd, const char *policy, uint64_t deadline_ms);

/**
 * auto_online_put_back() - gives back a policy that was held
 *
 * What somebody else has set meanwhile stays.
 *
 * Return: 0, also when none was held; negative errno.
 */
int auto_online_put_back(int root_fd, int notes_fd, uint64_t deadline_ms);

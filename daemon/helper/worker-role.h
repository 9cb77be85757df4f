/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers that need less than root's rights, and give the rest up for good. Effect on the process
 * only.
 *
 * Such a worker parses untrusted input: sysfs, a device's answers. An attacker who
 * takes the worker over has no way back to root: its user and groups are others for good; it has no
 * capability but the one of its role, and gains none by executing a program; it can open only the
 * files of its role (Landlock, where the kernel has it) and make only the system calls that reading
 * takes; and it can neither look into another process nor send a signal.
 */
#pragma once

#include <sys/types.h>

enum worker_role {
	WORKER_READER, /* opens files below /sys and /proc, also files that only root may read */
	WORKER_PARSER, /* opens no files: the worker has received all of its input */
};

/**
 * worker_role_enter() - gives up all rights that @role does not need, for the rest of the process's
 * life
 * @uid: the user to become; no process of another program may run as this user, since it could
 * disturb the worker
 *
 * A process that does not run as root keeps its user.
 *
 * Return: 0 or negative errno: then the process has to end.
 */
int worker_role_enter(enum worker_role role, uid_t uid);

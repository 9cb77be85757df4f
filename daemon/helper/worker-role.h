/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers that need less than root, and can't have it again. Effect on the process only.
 *
 * What such a worker reads was written by others: libcxl's view of the host, a device's answers. So
 * whoever takes it over has no way back to root: user and groups are others for good, there is no
 * capability but the one named, none can be gained by executing anything, no file but those below
 * can be opened (Landlock, where the kernel has it), no system call but those that reading takes
 * can be made, and no other process can be looked into or be sent a signal.
 */
#pragma once

#include <sys/types.h>

enum worker_role {
	WORKER_READER, /* opens what is below /sys and /proc, also what only root may read */
	WORKER_PARSER, /* opens nothing: what it has to read it has */
};

/**
 * worker_role_enter() - gives up what @role does not need, for the rest of the process's life
 * @uid: whom to become; of nobody else whose processes could disturb this one
 *
 * Besides being privileges less this is what makes a look at the host quick: libcxl flushes the
 * kernel's probe queue and then waits for udev before each directory it reads, unless it may not
 * write /sys/bus/cxl/flush. A snapshot shows what is there now; what is still being probed comes
 * with the uevents that probing causes.
 *
 * A process that is not root's becomes nobody else.
 *
 * Return: 0 or negative errno: then the process has to end.
 */
int worker_role_enter(enum worker_role role, uid_t uid);

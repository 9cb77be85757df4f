/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running host behind the seam of helper-serve.h: sysfs, libcxl, mailboxes. Blocks; runs in a
 * worker of the helper only.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cxl/step/step-sysfs.h"
#include "daemon/helper/helper-serve.h"
#include "util/log.h"

/* A worker's access to the host. */
struct helper_host {
	const struct log *log;
	int fd;	       /* the worker's socket; the daemon, which waits, is at the other end */
	uid_t user;    /* the daemon's: the worker becomes this user where it can do without root */
	bool has_role; /* the worker has given up rights for its role */
	struct step_sysfs sysfs;
	int lock_fd; /* -1 before its first step */
};

/** helper_host_init() - opens sysfs; @fd: the worker's socket; 0 or negative errno */
int helper_host_init(struct helper_host *host, int fd, const struct log *log);

/** helper_host_end() - ends a change: gives back the policy for new memory that the change had set
 */
void helper_host_end(struct helper_host *host);

/* Its context is a struct helper_host. */
extern const struct helper_world helper_world_host;

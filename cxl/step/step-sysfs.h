/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps on the running kernel: plain sysfs, one attribute after the other. Effect; runs in the
 * helper's worker, which has a single thread, lives briefly and may be killed at any point.
 */
#pragma once

#include "change/step-perform.h"
#include "cxl/topology/pmem-use.h"

struct step_sysfs {
	int root_fd;
	/*
	 * A private folder that outlives the process, for notes of values to be restored; closed by
	 * the owner. -1: no notes.
	 */
	int notes_fd;
	/*
	 * The folder of the CXL object whose value was read last: a write goes to the object that
	 * was compared, also when another object has got its name since. -1: none.
	 */
	int object_fd;
	char object[STEP_VALUE_MAX];
};

#define STEP_SYSFS_NULL ((struct step_sysfs){ .root_fd = -1, .notes_fd = -1, .object_fd = -1 })

/**
 * step_sysfs_init() - opens the root
 * @root: "/sys", or a tree of the same shape
 *
 * Return: 0 or negative errno.
 */
int step_sysfs_init(struct step_sysfs *sysfs, const char *root);

void step_sysfs_deinit(struct step_sysfs *sysfs);

/**
 * step_sysfs_give_back() - restores the host's policy for new memory, if a step has changed it
 *
 * Called at the end of a change. The worker of an earlier change may have been killed before the
 * worker could restore the policy: this function restores that policy, too.
 *
 * Return: 0 or negative errno.
 */
int step_sysfs_give_back(const struct step_sysfs *sysfs, uint64_t deadline_ms);

/**
 * step_sysfs_user() - finds who uses what a step would take away: data, or a dax device
 * @deadline_ms: CLOCK_MONOTONIC; the time until which users are looked for
 * @user: receives the user; "" when there is no user, or none can be found
 */
void step_sysfs_user(const struct step_sysfs *sysfs, const struct step *step, uint64_t deadline_ms,
		     char user[static PMEM_USER_MAX]);

/*
 * The context is a struct step_sysfs. A step that step_check() refuses gives -EINVAL; a step that
 * would take data away from its user gives -EADDRINUSE.
 */
extern const struct step_ops step_ops_sysfs;

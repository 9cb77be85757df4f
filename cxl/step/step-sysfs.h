/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps on the running kernel: plain sysfs, one attribute after the other. Effect; runs in the
 * helper's worker, which has a single thread, lives briefly and may be killed at any point.
 */
#pragma once

#include "change/step-perform.h"

struct step_sysfs {
	int root_fd;
	/*
	 * A folder that is ours and outlives us, where it is noted what has to be given back; the
	 * owner's. -1: nowhere.
	 */
	int notes_fd;
};

#define STEP_SYSFS_NULL ((struct step_sysfs){ .root_fd = -1, .notes_fd = -1 })

/**
 * step_sysfs_init() - opens the root
 * @root: "/sys", or a tree of the same shape
 *
 * Return: 0 or negative errno.
 */
int step_sysfs_init(struct step_sysfs *sysfs, const char *root);

void step_sysfs_deinit(struct step_sysfs *sysfs);

/**
 * step_sysfs_give_back() - what is the whole host's, and was only held by steps, is as it was
 *
 * At the end of a change; whoever went before and was killed may have left something, too.
 *
 * Return: 0 or negative errno.
 */
int step_sysfs_give_back(const struct step_sysfs *sysfs, uint64_t deadline_ms);

/**
 * step_sysfs_user() - who uses the data of a region
 * @user: receives it, cut off where it is too long; "" when there is nobody, or it can't be told
 */
void step_sysfs_user(const struct step_sysfs *sysfs, const char *region,
		     char user[static STEP_VALUE_MAX]);

/*
 * The context is a struct step_sysfs. A step that step_check() refuses is -EINVAL, and one that
 * would take data away from whoever uses it -EADDRINUSE.
 */
extern const struct step_ops step_ops_sysfs;

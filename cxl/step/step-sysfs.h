/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps on the running kernel: plain sysfs, one attribute after the other. Effect; runs in the
 * helper's worker, which has a single thread, lives briefly and may be killed at any point.
 */
#pragma once

#include "cxl/step/step-ops.h"

struct step_sysfs {
	int root_fd;
};

#define STEP_SYSFS_NULL ((struct step_sysfs){ .root_fd = -1 })

/**
 * step_sysfs_init() - opens the root
 * @root: "/sys", or a tree of the same shape
 *
 * Return: 0 or negative errno.
 */
int step_sysfs_init(struct step_sysfs *sysfs, const char *root);

void step_sysfs_deinit(struct step_sysfs *sysfs);

/* The context is a struct step_sysfs. A step that step_check() refuses is -EINVAL. */
extern const struct step_ops step_ops_sysfs;

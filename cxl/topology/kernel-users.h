/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users of block devices that are the kernel itself, and not a process: loop devices, targets that
 * export a device to others, swap. Effect: reads sysfs, configfs and /proc. Called by pmem-use.c.
 *
 * The rows are those that open a device without a holder: bdev_file_open_by_path() without one, and
 * filp_open(). All others (device mapper, md, bcache, drbd, zram, file systems, swap) are told by
 * `holders`, and by the kernel, which does not open such a device for a second sole user.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* A use of a block device, or of a file that could not be told from one: the kernel tells of both
 * alike. */
struct kernel_use {
	const char *name; /* the last part of the path that the kernel tells; "" if it tells none */
	dev_t device;	  /* 0 when it is not known */
	const char *how;  /* "behind loop1", "exported by nvmet (nqn/1)" */
};

struct kernel_user_search {
	int sysfs_fd, proc_fd;
	int dev_fd; /* /dev, to follow paths; -1: paths are not followed, and count in "dev" only */
	/* What can't be read for want of rights is left out; otherwise it is an error. */
	bool skips_denied;
	/* Is told of each use. */
	void (*see)(void *context, const struct kernel_use *use);
	void *context;
};

/**
 * kernel_users_find() - tells of the files and block devices that the kernel uses by itself
 *
 * The kernel has the path that somebody wrote, or the path of the file that it has open. So a path
 * is followed, through symbolic links as in /dev/disk/by-id, to the number of its device. No server
 * of a file system is asked: a path that leads to one has a name, and no number. A file of another
 * type is no device, unless the file is in a folder "dev". Of a path that is too long for the
 * kernel nothing is told.
 *
 * Return: 0; -ENOMEM; the errno of what is there and can't be read.
 */
int kernel_users_find(const struct kernel_user_search *search);

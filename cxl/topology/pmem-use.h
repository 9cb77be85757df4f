/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The namespaces of persistent memory that lie in a region, and who uses them: file systems in any
 * mount namespace, swap, devices that are built of the namespaces, programs. Effect: reads sysfs
 * and /proc. Called by the reader of the host, for the planner, and right before a step after which
 * the data could not be reached.
 */
#pragma once

#include <stdint.h>

#include "util/array.h"

#define PMEM_NAME_MAX 64
/* What fits into a record (TOPOLOGY_TEXT_MAX), with its NUL. */
#define PMEM_USER_MAX 256

struct pmem_namespace {
	char name[PMEM_NAME_MAX];   /* namespace0.0 */
	char device[PMEM_NAME_MAX]; /* pmem0, dax0.0; "" for a namespace without device */
	/*
	 * "pmem0 is mounted on /srv, ..."; "" when no user is known. "..." stands for what has no
	 * room.
	 */
	char user[PMEM_USER_MAX];
};

struct pmem_namespace_list {
	ARRAY(struct pmem_namespace) list;
};

/* Where to look. */
struct pmem_roots {
	int sysfs_fd, proc_fd;
	/*
	 * /dev: with this descriptor the devices themselves are tried, too, and programs that have
	 * a device open are searched, which only root can see. -1 for a look that must not disturb
	 * anybody.
	 */
	int dev_fd;
};

/**
 * pmem_namespaces_read() - the namespaces in a range of addresses
 * @start, @size: the range of a CXL region; the nd region in this range belongs to the CXL region
 * (cxl_pmem_region_probe())
 * @until_ms: CLOCK_MONOTONIC; nobody is looked for any more then
 * @ret_list: empty before; the caller frees it with ARRAY_FREE(&ret_list->list), also after a
 * failure
 *
 * A kernel without libnvdimm has no namespaces, and a process that ends uses none.
 *
 * With @roots->dev_fd, not known is never not used: a device whose users could not all be looked
 * for has a user that says so.
 *
 * Return: 0; -ENOMEM; the errno of what is there and can't be read.
 */
int pmem_namespaces_read(const struct pmem_roots *roots, uint64_t start, uint64_t size,
			 uint64_t until_ms, struct pmem_namespace_list *ret_list);

/**
 * pmem_dax_user_read() - a program that has a dax device open or mapped, whatever memory is behind
 * it
 * @roots: with @roots->dev_fd
 * @name: "dax0.0"
 * @until_ms: as above
 * @user: receives the user, or a process of which nobody can tell; "" when there is none
 *
 * Return: as above.
 */
int pmem_dax_user_read(const struct pmem_roots *roots, const char *name, uint64_t until_ms,
		       char user[static PMEM_USER_MAX]);

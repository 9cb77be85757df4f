/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The known users of a memory block that would not go offline: its pages by kind, and the processes
 * with the most memory on its node. Effect; runs in the helper, which may read all of /proc. Reads
 * /proc/PID/numa_maps of every process, which takes some seconds at most.
 *
 * Nothing is told about memory outside of CXL regions, nor about processes of a node that has such
 * memory, too.
 */
#pragma once

struct json_object;

/**
 * block_holders_read_at() - finds the users of a block below other roots than /sys and /proc
 * @block: memoryN; its form is checked
 * @ret_holders: {"block", "node", "zones", "pages": {KIND: COUNT}, "page_size",
 *	"processes": [{"pid", "name", "bytes"}]}, biggest process first, at most five; members that
 *	can't be read are absent
 *
 * Return: 0; -EINVAL when @block is not the name of a block; -ENOENT when there is no such block;
 *	-EPERM when the block is in no CXL region; -ENOMEM.
 */
int block_holders_read_at(const char *sys, const char *proc, const char *block,
			  struct json_object **ret_holders);

/** block_holders_read() - the same for the running kernel */
int block_holders_read(const char *block, struct json_object **ret_holders);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of who holds a memory block that would not go offline: its pages by kind, and the
 * processes that have most memory on its node. Effect; runs in the helper, which may read all of
 * /proc. Takes as long as reading /proc/PID/numa_maps of every process, for some seconds.
 *
 * Of memory that is in no CXL region nothing is told, nor of the processes of a node that has such
 * memory, too.
 */
#pragma once

struct json_object;

/**
 * block_holders_read_at() - reads it below other roots than /sys and /proc
 * @block: memoryN; its form is checked
 * @ret_holders: {"block", "node", "zones", "pages": {KIND: COUNT}, "page_size",
 *	"processes": [{"pid", "name", "bytes"}]}, biggest process first, at most five; what
 *	cannot be read is absent
 *
 * Return: 0; -EINVAL for what is no block's name; -ENOENT when there is no such block; -EPERM when
 * it is in no CXL region; -ENOMEM.
 */
int block_holders_read_at(const char *sys, const char *proc, const char *block,
			  struct json_object **ret_holders);

/** block_holders_read() - the same of the running kernel */
int block_holders_read(const char *block, struct json_object **ret_holders);

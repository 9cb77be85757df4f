/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a dax device or a memory block belong to a CXL region? Devices and blocks of soft-reserved
 * memory, of persistent memory and of DIMMs have names of the same form. For step-sysfs.c and its
 * neighbours in the helper, which ask this question before they read or write anything.
 */
#pragma once

#include <stdint.h>

#include "cxl/topology/memory-blocks.h"

/**
 * region_open_dax() - the directory of a dax device
 * @name: a name that step_check() accepts
 *
 * Return: a descriptor; -ENOENT; -EPERM for a device outside of CXL regions; other negative errno.
 */
int region_open_dax(int root_fd, const char *name);

/**
 * region_blocks_in() - memory_blocks_in() with the block size of the running kernel
 *
 * Return: 0; -ENOENT without memory hotplug; -EPROTO; other negative errno.
 */
int region_blocks_in(int root_fd, uint64_t start, uint64_t size, struct memory_blocks *ret_blocks);

/** region_blocks() - the blocks of a region; -ENOENT when the region does not exist; else as above
 */
int region_blocks(int root_fd, const char *region, struct memory_blocks *ret_blocks);

/**
 * region_has_block() - is the block in any CXL region?
 *
 * Return: 1 or 0, as for the two below; negative errno when nobody can tell.
 */
int region_has_block(int root_fd, uint64_t index);

/** region_has_whole_node() - does a NUMA node have only memory of CXL regions? */
int region_has_whole_node(int root_fd, int node);

/**
 * region_awaits_memory() - is there a committed volatile region whose memory is not all online?
 *
 * If not, no CXL memory is about to be brought online.
 */
int region_awaits_memory(int root_fd);

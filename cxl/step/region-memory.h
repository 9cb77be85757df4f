/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose memory is it? Dax devices and memory blocks of CXL regions, and nobody else's: those of
 * soft-reserved memory, of persistent memory and of DIMMs have names of the same form. For
 * step-sysfs.c and its neighbours in the helper, who ask before they read or write anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/memory-blocks.h"

/**
 * region_open_dax() - the directory of a dax device
 * @name: a name that step_check() accepts
 *
 * Return: a descriptor; -ENOENT; -EPERM when it does not lie in a CXL region; other negative errno.
 */
int region_open_dax(int root_fd, const char *name);

/**
 * region_blocks_in() - memory_blocks_in() with the block size that the kernel has
 *
 * Return: 0; -ENOENT without memory hotplug; -EPROTO; other negative errno.
 */
int region_blocks_in(int root_fd, uint64_t start, uint64_t size, struct memory_blocks *ret_blocks);

/** region_blocks() - those of a region; -ENOENT when there is none; else as above */
int region_blocks(int root_fd, const char *region, struct memory_blocks *ret_blocks);

/** region_has_block() - whether a block is in some region */
bool region_has_block(int root_fd, uint64_t index);

/** region_has_whole_node() - whether a NUMA node has no memory but that of CXL regions */
bool region_has_whole_node(int root_fd, int node);

/**
 * region_awaits_memory() - whether a volatile region decodes of which not all memory is online
 *
 * Without one nothing of ours is about to be brought online.
 */
bool region_awaits_memory(int root_fd);

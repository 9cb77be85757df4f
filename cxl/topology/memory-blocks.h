/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory blocks of a range of addresses: the one definition for reading, planning, drafts and
 * steps. Pure.
 *
 * These are the blocks that lie in the range entirely. kmem gives the kernel only such blocks
 * (dax_kmem_range() in drivers/dax/kmem.c, by memory_block_aligned_range()): a block that lies in
 * the range with a part only belongs to other memory, or does not exist.
 */
#pragma once

#include <stdint.h>

struct memory_blocks {
	uint64_t first, end; /* N of memoryN, @end is behind the last; equal: no blocks */
};

/**
 * memory_blocks_in() - the blocks of a range
 * @start: address of the first byte
 * @size: in bytes; a range of 0 bytes, or one beyond the last address, has no blocks
 * @block_size: in bytes; with 0 or TOPO_UNKNOWN, for an unknown size, there are no blocks
 */
static inline struct memory_blocks memory_blocks_in(uint64_t start, uint64_t size,
						    uint64_t block_size)
{
	struct memory_blocks blocks = { 0, 0 };

	if (block_size == 0 || size < block_size || start > UINT64_MAX - size)
		return blocks;
	blocks.first = start / block_size + (start % block_size != 0);
	blocks.end = (start + size) / block_size;
	if (blocks.end < blocks.first)
		blocks.end = blocks.first;
	return blocks;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which memory blocks a range of addresses has: the one definition for reading, planning, drafts
 * and steps. Pure.
 *
 * Those that lie in it entirely. kmem gives the kernel nothing else (dax_kmem_range() in
 * drivers/dax/kmem.c, by memory_block_aligned_range()): a block of which only a part is in the
 * range is somebody else's, or nobody's.
 */
#pragma once

#include <stdint.h>

struct memory_blocks {
	uint64_t first, end; /* N of memoryN; none where they are the same */
};

/**
 * memory_blocks_in() - the blocks of a range
 * @start: address of the first byte
 * @size: in bytes; 0 is a range without blocks, and so is one that goes on behind the last address
 * @block_size: in bytes; 0 or TOPO_UNKNOWN where nobody knows it, and then there are none
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

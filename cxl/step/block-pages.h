/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pages of a memory block are used for, from the kernel's texts and flags. Pure: the
 * reading is in block-holder.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct json_object;

enum page_kind {
	PAGE_FREE,
	PAGE_ANONYMOUS,	  /* of processes: can be moved elsewhere */
	PAGE_FILE,	  /* page cache, shared memory: can be moved elsewhere */
	PAGE_UNEVICTABLE, /* mlocked, ramfs: can be moved, but not by everybody's kernel */
	PAGE_HUGETLB,	  /* moves only where another huge page is free */
	PAGE_SLAB,
	PAGE_TABLE,
	PAGE_RESERVED,
	PAGE_POISONED,
	PAGE_OFFLINE, /* given away, as by a balloon */
	PAGE_KERNEL,  /* any other use: stacks, buffers, drivers, pages pinned for DMA */
	PAGE_ABSENT,
	PAGE_KIND_COUNT,
};

struct block_pages {
	uint64_t counts[PAGE_KIND_COUNT];
	enum page_kind head; /* kind of the last compound page: its tails are the same */
};

#define BLOCK_PAGES_NULL ((struct block_pages){ .head = PAGE_KERNEL })

/** block_pages_add() - counts pages by their flags as /proc/kpageflags has them, in order */
void block_pages_add(struct block_pages *pages, const uint64_t *flags, size_t count);

/** block_pages_to_json() - {"slab": 12, "anonymous": 3}: kinds that occur; NULL without memory */
struct json_object *block_pages_to_json(const struct block_pages *pages);

/**
 * numa_maps_bytes() - how much of one mapping lies on a node
 * @line: of /proc/PID/numa_maps: "7f0000000000 default anon=33 dirty=33 N1=33 kernelpagesize_kB=4"
 */
uint64_t numa_maps_bytes(const char *line, int node);

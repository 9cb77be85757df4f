/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The use of the pages of a memory block, from the kernel's texts and flags. Pure: block-holder.c
 * reads them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct json_object;

enum page_kind {
	PAGE_FREE,
	PAGE_ANONYMOUS,	  /* memory of processes: the kernel can move it */
	PAGE_FILE,	  /* page cache, shared memory: the kernel can move it */
	PAGE_UNEVICTABLE, /* mlocked, ramfs: not every kernel can move it */
	PAGE_HUGETLB,	  /* can be moved only if another huge page is free */
	PAGE_SLAB,
	PAGE_TABLE,
	PAGE_RESERVED,
	PAGE_POISONED,
	PAGE_OFFLINE, /* given away, by a balloon driver for example */
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
 * numa_maps_bytes() - the bytes of one mapping that lie on a node
 * @line: of /proc/PID/numa_maps: "7f0000000000 default anon=33 dirty=33 N1=33 kernelpagesize_kB=4"
 */
uint64_t numa_maps_bytes(const char *line, int node);

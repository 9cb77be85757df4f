// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bump allocator. Pure but for the heap.
 */
#include "util/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sizes of the first block and of the largest: an answer of the helper fits into the first, a
 * host needs many. */
#define BLOCK_MIN ((size_t)512)
#define BLOCK_MAX ((size_t)16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (block)
		block->size = size;
	return block;
}

static size_t next_block_size(const struct arena_block *last)
{
	if (!last)
		return BLOCK_MIN;
	return last->size < BLOCK_MAX / 4 ? last->size * 4 : BLOCK_MAX;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *memory;

	if (size > SIZE_MAX - alignof(max_align_t))
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		const size_t usual = next_block_size(block);

		block = block_new(size > usual ? size : usual);
		if (!block)
			return NULL;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	memory = block->data + block->used;
	block->used += size;
	return memory;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	char *copy;

	if (!text)
		return NULL;
	copy = arena_alloc(arena, strlen(text) + 1);
	return copy ? strcpy(copy, text) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length >= 0)
		text = arena_alloc(arena, (size_t)length + 1);
	if (text)
		(void)vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(arguments);
	return text;
}

void arena_deinit(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}

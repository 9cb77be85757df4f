/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bump allocator for values that live and die together (a snapshot, a plan). Memory comes zeroed
 * and goes all at once.
 */
#pragma once

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

#define ARENA_NULL ((struct arena){ .blocks = NULL })

/**
 * arena_alloc() - zeroed memory that lives as long as the arena
 *
 * Return: the memory, aligned for any type, or NULL when there is none.
 */
void *arena_alloc(struct arena *arena, size_t size);

/** arena_strdup() - a copy of @text in the arena; NULL for NULL or when there is no memory */
char *arena_strdup(struct arena *arena, const char *text);

/** arena_printf() - formatted text in the arena, or NULL when there is no memory */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** arena_deinit() - frees everything; the arena is ARENA_NULL afterwards */
void arena_deinit(struct arena *arena);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scope-bound ownership. A local variable that owns something says so in its declaration, and is
 * released at the end of its scope; TAKE_PTR() and TAKE_FD() hand the ownership over. Effects on
 * the host are never undone this way: steps have inverses for that.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Makes name##_freep() for a type whose free function takes a pointer and accepts NULL. */
#define DEFINE_CLEANUP(type, free_function)                                                        \
	static inline void free_function##p(type *owned)                                           \
	{                                                                                          \
		if (*owned)                                                                        \
			free_function(*owned);                                                     \
	}

static inline void cleanup_free(void *owned)
{
	free(*(void **)owned);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

DEFINE_CLEANUP(FILE *, fclose)

#define _cleanup_free_	 _cleanup_(cleanup_free)
#define _cleanup_close_	 _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(fclosep)

#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) taken__ = (pointer);                                           \
		(pointer) = NULL;                                                                  \
		taken__;                                                                           \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken__ = (fd);                                                                \
		(fd) = -1;                                                                         \
		taken__;                                                                           \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clocks, read where effects are; everything that decides takes the time as a parameter.
 */
#pragma once

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* CLOCK_MONOTONIC: deadlines. */
static inline uint64_t clock_now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* CLOCK_BOOTTIME: ages that go on while the host sleeps. */
static inline uint64_t clock_boot_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

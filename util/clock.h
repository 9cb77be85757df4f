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

/* CLOCK_MONOTONIC: for durations. */
static inline uint64_t clock_now_nsec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* CLOCK_MONOTONIC: for deadlines. */
static inline uint64_t clock_now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* CLOCK_BOOTTIME: for ages, which go on while the host sleeps. */
static inline uint64_t clock_boot_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

/*
 * The earlier of @deadline_ms and @after_ms from now, CLOCK_MONOTONIC. A deadline that has passed
 * stays the earlier one: no time is left.
 */
static inline uint64_t clock_sooner_ms(uint64_t deadline_ms, uint64_t after_ms)
{
	const uint64_t now = clock_now_ms();

	return deadline_ms <= now || deadline_ms - now < after_ms ? deadline_ms : now + after_ms;
}

/* The wait before the try after the next one: twice as long, up to @longest_ms. */
static inline uint64_t clock_longer_ms(uint64_t wait_ms, uint64_t longest_ms)
{
	return wait_ms < longest_ms / 2 ? 2 * wait_ms : longest_ms;
}

#define CLOCK_NAP_FIRST_US   500
#define CLOCK_NAP_LONGEST_US 20000

/* Sleeps, and makes the next nap longer. For a caller that may block, and waits for an event that
 * the kernel tells nobody. */
static inline void clock_nap(unsigned int *microseconds)
{
	const struct timespec time = { .tv_nsec = (long)*microseconds * 1000 };

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	if (*microseconds < CLOCK_NAP_LONGEST_US)
		*microseconds *= 2;
}

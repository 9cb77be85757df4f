/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that follow from a seed alone (SplitMix64): the same on every machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
	uint64_t state;
};

static inline uint64_t sim_random_next(struct sim_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* One of 0 ... @count - 1 */
static inline size_t sim_random_below(struct sim_random *random, size_t count)
{
	return (size_t)(sim_random_next(random) % count);
}

static inline bool sim_random_chance(struct sim_random *random, unsigned int percent)
{
	return sim_random_below(random, 100) < percent;
}

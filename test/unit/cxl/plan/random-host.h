/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small hosts made from a seed, for tests that try thousands of them: the same seed makes the same
 * host, and the same choices after it.
 */
#pragma once

#include <stdint.h>

#include "cxl/topology/topology.h"

struct random {
	uint64_t state; /* the seed at first */
};

uint64_t random_next(struct random *random);

/** random_below() - a number from 0 to @limit - 1 */
int random_below(struct random *random, int limit);

/**
 * random_host() - an idle host: at most 8 memdevs below at most 3 host bridges and their switches,
 *	scarce and uneven capacities and decoders on some, plenty on others; some have no memdev
 */
struct topology *random_host(struct random *random);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares possible regions for a request. Pure. Called by region-plan.c.
 *
 * All of them fulfil the request. They can differ only in properties that the request leaves open.
 * The first difference in this list decides:
 *
 *  1. the larger region, when the request leaves the size open
 *  2. fewer memdevs whose QoS class is not the window's (CXL r3.1 9.17.3: the platform guarantees
 * its class of service only then)
 *  3. memdevs nearer to the node of the request, on average
 *  4. memdevs with the same free capacity, so that the rest can be interleaved again
 *  5. ways that every decoder can do, see interleave_ways_optional()
 *  6. more ways, for bandwidth
 *  7. fewer host bridges whose free memory could not be used any more, see reach.h
 *  8. more host bridges, for bandwidth
 *  9. fewer memdevs left with a part free: each region takes decoders
 * 10. the smaller rest of the free extent
 * 11. the lower name, so that equal hosts get equal plans
 */
#pragma once

#include <stddef.h>

#include "cxl/plan/candidate.h"

enum preference {
	PREFERENCE_SIZE,
	PREFERENCE_QOS,
	PREFERENCE_DISTANCE,
	PREFERENCE_EQUAL,
	PREFERENCE_COMMON,
	PREFERENCE_WAYS,
	PREFERENCE_REACH,
	PREFERENCE_BRIDGES,
	PREFERENCE_SPLITS,
	PREFERENCE_FIT,
	PREFERENCE_NAME,
};

/** preference_compare() - below 0 when @a is better; @ret_why receives the deciding difference */
int preference_compare(const struct candidate *a, const struct candidate *b,
		       enum preference *ret_why);

#define PREFERENCE_TEXT_MAX 160

/** preference_text() - why @winner won over @loser, a clause without subject ("it has more
 * ways...") */
void preference_text(enum preference why, const struct candidate *winner,
		     const struct candidate *loser, char text[static PREFERENCE_TEXT_MAX]);

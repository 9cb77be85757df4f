// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of candidates. Pure. Called by region-plan.c.
 */
#include "cxl/plan/preference.h"

#include <stdio.h>

#include "cxl/plan/interleave.h"
#include "util/size.h"

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_by(const struct candidate *a, const struct candidate *b, enum preference by)
{
	switch (by) {
	case PREFERENCE_SIZE:
		return compare_u64(b->size, a->size);
	case PREFERENCE_QOS:
		return a->mismatches - b->mismatches;
	case PREFERENCE_DISTANCE:
		return a->distance * b->ways - b->distance * a->ways;
	case PREFERENCE_EQUAL:
		return a->unequal - b->unequal;
	case PREFERENCE_COMMON:
		return interleave_ways_optional(a->ways) - interleave_ways_optional(b->ways);
	case PREFERENCE_WAYS:
		return b->ways - a->ways;
	case PREFERENCE_REACH:
		return a->stranded - b->stranded;
	case PREFERENCE_BRIDGES:
		return b->window_ways - a->window_ways;
	case PREFERENCE_SPLITS:
		return a->splits - b->splits;
	case PREFERENCE_FIT:
		return compare_u64(a->leftover, b->leftover);
	case PREFERENCE_NAME:
		break;
	}
	return topo_name_compare(a->window->name, b->window->name);
}

int preference_compare(const struct candidate *a, const struct candidate *b,
		       enum preference *ret_why)
{
	int order = 0;

	for (enum preference by = PREFERENCE_SIZE; by <= PREFERENCE_NAME && order == 0; by++) {
		order = compare_by(a, b, by);
		*ret_why = by;
	}
	return order;
}

void preference_text(enum preference why, const struct candidate *winner,
		     const struct candidate *loser, char text[static PREFERENCE_TEXT_MAX])
{
	const char *other = loser->window->name;
	char left[SIZE_TEXT_MAX], other_left[SIZE_TEXT_MAX];

	switch (why) {
	case PREFERENCE_SIZE:
		(void)snprintf(text, PREFERENCE_TEXT_MAX, "%s has room for %s only", other,
			       size_format(loser->size, left));
		break;
	case PREFERENCE_QOS:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "%d of its memdevs are of another QoS class, with %s %d",
			       winner->mismatches, other, loser->mismatches);
		break;
	case PREFERENCE_DISTANCE:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "its memdevs are nearer to the node asked for than those of %s",
			       other);
		break;
	case PREFERENCE_EQUAL:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "its memdevs have equal free capacity, those of %s do not", other);
		break;
	case PREFERENCE_COMMON:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "not every decoder can do the %d ways that %s takes", loser->ways,
			       other);
		break;
	case PREFERENCE_WAYS:
		(void)snprintf(text, PREFERENCE_TEXT_MAX, "%s interleaves only %d ways", other,
			       loser->ways);
		break;
	case PREFERENCE_REACH:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "%s would leave no window for the free memory of %d host bridge%s",
			       other, loser->stranded, loser->stranded == 1 ? "" : "s");
		break;
	case PREFERENCE_BRIDGES:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "it spreads over %d host bridges, %s over %d", winner->window_ways,
			       other, loser->window_ways);
		break;
	case PREFERENCE_SPLITS:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "it leaves a part of %d memdevs free, with %s of %d", winner->splits,
			       other, loser->splits);
		break;
	case PREFERENCE_FIT:
		(void)snprintf(text, PREFERENCE_TEXT_MAX,
			       "it leaves %s of the extent that it takes, in %s %s",
			       size_format(winner->leftover, left), other,
			       size_format(loser->leftover, other_left));
		break;
	case PREFERENCE_NAME:
		(void)snprintf(text, PREFERENCE_TEXT_MAX, "it comes before %s, which is equal",
			       other);
		break;
	}
}

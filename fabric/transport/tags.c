// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tags: taken, released, resting. Values.
 */
#include "fabric/transport/tags.h"

#include <errno.h>

static bool is_free(const struct tags *tags, uint8_t tag, uint64_t now_ms)
{
	return !tags->taken[tag] && tags->rests_until[tag] <= now_ms;
}

int tags_take(struct tags *tags, uint64_t now_ms)
{
	for (unsigned int i = 0; i < TAGS_COUNT; i++) {
		const uint8_t tag = tags->next++;

		if (is_free(tags, tag, now_ms)) {
			tags->taken[tag] = true;
			return tag;
		}
	}
	return -EBUSY;
}

void tags_release(struct tags *tags, uint8_t tag)
{
	tags->taken[tag] = false;
}

void tags_rest(struct tags *tags, uint8_t tag, uint64_t now_ms)
{
	tags->taken[tag] = false;
	tags->rests_until[tag] = now_ms + TAGS_QUARANTINE_MS;
}

uint64_t tags_free_at(const struct tags *tags, uint64_t now_ms)
{
	uint64_t first = 0;

	for (unsigned int tag = 0; tag < TAGS_COUNT; tag++) {
		if (is_free(tags, (uint8_t)tag, now_ms))
			return 0;
		if (!tags->taken[tag] && (!first || tags->rests_until[tag] < first))
			first = tags->rests_until[tag];
	}
	return first;
}

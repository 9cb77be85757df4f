/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 256 tags of an endpoint's CCI. A tag is taken for one message, goes round before the tag is
 * taken again, and rests for a while when its message was never answered: a late reply, or a reply
 * that comes twice, finds no message that it could answer by mistake. Values.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TAGS_COUNT 256

/* A reply that comes later than this comes never. */
#define TAGS_QUARANTINE_MS 120000

/**
 * struct tags - who has which tag
 * @taken: the tag is of a message that waits for its reply
 * @rests_until: the time until which the tag rests, in milliseconds
 * @next: the tag that is tried first
 */
struct tags {
	bool taken[TAGS_COUNT];
	uint64_t rests_until[TAGS_COUNT];
	uint8_t next;
};

/** tags_take() - a tag for a message; -EBUSY when all are taken or rest */
int tags_take(struct tags *tags, uint64_t now_ms);

/** tags_release() - the message of the tag was answered, or has never left */
void tags_release(struct tags *tags, uint8_t tag);

/** tags_rest() - the message of the tag may still be answered, and nobody waits for the reply */
void tags_rest(struct tags *tags, uint8_t tag, uint64_t now_ms);

/** tags_free_at() - the time from which on a tag is free; 0 when one is free, or only taken ones
 * are left */
uint64_t tags_free_at(const struct tags *tags, uint64_t now_ms);

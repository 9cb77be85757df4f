// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kind of claims of memory: its answers are in the other files of this folder.
 */
#include "daemon/claim/memory/memory-kind.h"

#include "daemon/claim/memory/memory-change.h"
#include "daemon/claim/memory/memory-claim.h"
#include "daemon/claim/memory/memory-match.h"
#include "daemon/claim/memory/memory-observe.h"
#include "daemon/claim/memory/memory-subject.h"

static const struct lane_set *memory_lanes_of(const struct claim *claim)
{
	return &memory_lanes;
}

const struct claim_kind memory_kind = {
	.name = "memory",
	.is_unnamed = true,
	.object = "region",
	.device = "memdev",
	.wishes = memory_wishes,
	.size = sizeof(struct memory_claim),
	.null_part = &memory_claim_null,
	.deinit = memory_claim_deinit,
	.is_same = memory_is_same,
	.inherit = memory_inherit,
	.release = memory_release,
	.yield = memory_yield,
	.place = memory_place,
	.devices = memory_devices,
	.fields = memory_fields,
	.check = memory_check,
	.add_wish = memory_add_wish,
	.add_given = memory_add_given,
	.given = memory_given,
	.observe = memory_observe,
	.digest = memory_digest,
	.lanes = memory_lanes_of,
	.ask = memory_asked_new,
	.mend = memory_mending_new,
	.take_up = memory_leftover_new,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of lamps for claims: the subject (daemon/claim/subject.h), and the lamp's part of a
 * claim.
 */
#pragma once

#include "cxl/topology/topology.h"
#include "daemon/claim/claim-asking.h"
#include "daemon/claim/subject.h"

struct lamp_claim {
	int number; /* of the lamp; -1: none is named */
	bool dark;
	uint64_t serial; /* of what was given; 0: nothing */
	struct claim_member member;
	struct claim_member_list devices; /* the member, where something was given */
};

static inline struct lamp_claim *lamp_claim(const struct claim *claim)
{
	return claim->own;
}

/** lamp_claim_give() - the claim was given the memdev with this serial number; 0: nothing */
void lamp_claim_give(struct claim *claim, uint64_t serial);

/** lamp_claim_is_lit() - does the world show the memdev of the claim's lamp? */
bool lamp_claim_is_lit(const struct claim *claim, const struct world *world);

/* As struct claim_kind has them. */
const struct lane_set *lamp_lanes(const struct claim *claim);
struct subject *lamp_asked_new(struct claim_asking *asking, struct world_draft *draft);
struct subject *lamp_mending_new(const char *claim, enum claim_remedy remedy,
				 struct world_draft *draft, claim_mending_fn on_end,
				 void *userdata);
struct subject *lamp_leftover_new(const struct change_entry *left, struct world_draft *draft);

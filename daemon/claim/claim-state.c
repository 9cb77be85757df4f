// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words for the conditions and reasons of a claim. Pure.
 */
#include "daemon/claim/claim-state.h"

#include <string.h>

static const char *const condition_names[CLAIM_CONDITION_COUNT] = {
	[CLAIM_PLANNED] = "Planned",   [CLAIM_CARVED] = "Carved", [CLAIM_ONLINE] = "Online",
	[CLAIM_DEGRADED] = "Degraded", [CLAIM_LOST] = "Lost",	  [CLAIM_STALLED] = "Stalled",
};

const char *claim_condition_name(enum claim_condition condition)
{
	return condition_names[condition];
}

bool claim_state_is(const struct claim_state *state, const char *reason)
{
	return strcmp(state->reason, reason) == 0;
}

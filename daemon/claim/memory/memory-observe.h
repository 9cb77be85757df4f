/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a claim stands on a host: its conditions, as users see them, and the first thing that is not
 * as it should be, which the reconciler goes by. Pure.
 */
#pragma once

#include <stdbool.h>

#include "daemon/claim/claim.h"

enum claim_condition {
	CLAIM_PLANNED,	/* its devices are there: it has been given memory, or can be */
	CLAIM_CARVED,	/* a committed region is its */
	CLAIM_ONLINE,	/* all that it asks for: its goal is reached */
	CLAIM_DEGRADED, /* some of what it had is missing or not as it wants it */
	CLAIM_LOST,	/* nothing of it is there, and it can't be brought back now */
	CLAIM_STALLED,	/* it is not as it wants to be, and nothing is done about that */
	CLAIM_CONDITION_COUNT,
};

enum claim_reason {
	/* All is well. */
	CLAIM_AS_WANTED,
	CLAIM_REGION_PRESENT,
	CLAIM_DEVICES_PRESENT,
	CLAIM_COMMITTED,
	CLAIM_GOAL_REACHED,

	/* Nothing of it is there, which is nobody's doing. */
	CLAIM_NOT_BOUND, /* it was not given memory yet */
	CLAIM_REBOOTED,	 /* its region went with a reboot */
	CLAIM_RELEASED,	 /* its region was taken down when a device of it had gone */

	/* What is not as it was, or not as it is wanted. */
	CLAIM_REGION_MISSING,
	CLAIM_DEVICE_MISSING,
	CLAIM_DEVICE_DISABLED,
	CLAIM_UNCOMMITTED,
	CLAIM_OTHER_SHAPE,
	CLAIM_REGION_ENABLED,
	CLAIM_REGION_DISABLED,
	CLAIM_NO_DAX_DEVICE,
	CLAIM_OTHER_MODE,
	CLAIM_MEMORY_UNKNOWN,
	CLAIM_MEMORY_ONLINE,
	CLAIM_MEMORY_OFFLINE,
	CLAIM_OTHER_ZONE,

	/* Why it can't be given memory; with DEVICE_MISSING and DEVICE_DISABLED. */
	CLAIM_WINDOW_MISSING,
	CLAIM_CAPACITY_MISSING,
	CLAIM_IS_LOST,

	/* Why nothing is done about it, or that something is. */
	CLAIM_MENDING,
	CLAIM_DEVICE_RECOVERED, /* something is: the kernel took its device through recovery */
	CLAIM_DEVICE_REMOVED,	/* something is: its device was taken out */
	CLAIM_WAITING,		/* for what it can't do without */
	CLAIM_LEFT_ALONE,	/* as its drift policy says */
	CLAIM_NEEDS_ANEW,	/* only a new region would do */
	CLAIM_GAVE_UP,		/* it was tried too often */
	CLAIM_REASON_COUNT,
};

struct claim_state {
	bool holds;
	enum claim_reason reason;
	const char *text; /* one sentence, in the arena given; or NULL */
};

/** claim_condition_name() - "Planned", ... */
const char *claim_condition_name(enum claim_condition condition);

/** claim_reason_name() - one word in CamelCase: "DeviceMissing" */
const char *claim_reason_name(enum claim_reason reason);

/**
 * claim_observe() - the conditions of a claim on a host; the time of each is its keeper's
 * @states: receives CLAIM_CONDITION_COUNT of them, the last of which its keeper may know better:
 *	it does not hold
 *
 * What is degraded is not lost, and back. ONLINE does not hold for the first thing that is not as
 * it is wanted, and holds with CLAIM_GOAL_REACHED otherwise. What is not well has a text.
 *
 * Return: 0 or -ENOMEM.
 */
int claim_observe(const struct claim *claim, const struct world *world, struct arena *arena,
		  struct claim_state *states);

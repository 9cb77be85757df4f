/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a claim of memory stands on a host: its conditions, and the first thing that is not as it
 * should be, with what would cure it. Pure.
 */
#pragma once

#include "daemon/claim/memory/memory-claim.h"

/* What is not as it was, or not as it is wanted, and what is. */
enum memory_reason {
	MEMORY_AS_WANTED,
	MEMORY_REGION_PRESENT,
	MEMORY_DEVICES_PRESENT,
	MEMORY_COMMITTED,
	MEMORY_GOAL_REACHED,

	/* Nothing of it is there, which is nobody's doing. */
	MEMORY_NOT_BOUND, /* it was not given memory yet */
	MEMORY_REBOOTED,  /* its region went with a reboot */
	MEMORY_RELEASED,  /* its region was taken down when a device of it had gone */

	/* What is not as it was, or not as it is wanted. */
	MEMORY_REGION_MISSING,
	MEMORY_DEVICE_MISSING,
	MEMORY_DEVICE_DISABLED,
	MEMORY_UNCOMMITTED,
	MEMORY_OTHER_SHAPE,
	MEMORY_REGION_ENABLED,
	MEMORY_REGION_DISABLED,
	MEMORY_NO_DAX_DEVICE,
	MEMORY_OTHER_MODE,
	MEMORY_UNKNOWN,
	MEMORY_ONLINE,
	MEMORY_OFFLINE,
	MEMORY_OTHER_ZONE,

	/* Why it can't be given memory; with DEVICE_MISSING and DEVICE_DISABLED. */
	MEMORY_WINDOW_MISSING,
	MEMORY_CAPACITY_MISSING,
	MEMORY_IS_LOST,
	MEMORY_REASON_COUNT,
};

/** memory_reason_word() - one word in CamelCase: "DeviceMissing" */
const char *memory_reason_word(enum memory_reason reason);

/** memory_cure() - what would cure this problem, as far as the claim goes */
struct claim_cure memory_cure(const struct claim *claim, enum memory_reason problem);

/**
 * memory_observe() - how a claim stands on a host; the time of each condition is its keeper's
 * @arena: receives texts and the region's name
 * @ret_sight: the last condition of which its keeper may know better: it does not hold
 *
 * What is degraded is not lost, and back. ONLINE does not hold for the first thing that is not as
 * it is wanted, and holds with MEMORY_GOAL_REACHED otherwise. What is not well has a text.
 *
 * Return: 0 or -ENOMEM.
 */
int memory_observe(const struct claim *claim, const struct world *world, struct arena *arena,
		   struct claim_sight *ret_sight);

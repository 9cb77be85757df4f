/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a claim of memory stands on a host: the claim's conditions, and the first fault, with its
 * cure. Pure.
 */
#pragma once

#include "daemon/claim/memory/memory-claim.h"

/* The reasons of conditions: faults, and what is well. */
enum memory_reason {
	MEMORY_AS_WANTED,
	MEMORY_REGION_PRESENT,
	MEMORY_DEVICES_PRESENT,
	MEMORY_COMMITTED,
	MEMORY_GOAL_REACHED,

	/* Nothing of the claim is there, and nobody took the region down on purpose. */
	MEMORY_NOT_BOUND, /* the claim was not given memory yet */
	MEMORY_REBOOTED,  /* the region went with a reboot */
	MEMORY_RELEASED,  /* the region was taken down when one of its devices had gone */

	/* The region differs from the binding or from the wish. */
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

	/* Why the claim can't be given memory; so do DEVICE_MISSING and DEVICE_DISABLED. */
	MEMORY_WINDOW_MISSING,
	MEMORY_CAPACITY_MISSING,
	MEMORY_IS_LOST,
	MEMORY_REASON_COUNT,
};

/** memory_reason_word() - one word in CamelCase: "DeviceMissing" */
const char *memory_reason_word(enum memory_reason reason);

/** memory_cure() - the cure of this problem for this claim */
struct claim_cure memory_cure(const struct claim *claim, enum memory_reason problem);

/**
 * memory_observe() - how a claim stands on a host; the claim's keeper adds the time of each
 * condition
 * @arena: receives texts and the region's name
 * @ret_sight: CLAIM_STALLED does not hold: the claim's keeper decides that condition
 *
 * A claim is degraded or lost, never both. ONLINE holds with MEMORY_GOAL_REACHED; otherwise its
 * reason is the first fault. Every fault has a text.
 *
 * Return: 0 or -ENOMEM.
 */
int memory_observe(const struct claim *claim, const struct world *world, struct arena *arena,
		   struct claim_sight *ret_sight);

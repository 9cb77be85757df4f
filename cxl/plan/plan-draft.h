/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as plans will leave it, so that many regions can be planned one after another without
 * looking at the host in between. Pure. Called by whoever plans in advance.
 *
 * A draft is the one topology that is changed: a private copy of a snapshot. When it is wrong
 * nothing bad happens, because every step compares the kernel's value before it writes; but what
 * came of it, a refusal too, is worth no more than the plans that were entered.
 */
#pragma once

#include "cxl/plan/plan.h"
#include "cxl/topology/topology.h"

/**
 * plan_draft_enter() - changes @draft to what it is when every step of @plan was performed
 * @draft: a finished topology that nobody else reads; it stays finished (sorted and resolved)
 * @plan: made by plan_create_region() from @draft as it is now; @draft keeps nothing of it
 *
 * Everything that planners read is entered. What none reads becomes unknown (max_available_extent
 * of the window) or stays as it was (NUMA nodes).
 *
 * Return: 0; -EINVAL when @plan makes no region, or when what it names is not of @draft or not free
 * there any more, and @draft is unchanged; -ENOMEM, and @draft is good for nothing but to be freed.
 */
int plan_draft_enter(struct topology *draft, const struct plan *plan);

/**
 * plan_draft_leave() - changes @draft to what it is when plan_remove_region() was carried out
 * @draft: as above
 * @region: its name; of @draft, with nothing set up after it
 *
 * What it gives back is free: addresses, device memory, decoders. The other values of its decoders
 * stay, as they do in the kernel.
 */
void plan_draft_leave(struct topology *draft, const char *region);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as it will be after some plans, so that many regions can be planned one after another
 * without a look at the host in between. Pure. Called by code that plans in advance.
 *
 * A draft is the only topology that is changed: a private copy of a snapshot. A wrong draft does no
 * harm, because every step compares the kernel's value before it writes. But a plan or a refusal
 * made from a draft is only as good as the plans that were entered.
 */
#pragma once

#include "cxl/plan/plan.h"
#include "cxl/topology/topology.h"

/**
 * plan_draft_enter() - changes @draft as the steps of @plan will change the host
 * @draft: a finished topology that nobody else reads; it stays finished (sorted and resolved)
 * @plan: made by plan_create_region() from @draft as it is now; @draft keeps nothing of it
 *
 * All facts that planners read are updated. Other facts become unknown (max_available_extent of the
 * window) or stay (NUMA nodes).
 *
 * Return: 0; -EINVAL when @plan makes no region, or when an object that @plan names is not in
 * @draft or not free there any more: then @draft is unchanged; -ENOMEM: then @draft can only be
 * freed.
 */
int plan_draft_enter(struct topology *draft, const struct plan *plan);

/**
 * plan_draft_leave() - changes @draft as the steps of plan_remove_region() will change the host
 * @draft: as above
 * @region: the name of a region of @draft, the last that was set up
 *
 * The addresses, device memory and decoders of the region become free. Other values of its decoders
 * stay, as they do in the kernel.
 */
void plan_draft_leave(struct topology *draft, const char *region);

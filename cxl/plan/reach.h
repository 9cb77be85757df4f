/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a region takes from those that may follow it. Pure. Called by region-plan.c.
 *
 * A host bridge takes regions only in ascending order of addresses (alloc_region_ref() in the
 * kernel), so as long as a region exists, all windows below it are lost to the memory that is still
 * free there. That hurts where the windows above cannot use it either: they are full, or they
 * interleave over other bridges that have nothing left to go with it.
 */
#pragma once

#include "cxl/plan/candidate.h"

/* A window with its free extents and the branches that it leads to, all of which have memdevs. */
struct reach_window {
	const struct topo_decoder *window;
	int ways;
	int branches[TOPO_TARGETS_MAX];
	struct topo_extent_list extents;
};

struct reach {
	ARRAY(struct reach_window) windows;
};

#define REACH_NULL ((struct reach){ 0 })

/** reach_init() - looks at every window of the host; 0 or -ENOMEM (deinit all the same) */
int reach_init(struct reach *reach, const struct search *search);

void reach_deinit(struct reach *reach);

/**
 * reach_count_stranded() - how many host bridges would keep free memory but no window for it
 *
 * Only those that have one now. What is free there is measured as far as it takes.
 */
int reach_count_stranded(const struct reach *reach, struct search *search,
			 const struct candidate *candidate);

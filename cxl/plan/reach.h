/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free memory that a new region makes unusable for later regions. Pure. Called by
 * region-plan.c.
 *
 * A host bridge accepts regions only in ascending order of addresses (alloc_region_ref() in the
 * kernel). So as long as a region exists, the free memory below its host bridges can't be used in
 * lower windows. That memory is lost if the higher windows can't use it either: because they are
 * full, or because they interleave over other bridges without free memory.
 */
#pragma once

#include "cxl/plan/candidate.h"

/* A window with its free extents and its branches, all of which have memdevs. */
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
 * reach_count_stranded() - counts the host bridges that would have free memory but no window for it
 * any more
 *
 * Host bridges without a window before don't count. Free resources are measured only as far as
 * needed.
 */
int reach_count_stranded(const struct reach *reach, struct search *search,
			 const struct candidate *candidate);

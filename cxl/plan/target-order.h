/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives memdevs their positions in a region. Pure. Called by candidate.c.
 *
 * The orders that the kernel accepts follow from the way in which each level spreads addresses.
 * With R targets in the window, position p belongs to the host bridge of target p mod R. A port
 * (host bridge or switch) that has n of its downstream ports in the region sends its k-th position
 * down number k mod n of them, so
 *
 *  - n is a power of two, at most 8, and every one of the n carries the same number of memdevs;
 *  - the memdevs below one downstream port have positions that are congruent modulo
 *    R * (n of every port above and including this one);
 *  - the granularity of the port is that of the region times R (a third of it when R is no power of
 * two) times the n of every port above, at most 16384, and with n it selects by address bits 8 to
 * 14 only; so do the memdevs with the ways and the granularity of the region.
 *
 * (cxl_port_attach_region() counts n, cxl_port_setup_targets(), check_last_peer() and
 * check_interleave_cap() demand the rest.)
 * These are necessary and sufficient, so positions are computed level by level; nothing is tried.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxl/plan/host-tree.h"
#include "cxl/topology/topology.h"

enum target_result {
	TARGET_OK,
	TARGET_TOO_FEW,	    /* a branch has not enough memdevs that can take part */
	TARGET_UNEVEN,	    /* a port's memdevs do not spread over a power of two of its ports */
	TARGET_TOO_MANY,    /* a port would need more than 8 targets */
	TARGET_GRANULARITY, /* a decoder would have to select by too high an address bit */
	TARGET_OUTSIDE,	    /* a named memdev is not below any target of the window */
	TARGET_WRONG_SHARE, /* named: a branch has another number of memdevs than it needs */
	TARGET_ORDER,	    /* named in an impossible order; `targets` has a possible one */
};

struct target_problem {
	const struct host_tree *tree;
	int ways, granularity, window_ways;
	int branches[TOPO_TARGETS_MAX]; /* by target of the window, each another one */
};

/* The positions, or the reason why there are none. */
struct target_answer {
	enum target_result result;
	int targets[TOPO_TARGETS_MAX]; /* leaves by position */
	int node;		       /* the port or leaf of a failure */
	int wanted, found;	       /* counts of a failure, memdevs or granularity */
};

/* Costs add up; the smallest sum wins. A leaf of this cost cannot take part. */
#define TARGET_COST_NEVER (UINT64_MAX / 64)

/* The costs at which a node can contribute 1, 2, 4, 8 or 16 memdevs. */
struct target_offer {
	uint64_t cost[5];
};

/**
 * target_choose() - picks the cheapest possible set of leaves and puts it in order
 * @offers: one for each node; the caller fills cost[0] of leaves, the rest is working space
 */
struct target_answer target_choose(const struct target_problem *problem,
				   struct target_offer *offers);

/**
 * target_place() - puts exactly these leaves in order
 * @leaves: as many as the problem's ways, each once
 * @ordered: accept only the order of @leaves
 */
struct target_answer target_place(const struct target_problem *problem, const int *leaves,
				  bool ordered);

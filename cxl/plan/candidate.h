/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One window's best answer to a request, or the reason why it has none. Pure. Called by
 * region-plan.c, which checks what does not depend on a window before.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/plan/host-tree.h"
#include "cxl/topology/free-hpa.h"
#include "cxl/plan/plan.h"
#include "cxl/plan/target-order.h"
#include "cxl/topology/topology.h"
#include "util/refusal.h"

/* Everything that is the same for all windows of a request. */
struct search {
	const struct topology *topology;
	const struct region_request *request;
	struct host_tree tree;
	struct hpa_map map;
	struct target_offer *offers;	 /* one for each node, NULL when memdevs are named */
	struct topo_extent_list extents; /* of the window at hand */
	int named[TOPO_TARGETS_MAX];	 /* leaves of the request's memdevs, in its order */
	int named_count;
	int ways;	    /* asked for, or as many as were named; 0 */
	uint64_t size_step; /* a memory block where that is what is wanted; sizes are
			     * multiples of it */
	bool understood;    /* nothing is wrong with the request itself */
	struct refusal_list *refusals;
};

struct candidate {
	const struct topo_decoder *window;
	enum topo_mode mode;
	int window_ways, ways, granularity;
	uint64_t share; /* bytes of each memdev */
	uint64_t size;
	hpa_t hpa;
	uint64_t leftover;	       /* what stays free of the extent that it takes */
	int targets[TOPO_TARGETS_MAX]; /* leaves by position */
	/* what counts against it */
	int mismatches; /* memdevs of another QoS class than the window */
	int distance;	/* sum over the memdevs */
	int splits;	/* memdevs of which a part stays free */
	int stranded;	/* see reach.h; filled when there are several candidates */
	bool unequal;	/* the memdevs have not all the same capacity free */
};

/* The positive outcome of candidate_find(): this window cannot do it. */
#define CANDIDATE_E_NONE 1

/**
 * candidate_find() - the best region that a window can hold
 *
 * Return: 0; CANDIDATE_E_NONE with the reasons appended to the search's refusals; -ENOMEM.
 */
int candidate_find(struct search *search, const struct topo_decoder *window,
		   struct candidate *ret_candidate);

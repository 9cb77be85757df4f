/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The best region for a request in one window, or the reasons why that window can't hold one. Pure.
 * Called by region-plan.c, which first checks everything that does not depend on a window.
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

/* The facts that are the same for all windows of a request. */
struct search {
	const struct topology *topology;
	const struct region_request *request;
	struct host_tree tree;
	struct hpa_map map;
	struct target_offer *offers;	 /* one for each node, NULL when memdevs are named */
	struct topo_extent_list extents; /* of the present window */
	int named[TOPO_TARGETS_MAX];	 /* leaves of the request's memdevs, in its order */
	int named_count;
	int ways;	    /* requested, or the number of named memdevs; 0: neither */
	uint64_t size_step; /* a memory block where that is what is wanted; sizes are
			     * multiples of it */
	bool understood;    /* the request itself is valid */
	struct refusal_list *refusals;
};

struct candidate {
	const struct topo_decoder *window;
	enum topo_mode mode;
	int window_ways, ways, granularity;
	uint64_t share; /* bytes of each memdev */
	uint64_t size;
	hpa_t hpa;
	uint64_t leftover;	       /* bytes of the extent that stay free */
	int targets[TOPO_TARGETS_MAX]; /* leaves by position */
	/* drawbacks, for preference.h */
	int mismatches; /* memdevs of another QoS class than the window */
	int distance;	/* sum over the memdevs */
	int splits;	/* memdevs that keep a part of their capacity free */
	int stranded;	/* see reach.h; filled when there are several candidates */
	bool unequal;	/* the memdevs have different free capacities */
};

/* The window can't hold the region. */
#define CANDIDATE_E_NONE 1

/**
 * candidate_find() - the best region for the request that a window can hold
 *
 * Return: 0; CANDIDATE_E_NONE with the reasons appended to the search's refusals; -ENOMEM.
 */
int candidate_find(struct search *search, const struct topo_decoder *window,
		   struct candidate *ret_candidate);

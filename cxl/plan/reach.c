// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts host bridges whose free memory a region would cut off from all windows. Pure. Called by
 * region-plan.c.
 */
#include "cxl/plan/reach.h"

#include <errno.h>

#include "cxl/plan/interleave.h"

static int add_window(struct reach *reach, const struct search *search,
		      const struct topo_decoder *window)
{
	struct reach_window item = { .window = window, .ways = window->interleave_ways };
	int rc;

	if (window->locked || !interleave_ways_valid(item.ways) ||
	    window->targets.count < (size_t)item.ways)
		return 0;
	for (int i = 0; i < item.ways; i++) {
		item.branches[i] =
			host_tree_branch(&search->tree, window->port, &window->targets.items[i]);
		if (item.branches[i] == TREE_NONE)
			return 0;
	}
	rc = hpa_map_window(&search->map, window, &item.extents);
	if (rc == -ENODATA)
		return 0;
	if (rc == 0)
		rc = ARRAY_APPEND(&reach->windows, item);
	if (rc)
		ARRAY_FREE(&item.extents.list);
	return rc;
}

int reach_init(struct reach *reach, const struct search *search)
{
	const struct topology *topology = search->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *root = topology->ports.items[i];

		for (size_t j = 0;
		     rc == 0 && root->kind == TOPO_PORT_ROOT && j < root->decoders.count; j++)
			rc = add_window(reach, search, root->decoders.items[j]);
	}
	return rc;
}

void reach_deinit(struct reach *reach)
{
	for (size_t i = 0; i < reach->windows.count; i++)
		ARRAY_FREE(&reach->windows.items[i].extents.list);
	ARRAY_FREE(&reach->windows);
}

static bool leads_to(const struct reach_window *window, int branch)
{
	for (int i = 0; i < window->ways; i++)
		if (window->branches[i] == branch)
			return true;
	return false;
}

/*
 * Tells whether a window has free addresses above @floor: a region at @floor takes @taken bytes of
 * its extent.
 */
static bool has_room_above(const struct reach_window *window, hpa_t floor, uint64_t taken)
{
	for (size_t i = 0; i < window->extents.list.count; i++) {
		const struct topo_extent *extent = &window->extents.list.items[i];

		if (extent->start > floor || (extent->start == floor && extent->size > taken))
			return true;
	}
	return false;
}

static bool is_member(const struct candidate *candidate, int leaf)
{
	for (int i = 0; candidate && i < candidate->ways; i++)
		if (candidate->targets[i] == leaf)
			return true;
	return false;
}

/* Tells whether a branch has free memory, now (NULL) or after @candidate was made. */
static bool has_memory(struct search *search, int branch, enum topo_mode mode,
		       const struct candidate *candidate)
{
	const struct tree_branch *range = &search->tree.branches.items[branch];

	for (int i = range->begin; i < range->end; i++) {
		const struct tree_node *node = &search->tree.nodes.items[i];

		if (!node->memdev)
			continue;
		host_tree_measure(&search->tree, i);
		if (dpa_usable(&node->dpa[tree_partition(mode)]) >
		    (is_member(candidate, i) ? candidate->share : 0))
			return true;
	}
	return false;
}

static bool can_use(const struct reach_window *window, struct search *search, enum topo_mode mode,
		    const struct candidate *candidate)
{
	bool holds = mode == TOPO_MODE_PMEM ? window->window->pmem_capable
					    : window->window->volatile_capable;

	for (int i = 0; holds && i < window->ways; i++)
		holds = has_memory(search, window->branches[i], mode, candidate);
	return holds;
}

/* Tells whether a window can take a branch's free memory, now (NULL) or after @candidate. */
static bool in_reach(const struct reach *reach, struct search *search, int branch,
		     enum topo_mode mode, const struct candidate *candidate)
{
	const struct tree_node *top =
		&search->tree.nodes.items[search->tree.branches.items[branch].begin];
	hpa_t floor = candidate ? candidate->hpa : top->hpa_floor;

	for (size_t i = 0; i < reach->windows.count; i++) {
		const struct reach_window *window = &reach->windows.items[i];

		if (leads_to(window, branch) &&
		    has_room_above(window, floor, candidate ? candidate->size : UINT64_MAX) &&
		    can_use(window, search, mode, candidate))
			return true;
	}
	return false;
}

int reach_count_stranded(const struct reach *reach, struct search *search,
			 const struct candidate *candidate)
{
	int stranded = 0;

	/* Position p lies below the host bridge of target p mod the window's ways. */
	for (int i = 0; i < candidate->window_ways; i++) {
		int branch = search->tree.nodes.items[candidate->targets[i]].branch;

		stranded += has_memory(search, branch, candidate->mode, candidate) &&
			    in_reach(reach, search, branch, candidate->mode, NULL) &&
			    !in_reach(reach, search, branch, candidate->mode, candidate);
	}
	return stranded;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selection and order of a region's targets, top-down over the ports. Pure. Called by candidate.c.
 */
#include "cxl/plan/target-order.h"

#include <string.h>

#include "cxl/plan/interleave.h"

/* A port's part of the problem: the positions base, base + stride, base + 2 * stride... */
struct part {
	int node;
	int base, stride;
};

static const struct tree_node *node_at(const struct target_problem *problem, int index)
{
	return &problem->tree->nodes.items[index];
}

static int log2_of(int number)
{
	return __builtin_ctz((unsigned int)number);
}

/* The granularity of a port with positions of this stride (a multiple of the ways) below it. */
static int port_granularity(const struct target_problem *problem, int stride)
{
	return problem->granularity * interleave_routing_ways(problem->window_ways) *
	       (stride / problem->window_ways);
}

/* ---- choosing ---- */

/*
 * The children that provide @share memdevs each at the lowest cost, at most @count of them, in the
 * order of the tree. Among equal children the first ones are picked.
 */
struct pick {
	uint64_t cost;
	int count;
	int children[INTERLEAVE_PORT_TARGETS_MAX];
};

static void pick_insert(struct pick *pick, uint64_t *costs, int count, int child, uint64_t cost)
{
	int at = pick->count;

	if (at == count) {
		if (cost >= costs[count - 1])
			return;
		at--;
	} else {
		pick->count++;
	}
	for (; at > 0 && cost < costs[at - 1]; at--) {
		costs[at] = costs[at - 1];
		pick->children[at] = pick->children[at - 1];
	}
	costs[at] = cost;
	pick->children[at] = child;
}

static struct pick pick_children(const struct tree_node *node, const struct target_offer *offers,
				 int share, int count)
{
	uint64_t costs[INTERLEAVE_PORT_TARGETS_MAX];
	struct pick pick = { 0 };

	for (int i = 0; i < node->child_count; i++) {
		uint64_t cost = offers[node->first_child + i].cost[share];

		if (cost < TARGET_COST_NEVER)
			pick_insert(&pick, costs, count, node->first_child + i, cost);
	}
	if (pick.count < count) {
		pick.cost = TARGET_COST_NEVER;
		return pick;
	}
	for (int i = 0; i < count; i++)
		pick.cost += costs[i];
	return pick;
}

/*
 * Finds the best number of targets of a port for 2^@power memdevs. Many targets are preferred near
 * the root, because the traffic then uses different links sooner.
 */
static struct pick best_pick(const struct tree_node *node, const struct target_offer *offers,
			     int power, int granularity, int *ret_width)
{
	struct pick best = { .cost = TARGET_COST_NEVER };

	for (int width = power < 3 ? power : 3; width >= 0; width--) {
		struct pick pick;

		if (node->child_count < 1 << width ||
		    !interleave_decoder_fits(1 << width, granularity))
			continue;
		pick = pick_children(node, offers, power - width, 1 << width);
		if (pick.cost < best.cost) {
			best = pick;
			*ret_width = width;
		}
	}
	return best;
}

/* Computes the offers of each port of a branch, bottom-up, for 1, 2, 4... @share memdevs. */
static void fill_offers(const struct target_problem *problem, int branch,
			struct target_offer *offers, int share)
{
	const struct tree_branch *range = &problem->tree->branches.items[branch];

	for (int i = range->end - 1; i >= range->begin; i--) {
		const struct tree_node *node = node_at(problem, i);

		for (int power = node->memdev ? 1 : 0; power <= log2_of(share); power++) {
			/*
			 * The targets of all ports above multiply to the branch's share over this
			 * port's.
			 */
			int stride = problem->window_ways * (share >> power);
			int granularity = port_granularity(problem, stride), width;

			offers[i].cost[power] = TARGET_COST_NEVER;
			if (!node->memdev)
				offers[i].cost[power] =
					best_pick(node, offers, power, granularity, &width).cost;
		}
	}
}

static void sort_children(struct pick *pick)
{
	for (int i = 1; i < pick->count; i++)
		for (int j = i; j > 0 && pick->children[j] < pick->children[j - 1]; j--) {
			int child = pick->children[j];

			pick->children[j] = pick->children[j - 1];
			pick->children[j - 1] = child;
		}
}

static void assign(const struct target_problem *problem, const struct target_offer *offers,
		   struct part part, int power, int *targets)
{
	const struct tree_node *node = node_at(problem, part.node);
	struct pick pick;
	int width = 0;

	if (node->memdev) {
		targets[part.base] = part.node;
		return;
	}
	pick = best_pick(node, offers, power, port_granularity(problem, part.stride), &width);
	sort_children(&pick);
	for (int i = 0; i < pick.count; i++)
		assign(problem, offers,
		       (struct part){ pick.children[i], part.base + i * part.stride,
				      part.stride << width },
		       power - width, targets);
}

static int count_usable(const struct target_problem *problem, int branch,
			const struct target_offer *offers)
{
	const struct tree_branch *range = &problem->tree->branches.items[branch];
	int usable = 0;

	for (int i = range->begin; i < range->end; i++)
		if (node_at(problem, i)->memdev && offers[i].cost[0] < TARGET_COST_NEVER)
			usable++;
	return usable;
}

/* Tells why a branch can't offer its share. */
static struct target_answer explain(const struct target_problem *problem, int branch,
				    struct target_offer *offers, int share)
{
	int top = problem->tree->branches.items[branch].begin;
	struct target_answer answer = { .node = top, .wanted = share };
	struct target_problem finest = *problem;

	answer.found = count_usable(problem, branch, offers);
	if (answer.found < share) {
		answer.result = TARGET_TOO_FEW;
		return answer;
	}
	finest.granularity = INTERLEAVE_GRANULARITY_MIN;
	fill_offers(&finest, branch, offers, share);
	answer.result = TARGET_UNEVEN;
	if (offers[top].cost[log2_of(share)] < TARGET_COST_NEVER)
		answer.result = TARGET_GRANULARITY;
	return answer;
}

/* Checks the memdevs' own decoders; the ports were checked on the way. */
static struct target_answer check_region(const struct target_problem *problem,
					 struct target_answer answer)
{
	if (answer.result == TARGET_OK &&
	    !interleave_decoder_fits(problem->ways, problem->granularity)) {
		answer.result = TARGET_GRANULARITY;
		answer.node = answer.targets[0];
	}
	return answer;
}

struct target_answer target_choose(const struct target_problem *problem,
				   struct target_offer *offers)
{
	struct target_answer answer = { .result = TARGET_OK };
	int share = problem->ways / problem->window_ways;

	for (int i = 0; i < problem->window_ways; i++) {
		int branch = problem->branches[i];
		int top = problem->tree->branches.items[branch].begin;

		fill_offers(problem, branch, offers, share);
		if (offers[top].cost[log2_of(share)] >= TARGET_COST_NEVER)
			return explain(problem, branch, offers, share);
		assign(problem, offers, (struct part){ top, i, problem->window_ways },
		       log2_of(share), answer.targets);
	}
	return check_region(problem, answer);
}

/* ---- placing named memdevs ---- */

/* The child of @above that leads to @leaf. */
static int child_towards(const struct target_problem *problem, int above, int leaf)
{
	while (node_at(problem, leaf)->parent != above)
		leaf = node_at(problem, leaf)->parent;
	return leaf;
}

static struct target_answer failure(enum target_result result, int node, int wanted, int found)
{
	return (struct target_answer){
		.result = result, .node = node, .wanted = wanted, .found = found
	};
}

/*
 * The leaves of a port, grouped by the child that leads to them, in the order of their first
 * leaves.
 */
struct groups {
	int count;
	int child[TOPO_TARGETS_MAX];
	int size[TOPO_TARGETS_MAX];
	int leaves[TOPO_TARGETS_MAX][TOPO_TARGETS_MAX];
};

static void group_leaves(const struct target_problem *problem, int node, const int *leaves,
			 int count, struct groups *groups)
{
	groups->count = 0;
	for (int i = 0; i < count; i++) {
		int child = child_towards(problem, node, leaves[i]);
		int group = 0;

		while (group < groups->count && groups->child[group] != child)
			group++;
		if (group == groups->count) {
			groups->child[group] = child;
			groups->size[group] = 0;
			groups->count++;
		}
		groups->leaves[group][groups->size[group]++] = leaves[i];
	}
}

static struct target_answer check_port(const struct target_problem *problem, struct part part,
				       const struct groups *groups)
{
	int granularity = port_granularity(problem, part.stride);

	if (groups->count > INTERLEAVE_PORT_TARGETS_MAX)
		return failure(TARGET_TOO_MANY, part.node, INTERLEAVE_PORT_TARGETS_MAX,
			       groups->count);
	/* All memdevs of a port are a power of two; so are equal parts of them. */
	for (int i = 1; i < groups->count; i++)
		if (groups->size[i] != groups->size[0])
			return failure(TARGET_UNEVEN, part.node, groups->size[0], groups->size[i]);
	if (!interleave_decoder_fits(groups->count, granularity))
		return failure(TARGET_GRANULARITY, part.node, INTERLEAVE_GRANULARITY_MAX,
			       granularity);
	return failure(TARGET_OK, part.node, 0, 0);
}

static struct target_answer place(const struct target_problem *problem, struct part part,
				  const int *leaves, int count, int *targets)
{
	struct target_answer answer;
	struct groups groups;

	if (node_at(problem, part.node)->memdev) {
		targets[part.base] = part.node;
		return failure(TARGET_OK, part.node, 0, 0);
	}
	group_leaves(problem, part.node, leaves, count, &groups);
	answer = check_port(problem, part, &groups);
	for (int i = 0; answer.result == TARGET_OK && i < groups.count; i++)
		answer = place(problem,
			       (struct part){ groups.child[i], part.base + i * part.stride,
					      part.stride * groups.count },
			       groups.leaves[i], groups.size[i], targets);
	return answer;
}

/* Tells whether the positions of a port repeat over its targets, at this port and below. */
static bool order_fits(const struct target_problem *problem, int node, const int *leaves, int count)
{
	struct groups groups;

	if (node_at(problem, node)->memdev)
		return true;
	/* Groups are in the order of their first leaves, which is the order of the targets. */
	group_leaves(problem, node, leaves, count, &groups);
	for (int i = 0; i < count; i++)
		if (child_towards(problem, node, leaves[i]) != groups.child[i % groups.count])
			return false;
	for (int i = 0; i < groups.count; i++)
		if (!order_fits(problem, groups.child[i], groups.leaves[i], groups.size[i]))
			return false;
	return true;
}

static bool whole_order_fits(const struct target_problem *problem, const int *leaves)
{
	int share = problem->ways / problem->window_ways;

	for (int i = 0; i < problem->window_ways; i++) {
		int own[TOPO_TARGETS_MAX];

		for (int j = 0; j < share; j++) {
			own[j] = leaves[i + j * problem->window_ways];
			if (node_at(problem, own[j])->branch != problem->branches[i])
				return false;
		}
		if (!order_fits(problem, problem->tree->branches.items[problem->branches[i]].begin,
				own, share))
			return false;
	}
	return true;
}

/* Sorts leaves in the order of the tree: the order in the request must not matter. */
static void sort_leaves(int *leaves, int count)
{
	for (int i = 1; i < count; i++)
		for (int j = i; j > 0 && leaves[j] < leaves[j - 1]; j--) {
			int leaf = leaves[j];

			leaves[j] = leaves[j - 1];
			leaves[j - 1] = leaf;
		}
}

static struct target_answer check_branches(const struct target_problem *problem, const int *leaves)
{
	for (int i = 0; i < problem->ways; i++) {
		bool inside = false;

		for (int j = 0; j < problem->window_ways; j++)
			inside = inside ||
				 node_at(problem, leaves[i])->branch == problem->branches[j];
		if (!inside)
			return failure(TARGET_OUTSIDE, leaves[i], 0, 0);
	}
	return failure(TARGET_OK, leaves[0], 0, 0);
}

static struct target_answer place_branch(const struct target_problem *problem, int target,
					 const int *leaves, int *targets)
{
	int share = problem->ways / problem->window_ways;
	int branch = problem->branches[target], own[TOPO_TARGETS_MAX], count = 0;
	int top = problem->tree->branches.items[branch].begin;

	for (int i = 0; i < problem->ways; i++)
		if (node_at(problem, leaves[i])->branch == branch)
			own[count++] = leaves[i];
	if (count != share)
		return failure(TARGET_WRONG_SHARE, top, share, count);
	return place(problem, (struct part){ top, target, problem->window_ways }, own, count,
		     targets);
}

struct target_answer target_place(const struct target_problem *problem, const int *leaves,
				  bool ordered)
{
	int sorted[TOPO_TARGETS_MAX], targets[TOPO_TARGETS_MAX];
	size_t size = (size_t)problem->ways * sizeof(*leaves);
	struct target_answer answer;

	memcpy(sorted, leaves, size);
	sort_leaves(sorted, problem->ways);
	answer = check_branches(problem, sorted);
	for (int i = 0; answer.result == TARGET_OK && i < problem->window_ways; i++)
		answer = place_branch(problem, i, sorted, targets);
	if (answer.result != TARGET_OK)
		return answer;
	if (ordered && !whole_order_fits(problem, leaves))
		answer.result = TARGET_ORDER;
	memcpy(answer.targets, answer.result == TARGET_OK && ordered ? leaves : targets, size);
	return check_region(problem, answer);
}

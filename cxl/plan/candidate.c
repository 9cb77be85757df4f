// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evaluates one window: the number of ways, the memdevs, their shares, and the address. Pure.
 * Called by region-plan.c.
 *
 * The order of the questions follows from their dependencies: ways and size give the share of each
 * memdev, the size gives the address, share and address decide which memdevs can take part, and
 * those decide the targets.
 */
#include "cxl/plan/candidate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cxl/plan/interleave.h"
#include "cxl/plan/obstacle.h"
#include "cxl/plan/request-command.h"
#include "util/size.h"

/* The number of free capacities for which a set of equal memdevs is tried. */
#define CLASSES_MAX 8

/* The window at hand, and the findings about it. */
struct view {
	struct search *search;
	const struct topo_decoder *window;
	enum topo_mode mode;
	int window_ways;
	int granularity;
	bool granularity_fixed;
	int branches[TOPO_TARGETS_MAX];
	int leaves;	 /* enabled memdevs below the window */
	uint64_t usable; /* the largest free capacity of a memdev, if the request gives no size */
	bool report;	 /* refuse with reasons; off while another trial may succeed */
};

/* One trial: the share of each memdev, and the address. */
struct trial {
	int ways;
	struct demand demand;
	uint64_t leftover;
};

/* "4 ways", "1 way"; the text lives as long as the enclosing block. */
#define WAYS(ways)    ways_text(ways, (char[WAYS_TEXT_MAX]){ 0 })
#define WAYS_TEXT_MAX 24

#define REFUSE(view, code, hint, ...)                                                              \
	((view)->report ? refusal_add((view)->search->refusals, code, (view)->window->name, hint,  \
				      __VA_ARGS__)                                                 \
				  ?: CANDIDATE_E_NONE                                              \
			: CANDIDATE_E_NONE)

static const struct tree_node *node_at(const struct view *view, int index)
{
	return &view->search->tree.nodes.items[index];
}

static const char *ways_text(int ways, char text[static WAYS_TEXT_MAX])
{
	(void)snprintf(text, WAYS_TEXT_MAX, ways == 1 ? "%d way" : "%d ways", ways);
	return text;
}

/* ---- the window itself ---- */

static bool can_hold(const struct topo_decoder *window, enum topo_mode mode)
{
	return mode == TOPO_MODE_PMEM ? window->pmem_capable : window->volatile_capable;
}

static int check_type(struct view *view)
{
	const struct region_request *request = view->search->request;

	view->mode = request->type;
	if (request->type == TOPO_MODE_NONE) {
		/* Memory is wanted: RAM, unless window or UUID leave nothing but pmem. */
		view->mode = TOPO_MODE_RAM;
		if ((!view->window->volatile_capable || request->uuid) &&
		    request->goal == PLAN_GOAL_REGION)
			view->mode = TOPO_MODE_PMEM;
	}
	if (!can_hold(view->window, view->mode))
		return REFUSE(view, "window-type", NULL, "%s cannot hold %s regions",
			      view->window->name, topo_mode_name(view->mode));
	if (view->mode == TOPO_MODE_PMEM && !request->uuid && !request->fresh_uuid)
		return REFUSE(view, "uuid-missing", "give the region a UUID",
			      "a pmem region needs a UUID");
	return 0;
}

static int check_qos(struct view *view)
{
	int wanted = view->search->request->qos_class;

	if (wanted == TOPO_UNKNOWN_INT || wanted == view->window->qos_class)
		return 0;
	if (view->window->qos_class == TOPO_UNKNOWN_INT)
		return REFUSE(view, "qos-class-other", NULL, "%s has no QoS class, %d is asked for",
			      view->window->name, wanted);
	return REFUSE(view, "qos-class-other", NULL, "%s is of QoS class %d, %d is asked for",
		      view->window->name, view->window->qos_class, wanted);
}

static int check_granularity(struct view *view)
{
	int wanted = view->search->request->granularity;
	int own = view->window->interleave_granularity;

	view->granularity_fixed = view->window_ways > 1 || wanted;
	view->granularity = own;
	if (view->window_ways > 1) {
		if (!interleave_granularity_valid(own))
			return REFUSE(view, "snapshot-incomplete", NULL,
				      "the snapshot does not tell the granularity of %s",
				      view->window->name);
		if (wanted && wanted != own)
			return REFUSE(view, "window-granularity",
				      "leave the granularity to the planner",
				      "%s interleaves %d host bridges every %d bytes, its regions "
				      "cannot have %d",
				      view->window->name, view->window_ways, own, wanted);
	} else if (wanted) {
		view->granularity = wanted;
	} else if (!interleave_granularity_valid(own)) {
		view->granularity = INTERLEAVE_GRANULARITY_MIN;
	}
	return 0;
}

static int count_leaves(const struct view *view, int branch)
{
	const struct tree_branch *range = &view->search->tree.branches.items[branch];
	int count = 0;

	for (int i = range->begin; i < range->end; i++)
		count += node_at(view, i)->memdev != NULL;
	return count;
}

/* `cxl list` does not tell the dport at the root of a restricted host's endpoint. */
static bool hides_restricted(const struct view *view)
{
	const struct host_tree *tree = &view->search->tree;

	for (size_t i = 0; i < tree->branches.count; i++) {
		const struct tree_node *top = node_at(view, tree->branches.items[i].begin);

		if (top->memdev && top->port->parent == view->window->port &&
		    !top->port->parent_dport)
			return true;
	}
	return false;
}

static int refuse_target(struct view *view, const struct topo_target *target, int position)
{
	if (hides_restricted(view))
		return REFUSE(view, "snapshot-incomplete", plan_record_hint(view->search->topology),
			      "the snapshot does not tell which memdev of a restricted (CXL 1.1) "
			      "host target %d of %s (%s) leads to",
			      position, view->window->name, target->dport);
	return REFUSE(view, "too-few-memdevs", NULL,
		      "no memdev is enabled below target %d of %s (%s)", position,
		      view->window->name, target->dport);
}

static int resolve_targets(struct view *view)
{
	const struct host_tree *tree = &view->search->tree;
	int restricted = 0;

	for (int i = 0; i < view->window_ways; i++) {
		const struct topo_target *target = &view->window->targets.items[i];
		int branch = host_tree_branch(tree, view->window->port, target);

		if (branch == TREE_NONE)
			return refuse_target(view, target, i);
		for (int j = 0; j < i; j++)
			if (view->branches[j] == branch)
				return REFUSE(view, "window-target-twice", NULL,
					      "%s has %s as target %d and again as %d",
					      view->window->name, target->dport, j, i);
		view->branches[i] = branch;
		view->leaves += count_leaves(view, branch);
		restricted += node_at(view, tree->branches.items[branch].begin)->memdev != NULL;
	}
	if (restricted && restricted != view->window_ways)
		return REFUSE(view, "mixed-hosts", NULL,
			      "%s mixes restricted (CXL 1.1) and other host bridges",
			      view->window->name);
	return 0;
}

static int check_targets(struct view *view)
{
	const struct topo_decoder *window = view->window;

	view->window_ways = window->interleave_ways;
	if (!interleave_ways_valid(view->window_ways))
		return REFUSE(view, "snapshot-incomplete", NULL,
			      "the snapshot does not tell the interleave ways of %s", window->name);
	if (window->targets.count < (size_t)view->window_ways)
		return REFUSE(view, "window-target-missing",
			      "take the snapshot with all levels of detail (`cxl list -vvv`)",
			      "%s has %d targets, of which %zu are known", window->name,
			      view->window_ways, window->targets.count);
	return resolve_targets(view);
}

static int check_window(struct view *view)
{
	int rc;

	if (view->window->locked)
		return REFUSE(view, "window-locked", NULL,
			      "firmware locked %s: a region in it could not be removed again",
			      view->window->name);
	rc = check_type(view);
	if (rc == 0)
		rc = check_qos(view);
	if (rc == 0)
		rc = check_targets(view);
	return rc ? rc : check_granularity(view);
}

/* ---- one trial: its refusals ---- */

static int refuse_memdev(struct view *view, const struct trial *trial, int leaf,
			 enum obstacle obstacle)
{
	const struct host_tree *tree = &view->search->tree;
	char text[OBSTACLE_TEXT_MAX], hint[WAY_OUT_MAX];

	if (!view->report)
		return CANDIDATE_E_NONE;
	obstacle_text(tree, node_at(view, leaf), &trial->demand, obstacle, text);
	return REFUSE(view, obstacle_code(tree, node_at(view, leaf), obstacle),
		      obstacle_hint(tree, node_at(view, leaf), &trial->demand, obstacle, hint),
		      "with %s, %s", WAYS(trial->ways), text);
}

/* Below a branch with too few memdevs, names the obstacle of the memdev that came closest. */
static int refuse_too_few(struct view *view, const struct trial *trial,
			  const struct target_answer *answer)
{
	const struct tree_node *top = node_at(view, answer->node);
	const struct tree_branch *range = &view->search->tree.branches.items[top->branch];
	char text[OBSTACLE_TEXT_MAX], hint[WAY_OUT_MAX];
	enum obstacle closest = OBSTACLE_NONE;
	int leaf = TREE_NONE, total = 0;

	for (int i = range->begin; i < range->end; i++) {
		enum obstacle obstacle;

		if (!node_at(view, i)->memdev)
			continue;
		total++;
		obstacle = obstacle_of(node_at(view, i), &trial->demand);
		if (obstacle > closest) {
			closest = obstacle;
			leaf = i;
		}
	}
	if (total < answer->wanted || leaf == TREE_NONE)
		return REFUSE(view, "too-few-memdevs", "ask for fewer ways",
			      "with %s, %d memdevs are needed below %s, which has %d",
			      WAYS(trial->ways), answer->wanted, top->port->name, total);
	obstacle_text(&view->search->tree, node_at(view, leaf), &trial->demand, closest, text);
	return REFUSE(view, obstacle_code(&view->search->tree, node_at(view, leaf), closest),
		      obstacle_hint(&view->search->tree, node_at(view, leaf), &trial->demand,
				    closest, hint),
		      "with %s, %d of the %d memdevs below %s are needed, %d can: %s",
		      WAYS(trial->ways), answer->wanted, total, top->port->name, answer->found,
		      text);
}

/* The same command with the memdevs in an order that works. */
static const char *order_hint(const struct view *view, const struct target_answer *answer, int ways,
			      char hint[static REQUEST_COMMAND_MAX])
{
	struct region_request request = *view->search->request;
	const char *names[TOPO_TARGETS_MAX];

	for (int i = 0; i < ways; i++)
		names[i] = node_at(view, answer->targets[i])->memdev->name;
	request.memdevs = names;
	request.memdev_count = (size_t)ways;
	request_command(&request, view->window->name, request.size_bytes, hint);
	return hint;
}

static int refuse_uneven(struct view *view, const struct trial *trial,
			 const struct target_answer *answer)
{
	const char *port = node_at(view, answer->node)->port->name;
	const char *hint =
		"take as many memdevs below each port of a switch, from 1, 2, 4 or 8 ports";

	if (view->search->named_count == 0)
		return REFUSE(view, "uneven-ports", hint,
			      "no %d of the memdevs below %s spread evenly over a power of two of "
			      "ports at each level",
			      answer->wanted, port);
	return REFUSE(view, "uneven-ports", hint,
		      "with %s, one port below %s has %d of the memdevs and another %d",
		      WAYS(trial->ways), port, answer->wanted, answer->found);
}

static int refuse_targets(struct view *view, const struct trial *trial,
			  const struct target_answer *answer)
{
	const struct tree_node *node = node_at(view, answer->node);
	char hint[REQUEST_COMMAND_MAX];

	if (!view->report)
		return CANDIDATE_E_NONE;
	switch (answer->result) {
	case TARGET_TOO_FEW:
		return refuse_too_few(view, trial, answer);
	case TARGET_UNEVEN:
		return refuse_uneven(view, trial, answer);
	case TARGET_TOO_MANY:
		return REFUSE(view, "too-many-targets", NULL,
			      "with %s, %s would need %d targets, more than the %d that a "
			      "decoder has",
			      WAYS(trial->ways), node->port->name, answer->found, answer->wanted);
	case TARGET_GRANULARITY:
		return REFUSE(view, "granularity-too-coarse",
			      "use a finer granularity or fewer ways",
			      "with %s every %d bytes, %s or something below it would have to "
			      "select by address bits that no decoder looks at",
			      WAYS(trial->ways), view->granularity, node->port->name);
	case TARGET_OUTSIDE:
		return REFUSE(view, "memdev-outside-window", "name another window, or none",
			      "%s is not below a host bridge of %s", node->memdev->name,
			      view->window->name);
	case TARGET_WRONG_SHARE:
		return REFUSE(
			view, "host-bridge-share", NULL,
			"%s spreads over %d host bridge%s: with %s, %d of the memdevs below %s "
			"are needed, %d are there",
			view->window->name, view->window_ways, view->window_ways == 1 ? "" : "s",
			WAYS(trial->ways), answer->wanted, node->port->name, answer->found);
	case TARGET_ORDER:
		return REFUSE(view, "target-order", order_hint(view, answer, trial->ways, hint),
			      "the memdevs cannot have these positions in %s", view->window->name);
	case TARGET_OK:
		break;
	}
	return CANDIDATE_E_NONE;
}

/* Counts the windows of the same bus that can hold the region. */
static int count_windows(const struct view *view)
{
	const struct topo_port *root = view->window->port;
	int count = 0;

	for (size_t i = 0; i < root->decoders.count; i++)
		count += can_hold(root->decoders.items[i], view->mode);
	return count;
}

/* Refuses a size that even the empty window could not hold. */
static int refuse_window_size(struct view *view, uint64_t size)
{
	char all[SIZE_TEXT_MAX], wanted[SIZE_TEXT_MAX];
	const char *name = view->window->name;

	(void)size_format(view->window->size, all);
	(void)size_format(size, wanted);
	if (count_windows(view) > 1)
		return REFUSE(view, "window-too-small", NULL,
			      "%s has %s in all: %s need one request for each window", name, all,
			      wanted);
	return REFUSE(view, "window-too-small", NULL, "%s has %s in all, %s are needed", name, all,
		      wanted);
}

static int refuse_extent(struct view *view, uint64_t size)
{
	uint64_t largest = hpa_largest(&view->search->extents);
	uint64_t total = hpa_total(&view->search->extents);
	char largest_text[SIZE_TEXT_MAX], total_text[SIZE_TEXT_MAX], size_text[SIZE_TEXT_MAX];
	char holders[256] = "", hint_text[WAY_OUT_MAX];
	const char *hint;
	size_t held = 0;

	if (!view->report)
		return CANDIDATE_E_NONE;
	if (view->window->size < size)
		return refuse_window_size(view, size);
	(void)size_format(largest, largest_text);
	(void)size_format(total, total_text);
	(void)size_format(size, size_text);
	/*
	 * An empty window has no holders, and a search for them would take as long as in a full
	 * one.
	 */
	if (total < view->window->size)
		held = way_out_name_holders(view->search->topology, view->window, holders,
					    sizeof(holders));
	hint = way_out_of_window(view->search->topology, view->window, hint_text);
	if (total >= size)
		return REFUSE(view, "window-fragmented", hint,
			      "%s has %s free, but at most %s in one piece, and %s are needed: "
			      "%s %s between",
			      view->window->name, total_text, largest_text, size_text, holders,
			      held == 1 ? "is" : "are");
	return REFUSE(view, "window-too-small", hint,
		      "%s has %s of address space free, %s%s are needed%s%s", view->window->name,
		      total_text, view->search->request->size_bytes ? "" : "at least ", size_text,
		      held ? "; it holds " : "", holders);
}

/* ---- one trial: its result ---- */

static void count_against(const struct view *view, struct candidate *candidate)
{
	uint64_t first = 0;

	for (int i = 0; i < candidate->ways; i++) {
		const struct tree_node *leaf = node_at(view, candidate->targets[i]);
		uint64_t usable = dpa_usable(&leaf->dpa[tree_partition(candidate->mode)]);
		int qos_class = obstacle_qos_class(leaf->memdev, candidate->mode);

		if (i == 0)
			first = usable;
		candidate->unequal = candidate->unequal || usable != first;
		candidate->splits += usable > candidate->share;
		candidate->distance += leaf->distance;
		candidate->mismatches += qos_class != TOPO_UNKNOWN_INT &&
					 view->window->qos_class != TOPO_UNKNOWN_INT &&
					 qos_class != view->window->qos_class;
	}
}

static struct candidate candidate_from(const struct view *view, const struct trial *trial,
				       const struct target_problem *problem,
				       const struct target_answer *answer)
{
	struct candidate candidate = {
		.window = view->window,
		.mode = view->mode,
		.window_ways = view->window_ways,
		.ways = trial->ways,
		.granularity = problem->granularity,
		.share = trial->demand.share,
		.size = trial->demand.share * (uint64_t)trial->ways,
		.hpa = trial->demand.hpa,
		.leftover = trial->leftover,
	};

	memcpy(candidate.targets, answer->targets, sizeof(candidate.targets));
	count_against(view, &candidate);
	return candidate;
}

static struct target_problem problem_from(const struct view *view, int ways)
{
	struct target_problem problem = {
		.tree = &view->search->tree,
		.ways = ways,
		.granularity = view->granularity,
		.window_ways = view->window_ways,
	};

	memcpy(problem.branches, view->branches, sizeof(problem.branches));
	return problem;
}

/* Tries finer granularities if the request gives none and a finer one would help. */
static struct target_answer solve(const struct view *view, struct target_problem *problem)
{
	const struct search *search = view->search;
	struct target_answer answer;

	for (;;) {
		answer = search->named_count ? target_place(problem, search->named,
							    search->request->memdevs_ordered)
					     : target_choose(problem, search->offers);
		if (answer.result != TARGET_GRANULARITY || view->granularity_fixed ||
		    problem->granularity == INTERLEAVE_GRANULARITY_MIN)
			return answer;
		problem->granularity /= 2;
	}
}

static int try_named(struct view *view, const struct trial *trial, struct candidate *ret_candidate)
{
	struct target_problem problem = problem_from(view, trial->ways);
	struct target_answer answer = solve(view, &problem);

	if (answer.result != TARGET_OK)
		return refuse_targets(view, trial, &answer);
	for (int i = 0; i < trial->ways; i++) {
		enum obstacle obstacle =
			obstacle_of(node_at(view, view->search->named[i]), &trial->demand);

		if (obstacle != OBSTACLE_NONE)
			return refuse_memdev(view, trial, view->search->named[i], obstacle);
	}
	*ret_candidate = candidate_from(view, trial, &problem, &answer);
	return 0;
}

/*
 * The cost of a memdev, by weight: a foreign QoS class, the distance, a capacity that is split. The
 * sum of 16 costs stays below the next weight.
 */
static uint64_t leaf_cost(const struct view *view, const struct tree_node *leaf,
			  const struct demand *demand)
{
	int qos_class = obstacle_qos_class(leaf->memdev, demand->mode);
	uint64_t cost = (uint64_t)leaf->distance << 8;

	if (obstacle_of(leaf, demand) != OBSTACLE_NONE)
		return TARGET_COST_NEVER;
	if (qos_class != TOPO_UNKNOWN_INT && demand->qos_class != TOPO_UNKNOWN_INT &&
	    qos_class != demand->qos_class)
		cost += UINT64_C(1) << 32;
	return cost + (dpa_usable(&leaf->dpa[tree_partition(view->mode)]) > demand->share);
}

static bool usable_matches(const struct view *view, const struct tree_node *leaf, uint64_t usable)
{
	return usable == 0 || dpa_usable(&leaf->dpa[tree_partition(view->mode)]) == usable;
}

/*
 * Fills in the costs of the window's leaves. With @usable, a leaf with other free capacity is
 * excluded.
 */
static void fill_costs(const struct view *view, const struct trial *trial, uint64_t usable)
{
	const struct search *search = view->search;

	for (int i = 0; i < view->window_ways; i++) {
		const struct tree_branch *range = &search->tree.branches.items[view->branches[i]];

		for (int j = range->begin; j < range->end; j++) {
			const struct tree_node *leaf = node_at(view, j);

			if (!leaf->memdev)
				continue;
			search->offers[j].cost[0] = usable_matches(view, leaf, usable)
							    ? leaf_cost(view, leaf, &trial->demand)
							    : TARGET_COST_NEVER;
		}
	}
}

/* A free capacity, and the number of the window's leaves that have it. */
struct capacity_class {
	uint64_t usable;
	int count;
};

static void count_class(struct capacity_class *classes, int *count, uint64_t usable)
{
	int at = 0;

	while (at < *count && classes[at].usable < usable)
		at++;
	if (at < *count && classes[at].usable == usable) {
		classes[at].count++;
		return;
	}
	if (at == CLASSES_MAX)
		return;
	if (*count < CLASSES_MAX)
		(*count)++;
	memmove(&classes[at + 1], &classes[at], (size_t)(*count - 1 - at) * sizeof(*classes));
	classes[at] = (struct capacity_class){ usable, 1 };
}

/* Collects the free capacities of the window's leaves, ascending, at most CLASSES_MAX of them. */
static int collect_classes(const struct view *view, uint64_t share, struct capacity_class *classes)
{
	const struct search *search = view->search;
	int count = 0;

	for (int i = 0; i < view->window_ways; i++) {
		const struct tree_branch *range = &search->tree.branches.items[view->branches[i]];

		for (int j = range->begin; j < range->end; j++) {
			const struct tree_node *leaf = node_at(view, j);
			uint64_t usable = dpa_usable(&leaf->dpa[tree_partition(view->mode)]);

			if (leaf->memdev && usable >= share)
				count_class(classes, &count, usable);
		}
	}
	return count;
}

/* Compares regions of the same window and ways; region-plan.c has the whole order. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->mismatches != b->mismatches)
		return a->mismatches < b->mismatches;
	if (a->distance != b->distance)
		return a->distance < b->distance;
	if (a->unequal != b->unequal)
		return b->unequal;
	return a->splits < b->splits;
}

static struct target_answer choose(const struct view *view, const struct trial *trial,
				   uint64_t usable, struct target_problem *problem)
{
	*problem = problem_from(view, trial->ways);
	fill_costs(view, trial, usable);
	return solve(view, problem);
}

/*
 * Prefers memdevs with equal free capacity, because their rests are equal again. The trial with all
 * memdevs decides whether the share is possible at all.
 */
static int try_free(struct view *view, const struct trial *trial, struct candidate *ret_candidate)
{
	struct capacity_class classes[CLASSES_MAX];
	struct target_problem problem;
	struct target_answer answer = choose(view, trial, 0, &problem);
	struct candidate best;
	int count;

	if (answer.result != TARGET_OK)
		return refuse_targets(view, trial, &answer);
	best = candidate_from(view, trial, &problem, &answer);
	count = best.unequal ? collect_classes(view, trial->demand.share, classes) : 0;
	for (int i = 0; i < count; i++) {
		struct candidate other;

		if (classes[i].count < trial->ways)
			continue;
		answer = choose(view, trial, classes[i].usable, &problem);
		if (answer.result != TARGET_OK)
			continue;
		other = candidate_from(view, trial, &problem, &answer);
		if (is_better(&other, &best))
			best = other;
	}
	*ret_candidate = best;
	return 0;
}

static int check_blocks(struct view *view, hpa_t hpa, uint64_t size)
{
	uint64_t block = view->search->topology->memory_block_size;
	char block_text[SIZE_TEXT_MAX], way_out[WAY_OUT_MAX];
	const char *hint = "ask for a multiple of the memory block size";

	if (view->search->request->goal != PLAN_GOAL_SYSTEM_RAM || block == TOPO_UNKNOWN ||
	    block == 0 || (size % block == 0 && hpa % block == 0))
		return 0;
	(void)size_format(block, block_text);
	/* The kernel chooses the address, and earlier regions decide it. */
	if (size % block == 0)
		hint = way_out_of_window(view->search->topology, view->window, way_out);
	return REFUSE(view, "memory-block", hint,
		      "%#" PRIx64 " bytes at %#" PRIx64
		      " are not whole memory blocks of %s: the rest would stay unused",
		      size, hpa, block_text);
}

/* Finds the extent that the kernel will take, and checks the memory blocks there. */
static int check_space(struct view *view, uint64_t size, const struct topo_extent **ret_extent)
{
	const struct topo_extent *extent = hpa_first_fit(&view->search->extents, size);
	int rc;

	if (!extent)
		return refuse_extent(view, size);
	rc = check_blocks(view, extent->start, size);
	if (rc == 0)
		*ret_extent = extent;
	return rc;
}

static int try_share(struct view *view, int ways, uint64_t share, struct candidate *ret_candidate)
{
	struct trial trial = {
		.ways = ways,
		.demand = { .mode = view->mode,
			    .share = share,
			    .qos_class = view->window->qos_class,
			    .qos_enforced = view->search->request->qos_enforced },
	};
	uint64_t size = share * (uint64_t)ways;
	const struct topo_extent *extent;
	int rc = check_space(view, size, &extent);

	if (rc)
		return rc;
	trial.demand.hpa = extent->start;
	trial.leftover = extent->size - size;
	if (view->search->named_count)
		return try_named(view, &trial, ret_candidate);
	return try_free(view, &trial, ret_candidate);
}

/* ---- the size, if the request gives none ---- */

/*
 * Finds the largest share, from @low to @high units, that works: within one extent, if a share
 * fails, so does every larger one. The largest share is tried first, because it works most often.
 */
static int try_range(struct view *view, int ways, uint64_t step, uint64_t low, uint64_t high,
		     struct candidate *ret_candidate)
{
	int found = CANDIDATE_E_NONE;
	uint64_t middle = high;

	for (; low <= high; middle = low + (high - low) / 2) {
		int rc = try_share(view, ways, middle * step, ret_candidate);

		if (rc < 0)
			return rc;
		if (rc == 0) {
			found = 0;
			low = middle + 1;
		} else {
			high = middle - 1;
		}
	}
	return found;
}

static uint64_t most_usable(const struct view *view)
{
	uint64_t most = 0;

	for (int i = 0; i < view->window_ways; i++) {
		const struct tree_branch *range =
			&view->search->tree.branches.items[view->branches[i]];

		for (int j = range->begin; j < range->end; j++) {
			const struct tree_node *node = node_at(view, j);
			uint64_t usable = dpa_usable(&node->dpa[tree_partition(view->mode)]);

			if (node->memdev && usable > most)
				most = usable;
		}
	}
	return most;
}

/* The unit of a memdev's share that makes the region consist of whole memory blocks. */
static uint64_t share_step(const struct view *view, int ways)
{
	uint64_t step = TOPO_CAPACITY_UNIT;

	while (step * (uint64_t)ways % view->search->size_step)
		step *= 2;
	return step;
}

/*
 * The size decides the extent that the kernel takes, and so the address. So sizes are searched
 * extent by extent, beginning with the extent that only the largest sizes reach.
 */
static int try_largest(struct view *view, int ways, struct candidate *ret_candidate)
{
	const struct topo_extent_list *extents = &view->search->extents;
	uint64_t step = share_step(view, ways), stripe = step * (uint64_t)ways;
	uint64_t most = view->usable / step, above = UINT64_MAX;
	bool report = view->report;
	int rc = CANDIDATE_E_NONE;

	view->report = false;
	while (rc == CANDIDATE_E_NONE && above > 0) {
		uint64_t reach = 0, below = 0;

		/*
		 * The longest extent shorter than the last one, and the longest of the extents
		 * before it.
		 */
		for (size_t i = 0; i < extents->list.count; i++)
			if (extents->list.items[i].size < above &&
			    extents->list.items[i].size > reach)
				reach = extents->list.items[i].size;
		for (size_t i = 0; i < extents->list.count && extents->list.items[i].size < reach;
		     i++)
			if (extents->list.items[i].size > below)
				below = extents->list.items[i].size;
		if (reach / stripe > below / stripe && most > below / stripe)
			rc = try_range(view, ways, step, below / stripe + 1,
				       reach / stripe < most ? reach / stripe : most,
				       ret_candidate);
		above = reach;
	}
	view->report = report;
	return rc == CANDIDATE_E_NONE ? try_share(view, ways, step, ret_candidate) : rc;
}

/* ---- the ways ---- */

static bool size_divides(const struct view *view, int ways)
{
	return view->search->request->size_bytes % (TOPO_CAPACITY_UNIT * (uint64_t)ways) == 0;
}

static int refuse_size(struct view *view, int ways)
{
	return REFUSE(view, "size-not-multiple", NULL, "a region of %s has a multiple of %d MiB",
		      WAYS(ways), ways * 256);
}

/* Tells whether all free capacity makes no larger region: preference compares sizes first. */
static bool is_beaten(const struct view *view, int ways, const struct candidate *by)
{
	return view->search->request->size_bytes == 0 && view->usable < by->size / (uint64_t)ways;
}

static int try_ways(struct view *view, int ways, struct candidate *ret_candidate)
{
	uint64_t size = view->search->request->size_bytes;

	if (size == 0)
		return try_largest(view, ways, ret_candidate);
	return try_share(view, ways, size / (uint64_t)ways, ret_candidate);
}

/* Tells whether no candidate with fewer ways could be preferred to @candidate. */
static bool is_perfect(const struct view *view, const struct candidate *candidate)
{
	/* Without a size in the request, other ways may give more memory. */
	return view->search->request->size_bytes && candidate->mismatches == 0 &&
	       !candidate->unequal && view->search->request->near_node == TOPO_UNKNOWN_INT;
}

/* Compares regions of the same window; @a is the wider one. */
static bool wider_is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->size != b->size)
		return a->size > b->size;
	if (a->mismatches != b->mismatches)
		return a->mismatches < b->mismatches;
	if (a->distance * b->ways != b->distance * a->ways)
		return a->distance * b->ways < b->distance * a->ways;
	return !a->unequal || b->unequal;
}

static int try_some_ways(struct view *view, bool optional, struct candidate *ret_candidate)
{
	int found = CANDIDATE_E_NONE;

	for (int ways = INTERLEAVE_WAYS_MAX; ways >= view->window_ways; ways--) {
		struct candidate candidate;
		int rc;

		if (!interleave_ways_valid(ways) || interleave_ways_optional(ways) != optional ||
		    !size_divides(view, ways) ||
		    !interleave_region_ways_fit(ways, view->window_ways) ||
		    (ways > view->leaves && ways > view->window_ways) ||
		    (found == 0 && is_beaten(view, ways, ret_candidate)))
			continue;
		rc = try_ways(view, ways, &candidate);
		if (rc < 0)
			return rc;
		if (rc == CANDIDATE_E_NONE)
			continue;
		if (found == CANDIDATE_E_NONE || !wider_is_better(ret_candidate, &candidate))
			*ret_candidate = candidate;
		found = 0;
		if (is_perfect(view, ret_candidate))
			break;
	}
	return found;
}

/*
 * Ways that some decoders lack are a last resort: only the kernel's refusal shows whether a decoder
 * has them.
 */
static int try_all_ways(struct view *view, struct candidate *ret_candidate)
{
	int rc;

	/* Other ways than the window's are multiples of the window's. */
	if (!size_divides(view, view->window_ways))
		return refuse_size(view, view->window_ways);
	rc = try_some_ways(view, false, ret_candidate);
	return rc == CANDIDATE_E_NONE ? try_some_ways(view, true, ret_candidate) : rc;
}

/* Checks the places of the named memdevs, which no other size can mend. */
static int check_named(struct view *view, int ways)
{
	const struct trial trial = { .ways = ways };
	struct target_problem problem = problem_from(view, ways);
	struct target_answer answer;

	if (view->search->named_count == 0)
		return 0;
	answer = solve(view, &problem);
	return answer.result == TARGET_OK ? 0 : refuse_targets(view, &trial, &answer);
}

static int check_ways(struct view *view, int ways)
{
	if (!interleave_region_ways_fit(ways, view->window_ways))
		return REFUSE(
			view, "window-ways", NULL,
			"%s spreads over %d host bridge%s: its regions have that many ways times a "
			"power of two, not %d",
			view->window->name, view->window_ways, view->window_ways == 1 ? "" : "s",
			ways);
	if (!size_divides(view, ways))
		return refuse_size(view, ways);
	return check_named(view, ways);
}

static int try_window(struct view *view, struct candidate *ret_candidate)
{
	uint64_t size = view->search->request->size_bytes;
	int ways = view->search->ways;
	const struct topo_extent *extent;
	int rc = ways ? check_ways(view, ways) : 0;

	if (rc == 0 && size)
		rc = check_space(view, size, &extent);
	if (rc)
		return rc;
	return ways ? try_ways(view, ways, ret_candidate) : try_all_ways(view, ret_candidate);
}

int candidate_find(struct search *search, const struct topo_decoder *window,
		   struct candidate *ret_candidate)
{
	struct view view = { .search = search, .window = window, .report = true };
	int rc = check_window(&view);

	if (rc)
		return rc;
	rc = hpa_map_window(&search->map, window, &search->extents);
	if (rc == -ENODATA)
		return REFUSE(&view, "snapshot-incomplete", plan_record_hint(search->topology),
			      "the snapshot does not tell the addresses of %s and its regions",
			      window->name);
	if (rc)
		return rc;
	if (search->request->size_bytes == 0)
		view.usable = most_usable(&view);
	/*
	 * First looks for a candidate without reasons: reasons matter only if no number of ways
	 * works.
	 */
	view.report = false;
	rc = try_window(&view, ret_candidate);
	if (rc != CANDIDATE_E_NONE)
		return rc;
	view.report = true;
	return try_window(&view, ret_candidate);
}

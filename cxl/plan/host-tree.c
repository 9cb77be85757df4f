// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds the planner's view of the ports. Pure. Called by region-plan.c.
 */
#include "cxl/plan/host-tree.h"

#include <errno.h>
#include <stdlib.h>

/* A port that is about to enter the tree. A draft has the index of its port in the topology. */
struct draft {
	int first_child, last_child, next_sibling; /* drafts */
	bool known;
};

struct draft_list {
	struct draft *drafts;
	int *tops; /* of the branches, in the order of their lowest memdevs */
	size_t top_count;
	size_t count; /* of all known drafts */
};

static int draft_list_init(struct draft_list *list, const struct topology *topology)
{
	/* One more than needed, so that a host without ports does not make malloc() return NULL. */
	const size_t count = topology->ports.count + 1;

	list->drafts = malloc(count * sizeof(*list->drafts));
	list->tops = malloc(count * sizeof(*list->tops));
	if (!list->drafts || !list->tops)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		list->drafts[i] = (struct draft){ TREE_NONE, TREE_NONE, TREE_NONE, false };
	return 0;
}

static void draft_list_deinit(struct draft_list *list)
{
	free(list->drafts);
	free(list->tops);
}

static void draft_link(struct draft *drafts, int parent, int child)
{
	if (drafts[parent].last_child == TREE_NONE)
		drafts[parent].first_child = child;
	else
		drafts[drafts[parent].last_child].next_sibling = child;
	drafts[parent].last_child = child;
}

/* Adds an endpoint, and the ports above it that have not been added yet. */
static void draft_path(struct draft_list *list, const struct topo_port *endpoint)
{
	int child = TREE_NONE;

	for (const struct topo_port *port = endpoint; port && port->kind != TOPO_PORT_ROOT;
	     port = port->parent) {
		const int draft = (int)port->place;
		const bool known = list->drafts[draft].known;

		list->drafts[draft].known = true;
		if (child != TREE_NONE)
			draft_link(list->drafts, draft, child);
		if (known)
			return;
		list->count++;
		child = draft;
	}
	if (child != TREE_NONE)
		list->tops[list->top_count++] = child;
}

static void add_node(struct host_tree *tree, const struct topo_port *port, int parent, int branch)
{
	tree->nodes.items[tree->nodes.count++] = (struct tree_node){
		.port = port,
		.memdev = port->kind == TOPO_PORT_ENDPOINT ? port->memdev : NULL,
		.parent = parent,
		.first_child = TREE_NONE,
		.branch = branch,
	};
}

/* Breadth first: a node's children are neighbours, behind all nodes of the node's own level. */
static int add_branch(struct host_tree *tree, const struct draft_list *list, int top)
{
	struct topo_port *const *ports = tree->topology->ports.items;
	struct tree_branch branch = { .begin = (int)tree->nodes.count };
	int index = (int)tree->branches.count;

	add_node(tree, ports[top], TREE_NONE, index);
	for (int i = branch.begin; i < (int)tree->nodes.count; i++) {
		int child = list->drafts[tree->nodes.items[i].port->place].first_child;

		if (child != TREE_NONE)
			tree->nodes.items[i].first_child = (int)tree->nodes.count;
		for (; child != TREE_NONE; child = list->drafts[child].next_sibling) {
			add_node(tree, ports[child], i, index);
			tree->nodes.items[i].child_count++;
		}
	}
	branch.end = (int)tree->nodes.count;
	return ARRAY_APPEND(&tree->branches, branch);
}

static int build(struct host_tree *tree, struct draft_list *list)
{
	const struct topology *topology = tree->topology;
	int rc = draft_list_init(list, topology);

	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = topology->memdevs.items[i];

		if (memdev->enabled && memdev->endpoint && memdev->endpoint->enabled &&
		    memdev->endpoint->memdev)
			draft_path(list, memdev->endpoint);
	}
	if (rc)
		return rc;
	tree->nodes.items = malloc((list->count + 1) * sizeof(*tree->nodes.items));
	if (!tree->nodes.items)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < list->top_count; i++)
		rc = add_branch(tree, list, list->tops[i]);
	return rc;
}

int host_tree_init(struct host_tree *tree, const struct topology *topology, int near_node)
{
	struct draft_list list = { 0 };
	int rc;

	tree->topology = topology;
	tree->near_node = near_node;
	rc = build(tree, &list);
	draft_list_deinit(&list);
	return rc;
}

void host_tree_deinit(struct host_tree *tree)
{
	ARRAY_FREE(&tree->nodes);
	ARRAY_FREE(&tree->branches);
}

/* ---- measuring ---- */

static int distance_between(const struct topology *topology, int from, int to)
{
	if (from == TOPO_UNKNOWN_INT)
		return 0;
	for (size_t i = 0; i < topology->nodes.count; i++) {
		const struct topo_node *node = &topology->nodes.items[i];

		for (size_t j = 0; node->id == from && j < node->distances.count; j++)
			if (node->distances.items[j].node == to)
				return node->distances.items[j].distance;
	}
	return TREE_DISTANCE_UNKNOWN;
}

static void inherit_limits(struct tree_node *node, const struct tree_node *parent)
{
	node->blocked = parent->blocked;
	node->hpa_floor = parent->hpa_floor;
	node->hpa_decoder = parent->hpa_decoder;
}

static void measure_memdev(const struct host_tree *tree, struct tree_node *leaf)
{
	leaf->dpa[0] = dpa_next_free(tree->topology, leaf->memdev, TOPO_MODE_RAM);
	leaf->dpa[1] = dpa_next_free(tree->topology, leaf->memdev, TOPO_MODE_PMEM);
	leaf->distance = distance_between(tree->topology, tree->near_node, leaf->memdev->numa_node);
}

void host_tree_measure(struct host_tree *tree, int index)
{
	struct tree_node *node = &tree->nodes.items[index];
	const struct topo_decoder *decoder;
	hpa_t start = 0;

	if (node->measured)
		return;
	node->measured = true;
	node->blocked = TREE_NONE;
	if (node->parent != TREE_NONE) {
		host_tree_measure(tree, node->parent);
		inherit_limits(node, &tree->nodes.items[node->parent]);
	}
	decoder = port_highest_region(node->port, &start);
	if (decoder && (!node->hpa_decoder || start > node->hpa_floor)) {
		node->hpa_floor = start;
		node->hpa_decoder = decoder;
	}
	if (node->memdev) {
		measure_memdev(tree, node);
		return;
	}
	node->free = port_next_free(tree->topology, node->port);
	if (node->free.state != PORT_READY && node->blocked == TREE_NONE)
		node->blocked = index;
}

void host_tree_measure_all(struct host_tree *tree)
{
	for (int i = 0; i < (int)tree->nodes.count; i++)
		host_tree_measure(tree, i);
}

/* ---- searching ---- */

int host_tree_leaf(const struct host_tree *tree, const struct topo_memdev *memdev)
{
	for (size_t i = 0; i < tree->nodes.count; i++)
		if (tree->nodes.items[i].memdev == memdev)
			return (int)i;
	return TREE_NONE;
}

int host_tree_branch(const struct host_tree *tree, const struct topo_port *root,
		     const struct topo_target *target)
{
	for (size_t i = 0; i < tree->branches.count; i++) {
		const struct topo_port *top = tree->nodes.items[tree->branches.items[i].begin].port;

		if (top->parent == root && topology_is_target(target, top))
			return (int)i;
	}
	return TREE_NONE;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds the planner's view of the ports. Pure. Called by region-plan.c.
 */
#include "cxl/plan/host-tree.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

/* A port on its way into the tree. */
struct draft {
	const struct topo_port *port;
	int parent; /* draft, TREE_NONE for the top of a branch */
	int first_child, last_child, next_sibling, child_count;
};

/* Drafts by port: open addressing, twice as many slots as ports. */
struct draft_map {
	ARRAY(struct draft) drafts;
	int *slots;
	size_t mask;
};

static int draft_map_init(struct draft_map *map, const struct topology *topology)
{
	size_t size = 16;

	while (size < topology->ports.count * 2)
		size *= 2;
	map->slots = malloc(size * sizeof(*map->slots));
	if (!map->slots)
		return -ENOMEM;
	memset(map->slots, 0xff, size * sizeof(*map->slots));
	map->mask = size - 1;
	return 0;
}

static int *draft_slot(const struct draft_map *map, const struct topo_port *port)
{
	/* Fibonacci hashing of the address; the low bits are those of its alignment. */
	size_t slot = (size_t)(((uintptr_t)port >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	for (slot &= map->mask;; slot = (slot + 1) & map->mask)
		if (map->slots[slot] == TREE_NONE ||
		    map->drafts.items[map->slots[slot]].port == port)
			return &map->slots[slot];
}

static int draft_new(struct draft_map *map, const struct topo_port *port, int *ret_draft)
{
	int rc = ARRAY_APPEND(&map->drafts, (struct draft){ .port = port,
							    .parent = TREE_NONE,
							    .first_child = TREE_NONE,
							    .last_child = TREE_NONE,
							    .next_sibling = TREE_NONE });

	if (rc == 0) {
		*ret_draft = (int)map->drafts.count - 1;
		*draft_slot(map, port) = *ret_draft;
	}
	return rc;
}

static void draft_link(struct draft_map *map, int parent, int child)
{
	struct draft *drafts = map->drafts.items;

	drafts[child].parent = parent;
	if (drafts[parent].last_child == TREE_NONE)
		drafts[parent].first_child = child;
	else
		drafts[drafts[parent].last_child].next_sibling = child;
	drafts[parent].last_child = child;
	drafts[parent].child_count++;
}

/* Adds an endpoint and those of the ports above it that are not there yet. */
static int draft_path(struct draft_map *map, const struct topo_port *endpoint)
{
	const struct topo_port *port = endpoint;
	int child = TREE_NONE;

	for (; port && port->kind != TOPO_PORT_ROOT; port = port->parent) {
		int draft = *draft_slot(map, port);
		bool known = draft != TREE_NONE;
		int rc = known ? 0 : draft_new(map, port, &draft);

		if (rc)
			return rc;
		if (child != TREE_NONE)
			draft_link(map, draft, child);
		if (known)
			return 0;
		child = draft;
	}
	return 0;
}

static void add_node(struct host_tree *tree, const struct draft *draft, int parent, int branch)
{
	struct tree_node *node = &tree->nodes.items[tree->nodes.count++];

	node->port = draft->port;
	node->parent = parent;
	node->branch = branch;
	node->first_child = TREE_NONE;
	node->child_count = draft->child_count;
	if (draft->port->kind == TOPO_PORT_ENDPOINT)
		node->memdev = draft->port->memdev;
}

/* Breadth first: a node's children follow each other, behind all nodes of its own level. */
static int add_branch(struct host_tree *tree, const struct draft_map *map, int top, int *drafts)
{
	struct tree_branch branch = { .begin = (int)tree->nodes.count };
	int index = (int)tree->branches.count;

	drafts[branch.begin] = top;
	add_node(tree, &map->drafts.items[top], TREE_NONE, index);
	for (int i = branch.begin; i < (int)tree->nodes.count; i++) {
		int child = map->drafts.items[drafts[i]].first_child;

		if (child != TREE_NONE)
			tree->nodes.items[i].first_child = (int)tree->nodes.count;
		for (; child != TREE_NONE; child = map->drafts.items[child].next_sibling) {
			drafts[tree->nodes.count] = child;
			add_node(tree, &map->drafts.items[child], i, index);
		}
	}
	branch.end = (int)tree->nodes.count;
	return ARRAY_APPEND(&tree->branches, branch);
}

static int build(struct host_tree *tree, struct draft_map *map, const struct topology *topology)
{
	_cleanup_free_ int *drafts = NULL;
	int rc = draft_map_init(map, topology);

	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = topology->memdevs.items[i];

		if (memdev->enabled && memdev->endpoint && memdev->endpoint->enabled &&
		    memdev->endpoint->memdev)
			rc = draft_path(map, memdev->endpoint);
	}
	if (rc)
		return rc;
	drafts = malloc((map->drafts.count + 1) * sizeof(*drafts));
	tree->nodes.items = calloc(map->drafts.count + 1, sizeof(*tree->nodes.items));
	if (!drafts || !tree->nodes.items)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < map->drafts.count; i++)
		if (map->drafts.items[i].parent == TREE_NONE)
			rc = add_branch(tree, map, (int)i, drafts);
	return rc;
}

int host_tree_init(struct host_tree *tree, const struct topology *topology, int near_node)
{
	struct draft_map map = { 0 };
	int rc;

	tree->topology = topology;
	tree->near_node = near_node;
	rc = build(tree, &map, topology);
	ARRAY_FREE(&map.drafts);
	free(map.slots);
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

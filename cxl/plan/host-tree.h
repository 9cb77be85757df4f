/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host below its windows, as the planner walks it: the ports that lead to enabled memdevs,
 * parents before children, with all facts that decide whether a new region can pass them. The tree
 * is built once for a plan; free resources are measured only at nodes that the plan may use. Pure.
 * Called by the planner.
 *
 * A branch is the subtree below a window's target: a host bridge, or the endpoint itself on a
 * restricted (CXL 1.1) host. The nodes of a branch lie side by side, and so do the children of a
 * node; both in the order of their lowest memdev, which makes every choice repeatable.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxl/topology/free-dpa.h"
#include "cxl/topology/port-decoder.h"
#include "cxl/topology/topology.h"

#define TREE_NONE (-1)

/* Index of the partition in tree_node.dpa. */
static inline int tree_partition(enum topo_mode mode)
{
	return mode == TOPO_MODE_PMEM;
}

struct tree_node {
	const struct topo_port *port;
	const struct topo_memdev *memdev; /* of a leaf */
	int parent;			  /* TREE_NONE for the top of a branch */
	int first_child, child_count;
	int branch; /* index of its branch */

	/* all members below are zero until they are measured */
	bool measured;
	struct port_free free; /* not of leaves */

	/* the worst of this node and all nodes above it in the branch */
	int blocked;	 /* a node without a decoder for the region, or TREE_NONE */
	hpa_t hpa_floor; /* a new region must begin above this address; 0: anywhere */
	const struct topo_decoder
		*hpa_decoder; /* the decoder of the region at hpa_floor, or NULL */

	/* leaves */
	struct dpa_free dpa[2]; /* by tree_partition() */
	bool is_reserved;	/* somebody else has to do with the memdev for now */
	int distance;		/* from the node of the request, 0 without one */
};

struct tree_branch {
	int begin, end; /* nodes; the top is the first */
};

struct host_tree {
	const struct topology *topology;
	int near_node;
	ARRAY(struct tree_node) nodes;
	ARRAY(struct tree_branch) branches;
};

#define HOST_TREE_NULL ((struct host_tree){ 0 })

/* The distance of nodes that are not in the distance table: farther than all nodes in the table. */
#define TREE_DISTANCE_UNKNOWN 256

/**
 * host_tree_init() - builds the tree, with nothing measured
 * @near_node: NUMA node to measure distances from, TOPO_UNKNOWN_INT for none
 *
 * Return: 0 or -ENOMEM (deinit all the same).
 */
int host_tree_init(struct host_tree *tree, const struct topology *topology, int near_node);

void host_tree_deinit(struct host_tree *tree);

/** host_tree_measure() - measures the free resources of a node and of all nodes above it */
void host_tree_measure(struct host_tree *tree, int node);

/** host_tree_measure_all() - the same for every node */
void host_tree_measure_all(struct host_tree *tree);

/** host_tree_leaf() - the node of a memdev, or TREE_NONE */
int host_tree_leaf(const struct host_tree *tree, const struct topo_memdev *memdev);

/** host_tree_branch() - the branch below a target of a window of @root, or TREE_NONE */
int host_tree_branch(const struct host_tree *tree, const struct topo_port *root,
		     const struct topo_target *target);

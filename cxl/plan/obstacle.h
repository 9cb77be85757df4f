/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The obstacle that keeps a memdev out of a region, and its refusal. Pure. Called by candidate.c
 * and region-plan.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxl/plan/host-tree.h"
#include "cxl/plan/way-out.h"

/* In the order of the checks: a memdev with a later obstacle was closer to being used. */
enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_PARTITION, /* no memory of the kind */
	OBSTACLE_CAPACITY,  /* too little free capacity */
	OBSTACLE_DECODER,   /* no decoder of the device free */
	OBSTACLE_RESERVED,  /* DPA is held by a decoder that is not committed */
	OBSTACLE_OTHERS,    /* another change has to do with the memdev */
	OBSTACLE_QOS,	    /* another QoS class than the window, and the request enforces it */
	OBSTACLE_PORT,	    /* no decoder free on the way */
	OBSTACLE_HPA_ORDER, /* a region at a higher address exists on the way */
};

/* The region that is to be made. */
struct demand {
	enum topo_mode mode;
	uint64_t share; /* bytes of each memdev */
	hpa_t hpa;	/* the address that the kernel will choose */
	int qos_class;	/* of the window, TOPO_UNKNOWN_INT */
	bool qos_enforced;
};

/** obstacle_of_device() - the first obstacle that does not depend on the window; @leaf is a leaf */
enum obstacle obstacle_of_device(const struct tree_node *leaf, enum topo_mode mode, uint64_t share);

/** obstacle_of() - the first obstacle of a leaf */
enum obstacle obstacle_of(const struct tree_node *leaf, const struct demand *demand);

/** obstacle_qos_class() - the QoS class of a partition of a memdev */
int obstacle_qos_class(const struct topo_memdev *memdev, enum topo_mode mode);

/** obstacle_code() - the stable code of the refusal for @leaf's @obstacle */
const char *obstacle_code(const struct host_tree *tree, const struct tree_node *leaf,
			  enum obstacle obstacle);

/** obstacle_hint() - the hint of that refusal, which may be written into @text; or NULL */
const char *obstacle_hint(const struct host_tree *tree, const struct tree_node *leaf,
			  const struct demand *demand, enum obstacle obstacle,
			  char text[static WAY_OUT_MAX]);

#define OBSTACLE_TEXT_MAX 256

/** obstacle_text() - a sentence about @leaf's @obstacle, without a full stop */
void obstacle_text(const struct host_tree *tree, const struct tree_node *leaf,
		   const struct demand *demand, enum obstacle obstacle,
		   char text[static OBSTACLE_TEXT_MAX]);

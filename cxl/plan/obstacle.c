// SPDX-License-Identifier: GPL-2.0-only
/*
 * The obstacles that keep memdevs out of regions. Pure. Called by candidate.c and region-plan.c.
 */
#include "cxl/plan/obstacle.h"

#include <inttypes.h>
#include <stdio.h>

#include "cxl/topology/port-decoder.h"
#include "util/size.h"

enum obstacle obstacle_of_device(const struct tree_node *leaf, enum topo_mode mode, uint64_t share)
{
	const struct dpa_free *dpa = &leaf->dpa[tree_partition(mode)];

	switch (dpa->state) {
	case DPA_NO_PARTITION:
		return OBSTACLE_PARTITION;
	case DPA_NO_DECODER:
		return dpa->size < share ? OBSTACLE_CAPACITY : OBSTACLE_DECODER;
	case DPA_RESERVED:
		return OBSTACLE_RESERVED;
	case DPA_FREE:
		break;
	}
	if (dpa_usable(dpa) < share)
		return OBSTACLE_CAPACITY;
	return leaf->is_reserved ? OBSTACLE_OTHERS : OBSTACLE_NONE;
}

int obstacle_qos_class(const struct topo_memdev *memdev, enum topo_mode mode)
{
	return mode == TOPO_MODE_PMEM ? memdev->pmem_qos_class : memdev->ram_qos_class;
}

/* An unknown class matches any class, as for `cxl create-region -Q`. */
static bool qos_differs(const struct tree_node *leaf, const struct demand *demand)
{
	int qos_class = obstacle_qos_class(leaf->memdev, demand->mode);

	return qos_class != TOPO_UNKNOWN_INT && demand->qos_class != TOPO_UNKNOWN_INT &&
	       qos_class != demand->qos_class;
}

enum obstacle obstacle_of(const struct tree_node *leaf, const struct demand *demand)
{
	enum obstacle obstacle = obstacle_of_device(leaf, demand->mode, demand->share);

	if (obstacle != OBSTACLE_NONE)
		return obstacle;
	if (demand->qos_enforced && qos_differs(leaf, demand))
		return OBSTACLE_QOS;
	if (leaf->blocked != TREE_NONE)
		return OBSTACLE_PORT;
	if (leaf->hpa_decoder && leaf->hpa_floor >= demand->hpa)
		return OBSTACLE_HPA_ORDER;
	return OBSTACLE_NONE;
}

static const struct port_free *blocked_port(const struct host_tree *tree,
					    const struct tree_node *leaf)
{
	return &tree->nodes.items[leaf->blocked].free;
}

static const char *port_code(const struct port_free *port)
{
	switch (port->state) {
	case PORT_DISABLED:
		return "port-disabled";
	case PORT_RESERVED:
		return "decoder-reserved";
	case PORT_OUT_OF_ORDER:
		return "decoder-out-of-order";
	case PORT_NO_DECODER:
	case PORT_READY:
		break;
	}
	return "no-free-decoder";
}

const char *obstacle_code(const struct host_tree *tree, const struct tree_node *leaf,
			  enum obstacle obstacle)
{
	switch (obstacle) {
	case OBSTACLE_PARTITION:
		return "no-capacity";
	case OBSTACLE_CAPACITY:
		return "dpa-too-small";
	case OBSTACLE_RESERVED:
		return "dpa-reserved";
	case OBSTACLE_OTHERS:
		return "memdev-reserved";
	case OBSTACLE_QOS:
		return "qos-class-mismatch";
	case OBSTACLE_PORT:
		return port_code(blocked_port(tree, leaf));
	case OBSTACLE_HPA_ORDER:
		return "hpa-order";
	case OBSTACLE_DECODER:
	case OBSTACLE_NONE:
		break;
	}
	return "no-free-decoder";
}

static const char *capacity_hint(const struct host_tree *tree, const struct tree_node *leaf,
				 const struct dpa_free *dpa, char text[static WAY_OUT_MAX])
{
	char usable[SIZE_TEXT_MAX];

	if (dpa_usable(dpa) == 0)
		return way_out_of_port(tree->topology, leaf->port, text);
	(void)snprintf(text, WAY_OUT_MAX,
		       "ask for at most %s of each memdev, or spread it over more of them",
		       size_format(dpa_usable(dpa), usable));
	return text;
}

const char *obstacle_hint(const struct host_tree *tree, const struct tree_node *leaf,
			  const struct demand *demand, enum obstacle obstacle,
			  char text[static WAY_OUT_MAX])
{
	const struct dpa_free *dpa = &leaf->dpa[tree_partition(demand->mode)];
	const struct port_free *port;

	switch (obstacle) {
	case OBSTACLE_CAPACITY:
		return capacity_hint(tree, leaf, dpa, text);
	case OBSTACLE_DECODER:
		return way_out_of_port(tree->topology, leaf->port, text);
	case OBSTACLE_RESERVED:
		return way_out_of_decoder(tree->topology, dpa->decoder, text);
	case OBSTACLE_OTHERS:
		return "wait for the change that has it (cxlfm changes), or name another memdev";
	case OBSTACLE_QOS:
		return "name another window, or do not enforce the QoS class";
	case OBSTACLE_PORT:
		port = blocked_port(tree, leaf);
		if (port->state == PORT_RESERVED)
			return way_out_of_decoder(tree->topology, port->decoder, text);
		return port->state == PORT_DISABLED
			       ? NULL
			       : way_out_of_port(tree->topology,
						 tree->nodes.items[leaf->blocked].port, text);
	case OBSTACLE_HPA_ORDER:
		return way_out_of_decoder(tree->topology, leaf->hpa_decoder, text);
	case OBSTACLE_PARTITION:
		return way_out_of_partition(leaf->memdev, demand->mode, text);
	case OBSTACLE_NONE:
		break;
	}
	return NULL;
}

static const char *region_of(const struct topo_decoder *decoder)
{
	return decoder->region_name ? decoder->region_name
	       : decoder->region    ? decoder->region->name
				    : "no region";
}

static void port_text(const struct tree_node *leaf, const struct tree_node *node,
		      char text[static OBSTACLE_TEXT_MAX])
{
	const char *memdev = leaf->memdev->name, *port = node->port->name;

	switch (node->free.state) {
	case PORT_DISABLED:
		(void)snprintf(text, OBSTACLE_TEXT_MAX, "%s above %s is disabled", port, memdev);
		break;
	case PORT_RESERVED:
		(void)snprintf(
			text, OBSTACLE_TEXT_MAX,
			"%s above %s holds its next decoder %s for %s, which is not committed",
			port, memdev, node->free.decoder->name, region_of(node->free.decoder));
		break;
	case PORT_OUT_OF_ORDER:
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "%s above %s gives out no decoder: %s was reset before later ones",
			       port, memdev, node->free.decoder->name);
		break;
	case PORT_NO_DECODER:
	case PORT_READY:
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "every decoder of %s above %s is in use (it has %zu)", port, memdev,
			       node->port->decoders.count);
		break;
	}
}

static void partition_text(const struct topo_memdev *memdev, enum topo_mode mode,
			   char text[static OBSTACLE_TEXT_MAX])
{
	const uint64_t other = mode == TOPO_MODE_RAM ? memdev->pmem_size : memdev->ram_size;
	char size[SIZE_TEXT_MAX];

	if (other == 0 || other == TOPO_UNKNOWN)
		(void)snprintf(text, OBSTACLE_TEXT_MAX, "%s has no %s", memdev->name,
			       topo_mode_name(mode));
	else
		(void)snprintf(text, OBSTACLE_TEXT_MAX, "%s has no %s: its %s are %s%s",
			       memdev->name, topo_mode_name(mode), size_format(other, size),
			       mode == TOPO_MODE_RAM ? "persistent" : "volatile",
			       way_out_can_partition(memdev) ? "" : " and can't be partitioned");
}

/* A decoder that holds capacity of the memdev for no active region: firmware's, or nobody's. */
static const struct topo_decoder *find_holder(const struct topo_port *endpoint, enum topo_mode mode)
{
	for (size_t i = 0; i < endpoint->decoders.count; i++) {
		const struct topo_decoder *decoder = endpoint->decoders.items[i];

		if (decoder->dpa_size > 0 && decoder->mode == mode &&
		    (decoder->region ? !decoder->region->committed : !decoder->region_name))
			return decoder;
	}
	return NULL;
}

static void capacity_text(const struct host_tree *tree, const struct tree_node *leaf,
			  const struct demand *demand, char text[static OBSTACLE_TEXT_MAX])
{
	const struct dpa_free *dpa = &leaf->dpa[tree_partition(demand->mode)];
	const struct topo_decoder *holder = find_holder(leaf->port, demand->mode);
	char has[SIZE_TEXT_MAX], wants[SIZE_TEXT_MAX], held[SIZE_TEXT_MAX];
	int used = snprintf(text, OBSTACLE_TEXT_MAX, "%s has %s of %s free, %s are needed",
			    leaf->memdev->name, size_format(dpa->size, has),
			    topo_mode_name(demand->mode), size_format(demand->share, wants));

	if (!holder || used < 0 || used >= OBSTACLE_TEXT_MAX)
		return;
	(void)snprintf(text + used, (size_t)(OBSTACLE_TEXT_MAX - used),
		       ": %s has %s of it for %s%s", holder->name,
		       size_format(holder->dpa_size, held), region_of(holder),
		       port_decoder_unowned(tree->topology, holder) ? ", committed by firmware"
		       : holder->region				    ? ", which is not committed"
								    : "");
}

static void reserved_text(const struct host_tree *tree, const struct tree_node *leaf,
			  const struct topo_decoder *decoder, char text[static OBSTACLE_TEXT_MAX])
{
	const char *memdev = leaf->memdev->name;

	if (port_decoder_unowned(tree->topology, decoder))
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "firmware committed %s of %s for memory that the kernel does not "
			       "know",
			       decoder->name, memdev);
	else
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "%s of %s stands before the next free decoder, for %s, and is not "
			       "committed",
			       decoder->name, memdev, region_of(decoder));
}

void obstacle_text(const struct host_tree *tree, const struct tree_node *leaf,
		   const struct demand *demand, enum obstacle obstacle,
		   char text[static OBSTACLE_TEXT_MAX])
{
	const struct dpa_free *dpa = &leaf->dpa[tree_partition(demand->mode)];
	const char *memdev = leaf->memdev->name, *mode = topo_mode_name(demand->mode);
	char has[SIZE_TEXT_MAX];

	switch (obstacle) {
	case OBSTACLE_PARTITION:
		if (leaf->memdev->dynamic_size > 0)
			(void)snprintf(text, OBSTACLE_TEXT_MAX,
				       "%s has no %s of its own: its %s are dynamic capacity, of "
				       "which a fabric manager hands out extents",
				       memdev, mode, size_format(leaf->memdev->dynamic_size, has));
		else
			partition_text(leaf->memdev, demand->mode, text);
		break;
	case OBSTACLE_CAPACITY:
		capacity_text(tree, leaf, demand, text);
		break;
	case OBSTACLE_RESERVED:
		reserved_text(tree, leaf, dpa->decoder, text);
		break;
	case OBSTACLE_OTHERS:
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "%s is reserved until the end of a change that is under way",
			       leaf->memdev->name);
		break;
	case OBSTACLE_QOS:
		(void)snprintf(text, OBSTACLE_TEXT_MAX, "%s is of QoS class %d, the window of %d",
			       memdev, obstacle_qos_class(leaf->memdev, demand->mode),
			       demand->qos_class);
		break;
	case OBSTACLE_PORT:
		port_text(leaf, &tree->nodes.items[leaf->blocked], text);
		break;
	case OBSTACLE_HPA_ORDER:
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "the region would begin at %#" PRIx64
			       ", but %s on the way to %s has %s at %#" PRIx64
			       " already, and a port takes regions only in ascending order",
			       demand->hpa, leaf->hpa_decoder->port->name, memdev,
			       region_of(leaf->hpa_decoder), leaf->hpa_floor);
		break;
	case OBSTACLE_DECODER:
	case OBSTACLE_NONE:
		(void)snprintf(text, OBSTACLE_TEXT_MAX,
			       "every decoder of %s is in use (it has %zu)", memdev,
			       leaf->port->decoders.count);
		break;
	}
}

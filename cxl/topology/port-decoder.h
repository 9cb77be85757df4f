/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decoder of a host bridge or switch that the kernel uses for a new region, and the address
 * above which that region must lie (match_free_decoder(), alloc_region_ref() in
 * drivers/cxl/core/region.c). Pure. Called by the planner and by listings of free space.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology.h"

enum port_state {
	PORT_READY,
	PORT_DISABLED,	   /* no driver is bound to the port */
	PORT_NO_DECODER,   /* all decoders are in use */
	PORT_RESERVED,	   /* a region that is not committed holds the next decoder */
	PORT_OUT_OF_ORDER, /* a lower decoder was reset: no more decoders until that is resolved */
};

struct port_free {
	enum port_state state;
	const struct topo_decoder *decoder; /* the next decoder, or the decoder in the way */
};

/** port_next_free() - the decoder of a switch or host bridge for the next region */
struct port_free port_next_free(const struct topology *topology, const struct topo_port *port);

/**
 * port_way_blocked() - the nearest port above an endpoint that has no decoder for a new region of
 * the memdev; NULL when all ports have such a decoder
 */
const struct topo_port *port_way_blocked(const struct topology *topology,
					 const struct topo_port *endpoint);

/** port_highest_region() - the decoder of @port whose region begins highest, NULL without regions
 */
const struct topo_decoder *port_highest_region(const struct topo_port *port, hpa_t *ret_start);

/** port_decoder_at() - the decoder of this number, or NULL */
const struct topo_decoder *port_decoder_at(const struct topo_port *port, int index);

/**
 * port_decoder_enabled() - is the decoder committed, as far as the snapshot shows?
 *
 * A port's decoder that was reset may still show the range of its last region: the kernel clears
 * the range only where an endpoint is still attached (cxl_region_teardown_targets()). So the range
 * of a decoder without a region counts only when an endpoint decodes that range, too.
 */
bool port_decoder_enabled(const struct topology *topology, const struct topo_decoder *decoder);

/**
 * port_decoder_unowned() - is the decoder committed without belonging to an active region?
 *
 * That is so when firmware committed the decoder and the kernel made no region of it, or could not
 * assemble the region (cxl_region_attach_auto()). The kernel resets only decoders of an active
 * region, and cxl_dpa_free() frees no DPA of a committed decoder: only firmware can free the DPA
 * and the addresses of such a decoder.
 */
bool port_decoder_unowned(const struct topology *topology, const struct topo_decoder *decoder);

/** port_decoders_committed() - the kernel's count of committed decoders, or a count of those that
 * are shown as committed */
int port_decoders_committed(const struct topology *topology, const struct topo_port *port);

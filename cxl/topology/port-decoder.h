/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which decoder of a host bridge or switch the kernel takes for a new region, and above which
 * address that region must lie (match_free_decoder(), alloc_region_ref() in
 * drivers/cxl/core/region.c). Pure. Called by the planner and by whoever shows what is free.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology.h"

enum port_state {
	PORT_READY,
	PORT_DISABLED,	   /* no driver is bound to it */
	PORT_NO_DECODER,   /* all are in use */
	PORT_RESERVED,	   /* the next one is held by a region that is not committed */
	PORT_OUT_OF_ORDER, /* one below the next was reset: nothing more until that is resolved */
};

struct port_free {
	enum port_state state;
	const struct topo_decoder *decoder; /* the next one, or the one that is in the way */
};

/** port_next_free() - the decoder that the next region will get in a switch or host bridge */
struct port_free port_next_free(const struct topology *topology, const struct topo_port *port);

/**
 * port_way_blocked() - the nearest port above an endpoint that gives out no decoder, so that no new
 *	region can come to its memdev; NULL when all do
 */
const struct topo_port *port_way_blocked(const struct topology *topology,
					 const struct topo_port *endpoint);

/** port_highest_region() - the decoder of @port whose region begins highest, NULL without regions
 */
const struct topo_decoder *port_highest_region(const struct topo_port *port, hpa_t *ret_start);

/** port_decoder_at() - the decoder of this number, or NULL */
const struct topo_decoder *port_decoder_at(const struct topo_port *port, int index);

/**
 * port_decoder_enabled() - is it committed, as far as the snapshot shows?
 *
 * A port's decoder that was reset may still show the range of its last region: the kernel clears
 * that only where an endpoint is still attached (cxl_region_teardown_targets()). Without a region a
 * range counts only when an endpoint decodes it, too.
 */
bool port_decoder_enabled(const struct topology *topology, const struct topo_decoder *decoder);

/**
 * port_decoder_unowned() - does hardware decode by it, though no region is active that it is of?
 *
 * So it is when firmware committed it and the kernel made no region of it, or could not assemble
 * the one that it made (cxl_region_attach_auto()). The kernel resets decoders only as those of an
 * active region, and cxl_dpa_free() frees no DPA of a decoder that is committed: what such a one
 * has, only firmware can give back.
 */
bool port_decoder_unowned(const struct topology *topology, const struct topo_decoder *decoder);

/** port_decoders_committed() - the kernel's count, or the one that the decoders show */
int port_decoders_committed(const struct topology *topology, const struct topo_port *port);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoders of ports in the kernel's order of allocation. Pure. Called by the planner and by the
 * code that lists and draws ports.
 */
#include "cxl/topology/port-decoder.h"

const struct topo_decoder *port_decoder_at(const struct topo_port *port, int index)
{
	for (size_t i = 0; i < port->decoders.count; i++)
		if (port->decoders.items[i]->index == index)
			return port->decoders.items[i];
	return NULL;
}

static bool endpoint_decodes(const struct topology *topology, hpa_t start, uint64_t size)
{
	for (size_t i = 0; i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (decoder->port->kind == TOPO_PORT_ENDPOINT && decoder->resource == start &&
		    decoder->size == size)
			return true;
	}
	return false;
}

bool port_decoder_enabled(const struct topology *topology, const struct topo_decoder *decoder)
{
	const int committed = decoder->port->decoders_committed;

	/* The last decoder in the kernel's count is committed: cxl_port_commit_reap() */
	if (committed != TOPO_UNKNOWN_INT && decoder->index == committed - 1)
		return true;
	if (decoder->region)
		return decoder->region->committed;
	if (decoder->size == 0 || decoder->size == TOPO_UNKNOWN)
		return false;
	if (decoder->region_name)
		return true;
	if (committed != TOPO_UNKNOWN_INT && decoder->index >= committed)
		return false;
	return decoder->port->kind == TOPO_PORT_ENDPOINT ||
	       endpoint_decodes(topology, decoder->resource, decoder->size);
}

bool port_decoder_unowned(const struct topology *topology, const struct topo_decoder *decoder)
{
	if (decoder->port->kind == TOPO_PORT_ROOT)
		return false;
	if (decoder->region ? decoder->region->committed : decoder->region_name != NULL)
		return false;
	return port_decoder_enabled(topology, decoder);
}

int port_decoders_committed(const struct topology *topology, const struct topo_port *port)
{
	int committed = 0;

	if (port->decoders_committed != TOPO_UNKNOWN_INT)
		return port->decoders_committed;
	for (size_t i = 0; i < port->decoders.count; i++) {
		const struct topo_decoder *decoder = port->decoders.items[i];

		if (port_decoder_enabled(topology, decoder) && decoder->index >= committed)
			committed = decoder->index + 1;
	}
	return committed;
}

struct port_free port_next_free(const struct topology *topology, const struct topo_port *port)
{
	int committed = port_decoders_committed(topology, port);
	struct port_free next = { .state = PORT_READY };

	if (!port->enabled) {
		next.state = PORT_DISABLED;
		return next;
	}
	next.decoder = port_decoder_at(port, committed);
	if (!next.decoder) {
		next.state = PORT_NO_DECODER;
		return next;
	}
	if (next.decoder->region || next.decoder->region_name) {
		/*
		 * A passthrough decoder is its port's only decoder, and the kernel never counts it
		 * as committed.
		 */
		next.state = next.decoder->region && next.decoder->region->committed
				     ? PORT_NO_DECODER
				     : PORT_RESERVED;
		return next;
	}
	for (size_t i = 0; i < port->decoders.count; i++) {
		const struct topo_decoder *decoder = port->decoders.items[i];

		if (decoder->index < committed && !port_decoder_enabled(topology, decoder)) {
			next.state = PORT_OUT_OF_ORDER;
			next.decoder = decoder;
			return next;
		}
	}
	return next;
}

const struct topo_port *port_way_blocked(const struct topology *topology,
					 const struct topo_port *endpoint)
{
	const struct topo_port *port = endpoint->parent;

	while (port && port->kind != TOPO_PORT_ROOT &&
	       port_next_free(topology, port).state == PORT_READY)
		port = port->parent;
	return port && port->kind != TOPO_PORT_ROOT ? port : NULL;
}

/* The start of the region, or of the decoder when the region is not in the snapshot. */
static hpa_t region_start(const struct topo_decoder *decoder)
{
	if (decoder->region)
		return decoder->region->resource;
	return decoder->region_name ? decoder->resource : TOPO_UNKNOWN;
}

const struct topo_decoder *port_highest_region(const struct topo_port *port, hpa_t *ret_start)
{
	const struct topo_decoder *highest = NULL;
	hpa_t start = 0;

	for (size_t i = 0; i < port->decoders.count; i++) {
		hpa_t other = region_start(port->decoders.items[i]);

		if (other != TOPO_UNKNOWN && (!highest || other > start)) {
			highest = port->decoders.items[i];
			start = other;
		}
	}
	if (highest)
		*ret_start = start;
	return highest;
}

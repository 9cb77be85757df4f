/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that match all filters of a listing. Pure; topology-filter.c matches a single name,
 * topology-list.c decides where objects are listed.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology-filter.h"
#include "cxl/topology/topology-list.h"

/* The filters of a listing, applied to this host once. */
struct selection {
	const struct topology *topology;
	const struct list_options *options;
	struct filter_names memdev, bus, port, endpoint, decoder, region;
	struct filter_serials serial;
	struct filter_ways ways_to_memdevs;	/* that the filters match */
	struct filter_ways ways_of_decoders;	/* that the decoder filter names */
	ARRAY(const void *) hosting_ports;	/* above enabled memdevs that match */
	ARRAY(const void *) windows_of_regions; /* of regions that the region filter names */
};

/**
 * selection_init() - prepares the filters
 * @options: must outlive the selection, with its texts
 * @selection: all zero before; the caller deinitialises it, also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int selection_init(struct selection *selection, const struct topology *topology,
		   const struct list_options *options);
void selection_deinit(struct selection *selection);

/** select_memdev() - does a memdev match the filters of names and of serial numbers, as far as
 * given? */
bool select_memdev(const struct selection *selection, const struct topo_memdev *memdev);

/** select_memdev_by_decoders() - does a decoder that the filter names lead to the memdev? */
bool select_memdev_by_decoders(const struct selection *selection, const struct topo_memdev *memdev);

/** select_dport() - does a memdev that matches lie below the dport (or target)? */
bool select_dport(const struct selection *selection, const struct topo_port *port, const char *name,
		  const char *alias);

/** select_port() - does the port filter match the port, or, without `single`, a port above it? */
bool select_port(const struct selection *selection, const struct topo_port *port);

/** select_port_by_bus() - does the bus filter match the port's bus? */
bool select_port_by_bus(const struct selection *selection, const struct topo_port *port);

/** select_port_by_memdevs() - is there an enabled memdev below the port that matches? */
bool select_port_by_memdevs(const struct selection *selection, const struct topo_port *port);

bool select_endpoint(const struct selection *selection, const struct topo_port *endpoint);
bool select_decoder(const struct selection *selection, const struct topo_decoder *decoder);

/** select_region() - does a region match? Its place in the tree is that of its window; `single` has
 * no influence */
bool select_region(const struct selection *selection, const struct topo_region *region);

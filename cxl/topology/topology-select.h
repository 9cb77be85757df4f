/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which objects a listing is about: all filters of a request together. Pure; topology-filter.c says
 * what a single name means, topology-list.c where the objects are listed.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology-filter.h"
#include "cxl/topology/topology-list.h"

/* What the filters mean on this host, found out once. */
struct selection {
	const struct topology *topology;
	const struct list_options *options;
	struct filter_names memdev, bus, port, endpoint, decoder, region;
	struct filter_serials serial;
	struct filter_ways ways_to_memdevs;	/* that are asked for */
	struct filter_ways ways_of_decoders;	/* that are named */
	ARRAY(const void *) hosting_ports;	/* above enabled memdevs that are asked for */
	ARRAY(const void *) windows_of_regions; /* of regions that are named */
};

/**
 * selection_init() - takes the filters apart
 * @options: kept, with its texts, as long as the selection is used
 * @selection: all zero before; to be deinitialised also on failure
 *
 * Return: 0 or -ENOMEM.
 */
int selection_init(struct selection *selection, const struct topology *topology,
		   const struct list_options *options);
void selection_deinit(struct selection *selection);

/** select_memdev() - by name and by serial number: what is given of the two has to match */
bool select_memdev(const struct selection *selection, const struct topo_memdev *memdev);

/** select_memdev_by_decoders() - whether a decoder that is named leads to it */
bool select_memdev_by_decoders(const struct selection *selection, const struct topo_memdev *memdev);

/** select_dport() - whether a memdev that is asked for lies below the dport (or target) */
bool select_dport(const struct selection *selection, const struct topo_port *port, const char *name,
		  const char *alias);

/** select_port() - a port filter names a port, and unless `single` is given, what is below it */
bool select_port(const struct selection *selection, const struct topo_port *port);

/** select_port_by_bus() - whether its bus is asked for */
bool select_port_by_bus(const struct selection *selection, const struct topo_port *port);

/** select_port_by_memdevs() - whether an enabled memdev that is asked for is below it */
bool select_port_by_memdevs(const struct selection *selection, const struct topo_port *port);

bool select_endpoint(const struct selection *selection, const struct topo_port *endpoint);
bool select_decoder(const struct selection *selection, const struct topo_decoder *decoder);

/** select_region() - its place in the tree is its window's; `single` does not count for it */
bool select_region(const struct selection *selection, const struct topo_region *region);

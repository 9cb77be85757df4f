/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which objects a list request names. Pure; called by topology-list.c.
 *
 * Each function takes a filter as the user wrote it: names separated by blanks or commas, of which
 * one has to match. A NULL filter matches everything. Numbers have to be whole: "0000:0d:00.0" is a
 * PCI address and not also object 0.
 */
#pragma once

#include <stdbool.h>

#include "cxl/topology/topology.h"

bool filter_bus(const struct topo_port *root, const char *filter);
bool filter_port(const struct topo_port *port, const char *filter);
bool filter_endpoint(const struct topo_port *port, const char *filter);
bool filter_decoder(const struct topo_decoder *decoder, const char *filter);
bool filter_region(const struct topo_region *region, const char *filter);

/* By name and by serial number: what is given of the two has to match. */
bool filter_memdev(const struct topo_memdev *memdev, const char *names, const char *serials);

/** filter_mentions() - whether one of the names contains @word; false for NULL */
bool filter_mentions(const char *filter, const char *word);

/**
 * filter_dport_leads_to() - whether @memdev lies below the dport (or target) @name of @port
 * @alias: the dport's other name, or NULL
 *
 * A disabled memdev hangs on no port; only its host_path tells where it is.
 */
bool filter_dport_leads_to(const struct topo_port *port, const char *name, const char *alias,
			   const struct topo_memdev *memdev);

/** filter_port_hosts() - whether @memdev is enabled and below @port */
bool filter_port_hosts(const struct topo_port *port, const struct topo_memdev *memdev);

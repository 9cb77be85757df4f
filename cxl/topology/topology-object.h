/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One object of a snapshot as JSON: the keys of `cxl list` in the order of `cxl list`, then the
 * keys of cxlfm. topology-list.c nests the objects. Pure; called by topology-list.c,
 * topology-json.c and topology-diff.c.
 *
 * Each function returns NULL when there is no memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cxl/topology/topology.h"

struct json_object;

struct object_options {
	bool human, targets, dax, idle;
	bool health, partition, alert_config, firmware, media_errors;
	bool ports, endpoints, memdevs, decoders,
		regions; /* kinds that are listed below other objects */
	uint64_t now_ms;
};

/* Does a dport or a target of @port, with the name @name and the other name @alias, lead to a
 * memdev that the filters match? */
struct dport_filter {
	bool (*passes)(const void *context, const struct topo_port *port, const char *name,
		       const char *alias);
	const void *context;
};

struct json_object *object_bus(const struct topo_port *root, const struct object_options *options,
			       const struct dport_filter *filter);
struct json_object *object_port(const struct topo_port *port, const struct object_options *options,
				const struct dport_filter *filter);
struct json_object *object_endpoint(const struct topo_port *port,
				    const struct object_options *options);
struct json_object *object_memdev(const struct topo_memdev *memdev,
				  const struct object_options *options);
struct json_object *object_decoder(const struct topology *topology,
				   const struct topo_decoder *decoder,
				   const struct object_options *options,
				   const struct dport_filter *filter);
struct json_object *object_dax_device(const struct topology *topology,
				      const struct topo_dax_device *device,
				      const struct object_options *options);
struct json_object *object_node(const struct topo_node *node);
struct json_object *object_region(const struct topology *topology, const struct topo_region *region,
				  const struct object_options *options);

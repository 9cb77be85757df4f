/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shows an object of a document as it was written, with keys that cxlfm does not know. Keys that
 * belong to options that were not given are left out, and with -u numbers with known units are
 * written for people. Pure; called by topology-object.c, which makes the objects of a running host
 * itself.
 *
 * Each function returns a new object, or NULL when there is no memory. Arrays of listed objects
 * ("decoders:port1") have only those elements that could not be read; topology-list.c adds the
 * others.
 */
#pragma once

#include "cxl/topology/topology-object.h"
#include "cxl/topology/topology-value.h"

struct json_object *show_bus(const struct topo_port *root, const struct object_options *options,
			     const struct dport_filter *filter);
struct json_object *show_port(const struct topo_port *port, const struct object_options *options,
			      const struct dport_filter *filter);

/* The memdev of an endpoint is a placeholder, null, which topology-list.c replaces. */
struct json_object *show_endpoint(const struct topo_port *port,
				  const struct object_options *options);

struct json_object *show_memdev(const struct topo_memdev *memdev,
				const struct object_options *options);
struct json_object *show_decoder(const struct topo_decoder *decoder,
				 const struct object_options *options,
				 const struct dport_filter *filter);
/**
 * show_in_order() - sorts objects of a listing into the order of the document from which they were
 * read
 * @kind: of the objects in the array
 * @array: elements that are no objects of that kind stay behind them, in their order
 *
 * Return: 0 or -ENOMEM.
 */
int show_in_order(const struct topology *topology, const struct kind_name *kind,
		  struct json_object *array);

struct json_object *show_region(const struct topo_region *region,
				const struct object_options *options);

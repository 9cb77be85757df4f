/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An object of a document as it was read, known to us or not: only what other letters ask for is
 * left out, and with -u the numbers whose units are known are written for people. Pure; called by
 * topology-object.c, which makes the objects of a host itself.
 *
 * Each function returns a new object, or NULL when there is no memory. Arrays that hold listed
 * objects ("decoders:port1") hold only what could not be read; topology-list.c adds the others.
 */
#pragma once

#include "cxl/topology/topology-object.h"

struct json_object *show_bus(const struct topo_port *root, const struct object_options *options,
			     const struct dport_filter *filter);
struct json_object *show_port(const struct topo_port *port, const struct object_options *options,
			      const struct dport_filter *filter);

/* Its memdev is a placeholder, null, where topology-list.c is to put it. */
struct json_object *show_endpoint(const struct topo_port *port,
				  const struct object_options *options);

struct json_object *show_memdev(const struct topo_memdev *memdev,
				const struct object_options *options);
struct json_object *show_decoder(const struct topo_decoder *decoder,
				 const struct object_options *options,
				 const struct dport_filter *filter);
/**
 * show_in_order() - puts the objects of a listing that were read from a document into its order
 * @array: objects of one kind; what is none keeps its place behind them
 *
 * Return: 0 or -ENOMEM.
 */
int show_in_order(const struct topology *topology, struct json_object *array);

struct json_object *show_region(const struct topo_region *region,
				const struct object_options *options);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects that a listing is about. Pure; called by topology-list.c.
 *
 * The relations between objects (of memdevs to the ports above them, of decoders to their targets)
 * are collected once and then looked up, because a listing needs them for every object.
 */
#include "cxl/topology/topology-select.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static int compare_pointers(const void *a, const void *b)
{
	const uintptr_t one = (uintptr_t)*(const void *const *)a;
	const uintptr_t other = (uintptr_t)*(const void *const *)b;

	return one < other ? -1 : one > other;
}

#define SORT_POINTERS(array)                                                                       \
	do {                                                                                       \
		if ((array)->count)                                                                \
			qsort((array)->items, (array)->count, sizeof(const void *),                \
			      compare_pointers);                                                   \
	} while (0)

#define HAS_POINTER(array, pointer)                                                                \
	({                                                                                         \
		const void *wanted__ = (pointer);                                                  \
		(array)->count &&bsearch(&wanted__, (array)->items, (array)->count,                \
					 sizeof(const void *), compare_pointers);                  \
	})

static bool has_memdev_filter(const struct selection *selection)
{
	return selection->memdev.given || selection->serial.given;
}

static int collect_memdev(struct selection *selection, const struct topo_memdev *memdev)
{
	const struct topo_port *above = memdev->enabled ? memdev->endpoint : NULL;
	int rc = filter_ways_add_memdev(&selection->ways_to_memdevs, memdev);

	for (; rc == 0 && above; above = above->parent)
		rc = ARRAY_APPEND(&selection->hosting_ports, (const void *)above);
	return rc;
}

static int collect_memdevs(struct selection *selection)
{
	const struct topology *topology = selection->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->memdevs.count; i++)
		if (select_memdev(selection, topology->memdevs.items[i]))
			rc = collect_memdev(selection, topology->memdevs.items[i]);
	filter_ways_finish(&selection->ways_to_memdevs);
	SORT_POINTERS(&selection->hosting_ports);
	return rc;
}

static int collect_decoders(struct selection *selection)
{
	const struct topology *topology = selection->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->decoders.count; i++)
		if (filter_decoder(topology->decoders.items[i], &selection->decoder))
			rc = filter_ways_add_decoder(&selection->ways_of_decoders,
						     topology->decoders.items[i]);
	filter_ways_finish(&selection->ways_of_decoders);
	return rc;
}

static int collect_windows(struct selection *selection)
{
	const struct topology *topology = selection->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		if (region->window && filter_region(region, &selection->region))
			rc = ARRAY_APPEND(&selection->windows_of_regions,
					  (const void *)region->window);
	}
	SORT_POINTERS(&selection->windows_of_regions);
	return rc;
}

static int read_filters(struct selection *selection, const struct list_options *options)
{
	int rc;

	if ((rc = filter_names_init(&selection->memdev, options->memdev)) ||
	    (rc = filter_names_init(&selection->bus, options->bus)) ||
	    (rc = filter_names_init(&selection->port, options->port)) ||
	    (rc = filter_names_init(&selection->endpoint, options->endpoint)) ||
	    (rc = filter_names_init(&selection->decoder, options->decoder)) ||
	    (rc = filter_names_init(&selection->region, options->region)))
		return rc;
	return filter_serials_init(&selection->serial, options->serial);
}

int selection_init(struct selection *selection, const struct topology *topology,
		   const struct list_options *options)
{
	int rc;

	selection->topology = topology;
	selection->options = options;
	rc = read_filters(selection, options);
	if (rc == 0 && has_memdev_filter(selection))
		rc = collect_memdevs(selection);
	if (rc == 0 && selection->decoder.given)
		rc = collect_decoders(selection);
	if (rc == 0 && selection->region.given)
		rc = collect_windows(selection);
	return rc;
}

void selection_deinit(struct selection *selection)
{
	filter_names_deinit(&selection->memdev);
	filter_names_deinit(&selection->bus);
	filter_names_deinit(&selection->port);
	filter_names_deinit(&selection->endpoint);
	filter_names_deinit(&selection->decoder);
	filter_names_deinit(&selection->region);
	filter_serials_deinit(&selection->serial);
	filter_ways_deinit(&selection->ways_to_memdevs);
	filter_ways_deinit(&selection->ways_of_decoders);
	ARRAY_FREE(&selection->hosting_ports);
	ARRAY_FREE(&selection->windows_of_regions);
}

bool select_memdev(const struct selection *selection, const struct topo_memdev *memdev)
{
	return filter_serial(memdev, &selection->serial) &&
	       filter_memdev(memdev, &selection->memdev);
}

bool select_memdev_by_decoders(const struct selection *selection, const struct topo_memdev *memdev)
{
	return !selection->decoder.given ||
	       filter_ways_lead_to(&selection->ways_of_decoders, memdev);
}

bool select_dport(const struct selection *selection, const struct topo_port *port, const char *name,
		  const char *alias)
{
	return !has_memdev_filter(selection) ||
	       filter_ways_lead_through(&selection->ways_to_memdevs, port, name, alias);
}

bool select_port(const struct selection *selection, const struct topo_port *port)
{
	for (; port; port = port->parent ? port->parent : port->above) {
		if (filter_port(port, &selection->port))
			return true;
		if (selection->options->single)
			return false;
	}
	return false;
}

bool select_port_by_bus(const struct selection *selection, const struct topo_port *port)
{
	if (!selection->bus.given)
		return true;
	if (port->kind != TOPO_PORT_ROOT && !port->enabled)
		return false;
	return filter_bus(topology_root_of(port), &selection->bus);
}

bool select_port_by_memdevs(const struct selection *selection, const struct topo_port *port)
{
	return !has_memdev_filter(selection) || HAS_POINTER(&selection->hosting_ports, port);
}

bool select_endpoint(const struct selection *selection, const struct topo_port *endpoint)
{
	if (!filter_endpoint(endpoint, &selection->endpoint) ||
	    !select_port_by_bus(selection, endpoint))
		return false;
	if (!filter_port(endpoint, &selection->port) &&
	    (!endpoint->parent || !select_port(selection, endpoint->parent)))
		return false;
	if (has_memdev_filter(selection) &&
	    (!endpoint->memdev || !select_memdev(selection, endpoint->memdev)))
		return false;
	return selection->options->idle || endpoint->enabled;
}

static bool select_decoder_by_memdevs(const struct selection *selection,
				      const struct topo_decoder *decoder)
{
	const struct topo_memdev *memdev = decoder->port->memdev;

	if (!has_memdev_filter(selection))
		return true;
	for (size_t i = 0; i < decoder->targets.count; i++)
		if (select_dport(selection, decoder->port, decoder->targets.items[i].dport,
				 decoder->targets.items[i].alias))
			return true;
	return memdev && memdev->endpoint == decoder->port && select_memdev(selection, memdev);
}

static bool select_decoder_by_regions(const struct selection *selection,
				      const struct topo_decoder *decoder)
{
	if (!selection->region.given)
		return true;
	return (decoder->region && filter_region(decoder->region, &selection->region)) ||
	       HAS_POINTER(&selection->windows_of_regions, decoder);
}

bool select_decoder(const struct selection *selection, const struct topo_decoder *decoder)
{
	return filter_decoder(decoder, &selection->decoder) &&
	       select_port_by_bus(selection, decoder->port) &&
	       select_port(selection, decoder->port) &&
	       select_decoder_by_memdevs(selection, decoder) &&
	       select_decoder_by_regions(selection, decoder);
}

bool select_region(const struct selection *selection, const struct topo_region *region)
{
	const struct topo_port *root = region->window ? region->window->port : region->above;

	if (!filter_region(region, &selection->region) ||
	    (!selection->options->idle && !region->enabled))
		return false;
	if (!root)
		return !selection->bus.given && !selection->port.given && !selection->decoder.given;
	if (!select_port_by_bus(selection, root) || !filter_port(root, &selection->port))
		return false;
	return region->window ? filter_decoder(region->window, &selection->decoder)
			      : !selection->decoder.given;
}

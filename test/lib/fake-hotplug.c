// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memdevs of the fake kernel that come and go: cxl_memdev_unregister() and the objects bound to the
 * memdev (drivers/cxl/core/memdev.c, port.c), cxl_mem_probe() of a new memdev, and both for a
 * memdev that the kernel resets. Called by tests.
 *
 * Not modelled: a switch port goes with the last endpoint behind it (cxl_detach_ep()); here the
 * port stays.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/lib/fake-kernel-private.h"

/* ---- unplug ---- */

static struct fake_port *endpoint_of(const struct fake_kernel *kernel,
				     const struct topo_memdev *memdev)
{
	for (size_t i = 0; i < kernel->ports.count; i++)
		if (kernel->ports.items[i]->topo == memdev->endpoint)
			return kernel->ports.items[i];
	return NULL;
}

static void forget_decoder(struct fake_kernel *kernel, const struct fake_decoder *decoder)
{
	size_t kept = 0;

	for (size_t i = 0; i < kernel->decoders.count; i++)
		if (kernel->decoders.items[i] != decoder)
			kernel->decoders.items[kept++] = kernel->decoders.items[i];
	kernel->decoders.count = kept;
}

static void forget_port(struct fake_kernel *kernel, const struct fake_port *port)
{
	size_t kept = 0;

	for (size_t i = 0; i < kernel->ports.count; i++)
		if (kernel->ports.items[i] != port)
			kernel->ports.items[kept++] = kernel->ports.items[i];
	kernel->ports.count = kept;
}

/* cxld_unregister() of each decoder, the last one first: devres goes backward. */
static void remove_endpoint(struct fake_kernel *kernel, struct fake_port *endpoint)
{
	for (size_t i = endpoint->decoders.count; i > 0; i--) {
		struct fake_decoder *decoder = endpoint->decoders.items[i - 1];

		if (decoder->region)
			fake_region_lose(kernel, decoder);
		forget_decoder(kernel, decoder);
	}
	forget_port(kernel, endpoint);
	fake_port_free(endpoint);
}

int fake_kernel_unplug(struct fake_kernel *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->memdevs.count; i++) {
		const struct topo_memdev *memdev = kernel->memdevs.items[i];
		struct fake_port *endpoint = endpoint_of(kernel, memdev);

		if (strcmp(memdev->name, name) != 0)
			continue;
		if (endpoint)
			remove_endpoint(kernel, endpoint);
		kernel->memdevs.count--;
		memmove(&kernel->memdevs.items[i], &kernel->memdevs.items[i + 1],
			(kernel->memdevs.count - i) * sizeof(memdev));
		return 0;
	}
	return -ENODEV;
}

/* ---- plug ---- */

/* ida_alloc(): the lowest free number. */
static int free_memdev_id(const struct fake_kernel *kernel)
{
	for (int id = 0;; id++) {
		bool taken = false;
		int other;

		for (size_t i = 0; i < kernel->memdevs.count && !taken; i++)
			taken = sscanf(kernel->memdevs.items[i]->name, "mem%d", &other) == 1 &&
				other == id;
		if (!taken)
			return id;
	}
}

static int free_port_id(const struct fake_kernel *kernel)
{
	for (int id = 0;; id++) {
		bool taken = false;

		for (size_t i = 0; i < kernel->ports.count && !taken; i++) {
			const char *name = kernel->ports.items[i]->topo->name;

			taken = atoi(name + strcspn(name, "0123456789")) == id;
		}
		if (!taken)
			return id;
	}
}

static bool has_dport(const struct topo_port *port, const char *dport)
{
	for (size_t i = 0; i < port->dports.count; i++)
		if (strcmp(port->dports.items[i].name, dport) == 0)
			return true;
	return false;
}

/* The port that has the dport, or NULL. */
static const struct fake_port *port_above(const struct fake_kernel *kernel, const char *dport)
{
	for (size_t i = 0; i < kernel->ports.count; i++)
		if (has_dport(kernel->ports.items[i]->topo, dport))
			return kernel->ports.items[i];
	return NULL;
}

static bool is_taken(const struct fake_kernel *kernel, const char *dport)
{
	for (size_t i = 0; i < kernel->ports.count; i++)
		if (fake_same_name(kernel->ports.items[i]->topo->parent_dport, dport))
			return true;
	return false;
}

/* The start snapshot's memdev at this place tells the address of the place. */
static const struct topo_memdev *neighbour_at(const struct fake_kernel *kernel, const char *dport)
{
	for (size_t i = 0; i < kernel->start->memdevs.count; i++) {
		const struct topo_memdev *memdev = kernel->start->memdevs.items[i];

		if (memdev->endpoint && fake_same_name(memdev->endpoint->parent_dport, dport))
			return memdev;
	}
	return NULL;
}

static struct topo_memdev *make_memdev(struct fake_kernel *kernel, const struct topo_memdev *device,
				       const char *dport, const char *name)
{
	const struct topo_memdev *neighbour = neighbour_at(kernel, dport);
	struct topo_memdev *memdev;

	memdev = topology_add_memdev(kernel->plugged, name);
	if (!memdev)
		return NULL;
	memdev->serial = device->serial;
	memdev->enabled = true;
	memdev->ram_size = device->ram_size;
	memdev->pmem_size = device->pmem_size;
	memdev->ram_qos_class = device->ram_qos_class;
	memdev->pmem_qos_class = device->pmem_qos_class;
	memdev->numa_node = device->numa_node;
	memdev->host = neighbour ? neighbour->host : device->host;
	memdev->host_path = neighbour ? neighbour->host_path : NULL;
	return memdev;
}

static int make_decoders(struct fake_kernel *kernel, const struct topo_memdev *device,
			 struct topo_port *endpoint, int id)
{
	for (size_t i = 0; i < device->endpoint->decoders.count; i++) {
		struct topo_decoder *decoder;
		char name[STEP_VALUE_MAX];

		(void)snprintf(name, sizeof(name), "decoder%d.%zu", id, i);
		decoder = topology_add_decoder(kernel->plugged, endpoint, name);
		if (!decoder)
			return -ENOMEM;
		decoder->index = (int)i;
		decoder->interleave_ways = 1;
		decoder->interleave_granularity = 256;
		decoder->nr_targets = 0;
	}
	return 0;
}

static struct topo_port *make_endpoint(struct fake_kernel *kernel, const struct topo_memdev *device,
				       struct topo_memdev *memdev, const struct fake_port *above,
				       const char *dport)
{
	const int id = free_port_id(kernel);
	struct topo_port *endpoint;
	char name[STEP_VALUE_MAX];

	(void)snprintf(name, sizeof(name), "endpoint%d", id);
	/* The port above belongs to the start snapshot, which is immutable: it is left out. */
	endpoint = topology_add_port(kernel->plugged, TOPO_PORT_ENDPOINT, name, NULL);
	if (!endpoint || make_decoders(kernel, device, endpoint, id) < 0)
		return NULL;
	endpoint->depth = above->topo->depth + 1;
	endpoint->enabled = true;
	endpoint->decoders_committed = 0;
	endpoint->host = memdev->name;
	endpoint->parent_dport = arena_strdup(&kernel->plugged->arena, dport);
	endpoint->memdev = memdev;
	memdev->endpoint = endpoint;
	return endpoint->parent_dport ? endpoint : NULL;
}

static int plug_as(struct fake_kernel *kernel, const struct topo_memdev *device, const char *dport,
		   const char *name)
{
	struct fake_port *above = (struct fake_port *)port_above(kernel, dport);
	struct topo_memdev *memdev;
	struct topo_port *endpoint;

	if (!above)
		return -ENODEV;
	if (is_taken(kernel, dport))
		return -EBUSY;
	if (!kernel->plugged)
		kernel->plugged = topology_new();
	memdev = kernel->plugged ? make_memdev(kernel, device, dport, name) : NULL;
	endpoint = memdev ? make_endpoint(kernel, device, memdev, above, dport) : NULL;
	if (!endpoint || ARRAY_APPEND(&kernel->memdevs, (const struct topo_memdev *)memdev) < 0)
		return -ENOMEM;
	return fake_port_add(kernel, endpoint, above);
}

int fake_kernel_plug(struct fake_kernel *kernel, const struct topo_memdev *device,
		     const char *dport)
{
	char name[STEP_VALUE_MAX];

	(void)snprintf(name, sizeof(name), "mem%d", free_memdev_id(kernel));
	return plug_as(kernel, device, dport, name);
}

/* ---- reset ---- */

int fake_kernel_recover(struct fake_kernel *kernel, const char *name)
{
	const struct topo_memdev *memdev = NULL;
	int rc;

	for (size_t i = 0; i < kernel->memdevs.count; i++)
		if (strcmp(kernel->memdevs.items[i]->name, name) == 0)
			memdev = kernel->memdevs.items[i];
	if (!memdev || !memdev->endpoint)
		return -ENODEV;
	rc = fake_kernel_unplug(kernel, memdev->name);
	return rc ? rc : plug_as(kernel, memdev, memdev->endpoint->parent_dport, memdev->name);
}

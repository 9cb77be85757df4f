// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots of idle hosts of a simple shape. Called by unit tests.
 */
#include "test/lib/fake-host.h"

#include <stdio.h>

#include "util/size.h"

#define DECODERS_PER_PORT 4
#define WINDOWS_START	  (4 * SIZE_GIB)
#define NAME_MAX_LENGTH	  32

struct builder {
	const struct fake_host *host;
	struct topology *topology;
	struct topo_port *root;
	int port_count, memdev_count;
	bool failed;
};

static struct topo_port *add_port(struct builder *builder, enum topo_port_kind kind,
				  struct topo_port *parent, const char *dport)
{
	static const char *const prefixes[] = { [TOPO_PORT_ROOT] = "root",
						[TOPO_PORT_HOST_BRIDGE] = "port",
						[TOPO_PORT_SWITCH] = "port",
						[TOPO_PORT_ENDPOINT] = "endpoint" };
	char name[NAME_MAX_LENGTH];
	struct topo_port *port;

	(void)snprintf(name, sizeof(name), "%s%d", prefixes[kind], builder->port_count++);
	port = topology_add_port(builder->topology, kind, name, parent);
	if (!port) {
		builder->failed = true;
		return NULL;
	}
	port->enabled = true;
	port->parent_dport = dport;
	if (kind != TOPO_PORT_ROOT)
		port->decoders_committed = 0;
	return port;
}

static const char *add_dport(struct builder *builder, struct topo_port *port)
{
	int id = (int)port->dports.count;
	struct topo_dport dport = { .id = id };

	dport.name = arena_printf(&builder->topology->arena, "%s-down%d", port->name, id);
	if (!dport.name || ARRAY_APPEND(&port->dports, dport) < 0)
		builder->failed = true;
	return dport.name;
}

static void add_decoders(struct builder *builder, struct topo_port *port)
{
	int port_id = builder->port_count - 1;

	for (int i = 0; i < DECODERS_PER_PORT; i++) {
		char name[NAME_MAX_LENGTH];
		struct topo_decoder *decoder;

		(void)snprintf(name, sizeof(name), "decoder%d.%d", port_id, i);
		decoder = topology_add_decoder(builder->topology, port, name);
		if (!decoder) {
			builder->failed = true;
			return;
		}
		decoder->interleave_ways = 1;
		decoder->interleave_granularity = 256;
		decoder->nr_targets = 0;
	}
}

static void add_window(struct builder *builder, int index, hpa_t *at)
{
	const struct fake_window *window = &builder->host->window[index];
	char name[NAME_MAX_LENGTH];
	struct topo_decoder *decoder;

	(void)snprintf(name, sizeof(name), "decoder0.%d", index);
	decoder = topology_add_decoder(builder->topology, builder->root, name);
	if (!decoder) {
		builder->failed = true;
		return;
	}
	decoder->resource = *at;
	decoder->size = window->size;
	decoder->interleave_ways = window->ways;
	decoder->interleave_granularity = window->granularity;
	decoder->volatile_capable = window->ram;
	decoder->pmem_capable = window->pmem;
	decoder->max_available_extent = window->size;
	decoder->nr_targets = window->ways;
	decoder->next_region = arena_printf(&builder->topology->arena, "region%d", index);
	for (int i = 0; i < window->ways; i++) {
		const struct topo_dport *dport = &builder->root->dports.items[window->targets[i]];
		struct topo_target target = { dport->name, dport->alias, i, dport->id };

		if (ARRAY_APPEND(&decoder->targets, target) < 0)
			builder->failed = true;
	}
	*at += window->size;
}

static void add_device(struct builder *builder, struct topo_port *parent)
{
	const char *dport = add_dport(builder, parent);
	struct topo_port *endpoint = add_port(builder, TOPO_PORT_ENDPOINT, parent, dport);
	char name[NAME_MAX_LENGTH];
	struct topo_memdev *memdev;

	if (!endpoint)
		return;
	add_decoders(builder, endpoint);
	(void)snprintf(name, sizeof(name), "mem%d", builder->memdev_count++);
	memdev = topology_add_memdev(builder->topology, name);
	if (!memdev) {
		builder->failed = true;
		return;
	}
	memdev->host = arena_printf(&builder->topology->arena, "0000:%02x:00.0",
				    builder->memdev_count + 16);
	memdev->host_path = memdev->host;
	memdev->serial = (uint64_t)builder->memdev_count;
	memdev->numa_node = 0;
	memdev->enabled = true;
	memdev->ram_size = builder->host->ram_size;
	memdev->pmem_size = builder->host->pmem_size;
	endpoint->host = memdev->name;
}

static void add_ports(struct builder *builder)
{
	struct topo_port *above[FAKE_HOST_BRIDGES_MAX];
	const struct fake_host *host = builder->host;

	builder->root = add_port(builder, TOPO_PORT_ROOT, NULL, NULL);
	if (!builder->root)
		return;
	builder->root->provider = "ACPI.CXL";
	builder->root->host = "ACPI0017:00";
	for (int i = 0; i < host->bridges && !builder->failed; i++) {
		above[i] = add_port(builder, TOPO_PORT_HOST_BRIDGE, builder->root,
				    add_dport(builder, builder->root));
		if (above[i])
			add_decoders(builder, above[i]);
	}
	for (int i = 0; i < host->bridges && host->switches && !builder->failed; i++) {
		above[i] =
			add_port(builder, TOPO_PORT_SWITCH, above[i], add_dport(builder, above[i]));
		if (above[i])
			add_decoders(builder, above[i]);
	}
	for (int i = 0; i < host->bridges && !builder->failed; i++)
		for (int j = 0; j < host->devices[i] && !builder->failed; j++)
			add_device(builder, above[i]);
}

struct topology *fake_host_new(const struct fake_host *host)
{
	struct builder builder = { .host = host, .topology = topology_new() };
	struct topo_node node = { .has_cpus = true,
				  .memory_total = 2 * SIZE_GIB,
				  .memory_free = SIZE_GIB };
	hpa_t at = WINDOWS_START;

	if (!builder.topology)
		return NULL;
	builder.topology->known =
		TOPO_KNOWN_CXL | TOPO_KNOWN_DAX | TOPO_KNOWN_BLOCKS | TOPO_KNOWN_NODES;
	builder.topology->memory_block_size = 128 * SIZE_MIB;
	builder.topology->auto_online_policy = host->policy ? host->policy : "offline";
	add_ports(&builder);
	for (int i = 0; i < host->windows && !builder.failed; i++)
		add_window(&builder, i, &at);
	for (int i = 0; i < 2; i++)
		node.access[i] = (struct topo_access){ TOPO_UNKNOWN, TOPO_UNKNOWN, TOPO_UNKNOWN,
						       TOPO_UNKNOWN };
	if (builder.failed || ARRAY_APPEND(&builder.topology->nodes, node) < 0)
		return topology_free(builder.topology);
	topology_finish(builder.topology);
	return builder.topology;
}

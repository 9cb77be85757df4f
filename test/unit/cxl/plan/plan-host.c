// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hosts of any shape for the planner's tests.
 */
#include "test/unit/cxl/plan/plan-host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct builder {
	const struct plan_host *host;
	struct topology *topology;
	int ports, memdevs;
};

static const char *text_of(struct builder *builder, const char *prefix, int number)
{
	const char *text = arena_printf(&builder->topology->arena, "%s%d", prefix, number);

	assert_non_null(text);
	return text;
}

static int decoders_of(const struct plan_host *host, enum topo_port_kind kind)
{
	const int count = host->decoders ? host->decoders : 4;

	return kind == TOPO_PORT_ENDPOINT && count > ENDPOINT_DECODERS_MAX ? ENDPOINT_DECODERS_MAX
									   : count;
}

static struct topo_port *add_port(struct builder *builder, enum topo_port_kind kind,
				  struct topo_port *parent)
{
	static const char *const prefixes[] = { [TOPO_PORT_ROOT] = "root",
						[TOPO_PORT_HOST_BRIDGE] = "port",
						[TOPO_PORT_SWITCH] = "port",
						[TOPO_PORT_ENDPOINT] = "endpoint" };
	int number = builder->ports++;
	struct topo_port *port = topology_add_port(
		builder->topology, kind, text_of(builder, prefixes[kind], number), parent);

	assert_non_null(port);
	port->enabled = true;
	if (!parent)
		return port;
	port->decoders_committed = 0;
	port->parent_dport = arena_printf(&builder->topology->arena, "%s-down%zu", parent->name,
					  parent->dports.count);
	assert_int_equal(ARRAY_APPEND(&parent->dports,
				      (struct topo_dport){ .name = port->parent_dport,
							   .id = (int)parent->dports.count }),
			 0);
	for (int i = 0; i < decoders_of(builder->host, kind); i++) {
		char name[32];
		struct topo_decoder *decoder;

		(void)snprintf(name, sizeof(name), "decoder%d.%d", number, i);
		decoder = topology_add_decoder(builder->topology, port, name);
		assert_non_null(decoder);
		decoder->interleave_ways = 1;
		decoder->interleave_granularity = 256;
	}
	return port;
}

static void add_endpoint(struct builder *builder, struct topo_port *parent)
{
	struct topo_port *port = add_port(builder, TOPO_PORT_ENDPOINT, parent);
	const char *name = text_of(builder, "mem", builder->memdevs);
	struct topo_memdev *memdev = topology_add_memdev(builder->topology, name);

	assert_non_null(memdev);
	port->host = name;
	memdev->serial = (uint64_t)(0x1000 + builder->memdevs++);
	memdev->enabled = true;
	memdev->ram_size = builder->host->ram_size;
	memdev->pmem_size = builder->host->pmem_size;
	if (memdev->ram_size == 0 && memdev->pmem_size == 0)
		memdev->ram_size = 4 * GIB;
}

/* Reads the ports up to the closing bracket; returns what follows it. */
static const char *add_ports(struct builder *builder, struct topo_port *parent, const char *shape)
{
	while (*shape && *shape != ']') {
		if (*shape == 'e') {
			add_endpoint(builder, parent);
			shape++;
		} else {
			enum topo_port_kind kind =
				parent->parent ? TOPO_PORT_SWITCH : TOPO_PORT_HOST_BRIDGE;

			assert_int_equal(*shape, '[');
			shape = add_ports(builder, add_port(builder, kind, parent), shape + 1);
		}
	}
	return *shape ? shape + 1 : shape;
}

static void add_windows(struct builder *builder, struct topo_port *root)
{
	hpa_t at = 4 * GIB;

	for (int i = 0; i < PLAN_HOST_WINDOWS_MAX && builder->host->windows[i].targets; i++) {
		const struct plan_window *window = &builder->host->windows[i];
		struct topo_decoder *decoder = topology_add_decoder(
			builder->topology, root, text_of(builder, "decoder0.", i));

		assert_non_null(decoder);
		decoder->resource = at;
		decoder->size = window->size ? window->size : 64 * GIB;
		decoder->interleave_ways = (int)strlen(window->targets);
		decoder->interleave_granularity = window->granularity ? window->granularity : 256;
		decoder->volatile_capable = !window->no_ram;
		decoder->pmem_capable = window->pmem;
		decoder->next_region = text_of(builder, "region", i);
		at += decoder->size;
		for (int j = 0; window->targets[j]; j++) {
			char digit[2] = { window->targets[j], '\0' };
			const struct topo_dport *dport =
				&root->dports.items[strtoul(digit, NULL, 36)];

			assert_int_equal(ARRAY_APPEND(&decoder->targets,
						      (struct topo_target){ .dport = dport->name,
									    .position = j,
									    .id = dport->id }),
					 0);
		}
	}
}

struct topology *plan_host_new(const struct plan_host *host)
{
	struct builder builder = { .host = host, .topology = topology_new() };
	struct topo_port *root;

	assert_non_null(builder.topology);
	builder.topology->known =
		TOPO_KNOWN_CXL | TOPO_KNOWN_DAX | TOPO_KNOWN_BLOCKS | TOPO_KNOWN_NODES;
	builder.topology->memory_block_size = 128 * MIB;
	builder.topology->auto_online_policy = "offline";
	root = add_port(&builder, TOPO_PORT_ROOT, NULL);
	root->provider = "ACPI.CXL";
	(void)add_ports(&builder, root, host->shape);
	add_windows(&builder, root);
	topology_finish(builder.topology);
	return builder.topology;
}

struct topology *plan_host_new_flat(int bridges, int memdevs, uint64_t ram_size)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char targets[PLAN_HOST_BRIDGES_MAX][2] = { { 0 } };
	struct plan_host host = { .ram_size = ram_size, .decoders = memdevs };
	char *shape = calloc((size_t)bridges * ((size_t)memdevs + 2) + 1, 1), *at = shape;
	struct topology *topology;

	assert_in_range(bridges, 1, PLAN_HOST_BRIDGES_MAX);
	assert_non_null(shape);
	for (int i = 0; i < bridges; i++) {
		*at++ = '[';
		memset(at, 'e', (size_t)memdevs);
		at += memdevs;
		*at++ = ']';
		targets[i][0] = digits[i];
		host.windows[i].targets = targets[i];
		host.windows[i].size = (uint64_t)memdevs * ram_size;
	}
	host.shape = shape;
	topology = plan_host_new(&host);
	free(shape);
	return topology;
}

void plan_names(struct plan_request_names *names, const char *text)
{
	char *save = NULL;

	names->count = 0;
	(void)snprintf(names->text, sizeof(names->text), "%s", text);
	for (char *name = strtok_r(names->text, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		names->names[names->count++] = name;
}

bool plan_refused_with(const struct plan *plan, const char *code, const char *object)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++) {
		const struct refusal *refusal = &plan->refusals.list.items[i];

		if (strcmp(refusal->code, code) == 0 &&
		    (!object || (refusal->object && strcmp(refusal->object, object) == 0)))
			return true;
	}
	return false;
}

bool plan_has_step(const struct plan *plan, const struct step_kind *kind, const char *to)
{
	for (size_t i = 0; i < plan->steps.list.count; i++)
		if (plan->steps.list.items[i].kind == kind &&
		    strcmp(plan->steps.list.items[i].to, to) == 0)
			return true;
	return false;
}

const char *plan_order(const struct plan *plan, char text[static 256])
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < plan->ways; i++)
		used += (size_t)snprintf(text + used, 256 - used, "%s%s", i ? " " : "",
					 plan->members[i].memdev->name);
	return text;
}

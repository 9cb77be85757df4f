// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake kernel from outside: as a snapshot, which is built from the start snapshot's fixed parts
 * and the kernel's state, and as a text for comparing two states.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "test/lib/fake-kernel-private.h"

/* ---- as a snapshot ---- */

struct copy {
	const struct fake_kernel *kernel;
	struct topology *to;
	bool failed; /* out of memory: checked at the end */
};

static const char *text(struct copy *copy, const char *from)
{
	const char *to = arena_strdup(&copy->to->arena, from);

	if (from && !to)
		copy->failed = true;
	return to;
}

static void copy_dports(struct copy *copy, const struct topo_port *from, struct topo_port *to)
{
	for (size_t i = 0; i < from->dports.count; i++) {
		struct topo_dport dport = from->dports.items[i];

		dport.name = text(copy, dport.name);
		dport.alias = text(copy, dport.alias);
		if (ARRAY_APPEND(&to->dports, dport) < 0)
			copy->failed = true;
	}
}

static void copy_port(struct copy *copy, const struct fake_port *port)
{
	const struct topo_port *from = port->topo;
	struct topo_port *to = topology_add_port(copy->to, from->kind, from->name, NULL);

	if (!to) {
		copy->failed = true;
		return;
	}
	to->host = text(copy, from->host);
	to->provider = text(copy, from->provider);
	to->depth = from->depth;
	to->enabled = from->enabled;
	to->decoders_committed =
		from->kind == TOPO_PORT_ROOT ? from->decoders_committed : port->commit_end + 1;
	to->parent_dport = text(copy, from->parent_dport);
	copy_dports(copy, from, to);
}

/* The copies of ports and decoders have the indices of the originals until all are sorted. */
static struct topo_port *port_copy(const struct copy *copy, const struct fake_port *port)
{
	for (size_t i = 0; i < copy->kernel->ports.count; i++)
		if (copy->kernel->ports.items[i] == port)
			return copy->to->ports.items[i];
	return NULL;
}

static struct topo_decoder *decoder_copy(const struct copy *copy,
					 const struct fake_decoder *decoder)
{
	for (size_t i = 0; i < copy->kernel->decoders.count; i++)
		if (copy->kernel->decoders.items[i] == decoder)
			return copy->to->decoders.items[i];
	return NULL;
}

static void link_parents(struct copy *copy)
{
	for (size_t i = 0; i < copy->kernel->ports.count; i++) {
		const struct fake_port *parent = copy->kernel->ports.items[i]->parent;

		if (parent)
			copy->to->ports.items[i]->parent = port_copy(copy, parent);
	}
}

static const struct topo_dport *find_dport(const struct topo_port *port, const char *name)
{
	for (size_t i = 0; i < port->dports.count; i++)
		if (strcmp(port->dports.items[i].name, name) == 0)
			return &port->dports.items[i];
	return NULL;
}

static void copy_targets(struct copy *copy, const struct fake_decoder *decoder,
			 struct topo_decoder *to)
{
	for (int i = 0; i < decoder->ways && i < TOPO_TARGETS_MAX && decoder->targets[i]; i++) {
		const struct topo_dport *dport =
			find_dport(decoder->port->topo, decoder->targets[i]);
		struct topo_target target = { .dport = text(copy, decoder->targets[i]),
					      .alias = dport ? text(copy, dport->alias) : NULL,
					      .position = i,
					      .id = dport ? dport->id : TOPO_UNKNOWN_INT };

		if (ARRAY_APPEND(&to->targets, target) < 0)
			copy->failed = true;
	}
}

/* The largest gap between the window's regions. */
static uint64_t largest_gap(const struct fake_kernel *kernel, const struct fake_decoder *window)
{
	hpa_t at = window->hpa, end = window->hpa + window->size;
	uint64_t gap = 0;

	while (at < end) {
		hpa_t next = end, behind = end;

		for (size_t i = 0; i < kernel->regions.count; i++) {
			const struct fake_region *region = kernel->regions.items[i];

			if (region->window == window && region->allocated && region->hpa >= at &&
			    region->hpa < next) {
				next = region->hpa;
				behind = region->hpa + region->size;
			}
		}
		if (next - at > gap)
			gap = next - at;
		at = behind;
	}
	return gap;
}

static void copy_window(struct copy *copy, const struct fake_decoder *decoder,
			struct topo_decoder *to)
{
	const struct topo_decoder *from = decoder->topo;

	to->pmem_capable = from->pmem_capable;
	to->volatile_capable = from->volatile_capable;
	to->accelmem_capable = from->accelmem_capable;
	to->qos_class = from->qos_class;
	to->interleave_arithmetic = from->interleave_arithmetic;
	if (from->max_available_extent != TOPO_UNKNOWN)
		to->max_available_extent = largest_gap(copy->kernel, decoder);
	to->next_region = arena_printf(&copy->to->arena, "region%d", decoder->next_region);
	copy->failed = copy->failed || !to->next_region;
}

static void copy_decoder(struct copy *copy, const struct fake_decoder *decoder)
{
	const struct topo_decoder *from = decoder->topo;
	struct topo_port *port = port_copy(copy, decoder->port);
	struct topo_decoder *to = topology_add_decoder(copy->to, port, from->name);

	if (!to) {
		copy->failed = true;
		return;
	}
	to->index = from->index;
	to->resource = decoder->size ? decoder->hpa : TOPO_UNKNOWN;
	to->size = decoder->size;
	to->interleave_ways = decoder->ways;
	to->interleave_granularity =
		decoder->granularity ? decoder->granularity : from->interleave_granularity;
	to->locked = decoder->locked;
	to->region_name = decoder->region ? text(copy, decoder->region->name) : NULL;
	to->nr_targets = 0;
	if (port->kind == TOPO_PORT_ENDPOINT) {
		to->mode = decoder->mode;
		to->dpa_resource = decoder->dpa_size ? decoder->dpa : TOPO_UNKNOWN;
		to->dpa_size = decoder->dpa_size;
		return;
	}
	copy_targets(copy, decoder, to);
	to->nr_targets = (int)to->targets.count;
	if (port->kind == TOPO_PORT_ROOT)
		copy_window(copy, decoder, to);
}

static void copy_memdev(struct copy *copy, const struct topo_memdev *from)
{
	struct topo_memdev *to = topology_add_memdev(copy->to, from->name);
	const char *name;

	if (!to) {
		copy->failed = true;
		return;
	}
	name = to->name;
	*to = *from;
	to->name = name;
	to->host = text(copy, from->host);
	to->host_path = text(copy, from->host_path);
	to->firmware_version = text(copy, from->firmware_version);
	to->endpoint = NULL;
	to->mailbox = json_object_get(from->mailbox);
	for (size_t i = 0; from->endpoint && i < copy->to->ports.count; i++)
		if (copy->kernel->ports.items[i]->topo == from->endpoint)
			to->endpoint = copy->to->ports.items[i];
	if (to->endpoint)
		to->endpoint->memdev = to;
}

static const char *state_name(enum fake_dax_state state)
{
	switch (state) {
	case FAKE_DAX_UNPLUGGED:
		return "unplugged";
	case FAKE_DAX_OFFLINE:
		return "offline";
	case FAKE_DAX_ONLINE:
		return "online";
	case FAKE_DAX_ONLINE_KERNEL:
		return "online_kernel";
	case FAKE_DAX_ONLINE_MOVABLE:
		return "online_movable";
	}
	return "";
}

static void copy_blocks(struct copy *copy, const struct fake_dax *dax, struct topo_dax_device *to)
{
	for (size_t i = 0; i < dax->blocks.count; i++) {
		const struct fake_block *block = &dax->blocks.items[i];
		struct topo_memory_block topo = { .index = block->index,
						  .node = dax->target_node,
						  .online = block->online,
						  .zone = block->zone,
						  .removable = block->removable };

		if (ARRAY_APPEND(&to->blocks, topo) < 0)
			copy->failed = true;
	}
}

static void copy_dax(struct copy *copy, const struct fake_dax *dax, struct topo_dax_region *region)
{
	struct topo_dax_device to = TOPO_DAX_DEVICE_NULL;

	to.name = text(copy, dax->name);
	to.size = dax->size;
	to.align = dax->align;
	to.resource = dax->hpa;
	to.target_node = dax->target_node;
	to.driver = dax->driver;
	if (dax->driver == TOPO_DAX_KMEM && copy->kernel->has_state_attribute)
		to.state = state_name(dax->state);
	copy_blocks(copy, dax, &to);
	/* Blocks are found by their addresses, whichever device added them. */
	if (fake_stuck_in(copy->kernel, dax->hpa, dax->size))
		copy_blocks(copy, fake_stuck_in(copy->kernel, dax->hpa, dax->size), &to);
	if (ARRAY_APPEND(&region->devices, to) < 0) {
		ARRAY_FREE(&to.blocks);
		copy->failed = true;
	}
}

static void copy_dax_region(struct copy *copy, const struct fake_region *region,
			    struct topo_region *to)
{
	struct topo_dax_region *dax_region = topology_add_dax_region(copy->to, to);

	if (!dax_region) {
		copy->failed = true;
		return;
	}
	dax_region->id = region->id;
	dax_region->size = region->size;
	dax_region->available_size = region->dax_available;
	dax_region->align = UINT64_C(2) << 20;
	for (size_t i = 0; i < copy->kernel->daxes.count; i++)
		if (copy->kernel->daxes.items[i]->region == region)
			copy_dax(copy, copy->kernel->daxes.items[i], dax_region);
}

static void copy_mappings(struct copy *copy, const struct fake_region *region,
			  struct topo_region *to)
{
	for (int i = 0; i < region->ways; i++) {
		const struct fake_decoder *target = region->targets[i];
		struct topo_mapping mapping = { .position = i };

		if (!target)
			continue;
		mapping.decoder_name = text(copy, target->topo->name);
		if (target->port->topo->memdev)
			mapping.memdev_name = text(copy, target->port->topo->memdev->name);
		if (ARRAY_APPEND(&to->mappings, mapping) < 0)
			copy->failed = true;
	}
}

static void copy_region(struct copy *copy, const struct fake_region *region,
			struct topo_decoder *window)
{
	struct topo_region *to = topology_add_region(copy->to, window, region->name);

	if (!to) {
		copy->failed = true;
		return;
	}
	to->type = region->type;
	to->uuid = region->uuid[0] ? text(copy, region->uuid) : NULL;
	to->resource = region->allocated ? region->hpa : TOPO_UNKNOWN;
	to->size = region->size;
	to->interleave_ways = region->ways;
	to->interleave_granularity = region->granularity;
	to->committed = region->config >= FAKE_COMMIT;
	to->enabled = region->bound;
	to->locked = region->locked;
	to->qos_class_mismatch = region->qos_class_mismatch;
	copy_mappings(copy, region, to);
	if (region->dax_region)
		copy_dax_region(copy, region, to);
}

static uint64_t count_online(const struct fake_dax *dax, int node, bool *present)
{
	uint64_t blocks = 0;

	for (size_t i = 0; i < dax->blocks.count && dax->target_node == node; i++) {
		*present = true;
		blocks += dax->blocks.items[i].online;
	}
	return blocks;
}

/* The bytes online now on @node, in blocks that the kernel knows. */
static uint64_t online_now(const struct fake_kernel *kernel, int node, bool *ret_present)
{
	uint64_t blocks = 0;

	*ret_present = false;
	for (size_t i = 0; i < kernel->daxes.count; i++)
		blocks += count_online(kernel->daxes.items[i], node, ret_present);
	for (size_t i = 0; i < kernel->stuck.count; i++)
		blocks += count_online(kernel->stuck.items[i], node, ret_present);
	return blocks * kernel->start->memory_block_size;
}

static uint64_t online_at_start(const struct fake_kernel *kernel, int node)
{
	const struct topology *start = kernel->start;
	uint64_t blocks = 0;

	for (size_t i = 0; i < start->dax_regions.count; i++)
		for (size_t j = 0; j < start->dax_regions.items[i]->devices.count; j++) {
			const struct topo_dax_device *device =
				&start->dax_regions.items[i]->devices.items[j];

			for (size_t k = 0; k < device->blocks.count; k++)
				if (device->target_node == node)
					blocks += device->blocks.items[k].online;
		}
	return blocks * start->memory_block_size;
}

static void copy_node(struct copy *copy, const struct topo_node *from)
{
	struct topo_node to = *from;
	uint64_t before = online_at_start(copy->kernel, from->id), now;
	bool present;

	now = online_now(copy->kernel, from->id, &present);
	/* try_offline_node(): a node without memory blocks and CPUs goes */
	if (!present && !from->has_cpus && from->memory_total != TOPO_UNKNOWN &&
	    from->memory_total <= before && before > 0)
		return;
	if (from->memory_total != TOPO_UNKNOWN)
		to.memory_total = from->memory_total - before + now;
	if (from->memory_free != TOPO_UNKNOWN && from->memory_free + now >= before)
		to.memory_free = from->memory_free + now - before;
	memset(&to.distances, 0, sizeof(to.distances));
	for (size_t i = 0; i < from->distances.count; i++)
		if (ARRAY_APPEND(&to.distances, from->distances.items[i]) < 0)
			copy->failed = true;
	if (ARRAY_APPEND(&copy->to->nodes, to) < 0) {
		ARRAY_FREE(&to.distances);
		copy->failed = true;
	}
}

static bool has_node(const struct topology *topology, int id)
{
	for (size_t i = 0; i < topology->nodes.count; i++)
		if (topology->nodes.items[i].id == id)
			return true;
	return false;
}

/* A node that came with memory. */
static void copy_new_node(struct copy *copy, int id)
{
	struct topo_node node = { .id = id };
	bool present;

	node.memory_total = online_now(copy->kernel, id, &present);
	node.memory_free = node.memory_total;
	for (size_t i = 0; i < 2; i++)
		node.access[i] = (struct topo_access){ TOPO_UNKNOWN, TOPO_UNKNOWN, TOPO_UNKNOWN,
						       TOPO_UNKNOWN };
	if (present && !has_node(copy->to, id) && !has_node(copy->kernel->start, id) &&
	    ARRAY_APPEND(&copy->to->nodes, node) < 0)
		copy->failed = true;
}

static void copy_nodes(struct copy *copy)
{
	const struct fake_kernel *kernel = copy->kernel;

	for (size_t i = 0; i < kernel->start->nodes.count; i++)
		copy_node(copy, &kernel->start->nodes.items[i]);
	for (size_t i = 0; i < kernel->daxes.count; i++)
		copy_new_node(copy, kernel->daxes.items[i]->target_node);
	for (size_t i = 0; i < kernel->stuck.count; i++)
		copy_new_node(copy, kernel->stuck.items[i]->target_node);
}

static void copy_all(struct copy *copy)
{
	const struct fake_kernel *kernel = copy->kernel;

	copy->to->known = kernel->start->known;
	copy->to->kernel = text(copy, kernel->start->kernel);
	copy->to->time_ms = kernel->start->time_ms;
	copy->to->memory_block_size = kernel->start->memory_block_size;
	copy->to->auto_online_policy = text(copy, kernel->policy);
	for (size_t i = 0; i < kernel->ports.count && !copy->failed; i++)
		copy_port(copy, kernel->ports.items[i]);
	if (copy->failed)
		return;
	link_parents(copy);
	for (size_t i = 0; i < kernel->decoders.count && !copy->failed; i++)
		copy_decoder(copy, kernel->decoders.items[i]);
	for (size_t i = 0; i < kernel->memdevs.count && !copy->failed; i++)
		copy_memdev(copy, kernel->memdevs.items[i]);
	for (size_t i = 0; i < kernel->regions.count && !copy->failed; i++)
		copy_region(copy, kernel->regions.items[i],
			    decoder_copy(copy, kernel->regions.items[i]->window));
	copy_nodes(copy);
}

struct topology *fake_kernel_snapshot(const struct fake_kernel *kernel)
{
	struct copy copy = { .kernel = kernel, .to = topology_new() };

	if (!copy.to)
		return NULL;
	copy_all(&copy);
	if (copy.failed)
		return topology_free(copy.to);
	topology_finish(copy.to);
	return copy.to;
}

/* The window, with the values that a look at one region reads. */
static struct topo_decoder *copy_window_alone(struct copy *copy, const struct fake_decoder *window)
{
	struct topo_port *port =
		topology_add_port(copy->to, TOPO_PORT_ROOT, window->port->topo->name, NULL);
	struct topo_decoder *to =
		port ? topology_add_decoder(copy->to, port, window->topo->name) : NULL;

	if (!to) {
		copy->failed = true;
		return NULL;
	}
	to->resource = window->hpa;
	to->size = window->size;
	return to;
}

struct topology *fake_kernel_region_snapshot(const struct fake_kernel *kernel, const char *name)
{
	const struct fake_region *region = fake_find_region(kernel, name);
	struct copy copy = { .kernel = kernel, .to = topology_new() };
	struct topo_decoder *window;

	if (!copy.to)
		return NULL;
	copy.to->known = kernel->start->known;
	window = region ? copy_window_alone(&copy, region->window) : NULL;
	for (int i = 0; window && i < region->ways; i++)
		if (region->targets[i] && region->targets[i]->port->topo->memdev)
			copy_memdev(&copy, region->targets[i]->port->topo->memdev);
	if (window)
		copy_region(&copy, region, window);
	if (copy.failed)
		return topology_free(copy.to);
	topology_finish(copy.to);
	return copy.to;
}

/* ---- as a text ---- */

static void print_decoder(FILE *out, const struct fake_decoder *decoder)
{
	if (!decoder->region && !decoder->enabled && decoder->dpa_size == 0)
		return;
	(void)fprintf(out, "%s %s%s%s", decoder->topo->name,
		      decoder->region ? decoder->region->name : "free",
		      decoder->enabled ? " enabled" : "", decoder->locked ? " locked" : "");
	if (decoder->size)
		(void)fprintf(out, " hpa %#" PRIx64 "+%#" PRIx64 " x%d/%d", decoder->hpa,
			      decoder->size, decoder->ways, decoder->granularity);
	if (decoder->dpa_size)
		(void)fprintf(out, " %s dpa %#" PRIx64 "+%#" PRIx64 " skip %#" PRIx64,
			      topo_mode_name(decoder->mode), decoder->dpa, decoder->dpa_size,
			      decoder->skip);
	for (int i = 0; decoder->size && i < decoder->ways && decoder->targets[i]; i++)
		(void)fprintf(out, " %s", decoder->targets[i]);
	(void)fputc('\n', out);
}

static void print_refs(FILE *out, const struct fake_port *port)
{
	for (size_t i = 0; i < port->refs.count; i++) {
		const struct fake_region_ref *ref = port->refs.items[i];

		(void)fprintf(out, "%s %s by %s: endpoints %d targets %d set %d\n",
			      port->topo->name, ref->region->name, ref->decoder->topo->name,
			      ref->nr_eps, ref->nr_targets, ref->nr_targets_set);
	}
}

static void print_region(FILE *out, const struct fake_region *region)
{
	(void)fprintf(out, "%s %s@%s uuid '%s' config %d hpa %#" PRIx64 "+%#" PRIx64 " x%d/%d%s%s",
		      region->name, topo_mode_name(region->type), region->window->topo->name,
		      region->uuid, (int)region->config, region->hpa, region->size, region->ways,
		      region->granularity, region->bound ? " bound" : "",
		      region->locked ? " locked" : "");
	for (int i = 0; i < region->ways; i++)
		(void)fprintf(out, " %s",
			      region->targets[i] ? region->targets[i]->topo->name : "-");
	(void)fputc('\n', out);
}

static void print_dax(FILE *out, const struct fake_kernel *kernel, const struct fake_dax *dax)
{
	(void)fprintf(out, "%s of %s hpa %#" PRIx64 "+%#" PRIx64 " node %d driver %d", dax->name,
		      dax->region->name, dax->hpa, dax->size, dax->target_node, (int)dax->driver);
	/* Writes to single blocks leave the state attribute stale; the blocks show the truth. */
	if (dax->driver == TOPO_DAX_KMEM && kernel->has_state_attribute)
		(void)fprintf(out, "%s", dax->state == FAKE_DAX_UNPLUGGED ? " unplugged" : "");
	for (size_t i = 0; i < dax->blocks.count; i++)
		(void)fprintf(out, " memory%" PRIu64 ":%s", dax->blocks.items[i].index,
			      fake_block_state(&dax->blocks.items[i]));
	(void)fputc('\n', out);
}

/* In the order of numbers: the order in which objects came and went makes no difference. */
static void print_regions(FILE *out, const struct fake_kernel *kernel)
{
	int next = -1;

	for (size_t done = 0; done < kernel->regions.count; done++) {
		const struct fake_region *lowest = NULL;

		for (size_t i = 0; i < kernel->regions.count; i++) {
			const struct fake_region *region = kernel->regions.items[i];

			if (region->id > next && (!lowest || region->id < lowest->id))
				lowest = region;
		}
		if (!lowest)
			return;
		print_region(out, lowest);
		for (size_t i = 0; i < kernel->daxes.count; i++)
			if (kernel->daxes.items[i]->region == lowest)
				print_dax(out, kernel, kernel->daxes.items[i]);
		next = lowest->id;
	}
}

char *fake_kernel_state(const struct fake_kernel *kernel)
{
	char *state = NULL;
	size_t size;
	FILE *out = open_memstream(&state, &size);
	bool failed;

	if (!out)
		return NULL;
	(void)fprintf(out, "policy %s\n", kernel->policy);
	for (size_t i = 0; i < kernel->ports.count; i++) {
		const struct fake_port *port = kernel->ports.items[i];

		if (port->commit_end >= 0 || port->hdm_end >= 0)
			(void)fprintf(out, "%s committed %d allocated %d\n", port->topo->name,
				      port->commit_end, port->hdm_end);
		print_refs(out, port);
	}
	for (size_t i = 0; i < kernel->decoders.count; i++) {
		const struct fake_decoder *decoder = kernel->decoders.items[i];

		if (decoder->port->topo->kind == TOPO_PORT_ROOT)
			(void)fprintf(out, "%s next region%d\n", decoder->topo->name,
				      decoder->next_region);
		else
			print_decoder(out, decoder);
	}
	print_regions(out, kernel);
	for (size_t i = 0; i < kernel->stuck.count; i++)
		(void)fprintf(out, "stuck hpa %#" PRIx64 "+%#" PRIx64 "\n",
			      kernel->stuck.items[i]->hpa, kernel->stuck.items[i]->size);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(state);
		return NULL;
	}
	return state;
}

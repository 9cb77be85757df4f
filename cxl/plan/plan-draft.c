// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enters a plan's expected result into a draft: region and decoders as the plan says, memory by
 * following the plan's steps. Also removes a region from a draft. Pure. Called by planners that
 * plan on an expected state.
 */
#include "cxl/plan/plan-draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/interleave.h"
#include "cxl/topology/memory-blocks.h"
#include "cxl/topology/port-decoder.h"
#include "util/cleanup.h"

/* ---- does the plan fit this draft? ---- */

static bool has_member(const struct topology *draft, const struct plan_member *member)
{
	const struct topo_decoder *decoder = member->decoder;

	return decoder && topology_decoder(draft, decoder->name) == decoder &&
	       decoder->port->kind == TOPO_PORT_ENDPOINT && decoder->dpa_size == 0 &&
	       !port_way_blocked(draft, decoder->port);
}

static bool fits(const struct topology *draft, const struct plan *plan)
{
	if (!plan->region || !plan->window || plan->ways < 1 || plan->ways > TOPO_TARGETS_MAX ||
	    topology_decoder(draft, plan->window->name) != plan->window ||
	    topology_region(draft, plan->region))
		return false;
	for (int i = 0; i < plan->ways; i++)
		if (!has_member(draft, &plan->members[i]))
			return false;
	return true;
}

/* ---- the region ---- */

/* Moves the last region of the array to the place of its number. */
static void sort_last_region(struct topology *draft)
{
	struct topo_region **items = draft->regions.items;
	size_t low = 0, high = draft->regions.count - 1;
	struct topo_region *last = items[high];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (topo_name_compare(items[middle]->name, last->name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&items[low + 1], &items[low], (draft->regions.count - 1 - low) * sizeof(*items));
	items[low] = last;
}

static struct topo_region *add_region(struct topology *draft, struct topo_decoder *window,
				      const struct plan *plan)
{
	struct topo_region *region = topology_add_region(draft, window, plan->region);

	if (!region)
		return NULL;
	sort_last_region(draft);
	region->type = plan->type;
	region->resource = plan->hpa;
	region->size = plan->size_bytes;
	region->interleave_ways = plan->ways;
	region->interleave_granularity = plan->granularity;
	region->committed = true;
	return region;
}

static void mark(char *taken, size_t count, const char *region)
{
	uint64_t number = region ? topo_name_number(region) : UINT64_MAX;

	if (number < count)
		taken[number] = 1;
}

/*
 * The window has used up its name for the next region, and gets the lowest number that no region
 * and no window has (memregion_alloc() before the window's own is given away, __create_region()).
 */
static int number_window(struct topology *draft, struct topo_decoder *window)
{
	size_t count = draft->regions.count + 1;
	_cleanup_free_ char *taken = NULL;

	if (!window->next_region)
		return 0;
	for (size_t i = 0; i < draft->ports.count; i++)
		if (draft->ports.items[i]->kind == TOPO_PORT_ROOT)
			count += draft->ports.items[i]->decoders.count;
	taken = calloc(count, 1);
	if (!taken)
		return -ENOMEM;
	for (size_t i = 0; i < draft->regions.count; i++)
		mark(taken, count, draft->regions.items[i]->name);
	for (size_t i = 0; i < draft->ports.count; i++) {
		const struct topo_port *root = draft->ports.items[i];

		for (size_t j = 0; root->kind == TOPO_PORT_ROOT && j < root->decoders.count; j++)
			mark(taken, count, root->decoders.items[j]->next_region);
	}
	/* One number is left: there are more numbers than regions and windows. */
	window->next_region =
		arena_printf(&draft->arena, "region%td", (char *)memchr(taken, 0, count) - taken);
	return window->next_region ? 0 : -ENOMEM;
}

/* ---- the decoders ---- */

static void decode(struct topo_decoder *decoder, struct topo_region *region)
{
	decoder->region = region;
	decoder->region_name = region->name;
	decoder->resource = region->resource;
	decoder->size = region->size;
	region->locked = region->locked || decoder->locked;
}

static struct topo_decoder *find_decoder(const struct topo_port *port,
					 const struct topo_decoder *as)
{
	for (size_t i = 0; i < port->decoders.count; i++)
		if (port->decoders.items[i] == as)
			return port->decoders.items[i];
	return NULL;
}

/* The decoder of a port that the region has already, or takes now. */
static struct topo_decoder *take_decoder(const struct topology *draft, const struct topo_port *port,
					 struct topo_region *region)
{
	struct topo_decoder *decoder;

	for (size_t i = 0; i < port->decoders.count; i++)
		if (port->decoders.items[i]->region == region)
			return port->decoders.items[i];
	decoder = find_decoder(port, port_next_free(draft, port).decoder);
	decode(decoder, region);
	decoder->targets.count = 0;
	return decoder;
}

/*
 * Appends a target; the order is that of the positions that first lead to each target:
 * cxl_port_setup_targets().
 */
static int add_target(struct topo_decoder *decoder, const char *dport)
{
	const struct topo_port *port = decoder->port;
	struct topo_target target = { .dport = dport,
				      .position = (int)decoder->targets.count,
				      .id = TOPO_UNKNOWN_INT };
	int rc;

	for (size_t i = 0; i < decoder->targets.count; i++)
		if (strcmp(decoder->targets.items[i].dport, dport) == 0)
			return 0;
	for (size_t i = 0; i < port->dports.count; i++)
		if (strcmp(port->dports.items[i].name, dport) == 0) {
			target.alias = port->dports.items[i].alias;
			target.id = port->dports.items[i].id;
		}
	rc = ARRAY_APPEND(&decoder->targets, target);
	decoder->nr_targets = (int)decoder->targets.count;
	decoder->interleave_ways = decoder->nr_targets;
	return rc;
}

static int take_way(struct topology *draft, struct topo_region *region,
		    const struct topo_port *endpoint)
{
	const struct topo_port *below = endpoint;
	int rc = 0;

	for (; rc == 0 && below->parent && below->parent->kind != TOPO_PORT_ROOT;
	     below = below->parent) {
		struct topo_decoder *decoder = take_decoder(draft, below->parent, region);

		if (below->parent_dport)
			rc = add_target(decoder, below->parent_dport);
	}
	return rc;
}

static int enter_member(struct topology *draft, struct topo_region *region, const struct plan *plan,
			int position)
{
	const struct plan_member *member = &plan->members[position];
	struct topo_decoder *decoder = find_decoder(member->decoder->port, member->decoder);
	struct topo_mapping mapping = { .position = position,
					.decoder = decoder,
					.memdev = decoder->port->memdev,
					.decoder_name = decoder->name };
	int rc;

	if (mapping.memdev)
		mapping.memdev_name = mapping.memdev->name;
	rc = ARRAY_APPEND(&region->mappings, mapping);
	if (rc)
		return rc;
	decode(decoder, region);
	decoder->mode = plan->type;
	decoder->dpa_resource = member->dpa;
	decoder->dpa_size = member->dpa_size;
	decoder->interleave_ways = plan->ways;
	decoder->interleave_granularity = plan->granularity;
	return take_way(draft, region, decoder->port);
}

/*
 * Commits from the top down, because a level's granularity follows from the level above. A second
 * commit changes nothing.
 */
static int commit(struct topo_port *port, struct topo_region *region)
{
	struct topo_decoder *decoder = NULL;
	int granularity;

	if (!port->parent)
		return region->interleave_granularity *
		       interleave_routing_ways(region->window->interleave_ways);
	granularity = commit(port->parent, region);
	for (size_t i = 0; i < port->decoders.count && !decoder; i++)
		if (port->decoders.items[i]->region == region)
			decoder = port->decoders.items[i];
	if (port->decoders_committed == decoder->index)
		port->decoders_committed++;
	if (port->kind == TOPO_PORT_ENDPOINT)
		return granularity;
	decoder->interleave_granularity = granularity;
	return granularity * decoder->interleave_ways;
}

static int enter_members(struct topology *draft, struct topo_region *region,
			 const struct plan *plan)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < plan->ways; i++)
		rc = enter_member(draft, region, plan, i);
	for (int i = 0; rc == 0 && i < plan->ways; i++)
		(void)commit(region->mappings.items[i].decoder->port, region);
	return rc;
}

/* ---- the memory ---- */

static enum topo_zone zone_of(const char *word)
{
	if (word && strcmp(word, "offline") == 0)
		return TOPO_ZONE_NONE;
	if (word && strcmp(word, "online_movable") == 0)
		return TOPO_ZONE_MOVABLE;
	if (word && strcmp(word, "online_kernel") == 0)
		return TOPO_ZONE_KERNEL;
	/* The zone is unknown, or the kernel chooses it: zone_for_pfn_range() */
	return TOPO_ZONE_UNKNOWN;
}

static void set_blocks(const struct topology *draft, struct topo_dax_device *device,
		       enum topo_zone zone)
{
	bool online = zone != TOPO_ZONE_NONE;

	for (size_t i = 0; i < device->blocks.count; i++) {
		device->blocks.items[i].online = online;
		device->blocks.items[i].zone = zone;
	}
	if (!(draft->known & TOPO_KNOWN_BLOCKS))
		return;
	device->block_count = (int)device->blocks.count;
	device->online_block_count = online ? device->block_count : 0;
	device->zone = device->block_count ? zone : TOPO_ZONE_NONE;
}

static int add_blocks(const struct topology *draft, struct topo_dax_device *device)
{
	const struct memory_blocks blocks =
		memory_blocks_in(device->resource, device->size, draft->memory_block_size);

	for (uint64_t index = blocks.first; index < blocks.end; index++) {
		struct topo_memory_block block = { .index = index,
						   .node = device->target_node,
						   .removable = true };
		int rc = ARRAY_APPEND(&device->blocks, block);

		if (rc)
			return rc;
	}
	return 0;
}

/* Tells whether this kernel's kmem has a `state` attribute, by the devices of the draft. */
static bool shows_state(const struct topology *draft)
{
	for (size_t i = 0; i < draft->dax_regions.count; i++) {
		const struct topo_dax_region *dax = draft->dax_regions.items[i];

		for (size_t j = 0; j < dax->devices.count; j++)
			if (dax->devices.items[j].driver == TOPO_DAX_KMEM)
				return dax->devices.items[j].state;
	}
	return false;
}

/* dev_dax_kmem_probe(): adds whole memory blocks only, online as the policy of that moment says. */
static int bind_kmem(struct topology *draft, struct topo_dax_device *device, const char *policy)
{
	bool has_state = policy && shows_state(draft);

	if ((draft->known & TOPO_KNOWN_BLOCKS) && draft->memory_block_size != TOPO_UNKNOWN &&
	    draft->memory_block_size != 0) {
		int rc = add_blocks(draft, device);

		if (rc)
			return rc;
		if (device->blocks.count == 0)
			return 0;
	}
	device->driver = TOPO_DAX_KMEM;
	set_blocks(draft, device, zone_of(policy));
	if (!has_state)
		return 0;
	device->state = arena_strdup(&draft->arena, policy);
	return device->state ? 0 : -ENOMEM;
}

static void sort_last_dax_region(struct topology *draft)
{
	struct topo_dax_region **items = draft->dax_regions.items;
	size_t at = draft->dax_regions.count - 1;
	struct topo_dax_region *last = items[at];

	for (; at > 0 && items[at - 1]->id > last->id; at--)
		items[at] = items[at - 1];
	items[at] = last;
}

/* cxl_region_probe(): a ram region gets one dax device, which the bus binds to kmem. */
static int enable(struct topology *draft, struct topo_region *region, const struct plan *plan,
		  const char *policy)
{
	struct topo_dax_device device = TOPO_DAX_DEVICE_NULL;
	struct topo_dax_region *dax;

	region->enabled = true;
	if (!plan->dax_device || !(draft->known & TOPO_KNOWN_DAX))
		return 0;
	dax = topology_add_dax_region(draft, region);
	if (!dax)
		return -ENOMEM;
	dax->id = (int)topo_name_number(region->name);
	sort_last_dax_region(draft);
	dax->size = region->size;
	dax->available_size = 0;
	device.name = arena_strdup(&draft->arena, plan->dax_device);
	device.size = region->size;
	device.resource = region->resource;
	device.target_node = plan->target_node;
	set_blocks(draft, &device, TOPO_ZONE_NONE);
	if (!device.name || ARRAY_APPEND(&dax->devices, device))
		return -ENOMEM;
	return bind_kmem(draft, &dax->devices.items[0], policy);
}

static void bind_device_dax(const struct topology *draft, struct topo_dax_device *device)
{
	ARRAY_FREE(&device->blocks);
	set_blocks(draft, device, TOPO_ZONE_NONE);
	device->state = NULL;
	device->driver = TOPO_DAX_DEVICE;
}

/* Follows the steps of memory-steps.h; the step from no driver to kmem only waits for the bus. */
static int enter_memory(struct topology *draft, struct topo_region *region, const struct plan *plan)
{
	const char *policy = draft->auto_online_policy;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->steps.list.count; i++) {
		const struct step *step = &plan->steps.list.items[i];
		struct topo_dax_device *device =
			region->dax_region ? region->dax_region->devices.items : NULL;

		if (step->kind == STEP_AUTO_ONLINE)
			policy = step->to;
		else if (step->kind == STEP_REGION_DRIVER)
			rc = enable(draft, region, plan, policy);
		else if (step->kind == STEP_DAX_DRIVER && device &&
			 strcmp(step->to, "device_dax") == 0)
			bind_device_dax(draft, device);
		else if (step->kind == STEP_DAX_MEMORY && device)
			set_blocks(draft, device, zone_of(step->to));
	}
	return rc;
}

static int enter_uuid(struct topology *draft, struct topo_region *region, const struct plan *plan)
{
	for (size_t i = 0; i < plan->steps.list.count; i++) {
		const struct step *step = &plan->steps.list.items[i];

		if (step->kind != STEP_REGION_UUID)
			continue;
		region->uuid = arena_strdup(&draft->arena, step->to);
		return region->uuid ? 0 : -ENOMEM;
	}
	return 0;
}

int plan_draft_enter(struct topology *draft, const struct plan *plan)
{
	struct topo_decoder *window;
	struct topo_region *region;
	int rc;

	if (!fits(draft, plan))
		return -EINVAL;
	window = find_decoder(plan->window->port, plan->window);
	region = add_region(draft, window, plan);
	if (!region)
		return -ENOMEM;
	window->max_available_extent = TOPO_UNKNOWN;
	rc = number_window(draft, window);
	if (rc == 0)
		rc = enter_uuid(draft, region, plan);
	if (rc == 0)
		rc = enter_members(draft, region, plan);
	return rc ? rc : enter_memory(draft, region, plan);
}

/* ---- a removal ---- */

static void free_dax_region(struct topology *draft, struct topo_dax_region *dax)
{
	size_t kept = 0;

	for (size_t i = 0; i < dax->devices.count; i++)
		ARRAY_FREE(&dax->devices.items[i].blocks);
	ARRAY_FREE(&dax->devices);
	for (size_t i = 0; i < draft->dax_regions.count; i++)
		if (draft->dax_regions.items[i] != dax)
			draft->dax_regions.items[kept++] = draft->dax_regions.items[i];
	draft->dax_regions.count = kept;
}

static bool is_committed(const struct topo_port *port, int index)
{
	for (size_t i = 0; i < port->decoders.count; i++) {
		const struct topo_decoder *decoder = port->decoders.items[i];

		if (decoder->index == index)
			return decoder->region ? decoder->region->committed : decoder->size > 0;
	}
	return false;
}

/*
 * cxl_port_commit_reap(): decoders that were reset out of order are freed together with the last
 * one.
 */
static void reset_decoder(struct topo_decoder *decoder)
{
	struct topo_port *port = decoder->port;
	const bool last = port->decoders_committed == decoder->index + 1;

	decoder->region = NULL;
	decoder->region_name = NULL;
	decoder->resource = TOPO_UNKNOWN;
	decoder->size = 0;
	decoder->dpa_resource = TOPO_UNKNOWN;
	decoder->dpa_size = 0;
	while (last && port->decoders_committed > 0 &&
	       !is_committed(port, port->decoders_committed - 1))
		port->decoders_committed--;
}

void plan_draft_leave(struct topology *draft, const char *name)
{
	struct topo_region *region = topology_region(draft, name);
	size_t kept = 0;

	if (!region)
		return;
	for (size_t i = draft->decoders.count; i > 0; i--)
		if (draft->decoders.items[i - 1]->region == region)
			reset_decoder(draft->decoders.items[i - 1]);
	if (region->window)
		region->window->max_available_extent = TOPO_UNKNOWN;
	if (region->dax_region)
		free_dax_region(draft, region->dax_region);
	ARRAY_FREE(&region->mappings);
	for (size_t i = 0; i < draft->regions.count; i++)
		if (draft->regions.items[i] != region)
			draft->regions.items[kept++] = draft->regions.items[i];
	draft->regions.count = kept;
}

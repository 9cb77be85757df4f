// SPDX-License-Identifier: GPL-2.0-only
/*
 * A claim and a host: which memdevs and which region belong to the claim, and the request of the
 * planner for the claim. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-match.h"
#include "util/cleanup.h"

static bool has_path(const struct claim_member *member, const struct topo_memdev *memdev)
{
	return member->path && memdev->host_path && strcmp(member->path, memdev->host_path) == 0;
}

static bool member_means(const struct claim_member *member, const struct topo_memdev *memdev)
{
	if (claim_member_has_serial(member))
		return member->serial == memdev->serial;
	return has_path(member, memdev);
}

struct topo_memdev *memory_find_memdev(const struct topology *topology,
				       const struct claim_member *member)
{
	/* Each look asks this for each claim, over all memdevs of the host. */
	const bool has_serial = claim_member_has_serial(member);
	struct topo_memdev *found = NULL;

	for (size_t i = 0; i < topology->memdevs.count; i++) {
		struct topo_memdev *memdev = topology->memdevs.items[i];

		if (has_serial ? memdev->serial != member->serial : !has_path(member, memdev))
			continue;
		if (found)
			return NULL;
		found = memdev;
	}
	return found;
}

struct topo_memdev *memory_memdev_at(const struct topo_region *region, size_t position)
{
	for (size_t i = 0; i < region->mappings.count; i++)
		if (region->mappings.items[i].position == (int)position)
			return region->mappings.items[i].memdev;
	return NULL;
}

struct topo_decoder *memory_find_window(const struct topology *topology, hpa_t base)
{
	for (size_t i = 0; i < topology->decoders.count; i++) {
		struct topo_decoder *decoder = topology->decoders.items[i];

		if (decoder->port->kind == TOPO_PORT_ROOT && decoder->resource == base)
			return decoder;
	}
	return NULL;
}

/* ---- the binding ---- */

static bool is_known(const struct claim_member *member)
{
	return claim_member_has_serial(member) || member->path;
}

static bool mappings_are_same(const struct memory_binding *binding,
			      const struct topo_region *region)
{
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_mapping *mapping = &region->mappings.items[i];
		const struct claim_member *member;

		/* A negative position is too large as a size_t. */
		if ((size_t)mapping->position >= binding->members.count)
			return false;
		member = &binding->members.items[mapping->position];
		if (mapping->memdev && is_known(member) && !member_means(member, mapping->memdev))
			return false;
	}
	return true;
}

/* Firmware makes the same region again, at the same place: an adopted region outlives a reboot. */
static bool is_bound_to(const struct claim *claim, const struct topo_region *region,
			const struct world *world)
{
	const struct memory_binding *binding = &memory_claim(claim)->binding;
	const bool any_boot = claim->adopted;

	if (binding->uuid || region->uuid)
		return binding->uuid && region->uuid &&
		       strcasecmp(binding->uuid, region->uuid) == 0;
	return binding->boot && (any_boot || strcmp(binding->boot, world->boot) == 0) &&
	       binding->resource != TOPO_UNKNOWN && binding->resource == region->resource &&
	       binding->size == region->size && binding->ways == region->interleave_ways &&
	       mappings_are_same(binding, region);
}

struct topo_region *memory_find_region(const struct claim *claim, const struct world *world)
{
	const struct topology *topology = world->topology;

	for (size_t i = 0; memory_claim(claim)->binding.bound && i < topology->regions.count; i++)
		if (is_bound_to(claim, topology->regions.items[i], world))
			return topology->regions.items[i];
	return NULL;
}

struct claim_member memory_member_of(const struct topology *topology,
				     const struct topo_memdev *memdev)
{
	struct claim_member member = { .serial = memdev->serial };

	if (claim_member_has_serial(&member) && memory_find_memdev(topology, &member))
		return member;
	return (struct claim_member){ .serial = TOPO_UNKNOWN, .path = memdev->host_path };
}

/* Another device may have come under the same name since @topology: then that device is meant. */
static struct claim_member member_at(const struct claim *claim, bool same,
				     const struct topology *topology,
				     const struct topo_region *region, size_t position)
{
	const struct memory_claim *own = memory_claim(claim);
	const struct topo_memdev *memdev = memory_memdev_at(region, position), *known = NULL;

	if (memdev)
		known = topology_memdev(topology, memdev->name);
	if (known && (memdev->serial == TOPO_UNKNOWN || memdev->serial == known->serial))
		return memory_member_of(topology, known);
	if (memdev)
		return (struct claim_member){ .serial = memdev->serial };
	/* The claim waits for a memdev that has gone. */
	if (same && position < own->binding.members.count)
		return own->binding.members.items[position];
	return (struct claim_member){ .serial = TOPO_UNKNOWN };
}

int memory_bind(struct claim *claim, const struct world *world, const struct topo_region *region)
{
	struct memory_binding binding = {
		.bound = true,
		.boot = world->boot,
		.resource = region->resource,
		.size = region->size,
		.ways = region->interleave_ways,
		.granularity = region->interleave_granularity,
		.uuid = region->uuid,
	};
	const bool same = memory_claim(claim)->binding.bound && is_bound_to(claim, region, world);
	int rc = 0;

	for (int i = 0; i < region->interleave_ways && rc == 0; i++)
		rc = ARRAY_APPEND(&binding.members,
				  member_at(claim, same, world->topology, region, (size_t)i));
	if (rc == 0)
		rc = memory_set_binding(claim, &binding);
	ARRAY_FREE(&binding.members);
	return rc;
}

struct claim_record *memory_record_of_region(const struct claim_table *table,
					     const struct world *world, const char *region)
{
	for (size_t i = 0; i < table->records.count; i++) {
		struct claim_record *record = table->records.items[i];
		const struct topo_region *found = NULL;

		if (record->claim.kind == &memory_kind)
			found = memory_find_region(&record->claim, world);
		if (found && strcmp(found->name, region) == 0)
			return record;
	}
	return NULL;
}

/* FNV-1a, 64 bits, a number at a time */
static uint64_t add_to_hash(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * UINT64_C(0x100000001b3);
}

/* A number for the part of the world that plans are made from and that others change. */
uint64_t memory_digest(const struct world *world)
{
	const struct topology *topology = world->topology;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < topology->memdevs.count; i++) {
		hash = add_to_hash(hash, topology->memdevs.items[i]->serial);
		hash = add_to_hash(hash, topology->memdevs.items[i]->enabled);
	}
	for (size_t i = 0; i < topology->decoders.count; i++) {
		hash = add_to_hash(hash, topology->decoders.items[i]->dpa_size);
		hash = add_to_hash(hash, topology->decoders.items[i]->region_name != NULL);
	}
	for (size_t i = 0; i < topology->regions.count; i++) {
		hash = add_to_hash(hash, topology->regions.items[i]->resource);
		hash = add_to_hash(hash, topology->regions.items[i]->size);
		hash = add_to_hash(hash, topology->regions.items[i]->committed);
	}
	return hash;
}

/* ---- the request to the planner ---- */

struct asking {
	const struct claim *claim;
	const struct topology *topology;
	struct arena *arena;
	struct refusal_list *problems;
};

#define REFUSE(asking, hint, ...)                                                                  \
	claim_refuse((asking)->problems, "no-such-device", (asking)->claim->name, hint, __VA_ARGS__)

static int refuse_missing(const struct asking *asking, const struct claim_member *member)
{
	const char *hint = "put the device back, or change what the claim asks for";

	if (claim_member_has_serial(member))
		return REFUSE(asking, hint,
			      "no memdev, or more than one, has the serial number 0x%" PRIx64,
			      member->serial);
	if (member->path)
		return REFUSE(asking, hint, "no memdev, or more than one, is at %s", member->path);
	return REFUSE(asking, hint, "one of its memdevs is unknown");
}

/* Names every missing device. */
static int ask_for_members(const struct asking *asking, const struct claim_member_list *members,
			   struct region_request *request)
{
	const char **names = arena_alloc(asking->arena, (members->count + 1) * sizeof(*names));
	int result = 0;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < members->count; i++) {
		const struct claim_member *member = &members->items[i];
		const struct topo_memdev *memdev = memory_find_memdev(asking->topology, member);

		if (!memdev) {
			result = refuse_missing(asking, member);
			if (result < 0)
				return result;
			continue;
		}
		names[i] = arena_strdup(asking->arena, memdev->name);
		if (!names[i])
			return -ENOMEM;
	}
	request->memdevs = names;
	request->memdev_count = members->count;
	return result;
}

static int ask_for_window(const struct asking *asking, struct region_request *request)
{
	const hpa_t wanted = memory_claim(asking->claim)->window;
	const struct topo_decoder *window;

	if (wanted == TOPO_UNKNOWN)
		return 0;
	window = memory_find_window(asking->topology, wanted);
	if (!window)
		return REFUSE(asking, "see `cxlfm list -D -d root`, and change the claim's window",
			      "no window (root decoder) starts at 0x%" PRIx64, wanted);
	request->window = arena_strdup(asking->arena, window->name);
	return request->window ? 0 : -ENOMEM;
}

/* A wish that has changed since may demand another region than the region of the binding. */
static bool binding_serves(const struct claim *claim)
{
	const struct memory_claim *own = memory_claim(claim);
	const struct memory_binding *binding = &own->binding;

	if (!binding->bound || (own->ways && own->ways != binding->ways) ||
	    (own->granularity && own->granularity != binding->granularity) ||
	    (own->uuid && (!binding->uuid || strcasecmp(own->uuid, binding->uuid) != 0)))
		return false;
	return own->members.count == 0 ||
	       claim_members_are_same(&own->members, &binding->members, own->members_ordered);
}

static int ask_as_before(const struct asking *asking, struct region_request *request)
{
	const struct memory_binding *binding = &memory_claim(asking->claim)->binding;

	request->ways = binding->ways;
	if (binding->granularity > 0)
		request->granularity = binding->granularity;
	request->memdevs_ordered = true;
	if (binding->uuid) {
		request->uuid = arena_strdup(asking->arena, binding->uuid);
		if (!request->uuid)
			return -ENOMEM;
	}
	return ask_for_members(asking, &binding->members, request);
}

static int ask_for_demands(const struct asking *asking, struct region_request *request)
{
	const struct memory_claim *own = memory_claim(asking->claim);

	request->ways = own->ways;
	request->granularity = own->granularity;
	request->memdevs_ordered = own->members_ordered;
	if (own->uuid) {
		request->uuid = arena_strdup(asking->arena, own->uuid);
		if (!request->uuid)
			return -ENOMEM;
	}
	return ask_for_members(asking, &own->members, request);
}

int memory_to_region_request(const struct claim *claim, const struct world *world, bool as_before,
			     struct arena *arena, struct refusal_list *problems,
			     struct region_request *ret_request)
{
	const struct memory_claim *own = memory_claim(claim);
	const struct asking asking = { claim, world->topology, arena, problems };
	struct region_request request = REGION_REQUEST_NULL;
	int rc, window_rc;

	request.size_bytes = own->size_bytes;
	request.type = own->type;
	request.near_node = own->near_node;
	request.qos_class = own->qos_class;
	request.goal = own->goal;
	request.zone = own->zone;
	request.disabled = own->disabled;
	rc = as_before && binding_serves(claim) ? ask_as_before(&asking, &request)
						: ask_for_demands(&asking, &request);
	if (rc < 0)
		return rc;
	window_rc = ask_for_window(&asking, &request);
	if (window_rc)
		return window_rc;
	if (rc == 0)
		*ret_request = request;
	return rc;
}

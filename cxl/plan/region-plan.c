// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans a new region: checks the request, asks every window, takes the best candidate and writes
 * the steps. Pure. Called by the daemon (add-memory, create-region) and by --dry-run on records.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/candidate.h"
#include "cxl/plan/interleave.h"
#include "cxl/plan/memory-steps.h"
#include "cxl/plan/obstacle.h"
#include "cxl/plan/plan.h"
#include "cxl/plan/preference.h"
#include "cxl/plan/reach.h"
#include "cxl/plan/request-command.h"
#include "util/size.h"

struct candidate_list {
	ARRAY(struct candidate) list;
};

static void search_deinit(struct search *search)
{
	host_tree_deinit(&search->tree);
	hpa_map_deinit(&search->map);
	ARRAY_FREE(&search->extents.list);
	free(search->offers);
}

/* ---- the request: faults on any host, and faults on this host in every window ---- */

static int refuse_size(struct search *search, uint64_t unit, const char *code)
{
	uint64_t size = search->request->size_bytes, below = size - size % unit;
	char low[SIZE_TEXT_MAX], high[SIZE_TEXT_MAX], hint[2 * SIZE_TEXT_MAX + 16];
	char wanted[SIZE_TEXT_MAX];

	(void)size_format(below, low);
	(void)size_format(below + unit, high);
	if (below == 0)
		(void)snprintf(hint, sizeof(hint), "ask for %s", high);
	else
		(void)snprintf(hint, sizeof(hint), "ask for %s or %s", low, high);
	(void)size_format(size, wanted);
	(void)size_format(unit, low);
	/* Repeats a size in the unit in which a person gave it, and a computed one in bytes. */
	if (size % SIZE_KIB)
		return refusal_add(search->refusals, code, NULL, hint,
				   "%s bytes are not a multiple of %s", wanted, low);
	return refusal_add(search->refusals, code, NULL, hint,
			   "%s (%" PRIu64 " bytes) is not a multiple of %s", wanted, size, low);
}

/* Devices give capacity in units of 256 MiB; memory is used in whole memory blocks. */
static int check_size(struct search *search)
{
	const struct region_request *request = search->request;
	uint64_t unit = TOPO_CAPACITY_UNIT;

	if (interleave_ways_valid(request->ways))
		unit *= (uint64_t)request->ways;
	if (request->size_bytes % unit)
		return refuse_size(search, unit, "size-not-multiple");
	while (unit % search->size_step)
		unit *= 2;
	return request->size_bytes % unit ? refuse_size(search, unit, "memory-block") : 0;
}

static int check_numbers(struct search *search)
{
	const struct region_request *request = search->request;
	int rc = 0;

	if (request->ways && !interleave_ways_valid(request->ways))
		rc = refusal_add(search->refusals, "ways-invalid", NULL,
				 "1, 2, 3, 4, 6, 8, 12 or 16", "a region cannot have %d ways",
				 request->ways);
	if (rc == 0 && request->granularity && !interleave_granularity_valid(request->granularity))
		rc = refusal_add(search->refusals, "granularity-invalid", NULL,
				 "a power of two from 256 to 16384",
				 "a region cannot interleave every %d bytes", request->granularity);
	return rc ? rc : check_size(search);
}

static int check_uuid(struct search *search)
{
	const struct topology *topology = search->topology;
	const char *uuid = search->request->uuid;

	if (!uuid)
		return 0;
	if (search->request->type == TOPO_MODE_RAM)
		return refusal_add(search->refusals, "uuid-not-pmem", NULL, NULL,
				   "only pmem regions have a UUID");
	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		if (region->uuid && strcasecmp(region->uuid, uuid) == 0)
			return refusal_add(search->refusals, "duplicate-uuid", region->name,
					   "give another UUID", "%s has the UUID %s already",
					   region->name, uuid);
	}
	return 0;
}

static int check_type(struct search *search)
{
	const struct region_request *request = search->request;
	int rc = check_uuid(search);

	if (rc == 0 && request->type == TOPO_MODE_UNKNOWN)
		rc = refusal_add(search->refusals, "type-invalid", NULL, "ram or pmem",
				 "a region is of type ram or pmem");
	if (rc == 0 && request->type == TOPO_MODE_PMEM && request->goal != PLAN_GOAL_REGION)
		rc = refusal_add(search->refusals, "pmem-not-memory", NULL,
				 "`cxlfm create-region -t pmem` makes the region; its namespaces "
				 "are ndctl's",
				 "a pmem region becomes no memory by itself");
	return rc;
}

static bool is_bus(const struct topo_port *root, const char *bus)
{
	return !bus || strcmp(root->name, bus) == 0 ||
	       (root->provider && strcmp(root->provider, bus) == 0);
}

static int check_node(struct search *search)
{
	const struct topology *topology = search->topology;
	const int wanted = search->request->near_node;

	if (wanted == TOPO_UNKNOWN_INT)
		return 0;
	if (!(topology->known & TOPO_KNOWN_NODES))
		return refusal_add(
			search->refusals, "snapshot-incomplete", NULL, plan_record_hint(topology),
			"the snapshot does not tell NUMA nodes, nor what is near node %d", wanted);
	for (size_t i = 0; i < topology->nodes.count; i++)
		if (topology->nodes.items[i].id == wanted)
			return 0;
	return refusal_add(search->refusals, "unknown-node", NULL, "see `numactl -H`",
			   "there is no NUMA node %d", wanted);
}

static int check_places(struct search *search)
{
	const struct region_request *request = search->request;
	const struct topology *topology = search->topology;
	const struct topo_decoder *window = NULL;
	bool found = false;
	int rc = 0;

	for (size_t i = 0; i < topology->ports.count && !found; i++)
		found = topology->ports.items[i]->kind == TOPO_PORT_ROOT &&
			is_bus(topology->ports.items[i], request->bus);
	if (!found && request->bus)
		rc = refusal_add(search->refusals, "unknown-bus", request->bus,
				 "see `cxlfm list -B`", "there is no CXL bus %s", request->bus);
	if (rc == 0 && request->window)
		window = topology_decoder(topology, request->window);
	if (rc == 0 && request->window && (!window || window->port->kind != TOPO_PORT_ROOT))
		rc = refusal_add(search->refusals, "unknown-window", request->window,
				 "see `cxlfm list -D -d root`", "%s is not a window (root decoder)",
				 request->window);
	return rc ? rc : check_node(search);
}

static int refuse_disabled(struct search *search, const struct topo_memdev *memdev)
{
	char hint[96];

	(void)snprintf(hint, sizeof(hint), "`cxl enable-memdev %.40s`", memdev->name);
	return refusal_add(search->refusals, "memdev-disabled", memdev->name, hint,
			   "%s is disabled", memdev->name);
}

/* A memdev whose serial number or address the snapshot does not tell may be the one. */
static int refuse_unknown_memdev(struct search *search, const char *ident)
{
	const bool by_serial = strncmp(ident, "serial:", strlen("serial:")) == 0;
	const bool by_address = !by_serial && strchr(ident, ':');
	const struct topology *topology = search->topology;

	for (size_t i = 0; i < topology->memdevs.count; i++) {
		const struct topo_memdev *memdev = topology->memdevs.items[i];

		if ((by_serial && memdev->serial == TOPO_UNKNOWN) || (by_address && !memdev->host))
			return refusal_add(search->refusals, "snapshot-incomplete", memdev->name,
					   plan_record_hint(topology),
					   "the snapshot does not tell whether %s is %s",
					   memdev->name, ident);
	}
	return refusal_add(search->refusals, "unknown-memdev", ident, "see `cxlfm list -M`",
			   "there is no memdev %s", ident);
}

static int check_memdev(struct search *search, const char *ident)
{
	const struct topo_memdev *memdev = topology_find_memdev(search->topology, ident);
	int leaf, count;

	count = memdev ? 1 : topology_count_memdevs(search->topology, ident);
	if (count > 1)
		return refusal_add(search->refusals, "ambiguous-memdev", ident,
				   "name one by its name or its PCI address: see `cxlfm list -M`",
				   "%d memdevs have serial %s", count, ident + strlen("serial:"));
	if (!memdev)
		return refuse_unknown_memdev(search, ident);
	leaf = host_tree_leaf(&search->tree, memdev);
	if (leaf == TREE_NONE)
		return refuse_disabled(search, memdev);
	for (int i = 0; i < search->named_count; i++)
		if (search->named[i] == leaf)
			return refusal_add(search->refusals, "duplicate-memdev", memdev->name, NULL,
					   "%s is named twice", memdev->name);
	host_tree_measure(&search->tree, leaf);
	search->named[search->named_count++] = leaf;
	return 0;
}

static int check_memdevs(struct search *search)
{
	const struct region_request *request = search->request;
	int count, rc = 0;

	search->ways = request->ways;
	if (request->memdev_count == 0)
		return 0;
	if (request->memdev_count > TOPO_TARGETS_MAX)
		return refusal_add(search->refusals, "ways-invalid", NULL,
				   "name at most 16 memdevs", "a region cannot have %zu memdevs",
				   request->memdev_count);
	count = (int)request->memdev_count;
	for (int i = 0; rc == 0 && i < count; i++)
		rc = check_memdev(search, request->memdevs[i]);
	if (rc == 0 && request->ways && request->ways != count)
		rc = refusal_add(search->refusals, "ways-mismatch", NULL,
				 "leave out the ways or the memdevs",
				 "the ways are %d, but %d memdevs are named", request->ways, count);
	else if (rc == 0 && !interleave_ways_valid(count))
		rc = refusal_add(search->refusals, "ways-invalid", NULL,
				 "name 1, 2, 3, 4, 6, 8, 12 or 16 memdevs",
				 "a region cannot have %d memdevs", count);
	search->ways = count;
	return rc;
}

/* Obstacles of a named memdev in every window are told once, about the memdev. */
static int check_devices(struct search *search)
{
	const struct region_request *request = search->request;
	struct demand demand = { .mode = request->type, .share = TOPO_CAPACITY_UNIT };
	int rc = 0;

	if (search->named_count == 0 ||
	    (request->type == TOPO_MODE_NONE && request->goal == PLAN_GOAL_REGION))
		return 0;
	if (request->type == TOPO_MODE_NONE)
		demand.mode = TOPO_MODE_RAM;
	if (request->size_bytes)
		demand.share = request->size_bytes / (uint64_t)search->ways;
	for (int i = 0; rc == 0 && i < search->named_count; i++) {
		const struct tree_node *leaf = &search->tree.nodes.items[search->named[i]];
		enum obstacle obstacle = obstacle_of_device(leaf, demand.mode, demand.share);
		char text[OBSTACLE_TEXT_MAX], hint[WAY_OUT_MAX];

		if (obstacle == OBSTACLE_NONE)
			continue;
		obstacle_text(&search->tree, leaf, &demand, obstacle, text);
		rc = refusal_add(search->refusals, obstacle_code(&search->tree, leaf, obstacle),
				 leaf->memdev->name,
				 obstacle_hint(&search->tree, leaf, &demand, obstacle, hint), "%s",
				 text);
	}
	return rc;
}

/* Tells all faults of the request, not only the first. */
static int check_request(struct search *search)
{
	int rc = check_numbers(search);

	if (rc == 0)
		rc = check_type(search);
	if (rc == 0)
		rc = check_places(search);
	if (rc == 0)
		rc = check_memdevs(search);
	search->understood = rc == 0 && search->refusals->list.count == 0;
	if (search->understood)
		rc = check_devices(search);
	return rc || search->refusals->list.count == 0 ? rc : PLAN_E_REFUSED;
}

/* ---- the windows ---- */

static int ask_window(struct search *search, const struct topo_decoder *window,
		      struct candidate_list *candidates)
{
	struct candidate candidate;
	int rc;

	if (search->request->window && strcmp(search->request->window, window->name) != 0)
		return 0;
	rc = candidate_find(search, window, &candidate);
	if (rc == CANDIDATE_E_NONE)
		return 0;
	return rc ? rc : ARRAY_APPEND(&candidates->list, candidate);
}

static int ask_windows(struct search *search, struct candidate_list *candidates)
{
	const struct topology *topology = search->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < topology->ports.count; i++) {
		const struct topo_port *root = topology->ports.items[i];

		if (root->kind != TOPO_PORT_ROOT || !is_bus(root, search->request->bus))
			continue;
		for (size_t j = 0; rc == 0 && j < root->decoders.count; j++)
			rc = ask_window(search, root->decoders.items[j], candidates);
	}
	if (rc == 0 && candidates->list.count == 0 && search->refusals->list.count == 0)
		rc = refusal_add(search->refusals, "no-window", search->request->bus, NULL,
				 "the host has no CXL memory window there");
	return rc;
}

/* Disabled memdevs can't take part, but the reader of a refusal looks for them. */
static int name_disabled(struct search *search)
{
	const struct topology *topology = search->topology;
	int rc = 0;

	for (size_t i = 0; rc == 0 && search->named_count == 0 && i < topology->memdevs.count;
	     i++) {
		const struct topo_memdev *memdev = topology->memdevs.items[i];

		if (!memdev->enabled || !memdev->endpoint)
			rc = refuse_disabled(search, memdev);
	}
	return rc;
}

static const struct candidate *best_of(const struct candidate_list *candidates,
				       const struct candidate *except)
{
	const struct candidate *best = NULL;
	enum preference why;

	for (size_t i = 0; i < candidates->list.count; i++) {
		const struct candidate *candidate = &candidates->list.items[i];

		if (candidate != except && (!best || preference_compare(candidate, best, &why) < 0))
			best = candidate;
	}
	return best;
}

/* For a request that is too large, names the size that is possible, with a command for it. */
static int name_less(struct search *search)
{
	const struct region_request *request = search->request;
	struct refusal_list refusals = REFUSAL_LIST_NULL, *all = search->refusals;
	struct region_request less = *request;
	struct candidate_list candidates = { 0 };
	const struct candidate *best;
	char command[REQUEST_COMMAND_MAX], size[SIZE_TEXT_MAX];
	int rc;

	if (request->size_bytes == 0)
		return 0;
	less.size_bytes = 0;
	search->request = &less;
	search->refusals = &refusals;
	rc = ask_windows(search, &candidates);
	search->request = request;
	search->refusals = all;
	best = best_of(&candidates, NULL);
	if (rc == 0 && best && best->size < request->size_bytes) {
		request_command(request, best->window->name, best->size, command);
		rc = refusal_add(search->refusals, "less-fits", best->window->name, command,
				 "%s has room for %s", best->window->name,
				 size_format(best->size, size));
	}
	refusal_list_deinit(&refusals);
	ARRAY_FREE(&candidates.list);
	return rc;
}

static int count_stranded(struct search *search, struct candidate_list *candidates)
{
	struct reach reach = REACH_NULL;
	int rc = 0;

	if (candidates->list.count > 1)
		rc = reach_init(&reach, search);
	for (size_t i = 0; rc == 0 && candidates->list.count > 1 && i < candidates->list.count; i++)
		candidates->list.items[i].stranded =
			reach_count_stranded(&reach, search, &candidates->list.items[i]);
	reach_deinit(&reach);
	return rc;
}

static int name_losers(struct search *search, const struct candidate_list *candidates,
		       const struct candidate *winner)
{
	char text[PREFERENCE_TEXT_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < candidates->list.count; i++) {
		const struct candidate *loser = &candidates->list.items[i];
		enum preference why;

		if (loser == winner)
			continue;
		(void)preference_compare(winner, loser, &why);
		preference_text(why, winner, loser, text);
		rc = refusal_add(search->refusals, "not-preferred", loser->window->name,
				 "name this window to use it",
				 "%s with %d way%s would do, but %s is preferred: %s",
				 loser->window->name, loser->ways, loser->ways == 1 ? "" : "s",
				 winner->window->name, text);
	}
	return rc;
}

/* ---- the plan ---- */

/*
 * A window reserves the lowest free number for its next region when the window appears
 * (memregion_alloc()).
 */
static const char *guess_region(const struct topology *topology, const struct topo_decoder *window,
				struct arena *arena)
{
	int number = 0, windows = 0;

	for (size_t i = 0; i < topology->decoders.count; i++) {
		if (topology->decoders.items[i] == window)
			number = windows;
		windows += topology->decoders.items[i]->port->kind == TOPO_PORT_ROOT;
	}
	for (;; number = number < windows ? windows : number + 1) {
		const char *name = arena_printf(arena, "region%d", number);

		if (!name || !topology_region(topology, name))
			return name;
	}
}

static int name_objects(const struct search *search, const struct candidate *candidate,
			struct plan *plan)
{
	const struct topo_decoder *window = candidate->window;
	int rc = 0;

	if (window->next_region) {
		plan->region = arena_strdup(&plan->arena, window->next_region);
	} else {
		plan->region = guess_region(search->topology, window, &plan->arena);
		rc = refusal_add(
			&plan->refusals, "snapshot-incomplete", window->name, NULL,
			"the snapshot does not tell the name of the next region of %s; the one "
			"in the plan is a guess",
			window->name);
	}
	if (!plan->region || rc)
		return -ENOMEM;
	if (candidate->mode != TOPO_MODE_RAM)
		return 0;
	plan->dax_device = arena_printf(&plan->arena, "dax%s.0",
					plan->region + strcspn(plan->region, "0123456789"));
	return plan->dax_device ? 0 : -ENOMEM;
}

/* All regions of a window are in one node, because firmware describes windows and not regions. */
static int node_of(const struct topology *topology, const struct topo_decoder *window)
{
	for (size_t i = 0; i < topology->regions.count; i++) {
		const struct topo_region *region = topology->regions.items[i];

		if (region->window == window && region->dax_region &&
		    region->dax_region->devices.count)
			return region->dax_region->devices.items[0].target_node;
	}
	return TOPO_UNKNOWN_INT;
}

static int fill_plan(const struct search *search, const struct candidate *candidate,
		     struct plan *plan)
{
	plan->window = candidate->window;
	plan->hpa = candidate->hpa;
	plan->size_bytes = candidate->size;
	plan->type = candidate->mode;
	plan->ways = candidate->ways;
	plan->granularity = candidate->granularity;
	plan->target_node = node_of(search->topology, candidate->window);
	for (int i = 0; i < candidate->ways; i++) {
		const struct tree_node *leaf = &search->tree.nodes.items[candidate->targets[i]];
		const struct dpa_free *dpa = &leaf->dpa[tree_partition(candidate->mode)];

		plan->members[i] = (struct plan_member){ leaf->memdev, dpa->decoder, dpa->start,
							 candidate->share };
	}
	return name_objects(search, candidate, plan);
}

static int explain(const struct candidate_list *candidates, const struct candidate *winner,
		   struct plan *plan)
{
	const struct candidate *second = best_of(candidates, winner);
	char size[SIZE_TEXT_MAX], text[PREFERENCE_TEXT_MAX] = "no other window can hold the region";

	if (second) {
		enum preference why;

		(void)preference_compare(winner, second, &why);
		preference_text(why, winner, second, text);
	}
	plan->why = arena_printf(&plan->arena, "%s with %d way%s and %s of each memdev: %s",
				 winner->window->name, winner->ways, winner->ways == 1 ? "" : "s",
				 size_format(winner->share, size), text);
	return plan->why ? 0 : -ENOMEM;
}

static int append(struct plan *plan, const struct step_kind *kind, const char *object,
		  const char *from, const char *to)
{
	return step_append(&plan->steps, &plan->arena,
			   &(struct step){ kind, object, "", from, to });
}

static int append_shape(struct plan *plan, const char *uuid)
{
	char text[64];
	int rc;

	(void)snprintf(text, sizeof(text), "%s@%s", topo_mode_name(plan->type), plan->window->name);
	rc = append(plan, STEP_REGION, plan->region, "", text);
	(void)snprintf(text, sizeof(text), "%d", plan->granularity);
	if (rc == 0)
		rc = append(plan, STEP_REGION_GRANULARITY, plan->region, "0", text);
	(void)snprintf(text, sizeof(text), "%d", plan->ways);
	if (rc == 0)
		rc = append(plan, STEP_REGION_WAYS, plan->region, "0", text);
	if (rc == 0 && plan->type == TOPO_MODE_PMEM)
		rc = append(plan, STEP_REGION_UUID, plan->region, "", uuid);
	(void)snprintf(text, sizeof(text), "%" PRIu64, plan->size_bytes);
	return rc ? rc : append(plan, STEP_REGION_SIZE, plan->region, "0", text);
}

static int append_member(struct plan *plan, const struct plan_member *member)
{
	const char *mode = topo_mode_name(plan->type), *now = topo_mode_name(member->decoder->mode);
	const char *decoder = member->decoder->name;
	char size[SIZE_TEXT_MAX];
	int rc = 0;

	if (member->decoder->mode == TOPO_MODE_UNKNOWN)
		now = topo_mode_name(TOPO_MODE_NONE);
	/* A decoder keeps its mode after use. */
	if (strcmp(mode, now) != 0)
		rc = append(plan, STEP_DECODER_MODE, decoder, now, mode);
	(void)snprintf(size, sizeof(size), "%" PRIu64, member->dpa_size);
	if (rc == 0)
		rc = append(plan, STEP_DECODER_DPA, decoder, "0", size);
	return rc;
}

static int append_steps(const struct search *search, struct plan *plan)
{
	const struct region_request *request = search->request;
	char target[HOST_TARGET_NAME_MAX];
	int rc = append_shape(plan, request->uuid ? request->uuid : request->fresh_uuid);

	for (int i = 0; rc == 0 && i < plan->ways; i++)
		rc = append_member(plan, &plan->members[i]);
	for (int i = 0; rc == 0 && i < plan->ways; i++) {
		host_step_target_name(plan->region, i, target);
		rc = append(plan, STEP_REGION_TARGET, target, "", plan->members[i].decoder->name);
	}
	if (rc == 0)
		rc = append(plan, STEP_REGION_COMMIT, plan->region, "0", "1");
	if (rc || request->disabled)
		return rc;
	return memory_steps_create(plan, search->topology, request->goal, request->zone);
}

/* Notes the wishes that had no effect because something about the host is unknown. */
static int note_wishes(struct search *search, const struct candidate *winner)
{
	const struct region_request *request = search->request;
	bool near = false, classes = winner->window->qos_class != TOPO_UNKNOWN_INT;
	int rc = 0;

	for (int i = 0; i < winner->ways; i++) {
		const struct tree_node *leaf = &search->tree.nodes.items[winner->targets[i]];

		near = near || leaf->distance != TREE_DISTANCE_UNKNOWN;
		classes = classes &&
			  obstacle_qos_class(leaf->memdev, winner->mode) != TOPO_UNKNOWN_INT;
	}
	if (request->near_node != TOPO_UNKNOWN_INT && !near)
		rc = refusal_add(search->refusals, "distance-unknown", winner->window->name, NULL,
				 "the distance of these memdevs from node %d is unknown",
				 request->near_node);
	if (rc == 0 && request->qos_enforced && !classes)
		rc = refusal_add(search->refusals, "qos-class-unknown", winner->window->name, NULL,
				 "%s or a memdev has no QoS class to enforce",
				 winner->window->name);
	return rc;
}

static int write_plan(struct search *search, const struct candidate_list *candidates,
		      struct plan *plan)
{
	const struct candidate *winner = best_of(candidates, NULL);
	int rc = name_losers(search, candidates, winner);

	if (rc == 0)
		rc = note_wishes(search, winner);
	if (rc == 0)
		rc = fill_plan(search, winner, plan);
	if (rc == 0)
		rc = explain(candidates, winner, plan);
	return rc ? rc : append_steps(search, plan);
}

static uint64_t size_step(const struct topology *topology, const struct region_request *request)
{
	uint64_t block = topology->memory_block_size;

	if (request->goal == PLAN_GOAL_SYSTEM_RAM && block != TOPO_UNKNOWN &&
	    block > TOPO_CAPACITY_UNIT)
		return block;
	return TOPO_CAPACITY_UNIT;
}

static void mark_reserved(struct search *search)
{
	const struct region_request *request = search->request;

	for (size_t i = 0; i < request->reserved_count; i++) {
		const int leaf = host_tree_leaf(&search->tree, request->reserved[i]);

		if (leaf != TREE_NONE)
			search->tree.nodes.items[leaf].is_reserved = true;
	}
}

static int search_init(struct search *search)
{
	int rc = host_tree_init(&search->tree, search->topology, search->request->near_node);

	if (rc == 0)
		mark_reserved(search);
	if (rc == 0)
		rc = hpa_map_init(&search->map, search->topology);
	if (rc || search->request->memdev_count)
		return rc;
	/* No memdev is named, so any memdev may be chosen. */
	host_tree_measure_all(&search->tree);
	search->offers = calloc(search->tree.nodes.count + 1, sizeof(*search->offers));
	return search->offers ? 0 : -ENOMEM;
}

static int find_plan(const struct topology *topology, const struct region_request *request,
		     struct plan *plan)
{
	struct search search = { .topology = topology,
				 .request = request,
				 .size_step = size_step(topology, request),
				 .refusals = &plan->refusals };
	struct candidate_list candidates = { 0 };
	int rc;

	plan->target_node = TOPO_UNKNOWN_INT;
	rc = search_init(&search);
	if (rc == 0)
		rc = check_request(&search);
	if (rc == 0)
		rc = ask_windows(&search, &candidates);
	if (rc == 0 && candidates.list.count == 0)
		rc = name_disabled(&search) ?: PLAN_E_REFUSED;
	if (rc == PLAN_E_REFUSED && search.understood)
		rc = name_less(&search) ?: PLAN_E_REFUSED;
	if (rc == 0)
		rc = count_stranded(&search, &candidates);
	if (rc == 0)
		rc = write_plan(&search, &candidates, plan);
	ARRAY_FREE(&candidates.list);
	search_deinit(&search);
	return rc;
}

/* Tells whether the windows are too small: objects that are not listed can't make room. */
static bool is_full(const struct plan *plan)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++)
		if (strcmp(plan->refusals.list.items[i].code, "window-too-small") != 0)
			return false;
	return plan->refusals.list.count > 0;
}

int plan_create_region(const struct topology *topology, const struct region_request *request,
		       struct plan *plan)
{
	int rc = plan_refuse_lacks(&plan->refusals, topology, TOPO_KNOWN_CXL, NULL);

	if (rc)
		return rc;
	rc = find_plan(topology, request, plan);
	if (rc < 0 || !(topology->lacking & TOPO_KNOWN_IDLE) || is_full(plan))
		return rc;
	/* No free decoder is listed, so every other reason would be a guess. */
	plan_deinit(plan);
	*plan = PLAN_NULL;
	return plan_refuse_lacks(&plan->refusals, topology, TOPO_KNOWN_IDLE, NULL);
}

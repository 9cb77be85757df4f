// SPDX-License-Identifier: GPL-2.0-only
/*
 * Common parts of the plans for regions that exist. Pure. Called by online-plan.c and
 * remove-plan.c.
 */
#include "cxl/plan/existing-region.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "change/step-list.h"
#include "cxl/plan/memory-steps.h"
#include "cxl/topology/port-decoder.h"
#include "util/word-list.h"

/* The number of runs of steps that the journal takes. Most dax devices need one run. */
#define RUNS_MAX 8192

int existing_region_refuse(struct plan *plan, const char *code, const char *object,
			   const char *hint, const char *format, ...)
{
	va_list arguments;
	int rc;

	va_start(arguments, format);
	rc = refusal_add_va(&plan->refusals, code, object, hint, format, arguments);
	va_end(arguments);
	return rc ? rc : PLAN_E_REFUSED;
}

static void fill_members(struct plan *plan, const struct topo_region *region)
{
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_mapping *mapping = &region->mappings.items[i];

		if (mapping->position < 0 || mapping->position >= TOPO_TARGETS_MAX)
			continue;
		plan->members[mapping->position] = (struct plan_member){
			.memdev = mapping->memdev,
			.decoder = mapping->decoder,
			.dpa = mapping->decoder ? mapping->decoder->dpa_resource : TOPO_UNKNOWN,
			.dpa_size = mapping->decoder ? mapping->decoder->dpa_size : 0,
		};
	}
}

static int fill_plan(struct plan *plan, const struct topo_region *region)
{
	plan->region = arena_strdup(&plan->arena, region->name);
	if (!plan->region)
		return -ENOMEM;
	plan->hpa = region->resource;
	plan->size_bytes = region->size == TOPO_UNKNOWN ? 0 : region->size;
	plan->type = region->type;
	plan->ways = region->interleave_ways;
	plan->granularity = region->interleave_granularity;
	fill_members(plan, region);
	if (!region->dax_region || region->dax_region->devices.count == 0)
		return 0;
	plan->target_node = region->dax_region->devices.items[0].target_node;
	plan->dax_device = arena_strdup(&plan->arena, region->dax_region->devices.items[0].name);
	return plan->dax_device ? 0 : -ENOMEM;
}

/* Refuses dynamic capacity and region types that cxlfm does not know. */
static int check_understood(struct plan *plan, const struct topology *topology,
			    const struct topo_region *region)
{
	const char *kind = topo_region_unknown_kind(region);

	if (kind)
		return existing_region_refuse(plan, "not-understood", region->name, NULL,
					      "%s is of the kind %s, which cxlfm does not "
					      "understand",
					      region->name, kind);
	if (region->type == TOPO_MODE_RAM || region->type == TOPO_MODE_PMEM)
		return 0;
	return existing_region_refuse(plan, "snapshot-incomplete", region->name,
				      plan_record_hint(topology),
				      "the snapshot does not tell the type of %s", region->name);
}

int existing_region_find(struct plan *plan, const struct topology *topology, const char *name,
			 const struct topo_region **ret_region)
{
	const struct topo_region *region;
	int rc;

	plan->target_node = TOPO_UNKNOWN_INT;
	rc = plan_refuse_lacks(&plan->refusals, topology, TOPO_KNOWN_CXL, NULL);
	if (rc)
		return rc;
	region = topology_region(topology, name);
	if (!region) {
		/* The region may be disabled, and so not listed. */
		rc = plan_refuse_lacks(&plan->refusals, topology, TOPO_KNOWN_IDLE, name);
		return rc ? rc
			  : existing_region_refuse(plan, "unknown-region", name,
						   "see `cxlfm list -R -i`",
						   "there is no region %s", name);
	}
	rc = fill_plan(plan, region);
	if (rc == 0)
		rc = check_understood(plan, topology, region);
	if (rc == 0)
		*ret_region = region;
	return rc;
}

static bool overlaps(const struct topo_region *region, const struct topo_decoder *decoder)
{
	if (region->resource == TOPO_UNKNOWN || region->size == TOPO_UNKNOWN ||
	    decoder->resource == TOPO_UNKNOWN || decoder->size == TOPO_UNKNOWN)
		return false;
	return decoder->resource - region->resource < region->size ||
	       region->resource - decoder->resource < decoder->size;
}

/* Writes the names that @text has room for, and returns the number of all. */
static size_t name_firmware_decoders(const struct topology *topology,
				     const struct topo_region *region, char *text, size_t size)
{
	struct word_list list = word_list_begin(text, size);

	for (size_t i = 0; i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (!port_decoder_unowned(topology, decoder) ||
		    (decoder->region != region && (decoder->region || !overlaps(region, decoder))))
			continue;
		word_list_add(&list, "%s", decoder->name);
	}
	return word_list_end(&list);
}

int existing_region_check_firmware(struct plan *plan, const struct topology *topology,
				   const struct topo_region *region)
{
	/* 16 memdevs, and as many switches and host bridges above them. */
	char decoders[1024];
	size_t count;

	if (region->committed)
		return 0;
	count = name_firmware_decoders(topology, region, decoders, sizeof(decoders));
	if (count == 0)
		return 0;
	return existing_region_refuse(
		plan, "firmware-committed", region->name,
		"choose another interleave in the firmware's setup, or boot a kernel that takes "
		"this one",
		"firmware committed %s, and the kernel did not take the interleave: it has %zu of "
		"%d memdevs of %s, and can't reset %s",
		decoders, region->mappings.count, region->interleave_ways, region->name,
		count == 1 ? "that decoder" : "any of these decoders");
}

/* Steps need the numbers of the blocks; without an online block there are no steps. */
static int check_blocks(struct plan *plan, const struct topology *topology,
			const struct topo_dax_device *dax)
{
	if (topology->known & TOPO_KNOWN_BLOCKS) {
		const struct topo_memory_block *stuck =
			memory_steps_block_in(dax, TOPO_ZONE_SEVERAL);

		if (stuck)
			return existing_region_refuse(
				plan, "block-zones", dax->name, NULL,
				"memory block memory%" PRIu64
				" of %s is in several zones: the kernel does not take it offline",
				stuck->index, dax->name);
		if (!memory_steps_block_in(dax, TOPO_ZONE_UNKNOWN))
			return 0;
		return existing_region_refuse(
			plan, "snapshot-incomplete", dax->name, plan_record_hint(topology),
			"the snapshot does not tell the zones of the memory blocks of %s",
			dax->name);
	}
	if (dax->online_block_count == TOPO_UNKNOWN_INT)
		return existing_region_refuse(
			plan, "snapshot-incomplete", dax->name, plan_record_hint(topology),
			"the snapshot does not tell the memory blocks of %s", dax->name);
	return existing_region_refuse(
		plan, "snapshot-incomplete", dax->name, plan_record_hint(topology),
		"the snapshot does not tell the numbers of the memory blocks of "
		"%s, of which %d are online",
		dax->name, dax->online_block_count);
}

static int check_device(struct plan *plan, const struct topology *topology,
			const struct topo_dax_device *dax, enum existing_region_use use)
{
	bool blocks = use == EXISTING_REGION_ONLINE || dax->online_block_count != 0;

	if (dax->driver == TOPO_DAX_OTHER && use != EXISTING_REGION_FORCED) {
		if (!dax->mode_text)
			return existing_region_refuse(
				plan, "snapshot-incomplete", dax->name, plan_record_hint(topology),
				"the snapshot does not tell the mode of %s", dax->name);
		return existing_region_refuse(plan, "dax-in-use", dax->name,
					      "stop what uses it, then unbind its driver",
					      "%s is in use as %s, which cxlfm does not understand",
					      dax->name, topo_dax_mode(dax));
	}
	if (dax->driver != TOPO_DAX_KMEM || !blocks)
		return 0;
	return check_blocks(plan, topology, dax);
}

int existing_region_check_dax(struct plan *plan, const struct topology *topology,
			      const struct topo_region *region, enum existing_region_use use)
{
	int rc = 0;

	rc = plan_refuse_lacks(&plan->refusals, topology, TOPO_KNOWN_DAX, region->name);
	if (rc)
		return rc;
	if (!region->dax_region || region->dax_region->devices.count == 0)
		return existing_region_refuse(plan, "no-dax-device", region->name, NULL,
					      "%s has no dax device", region->name);
	for (size_t i = 0; rc == 0 && i < region->dax_region->devices.count; i++)
		rc = check_device(plan, topology, &region->dax_region->devices.items[i], use);
	return rc;
}

int existing_region_check_runs(struct plan *plan, const struct topo_region *region)
{
	const size_t runs = step_list_run_count(&plan->steps), steps = plan->steps.list.count;
	char hint[112] = "take the memory offline with daxctl first";

	if (runs <= RUNS_MAX && steps <= STEP_LIST_MAX)
		return 0;
	if (region->dax_region && region->dax_region->devices.count)
		(void)snprintf(hint, sizeof(hint),
			       "take the memory offline with `daxctl offline-memory %.40s` first",
			       region->dax_region->devices.items[0].name);
	return existing_region_refuse(
		plan, "memory-fragmented", region->name, hint,
		"the memory of %s has %zu blocks, in %zu runs of equal state: the journal "
		"takes at most %zu blocks in %d runs, to put them back after a failure",
		region->name, steps, runs, STEP_LIST_MAX, RUNS_MAX);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans a removal: memory offline, drivers unbound, decoders reset, addresses and device memory
 * freed. Pure. Called by the daemon (remove-memory, destroy-region, disable-region).
 *
 * Decoders and DPA are stacks in the kernel: DPA of an endpoint is freed from the last decoder on
 * (cxl_dpa_free()), and a port whose decoders were reset out of order allocates no decoder until
 * the later decoders are reset, too (check_commit_order()). So a region waits for the regions above
 * it on the stack.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cxl/plan/existing-region.h"
#include "cxl/plan/memory-steps.h"
#include "cxl/plan/plan.h"
#include "cxl/plan/way-out.h"
#include "cxl/topology/port-decoder.h"
#include "util/size.h"

static int append(struct plan *plan, const struct step_kind *kind, const char *object,
		  const char *from, const char *to)
{
	return step_append(&plan->steps, &plan->arena,
			   &(struct step){ kind, object, "", from, to });
}

/* ---- may the region be removed? ---- */

static const char *user_of(const struct topo_decoder *decoder)
{
	if (decoder->region)
		return decoder->region->name;
	return decoder->region_name;
}

static int refuse_order(struct plan *plan, const struct topology *topology,
			const struct topo_region *region, const struct topo_decoder *own,
			const struct topo_decoder *later)
{
	const char *user = user_of(later);
	char hint[WAY_OUT_MAX];

	/*
	 * Not way_out_of_decoder(), which would call this function again; after the first removal,
	 * the next refusal names the next region.
	 */
	if (user)
		(void)snprintf(hint, sizeof(hint), "`cxlfm remove-memory region:%.100s` first",
			       user);
	return existing_region_refuse(plan, "region-order", user ? user : later->name,
				      user ? hint : way_out_of_decoder(topology, later, hint),
				      "%s of %s was set up after %s of %s and must go first",
				      later->name, user ? user : "no region", own->name,
				      region->name);
}

static const struct topo_decoder *decoder_for(const struct topo_port *port,
					      const struct topo_region *region)
{
	for (size_t i = 0; i < port->decoders.count; i++)
		if (port->decoders.items[i]->region == region)
			return port->decoders.items[i];
	return NULL;
}

/* The first later decoder in use: it holds DPA, has a region, or is committed. */
static const struct topo_decoder *later_decoder(const struct topology *topology,
						const struct topo_port *port,
						const struct topo_decoder *own)
{
	int committed = port_decoders_committed(topology, port);

	for (size_t i = 0; i < port->decoders.count; i++) {
		const struct topo_decoder *decoder = port->decoders.items[i];

		if (decoder->index <= own->index || (own->region && decoder->region == own->region))
			continue;
		if (decoder->dpa_size > 0 || user_of(decoder) || decoder->index < committed)
			return decoder;
	}
	return NULL;
}

/* A later decoder that firmware committed stays for good, and so do the decoders before it. */
static int refuse_firmware(struct plan *plan, const struct topo_region *region,
			   const struct topo_decoder *own, const struct topo_decoder *later)
{
	return existing_region_refuse(plan, "firmware-committed", later->name,
				      "undo it in the firmware's setup",
				      "firmware committed %s of %s, which no active region has and "
				      "which the kernel can't reset; it is behind %s of %s",
				      later->name, later->port->name, own->name, region->name);
}

static int check_port(struct plan *plan, const struct topology *topology,
		      const struct topo_region *region, const struct topo_port *port,
		      const struct topo_decoder *own)
{
	const struct topo_decoder *later;

	if (!own)
		return 0;
	later = later_decoder(topology, port, own);
	if (!later)
		return 0;
	return port_decoder_unowned(topology, later)
		       ? refuse_firmware(plan, region, own, later)
		       : refuse_order(plan, topology, region, own, later);
}

static int check_order(struct plan *plan, const struct topology *topology,
		       const struct topo_region *region)
{
	for (size_t i = 0; i < region->mappings.count; i++) {
		const struct topo_decoder *endpoint = region->mappings.items[i].decoder;
		int rc;

		if (!endpoint)
			return existing_region_refuse(
				plan, "snapshot-incomplete", region->name, NULL,
				"the snapshot does not show %s, a target of %s",
				region->mappings.items[i].decoder_name, region->name);
		rc = check_port(plan, topology, region, endpoint->port, endpoint);
		for (const struct topo_port *port = endpoint->port->parent;
		     rc == 0 && port && port->kind != TOPO_PORT_ROOT; port = port->parent)
			rc = check_port(plan, topology, region, port, decoder_for(port, region));
		if (rc)
			return rc;
	}
	return 0;
}

static int check_region(struct plan *plan, const struct topology *topology,
			const struct topo_region *region, const struct remove_request *request)
{
	int rc;

	if (request->keep_region)
		return 0;
	if (region->locked)
		return existing_region_refuse(plan, "region-locked", region->name,
					      "change it in the firmware's setup",
					      "firmware locked the decoders of %s", region->name);
	rc = existing_region_check_firmware(plan, topology, region);
	return rc ? rc : check_order(plan, topology, region);
}

/*
 * An enabled ram region has a dax region, unless its range was System RAM before the driver came
 * (cxl_region_probe()): firmware gave that memory to the kernel, and no device can take it offline.
 */
static int check_memory(struct plan *plan, const struct topo_region *region,
			const struct remove_request *request)
{
	char hint[128];

	if (region->type != TOPO_MODE_RAM || region->dax_region || request->keep_region ||
	    request->force)
		return 0;
	(void)snprintf(
		hint, sizeof(hint),
		"when its memory is surely not in use: `cxlfm remove-memory --force region:%.40s`",
		region->name);
	return existing_region_refuse(plan, "no-dax-device", region->name, hint,
				      "%s is enabled without a dax region: the kernel may have its "
				      "memory from firmware",
				      region->name);
}

/* ---- refusals and notices about memory and data ---- */

static int note_kernel_zone(struct plan *plan, const struct topo_dax_device *dax)
{
	size_t count = 0;

	for (size_t i = 0; i < dax->blocks.count; i++)
		count += dax->blocks.items[i].online &&
			 dax->blocks.items[i].zone == TOPO_ZONE_KERNEL;
	if (count == 0)
		return 0;
	return refusal_add(
		&plan->refusals, "kernel-zone", dax->name,
		"online it in the movable zone next time",
		"%zu of %zu memory blocks of %s are in a kernel zone: the kernel may refuse to "
		"take them offline",
		count, dax->blocks.count, dax->name);
}

/*
 * The users of data have to end their use first, even with --force. A listing of cxl, or a record
 * of an older version, has no namespaces: of such a host it is told that there may be users.
 */
static int check_users(struct plan *plan, const struct topology *topology,
		       const struct topo_region *region)
{
	bool told = !topology->is_document || (topology->known & TOPO_KNOWN_DATA) ||
		    region->type != TOPO_MODE_PMEM;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < topology->namespaces.count; i++) {
		const struct topo_namespace *namespace = &topology->namespaces.items[i];

		if (strcmp(namespace->region, region->name) != 0)
			continue;
		told = true;
		if (namespace->user)
			rc = existing_region_refuse(
				plan, "pmem-in-use", namespace->name,
				"end that use first (umount, swapoff, stop the program, or no "
				"longer export the device)",
				"%s of %s holds data that is in use: %s", namespace->name,
				region->name, namespace->user);
	}
	if (told)
		return rc;
	return refusal_add(&plan->refusals, "snapshot-incomplete", region->name, NULL,
			   "the snapshot does not tell whether data of %s is in use", region->name);
}

/*
 * Memory can be had again, data can't: a request that gives up data has to say so. A region that
 * decodes nothing has no data.
 */
static int check_data(struct plan *plan, const struct topo_region *region,
		      const struct remove_request *request)
{
	char size[SIZE_TEXT_MAX], hint[128];
	int rc;

	if (region->type != TOPO_MODE_PMEM || request->keep_region ||
	    (!region->committed && !request->force))
		return 0;
	(void)snprintf(
		hint, sizeof(hint),
		"save its data, then take it down with `cxlfm remove-memory region:%.32s --force`",
		region->name);
	rc = refusal_add(&plan->refusals, "pmem-data", region->name, request->force ? NULL : hint,
			 "%s of persistent memory are no longer reachable without %s",
			 size_format(plan->size_bytes, size), region->name);
	return rc == 0 && !request->force ? PLAN_E_REFUSED : rc;
}

/* Firmware made the region of DRAM and memdevs; the kernel can't make such a region. */
static int note_linear_cache(struct plan *plan, const struct topo_region *region)
{
	char cache[SIZE_TEXT_MAX];

	return refusal_add(&plan->refusals, "linear-cache", region->name, NULL,
			   "%s of %s are DRAM that firmware made a cache of its memdevs: it does "
			   "not come back as it was before a reboot",
			   size_format(region->linear_cache_size, cache), region->name);
}

/* ---- the steps ---- */

static int disable_steps(struct plan *plan, const struct topology *topology,
			 const struct topo_region *region, const struct remove_request *request)
{
	size_t count = region->dax_region ? region->dax_region->devices.count : 0;
	int rc = 0;

	if (!region->enabled)
		return 0;
	if (count || (region->type == TOPO_MODE_RAM && !(topology->known & TOPO_KNOWN_DAX)))
		rc = existing_region_check_dax(plan, topology, region,
					       request->force ? EXISTING_REGION_FORCED
							      : EXISTING_REGION_OFFLINE);
	else
		rc = check_memory(plan, region, request);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = note_kernel_zone(plan, &region->dax_region->devices.items[i]);
	for (size_t i = count; rc == 0 && i > 0; i--)
		rc = memory_steps_offline(plan, &region->dax_region->devices.items[i - 1]);
	if (rc == 0 && count)
		rc = memory_steps_hold(plan, topology);
	for (size_t i = count; rc == 0 && i > 0; i--)
		rc = memory_steps_detach(plan, &region->dax_region->devices.items[i - 1], "");
	if (rc == 0)
		rc = append(plan, STEP_REGION_DRIVER, plan->region, "cxl_region", "");
	if (rc == 0 && count)
		rc = memory_steps_release(plan, topology);
	return rc;
}

static int free_decoder(struct plan *plan, const struct topo_decoder *decoder)
{
	char size[SIZE_TEXT_MAX];

	if (decoder->dpa_size == 0)
		return 0;
	(void)snprintf(size, sizeof(size), "%" PRIu64, decoder->dpa_size);
	return append(plan, STEP_DECODER_DPA, decoder->name, size, "0");
}

/* Tells whether @window leads to the host bridge (or endpoint of a restricted host) above @port. */
static bool is_below(const struct topo_port *port, const struct topo_decoder *window)
{
	while (port->parent && port->parent->parent)
		port = port->parent;
	for (size_t i = 0; port->parent == window->port && i < window->targets.count; i++)
		if (topology_is_target(&window->targets.items[i], port))
			return true;
	return false;
}

static bool is_member(const struct topo_region *region, const struct topo_memdev *memdev)
{
	for (size_t i = 0; i < region->mappings.count; i++)
		if (region->mappings.items[i].memdev == memdev)
			return true;
	return false;
}

/*
 * Tells whether this decoder's DPA was allocated for @region, of which the decoder is no target
 * (yet, or any more).
 */
static bool is_waiting_for(const struct topology *topology, const struct topo_decoder *decoder,
			   const struct topo_region *region)
{
	return decoder->port->kind == TOPO_PORT_ENDPOINT && decoder->dpa_size > 0 &&
	       !user_of(decoder) && !port_decoder_enabled(topology, decoder) &&
	       decoder->mode == region->type &&
	       decoder->dpa_size == region->size / (uint64_t)region->interleave_ways &&
	       is_below(decoder->port, region->window) && !is_member(region, decoder->port->memdev);
}

/*
 * Frees DPA whose region was interrupted while it was made or taken down, between the decoder's DPA
 * and its place in the region. After the region's end nothing would tell the purpose of that DPA.
 */
static int free_waiting(struct plan *plan, const struct topology *topology,
			const struct topo_region *region)
{
	size_t missing;
	int rc = 0;

	if (region->committed || region->size == TOPO_UNKNOWN || region->interleave_ways <= 0 ||
	    region->mappings.count >= (size_t)region->interleave_ways)
		return 0;
	missing = (size_t)region->interleave_ways - region->mappings.count;
	for (size_t i = 0; rc == 0 && missing && i < topology->decoders.count; i++) {
		const struct topo_decoder *decoder = topology->decoders.items[i];

		if (!is_waiting_for(topology, decoder, region) ||
		    later_decoder(topology, decoder->port, decoder))
			continue;
		rc = free_decoder(plan, decoder);
		missing--;
	}
	return rc;
}

/*
 * Steps that expect the region's attributes: after its addresses are free, only they tell the
 * region from another one of the same name.
 */
static int expect_attributes(struct plan *plan, const struct topo_region *region)
{
	char text[SIZE_TEXT_MAX];
	int rc = 0;

	if (region->uuid)
		rc = append(plan, STEP_REGION_UUID, plan->region, region->uuid, region->uuid);
	(void)snprintf(text, sizeof(text), "%d", region->interleave_ways);
	if (rc == 0 && region->interleave_ways > 0)
		rc = append(plan, STEP_REGION_WAYS, plan->region, text, text);
	(void)snprintf(text, sizeof(text), "%d", region->interleave_granularity);
	if (rc == 0 && region->interleave_granularity > 0)
		rc = append(plan, STEP_REGION_GRANULARITY, plan->region, text, text);
	return rc;
}

/* The region itself goes last: until then, an interrupted removal can be found and finished. */
static int destroy_steps(struct plan *plan, const struct topology *topology,
			 const struct topo_region *region)
{
	char text[64], target[HOST_TARGET_NAME_MAX];
	int rc = 0;

	if (region->committed)
		rc = append(plan, STEP_REGION_COMMIT, plan->region, "1", "0");
	for (size_t i = region->mappings.count; rc == 0 && i > 0; i--) {
		const struct topo_mapping *mapping = &region->mappings.items[i - 1];

		host_step_target_name(plan->region, mapping->position, target);
		rc = append(plan, STEP_REGION_TARGET, target, mapping->decoder_name, "");
	}
	for (size_t i = region->mappings.count; rc == 0 && i > 0; i--)
		rc = free_decoder(plan, region->mappings.items[i - 1].decoder);
	if (rc == 0)
		rc = free_waiting(plan, topology, region);
	(void)snprintf(text, sizeof(text), "%" PRIu64, plan->size_bytes);
	if (rc == 0 && plan->size_bytes)
		rc = append(plan, STEP_REGION_SIZE, plan->region, text, "0");
	if (rc == 0)
		rc = expect_attributes(plan, region);
	(void)snprintf(text, sizeof(text), "%s@%s", topo_mode_name(region->type),
		       region->window->name);
	if (rc == 0)
		rc = append(plan, STEP_REGION, plan->region, text, "");
	return rc;
}

int plan_remove_region(const struct topology *topology, const struct remove_request *request,
		       struct plan *plan)
{
	const struct topo_region *region;
	int rc = existing_region_find(plan, topology, request->region, &region);

	if (rc == 0)
		rc = check_region(plan, topology, region, request);
	if (rc == 0)
		rc = check_users(plan, topology, region);
	if (rc == 0)
		rc = check_data(plan, region, request);
	if (rc == 0)
		rc = disable_steps(plan, topology, region, request);
	if (rc == 0 && !request->keep_region && region->linear_cache_size > 0)
		rc = note_linear_cache(plan, region);
	if (rc == 0 && !request->keep_region)
		rc = destroy_steps(plan, topology, region);
	if (rc == 0)
		rc = existing_region_check_runs(plan, region);
	if (rc)
		return rc;
	plan->why = arena_printf(&plan->arena,
				 request->keep_region
					 ? "%s is disabled"
					 : "%s can be removed: nothing was set up after it",
				 region->name);
	return plan->why ? 0 : -ENOMEM;
}

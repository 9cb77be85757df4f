/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A claim of memory and a host: which memdevs and which region belong to the claim, and the request
 * of the planner for the claim. Pure.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/claim/memory/memory-claim.h"

/** memory_find_memdev() - the memdev that a member means; NULL when there is none, or several */
struct topo_memdev *memory_find_memdev(const struct topology *topology,
				       const struct claim_member *member);

/**
 * memory_member_of() - the identity of a memdev: its serial number, or its place where others of
 *	this host have the same serial number; the path belongs to the memdev
 */
struct claim_member memory_member_of(const struct topology *topology,
				     const struct topo_memdev *memdev);

/** memory_memdev_at() - the memdev at a position of a region; NULL when it has gone */
struct topo_memdev *memory_memdev_at(const struct topo_region *region, size_t position);

/** memory_find_window() - the window (root decoder) that starts at @base, or NULL */
struct topo_decoder *memory_find_window(const struct topology *topology, hpa_t base);

/**
 * memory_find_region() - the region that the claim was given in a world
 *
 * A claim with a UUID finds its region by the UUID. Another claim finds a region of the same boot
 * at the same address, of the same size and ways, with the same memdevs at the same positions; a
 * memdev that has gone counts as the same. An adopted region may be of any boot: firmware makes the
 * same region again.
 *
 * Return: the region; NULL when there is none, which after a reboot is the rule.
 */
struct topo_region *memory_find_region(const struct claim *claim, const struct world *world);

/**
 * memory_bind() - notes what the claim was given
 * @world: tells the identities of the memdevs, and the boot
 * @region: of the topology of @world, or of a later look at the same host
 *
 * A memdev that the region has lost is remembered from the binding before.
 *
 * Return: 0 or -ENOMEM, and then the binding is as it was.
 */
int memory_bind(struct claim *claim, const struct world *world, const struct topo_region *region);

/**
 * memory_to_region_request() - the request of the planner for a claim
 * @arena: receives what the request points to; lives as long as the request is used
 * @problems: receives which device is missing; code "no-such-device", object the claim's name
 *
 * With @as_before a claim that was bound asks for the memdevs, ways, granularity and UUID of its
 * binding. Without @as_before, or when the wish has changed since, the claim asks for what the wish
 * demands, and no more. The new UUID of a pmem region is random, so the caller adds the UUID.
 *
 * Return: 0; CLAIM_E_BAD when a device or window that the claim asks for is not there; -ENOMEM.
 */
int memory_to_region_request(const struct claim *claim, const struct world *world, bool as_before,
			     struct arena *arena, struct refusal_list *problems,
			     struct region_request *ret_request);

/** memory_record_of_region() - the record whose claim was given @region, or NULL */
struct claim_record *memory_record_of_region(const struct claim_table *table,
					     const struct world *world, const char *region);

/** memory_digest() - as struct claim_kind has it */
uint64_t memory_digest(const struct world *world);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A claim of memory and a host: which memdevs and which region are its, and what the planner is to
 * be asked for. Pure.
 */
#pragma once

#include "daemon/claim/claim-table.h"
#include "daemon/claim/memory/memory-claim.h"

/** memory_find_memdev() - the memdev that a member means; NULL when it is not there or not alone */
struct topo_memdev *memory_find_memdev(const struct topology *topology,
				       const struct claim_member *member);

/**
 * memory_member_of() - what a memdev is known by: its serial number, or its place where others of
 *	this host have the same one; the path is the memdev's
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
 * By UUID where it has one. Otherwise a region of the same boot (of any, when it was adopted: what
 * firmware made it makes again) at the same address, of the same size and ways and the same memdevs
 * at the same positions; memdevs that have gone are as good as the same.
 *
 * Return: the region; NULL when there is none, which after a reboot is the rule.
 */
struct topo_region *memory_find_region(const struct claim *claim, const struct world *world);

/**
 * memory_bind() - notes what the claim was given
 * @world: tells what the memdevs are known by, and which boot it is
 * @region: of its topology, or of a later look at the same host
 *
 * A memdev that the region has lost is remembered from the binding before.
 *
 * Return: 0 or -ENOMEM, and then the binding is as it was.
 */
int memory_bind(struct claim *claim, const struct world *world, const struct topo_region *region);

/**
 * memory_to_region_request() - what the planner is to be asked for
 * @arena: receives what the request points to; lives as long as the request is used
 * @problems: receives which device is missing; code "no-such-device", object the claim's name
 *
 * A claim that was bound asks for the same memdevs, ways, granularity and UUID first: @as_before.
 * Without it, or when it demands something else since, for what the claim demands only. The fresh
 * UUID of a pmem region is random and so the caller's to add.
 *
 * Return: 0; CLAIM_E_BAD when a device or window that it asks for is not there; -ENOMEM.
 */
int memory_to_region_request(const struct claim *claim, const struct world *world, bool as_before,
			     struct arena *arena, struct refusal_list *problems,
			     struct region_request *ret_request);

/** memory_record_of_region() - the record whose claim was given @region, or NULL */
struct claim_record *memory_record_of_region(const struct claim_table *table,
					     const struct world *world, const char *region);

/** memory_digest() - as struct claim_kind has it */
uint64_t memory_digest(const struct world *world);

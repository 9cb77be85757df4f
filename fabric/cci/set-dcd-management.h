/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 56h, DCD Management: the structs of its payloads. Pure.
 *
 * Source of the layouts: libcxlmi; QEMU for 5600h to 5605h.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/extent.h"
#include "fabric/cci/list.h"

extern const struct cci_command_set cci_set_dcd_management;

/* The unit of sizes that are not in bytes. */
#define CCI_CAPACITY_UNIT ((uint64_t)256 << 20)

/**
 * struct cci_dcd_info_reply - 5600h
 * @hosts: number of hosts that the device can serve
 * @regions: number of regions
 * @selection_policies: mask of bits 1 << n, n of enum cci_selection_policy
 * @removal_policies: mask of bits 1 << n, n of enum cci_removal_policy
 * @sanitize_mask: for each region, whether cleaning on release can be switched on
 * @capacity: total dynamic capacity, in units of CCI_CAPACITY_UNIT
 * @block_sizes: for each region, a mask of bits that are the possible sizes of its blocks
 */
struct cci_dcd_info_reply {
	uint8_t hosts;
	uint8_t regions;
	uint16_t selection_policies;
	uint16_t removal_policies;
	uint8_t sanitize_mask;
	uint64_t capacity;
	uint64_t block_sizes[CCI_DC_REGIONS_MAX];
};
CCI_CODEC(dcd_info_reply);

/** struct cci_host_dc_config_request - 5601h: at most @count regions from @start on */
struct cci_host_dc_config_request {
	uint16_t host;
	uint8_t count;
	uint8_t start;
};
CCI_CODEC(host_dc_config_request);

/**
 * struct cci_dc_region - an element of the reply to 5601h
 * @base: address in the memory of the device, bytes
 * @decode_length: range of addresses, in units of CCI_CAPACITY_UNIT
 * @length: bytes; at most @decode_length
 * @block_size: bytes; extents are multiples of it
 * @flags: of the region's entry in the device's CDAT
 * @sanitize: capacity is cleaned when it is released
 */
struct cci_dc_region {
	uint64_t base;
	uint64_t decode_length;
	uint64_t length;
	uint64_t block_size;
	uint8_t flags;
	bool sanitize;
};
CCI_CODEC(dc_region);

/**
 * struct cci_host_dc_config_reply - 5601h
 * @regions: number of regions that the device has
 * @list: struct cci_dc_region, from the start of the request on
 * @has_counters: whether @counters follow
 */
struct cci_host_dc_config_reply {
	uint16_t host;
	uint8_t regions;
	struct cci_list list;
	bool has_counters;
	struct cci_dc_counters counters;
};
CCI_CODEC(host_dc_config_reply);

/**
 * struct cci_set_dc_region_request - 5602h
 * @region: has to exist: a region that does not ends QEMU
 * @block_size: bytes
 * @sanitize: clean capacity when it is released
 */
struct cci_set_dc_region_request {
	uint8_t region;
	uint64_t block_size;
	bool sanitize;
};
CCI_CODEC(set_dc_region_request);

/** struct cci_dc_extents_request - 5603h: at most @count extents from @start on */
struct cci_dc_extents_request {
	uint16_t host;
	uint32_t count;
	uint32_t start;
};
CCI_CODEC(dc_extents_request);

/**
 * struct cci_dc_extents_reply - 5603h
 * @start: index of the first element
 * @total: number of extents that the host has accepted
 * @generation: another number when the list has changed
 * @extents: struct cci_extent
 */
struct cci_dc_extents_reply {
	uint16_t host;
	uint32_t start;
	uint32_t total;
	uint32_t generation;
	struct cci_list extents;
};
CCI_CODEC(dc_extents_reply);

/** enum cci_selection_policy - who chooses the extents to add. */
enum cci_selection_policy {
	CCI_SELECT_FREE = 0,
	CCI_SELECT_CONTIGUOUS = 1,
	CCI_SELECT_PRESCRIBED = 2,
	CCI_SELECT_SHARED = 3,
};

/**
 * struct cci_dc_add_request - 5604h
 * @policy: one of enum cci_selection_policy
 * @region: of the extents that the device chooses, or shares
 * @length: bytes that the device chooses
 * @tag: of the capacity
 * @extents: struct cci_extent; of CCI_SELECT_PRESCRIBED only, and not empty: an empty list ends
 * QEMU
 */
struct cci_dc_add_request {
	uint16_t host;
	uint8_t policy;
	uint8_t region;
	uint64_t length;
	uint8_t tag[CCI_TAG_SIZE];
	struct cci_list extents;
};
CCI_CODEC(dc_add_request);

/** enum cci_removal_policy - who chooses the extents to release. */
enum cci_removal_policy {
	CCI_REMOVE_BY_TAG = 0,
	CCI_REMOVE_PRESCRIBED = 1,
};

/**
 * struct cci_dc_release_request - 5605h
 * @policy: one of enum cci_removal_policy
 * @forced: the host is not asked
 * @region: as QEMU has it; of libcxlmi reserved, so 0
 * @length: bytes that are chosen by the tag
 * @extents: struct cci_extent, of CCI_REMOVE_PRESCRIBED only
 */
struct cci_dc_release_request {
	uint16_t host;
	uint8_t policy;
	bool forced;
	uint8_t region;
	uint64_t length;
	uint8_t tag[CCI_TAG_SIZE];
	struct cci_list extents;
};
CCI_CODEC(dc_release_request);

/** struct cci_dc_reference_request - 5606h, 5607h */
struct cci_dc_reference_request {
	uint8_t tag[CCI_TAG_SIZE];
};
CCI_CODEC(dc_reference_request);

/** struct cci_dc_tags_request - 5608h: at most @count tags from @start on */
struct cci_dc_tags_request {
	uint32_t start;
	uint32_t count;
};
CCI_CODEC(dc_tags_request);

/* One bit for each of the hosts. */
#define CCI_HOST_MASK_SIZE 32

/**
 * struct cci_dc_tag - an element of the reply to 5608h
 * @flags: as the specification has them; nobody's source tells more
 * @references: mask of the hosts that hold a reference
 * @pending: mask of the hosts whose reference is pending
 */
struct cci_dc_tag {
	uint8_t tag[CCI_TAG_SIZE];
	uint8_t flags;
	uint8_t references[CCI_HOST_MASK_SIZE];
	uint8_t pending[CCI_HOST_MASK_SIZE];
};
CCI_CODEC(dc_tag);

/**
 * struct cci_dc_tags_reply - 5608h
 * @generation: another number when the list has changed
 * @total: number of tags that there are
 * @valid: which masks of struct cci_dc_tag mean something
 * @tags: struct cci_dc_tag
 */
struct cci_dc_tags_reply {
	uint32_t generation;
	uint32_t total;
	uint8_t valid;
	struct cci_list tags;
};
CCI_CODEC(dc_tags_reply);

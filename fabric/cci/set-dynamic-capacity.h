/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 48h, Dynamic Capacity as a host sees it: the structs of its payloads. Pure.
 *
 * Source of the layouts: libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/extent.h"
#include "fabric/cci/list.h"

extern const struct cci_command_set cci_set_dynamic_capacity;

/** struct cci_dc_config_request - 4800h: at most @count regions from @start on */
struct cci_dc_config_request {
	uint8_t count;
	uint8_t start;
};
CCI_CODEC(dc_config_request);

/**
 * struct cci_dc_config_region - an element of the reply to 4800h
 * @base: address in the memory of the device, bytes
 * @decode_length: range of addresses, in units of 256 MiB
 * @length: bytes; at most @decode_length
 * @block_size: bytes; extents are multiples of it
 * @handle: of the region's entry in the device's CDAT
 * @sanitize: bit 0: capacity is cleaned when it is released
 */
struct cci_dc_config_region {
	uint64_t base;
	uint64_t decode_length;
	uint64_t length;
	uint64_t block_size;
	uint32_t handle;
	uint8_t sanitize;
};
CCI_CODEC(dc_config_region);

/**
 * struct cci_dc_config_reply - 4800h
 * @regions: number of regions that the device has
 * @list: of struct cci_dc_config_region, from the start of the request on
 * @has_counters: whether @counters follow
 */
struct cci_dc_config_reply {
	uint8_t regions;
	struct cci_list list;
	bool has_counters;
	struct cci_dc_counters counters;
};
CCI_CODEC(dc_config_reply);

/** struct cci_dc_list_request - 4801h: at most @count extents from @start on */
struct cci_dc_list_request {
	uint32_t count;
	uint32_t start;
};
CCI_CODEC(dc_list_request);

/**
 * struct cci_dc_list_reply - 4801h
 * @total: extents that the host has accepted
 * @generation: changes with the list
 * @extents: of struct cci_extent
 */
struct cci_dc_list_reply {
	uint32_t total;
	uint32_t generation;
	struct cci_list extents;
};
CCI_CODEC(dc_list_reply);

/** struct cci_dc_range - an element of the requests 4802h and 4803h, bytes */
struct cci_dc_range {
	uint64_t start;
	uint64_t length;
};
CCI_CODEC(dc_range);

/**
 * struct cci_dc_ranges_request - 4802h, 4803h
 * @more: another request about the same extents follows
 * @ranges: of struct cci_dc_range; none in 4802h refuses what was offered, which ends QEMU 11.1 if
 * nothing was offered
 */
struct cci_dc_ranges_request {
	bool more;
	struct cci_list ranges;
};
CCI_CODEC(dc_ranges_request);

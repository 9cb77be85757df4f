/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands of hosts (48h), the commands of fabric managers (56h) and the event records
 * have in common of dynamic capacity: an extent, and the counters of a device. Pure.
 *
 * Source of the layout: QEMU (CXLDCExtentRaw), libcxlmi.
 */
#pragma once

#include "fabric/cci/codec.h"

#define CCI_TAG_SIZE	16
#define CCI_EXTENT_SIZE 40

/**
 * struct cci_extent - a range of a device's memory
 * @start: address in the memory of the device, bytes
 * @length: bytes
 * @tag: of whoever has added the capacity; QEMU forgets it when a host accepts the extent
 * @sequence: place among the extents of a tag that hosts share
 */
struct cci_extent {
	uint64_t start;
	uint64_t length;
	uint8_t tag[CCI_TAG_SIZE];
	uint16_t sequence;
};
CCI_CODEC(extent);

/* The regions of dynamic capacity that a device has at most. */
#define CCI_DC_REGIONS_MAX 8

#define CCI_DC_COUNTERS_SIZE 16

/**
 * struct cci_dc_counters - what a device can keep of dynamic capacity, at the end of its regions
 * @extents: number of extents
 * @extents_free: of these not used
 * @tags: number of tags
 * @tags_free: of these not used
 */
struct cci_dc_counters {
	uint32_t extents;
	uint32_t extents_free;
	uint32_t tags;
	uint32_t tags_free;
};
CCI_CODEC(dc_counters);

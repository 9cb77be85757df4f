/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An extent of dynamic capacity, as the commands of hosts (48h) and of fabric managers (56h) and
 * the event records have it. Pure.
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

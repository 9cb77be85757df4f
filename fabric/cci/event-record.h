/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What event records are about: the kind of a record by its UUID, and the data of records of
 * dynamic capacity. Pure.
 *
 * Records of switches, of virtual switches and of the ports of MLDs have a kind and no layout here:
 * no public source tells where their fields are. Such a record says that there is something to look
 * at.
 *
 * Source: libcxlmi's list of UUIDs; QEMU (CXLEventDynamicCapacity).
 */
#pragma once

#include "fabric/cci/extent.h"
#include "fabric/cci/uuid.h"

/** enum cci_event_kind - what a record is about. */
enum cci_event_kind {
	CCI_EVENT_UNKNOWN,
	CCI_EVENT_GENERAL_MEDIA,
	CCI_EVENT_DRAM,
	CCI_EVENT_MEMORY_MODULE,
	CCI_EVENT_MEMORY_SPARING,
	CCI_EVENT_PHYSICAL_SWITCH,
	CCI_EVENT_VIRTUAL_SWITCH,
	CCI_EVENT_MLD_PORT,
	CCI_EVENT_DYNAMIC_CAPACITY,
};

/**
 * cci_event_kind() - the kind of a record
 * @type: UUID of the record, in the order in which a UUID is written
 */
enum cci_event_kind cci_event_kind(const uint8_t type[CCI_UUID_SIZE]);

/** enum cci_capacity_change - what has happened, or is asked of the host. */
enum cci_capacity_change {
	CCI_CAPACITY_ADD = 0,
	CCI_CAPACITY_RELEASE = 1,
	CCI_CAPACITY_FORCED_RELEASE = 2,
	CCI_CAPACITY_REGION_CHANGED = 3,
	CCI_CAPACITY_ADD_ANSWERED = 4,
	CCI_CAPACITY_RELEASED = 5,
};

/**
 * struct cci_capacity_event - the data of a record of dynamic capacity
 * @change: one of enum cci_capacity_change
 * @has_tags_free: whether @tags_free has a meaning
 * @host: the host that the record is about
 * @region: of CCI_CAPACITY_REGION_CHANGED
 * @more: the next record belongs to this one: all extents of a tag
 * @extent: that is added, or is to go
 * @extents_free: number of extents that the device can still keep
 * @tags_free: number of tags that the device can still keep
 */
struct cci_capacity_event {
	uint8_t change;
	bool has_tags_free;
	uint16_t host;
	uint8_t region;
	bool more;
	struct cci_extent extent;
	uint32_t extents_free;
	uint32_t tags_free;
};
CCI_CODEC(capacity_event);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 48h, Dynamic Capacity: walks and rows. Pure; calls cursor.h, list.h and extent.h.
 */
#include "fabric/cci/set-dynamic-capacity.h"

#define REGION_SIZE 40
#define RANGE_SIZE  24

CCI_WALK(dc_config_request, cursor, request)
{
	cci_u8(cursor, &request->count);
	cci_u8(cursor, &request->start);
}

CCI_WALK(dc_config_region, cursor, region)
{
	cci_u64(cursor, &region->base);
	cci_u64(cursor, &region->decode_length);
	cci_u64(cursor, &region->length);
	cci_u64(cursor, &region->block_size);
	cci_u32(cursor, &region->handle);
	cci_u8(cursor, &region->sanitize);
	cci_reserved(cursor, 3);
}

CCI_WALK(dc_config_reply, cursor, reply)
{
	cci_u8(cursor, &reply->regions);
	cci_list_count8(cursor, &reply->list, CCI_DC_REGIONS_MAX);
	cci_reserved(cursor, 6);
	cci_list_elements(cursor, &reply->list, REGION_SIZE);
	if (cci_optional(cursor, CCI_DC_COUNTERS_SIZE, &reply->has_counters))
		cci_dc_counters_codec.walk(cursor, &reply->counters);
}

CCI_WALK(dc_list_request, cursor, request)
{
	cci_u32(cursor, &request->count);
	cci_u32(cursor, &request->start);
}

CCI_WALK(dc_list_reply, cursor, reply)
{
	cci_list_count32(cursor, &reply->extents);
	cci_u32(cursor, &reply->total);
	cci_u32(cursor, &reply->generation);
	cci_reserved(cursor, 4);
	cci_list_elements(cursor, &reply->extents, CCI_EXTENT_SIZE);
}

CCI_WALK(dc_range, cursor, range)
{
	cci_u64(cursor, &range->start);
	cci_u64(cursor, &range->length);
	cci_reserved(cursor, 8);
}

CCI_WALK(dc_ranges_request, cursor, request)
{
	cci_list_count32(cursor, &request->ranges);
	cci_flag(cursor, &request->more);
	cci_reserved(cursor, 3);
	cci_list_elements(cursor, &request->ranges, RANGE_SIZE);
}

static const struct cci_command commands[] = {
	{ 0x4800, "Get Dynamic Capacity Configuration", "8.2.10.9.9.1",
	  &cci_dc_config_request_codec, &cci_dc_config_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4801, "Get Dynamic Capacity Extent List", "8.2.10.9.9.2", &cci_dc_list_request_codec,
	  &cci_dc_list_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4802, "Add Dynamic Capacity Response", "8.2.10.9.9.3", &cci_dc_ranges_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_DATA, .deadline_ms = CCI_READING_MS },
	{ 0x4803, "Release Dynamic Capacity", "8.2.10.9.9.4", &cci_dc_ranges_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_DATA, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_dynamic_capacity =
	CCI_COMMAND_SET(0x48, "Dynamic Capacity", commands);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 56h, DCD Management: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-dcd-management.h"

#include <errno.h>

#define REGION_SIZE 40
#define TAG_SIZE    84

CCI_WALK(dcd_info_reply, cursor, info)
{
	cci_u8(cursor, &info->hosts);
	cci_u8(cursor, &info->regions);
	cci_reserved(cursor, 2);
	cci_u16(cursor, &info->selection_policies);
	cci_reserved(cursor, 2);
	cci_u16(cursor, &info->removal_policies);
	cci_u8(cursor, &info->sanitize_mask);
	cci_reserved(cursor, 1);
	cci_u64(cursor, &info->capacity);
	for (size_t i = 0; i < CCI_DC_REGIONS_MAX; i++)
		cci_u64(cursor, &info->block_sizes[i]);
}

CCI_WALK(host_dc_config_request, cursor, request)
{
	cci_u16(cursor, &request->host);
	cci_u8(cursor, &request->count);
	cci_u8(cursor, &request->start);
}

CCI_WALK(dc_region, cursor, region)
{
	cci_u64(cursor, &region->base);
	cci_u64(cursor, &region->decode_length);
	cci_u64(cursor, &region->length);
	cci_u64(cursor, &region->block_size);
	cci_u8(cursor, &region->flags);
	cci_reserved(cursor, 3);
	cci_flag(cursor, &region->sanitize);
	cci_reserved(cursor, 3);
}

CCI_WALK(host_dc_config_reply, cursor, reply)
{
	cci_u16(cursor, &reply->host);
	cci_u8(cursor, &reply->regions);
	cci_list_count8(cursor, &reply->list, CCI_DC_REGIONS_MAX);
	cci_list_elements(cursor, &reply->list, REGION_SIZE);
	if (cci_optional(cursor, CCI_DC_COUNTERS_SIZE, &reply->has_counters))
		cci_dc_counters_codec.walk(cursor, &reply->counters);
}

CCI_WALK(set_dc_region_request, cursor, request)
{
	cci_u8(cursor, &request->region);
	cci_reserved(cursor, 3);
	cci_u64(cursor, &request->block_size);
	cci_flag(cursor, &request->sanitize);
	cci_reserved(cursor, 3);
}

CCI_WALK(dc_extents_request, cursor, request)
{
	cci_u16(cursor, &request->host);
	cci_reserved(cursor, 2);
	cci_u32(cursor, &request->count);
	cci_u32(cursor, &request->start);
}

CCI_WALK(dc_extents_reply, cursor, reply)
{
	cci_u16(cursor, &reply->host);
	cci_reserved(cursor, 2);
	cci_u32(cursor, &reply->start);
	cci_list_count32(cursor, &reply->extents);
	cci_u32(cursor, &reply->total);
	cci_u32(cursor, &reply->generation);
	cci_reserved(cursor, 4);
	cci_list_elements(cursor, &reply->extents, CCI_EXTENT_SIZE);
}

CCI_WALK(dc_add_request, cursor, request)
{
	cci_u16(cursor, &request->host);
	cci_low_bits(cursor, &request->policy, 4);
	cci_u8(cursor, &request->region);
	cci_u64(cursor, &request->length);
	cci_array(cursor, request->tag, sizeof(request->tag));
	cci_list_count32(cursor, &request->extents);
	cci_list_elements(cursor, &request->extents, CCI_EXTENT_SIZE);
}

/* Bits 3:0 the policy, bit 4 forced; bit 5 has a meaning that no public source tells. */
static void walk_release_flags(struct cci_cursor *cursor, struct cci_dc_release_request *request)
{
	uint8_t flags = 0;

	if (!cci_is_reading(cursor)) {
		if (request->policy > 0xf)
			cci_poison(cursor, -ERANGE);
		flags = (uint8_t)(request->policy | request->forced << 4);
	}
	cci_u8(cursor, &flags);
	if (cci_is_reading(cursor)) {
		request->policy = flags & 0xf;
		request->forced = flags >> 4 & 1;
	}
}

CCI_WALK(dc_release_request, cursor, request)
{
	cci_u16(cursor, &request->host);
	walk_release_flags(cursor, request);
	cci_u8(cursor, &request->region);
	cci_u64(cursor, &request->length);
	cci_array(cursor, request->tag, sizeof(request->tag));
	cci_list_count32(cursor, &request->extents);
	cci_list_elements(cursor, &request->extents, CCI_EXTENT_SIZE);
}

CCI_WALK(dc_reference_request, cursor, request)
{
	cci_array(cursor, request->tag, sizeof(request->tag));
}

CCI_WALK(dc_tags_request, cursor, request)
{
	cci_u32(cursor, &request->start);
	cci_u32(cursor, &request->count);
}

CCI_WALK(dc_tag, cursor, tag)
{
	cci_array(cursor, tag->tag, sizeof(tag->tag));
	cci_u8(cursor, &tag->flags);
	cci_reserved(cursor, 3);
	cci_array(cursor, tag->references, sizeof(tag->references));
	cci_array(cursor, tag->pending, sizeof(tag->pending));
}

CCI_WALK(dc_tags_reply, cursor, reply)
{
	cci_u32(cursor, &reply->generation);
	cci_u32(cursor, &reply->total);
	cci_list_count32(cursor, &reply->tags);
	cci_u8(cursor, &reply->valid);
	cci_reserved(cursor, 3);
	cci_list_elements(cursor, &reply->tags, TAG_SIZE);
}

/* QEMU's log has the effects of 5602h, 5604h and 5605h; the references move capacity alike. */
#define MOVES_CAPACITY                                                                             \
	(CCI_EFFECT_CONFIG_AFTER_COLD_RESET | CCI_EFFECT_CONFIG | CCI_EFFECT_DATA |                \
	 CCI_EFFECT_RESETS_VALID | CCI_EFFECT_CONFIG_AFTER_CONVENTIONAL_RESET |                    \
	 CCI_EFFECT_CONFIG_AFTER_CXL_RESET)

static const struct cci_command commands[] = {
	{ 0x5600, "Get DCD Info", "7.6.7.6.1", &cci_no_payload, &cci_dcd_info_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5601, "Get Host DC Region Configuration", "7.6.7.6.2",
	  &cci_host_dc_config_request_codec, &cci_host_dc_config_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5602, "Set DC Region Configuration", "7.6.7.6.3", &cci_set_dc_region_request_codec,
	  &cci_no_payload, .effects = MOVES_CAPACITY, .deadline_ms = CCI_READING_MS },
	{ 0x5603, "Get DC Region Extent Lists", "7.6.7.6.4", &cci_dc_extents_request_codec,
	  &cci_dc_extents_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5604, "Initiate Dynamic Capacity Add", "7.6.7.6.5", &cci_dc_add_request_codec,
	  &cci_no_payload, .effects = MOVES_CAPACITY, .deadline_ms = CCI_READING_MS },
	{ 0x5605, "Initiate Dynamic Capacity Release", "7.6.7.6.6", &cci_dc_release_request_codec,
	  &cci_no_payload, .effects = MOVES_CAPACITY, .deadline_ms = CCI_READING_MS },
	{ 0x5606, "Dynamic Capacity Add Reference", "7.6.7.6.7", &cci_dc_reference_request_codec,
	  &cci_no_payload, .effects = MOVES_CAPACITY, .deadline_ms = CCI_READING_MS },
	{ 0x5607, "Dynamic Capacity Remove Reference", "7.6.7.6.8", &cci_dc_reference_request_codec,
	  &cci_no_payload, .effects = MOVES_CAPACITY, .deadline_ms = CCI_READING_MS },
	{ 0x5608, "Dynamic Capacity List Tags", "7.6.7.6.9", &cci_dc_tags_request_codec,
	  &cci_dc_tags_reply_codec, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_dcd_management =
	CCI_COMMAND_SET(0x56, "DCD Management", commands);

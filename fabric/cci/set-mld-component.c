// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 54h, MLD Component: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-mld-component.h"

#define ALLOCATION_SIZE 16

CCI_WALK(ld_info_reply, cursor, info)
{
	cci_u64(cursor, &info->memory_size);
	cci_u16(cursor, &info->lds);
	cci_u8(cursor, &info->qos);
}

CCI_WALK(ld_allocations_request, cursor, request)
{
	cci_u8(cursor, &request->start);
	cci_u8(cursor, &request->limit);
}

CCI_WALK(ld_allocation, cursor, allocation)
{
	cci_u64(cursor, &allocation->range1);
	cci_u64(cursor, &allocation->range2);
}

CCI_WALK(ld_allocations_reply, cursor, reply)
{
	cci_u8(cursor, &reply->lds);
	cci_u8(cursor, &reply->granularity);
	cci_u8(cursor, &reply->start);
	cci_list_count8(cursor, &reply->allocations, CCI_LDS_MAX);
	cci_list_elements(cursor, &reply->allocations, ALLOCATION_SIZE);
}

CCI_WALK(set_ld_allocations, cursor, value)
{
	cci_list_count8(cursor, &value->allocations, CCI_LDS_MAX);
	cci_u8(cursor, &value->start);
	cci_reserved(cursor, 2);
	cci_list_elements(cursor, &value->allocations, ALLOCATION_SIZE);
}

CCI_WALK(qos_control, cursor, control)
{
	cci_u8(cursor, &control->enabled);
	cci_u8(cursor, &control->moderate_percent);
	cci_u8(cursor, &control->severe_percent);
	cci_u8(cursor, &control->sample_interval);
	cci_u16(cursor, &control->basis);
	cci_u8(cursor, &control->completion_interval);
}

CCI_WALK(qos_status_reply, cursor, reply)
{
	cci_u8(cursor, &reply->congestion_percent);
}

CCI_WALK(ld_range_request, cursor, request)
{
	cci_u8(cursor, &request->count);
	cci_u8(cursor, &request->start);
}

CCI_WALK(ld_fractions, cursor, value)
{
	cci_list_count8(cursor, &value->fractions, CCI_LDS_MAX);
	cci_u8(cursor, &value->start);
	cci_list_elements(cursor, &value->fractions, 1);
}

/* Whoever moves the ranges of an LD takes from its host what the host has in the memory. */
static const struct cci_command commands[] = {
	{ 0x5400, "Get LD Info", "7.6.7.4.1", &cci_no_payload, &cci_ld_info_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5401, "Get LD Allocations", "7.6.7.4.2", &cci_ld_allocations_request_codec,
	  &cci_ld_allocations_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5402, "Set LD Allocations", "7.6.7.4.3", &cci_set_ld_allocations_codec,
	  &cci_set_ld_allocations_codec, .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5403, "Get QoS Control", "7.6.7.4.4", &cci_no_payload, &cci_qos_control_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5404, "Set QoS Control", "7.6.7.4.5", &cci_qos_control_codec, &cci_qos_control_codec,
	  .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
	{ 0x5405, "Get QoS Status", "7.6.7.4.6", &cci_no_payload, &cci_qos_status_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5406, "Get QoS Allocated BW", "7.6.7.4.7", &cci_ld_range_request_codec,
	  &cci_ld_fractions_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5407, "Set QoS Allocated BW", "7.6.7.4.8", &cci_ld_fractions_codec,
	  &cci_ld_fractions_codec, .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
	{ 0x5408, "Get QoS BW Limit", "7.6.7.4.9", &cci_ld_range_request_codec,
	  &cci_ld_fractions_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5409, "Set QoS BW Limit", "7.6.7.4.10", &cci_ld_fractions_codec,
	  &cci_ld_fractions_codec, .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_mld_component =
	CCI_COMMAND_SET(0x54, "MLD Component", commands);

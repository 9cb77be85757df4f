// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 43h and 44h: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-media.h"

#include <errno.h>

#define ERROR_SIZE	 16
#define RANGE_SIZE	 16
#define ENTRY_SIZE	 2
#define DISCOVERY_HEADER 12
/* Of an address: the source of the error, and three reserved bits. */
#define SOURCE_BITS   0x7u
#define NO_START_BITS 0x3full

static void walk_range(struct cci_cursor *cursor, struct cci_media_range *range)
{
	cci_u64(cursor, &range->start);
	cci_u64(cursor, &range->lines);
}

CCI_WALK(media_range, cursor, range)
{
	walk_range(cursor, range);
}

CCI_WALK(media_error, cursor, error)
{
	uint64_t start = error->start | error->source;

	if (!cci_is_reading(cursor) &&
	    (error->start & NO_START_BITS || error->source > SOURCE_BITS))
		cci_poison(cursor, -ERANGE);
	cci_u64(cursor, &start);
	if (cci_is_reading(cursor)) {
		error->start = start & ~NO_START_BITS;
		error->source = start & SOURCE_BITS;
	}
	cci_u32(cursor, &error->lines);
	cci_reserved(cursor, 4);
}

CCI_WALK(poison_reply, cursor, reply)
{
	cci_u8(cursor, &reply->flags);
	cci_reserved(cursor, 1);
	cci_u64(cursor, &reply->overflow_time);
	cci_list_count16(cursor, &reply->errors);
	cci_reserved(cursor, 20);
	cci_list_elements(cursor, &reply->errors, ERROR_SIZE);
}

CCI_WALK(poison_place, cursor, place)
{
	cci_u64(cursor, &place->start);
}

CCI_WALK(clear_poison_request, cursor, request)
{
	cci_u64(cursor, &request->start);
	cci_array(cursor, request->data, sizeof(request->data));
}

CCI_WALK(scan_estimate_reply, cursor, reply)
{
	cci_u32(cursor, &reply->milliseconds);
}

CCI_WALK(scan_request, cursor, request)
{
	walk_range(cursor, &request->range);
	cci_flag(cursor, &request->quiet);
}

CCI_WALK(scan_reply, cursor, reply)
{
	walk_range(cursor, &reply->rest);
	cci_u8(cursor, &reply->flags);
	cci_reserved(cursor, 1);
	cci_list_count16(cursor, &reply->errors);
	cci_reserved(cursor, 12);
	cci_list_elements(cursor, &reply->errors, ERROR_SIZE);
}

CCI_WALK(media_operation_range, cursor, range)
{
	cci_u64(cursor, &range->start);
	cci_u64(cursor, &range->length);
}

CCI_WALK(media_operation_request, cursor, request)
{
	cci_u8(cursor, &request->operation_class);
	cci_u8(cursor, &request->operation);
	cci_reserved(cursor, 2);
	cci_list_count32(cursor, &request->ranges);
	cci_list_elements(cursor, &request->ranges, RANGE_SIZE);
	if (request->operation_class == CCI_MEDIA_GENERAL &&
	    request->operation == CCI_MEDIA_DISCOVERY) {
		cci_u16(cursor, &request->start);
		cci_u16(cursor, &request->count);
	}
}

CCI_WALK(media_operation_entry, cursor, entry)
{
	cci_u8(cursor, &entry->operation_class);
	cci_u8(cursor, &entry->operation);
}

CCI_WALK(media_operation_reply, cursor, reply)
{
	if (!cci_optional(cursor, DISCOVERY_HEADER, &reply->has_operations))
		return;
	cci_u64(cursor, &reply->granularity);
	cci_u16(cursor, &reply->total);
	cci_list_count16(cursor, &reply->operations);
	cci_list_elements(cursor, &reply->operations, ENTRY_SIZE);
}

static const struct cci_command media[] = {
	{ 0x4300, "Get Poison List", "8.2.10.9.4.1", &cci_media_range_codec,
	  &cci_poison_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4301, "Inject Poison", "8.2.10.9.4.2", &cci_poison_place_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_DATA, .deadline_ms = CCI_READING_MS },
	{ 0x4302, "Clear Poison", "8.2.10.9.4.3", &cci_clear_poison_request_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_DATA, .deadline_ms = CCI_READING_MS },
	{ 0x4303, "Get Scan Media Capabilities", "8.2.10.9.4.4", &cci_media_range_codec,
	  &cci_scan_estimate_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4304, "Scan Media", "8.2.10.9.4.5", &cci_scan_request_codec, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_LOG, .deadline_ms = CCI_DEVICE_ESTIMATE },
	{ 0x4305, "Get Scan Media Results", "8.2.10.9.4.6", &cci_no_payload, &cci_scan_reply_codec,
	  .deadline_ms = CCI_READING_MS },
};

static const struct cci_command sanitize[] = {
	{ 0x4400, "Sanitize", "8.2.10.9.5.1", &cci_no_payload, &cci_no_payload, .background = true,
	  .effects = CCI_EFFECT_DATA | CCI_EFFECT_SECURITY, .deadline_ms = CCI_DEVICE_ESTIMATE },
	{ 0x4401, "Secure Erase", "8.2.10.9.5.2", &cci_no_payload, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_DATA | CCI_EFFECT_SECURITY,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
	{ 0x4402, "Media Operations", "8.2.10.9.5.3", &cci_media_operation_request_codec,
	  &cci_media_operation_reply_codec, .background = true, .effects = CCI_EFFECT_DATA,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
};

const struct cci_command_set cci_set_media =
	CCI_COMMAND_SET(0x43, "Media and Poison Management", media);
const struct cci_command_set cci_set_sanitize =
	CCI_COMMAND_SET(0x44, "Sanitize and Media Operations", sanitize);

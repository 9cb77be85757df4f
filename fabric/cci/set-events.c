// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 01h, Events: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-events.h"

#define RECORD_SIZE 128
#define HANDLE_SIZE 2

CCI_WALK(event_records_request, cursor, request)
{
	cci_u8(cursor, &request->log);
}

CCI_WALK(event_record, cursor, record)
{
	cci_array(cursor, record->type, sizeof(record->type));
	cci_u8(cursor, &record->length);
	cci_u24(cursor, &record->flags);
	cci_u16(cursor, &record->handle);
	cci_u16(cursor, &record->related_handle);
	cci_u64(cursor, &record->timestamp);
	cci_u8(cursor, &record->maintenance_class);
	cci_u8(cursor, &record->maintenance_subclass);
	cci_u16(cursor, &record->ld);
	cci_u8(cursor, &record->head);
	cci_reserved(cursor, 11);
	cci_array(cursor, record->data, sizeof(record->data));
}

CCI_WALK(event_records_reply, cursor, reply)
{
	cci_u8(cursor, &reply->flags);
	cci_reserved(cursor, 1);
	cci_u16(cursor, &reply->overflow_count);
	cci_u64(cursor, &reply->first_overflow);
	cci_u64(cursor, &reply->last_overflow);
	cci_list_count16(cursor, &reply->records);
	cci_reserved(cursor, 10);
	cci_list_elements(cursor, &reply->records, RECORD_SIZE);
}

CCI_WALK(event_handle, cursor, handle)
{
	cci_u16(cursor, &handle->handle);
}

CCI_WALK(clear_events_request, cursor, request)
{
	cci_u8(cursor, &request->log);
	cci_flag(cursor, &request->all);
	cci_list_count8(cursor, &request->handles, UINT8_MAX);
	cci_reserved(cursor, 3);
	cci_list_elements(cursor, &request->handles, HANDLE_SIZE);
}

CCI_WALK(event_policy, cursor, policy)
{
	cci_u8(cursor, &policy->informational);
	cci_u8(cursor, &policy->warning);
	cci_u8(cursor, &policy->failure);
	cci_u8(cursor, &policy->fatal);
	if (cci_optional(cursor, 1, &policy->has_dynamic_capacity))
		cci_u8(cursor, &policy->dynamic_capacity);
}

CCI_WALK(mctp_events, cursor, events)
{
	cci_u16(cursor, &events->mask);
}

static const struct cci_command commands[] = {
	{ 0x0100, "Get Event Records", "8.2.10.2.2", &cci_event_records_request_codec,
	  &cci_event_records_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0101, "Clear Event Records", "8.2.10.2.3", &cci_clear_events_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_LOG, .deadline_ms = CCI_READING_MS },
	{ 0x0102, "Get Event Interrupt Policy", "8.2.10.2.4", &cci_no_payload,
	  &cci_event_policy_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0103, "Set Event Interrupt Policy", "8.2.10.2.5", &cci_event_policy_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_CONFIG, .deadline_ms = CCI_READING_MS },
	{ 0x0104, "Get MCTP Event Interrupt Policy", "8.2.10.2.6", &cci_no_payload,
	  &cci_mctp_events_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0105, "Set MCTP Event Interrupt Policy", "8.2.10.2.7", &cci_mctp_events_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_CONFIG, .deadline_ms = CCI_READING_MS },
	{ 0x0106, "Event Notification", "8.2.10.2.8", &cci_mctp_events_codec, &cci_no_payload,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0107, "GFD Enhanced Event Notification", "8.2.10.2.9" },
	{ 0x0108, "GFD to GAE Enhanced Event Notification", "8.2.10.2.10" },
	{ 0x0109, "Get GAM Buffer", "8.2.10.2.11" },
	{ 0x010a, "Set GAM Buffer", "8.2.10.2.12" },
};

const struct cci_command_set cci_set_events = CCI_COMMAND_SET(0x01, "Events", commands);

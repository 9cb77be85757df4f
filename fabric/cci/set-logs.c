// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 04h, Logs: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-logs.h"

#define LOG_SIZE 20

const uint8_t cci_command_effects_log[CCI_UUID_SIZE] = {
	0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41, 0x4b, 0x78,
	0x8f, 0x79, 0x96, 0xb1, 0x62, 0x3b, 0x3f, 0x17,
};

CCI_WALK(log, cursor, log)
{
	cci_array(cursor, log->id, sizeof(log->id));
	cci_u32(cursor, &log->size);
}

CCI_WALK(logs_reply, cursor, reply)
{
	cci_list_count16(cursor, &reply->logs);
	cci_reserved(cursor, 6);
	cci_list_elements(cursor, &reply->logs, LOG_SIZE);
}

CCI_WALK(log_part_request, cursor, request)
{
	cci_array(cursor, request->id, sizeof(request->id));
	cci_u32(cursor, &request->offset);
	cci_u32(cursor, &request->length);
}

CCI_WALK(log_id, cursor, log)
{
	cci_array(cursor, log->id, sizeof(log->id));
}

CCI_WALK(log_capabilities_reply, cursor, reply)
{
	cci_u32(cursor, &reply->flags);
}

CCI_WALK(logs_part_request, cursor, request)
{
	cci_u8(cursor, &request->count);
	cci_u8(cursor, &request->start);
}

CCI_WALK(logs_part_reply, cursor, reply)
{
	cci_list_count8(cursor, &reply->logs, UINT8_MAX);
	cci_reserved(cursor, 1);
	cci_u16(cursor, &reply->total);
	cci_u8(cursor, &reply->start);
	cci_reserved(cursor, 3);
	cci_list_elements(cursor, &reply->logs, LOG_SIZE);
}

CCI_WALK(command_effects, cursor, entry)
{
	cci_u16(cursor, &entry->opcode);
	cci_u16(cursor, &entry->effects);
}

static const struct cci_command commands[] = {
	{ 0x0400, "Get Supported Logs", "8.2.10.5.1", &cci_no_payload, &cci_logs_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0401, "Get Log", "8.2.10.5.2", &cci_log_part_request_codec, &cci_data_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0402, "Get Log Capabilities", "8.2.10.5.3", &cci_log_id_codec,
	  &cci_log_capabilities_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0403, "Clear Log", "8.2.10.5.4", &cci_log_id_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_LOG, .deadline_ms = CCI_READING_MS },
	{ 0x0404, "Populate Log", "8.2.10.5.5", &cci_log_id_codec, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_LOG, .deadline_ms = CCI_DEVICE_ESTIMATE },
	{ 0x0405, "Get Supported Logs Sub-List", "8.2.10.5.6", &cci_logs_part_request_codec,
	  &cci_logs_part_reply_codec, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_logs = CCI_COMMAND_SET(0x04, "Logs", commands);

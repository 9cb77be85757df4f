// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 00h, Information and Status: walks and rows. Pure; calls cursor.h.
 */
#include "fabric/cci/set-information.h"

#include <errno.h>

/* What opencis sends: a serial number of two bytes, and two bytes of nothing behind it. */
#define SHORT_IDENTIFY 14

CCI_WALK(identify_reply, cursor, identify)
{
	uint16_t short_serial = (uint16_t)identify->serial;

	if (cci_is_reading(cursor))
		identify->short_serial = cci_left(cursor) == SHORT_IDENTIFY;
	cci_u16(cursor, &identify->vendor_id);
	cci_u16(cursor, &identify->device_id);
	cci_u16(cursor, &identify->subsystem_vendor_id);
	cci_u16(cursor, &identify->subsystem_id);
	if (identify->short_serial) {
		if (!cci_is_reading(cursor) && identify->serial != short_serial)
			cci_poison(cursor, -ERANGE);
		cci_u16(cursor, &short_serial);
		cci_reserved(cursor, 2);
		if (cci_is_reading(cursor))
			identify->serial = short_serial;
	} else {
		cci_u64(cursor, &identify->serial);
	}
	cci_u8(cursor, &identify->max_message_size);
	if (cci_optional(cursor, 1, &identify->has_component_type))
		cci_u8(cursor, &identify->component_type);
}

CCI_WALK(background_status_reply, cursor, status)
{
	uint8_t progress = (uint8_t)(status->percent << 1 | status->running);

	if (!cci_is_reading(cursor) && status->percent > 0x7f)
		cci_poison(cursor, -ERANGE);
	cci_u8(cursor, &progress);
	if (cci_is_reading(cursor)) {
		status->running = progress & 1;
		status->percent = progress >> 1;
	}
	cci_reserved(cursor, 1);
	cci_u16(cursor, &status->opcode);
	cci_u16(cursor, &status->return_code);
	cci_u16(cursor, &status->vendor_status);
}

CCI_WALK(message_limit, cursor, limit)
{
	cci_u8(cursor, &limit->exponent);
}

CCI_WALK(set_message_limit_reply, cursor, limit)
{
	if (cci_optional(cursor, 1, &limit->has_exponent))
		cci_u8(cursor, &limit->exponent);
}

static const struct cci_command commands[] = {
	{ 0x0001, "Identify", "8.2.10.1.1", &cci_no_payload, &cci_identify_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0002, "Background Operation Status", "8.2.10.1.2", &cci_no_payload,
	  &cci_background_status_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0003, "Get Response Message Limit", "8.2.10.1.3", &cci_no_payload,
	  &cci_message_limit_codec, .deadline_ms = CCI_READING_MS },
	{ 0x0004, "Set Response Message Limit", "8.2.10.1.4", &cci_message_limit_codec,
	  &cci_set_message_limit_reply_codec, .effects = CCI_EFFECT_CONFIG,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0005, "Request Abort Background Operation", "8.2.10.1.5", &cci_no_payload,
	  &cci_no_payload, .effects = CCI_EFFECT_CONFIG, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_information =
	CCI_COMMAND_SET(0x00, "Information and Status", commands);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 02h, Firmware Update: walks and rows. Pure; calls cursor.h.
 */
#include "fabric/cci/set-firmware.h"

#include <errno.h>

/* Two numbers of three bits in one byte. */
static void walk_slots(struct cci_cursor *cursor, struct cci_fw_info_reply *info)
{
	uint8_t slots = (uint8_t)(info->active_slot | info->staged_slot << 3);

	if (!cci_is_reading(cursor) && (info->active_slot > 7 || info->staged_slot > 7))
		cci_poison(cursor, -ERANGE);
	cci_u8(cursor, &slots);
	if (cci_is_reading(cursor)) {
		info->active_slot = slots & 7;
		info->staged_slot = slots >> 3 & 7;
	}
}

CCI_WALK(fw_info_reply, cursor, info)
{
	cci_u8(cursor, &info->slots);
	walk_slots(cursor, info);
	cci_flag(cursor, &info->online);
	cci_reserved(cursor, 13);
	for (size_t i = 0; i < CCI_FW_SLOTS_MAX; i++)
		cci_array(cursor, info->revisions[i], CCI_FW_REVISION_SIZE);
}

CCI_WALK(transfer_fw_request, cursor, request)
{
	cci_u8(cursor, &request->action);
	cci_u8(cursor, &request->slot);
	cci_reserved(cursor, 2);
	cci_u32(cursor, &request->offset);
	cci_reserved(cursor, 120);
	cci_borrow_rest(cursor, &request->data);
}

CCI_WALK(activate_fw_request, cursor, request)
{
	cci_u8(cursor, &request->action);
	cci_u8(cursor, &request->slot);
}

static const struct cci_command commands[] = {
	{ 0x0200, "Get FW Info", "8.2.10.3.1", &cci_no_payload, &cci_fw_info_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0201, "Transfer FW", "8.2.10.3.2", &cci_transfer_fw_request_codec, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_CONFIG_AFTER_COLD_RESET,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
	{ 0x0202, "Activate FW", "8.2.10.3.3", &cci_activate_fw_request_codec, &cci_no_payload,
	  .background = true, .effects = CCI_EFFECT_CONFIG_AFTER_COLD_RESET | CCI_EFFECT_CONFIG,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
};

const struct cci_command_set cci_set_firmware = CCI_COMMAND_SET(0x02, "Firmware Update", commands);

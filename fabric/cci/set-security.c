// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 45h and 46h: walks and rows. Pure; calls cursor.h.
 */
#include "fabric/cci/set-security.h"

CCI_WALK(security_state_reply, cursor, state)
{
	cci_u32(cursor, &state->flags);
}

CCI_WALK(set_passphrase_request, cursor, request)
{
	cci_u8(cursor, &request->kind);
	cci_reserved(cursor, 31);
	cci_array(cursor, request->current_passphrase, CCI_PASSPHRASE_SIZE);
	cci_array(cursor, request->new_passphrase, CCI_PASSPHRASE_SIZE);
}

CCI_WALK(passphrase_request, cursor, request)
{
	cci_u8(cursor, &request->kind);
	cci_reserved(cursor, 31);
	cci_array(cursor, request->passphrase, CCI_PASSPHRASE_SIZE);
}

CCI_WALK(unlock_request, cursor, request)
{
	cci_array(cursor, request->passphrase, CCI_PASSPHRASE_SIZE);
}

CCI_WALK(security_request, cursor, request)
{
	cci_u8(cursor, &request->protocol);
	cci_u16(cursor, &request->specific);
	cci_reserved(cursor, 5);
	cci_borrow_rest(cursor, &request->data);
}

static const struct cci_command persistent[] = {
	{ 0x4500, "Get Security State", "8.2.10.9.6.1", &cci_no_payload,
	  &cci_security_state_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4501, "Set Passphrase", "8.2.10.9.6.2", &cci_set_passphrase_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_SECURITY, .deadline_ms = CCI_READING_MS },
	{ 0x4502, "Disable Passphrase", "8.2.10.9.6.3", &cci_passphrase_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_SECURITY, .deadline_ms = CCI_READING_MS },
	{ 0x4503, "Unlock", "8.2.10.9.6.4", &cci_unlock_request_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_SECURITY, .deadline_ms = CCI_READING_MS },
	{ 0x4504, "Freeze Security State", "8.2.10.9.6.5", &cci_no_payload, &cci_no_payload,
	  .effects = CCI_EFFECT_SECURITY, .deadline_ms = CCI_READING_MS },
	{ 0x4505, "Passphrase Secure Erase", "8.2.10.9.6.6", &cci_passphrase_request_codec,
	  &cci_no_payload, .background = true, .effects = CCI_EFFECT_DATA | CCI_EFFECT_SECURITY,
	  .deadline_ms = CCI_DEVICE_ESTIMATE },
};

static const struct cci_command security[] = {
	{ 0x4600, "Security Send", "8.2.10.9.7.1", &cci_security_request_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_SECURITY, .deadline_ms = CCI_READING_MS },
	{ 0x4601, "Security Receive", "8.2.10.9.7.2", &cci_security_request_codec, &cci_data_codec,
	  .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_persistent_security =
	CCI_COMMAND_SET(0x45, "Persistent Memory Security", persistent);
const struct cci_command_set cci_set_security =
	CCI_COMMAND_SET(0x46, "Security Send/Receive", security);

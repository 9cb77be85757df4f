// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 51h, Physical Switch: walks and rows. Pure; calls cursor.h and list.h.
 */
#include "fabric/cci/set-physical-switch.h"

#include <errno.h>

#define PORT_STATE_SIZE 16

CCI_WALK(identify_switch_reply, cursor, identify)
{
	cci_u8(cursor, &identify->ingress_port);
	cci_reserved(cursor, 1);
	cci_u8(cursor, &identify->ports);
	cci_u8(cursor, &identify->virtual_switches);
	cci_array(cursor, identify->active_ports, sizeof(identify->active_ports));
	cci_array(cursor, identify->active_virtual_switches,
		  sizeof(identify->active_virtual_switches));
	cci_u16(cursor, &identify->vppbs);
	cci_u16(cursor, &identify->bound_vppbs);
	if (cci_optional(cursor, 1, &identify->has_hdm_decoders))
		cci_u8(cursor, &identify->hdm_decoders);
}

CCI_WALK(port_states_request, cursor, request)
{
	cci_list_count8(cursor, &request->ports, UINT8_MAX);
	cci_list_elements(cursor, &request->ports, 1);
}

CCI_WALK(port_state, cursor, state)
{
	cci_u8(cursor, &state->port);
	cci_low_bits(cursor, &state->use, 4);
	cci_low_bits(cursor, &state->device_mode, 4);
	cci_reserved(cursor, 1);
	cci_u8(cursor, &state->device_type);
	cci_u8(cursor, &state->cxl_modes);
	cci_u8(cursor, &state->max_width);
	cci_u8(cursor, &state->width);
	cci_u8(cursor, &state->speeds);
	cci_u8(cursor, &state->max_speed);
	cci_u8(cursor, &state->speed);
	cci_u8(cursor, &state->ltssm);
	cci_u8(cursor, &state->first_lane);
	cci_u16(cursor, &state->link);
	cci_u8(cursor, &state->lds);
}

CCI_WALK(port_states_reply, cursor, reply)
{
	cci_list_count8(cursor, &reply->ports, UINT8_MAX);
	cci_reserved(cursor, 3);
	cci_list_elements(cursor, &reply->ports, PORT_STATE_SIZE);
}

CCI_WALK(port_control_request, cursor, request)
{
	cci_u8(cursor, &request->port);
	cci_u8(cursor, &request->action);
}

void cci_config_access_walk(struct cci_cursor *cursor, struct cci_config_access *access)
{
	uint32_t bits = 0;

	if (!cci_is_reading(cursor)) {
		if (access->reg > 0xfff || access->enables > 0xf)
			cci_poison(cursor, -ERANGE);
		bits = (uint32_t)access->reg | (uint32_t)access->enables << 12 |
		       (uint32_t)access->write << 23;
	}
	cci_u24(cursor, &bits);
	if (cci_is_reading(cursor)) {
		access->reg = bits & 0xfff;
		access->enables = bits >> 12 & 0xf;
		access->write = bits >> 23 & 1;
	}
}

CCI_WALK(port_config_request, cursor, request)
{
	cci_u8(cursor, &request->port);
	cci_config_access_walk(cursor, &request->access);
	cci_u32(cursor, &request->data);
}

CCI_WALK(config_reply, cursor, reply)
{
	if (cci_optional(cursor, sizeof(reply->data), &reply->has_data))
		cci_u32(cursor, &reply->data);
}

CCI_WALK(secret_state_reply, cursor, reply)
{
	cci_u8(cursor, &reply->state);
}

CCI_WALK(secret, cursor, secret)
{
	cci_array(cursor, secret->uuid, sizeof(secret->uuid));
}

CCI_WALK(secret_of_vcs_request, cursor, request)
{
	cci_u8(cursor, &request->vcs);
}

/* A port that is reset, or held in reset, takes its device away from a host. */
static const struct cci_command commands[] = {
	{ 0x5100, "Identify Switch Device", "7.6.7.1.1", &cci_no_payload,
	  &cci_identify_switch_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5101, "Get Physical Port State", "7.6.7.1.2", &cci_port_states_request_codec,
	  &cci_port_states_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5102, "Physical Port Control", "7.6.7.1.3", &cci_port_control_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA,
	  .deadline_ms = CCI_PORT_CONTROL_MS },
	{ 0x5103, "Send PPB CXL.io Configuration Request", "7.6.7.1.4",
	  &cci_port_config_request_codec, &cci_config_reply_codec, .effects = CCI_EFFECT_CONFIG,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5104, "Get Domain Validation SV State", "7.6.7.1.5", &cci_no_payload,
	  &cci_secret_state_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x5105, "Set Domain Validation SV", "7.6.7.1.6", &cci_secret_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_SECURITY, .deadline_ms = CCI_READING_MS },
	{ 0x5106, "Get VCS Domain Validation SV State", "7.6.7.1.7",
	  &cci_secret_of_vcs_request_codec, &cci_secret_state_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x5107, "Get Domain Validation SV", "7.6.7.1.8", &cci_secret_of_vcs_request_codec,
	  &cci_secret_codec, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_physical_switch =
	CCI_COMMAND_SET(0x51, "Physical Switch", commands);

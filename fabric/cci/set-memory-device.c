// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command sets 40h, 41h, 42h and 47h: walks and rows. Pure; calls cursor.h.
 */
#include "fabric/cci/set-memory-device.h"

CCI_WALK(identify_memory_reply, cursor, identify)
{
	cci_array(cursor, identify->fw_revision, sizeof(identify->fw_revision));
	cci_u64(cursor, &identify->total_capacity);
	cci_u64(cursor, &identify->volatile_capacity);
	cci_u64(cursor, &identify->persistent_capacity);
	cci_u64(cursor, &identify->partition_alignment);
	cci_u16(cursor, &identify->informational_log_size);
	cci_u16(cursor, &identify->warning_log_size);
	cci_u16(cursor, &identify->failure_log_size);
	cci_u16(cursor, &identify->fatal_log_size);
	cci_u32(cursor, &identify->lsa_size);
	cci_u24(cursor, &identify->poison_list_max);
	cci_u16(cursor, &identify->inject_poison_limit);
	cci_u8(cursor, &identify->poison_capabilities);
	cci_u8(cursor, &identify->qos_capabilities);
	if (cci_optional(cursor, 2, &identify->has_dynamic_capacity_log))
		cci_u16(cursor, &identify->dynamic_capacity_log_size);
}

CCI_WALK(partitions_reply, cursor, partitions)
{
	cci_u64(cursor, &partitions->active_volatile);
	cci_u64(cursor, &partitions->active_persistent);
	cci_u64(cursor, &partitions->next_volatile);
	cci_u64(cursor, &partitions->next_persistent);
}

CCI_WALK(set_partitions_request, cursor, request)
{
	cci_u64(cursor, &request->volatile_capacity);
	cci_flag(cursor, &request->at_once);
}

CCI_WALK(lsa_request, cursor, request)
{
	cci_u32(cursor, &request->offset);
	cci_u32(cursor, &request->length);
}

CCI_WALK(set_lsa_request, cursor, request)
{
	cci_u32(cursor, &request->offset);
	cci_reserved(cursor, 4);
	cci_borrow_rest(cursor, &request->data);
}

CCI_WALK(health_reply, cursor, health)
{
	cci_u8(cursor, &health->health_status);
	cci_u8(cursor, &health->media_status);
	cci_u8(cursor, &health->additional_status);
	cci_u8(cursor, &health->life_used);
	cci_u16(cursor, &health->temperature);
	cci_u32(cursor, &health->dirty_shutdowns);
	cci_u32(cursor, &health->corrected_volatile_errors);
	cci_u32(cursor, &health->corrected_persistent_errors);
}

/* What both payloads about alerts end with. */
static void walk_warnings(struct cci_cursor *cursor, struct cci_alert_warnings *warnings)
{
	cci_u16(cursor, &warnings->over_temperature);
	cci_u16(cursor, &warnings->under_temperature);
	cci_u16(cursor, &warnings->corrected_volatile);
	cci_u16(cursor, &warnings->corrected_persistent);
}

CCI_WALK(alerts_reply, cursor, alerts)
{
	cci_u8(cursor, &alerts->valid);
	cci_u8(cursor, &alerts->programmable);
	cci_u8(cursor, &alerts->life_used_critical);
	cci_u8(cursor, &alerts->warnings.life_used);
	cci_u16(cursor, &alerts->over_temperature_critical);
	cci_u16(cursor, &alerts->under_temperature_critical);
	walk_warnings(cursor, &alerts->warnings);
}

CCI_WALK(set_alerts_request, cursor, request)
{
	cci_u8(cursor, &request->valid);
	cci_u8(cursor, &request->enable);
	cci_u8(cursor, &request->warnings.life_used);
	cci_reserved(cursor, 1);
	walk_warnings(cursor, &request->warnings);
}

CCI_WALK(shutdown_state, cursor, state)
{
	cci_flag(cursor, &state->dirty);
}

CCI_WALK(sld_qos_control, cursor, control)
{
	cci_u8(cursor, &control->control);
	cci_u8(cursor, &control->moderate);
	cci_u8(cursor, &control->severe);
	cci_u8(cursor, &control->interval);
}

CCI_WALK(sld_qos_status_reply, cursor, status)
{
	cci_u8(cursor, &status->backpressure);
}

static const struct cci_command identify[] = {
	{ 0x4000, "Identify Memory Device", "8.2.10.9.1.1", &cci_no_payload,
	  &cci_identify_memory_reply_codec, .deadline_ms = CCI_READING_MS },
};

static const struct cci_command capacity[] = {
	{ 0x4100, "Get Partition Info", "8.2.10.9.2.1", &cci_no_payload,
	  &cci_partitions_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4101, "Set Partition Info", "8.2.10.9.2.2", &cci_set_partitions_request_codec,
	  &cci_no_payload,
	  .effects = CCI_EFFECT_CONFIG_AFTER_COLD_RESET | CCI_EFFECT_CONFIG | CCI_EFFECT_DATA,
	  .deadline_ms = CCI_READING_MS },
	{ 0x4102, "Get LSA", "8.2.10.9.2.3", &cci_lsa_request_codec, &cci_data_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x4103, "Set LSA", "8.2.10.9.2.4", &cci_set_lsa_request_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_CONFIG | CCI_EFFECT_DATA, .deadline_ms = CCI_READING_MS },
};

static const struct cci_command health[] = {
	{ 0x4200, "Get Health Info", "8.2.10.9.3.1", &cci_no_payload, &cci_health_reply_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x4201, "Get Alert Configuration", "8.2.10.9.3.2", &cci_no_payload,
	  &cci_alerts_reply_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4202, "Set Alert Configuration", "8.2.10.9.3.3", &cci_set_alerts_request_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
	{ 0x4203, "Get Shutdown State", "8.2.10.9.3.4", &cci_no_payload, &cci_shutdown_state_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x4204, "Set Shutdown State", "8.2.10.9.3.5", &cci_shutdown_state_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
};

static const struct cci_command qos[] = {
	{ 0x4700, "Get SLD QoS Control", "8.2.10.9.8.1", &cci_no_payload,
	  &cci_sld_qos_control_codec, .deadline_ms = CCI_READING_MS },
	{ 0x4701, "Set SLD QoS Control", "8.2.10.9.8.2", &cci_sld_qos_control_codec,
	  &cci_no_payload, .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
	{ 0x4702, "Get SLD QoS Status", "8.2.10.9.8.3", &cci_no_payload,
	  &cci_sld_qos_status_reply_codec, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_identify_memory_device =
	CCI_COMMAND_SET(0x40, "Identify Memory Device", identify);
const struct cci_command_set cci_set_capacity_configuration =
	CCI_COMMAND_SET(0x41, "Capacity Configuration and LSA", capacity);
const struct cci_command_set cci_set_health =
	CCI_COMMAND_SET(0x42, "Health Info and Alerts", health);
const struct cci_command_set cci_set_sld_qos = CCI_COMMAND_SET(0x47, "SLD QoS Telemetry", qos);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command sets 40h, 41h, 42h and 47h: what a memory device is, its partitions and labels, its
 * health and alerts, its telemetry of QoS. Pure.
 *
 * Source of the layouts: the kernel (drivers/cxl/cxlmem.h), libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"

extern const struct cci_command_set cci_set_identify_memory_device;
extern const struct cci_command_set cci_set_capacity_configuration;
extern const struct cci_command_set cci_set_health;
extern const struct cci_command_set cci_set_sld_qos;

#define CCI_MEMORY_FW_REVISION_SIZE 16

/**
 * struct cci_identify_memory_reply - 4000h
 * @fw_revision: a text without an end
 * @total_capacity: this and the next three in units of 256 MiB
 * @volatile_capacity: that is volatile whatever the partitions are
 * @persistent_capacity: that is persistent whatever the partitions are
 * @partition_alignment: 0 if there are no partitions
 * @informational_log_size: records that the log holds, as in the next three
 * @lsa_size: bytes of the label storage area
 * @poison_list_max: records; 24 bits
 * @inject_poison_limit: places; 0 for no limit
 * @poison_capabilities: bit 0: injects persistent poison; bit 1: can scan media
 * @qos_capabilities: bit 0: egress port congestion; bit 1: temporary throughput reduction
 * @dynamic_capacity_log_size: records that the log holds
 * @has_dynamic_capacity_log: false for 43h bytes, as CXL 2.0 has it
 */
struct cci_identify_memory_reply {
	uint8_t fw_revision[CCI_MEMORY_FW_REVISION_SIZE];
	uint64_t total_capacity;
	uint64_t volatile_capacity;
	uint64_t persistent_capacity;
	uint64_t partition_alignment;
	uint16_t informational_log_size;
	uint16_t warning_log_size;
	uint16_t failure_log_size;
	uint16_t fatal_log_size;
	uint32_t lsa_size;
	uint32_t poison_list_max;
	uint16_t inject_poison_limit;
	uint8_t poison_capabilities;
	uint8_t qos_capabilities;
	uint16_t dynamic_capacity_log_size;
	bool has_dynamic_capacity_log;
};
CCI_CODEC(identify_memory_reply);

/** struct cci_partitions_reply - 4100h; all in units of 256 MiB; next: after the next cold reset */
struct cci_partitions_reply {
	uint64_t active_volatile;
	uint64_t active_persistent;
	uint64_t next_volatile;
	uint64_t next_persistent;
};
CCI_CODEC(partitions_reply);

/**
 * struct cci_set_partitions_request - 4101h
 * @volatile_capacity: in units of 256 MiB; the rest becomes persistent
 * @at_once: and not with the next cold reset
 */
struct cci_set_partitions_request {
	uint64_t volatile_capacity;
	bool at_once;
};
CCI_CODEC(set_partitions_request);

/** struct cci_lsa_request - 4102h; bytes of the label storage area */
struct cci_lsa_request {
	uint32_t offset;
	uint32_t length;
};
CCI_CODEC(lsa_request);

/** struct cci_set_lsa_request - 4103h */
struct cci_set_lsa_request {
	uint32_t offset;
	struct cci_bytes data;
};
CCI_CODEC(set_lsa_request);

/**
 * struct cci_health_reply - 4200h
 * @health_status: bit 0: maintenance needed; bit 1: performance degraded; bit 2: replacement
 * needed; bit 3 (CXL 3.1): capacity degraded
 * @media_status: 0 for normal, else why not
 * @additional_status: pairs of bits: life used, temperature, corrected errors of both kinds of
 * memory
 * @life_used: percent
 * @temperature: degrees Celsius, signed; 7FFFh if the device has no sensor
 */
struct cci_health_reply {
	uint8_t health_status;
	uint8_t media_status;
	uint8_t additional_status;
	uint8_t life_used;
	uint16_t temperature;
	uint32_t dirty_shutdowns;
	uint32_t corrected_volatile_errors;
	uint32_t corrected_persistent_errors;
};
CCI_CODEC(health_reply);

enum cci_alert {
	CCI_ALERT_LIFE_USED = 1 << 0,
	CCI_ALERT_OVER_TEMPERATURE = 1 << 1,
	CCI_ALERT_UNDER_TEMPERATURE = 1 << 2,
	CCI_ALERT_CORRECTED_VOLATILE = 1 << 3,
	CCI_ALERT_CORRECTED_PERSISTENT = 1 << 4,
};

/** struct cci_alert_warnings - thresholds that can be set; temperatures are signed */
struct cci_alert_warnings {
	uint8_t life_used;
	uint16_t over_temperature;
	uint16_t under_temperature;
	uint16_t corrected_volatile;
	uint16_t corrected_persistent;
};

/**
 * struct cci_alerts_reply - 4201h
 * @valid: bits of enum cci_alert: warnings that are on
 * @programmable: bits of enum cci_alert: warnings that can be set
 */
struct cci_alerts_reply {
	uint8_t valid;
	uint8_t programmable;
	uint8_t life_used_critical;
	uint16_t over_temperature_critical;
	uint16_t under_temperature_critical;
	struct cci_alert_warnings warnings;
};
CCI_CODEC(alerts_reply);

/**
 * struct cci_set_alerts_request - 4202h
 * @valid: bits of enum cci_alert: which fields are looked at
 * @enable: bits of enum cci_alert: which of these warnings are on
 */
struct cci_set_alerts_request {
	uint8_t valid;
	uint8_t enable;
	struct cci_alert_warnings warnings;
};
CCI_CODEC(set_alerts_request);

/** struct cci_shutdown_state - 4203h reply, 4204h request; @dirty: a loss of power would lose data
 */
struct cci_shutdown_state {
	bool dirty;
};
CCI_CODEC(shutdown_state);

/**
 * struct cci_sld_qos_control - 4700h reply, 4701h request
 * @control: bit 0: egress port congestion; bit 1: temporary throughput reduction
 * @moderate: percent of egress congestion, 1 to 100
 * @severe: percent of egress congestion, 1 to 100; not below @moderate
 * @interval: of backpressure samples, nanoseconds, 0 to 15
 */
struct cci_sld_qos_control {
	uint8_t control;
	uint8_t moderate;
	uint8_t severe;
	uint8_t interval;
};
CCI_CODEC(sld_qos_control);

/** struct cci_sld_qos_status_reply - 4702h; @backpressure: average, percent */
struct cci_sld_qos_status_reply {
	uint8_t backpressure;
};
CCI_CODEC(sld_qos_status_reply);

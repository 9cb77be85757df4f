/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 04h, Logs: the structs of its payloads, and the Command Effects Log. Pure.
 *
 * Source of the layouts: the kernel (drivers/cxl/cxlmem.h), libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"
#include "fabric/cci/list.h"
#include "fabric/cci/uuid.h"

extern const struct cci_command_set cci_set_logs;

/** struct cci_log - an element of the replies to 0400h and 0405h; @size: bytes of the log */
struct cci_log {
	uint8_t id[CCI_UUID_SIZE];
	uint32_t size;
};
CCI_CODEC(log);

/** struct cci_logs_reply - 0400h; @logs: of struct cci_log */
struct cci_logs_reply {
	struct cci_list logs;
};
CCI_CODEC(logs_reply);

/**
 * struct cci_log_part_request - 0401h
 * @id: of the log
 * @offset: bytes
 * @length: bytes
 */
struct cci_log_part_request {
	uint8_t id[CCI_UUID_SIZE];
	uint32_t offset;
	uint32_t length;
};
CCI_CODEC(log_part_request);

/** struct cci_log_id - 0402h, 0403h, 0404h request */
struct cci_log_id {
	uint8_t id[CCI_UUID_SIZE];
};
CCI_CODEC(log_id);

enum cci_log_capability {
	CCI_LOG_CLEAR = 1 << 0,
	CCI_LOG_POPULATE = 1 << 1,
	CCI_LOG_AUTO_POPULATE = 1 << 2,
	CCI_LOG_SURVIVES_COLD_RESET = 1 << 3,
};

/** struct cci_log_capabilities_reply - 0402h; @flags: bits of enum cci_log_capability */
struct cci_log_capabilities_reply {
	uint32_t flags;
};
CCI_CODEC(log_capabilities_reply);

/** struct cci_logs_part_request - 0405h: at most @count logs from @start on */
struct cci_logs_part_request {
	uint8_t count;
	uint8_t start;
};
CCI_CODEC(logs_part_request);

/**
 * struct cci_logs_part_reply - 0405h
 * @total: number of logs that the component has
 * @start: as in the request
 * @logs: of struct cci_log
 */
struct cci_logs_part_reply {
	uint16_t total;
	uint8_t start;
	struct cci_list logs;
};
CCI_CODEC(logs_part_reply);

/** cci_command_effects_log - the UUID of the log whose bytes are struct cci_command_effects. */
extern const uint8_t cci_command_effects_log[CCI_UUID_SIZE];

#define CCI_COMMAND_EFFECTS_SIZE 4

/**
 * struct cci_command_effects - an entry of the Command Effects Log: a command that the CCI has
 * @effects: bits of enum cci_effect
 */
struct cci_command_effects {
	uint16_t opcode;
	uint16_t effects;
};
CCI_CODEC(command_effects);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 02h, Firmware Update: the structs of its payloads. Pure.
 *
 * Source of the layouts: the kernel (drivers/cxl/cxlmem.h), libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"

extern const struct cci_command_set cci_set_firmware;

#define CCI_FW_SLOTS_MAX     4
#define CCI_FW_REVISION_SIZE 16

/**
 * struct cci_fw_info_reply - 0200h
 * @slots: number of slots
 * @active_slot: from 1
 * @staged_slot: that becomes active with the next reset; 0 if none does
 * @online: a slot can become active without a reset
 * @revisions: of the slots, texts without an end
 */
struct cci_fw_info_reply {
	uint8_t slots;
	uint8_t active_slot;
	uint8_t staged_slot;
	bool online;
	uint8_t revisions[CCI_FW_SLOTS_MAX][CCI_FW_REVISION_SIZE];
};
CCI_CODEC(fw_info_reply);

enum cci_fw_transfer {
	CCI_FW_TRANSFER_WHOLE = 0,
	CCI_FW_TRANSFER_INITIATE = 1,
	CCI_FW_TRANSFER_CONTINUE = 2,
	CCI_FW_TRANSFER_END = 3,
	CCI_FW_TRANSFER_ABORT = 4,
};

/**
 * struct cci_transfer_fw_request - 0201h
 * @action: one of enum cci_fw_transfer
 * @slot: looked at in the last part
 * @offset: in units of 128 bytes
 * @data: a multiple of 128 bytes
 */
struct cci_transfer_fw_request {
	uint8_t action;
	uint8_t slot;
	uint32_t offset;
	struct cci_bytes data;
};
CCI_CODEC(transfer_fw_request);

/**
 * struct cci_activate_fw_request - 0202h
 * @action: 0 at once, 1 with the next cold reset
 */
struct cci_activate_fw_request {
	uint8_t action;
	uint8_t slot;
};
CCI_CODEC(activate_fw_request);

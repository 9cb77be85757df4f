/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 00h, Information and Status: the structs of its payloads. Pure.
 *
 * Source of the layouts: libcxlmi, QEMU; jack and cse for 17 bytes, opencis for 14 bytes of
 * Identify.
 */
#pragma once

#include "fabric/cci/codec.h"
#include "fabric/cci/command.h"

extern const struct cci_command_set cci_set_information;

/** enum cci_component_type - of Identify; later revisions may know more. */
enum cci_component_type {
	CCI_COMPONENT_SWITCH = 0x00,
	CCI_COMPONENT_TYPE3 = 0x03,
	CCI_COMPONENT_GFD = 0x04,
};

/**
 * struct cci_identify_reply - 0001h
 * @serial: of the component; opencis tells the lower 16 bits
 * @max_message_size: n, for messages of up to 2^n bytes
 * @has_component_type: false for 17 bytes, as CXL 2.0 has it
 * @short_serial: the 14 bytes of opencis, in which the serial number has 16 bits
 */
struct cci_identify_reply {
	uint16_t vendor_id;
	uint16_t device_id;
	uint16_t subsystem_vendor_id;
	uint16_t subsystem_id;
	uint64_t serial;
	uint8_t max_message_size;
	uint8_t component_type;
	bool has_component_type;
	bool short_serial;
};
CCI_CODEC(identify_reply);

/**
 * struct cci_background_status_reply - 0002h
 * @running: the operation has not ended
 * @percent: 0 to 100 of the operation, as the device tells it
 * @opcode: of the command that has begun the operation; 0 if there was none
 * @return_code: of the operation, once it has ended
 */
struct cci_background_status_reply {
	bool running;
	uint8_t percent;
	uint16_t opcode;
	uint16_t return_code;
	uint16_t vendor_status;
};
CCI_CODEC(background_status_reply);

/**
 * struct cci_message_limit - 0003h reply, 0004h request
 * @exponent: n, for replies of up to 2^n bytes
 */
struct cci_message_limit {
	uint8_t exponent;
};
CCI_CODEC(message_limit);

/**
 * struct cci_set_message_limit_reply - 0004h
 * @has_exponent: false for an empty payload, as CXL 2.0 has it
 * @exponent: the limit that is in force
 */
struct cci_set_message_limit_reply {
	bool has_exponent;
	uint8_t exponent;
};
CCI_CODEC(set_message_limit_reply);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command sets 45h, Persistent Memory Security, and 46h, Security Send and Receive. Pure.
 *
 * Source of the layouts: the kernel (drivers/cxl/cxlmem.h), libcxlmi.
 */
#pragma once

#include "fabric/cci/command.h"

extern const struct cci_command_set cci_set_persistent_security;
extern const struct cci_command_set cci_set_security;

#define CCI_PASSPHRASE_SIZE 32

enum cci_security_flag {
	CCI_SECURITY_USER_SET = 1 << 0,
	CCI_SECURITY_MASTER_SET = 1 << 1,
	CCI_SECURITY_LOCKED = 1 << 2,
	CCI_SECURITY_FROZEN = 1 << 3,
	CCI_SECURITY_USER_LIMIT = 1 << 4,
	CCI_SECURITY_MASTER_LIMIT = 1 << 5,
};

/** struct cci_security_state_reply - 4500h; @flags: bits of enum cci_security_flag */
struct cci_security_state_reply {
	uint32_t flags;
};
CCI_CODEC(security_state_reply);

enum cci_passphrase_kind { CCI_PASSPHRASE_MASTER = 0, CCI_PASSPHRASE_USER = 1 };

/** struct cci_set_passphrase_request - 4501h; @kind: one of enum cci_passphrase_kind */
struct cci_set_passphrase_request {
	uint8_t kind;
	uint8_t current_passphrase[CCI_PASSPHRASE_SIZE];
	uint8_t new_passphrase[CCI_PASSPHRASE_SIZE];
};
CCI_CODEC(set_passphrase_request);

/** struct cci_passphrase_request - 4502h, 4505h; @kind: one of enum cci_passphrase_kind */
struct cci_passphrase_request {
	uint8_t kind;
	uint8_t passphrase[CCI_PASSPHRASE_SIZE];
};
CCI_CODEC(passphrase_request);

/** struct cci_unlock_request - 4503h */
struct cci_unlock_request {
	uint8_t passphrase[CCI_PASSPHRASE_SIZE];
};
CCI_CODEC(unlock_request);

/**
 * struct cci_security_request - 4600h, 4601h
 * @protocol: of the SPC-5 standard, as @specific
 * @data: of 4600h; empty in 4601h
 */
struct cci_security_request {
	uint8_t protocol;
	uint16_t specific;
	struct cci_bytes data;
};
CCI_CODEC(security_request);

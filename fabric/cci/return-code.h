/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The return codes of CCI replies, and their names for people. Pure.
 *
 * Source of the numbers: the kernel's drivers/cxl/cxlmem.h up to 1Eh, libcxlmi to 20h. CXL 3.2,
 * 8.2.9.4.5.1.
 */
#pragma once

#include <stdint.h>

enum cci_return_code {
	CCI_SUCCESS = 0x00,
	CCI_BACKGROUND_STARTED = 0x01,
	CCI_INVALID_INPUT = 0x02,
	CCI_UNSUPPORTED = 0x03,
	CCI_INTERNAL_ERROR = 0x04,
	CCI_RETRY = 0x05,
	CCI_BUSY = 0x06,
	CCI_MEDIA_DISABLED = 0x07,
	CCI_FW_TRANSFER_IN_PROGRESS = 0x08,
	CCI_FW_TRANSFER_OUT_OF_ORDER = 0x09,
	CCI_FW_VERIFICATION_FAILED = 0x0a,
	CCI_INVALID_SLOT = 0x0b,
	CCI_ACTIVATION_FAILED_ROLLED_BACK = 0x0c,
	CCI_ACTIVATION_FAILED_COLD_RESET = 0x0d,
	CCI_INVALID_HANDLE = 0x0e,
	CCI_INVALID_PHYSICAL_ADDRESS = 0x0f,
	CCI_POISON_LIMIT = 0x10,
	CCI_MEDIA_FAILURE = 0x11,
	CCI_ABORTED = 0x12,
	CCI_INVALID_SECURITY_STATE = 0x13,
	CCI_INCORRECT_PASSPHRASE = 0x14,
	CCI_UNSUPPORTED_MAILBOX = 0x15,
	CCI_INVALID_PAYLOAD_LENGTH = 0x16,
	CCI_INVALID_LOG = 0x17,
	CCI_INTERRUPTED = 0x18,
	CCI_UNSUPPORTED_FEATURE_VERSION = 0x19,
	CCI_UNSUPPORTED_FEATURE_SELECTION = 0x1a,
	CCI_FEATURE_TRANSFER_IN_PROGRESS = 0x1b,
	CCI_FEATURE_TRANSFER_OUT_OF_ORDER = 0x1c,
	CCI_RESOURCES_EXHAUSTED = 0x1d,
	CCI_INVALID_EXTENT_LIST = 0x1e,
	CCI_TRANSFER_OUT_OF_ORDER = 0x1f,
	CCI_NOT_ABORTABLE = 0x20,
};

/**
 * cci_return_code_name() - a return code in words
 * @code: as it came; vendors and later revisions have codes that we do not know
 *
 * Return: a static text; NULL for a code that we do not know.
 */
const char *cci_return_code_name(uint16_t code);

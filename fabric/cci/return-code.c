// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of return codes: fabric/cci/return-code.h. Pure; calls nothing.
 */
#include "fabric/cci/return-code.h"

#include <stddef.h>

static const char *const names[] = {
	[CCI_SUCCESS] = "success",
	[CCI_BACKGROUND_STARTED] = "background operation started",
	[CCI_INVALID_INPUT] = "invalid input",
	[CCI_UNSUPPORTED] = "unsupported",
	[CCI_INTERNAL_ERROR] = "internal error",
	[CCI_RETRY] = "retry required",
	[CCI_BUSY] = "busy",
	[CCI_MEDIA_DISABLED] = "media disabled",
	[CCI_FW_TRANSFER_IN_PROGRESS] = "firmware transfer in progress",
	[CCI_FW_TRANSFER_OUT_OF_ORDER] = "firmware transfer out of order",
	[CCI_FW_VERIFICATION_FAILED] = "firmware verification failed",
	[CCI_INVALID_SLOT] = "invalid firmware slot",
	[CCI_ACTIVATION_FAILED_ROLLED_BACK] = "activation failed, firmware rolled back",
	[CCI_ACTIVATION_FAILED_COLD_RESET] = "activation failed, cold reset required",
	[CCI_INVALID_HANDLE] = "invalid event record handle",
	[CCI_INVALID_PHYSICAL_ADDRESS] = "invalid physical address",
	[CCI_POISON_LIMIT] = "poison injection limit reached",
	[CCI_MEDIA_FAILURE] = "permanent media failure",
	[CCI_ABORTED] = "aborted",
	[CCI_INVALID_SECURITY_STATE] = "invalid security state",
	[CCI_INCORRECT_PASSPHRASE] = "incorrect passphrase",
	[CCI_UNSUPPORTED_MAILBOX] = "unsupported on this mailbox",
	[CCI_INVALID_PAYLOAD_LENGTH] = "invalid payload length",
	[CCI_INVALID_LOG] = "invalid log",
	[CCI_INTERRUPTED] = "interrupted",
	[CCI_UNSUPPORTED_FEATURE_VERSION] = "unsupported feature version",
	[CCI_UNSUPPORTED_FEATURE_SELECTION] = "unsupported feature selection value",
	[CCI_FEATURE_TRANSFER_IN_PROGRESS] = "feature transfer in progress",
	[CCI_FEATURE_TRANSFER_OUT_OF_ORDER] = "feature transfer out of order",
	[CCI_RESOURCES_EXHAUSTED] = "resources exhausted",
	[CCI_INVALID_EXTENT_LIST] = "invalid extent list",
	[CCI_TRANSFER_OUT_OF_ORDER] = "transfer out of order",
	[CCI_NOT_ABORTABLE] = "background operation cannot be aborted",
};

const char *cci_return_code_name(uint16_t code)
{
	return code < sizeof(names) / sizeof(*names) ? names[code] : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command set 03h, Timestamp: the struct of its payloads. Pure.
 *
 * Source of the layout: the kernel (drivers/cxl/cxlmem.h), libcxlmi, QEMU.
 */
#pragma once

#include "fabric/cci/command.h"

extern const struct cci_command_set cci_set_timestamp;

/**
 * struct cci_timestamp - 0300h reply, 0301h request
 * @nanoseconds: since 1970, UTC, without leap seconds; 0 in a component that was not told the time
 */
struct cci_timestamp {
	uint64_t nanoseconds;
};
CCI_CODEC(timestamp);

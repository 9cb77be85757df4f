// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command set 03h, Timestamp: walk and rows. Pure; calls cursor.h.
 */
#include "fabric/cci/set-timestamp.h"

CCI_WALK(timestamp, cursor, timestamp)
{
	cci_u64(cursor, &timestamp->nanoseconds);
}

static const struct cci_command commands[] = {
	{ 0x0300, "Get Timestamp", "8.2.10.4.1", &cci_no_payload, &cci_timestamp_codec,
	  .deadline_ms = CCI_READING_MS },
	{ 0x0301, "Set Timestamp", "8.2.10.4.2", &cci_timestamp_codec, &cci_no_payload,
	  .effects = CCI_EFFECT_POLICY, .deadline_ms = CCI_READING_MS },
};

const struct cci_command_set cci_set_timestamp = CCI_COMMAND_SET(0x03, "Timestamp", commands);

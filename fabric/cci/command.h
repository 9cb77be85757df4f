/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of CCI commands: one row a command. Each command set has its file (set-*.c), which owns
 * the layouts of its payloads and its rows; command.c lists the sets. A command whose layout no
 * public source has is a row with a name and a section, and without codecs: it is never sent. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fabric/cci/codec.h"

/**
 * enum cci_effect - what a command changes; the bits of the Command Effects Log
 *
 * What a command of an endpoint does is told by the endpoint's own log. The table tells what the
 * specification has the command do, for endpoints that have no log.
 */
enum cci_effect {
	CCI_EFFECT_CONFIG_AFTER_COLD_RESET = 1 << 0,
	CCI_EFFECT_CONFIG = 1 << 1,
	CCI_EFFECT_DATA = 1 << 2,
	CCI_EFFECT_POLICY = 1 << 3,
	CCI_EFFECT_LOG = 1 << 4,
	CCI_EFFECT_SECURITY = 1 << 5,
	CCI_EFFECT_BACKGROUND = 1 << 6,
	CCI_EFFECT_SECONDARY_MAILBOX = 1 << 7,
	CCI_EFFECT_ABORTABLE = 1 << 8,
	CCI_EFFECT_RESETS_VALID = 1 << 9,
	CCI_EFFECT_CONFIG_AFTER_CONVENTIONAL_RESET = 1 << 10,
	CCI_EFFECT_CONFIG_AFTER_CXL_RESET = 1 << 11,
};

/* How long a reply, and the background operation that it has begun, may take. */
#define CCI_READING_MS	    2000
#define CCI_PORT_CONTROL_MS 5000
#define CCI_BINDING_MS	    60000
/* The device tells by itself how long the operation takes, or nobody can know. */
#define CCI_DEVICE_ESTIMATE 0

/**
 * struct cci_command - a row of the table
 * @opcode: command set in the high byte, command in the low byte
 * @name: as in the specification
 * @section: of CXL 3.2
 * @request: codec of the request's payload; NULL if no public source has the layout
 * @reply: codec of the reply's payload; NULL if and only if @request is NULL
 * @background: whether a device may answer that a background operation has begun
 * @effects: bits of enum cci_effect that are not CCI_EFFECT_BACKGROUND; 0 for what only reads
 * @deadline_ms: milliseconds, or CCI_DEVICE_ESTIMATE
 */
struct cci_command {
	uint16_t opcode;
	const char *name;
	const char *section;
	const struct cci_codec *request;
	const struct cci_codec *reply;
	bool background;
	uint16_t effects;
	uint32_t deadline_ms;
};

/**
 * struct cci_command_set - the rows of one command set
 * @set: the high byte of all opcodes in it
 * @name: as in the specification
 * @commands: rows in the order of their opcodes
 */
struct cci_command_set {
	uint8_t set;
	const char *name;
	const struct cci_command *commands;
	size_t count;
};

/* Defines a set from its array of rows. */
#define CCI_COMMAND_SET(number, title, rows)                                                       \
	{ .set = (number),                                                                         \
	  .name = (title),                                                                         \
	  .commands = (rows),                                                                      \
	  .count = sizeof(rows) / sizeof(*(rows)) }

/** cci_command_set_at() - the sets of the table, by the order of their numbers; NULL at the end. */
const struct cci_command_set *cci_command_set_at(size_t index);

/** cci_command_find() - the row of an opcode; NULL for an opcode that the table lacks. */
const struct cci_command *cci_command_find(uint16_t opcode);

/** cci_command_has_layout() - whether the payloads of a command are publicly known. */
static inline bool cci_command_has_layout(const struct cci_command *command)
{
	return command->request != NULL;
}

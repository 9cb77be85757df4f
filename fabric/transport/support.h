/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands that an endpoint supports, and their effects. What an endpoint supports is never
 * found out by sending a command: unknown opcodes make some switches silent and end others. It is
 * what the endpoint's Command Effects Log says, or else what a table says of endpoints of the kind.
 * Values.
 *
 * Source of the log's layout: the kernel's struct cxl_cel_entry (drivers/cxl/cxlmem.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/array.h"

/**
 * struct support_entry - one command
 * @effects: bits of enum cci_effect
 */
struct support_entry {
	uint16_t opcode;
	uint16_t effects;
};

/* More commands than any endpoint has: CXL 3.2 has 165, and vendors have a few of their own. */
#define SUPPORT_COMMANDS_MAX 2048

struct support {
	ARRAY(struct support_entry) list;
};

/**
 * support_read_log() - the commands of a Command Effects Log
 * @support: empty; to be deinitialised with support_deinit()
 *
 * Return: 0; -EBADMSG for bytes that are no whole entries, for more entries than
 * SUPPORT_COMMANDS_MAX, and for an opcode that comes twice with other effects: nothing is supported
 * then; -ENOMEM.
 */
int support_read_log(struct support *support, const uint8_t *log, size_t size);

/**
 * support_add_known() - a command of a table, with the effects that the specification gives it
 *
 * Return: 0; -EINVAL for an opcode without a public layout; -ENOMEM.
 */
int support_add_known(struct support *support, uint16_t opcode);

/**
 * support_effects() - what a command changes, in doubt
 *
 * A log may hide an effect. So the effects that the specification gives the command count, too, and
 * a command that the table does not know counts as one that changes data.
 *
 * Return: bits of enum cci_effect that are effects; 0 for a command that only reads.
 */
uint16_t support_effects(const struct support_entry *entry);

/** support_find() - the entry of a command, or NULL: the command is not to be sent */
const struct support_entry *support_find(const struct support *support, uint16_t opcode);

void support_deinit(struct support *support);

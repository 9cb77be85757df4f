// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an endpoint supports, out of its log or out of a table. Values.
 */
#include "fabric/transport/support.h"

#include <errno.h>

#include "fabric/cci/command.h"

#define ENTRY_SIZE 4

/* Bits of an entry that tell how a command may be sent, and which of the other bits are valid. */
#define NO_EFFECTS (CCI_EFFECT_SECONDARY_MAILBOX | CCI_EFFECT_ABORTABLE | CCI_EFFECT_RESETS_VALID)

static int add(struct support *support, struct support_entry entry)
{
	const struct support_entry *known = support_find(support, entry.opcode);

	if (known)
		return known->effects == entry.effects ? 0 : -EBADMSG;
	return ARRAY_APPEND(&support->list, entry);
}

/*
 * What the specification has a command do. Of a vendor's command, and of one whose layout nobody
 * has published, nobody knows better than to expect the worst.
 */
static uint16_t known_effects(uint16_t opcode)
{
	const struct cci_command *command = cci_command_find(opcode);
	uint16_t effects;

	if (!command || !cci_command_has_layout(command))
		return CCI_EFFECT_CONFIG | CCI_EFFECT_DATA;
	effects = command->background ? CCI_EFFECT_BACKGROUND : 0;
	return effects | command->effects;
}

int support_read_log(struct support *support, const uint8_t *log, size_t size)
{
	struct cci_cursor cursor = cci_reader(log, size);
	int rc = size % ENTRY_SIZE || size / ENTRY_SIZE > SUPPORT_COMMANDS_MAX ? -EBADMSG : 0;

	while (rc == 0 && cci_left(&cursor)) {
		struct support_entry entry;

		cci_u16(&cursor, &entry.opcode);
		cci_u16(&cursor, &entry.effects);
		rc = add(support, entry);
	}
	if (rc < 0)
		support_deinit(support);
	return rc;
}

int support_add_known(struct support *support, uint16_t opcode)
{
	const struct cci_command *command = cci_command_find(opcode);

	if (!command || !cci_command_has_layout(command))
		return -EINVAL;
	return add(support,
		   (struct support_entry){ .opcode = opcode, .effects = known_effects(opcode) });
}

uint16_t support_effects(const struct support_entry *entry)
{
	return (entry->effects | known_effects(entry->opcode)) & (uint16_t)~NO_EFFECTS;
}

const struct support_entry *support_find(const struct support *support, uint16_t opcode)
{
	for (size_t i = 0; i < support->list.count; i++)
		if (support->list.items[i].opcode == opcode)
			return &support->list.items[i];
	return NULL;
}

void support_deinit(struct support *support)
{
	ARRAY_FREE(&support->list);
}

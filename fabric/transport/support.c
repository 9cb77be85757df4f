// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an endpoint supports, out of its log or out of a table. Values.
 */
#include "fabric/transport/support.h"

#include <errno.h>

#include "fabric/cci/command.h"

#define ENTRY_SIZE 4

static int add(struct support *support, struct support_entry entry)
{
	const struct support_entry *known = support_find(support, entry.opcode);

	if (known)
		return known->effects == entry.effects ? 0 : -EBADMSG;
	return ARRAY_APPEND(&support->list, entry);
}

int support_read_log(struct support *support, const uint8_t *log, size_t size)
{
	struct cci_cursor cursor = cci_reader(log, size);
	int rc = size % ENTRY_SIZE ? -EBADMSG : 0;

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
	uint16_t effects;

	if (!command || !cci_command_has_layout(command))
		return -EINVAL;
	effects = command->background ? CCI_EFFECT_BACKGROUND : 0;
	return add(support, (struct support_entry){ .opcode = opcode,
						    .effects = effects | command->effects });
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the table of CCI commands for test-spec-coverage.py: the set's name, and for each command
 * a line of opcode, name, section, and whether its layout is known, between tabs.
 */
#include <stdio.h>

#include "fabric/cci/command.h"

int main(void)
{
	const struct cci_command_set *set;

	for (size_t i = 0; (set = cci_command_set_at(i)); i++) {
		printf("%s\n", set->name);
		for (size_t j = 0; j < set->count; j++) {
			const struct cci_command *command = &set->commands[j];

			printf("\t%04X\t%s\t%s\t%d\n", command->opcode, command->name,
			       command->section, cci_command_has_layout(command));
		}
	}
	return 0;
}

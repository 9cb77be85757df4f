// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every payload of test/data/cci/vectors.txt, which other programs have made, decodes and encodes
 * into the same bytes; and no codec of the table goes without such a payload. The file is the
 * argument.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric/cci/command.h"
#include "fabric/cci/event-record.h"
#include "fabric/cci/set-mld-port.h"
#include "test/lib/cci-vector.h"

static const char *path;

struct line {
	unsigned int opcode;
	char kind[16];
	char hex[2 * HEX_MAX];
};

/* The next line that is no comment; false at the end. */
static bool read_line(FILE *file, struct line *ret_line)
{
	char text[2 * HEX_MAX + 64];

	while (fgets(text, sizeof(text), file)) {
		if (*text == '#' || *text == '\n')
			continue;
		if (sscanf(text, "%4x %15s %*s %16383s", &ret_line->opcode, ret_line->kind,
			   ret_line->hex) != 3)
			fail_msg("%s: %s", path, text);
		return true;
	}
	return false;
}

static const struct cci_codec *codec_of(const struct line *line)
{
	const struct cci_command *command = cci_command_find((uint16_t)line->opcode);

	if (strcmp(line->kind, "capacity-event") == 0)
		return &cci_capacity_event_codec;
	if (strcmp(line->kind, "request-2.0") == 0)
		return &cci_tunnel_request_typed_codec;
	if (strcmp(line->kind, "reply-2.0") == 0)
		return &cci_tunnel_reply_typed_codec;
	if (command && strcmp(line->kind, "request") == 0)
		return command->request;
	if (command && strcmp(line->kind, "reply") == 0)
		return command->reply;
	fail_msg("%s: %04x %s", path, line->opcode, line->kind);
	return NULL;
}

static void payloads_of_others_are_understood(void **state)
{
	FILE *file = fopen(path, "re");
	struct line line;
	void *value;

	(void)state;
	assert_non_null(file);
	while (read_line(file, &line)) {
		const struct cci_codec *codec = codec_of(&line);

		assert_non_null(codec);
		value = malloc(codec->size + 1);
		assert_non_null(value);
		if (*line.hex == '~')
			cci_vector_decode(codec, line.hex + 1, value);
		else
			cci_vector_check(codec, *line.hex == '-' ? "" : line.hex, value);
		free(value);
	}
	(void)fclose(file);
}

static bool has_line(uint16_t opcode, const char *kind)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	struct line line;

	assert_non_null(file);
	while (!found && read_line(file, &line))
		found = line.opcode == opcode && strcmp(line.kind, kind) == 0;
	(void)fclose(file);
	return found;
}

/* A payload without fields has no layout to agree about. */
static bool has_fields(const struct cci_codec *codec)
{
	return codec->size && codec != &cci_data_codec;
}

static void every_codec_has_a_payload_of_others(void **state)
{
	const struct cci_command_set *set;

	(void)state;
	for (size_t i = 0; (set = cci_command_set_at(i)); i++)
		for (size_t j = 0; j < set->count; j++) {
			const struct cci_command *command = &set->commands[j];

			if (!cci_command_has_layout(command))
				continue;
			if (has_fields(command->request) && !has_line(command->opcode, "request"))
				fail_msg("no request %04x", command->opcode);
			if (has_fields(command->reply) && !has_line(command->opcode, "reply"))
				fail_msg("no reply %04x", command->opcode);
		}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_of_others_are_understood),
		cmocka_unit_test(every_codec_has_a_payload_of_others),
	};

	if (argc != 2)
		return 2;
	path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}

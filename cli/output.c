// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard output. Everything is written and flushed here, so that a verb that says it is done has
 * really told its result.
 */
#include "cli/output.h"

#include <errno.h>
#include <string.h>

#include "cli/text.h"
#include "util/json.h"

static enum exit_code finish(struct cli *cli, const char *program)
{
	if (fflush(cli->out) == 0 && !ferror(cli->out))
		return EXIT_CODE_DONE;
	fprintf(cli->err, "%s: can't write the result: %s\n", program, strerror(errno));
	return EXIT_CODE_FAILED;
}

enum exit_code output_json(struct cli *cli, const char *program, struct json_object *value)
{
	/* The flags are those of cxl(1), so that its readers see the same bytes. */
	const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PRETTY);

	if (!text) {
		fprintf(cli->err, "%s: there is no memory left\n", program);
		return EXIT_CODE_FAILED;
	}
	/* json-c escapes C0 but not the rest of what a terminal obeys; programs get every byte. */
	if (cli->out_is_terminal)
		text_put(cli->out, text);
	else
		fputs(text, cli->out);
	fputc('\n', cli->out);
	return finish(cli, program);
}

enum exit_code output_list(struct cli *cli, const char *program, struct json_object *list,
			   bool human)
{
	const size_t count = json_object_array_length(list);

	if (count == 0)
		fprintf(cli->err, "%s: nothing matches\n", program);
	if (count == 0 && human)
		return EXIT_CODE_DONE;
	if (count == 1 && human)
		return output_json(cli, program, json_object_array_get_idx(list, 0));
	return output_json(cli, program, list);
}

enum exit_code output_text(struct cli *cli, const char *program, const char *text)
{
	text_put(cli->out, text);
	return finish(cli, program);
}

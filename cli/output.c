// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard output. All results are written and flushed here, so that a verb that ends with success
 * has really delivered its result.
 */
#include "cli/output.h"

#include <errno.h>
#include <string.h>

#include "cli/session.h"
#include "util/json.h"

enum exit_code output_end(struct cli *cli, const char *program)
{
	if (fflush(cli->out) == 0 && !ferror(cli->out))
		return EXIT_CODE_DONE;
	/* EPIPE: the reader has gone, and hears nothing. */
	if (errno != EPIPE)
		fprintf(cli->err, "%s: can't write the result: %s\n", program, strerror(errno));
	return EXIT_CODE_FAILED;
}

static enum exit_code put_span(struct cli *cli, const char *program, struct json_span value)
{
	json_text_lay_out(value, cli->out);
	(void)fputc('\n', cli->out);
	return output_end(cli, program);
}

int output_put_json(FILE *stream, struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

	if (!text)
		return -ENOMEM;
	json_text_lay_out(json_text_whole(text), stream);
	(void)fputc('\n', stream);
	return 0;
}

enum exit_code output_json(struct cli *cli, const char *program, struct json_object *value)
{
	if (output_put_json(cli->out, value) < 0)
		return session_no_memory(cli, program);
	return output_end(cli, program);
}

enum exit_code output_list(struct cli *cli, const char *program, struct json_span list, bool human)
{
	struct json_span only;
	const int count = json_text_items(list, &only);

	if (count < 0)
		return session_bad_reply(cli, program);
	if (count == 0)
		fprintf(cli->err, "%s: nothing matches\n", program);
	if (count == 0 && human)
		return EXIT_CODE_DONE;
	return put_span(cli, program, count == 1 && human ? only : list);
}

enum exit_code output_text(struct cli *cli, const char *program, const char *text)
{
	fputs(text, cli->out);
	return output_end(cli, program);
}

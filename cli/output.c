// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard output. All results are written and flushed here, so that a verb that ends with success
 * has really delivered its result.
 */
#include "cli/output.h"

#include <errno.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"

enum exit_code output_end(struct cli *cli, const char *program)
{
	if (fflush(cli->out) == 0 && !ferror(cli->out))
		return EXIT_CODE_DONE;
	/* EPIPE: the reader has gone, and hears nothing. */
	if (errno != EPIPE)
		fprintf(cli->err, "%s: can't write the result: %s\n", program, strerror(errno));
	return EXIT_CODE_FAILED;
}

char *output_json_text(struct json_object *value, int flags)
{
	/* json-c escapes C0, but no other characters that a terminal obeys. */
	const char *json = json_object_to_json_string_ext(value, flags);
	_cleanup_free_ char *clean = json ? text_clean_json(json) : NULL;
	char *text;

	return clean && asprintf(&text, "%s\n", clean) >= 0 ? text : NULL;
}

enum exit_code output_json(struct cli *cli, const char *program, struct json_object *value)
{
	_cleanup_free_ char *text = output_json_text(value, OUTPUT_JSON_PRETTY);

	if (!text) {
		fprintf(cli->err, "%s: out of memory\n", program);
		return EXIT_CODE_FAILED;
	}
	return output_text(cli, program, text);
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
	fputs(text, cli->out);
	return output_end(cli, program);
}

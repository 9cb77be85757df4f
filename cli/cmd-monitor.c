// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cxlfm monitor`: the daemon's stream of changes, one line each, until Ctrl-C or until the reader
 * of the output has gone.
 */
#include <errno.h>
#include <stdio_ext.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "util/json.h"
#include "util/text.h"

struct monitor {
	struct cli *cli;
	const char *program;
	enum exit_code code; /* of printing */
};

/* A reader that has gone ends the stream as Ctrl-C does; buffered output is dropped. */
static void end_writing(struct monitor *monitor, int error)
{
	struct cli *cli = monitor->cli;

	if (error == EPIPE) {
		__fpurge(cli->out);
		clearerr(cli->out);
		return;
	}
	fprintf(cli->err, "%s: can't write: %s\n", monitor->program, strerror(error));
	monitor->code = EXIT_CODE_FAILED;
}

static bool print_change(void *userdata, struct json_object *parameters)
{
	struct monitor *monitor = userdata;
	struct json_object *change;
	const char *text;

	if (json_get_object(parameters, "change", &change) < 0)
		return true;
	text = json_object_to_json_string_ext(change, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text) {
		monitor->code = session_no_memory(monitor->cli, monitor->program);
		return false;
	}
	text_put_json(monitor->cli->out, text, strlen(text));
	(void)fputc('\n', monitor->cli->out);
	if (fflush(monitor->cli->out) == 0 && !ferror(monitor->cli->out))
		return true;
	end_writing(monitor, errno);
	return false;
}

enum exit_code cmd_monitor(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	struct monitor monitor = { .cli = cli, .program = usage->program };
	_cleanup_json_ struct json_object *last = NULL;
	struct arguments arguments;
	enum exit_code code;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc == 0 && arguments.count > 0)
		rc = options_complain(usage, "\"%s\" is one argument too many: there are none",
				      arguments.items[0]);
	if (rc == 0 && cli->snapshot_path)
		rc = options_complain(usage, "--snapshot: a record does not change: leave "
					     "--snapshot out to watch this host");
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "Monitor",
						    .parameters = json_object_new_object(),
						    .more = true,
						    .interrupt = SESSION_INTERRUPT_ENDS,
						    .on_reply = print_change,
						    .userdata = &monitor },
			    &last);
	if (code == EXIT_CODE_DONE && last)
		(void)print_change(&monitor, last);
	return code == EXIT_CODE_DONE ? monitor.code : code;
}

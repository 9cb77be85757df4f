// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cxlfm monitor`: the daemon's stream of changes, one line each, until the user or the reader has
 * enough.
 */
#include <signal.h>

#include "cli/command.h"
#include "cli/session.h"
#include "util/json.h"

static bool print_change(void *userdata, struct json_object *parameters)
{
	struct cli *cli = userdata;
	struct json_object *change;
	const char *text;

	if (json_get_object(parameters, "change", &change) < 0)
		return true;
	text = json_object_to_json_string_ext(change, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(cli->out, "%s\n", text);
	/* A reader that has gone away is an end like Ctrl-C. */
	return fflush(cli->out) == 0;
}

enum exit_code cmd_monitor(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	_cleanup_json_ struct json_object *last = NULL;
	struct arguments arguments;
	enum exit_code code;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc == 0 && arguments.count > 0)
		rc = options_complain(usage, "\"%s\" is one argument too many: there are none",
				      arguments.items[0]);
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	(void)signal(SIGPIPE, SIG_IGN);
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "Monitor",
						    .parameters = json_object_new_object(),
						    .more = true,
						    .interrupt = SESSION_INTERRUPT_ENDS,
						    .on_reply = print_change,
						    .userdata = cli },
			    &last);
	if (code == EXIT_CODE_DONE && last)
		(void)print_change(cli, last);
	return code;
}

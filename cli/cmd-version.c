// SPDX-License-Identifier: GPL-2.0-only
/* `cxlfm version`: our own version, which is always known, and the daemon's. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/text.h"
#include "config.h"
#include "util/json.h"

enum exit_code cmd_version(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	_cleanup_json_ struct json_object *reply = NULL;
	const char *version, *kernel = NULL;
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
	fprintf(cli->out, "cxlfm %s\n", CXLFM_VERSION);
	code = output_text(cli, usage->program, "");
	if (code == EXIT_CODE_DONE)
		code = session_call(
			cli,
			&(struct session_call){ .program = usage->program,
						.method = "GetVersion",
						.parameters = json_object_new_object() },
			&reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_string(reply, "version", &version) < 0)
		return session_bad_reply(cli, usage->program);
	(void)json_get_string(reply, "kernel", &kernel);
	fputs("cxlfmd ", cli->out);
	text_put(cli->out, version);
	if (kernel) {
		fputs(", kernel ", cli->out);
		text_put(cli->out, kernel);
	}
	fputc('\n', cli->out);
	return output_text(cli, usage->program, "");
}

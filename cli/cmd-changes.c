// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of changes by their ids: changes, cancel. To wait for one is a way of waiting:
 * cmd-claim.c.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/text.h"
#include "util/json.h"

/* ---- changes ---- */

static const char *text_of(struct json_object *change, const char *key)
{
	const char *text = NULL;

	(void)json_get_string(change, key, &text);
	return text;
}

static void put_who(FILE *out, struct json_object *change)
{
	const char *origin = text_of(change, "origin");
	uint64_t uid;
	int pid;

	if (json_get_u64(change, "uid", &uid) == 0 && json_get_int(change, "pid", &pid) == 0)
		fprintf(out, "user %" PRIu64 " (process %d)", uid, pid);
	else if (origin && strcmp(origin, "claim") == 0)
		fputs("cxlfmd mends a claim", out);
	else
		fputs("cxlfmd recovers from a crash", out);
}

static void put_what(FILE *out, struct json_object *change)
{
	const char *method = text_of(change, "method"), *object = text_of(change, "object");

	if (!method && !object)
		return;
	fputs(": ", out);
	if (method)
		text_put(out, method);
	if (method && object)
		fputc(' ', out);
	if (object)
		text_put(out, object);
}

static void put_progress(FILE *out, struct json_object *change)
{
	const char *text = text_of(change, "text"), *waits_for = text_of(change, "waits_for");
	int step, steps;

	if (waits_for) {
		fputs("; waits for ", out);
		text_put(out, waits_for);
	} else if (json_get_int(change, "step", &step) == 0 &&
		   json_get_int(change, "steps", &steps) == 0) {
		fprintf(out, "; step %d of %d", step, steps);
	}
	if (text) {
		fputs(": ", out);
		text_put(out, text);
	}
}

static void put_end(FILE *out, struct json_object *change)
{
	const char *error = text_of(change, "error"), *text = text_of(change, "text");

	if (!error) {
		fputs("; done", out);
		return;
	}
	fputs("; ", out);
	text_put(out, error);
	if (text) {
		fputs(": ", out);
		text_put(out, text);
	}
}

/* "7h2k9qd-12 running 3 s; user 0 (process 4711): RemoveRegion region0; step 3 of 12: ..." */
static int put_change(FILE *out, struct json_object *change)
{
	const char *id = text_of(change, "id"), *state = text_of(change, "state");
	uint64_t age_ms;

	if (!id || !state || json_get_u64(change, "age_ms", &age_ms) < 0)
		return -1;
	text_put(out, id);
	fputc(' ', out);
	text_put(out, state);
	fprintf(out, strcmp(state, "ended") == 0 ? " %" PRIu64 " s ago; " : " for %" PRIu64 " s; ",
		age_ms / 1000);
	put_who(out, change);
	put_what(out, change);
	if (strcmp(state, "ended") == 0)
		put_end(out, change);
	else
		put_progress(out, change);
	fputc('\n', out);
	return 0;
}

static enum exit_code print_changes(struct cli *cli, const struct usage *usage,
				    struct json_object *changes)
{
	for (size_t i = 0; i < json_object_array_length(changes); i++)
		if (put_change(cli->out, json_object_array_get_idx(changes, i)) < 0)
			return session_bad_reply(cli, usage->program);
	return output_end(cli, usage->program);
}

enum exit_code cmd_changes(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool json = false, debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "json", &json, "as JSON, with all details"),
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	_cleanup_json_ struct json_object *reply = NULL;
	struct json_object *changes;
	struct arguments arguments;
	enum exit_code code;
	int rc = options_parse(usage, options, argc, argv, false, &arguments);

	if (rc == 0 && arguments.count)
		rc = options_complain(usage, "\"%s\" is one argument too many: there are none",
				      arguments.items[0]);
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "ListChanges",
						    .parameters = json_object_new_object() },
			    &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_array(reply, "changes", &changes) < 0)
		return session_bad_reply(cli, usage->program);
	return json ? output_json(cli, usage->program, changes)
		    : print_changes(cli, usage, changes);
}

/* ---- cancel ---- */

static enum exit_code cancel(struct cli *cli, const struct usage *usage, const char *id)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	enum exit_code code;

	if (!parameters || json_add_string(parameters, "id", id) < 0)
		return session_no_memory(cli, usage->program);
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "CancelChange",
						    .asks_change = true,
						    .parameters = TAKE_PTR(parameters) },
			    NULL);
	if (code == EXIT_CODE_DONE) {
		text_put(cli->err, id);
		fputs(": cancelled; its finished steps are taken back\n", cli->err);
	}
	return code;
}

enum exit_code cmd_cancel(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	struct arguments arguments;
	int rc = options_parse(usage, options, argc, argv, false, &arguments);

	if (rc == 0 && arguments.count == 0)
		rc = options_complain(usage, "ID is missing: `cxlfm changes` shows the changes");
	else if (rc == 0 && arguments.count > 1)
		rc = options_complain(usage, "\"%s\" is one id too many: take one at a time",
				      arguments.items[1]);
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	return cancel(cli, usage, arguments.items[0]);
}

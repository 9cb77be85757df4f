// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of declared state: apply, diff, export. cxlfmd answers the difference between a state
 * and the claims, which diff prints; apply sends the state, and prints what became of each change.
 */
#include <errno.h>
#include <string.h>

#include "cli/apply-report.h"
#include "cli/change.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/state-diff.h"
#include "cli/state-file.h"
#include "cli/state-parts.h"
#include "cli/text.h"
#include "util/json.h"

struct state_request {
	const char *path;
	bool dry_run, human, debug;
	struct change_later later;
};

/* ---- the file ---- */

static int parse_state(const struct usage *usage, const struct option *options, int argc,
		       const char **argv, struct state_request *request)
{
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return rc;
	if (arguments.count == 0 || !*arguments.items[0])
		return options_complain(usage, "FILE is %s: name a file, or - for standard input",
					arguments.count == 0 ? "missing" : "empty");
	if (arguments.count > 1)
		return options_complain(usage, "\"%s\" is one file too many: give one",
					arguments.items[1]);
	request->path = arguments.items[0];
	return 0;
}

/* "cxlfm apply: db01.yaml:3:9: "size" is not a size (give bytes, ...)" */
static void report_problem(struct cli *cli, const struct usage *usage, const char *file,
			   const struct refusal *problem)
{
	fprintf(cli->err, "%s: ", usage->program);
	text_put(cli->err, problem->object ? problem->object : file);
	fputs(": ", cli->err);
	text_put(cli->err, problem->text);
	fprintf(cli->err, " (%s)\n", problem->hint);
}

static enum exit_code read_claims(struct cli *cli, const struct usage *usage, const char *path,
				  struct json_object **ret_claims)
{
	const char *file = strcmp(path, "-") == 0 ? "standard input" : path;
	_cleanup_json_ struct json_object *document = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct json_object *claims = NULL;
	enum exit_code code = EXIT_CODE_USAGE;
	int rc;

	rc = state_file_read(path, &problems, &document);
	if (rc < 0 && rc != -ENOMEM)
		fprintf(cli->err, "%s: can't read %s: %s\n", usage->program, file, strerror(-rc));
	if (rc == 0)
		rc = state_claims(document, &problems, &claims);
	if (rc == -ENOMEM)
		code = session_no_memory(cli, usage->program);
	else if (rc == STATE_TEXT_E_BAD)
		report_problem(cli, usage, file, &problems.list.items[0]);
	refusal_list_deinit(&problems);
	if (rc != 0)
		return code;
	*ret_claims = json_object_get(claims);
	return EXIT_CODE_DONE;
}

/* ---- what is told in parts ---- */

/* Others may change claims between two parts: parts of two states are a state that never was. */
#define TRIES 5

struct asking {
	struct cli *cli;
	const struct usage *usage;
	const char *method, *key;    /* the array in the reply */
	struct json_object *told;    /* what is in the arrays of all parts */
	struct json_object *claims;  /* those of the file, for DiffState */
	uint64_t state;		     /* which all parts are about */
	bool has_begun, has_changed; /* ... since the first part */
	bool more;
};

static enum exit_code ask_part(struct asking *asking, struct json_object *parameters)
{
	_cleanup_json_ struct json_object *reply = NULL;
	const char *program = asking->usage->program;
	struct json_object *part;
	enum exit_code code;
	uint64_t state;

	code = session_call(asking->cli,
			    &(struct session_call){ .program = program,
						    .method = asking->method,
						    .parameters = parameters },
			    &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	asking->more = false;
	(void)json_get_bool(reply, "more", &asking->more);
	if (json_get_array(reply, asking->key, &part) < 0 ||
	    json_get_u64(reply, "state", &state) < 0 ||
	    (asking->more && json_object_array_length(part) == 0))
		return session_bad_reply(asking->cli, program);
	asking->has_changed = asking->has_begun && asking->state != state;
	asking->has_begun = true;
	asking->state = state;
	if (json_append_all(asking->told, part) < 0)
		return session_no_memory(asking->cli, program);
	return EXIT_CODE_DONE;
}

/* Calls @ask, which asks for all parts, until they are of one state. */
static enum exit_code ask_for_one_state(struct asking *asking,
					enum exit_code (*ask)(struct asking *asking))
{
	enum exit_code code;

	for (int i = 0; i < TRIES; i++) {
		(void)json_object_put(asking->told);
		asking->told = json_object_new_array();
		asking->has_begun = false;
		asking->has_changed = false;
		if (!asking->told)
			return session_no_memory(asking->cli, asking->usage->program);
		code = ask(asking);
		if (code != EXIT_CODE_DONE || !asking->has_changed)
			return code;
	}
	fprintf(asking->cli->err,
		"%s: others changed claims during each of %d attempts to compare them; nothing was "
		"changed, try again when the other changes have ended\n",
		asking->usage->program, TRIES);
	return EXIT_CODE_FAILED;
}

/* ---- the difference ---- */

static enum exit_code check_names(struct cli *cli, const struct usage *usage,
				  struct json_object *claims)
{
	size_t nameless;

	if (state_parts_sort(claims, &nameless))
		return EXIT_CODE_DONE;
	fprintf(cli->err, "%s: claims[%zu] has no name (give each a name of its own)\n",
		usage->program, nameless);
	return EXIT_CODE_USAGE;
}

static enum exit_code ask_in_parts(struct asking *asking)
{
	enum exit_code code = check_names(asking->cli, asking->usage, asking->claims);
	size_t at = 0;

	while (code == EXIT_CODE_DONE && !asking->has_changed &&
	       at < json_object_array_length(asking->claims))
		code = ask_part(asking, state_parts_next(asking->claims, &at));
	state_parts_order(asking->told);
	return code;
}

/* The parameters; NULL when there is no memory. */
static struct json_object *whole_state(struct json_object *claims)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || json_add(parameters, "claims", json_object_get(claims)) < 0)
		return NULL;
	return TAKE_PTR(parameters);
}

static enum exit_code ask_whole(struct asking *asking)
{
	return ask_part(asking, whole_state(asking->claims));
}

static enum exit_code ask_diff(struct cli *cli, const struct usage *usage, const char *path,
			       struct json_object **ret_changes)
{
	struct asking asking = {
		.cli = cli, .usage = usage, .method = "DiffState", .key = "changes"
	};
	_cleanup_json_ struct json_object *claims = NULL;
	enum exit_code code = read_claims(cli, usage, path, &claims);

	if (code != EXIT_CODE_DONE)
		return code;
	asking.claims = claims;
	code = ask_for_one_state(&asking, state_parts_needed(claims) ? ask_in_parts : ask_whole);
	if (code == EXIT_CODE_DONE)
		*ret_changes = TAKE_PTR(asking.told);
	(void)json_object_put(asking.told);
	return code;
}

static enum exit_code print_diff(struct cli *cli, const struct usage *usage,
				 const struct state_diff *diff)
{
	_cleanup_free_ char *text = state_diff_to_text(diff);

	if (!text)
		return session_no_memory(cli, usage->program);
	if (diff->changes.count == 0)
		fprintf(cli->err, "nothing to change\n");
	return output_text(cli, usage->program, text);
}

/* ---- its changes ---- */

static enum exit_code call_apply(struct cli *cli, const struct usage *usage,
				 const struct change_later *later, struct json_object *parameters)
{
	const struct change change = { .usage = usage,
				       .method = "Apply",
				       .parameters = parameters,
				       .later = *later,
				       .in_parts = true };
	_cleanup_json_ struct json_object *outcome = NULL;
	struct json_object *done;
	enum exit_code code = change_run(cli, &change, &outcome);

	if (code != EXIT_CODE_DONE || later->no_wait)
		return code;
	if (json_get_array(outcome, "done", &done) < 0)
		return session_bad_reply(cli, usage->program);
	return apply_report(cli->err, usage->program, done);
}

/* A part of a state, which is fulfilled with the last one. */
static enum exit_code add_state(struct cli *cli, const struct usage *usage,
				struct json_object *parameters)
{
	return session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "AddState",
						    .asks_change = true,
						    .parameters = parameters },
			    NULL);
}

static enum exit_code apply_in_parts(struct cli *cli, const struct usage *usage,
				     const struct change_later *later, struct json_object *claims)
{
	enum exit_code code = check_names(cli, usage, claims);
	size_t at = 0;

	while (code == EXIT_CODE_DONE && at < json_object_array_length(claims)) {
		struct json_object *parameters = state_parts_next(claims, &at);

		code = at < json_object_array_length(claims)
			       ? add_state(cli, usage, parameters)
			       : call_apply(cli, usage, later, parameters);
	}
	return code;
}

static enum exit_code apply_state(struct cli *cli, const struct usage *usage,
				  const struct state_request *request)
{
	_cleanup_json_ struct json_object *claims = NULL;
	enum exit_code code;

	cli->debug = request->debug;
	code = read_claims(cli, usage, request->path, &claims);
	if (code != EXIT_CODE_DONE)
		return code;
	if (state_parts_needed(claims))
		return apply_in_parts(cli, usage, &request->later, claims);
	return call_apply(cli, usage, &request->later, whole_state(claims));
}

/* ---- the verbs ---- */

/* Prints the difference, once all of it is understood. */
static enum exit_code print_for_people(struct cli *cli, const struct usage *usage,
				       struct json_object *changes)
{
	struct state_diff diff = STATE_DIFF_NULL;
	enum exit_code code;
	int rc = state_diff_read(changes, &diff);

	if (rc == -ENOMEM)
		code = session_no_memory(cli, usage->program);
	else if (rc < 0)
		code = session_bad_reply(cli, usage->program);
	else
		code = print_diff(cli, usage, &diff);
	state_diff_deinit(&diff);
	return code;
}

static enum exit_code show_difference(struct cli *cli, const struct usage *usage,
				      const struct state_request *request)
{
	_cleanup_json_ struct json_object *changes = NULL;
	enum exit_code code;

	cli->debug = request->debug;
	code = ask_diff(cli, usage, request->path, &changes);
	if (code != EXIT_CODE_DONE)
		return code;
	if (!request->human && !cli->out_is_terminal)
		return output_json(cli, usage->program, changes);
	return print_for_people(cli, usage, changes);
}

enum exit_code cmd_apply(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	struct state_request request = { .path = NULL };
	const struct option options[] = {
		OPTION_FLAG(0, "dry-run", &request.dry_run, "show the changes and make none"),
		CHANGE_LATER_OPTIONS(&request.later),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc = parse_state(usage, options, argc, argv, &request);

	if (rc == 0)
		rc = change_allowed(cli, usage, request.dry_run, &request.later);
	if (rc != 0)
		return options_exit_code(rc);
	return request.dry_run ? show_difference(cli, usage, &request)
			       : apply_state(cli, usage, &request);
}

enum exit_code cmd_diff(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	struct state_request request = { .path = NULL };
	const struct option options[] = {
		OPTION_FLAG('u', "human", &request.human, "one line per change, for people"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc = parse_state(usage, options, argc, argv, &request);

	if (rc != 0)
		return options_exit_code(rc);
	return show_difference(cli, usage, &request);
}

/* Takes only the claims from the reply: the file may have no other member. */
static enum exit_code print_state(struct cli *cli, const struct usage *usage,
				  struct json_object *claims)
{
	_cleanup_json_ struct json_object *document = json_object_new_object();

	if (!document || json_add(document, "claims", json_object_get(claims)) < 0)
		return session_no_memory(cli, usage->program);
	return output_json(cli, usage->program, document);
}

/* Each part is of those behind the last one that is there already. */
static enum exit_code ask_for_claims(struct asking *asking)
{
	enum exit_code code;

	do {
		const size_t count = json_object_array_length(asking->told);
		struct json_object *parameters = json_object_new_object();
		const char *after = NULL;

		if (count > 0)
			(void)json_get_string(json_object_array_get_idx(asking->told, count - 1),
					      "name", &after);
		if (!parameters || json_add_string(parameters, "after", after) < 0) {
			(void)json_object_put(parameters);
			return session_no_memory(asking->cli, asking->usage->program);
		}
		code = ask_part(asking, parameters);
	} while (code == EXIT_CODE_DONE && asking->more && !asking->has_changed);
	return code;
}

enum exit_code cmd_export(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	bool debug = false;
	const struct option options[] = {
		OPTION_FLAG(0, "debug", &debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	struct asking asking = {
		.cli = cli, .usage = usage, .method = "ExportState", .key = "claims"
	};
	struct arguments arguments;
	enum exit_code code;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc == 0 && arguments.count > 0)
		rc = options_complain(usage, "\"%s\" is too much: send the output to a file",
				      arguments.items[0]);
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = debug;
	code = ask_for_one_state(&asking, ask_for_claims);
	if (code == EXIT_CODE_DONE)
		code = print_state(cli, usage, asking.told);
	(void)json_object_put(asking.told);
	return code;
}

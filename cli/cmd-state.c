// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of declared state: apply, diff, export. cxlfmd answers the difference between a state
 * and the claims; diff prints it, and apply asks for one change after the other, as other verbs do.
 */
#include <errno.h>
#include <string.h>

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
	for (size_t i = 0; i < json_object_array_length(part); i++)
		if (json_append(asking->told, json_object_get(json_object_array_get_idx(part, i))) <
		    0)
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
		"%s: others changed claims each of the %d times that they were asked for in parts; "
		"nothing was changed, try again when they have ended\n",
		asking->usage->program, TRIES);
	return EXIT_CODE_FAILED;
}

/* ---- the difference ---- */

static enum exit_code ask_in_parts(struct asking *asking)
{
	enum exit_code code = EXIT_CODE_DONE;
	size_t at = 0, nameless;

	if (!state_parts_sort(asking->claims, &nameless)) {
		fprintf(asking->cli->err,
			"%s: claims[%zu] has no name (give each a name of its own)\n",
			asking->usage->program, nameless);
		return EXIT_CODE_USAGE;
	}
	while (code == EXIT_CODE_DONE && !asking->has_changed &&
	       at < json_object_array_length(asking->claims))
		code = ask_part(asking, state_parts_next(asking->claims, &at));
	state_parts_order(asking->told);
	return code;
}

static enum exit_code ask_whole(struct asking *asking)
{
	struct json_object *parameters = json_object_new_object();

	if (parameters && json_add(parameters, "claims", json_object_get(asking->claims)) < 0) {
		(void)json_object_put(parameters);
		parameters = NULL;
	}
	return ask_part(asking, parameters);
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

/* @parameters: NULL is a failed allocation */
static enum exit_code call_change(struct cli *cli, const struct usage *usage, const char *method,
				  struct json_object *parameters)
{
	const struct change change = {
		.usage = usage,
		.method = method,
		.parameters = parameters,
	};

	return change_run(cli, &change, NULL);
}

static void report_done(struct cli *cli, const char *what, const char *name, const char *how)
{
	fprintf(cli->err, "%s ", what);
	text_put(cli->err, name);
	fprintf(cli->err, "%s\n", how);
}

static enum exit_code remove_claim(struct cli *cli, const struct usage *usage, const char *name)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	enum exit_code code;

	if (!parameters || json_add_string(parameters, "claim", name) < 0 ||
	    json_add_bool(parameters, "keep_region", false) < 0 ||
	    json_add_bool(parameters, "force", false) < 0)
		return session_no_memory(cli, usage->program);
	code = call_change(cli, usage, "RemoveRegion", TAKE_PTR(parameters));
	if (code == EXIT_CODE_DONE)
		report_done(cli, "removed", name, "");
	return code;
}

/* The memory of an adopted claim was made by others, and stays. */
static enum exit_code forget_claim(struct cli *cli, const struct usage *usage, const char *name)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	enum exit_code code;

	if (!parameters || json_add_string(parameters, "claim", name) < 0)
		return session_no_memory(cli, usage->program);
	code = call_change(cli, usage, "ForgetClaim", TAKE_PTR(parameters));
	if (code == EXIT_CODE_DONE)
		report_done(cli, "forgot", name, "");
	return code;
}

static enum exit_code apply_claim(struct cli *cli, const struct usage *usage,
				  const struct state_change *change)
{
	const bool in_place = change->action == STATE_ACTION_CHANGE && !change->anew;
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	enum exit_code code;

	if (!parameters || json_add(parameters, "claim", json_object_get(change->claim)) < 0 ||
	    (change->anew && json_add_bool(parameters, "anew", true) < 0))
		return session_no_memory(cli, usage->program);
	code = call_change(cli, usage, "ApplyClaim", TAKE_PTR(parameters));
	if (code == EXIT_CODE_DONE)
		report_done(cli, in_place ? "changed" : "made", change->name,
			    change->anew ? " anew" : "");
	return code;
}

static enum exit_code make_change(struct cli *cli, const struct usage *usage,
				  const struct state_change *change)
{
	if (change->action == STATE_ACTION_FORGET)
		return forget_claim(cli, usage, change->name);
	if (change->action == STATE_ACTION_REMOVE)
		return remove_claim(cli, usage, change->name);
	return apply_claim(cli, usage, change);
}

/* Stops at the first change that fails: later ones may need the capacity that it would have freed.
 */
static enum exit_code make_changes(struct cli *cli, const struct usage *usage,
				   const struct state_diff *diff)
{
	const size_t count = diff->changes.count;
	enum exit_code code = EXIT_CODE_DONE;
	size_t done = 0;

	if (count == 0)
		fprintf(cli->err, "nothing to change\n");
	while (done < count && code == EXIT_CODE_DONE) {
		code = make_change(cli, usage, &diff->changes.items[done]);
		if (code == EXIT_CODE_DONE)
			done++;
	}
	if (count > 0)
		fprintf(cli->err, "applied %zu change%s", done, done == 1 ? "" : "s");
	if (done < count)
		fprintf(cli->err, ", %zu left", count - done);
	if (count > 0)
		fputc('\n', cli->err);
	return code;
}

/* ---- the verbs ---- */

typedef enum exit_code diff_fn(struct cli *cli, const struct usage *usage,
			       const struct state_diff *diff);

/* Calls @use with the difference, once all parts are read. */
static enum exit_code with_diff(struct cli *cli, const struct usage *usage,
				struct json_object *changes, diff_fn *use)
{
	struct state_diff diff = STATE_DIFF_NULL;
	enum exit_code code;
	int rc = state_diff_read(changes, &diff);

	if (rc == -ENOMEM)
		code = session_no_memory(cli, usage->program);
	else if (rc < 0)
		code = session_bad_reply(cli, usage->program);
	else
		code = use(cli, usage, &diff);
	state_diff_deinit(&diff);
	return code;
}

static enum exit_code run_state(struct cli *cli, const struct usage *usage,
				const struct state_request *request, diff_fn *use)
{
	_cleanup_json_ struct json_object *changes = NULL;
	enum exit_code code;

	cli->debug = request->debug;
	code = ask_diff(cli, usage, request->path, &changes);
	if (code != EXIT_CODE_DONE)
		return code;
	if (use == print_diff && !request->human && !cli->out_is_terminal)
		return output_json(cli, usage->program, changes);
	return with_diff(cli, usage, changes, use);
}

enum exit_code cmd_apply(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	struct state_request request = { .path = NULL };
	const struct option options[] = {
		OPTION_FLAG(0, "dry-run", &request.dry_run, "show the changes and make none"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc = parse_state(usage, options, argc, argv, &request);

	if (rc == 0)
		rc = change_allowed(cli, usage, request.dry_run, NULL);
	if (rc != 0)
		return options_exit_code(rc);
	return run_state(cli, usage, &request, request.dry_run ? print_diff : make_changes);
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
	return run_state(cli, usage, &request, print_diff);
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

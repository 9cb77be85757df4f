// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes as the command line sees them. The daemon tells of each step before the step begins; a
 * line on the terminal shows the newest step.
 */
#include "cli/change.h"

#include <string.h>

#include "cli/apply-report.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/text.h"
#include "util/json.h"

static bool on_reply(void *userdata, struct json_object *parameters)
{
	struct json_object *outcome;

	if (json_get_object(parameters, "outcome", &outcome) == 0)
		apply_report_progress(userdata, outcome);
	return true;
}

static void on_message(void *userdata)
{
	progress_clear(userdata);
}

int change_allowed(const struct cli *cli, const struct usage *usage, bool dry_run,
		   const struct change_later *later)
{
	if (dry_run && later && (later->no_wait || later->request_id))
		return options_complain(
			usage, "--dry-run: a plan is shown at once, and is not kept: leave "
			       "--no-wait and --request out");
	if (!cli->snapshot_path || dry_run)
		return 0;
	return options_complain(usage,
				"--snapshot: a record can't be changed: add --dry-run to see "
				"the plan");
}

static enum exit_code show_plan(struct cli *cli, const struct change *change,
				struct json_object *outcome)
{
	struct json_object *plan, *changes = NULL;

	if (json_get_object(outcome, "plan", &plan) < 0)
		return session_bad_reply(cli, change->usage->program);
	(void)json_get_array(outcome, "changes", &changes);
	if (change->human || cli->out_is_terminal)
		return output_plan(cli, change->usage->program, plan, changes);
	return output_json(cli, change->usage->program, outcome);
}

static int add_manner(struct json_object *parameters, const struct change *change, bool dry_run)
{
	if (!change->in_parts && json_add_bool(parameters, "dry_run", dry_run) < 0)
		return -1;
	if (dry_run)
		return 0;
	if (change->later.no_wait && json_add_bool(parameters, "no_wait", true) < 0)
		return -1;
	return json_add_string(parameters, "request_id", change->later.request_id);
}

static enum exit_code take_outcome(struct cli *cli, const char *program, struct json_object *reply,
				   struct json_object **ret_outcome)
{
	struct json_object *outcome;

	if (json_get_object(reply, "outcome", &outcome) < 0)
		return session_bad_reply(cli, program);
	*ret_outcome = json_object_get(outcome);
	return EXIT_CODE_DONE;
}

static enum session_interrupt when_interrupted(const struct change *change, bool dry_run)
{
	if (dry_run || change->later.no_wait)
		return SESSION_INTERRUPT_KILLS;
	return change->in_parts ? SESSION_INTERRUPT_STOPS : SESSION_INTERRUPT_UNDOES;
}

static enum exit_code call_daemon(struct cli *cli, const struct change *change, bool dry_run,
				  struct json_object *parameters, struct json_object **ret_outcome)
{
	struct progress progress = {
		.stream = cli->debug ? NULL : cli->terminal,
		.columns = cli->columns,
	};
	const struct session_call call = {
		.program = change->usage->program,
		.method = change->method,
		.parameters = parameters,
		/* Without a terminal to show them on, steps would only wake this process. */
		.more = (progress.stream || cli->debug) && !dry_run && !change->later.no_wait,
		.asks_change = true,
		.interrupt = when_interrupted(change, dry_run),
		.remark_code = change->remark_code,
		.remark = change->remark,
		.on_reply = on_reply,
		.on_message = on_message,
		.userdata = &progress,
	};
	_cleanup_json_ struct json_object *reply = NULL;
	enum exit_code code;

	if (parameters && add_manner(parameters, change, dry_run) < 0) {
		(void)json_object_put(parameters);
		return session_no_memory(cli, call.program);
	}
	code = session_call(cli, &call, &reply);
	progress_clear(&progress);
	if (code != EXIT_CODE_DONE)
		return code;
	return take_outcome(cli, call.program, reply, ret_outcome);
}

/* Has the change planned first, and prints the warnings of the plan. A refused plan ends the
 * change. */
static enum exit_code warn(struct cli *cli, const struct change *change)
{
	_cleanup_json_ struct json_object *outcome = NULL;
	struct json_object *plan, *remarks;
	enum exit_code code;

	code = call_daemon(cli, change, true, json_object_get(change->parameters), &outcome);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_object(outcome, "plan", &plan) == 0 &&
	    json_get_array(plan, "refusals", &remarks) == 0 &&
	    json_object_array_length(remarks) > 0) {
		fprintf(cli->err, "%s: --force goes on in spite of this:\n",
			change->usage->program);
		report_refusals(cli->err, plan, "refusals");
	}
	return EXIT_CODE_DONE;
}

static enum exit_code show_id(struct cli *cli, const struct change *change,
			      struct json_object *outcome)
{
	const char *id;

	if (json_get_string(outcome, "change", &id) < 0)
		return session_bad_reply(cli, change->usage->program);
	text_put(cli->out, id);
	fputc('\n', cli->out);
	if (output_end(cli, change->usage->program) == EXIT_CODE_DONE)
		return EXIT_CODE_DONE;
	fprintf(cli->err, "  the change goes on: 'cxlfm changes' shows its id\n");
	return EXIT_CODE_UNKNOWN;
}

enum exit_code change_run(struct cli *cli, const struct change *change,
			  struct json_object **ret_outcome)
{
	_cleanup_json_ struct json_object *parameters = change->parameters, *outcome = NULL;
	enum exit_code code = EXIT_CODE_DONE;

	if (parameters && change->force && !change->dry_run)
		code = warn(cli, change);
	if (code == EXIT_CODE_DONE)
		code = call_daemon(cli, change, change->dry_run, TAKE_PTR(parameters), &outcome);
	if (code != EXIT_CODE_DONE)
		return code;
	if (change->dry_run)
		return show_plan(cli, change, outcome);
	if (change->later.no_wait)
		return show_id(cli, change, outcome);
	if (ret_outcome)
		*ret_outcome = TAKE_PTR(outcome);
	return EXIT_CODE_DONE;
}

/* Asks for the region once more, with numbers for people; NULL when the daemon does not answer. */
static struct json_object *list_region(struct cli *cli, const struct change *change,
				       const char *region)
{
	_cleanup_json_ struct json_object *parameters = NULL, *reply = NULL;
	struct json_object *list;

	parameters = json_tokener_parse("{\"options\":{\"show\":[\"targets\",\"regions\",\"dax\"],"
					"\"idle\":true,\"human\":true}}");
	if (!parameters ||
	    json_add_string(json_object_object_get(parameters, "options"), "region", region) < 0)
		return NULL;
	if (session_call(cli,
			 &(struct session_call){ .program = change->usage->program,
						 .method = "List",
						 .parameters = TAKE_PTR(parameters) },
			 &reply) != EXIT_CODE_DONE)
		return NULL;
	if (json_get_array(reply, "list", &list) < 0 || json_object_array_length(list) != 1)
		return NULL;
	return json_object_get(json_object_array_get_idx(list, 0));
}

/* Adds nothing when the outcome has no claim. */
static int add_claim(struct json_object *result, struct json_object *outcome)
{
	const char *claim = NULL;

	(void)json_get_string(outcome, "claim", &claim);
	return json_add_string(result, "claim", claim);
}

/* A user who has not named a claim would wonder who makes the region again. */
void change_tell_claim(struct cli *cli, struct json_object *outcome)
{
	const char *claim;

	if (json_get_string(outcome, "claim", &claim) < 0)
		return;
	fputs("kept as claim ", cli->err);
	text_put(cli->err, claim);
	fputs("; `cxlfm forget ", cli->err);
	text_put(cli->err, claim);
	fputs("` ends the claim\n", cli->err);
}

/* A change whose result can't be printed is done all the same: the exit code that means "nothing
 * was changed" would be wrong. */
static enum exit_code print_result(struct cli *cli, const struct change *change,
				   struct json_object *result)
{
	if (output_json(cli, change->usage->program, result) == EXIT_CODE_DONE)
		return EXIT_CODE_DONE;
	fprintf(cli->err, "  the change is made: 'cxlfm list -RDi' shows what is there now\n");
	return EXIT_CODE_UNKNOWN;
}

/* The region of an outcome in the form for printing; a new reference, or NULL. */
static struct json_object *outcome_region(struct cli *cli, const struct change *change,
					  struct json_object *outcome)
{
	struct json_object *region, *human = NULL;
	const char *name;

	if (json_get_object(outcome, "region", &region) < 0)
		return NULL;
	if ((change->human || cli->out_is_terminal) &&
	    json_get_string(region, "region", &name) == 0)
		human = list_region(cli, change, name);
	return human ? human : json_object_get(region);
}

enum exit_code change_print_region(struct cli *cli, const struct change *change,
				   struct json_object *outcome)
{
	_cleanup_json_ struct json_object *region = outcome_region(cli, change, outcome);

	if (!region)
		return session_bad_reply(cli, change->usage->program);
	if (add_claim(region, outcome) < 0)
		return session_no_memory(cli, change->usage->program);
	return print_result(cli, change, region);
}

enum exit_code change_print_memory(struct cli *cli, const struct change *change,
				   struct json_object *outcome)
{
	_cleanup_json_ struct json_object *result = json_object_new_object();
	_cleanup_json_ struct json_object *region = outcome_region(cli, change, outcome);
	const char *device = NULL;
	int node;

	if (!region)
		return session_bad_reply(cli, change->usage->program);
	(void)json_get_string(outcome, "dax_device", &device);
	if (!result || json_add(result, "region", TAKE_PTR(region)) < 0 ||
	    json_add_string(result, "dax_device", device) < 0 ||
	    (json_get_int(outcome, "node", &node) == 0 && json_add_int(result, "node", node) < 0) ||
	    add_claim(result, outcome) < 0)
		return session_no_memory(cli, change->usage->program);
	return print_result(cli, change, result);
}

static enum exit_code print_end(struct cli *cli, const struct change *change, const char *id,
				struct json_object *outcome)
{
	struct json_object *done;

	if (json_get_array(outcome, "done", &done) == 0)
		return apply_report(cli->err, change->usage->program, done);
	if (json_object_object_get_ex(outcome, "region", NULL))
		return change_print_memory(cli, change, outcome);
	text_put(cli->err, id);
	fputs(": done\n", cli->err);
	return EXIT_CODE_DONE;
}

enum exit_code change_wait(struct cli *cli, const struct usage *usage, const char *id)
{
	struct progress progress = {
		.stream = cli->debug ? NULL : cli->terminal,
		.columns = cli->columns,
	};
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	_cleanup_json_ struct json_object *reply = NULL, *outcome = NULL;
	const struct change change = { .usage = usage };
	enum exit_code code;

	if (!parameters || json_add_string(parameters, "id", id) < 0)
		return session_no_memory(cli, usage->program);
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "WaitChange",
						    .parameters = TAKE_PTR(parameters),
						    .more = progress.stream || cli->debug,
						    .patience_msec = UINT64_MAX,
						    .on_reply = on_reply,
						    .on_message = on_message,
						    .userdata = &progress },
			    &reply);
	progress_clear(&progress);
	if (code == EXIT_CODE_DONE)
		code = take_outcome(cli, usage->program, reply, &outcome);
	return code == EXIT_CODE_DONE ? print_end(cli, &change, id, outcome) : code;
}

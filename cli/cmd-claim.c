// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of claims that change nothing on the host: adopt, forget, wait.
 */
#include "cli/change.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/target.h"
#include "util/json.h"

/* ---- adopt, forget ---- */

struct claim_request {
	const char *target; /* the argument: a region or a claim */
	const char *claim, *drift;
	struct change_later later;
	bool dry_run, human, debug;
};

/* @kind: the name of the argument in the synopsis, @example: an argument for the complaint */
static int parse_target(const struct cli *cli, const struct usage *usage,
			const struct option *options, int argc, const char **argv, const char *kind,
			const char *example, struct claim_request *request)
{
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return rc;
	if (arguments.count == 0 || !*arguments.items[0])
		return options_complain(usage, "%s is %s: name one, such as %s", kind,
					arguments.count == 0 ? "missing" : "empty", example);
	if (arguments.count > 1)
		return options_complain(usage, "\"%s\" is one name too many: take one at a time",
					arguments.items[1]);
	request->target = arguments.items[0];
	return change_allowed(cli, usage, request->dry_run, &request->later);
}

static enum exit_code adopt(struct cli *cli, const struct usage *usage,
			    const struct claim_request *request)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object(), *outcome = NULL;
	struct change change = {
		.usage = usage,
		.method = "AdoptRegion",
		.later = request->later,
		.dry_run = request->dry_run,
		.human = request->human,
	};
	struct target target;
	enum exit_code code = target_resolve(cli, usage, &request->target, 1, true, &target);

	if (code != EXIT_CODE_DONE)
		return code;
	/* A claim in place of a region is refused by the daemon, which has the better message. */
	if (!parameters ||
	    json_add_string(parameters, "region", target.region ? target.region : request->target) <
		    0 ||
	    json_add_string(parameters, "claim", request->claim) < 0 ||
	    json_add_string(parameters, "drift", request->drift) < 0)
		return session_no_memory(cli, usage->program);
	change.parameters = TAKE_PTR(parameters);
	code = change_run(cli, &change, &outcome);
	if (!outcome)
		return code;
	return change_print_region(cli, &change, outcome);
}

enum exit_code cmd_adopt(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	static const char *const drifts[] = { "mend", "leave", NULL };
	struct claim_request request = { .target = NULL };
	const struct option options[] = {
		OPTION_CLAIM_NAME("name", &request.claim, "of the claim; else one is made up"),
		OPTION_CHOICE(0, "drift", "POLICY", drifts, &request.drift,
			      "changes by others: mend (the default) or leave them"),
		CHANGE_LATER_OPTIONS(&request.later),
		OPTION_FLAG(0, "dry-run", &request.dry_run, "show the region and make no claim"),
		OPTION_FLAG('u', "human", &request.human, "numbers for people"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc = parse_target(cli, usage, options, argc, argv, "REGION", "region0", &request);

	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = request.debug;
	return adopt(cli, usage, &request);
}

static enum exit_code forget(struct cli *cli, const struct usage *usage,
			     const struct claim_request *request)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object(), *outcome = NULL;
	struct change change = {
		.usage = usage,
		.method = "ForgetClaim",
		.later = request->later,
		.dry_run = request->dry_run,
		.human = request->human,
	};
	enum exit_code code;

	if (!parameters || json_add_string(parameters, "claim", target_claim(request->target)) < 0)
		return session_no_memory(cli, usage->program);
	change.parameters = TAKE_PTR(parameters);
	code = change_run(cli, &change, &outcome);
	if (outcome)
		fprintf(cli->err, "%s: forgotten\n", target_claim(request->target));
	return code;
}

enum exit_code cmd_forget(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	struct claim_request request = { .target = NULL };
	const struct option options[] = {
		CHANGE_LATER_OPTIONS(&request.later),
		OPTION_FLAG(0, "dry-run", &request.dry_run,
			    "show the region that would stay, and end no claim"),
		OPTION_FLAG('u', "human", &request.human, "numbers for people"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc = parse_target(cli, usage, options, argc, argv, "CLAIM", "database", &request);

	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = request.debug;
	return forget(cli, usage, &request);
}

/* ---- wait ---- */

#define TIMEOUT_SECONDS_MAX 86400

struct wait_request {
	const char *condition, *change; /* or NULL */
	int timeout_seconds;
	bool debug;
};

static struct json_object *make_wait_parameters(const struct wait_request *request,
						const struct arguments *names)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	_cleanup_json_ struct json_object *claims = NULL;

	if (names->count > 0)
		claims = json_object_new_array();
	for (size_t i = 0; claims && i < names->count; i++)
		if (json_append(claims, json_object_new_string(target_claim(names->items[i]))) < 0)
			return NULL;
	if (!parameters ||
	    (names->count > 0 && json_add(parameters, "claims", TAKE_PTR(claims)) < 0) ||
	    json_add_string(parameters, "condition",
			    request->condition ? request->condition : "Online") < 0)
		return NULL;
	if (request->timeout_seconds != OPTION_INTEGER_UNSET &&
	    json_add_int(parameters, "timeout_ms", INT64_C(1000) * request->timeout_seconds) < 0)
		return NULL;
	return TAKE_PTR(parameters);
}

enum exit_code cmd_wait(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	static const char *const conditions[] = { "Planned", "Carved",	"Online", "Degraded",
						  "Lost",    "Stalled", NULL };
	struct wait_request request = { .timeout_seconds = OPTION_INTEGER_UNSET };
	const struct option options[] = {
		OPTION_CHOICE(0, "for", "CONDITION", conditions, &request.condition,
			      "which all claims have to meet; else Online"),
		OPTION_INTEGER(0, "timeout", "SECONDS", 0, TIMEOUT_SECONDS_MAX,
			       &request.timeout_seconds, "give up after this time; else never"),
		OPTION_TEXT(0, "change", "ID", &request.change,
			    "wait for the end of a change instead"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	struct arguments names;
	int rc = options_parse(usage, options, argc, argv, false, &names);

	for (size_t i = 0; rc == 0 && i < names.count; i++)
		if (!*names.items[i])
			rc = options_complain(usage,
					      "a name is empty: name claims, or none for all");
	if (rc == 0 && request.change &&
	    (names.count || request.condition || request.timeout_seconds != OPTION_INTEGER_UNSET))
		rc = options_complain(usage, "--change waits for the end of one change: leave "
					     "claims, --for and --timeout out");
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = request.debug;
	if (request.change)
		return change_wait(cli, usage, request.change);
	return session_call(
		cli,
		&(struct session_call){
			.program = usage->program,
			.method = "WaitClaims",
			.parameters = make_wait_parameters(&request, &names),
			.patience_msec =
				request.timeout_seconds == OPTION_INTEGER_UNSET
					? UINT64_MAX
					: UINT64_C(1000) * (uint64_t)request.timeout_seconds,
		},
		NULL);
}

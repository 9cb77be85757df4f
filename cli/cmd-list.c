// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cxlfm list`: the options of cxl-list(1) become a request; the daemon knows which options imply
 * others.
 * --tree and --claims are requests of their own.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "cli/claims-human.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "util/json-text.h"
#include "util/json.h"

/* -vvvv means -vvv, as in cxl(1). */
#define VERBOSE_MAX 3

struct list_request {
	const char *memdev, *serial, *bus, *port, *endpoint, *decoder, *region;
	bool memdevs, buses, ports, endpoints, decoders, targets, regions, dax, health, partition;
	bool alert_config, firmware, media_errors;
	bool single, idle, human, tree, claims, debug;
	int verbose;
};

/* The kinds of objects and details to list, by their names in the interface. */
static int add_show(struct json_object *options, const struct list_request *request)
{
	const struct {
		bool wanted;
		const char *name;
	} table[] = {
		{ request->buses, "buses" },
		{ request->ports, "ports" },
		{ request->endpoints, "endpoints" },
		{ request->decoders, "decoders" },
		{ request->memdevs, "memdevs" },
		{ request->targets, "targets" },
		{ request->regions, "regions" },
		{ request->dax, "dax" },
		{ request->health, "health" },
		{ request->partition, "partition" },
		{ request->alert_config, "alert_config" },
		{ request->firmware, "firmware" },
		{ request->media_errors, "media_errors" },
	};
	_cleanup_json_ struct json_object *show = json_object_new_array();

	if (!show)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].wanted && json_append(show, json_object_new_string(table[i].name)) < 0)
			return -ENOMEM;
	if (json_object_array_length(show) == 0)
		return 0;
	return json_add(options, "show", TAKE_PTR(show));
}

static int add_flag(struct json_object *options, const char *key, bool flag)
{
	return flag ? json_add_bool(options, key, true) : 0;
}

static struct json_object *make_parameters(const struct list_request *request)
{
	const int verbose = request->verbose < VERBOSE_MAX ? request->verbose : VERBOSE_MAX;
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	struct json_object *options;

	if (!parameters || json_add(parameters, "options", json_object_new_object()) < 0 ||
	    json_get_object(parameters, "options", &options) < 0)
		return NULL;
	if (add_show(options, request) < 0 ||
	    json_add_string(options, "memdev", request->memdev) < 0 ||
	    json_add_string(options, "serial", request->serial) < 0 ||
	    json_add_string(options, "bus", request->bus) < 0 ||
	    json_add_string(options, "port", request->port) < 0 ||
	    json_add_string(options, "endpoint", request->endpoint) < 0 ||
	    json_add_string(options, "decoder", request->decoder) < 0 ||
	    json_add_string(options, "region", request->region) < 0 ||
	    add_flag(options, "single", request->single) < 0 ||
	    add_flag(options, "idle", request->idle) < 0 ||
	    add_flag(options, "human", request->human) < 0 ||
	    (verbose > 0 && json_add_int(options, "verbose", verbose) < 0))
		return NULL;
	return TAKE_PTR(parameters);
}

static int parse(const struct usage *usage, int argc, const char **argv,
		 struct list_request *request)
{
	const struct option options[] = {
		OPTION_TEXT('m', "memdev", "LIST", &request->memdev,
			    "only these memdevs (and what leads to them)"),
		OPTION_TEXT('s', "serial", "LIST", &request->serial,
			    "only memdevs with these serial numbers"),
		OPTION_FLAG('M', "memdevs", &request->memdevs, "show memdevs"),
		OPTION_TEXT('b', "bus", "LIST", &request->bus, "only these buses"),
		OPTION_FLAG('B', "buses", &request->buses, "show buses"),
		OPTION_TEXT('p', "port", "LIST", &request->port, "only these ports"),
		OPTION_FLAG('P', "ports", &request->ports, "show ports"),
		OPTION_FLAG('S', "single", &request->single, "without what lies below the port"),
		OPTION_TEXT('e', "endpoint", "LIST", &request->endpoint, "only these endpoints"),
		OPTION_FLAG('E', "endpoints", &request->endpoints, "show endpoints"),
		OPTION_TEXT('d', "decoder", "LIST", &request->decoder, "only these decoders"),
		OPTION_FLAG('D', "decoders", &request->decoders, "show decoders"),
		OPTION_FLAG('T', "targets", &request->targets,
			    "with the targets of decoders, ports and regions"),
		OPTION_TEXT('r', "region", "LIST", &request->region, "only these regions"),
		OPTION_FLAG('R', "regions", &request->regions, "show regions"),
		OPTION_FLAG('X', "dax", &request->dax, "with the dax devices of regions"),
		OPTION_FLAG('i', "idle", &request->idle, "disabled and unused objects, too"),
		OPTION_FLAG('u', "human", &request->human, "numbers for people"),
		OPTION_FLAG('H', "health", &request->health, "with the health of memdevs"),
		OPTION_FLAG('I', "partition", &request->partition,
			    "with the partitions of memdevs"),
		OPTION_FLAG('F', "firmware", &request->firmware, "with the firmware of memdevs"),
		OPTION_FLAG('A', "alert-config", &request->alert_config,
			    "with the alert thresholds of memdevs"),
		OPTION_FLAG('L', "media-errors", &request->media_errors,
			    "with the media errors of memdevs and regions"),
		OPTION_COUNT('v', "verbose", &request->verbose, "more; -vv, -vvv for still more"),
		OPTION_FLAG(0, "tree", &request->tree, "draw the topology for people"),
		OPTION_FLAG(0, "claims", &request->claims, "show the claims instead"),
		OPTION_FLAG(0, "debug", &request->debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return rc;
	if (arguments.count > 0)
		return options_complain(usage,
					"\"%s\" is not an option: filter by -m, -r, -d and so on",
					arguments.items[0]);
	if (request->single && !request->port)
		return options_complain(usage, "--single needs a port to stop at: give --port");
	return 0;
}

/* --tree and --claims show everything, so other options would have no effect, and are refused. */
static int check_alone(const struct usage *usage, const struct list_request *request,
		       struct json_object *parameters)
{
	struct json_object *options = NULL;
	int count;

	(void)json_get_object(parameters, "options", &options);
	count = json_object_object_length(options);
	if (request->claims && (request->tree || count > (request->human ? 1 : 0)))
		return options_complain(usage, "--claims shows all claims: leave the other "
					       "options but -u out");
	if (request->tree && count > 0)
		return options_complain(usage,
					"--tree shows everything: leave the other options out");
	return 0;
}

static enum exit_code ask(struct cli *cli, const struct usage *usage, const char *method,
			  struct json_object *parameters, struct json_object **ret_reply)
{
	const struct session_call call = {
		.program = usage->program,
		.method = method,
		.parameters = parameters,
	};

	return session_call(cli, &call, ret_reply);
}

static enum exit_code draw_tree(struct cli *cli, const struct usage *usage)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object(), *reply = NULL;
	const char *text;
	enum exit_code code;

	(void)setlocale(LC_CTYPE, "");
	if (parameters &&
	    json_add_bool(parameters, "unicode", strcmp(nl_langinfo(CODESET), "UTF-8") == 0) < 0)
		return session_no_memory(cli, usage->program);
	code = ask(cli, usage, "Tree", TAKE_PTR(parameters), &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_string(reply, "text", &text) < 0)
		return session_bad_reply(cli, usage->program);
	return output_text(cli, usage->program, text);
}

static enum exit_code print_claims(struct cli *cli, const struct usage *usage, bool human)
{
	_cleanup_json_ struct json_object *reply = NULL, *copy = NULL;
	struct json_object *claims;
	enum exit_code code;
	const char *text;

	code = ask(cli, usage, "ListClaims", json_object_new_object(), &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_get_array(reply, "claims", &claims) < 0)
		return session_bad_reply(cli, usage->program);
	copy = human ? claims_humanize(claims) : json_object_get(claims);
	text = copy ? json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN) : NULL;
	if (!text)
		return session_no_memory(cli, usage->program);
	return output_list(cli, usage->program, json_text_whole(text), human);
}

static enum exit_code print_list(struct cli *cli, const struct usage *usage,
				 struct json_object *parameters, bool human)
{
	_cleanup_free_ char *reply = NULL;
	struct json_span list;
	enum exit_code code;

	code = session_call_text(cli,
				 &(struct session_call){ .program = usage->program,
							 .method = "List",
							 .parameters = parameters },
				 &reply);
	if (code != EXIT_CODE_DONE)
		return code;
	if (json_text_member(json_text_whole(reply), "list", &list) < 0)
		return session_bad_reply(cli, usage->program);
	return output_list(cli, usage->program, list, human);
}

enum exit_code cmd_list(struct cli *cli, const struct usage *usage, int argc, const char **argv)
{
	_cleanup_json_ struct json_object *parameters = NULL;
	struct list_request request = { .memdev = NULL };
	int rc;

	rc = parse(usage, argc, argv, &request);
	if (rc != 0)
		return options_exit_code(rc);
	parameters = make_parameters(&request);
	if (!parameters)
		return session_no_memory(cli, usage->program);
	rc = check_alone(usage, &request, parameters);
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = request.debug;
	if (request.tree)
		return draw_tree(cli, usage);
	if (request.claims)
		return print_claims(cli, usage, request.human);
	return print_list(cli, usage, TAKE_PTR(parameters), request.human);
}

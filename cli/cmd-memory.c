// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of memory: add-memory, remove-memory, online-memory, offline-memory.
 */
#include <errno.h>
#include <string.h>

#include "cli/change.h"
#include "cli/command.h"
#include "cli/region-request.h"
#include "cli/session.h"
#include "cli/target.h"
#include "util/json.h"

/* A day: more than the kernel ever needs for a memory block, and far from any overflow. */
#define TIMEOUT_SECONDS_MAX 86400
/* include/linux/numa.h: MAX_NUMNODES is 1 << 10 at most. */
#define NODE_MAX 1023
/* A QoS class is a byte (CXL r3.1 9.17.3.1). */
#define QOS_CLASS_MAX 255

static const char *const zones[] = { "movable", "kernel", NULL };

/* The options of the verbs for memory that exists already. */
struct memory_request {
	const char *name, *zone;
	int timeout_seconds;
	struct change_later later;
	bool force, dry_run, human, debug;
};

#define MEMORY_REQUEST_NULL                                                                        \
	((struct memory_request){ .zone = "movable", .timeout_seconds = OPTION_INTEGER_UNSET })

/* ---- add-memory ---- */

struct add_request {
	struct wanted_region region;
	const char *memdevs, *zone, *mode;
	struct wanted_claim claim;
	struct change_later later;
	bool dry_run, human, debug;
};

static int parse_add(const struct usage *usage, int argc, const char **argv,
		     struct add_request *request)
{
	static const char *const types[] = { "ram", NULL };
	static const char *const modes[] = { "system-ram", "devdax", NULL };
	struct wanted_region *region = &request->region;
	const struct option options[] = {
		OPTION_WAYS('w', "ways", &region->ways, "interleave over N memdevs"),
		OPTION_GRANULARITY('g', "granularity", &region->granularity,
				   "of the interleave: 256 to 16384"),
		OPTION_TEXT('m', "memdevs", "LIST", &request->memdevs,
			    "use these memdevs: names, PCI addresses or serial:NUMBER"),
		OPTION_CHOICE('t', "type", "TYPE", types, &region->type, "of the capacity: ram"),
		OPTION_TEXT('d', "decoder", "DECODER", &region->decoder, "use this root decoder"),
		OPTION_INTEGER(0, "near-node", "NODE", 0, NODE_MAX, &region->near_node,
			       "prefer memory near this NUMA node"),
		OPTION_INTEGER(0, "qos-class", "CLASS", 0, QOS_CLASS_MAX, &region->qos_class,
			       "use memory of this QoS class"),
		OPTION_CHOICE(0, "zone", "ZONE", zones, &request->zone,
			      "movable (can be taken back) or kernel"),
		OPTION_CHOICE(0, "mode", "MODE", modes, &request->mode,
			      "system-ram (a NUMA node) or devdax (a device)"),
		WANTED_CLAIM_OPTIONS(&request->claim),
		CHANGE_LATER_OPTIONS(&request->later),
		OPTION_FLAG(0, "dry-run", &request->dry_run, "show the plan and change nothing"),
		OPTION_FLAG('u', "human", &request->human, "numbers for people"),
		OPTION_FLAG(0, "debug", &request->debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return rc;
	if (arguments.count == 0)
		return options_complain(usage, "SIZE is missing: give a size such as 512M");
	rc = options_size(usage, "SIZE", arguments.items[0], &region->size_bytes);
	if (rc == 0 && request->memdevs)
		rc = name_list_add(usage, &region->memdevs, "memdev", request->memdevs);
	for (size_t i = 1; i < arguments.count && rc == 0; i++)
		rc = name_list_add(usage, &region->memdevs, "memdev", arguments.items[i]);
	if (rc == 0)
		rc = wanted_region_check(usage, region);
	if (rc == 0)
		rc = wanted_claim_check(usage, &request->claim);
	if (rc == 0 && request->zone && strcmp(request->mode, "devdax") == 0)
		rc = options_complain(usage,
				      "--zone: a devdax device is in no zone: leave --zone or "
				      "--mode devdax out");
	return rc;
}

/* The default zone is sent as well: it must not depend on the version of the daemon. */
static struct json_object *make_add_parameters(const struct add_request *request)
{
	const bool devdax = strcmp(request->mode, "devdax") == 0;
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters ||
	    json_add(parameters, "request", wanted_region_to_json(&request->region)) < 0 ||
	    json_add_string(parameters, "goal", devdax ? "devdax" : "system_ram") < 0 ||
	    (!devdax &&
	     json_add_string(parameters, "zone", request->zone ? request->zone : "movable") < 0) ||
	    wanted_claim_add(parameters, &request->claim) < 0)
		return NULL;
	return TAKE_PTR(parameters);
}

static enum exit_code add_memory(struct cli *cli, const struct usage *usage,
				 const struct add_request *request)
{
	_cleanup_json_ struct json_object *outcome = NULL;
	const struct change change = {
		.usage = usage,
		.method = "CreateRegion",
		.parameters = make_add_parameters(request),
		.later = request->later,
		.dry_run = request->dry_run,
		.human = request->human,
	};
	enum exit_code code;

	cli->debug = request->debug;
	code = change_run(cli, &change, &outcome);
	if (!outcome)
		return code;
	code = change_print_memory(cli, &change, outcome);
	if (code == EXIT_CODE_DONE)
		change_tell_claim(cli, outcome);
	return code;
}

enum exit_code cmd_add_memory(struct cli *cli, const struct usage *usage, int argc,
			      const char **argv)
{
	struct add_request request = { .region = WANTED_REGION_NULL, .mode = "system-ram" };
	enum exit_code code;
	int rc;

	rc = parse_add(usage, argc, argv, &request);
	if (rc == 0)
		rc = change_allowed(cli, usage, request.dry_run, &request.later);
	if (rc == 0)
		code = add_memory(cli, usage, &request);
	else if (rc == -ENOMEM)
		code = session_no_memory(cli, usage->program);
	else
		code = options_exit_code(rc);
	wanted_region_deinit(&request.region);
	return code;
}

/* ---- remove-memory, online-memory, offline-memory ---- */

#define NAME_KINDS "name a claim, a region or a dax device, such as region0 or dax0.0"

static int parse_memory(const struct cli *cli, const struct usage *usage,
			const struct option *options, int argc, const char **argv,
			struct memory_request *request)
{
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return rc;
	if (arguments.count == 0)
		return options_complain(usage, "NAME is missing: " NAME_KINDS);
	if (arguments.count > 1)
		return options_complain(usage, "\"%s\" is one name too many: take one at a time",
					arguments.items[1]);
	if (!*arguments.items[0])
		return options_complain(usage, "NAME is empty: " NAME_KINDS);
	request->name = arguments.items[0];
	return change_allowed(cli, usage, request->dry_run, &request->later);
}

static int add_timeout(struct json_object *parameters, int timeout_seconds)
{
	if (timeout_seconds == OPTION_INTEGER_UNSET)
		return 0;
	return json_add_int(parameters, "timeout_ms", INT64_C(1000) * timeout_seconds);
}

/* @parameters: without the claim or region, which is added here */
static enum exit_code change_memory(struct cli *cli, const struct usage *usage, const char *method,
				    struct json_object *parameters,
				    const struct memory_request *request, const char *done)
{
	_cleanup_json_ struct json_object *all = parameters, *outcome = NULL;
	struct change change = {
		.usage = usage,
		.method = method,
		.later = request->later,
		.dry_run = request->dry_run,
		.human = request->human,
		.force = request->force,
	};
	struct target target;
	enum exit_code code;

	cli->debug = request->debug;
	code = target_resolve(cli, usage, &request->name, 1, false, &target);
	if (code != EXIT_CODE_DONE)
		return code;
	if (target_add(all, &target) < 0)
		return session_no_memory(cli, usage->program);
	change.parameters = TAKE_PTR(all);
	code = change_run(cli, &change, &outcome);
	if (!outcome)
		return code;
	if (!done)
		return change_print_memory(cli, &change, outcome);
	fprintf(cli->err, "%s: %s\n", target.claim ? target.claim : target.region, done);
	return EXIT_CODE_DONE;
}

enum exit_code cmd_remove_memory(struct cli *cli, const struct usage *usage, int argc,
				 const char **argv)
{
	struct memory_request request = MEMORY_REQUEST_NULL;
	const struct option options[] = {
		OPTION_INTEGER(0, "timeout", "SECONDS", 1, TIMEOUT_SECONDS_MAX,
			       &request.timeout_seconds,
			       "give up when a memory block takes longer"),
		OPTION_FLAG('f', "force", &request.force,
			    "go on where data is lost, or memory until the next boot"),
		CHANGE_LATER_OPTIONS(&request.later),
		OPTION_FLAG(0, "dry-run", &request.dry_run, "show the plan and change nothing"),
		OPTION_FLAG('u', "human", &request.human, "numbers for people"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	_cleanup_json_ struct json_object *parameters = NULL;
	int rc;

	rc = parse_memory(cli, usage, options, argc, argv, &request);
	if (rc != 0)
		return options_exit_code(rc);
	parameters = json_object_new_object();
	if (!parameters || json_add_bool(parameters, "keep_region", false) < 0 ||
	    json_add_bool(parameters, "force", request.force) < 0 ||
	    add_timeout(parameters, request.timeout_seconds) < 0)
		return session_no_memory(cli, usage->program);
	return change_memory(cli, usage, "RemoveRegion", TAKE_PTR(parameters), &request, "removed");
}

/* @done: the word for a change that is done; NULL: print the result */
static enum exit_code set_memory(struct cli *cli, const struct usage *usage, const char *zone,
				 const struct memory_request *request, const char *done)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || json_add_string(parameters, "zone", zone) < 0 ||
	    add_timeout(parameters, request->timeout_seconds) < 0)
		return session_no_memory(cli, usage->program);
	return change_memory(cli, usage, "SetMemory", TAKE_PTR(parameters), request, done);
}

enum exit_code cmd_online_memory(struct cli *cli, const struct usage *usage, int argc,
				 const char **argv)
{
	struct memory_request request = MEMORY_REQUEST_NULL;
	const struct option options[] = {
		OPTION_CHOICE(0, "zone", "ZONE", zones, &request.zone,
			      "movable (can be taken back) or kernel"),
		CHANGE_LATER_OPTIONS(&request.later),
		OPTION_FLAG(0, "dry-run", &request.dry_run, "show the plan and change nothing"),
		OPTION_FLAG('u', "human", &request.human, "numbers for people"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc;

	rc = parse_memory(cli, usage, options, argc, argv, &request);
	if (rc != 0)
		return options_exit_code(rc);
	return set_memory(cli, usage, request.zone, &request, NULL);
}

enum exit_code cmd_offline_memory(struct cli *cli, const struct usage *usage, int argc,
				  const char **argv)
{
	struct memory_request request = MEMORY_REQUEST_NULL;
	const struct option options[] = {
		OPTION_INTEGER(0, "timeout", "SECONDS", 1, TIMEOUT_SECONDS_MAX,
			       &request.timeout_seconds,
			       "give up when a memory block takes longer"),
		CHANGE_LATER_OPTIONS(&request.later),
		OPTION_FLAG(0, "dry-run", &request.dry_run, "show the plan and change nothing"),
		OPTION_FLAG('u', "human", &request.human, "numbers for people"),
		OPTION_FLAG(0, "debug", &request.debug, "show the conversation with cxlfmd"),
		OPTION_END(),
	};
	int rc;

	rc = parse_memory(cli, usage, options, argc, argv, &request);
	if (rc != 0)
		return options_exit_code(rc);
	return set_memory(cli, usage, "offline", &request, "offline");
}

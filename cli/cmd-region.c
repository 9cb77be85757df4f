// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of regions, with the options of cxl(1): create-region, destroy-region, enable-region,
 * disable-region.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/change.h"
#include "cli/command.h"
#include "cli/region-request.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/target.h"
#include "cli/text.h"
#include "util/json.h"

/* ---- create-region ---- */

struct create_request {
	struct wanted_region region;
	struct wanted_claim claim;
	struct change_later later;
	bool memdevs, dry_run, human, debug;
};

static int parse_create(const struct usage *usage, int argc, const char **argv,
			struct create_request *request)
{
	static const char *const types[] = { "ram", "pmem", "volatile", NULL };
	struct wanted_region *region = &request->region;
	const struct option options[] = {
		OPTION_TEXT('b', "bus", "BUS", &region->bus, "use this bus"),
		OPTION_TEXT('d', "decoder", "DECODER", &region->decoder, "use this root decoder"),
		OPTION_FLAG(0, "debug", &request->debug, "show the conversation with cxlfmd"),
		OPTION_SIZE('s', "size", &region->size_bytes,
			    "of the region; else the largest possible"),
		OPTION_WAYS('w', "ways", &region->ways, "interleave over N memdevs"),
		OPTION_GRANULARITY('g', "granularity", &region->granularity,
				   "of the interleave: 256 to 16384"),
		OPTION_CHOICE('t', "type", "TYPE", types, &region->type,
			      "of the capacity: ram or pmem"),
		OPTION_TEXT('U', "uuid", "UUID", &region->uuid, "of a pmem region; else a new one"),
		OPTION_FLAG('m', "memdevs", &request->memdevs,
			    "the arguments are memdevs (always the case)"),
		OPTION_FLAG('u', "human", &request->human, "numbers for people"),
		OPTION_FLAG('Q', "enforce-qos", &region->qos_enforced,
			    "only where the QoS classes of decoder and memdevs are the same"),
		WANTED_CLAIM_OPTIONS(&request->claim),
		CHANGE_LATER_OPTIONS(&request->later),
		OPTION_FLAG(0, "dry-run", &request->dry_run, "show the plan and change nothing"),
		OPTION_END(),
	};
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	for (size_t i = 0; rc == 0 && i < arguments.count; i++)
		rc = name_list_add(usage, &region->memdevs, "memdev", arguments.items[i]);
	if (rc == 0)
		rc = wanted_claim_check(usage, &request->claim);
	return rc == 0 ? wanted_region_check(usage, region) : rc;
}

static enum exit_code create_region(struct cli *cli, const struct usage *usage,
				    const struct create_request *request)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object(), *outcome = NULL;
	struct change change = {
		.usage = usage,
		.method = "CreateRegion",
		.later = request->later,
		.dry_run = request->dry_run,
		.human = request->human,
	};
	enum exit_code code;

	if (!parameters ||
	    json_add(parameters, "request", wanted_region_to_json(&request->region)) < 0 ||
	    json_add_string(parameters, "goal", "region") < 0 ||
	    wanted_claim_add(parameters, &request->claim) < 0)
		return session_no_memory(cli, usage->program);
	change.parameters = TAKE_PTR(parameters);
	cli->debug = request->debug;
	code = change_run(cli, &change, &outcome);
	if (!outcome)
		return code;
	code = change_print_region(cli, &change, outcome);
	if (code == EXIT_CODE_DONE)
		fprintf(cli->err, "created 1 region\n");
	if (code == EXIT_CODE_DONE)
		change_tell_claim(cli, outcome);
	return code;
}

enum exit_code cmd_create_region(struct cli *cli, const struct usage *usage, int argc,
				 const char **argv)
{
	struct create_request request = { .region = WANTED_REGION_NULL };
	enum exit_code code;
	int rc;

	rc = parse_create(usage, argc, argv, &request);
	if (rc == 0)
		rc = change_allowed(cli, usage, request.dry_run, &request.later);
	if (rc == 0)
		code = create_region(cli, usage, &request);
	else if (rc == -ENOMEM)
		code = session_no_memory(cli, usage->program);
	else
		code = options_exit_code(rc);
	wanted_region_deinit(&request.region);
	return code;
}

/* ---- destroy-region, enable-region, disable-region ---- */

enum region_action {
	REGION_ACTION_DESTROY,
	REGION_ACTION_ENABLE,
	REGION_ACTION_DISABLE,
};

struct region_request {
	enum region_action action;
	const char *bus, *decoder;
	struct name_list names, buses, decoders;
	struct change_later later; /* each region is a change of its own */
	bool force, dry_run, debug;
};

static void region_request_deinit(struct region_request *request)
{
	name_list_deinit(&request->names);
	name_list_deinit(&request->buses);
	name_list_deinit(&request->decoders);
}

/* A region in the daemon's list of regions. */
struct listed_region {
	const char *name;
	uint64_t resource;
	bool is_disabled, is_pmem, is_wanted;
};

static int parse_region(const struct cli *cli, const struct usage *usage,
			const struct option *options, int argc, const char **argv,
			struct region_request *request)
{
	struct arguments arguments;
	int rc;

	rc = options_parse(usage, options, argc, argv, false, &arguments);
	if (rc != 0)
		return rc;
	if (arguments.count == 0)
		return options_complain(usage,
					"REGION is missing: name regions such as region0, or "
					"say \"all\"");
	for (size_t i = 0; i < arguments.count && rc == 0; i++)
		rc = name_list_add(usage, &request->names, "region", arguments.items[i]);
	if (rc == 0 && request->bus)
		rc = name_list_add(usage, &request->buses, "bus", request->bus);
	if (rc == 0 && request->decoder)
		rc = name_list_add(usage, &request->decoders, "decoder", request->decoder);
	return rc == 0 ? change_allowed(cli, usage, request->dry_run, &request->later) : rc;
}

/* Lists all objects of a kind, idle or not. @what: "buses", "decoders" or "regions"; a filter may
 * be NULL. */
static enum exit_code list_objects(struct cli *cli, const struct usage *usage, const char *what,
				   const char *bus, const char *decoder,
				   struct json_object **ret_reply, struct json_object **ret_list)
{
	_cleanup_json_ struct json_object *parameters =
		json_tokener_parse("{\"options\":{\"show\":[],\"idle\":true}}");
	struct json_object *options, *show;
	enum exit_code code;

	if (!parameters || json_get_object(parameters, "options", &options) < 0 ||
	    json_get_array(options, "show", &show) < 0 ||
	    json_append(show, json_object_new_string(what)) < 0 ||
	    json_add_string(options, "bus", bus) < 0 ||
	    json_add_string(options, "decoder", decoder) < 0)
		return session_no_memory(cli, usage->program);
	code = session_call(cli,
			    &(struct session_call){ .program = usage->program,
						    .method = "List",
						    .parameters = TAKE_PTR(parameters) },
			    ret_reply);
	if (code == EXIT_CODE_DONE && json_get_array(*ret_reply, "list", ret_list) < 0)
		return session_bad_reply(cli, usage->program);
	return code;
}

/* As in cxl(1): "all", a name, or the number of a name alone. */
static bool name_matches(const char *wanted, const char *prefix, const char *name)
{
	const size_t length = strlen(prefix);

	if (strcmp(wanted, "all") == 0 || strcmp(wanted, name) == 0)
		return true;
	return isdigit((unsigned char)wanted[0]) && strncmp(name, prefix, length) == 0 &&
	       strcmp(wanted, name + length) == 0;
}

/* Marks the regions that a name means. Returns whether there are any; for "all" that is no matter.
 */
static bool mark_wanted(struct listed_region *regions, size_t count, const char *wanted)
{
	bool found = strcmp(wanted, "all") == 0;

	for (size_t i = 0; i < count; i++)
		if (name_matches(wanted, "region", regions[i].name))
			found = regions[i].is_wanted = true;
	return found;
}

/*
 * Sorts by address, the highest first: the kernel commits decoders upwards, and resets them only in
 * the reverse order (drivers/cxl/core/hdm.c, cxl_decoder_reset()).
 */
static int compare_for_destroying(const void *a, const void *b)
{
	const uint64_t first = ((const struct listed_region *)a)->resource;
	const uint64_t second = ((const struct listed_region *)b)->resource;

	return (second > first) - (second < first);
}

/*
 * The meaning of --force: destroy-region disables the region first, as cxl-destroy-region(1) does,
 * and gives its data up; disable-region goes on where memory is lost, as cxl-disable-region(1)
 * does.
 */
static bool is_forced(const struct region_request *request, const struct listed_region *region)
{
	return request->force && (request->action == REGION_ACTION_DISABLE || region->is_pmem);
}

static struct json_object *make_action_parameters(const struct region_request *request,
						  const struct listed_region *region)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!parameters || json_add_string(parameters, "region", region->name) < 0)
		return NULL;
	if (request->action == REGION_ACTION_ENABLE)
		return json_add_string(parameters, "goal", "region") < 0 ? NULL
									 : TAKE_PTR(parameters);
	if (json_add_bool(parameters, "keep_region", request->action == REGION_ACTION_DISABLE) <
		    0 ||
	    json_add_bool(parameters, "force", is_forced(request, region)) < 0)
		return NULL;
	return TAKE_PTR(parameters);
}

/* Without this, a refusal that holds for a region alone would look like one of all of them. */
static const char alone[] =
	"  each region is planned as if all others stayed; without --dry-run, the "
	"regions above are gone by then\n";

/* @is_first: no other region was acted on before */
static enum exit_code act_on_region(struct cli *cli, const struct usage *usage,
				    const struct region_request *request,
				    const struct listed_region *region, bool is_first)
{
	const bool enable = request->action == REGION_ACTION_ENABLE;
	struct change change = {
		.usage = usage,
		.method = enable ? "EnableRegion" : "RemoveRegion",
		.later = request->later,
		.dry_run = request->dry_run,
		.force = is_forced(request, region),
		.remark_code = "region-order",
		.remark = request->dry_run && !is_first ? alone : NULL,
	};

	if (request->action == REGION_ACTION_DESTROY && !region->is_disabled && !request->force) {
		fprintf(cli->err, "%s: refused; nothing was changed\n  ", usage->program);
		text_put(cli->err, region->name);
		fputs(": the region is active (`cxlfm disable-region region:", cli->err);
		text_put(cli->err, region->name);
		fputs("` first, or use --force)\n", cli->err);
		return EXIT_CODE_REFUSED;
	}
	change.parameters = make_action_parameters(request, region);
	return change_run(cli, &change, NULL);
}

/* May the next region be tried after the last one ended with @code? */
static bool may_go_on(enum exit_code code)
{
	return code == EXIT_CODE_DONE || code == EXIT_CODE_REFUSED || code == EXIT_CODE_BUSY ||
	       code == EXIT_CODE_FAILED;
}

static enum exit_code act_on_wanted(struct cli *cli, const struct usage *usage,
				    const struct region_request *request,
				    const struct listed_region *regions, size_t count)
{
	static const char *const done[] = {
		[REGION_ACTION_DESTROY] = "destroyed",
		[REGION_ACTION_ENABLE] = "enabled",
		[REGION_ACTION_DISABLE] = "disabled",
	};
	enum exit_code result = EXIT_CODE_DONE;
	int done_count = 0;

	for (size_t i = 0; i < count && may_go_on(result); i++) {
		enum exit_code code;

		if (!regions[i].is_wanted)
			continue;
		code = act_on_region(cli, usage, request, &regions[i], done_count == 0);
		if (code == EXIT_CODE_DONE)
			done_count++;
		else if (result == EXIT_CODE_DONE || !may_go_on(code))
			result = code;
	}
	if (!request->dry_run && !request->later.no_wait)
		fprintf(cli->err, "%s %d region%s\n", done[request->action], done_count,
			done_count == 1 ? "" : "s");
	return result;
}

/* ---- what filters name ---- */

static bool bus_matches(const char *wanted, struct json_object *bus)
{
	const char *name, *provider;

	return (json_get_string(bus, "bus", &name) == 0 && name_matches(wanted, "root", name)) ||
	       (json_get_string(bus, "provider", &provider) == 0 && strcmp(wanted, provider) == 0);
}

/* "root" means all root decoders, as in cxl-list(1). */
static bool decoder_matches(const char *wanted, struct json_object *decoder)
{
	const char *name;

	return json_get_string(decoder, "decoder", &name) == 0 &&
	       (strcmp(wanted, "root") == 0 || name_matches(wanted, "decoder", name));
}

/* The first name that matches no object of the list, or NULL. */
static const char *find_unmatched(const struct name_list *names, struct json_object *list,
				  bool (*matches)(const char *wanted, struct json_object *object))
{
	for (size_t i = 0; i < names->names.count; i++) {
		const char *name = names->names.items[i];
		bool found = strcmp(name, "all") == 0;

		for (size_t j = 0; !found && j < json_object_array_length(list); j++)
			found = matches(name, json_object_array_get_idx(list, j));
		if (!found)
			return name;
	}
	return NULL;
}

/* Refuses a name that is not listed. @reply may tell that the list is not complete: then the object
 * may exist all the same. */
static enum exit_code refuse_unlisted(struct cli *cli, const struct usage *usage,
				      struct json_object *reply, const char *name, const char *kind,
				      const char *below, const char *letters)
{
	fprintf(cli->err,
		"%s: refused; nothing was changed\n  %s: no such %s is listed%s ('cxlfm list %s' "
		"shows all)\n",
		usage->program, name, kind, below, letters);
	report_refusals(cli->err, reply, "lacks");
	return EXIT_CODE_REFUSED;
}

/* Refuses "all" where the list is not complete: regions would be left out without a word. */
static enum exit_code refuse_all(struct cli *cli, const struct usage *usage,
				 struct json_object *reply)
{
	fprintf(cli->err,
		"%s: refused; nothing was changed\n  all: the record may lack regions (name the "
		"regions to change)\n",
		usage->program);
	report_refusals(cli->err, reply, "lacks");
	return EXIT_CODE_REFUSED;
}

static const char *below(const struct region_request *request)
{
	return request->bus || request->decoder ? " below that bus or decoder" : "";
}

/* Refuses filters that match nothing: a mistyped filter would leave nothing to do and look like
 * success. */
static enum exit_code check_filters(struct cli *cli, const struct usage *usage,
				    const struct region_request *request)
{
	_cleanup_json_ struct json_object *bus_reply = NULL, *decoder_reply = NULL;
	struct json_object *list;
	const char *unmatched;
	enum exit_code code;

	if (request->bus) {
		code = list_objects(cli, usage, "buses", NULL, NULL, &bus_reply, &list);
		if (code != EXIT_CODE_DONE)
			return code;
		unmatched = find_unmatched(&request->buses, list, bus_matches);
		if (unmatched)
			return refuse_unlisted(cli, usage, bus_reply, unmatched, "bus", "", "-B");
	}
	if (request->decoder) {
		code = list_objects(cli, usage, "decoders", request->bus, "root", &decoder_reply,
				    &list);
		if (code != EXIT_CODE_DONE)
			return code;
		unmatched = find_unmatched(&request->decoders, list, decoder_matches);
		if (unmatched)
			return refuse_unlisted(cli, usage, decoder_reply, unmatched, "root decoder",
					       request->bus ? " below that bus" : "",
					       "-Di -d root");
	}
	return EXIT_CODE_DONE;
}

/* ---- all of it ---- */

/* A document may have anything in the place of a region: it is listed as well. */
static bool read_region(struct json_object *object, struct listed_region *ret_region)
{
	const char *text;

	if (!json_object_is_type(object, json_type_object) ||
	    json_get_string(object, "region", &ret_region->name) < 0)
		return false;
	(void)json_get_u64(object, "resource", &ret_region->resource);
	ret_region->is_pmem =
		json_get_string(object, "type", &text) == 0 && strcmp(text, "pmem") == 0;
	ret_region->is_disabled =
		json_get_string(object, "state", &text) == 0 && strcmp(text, "disabled") == 0;
	return true;
}

static enum exit_code act_on_list(struct cli *cli, const struct usage *usage,
				  const struct region_request *request, struct json_object *reply,
				  struct json_object *list)
{
	const bool is_whole = !json_object_object_get_ex(reply, "lacks", NULL);
	const size_t length = json_object_array_length(list);
	_cleanup_free_ struct listed_region *regions = calloc(length + 1, sizeof(*regions));
	size_t count = 0;

	if (!regions)
		return session_no_memory(cli, usage->program);
	for (size_t i = 0; i < length; i++)
		count += read_region(json_object_array_get_idx(list, i), &regions[count]);
	for (size_t i = 0; i < request->names.names.count; i++) {
		const char *name = request->names.names.items[i];

		if (strcmp(name, "all") == 0 && !is_whole)
			return refuse_all(cli, usage, reply);
		if (mark_wanted(regions, count, name))
			continue;
		return refuse_unlisted(cli, usage, reply, name, "region", below(request), "-Ri");
	}
	/* Only "all" gets here without any region. That is no error, as with cxl(1). */
	if (count == 0)
		fprintf(cli->err, "%s: no region is listed%s\n", usage->program, below(request));
	if (request->action == REGION_ACTION_DESTROY)
		qsort(regions, count, sizeof(*regions), compare_for_destroying);
	return act_on_wanted(cli, usage, request, regions, count);
}

/* A word without the form of a region's name is kept: no region will match it. */
static enum exit_code resolve_names(struct cli *cli, const struct usage *usage,
				    struct region_request *request)
{
	const char **words = request->names.names.items;
	const size_t count = request->names.names.count;
	_cleanup_free_ struct target *targets = calloc(count + 1, sizeof(*targets));
	enum exit_code code;

	if (!targets)
		return session_no_memory(cli, usage->program);
	code = target_resolve(cli, usage, words, count, true, targets);
	for (size_t i = 0; i < count; i++)
		if (targets[i].region)
			words[i] = targets[i].region;
	return code;
}

static enum exit_code run_region(struct cli *cli, const struct usage *usage,
				 const struct option *options, int argc, const char **argv,
				 struct region_request *request)
{
	_cleanup_json_ struct json_object *reply = NULL;
	struct json_object *list;
	enum exit_code code;
	int rc;

	rc = parse_region(cli, usage, options, argc, argv, request);
	if (rc == -ENOMEM)
		return session_no_memory(cli, usage->program);
	if (rc != 0)
		return options_exit_code(rc);
	cli->debug = request->debug;
	code = resolve_names(cli, usage, request);
	if (code != EXIT_CODE_DONE)
		return code;
	code = check_filters(cli, usage, request);
	if (code == EXIT_CODE_DONE)
		code = list_objects(cli, usage, "regions", request->bus, request->decoder, &reply,
				    &list);
	if (code != EXIT_CODE_DONE)
		return code;
	return act_on_list(cli, usage, request, reply, list);
}

#define REGION_OPTIONS(request)                                                                    \
	OPTION_TEXT('b', "bus", "BUS", &(request)->bus, "only regions of this bus"),               \
		OPTION_TEXT('d', "decoder", "DECODER", &(request)->decoder,                        \
			    "only regions of this root decoder"),                                  \
		CHANGE_NO_WAIT_OPTION(&(request)->later),                                          \
		OPTION_FLAG(0, "debug", &(request)->debug, "show the conversation with cxlfmd"),   \
		OPTION_FLAG(0, "dry-run", &(request)->dry_run, "show the plan and change nothing")

enum exit_code cmd_destroy_region(struct cli *cli, const struct usage *usage, int argc,
				  const char **argv)
{
	struct region_request request = { .action = REGION_ACTION_DESTROY };
	const struct option options[] = {
		REGION_OPTIONS(&request),
		OPTION_FLAG('f', "force", &request.force,
			    "also active regions (disabled first) and regions with data"),
		OPTION_END(),
	};
	enum exit_code code = run_region(cli, usage, options, argc, argv, &request);

	region_request_deinit(&request);
	return code;
}

enum exit_code cmd_enable_region(struct cli *cli, const struct usage *usage, int argc,
				 const char **argv)
{
	struct region_request request = { .action = REGION_ACTION_ENABLE };
	const struct option options[] = {
		REGION_OPTIONS(&request),
		OPTION_END(),
	};
	enum exit_code code = run_region(cli, usage, options, argc, argv, &request);

	region_request_deinit(&request);
	return code;
}

enum exit_code cmd_disable_region(struct cli *cli, const struct usage *usage, int argc,
				  const char **argv)
{
	struct region_request request = { .action = REGION_ACTION_DISABLE };
	const struct option options[] = {
		REGION_OPTIONS(&request),
		OPTION_FLAG('f', "force", &request.force,
			    "go on where memory is lost until the next boot"),
		OPTION_END(),
	};
	enum exit_code code = run_region(cli, usage, options, argc, argv, &request);

	region_request_deinit(&request);
	return code;
}

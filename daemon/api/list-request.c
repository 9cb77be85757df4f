// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of io.cxlfm.Host.List. Pure.
 */
#include "daemon/api/list-request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cxl/topology/topology-filter.h"
#include "util/json.h"

#define LIST_VERBOSE_MAX 3

/* The number of names in all filters together, which is the number of values in a call. */
#define LIST_NAMES_MAX ((size_t)16 * 1024)

static const struct {
	const char *name;
	size_t offset;
} show_names[] = {
	{ "buses", offsetof(struct list_options, buses) },
	{ "ports", offsetof(struct list_options, ports) },
	{ "endpoints", offsetof(struct list_options, endpoints) },
	{ "decoders", offsetof(struct list_options, decoders) },
	{ "memdevs", offsetof(struct list_options, memdevs) },
	{ "targets", offsetof(struct list_options, targets) },
	{ "regions", offsetof(struct list_options, regions) },
	{ "dax", offsetof(struct list_options, dax) },
	{ "health", offsetof(struct list_options, health) },
	{ "partition", offsetof(struct list_options, partition) },
	{ "alert_config", offsetof(struct list_options, alert_config) },
	{ "firmware", offsetof(struct list_options, firmware) },
	{ "media_errors", offsetof(struct list_options, media_errors) },
};

static const struct {
	const char *name;
	size_t offset;
} filter_names[] = {
	{ "memdev", offsetof(struct list_options, memdev) },
	{ "serial", offsetof(struct list_options, serial) },
	{ "bus", offsetof(struct list_options, bus) },
	{ "port", offsetof(struct list_options, port) },
	{ "endpoint", offsetof(struct list_options, endpoint) },
	{ "decoder", offsetof(struct list_options, decoder) },
	{ "region", offsetof(struct list_options, region) },
};

static bool show(struct list_options *options, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(show_names); i++)
		if (strcmp(name, show_names[i].name) == 0) {
			*(bool *)((char *)options + show_names[i].offset) = true;
			return true;
		}
	return false;
}

static int bad(struct refusal_list *problems, const char *hint, const char *what)
{
	return refusal_add(problems, "bad-list", NULL, hint, "%s", what) < 0 ? -ENOMEM
									     : LIST_REQUEST_E_BAD;
}

static int read_show(struct json_object *json, struct refusal_list *problems,
		     struct list_options *options)
{
	struct json_object *names;

	if (json_get_array(json, "show", &names) < 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(names); i++)
		if (!show(options, json_object_get_string(json_object_array_get_idx(names, i))))
			return bad(problems, "the interface description lists them",
				   "an entry of show is unknown");
	return 0;
}

static int read_filters(struct json_object *json, struct refusal_list *problems,
			struct list_options *options)
{
	size_t names = 0;

	for (size_t i = 0; i < ARRAY_SIZE(filter_names); i++) {
		const char **filter = (const char **)((char *)options + filter_names[i].offset);

		(void)json_get_string(json, filter_names[i].name, filter);
		names += filter_count_words(*filter);
	}
	return names > LIST_NAMES_MAX ? bad(problems, "ask in parts, or list without a filter",
					    "the filters hold more than 16384 names")
				      : 0;
}

int list_request_from_json(struct json_object *parameters, struct refusal_list *problems,
			   struct list_options *ret_options)
{
	struct list_options options = LIST_OPTIONS_NULL;
	struct json_object *json;
	int rc;

	if (json_get_object(parameters, "options", &json) < 0)
		return -EINVAL;
	rc = read_show(json, problems, &options);
	if (rc == 0)
		rc = read_filters(json, problems, &options);
	if (rc)
		return rc;
	(void)json_get_bool(json, "single", &options.single);
	(void)json_get_bool(json, "idle", &options.idle);
	(void)json_get_bool(json, "human", &options.human);
	(void)json_get_int(json, "verbose", &options.verbose);
	if (options.verbose < 0 || options.verbose > LIST_VERBOSE_MAX)
		return bad(problems, NULL, "verbose goes from 0 to 3");
	if (options.single && !options.port)
		return bad(problems, "add -p", "single needs a port filter");
	*ret_options = options;
	return 0;
}

bool list_request_names_mailbox(const struct list_options *options)
{
	return options->health || options->partition || options->alert_config ||
	       options->firmware || options->media_errors;
}

bool list_request_needs_mailbox(const struct list_options *options)
{
	return list_request_names_mailbox(options) || options->verbose >= 3;
}

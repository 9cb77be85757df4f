// SPDX-License-Identifier: GPL-2.0-only
/*
 * The methods of io.cxlfm.Host that change nothing. A listing is made once per snapshot and kept as
 * text: answering it again is a write of bytes.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "config.h"
#include "cxl/plan/plan.h"
#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-list.h"
#include "daemon/api/list-request.h"
#include "daemon/api/api.h"
#include "daemon/engine/outcome.h"
#include "daemon/api/pending-call.h"
#include "util/clock.h"
#include "util/json.h"

static int get_version(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	const struct api *api = userdata;
	const struct snapshot *snapshot = observer_snapshot(api->observer);

	if (!reply || json_add_string(reply, "version", CXLFM_VERSION) ||
	    json_add_string(reply, "kernel", snapshot ? snapshot->topology->kernel : NULL))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

/* If the host can't be read, adds the error and the age of the answer. */
static int add_stale(struct json_object *reply, const struct api *api)
{
	_cleanup_json_ struct json_object *stale = NULL;
	char text[OBSERVER_ERROR_MAX];
	uint64_t age_ms;

	if (!observer_failure(api->observer, &age_ms, text))
		return 0;
	stale = json_object_new_object();
	if (!stale || json_add_u64(stale, "age_ms", age_ms) || json_add_string(stale, "text", text))
		return -ENOMEM;
	return json_add(reply, "stale", TAKE_PTR(stale));
}

static bool is_stale(const struct api *api)
{
	char text[OBSERVER_ERROR_MAX];
	uint64_t age_ms;

	return observer_failure(api->observer, &age_ms, text);
}

/* Adds the lacks of a record; a host that was read has none. */
static int add_lacks(struct json_object *reply, const struct topology *topology)
{
	struct refusal_list lacks = REFUSAL_LIST_NULL;
	int rc = plan_refuse_lacks(&lacks, topology, TOPO_KNOWN_CXL | TOPO_KNOWN_IDLE, NULL);

	if (rc == PLAN_E_REFUSED)
		rc = json_add(reply, "lacks", refusal_list_to_json(&lacks));
	refusal_list_deinit(&lacks);
	return rc;
}

/* Makes the listing an array, even where people are shown a single object. */
static int make_list(const struct api *api, const struct list_options *options,
		     struct json_object **ret_reply)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object(), *list = NULL;
	const struct topology *topology = observer_snapshot(api->observer)->topology;
	struct list_options now = *options;
	int rc;

	now.now_ms = clock_boot_ms();
	rc = topology_list(topology, &now, &list);
	if (rc < 0)
		return rc;
	if (!json_object_is_type(list, json_type_array)) {
		struct json_object *array = json_object_new_array();

		if (json_append(array, TAKE_PTR(list))) {
			json_object_put(array);
			return -ENOMEM;
		}
		list = array;
	}
	if (!reply || json_add(reply, "list", TAKE_PTR(list)) || add_lacks(reply, topology) ||
	    add_stale(reply, api))
		return -ENOMEM;
	*ret_reply = TAKE_PTR(reply);
	return 0;
}

static int answer_list(struct api *api, struct varlink_call *call, const char *question,
		       const struct list_options *options)
{
	_cleanup_json_ struct json_object *reply = NULL;
	const char *text;
	size_t length;
	int rc;

	rc = make_list(api, options, &reply);
	if (rc < 0)
		return rc;
	text = json_object_to_json_string_length(reply, JSON_C_TO_STRING_PLAIN, &length);
	if (!text)
		return -ENOMEM;
	/* Mailbox ages grow between snapshots, so such answers are not kept. */
	if (!list_request_needs_mailbox(options) && !is_stale(api))
		kept_answers_keep(&api->kept, varlink_call_peer(call)->uid, question, text, length);
	(void)varlink_call_reply_text(call, text, length);
	varlink_server_free_later(api->server, TAKE_PTR(reply), length);
	return 0;
}

static int list(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct api *api = userdata;
	const char *question = json_object_to_json_string_ext(parameters, JSON_C_TO_STRING_PLAIN);
	const struct kept_answer *kept = question ? kept_answers_find(&api->kept, question) : NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct list_options options;
	int rc;

	if (pending_call_has_to_wait(api, call))
		return pending_call_wait_for_snapshot(api, call);
	if (kept && !is_stale(api)) {
		(void)varlink_call_reply_text(call, kept->text, kept->length);
		return 0;
	}
	rc = list_request_from_json(parameters, &problems, &options);
	if (rc == LIST_REQUEST_E_BAD)
		rc = api_reply_bad_request(call, &problems);
	else if (rc == 0 && list_request_needs_mailbox(&options))
		rc = pending_call_wait_for_mailboxes(api, call, &options);
	if (rc == 0 && varlink_call_is_open(call))
		rc = answer_list(api, call, question ? question : "", &options);
	refusal_list_deinit(&problems);
	return rc < 0 ? rc : 0;
}

static int tree(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	struct api *api = userdata;
	struct tree_options options = { .columns = 100 };
	_cleanup_free_ char *text = NULL;
	int rc;

	(void)json_get_bool(parameters, "unicode", &options.utf8);
	if (pending_call_has_to_wait(api, call))
		return pending_call_wait_for_snapshot(api, call);
	rc = topology_list_tree(observer_snapshot(api->observer)->topology, &options, &text);
	if (rc < 0)
		return rc;
	if (!reply || json_add_string(reply, "text", text) || add_stale(reply, api))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

static int list_claims(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	struct api *api = userdata;
	int rc;

	rc = pending_call_wait_for_claims(api, call);
	if (rc)
		return rc < 0 ? rc : 0;
	if (pending_call_has_to_wait(api, call))
		return pending_call_wait_for_snapshot(api, call);
	if (!reply || json_add(reply, "claims", claim_table_to_json(api->claims)) ||
	    add_stale(reply, api))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

static int wait_claims(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct api *api = userdata;
	int rc = claim_waiters_add(api->waiters, call, parameters, &problems);

	if (rc == CLAIM_E_BAD)
		rc = api_reply_bad_request(call, &problems);
	refusal_list_deinit(&problems);
	return rc;
}

static int record(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	struct api *api = userdata;

	if (pending_call_has_to_wait(api, call))
		return pending_call_wait_for_snapshot(api, call);
	if (!reply ||
	    json_add(reply, "record",
		     topology_to_json(observer_snapshot(api->observer)->topology)) ||
	    add_stale(reply, api))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

static int monitor(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	const struct api *api = userdata;

	return monitors_add(api->monitors, call);
}

const struct varlink_method api_read_methods[] = {
	{ "io.cxlfm.Host.GetVersion", get_version, 0 },
	{ "io.cxlfm.Host.List", list, 0 },
	{ "io.cxlfm.Host.Tree", tree, 0 },
	{ "io.cxlfm.Host.ListClaims", list_claims, 0 },
	{ "io.cxlfm.Host.WaitClaims", wait_claims, 0, QUOTA_WAITS },
	{ "io.cxlfm.Host.Record", record, 0 },
	{ "io.cxlfm.Host.Monitor", monitor, VARLINK_METHOD_NEEDS_MORE, QUOTA_MONITORS },
};
const size_t api_read_method_count = ARRAY_SIZE(api_read_methods);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The methods of io.cxlfm.Host about changes by their ids: listed, waited for, cancelled.
 */
#include <errno.h>

#include "daemon/api/api.h"
#include "daemon/api/pending-call.h"
#include "daemon/engine/change-register.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/engine.h"
#include "util/json.h"

static int list_changes(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	struct api *api = userdata;
	int rc = pending_call_wait_for_changes(api, call);

	if (rc)
		return rc < 0 ? rc : 0;
	if (!reply || json_add(reply, "changes", engine_list(api->engine)))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

/* Where the store can't be read, nobody knows the changes of earlier runs. */
static int answer_unknown(struct varlink_call *call, const struct api *api, const char *id)
{
	const bool is_read = api->changes_known || !api->claims_problem;
	_cleanup_json_ struct json_object *parameters = outcome_text_to_json(
		is_read ? change_register_explain(engine_changes(api->engine), id)
			: api->claims_problem);

	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_error(
		call, is_read ? "io.cxlfm.Host.UnknownChange" : "io.cxlfm.Host.StoreFailed",
		parameters);
	return 0;
}

static struct change_record *find_change(const struct api *api, struct json_object *parameters,
					 const char **ret_id)
{
	*ret_id = "";
	(void)json_get_string(parameters, "id", ret_id);
	return change_register_find(engine_changes(api->engine), *ret_id);
}

static int wait_change(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct api *api = userdata;
	struct change_record *record;
	const char *id;
	int rc = pending_call_wait_for_changes(api, call);

	if (rc)
		return rc < 0 ? rc : 0;
	record = find_change(api, parameters, &id);
	if (!record)
		return answer_unknown(call, api, id);
	return engine_listen(api->engine, record, call);
}

static int cancel_change(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct api *api = userdata;
	struct change_record *record;
	const char *id;
	int rc = pending_call_wait_for_changes(api, call);

	if (rc)
		return rc < 0 ? rc : 0;
	record = find_change(api, parameters, &id);
	if (!record)
		return answer_unknown(call, api, id);
	/* A change that has only waited is freed by this. */
	rc = engine_cancel(record, varlink_call_peer(call), &problems);
	if (rc == 0)
		(void)varlink_call_reply(call, NULL);
	else if (rc == ENGINE_E_REFUSED)
		rc = api_reply_refused(call, &problems);
	refusal_list_deinit(&problems);
	return rc;
}

const struct varlink_method api_changes_methods[] = {
	{ "io.cxlfm.Host.ListChanges", list_changes, 0 },
	{ "io.cxlfm.Host.WaitChange", wait_change, 0, QUOTA_WAITS },
	{ "io.cxlfm.Host.CancelChange", cancel_change, 0 },
};
const size_t api_changes_method_count = ARRAY_SIZE(api_changes_methods);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The methods of io.cxlfm.Host about declared states that change nothing.
 */
#include <errno.h>

#include "daemon/claim/declared-state.h"
#include "daemon/api/api.h"
#include "daemon/api/pending-call.h"
#include "util/json.h"

/* Answers are no larger than what a call may hold, and take no longer. */
#define EXPORTED_AT_ONCE ((size_t)64)

/* The claims that a part is about, to be freed; NULL when there is no memory. */
static const struct claim **stored_claims(const struct api *api, const struct declared_state *part,
					  size_t *ret_count)
{
	const size_t count = api->claims->records.count;
	const struct claim **stored = calloc(count + 1, sizeof(const struct claim *));
	size_t found = 0;

	for (size_t i = 0; stored && i < count; i++) {
		const struct claim *claim = &api->claims->records.items[i]->claim;

		if (declared_state_is_about(part, claim->name))
			stored[found++] = claim;
	}
	*ret_count = found;
	return stored;
}

static int answer_diff(struct varlink_call *call, const struct api *api,
		       const struct declared_state *declared)
{
	size_t count;
	_cleanup_free_ const struct claim **stored = stored_claims(api, declared, &count);
	_cleanup_json_ struct json_object *reply = json_object_new_object();
	struct declared_diff diff = DECLARED_DIFF_NULL;
	int rc;

	if (!stored)
		return -ENOMEM;
	rc = declared_state_diff(stored, count, declared, &diff);
	if (rc == 0 && (!reply || json_add(reply, "changes", declared_diff_to_json(&diff)) ||
			json_add_u64(reply, "state", api->claims->state)))
		rc = -ENOMEM;
	if (rc == 0)
		(void)varlink_call_reply(call, reply);
	declared_diff_deinit(&diff);
	return rc;
}

static int diff_state(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state declared = DECLARED_STATE_NULL;
	int rc;

	rc = pending_call_wait_for_claims(userdata, call);
	if (rc)
		return rc < 0 ? rc : 0;
	/* The parameters are the document. */
	rc = declared_state_from_json(parameters, &problems, &declared);
	if (rc == 0)
		rc = answer_diff(call, userdata, &declared);
	else if (rc == CLAIM_E_BAD)
		rc = api_reply_bad_request(call, &problems);
	declared_state_deinit(&declared);
	refusal_list_deinit(&problems);
	return rc;
}

static int export_state(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	struct declared_state part = DECLARED_STATE_NULL;
	_cleanup_free_ const struct claim **stored = NULL;
	_cleanup_json_ struct json_object *reply = NULL;
	const struct api *api = userdata;
	size_t count;
	int rc;

	rc = pending_call_wait_for_claims(userdata, call);
	if (rc)
		return rc < 0 ? rc : 0;
	(void)json_get_string(parameters, "after", &part.after);
	stored = stored_claims(api, &part, &count);
	if (!stored)
		return -ENOMEM;
	reply = declared_state_to_json(stored, count < EXPORTED_AT_ONCE ? count : EXPORTED_AT_ONCE);
	if (!reply || json_add_u64(reply, "state", api->claims->state) < 0 ||
	    (count > EXPORTED_AT_ONCE && json_add_bool(reply, "more", true) < 0))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

const struct varlink_method api_state_methods[] = {
	{ "io.cxlfm.Host.DiffState", diff_state, 0 },
	{ "io.cxlfm.Host.ExportState", export_state, 0 },
};
const size_t api_state_method_count = ARRAY_SIZE(api_state_methods);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared by the parts of the interface: notifications of monitors, and the answer to a bad request.
 */
#include "daemon/api/api.h"

#include <errno.h>

#include "cxl/topology/topology-diff.h"
#include "daemon/claim/claim-change.h"
#include "daemon/engine/outcome.h"
#include "util/json.h"

void api_notify_monitors(struct api *api, const struct snapshot *before,
			 const struct snapshot *after)
{
	struct json_object *changes = NULL;

	if (!monitors_listen(api->monitors))
		return;
	(void)topology_diff(before->topology, after->topology, &changes);
	monitors_tell(api->monitors, changes);
}

void api_notify_claims(struct api *api)
{
	struct json_object *changes = NULL;

	if (!monitors_listen(api->monitors))
		return;
	(void)claim_table_changes(api->claims, &changes);
	monitors_tell(api->monitors, changes);
}

void api_notify_claim_end(struct api *api, const struct claim_record *record)
{
	_cleanup_json_ struct json_object *changes = json_object_new_array();

	if (!monitors_listen(api->monitors))
		return;
	if (changes && json_append(changes, claim_end_to_json(record)))
		json_object_put(TAKE_PTR(changes));
	monitors_tell(api->monitors, TAKE_PTR(changes));
}

static int reply_problems(struct varlink_call *call, const char *error,
			  const struct refusal_list *problems)
{
	_cleanup_json_ struct json_object *parameters = outcome_refusal_to_json(problems);

	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_error(call, error, parameters);
	return 0;
}

int api_reply_bad_request(struct varlink_call *call, const struct refusal_list *problems)
{
	return reply_problems(call, "io.cxlfm.Host.BadRequest", problems);
}

int api_reply_refused(struct varlink_call *call, const struct refusal_list *problems)
{
	return reply_problems(call, "io.cxlfm.Host.Refused", problems);
}

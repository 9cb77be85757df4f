// SPDX-License-Identifier: GPL-2.0-only
/*
 * The methods of io.cxlfm.Host that change something: each makes an intent of its parameters, and a
 * subject of a change of the intent.
 */
#include "daemon/claim/memory/memory-subject.h"
#include "daemon/api/api.h"
#include "daemon/engine/change-request.h"
#include "daemon/engine/engine.h"
#include "util/cleanup.h"

static int submit(enum intent_kind kind, struct varlink_call *call, struct json_object *parameters,
		  struct api *api)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct change_request request;
	struct intent intent = INTENT_NULL;
	struct subject *subject;
	int rc;

	rc = intent_from_json(kind, parameters, &problems, &intent);
	if (rc == 0)
		rc = change_request_from_json(varlink_call_method(call), parameters, &problems,
					      &request);
	if (rc == 0) {
		subject = memory_subject_new(&intent, api->draft);
		rc = subject ? engine_submit(api->engine, call, &request, subject) : -ENOMEM;
	} else {
		intent_deinit(&intent);
		/* INTENT_E_BAD, CHANGE_REQUEST_E_BAD */
		if (rc > 0)
			rc = api_reply_bad_request(call, &problems);
	}
	refusal_list_deinit(&problems);
	return rc;
}

static int create_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_CREATE_REGION, call, parameters, userdata);
}

static int remove_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_REMOVE_REGION, call, parameters, userdata);
}

static int enable_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_ENABLE_REGION, call, parameters, userdata);
}

static int set_memory(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_SET_MEMORY, call, parameters, userdata);
}

static int apply_claim(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_APPLY_CLAIM, call, parameters, userdata);
}

static int adopt_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_ADOPT_REGION, call, parameters, userdata);
}

static int forget_claim(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(INTENT_FORGET_CLAIM, call, parameters, userdata);
}

const struct varlink_method api_change_methods[] = {
	{ "io.cxlfm.Host.CreateRegion", create_region, 0 },
	{ "io.cxlfm.Host.RemoveRegion", remove_region, 0 },
	{ "io.cxlfm.Host.EnableRegion", enable_region, 0 },
	{ "io.cxlfm.Host.SetMemory", set_memory, 0 },
	{ "io.cxlfm.Host.ApplyClaim", apply_claim, 0 },
	{ "io.cxlfm.Host.AdoptRegion", adopt_region, 0 },
	{ "io.cxlfm.Host.ForgetClaim", forget_claim, 0 },
};
const size_t api_change_method_count = ARRAY_SIZE(api_change_methods);

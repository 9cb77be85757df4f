// SPDX-License-Identifier: GPL-2.0-only
/*
 * The methods of io.cxlfm.Host that change something: each makes the subject of a change of its
 * parameters, those for memory by a request for memory, those for a claim by the claim's kind.
 */
#include "daemon/claim/memory/memory-subject.h"
#include "daemon/api/api.h"
#include "daemon/api/pending-call.h"
#include "daemon/claim/claim-asking.h"
#include "daemon/engine/change-request.h"
#include "daemon/engine/engine.h"
#include "util/cleanup.h"

/* @rc: of what was made of the parameters: 0 with a subject; positive with problems */
static int take_on(int rc, struct varlink_call *call, struct json_object *parameters,
		   struct api *api, struct refusal_list *problems, struct subject *subject)
{
	struct change_request request;

	if (rc == 0)
		rc = change_request_from_json(varlink_call_method(call), parameters, problems,
					      &request);
	if (rc == 0)
		rc = engine_submit(api->engine, call, &request, subject);
	else
		(void)subject_free(subject);
	/* MEMORY_REQUEST_E_BAD, CLAIM_E_BAD, CHANGE_REQUEST_E_BAD */
	if (rc > 0)
		rc = api_reply_bad_request(call, problems);
	return rc;
}

/* Of memory, whether it is a claim's or not. */
static int submit(enum memory_request_kind kind, struct varlink_call *call,
		  struct json_object *parameters, struct api *api)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct subject *subject = NULL;
	int rc = pending_call_wait_for_former(api, call, parameters);

	if (rc)
		return rc < 0 ? rc : 0;
	rc = memory_request_from_json(kind, parameters, &problems, &request);
	if (rc == 0) {
		subject = memory_subject_new(&request, api->draft);
		rc = subject ? 0 : -ENOMEM;
	} else {
		memory_request_deinit(&request);
	}
	rc = take_on(rc, call, parameters, api, &problems, subject);
	refusal_list_deinit(&problems);
	return rc;
}

/* Of a claim, whatever its kind. */
static int ask(enum claim_verb verb, struct varlink_call *call, struct json_object *parameters,
	       struct api *api)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim_asking asking = CLAIM_ASKING_NULL;
	struct subject *subject = NULL;
	int rc = pending_call_wait_for_claims(api, call);

	if (rc == 0)
		rc = pending_call_wait_for_former(api, call, parameters);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = claim_asking_from_json(verb, api->claims->kinds, parameters, &problems, &asking);
	if (rc == 0) {
		subject = claim_ask(&asking, api->claims, api->draft);
		rc = subject ? 0 : -ENOMEM;
	} else {
		claim_asking_deinit(&asking);
	}
	rc = take_on(rc, call, parameters, api, &problems, subject);
	refusal_list_deinit(&problems);
	return rc;
}

static int create_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(MEMORY_CREATE_REGION, call, parameters, userdata);
}

static int remove_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(MEMORY_REMOVE_REGION, call, parameters, userdata);
}

static int enable_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(MEMORY_ENABLE_REGION, call, parameters, userdata);
}

static int set_memory(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(MEMORY_SET_MEMORY, call, parameters, userdata);
}

static int apply_claim(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return ask(CLAIM_WANT, call, parameters, userdata);
}

static int adopt_region(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return submit(MEMORY_ADOPT_REGION, call, parameters, userdata);
}

static int forget_claim(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	return ask(CLAIM_FORGET, call, parameters, userdata);
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

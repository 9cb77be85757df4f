// SPDX-License-Identifier: GPL-2.0-only
/*
 * The methods of io.cxlfm.Host about declared states: compared, fulfilled, exported.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/declared-state.h"
#include "daemon/claim/unknown-kind.h"
#include "daemon/api/api.h"
#include "daemon/api/pending-call.h"
#include "daemon/engine/apply.h"
#include "daemon/engine/change-request.h"
#include "util/json.h"

/* Claims in one answer: an answer is bounded in size and time, as a call is. */
#define EXPORTED_AT_ONCE ((size_t)64)

/* The claims of a part, to be freed; NULL without memory. */
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

static int find_difference(const struct api *api, const struct declared_state *declared,
			   struct refusal_list *problems, struct json_object **ret_changes)
{
	size_t count;
	_cleanup_free_ const struct claim **stored = stored_claims(api, declared, &count);
	struct declared_diff diff = DECLARED_DIFF_NULL;
	int rc = stored ? declared_state_diff(stored, count, declared, problems, &diff) : -ENOMEM;

	if (rc == 0) {
		*ret_changes = declared_diff_to_json(&diff);
		rc = *ret_changes ? 0 : -ENOMEM;
	}
	declared_diff_deinit(&diff);
	return rc;
}

/* The document in the parameters, without the members that tell its use. */
static struct json_object *document_of(struct json_object *parameters)
{
	static const char *const members[] = { "claims", "after", "until" };
	_cleanup_json_ struct json_object *document = json_object_new_object();
	struct json_object *value;

	for (size_t i = 0; document && i < ARRAY_SIZE(members); i++)
		if (json_object_object_get_ex(parameters, members[i], &value) && value &&
		    json_add(document, members[i], json_object_get(value)) < 0)
			return NULL;
	return TAKE_PTR(document);
}

/* Compares a document with the claims, which have to be known. Positive: the call was answered. */
static int difference_of(struct varlink_call *call, struct json_object *parameters, struct api *api,
			 struct json_object **ret_changes)
{
	_cleanup_json_ struct json_object *document = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state declared = DECLARED_STATE_NULL;
	int rc;

	document = document_of(parameters);
	rc = document ? declared_state_from_json(api->claims->kinds, document, &problems, &declared)
		      : -ENOMEM;
	if (rc == 0)
		rc = find_difference(api, &declared, &problems, ret_changes);
	if (rc == CLAIM_E_BAD)
		rc = api_reply_bad_request(call, &problems) < 0 ? -ENOMEM : 1;
	declared_state_deinit(&declared);
	refusal_list_deinit(&problems);
	return rc;
}

static int diff_state(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_json_ struct json_object *reply = json_object_new_object(), *changes = NULL;
	int rc = pending_call_wait_for_claims(userdata, call);

	if (rc == 0)
		rc = difference_of(call, parameters, userdata, &changes);
	if (rc)
		return rc < 0 ? rc : 0;
	if (!reply || json_add(reply, "changes", TAKE_PTR(changes)) < 0 ||
	    json_add_u64(reply, "state", ((struct api *)userdata)->claims->state) < 0)
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

/* ---- applying a state ---- */

/* The parts of a state that one connection has declared so far. */
struct state_draft {
	struct wish_list wishes;
	char *until;	/* the name up to which the state is declared; NULL: nothing is */
	uint64_t state; /* of the claims with which the first part was compared */
	uint64_t digest;
};

static void draft_free(void *data)
{
	struct state_draft *draft = data;

	wish_list_deinit(&draft->wishes);
	free(draft->until);
	free(draft);
}

DEFINE_CLEANUP(struct state_draft *, draft_free)

/* The bytes of the draft and of each wish, which the allocator rounds up. */
static size_t bytes_of(const struct state_draft *draft)
{
	return sizeof(*draft) + draft->wishes.bytes +
	       draft->wishes.wishes.count * 2 * sizeof(struct wish);
}

static struct state_draft *take_draft(struct varlink_call *call)
{
	struct state_draft *draft = varlink_call_take_draft(call).data;

	return draft ?: calloc(1, sizeof(*draft));
}

typedef int (*reply_fn)(struct varlink_call *call, const struct refusal_list *problems);

static int refuse(struct varlink_call *call, reply_fn reply, const char *code, const char *hint,
		  const char *text)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	int rc = refusal_add(&problems, code, NULL, hint, "%s", text);

	if (rc == 0)
		rc = reply(call, &problems);
	refusal_list_deinit(&problems);
	return rc < 0 ? rc : 1;
}

static int check_part(struct varlink_call *call, const struct state_draft *draft, const char *after,
		      uint64_t state)
{
	if (strcmp(draft->until ?: "", after ?: "") != 0)
		return refuse(call, api_reply_bad_request, "bad-state",
			      "begin again with the first part, on the same connection",
			      "the part does not begin at the end of the part before it");
	/* A claim that others make or change in the range of an earlier part would be missed. */
	if (draft->until && draft->state != state)
		return refuse(call, api_reply_refused, "state-changed",
			      "apply the whole state again",
			      "others have changed claims since the first part of the state");
	return 0;
}

static int add_part(struct varlink_call *call, struct json_object *parameters, struct api *api,
		    struct state_draft *draft)
{
	_cleanup_json_ struct json_object *changes = NULL;
	const char *after = NULL;
	int rc;

	(void)json_get_string(parameters, "after", &after);
	rc = check_part(call, draft, after, api->claims->state);
	if (rc == 0)
		rc = difference_of(call, parameters, api, &changes);
	if (rc == 0)
		rc = wish_list_add(&draft->wishes, changes);
	if (changes)
		varlink_call_free_later(call, TAKE_PTR(changes), draft->wishes.bytes);
	if (rc == -E2BIG)
		return refuse(call, api_reply_bad_request, "bad-state",
			      "apply a file with some of these claims first, then this one",
			      "the state has more changes than can be noted at once");
	draft->digest = change_request_digest(draft->digest, parameters);
	draft->state = api->claims->state;
	return rc;
}

static int end_part(struct varlink_call *call, struct json_object *parameters,
		    struct state_draft **draft)
{
	const char *until = "";
	struct varlink_draft kept;

	(void)json_get_string(parameters, "until", &until);
	free((*draft)->until);
	(*draft)->until = strdup(until);
	if (!(*draft)->until)
		return -ENOMEM;
	kept = (struct varlink_draft){ *draft, draft_free, bytes_of(*draft) };
	if (varlink_call_keep_draft(call, &kept) < 0) {
		(void)varlink_call_error(call, "io.cxlfm.Host.TooManyRequests", NULL);
		return 0;
	}
	*draft = NULL;
	(void)varlink_call_reply(call, NULL);
	return 0;
}

static int add_state(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_(draft_freep) struct state_draft *draft = NULL;
	int rc = pending_call_wait_for_claims(userdata, call);

	if (rc)
		return rc < 0 ? rc : 0;
	draft = take_draft(call);
	rc = draft ? add_part(call, parameters, userdata, draft) : -ENOMEM;
	if (rc)
		return rc < 0 ? rc : 0;
	return end_part(call, parameters, &draft);
}

static int apply(struct varlink_call *call, struct json_object *parameters, void *userdata)
{
	_cleanup_(draft_freep) struct state_draft *draft = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct change_request request;
	struct api *api = userdata;
	int rc = pending_call_wait_for_claims(api, call);

	if (rc == 0)
		rc = pending_call_wait_for_former(api, call, parameters);
	if (rc)
		return rc < 0 ? rc : 0;
	draft = take_draft(call);
	if (!draft)
		return -ENOMEM;
	rc = change_request_from_json(varlink_call_method(call), parameters, &problems, &request);
	if (rc > 0)
		rc = api_reply_bad_request(call, &problems) < 0 ? -ENOMEM : 1;
	refusal_list_deinit(&problems);
	if (rc == 0)
		rc = add_part(call, parameters, api, draft);
	if (rc)
		return rc < 0 ? rc : 0;
	request.digest = draft->digest;
	wish_list_sort(&draft->wishes);
	return apply_submit(api->engine, call, &request, &draft->wishes);
}

/*
 * Nobody knows what of such a claim is wanted, and a state without the claim, applied again, would
 * end it. Positive: the call was answered.
 */
static int refuse_unknown(struct varlink_call *call, const struct claim *const *stored,
			  size_t count)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < count; i++)
		if (claim_is_unknown(stored[i]))
			rc = unknown_claim_refuse(stored[i], &problems);
	if (rc == CLAIM_E_BAD)
		rc = api_reply_refused(call, &problems) < 0 ? -ENOMEM : 1;
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
	rc = stored ? refuse_unknown(call, stored, count) : -ENOMEM;
	if (rc)
		return rc < 0 ? rc : 0;
	reply = declared_state_to_json(stored, count < EXPORTED_AT_ONCE ? count : EXPORTED_AT_ONCE);
	if (!reply || json_add_u64(reply, "state", api->claims->state) < 0 ||
	    (count > EXPORTED_AT_ONCE && json_add_bool(reply, "more", true) < 0))
		return -ENOMEM;
	(void)varlink_call_reply(call, reply);
	return 0;
}

const struct varlink_method api_state_methods[] = {
	{ "io.cxlfm.Host.DiffState", diff_state, 0 },
	{ "io.cxlfm.Host.AddState", add_state, 0 },
	{ "io.cxlfm.Host.Apply", apply, 0 },
	{ "io.cxlfm.Host.ExportState", export_state, 0 },
};
const size_t api_state_method_count = ARRAY_SIZE(api_state_methods);

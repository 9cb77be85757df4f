// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that wait for a look at the host, for mailboxes, or for the claims in the store.
 */
#include "daemon/api/pending-call.h"

#include <errno.h>

#include "daemon/api/list-request.h"
#include "daemon/api/api.h"
#include "daemon/engine/outcome.h"
#include "util/json.h"

/* The store is read in milliseconds, and the look after that takes a fraction of a second. */
#define CLAIMS_TIMEOUT_MS 20000

/* The bits of varlink_call_waited(). */
#define WAITED_FOR_SNAPSHOT  1u
#define WAITED_FOR_MAILBOXES 2u

struct pending_call {
	struct api *api;
	struct varlink_call *call;
	sd_event_source *timer; /* of a call that waits for the store */
};

static void pending_call_end(struct pending_call *pending)
{
	varlink_call_on_close(pending->call, NULL, NULL);
	(void)varlink_call_unref(pending->call);
	(void)sd_event_source_disable_unref(pending->timer);
	free(pending);
}

/* Ends the wait for the store. */
static void leave(struct pending_call *pending)
{
	struct api *api = pending->api;
	size_t kept = 0;

	for (size_t i = 0; i < api->pending.count; i++)
		if (api->pending.items[i] != pending)
			api->pending.items[kept++] = api->pending.items[i];
	api->pending.count = kept;
	if (kept == 0)
		ARRAY_FREE(&api->pending);
}

static void on_pending_call_closed(struct varlink_call *call, void *userdata)
{
	struct pending_call *pending = userdata;

	observer_forget(pending->api->observer, pending);
	mailbox_reader_forget(pending->api->mailboxes, pending);
	leave(pending);
	pending_call_end(pending);
}

/* Has the call handled once more, with the result that it has waited for. */
static void resume(void *userdata)
{
	struct pending_call *pending = userdata;

	varlink_call_again(pending->call);
	pending_call_end(pending);
}

static bool has_waited(const struct varlink_call *call, unsigned int what)
{
	return varlink_call_waited(call) & what;
}

static void note_waited(struct varlink_call *call, unsigned int what)
{
	varlink_call_set_waited(call, varlink_call_waited(call) | what);
}

/* Answers with an error of the interface, whose parameter is a text. */
static void answer_error(struct varlink_call *call, const char *error, const char *text)
{
	_cleanup_json_ struct json_object *parameters = outcome_text_to_json(text);

	if (parameters)
		(void)varlink_call_error(call, error, parameters);
	else
		(void)varlink_call_error_errno(call, ENOMEM);
}

/* After a failed look, answers from the former snapshot, which tells its age. */
static void on_snapshot(void *userdata, int error, struct snapshot *snapshot)
{
	struct pending_call *pending = userdata;
	char text[OBSERVER_ERROR_MAX];

	if (error == 0 || observer_snapshot(pending->api->observer)) {
		note_waited(pending->call, WAITED_FOR_SNAPSHOT);
		resume(pending);
		return;
	}
	(void)observer_error_text(pending->api->observer, error, text);
	answer_error(pending->call, "io.cxlfm.Host.HostUnread", text);
	pending_call_end(pending);
}

static struct pending_call *pending_call_new(struct api *api, struct varlink_call *call)
{
	struct pending_call *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	*pending = (struct pending_call){
		.api = api,
		.call = varlink_call_ref(call),
	};
	varlink_call_on_close(call, on_pending_call_closed, pending);
	return pending;
}

static int ask_mailboxes(struct api *api, const struct list_options *options,
			 struct pending_call *pending)
{
	_cleanup_free_ const struct topo_memdev **memdevs = NULL;
	size_t count;
	int rc = topology_list_mailboxes(observer_snapshot(api->observer)->topology, options,
					 &memdevs, &count);

	return rc ? rc
		  : mailbox_reader_ask(api->mailboxes, memdevs, count,
				       list_request_names_mailbox(options), resume, pending);
}

int pending_call_wait_for_mailboxes(struct api *api, struct varlink_call *call,
				    const struct list_options *options)
{
	struct pending_call *pending;
	int rc;

	if (has_waited(call, WAITED_FOR_MAILBOXES))
		return 0;
	pending = pending_call_new(api, call);
	if (!pending)
		return -ENOMEM;
	note_waited(call, WAITED_FOR_MAILBOXES);
	rc = ask_mailboxes(api, options, pending);
	if (rc)
		pending_call_end(pending);
	return rc < 0 ? rc : rc == 0;
}

bool pending_call_has_to_wait(struct api *api, const struct varlink_call *call)
{
	if (!observer_snapshot(api->observer))
		return true;
	return !has_waited(call, WAITED_FOR_SNAPSHOT) &&
	       (observer_is_behind(api->observer) || observer_is_stale(api->observer));
}

int pending_call_wait_for_snapshot(struct api *api, struct varlink_call *call)
{
	struct pending_call *pending = pending_call_new(api, call);
	int rc;

	if (!pending)
		return -ENOMEM;
	rc = observer_ask(api->observer, OBSERVER_CURRENT, on_snapshot, pending);
	if (rc < 0)
		pending_call_end(pending);
	return rc;
}

/* ---- claims ---- */

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct pending_call *pending = userdata;

	leave(pending);
	answer_error(pending->call, "io.cxlfm.Host.StoreFailed",
		     "cxlfmd is starting, and still reads its store and the host: claims and "
		     "changes are not known yet");
	pending_call_end(pending);
	return 0;
}

static int wait_for_store(struct api *api, struct varlink_call *call)
{
	struct pending_call *pending = pending_call_new(api, call);
	int rc;

	if (!pending)
		return -ENOMEM;
	rc = sd_event_add_time_relative(api->event, &pending->timer, CLOCK_MONOTONIC,
					(uint64_t)CLAIMS_TIMEOUT_MS * 1000, 0, on_late, pending);
	if (rc >= 0)
		rc = ARRAY_APPEND(&api->pending, pending);
	if (rc < 0)
		pending_call_end(pending);
	return rc < 0 ? rc : 1;
}

int pending_call_wait_for_claims(struct api *api, struct varlink_call *call)
{
	if (api->claims_known)
		return 0;
	if (!api->claims_problem)
		return wait_for_store(api, call);
	answer_error(call, "io.cxlfm.Host.StoreFailed", api->claims_problem);
	return 1;
}

int pending_call_wait_for_changes(struct api *api, struct varlink_call *call)
{
	return api->changes_known || api->claims_problem ? 0 : wait_for_store(api, call);
}

int pending_call_wait_for_former(struct api *api, struct varlink_call *call,
				 struct json_object *parameters)
{
	return json_object_object_get_ex(parameters, "request_id", NULL)
		       ? pending_call_wait_for_changes(api, call)
		       : 0;
}

void pending_calls_resume(struct api *api)
{
	while (api->pending.count) {
		struct pending_call *pending = api->pending.items[api->pending.count - 1];

		leave(pending);
		resume(pending);
	}
}

void pending_calls_free(struct api *api)
{
	while (api->pending.count) {
		struct pending_call *pending = api->pending.items[api->pending.count - 1];

		leave(pending);
		pending_call_end(pending);
	}
}

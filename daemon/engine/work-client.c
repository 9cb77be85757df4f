// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clients' side of a change: clients ask for the change, listen, leave, cancel.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/change-request.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/engine-internal.h"
#include "util/json.h"

/* ---- a change that nobody wants any more ---- */

void work_leave(struct work *work)
{
	/* A client who asks once more, for want of an answer, gets a new change: nothing was done.
	 */
	if (!work->record->cancelled && work_may_turn_back(work))
		*work->record->request = '\0';
	change_leave(&work->life);
}

/* Ends the waits of the change. */
static void give_up(void *carrier)
{
	struct work *work = carrier;
	struct engine *engine = work->engine;
	const enum change_task task = work->life.task;

	work_leave(work);
	if (work->life.begun)
		log_notice(engine->log, "%s: the change is taken back",
			   work->record->cancelled ? "it was cancelled" : "the client has gone");
	if (work->performer && change_may_give_up(&work->life))
		work->performer->ops->give_up(work->performer, -ECANCELED);
	if (work->life.task == task)
		return;
	observer_forget(engine->observer, work);
	work_clear_timer(work);
	if (task == CHANGE_INQUIRE)
		work->performer->ops->release(work->performer);
	work_proceed(work);
}

static void on_client_gone(struct varlink_call *call, void *userdata)
{
	struct change_record *record = userdata;
	const bool was_wanted = change_is_wanted(record);

	change_unlisten(record, call);
	if (!was_wanted || change_is_wanted(record))
		return;
	record->ops->give_up(record->work);
}

/* ---- clients that ask ---- */

/*
 * A client who begins to listen in a long step would be told nothing before the next step, and one
 * who listens to an entry that can't be taken up would never be told anything.
 */
static void tell_where_it_is(void *carrier, struct varlink_call *call)
{
	struct work *work = carrier;
	const struct step *step = work_step(work);
	_cleanup_json_ struct json_object *progress = NULL;

	if (work->is_left_alone && work->problem)
		progress = outcome_news_to_json(NULL, work->problem);
	else if (step)
		progress = outcome_progress_to_json(&work->life.exec, step, false);
	if (progress)
		(void)varlink_call_notify(call, progress);
	else
		work_turn_tell(work);
}

static bool may_turn_back(const void *carrier)
{
	return work_may_turn_back(carrier);
}

static void answer_late(void *carrier)
{
	work_answer_late(carrier);
}

static bool waits_for_store(const void *carrier)
{
	return work_waits_for_store(carrier);
}

static void answer_left(void *carrier)
{
	struct work *work = carrier;

	if (work->is_left_alone)
		work_answer_left(work);
}

const struct change_work_ops engine_work_ops = { tell_where_it_is, give_up,	may_turn_back,
						 waits_for_store,  answer_late, answer_left };

int engine_listen(struct engine *engine, struct change_record *record, struct varlink_call *call)
{
	int rc;

	if (record->state == CHANGE_IS_ENDED) {
		change_listener_answer(call, &record->result);
		return 0;
	}
	rc = change_listen(record, call, on_client_gone);
	if (rc < 0)
		return rc;
	if (engine->is_late && record->ops->waits_for_store(record->work))
		record->ops->answer_late(record->work);
	else if (varlink_call_wants_more(call))
		record->ops->tell(record->work, call);
	else if (record->ops->answer_left)
		record->ops->answer_left(record->work);
	return 0;
}

/* The client waits for nothing but the id of the change. */
static int answer_with_id(struct varlink_call *call, const struct change_record *record)
{
	_cleanup_json_ struct json_object *parameters = outcome_id_to_json(record->id);

	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_reply(call, parameters);
	return 0;
}

int work_answer_taken_on(struct engine *engine, struct varlink_call *call,
			 const struct change_request *request, struct change_record *record)
{
	if (!request->no_wait)
		return engine_listen(engine, record, call);
	record->kept = record->kept || record->state != CHANGE_IS_ENDED;
	return answer_with_id(call, record);
}

static int refuse_other_parameters(struct varlink_call *call, const char *name)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *parameters = NULL;

	if (refusal_add(&refusals, "request-id-taken", name, "take another id",
			"another request was made with this id") == 0)
		parameters = outcome_refusal_to_json(&refusals);
	refusal_list_deinit(&refusals);
	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_error(call, "io.cxlfm.Host.Refused", parameters);
	return 0;
}

static int ask_again(struct engine *engine, struct varlink_call *call,
		     const struct change_request *request, struct change_record *record)
{
	if (record->digest != request->digest)
		return refuse_other_parameters(call, request->name);
	return work_answer_taken_on(engine, call, request, record);
}

int work_asked_before(struct engine *engine, struct varlink_call *call,
		      const struct change_request *request)
{
	struct change_record *record =
		request->name
			? change_register_find_request(&engine->changes,
						       varlink_call_peer(call)->uid, request->name)
			: NULL;
	int rc = record ? ask_again(engine, call, request, record) : 0;

	return rc < 0 ? rc : record != NULL;
}

struct change_requester work_requester(const struct varlink_call *call,
				       const struct change_request *request)
{
	const struct varlink_peer *peer = varlink_call_peer(call);

	return (struct change_requester){
		.origin = CHANGE_OF_CLIENT,
		.uid = peer->uid,
		.pid = peer->pid,
		.method = varlink_call_method(call),
		.request = request->name,
		.digest = request->digest,
		.kept = request->no_wait,
		.bytes = request->bytes,
	};
}

int work_refuse_too_many(struct varlink_call *call, int error)
{
	if (error != -EDQUOT)
		return error;
	(void)varlink_call_error(call, "io.cxlfm.Host.TooManyRequests", NULL);
	return 0;
}

static int take_on(struct engine *engine, struct varlink_call *call,
		   const struct change_request *request, struct subject *subject)
{
	struct change_requester asked = work_requester(call, request);
	struct work *work;
	int rc;

	asked.dry_run = subject->is_dry_run;
	rc = work_new(engine, &asked, subject, &work);

	if (rc < 0)
		return work_refuse_too_many(call, rc);
	work_take_place(work);
	rc = work_answer_taken_on(engine, call, request, work->record);
	if (rc < 0)
		/* Nobody would know of the change. */
		give_up(work);
	else if (engine->is_stuck)
		work_refuse_to_wait(work);
	else
		engine_wake(engine);
	return rc;
}

int engine_submit(struct engine *engine, struct varlink_call *call,
		  const struct change_request *request, struct subject *subject)
{
	int rc = work_asked_before(engine, call, request);

	if (rc == 0)
		return take_on(engine, call, request, subject);
	(void)subject_free(subject);
	return rc < 0 ? rc : 0;
}

/* ---- cancelling ---- */

static int refuse_late(const struct change_record *record, struct refusal_list *problems)
{
	if (refusal_add(problems, "change-past-return", record->id, NULL,
			"the change has come too far to be taken back, and goes on to its end") < 0)
		return -ENOMEM;
	return ENGINE_E_REFUSED;
}

int engine_cancel(struct change_record *record, const struct varlink_peer *peer,
		  struct refusal_list *problems)
{
	int rc = change_record_check_cancel(record, peer->uid, problems);

	if (rc)
		return rc < 0 ? rc : ENGINE_E_REFUSED;
	if (!record->ops->may_turn_back(record->work))
		return refuse_late(record, problems);
	if (record->cancelled)
		return 0;
	record->cancelled = true;
	record->cancelled_by = peer->uid;
	record->cancelled_by_pid = peer->pid;
	record->ops->give_up(record->work);
	return 0;
}

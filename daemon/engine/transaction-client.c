// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clients' side of a change: who asks for one, listens to it, leaves it, cancels it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/change-request.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/transaction-internal.h"
#include "util/json.h"

/* ---- nobody wants it any more ---- */

void transaction_leave(struct transaction *transaction)
{
	/* Whoever asks once more, for want of an answer, gets it: nothing was done. */
	if (!transaction->record->cancelled && change_may_turn_back(&transaction->life))
		*transaction->record->request = '\0';
	change_leave(&transaction->life);
}

/* What it has asked for is not waited for. */
static void give_up(void *work)
{
	struct transaction *transaction = work;
	struct transaction_queue *queue = transaction->queue;
	const enum change_task task = transaction->life.task;

	transaction_leave(transaction);
	if (transaction->life.begun)
		log_notice(queue->log, "%s: the change is taken back",
			   transaction->record->cancelled ? "it was cancelled"
							  : "the client has left");
	if (change_may_give_up(&transaction->life))
		queue->performer->ops->give_up(queue->performer, -ECANCELED);
	if (transaction->life.task == task)
		return;
	observer_forget(queue->observer, transaction);
	if (task == CHANGE_INQUIRE)
		queue->performer->ops->release(queue->performer);
	transaction_proceed(transaction);
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

/* ---- who asks ---- */

/* Whoever comes in the middle of a long step would wait for the next one. */
static void tell_where_it_is(void *work, struct varlink_call *call)
{
	struct transaction *transaction = work;
	const struct step *step = transaction_step(transaction);
	_cleanup_json_ struct json_object *progress = NULL;

	if (step)
		progress = outcome_progress_to_json(&transaction->life.exec, step, false);
	if (progress)
		(void)varlink_call_notify(call, progress);
	else
		transaction_turn_tell(transaction);
}

static bool may_turn_back(const void *work)
{
	const struct transaction *transaction = work;

	return change_may_turn_back(&transaction->life);
}

static void answer_late(void *work)
{
	transaction_answer_late(work);
}

const struct change_work_ops transaction_work_ops = { tell_where_it_is, give_up, may_turn_back,
						      answer_late };

int transaction_listen(struct transaction_queue *queue, struct change_record *record,
		       struct varlink_call *call)
{
	int rc;

	if (record->state == CHANGE_IS_ENDED) {
		change_listener_answer(call, &record->result);
		return 0;
	}
	rc = change_listen(record, call, on_client_gone);
	if (rc < 0)
		return rc;
	if (queue->is_stuck && record->state == CHANGE_IS_RUNNING)
		record->ops->answer_late(record->work);
	else if (varlink_call_wants_more(call))
		record->ops->tell(record->work, call);
	return 0;
}

/* It is taken on, and that is all that is waited for. */
static int answer_with_id(struct varlink_call *call, const struct change_record *record)
{
	_cleanup_json_ struct json_object *parameters = outcome_id_to_json(record->id);

	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_reply(call, parameters);
	return 0;
}

int transaction_answer_taken_on(struct transaction_queue *queue, struct varlink_call *call,
				const struct change_request *request, struct change_record *record)
{
	if (!request->no_wait)
		return transaction_listen(queue, record, call);
	record->kept = record->kept || record->state != CHANGE_IS_ENDED;
	return answer_with_id(call, record);
}

static int refuse_other_parameters(struct varlink_call *call, const char *name)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *parameters = NULL;

	if (refusal_add(&refusals, "request-id-taken", name, "take another id",
			"something else was asked for by this id") == 0)
		parameters = outcome_refusal_to_json(&refusals);
	refusal_list_deinit(&refusals);
	if (!parameters)
		return -ENOMEM;
	(void)varlink_call_error(call, "io.cxlfm.Host.Refused", parameters);
	return 0;
}

static int ask_again(struct transaction_queue *queue, struct varlink_call *call,
		     const struct change_request *request, struct change_record *record)
{
	if (record->digest != request->digest)
		return refuse_other_parameters(call, request->name);
	return transaction_answer_taken_on(queue, call, request, record);
}

int transaction_asked_before(struct transaction_queue *queue, struct varlink_call *call,
			     const struct change_request *request)
{
	struct change_record *record =
		request->name
			? change_register_find_request(&queue->changes,
						       varlink_call_peer(call)->uid, request->name)
			: NULL;
	int rc = record ? ask_again(queue, call, request, record) : 0;

	return rc < 0 ? rc : record != NULL;
}

struct change_requester transaction_requester(const struct varlink_call *call,
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

int transaction_refuse_too_many(struct varlink_call *call, int error)
{
	if (error != -EDQUOT)
		return error;
	(void)varlink_call_error(call, "io.cxlfm.Host.TooManyRequests", NULL);
	return 0;
}

static int take_on(struct transaction_queue *queue, struct varlink_call *call,
		   const struct change_request *request, struct subject *subject)
{
	struct change_requester asked = transaction_requester(call, request);
	struct transaction *transaction;
	int rc;

	asked.dry_run = subject->is_dry_run;
	rc = transaction_new(queue, &asked, subject, &transaction);

	if (rc < 0)
		return transaction_refuse_too_many(call, rc);
	transaction_take_place(transaction);
	rc = transaction_answer_taken_on(queue, call, request, transaction->record);
	if (rc < 0)
		/* Nobody would know of it. */
		give_up(transaction);
	else if (queue->is_stuck)
		transaction_refuse_to_wait(transaction);
	else
		transaction_queue_wake(queue);
	return rc;
}

int transaction_submit(struct transaction_queue *queue, struct varlink_call *call,
		       const struct change_request *request, struct subject *subject)
{
	int rc = transaction_asked_before(queue, call, request);

	if (rc == 0)
		return take_on(queue, call, request, subject);
	(void)subject_free(subject);
	return rc < 0 ? rc : 0;
}

/* ---- cancelling ---- */

static int refuse_late(const struct change_record *record, struct refusal_list *problems)
{
	if (refusal_add(problems, "change-past-return", record->id, NULL,
			"the change has come too far to be taken back, and goes on to its end") < 0)
		return -ENOMEM;
	return TRANSACTION_E_REFUSED;
}

int transaction_cancel(struct change_record *record, const struct varlink_peer *peer,
		       struct refusal_list *problems)
{
	int rc = change_record_check_cancel(record, peer->uid, problems);

	if (rc)
		return rc < 0 ? rc : TRANSACTION_E_REFUSED;
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

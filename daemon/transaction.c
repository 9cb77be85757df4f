// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries out intents, one at a time.
 */
#include "daemon/transaction.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/step/step-exec.h"
#include "cxl/step/step-explain.h"
#include "cxl/topology/topology-json.h"
#include "daemon/outcome.h"
#include "daemon/varlink/varlink-server.h"
#include "util/clock.h"
#include "util/json.h"

/*
 * A step may take its timeout, and ends a little later where the kernel can be interrupted. After
 * that there is nothing to do but to wait, and to say so.
 */
#define STEP_GRACE_MS 2000
/* A look takes a fraction of a second; it hangs when the kernel does, behind locks of its own. */
#define LOOK_TIMEOUT_MS 10000

struct transaction {
	struct transaction_queue *queue;
	struct varlink_call *call;
	struct intent intent;
	struct snapshot *snapshot; /* that the plan was made from */
	struct plan plan;
	struct step_exec exec;
	struct helper_session *session;
	struct refusal_list refusals; /* why it failed */
	struct json_object *holders;  /* who holds the memory that would not go offline */
	uint64_t step_begun_ms;
	enum observer_age age; /* of the snapshot */
	bool begun;	       /* steps were handed out: there is something to undo */
	bool proof_retried;
};

struct transaction_queue {
	const struct log *log;
	struct observer *observer;
	struct helper_client *helper;
	sd_event_source *late_timer;	     /* the kernel should have answered by now */
	ARRAY(struct transaction *) waiting; /* the first one is under way */
};

static void begin_first(struct transaction_queue *queue);
static void next_step(struct transaction *transaction);

static void expect_answer(struct transaction_queue *queue, uint64_t within_ms)
{
	int rc = sd_event_source_set_time_relative(queue->late_timer, within_ms * 1000);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(queue->late_timer, SD_EVENT_ONESHOT);
	if (rc < 0)
		log_warning(queue->log, "no timer: %s", strerror(-rc));
}

static void answer_came(struct transaction_queue *queue)
{
	(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
}

static struct transaction *transaction_free(struct transaction *transaction)
{
	if (!transaction)
		return NULL;
	if (transaction->call)
		varlink_call_on_close(transaction->call, NULL, NULL);
	(void)varlink_call_unref(transaction->call);
	(void)helper_session_free(transaction->session);
	step_exec_deinit(&transaction->exec);
	plan_deinit(&transaction->plan);
	(void)snapshot_unref(transaction->snapshot);
	refusal_list_deinit(&transaction->refusals);
	(void)json_object_put(transaction->holders);
	intent_deinit(&transaction->intent);
	free(transaction);
	return NULL;
}

static void remove_from_queue(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;
	size_t kept = 0;

	for (size_t i = 0; i < queue->waiting.count; i++)
		if (queue->waiting.items[i] != transaction)
			queue->waiting.items[kept++] = queue->waiting.items[i];
	queue->waiting.count = kept;
	if (kept == 0)
		ARRAY_FREE(&queue->waiting);
}

/* The transaction is answered and gone; when it was its turn, the next one begins. */
static void end(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;
	bool under_way = queue->waiting.items[0] == transaction;

	observer_forget(queue->observer, transaction);
	if (transaction->begun)
		observer_set_busy(queue->observer, false);
	remove_from_queue(transaction);
	(void)transaction_free(transaction);
	if (!under_way)
		return;
	answer_came(queue);
	if (queue->waiting.count)
		begin_first(queue);
}

static void end_with_error(struct transaction *transaction, const char *name,
			   struct json_object *parameters)
{
	if (parameters)
		(void)varlink_call_error(transaction->call, name, parameters);
	else
		(void)varlink_call_error_errno(transaction->call, ENOMEM);
	end(transaction);
}

static void end_without_helper(struct transaction *transaction, int error)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (parameters && json_add_string(parameters, "text", strerror(-error)))
		json_object_put(TAKE_PTR(parameters));
	end_with_error(transaction, "io.cxlfm.Host.HelperLost", parameters);
}

static void end_with_outcome(struct transaction *transaction, const struct topology *proof)
{
	_cleanup_json_ struct json_object *outcome = outcome_to_json(&transaction->plan, proof);

	if (outcome)
		(void)varlink_call_reply(transaction->call, outcome);
	else
		(void)varlink_call_error_errno(transaction->call, ENOMEM);
	end(transaction);
}

static void end_with_failure(struct transaction *transaction)
{
	_cleanup_json_ struct json_object *parameters = outcome_failure_to_json(
		&transaction->exec, &transaction->refusals, transaction->holders);

	if (step_exec_outcome(&transaction->exec) == STEP_EXEC_LEFTOVER)
		log_error(transaction->queue->log,
			  "a change failed and could not be taken back entirely");
	end_with_error(transaction, "io.cxlfm.Host.Failed", parameters);
}

static void finish(struct transaction *transaction);

static void on_proof(void *userdata, const struct helper_answer *answer)
{
	struct transaction *transaction = userdata;
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_topology_ struct topology *proof = NULL;
	int error = answer->error ? answer->error : answer->reply.error;

	answer_came(transaction->queue);
	if (answer->error && !transaction->proof_retried) {
		transaction->proof_retried = true;
		transaction->session = helper_session_free(transaction->session);
		finish(transaction);
		return;
	}
	if (error == 0)
		error = answer->data ? topology_from_json(answer->data, &notices, &proof) : -EPROTO;
	refusal_list_deinit(&notices);
	if (error)
		log_warning(transaction->queue->log, "the change can't be proved: %s",
			    error < 0 ? strerror(-error) : "the record makes no sense");
	end_with_outcome(transaction, proof);
}

/*
 * After the last step: what the region looks like now is the answer. Each step was read back, so
 * the rest of the host can be looked at when nobody waits for it.
 */
static int ask_for_proof(struct transaction *transaction)
{
	const struct helper_request request = { .verb = HELPER_REGION,
						.object = transaction->plan.region };
	int rc = request.object ? 0 : -ENOENT;

	if (rc == 0 && !transaction->session)
		rc = helper_session_new(transaction->queue->helper, &transaction->session);
	if (rc == 0)
		rc = helper_session_call(transaction->session, &request, on_proof, transaction);
	if (rc == 0)
		expect_answer(transaction->queue, LOOK_TIMEOUT_MS);
	return rc;
}

static void finish(struct transaction *transaction)
{
	if (step_exec_outcome(&transaction->exec) != STEP_EXEC_DONE)
		end_with_failure(transaction);
	else if (ask_for_proof(transaction) < 0)
		end_with_outcome(transaction, NULL);
}

/* Adds what is known of a failure to the answer, in an admin's words. */
static void explain(struct transaction *transaction, const struct step *step, int error,
		    const char *before)
{
	if (transaction->exec.failed)
		return;
	log_warning(transaction->queue->log, "%s: %s", step->object, strerror(-error));
	(void)step_explain(step, error, before, &transaction->refusals);
}

static void on_holders(void *userdata, const struct helper_answer *answer)
{
	struct transaction *transaction = userdata;

	answer_came(transaction->queue);
	if (answer->error == 0 && answer->reply.error == 0)
		transaction->holders = json_object_get(answer->data);
	if (answer->error)
		transaction->session = helper_session_free(transaction->session);
	next_step(transaction);
}

/*
 * Asks who holds the memory block that would not go offline, before undoing lets its pages move.
 * False when there is nobody to ask.
 */
static bool ask_for_holders(struct transaction *transaction, const struct step *step, int error)
{
	const struct helper_request request = { .verb = HELPER_HOLDERS, .object = step->object };

	if (step->property != STEP_BLOCK || (error != -EBUSY && error != -ETIMEDOUT) ||
	    transaction->holders || !transaction->session)
		return false;
	expect_answer(transaction->queue, LOOK_TIMEOUT_MS);
	return helper_session_call(transaction->session, &request, on_holders, transaction) == 0;
}

static void on_step(void *userdata, const struct helper_answer *answer)
{
	struct transaction *transaction = userdata;
	int error = answer->error ? answer->error : answer->reply.error;
	/* Of a worker that died nobody knows how far it got. */
	bool wrote = answer->error || answer->reply.wrote;
	struct step step;
	bool ask;

	answer_came(transaction->queue);
	if (answer->error)
		transaction->session = helper_session_free(transaction->session);
	(void)step_exec_next(&transaction->exec, &step);
	log_debug(transaction->queue->log, "%s %s took %" PRIu64 " ms", step.object,
		  step_property_name(step.property), clock_now_ms() - transaction->step_begun_ms);
	if (error)
		explain(transaction, &step, error, answer->reply.before);
	ask = error && !transaction->exec.failed;
	(void)step_exec_result(&transaction->exec, error, wrote);
	if (ask && ask_for_holders(transaction, &step, error))
		return;
	next_step(transaction);
}

static void report_progress(struct transaction *transaction, const struct step *step, bool late)
{
	_cleanup_json_ struct json_object *progress = NULL;

	if (!varlink_call_wants_more(transaction->call) || !varlink_call_is_open(transaction->call))
		return;
	progress = outcome_progress_to_json(&transaction->exec, step, late);
	if (progress)
		(void)varlink_call_notify(transaction->call, progress);
}

/* A worker that hangs in the kernel can't even be killed: the change waits, all else goes on. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct transaction_queue *queue = userdata;
	struct transaction *transaction = queue->waiting.items[0];
	struct step step;

	if (transaction->begun && step_exec_next(&transaction->exec, &step)) {
		log_warning(queue->log, "%s of %s takes long: still waiting for the kernel",
			    step_property_name(step.property), step.object);
		report_progress(transaction, &step, true);
	} else {
		log_warning(queue->log,
			    "a look at the host takes long: still waiting for the kernel");
	}
	return 0;
}

static int hand_out(struct transaction *transaction, const struct step *step)
{
	const struct helper_request request = {
		.verb = HELPER_STEP,
		.step = *step,
		.timeout_ms = transaction->intent.timeout_ms,
	};
	int rc = 0;

	transaction->step_begun_ms = clock_now_ms();
	if (!transaction->session)
		rc = helper_session_new(transaction->queue->helper, &transaction->session);
	if (rc == 0)
		rc = helper_session_call(transaction->session, &request, on_step, transaction);
	if (rc == 0)
		expect_answer(transaction->queue, request.timeout_ms + STEP_GRACE_MS);
	return rc;
}

static void next_step(struct transaction *transaction)
{
	struct step step;

	while (step_exec_next(&transaction->exec, &step)) {
		int rc;

		report_progress(transaction, &step, false);
		rc = hand_out(transaction, &step);
		if (rc == 0)
			return;
		/* The worker died between two steps: one more try, then it counts as a failure. */
		transaction->session = helper_session_free(transaction->session);
		rc = hand_out(transaction, &step);
		if (rc == 0)
			return;
		explain(transaction, &step, rc, NULL);
		(void)step_exec_result(&transaction->exec, rc, false);
	}
	finish(transaction);
}

static void on_client_gone(struct varlink_call *call, void *userdata)
{
	struct transaction *transaction = userdata;

	if (transaction->begun) {
		log_notice(transaction->queue->log,
			   "the client has left: the change is taken back");
		step_exec_cancel(&transaction->exec);
	} else {
		end(transaction);
	}
}

static void refuse(struct transaction *transaction)
{
	_cleanup_json_ struct json_object *parameters =
		outcome_refusal_to_json(&transaction->plan.refusals);

	end_with_error(transaction, "io.cxlfm.Host.Refused", parameters);
}

static void refuse_to_act_on_a_record(struct transaction *transaction)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	end_with_error(transaction, "io.cxlfm.Host.NotLive", parameters);
}

static void plan_from(struct transaction *transaction, enum observer_age age);

static void on_snapshot(void *userdata, int error, struct snapshot *snapshot)
{
	struct transaction *transaction = userdata;
	int rc;

	answer_came(transaction->queue);
	if (error) {
		end_without_helper(transaction, error);
		return;
	}
	transaction->snapshot = snapshot_ref(snapshot);
	rc = intent_plan(&transaction->intent, snapshot->topology, &transaction->plan);
	if (rc < 0) {
		(void)varlink_call_error_errno(transaction->call, rc);
		end(transaction);
	} else if (rc == PLAN_E_REFUSED && transaction->age != OBSERVER_FRESH) {
		/* What changes without a word to anybody must not be a reason to refuse. */
		plan_deinit(&transaction->plan);
		transaction->plan = PLAN_NULL;
		transaction->snapshot = snapshot_unref(transaction->snapshot);
		plan_from(transaction, OBSERVER_FRESH);
	} else if (rc == PLAN_E_REFUSED) {
		refuse(transaction);
	} else if (transaction->intent.dry_run) {
		end_with_outcome(transaction, NULL);
	} else if (!transaction->queue->helper) {
		refuse_to_act_on_a_record(transaction);
	} else {
		observer_set_busy(transaction->queue->observer, true);
		step_exec_init(&transaction->exec, &transaction->plan.steps);
		transaction->begun = true;
		next_step(transaction);
	}
}

static void plan_from(struct transaction *transaction, enum observer_age age)
{
	int rc;

	transaction->age = age;
	expect_answer(transaction->queue, LOOK_TIMEOUT_MS);
	rc = observer_ask(transaction->queue->observer, age, on_snapshot, transaction);
	if (rc < 0) {
		(void)varlink_call_error_errno(transaction->call, rc);
		end(transaction);
	}
}

static void begin_first(struct transaction_queue *queue)
{
	plan_from(queue->waiting.items[0], OBSERVER_CURRENT);
}

int transaction_queue_new(sd_event *event, const struct log *log, struct observer *observer,
			  struct helper_client *helper, struct transaction_queue **ret_queue)
{
	struct transaction_queue *queue = calloc(1, sizeof(*queue));
	int rc;

	if (!queue)
		return -ENOMEM;
	*queue = (struct transaction_queue){ .log = log, .observer = observer, .helper = helper };
	rc = sd_event_add_time(event, &queue->late_timer, CLOCK_MONOTONIC, 0, 0, on_late, queue);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
	if (rc < 0) {
		(void)transaction_queue_free(queue);
		return rc;
	}
	*ret_queue = queue;
	return 0;
}

struct transaction_queue *transaction_queue_free(struct transaction_queue *queue)
{
	if (!queue)
		return NULL;
	for (size_t i = 0; i < queue->waiting.count; i++)
		(void)transaction_free(queue->waiting.items[i]);
	ARRAY_FREE(&queue->waiting);
	(void)sd_event_source_disable_unref(queue->late_timer);
	free(queue);
	return NULL;
}

int transaction_submit(struct transaction_queue *queue, struct varlink_call *call,
		       struct intent *intent)
{
	struct transaction *transaction;
	int rc;

	if (queue->waiting.count >= TRANSACTIONS_WAITING_MAX) {
		intent_deinit(intent);
		return varlink_call_error(call, "io.cxlfm.Host.TooManyRequests", NULL);
	}
	transaction = calloc(1, sizeof(*transaction));
	if (!transaction) {
		intent_deinit(intent);
		return -ENOMEM;
	}
	*transaction = (struct transaction){
		.queue = queue,
		.intent = *intent,
		.plan = PLAN_NULL,
		.refusals = REFUSAL_LIST_NULL,
	};
	rc = ARRAY_APPEND(&queue->waiting, transaction);
	if (rc < 0) {
		(void)transaction_free(transaction);
		return rc;
	}
	transaction->call = varlink_call_ref(call);
	varlink_call_on_close(call, on_client_gone, transaction);
	if (queue->waiting.count == 1)
		begin_first(queue);
	return 0;
}

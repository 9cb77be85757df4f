// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of transactions, and how each one ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/plan-draft.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/step-runner.h"
#include "daemon/engine/transaction-internal.h"
#include "daemon/varlink/varlink-server.h"
#include "util/json.h"

/* Of one step that nobody waits for: as much as an admin would give a memory block. */
#define UNASKED_TIMEOUT_MS 60000

static struct transaction *transaction_free(struct transaction *transaction)
{
	if (!transaction)
		return NULL;
	if (transaction->call)
		varlink_call_on_close(transaction->call, NULL, NULL);
	(void)varlink_call_unref(transaction->call);
	step_exec_deinit(&transaction->exec);
	journal_entry_deinit(&transaction->left);
	claim_effect_deinit(&transaction->effect);
	claim_deinit(&transaction->former);
	(void)json_object_put(transaction->failure);
	(void)topology_free(transaction->proof);
	(void)json_object_put(transaction->then);
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

void transaction_owner_name(uid_t uid, char name[static TRANSACTION_OWNER_MAX])
{
	(void)snprintf(name, TRANSACTION_OWNER_MAX, "uid:%u", (unsigned int)uid);
}

static const char *failure_of(const struct transaction *transaction)
{
	const struct refusal_list *lists[] = { &transaction->refusals,
					       &transaction->plan.refusals };

	if (transaction->done)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (lists[i]->list.count)
			return lists[i]->list.items[0].text;
	if (transaction->error == -ESTALE)
		return "its region is not there any more";
	return transaction->error ? strerror(-transaction->error) : "it was not carried out";
}

/* From its first step on: another program has the lock of whoever changes the host. */
static bool is_held(const struct transaction *transaction)
{
	return transaction->begun && transaction->exec.failed && transaction->exec.error == -EUSERS;
}

/* What comes next is planned from the draft: what was done is in it, or the draft is worth nothing.
 */
static void end_on_draft(const struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;

	if (!transaction->done || transaction->remedy != CLAIM_REMEDY_MAKE ||
	    queue->draft_is_stale || !queue->draft ||
	    plan_draft_enter(queue->draft, &transaction->plan) < 0)
		queue->draft = topology_free(queue->draft);
}

const struct topology *transaction_draft(const struct transaction *transaction)
{
	const struct transaction_queue *queue = transaction->queue;

	return transaction->remedy == CLAIM_REMEDY_MAKE && !queue->draft_is_stale ? queue->draft
										  : NULL;
}

struct world transaction_world(const struct transaction *transaction)
{
	return observer_world(transaction->queue->observer, transaction->topology);
}

void transaction_queue_forget_draft(struct transaction_queue *queue)
{
	queue->draft_is_stale = true;
}

void transaction_end(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;

	observer_forget(queue->observer, transaction);
	if (transaction->begun)
		queue->unsettled = true;
	if (queue->waiting.items[0] == transaction && queue->under_way) {
		(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
		queue->under_way = false;
		transaction_turn_end(queue);
		end_on_draft(transaction);
		/* Who uses data was asked, and nothing was done: nobody is to hear the answer. */
		if (!transaction->begun && queue->runner)
			step_runner_release(queue->runner);
	}
	remove_from_queue(transaction);
	if (*transaction->mended && !transaction->moot)
		queue->owner.on_mended(queue->owner.userdata, transaction->mended,
				       failure_of(transaction), is_held(transaction));
	(void)transaction_free(transaction);
	if (!queue->under_way)
		transaction_queue_wake(queue);
}

/* Where the first of two halves was done, no error may say that nothing was changed. */
static const char *tell_half_done(const char *name, struct json_object *parameters)
{
	const char *code =
		strcmp(name, "io.cxlfm.Host.StoreFailed") == 0 ? "store-failed" : "helper-lost";

	return parameters && outcome_half_done(parameters, code) == 0 ? "io.cxlfm.Host.Failed"
								      : name;
}

void transaction_end_with_error(struct transaction *transaction, const char *name,
				struct json_object *parameters)
{
	if (transaction->making)
		name = tell_half_done(name, parameters);
	if (transaction_can_return(transaction)) {
		transaction_return(transaction, name, parameters);
		return;
	}
	if (transaction->call && parameters)
		(void)varlink_call_error(transaction->call, name, parameters);
	else if (transaction->call)
		(void)varlink_call_error_errno(transaction->call, ENOMEM);
	transaction_end(transaction);
}

void transaction_end_with_text(struct transaction *transaction, const char *name, int error)
{
	_cleanup_json_ struct json_object *parameters = outcome_error_to_json(error);

	transaction->error = error;
	transaction_end_with_error(transaction, name, parameters);
}

void transaction_end_not_stored(struct transaction *transaction)
{
	_cleanup_json_ struct json_object *parameters =
		outcome_text_to_json(transaction->queue->store_problem);

	transaction->error = -EIO;
	transaction_end_with_error(transaction, "io.cxlfm.Host.StoreFailed", parameters);
}

static struct json_object *dry_outcome(const struct transaction *transaction)
{
	struct declared_diff claims = DECLARED_DIFF_NULL;
	struct json_object *outcome = NULL;

	if (claim_effect_diff(&transaction->effect, transaction->queue->claims,
			      transaction->intent.kind == INTENT_FORGET_CLAIM, &claims) == 0)
		outcome = outcome_dry_run_to_json(&transaction->plan, transaction->then, &claims);
	declared_diff_deinit(&claims);
	return outcome;
}

static struct json_object *outcome(const struct transaction *transaction)
{
	const char *claim =
		transaction->effect.kind == CLAIM_IS_PUT ? transaction->effect.name : NULL;

	return outcome_to_json(&transaction->plan, claim, transaction->proof);
}

void transaction_end_with_outcome(struct transaction *transaction)
{
	_cleanup_json_ struct json_object *parameters =
		transaction->intent.dry_run ? dry_outcome(transaction) : outcome(transaction);

	if (parameters)
		(void)varlink_call_reply(transaction->call, parameters);
	else
		(void)varlink_call_error_errno(transaction->call, ENOMEM);
	transaction_end(transaction);
}

/* What only waits is not waited for. */
static void take_back(struct transaction *transaction)
{
	log_notice(transaction->queue->log, "the client has left: the change is taken back");
	step_exec_cancel(&transaction->exec);
	if (transaction->exec.state == STEP_EXEC_FORWARD &&
	    step_exec_may_turn_back(&transaction->exec))
		step_runner_give_up(transaction->queue->runner, -ECANCELED);
}

static void on_client_gone(struct varlink_call *call, void *userdata)
{
	struct transaction *transaction = userdata;

	if (transaction->begun) {
		take_back(transaction);
	} else if (transaction_can_return(transaction)) {
		transaction_return(transaction, "io.cxlfm.Host.Failed", NULL);
	} else if (!transaction->returning) {
		transaction_end(transaction);
	}
}

void transaction_settle_down(struct transaction_queue *queue, bool unsettled)
{
	if (!queue->unsettled && !unsettled)
		return;
	queue->unsettled = false;
	queue->draft = topology_free(queue->draft);
	step_runner_release(queue->runner);
	observer_set_busy(queue->observer, false);
}

static void begin_first(struct transaction_queue *queue)
{
	struct transaction *first = queue->waiting.items[0];

	queue->under_way = true;
	transaction_turn_begin(queue);
	if (first->call)
		queue->round = first->round;
	if (!transaction_draft(first))
		transaction_settle_down(queue, false);
	if (first->left.region)
		transaction_take_up(first);
	else
		transaction_plan(first);
}

static bool may_begin(const struct transaction_queue *queue)
{
	return queue->waiting.count && (queue->serves_clients || !queue->waiting.items[0]->call);
}

/* What a crash has left comes first, then what is ours, then what clients want. */
void transaction_queue_wake(struct transaction_queue *queue)
{
	if (!queue->released || queue->stopped || queue->under_way)
		return;
	transaction_forget(queue);
	if (queue->waiting.count == 0 || !queue->waiting.items[0]->left.region)
		queue->owner.next(queue->owner.userdata);
	if (may_begin(queue)) {
		begin_first(queue);
		return;
	}
	transaction_settle_down(queue, false);
	queue->owner.on_idle(queue->owner.userdata);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct transaction_queue *queue = userdata;

	log_warning(queue->log, "a look at the host takes long: still waiting for the kernel");
	/* The look that comes instead ends with an answer, whatever the kernel does. */
	if (queue->waiting.items[0]->asks_for_users)
		transaction_plan_again(queue->waiting.items[0]);
	return 0;
}

int transaction_queue_new(sd_event *event, const struct log *log, struct observer *observer,
			  struct helper_client *helper, struct claim_table *claims,
			  const struct transaction_owner *owner,
			  struct transaction_queue **ret_queue)
{
	struct transaction_queue *queue = calloc(1, sizeof(*queue));
	int rc = 0;

	if (!queue)
		return -ENOMEM;
	*queue = (struct transaction_queue){
		.log = log,
		.observer = observer,
		.claims = claims,
		.owner = *owner,
	};
	if (helper)
		rc = step_runner_new(event, log, helper, &queue->runner);
	if (rc >= 0)
		rc = sd_event_add_time(event, &queue->late_timer, CLOCK_MONOTONIC, 0, 0, on_late,
				       queue);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
	if (rc >= 0)
		rc = transaction_turn_init(queue, event);
	if (rc < 0) {
		(void)transaction_queue_free(queue);
		return rc;
	}
	*ret_queue = queue;
	return 0;
}

void transaction_queue_release(struct transaction_queue *queue, struct store *store,
			       const char *problem)
{
	queue->store = store;
	queue->store_problem = problem;
	queue->released = true;
	transaction_queue_wake(queue);
}

void transaction_queue_serve(struct transaction_queue *queue)
{
	queue->serves_clients = true;
	transaction_queue_wake(queue);
}

void transaction_queue_stop(struct transaction_queue *queue)
{
	queue->stopped = true;
}

struct transaction_queue *transaction_queue_free(struct transaction_queue *queue)
{
	if (!queue)
		return NULL;
	for (size_t i = 0; i < queue->waiting.count; i++)
		(void)transaction_free(queue->waiting.items[i]);
	ARRAY_FREE(&queue->waiting);
	(void)sd_event_source_disable_unref(queue->late_timer);
	(void)sd_event_source_disable_unref(queue->turn_timer);
	(void)topology_free(queue->draft);
	(void)step_runner_free(queue->runner);
	free(queue);
	return NULL;
}

/* The last one that waits. @intent: taken over, also on failure. */
static struct transaction *transaction_new(struct transaction_queue *queue, struct intent *intent)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (!transaction) {
		intent_deinit(intent);
		return NULL;
	}
	*transaction = (struct transaction){
		.queue = queue,
		.intent = *intent,
		.plan = PLAN_NULL,
		.effect = CLAIM_EFFECT_NULL,
		.former = CLAIM_NULL,
		.remedy = CLAIM_REMEDY_NONE,
		.refusals = REFUSAL_LIST_NULL,
	};
	if (ARRAY_APPEND(&queue->waiting, transaction) < 0)
		return transaction_free(transaction);
	return transaction;
}

/* Puts the last one where it belongs. */
static void move_last_to(struct transaction_queue *queue, size_t place)
{
	struct transaction **items = queue->waiting.items;
	struct transaction *last = items[queue->waiting.count - 1];

	memmove(&items[place + 1], &items[place],
		(queue->waiting.count - 1 - place) * sizeof(struct transaction *));
	items[place] = last;
}

/*
 * Users take turns: of each one change in a round, however many he asks for. So whoever comes waits
 * for what is under way and for one change of every other user.
 */
static void take_place_among_clients(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;
	const uid_t uid = varlink_call_peer(transaction->call)->uid;
	size_t place = 0;

	transaction->round = queue->round;
	for (size_t i = 0; i < queue->waiting.count - 1; i++) {
		const struct transaction *other = queue->waiting.items[i];

		if (other->call && varlink_call_peer(other->call)->uid == uid)
			transaction->round = other->round + 1;
	}
	while (!queue->waiting.items[place]->call ||
	       (queue->waiting.items[place] != transaction &&
		queue->waiting.items[place]->round <= transaction->round))
		place++;
	move_last_to(queue, place);
}

int transaction_submit(struct transaction_queue *queue, struct varlink_call *call,
		       struct intent *intent)
{
	struct transaction *transaction;

	transaction = transaction_new(queue, intent);
	if (!transaction)
		return -ENOMEM;
	transaction->call = varlink_call_ref(call);
	varlink_call_on_close(call, on_client_gone, transaction);
	take_place_among_clients(transaction);
	transaction_turn_tell(transaction);
	transaction_queue_wake(queue);
	return 0;
}

/* What is ours comes, in its order, before whoever has come meanwhile. */
static void put_before_clients(struct transaction_queue *queue)
{
	size_t place = 0;

	while (!queue->waiting.items[place]->call && place < queue->waiting.count - 1)
		place++;
	move_last_to(queue, place);
}

static struct transaction *transaction_unasked(struct transaction_queue *queue)
{
	struct intent intent = INTENT_NULL;
	struct transaction *transaction;

	intent.kind = INTENT_CREATE_REGION;
	intent.timeout_ms = UNASKED_TIMEOUT_MS;
	transaction = transaction_new(queue, &intent);
	if (transaction)
		put_before_clients(queue);
	return transaction;
}

int transaction_recover(struct transaction_queue *queue, const char *key,
			struct journal_entry *left)
{
	struct transaction *transaction;

	for (size_t i = 0; i < queue->waiting.count; i++)
		if (strcmp(queue->waiting.items[i]->key, key) == 0)
			return 0;
	transaction = transaction_unasked(queue);
	if (!transaction)
		return -ENOMEM;
	(void)snprintf(transaction->key, sizeof(transaction->key), "%s", key);
	transaction->left = *left;
	*left = JOURNAL_ENTRY_NULL;
	return 0;
}

int transaction_mend(struct transaction_queue *queue, const char *claim, enum claim_remedy remedy)
{
	struct transaction *transaction = transaction_unasked(queue);

	if (!transaction)
		return -ENOMEM;
	(void)snprintf(transaction->mended, sizeof(transaction->mended), "%s", claim);
	transaction->remedy = remedy;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries a plan out: noted in the journal, step by step, proved, and settled in the store.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/step/step-explain.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/step-runner.h"
#include "daemon/engine/transaction-internal.h"
#include "daemon/varlink/varlink-server.h"
#include "util/fault.h"
#include "util/json.h"

static void run(struct transaction *transaction);

/* There was no way back: why, and what the daemon does about it. */
static void explain_no_return(struct transaction *transaction)
{
	_cleanup_free_ char *hint = NULL;

	if (transaction->effect.kind == CLAIM_IS_PUT &&
	    asprintf(&hint, "its claim %s stays, and is given memory again",
		     transaction->effect.name) < 0)
		hint = NULL;
	(void)refusal_add(&transaction->refusals, "no-return", transaction->plan.region, hint,
			  "the addresses of %s were free already, and others may have them: "
			  "it was not put back",
			  transaction->plan.region);
}

static void end_with_failure(struct transaction *transaction)
{
	const enum step_exec_outcome outcome = step_exec_outcome(&transaction->exec);
	_cleanup_json_ struct json_object *parameters = NULL;

	if (outcome == STEP_EXEC_INCOMPLETE)
		explain_no_return(transaction);
	if (outcome != STEP_EXEC_UNDONE)
		log_error(transaction->queue->log,
			  "a change failed and could not be taken back entirely");
	parameters = outcome_failure_to_json(&transaction->exec, &transaction->refusals,
					     transaction->holders);
	transaction_end_with_error(transaction, "io.cxlfm.Host.Failed", parameters);
}

/* ---- the end ---- */

static void end_unasked(struct transaction *transaction)
{
	const struct log *log = transaction->queue->log;
	const enum step_exec_outcome outcome = step_exec_outcome(&transaction->exec);

	if (outcome == STEP_EXEC_LEFTOVER || outcome == STEP_EXEC_INCOMPLETE)
		log_error(log, "%s: a change could not be %s entirely",
			  *transaction->mended ? transaction->mended : transaction->left.region,
			  outcome == STEP_EXEC_LEFTOVER ? "taken back" : "finished");
	else if (!*transaction->mended)
		log_notice(log, "%s: a change that was cut short has been %s",
			   transaction->left.region, transaction->done ? "finished" : "taken back");
	transaction_end(transaction);
}

static void conclude(struct transaction *transaction)
{
	transaction->done = step_exec_outcome(&transaction->exec) == STEP_EXEC_DONE;
	if (!transaction->call)
		end_unasked(transaction);
	else if (step_exec_outcome(&transaction->exec) != STEP_EXEC_DONE)
		end_with_failure(transaction);
	else
		transaction_end_with_outcome(transaction);
}

/*
 * A change that the journal goes on to hold would be taken back by the next start: so it is now,
 * while somebody is there to be told. Of one that may not turn back any more the claim stays.
 */
static void on_not_stored(struct transaction *transaction, int error)
{
	log_error(transaction->queue->log, "the store can't be written: %s", strerror(-error));
	if (transaction->kept_noted || step_exec_outcome(&transaction->exec) != STEP_EXEC_DONE) {
		conclude(transaction);
		return;
	}
	if (transaction->plan.steps.list.count == 0) {
		transaction_end_with_text(transaction, "io.cxlfm.Host.StoreFailed", error);
		return;
	}
	transaction->kept_noted = true;
	(void)refusal_add(&transaction->refusals, "store-failed", NULL,
			  "see the daemon's log, and make room if it is full",
			  "the change could not be kept: the store can't be written: %s",
			  strerror(-error));
	step_exec_take_back(&transaction->exec, error);
	run(transaction);
}

/* When it failed, but its region is gone, it has one as well: see keep_claim(). */
static bool has_effect(const struct transaction *transaction)
{
	const enum step_exec_outcome outcome = step_exec_outcome(&transaction->exec);

	return outcome == STEP_EXEC_DONE || outcome == STEP_EXEC_INCOMPLETE;
}

/* The store knows what has become of the claim: now everybody does. */
static void apply_effect(struct transaction *transaction, uint64_t revision)
{
	struct transaction_queue *queue = transaction->queue;
	struct claim_effect *effect = &transaction->effect;
	const struct claim_record *ended =
		effect->kind == CLAIM_ENDS ? claim_table_find(queue->claims, effect->name) : NULL;

	if (ended)
		queue->owner.on_claim_end(queue->owner.userdata, ended);
	if (claim_effect_apply(effect, queue->claims, revision) < 0)
		log_error(queue->log, "no memory to remember %s", effect->name);
}

static void on_settled(void *userdata, int error, uint64_t revision)
{
	struct transaction *transaction = userdata;

	fault_point("journal has forgotten");
	if (transaction->noted)
		transaction->queue->unforgotten = error != 0;
	if (error) {
		on_not_stored(transaction, error);
		return;
	}
	if (has_effect(transaction))
		apply_effect(transaction, revision);
	if (transaction_goes_on(transaction))
		transaction_make_anew(transaction);
	else
		conclude(transaction);
}

/* What a claim was given again goes with the next reboot, which gives it anew; but for a UUID. */
static bool has_to_last(const struct transaction *transaction)
{
	return transaction->call || transaction->effect.claim.type == TOPO_MODE_PMEM;
}

/* The journal forgets the change, and its claim is as it wants to be: at once, or neither. */
static void settle(struct transaction *transaction)
{
	struct store *store = transaction->queue->store;
	struct store_change changes[2];
	size_t count = 0;
	int rc = 0;

	if (transaction->noted)
		changes[count++] = (struct store_change){ .key = transaction->key,
							  .expected_revision = STORE_ANY };
	if (store && has_effect(transaction))
		rc = claim_effect_store(&transaction->effect, &changes[count]);
	if (rc > 0)
		count++;
	if (rc >= 0 && count == 0) {
		conclude(transaction);
		return;
	}
	fault_point("journal forgets");
	if (rc >= 0)
		rc = store->ops->commit(store, changes, count,
					rc > 0 && has_to_last(transaction) ? STORE_DURABLE
									   : STORE_QUICK,
					on_settled, transaction);
	if (rc < 0)
		on_settled(transaction, rc, 0);
}

static bool makes_region(const struct transaction *transaction)
{
	return transaction->plan.window != NULL;
}

/* A claim on memory that nobody has seen would be given it once more. */
static void on_not_proved(struct transaction *transaction)
{
	(void)refusal_add(&transaction->refusals, "not-proved", transaction->plan.region,
			  "see the daemon's log, and try again",
			  "%s was made, but can't be looked at", transaction->plan.region);
	step_exec_take_back(&transaction->exec, -EIO);
	run(transaction);
}

/* Whoever asked for it left when there was no step left to stop before. */
static bool is_unwanted(const struct transaction *transaction)
{
	return transaction->exec.cancelled &&
	       step_exec_outcome(&transaction->exec) == STEP_EXEC_DONE &&
	       step_exec_may_turn_back(&transaction->exec);
}

static void give_up(struct transaction *transaction)
{
	step_exec_take_back(&transaction->exec, -ECANCELED);
	run(transaction);
}

static void on_proof(void *userdata, struct topology *proof)
{
	struct transaction *transaction = userdata;
	const struct world world = transaction_world(transaction);

	transaction->proof = proof;
	if (is_unwanted(transaction)) {
		give_up(transaction);
		return;
	}
	if (makes_region(transaction) &&
	    (!proof || !topology_region(proof, transaction->plan.region))) {
		on_not_proved(transaction);
		return;
	}
	if (transaction->topology &&
	    claim_effect_bind(&transaction->effect, &world, proof, &transaction->plan) < 0)
		log_error(transaction->queue->log, "no memory to remember what %s was given",
			  transaction->effect.name);
	settle(transaction);
}

/*
 * Its region is gone, but it has failed, or whoever asked for that is not there to be told: the
 * claim stays, and is given another one.
 */
static void keep_claim(struct transaction *transaction)
{
	const char *name = transaction->left.claim ?: transaction->effect.name;

	if (claim_effect_keep(transaction->queue->claims, name, &transaction->effect) < 0)
		log_error(transaction->queue->log, "%s: no memory to note that its region is gone",
			  transaction->plan.region ?: transaction->left.region);
}

/*
 * What the region looks like now is the answer. Each step was read back, so the rest of the host
 * can be looked at when nobody waits for it.
 */
static void on_end(void *userdata)
{
	struct transaction *transaction = userdata;

	if (step_exec_outcome(&transaction->exec) == STEP_EXEC_INCOMPLETE)
		keep_claim(transaction);
	if (is_unwanted(transaction))
		give_up(transaction);
	else if (step_exec_outcome(&transaction->exec) != STEP_EXEC_DONE ||
		 !transaction->plan.region)
		settle(transaction);
	else if (step_runner_prove(transaction->queue->runner, transaction->plan.region, on_proof,
				   transaction) < 0)
		on_proof(transaction, NULL);
}

/* ---- the steps ---- */

/* Adds what is known of a failure to the answer, in an admin's words. */
static void on_failure(void *userdata, const struct step *step, int error, const char *seen)
{
	struct transaction *transaction = userdata;

	if (transaction->gives_way && error == -ETIMEDOUT)
		(void)transaction_turn_explain(transaction, step);
	else
		(void)step_explain(step, error, seen, &transaction->refusals);
}

static void on_holders(void *userdata, struct json_object *holders)
{
	struct transaction *transaction = userdata;

	(void)json_object_put(transaction->holders);
	transaction->holders = json_object_get(holders);
}

static void on_step(void *userdata, const struct step *step, bool late)
{
	struct transaction *transaction = userdata;
	_cleanup_json_ struct json_object *progress = NULL;

	transaction->gives_way = transaction->gives_way && late;
	if (!transaction->call || !varlink_call_wants_more(transaction->call) ||
	    !varlink_call_is_open(transaction->call))
		return;
	progress = outcome_progress_to_json(&transaction->exec, step, late);
	if (progress)
		(void)varlink_call_notify(transaction->call, progress);
}

static void run(struct transaction *transaction)
{
	const struct step_runner_owner owner = { .on_step = on_step,
						 .on_failure = on_failure,
						 .on_holders = on_holders,
						 .on_end = on_end,
						 .userdata = transaction };

	step_runner_run(transaction->queue->runner, &transaction->exec,
			transaction->intent.timeout_ms, &owner);
}

/* ---- the beginning ---- */

static void on_noted(void *userdata, int error, uint64_t revision)
{
	struct transaction *transaction = userdata;

	fault_point("journal has noted");
	if (error) {
		log_error(transaction->queue->log, "the store can't be written: %s",
			  strerror(-error));
		transaction_end_with_text(transaction, "io.cxlfm.Host.StoreFailed", error);
		return;
	}
	transaction->noted = true;
	run(transaction);
}

static int note(struct transaction *transaction)
{
	const struct journal_entry entry = { .boot = transaction_world(transaction).boot,
					     .region = transaction->plan.region,
					     .claim = *transaction->effect.name
							      ? transaction->effect.name
							      : NULL,
					     .steps = transaction->plan.steps };
	_cleanup_json_ struct json_object *object = journal_entry_to_json(&entry);
	struct store *store = transaction->queue->store;
	struct store_change change = { .key = transaction->key, .expected_revision = STORE_ANY };

	if (object)
		change.value = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (!change.value)
		return -ENOMEM;
	(void)snprintf(transaction->key, sizeof(transaction->key), JOURNAL_OPEN);
	fault_point("journal notes");
	/* Power takes with it all that this is about. */
	return store->ops->commit(store, &change, 1, STORE_QUICK, on_noted, transaction);
}

/* Whom others wait for, and whose process an admin may want to end. */
static void tell_whose_it_is(const struct transaction *transaction)
{
	const struct varlink_call *call = transaction->call;

	if (call)
		log_notice(transaction->queue->log, "%s: %s, for uid %u, process %d",
			   transaction->plan.region ? transaction->plan.region : "no region",
			   varlink_call_method(call), (unsigned int)varlink_call_peer(call)->uid,
			   (int)varlink_call_peer(call)->pid);
}

void transaction_run(struct transaction *transaction)
{
	int rc;

	if (transaction->queue->store_problem) {
		transaction_end_not_stored(transaction);
		return;
	}
	tell_whose_it_is(transaction);
	observer_set_busy(transaction->queue->observer, true);
	step_exec_init(&transaction->exec, &transaction->plan.steps);
	transaction->begun = true;
	if (!transaction->queue->store || transaction->plan.steps.list.count == 0) {
		run(transaction);
		return;
	}
	rc = note(transaction);
	if (rc < 0)
		on_noted(transaction, rc, 0);
}

static void on_forgotten(void *userdata, int error, uint64_t revision)
{
	struct transaction_queue *queue = userdata;

	queue->unforgotten = queue->unforgotten && error;
}

/*
 * What the next start would take up may be somebody else's by then, who has made the same by hand.
 * Whenever something happens is often enough: without that there is nobody.
 */
void transaction_forget(struct transaction_queue *queue)
{
	const struct store_change change = { .key = JOURNAL_OPEN, .expected_revision = STORE_ANY };

	if (queue->unforgotten)
		(void)queue->store->ops->commit(queue->store, &change, 1, STORE_QUICK, on_forgotten,
						queue);
}

/* What can't be looked at stays in the journal; nothing is changed before it is taken up. */
static void end_not_taken_up(struct transaction *transaction, int error)
{
	struct transaction_queue *queue = transaction->queue;
	_cleanup_free_ char *problem = NULL;

	if (asprintf(&problem, "%s, which a change was cut short of, can't be looked at: %s",
		     transaction->left.region, strerror(-error)) < 0)
		problem = NULL;
	/* In this order: no other change begins in between. */
	queue->owner.on_not_taken_up(queue->owner.userdata, problem);
	transaction_end(transaction);
}

static void on_values(void *userdata, int error, const char *const *values);

static void read_what_is_left(struct transaction *transaction)
{
	int rc = step_runner_read(transaction->queue->runner, &transaction->left.steps, on_values,
				  transaction);

	if (rc < 0)
		end_not_taken_up(transaction, rc);
}

static void on_values(void *userdata, int error, const char *const *values)
{
	struct transaction *transaction = userdata;

	/*
	 * A worker of the daemon before us is still in the kernel, and may be for long: nothing is
	 * changed meanwhile, but whoever only asks is served.
	 */
	if (error == -EUSERS) {
		transaction->queue->owner.on_idle(transaction->queue->owner.userdata);
		read_what_is_left(transaction);
		return;
	}
	if (error) {
		end_not_taken_up(transaction, error);
		return;
	}
	error = step_exec_take_up(&transaction->exec, &transaction->left.steps, values);
	if (error) {
		end_not_taken_up(transaction, error);
		return;
	}
	if (!transaction->exec.failed)
		keep_claim(transaction);
	run(transaction);
}

void transaction_take_up(struct transaction *transaction)
{
	log_notice(transaction->queue->log, "%s: a change was cut short", transaction->left.region);
	observer_set_busy(transaction->queue->observer, true);
	transaction->begun = true;
	transaction->noted = true;
	read_what_is_left(transaction);
}

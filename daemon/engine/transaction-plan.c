// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what is asked for, and a look at the host, to what is to be done: the plan, and what becomes
 * of a claim.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl/topology/topology-json.h"
#include "daemon/claim/claim-intent.h"
#include "daemon/claim/claim-plan.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/step-runner.h"
#include "daemon/engine/transaction-internal.h"
#include "daemon/varlink/varlink-server.h"
#include "util/json.h"

/* A look takes a fraction of a second; it hangs when the kernel does, behind locks of its own. */
#define LOOK_TIMEOUT_MS 10000

static void plan_from(struct transaction *transaction, enum observer_age age);

static void expect_look(struct transaction_queue *queue)
{
	(void)sd_event_source_set_time_relative(queue->late_timer, LOOK_TIMEOUT_MS * 1000);
	(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_ONESHOT);
}

static void look_came(struct transaction_queue *queue)
{
	(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
}

static void refuse(struct transaction *transaction, const struct refusal_list *refusals)
{
	_cleanup_json_ struct json_object *parameters = outcome_refusal_to_json(refusals);

	for (size_t i = 0; !transaction->call && i < refusals->list.count; i++)
		log_notice(transaction->queue->log, "%s: %s", transaction->mended,
			   refusals->list.items[i].text);
	transaction_end_with_error(transaction, "io.cxlfm.Host.Refused", parameters);
}

static void refuse_to_act_on_a_record(struct transaction *transaction)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	transaction_end_with_error(transaction, "io.cxlfm.Host.NotLive", parameters);
}

static void end_with_errno(struct transaction *transaction, int error)
{
	if (transaction->making) {
		transaction_end_with_text(transaction, "io.cxlfm.Host.HelperLost", error);
		return;
	}
	if (transaction->call)
		(void)varlink_call_error_errno(transaction->call, error);
	transaction->error = error;
	transaction_end(transaction);
}

static void refuse_malformed(struct transaction *transaction, const struct step *step)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	const char *text = step_describe(step, &refusals.arena);

	(void)refusal_add(&refusals, "bad-step", step->object,
			  "report it with the output of `cxlfm record`",
			  "nothing was begun, since the helper does not take this step: %s",
			  text ? text : step->kind->name);
	refuse(transaction, &refusals);
	refusal_list_deinit(&refusals);
}

static void carry_out(struct transaction *transaction)
{
	const struct step *malformed = step_list_check(&transaction->plan.steps);

	if (malformed)
		refuse_malformed(transaction, malformed);
	else if (transaction->intent.dry_run)
		transaction_end_with_outcome(transaction);
	else if (!transaction->queue->runner)
		refuse_to_act_on_a_record(transaction);
	else
		transaction_run(transaction);
}

static void forget_plan(struct transaction *transaction)
{
	plan_deinit(&transaction->plan);
	transaction->plan = PLAN_NULL;
	claim_effect_deinit(&transaction->effect);
	(void)json_object_put(transaction->then);
	transaction->then = NULL;
}

void transaction_plan_again(struct transaction *transaction)
{
	if (transaction->asks_for_users)
		step_runner_release(transaction->queue->runner);
	transaction->asks_for_users = false;
	forget_plan(transaction);
	transaction->topology = NULL;
	transaction->snapshot = snapshot_unref(transaction->snapshot);
	plan_from(transaction, OBSERVER_FRESH);
}

static int plan_mending(struct transaction *transaction)
{
	const struct world world = transaction_world(transaction);
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, transaction->mended);

	/* Others may have done it, or something else, since it was decided: that is no failure. */
	transaction->moot = !record || record->remedy != transaction->remedy;
	if (transaction->moot)
		return -ESTALE;
	return claim_plan_remedy(record, transaction->remedy, &world, &transaction->intent,
				 &transaction->plan, &transaction->effect);
}

/* What is wished, or the second half of it: then the claim wants it already. */
static int plan_wish(struct transaction *transaction)
{
	const struct world world = transaction_world(transaction);
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, transaction->intent.wish.name);

	if (!transaction->making)
		return claim_plan_wish(record, &world, &transaction->intent, &transaction->plan,
				       &transaction->then);
	if (!record)
		return -ESTALE;
	return claim_plan_remedy(record, CLAIM_REMEDY_MAKE, &world, &transaction->intent,
				 &transaction->plan, &transaction->effect);
}

static int make_plan(struct transaction *transaction)
{
	const struct claim_table *claims = transaction->queue->claims;
	const struct world world = transaction_world(transaction);
	struct intent *intent = &transaction->intent;

	if (*transaction->mended)
		return plan_mending(transaction);
	if (intent->kind == INTENT_APPLY_CLAIM)
		return plan_wish(transaction);
	if (intent->kind == INTENT_ADOPT_REGION)
		return claim_plan_adoption(claims, &world, intent, &transaction->plan);
	if (intent->kind == INTENT_FORGET_CLAIM)
		return claim_plan_forgetting(claims, &world, intent, &transaction->plan);
	return claim_plan_change(claims, &world, intent, &transaction->plan);
}

static int decide_wish(struct transaction *transaction, const char *owner)
{
	const struct claim *wish = &transaction->intent.wish;
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, wish->name);
	int rc = 0;

	if (record && plan_removes_region(&transaction->plan))
		rc = claim_copy(&record->claim, &transaction->former);
	return rc ? rc : claim_effect_wish(record, wish, owner, &transaction->effect);
}

static int decide_claim(struct transaction *transaction)
{
	const struct claim_table *claims = transaction->queue->claims;
	const struct intent *intent = &transaction->intent;
	const struct world world = transaction_world(transaction);
	const struct varlink_peer *peer =
		transaction->call ? varlink_call_peer(transaction->call) : NULL;
	char owner[TRANSACTION_OWNER_MAX];

	if (!peer || !transaction->queue->store || transaction->making)
		return 0;
	transaction_owner_name(peer->uid, owner);
	if (intent->kind == INTENT_APPLY_CLAIM)
		return decide_wish(transaction, owner);
	return claim_effect_decide(claims, intent, &transaction->plan, &world, owner,
				   &transaction->refusals, &transaction->effect);
}

static void end_refused(struct transaction *transaction)
{
	refuse(transaction, transaction->refusals.list.count ? &transaction->refusals
							     : &transaction->plan.refusals);
}

/* ---- who uses the data that a plan takes ---- */

static void plan_now(struct transaction *transaction);

static bool is_without_users(const struct topology *topology, const char *region)
{
	for (size_t i = 0; i < topology->namespaces.count; i++)
		if (topology->namespaces.items[i].user)
			return false;
	return topology_region(topology, region) != NULL;
}

/* Any other answer is a reason for a look at the whole host, which says why not. */
static void on_users(void *userdata, struct topology *found)
{
	_cleanup_topology_ struct topology *topology = found;
	struct transaction *transaction = userdata;

	look_came(transaction->queue);
	transaction->no_users = topology && is_without_users(topology, transaction->plan.region);
	if (!transaction->no_users) {
		transaction_plan_again(transaction);
		return;
	}
	transaction->asks_for_users = false;
	/* Claims may have changed meanwhile. */
	forget_plan(transaction);
	plan_now(transaction);
}

/* The kernel tells nobody of a mount: whoever takes data looks at its region right before. */
static void ask_for_users(struct transaction *transaction)
{
	struct step_runner *runner = transaction->queue->runner;

	transaction->asks_for_users = runner != NULL;
	expect_look(transaction->queue);
	if (!runner ||
	    step_runner_prove(runner, transaction->plan.region, on_users, transaction) < 0)
		on_users(transaction, NULL);
}

static void plan_now(struct transaction *transaction)
{
	const bool is_fresh = transaction->age == OBSERVER_FRESH;
	const struct world world = transaction_world(transaction);
	int rc = make_plan(transaction);

	/* What changes without a word to anybody must not be a reason to refuse. */
	if (rc == PLAN_E_REFUSED && !is_fresh) {
		transaction_plan_again(transaction);
		return;
	}
	if (rc == 0 && !is_fresh && !transaction->no_users && plan_takes_data(&transaction->plan)) {
		ask_for_users(transaction);
		return;
	}
	if (rc == PLAN_E_REFUSED &&
	    claim_plan_end(transaction->queue->claims, &world, &transaction->intent,
			   &transaction->plan, &transaction->effect)) {
		carry_out(transaction);
		return;
	}
	if (rc == 0)
		rc = decide_claim(transaction);
	if (rc == 0)
		carry_out(transaction);
	else if (rc < 0)
		end_with_errno(transaction, rc);
	else
		end_refused(transaction);
}

/* The first of several that make regions: the others are planned from what it will leave. */
static void begin_draft(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;
	struct refusal_list notices = REFUSAL_LIST_NULL;

	queue->draft = topology_free(queue->draft);
	queue->draft_is_stale = false;
	(void)topology_from_json(transaction->snapshot->record, &notices, &queue->draft);
	refusal_list_deinit(&notices);
}

static void end_unread(struct transaction *transaction, int error)
{
	char text[OBSERVER_ERROR_MAX];
	_cleanup_json_ struct json_object *parameters =
		outcome_text_to_json(observer_error_text(error, text));

	transaction->error = error;
	transaction_end_with_error(transaction, "io.cxlfm.Host.HelperLost", parameters);
}

static void on_snapshot(void *userdata, int error, struct snapshot *snapshot)
{
	struct transaction *transaction = userdata;

	look_came(transaction->queue);
	if (error) {
		end_unread(transaction, error);
		return;
	}
	transaction->snapshot = snapshot_ref(snapshot);
	if (transaction->remedy == CLAIM_REMEDY_MAKE)
		begin_draft(transaction);
	transaction->topology = transaction_draft(transaction) ?: snapshot->topology;
	plan_now(transaction);
}

static void plan_from(struct transaction *transaction, enum observer_age age)
{
	int rc;

	transaction->age = age;
	expect_look(transaction->queue);
	rc = observer_ask(transaction->queue->observer, age, on_snapshot, transaction);
	if (rc < 0)
		end_with_errno(transaction, rc);
}

/* A plan for something new says nothing of claims; whatever else is asked for may be about one. */
static bool may_be_planned(const struct transaction *transaction)
{
	return !transaction->call || !transaction->queue->store_problem ||
	       (transaction->intent.dry_run && transaction->intent.kind == INTENT_CREATE_REGION);
}

void transaction_plan(struct transaction *transaction)
{
	if (!may_be_planned(transaction)) {
		transaction_end_not_stored(transaction);
		return;
	}
	transaction->topology = transaction_draft(transaction);
	if (transaction->topology)
		plan_now(transaction);
	else
		plan_from(transaction, OBSERVER_CURRENT);
}

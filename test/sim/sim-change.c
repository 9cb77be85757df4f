// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of the simulated daemon.
 */
#include "test/sim/sim-change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/step/step-explain.h"
#include "daemon/claim/claim-intent.h"
#include "daemon/claim/claim-plan.h"
#include "daemon/engine/journal.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim.h"
#include "util/cleanup.h"
#include "util/json.h"

#define OWNER "uid:1000"

void sim_change_free(struct sim_transaction *transaction)
{
	step_exec_deinit(&transaction->exec);
	journal_entry_deinit(&transaction->left);
	claim_effect_deinit(&transaction->effect);
	claim_deinit(&transaction->former);
	(void)topology_free(transaction->proof);
	plan_deinit(&transaction->plan);
	(void)topology_free(transaction->snapshot);
	refusal_list_deinit(&transaction->refusals);
	intent_deinit(&transaction->intent);
	free(transaction->before);
	free(transaction);
}

static void end_with_error(struct sim *sim, struct sim_transaction *transaction, int error)
{
	transaction->error = error;
	SIM_TRACE(sim, "change %u: %s", transaction->number, strerror(-error));
	sim_daemon_end(sim, transaction);
}

/* ---- the plan: daemon/engine/transaction-plan.c ---- */

static int plan_mending(struct sim *sim, struct sim_transaction *transaction)
{
	const struct claim_record *record =
		claim_table_find(&sim->daemon.claims, transaction->mended);
	const struct world world = sim_world(sim, transaction->topology);

	if (!record || record->remedy != transaction->remedy)
		return -ESTALE;
	if (!transaction->fresh)
		sim_check_attempt(sim, record);
	return claim_plan_remedy(record, transaction->remedy, &world, &transaction->intent,
				 &transaction->plan, &transaction->effect);
}

static int plan_wish(struct sim *sim, struct sim_transaction *transaction)
{
	const struct claim_record *record =
		claim_table_find(&sim->daemon.claims, transaction->intent.wish.name);
	const struct world world = sim_world(sim, transaction->topology);

	if (!transaction->making)
		return claim_plan_wish(record, &world, &transaction->intent, &transaction->plan,
				       NULL);
	if (!record)
		return -ESTALE;
	return claim_plan_remedy(record, CLAIM_REMEDY_MAKE, &world, &transaction->intent,
				 &transaction->plan, &transaction->effect);
}

static int make_plan(struct sim *sim, struct sim_transaction *transaction)
{
	const struct claim_table *claims = &sim->daemon.claims;
	const struct world world = sim_world(sim, transaction->topology);
	struct intent *intent = &transaction->intent;

	if (*transaction->mended)
		return plan_mending(sim, transaction);
	if (intent->kind == INTENT_APPLY_CLAIM)
		return plan_wish(sim, transaction);
	if (intent->kind == INTENT_ADOPT_REGION)
		return claim_plan_adoption(claims, &world, intent, &transaction->plan);
	if (intent->kind == INTENT_FORGET_CLAIM)
		return claim_plan_forgetting(claims, &world, intent, &transaction->plan);
	return claim_plan_change(claims, &world, intent, &transaction->plan);
}

static int decide_wish(struct sim *sim, struct sim_transaction *transaction)
{
	const struct claim *wish = &transaction->intent.wish;
	const struct claim_record *record = claim_table_find(&sim->daemon.claims, wish->name);
	int rc = 0;

	if (record && plan_removes_region(&transaction->plan))
		rc = claim_copy(&record->claim, &transaction->former);
	return rc ? rc : claim_effect_wish(record, wish, OWNER, &transaction->effect);
}

static int decide_claim(struct sim *sim, struct sim_transaction *transaction)
{
	const struct claim_table *claims = &sim->daemon.claims;
	const struct world world = sim_world(sim, transaction->topology);
	const struct intent *intent = &transaction->intent;

	if (!transaction->client || transaction->making)
		return 0;
	if (intent->kind == INTENT_APPLY_CLAIM)
		return decide_wish(sim, transaction);
	return claim_effect_decide(claims, intent, &transaction->plan, &world, OWNER,
				   &transaction->refusals, &transaction->effect);
}

static void end_refused(struct sim *sim, struct sim_transaction *transaction)
{
	const struct refusal_list *refusals = transaction->refusals.list.count
						      ? &transaction->refusals
						      : &transaction->plan.refusals;

	sim_count(sim, SIM_REFUSED);
	SIM_TRACE(sim, "change %u: refused: %s", transaction->number,
		  refusals->list.count ? refusals->list.items[0].text : "no reason");
	if (refusals->list.count == 0)
		sim_violation(sim, "a refusal says why: change %u", transaction->number);
	sim_daemon_end(sim, transaction);
}

static void begin(struct sim *sim, struct sim_transaction *transaction)
{
	step_exec_init(&transaction->exec, &transaction->plan.steps);
	transaction->begun = true;
	SIM_TRACE(sim, "change %u: %zu steps for %s%s", transaction->number,
		  transaction->plan.steps.list.count,
		  transaction->plan.region ? transaction->plan.region : "nothing",
		  *transaction->mended ? ", to make a claim good" : "");
	transaction->phase = transaction->plan.steps.list.count ? SIM_NOTE : SIM_STEP;
	sim_check_begin(sim, transaction);
}

static void plan(struct sim *sim, struct sim_transaction *transaction)
{
	const struct world world = sim_world(sim, transaction->topology);
	int rc = make_plan(sim, transaction);

	if (rc == PLAN_E_REFUSED && !transaction->fresh) {
		plan_deinit(&transaction->plan);
		transaction->plan = PLAN_NULL;
		transaction->fresh = true;
		transaction->phase = SIM_LOOK;
		return;
	}
	if (rc == PLAN_E_REFUSED &&
	    claim_plan_end(&sim->daemon.claims, &world, &transaction->intent, &transaction->plan,
			   &transaction->effect))
		rc = 0;
	else if (rc == 0)
		rc = decide_claim(sim, transaction);
	if (rc == 0)
		begin(sim, transaction);
	else if (rc < 0)
		end_with_error(sim, transaction, rc);
	else
		end_refused(sim, transaction);
}

static void look(struct sim *sim, struct sim_transaction *transaction)
{
	transaction->topology = NULL;
	(void)topology_free(transaction->snapshot);
	transaction->snapshot = sim_daemon_look(sim);
	if (transaction->remedy == CLAIM_REMEDY_MAKE) {
		(void)topology_free(sim->daemon.draft);
		sim->daemon.draft = fake_kernel_snapshot(sim->kernel);
		sim->daemon.draft_is_stale = false;
	}
	transaction->topology = sim_daemon_draft(sim, transaction) ?: transaction->snapshot;
	transaction->phase = SIM_PLAN;
}

/* ---- carrying it out: daemon/engine/transaction-run.c ---- */

static void note(struct sim *sim, struct sim_transaction *transaction)
{
	const struct journal_entry entry = { .boot = sim->boot,
					     .region = transaction->plan.region,
					     .claim = *transaction->effect.name
							      ? transaction->effect.name
							      : NULL,
					     .steps = transaction->plan.steps };
	_cleanup_json_ struct json_object *object = journal_entry_to_json(&entry);
	struct store_change change = { .key = transaction->key, .expected_revision = STORE_ANY };
	uint64_t revision;
	int rc;

	transaction->phase = SIM_STEP;
	if (sim->broken == SIM_BREAK_JOURNAL)
		return;
	(void)snprintf(transaction->key, sizeof(transaction->key), JOURNAL_OPEN);
	change.value = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	rc = sim_commit(sim, &change, 1, &revision);
	transaction->noted = rc == 0;
	SIM_TRACE(sim, "change %u: noted: %d", transaction->number, rc);
	if (rc < 0)
		end_with_error(sim, transaction, rc);
}

static void keep_claim(struct sim *sim, struct sim_transaction *transaction)
{
	if (claim_effect_keep(&sim->daemon.claims,
			      transaction->left.claim ?: transaction->effect.name,
			      &transaction->effect) < 0)
		abort();
}

static void read_values(struct sim *sim, struct sim_transaction *transaction)
{
	const struct step_list *steps = &transaction->left.steps;
	char(*texts)[STEP_VALUE_MAX] = calloc(steps->list.count, sizeof(*texts));
	const char **values = calloc(steps->list.count, sizeof(*values));

	if (!texts || !values)
		abort();
	for (size_t i = 0; i < steps->list.count; i++)
		if (fake_kernel_ops.read(sim->kernel, &steps->list.items[i], texts[i]) == 0)
			values[i] = texts[i];
	if (step_exec_take_up(&transaction->exec, steps, values) < 0)
		abort();
	if (!transaction->exec.failed)
		keep_claim(sim, transaction);
	transaction->begun = true;
	transaction->noted = true;
	transaction->phase = SIM_STEP;
	SIM_TRACE(sim, "change %u: %s was cut short after %zu of %zu steps", transaction->number,
		  transaction->left.region, transaction->exec.performed, steps->list.count);
	free(texts);
	free((void *)values);
}

static int perform(struct sim *sim, const struct step *step, struct step_result *result)
{
	int rc;

	if (sim->broken != SIM_BREAK_ONLINE)
		return step_perform(&fake_kernel_ops, sim->kernel, step, UINT64_MAX, result);
	*result = STEP_RESULT_NULL;
	result->wrote = true;
	if (step->kind == STEP_BLOCK || host_step_attribute(step) == STEP_DAX_MEMORY)
		return 0;
	rc = fake_kernel_write(sim->kernel, step->kind, step->object, step->to);
	sim_check_write(sim, step);
	return rc;
}

static void end_steps(struct sim *sim, struct sim_transaction *transaction)
{
	const bool done = step_exec_outcome(&transaction->exec) == STEP_EXEC_DONE;

	if (step_exec_outcome(&transaction->exec) == STEP_EXEC_INCOMPLETE)
		keep_claim(sim, transaction);
	/* Whoever asked for it left during its last step. */
	if (done && transaction->exec.cancelled && step_exec_may_turn_back(&transaction->exec))
		step_exec_take_back(&transaction->exec, -ECANCELED);
	else
		transaction->phase = done && transaction->plan.region ? SIM_PROVE : SIM_SETTLE;
}

static void tell_failure(struct sim *sim, struct sim_transaction *transaction,
			 const struct step *given, int error, const struct step_result *result)
{
	SIM_TRACE(sim, "change %u: fails: %s", transaction->number, strerror(-error));
	(void)step_explain(given, error, result->before_known ? result->before : NULL,
			   &transaction->refusals);
}

static void step(struct sim *sim, struct sim_transaction *transaction)
{
	const bool failed = transaction->exec.failed;
	struct step given;
	struct step_result result;
	bool died;
	int error;

	if (!step_exec_next(&transaction->exec, &given)) {
		end_steps(sim, transaction);
		return;
	}
	error = perform(sim, &given, &result);
	died = fake_kernel_died(sim->kernel);
	if (died)
		error = -EPIPE;
	if (error && !transaction->retried &&
	    step_exec_may_try_again(&transaction->exec, error == -EPIPE)) {
		transaction->retried = true;
		return;
	}
	transaction->retried = false;
	SIM_TRACE(sim, "change %u: %s %s '%s' -> '%s': %d%s", transaction->number, given.kind->name,
		  given.object, given.from, given.to, error,
		  died || result.wrote ? "" : ", not written");
	if (died)
		(void)step_exec_lost(&transaction->exec, error);
	else
		(void)step_exec_result(&transaction->exec, error, result.wrote);
	if (error && !failed)
		tell_failure(sim, transaction, &given, error, &result);
}

static void prove(struct sim *sim, struct sim_transaction *transaction)
{
	const struct plan *plan = &transaction->plan;
	const struct world world = sim_world(sim, transaction->topology);

	if (!sim->proof_fails)
		transaction->proof = fake_kernel_snapshot(sim->kernel);
	sim->proof_fails = false;
	if (plan->window &&
	    (!transaction->proof || !topology_region(transaction->proof, plan->region))) {
		SIM_TRACE(sim, "change %u: not proved", transaction->number);
		(void)refusal_add(&transaction->refusals, "not-proved", plan->region, NULL,
				  "%s can't be looked at", plan->region);
		step_exec_take_back(&transaction->exec, -EIO);
		transaction->phase = SIM_STEP;
		return;
	}
	if (transaction->topology &&
	    claim_effect_bind(&transaction->effect, &world, transaction->proof, plan) < 0)
		abort();
	transaction->phase = SIM_SETTLE;
}

/* ---- a claim whose region is made anew: daemon/engine/transaction-anew.c ---- */

static void make_anew(struct sim *sim, struct sim_transaction *transaction)
{
	const bool left = transaction->exec.cancelled;
	struct claim_record *record =
		claim_table_find(&sim->daemon.claims, transaction->former.name);

	claim_mending_deinit(&record->mending);
	SIM_TRACE(sim, "change %u: the old region has gone", transaction->number);
	sim_check_changed(sim, transaction);
	sim_count(sim, SIM_MADE_ANEW);
	step_exec_deinit(&transaction->exec);
	transaction->exec = (struct step_exec){ 0 };
	transaction->proof = topology_free(transaction->proof);
	claim_effect_deinit(&transaction->effect);
	plan_deinit(&transaction->plan);
	transaction->plan = PLAN_NULL;
	free(transaction->before);
	transaction->before = NULL;
	transaction->making = true;
	transaction->begun = transaction->noted = false;
	sim->daemon.unsettled = true;
	if (left) {
		transaction->making = false;
		sim_daemon_end(sim, transaction);
		return;
	}
	sim_daemon_settle_down(&sim->daemon);
	transaction->fresh = true;
	transaction->phase = SIM_LOOK;
}

void sim_change_return(struct sim *sim, struct sim_transaction *transaction)
{
	struct claim_record *record =
		claim_table_find(&sim->daemon.claims, transaction->former.name);
	struct store_change change;
	uint64_t revision;

	transaction->making = false;
	claim_effect_deinit(&transaction->effect);
	if (!record ||
	    claim_effect_return(record, &transaction->former, &transaction->effect) < 0 ||
	    claim_effect_store(&transaction->effect, &change) != 1)
		abort();
	SIM_TRACE(sim, "change %u: %s becomes what it was", transaction->number,
		  record->claim.name);
	if (sim_commit(sim, &change, 1, &revision) == 0 &&
	    claim_effect_apply(&transaction->effect, &sim->daemon.claims, revision) < 0)
		abort();
	claim_mending_deinit(&record->mending);
}

/* ---- the end ---- */

static void conclude(struct sim *sim, struct sim_transaction *transaction)
{
	static const enum sim_count counts[] = { [STEP_EXEC_RUNNING] = SIM_TURNS,
						 [STEP_EXEC_DONE] = SIM_CHANGES_DONE,
						 [STEP_EXEC_UNDONE] = SIM_CHANGES_UNDONE,
						 [STEP_EXEC_LEFTOVER] = SIM_CHANGES_LEFTOVER,
						 [STEP_EXEC_INCOMPLETE] = SIM_CHANGES_INCOMPLETE };
	const enum step_exec_outcome outcome = step_exec_outcome(&transaction->exec);

	transaction->done = outcome == STEP_EXEC_DONE;
	sim_count(sim, transaction->left.region ? SIM_RECOVERED : counts[outcome]);
	SIM_TRACE(sim, "change %u: ends with outcome %d", transaction->number, (int)outcome);
	sim_check_changed(sim, transaction);
	sim_daemon_end(sim, transaction);
}

static void take_back(struct sim *sim, struct sim_transaction *transaction, int error)
{
	if (transaction->kept_noted || step_exec_outcome(&transaction->exec) != STEP_EXEC_DONE) {
		conclude(sim, transaction);
		return;
	}
	if (transaction->plan.steps.list.count == 0) {
		end_with_error(sim, transaction, error);
		return;
	}
	transaction->kept_noted = true;
	(void)refusal_add(&transaction->refusals, "store-failed", NULL, NULL,
			  "the change could not be kept: %s", strerror(-error));
	step_exec_take_back(&transaction->exec, error);
	transaction->phase = SIM_STEP;
}

static void settle(struct sim *sim, struct sim_transaction *transaction)
{
	const enum step_exec_outcome outcome = step_exec_outcome(&transaction->exec);
	const bool has_effect = outcome == STEP_EXEC_DONE || outcome == STEP_EXEC_INCOMPLETE;
	struct store_change changes[2];
	uint64_t revision = 0;
	size_t count = 0;
	int rc = 0;

	if (transaction->noted)
		changes[count++] = (struct store_change){ .key = transaction->key,
							  .expected_revision = STORE_ANY };
	if (has_effect)
		rc = claim_effect_store(&transaction->effect, &changes[count]);
	if (rc > 0)
		count++;
	rc = count ? sim_commit(sim, changes, count, &revision) : 0;
	SIM_TRACE(sim, "change %u: settled: %d", transaction->number, rc);
	if (transaction->noted)
		sim->daemon.unforgotten = rc < 0;
	if (rc < 0) {
		take_back(sim, transaction, rc);
		return;
	}
	if (count && has_effect &&
	    claim_effect_apply(&transaction->effect, &sim->daemon.claims, revision) < 0)
		abort();
	if (transaction->former.name && !transaction->making && outcome == STEP_EXEC_DONE)
		make_anew(sim, transaction);
	else
		conclude(sim, transaction);
}

void sim_change_turn(struct sim *sim, struct sim_transaction *transaction)
{
	switch (transaction->phase) {
	case SIM_LOOK:
		look(sim, transaction);
		break;
	case SIM_PLAN:
		plan(sim, transaction);
		break;
	case SIM_NOTE:
		note(sim, transaction);
		break;
	case SIM_READ:
		read_values(sim, transaction);
		break;
	case SIM_STEP:
		step(sim, transaction);
		break;
	case SIM_PROVE:
		prove(sim, transaction);
		break;
	case SIM_SETTLE:
		settle(sim, transaction);
		break;
	}
}

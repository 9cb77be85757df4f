// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what is asked for, and a look at the host, to what is to be done: the plan, and what becomes
 * of a claim.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/boot.h"
#include "daemon/claim/claim-intent.h"
#include "daemon/outcome.h"
#include "daemon/transaction-internal.h"
#include "daemon/varlink/varlink-server.h"
#include "util/json.h"

/* A look takes a fraction of a second; it hangs when the kernel does, behind locks of its own. */
#define LOOK_TIMEOUT_MS 10000

static void plan_from(struct transaction *transaction, enum observer_age age);

static void refuse(struct transaction *transaction, const struct refusal_list *refusals)
{
	_cleanup_json_ struct json_object *parameters = outcome_refusal_to_json(refusals);

	for (size_t i = 0; !transaction->call && i < refusals->list.count; i++)
		log_notice(transaction->queue->log, "%s: %s", transaction->restored,
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
	if (transaction->call)
		(void)varlink_call_error_errno(transaction->call, error);
	transaction_end(transaction);
}

static void carry_out(struct transaction *transaction)
{
	if (transaction->intent.dry_run)
		transaction_end_with_outcome(transaction);
	else if (!transaction->queue->runner)
		refuse_to_act_on_a_record(transaction);
	else
		transaction_run(transaction);
}

static void plan_again(struct transaction *transaction)
{
	plan_deinit(&transaction->plan);
	transaction->plan = PLAN_NULL;
	transaction->snapshot = snapshot_unref(transaction->snapshot);
	plan_from(transaction, OBSERVER_FRESH);
}

/* A claim may be named where a region is. */
static int name_region(struct transaction *transaction)
{
	struct intent *intent = &transaction->intent;
	const struct claim_record *record;
	const struct topo_region *region;

	if (!intent->target)
		return 0;
	record = claim_table_find(transaction->queue->claims, intent->target);
	if (!record)
		return 0;
	region = claim_find_region(&record->claim, transaction->snapshot->topology, boot_id());
	if (region)
		intent->target = arena_strdup(&intent->arena, region->name);
	return intent->target ? 0 : -ENOMEM;
}

/* What a claim asks for: what it had before, or else whatever it is content with. */
static int plan_restoring(struct transaction *transaction, bool as_before)
{
	const struct topology *topology = transaction->snapshot->topology;
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, transaction->restored);
	struct intent *intent = &transaction->intent;
	int rc;

	if (!record)
		return PLAN_E_REFUSED;
	rc = claim_to_request(&record->claim, topology, as_before, &intent->arena,
			      &transaction->plan.refusals, &intent->create);
	if (rc == 0)
		rc = intent_plan(intent, topology, &transaction->plan);
	if (rc > 0 && as_before) {
		plan_deinit(&transaction->plan);
		transaction->plan = PLAN_NULL;
		return plan_restoring(transaction, false);
	}
	if (rc == 0)
		rc = claim_effect_restore(record, &transaction->effect);
	return rc > 0 ? PLAN_E_REFUSED : rc;
}

static int plan_making(struct transaction *transaction)
{
	const struct topology *topology = transaction->snapshot->topology;
	struct intent *intent = &transaction->intent;
	struct intent making = { .kind = INTENT_CREATE_REGION };
	int rc = claim_to_request(&intent->wish, topology, false, &intent->arena,
				  &transaction->plan.refusals, &making.create);

	if (rc)
		return rc < 0 ? rc : PLAN_E_REFUSED;
	making.create.fresh_uuid = intent->create.fresh_uuid;
	return intent_plan(&making, topology, &transaction->plan);
}

/* A claim is made as if it had been asked for, and changed as if its region had been. */
static int plan_wish(struct transaction *transaction)
{
	const struct topology *topology = transaction->snapshot->topology;
	const struct claim *wish = &transaction->intent.wish;
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, wish->name);
	struct intent change = { 0 };
	const struct topo_region *region;

	if (!record)
		return wish->disabled ? 0 : plan_making(transaction);
	if (claim_change_kind(&record->claim, wish) == CLAIM_CHANGE_REMAKE)
		return claim_refuse(&transaction->plan.refusals, "claim-anew", wish->name,
				    "take it back first (remove-memory)",
				    "the region has to be made anew for this") < 0
			       ? -ENOMEM
			       : PLAN_E_REFUSED;
	region = claim_find_region(&record->claim, topology, boot_id());
	if (!claim_to_intent(&record->claim, wish, region ? region->name : NULL, &change))
		return 0;
	return intent_plan(&change, topology, &transaction->plan);
}

static int make_plan(struct transaction *transaction)
{
	const struct topology *topology = transaction->snapshot->topology;
	int rc;

	if (*transaction->restored)
		return plan_restoring(transaction, true);
	if (transaction->intent.kind == INTENT_APPLY_CLAIM)
		return plan_wish(transaction);
	rc = name_region(transaction);
	if (rc == 0)
		rc = intent_plan(&transaction->intent, topology, &transaction->plan);
	return rc;
}

static int decide_claim(struct transaction *transaction)
{
	const struct varlink_peer *peer =
		transaction->call ? varlink_call_peer(transaction->call) : NULL;
	char owner[sizeof("uid:") + 3 * sizeof(uid_t)];

	if (!peer || !transaction->queue->store)
		return 0;
	(void)snprintf(owner, sizeof(owner), "uid:%u", (unsigned int)peer->uid);
	if (transaction->intent.kind == INTENT_APPLY_CLAIM)
		return claim_effect_wish(
			claim_table_find(transaction->queue->claims, transaction->intent.wish.name),
			&transaction->intent.wish, owner, &transaction->effect);
	return claim_effect_decide(transaction->queue->claims, &transaction->intent,
				   &transaction->plan, transaction->snapshot->topology, boot_id(),
				   owner, &transaction->refusals, &transaction->effect);
}

/* There is nothing left of a claim but the wish for it. */
static bool is_end_of_lost_claim(struct transaction *transaction)
{
	const struct intent *intent = &transaction->intent;
	const struct claim_record *record =
		intent->target ? claim_table_find(transaction->queue->claims, intent->target)
			       : NULL;

	if (!record || intent->kind != INTENT_REMOVE_REGION || intent->remove.keep_region)
		return false;
	plan_deinit(&transaction->plan);
	transaction->plan = PLAN_NULL;
	claim_effect_end(record, &transaction->effect);
	return true;
}

static void on_snapshot(void *userdata, int error, struct snapshot *snapshot)
{
	struct transaction *transaction = userdata;
	int rc;

	(void)sd_event_source_set_enabled(transaction->queue->late_timer, SD_EVENT_OFF);
	if (error) {
		transaction_end_with_text(transaction, "io.cxlfm.Host.HelperLost", error);
		return;
	}
	transaction->snapshot = snapshot_ref(snapshot);
	rc = make_plan(transaction);
	/* What changes without a word to anybody must not be a reason to refuse. */
	if (rc == PLAN_E_REFUSED && transaction->age != OBSERVER_FRESH) {
		plan_again(transaction);
		return;
	}
	if (rc == PLAN_E_REFUSED && is_end_of_lost_claim(transaction)) {
		carry_out(transaction);
		return;
	}
	if (rc == 0)
		rc = decide_claim(transaction);
	if (rc == 0)
		carry_out(transaction);
	else if (rc < 0)
		end_with_errno(transaction, rc);
	else if (transaction->refusals.list.count)
		refuse(transaction, &transaction->refusals);
	else
		refuse(transaction, &transaction->plan.refusals);
}

static void expect_look(struct transaction_queue *queue)
{
	(void)sd_event_source_set_time_relative(queue->late_timer, LOOK_TIMEOUT_MS * 1000);
	(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_ONESHOT);
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

void transaction_plan(struct transaction *transaction)
{
	plan_from(transaction, OBSERVER_CURRENT);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be done for a claim, and what becomes of it: it is made as if it had been asked for,
 * changed as if its region had been, and made good again as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/boot.h"
#include "daemon/claim/claim-intent.h"
#include "daemon/transaction-internal.h"
#include "daemon/varlink/varlink-server.h"

/* A claim may be named where a region is. */
int transaction_name_region(struct transaction *transaction)
{
	struct intent *intent = &transaction->intent;
	const struct claim_record *record;
	const struct topo_region *region;

	if (!intent->target)
		return 0;
	record = claim_table_find(transaction->queue->claims, intent->target);
	if (!record)
		return 0;
	region = claim_find_region(&record->claim, transaction->topology, boot_id());
	if (region)
		intent->target = arena_strdup(&intent->arena, region->name);
	return intent->target ? 0 : -ENOMEM;
}

/* What a claim asks for: what it had before, or else whatever it is content with. */
static int plan_restoring(struct transaction *transaction, const struct claim_record *record,
			  bool as_before)
{
	const struct topology *topology = transaction->topology;
	struct intent *intent = &transaction->intent;
	int rc = intent_make_uuid(intent);
	const char *fresh_uuid = intent->create.fresh_uuid;

	if (rc < 0)
		return rc;
	rc = claim_to_request(&record->claim, topology, as_before, &intent->arena,
			      &transaction->plan.refusals, &intent->create);
	intent->create.fresh_uuid = fresh_uuid;
	if (rc == 0)
		rc = intent_plan(intent, topology, &transaction->plan);
	if (rc > 0 && as_before) {
		plan_deinit(&transaction->plan);
		transaction->plan = PLAN_NULL;
		return plan_restoring(transaction, record, false);
	}
	return rc > 0 ? PLAN_E_REFUSED : rc;
}

static int plan_making(struct transaction *transaction)
{
	const struct topology *topology = transaction->topology;
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
	const struct topology *topology = transaction->topology;
	const struct claim *wish = &transaction->intent.wish;
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, wish->name);
	struct intent change = { 0 };
	const struct topo_region *region;

	if (!record)
		return plan_making(transaction);
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

/* Its region is taken down, disabled, or enabled and taken to the goal. */
static int plan_change(struct transaction *transaction, const struct claim_record *record)
{
	const struct topo_region *region =
		claim_find_region(&record->claim, transaction->topology, boot_id());
	struct intent change = { .zone = record->claim.zone, .goal = record->claim.goal };

	if (!region)
		return -ESTALE;
	change.target = region->name;
	if (transaction->remedy == CLAIM_REMEDY_ENABLE) {
		change.kind = INTENT_ENABLE_REGION;
	} else {
		change.kind = INTENT_REMOVE_REGION;
		change.remove.keep_region = transaction->remedy == CLAIM_REMEDY_DISABLE;
	}
	return intent_plan(&change, transaction->topology, &transaction->plan);
}

static int plan_mending(struct transaction *transaction)
{
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, transaction->mended);
	int rc;

	/* Others may have done it, or something else, since it was decided. */
	if (!record || record->remedy != transaction->remedy)
		return -ESTALE;
	rc = transaction->remedy == CLAIM_REMEDY_MAKE ? plan_restoring(transaction, record, true)
						      : plan_change(transaction, record);
	if (rc == 0 && transaction->remedy == CLAIM_REMEDY_MAKE)
		rc = claim_effect_restore(record, &transaction->effect);
	if (rc == 0 && transaction->remedy == CLAIM_REMEDY_CLEAR)
		rc = claim_effect_release(record, &transaction->effect);
	return rc;
}

int transaction_plan_claim(struct transaction *transaction)
{
	return *transaction->mended ? plan_mending(transaction) : plan_wish(transaction);
}

int transaction_decide_claim(struct transaction *transaction)
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
				   &transaction->plan, transaction->topology, boot_id(), owner,
				   &transaction->refusals, &transaction->effect);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A claim whose region is made anew: taken down in one go, made in a second one.
 *
 * At no moment is there neither the memory nor a claim that brings it back. Until its old region is
 * gone the claim is the old one, which a recovery goes by; with the journal's last word of that the
 * claim becomes the new one, which has no region, so that whoever finds it makes one. When the
 * making fails the claim becomes the old one again.
 */
#include <errno.h>
#include <string.h>

#include "daemon/engine/transaction-internal.h"
#include "daemon/varlink/varlink-server.h"
#include "util/json.h"

bool transaction_goes_on(const struct transaction *transaction)
{
	return transaction->former.name && !transaction->making &&
	       step_exec_outcome(&transaction->exec) == STEP_EXEC_DONE;
}

/* It is another claim from now on: what was tried for the one before it does not make it wait. */
static void begin_anew(const struct transaction *transaction)
{
	struct claim_record *record =
		claim_table_find(transaction->queue->claims, transaction->former.name);

	if (record)
		claim_mending_deinit(&record->mending);
}

void transaction_make_anew(struct transaction *transaction)
{
	begin_anew(transaction);
	step_exec_deinit(&transaction->exec);
	transaction->exec = (struct step_exec){ 0 };
	transaction->proof = topology_free(transaction->proof);
	transaction->making = true;
	transaction->begun = transaction->noted = false;
	/* Whoever wanted it has left: the claim is there, and nobody has to be waited for. */
	if (!varlink_call_is_open(transaction->call)) {
		transaction->queue->unsettled = true;
		transaction_end(transaction);
		return;
	}
	transaction_settle_down(transaction->queue, true);
	transaction_plan_again(transaction);
}

bool transaction_can_return(const struct transaction *transaction)
{
	const struct transaction_queue *queue = transaction->queue;

	/* At the end nobody is there to store it: the next start makes what is wished. */
	return transaction->making && !transaction->returning && queue->store && !queue->stopped;
}

/* Why there is less than there was, in the answer to whoever asked for more. */
static int tell_return(const struct transaction *transaction, struct json_object *parameters)
{
	struct refusal_list told = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *added = NULL;
	struct json_object *refusals;
	int rc;

	if (!parameters || json_get_array(parameters, "refusals", &refusals) < 0)
		return 0;
	rc = refusal_add(&told, "not-made-anew", transaction->former.name,
			 "`cxlfm wait` waits for it",
			 "the claim %s is as it was, and is given its memory again",
			 transaction->former.name);
	if (rc == 0)
		added = refusal_list_to_json(&told);
	refusal_list_deinit(&told);
	if (!added)
		return -ENOMEM;
	return json_append(refusals, json_object_get(json_object_array_get_idx(added, 0)));
}

static void on_returned(void *userdata, int error, uint64_t revision)
{
	struct transaction *transaction = userdata;
	_cleanup_json_ struct json_object *parameters = TAKE_PTR(transaction->failure);

	if (error == 0)
		error = claim_effect_apply(&transaction->effect, transaction->queue->claims,
					   revision);
	begin_anew(transaction);
	if (error)
		log_error(transaction->queue->log, "%s: the claim stays as it was to become: %s",
			  transaction->former.name, strerror(-error));
	else if (tell_return(transaction, parameters) < 0)
		log_error(transaction->queue->log, "no memory to tell what becomes of %s",
			  transaction->former.name);
	transaction_end_with_error(transaction, transaction->failure_name, parameters);
}

void transaction_return(struct transaction *transaction, const char *name,
			struct json_object *parameters)
{
	struct store *store = transaction->queue->store;
	const struct claim_record *record =
		claim_table_find(transaction->queue->claims, transaction->former.name);
	struct store_change change;
	int rc = record ? 0 : -ENOENT;

	observer_forget(transaction->queue->observer, transaction);
	transaction->returning = true;
	transaction->failure_name = name;
	transaction->failure = json_object_get(parameters);
	claim_effect_deinit(&transaction->effect);
	if (rc == 0)
		rc = claim_effect_return(record, &transaction->former, &transaction->effect);
	if (rc == 0)
		rc = claim_effect_store(&transaction->effect, &change);
	if (rc > 0)
		rc = store->ops->commit(store, &change, 1, STORE_DURABLE, on_returned, transaction);
	if (rc < 0)
		on_returned(transaction, rc, 0);
}

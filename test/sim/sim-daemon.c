// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated daemon's life, and whose turn it is: as daemon/engine/transaction.c, reconciler.c,
 * manager.c and journal/journal.c.
 */
#include "test/sim/sim-daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/plan-draft.h"
#include "daemon/claim/claim-store.h"
#include "daemon/engine/journal.h"
#include "test/sim/sim-change.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim.h"
#include "util/json.h"

/* Nothing but what may never happen is told. */
static const struct log quiet_log = { LOG_LEVEL_ERROR, "sim" };

/* ---- looks ---- */

struct topology *sim_daemon_look(struct sim *sim)
{
	struct topology *topology = fake_kernel_snapshot(sim->kernel);
	const struct world world = sim_world(sim, topology);

	if (!topology ||
	    claim_table_observe(&sim->daemon.claims, &world, sim->real_ms, sim->now_ms) < 0)
		abort();
	sim->daemon.draft_is_stale = true;
	sim->daemon.look_is_due = false;
	sim_check_look(sim, topology);
	return topology;
}

const struct topology *sim_daemon_draft(const struct sim *sim,
					const struct sim_transaction *transaction)
{
	if (transaction->remedy != CLAIM_REMEDY_MAKE || sim->daemon.draft_is_stale)
		return NULL;
	return sim->daemon.draft;
}

void sim_daemon_uevent(struct sim *sim)
{
	sim->daemon.look_is_due = true;
}

/* ---- the queue ---- */

static struct sim_transaction *transaction_new(struct sim *sim)
{
	struct sim_transaction *transaction = calloc(1, sizeof(*transaction));

	if (!transaction || ARRAY_APPEND(&sim->daemon.waiting, transaction) < 0)
		abort();
	*transaction = (struct sim_transaction){
		.phase = SIM_LOOK,
		.number = ++sim->daemon.transactions,
		.intent = INTENT_NULL,
		.plan = PLAN_NULL,
		.left = JOURNAL_ENTRY_NULL,
		.effect = CLAIM_EFFECT_NULL,
		.former = CLAIM_NULL,
		.remedy = CLAIM_REMEDY_NONE,
		.refusals = REFUSAL_LIST_NULL,
	};
	return transaction;
}

/* What is ours comes, in its order, before whoever has come meanwhile. */
static void put_before_clients(struct sim_daemon *daemon)
{
	struct sim_transaction **items = daemon->waiting.items;
	struct sim_transaction *last = items[daemon->waiting.count - 1];
	size_t place = 0;

	while (!items[place]->client && items[place] != last)
		place++;
	memmove(&items[place + 1], &items[place],
		(daemon->waiting.count - 1 - place) * sizeof(last));
	items[place] = last;
}

void sim_daemon_settle_down(struct sim_daemon *daemon)
{
	if (!daemon->unsettled)
		return;
	daemon->unsettled = false;
	daemon->draft = topology_free(daemon->draft);
	daemon->look_is_due = true;
}

/* reconciler_next() */
static void next(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;
	const struct claim_record *record =
		claim_table_next(&daemon->claims, sim->now_ms, &daemon->wake_ms);
	struct sim_transaction *transaction;

	if (!record)
		return;
	daemon->wake_ms = UINT64_MAX;
	transaction = transaction_new(sim);
	transaction->intent.kind = INTENT_CREATE_REGION;
	transaction->remedy = record->remedy;
	(void)snprintf(transaction->mended, sizeof(transaction->mended), "%s", record->claim.name);
	SIM_TRACE(sim, "change %u: remedy %d for %s", transaction->number, (int)record->remedy,
		  record->claim.name);
	put_before_clients(daemon);
}

static int forget(struct sim *sim, const char *key)
{
	const struct store_change change = { .key = key, .expected_revision = STORE_ANY };
	uint64_t revision;

	SIM_TRACE(sim, "%s is forgotten", key);
	return sim_commit(sim, &change, 1, &revision);
}

/* Clients wait until a look has shown that nothing is left to do without them: manager.c. */
static bool may_begin(struct sim_daemon *daemon)
{
	if (daemon->waiting.count && !daemon->waiting.items[0]->client)
		return true;
	if (!daemon->serves_clients)
		sim_daemon_settle_down(daemon);
	daemon->serves_clients = daemon->serves_clients || !daemon->look_is_due;
	return daemon->waiting.count && daemon->serves_clients;
}

static void begin_next(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;
	struct sim_transaction *first;

	if (daemon->under_way)
		return;
	if (daemon->unforgotten)
		daemon->unforgotten = forget(sim, JOURNAL_OPEN) < 0;
	if (daemon->waiting.count == 0 || !daemon->waiting.items[0]->left.region)
		next(sim);
	if (!may_begin(daemon)) {
		sim_daemon_settle_down(daemon);
		return;
	}
	first = daemon->waiting.items[0];
	daemon->under_way = true;
	if (first->left.region) {
		first->phase = SIM_READ;
		return;
	}
	first->topology = sim_daemon_draft(sim, first);
	if (!first->topology)
		sim_daemon_settle_down(daemon);
	else
		first->phase = SIM_PLAN;
}

static const char *failure_of(const struct sim_transaction *transaction)
{
	const struct refusal_list *lists[] = { &transaction->refusals,
					       &transaction->plan.refusals };

	if (transaction->done)
		return NULL;
	for (size_t i = 0; i < 2; i++)
		if (lists[i]->list.count)
			return lists[i]->list.items[0].text;
	return transaction->error ? strerror(-transaction->error) : "it was not carried out";
}

/* reconciler_mended() */
static void mended(struct sim *sim, const struct sim_transaction *transaction)
{
	struct claim_record *record = claim_table_find(&sim->daemon.claims, transaction->mended);

	sim_count(sim, SIM_MENDED);
	if (!record)
		return;
	claim_mending_tried(&record->mending, failure_of(transaction), sim->now_ms,
			    (uint32_t)sim_random_next(&sim->random));
	if (sim->broken == SIM_BREAK_PATIENCE)
		record->mending.not_before_ms = 0;
}

static void end_on_draft(struct sim_daemon *daemon, const struct sim_transaction *transaction)
{
	if (!transaction->done || transaction->remedy != CLAIM_REMEDY_MAKE ||
	    daemon->draft_is_stale || !daemon->draft ||
	    plan_draft_enter(daemon->draft, &transaction->plan) < 0)
		daemon->draft = topology_free(daemon->draft);
}

void sim_daemon_end(struct sim *sim, struct sim_transaction *transaction)
{
	struct sim_daemon *daemon = &sim->daemon;
	size_t kept = 0;

	if (transaction->making && !transaction->done)
		sim_change_return(sim, transaction);
	if (transaction->begun)
		daemon->unsettled = true;
	if (daemon->waiting.items[0] == transaction && daemon->under_way) {
		daemon->under_way = false;
		end_on_draft(daemon, transaction);
	}
	for (size_t i = 0; i < daemon->waiting.count; i++)
		if (daemon->waiting.items[i] != transaction)
			daemon->waiting.items[kept++] = daemon->waiting.items[i];
	daemon->waiting.count = kept;
	if (kept == 0)
		ARRAY_FREE(&daemon->waiting);
	if (*transaction->mended)
		mended(sim, transaction);
	sim_change_free(transaction);
	begin_next(sim);
}

void sim_daemon_submit(struct sim *sim, struct intent *intent)
{
	struct sim_transaction *transaction = transaction_new(sim);

	transaction->intent = *intent;
	*intent = INTENT_NULL;
	transaction->client = true;
	transaction->forced = transaction->intent.remove.force;
	if (sim->broken == SIM_BREAK_DATA)
		transaction->intent.remove.force = true;
	SIM_TRACE(sim, "change %u: asked for", transaction->number);
	begin_next(sim);
}

bool sim_daemon_leave(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	for (size_t i = 0; i < daemon->waiting.count; i++) {
		struct sim_transaction *transaction = daemon->waiting.items[i];

		if (!transaction->client)
			continue;
		SIM_TRACE(sim, "change %u: nobody waits for it any more", transaction->number);
		if (transaction->begun)
			step_exec_cancel(&transaction->exec);
		else
			sim_daemon_end(sim, transaction);
		return true;
	}
	return false;
}

bool sim_daemon_is_recovering(const struct sim *sim)
{
	return sim->daemon.waiting.count && sim->daemon.waiting.items[0]->left.region;
}

/* ---- the start: daemon/engine/journal.c ---- */

/* The store may not be written to while it calls back: what is to be forgotten is remembered. */
struct recovery {
	struct sim *sim;
	ARRAY(char *) forgotten;
};

static void take_up(struct recovery *recovery, const struct store_entry *stored)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct journal_entry entry = JOURNAL_ENTRY_NULL;
	struct sim *sim = recovery->sim;

	if (json_parse_text(stored->value, strlen(stored->value), &object) ||
	    journal_entry_from_json(object, &entry) < 0) {
		sim_violation(sim, "the journal can be read: %s", stored->key);
	} else if (strcmp(entry.boot, sim->boot) == 0 && sim->broken != SIM_BREAK_UNDO) {
		struct sim_transaction *transaction = transaction_new(sim);

		(void)snprintf(transaction->key, sizeof(transaction->key), "%s", stored->key);
		transaction->left = entry;
		entry = JOURNAL_ENTRY_NULL;
	} else if (ARRAY_APPEND(&recovery->forgotten, strdup(stored->key)) < 0) {
		abort();
	}
	journal_entry_deinit(&entry);
}

static void on_journal(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	(void)error;
	for (size_t i = 0; i < count; i++)
		take_up(userdata, &entries[i]);
}

static void on_claims(void *userdata, int error)
{
	(void)userdata;
	(void)error;
}

static void recover(struct sim *sim)
{
	struct recovery recovery = { .sim = sim };

	if (sim->store->ops->list(sim->store, JOURNAL_PREFIX, on_journal, &recovery) < 0)
		abort();
	sim->store->ops->dispatch(sim->store);
	for (size_t i = 0; i < recovery.forgotten.count; i++) {
		(void)forget(sim, recovery.forgotten.items[i]);
		free(recovery.forgotten.items[i]);
	}
	ARRAY_FREE(&recovery.forgotten);
}

void sim_daemon_start(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	*daemon = (struct sim_daemon){ .alive = true, .wake_ms = UINT64_MAX };
	if (claim_store_load(sim->store, &daemon->claims, &quiet_log, on_claims, NULL) < 0)
		abort();
	sim->store->ops->dispatch(sim->store);
	SIM_TRACE(sim, "the daemon starts with %zu claims", daemon->claims.records.count);
	recover(sim);
	sim_check_start(sim);
	(void)topology_free(sim_daemon_look(sim));
	begin_next(sim);
}

void sim_daemon_crash(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	SIM_TRACE(sim, "the daemon dies");
	sim_check_crash(sim);
	for (size_t i = 0; i < daemon->waiting.count; i++)
		sim_change_free(daemon->waiting.items[i]);
	ARRAY_FREE(&daemon->waiting);
	claim_table_deinit(&daemon->claims);
	(void)topology_free(daemon->draft);
	*daemon = (struct sim_daemon){ .alive = false };
}

/* ---- turns ---- */

bool sim_daemon_turn(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	if (!daemon->alive)
		return false;
	if (daemon->under_way) {
		sim_change_turn(sim, daemon->waiting.items[0]);
	} else if (daemon->look_is_due) {
		(void)topology_free(sim_daemon_look(sim));
		begin_next(sim);
	} else if (daemon->wake_ms <= sim->now_ms) {
		begin_next(sim);
	} else {
		return false;
	}
	sim_count(sim, SIM_TURNS);
	return true;
}

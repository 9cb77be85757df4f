// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated daemon's life, and the order of its turns: as in daemon/engine/engine.c and
 * journal.c, daemon/claim/reconciler.c, and daemon/manager.c.
 */
#include "test/sim/sim-daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/plan/plan-draft.h"
#include "daemon/claim-kinds.h"
#include "daemon/claim/claim-store.h"
#include "cxl/step/host-step.h"
#include "daemon/engine/journal.h"
#include "test/sim/sim-change.h"
#include "test/sim/sim-check.h"
#include "test/sim/sim-lamp.h"
#include "test/sim/sim.h"
#include "util/json.h"

/* Logs only errors that must never happen. */
static const struct log quiet_log = { LOG_LEVEL_ERROR, "sim" };

/* ---- looks ---- */

struct topology *sim_daemon_look(struct sim *sim)
{
	struct topology *topology = fake_kernel_snapshot(sim->kernel);
	struct world world;

	sim->daemon.look++;
	world = sim_world(sim, topology);
	if (!topology ||
	    claim_table_observe(&sim->daemon.claims, &world, sim->real_ms, sim->now_ms) < 0)
		abort();
	sim->daemon.draft_is_stale = true;
	sim->daemon.look_is_due = false;
	sim_check_look(sim, topology);
	return topology;
}

const struct topology *sim_daemon_draft(const struct sim *sim, const struct sim_change *change)
{
	if (change->memory.remedy != CLAIM_REMEDY_MAKE || sim->daemon.draft_is_stale)
		return NULL;
	return sim->daemon.draft;
}

void sim_daemon_uevent(struct sim *sim)
{
	sim->daemon.look_is_due = true;
	sim_lamp_awaken(sim);
}

void sim_daemon_news(struct sim *sim, enum uevent_kind kind, const char *host_path,
		     const struct topology *topology)
{
	const struct uevent_news news = { kind, host_path, strlen(host_path) };

	if (sim->daemon.alive &&
	    causes_hear(&sim->daemon.causes, &news, topology, sim->now_ms, sim->daemon.look) < 0)
		abort();
}

/* ---- the queue ---- */

struct sim_change *sim_daemon_new_change(struct sim *sim)
{
	struct sim_change *change = calloc(1, sizeof(*change));

	if (!change || ARRAY_APPEND(&sim->daemon.changes, change) < 0)
		abort();
	*change = (struct sim_change){
		.number = ++sim->daemon.numbers,
		.memory = MEMORY_CHANGE_NULL,
		.left = CHANGE_ENTRY_NULL,
	};
	change_init(&change->life, &memory_lanes);
	change->life.performs = change->life.notes = true;
	return change;
}

/* Puts the daemon's own changes, in their order, before those of clients that came meanwhile. */
static void put_before_clients(struct sim_daemon *daemon)
{
	struct sim_change **items = daemon->changes.items;
	struct sim_change *last = items[daemon->changes.count - 1];
	size_t place = 0;

	while (!items[place]->client && items[place] != last)
		place++;
	memmove(&items[place + 1], &items[place],
		(daemon->changes.count - 1 - place) * sizeof(last));
	items[place] = last;
}

/* The plan of the change points into the draft, and the end of the change frees the draft. */
static bool is_planned_on_draft(const struct sim_daemon *daemon)
{
	const struct sim_change *change = lanes_holder(&daemon->lanes, &memory_lanes, NULL);

	return change && daemon->draft && change->topology == daemon->draft;
}

void sim_daemon_settle_down(struct sim_daemon *daemon)
{
	if (!daemon->unsettled)
		return;
	daemon->unsettled = false;
	if (!is_planned_on_draft(daemon))
		daemon->draft = topology_free(daemon->draft);
	daemon->look_is_due = true;
}

/* reconciler_next() */
static void next(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;
	const struct claim_record *record =
		claim_table_next(&daemon->claims, NULL, sim->now_ms, &daemon->wake_ms);
	struct sim_change *change;

	if (!record)
		return;
	daemon->wake_ms = UINT64_MAX;
	change = sim_daemon_new_change(sim);
	change->memory.request.kind = MEMORY_CREATE_REGION;
	change->memory.remedy = record->remedy;
	(void)snprintf(change->memory.mended, sizeof(change->memory.mended), "%s",
		       record->claim.name);
	SIM_TRACE(sim, "change %u: remedy %d for %s", change->number, (int)record->remedy,
		  record->claim.name);
	put_before_clients(daemon);
}

static int erase_entry(struct sim *sim, const char *key)
{
	const struct store_change change = { .key = key, .expected_revision = STORE_ANY };
	uint64_t revision;

	SIM_TRACE(sim, "%s is erased", key);
	return sim_commit(sim, &change, 1, STORE_QUICK, &revision);
}

static void erase_debts(struct sim *sim)
{
	struct journal_debts *debts = &sim->daemon.debts;
	struct store_change changes[STORE_CHANGES_MAX];
	uint64_t revision, number;
	enum store_durability durability = STORE_QUICK;
	size_t count = journal_debts_pay(debts, changes, ARRAY_SIZE(changes), &durability, &number);

	if (count && sim_commit(sim, changes, count, durability, &revision) == 0)
		journal_debts_settle(debts, number);
}

/* ---- whose turn it is ---- */

struct sim_change *sim_daemon_host_change(const struct sim *sim)
{
	return (struct sim_change *)lanes_holder(&sim->daemon.lanes, &memory_lanes, NULL);
}

/* Clients wait until a look has shown that nothing is left to do without them: manager.c. */
static bool may_begin(struct sim_daemon *daemon, const struct sim_change *change)
{
	if (change && !change->client)
		return true;
	if (!daemon->serves_clients)
		sim_daemon_settle_down(daemon);
	daemon->serves_clients = daemon->serves_clients || !daemon->look_is_due;
	return change && daemon->serves_clients;
}

/* A mistake. */
static bool takes_no_lane(const struct sim *sim, const struct sim_change *change)
{
	return sim->broken == SIM_BREAK_LANE && !lane_set_meets(&change->life.lanes, &memory_lanes);
}

/* The first change whose lanes are free, and no lane of which an earlier change waits for. */
static struct sim_change *first_in_lane(const struct sim *sim)
{
	const struct sim_daemon *daemon = &sim->daemon;
	struct lane_set wanted = { .count = 0 };

	for (size_t i = 0; i < daemon->changes.count; i++) {
		struct sim_change *change = daemon->changes.items[i];
		const struct lane_set *lanes = &change->life.lanes;

		if (change->life.task != CHANGE_WAIT)
			continue;
		if (takes_no_lane(sim, change) || (!lanes_holder(&daemon->lanes, lanes, change) &&
						   !lane_set_meets(lanes, &wanted)))
			return change;
		for (size_t j = 0; j < lanes->count; j++)
			if (lane_set_add(&wanted, lanes->names[j]) < 0)
				abort();
	}
	return NULL;
}

static void begin(struct sim *sim, struct sim_change *change)
{
	struct sim_daemon *daemon = &sim->daemon;

	if (!takes_no_lane(sim, change) &&
	    lanes_take(&daemon->lanes, &change->life.lanes, change) < 0)
		abort();
	change_waited(&change->life);
	if (change->life.task != CHANGE_LOOK)
		return;
	change->topology = sim_daemon_draft(sim, change);
	change->disturbances = sim->disturbances_seen;
	if (!change->topology)
		sim_daemon_settle_down(daemon);
	else
		change_has_look(&change->life);
}

static bool is_to_be_recovered(const struct sim_daemon *daemon)
{
	for (size_t i = 0; i < daemon->changes.count; i++) {
		const struct sim_change *change = daemon->changes.items[i];

		if (change->left.object && lane_set_meets(&change->life.lanes, &memory_lanes))
			return true;
	}
	return false;
}

void sim_daemon_begin_next(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;
	const bool is_free = !sim_daemon_host_change(sim);
	struct sim_change *change;

	if (is_free)
		erase_debts(sim);
	if (is_free && !is_to_be_recovered(daemon))
		next(sim);
	while ((change = first_in_lane(sim)) && may_begin(daemon, change))
		begin(sim, change);
	if (is_free && !sim_daemon_host_change(sim)) {
		(void)may_begin(daemon, NULL);
		sim_daemon_settle_down(daemon);
	}
}

/* reconciler_mended() */
static void mended(struct sim *sim, const struct sim_change *change)
{
	struct claim_record *record = claim_table_find(&sim->daemon.claims, change->memory.mended);

	sim_count(sim, SIM_MENDED);
	if (!record)
		return;
	claim_mending_tried(&record->mending, memory_change_failure(&change->memory, &change->life),
			    sim->now_ms, (uint32_t)sim_random_next(&sim->random));
	if (sim->broken == SIM_BREAK_PATIENCE)
		record->mending.not_before_ms = 0;
}

static void end_on_draft(struct sim_daemon *daemon, const struct sim_change *change)
{
	if (change->life.result != CHANGE_DONE || change->memory.remedy != CLAIM_REMEDY_MAKE ||
	    daemon->draft_is_stale || !daemon->draft ||
	    plan_draft_enter(daemon->draft, &change->memory.plan) < 0)
		daemon->draft = topology_free(daemon->draft);
}

void sim_daemon_end(struct sim *sim, struct sim_change *change)
{
	struct sim_daemon *daemon = &sim->daemon;
	size_t kept = 0;

	if (change->life.begun)
		daemon->unsettled = true;
	if (sim_daemon_host_change(sim) == change)
		end_on_draft(daemon, change);
	lanes_release(&daemon->lanes, change);
	reservations_release(&daemon->reservations, change);
	sim_change_owe(sim, change);
	for (size_t i = 0; i < daemon->changes.count; i++)
		if (daemon->changes.items[i] != change)
			daemon->changes.items[kept++] = daemon->changes.items[i];
	daemon->changes.count = kept;
	if (kept == 0)
		ARRAY_FREE(&daemon->changes);
	if (*change->memory.mended)
		mended(sim, change);
	sim_change_free(change);
	sim_daemon_begin_next(sim);
}

void sim_daemon_submit(struct sim *sim, struct memory_request *request)
{
	struct sim_change *change = sim_daemon_new_change(sim);

	change->memory.request = *request;
	*request = MEMORY_REQUEST_NULL;
	change->client = true;
	change->forced = change->memory.request.remove.force;
	if (sim->broken == SIM_BREAK_DATA)
		change->memory.request.remove.force = true;
	SIM_TRACE(sim, "change %u: asked for", change->number);
	sim_daemon_begin_next(sim);
}

bool sim_daemon_leave(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	for (size_t i = 0; i < daemon->changes.count; i++) {
		struct sim_change *change = daemon->changes.items[i];

		if (!change->client)
			continue;
		const enum change_task task = change->life.task;

		SIM_TRACE(sim, "change %u: nobody waits for it any more", change->number);
		change_leave(&change->life);
		if (change->life.task != task)
			change->not_before_ms = change->lamp.waits = 0;
		if (change->life.task == CHANGE_END)
			sim_daemon_end(sim, change);
		return true;
	}
	return false;
}

bool sim_daemon_is_recovering(const struct sim *sim)
{
	const struct sim_change *change = sim_daemon_host_change(sim);

	return change && change->left.object;
}

/* ---- the start: daemon/engine/journal.c ---- */

/* The store may not be written to while the store calls back: keys to be erased are kept. */
struct recovery {
	struct sim *sim;
	ARRAY(char *) erased;
};

static const struct step_registry *known_steps(void)
{
	static const struct step_kind *kinds[HOST_STEP_COUNT + 2] = { &lamp_kind, &burnout_kind };
	static const struct step_registry known = { kinds, ARRAY_SIZE(kinds) };

	memcpy(&kinds[2], host_steps.kinds, HOST_STEP_COUNT * sizeof(*kinds));
	return &known;
}

static void take_up_memory(struct sim_change *change)
{
	change->memory.left_region = change->left.object;
	change->memory.left_claim = change->left.claim;
	change->memory.left_ends = change->left.ends;
	change_take_up(&change->life, &change->left.steps);
}

static void take_up(struct recovery *recovery, const struct store_entry *stored)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct change_entry entry = CHANGE_ENTRY_NULL;
	struct sim *sim = recovery->sim;

	if (json_parse_text(stored->value, strlen(stored->value), &object) ||
	    journal_entry_from_json(object, known_steps(), &entry) < 0) {
		sim_violation(sim, "the journal can be read: %s", stored->key);
	} else if ((strcmp(entry.boot, sim->boot) == 0 || step_list_lasts(&entry.steps)) &&
		   sim->broken != SIM_BREAK_UNDO) {
		struct sim_change *change = sim_daemon_new_change(sim);

		(void)snprintf(change->key, sizeof(change->key), "%s", stored->key);
		change->lasts = step_list_lasts(&entry.steps);
		change->left = entry;
		entry = CHANGE_ENTRY_NULL;
		if (sim->broken != SIM_BREAK_RESERVATION &&
		    reservations_take(&sim->daemon.reservations, &change->left.reservations, change,
				      0) < 0)
			abort();
		if (lane_set_meets(&change->left.lanes, &memory_lanes))
			take_up_memory(change);
		else
			sim_lamp_take_up(change);
	} else if (ARRAY_APPEND(&recovery->erased, strdup(stored->key)) < 0) {
		abort();
	}
	change_entry_deinit(&entry);
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
	for (size_t i = 0; i < recovery.erased.count; i++) {
		(void)erase_entry(sim, recovery.erased.items[i]);
		free(recovery.erased.items[i]);
	}
	ARRAY_FREE(&recovery.erased);
}

void sim_daemon_start(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	*daemon = (struct sim_daemon){ .alive = true,
				       .claims = CLAIM_TABLE_OF(&claim_kinds),
				       .wake_ms = UINT64_MAX };
	if (claim_store_load(sim->store, &daemon->claims, &quiet_log, on_claims, NULL) < 0)
		abort();
	sim->store->ops->dispatch(sim->store);
	SIM_TRACE(sim, "the daemon starts with %zu claims", daemon->claims.records.count);
	recover(sim);
	sim_check_start(sim);
	(void)topology_free(sim_daemon_look(sim));
	sim_daemon_begin_next(sim);
}

void sim_daemon_crash(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;

	SIM_TRACE(sim, "the daemon dies");
	sim_check_crash(sim);
	sim_lamp_die(sim);
	for (size_t i = 0; i < daemon->changes.count; i++)
		sim_change_free(daemon->changes.items[i]);
	ARRAY_FREE(&daemon->changes);
	lanes_deinit(&daemon->lanes);
	reservations_deinit(&daemon->reservations);
	journal_debts_deinit(&daemon->debts);
	claim_table_deinit(&daemon->claims);
	causes_deinit(&daemon->causes);
	(void)topology_free(daemon->draft);
	*daemon = (struct sim_daemon){ .alive = false };
}

/* ---- turns ---- */

/* Of several changes under way any may be the next to get on. */
static struct sim_change *some_change(struct sim *sim)
{
	const struct sim_daemon *daemon = &sim->daemon;
	struct sim_change *chosen = NULL;
	size_t count = 0;

	for (size_t i = 0; i < daemon->changes.count; i++) {
		struct sim_change *change = daemon->changes.items[i];

		if (change->life.task == CHANGE_WAIT || change->not_before_ms > sim->now_ms)
			continue;
		if (++count == 1 || sim_below(sim, count) == 0)
			chosen = change;
	}
	return chosen;
}

/* A change that waits for other lanes gives back those that it has. */
static void turn_of(struct sim *sim, struct sim_change *change)
{
	if (!sim_change_turn(sim, change))
		return;
	if (change->life.task == CHANGE_WAIT || change->life.task == CHANGE_AWAIT) {
		lanes_release(&sim->daemon.lanes, change);
		sim_daemon_begin_next(sim);
	}
}

/* The sender of a late order may die before the order has its effect. */
static void die_with_order(struct sim *sim)
{
	if (!sim->lamps || !sim->lamps->daemon_dies)
		return;
	sim->lamps->daemon_dies = false;
	sim_daemon_crash(sim);
}

bool sim_daemon_turn(struct sim *sim)
{
	struct sim_daemon *daemon = &sim->daemon;
	struct sim_change *change;

	if (!daemon->alive)
		return false;
	change = some_change(sim);
	if (change) {
		turn_of(sim, change);
		die_with_order(sim);
	} else if (daemon->look_is_due) {
		(void)topology_free(sim_daemon_look(sim));
		sim_daemon_begin_next(sim);
	} else if (daemon->wake_ms <= sim->now_ms) {
		sim_daemon_begin_next(sim);
	} else {
		return false;
	}
	sim_count(sim, SIM_TURNS);
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: made, woken, held up by its store, and ended. Which change begins is decided in
 * work-queue.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/apply.h"
#include "daemon/observe/boot.h"
#include "daemon/engine/engine-internal.h"
#include "daemon/engine/result-entry.h"
#include "daemon/engine/results.h"
#include "util/clock.h"
#include "util/json.h"

void engine_owner_name(uid_t uid, char name[static ENGINE_OWNER_MAX])
{
	(void)snprintf(name, ENGINE_OWNER_MAX, "uid:%u", (unsigned int)uid);
}

const struct change_register *engine_changes(const struct engine *engine)
{
	return &engine->changes;
}

struct world work_world(const struct work *work)
{
	struct world world = observer_world(work->engine->observer, work->topology);

	world.reservations = &work->engine->reservations;
	world.holder = work;
	return world;
}

static void on_erased(void *userdata, int error, uint64_t revision)
{
	struct engine *engine = userdata;

	if (error == 0)
		journal_debts_settle(&engine->debts, engine->erases);
	engine->erases = 0;
}

/* The engine pays debts whenever a change wakes it: without a change nobody needs them paid. */
static void erase_debts(struct engine *engine)
{
	struct store_change changes[STORE_CHANGES_MAX];
	enum store_durability durability = STORE_QUICK;
	size_t count;

	if (engine->erases)
		return;
	count = journal_debts_pay(&engine->debts, changes, ARRAY_SIZE(changes), &durability,
				  &engine->erases);
	if (count && engine->store->ops->commit(engine->store, changes, count, durability,
						on_erased, engine) < 0)
		engine->erases = 0;
}

/* Debts from which on no result adds one, as nothing can be erased: a full disk may stay full. */
#define DEBTS_WITH_RESULTS_MAX 256

/*
 * The result is erased from the store at the next occasion. A result that stays in the store is
 * dropped again by a later start.
 */
static void on_result_dropped(void *userdata, const char *id)
{
	struct engine *engine = userdata;
	char key[RESULT_KEY_MAX];

	if (engine->debts.entries.count >= DEBTS_WITH_RESULTS_MAX)
		return;
	result_entry_key(id, key);
	if (journal_debts_has(&engine->debts, key))
		return;
	if (journal_debts_add(&engine->debts, key, false) < 0)
		log_error(engine->log, "no memory to erase %s later", key);
}

void engine_set_timer(const struct engine *engine, sd_event_source *timer, uint64_t within_ms)
{
	int rc = sd_event_source_set_time_relative(timer, within_ms * 1000);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
	if (rc < 0)
		log_error(engine->log, "no timer: %s", strerror(-rc));
}

/* A change that begins may end at once, and then another change may begin. */
void engine_wake(struct engine *engine)
{
	engine->is_to_wake = true;
	if (!engine->released || engine->is_waking)
		return;
	engine->is_waking = true;
	while (engine->is_to_wake && !engine->stopped) {
		engine->is_to_wake = false;
		erase_debts(engine);
		results_write(engine);
		applies_wake(engine);
		strays_ask(engine);
		works_begin(engine);
	}
	engine->is_waking = false;
}

void engine_looked(struct engine *engine, const struct world *world)
{
	/* A change that goes on may end, and is not in the list then. */
	for (size_t i = engine->works.count; i-- > 0;)
		if (i < engine->works.count)
			work_looked(engine->works.items[i], world);
}

int engine_new(sd_event *event, const struct log *log, struct observer *observer,
	       const struct performers *performers, struct claim_table *claims,
	       const struct engine_owner *owner, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int rc;

	if (!engine)
		return -ENOMEM;
	*engine = (struct engine){
		.event = event,
		.log = log,
		.observer = observer,
		.performers = *performers,
		.claims = claims,
		.owner = *owner,
	};
	change_register_init(&engine->changes, boot_id(), clock_boot_ms());
	change_register_on_dropped(&engine->changes, on_result_dropped, engine);
	rc = work_turn_init(engine, event);
	if (rc >= 0)
		rc = strays_init(engine);
	if (rc < 0) {
		(void)engine_free(engine);
		return rc;
	}
	*ret_engine = engine;
	return 0;
}

void engine_use_store(struct engine *engine, struct store *store, const char *problem)
{
	engine->store = store;
	engine->store_problem = problem;
	engine->is_late = engine->is_late && problem;
	engine->is_stuck = engine->is_stuck && problem;
}

void engine_release(struct engine *engine)
{
	engine->released = true;
	engine_wake(engine);
}

bool work_waits_for_store(const struct work *work)
{
	const enum change_task task = work->life.task;

	return task == CHANGE_NOTE || task == CHANGE_RECEIPT || task == CHANGE_CLOSE ||
	       task == CHANGE_RETURN;
}

void work_refuse_to_wait(struct work *work)
{
	change_not_stored(&work->life, -EIO);
	work_proceed(work);
}

/* A change that is kept, and has closed a stage, waits for the lanes of another stage. */
static bool is_kept_between_stages(const struct work *work)
{
	return work_is_waiting(work) && work->life.stages && change_is_kept(work->record);
}

static struct work *find_client_waiting(const struct engine *engine)
{
	for (size_t i = engine->works.count; i-- > 0;)
		if (work_is_asked(engine->works.items[i]) &&
		    work_is_waiting(engine->works.items[i]) &&
		    !is_kept_between_stages(engine->works.items[i]))
			return engine->works.items[i];
	return NULL;
}

/*
 * The clients of a change that waits for the store are told, and wait no more. A change that they
 * have asked for to wait for is given up where that can be; a change that is kept goes on when the
 * store answers.
 */
static void part_from_clients(struct work *work)
{
	if (!work_is_asked(work))
		return;
	work_answer_late(work);
	if (change_is_kept(work->record))
		return;
	work->record->parted = true;
	work_leave(work);
}

void engine_stick(struct engine *engine)
{
	struct work *work;

	engine->is_stuck = true;
	while ((work = find_client_waiting(engine)))
		work_refuse_to_wait(work);
	for (size_t i = 0; i < engine->works.count; i++)
		if (work_waits_for_store(engine->works.items[i]) ||
		    is_kept_between_stages(engine->works.items[i]))
			part_from_clients(engine->works.items[i]);
	applies_store_is_late(engine);
}

static bool is_held_up(const struct engine *engine)
{
	for (size_t i = 0; i < engine->works.count; i++)
		if (work_waits_for_store(engine->works.items[i]))
			return true;
	return false;
}

void engine_store_is_late(struct engine *engine, const char *problem)
{
	engine->store_problem = problem;
	engine->is_late = true;
	if (is_held_up(engine))
		engine_stick(engine);
	else
		applies_store_is_late(engine);
}

void engine_serve(struct engine *engine)
{
	engine->serves_clients = true;
	engine_wake(engine);
}

void engine_stop(struct engine *engine)
{
	engine->stopped = true;
	results_write(engine);
}

struct engine *engine_free(struct engine *engine)
{
	if (!engine)
		return NULL;
	works_free(engine);
	applies_free(engine);
	change_register_deinit(&engine->changes);
	(void)sd_event_source_disable_unref(engine->turn_timer);
	strays_deinit(&engine->strays);
	performers_deinit(&engine->performers);
	lanes_deinit(&engine->lanes);
	reservations_deinit(&engine->reservations);
	journal_debts_deinit(&engine->debts);
	free(engine);
	return NULL;
}

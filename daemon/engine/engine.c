// SPDX-License-Identifier: GPL-2.0-only
/*
 * The changes that wait and those under way, and how each one ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/apply.h"
#include "daemon/helper/helper-performer.h"
#include "daemon/observe/boot.h"
#include "daemon/engine/engine-internal.h"
#include "util/clock.h"
#include "util/json.h"

static struct work *work_free(struct work *work)
{
	if (!work)
		return NULL;
	change_answer_deinit(&work->answer);
	change_deinit(&work->life);
	(void)subject_free(work->subject);
	journal_entry_deinit(&work->left);
	(void)snapshot_unref(work->snapshot);
	(void)json_object_put(work->holders);
	free(work);
	return NULL;
}

static void remove_from_queue(struct work *work)
{
	struct engine *engine = work->engine;
	size_t kept = 0;

	for (size_t i = 0; i < engine->waiting.count; i++)
		if (engine->waiting.items[i] != work)
			engine->waiting.items[kept++] = engine->waiting.items[i];
	engine->waiting.count = kept;
	if (kept == 0)
		ARRAY_FREE(&engine->waiting);
}

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
	return observer_world(work->engine->observer, work->topology);
}

/* What a client has tried only, and what was moot, nobody asks for later. */
static void end_record(struct work *work)
{
	const struct change_record *record = work->record;
	/* What is made for another change is told with that one. */
	const bool keep = !record->dry_run && !record->part_of && !work->subject->is_moot;

	change_register_end(&work->engine->changes, work->record, work_object(work), &work->answer,
			    keep, clock_boot_ms());
	work->record = NULL;
}

void work_end(struct work *work)
{
	struct engine *engine = work->engine;

	observer_forget(engine->observer, work);
	if (work->life.begun)
		engine->unsettled = true;
	if (engine->waiting.items[0] == work && engine->under_way) {
		(void)sd_event_source_set_enabled(engine->late_timer, SD_EVENT_OFF);
		engine->under_way = false;
		work_turn_end(engine);
		/* Who uses data was asked, and nothing was done: nobody is to hear the answer. */
		if (!work->life.begun && engine->performer)
			engine->performer->ops->release(engine->performer);
	}
	remove_from_queue(work);
	work->subject->ops->ended(work->subject, &work->life);
	if (work->record->part_of)
		apply_part_ended(work->record->part_of->work, &work->answer);
	end_record(work);
	(void)work_free(work);
	if (!engine->under_way)
		engine_wake(engine);
}

void work_settle_down(struct engine *engine, bool unsettled)
{
	if (!engine->unsettled && !unsettled)
		return;
	engine->unsettled = false;
	engine->performer->ops->release(engine->performer);
	observer_set_busy(engine->observer, false);
}

static void take_up(struct work *work)
{
	log_notice(work->engine->log, "%s: a change was cut short", work->left.region);
	observer_set_busy(work->engine->observer, true);
	change_take_up(&work->life, &work->left.steps);
	work->life.notes = true;
}

static bool may_be_planned(const struct work *work)
{
	return !work_is_asked(work) || !work->engine->store_problem ||
	       !work->subject->ops->needs_claims(work->subject);
}

static void begin_first(struct engine *engine)
{
	struct work *first = engine->waiting.items[0];

	engine->under_way = true;
	work_turn_begin(engine);
	first->life.is_dry_run = first->subject->is_dry_run;
	first->life.performs = engine->performer != NULL;
	first->life.notes = engine->store != NULL;
	change_record_begin(first->record, clock_boot_ms());
	if (work_is_asked(first))
		engine->round = first->round;
	first->topology = first->subject->ops->draft(first->subject);
	if (!first->topology)
		work_settle_down(engine, false);
	if (first->left.region)
		take_up(first);
	change_waited(&first->life);
	if (!may_be_planned(first))
		change_not_stored(&first->life, -EIO);
	else if (first->topology)
		change_has_look(&first->life);
	work_proceed(first);
}

static bool may_begin(const struct engine *engine)
{
	return engine->waiting.count &&
	       (engine->serves_clients || !work_is_asked(engine->waiting.items[0]));
}

static void on_forgotten(void *userdata, int error, uint64_t revision)
{
	struct engine *engine = userdata;

	engine->unforgotten = engine->unforgotten && error;
}

/*
 * What the next start would take up may be somebody else's by then, who has made the same by hand.
 * Whenever something happens is often enough: without that there is nobody.
 */
static void forget(struct engine *engine)
{
	const struct store_change change = { .key = JOURNAL_OPEN, .expected_revision = STORE_ANY };

	if (engine->unforgotten)
		(void)engine->store->ops->commit(engine->store, &change, 1, STORE_QUICK,
						 on_forgotten, engine);
}

/* What a crash has left comes first, then what is ours, then what clients want. */
void engine_wake(struct engine *engine)
{
	if (!engine->released || engine->stopped || engine->under_way)
		return;
	forget(engine);
	applies_wake(engine);
	if (engine->under_way)
		return;
	if (engine->waiting.count == 0 || !engine->waiting.items[0]->left.region)
		engine->owner.next(engine->owner.userdata);
	if (may_begin(engine)) {
		begin_first(engine);
		return;
	}
	work_settle_down(engine, false);
	engine->owner.on_idle(engine->owner.userdata);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct engine *engine = userdata;

	log_warning(engine->log, "a look at the host takes long: still waiting for the kernel");
	/* The look that comes instead ends with an answer, whatever the kernel does. */
	work_give_up_look(engine->waiting.items[0]);
	return 0;
}

int engine_new(sd_event *event, const struct log *log, struct observer *observer,
	       struct helper_client *helper, struct claim_table *claims,
	       const struct engine_owner *owner, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int rc = 0;

	if (!engine)
		return -ENOMEM;
	*engine = (struct engine){
		.log = log,
		.observer = observer,
		.claims = claims,
		.owner = *owner,
	};
	change_register_init(&engine->changes, boot_id(), clock_boot_ms());
	if (helper)
		rc = helper_performer_new(event, log, helper, &engine->performer);
	if (rc >= 0)
		rc = sd_event_add_time(event, &engine->late_timer, CLOCK_MONOTONIC, 0, 0, on_late,
				       engine);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(engine->late_timer, SD_EVENT_OFF);
	if (rc >= 0)
		rc = work_turn_init(engine, event);
	if (rc < 0) {
		(void)engine_free(engine);
		return rc;
	}
	*ret_engine = engine;
	return 0;
}

void engine_release(struct engine *engine, struct store *store, const char *problem)
{
	engine->store = store;
	engine->store_problem = problem;
	engine->is_stuck = engine->is_stuck && problem;
	engine->released = true;
	engine_wake(engine);
}

static bool waits_for_store(const struct work *work)
{
	const enum change_task task = work->life.task;

	return task == CHANGE_NOTE || task == CHANGE_CLOSE || task == CHANGE_RETURN;
}

/* It goes on without its clients: what was not begun is not begun any more. */
static void part_from_clients(struct work *work)
{
	work_answer_late(work);
	work_leave(work);
}

void work_refuse_to_wait(struct work *work)
{
	change_not_stored(&work->life, -EIO);
	work_proceed(work);
}

/* Nothing goes on behind the one that is under way. */
static void stick(struct engine *engine, struct work *first)
{
	engine->is_stuck = true;
	for (size_t i = engine->waiting.count - 1; i > 0; i--)
		if (work_is_asked(engine->waiting.items[i]))
			work_refuse_to_wait(engine->waiting.items[i]);
	if (work_is_asked(first))
		part_from_clients(first);
}

void engine_store_is_late(struct engine *engine, const char *problem)
{
	struct work *first = engine->under_way ? engine->waiting.items[0] : NULL;

	engine->store_problem = problem;
	if (first && waits_for_store(first))
		stick(engine, first);
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
}

struct engine *engine_free(struct engine *engine)
{
	if (!engine)
		return NULL;
	for (size_t i = 0; i < engine->waiting.count; i++) {
		change_listeners_drop(engine->waiting.items[i]->record);
		(void)work_free(engine->waiting.items[i]);
	}
	ARRAY_FREE(&engine->waiting);
	applies_free(engine);
	change_register_deinit(&engine->changes);
	(void)sd_event_source_disable_unref(engine->late_timer);
	(void)sd_event_source_disable_unref(engine->turn_timer);
	(void)performer_free(engine->performer);
	free(engine);
	return NULL;
}

int work_new(struct engine *engine, const struct change_requester *asked, struct subject *subject,
	     struct work **ret_work)
{
	struct work *work = calloc(1, sizeof(*work));
	int rc;

	if (!work) {
		(void)subject_free(subject);
		return -ENOMEM;
	}
	*work = (struct work){
		.engine = engine,
		.subject = subject,
		.left = JOURNAL_ENTRY_NULL,
	};
	change_init(&work->life, subject->ops->lanes(subject));
	rc = ARRAY_APPEND(&engine->waiting, work);
	if (rc == 0)
		rc = change_register_add(&engine->changes, asked, clock_boot_ms(), &work->record);
	if (rc < 0) {
		remove_from_queue(work);
		(void)work_free(work);
		return rc;
	}
	work->record->ops = &engine_work_ops;
	work->record->work = work;
	*ret_work = work;
	return 0;
}

/* Puts the last one where it belongs. */
static void move_last_to(struct engine *engine, size_t place)
{
	struct work **items = engine->waiting.items;
	struct work *last = items[engine->waiting.count - 1];

	memmove(&items[place + 1], &items[place],
		(engine->waiting.count - 1 - place) * sizeof(struct work *));
	items[place] = last;
}

/*
 * Users take turns: of each one change in a round, however many he asks for. So whoever comes waits
 * for what is under way and for one change of every other user.
 */
void work_take_place(struct work *work)
{
	struct engine *engine = work->engine;
	const uid_t uid = work->record->uid;
	size_t place = 0;

	work->round = engine->round;
	for (size_t i = 0; i < engine->waiting.count - 1; i++) {
		const struct work *other = engine->waiting.items[i];

		if (work_is_asked(other) && other->record->uid == uid)
			work->round = other->round + 1;
	}
	while (!work_is_asked(engine->waiting.items[place]) ||
	       (engine->waiting.items[place] != work &&
		engine->waiting.items[place]->round <= work->round))
		place++;
	move_last_to(engine, place);
}

/* What is ours comes, in its order, before whoever has come meanwhile. */
static void put_before_clients(struct engine *engine)
{
	size_t place = 0;

	while (!work_is_asked(engine->waiting.items[place]) && place < engine->waiting.count - 1)
		place++;
	move_last_to(engine, place);
}

static int take_on_ours(struct engine *engine, enum change_origin origin, struct subject *subject,
			struct work **ret_work)
{
	const struct change_requester ours = { .origin = origin };
	int rc = subject ? work_new(engine, &ours, subject, ret_work) : -ENOMEM;

	if (rc == 0)
		put_before_clients(engine);
	return rc;
}

int engine_recover(struct engine *engine, const char *key, struct journal_entry *left)
{
	struct work *work;
	int rc;

	for (size_t i = 0; i < engine->waiting.count; i++)
		if (strcmp(engine->waiting.items[i]->key, key) == 0)
			return 0;
	rc = take_on_ours(engine, CHANGE_OF_RECOVERY,
			  engine->owner.subject_of(engine->owner.userdata, left), &work);
	if (rc < 0)
		return rc;
	(void)snprintf(work->key, sizeof(work->key), "%s", key);
	work->left = *left;
	*left = JOURNAL_ENTRY_NULL;
	return 0;
}

int engine_mend(struct engine *engine, struct subject *subject)
{
	struct work *work;

	return take_on_ours(engine, CHANGE_OF_CLAIM, subject, &work);
}

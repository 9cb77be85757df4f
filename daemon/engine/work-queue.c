// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of changes, and which change begins: entries of a crash come first, then the daemon's
 * own changes, then the changes of clients. A change begins when its lanes are free and no change
 * before it waits for one of these lanes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/claim-asking.h"
#include "daemon/claim/claim-table.h"
#include "daemon/engine/apply.h"
#include "daemon/engine/engine-internal.h"
#include "daemon/engine/results.h"
#include "util/clock.h"
#include "util/json.h"

/* ---- reservations ---- */

static int refuse_reserved(struct work *work, const char *name)
{
	const struct engine *engine = work->engine;
	const struct work *holder = reservations_holder(&engine->reservations, name, work);
	struct refusal_list *refusals = &work->life.refusals;
	const char *who = work_describe(holder, &refusals->arena), *hint;
	int rc;

	hint = arena_printf(&refusals->arena,
			    "wait for its end (cxlfm wait --change %s), and try again",
			    holder->record->id);
	if (!who || !hint)
		return -ENOMEM;
	rc = refusal_add(refusals, "reserved", name, hint, "%s is reserved until the end of %s",
			 name, who);
	return rc < 0 ? rc : CHANGE_E_FORBIDDEN;
}

void work_keep_claim(const struct work *work)
{
	if (*work->kept_claim)
		claim_table_reserve(work->engine->claims, work->kept_claim);
}

static void keep_claim(struct work *work)
{
	const char *claim = work->subject->ops->claim(work->subject);

	if (claim)
		(void)snprintf(work->kept_claim, sizeof(work->kept_claim), "%s", claim);
	work_keep_claim(work);
}

/*
 * A claim is judged by a look that begins after the end of the change: the looks before it were
 * not used to judge the claim, so another look has to come, even where no step was begun. The
 * subject may have dropped the claim since, with a plan that was refused.
 */
static void give_claim_back(struct work *work)
{
	struct engine *engine = work->engine;

	if (!*work->kept_claim)
		return;
	engine->unsettled = true;
	claim_table_release(engine->claims, work->kept_claim, observer_next_look(engine->observer));
}

int work_reserve(struct work *work, const struct change_stage *stage)
{
	struct engine *engine = work->engine;
	const char *taken;
	int rc;

	if (!stage->reserves)
		return 0;
	rc = reservations_take(&engine->reservations, stage->reserves, work, work->life.stages);
	if (rc == 0)
		keep_claim(work);
	if (rc != -EBUSY)
		return rc;
	taken = reservations_find(&engine->reservations, stage->reserves, work);
	return refuse_reserved(work, taken);
}

/*
 * What the entry of a crash has reserved. A start that is tried again may find that another change
 * has some of it: that change keeps what it has, the log tells, and the rest is reserved. The
 * recovery goes on: what its steps write to is in its lanes.
 */
static int reserve_left(struct work *work)
{
	const struct reservation_set *named = &work->entry.reservations;
	struct engine *engine = work->engine;
	struct reservation_set free_ones = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < named->list.count; i++) {
		const char *name = named->list.items[i].name;
		const struct work *other = reservations_holder(&engine->reservations, name, work);

		if (other)
			log_error(engine->log, "%s: a change was cut short, and change %s has %s",
				  work->entry.object, other->record->id, name);
		else
			rc = reservation_set_add(&free_ones, name);
	}
	if (rc == 0)
		rc = reservations_take(&engine->reservations, &free_ones, work, 0);
	if (rc == 0 && free_ones.list.count && free_ones.list.count == named->list.count)
		keep_claim(work);
	reservation_set_deinit(&free_ones);
	return rc;
}

/* ---- the list ---- */

static struct work *work_free(struct work *work)
{
	if (!work)
		return NULL;
	(void)sd_event_source_disable_unref(work->timer);
	change_answer_deinit(&work->answer);
	change_deinit(&work->life);
	(void)subject_free(work->subject);
	change_entry_deinit(&work->entry);
	(void)snapshot_unref(work->snapshot);
	(void)json_object_put(work->holders);
	free(work->problem);
	free(work);
	return NULL;
}

static void remove_from_list(struct work *work)
{
	struct engine *engine = work->engine;
	size_t kept = 0;

	for (size_t i = 0; i < engine->works.count; i++)
		if (engine->works.items[i] != work)
			engine->works.items[kept++] = engine->works.items[i];
	engine->works.count = kept;
	if (kept == 0)
		ARRAY_FREE(&engine->works);
}

void works_free(struct engine *engine)
{
	for (size_t i = 0; i < engine->works.count; i++) {
		change_listeners_drop(engine->works.items[i]->record);
		(void)work_free(engine->works.items[i]);
	}
	ARRAY_FREE(&engine->works);
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
		.entry = CHANGE_ENTRY_NULL,
	};
	change_init(&work->life, subject->ops->lanes(subject));
	rc = work_timer_init(work);
	if (rc == 0)
		rc = ARRAY_APPEND(&engine->works, work);
	if (rc == 0)
		rc = change_register_add(&engine->changes, asked, clock_boot_ms(), &work->record);
	if (rc < 0) {
		remove_from_list(work);
		(void)work_free(work);
		return rc;
	}
	work->record->ops = &engine_work_ops;
	work->record->work = work;
	*ret_work = work;
	return 0;
}

/* Moves the last change to its place in the order. */
static void move_last_to(struct engine *engine, size_t place)
{
	struct work **items = engine->works.items;
	struct work *last = items[engine->works.count - 1];

	memmove(&items[place + 1], &items[place],
		(engine->works.count - 1 - place) * sizeof(struct work *));
	items[place] = last;
}

/*
 * Users take turns: a round has one change of each user, however many changes he asks for. So a new
 * client waits for the changes under way and for one change of every other user.
 */
void work_take_place(struct work *work)
{
	struct engine *engine = work->engine;
	const uid_t uid = work->record->uid;
	size_t place = 0;

	work->round = engine->round;
	for (size_t i = 0; i < engine->works.count - 1; i++) {
		const struct work *other = engine->works.items[i];

		if (work_is_asked(other) && other->record->uid == uid)
			work->round = other->round + 1;
	}
	while (!work_is_asked(engine->works.items[place]) ||
	       (engine->works.items[place] != work &&
		engine->works.items[place]->round <= work->round))
		place++;
	move_last_to(engine, place);
}

/* The daemon's own changes come, in their order, before clients' changes that came meanwhile. */
static void put_before_clients(struct engine *engine)
{
	size_t place = 0;

	while (!work_is_asked(engine->works.items[place]) && place < engine->works.count - 1)
		place++;
	move_last_to(engine, place);
}

static int take_on_ours(struct engine *engine, const struct change_requester *ours,
			struct subject *subject, struct work **ret_work)
{
	int rc = subject ? work_new(engine, ours, subject, ret_work) : -ENOMEM;

	if (rc == 0)
		put_before_clients(engine);
	return rc;
}

int engine_recover(struct engine *engine, const char *key, struct change_entry *left)
{
	/* The change keeps its id, by which somebody may ask for the change. */
	const struct change_requester former =
		change_requester_of(&left->asked, key + strlen(JOURNAL_PREFIX), CHANGE_OF_RECOVERY);
	struct work *work;
	int rc;

	for (size_t i = 0; i < engine->works.count; i++) {
		work = engine->works.items[i];
		/* Memory may have lacked for its reservations. */
		if (strcmp(work->key, key) == 0)
			return work_is_left(work) ? reserve_left(work) : 0;
	}
	/* The change of this entry has ended: the entry is to be erased. */
	if (journal_debts_has(&engine->debts, key))
		return 0;
	if (!claim_may_take_up(engine->claims, left))
		ARRAY_FREE(&left->steps.list);
	rc = take_on_ours(engine, &former, engine->owner.subject_of(engine->owner.userdata, left),
			  &work);
	if (rc < 0)
		return rc;
	(void)snprintf(work->key, sizeof(work->key), "%s", key);
	work->entry = *left;
	*left = CHANGE_ENTRY_NULL;
	work->lasts = step_list_lasts(&work->entry.steps);
	work_take_up(work);
	return reserve_left(work);
}

int work_of_ours(struct engine *engine, enum change_origin origin, struct subject *subject)
{
	const struct change_requester ours = { .origin = origin };
	struct work *work;

	return take_on_ours(engine, &ours, subject, &work);
}

int engine_mend(struct engine *engine, struct subject *subject)
{
	return work_of_ours(engine, CHANGE_OF_CLAIM, subject);
}

/* ---- changes that wait for others ---- */

bool work_is_waiting(const struct work *work)
{
	return !work->is_left_alone && (!work->has_begun || work->life.task == CHANGE_WAIT);
}

/*
 * While a change waits for a lane that does not become free, other changes may take the other lanes
 * of that change. Once the change that held the lane at first has left, no later change takes a
 * lane of the change that waits: otherwise others would overtake that change for ever.
 */
static bool may_be_overtaken(const struct work *work, const struct lane_set *lanes)
{
	return !work_is_left(work) && work->held_up_by &&
	       !lane_set_meets(&work->held_up_by->life.lanes, lanes);
}

const struct work *work_blocker(const struct work *work)
{
	const struct engine *engine = work->engine;
	const struct lane_set *lanes = &work->life.lanes;
	const struct work *blocker = lanes_holder(&engine->lanes, lanes, work);

	for (size_t i = 0; !blocker && engine->works.items[i] != work; i++) {
		const struct work *other = engine->works.items[i];

		if (work_is_waiting(other) && lane_set_meets(&other->life.lanes, lanes) &&
		    !may_be_overtaken(other, lanes))
			blocker = other;
	}
	return blocker;
}

static void see_holder(struct work *work)
{
	if (work_is_waiting(work) && !work->was_held_up && !work->held_up_by)
		work->held_up_by = lanes_holder(&work->engine->lanes, &work->life.lanes, work);
}

void work_release_lanes(struct work *work)
{
	struct engine *engine = work->engine;

	lanes_release(&engine->lanes, work);
	for (size_t i = 0; i < engine->works.count; i++) {
		struct work *other = engine->works.items[i];

		if (other->held_up_by != work)
			continue;
		other->held_up_by = NULL;
		other->was_held_up = true;
	}
}

bool work_waits_for(const struct work *work, const struct work *other)
{
	return work != other && work_is_waiting(work) &&
	       lane_set_meets(&work->life.lanes, &other->life.lanes);
}

/* ---- the beginning ---- */

static bool may_begin(const struct work *work)
{
	return work_is_waiting(work) && (work->engine->serves_clients || !work_is_asked(work)) &&
	       !work_blocker(work);
}

/* Is there such a change, under way or not, in one of these lanes? */
static bool has_in(const struct engine *engine, const struct lane_set *lanes,
		   bool (*is_such)(const struct work *work))
{
	for (size_t i = 0; i < engine->works.count; i++)
		if (is_such(engine->works.items[i]) &&
		    lane_set_meets(&engine->works.items[i]->life.lanes, lanes))
			return true;
	return false;
}

static bool is_ours(const struct work *work)
{
	return !work_is_asked(work);
}

bool engine_is_to_recover(const struct engine *engine)
{
	return has_in(engine, engine->owner.lanes, work_is_left);
}

bool engine_may_mend(const struct engine *engine, const struct lane_set *lanes)
{
	return !lanes_holder(&engine->lanes, lanes, NULL) && !has_in(engine, lanes, is_ours);
}

/* An entry that is left alone may stay for ever, and keeps no owner waiting. */
static bool owner_is_idle(const struct engine *engine)
{
	const struct work *holder = lanes_holder(&engine->lanes, engine->owner.lanes, NULL);

	return !holder || holder->is_left_alone;
}

static struct work *find_next(struct engine *engine)
{
	engine->owner.next(engine->owner.userdata);
	for (size_t i = 0; i < engine->works.count; i++) {
		see_holder(engine->works.items[i]);
		if (may_begin(engine->works.items[i]))
			return engine->works.items[i];
	}
	return NULL;
}

static bool may_be_planned(const struct work *work)
{
	return !work_is_asked(work) || !work->engine->store_problem ||
	       !work->subject->ops->needs_claims(work->subject);
}

static void begin_planned(struct work *work)
{
	const struct engine *engine = work->engine;
	struct change *life = &work->life;

	change_waited(life);
	life->is_dry_run = work->subject->is_dry_run;
	life->performs = engine->performers.kinds.count > 0;
	life->notes = engine->store != NULL;
	work->topology = work->subject->ops->draft(work->subject);
	if (!may_be_planned(work))
		change_not_stored(life, -EIO);
	else if (work->topology)
		change_has_look(life);
}

static void begin_first_stage(struct work *work)
{
	struct engine *engine = work->engine;

	work->has_begun = true;
	work_turn_begin(engine);
	change_record_begin(work->record, clock_boot_ms());
	if (work_is_asked(work) && engine->round < work->round)
		engine->round = work->round;
	if (work_is_left(work)) {
		log_notice(engine->log, "%s: a change was cut short", work->entry.object);
		work_begin_left(work);
	} else {
		begin_planned(work);
	}
}

static void begin(struct work *work)
{
	struct engine *engine = work->engine;
	int rc;

	work->held_up_by = NULL;
	work->was_held_up = false;
	rc = lanes_take(&engine->lanes, &work->life.lanes, work);
	if (rc < 0)
		work_fail(work, rc);
	else if (work->has_begun)
		change_waited(&work->life);
	else
		begin_first_stage(work);
	/* The look has to show the effect of the changes before. */
	if (work->life.task == CHANGE_LOOK)
		work_settle_down(engine);
	work_proceed(work);
}

void works_begin(struct engine *engine)
{
	struct work *next;

	works_refuse_left(engine);
	while ((next = find_next(engine)))
		begin(next);
	if (!owner_is_idle(engine))
		return;
	work_settle_down(engine);
	engine->owner.on_idle(engine->owner.userdata);
}

/* ---- the host ---- */

void work_touches_host(struct work *work)
{
	struct engine *engine = work->engine;

	if (work->touches_host || !lane_set_meets(&work->life.lanes, engine->owner.lanes))
		return;
	work->touches_host = true;
	engine->on_host++;
	observer_set_busy(engine->observer, true);
}

void work_leaves_host(struct work *work)
{
	struct engine *engine = work->engine;

	engine->unsettled = true;
	if (work->touches_host)
		engine->on_host--;
	work->touches_host = false;
}

void work_settle_down(struct engine *engine)
{
	if (!engine->unsettled || engine->on_host)
		return;
	engine->unsettled = false;
	performers_rest(&engine->performers);
	observer_set_busy(engine->observer, false);
}

/* ---- the end ---- */

/* Nobody asks later for the result of a dry run, or of a change that was moot. */
static void end_record(struct work *work)
{
	struct change_record *record = work->record;
	/* The result of a part is told with the change that the part was made for. */
	const bool keep = !record->dry_run && !record->part_of && !work->subject->is_moot;

	if (keep && !work->has_result)
		result_put(record);
	change_register_end(&work->engine->changes, work->record, work_object(work), &work->answer,
			    keep, clock_boot_ms());
	results_write(work->engine);
	work->record = NULL;
}

void work_end(struct work *work)
{
	struct engine *engine = work->engine;

	observer_forget(engine->observer, work);
	if (work->life.begun || work->touches_host)
		work_leaves_host(work);
	if (work->owes && journal_debts_add(&engine->debts, work->key, work->lasts) < 0)
		log_error(engine->log, "no memory to erase %s later", work->key);
	work_give_performer_back(work);
	work_release_lanes(work);
	reservations_release(&engine->reservations, work);
	give_claim_back(work);
	remove_from_list(work);
	if (work->has_begun)
		work_turn_end(engine);
	work->subject->ops->ended(work->subject, &work->life);
	if (work->record->part_of)
		apply_part_ended(work->record->part_of->work, &work->answer);
	end_record(work);
	(void)work_free(work);
	engine_wake(engine);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns: clients whose change waits are told for which change, and no change keeps others waiting
 * without limit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/outcome.h"
#include "daemon/engine/engine-internal.h"
#include "util/clock.h"
#include "util/json.h"

/* How often clients who wait are told how far a change is, and patience is checked */
#define TICK_USEC ((uint64_t)1000000)

const char *work_verb(const struct change_record *record)
{
	const char *dot = strrchr(record->method, '.');

	return dot ? dot + 1 : record->method;
}

const char *work_object(const struct work *work)
{
	const char *object = work->subject->ops->object(work->subject);

	/* Clients give names of any length; no object has a longer name than this. */
	return object && strlen(object) < CHANGE_OBJECT_MAX ? object : NULL;
}

const char *work_object_name(const struct work *work)
{
	return work_object(work) ?: "a change";
}

const char *work_describe(const struct work *work, struct arena *arena)
{
	const char *object = work_object(work);
	const struct change_record *record = work->record;

	if (work_is_left(work))
		return arena_printf(arena, "the recovery of %s after a crash", work->entry.object);
	if (record->origin == CHANGE_OF_RECOVERY)
		return arena_printf(arena, "the change that gives back %s", object);
	if (!work_is_asked(work))
		return arena_printf(arena, "the change that mends the claim %s", object);
	return arena_printf(arena, "%s%s%s of user %u (process %d)", work_verb(record),
			    object ? " " : "", object ? object : "", (unsigned int)record->uid,
			    (int)record->pid);
}

const struct step *work_step(const struct work *work)
{
	const struct step_exec *exec = &work->life.exec;

	return work->life.begun && exec->steps && exec->at < exec->steps->list.count
		       ? &exec->steps->list.items[exec->at]
		       : NULL;
}

bool work_is_going_back(const struct work *work)
{
	return work->life.goes_back ||
	       (work->life.begun && work->life.exec.state == STEP_EXEC_BACKWARD);
}

/* The news for a client that waits; to be put; NULL without memory. */
static struct json_object *make_news(const struct work *blocker)
{
	const struct step *step = work_step(blocker);
	struct arena arena = ARENA_NULL;
	struct json_object *news = NULL;
	const char *text = work_describe(blocker, &arena), *doing = NULL;

	if (step)
		doing = step_describe(step, &arena);
	if (text)
		text = arena_printf(
			&arena, "waiting for %s%s%s%s", text, doing ? ": " : "", doing ? doing : "",
			step && work_is_going_back(blocker) ? ", which is taken back" : "");
	if (text)
		news = outcome_news_to_json(step ? &blocker->life.exec : NULL, text);
	arena_deinit(&arena);
	return news;
}

void work_turn_tell(struct work *work)
{
	const struct work *blocker = work_is_waiting(work) ? work_blocker(work) : NULL;
	_cleanup_json_ struct json_object *news = NULL;

	if (!blocker || !change_is_watched(work->record))
		return;
	news = make_news(blocker);
	change_tell(work->record, news);
}

/* Finds a change of another user, or a claim of another user that is to be mended. */
static bool find_other(const struct work *work, char *who, size_t size)
{
	const struct engine *engine = work->engine;
	const struct engine_owner *owner = &engine->owner;
	const bool asked = work_is_asked(work);
	char name[ENGINE_OWNER_MAX] = "";

	for (size_t i = 0; i < engine->works.count; i++) {
		const struct work *other = engine->works.items[i];

		if (!work_is_asked(other) || !work_waits_for(other, work) ||
		    (asked && other->record->uid == work->record->uid))
			continue;
		(void)snprintf(who, size, "%s of user %u", work_verb(other->record),
			       (unsigned int)other->record->uid);
		return true;
	}
	if (asked)
		engine_owner_name(work->record->uid, name);
	/* A claim in the middle of a change looks as if the claim had to be mended. */
	if (!asked || !owner->has_work(owner->userdata, &work->life.lanes, name,
				       work->subject->ops->claim(work->subject) ?: ""))
		return false;
	(void)snprintf(who, size, "a claim of another user");
	return true;
}

static void give_way(struct work *work)
{
	const char *object = work_object(work);

	if (!find_other(work, work->gives_way_to, sizeof(work->gives_way_to))) {
		work->patience = PATIENCE_NULL;
		return;
	}
	/* Once is enough: a step that does not stop then can't be stopped. */
	if (work->gives_way || !work->performer || !work_step(work) ||
	    !patience_is_over(&work->patience, &work->life.exec, clock_now_ms()))
		return;
	log_notice(work->engine->log, "%s: gives way to %s, which has waited long enough",
		   object ? object : "a change", work->gives_way_to);
	work->gives_way = true;
	work->performer->ops->give_up(work->performer, -ETIMEDOUT);
}

static void arm(struct engine *engine)
{
	(void)sd_event_source_set_time_relative(engine->turn_timer, TICK_USEC);
	(void)sd_event_source_set_enabled(engine->turn_timer, SD_EVENT_ONESHOT);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct engine *engine = userdata;

	for (size_t i = 0; i < engine->works.count; i++) {
		struct work *work = engine->works.items[i];

		if (work_is_waiting(work))
			work_turn_tell(work);
		else
			give_way(work);
	}
	arm(engine);
	return 0;
}

int work_turn_init(struct engine *engine, sd_event *event)
{
	int rc = sd_event_add_time(event, &engine->turn_timer, CLOCK_MONOTONIC, 0, 0, on_tick,
				   engine);

	return rc < 0 ? rc : sd_event_source_set_enabled(engine->turn_timer, SD_EVENT_OFF);
}

void work_turn_begin(struct engine *engine)
{
	if (engine->under_way++ == 0)
		arm(engine);
}

void work_turn_end(struct engine *engine)
{
	if (--engine->under_way == 0)
		(void)sd_event_source_set_enabled(engine->turn_timer, SD_EVENT_OFF);
}

int work_turn_explain(struct work *work, const struct step *step)
{
	struct refusal_list *refusals = &work->life.refusals;
	const char *text = step_describe(step, &refusals->arena);

	if (!text)
		return -ENOMEM;
	return refusal_add(refusals, "gave-way", step->object,
			   "stop the users of the object, or try again when nobody else waits",
			   "%s: given up, since it kept %s waiting for more than %d s", text,
			   work->gives_way_to, PATIENCE_MS / 1000);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose turn it is: the others are told, and nobody keeps the host from them without limit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/outcome.h"
#include "daemon/engine/engine-internal.h"
#include "util/clock.h"
#include "util/json.h"

/* How often whoever waits is told how far it is, and patience is looked at */
#define TICK_USEC ((uint64_t)1000000)

const char *work_verb(const struct change_record *record)
{
	const char *dot = strrchr(record->method, '.');

	return dot ? dot + 1 : record->method;
}

const char *work_object(const struct work *work)
{
	const char *object = work->subject->ops->object(work->subject);

	/* Clients give names of any length; what is longer than this is nothing's. */
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

	if (work->left.region)
		return arena_printf(arena, "what a crash has left of %s", work->left.region);
	if (!work_is_asked(work))
		return arena_printf(arena, "the claim %s to be made good", object);
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

/* What whoever waits is told; to be put, or NULL. */
static struct json_object *make_news(const struct work *first)
{
	const struct step *step = work_step(first);
	struct arena arena = ARENA_NULL;
	struct json_object *news = NULL;
	const char *text = work_describe(first, &arena), *doing = NULL;

	if (step)
		doing = step_describe(step, &arena);
	if (text)
		text = arena_printf(&arena, "waiting for %s%s%s%s", text, doing ? ": " : "",
				    doing ? doing : "",
				    step && first->life.exec.state == STEP_EXEC_BACKWARD
					    ? ", which is taken back"
					    : "");
	if (text)
		news = outcome_news_to_json(step ? &first->life.exec : NULL, text);
	arena_deinit(&arena);
	return news;
}

void work_turn_tell(struct work *work)
{
	const struct engine *engine = work->engine;
	_cleanup_json_ struct json_object *news = NULL;

	if (!engine->under_way || engine->waiting.items[0] == work)
		return;
	news = make_news(engine->waiting.items[0]);
	change_tell(work->record, news);
}

static void tell_all(const struct engine *engine)
{
	_cleanup_json_ struct json_object *news =
		engine->waiting.count > 1 ? make_news(engine->waiting.items[0]) : NULL;

	for (size_t i = 1; i < engine->waiting.count; i++)
		change_tell(engine->waiting.items[i]->record, news);
}

/* Somebody else's change, or a claim of somebody else's that is to be made good. */
static bool find_other(const struct engine *engine, char *who, size_t size)
{
	const struct work *first = engine->waiting.items[0];
	const bool asked = work_is_asked(first);
	char owner[ENGINE_OWNER_MAX] = "";

	for (size_t i = 1; i < engine->waiting.count; i++) {
		const struct work *other = engine->waiting.items[i];

		if (!work_is_asked(other) || (asked && other->record->uid == first->record->uid))
			continue;
		(void)snprintf(who, size, "%s of user %u", work_verb(other->record),
			       (unsigned int)other->record->uid);
		return true;
	}
	if (asked)
		engine_owner_name(first->record->uid, owner);
	/* What is half done looks to others as if it was to be made good. */
	if (!asked || !engine->owner.has_work(engine->owner.userdata, owner,
					      first->subject->ops->claim(first->subject) ?: ""))
		return false;
	(void)snprintf(who, size, "a claim of somebody else's");
	return true;
}

static void give_way(struct engine *engine)
{
	struct work *first = engine->waiting.items[0];
	const char *object = work_object(first);

	if (!find_other(engine, first->gives_way_to, sizeof(first->gives_way_to))) {
		engine->patience = PATIENCE_NULL;
		return;
	}
	/* Once is enough: whoever does not stop then can't. */
	if (first->gives_way || !work_step(first) ||
	    !patience_is_over(&engine->patience, &first->life.exec, clock_now_ms()))
		return;
	log_notice(engine->log, "%s: others have waited long enough: it gives way to %s",
		   object ? object : "a change", first->gives_way_to);
	first->gives_way = true;
	engine->performer->ops->give_up(engine->performer, -ETIMEDOUT);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct engine *engine = userdata;

	tell_all(engine);
	give_way(engine);
	(void)sd_event_source_set_time_relative(source, TICK_USEC);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
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
	engine->patience = PATIENCE_NULL;
	(void)sd_event_source_set_time_relative(engine->turn_timer, TICK_USEC);
	(void)sd_event_source_set_enabled(engine->turn_timer, SD_EVENT_ONESHOT);
}

void work_turn_end(struct engine *engine)
{
	(void)sd_event_source_set_enabled(engine->turn_timer, SD_EVENT_OFF);
}

int work_turn_explain(struct work *work, const struct step *step)
{
	struct refusal_list *refusals = &work->life.refusals;
	const char *text = step_describe(step, &refusals->arena);

	if (!text)
		return -ENOMEM;
	return refusal_add(refusals, "gave-way", step->object,
			   "stop what uses it, or try again when nobody else waits",
			   "%s: given up, since it kept %s waiting for more than %d s", text,
			   work->gives_way_to, PATIENCE_MS / 1000);
}

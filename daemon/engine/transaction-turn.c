// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose turn it is: the others are told, and nobody keeps the host from them without limit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/outcome.h"
#include "daemon/engine/transaction-internal.h"
#include "util/clock.h"
#include "util/json.h"

/* How often whoever waits is told how far it is, and patience is looked at */
#define TICK_USEC ((uint64_t)1000000)

const char *transaction_verb(const struct change_record *record)
{
	const char *dot = strrchr(record->method, '.');

	return dot ? dot + 1 : record->method;
}

const char *transaction_object(const struct transaction *transaction)
{
	const char *object = transaction->subject->ops->object(transaction->subject);

	/* Clients give names of any length; what is longer than this is nothing's. */
	return object && strlen(object) < CHANGE_OBJECT_MAX ? object : NULL;
}

const char *transaction_object_name(const struct transaction *transaction)
{
	return transaction_object(transaction) ?: "a change";
}

const char *transaction_describe(const struct transaction *transaction, struct arena *arena)
{
	const char *object = transaction_object(transaction);
	const struct change_record *record = transaction->record;

	if (transaction->left.region)
		return arena_printf(arena, "what a crash has left of %s", transaction->left.region);
	if (!transaction_is_asked(transaction))
		return arena_printf(arena, "the claim %s to be made good", object);
	return arena_printf(arena, "%s%s%s of user %u (process %d)", transaction_verb(record),
			    object ? " " : "", object ? object : "", (unsigned int)record->uid,
			    (int)record->pid);
}

const struct step *transaction_step(const struct transaction *transaction)
{
	const struct step_exec *exec = &transaction->life.exec;

	return transaction->life.begun && exec->steps && exec->at < exec->steps->list.count
		       ? &exec->steps->list.items[exec->at]
		       : NULL;
}

/* What whoever waits is told; to be put, or NULL. */
static struct json_object *make_news(const struct transaction *first)
{
	const struct step *step = transaction_step(first);
	struct arena arena = ARENA_NULL;
	struct json_object *news = NULL;
	const char *text = transaction_describe(first, &arena), *doing = NULL;

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

void transaction_turn_tell(struct transaction *transaction)
{
	const struct transaction_queue *queue = transaction->queue;
	_cleanup_json_ struct json_object *news = NULL;

	if (!queue->under_way || queue->waiting.items[0] == transaction)
		return;
	news = make_news(queue->waiting.items[0]);
	change_tell(transaction->record, news);
}

static void tell_all(const struct transaction_queue *queue)
{
	_cleanup_json_ struct json_object *news =
		queue->waiting.count > 1 ? make_news(queue->waiting.items[0]) : NULL;

	for (size_t i = 1; i < queue->waiting.count; i++)
		change_tell(queue->waiting.items[i]->record, news);
}

/* Somebody else's change, or a claim of somebody else's that is to be made good. */
static bool find_other(const struct transaction_queue *queue, char *who, size_t size)
{
	const struct transaction *first = queue->waiting.items[0];
	const bool asked = transaction_is_asked(first);
	char owner[TRANSACTION_OWNER_MAX] = "";

	for (size_t i = 1; i < queue->waiting.count; i++) {
		const struct transaction *other = queue->waiting.items[i];

		if (!transaction_is_asked(other) ||
		    (asked && other->record->uid == first->record->uid))
			continue;
		(void)snprintf(who, size, "%s of user %u", transaction_verb(other->record),
			       (unsigned int)other->record->uid);
		return true;
	}
	if (asked)
		transaction_owner_name(first->record->uid, owner);
	/* What is half done looks to others as if it was to be made good. */
	if (!asked || !queue->owner.has_work(queue->owner.userdata, owner,
					     first->subject->ops->claim(first->subject) ?: ""))
		return false;
	(void)snprintf(who, size, "a claim of somebody else's");
	return true;
}

static void give_way(struct transaction_queue *queue)
{
	struct transaction *first = queue->waiting.items[0];
	const char *object = transaction_object(first);

	if (!find_other(queue, first->gives_way_to, sizeof(first->gives_way_to))) {
		queue->patience = PATIENCE_NULL;
		return;
	}
	/* Once is enough: whoever does not stop then can't. */
	if (first->gives_way || !transaction_step(first) ||
	    !patience_is_over(&queue->patience, &first->life.exec, clock_now_ms()))
		return;
	log_notice(queue->log, "%s: others have waited long enough: it gives way to %s",
		   object ? object : "a change", first->gives_way_to);
	first->gives_way = true;
	queue->performer->ops->give_up(queue->performer, -ETIMEDOUT);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct transaction_queue *queue = userdata;

	tell_all(queue);
	give_way(queue);
	(void)sd_event_source_set_time_relative(source, TICK_USEC);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

int transaction_turn_init(struct transaction_queue *queue, sd_event *event)
{
	int rc =
		sd_event_add_time(event, &queue->turn_timer, CLOCK_MONOTONIC, 0, 0, on_tick, queue);

	return rc < 0 ? rc : sd_event_source_set_enabled(queue->turn_timer, SD_EVENT_OFF);
}

void transaction_turn_begin(struct transaction_queue *queue)
{
	queue->patience = PATIENCE_NULL;
	(void)sd_event_source_set_time_relative(queue->turn_timer, TICK_USEC);
	(void)sd_event_source_set_enabled(queue->turn_timer, SD_EVENT_ONESHOT);
}

void transaction_turn_end(struct transaction_queue *queue)
{
	(void)sd_event_source_set_enabled(queue->turn_timer, SD_EVENT_OFF);
}

int transaction_turn_explain(struct transaction *transaction, const struct step *step)
{
	struct refusal_list *refusals = &transaction->life.refusals;
	const char *text = step_describe(step, &refusals->arena);

	if (!text)
		return -ENOMEM;
	return refusal_add(refusals, "gave-way", step->object,
			   "stop what uses it, or try again when nobody else waits",
			   "%s: given up, since it kept %s waiting for more than %d s", text,
			   transaction->gives_way_to, PATIENCE_MS / 1000);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of transactions, and how each one ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/apply.h"
#include "daemon/helper/helper-performer.h"
#include "daemon/observe/boot.h"
#include "daemon/engine/transaction-internal.h"
#include "util/clock.h"
#include "util/json.h"

static struct transaction *transaction_free(struct transaction *transaction)
{
	if (!transaction)
		return NULL;
	change_answer_deinit(&transaction->answer);
	change_deinit(&transaction->life);
	(void)subject_free(transaction->subject);
	journal_entry_deinit(&transaction->left);
	(void)snapshot_unref(transaction->snapshot);
	(void)json_object_put(transaction->holders);
	free(transaction);
	return NULL;
}

static void remove_from_queue(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;
	size_t kept = 0;

	for (size_t i = 0; i < queue->waiting.count; i++)
		if (queue->waiting.items[i] != transaction)
			queue->waiting.items[kept++] = queue->waiting.items[i];
	queue->waiting.count = kept;
	if (kept == 0)
		ARRAY_FREE(&queue->waiting);
}

void transaction_owner_name(uid_t uid, char name[static TRANSACTION_OWNER_MAX])
{
	(void)snprintf(name, TRANSACTION_OWNER_MAX, "uid:%u", (unsigned int)uid);
}

const struct change_register *transaction_changes(const struct transaction_queue *queue)
{
	return &queue->changes;
}

struct world transaction_world(const struct transaction *transaction)
{
	return observer_world(transaction->queue->observer, transaction->topology);
}

/* What a client has tried only, and what was moot, nobody asks for later. */
static void end_record(struct transaction *transaction)
{
	const struct change_record *record = transaction->record;
	/* What is made for another change is told with that one. */
	const bool keep = !record->dry_run && !record->part_of && !transaction->subject->is_moot;

	change_register_end(&transaction->queue->changes, transaction->record,
			    transaction_object(transaction), &transaction->answer, keep,
			    clock_boot_ms());
	transaction->record = NULL;
}

void transaction_end(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;

	observer_forget(queue->observer, transaction);
	if (transaction->life.begun)
		queue->unsettled = true;
	if (queue->waiting.items[0] == transaction && queue->under_way) {
		(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
		queue->under_way = false;
		transaction_turn_end(queue);
		/* Who uses data was asked, and nothing was done: nobody is to hear the answer. */
		if (!transaction->life.begun && queue->performer)
			queue->performer->ops->release(queue->performer);
	}
	remove_from_queue(transaction);
	transaction->subject->ops->ended(transaction->subject, &transaction->life);
	if (transaction->record->part_of)
		apply_part_ended(transaction->record->part_of->work, &transaction->answer);
	end_record(transaction);
	(void)transaction_free(transaction);
	if (!queue->under_way)
		transaction_queue_wake(queue);
}

void transaction_settle_down(struct transaction_queue *queue, bool unsettled)
{
	if (!queue->unsettled && !unsettled)
		return;
	queue->unsettled = false;
	queue->performer->ops->release(queue->performer);
	observer_set_busy(queue->observer, false);
}

static void take_up(struct transaction *transaction)
{
	log_notice(transaction->queue->log, "%s: a change was cut short", transaction->left.region);
	observer_set_busy(transaction->queue->observer, true);
	change_take_up(&transaction->life, &transaction->left.steps);
	transaction->life.notes = true;
}

static bool may_be_planned(const struct transaction *transaction)
{
	return !transaction_is_asked(transaction) || !transaction->queue->store_problem ||
	       !transaction->subject->ops->needs_claims(transaction->subject);
}

static void begin_first(struct transaction_queue *queue)
{
	struct transaction *first = queue->waiting.items[0];

	queue->under_way = true;
	transaction_turn_begin(queue);
	first->life.is_dry_run = first->subject->is_dry_run;
	first->life.performs = queue->performer != NULL;
	first->life.notes = queue->store != NULL;
	change_record_begin(first->record, clock_boot_ms());
	if (transaction_is_asked(first))
		queue->round = first->round;
	first->topology = first->subject->ops->draft(first->subject);
	if (!first->topology)
		transaction_settle_down(queue, false);
	if (first->left.region)
		take_up(first);
	else if (!may_be_planned(first))
		change_not_stored(&first->life, -EIO);
	else if (first->topology)
		change_has_look(&first->life);
	transaction_proceed(first);
}

static bool may_begin(const struct transaction_queue *queue)
{
	return queue->waiting.count &&
	       (queue->serves_clients || !transaction_is_asked(queue->waiting.items[0]));
}

static void on_forgotten(void *userdata, int error, uint64_t revision)
{
	struct transaction_queue *queue = userdata;

	queue->unforgotten = queue->unforgotten && error;
}

/*
 * What the next start would take up may be somebody else's by then, who has made the same by hand.
 * Whenever something happens is often enough: without that there is nobody.
 */
static void forget(struct transaction_queue *queue)
{
	const struct store_change change = { .key = JOURNAL_OPEN, .expected_revision = STORE_ANY };

	if (queue->unforgotten)
		(void)queue->store->ops->commit(queue->store, &change, 1, STORE_QUICK, on_forgotten,
						queue);
}

/* What a crash has left comes first, then what is ours, then what clients want. */
void transaction_queue_wake(struct transaction_queue *queue)
{
	if (!queue->released || queue->stopped || queue->under_way)
		return;
	forget(queue);
	applies_wake(queue);
	if (queue->under_way)
		return;
	if (queue->waiting.count == 0 || !queue->waiting.items[0]->left.region)
		queue->owner.next(queue->owner.userdata);
	if (may_begin(queue)) {
		begin_first(queue);
		return;
	}
	transaction_settle_down(queue, false);
	queue->owner.on_idle(queue->owner.userdata);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct transaction_queue *queue = userdata;

	log_warning(queue->log, "a look at the host takes long: still waiting for the kernel");
	/* The look that comes instead ends with an answer, whatever the kernel does. */
	transaction_give_up_look(queue->waiting.items[0]);
	return 0;
}

int transaction_queue_new(sd_event *event, const struct log *log, struct observer *observer,
			  struct helper_client *helper, struct claim_table *claims,
			  const struct transaction_owner *owner,
			  struct transaction_queue **ret_queue)
{
	struct transaction_queue *queue = calloc(1, sizeof(*queue));
	int rc = 0;

	if (!queue)
		return -ENOMEM;
	*queue = (struct transaction_queue){
		.log = log,
		.observer = observer,
		.claims = claims,
		.owner = *owner,
	};
	change_register_init(&queue->changes, boot_id(), clock_boot_ms());
	if (helper)
		rc = helper_performer_new(event, log, helper, &queue->performer);
	if (rc >= 0)
		rc = sd_event_add_time(event, &queue->late_timer, CLOCK_MONOTONIC, 0, 0, on_late,
				       queue);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
	if (rc >= 0)
		rc = transaction_turn_init(queue, event);
	if (rc < 0) {
		(void)transaction_queue_free(queue);
		return rc;
	}
	*ret_queue = queue;
	return 0;
}

void transaction_queue_release(struct transaction_queue *queue, struct store *store,
			       const char *problem)
{
	queue->store = store;
	queue->store_problem = problem;
	queue->is_stuck = queue->is_stuck && problem;
	queue->released = true;
	transaction_queue_wake(queue);
}

static bool waits_for_store(const struct transaction *transaction)
{
	const enum change_task task = transaction->life.task;

	return task == CHANGE_NOTE || task == CHANGE_CLOSE || task == CHANGE_RETURN;
}

/* It goes on without its clients: what was not begun is not begun any more. */
static void part_from_clients(struct transaction *transaction)
{
	transaction_answer_late(transaction);
	transaction_leave(transaction);
}

void transaction_refuse_to_wait(struct transaction *transaction)
{
	change_not_stored(&transaction->life, -EIO);
	transaction_proceed(transaction);
}

/* Nothing goes on behind the one that is under way. */
static void stick(struct transaction_queue *queue, struct transaction *first)
{
	queue->is_stuck = true;
	for (size_t i = queue->waiting.count - 1; i > 0; i--)
		if (transaction_is_asked(queue->waiting.items[i]))
			transaction_refuse_to_wait(queue->waiting.items[i]);
	if (transaction_is_asked(first))
		part_from_clients(first);
}

void transaction_queue_store_is_late(struct transaction_queue *queue, const char *problem)
{
	struct transaction *first = queue->under_way ? queue->waiting.items[0] : NULL;

	queue->store_problem = problem;
	if (first && waits_for_store(first))
		stick(queue, first);
	applies_store_is_late(queue);
}

void transaction_queue_serve(struct transaction_queue *queue)
{
	queue->serves_clients = true;
	transaction_queue_wake(queue);
}

void transaction_queue_stop(struct transaction_queue *queue)
{
	queue->stopped = true;
}

struct transaction_queue *transaction_queue_free(struct transaction_queue *queue)
{
	if (!queue)
		return NULL;
	for (size_t i = 0; i < queue->waiting.count; i++) {
		change_listeners_drop(queue->waiting.items[i]->record);
		(void)transaction_free(queue->waiting.items[i]);
	}
	ARRAY_FREE(&queue->waiting);
	applies_free(queue);
	change_register_deinit(&queue->changes);
	(void)sd_event_source_disable_unref(queue->late_timer);
	(void)sd_event_source_disable_unref(queue->turn_timer);
	(void)performer_free(queue->performer);
	free(queue);
	return NULL;
}

int transaction_new(struct transaction_queue *queue, const struct change_requester *asked,
		    struct subject *subject, struct transaction **ret_transaction)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));
	int rc;

	if (!transaction) {
		(void)subject_free(subject);
		return -ENOMEM;
	}
	*transaction = (struct transaction){
		.queue = queue,
		.subject = subject,
		.left = JOURNAL_ENTRY_NULL,
	};
	change_init(&transaction->life);
	rc = ARRAY_APPEND(&queue->waiting, transaction);
	if (rc == 0)
		rc = change_register_add(&queue->changes, asked, clock_boot_ms(),
					 &transaction->record);
	if (rc < 0) {
		remove_from_queue(transaction);
		(void)transaction_free(transaction);
		return rc;
	}
	transaction->record->ops = &transaction_work_ops;
	transaction->record->work = transaction;
	*ret_transaction = transaction;
	return 0;
}

/* Puts the last one where it belongs. */
static void move_last_to(struct transaction_queue *queue, size_t place)
{
	struct transaction **items = queue->waiting.items;
	struct transaction *last = items[queue->waiting.count - 1];

	memmove(&items[place + 1], &items[place],
		(queue->waiting.count - 1 - place) * sizeof(struct transaction *));
	items[place] = last;
}

/*
 * Users take turns: of each one change in a round, however many he asks for. So whoever comes waits
 * for what is under way and for one change of every other user.
 */
void transaction_take_place(struct transaction *transaction)
{
	struct transaction_queue *queue = transaction->queue;
	const uid_t uid = transaction->record->uid;
	size_t place = 0;

	transaction->round = queue->round;
	for (size_t i = 0; i < queue->waiting.count - 1; i++) {
		const struct transaction *other = queue->waiting.items[i];

		if (transaction_is_asked(other) && other->record->uid == uid)
			transaction->round = other->round + 1;
	}
	while (!transaction_is_asked(queue->waiting.items[place]) ||
	       (queue->waiting.items[place] != transaction &&
		queue->waiting.items[place]->round <= transaction->round))
		place++;
	move_last_to(queue, place);
}

/* What is ours comes, in its order, before whoever has come meanwhile. */
static void put_before_clients(struct transaction_queue *queue)
{
	size_t place = 0;

	while (!transaction_is_asked(queue->waiting.items[place]) &&
	       place < queue->waiting.count - 1)
		place++;
	move_last_to(queue, place);
}

static int take_on_ours(struct transaction_queue *queue, enum change_origin origin,
			struct subject *subject, struct transaction **ret_transaction)
{
	const struct change_requester ours = { .origin = origin };
	int rc = subject ? transaction_new(queue, &ours, subject, ret_transaction) : -ENOMEM;

	if (rc == 0)
		put_before_clients(queue);
	return rc;
}

int transaction_recover(struct transaction_queue *queue, const char *key,
			struct journal_entry *left)
{
	struct transaction *transaction;
	int rc;

	for (size_t i = 0; i < queue->waiting.count; i++)
		if (strcmp(queue->waiting.items[i]->key, key) == 0)
			return 0;
	rc = take_on_ours(queue, CHANGE_OF_RECOVERY,
			  queue->owner.subject_of(queue->owner.userdata, left), &transaction);
	if (rc < 0)
		return rc;
	(void)snprintf(transaction->key, sizeof(transaction->key), "%s", key);
	transaction->left = *left;
	*left = JOURNAL_ENTRY_NULL;
	return 0;
}

int transaction_mend(struct transaction_queue *queue, struct subject *subject)
{
	struct transaction *transaction;

	return take_on_ours(queue, CHANGE_OF_CLAIM, subject, &transaction);
}

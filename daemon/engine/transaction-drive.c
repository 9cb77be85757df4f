// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of a change on the daemon's loop: performs each task that the machine names
 * (change/change.h), and tells the machine what came of it. Effect; never blocks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/claim/claim-table.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/transaction-internal.h"
#include "util/fault.h"
#include "util/json.h"

/* A look takes a fraction of a second; it hangs when the kernel does, behind locks of its own. */
#define LOOK_TIMEOUT_MS 10000

static void expect_look(struct transaction_queue *queue)
{
	(void)sd_event_source_set_time_relative(queue->late_timer, LOOK_TIMEOUT_MS * 1000);
	(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_ONESHOT);
}

static void look_came(struct transaction_queue *queue)
{
	(void)sd_event_source_set_enabled(queue->late_timer, SD_EVENT_OFF);
}

/* ---- a look, and the plan from it ---- */

static void on_snapshot(void *userdata, int error, struct snapshot *snapshot)
{
	struct transaction *transaction = userdata;
	struct subject *subject = transaction->subject;

	look_came(transaction->queue);
	if (error == 0) {
		transaction->snapshot = snapshot_ref(snapshot);
		transaction->topology = subject->ops->looked(subject, snapshot->record);
		transaction->topology = transaction->topology ?: snapshot->topology;
	}
	change_looked(&transaction->life, error);
	transaction_proceed(transaction);
}

static bool look(struct transaction *transaction)
{
	const enum observer_age age =
		transaction->life.is_fresh ? OBSERVER_FRESH : OBSERVER_CURRENT;
	int rc;

	transaction->topology = NULL;
	transaction->snapshot = snapshot_unref(transaction->snapshot);
	expect_look(transaction->queue);
	rc = observer_ask(transaction->queue->observer, age, on_snapshot, transaction);
	if (rc < 0)
		change_planned(&transaction->life, rc, NULL);
	return rc < 0;
}

/* Whom others wait for, and whose process an admin may want to end. */
static void tell_whose_it_is(const struct transaction *transaction)
{
	const struct change_record *record = transaction->record;
	const char *object = transaction->life.stage.object;

	if (transaction_is_asked(transaction))
		log_notice(transaction->queue->log, "%s: %s: %s, for uid %u, process %d",
			   record->id, object ? object : "no region", record->method,
			   (unsigned int)record->uid, (int)record->pid);
}

static bool plan(struct transaction *transaction)
{
	const struct transaction_queue *queue = transaction->queue;
	struct subject_view view = { .claims = queue->claims,
				     .world = transaction_world(transaction) };
	struct subject *subject = transaction->subject;
	struct change *life = &transaction->life;
	char owner[TRANSACTION_OWNER_MAX];
	struct change_stage stage;
	int rc;

	if (transaction_is_asked(transaction) && queue->store) {
		transaction_owner_name(transaction->record->uid, owner);
		view.owner = owner;
	}
	rc = subject->ops->plan(subject, &view, life, &stage);
	if (rc == 0 && queue->store_problem && !life->is_dry_run)
		change_not_stored(life, -EIO);
	else
		change_planned(life, rc, &stage);
	if (life->begun) {
		tell_whose_it_is(transaction);
		observer_set_busy(queue->observer, true);
		/* What destroys is not left half done because a connection breaks. */
		if (subject->ops->destroys(subject))
			transaction->record->kept = true;
	}
	return true;
}

/* ---- who uses the data that a plan takes ---- */

static void on_users(void *userdata, struct json_object *record)
{
	struct transaction *transaction = userdata;
	struct subject *subject = transaction->subject;

	look_came(transaction->queue);
	change_inquired(&transaction->life, subject->ops->is_unused(subject, record));
	transaction_proceed(transaction);
}

/* The kernel tells nobody of a mount: whoever takes data looks at its region right before. */
static bool inquire(struct transaction *transaction)
{
	struct performer *performer = transaction->queue->performer;

	expect_look(transaction->queue);
	if (performer && performer->ops->prove(performer, transaction->life.stage.object, on_users,
					       transaction) == 0)
		return false;
	look_came(transaction->queue);
	change_inquired(&transaction->life, false);
	return true;
}

void transaction_give_up_look(struct transaction *transaction)
{
	if (transaction->life.task != CHANGE_INQUIRE)
		return;
	transaction->queue->performer->ops->release(transaction->queue->performer);
	change_inquired(&transaction->life, false);
	transaction_proceed(transaction);
}

/* ---- the note ---- */

static void on_noted(void *userdata, int error, uint64_t revision)
{
	struct transaction *transaction = userdata;

	fault_point("journal has noted");
	if (error)
		log_error(transaction->queue->log, "the store can't be written: %s",
			  strerror(-error));
	change_noted(&transaction->life, error);
	transaction_proceed(transaction);
}

static int commit_note(struct transaction *transaction)
{
	const struct journal_entry entry = {
		.boot = transaction_world(transaction).boot,
		.region = transaction->life.stage.object,
		.claim = transaction->subject->ops->claim(transaction->subject),
		.steps = *transaction->life.stage.steps,
	};
	_cleanup_json_ struct json_object *object = journal_entry_to_json(&entry);
	struct store *store = transaction->queue->store;
	struct store_change change = { .key = transaction->key, .expected_revision = STORE_ANY };

	if (object)
		change.value = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (!change.value)
		return -ENOMEM;
	(void)snprintf(transaction->key, sizeof(transaction->key), JOURNAL_OPEN);
	fault_point("journal notes");
	/* Power takes with it all that this is about. */
	return store->ops->commit(store, &change, 1, STORE_QUICK, on_noted, transaction);
}

static bool note(struct transaction *transaction)
{
	int rc = commit_note(transaction);

	if (rc < 0)
		change_noted(&transaction->life, rc);
	return rc < 0;
}

/* ---- what was cut short ---- */

static void on_values(void *userdata, int error, const char *const *values)
{
	struct transaction *transaction = userdata;
	const struct transaction_owner *owner = &transaction->queue->owner;

	/*
	 * A worker of the daemon before us is still in the kernel, and may be for long: nothing is
	 * changed meanwhile, but whoever only asks is served.
	 */
	if (error == -EUSERS)
		owner->on_idle(owner->userdata);
	else
		change_read(&transaction->life, error, values);
	transaction_proceed(transaction);
}

static bool read_values(struct transaction *transaction)
{
	struct performer *performer = transaction->queue->performer;
	int rc = performer->ops->read(performer, &transaction->left.steps, on_values, transaction);

	if (rc < 0)
		change_read(&transaction->life, rc, NULL);
	return rc < 0;
}

/* ---- the steps ---- */

/* No kind of this host leaves no trace. */
static bool receipt(struct transaction *transaction)
{
	change_receipted(&transaction->life, -EOPNOTSUPP);
	return true;
}

/* No kind of this host is asked for: the helper looks by itself, right before it writes. */
static bool ask(struct transaction *transaction)
{
	(void)change_asked(&transaction->life, -EOPNOTSUPP, NULL);
	return true;
}

static void tell_step(const struct transaction *transaction, const struct step *step, bool late)
{
	_cleanup_json_ struct json_object *progress = NULL;

	if (!change_is_watched(transaction->record))
		return;
	progress = outcome_progress_to_json(&transaction->life.exec, step, late);
	change_tell(transaction->record, progress);
}

static void on_late(void *userdata, const struct step *step)
{
	tell_step(userdata, step, true);
}

/* The way back goes on meanwhile, the answer waits for it a little. */
static void on_holders(void *userdata, struct json_object *holders)
{
	struct transaction *transaction = userdata;

	transaction->holders = json_object_get(holders);
	transaction->diagnoses = false;
	if (transaction->life.task == CHANGE_END)
		transaction_proceed(transaction);
}

static void explain(struct transaction *transaction, const struct step *step,
		    const struct step_answer *answer)
{
	struct performer *performer = transaction->queue->performer;

	if (transaction->gives_way && answer->error == -ETIMEDOUT)
		(void)transaction_turn_explain(transaction, step);
	else
		(void)step_explain_failure(step, answer->error, answer->seen,
					   &transaction->life.refusals);
	if (answer->error == -EBUSY || answer->error == -ETIMEDOUT)
		transaction->diagnoses =
			performer->ops->diagnose(performer, step, on_holders, transaction) == 0;
}

static void take_answer(struct transaction *transaction, const struct step_answer *answer)
{
	const struct step step = change_step(&transaction->life);

	if (change_performed(&transaction->life, answer->error, answer->wrote, answer->died))
		explain(transaction, &step, answer);
}

static void on_performed(void *userdata, const struct step_answer *answer)
{
	struct transaction *transaction = userdata;

	take_answer(transaction, answer);
	transaction_proceed(transaction);
}

static bool perform(struct transaction *transaction)
{
	struct performer *performer = transaction->queue->performer;
	const struct step step = change_step(&transaction->life);
	int rc;

	transaction->gives_way = false;
	tell_step(transaction, &step, false);
	rc = performer->ops->perform(performer, &step, transaction->subject->timeout_ms,
				     on_performed, on_late, transaction);
	if (rc < 0)
		take_answer(transaction, &(struct step_answer){ .error = rc });
	return rc < 0;
}

/* ---- the proof ---- */

/*
 * What the region looks like now is the answer. Each step was read back, so the rest of the host
 * can be looked at when nobody waits for it.
 */
static void take_proof(struct transaction *transaction, struct json_object *record)
{
	const struct world world = transaction_world(transaction);
	struct subject *subject = transaction->subject;
	int seen = subject->ops->prove(subject, &world, record);

	if (seen < 0)
		log_error(transaction->queue->log, "no memory to remember what was given to %s",
			  transaction_object_name(transaction));
	change_proved(&transaction->life, seen != 0);
}

static void on_proof(void *userdata, struct json_object *record)
{
	struct transaction *transaction = userdata;

	take_proof(transaction, record);
	transaction_proceed(transaction);
}

static bool prove(struct transaction *transaction)
{
	struct performer *performer = transaction->queue->performer;
	int rc = performer->ops->prove(performer, transaction->life.stage.object, on_proof,
				       transaction);

	if (rc < 0)
		take_proof(transaction, NULL);
	return rc < 0;
}

/* ---- what becomes true ---- */

/* The store knows what has become of the claim: now everybody does. */
static bool apply_effect(struct transaction *transaction, uint64_t revision)
{
	struct transaction_queue *queue = transaction->queue;
	struct subject *subject = transaction->subject;
	const char *ends = subject->ops->ends_claim(subject, &transaction->life);
	const struct claim_record *ended = ends ? claim_table_find(queue->claims, ends) : NULL;
	bool goes_on;

	if (ended)
		queue->owner.on_claim_end(queue->owner.userdata, ended);
	if (subject->ops->closed(subject, &transaction->life, queue->claims, revision, &goes_on) <
	    0)
		log_error(queue->log, "no memory to remember %s",
			  transaction_object_name(transaction));
	return goes_on;
}

static void take_closing(struct transaction *transaction, int error, uint64_t revision)
{
	struct transaction_queue *queue = transaction->queue;
	bool goes_on = false;

	if (transaction->life.noted)
		queue->unforgotten = error != 0;
	if (error)
		log_error(queue->log, "the store can't be written: %s", strerror(-error));
	else
		goes_on = apply_effect(transaction, revision);
	change_closed(&transaction->life, error, goes_on);
	if (!goes_on)
		return;
	/* The next stage is planned from what this one has left. */
	if (transaction->life.task == CHANGE_LOOK)
		transaction_settle_down(queue, true);
	else
		queue->unsettled = true;
}

static void on_closed(void *userdata, int error, uint64_t revision)
{
	struct transaction *transaction = userdata;

	fault_point("journal has forgotten");
	take_closing(transaction, error, revision);
	transaction_proceed(transaction);
}

static bool has_to_last(const struct transaction *transaction)
{
	return transaction_is_asked(transaction) ||
	       transaction->subject->ops->lasts(transaction->subject);
}

/* The journal forgets the change, and its claim is as it wants to be: at once, or neither. */
static bool close_stage(struct transaction *transaction)
{
	const struct transaction_queue *queue = transaction->queue;
	struct subject *subject = transaction->subject;
	struct store_change changes[2];
	size_t count = 0;
	int rc = 0;

	if (transaction->life.noted)
		changes[count++] = (struct store_change){ .key = transaction->key,
							  .expected_revision = STORE_ANY };
	if (queue->store)
		rc = subject->ops->close(subject, &transaction->life, queue->claims,
					 &changes[count]);
	if (rc > 0)
		count++;
	if (rc >= 0 && count) {
		fault_point("journal forgets");
		rc = queue->store->ops->commit(queue->store, changes, count,
					       rc > 0 && has_to_last(transaction) ? STORE_DURABLE
										  : STORE_QUICK,
					       on_closed, transaction);
		if (rc == 0)
			return false;
	}
	take_closing(transaction, rc, 0);
	return true;
}

static void take_return(struct transaction *transaction, int error, uint64_t revision)
{
	struct transaction_queue *queue = transaction->queue;
	struct subject *subject = transaction->subject;

	/* What it is now a look has not shown: without one nobody would mend it. */
	queue->unsettled = true;
	error = subject->ops->given_back(subject, error, queue->claims, revision);
	if (error)
		log_error(queue->log, "%s stays as it was to become: %s",
			  transaction_object_name(transaction), strerror(-error));
	transaction->returned = error == 0;
	change_returned(&transaction->life);
}

static void on_returned(void *userdata, int error, uint64_t revision)
{
	struct transaction *transaction = userdata;

	take_return(transaction, error, revision);
	transaction_proceed(transaction);
}

static bool give_back(struct transaction *transaction)
{
	const struct transaction_queue *queue = transaction->queue;
	struct subject *subject = transaction->subject;
	struct store_change change;
	int rc;

	/* At the end nobody is there to store it: the next start makes what is wished. */
	if (queue->stopped) {
		change_returned(&transaction->life);
		return true;
	}
	rc = subject->ops->give_back(subject, queue->claims, &change);
	if (rc > 0)
		rc = queue->store->ops->commit(queue->store, &change, 1, STORE_DURABLE, on_returned,
					       transaction);
	if (rc < 0)
		take_return(transaction, rc, 0);
	return rc < 0;
}

/* ---- the loop ---- */

static bool end(struct transaction *transaction)
{
	if (!transaction->diagnoses)
		transaction_answer(transaction);
	return false;
}

void transaction_proceed(struct transaction *transaction)
{
	/* Each says whether the machine knows what came of it: otherwise an answer will come. */
	static bool (*const tasks[])(struct transaction *) = {
		[CHANGE_LOOK] = look,	     [CHANGE_PLAN] = plan,
		[CHANGE_INQUIRE] = inquire,  [CHANGE_NOTE] = note,
		[CHANGE_READ] = read_values, [CHANGE_ASK] = ask,
		[CHANGE_STEP] = perform,     [CHANGE_RECEIPT] = receipt,
		[CHANGE_PROVE] = prove,	     [CHANGE_CLOSE] = close_stage,
		[CHANGE_RETURN] = give_back, [CHANGE_END] = end,
	};

	while (tasks[transaction->life.task](transaction))
		;
}

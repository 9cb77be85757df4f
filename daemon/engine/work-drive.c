// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of a change on the daemon's loop: performs each task that the machine names
 * (change/change.h), and tells the machine the result. Effect; never blocks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/claim/claim-table.h"
#include "daemon/engine/result-entry.h"
#include "daemon/engine/results.h"
#include "daemon/engine/outcome.h"
#include "daemon/engine/engine-internal.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/json.h"

/*
 * Deadlines of the tasks of performers, which may hang behind locks of the kernel, or be mute. A
 * look at one object takes a fraction of a second. A proof that does not come has the change taken
 * back: so a proof has time for a performer that asks once more. A reading may wait for another
 * program first, and has many values. Looks at the host have a deadline at the observer.
 */
#define INQUIRY_TIMEOUT_MS    10000
#define PROOF_TIMEOUT_MS      30000
#define READING_TIMEOUT_MS    30000
#define READING_OF_A_VALUE_MS 100
/* A client that waits for the answer waits for the holders, too. */
#define SEARCH_TIMEOUT_MS 10000

/* ---- shared by the tasks ---- */

void work_set_timer(struct work *work, uint64_t within_ms)
{
	engine_set_timer(work->engine, work->timer, within_ms);
}

void work_clear_timer(struct work *work)
{
	(void)sd_event_source_set_enabled(work->timer, SD_EVENT_OFF);
}

/* One for all of a stage. */
static int have_performer(struct work *work)
{
	if (work->performer)
		return 0;
	return performers_take(&work->engine->performers,
			       step_list_performer(work->life.stage.steps), &work->performer);
}

void work_give_performer_back(struct work *work)
{
	if (!work->performer)
		return;
	/* The look for users of data is not needed any more: its answer goes to nobody. */
	if (!work->life.begun)
		work->performer->ops->release(work->performer);
	if (work->performer != work->diagnoser)
		performers_give_back(&work->engine->performers, work->performer);
	work->performer = NULL;
}

/* A further stage is planned from a new look, and takes the performer of its own steps. */
static void leave_stage(struct work *work)
{
	ARRAY_FREE(&work->entry.receipts);
	work_give_performer_back(work);
	work_leaves_host(work);
	work_settle_down(work->engine);
}

void work_fail(struct work *work, int error)
{
	if (work->life.taken_up)
		change_read(&work->life, error, NULL);
	else
		change_planned(&work->life, error, NULL);
}

/* ---- a look, and the plan from it ---- */

static void on_snapshot(void *userdata, int error, struct snapshot *snapshot)
{
	struct work *work = userdata;
	struct subject *subject = work->subject;

	if (error == 0) {
		work->snapshot = snapshot_ref(snapshot);
		work->topology = subject->ops->looked(subject, snapshot->record);
		work->topology = work->topology ?: snapshot->topology;
	}
	change_looked(&work->life, error);
	work_proceed(work);
}

static bool look(struct work *work)
{
	const struct engine *engine = work->engine;
	/* Nobody tells the observer of writes that others make to the host at this moment. */
	const bool is_fresh = work->life.is_fresh || engine->on_host;
	int rc;

	work->topology = NULL;
	work->snapshot = snapshot_unref(work->snapshot);
	rc = observer_ask(engine->observer, is_fresh ? OBSERVER_FRESH : OBSERVER_CURRENT,
			  on_snapshot, work);
	if (rc < 0)
		change_planned(&work->life, rc, NULL);
	return rc < 0;
}

/* Whom others wait for, and whose process an admin may want to end. */
static void tell_whose_it_is(const struct work *work)
{
	const struct change_record *record = work->record;
	const char *object = work->life.stage.object;

	if (work_is_asked(work))
		log_notice(work->engine->log, "%s: %s: %s, for uid %u, process %d", record->id,
			   object ?: work_object_name(work), record->method,
			   (unsigned int)record->uid, (int)record->pid);
}

static int ask_planner(struct work *work, struct change_stage *ret_stage)
{
	const struct engine *engine = work->engine;
	struct subject_view view = { .claims = engine->claims, .world = work_world(work) };
	struct subject *subject = work->subject;
	char owner[ENGINE_OWNER_MAX];

	/* Nothing is stored of a record; a dry run tells what would be. */
	if (work_is_asked(work) && (engine->store || engine->performers.kinds.count == 0)) {
		engine_owner_name(work->record->uid, owner);
		view.owner = owner;
	}
	return subject->ops->plan(subject, &view, &work->life, ret_stage);
}

static void begin_stage(struct work *work)
{
	tell_whose_it_is(work);
	work_touches_host(work);
}

static bool plan(struct work *work)
{
	const struct engine *engine = work->engine;
	struct change *life = &work->life;
	struct change_stage stage;
	int rc = ask_planner(work, &stage);

	if (rc == 0 && !life->is_dry_run)
		rc = work_reserve(work, &stage);
	if (rc == 0 && engine->store_problem && !life->is_dry_run)
		change_not_stored(life, -EIO);
	else
		change_planned(life, rc, &stage);
	if (life->begun)
		begin_stage(work);
	return true;
}

/* ---- users of the data that a plan takes away ---- */

static void on_users(void *userdata, struct json_object *record)
{
	struct work *work = userdata;
	struct subject *subject = work->subject;

	work_clear_timer(work);
	change_inquired(&work->life, subject->ops->is_unused(subject, record));
	work_proceed(work);
}

/* The kernel tells nobody of a mount: a change that takes data looks at its region right before. */
static bool inquire(struct work *work)
{
	int rc = have_performer(work);

	work_set_timer(work, INQUIRY_TIMEOUT_MS);
	if (rc == 0)
		rc = work->performer->ops->prove(work->performer, work->life.stage.object, on_users,
						 work);
	if (rc == 0)
		return false;
	work_clear_timer(work);
	change_inquired(&work->life, false);
	return true;
}

/* A look at the whole host comes instead. */
static void give_up_inquiry(struct work *work)
{
	log_warning(work->engine->log, "%s: a look at it takes long: all is looked at instead",
		    work->life.stage.object);
	work->performer->ops->release(work->performer);
	change_inquired(&work->life, false);
	work_proceed(work);
}

/* ---- the note ---- */

/* The store's answer will come; nobody knows when if the store does not answer now. */
static bool wait_for_store(struct work *work)
{
	if (work->engine->is_late)
		engine_stick(work->engine);
	return false;
}

static void on_noted(void *userdata, int error, uint64_t revision)
{
	struct work *work = userdata;

	fault_point("journal has noted");
	if (error)
		log_error(work->engine->log, "the store can't be written: %s", strerror(-error));
	else
		journal_debts_settle(&work->engine->debts, work->debt);
	change_noted(&work->life, error);
	work_proceed(work);
}

/* A power cut undoes all steps of a stage, unless the stage lasts. */
static enum store_durability durability_of(const struct work *work)
{
	return step_list_lasts(work->life.stage.steps) ? STORE_DURABLE : STORE_QUICK;
}

/* Does another stage follow on the stage at hand, once the steps are done? */
static bool has_more(const struct work *work)
{
	const struct subject *subject = work->subject;

	if (work_is_left(work))
		return work->entry.more;
	return !work->life.goes_back && subject->ops->is_last && !subject->ops->is_last(subject);
}

/* Do the steps take back a stage that was closed before, by this run or by an earlier one? */
static bool is_way_back(const struct work *work)
{
	return work_is_left(work) ? work->entry.back : work->life.goes_back;
}

static struct json_object *entry_to_json(const struct work *work)
{
	const bool is_left = work_is_left(work);
	struct change_entry entry = {
		.boot = is_left ? work->entry.boot : work_world(work).boot,
		.object = is_left ? work->entry.object
				  : work->life.stage.object ?: work_object_name(work),
		.kind = is_left ? work->entry.kind : work->subject->ops->kind,
		.claim = is_left ? work->entry.claim : work->subject->ops->claim(work->subject),
		.ends = is_left ? work->entry.ends
				: work->subject->ops->ends_claim(work->subject) != NULL,
		.lanes = work->life.lanes,
		.steps = *work->life.stage.steps,
		.receipts.items = work->entry.receipts.items,
		.receipts.count = work->entry.receipts.count,
		.stages = is_left ? work->entry.stages : work->life.stages,
		.more = has_more(work),
		.back = is_way_back(work),
		.asked = change_record_asked(work->record),
	};
	struct json_object *object = NULL;

	if (reservations_of(&work->engine->reservations, work, &entry.reservations) == 0)
		object = change_entry_to_json(&entry);
	reservation_set_deinit(&entry.reservations);
	return object;
}

static int commit_note(struct work *work, store_commit_fn callback)
{
	_cleanup_json_ struct json_object *object = entry_to_json(work);
	struct store *store = work->engine->store;
	struct store_change changes[STORE_CHANGES_MAX] = {
		{ .key = work->key, .expected_revision = STORE_ANY },
	};
	enum store_durability durability = durability_of(work);
	size_t count;

	if (object)
		changes[0].value = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (!changes[0].value)
		return -ENOMEM;
	if (!work_is_left(work))
		(void)snprintf(work->key, sizeof(work->key), JOURNAL_PREFIX "%s", work->record->id);
	work->lasts = durability == STORE_DURABLE;
	count = 1 + journal_debts_pay(&work->engine->debts, &changes[1], ARRAY_SIZE(changes) - 1,
				      &durability, &work->debt);
	fault_point("journal notes");
	return store->ops->commit(store, changes, count, durability, callback, work);
}

static bool note(struct work *work)
{
	int rc = commit_note(work, on_noted);

	if (rc == 0)
		return wait_for_store(work);
	change_noted(&work->life, rc);
	return true;
}

/* ---- changes that were cut short ---- */

static bool leaves_traces(const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++)
		if (step_has(&steps->list.items[i], STEP_NO_TRACE))
			return false;
	return true;
}

/* The journal knows which steps without a trace are done. */
static int read_with_receipts(struct work *work, const char *const *seen)
{
	const struct step_list *steps = &work->entry.steps;
	_cleanup_free_ const char **values = calloc(steps->list.count, sizeof(*values));

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		values[i] = !step_has(step, STEP_NO_TRACE)	    ? seen[i]
			    : change_entry_is_done(&work->entry, i) ? step->to
								    : step->from;
	}
	change_read(&work->life, 0, values);
	return 0;
}

static void take_values(struct work *work, int error, const char *const *values)
{
	if (error == 0)
		work_is_taken_up(work);
	if (error == 0 && !leaves_traces(&work->entry.steps))
		error = read_with_receipts(work, values);
	else if (error == 0)
		change_read(&work->life, 0, values);
	if (error)
		change_read(&work->life, error, NULL);
}

static void on_values(void *userdata, int error, const char *const *values)
{
	struct work *work = userdata;
	const struct engine_owner *owner = &work->engine->owner;

	work_clear_timer(work);
	/*
	 * A worker of the daemon before us is still in the kernel, and may be for long: nothing is
	 * changed meanwhile, but clients who only ask are served.
	 */
	if (error == -EUSERS)
		owner->on_idle(owner->userdata);
	else
		take_values(work, error, values);
	work_proceed(work);
}

/* The entry keeps its lanes, and the values are read again later. */
static void give_up_reading(struct work *work)
{
	work->performer->ops->release(work->performer);
	take_values(work, -ETIMEDOUT, NULL);
	work_proceed(work);
}

static bool read_values(struct work *work)
{
	const size_t count = work->entry.steps.list.count;
	int rc = have_performer(work);

	work_set_timer(work, READING_TIMEOUT_MS + (uint64_t)count * READING_OF_A_VALUE_MS);
	if (rc == 0)
		rc = work->performer->ops->read(work->performer, &work->entry.steps, on_values,
						work);
	if (rc == 0)
		return false;
	work_clear_timer(work);
	change_read(&work->life, rc, NULL);
	return true;
}

/* ---- the steps ---- */

static void on_receipted(void *userdata, int error, uint64_t revision)
{
	struct work *work = userdata;

	if (error)
		log_error(work->engine->log, "the store can't be written: %s", strerror(-error));
	change_receipted(&work->life, error);
	work_proceed(work);
}

static bool receipt(struct work *work)
{
	int rc = ARRAY_APPEND(&work->entry.receipts, work->life.exec.at);

	if (rc == 0)
		rc = commit_note(work, on_receipted);
	if (rc == 0)
		return wait_for_store(work);
	change_receipted(&work->life, rc);
	return true;
}

static bool settle(struct work *work)
{
	work_set_timer(work, work->life.settle_ms);
	return false;
}

static void tell_step(const struct work *work, const struct step *step, bool late)
{
	_cleanup_json_ struct json_object *progress = NULL;

	if (!change_is_watched(work->record))
		return;
	progress = outcome_progress_to_json(&work->life.exec, step, late);
	change_tell(work->record, progress);
}

static void on_late(void *userdata, const struct step *step)
{
	tell_step(userdata, step, true);
}

/* The way back goes on while holders are found out; the answer waits a little for the holders. */
static void on_holders(void *userdata, struct json_object *holders)
{
	struct work *work = userdata;

	work->holders = json_object_get(holders);
	if (work->diagnoser != work->performer)
		performers_give_back(&work->engine->performers, work->diagnoser);
	work->diagnoser = NULL;
	if (work->life.task != CHANGE_END)
		return;
	work_clear_timer(work);
	work_proceed(work);
}

static void give_up_search(struct work *work)
{
	log_warning(work->engine->log, "%s: who uses it was not found in time",
		    work_object_name(work));
	work->diagnoser->ops->release(work->diagnoser);
	on_holders(work, NULL);
}

static void explain(struct work *work, const struct step *step, const struct step_answer *answer)
{
	if (work->gives_way && answer->error == -ETIMEDOUT)
		(void)work_turn_explain(work, step);
	else
		(void)step_explain_failure(step, answer->error, answer->seen, &work->life.refusals);
	/* Of a failure on the way back too, unless the first failure has led to some. */
	if ((answer->error != -EBUSY && answer->error != -ETIMEDOUT) || work->diagnoser ||
	    work->holders || have_performer(work) < 0)
		return;
	if (work->performer->ops->diagnose(work->performer, step, on_holders, work) == 0)
		work->diagnoser = work->performer;
}

static void take_answer(struct work *work, const struct step_answer *answer)
{
	const struct step step = change_step(&work->life);

	if (change_performed(&work->life, answer->error, answer->wrote, answer->died))
		explain(work, &step, answer);
}

static void on_performed(void *userdata, const struct step_answer *answer)
{
	struct work *work = userdata;

	take_answer(work, answer);
	work_proceed(work);
}

/* Another manager may have the lanes by now, and knows nothing of an order of ours. */
static bool is_too_late(const struct work *work)
{
	const uint64_t not_after_ms = work->life.stage.not_after_ms;

	return not_after_ms && clock_boot_ms() >= not_after_ms;
}

static bool perform(struct work *work)
{
	const struct step step = change_step(&work->life);
	int rc = have_performer(work);

	work->gives_way = false;
	/* A stage that destroys data is not left half done because a connection breaks. */
	if (!work->record->kept && work->subject->ops->destroys(work->subject))
		work->record->kept = true;
	tell_step(work, &step, false);
	if (is_too_late(work))
		rc = PERFORMER_DEPOSED;
	if (rc == 0)
		rc = work->performer->ops->perform(work->performer, &step,
						   work->subject->timeout_ms, on_performed, on_late,
						   work);
	if (rc < 0)
		take_answer(work, &(struct step_answer){ .error = rc });
	return rc < 0;
}

/* ---- users of the object that a step takes away ---- */

static void refuse_unseen(struct work *work, const struct step *step, int error)
{
	struct refusal_list *refusals = &work->life.refusals;
	const char *doing = step_describe(step, &refusals->arena);
	char text[OBSERVER_ERROR_MAX];

	(void)observer_error_text(work->engine->observer, error, text);
	if (doing)
		(void)refusal_add(refusals, "host-unread", step->object, "see the daemon's log",
				  "%s: not begun, since it may be used: %s", doing, text);
}

static void take_asked(struct work *work, int error, const struct topology *topology)
{
	const struct world world = observer_world(work->engine->observer, topology);
	const struct step step = step_exec_at_hand(&work->life.exec);
	const bool is_first = change_asked(&work->life, error, error ? NULL : &world);

	if (is_first && error)
		refuse_unseen(work, &step, error);
	else if (is_first)
		explain(work, &step, &(struct step_answer){ .error = -EBUSY });
}

static void on_asked(void *userdata, int error, struct snapshot *snapshot)
{
	struct work *work = userdata;

	take_asked(work, error, error ? NULL : snapshot->topology);
	work_proceed(work);
}

static bool ask(struct work *work)
{
	int rc = observer_ask(work->engine->observer, OBSERVER_FRESH, on_asked, work);

	if (rc < 0)
		take_asked(work, rc, NULL);
	return rc < 0;
}

/* ---- the proof ---- */

/*
 * The answer shows the object as a look after the steps shows the object. Each step was read back,
 * so the rest of the host can be looked at when nobody waits for the look.
 */
static void take_proof(struct work *work, struct json_object *record)
{
	const struct world world = work_world(work);
	struct subject *subject = work->subject;
	int seen = subject->ops->prove(subject, &world, record);

	if (seen < 0)
		log_error(work->engine->log, "no memory to remember what was given to %s",
			  work_object_name(work));
	change_proved(&work->life, seen != 0);
}

static void on_proof(void *userdata, struct json_object *record)
{
	struct work *work = userdata;

	work_clear_timer(work);
	take_proof(work, record);
	work_proceed(work);
}

static void give_up_proof(struct work *work)
{
	log_warning(work->engine->log, "%s: the change can't be proved: no look within %d s",
		    work->life.stage.object, PROOF_TIMEOUT_MS / 1000);
	work->performer->ops->release(work->performer);
	take_proof(work, NULL);
	work_proceed(work);
}

static bool prove(struct work *work)
{
	int rc = have_performer(work);

	work_set_timer(work, PROOF_TIMEOUT_MS);
	if (rc == 0)
		rc = work->performer->ops->prove(work->performer, work->life.stage.object, on_proof,
						 work);
	if (rc == 0)
		return false;
	work_clear_timer(work);
	take_proof(work, NULL);
	return true;
}

/* ---- the end of a stage ---- */

/* That of the stage, or that of a stage that was taken back and could not be erased then. */
static bool has_entry(const struct work *work)
{
	return work->life.noted || work->owes;
}

/* Is the stage done, and does another stage of this run follow? */
static bool is_followed(const struct work *work)
{
	return !work_is_left(work) && has_more(work) &&
	       step_exec_outcome(&work->life.exec) == STEP_EXEC_DONE;
}

/* Of the stage that is being closed nobody knows more than that; a stage after it is given up. */
bool work_may_turn_back(const struct work *work)
{
	return change_may_turn_back(&work->life) ||
	       (work->life.task == CHANGE_CLOSE && is_followed(work));
}

/*
 * A change that is done has its result in the commit that closes the change: whoever asks again
 * after a death must not make the change twice. Until a change of several stages has ended, its
 * result says that the change was cut short. A stage that was taken back may be asked for again,
 * and its result comes at the end, with the holders of what was in the way.
 */
static char *result_of(struct work *work, char key[static RESULT_KEY_MAX])
{
	struct change_answer answer = CHANGE_ANSWER_NULL;
	char *text;

	if (!result_is_kept(work->record) || is_way_back(work) ||
	    step_exec_outcome(&work->life.exec) != STEP_EXEC_DONE)
		return NULL;
	result_entry_key(work->record->id, key);
	work_answer_ahead(work, has_more(work), &answer);
	text = result_to_text(work->record, work_object(work), &answer);
	change_answer_deinit(&answer);
	return text;
}

/* The store has the claim: now the table and the monitors may know the claim. */
static void apply_effect(struct work *work, uint64_t revision)
{
	struct engine *engine = work->engine;
	struct subject *subject = work->subject;
	const char *ends =
		change_is_settled(&work->life) ? subject->ops->ends_claim(subject) : NULL;
	const struct claim_record *ended = ends ? claim_table_find(engine->claims, ends) : NULL;

	if (ended)
		engine->owner.on_claim_end(engine->owner.userdata, ended);
	if (subject->ops->closed(subject, &work->life, engine->claims, revision) < 0)
		log_error(engine->log, "no memory to remember %s", work_object_name(work));
	work_keep_claim(work);
}

static void take_closing(struct work *work, int error, uint64_t revision)
{
	struct engine *engine = work->engine;
	const bool went_back = work->life.goes_back;
	const bool goes_on = error == 0 && is_followed(work);

	work->owes = error && has_entry(work);
	if (error)
		log_error(engine->log, "the store can't be written: %s", strerror(-error));
	else
		apply_effect(work, revision);
	change_closed(&work->life, error,
		      goes_on ? work->subject->ops->lanes(work->subject) : NULL);
	if (goes_on || (went_back && !work->life.goes_back))
		leave_stage(work);
}

static void take_result(struct work *work, int error)
{
	if (error == 0 && work->writes_result) {
		work->record->is_stored = true;
		work->has_result = !has_more(work);
	}
	work->writes_result = false;
}

static void on_closed(void *userdata, int error, uint64_t revision)
{
	struct work *work = userdata;

	fault_point("journal has erased");
	take_result(work, error);
	take_closing(work, error, revision);
	work_proceed(work);
}

static bool has_to_last(const struct work *work)
{
	return work_is_asked(work) || work->subject->ops->lasts(work->subject);
}

/* One commit erases the journal's entry, stores the claim and the result: all happen, or none. */
static bool close_stage(struct work *work)
{
	const struct engine *engine = work->engine;
	struct subject *subject = work->subject;
	_cleanup_free_ char *result = NULL;
	char key[RESULT_KEY_MAX];
	struct store_change changes[3];
	size_t count = 0;
	int rc = 0;

	if (has_entry(work))
		changes[count++] =
			(struct store_change){ .key = work->key, .expected_revision = STORE_ANY };
	if (engine->store)
		rc = subject->ops->close(subject, &work->life, engine->claims, &changes[count]);
	if (rc > 0)
		count++;
	if (rc >= 0 && count)
		result = result_of(work, key);
	work->writes_result = result != NULL;
	if (result)
		changes[count++] = (struct store_change){ .key = key,
							  .value = result,
							  .expected_revision = STORE_ANY };
	if (rc >= 0 && count) {
		const bool lasts =
			(rc > 0 && has_to_last(work)) || (has_entry(work) && work->lasts);

		fault_point("journal erases");
		rc = engine->store->ops->commit(engine->store, changes, count,
						lasts ? STORE_DURABLE : STORE_QUICK, on_closed,
						work);
		if (rc == 0)
			return wait_for_store(work);
	}
	work->writes_result = false;
	take_closing(work, rc, 0);
	return true;
}

static void take_return(struct work *work, int error, uint64_t revision)
{
	struct engine *engine = work->engine;
	struct subject *subject = work->subject;

	/* No look has shown the claim since: without a look nobody would mend the claim. */
	engine->unsettled = true;
	error = subject->ops->given_back(subject, error, engine->claims, revision);
	if (error)
		log_error(engine->log, "the claim of %s can't be given its former wish: %s",
			  work_object_name(work), strerror(-error));
	work->returned = error == 0;
	change_returned(&work->life);
}

static void on_returned(void *userdata, int error, uint64_t revision)
{
	struct work *work = userdata;

	take_return(work, error, revision);
	work_proceed(work);
}

static bool give_back(struct work *work)
{
	const struct engine *engine = work->engine;
	struct subject *subject = work->subject;
	struct store_change change;
	int rc;

	rc = subject->ops->give_back(subject, engine->claims, &change);
	if (rc == 0) {
		change_returned(&work->life);
		return true;
	}
	if (rc > 0)
		rc = engine->store->ops->commit(engine->store, &change, 1, STORE_DURABLE,
						on_returned, work);
	if (rc == 0)
		return wait_for_store(work);
	take_return(work, rc, 0);
	return true;
}

static const struct lane_set *way_back(const struct work *work)
{
	const struct subject *subject = work->subject;

	return subject->ops->go_back ? subject->ops->go_back(subject, &work->life) : NULL;
}

static bool return_stages(struct work *work)
{
	const struct lane_set *lanes;

	/* When the daemon ends nobody stores the former wish: the next start makes the new wish
	 * good. */
	if (work->engine->stopped) {
		change_returned(&work->life);
		return true;
	}
	lanes = way_back(work);
	if (!lanes)
		return give_back(work);
	leave_stage(work);
	change_go_back(&work->life, lanes);
	return true;
}

/* ---- objects that come by themselves ---- */

static void take_awaited(struct work *work, int error)
{
	work_clear_timer(work);
	observer_forget(work->engine->observer, work);
	change_awaited(&work->life, error);
	work_proceed(work);
}

void work_looked(struct work *work, const struct world *world)
{
	if (work->life.task == CHANGE_AWAIT &&
	    work->subject->ops->has_come(work->subject, work->life.awaits, world))
		take_awaited(work, 0);
}

/* The awaited object may be there already; otherwise a later look will show the object. */
static void on_first_look(void *userdata, int error, struct snapshot *snapshot)
{
	struct work *work = userdata;
	struct world world;

	if (error)
		return;
	world = observer_world(work->engine->observer, snapshot->topology);
	work_looked(work, &world);
}

static bool await(struct work *work)
{
	struct engine *engine = work->engine;

	work_release_lanes(work);
	work_set_timer(work, work->life.await_ms);
	if (observer_ask(engine->observer, OBSERVER_CURRENT, on_first_look, work) < 0)
		log_error(engine->log, "no memory to wait for %s", work->life.awaits);
	engine_wake(engine);
	return false;
}

/* ---- the deadlines ---- */

static void give_up_waiting(struct work *work)
{
	take_awaited(work, -ETIMEDOUT);
}

static void end_settling(struct work *work)
{
	change_settled(&work->life);
	work_proceed(work);
}

static void on_time_at_end(struct work *work)
{
	if (work->is_left_alone)
		work_take_up_again(work);
	else
		give_up_search(work);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	/* The other tasks set no timer: the store, the observer and lanes have deadlines of their
	 * own, or clients are told; a step that takes long is told, and may be given up. */
	static void (*const deadlines[])(struct work *) = {
		[CHANGE_INQUIRE] = give_up_inquiry, [CHANGE_SETTLE] = end_settling,
		[CHANGE_READ] = give_up_reading,    [CHANGE_PROVE] = give_up_proof,
		[CHANGE_AWAIT] = give_up_waiting,   [CHANGE_END] = on_time_at_end,
	};
	struct work *work = userdata;

	deadlines[work->life.task](work);
	return 0;
}

int work_timer_init(struct work *work)
{
	int rc = sd_event_add_time(work->engine->event, &work->timer, CLOCK_MONOTONIC, 0, 0,
				   on_time, work);

	return rc < 0 ? rc : sd_event_source_set_enabled(work->timer, SD_EVENT_OFF);
}

/* ---- the loop ---- */

/* The change may begin within this call, and be gone. */
static bool wait_for_lanes(struct work *work)
{
	work_release_lanes(work);
	engine_wake(work->engine);
	return false;
}

static bool end(struct work *work)
{
	if (work->life.result == CHANGE_NOT_TAKEN_UP || work->life.result == CHANGE_NOT_CLOSED)
		work_leave_alone(work);
	else if (work->diagnoser)
		work_set_timer(work, SEARCH_TIMEOUT_MS);
	else
		work_answer(work);
	return false;
}

void work_proceed(struct work *work)
{
	/* Each returns true when the machine has the answer already; otherwise the answer will
	 * come. */
	static bool (*const tasks[])(struct work *) = {
		[CHANGE_WAIT] = wait_for_lanes,
		[CHANGE_LOOK] = look,
		[CHANGE_PLAN] = plan,
		[CHANGE_INQUIRE] = inquire,
		[CHANGE_NOTE] = note,
		[CHANGE_SETTLE] = settle,
		[CHANGE_READ] = read_values,
		[CHANGE_ASK] = ask,
		[CHANGE_STEP] = perform,
		[CHANGE_RECEIPT] = receipt,
		[CHANGE_PROVE] = prove,
		[CHANGE_CLOSE] = close_stage,
		[CHANGE_AWAIT] = await,
		[CHANGE_RETURN] = return_stages,
		[CHANGE_END] = end,
	};

	while (tasks[work->life.task](work))
		;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One change: which task comes after which answer. Pure.
 */
#include "change/change.h"

#include <errno.h>
#include <string.h>

#include "change/performer.h"

/* The hint of a refusal that no request should lead to. */
#define REPORT_IT "report it with the output of `cxlfm record`"

void change_init(struct change *change, const struct lane_set *lanes)
{
	*change = (struct change){ .task = CHANGE_WAIT, .refusals = REFUSAL_LIST_NULL };
	if (lanes)
		change->lanes = *lanes;
}

void change_deinit(struct change *change)
{
	step_exec_deinit(&change->exec);
	step_exec_deinit(&change->failure.exec);
	step_exec_deinit(&change->stayed.exec);
	refusal_list_deinit(&change->refusals);
}

static bool has_steps(const struct change *change)
{
	return change->stage.steps->list.count > 0;
}

/* ---- the end ---- */

/* A stage was taken back, or the remaining stages stay: the change ends with its first failure. */
static void end_going_back(struct change *change, enum change_result result, int error)
{
	const bool done = result == CHANGE_DONE;

	change->stayed.result = result;
	change->stayed.error = error;
	if (done)
		step_exec_deinit(&change->exec);
	else
		change->stayed.exec = change->exec;
	change->exec = change->failure.exec;
	change->stage = change->failure.stage;
	change->failure.exec = (struct step_exec){ 0 };
	change->goes_back = false;
	change->begun = change->exec.steps != NULL;
	change->stages -= done;
	change->task = done && change->stages ? CHANGE_RETURN : CHANGE_END;
}

static void end(struct change *change, enum change_result result, int error)
{
	const bool returns = change->stages && change->notes && result != CHANGE_DONE &&
			     result != CHANGE_HANDED_OVER;

	if (change->goes_back) {
		end_going_back(change, result, error);
		return;
	}
	change->result = result;
	change->error = error;
	change->task = returns ? CHANGE_RETURN : CHANGE_END;
}

static void conclude(struct change *change)
{
	const bool done = step_exec_outcome(&change->exec) == STEP_EXEC_DONE;

	end(change, done ? CHANGE_DONE : CHANGE_FAILED, 0);
}

void change_returned(struct change *change)
{
	change->task = CHANGE_END;
}

void change_not_stored(struct change *change, int error)
{
	end(change, CHANGE_NOT_STORED, error);
}

/* ---- a stage is planned ---- */

static void look_again(struct change *change)
{
	change->is_fresh = true;
	change->task = CHANGE_LOOK;
}

/* A change that waits holds no lanes. */
static void leave_lanes(struct change *change, enum change_task task)
{
	change->in_lanes = false;
	change->task = task;
}

void change_waited(struct change *change)
{
	change->in_lanes = true;
	if (change->taken_up)
		change->task = change->settle_ms ? CHANGE_SETTLE : CHANGE_READ;
	else if (change->stage.steps)
		look_again(change);
	else
		change->task = CHANGE_LOOK;
}

void change_has_look(struct change *change)
{
	change->task = CHANGE_PLAN;
}

void change_looked(struct change *change, int error)
{
	if (error)
		end(change, CHANGE_NOT_SEEN, error);
	else
		change->task = CHANGE_PLAN;
}

static void refuse_malformed(struct change *change, const struct step *step)
{
	const char *text = step_describe(step, &change->refusals.arena);

	(void)refusal_add(&change->refusals, "bad-step", step->object, REPORT_IT,
			  "nothing was begun: the helper does not accept this step: %s",
			  text ? text : step->kind->name);
	end(change, CHANGE_REFUSED, 0);
}

static void advance(struct change *change);

static void begin(struct change *change)
{
	step_exec_init(&change->exec, change->stage.steps);
	change->begun = true;
	if (change->notes && has_steps(change))
		change->task = CHANGE_NOTE;
	else
		advance(change);
}

/*
 * A change that waits for a lane holds none, so the world may differ from the plan by then. The
 * number of lanes only grows: planning comes to an end.
 */
static void begin_in_lanes(struct change *change)
{
	const size_t held = change->lanes.count;
	int rc = lane_set_add_steps(&change->lanes, change->stage.steps);

	if (rc < 0)
		end(change, CHANGE_NOT_PLANNED, rc);
	else if (change->lanes.count > held)
		leave_lanes(change, CHANGE_WAIT);
	else
		begin(change);
}

static void take_stage(struct change *change, const struct change_stage *stage)
{
	const struct step *malformed = step_list_check(stage->steps);

	change->stage = *stage;
	if (malformed)
		refuse_malformed(change, malformed);
	else if (change->is_dry_run)
		end(change, CHANGE_TOLD, 0);
	else if (!change->performs)
		end(change, CHANGE_NOT_LIVE, 0);
	else
		begin_in_lanes(change);
}

static void inquire(struct change *change, const struct change_stage *stage)
{
	change->stage = *stage;
	change->task = CHANGE_INQUIRE;
}

void change_planned(struct change *change, int rc, const struct change_stage *stage)
{
	/* A write of which the kernel tells nobody must not be a reason to refuse. */
	if (rc == CHANGE_E_REFUSED && !change->is_fresh)
		look_again(change);
	else if (rc > 0)
		end(change, CHANGE_REFUSED, 0);
	else if (rc < 0)
		end(change, CHANGE_NOT_PLANNED, rc);
	else if (stage->inquires && !change->is_fresh && !change->inquired)
		inquire(change, stage);
	else
		take_stage(change, stage);
}

/* If the object is used, or can't be looked at, a look at the whole world gives the reason. */
void change_inquired(struct change *change, bool unused)
{
	change->inquired = unused;
	if (unused)
		change->task = CHANGE_PLAN;
	else
		look_again(change);
}

/* Steps that can't be noted could not be taken back after a crash. */
static void refuse_too_large(struct change *change)
{
	(void)refusal_add(&change->refusals, "change-too-large", change->stage.object, REPORT_IT,
			  "nothing was begun: %zu steps are more than the journal can hold",
			  step_exec_count(&change->exec));
	end(change, CHANGE_REFUSED, 0);
}

void change_noted(struct change *change, int error)
{
	if (error == -E2BIG) {
		refuse_too_large(change);
		return;
	}
	if (error) {
		end(change, CHANGE_NOT_STORED, error);
		return;
	}
	change->noted = true;
	advance(change);
}

/* ---- changes that were cut short ---- */

void change_take_up(struct change *change, const struct step_list *steps)
{
	int rc = lane_set_add_steps(&change->lanes, steps);

	change->stage.steps = steps;
	change->settle_ms = step_list_late_ms(steps);
	change->taken_up = change->begun = change->noted = change->performs = true;
	if (rc < 0)
		end(change, CHANGE_NOT_TAKEN_UP, rc);
}

/*
 * Another manager has the lane: what he finds there, he may have made up his mind upon. So nothing
 * is finished or taken back, and the next start must not take the change up.
 */
static void hand_over(struct change *change)
{
	(void)refusal_add(&change->refusals, "handed-over", change->stage.object,
			  "ask the manager that has taken over, or make that manager give up",
			  "another manager has taken over: the change was neither finished nor "
			  "taken back");
	if (change->exec.steps)
		step_exec_hand_over(&change->exec, PERFORMER_DEPOSED);
	change->handed_over = true;
	change->task = CHANGE_CLOSE;
}

void change_read(struct change *change, int error, const char *const *values)
{
	if (error == PERFORMER_DEPOSED) {
		hand_over(change);
		return;
	}
	if (error == 0)
		error = step_exec_take_up(&change->exec, change->stage.steps, values);
	if (error)
		end(change, CHANGE_NOT_TAKEN_UP, error);
	else
		advance(change);
}

/* ---- the steps ---- */

/* The client left when there was no further step to stop before. */
static bool is_to_be_taken_back(const struct change *change)
{
	return change->exec.cancelled && step_exec_outcome(&change->exec) == STEP_EXEC_DONE &&
	       step_exec_may_turn_back(&change->exec);
}

/* No peer is trusted to refuse: a look precedes each step that takes something away. */
static void hand_out(struct change *change)
{
	const struct step step = step_exec_at_hand(&change->exec);

	change->task = step_withdraws(&step) ? CHANGE_ASK : CHANGE_STEP;
}

static void advance(struct change *change)
{
	if (is_to_be_taken_back(change))
		step_exec_take_back(&change->exec, -ECANCELED);
	if (change->exec.state != STEP_EXEC_FINISHED)
		hand_out(change);
	else if (step_exec_outcome(&change->exec) == STEP_EXEC_DONE && change->stage.object)
		change->task = CHANGE_PROVE;
	else
		change->task = CHANGE_CLOSE;
}

static void take_back(struct change *change, int error)
{
	step_exec_take_back(&change->exec, error);
	advance(change);
}

struct step change_step(struct change *change)
{
	struct step step = { 0 };

	(void)step_exec_next(&change->exec, &step);
	return step;
}

static bool leaves_no_trace(const struct change *change)
{
	const struct step step = step_exec_at_hand(&change->exec);

	return step_has(&step, STEP_NO_TRACE);
}

/* The performer of a step has died: a late order of his may take effect after the next step. */
static void settle(struct change *change, unsigned int late_ms)
{
	change->settle_ms = late_ms;
	if (late_ms)
		change->task = CHANGE_SETTLE;
	else
		advance(change);
}

void change_settled(struct change *change)
{
	if (change->exec.steps)
		advance(change);
	else
		change->task = CHANGE_READ;
}

bool change_performed(struct change *change, int error, bool wrote, bool died)
{
	const unsigned int late_ms = died ? step_exec_at_hand(&change->exec).kind->late_ms : 0;
	const bool failed = change->exec.failed;
	bool first;

	if (error == PERFORMER_DEPOSED) {
		hand_over(change);
		return false;
	}
	if (error && !change->retried && step_exec_may_try_again(&change->exec, died)) {
		change->retried = true;
		change->wrote = wrote || died;
		settle(change, late_ms);
		return false;
	}
	wrote = wrote || (change->retried && change->wrote);
	change->retried = false;
	if (error == 0 && change->noted && leaves_no_trace(change)) {
		change->task = CHANGE_RECEIPT;
		return false;
	}
	if (died)
		(void)step_exec_lost(&change->exec, error);
	else
		(void)step_exec_result(&change->exec, error, wrote);
	first = error && !failed && change->exec.failed;
	settle(change, late_ms);
	return first;
}

static void refuse_unkept(struct change *change, int error)
{
	(void)refusal_add(&change->refusals, "store-failed", NULL,
			  "see the daemon's log, and make room if the disk is full",
			  "the change could not be kept: the store can't be written: %s",
			  strerror(-error));
}

void change_receipted(struct change *change, int error)
{
	if (error)
		refuse_unkept(change, error);
	(void)step_exec_result(&change->exec, error, true);
	advance(change);
}

/* The client left during the look before the step: the step was not begun. */
static bool is_not_wanted(const struct change *change)
{
	return change->exec.cancelled && change->exec.state == STEP_EXEC_FORWARD &&
	       step_exec_may_turn_back(&change->exec);
}

bool change_asked(struct change *change, int error, const struct world *world)
{
	const struct step step = step_exec_at_hand(&change->exec);

	if (is_not_wanted(change)) {
		(void)step_exec_result(&change->exec, -ECANCELED, false);
		advance(change);
		return false;
	}
	if (error == 0 && !step.kind->is_unused(world, &step))
		error = -EBUSY;
	if (error)
		return change_performed(change, error, false, false);
	change->task = CHANGE_STEP;
	return false;
}

bool change_may_give_up(const struct change *change)
{
	return change->task == CHANGE_STEP && !change->goes_back &&
	       change->exec.state == STEP_EXEC_FORWARD && step_exec_may_turn_back(&change->exec);
}

/* ---- the proof, and the end of a stage ---- */

/* An object that no look has shown can't be kept: the object would be made once more. */
static void refuse_unproved(struct change *change)
{
	(void)refusal_add(&change->refusals, "not-proved", change->stage.object,
			  "see the daemon's log, and try again",
			  "%s was made, but can't be looked at", change->stage.object);
	take_back(change, -EIO);
}

void change_proved(struct change *change, bool seen)
{
	if (is_to_be_taken_back(change))
		advance(change);
	else if (change->stage.makes && !seen)
		refuse_unproved(change);
	else
		change->task = CHANGE_CLOSE;
}

bool change_is_settled(const struct change *change)
{
	const enum step_exec_outcome outcome = step_exec_outcome(&change->exec);

	return outcome == STEP_EXEC_DONE || outcome == STEP_EXEC_INCOMPLETE;
}

bool change_keeps(const struct change *change)
{
	return change_is_settled(change) &&
	       (change->taken_up || step_exec_outcome(&change->exec) == STEP_EXEC_INCOMPLETE);
}

/*
 * The next start would take back steps that the journal still has: so the steps are taken back now,
 * while a client is there to be told. Steps without a way back stay. What a recovery has finished
 * had no way back, and its note stays until the commit is through: the commit may end a claim,
 * which would be given memory again.
 */
static void keep_note(struct change *change, int error)
{
	if (step_exec_outcome(&change->exec) != STEP_EXEC_DONE) {
		conclude(change);
		return;
	}
	if (change->taken_up || !has_steps(change)) {
		end(change, change->taken_up ? CHANGE_NOT_CLOSED : CHANGE_NOT_STORED, error);
		return;
	}
	refuse_unkept(change, error);
	take_back(change, error);
}

static void begin_another_stage(struct change *change, const struct lane_set *lanes)
{
	const bool waits =
		!lane_set_equals(&change->lanes, lanes) || (lanes->count && !change->in_lanes);

	change->exec = (struct step_exec){ 0 };
	change->stage = (struct change_stage){ 0 };
	change->begun = change->noted = change->inquired = change->taken_up = false;
	change->lanes = *lanes;
	look_again(change);
	if (waits)
		leave_lanes(change, CHANGE_WAIT);
}

/* The effect of a closed stage is stored, whatever becomes of later stages. */
static void begin_next_stage(struct change *change, const struct lane_set *lanes)
{
	change->awaits = change->stage.awaits;
	change->await_ms = change->stage.await_ms;
	change->stages++;
	step_exec_deinit(&change->exec);
	begin_another_stage(change, lanes);
	if (change->awaits)
		leave_lanes(change, CHANGE_AWAIT);
}

void change_awaited(struct change *change, int error)
{
	if (error == 0) {
		change->task = CHANGE_WAIT;
		return;
	}
	(void)refusal_add(&change->refusals, "not-come", change->awaits,
			  "look at the device that should bring the object, and try again",
			  "%s has not appeared within %u s: %s", change->awaits,
			  change->await_ms / 1000, strerror(-error));
	end(change, CHANGE_REFUSED, 0);
}

void change_go_back(struct change *change, const struct lane_set *lanes)
{
	change->failure.exec = change->exec;
	change->failure.stage = change->stage;
	change->goes_back = true;
	begin_another_stage(change, lanes);
}

void change_closed(struct change *change, int error, const struct lane_set *next)
{
	if (change->handed_over) {
		end(change, CHANGE_HANDED_OVER, PERFORMER_DEPOSED);
		return;
	}
	if (error) {
		keep_note(change, error);
		return;
	}
	if (!next || change->goes_back || step_exec_outcome(&change->exec) != STEP_EXEC_DONE) {
		conclude(change);
		return;
	}
	begin_next_stage(change, next);
	if (change->unwanted)
		end(change, CHANGE_UNWANTED, 0);
}

void change_close_again(struct change *change)
{
	change->task = CHANGE_CLOSE;
}

/* ---- clients that leave ---- */

/* A stage that is being closed counts as closed. */
bool change_may_turn_back(const struct change *change)
{
	if (change->task == CHANGE_CLOSE || change->task == CHANGE_RETURN ||
	    change->task == CHANGE_END)
		return false;
	if (!change->begun || change->goes_back || change->exec.state == STEP_EXEC_BACKWARD)
		return true;
	return has_steps(change) && step_exec_may_turn_back(&change->exec);
}

void change_leave(struct change *change)
{
	change->unwanted = true;
	if (change->goes_back)
		return;
	/* A recovery has no client, and goes forward or back as its steps demand. */
	if (change->begun && !change->taken_up)
		step_exec_cancel(&change->exec);
	/* Before the first step there is nothing to wait for. */
	if ((change->task == CHANGE_ASK || change->task == CHANGE_STEP) &&
	    change->exec.state == STEP_EXEC_FINISHED)
		advance(change);
	else if (!change->begun && change->task != CHANGE_RETURN && change->task != CHANGE_END)
		end(change, CHANGE_UNWANTED, 0);
}

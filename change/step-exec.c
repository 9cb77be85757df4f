// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of steps and of their inverses. Pure: performs nothing and knows no clock.
 */
#include "change/step-exec.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void step_exec_deinit(struct step_exec *exec)
{
	ARRAY_FREE(&exec->not_ours);
	ARRAY_FREE(&exec->leftover);
}

static const struct step *step_of(const struct step_exec *exec, size_t index)
{
	return &exec->steps->list.items[index];
}

static const struct step *step_at(const struct step_exec *exec)
{
	return step_of(exec, exec->at);
}

struct step step_exec_at_hand(const struct step_exec *exec)
{
	return exec->state == STEP_EXEC_FORWARD ? *step_at(exec) : step_inverse(step_at(exec));
}

bool step_exec_next(struct step_exec *exec, struct step *ret_step)
{
	if (exec->state == STEP_EXEC_FINISHED)
		return false;
	exec->begun = true;
	*ret_step = step_exec_at_hand(exec);
	return true;
}

static bool is_nothing(const struct step *step, const char *value)
{
	return step_kind_is_nothing(step->kind, value);
}

/* ---- guards ---- */

static bool is_guard(const struct step_exec *exec, size_t index)
{
	return step_has(step_of(exec, index), STEP_GUARD);
}

/* The first step from @index on that is not a guard, or the count of steps. */
static size_t skip_guards(const struct step_exec *exec, size_t index)
{
	while (index < exec->steps->list.count && is_guard(exec, index))
		index++;
	return index;
}

/* The step that the guard at @index guards; for a step that is not a guard, @index. */
static size_t guarded_by(const struct step_exec *exec, size_t index)
{
	while (index > 0 && is_guard(exec, index))
		index--;
	return index;
}

/* Of a list that is not empty. */
static size_t last_forward(const struct step_exec *exec)
{
	return guarded_by(exec, exec->steps->list.count - 1);
}

static bool is_ours(const struct step_exec *exec, size_t index)
{
	size_t low = 0, high = exec->not_ours.count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (exec->not_ours.items[middle] == index)
			return false;
		if (exec->not_ours.items[middle] < index)
			low = middle + 1;
		else
			high = middle;
	}
	return true;
}

/* A value that stays without the owner, and would stay for ever. */
static bool outlives_owner(const struct step *step)
{
	return step_has(step, STEP_BORROWED) ||
	       (step_has(step, STEP_STAYS) && is_nothing(step, step->from));
}

/* A step that was not performed may have come by itself: its inverse finds out. */
static bool needs_undoing(const struct step_exec *exec, size_t index)
{
	const struct step *step;

	index = guarded_by(exec, index);
	step = step_of(exec, index);
	if (!step_has(step, STEP_REVERSIBLE) || !is_ours(exec, index))
		return false;
	if (exec->owner_is_gone && !outlives_owner(step))
		return false;
	return index < exec->performed || (exec->performed > 0 && step_has(step, STEP_FOLLOWS));
}

/* Goes back to the first step below @end that has to be taken back. */
static void go_back(struct step_exec *exec, size_t end)
{
	while (end > 0)
		if (needs_undoing(exec, --end)) {
			exec->at = end;
			return;
		}
	exec->state = STEP_EXEC_FINISHED;
}

static void turn_back(struct step_exec *exec, int error, size_t performed)
{
	exec->state = STEP_EXEC_BACKWARD;
	exec->failed = true;
	exec->failed_at = exec->at;
	exec->error = error;
	exec->performed = performed;
	go_back(exec, exec->steps->list.count);
}

static bool is_same_property(const struct step *a, const struct step *b)
{
	return a->kind == b->kind && strcmp(a->object, b->object) == 0 && strcmp(a->of, b->of) == 0;
}

static bool is_between(const struct step *step, const char *value)
{
	return step->kind->is_between && step->kind->is_between(step, value);
}

/* Chains of steps about the same property: there may be as many steps as memory blocks. */
struct chains {
	size_t *next; /* the next step of the same property, or the count of steps */
	bool *is_first;
};

struct place {
	const struct step *step;
	size_t at;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int rc;

	if (a->step->kind != b->step->kind)
		return (uintptr_t)a->step->kind < (uintptr_t)b->step->kind ? -1 : 1;
	rc = strcmp(a->step->object, b->step->object);
	if (rc == 0)
		rc = strcmp(a->step->of, b->step->of);
	return rc ? rc : (a->at > b->at) - (a->at < b->at);
}

static void chains_deinit(struct chains *chains)
{
	free(chains->next);
	free(chains->is_first);
}

static int chains_init(struct chains *chains, const struct step_list *steps)
{
	const size_t count = steps->list.count;
	struct place *places = calloc(count + 1, sizeof(*places));

	chains->next = calloc(count + 1, sizeof(*chains->next));
	chains->is_first = calloc(count + 1, sizeof(*chains->is_first));
	if (!places || !chains->next || !chains->is_first) {
		free(places);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){ &steps->list.items[i], i };
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++) {
		chains->is_first[places[i].at] =
			i == 0 || !is_same_property(places[i - 1].step, places[i].step);
		chains->next[places[i].at] =
			i + 1 < count && is_same_property(places[i].step, places[i + 1].step)
				? places[i + 1].at
				: count;
	}
	free(places);
	return 0;
}

/*
 * How many steps were performed at least, as the value of one property tells: the steps up to the
 * step that gave the property this value. A property that comes back to an earlier value may be on
 * its way out. A value that an earlier step took away does not come by itself. Where a value was
 * only expected, a later step has done away with the value, and the value may be back already.
 */
static size_t performed_at_least(const struct step_list *steps, const struct chains *chains,
				 size_t first, const char *value)
{
	if (!value || strcmp(value, steps->list.items[first].from) == 0)
		return 0;
	for (size_t i = first; i < steps->list.count; i = chains->next[i]) {
		const struct step *step = &steps->list.items[i];

		if (is_between(step, value) || step_is_expectation(step) ||
		    (strcmp(value, step->to) == 0 && (i > first || !step_has(step, STEP_FOLLOWS))))
			return i + 1;
	}
	return 0;
}

/* Do the steps, done or not, leave the property at this value? */
static bool may_be_left(const struct step_list *steps, const struct step *property,
			const char *value)
{
	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		if (is_same_property(step, property) &&
		    (strcmp(value, step->from) == 0 || strcmp(value, step->to) == 0))
			return true;
	}
	return false;
}

/* Does another owner have the name now: one with values that no part of the steps makes? */
static bool is_owner_of_others(const struct step_list *steps, const char *const *values)
{
	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		if (step_has(step, STEP_IDENTITY) && values[i] && !is_nothing(step, values[i]) &&
		    !may_be_left(steps, step, values[i]))
			return true;
	}
	return false;
}

static bool is_first_of_property(const struct step_list *steps, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_same_property(&steps->list.items[i], &steps->list.items[index]))
			return false;
	return true;
}

/* ---- no way back ---- */

static bool deletes_owner(const struct step *step)
{
	return step_has(step, STEP_OWNER) && step_has(step, STEP_FREES);
}

/* Others may take a resource that is freed, and data that is destroyed is gone. */
static bool has_no_way_back(const struct step *step)
{
	return step_has(step, STEP_FREES) || step_has(step, STEP_NO_TRACE);
}

static bool removes_owner(const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++)
		if (deletes_owner(&steps->list.items[i]))
			return true;
	return false;
}

static bool is_past_return(const struct step_exec *exec, size_t performed)
{
	return performed > exec->return_end;
}

void step_exec_init(struct step_exec *exec, const struct step_list *steps)
{
	size_t end = 0;

	while (end < steps->list.count && !has_no_way_back(&steps->list.items[end]))
		end++;
	*exec = (struct step_exec){ .steps = steps, .return_end = end };
	for (size_t i = 0; i < steps->list.count; i++)
		exec->guards += is_guard(exec, i);
	exec->state = steps->list.count > exec->guards ? STEP_EXEC_FORWARD : STEP_EXEC_FINISHED;
	exec->at = skip_guards(exec, 0);
}

bool step_exec_may_turn_back(const struct step_exec *exec)
{
	return exec->steps->list.count > 0 && !exec->finishing &&
	       !is_past_return(exec, exec->at + 1);
}

bool step_exec_may_try_again(const struct step_exec *exec, bool died)
{
	return exec->state == STEP_EXEC_BACKWARD ? died : !step_exec_may_turn_back(exec);
}

static bool is_value(const char *value, const char *expected)
{
	return value && strcmp(value, expected) == 0;
}

/* Does the owner have the expected shape? Another program's owner has none yet, or another. */
static bool is_as_expected(const struct step_list *steps, const char *const *values)
{
	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		if (step_is_expectation(step) && !step_has(step, STEP_NEED_NOT_HOLD) &&
		    !is_value(values[i], step->to))
			return false;
	}
	return true;
}

/*
 * Are the owner's resources free? Then a way back would be of no use. Nor is there a use in a way
 * back to an owner without its foundation: a region that decodes nothing since it has lost a memdev
 * would not take the other memdevs back.
 */
static void judge_removal(struct step_exec *exec, const char *const *values)
{
	const struct step_list *steps = exec->steps;
	bool removal = false, frees = false, holds = false, founded = false;

	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];

		if (deletes_owner(step)) {
			removal = true;
			exec->owner_is_gone = exec->owner_is_gone || is_value(values[i], step->to);
		} else if (step_has(step, STEP_FREES)) {
			frees = true;
			holds = holds || !is_value(values[i], step->to);
		}
		founded = founded || step_has(step, STEP_FOUNDATION);
	}
	if (removal && !holds && !is_as_expected(steps, values))
		exec->owner_is_gone = true;
	exec->was_dead = removal && !founded;
	exec->finishing = removal && (exec->owner_is_gone || exec->was_dead || (frees && !holds));
}

/* A value that stays when the owner goes; a borrowed value is restored by its last step. */
static bool outlives_removal(const struct step_exec *exec, size_t index)
{
	const struct step *step = step_of(exec, index);

	if (step_has(step, STEP_BORROWED))
		return !is_first_of_property(exec->steps, index);
	return step_has(step, STEP_STAYS) && is_nothing(step, step->to);
}

static bool is_to_be_finished(const struct step_exec *exec, size_t index)
{
	if (index < exec->receipts_end)
		return false;
	return outlives_removal(exec, index) ||
	       (!exec->owner_is_gone && (exec->was_dead || is_past_return(exec, index + 1)));
}

static void finish_from(struct step_exec *exec, size_t index)
{
	const size_t count = exec->steps->list.count;

	while (index < count && (is_guard(exec, index) || !is_to_be_finished(exec, index)))
		index++;
	exec->state = index < count ? STEP_EXEC_FORWARD : STEP_EXEC_FINISHED;
	if (index < count)
		exec->at = index;
}

static void fail_past_return(struct step_exec *exec, int error)
{
	if (!exec->failed) {
		exec->failed_at = exec->at;
		exec->error = error;
	}
	exec->failed = exec->past_return = true;
}

/* Without a step of the owner, the later steps may be about another owner. */
static int leave(struct step_exec *exec)
{
	int rc = 0;

	if (outlives_removal(exec, exec->at))
		return ARRAY_APPEND(&exec->leftover, exec->at);
	for (size_t i = exec->at; rc == 0 && i < exec->steps->list.count; i++)
		if (!step_is_expectation(step_of(exec, i)) && !outlives_removal(exec, i))
			rc = ARRAY_APPEND(&exec->leftover, i);
	exec->owner_is_gone = true;
	return rc;
}

/* A removal of an owner that belongs to others by now needs no finishing. */
static int result_finishing(struct step_exec *exec, int error)
{
	int rc = 0;

	if (error == -ESTALE && !outlives_removal(exec, exec->at)) {
		exec->owner_is_gone = true;
	} else if (error < 0 && error != -ESTALE) {
		fail_past_return(exec, error);
		rc = leave(exec);
	}
	finish_from(exec, exec->at + 1);
	return rc;
}

/* ---- cut short ---- */

static size_t count_performed(const struct step_list *steps, const struct chains *chains,
			      const char *const *values)
{
	size_t performed = 0;

	for (size_t i = 0; i < steps->list.count; i++) {
		size_t count = 0;

		if (chains->is_first[i] && !step_has(&steps->list.items[i], STEP_GUARD))
			count = performed_at_least(steps, chains, i, values[i]);
		if (count > performed)
			performed = count;
	}
	return performed;
}

/* There is no receipt for a step unless those before it were done, too. */
static size_t find_receipts_end(const struct step_list *steps, const char *const *values)
{
	size_t end = 0;

	for (size_t i = 0; i < steps->list.count; i++)
		if (step_has(&steps->list.items[i], STEP_NO_TRACE) &&
		    is_value(values[i], steps->list.items[i].to))
			end = i + 1;
	return end;
}

/* May a step, up to the step at hand, have destroyed something? */
static bool may_have_destroyed(const struct step_exec *exec)
{
	for (size_t i = 0; i <= exec->at; i++)
		if (step_has(step_of(exec, i), STEP_NO_TRACE))
			return true;
	return false;
}

int step_exec_take_up(struct step_exec *exec, const struct step_list *steps,
		      const char *const *values)
{
	struct chains chains = { 0 };
	size_t performed;
	int rc;

	step_exec_init(exec, steps);
	exec->owner_is_gone = is_owner_of_others(steps, values);
	exec->receipts_end = find_receipts_end(steps, values);
	judge_removal(exec, values);
	if (exec->finishing) {
		finish_from(exec, 0);
		return 0;
	}
	rc = chains_init(&chains, steps);
	if (rc < 0) {
		exec->state = STEP_EXEC_FINISHED;
	} else {
		/* The next step may have been begun. */
		performed = skip_guards(exec, count_performed(steps, &chains, values));
		exec->at = performed < steps->list.count ? performed : last_forward(exec);
		/* Without an owner there is nothing else to tell whose it is by now. */
		exec->finishing = may_have_destroyed(exec) ||
				  (is_past_return(exec, performed) && !removes_owner(steps));
		if (exec->finishing)
			finish_from(exec, 0);
		else
			turn_back(exec, -ECANCELED, exec->at + 1);
	}
	chains_deinit(&chains);
	return rc;
}

/* ---- results ---- */

/* The step can't be taken back, and may have been done in part. */
static int leave_destroyed(struct step_exec *exec)
{
	exec->failed_backward = true;
	return ARRAY_APPEND(&exec->leftover, exec->at);
}

static int result_forward(struct step_exec *exec, int error, bool wrote)
{
	size_t performed = wrote ? exec->at + 1 : exec->at;
	const size_t next = skip_guards(exec, exec->at + 1);
	int rc = 0;

	if (exec->finishing || is_past_return(exec, exec->at))
		return result_finishing(exec, error);
	if (error == 0 && !wrote && step_has(step_at(exec), STEP_TAKES))
		error = -ESTALE;
	if (error < 0) {
		if (wrote && step_has(step_at(exec), STEP_NO_TRACE))
			rc = leave_destroyed(exec);
		turn_back(exec, error, performed);
		return rc;
	}
	if (!wrote && !step_has(step_at(exec), STEP_FOLLOWS) &&
	    !step_is_expectation(step_at(exec))) {
		rc = ARRAY_APPEND(&exec->not_ours, exec->at);
		if (rc < 0) {
			turn_back(exec, rc, performed);
			return rc;
		}
	}
	if (next == exec->steps->list.count)
		exec->state = STEP_EXEC_FINISHED;
	else if (exec->cancelled && step_exec_may_turn_back(exec))
		turn_back(exec, -ECANCELED, exec->at + 1);
	else
		exec->at = next;
	return 0;
}

/* The owner's foundation: without it, no value that belongs to the owner can come back. */
static bool is_foundation(const struct step *step)
{
	return step_has(step, STEP_FOUNDATION) && is_nothing(step, step->to);
}

static int result_backward(struct step_exec *exec, int error)
{
	/* A value that we did not write, and that did not come by itself, is not ours. */
	const bool others =
		error == -ESTALE && (exec->at >= exec->performed || exec->owner_is_gone);
	int rc = 0;

	/* The inverse of the guarded step shows whether the guard was of use. */
	if (is_guard(exec, exec->at)) {
		go_back(exec, exec->at);
		return 0;
	}
	if (error < 0 && is_foundation(step_at(exec)))
		exec->owner_is_gone = true;
	if (error < 0 && !others) {
		exec->failed_backward = true;
		rc = ARRAY_APPEND(&exec->leftover, exec->at);
	}
	go_back(exec, exec->at);
	return rc;
}

int step_exec_result(struct step_exec *exec, int error, bool wrote)
{
	switch (exec->state) {
	case STEP_EXEC_FORWARD:
		return result_forward(exec, error, wrote);
	case STEP_EXEC_BACKWARD:
		return result_backward(exec, error);
	case STEP_EXEC_FINISHED:
		break;
	}
	return 0;
}

int step_exec_lost(struct step_exec *exec, int error)
{
	const size_t next = skip_guards(exec, exec->at + 1);

	if (exec->state == STEP_EXEC_FORWARD && step_has(step_at(exec), STEP_FREES) &&
	    next < exec->steps->list.count) {
		exec->at = next;
		return 0;
	}
	return step_exec_result(exec, error, true);
}

void step_exec_take_back(struct step_exec *exec, int error)
{
	if (exec->steps->list.count == 0)
		return;
	exec->at = last_forward(exec);
	if (step_exec_may_turn_back(exec)) {
		turn_back(exec, error, exec->steps->list.count);
		return;
	}
	fail_past_return(exec, error);
}

void step_exec_hand_over(struct step_exec *exec, int error)
{
	if (exec->state == STEP_EXEC_FORWARD) {
		exec->failed = true;
		exec->failed_at = exec->at;
		exec->error = error;
		exec->performed = exec->at;
	}
	exec->failed_backward = true;
	/* Without memory a step is left over without being named. */
	for (size_t i = 0; i <= exec->at && i < exec->performed; i++)
		if (!is_guard(exec, i) && needs_undoing(exec, i))
			(void)ARRAY_APPEND(&exec->leftover, i);
	exec->state = STEP_EXEC_FINISHED;
}

void step_exec_cancel(struct step_exec *exec)
{
	exec->cancelled = true;
	if (exec->state == STEP_EXEC_FORWARD && !exec->begun && !exec->finishing)
		turn_back(exec, -ECANCELED, 0);
}

enum step_exec_outcome step_exec_outcome(const struct step_exec *exec)
{
	if (exec->state != STEP_EXEC_FINISHED)
		return STEP_EXEC_RUNNING;
	if (!exec->failed)
		return STEP_EXEC_DONE;
	if (exec->past_return)
		return STEP_EXEC_INCOMPLETE;
	return exec->failed_backward ? STEP_EXEC_LEFTOVER : STEP_EXEC_UNDONE;
}

size_t step_exec_number(const struct step_exec *exec)
{
	const size_t end = exec->at + 1;
	size_t guards = 0;

	/* There are few guards, and none in long lists: guards stand in lists that make an owner.
	 */
	for (size_t i = 0; exec->guards && i < end; i++)
		guards += is_guard(exec, i);
	return end - guards;
}

size_t step_exec_count(const struct step_exec *exec)
{
	return exec->steps->list.count - exec->guards;
}

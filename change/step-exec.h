/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The executor of a list of steps: hands out one step at a time, is told the step's result, and
 * turns back at the first failure; then the executor hands out the inverses of the steps that were
 * done, in reverse order. A pure state machine: its caller has the steps performed (change.c; tests
 * with a model of the kernel).
 *
 * Resources that an owner (a region) has freed may belong to somebody else next, and so may the
 * owner's name: so a removal does not turn back from there on. From there on the removal can't be
 * cancelled, a step that fails is left over, and the executor leaves objects of others alone.
 *
 * The failed step itself is undone first when the step may have had an effect: performing an
 * inverse is idempotent, so an inverse too many is harmless. An inverse that fails is remembered as
 * left over, and undoing goes on with the steps before.
 *
 * A step that found its work done without a write of ours was somebody else's work, and is not
 * taken back. When such a step takes what only one can have, the step counts as failed with
 * -ESTALE. A step that follows by itself in the wake of an earlier step is ours without a write of
 * ours, and is taken back even when the executor did not reach the step.
 *
 * A guard stands behind a step that may only be taken back under a condition (memory that a binding
 * may have brought online is offline). The way forward skips the guard. The way back performs the
 * guard right before the inverse of the guarded step, and goes on whatever the guard's result is:
 * the inverse then shows whether the condition holds.
 *
 * A step that leaves no trace can't be taken back, and nobody can see how far the step came: a step
 * that fails is left over, and a step that was cut short without a receipt is done once more.
 *
 * An execution that was cut short is taken up without knowledge of its progress: backward from the
 * last step, or forward where there is no way back or nothing worth going back to. A step that is
 * found done then counts as ours. But when the owner has values that no part of the steps makes,
 * somebody has taken our owner down and made another one of the same name: then only resources that
 * stay without the owner are freed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/step.h"

enum step_exec_outcome {
	STEP_EXEC_RUNNING,
	STEP_EXEC_DONE,	      /* every step was performed */
	STEP_EXEC_UNDONE,     /* a step failed, or a cancellation came; everything was taken back */
	STEP_EXEC_LEFTOVER,   /* as before, but some steps could not be taken back */
	STEP_EXEC_INCOMPLETE, /* a step failed, or the whole, where there was no way back */
};

enum step_exec_state {
	STEP_EXEC_FORWARD,
	STEP_EXEC_BACKWARD,
	STEP_EXEC_FINISHED,
};

struct step_exec {
	const struct step_list *steps; /* the caller's; outlives the execution */
	size_t return_end;	       /* the first step behind which there is no way back */
	size_t guards;		       /* how many of the steps are no part of the way forward */
	enum step_exec_state state;
	size_t at;  /* the step handed out, or to be handed out next: progress */
	bool begun; /* a step was handed out */
	bool cancelled;
	bool failed;
	size_t failed_at;	/* which step failed, when one did */
	int error;		/* with which errno; -ECANCELED when cancelled */
	bool failed_backward;	/* ... and some inverse failed, too */
	bool past_return;	/* ... where there is no way back */
	bool finishing;		/* steps that were cut short there: only the rest is to be done */
	bool was_dead;		/* ... since the steps remove an owner without its foundation */
	size_t performed;	/* at the turn back: the steps before this one */
	bool owner_is_gone;	/* nothing of the owner is ours any more */
	size_t receipts_end;	/* a receipt says that the steps before this one were done */
	ARRAY(size_t) not_ours; /* indices of steps that need no taking back, ascending */
	ARRAY(size_t) leftover; /* indices of steps not taken back, or not done any more */
};

/** step_exec_init() - ready to hand out the first step */
void step_exec_init(struct step_exec *exec, const struct step_list *steps);

/**
 * step_exec_take_up() - takes back steps of which the first ones were performed; or finishes the
 *	steps, where a removal has freed what somebody else may have next
 * @values: what each step's property is now; NULL where it can't be read; of a step that leaves no
 *	trace `to` where there is a receipt, and `from` otherwise
 *
 * Return: 0 or -ENOMEM, and then nothing is handed out.
 */
int step_exec_take_up(struct step_exec *exec, const struct step_list *steps,
		      const char *const *values);

/** step_exec_may_turn_back() - can the steps so far be taken back? */
bool step_exec_may_turn_back(const struct step_exec *exec);

/**
 * step_exec_may_try_again() - is a failed step worth another try, before the failure counts?
 * @died: the performer of the step has died, and nobody knows how far the step got
 *
 * Steps on the way back, and steps without a way back, are idempotent: another worker tries again a
 * step of which one worker has died. Without a way back a step that has failed is tried again, too.
 */
bool step_exec_may_try_again(const struct step_exec *exec, bool died);

/** step_exec_at_hand() - the step to be handed out; the execution is not finished */
struct step step_exec_at_hand(const struct step_exec *exec);

/**
 * step_exec_next() - the step to perform now: one of the list, or the inverse of one
 * @ret_step: set when there is one
 *
 * Two calls without a result in between give the same step.
 *
 * Return: true, or false when the execution is finished.
 */
bool step_exec_next(struct step_exec *exec, struct step *ret_step);

/**
 * step_exec_result() - the result of the step handed out last
 * @error: 0 when the step was performed and proved, or the negative errno
 * @wrote: whether the step may have had an effect: false only when surely nothing was written
 *
 * Return: 0; -ENOMEM when the result could not be remembered: forward, the step counts as failed;
 * backward or past return, the step is left over without being named.
 */
int step_exec_result(struct step_exec *exec, int error, bool wrote);

/**
 * step_exec_lost() - the performer of the step handed out last has died; its progress is unknown
 *
 * A resource that the step may have freed is not taken again: the deletion of the owner frees the
 * resource.
 *
 * Return: as step_exec_result()
 */
int step_exec_lost(struct step_exec *exec, int error);

/**
 * step_exec_take_back() - undoes all of a finished execution, whose effect can't be kept
 *
 * An execution without a way back stays as it is, and has failed.
 */
void step_exec_take_back(struct step_exec *exec, int error);

/**
 * step_exec_hand_over() - ends the execution where it is: its steps are another manager's business
 * @error: of the step handed out last, a negative errno
 *
 * Steps that are performed, and not taken back, are left over.
 */
void step_exec_hand_over(struct step_exec *exec, int error);

/**
 * step_exec_cancel() - turns back after the step that is handed out now, or ends before the first;
 *	too late is no error
 */
void step_exec_cancel(struct step_exec *exec);

enum step_exec_outcome step_exec_outcome(const struct step_exec *exec);

/** step_exec_number() - the number of the step at hand, from 1, among steps of the way forward */
size_t step_exec_number(const struct step_exec *exec);

/** step_exec_count() - how many steps the way forward has */
size_t step_exec_count(const struct step_exec *exec);

void step_exec_deinit(struct step_exec *exec);

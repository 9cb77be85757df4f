/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out a list of steps: hands out one at a time, is told what came of it, and turns back at
 * the first failure, undoing in reverse order what was done. A pure state machine: who performs the
 * steps, and how, is its caller's business (daemon/engine/transaction.c with the helper; tests with
 * a model of the kernel).
 *
 * What an owner (a region) has freed may be somebody else's next, and its name another one's: so a
 * removal does not turn back from there on. It can't be cancelled, what fails is left to be done,
 * and what is others' by then is theirs.
 *
 * The failed step itself is undone first when it may have had an effect: performing an inverse is
 * idempotent, so one too many is harmless. An inverse that fails is remembered as left over, and
 * undoing goes on with the steps before it.
 *
 * A step that found its work done without writing was somebody else's, and is not taken back; when
 * it would have taken something that only one can have, the two are in each other's way and it
 * counts as failed with -ESTALE. Only what follows by itself in the wake of an earlier step is ours
 * although we did not write it, and is taken back even when its step was not reached.
 *
 * A guard stands behind a step that may only be taken back when something else is true (memory that
 * a binding may have brought online is offline). The way forward skips it; the way back performs it
 * right before, and goes on whatever came of it: the step that it guards then shows it.
 *
 * What leaves no trace can't be taken back, and nobody can look how far it came: where it fails it
 * is left over, and where it was cut short without a receipt it is done once more.
 *
 * An execution that was cut short is taken up without knowing how far it got: backward from its
 * last step, or forward where there is no way back, or nothing worth it. What is found done is ours
 * then, and needs no doing; unless the owner has become one that no part of the steps makes: then
 * somebody has taken ours down and made another one of the same name, and only what stays without
 * it is freed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/step.h"

enum step_exec_outcome {
	STEP_EXEC_RUNNING,
	STEP_EXEC_DONE,	      /* every step was performed */
	STEP_EXEC_UNDONE,     /* a step failed or it was cancelled; everything was taken back */
	STEP_EXEC_LEFTOVER,   /* as before, but some steps could not be taken back */
	STEP_EXEC_INCOMPLETE, /* it failed, in some step or altogether, past the way back */
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
	bool finishing;		/* it was cut short there: only what is left is to be done */
	bool was_dead;		/* ... since it removes an owner without its foundation */
	size_t performed;	/* when it turned back: the steps before this one */
	bool owner_is_gone;	/* nothing of it is ours any more */
	size_t receipts_end;	/* a receipt says that the steps before this one were done */
	ARRAY(size_t) not_ours; /* indices of steps that need no taking back, ascending */
	ARRAY(size_t) leftover; /* indices of steps not taken back, or not done any more */
};

/** step_exec_init() - ready to hand out the first step */
void step_exec_init(struct step_exec *exec, const struct step_list *steps);

/**
 * step_exec_take_up() - takes back steps of which the first ones were performed; or finishes them,
 *	where a removal has freed what somebody else may have next
 * @values: what each step's property is now; NULL where it can't be read; of a step that leaves no
 *	trace `to` where there is a receipt, and `from` otherwise
 *
 * Return: 0 or -ENOMEM, and then nothing is handed out.
 */
int step_exec_take_up(struct step_exec *exec, const struct step_list *steps,
		      const char *const *values);

/** step_exec_may_turn_back() - as far as it is now, can it be taken back to what was before? */
bool step_exec_may_turn_back(const struct step_exec *exec);

/**
 * step_exec_may_try_again() - is what failed worth another try, before it is a result?
 * @died: who performed it has died, and nobody knows how far it got
 *
 * Undoing is idempotent, and so is what can't be undone any more: what one has died of is tried
 * again by another. And where there is no way back, so is what has failed.
 */
bool step_exec_may_try_again(const struct step_exec *exec, bool died);

/** step_exec_at_hand() - the step to be handed out; the execution is not finished */
struct step step_exec_at_hand(const struct step_exec *exec);

/**
 * step_exec_next() - the step to perform now: one of the list, or the inverse of one
 * @ret_step: set when there is one
 *
 * Handing it out twice without a result in between gives the same step.
 *
 * Return: true, or false when the execution is finished.
 */
bool step_exec_next(struct step_exec *exec, struct step *ret_step);

/**
 * step_exec_result() - what came of the step handed out last
 * @error: 0 when it was performed and proved, or the negative errno
 * @wrote: whether it may have had an effect: false only when it is sure that nothing was written
 *
 * Return: 0; -ENOMEM when it could not be remembered: forward, the step counts as failed; backward
 * or past return, as left over without being named.
 */
int step_exec_result(struct step_exec *exec, int error, bool wrote);

/**
 * step_exec_lost() - who performed the step handed out last has died, and how far it got is unknown
 *
 * What may be free or not is not taken again: the deletion of its owner frees it.
 *
 * Return: as step_exec_result()
 */
int step_exec_lost(struct step_exec *exec, int error);

/**
 * step_exec_take_back() - undoes all of a finished execution: what it came to can't be kept
 *
 * What may not turn back any more stays as it is, and has failed.
 */
void step_exec_take_back(struct step_exec *exec, int error);

/**
 * step_exec_cancel() - turns back after the step that is handed out now, or ends before the first;
 *	too late is no error
 */
void step_exec_cancel(struct step_exec *exec);

enum step_exec_outcome step_exec_outcome(const struct step_exec *exec);

/** step_exec_number() - which one the step at hand is, from 1, of those of the way forward */
size_t step_exec_number(const struct step_exec *exec);

/** step_exec_count() - how many steps the way forward has */
size_t step_exec_count(const struct step_exec *exec);

void step_exec_deinit(struct step_exec *exec);

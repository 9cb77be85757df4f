/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One change, from the request to its end: a machine without I/O and without a clock. The machine
 * names its next task, is told what came of the task, and names the next one. Its driver performs
 * the tasks: daemon/engine/ on the daemon's loop, test/sim/ with a model of the kernel. What the
 * change is about, and what is planned for it, is the planner's business.
 *
 * A change is carried out in stages. A stage is planned from a look, noted, carried out step by
 * step, proved by another look, and closed: one commit erases the note and stores the effect of the
 * stage. A further stage is planned from a look that was begun after the stage before was closed,
 * and after the object that the stage before brings by itself has come (a memdev behind a switch).
 * A failure takes back the steps of its own stage only. For closed stages a commit stores again
 * what was true before, or a plan from a new look takes the stage back. Such a plan may be refused
 * like any other: then the stage stays, and the way back ends.
 *
 * The lanes of a stage (change/lanes.h) are what its steps write to. The stage waits for the lanes
 * that its subject expects before the look, and for lanes that its steps turn out to need before
 * the note.
 *
 *	WAIT -> LOOK -> PLAN [-> INQUIRE -> PLAN] -> NOTE -> STEP... -> PROVE -> CLOSE -> END
 *	                                                           (next stage: [AWAIT ->] WAIT)
 *	steps in lanes that were not expected: PLAN -> WAIT -> LOOK -> PLAN
 *	a step that takes away what somebody may use: ASK -> STEP
 *	a step that leaves no trace: STEP -> RECEIPT
 *	a change that was cut short: WAIT [-> SETTLE] -> READ -> STEP... -> CLOSE -> END
 *	a step whose performer has died, and may have sent an order: STEP -> SETTLE -> STEP...
 *	a later stage that fails: ... -> RETURN -> END
 *	... and is to be taken back: RETURN -> WAIT -> LOOK -> PLAN ... CLOSE -> (RETURN or END)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change/lanes.h"
#include "change/step-exec.h"
#include "util/refusal.h"

enum change_task {
	CHANGE_WAIT,	/* take all of `lanes` at once, and give back what else is held:
			 * change_waited() */
	CHANGE_LOOK,	/* look at the world (is_fresh: begin the look now): change_looked() */
	CHANGE_PLAN,	/* plan the stage: change_planned() */
	CHANGE_INQUIRE, /* look at the object that the plan takes away, alone: change_inquired() */
	CHANGE_NOTE,	/* note the steps, before the first one is begun: change_noted() */
	CHANGE_SETTLE,	/* wait until `settle_ms` have passed since the death of the performer of
			 * the last step: change_settled() */
	CHANGE_READ,	/* read the values of steps that were cut short: change_read() */
	CHANGE_ASK,	/* begin a look now at what the step at hand takes away: change_asked() */
	CHANGE_STEP,	/* perform a step, which change_step() tells: change_performed() */
	CHANGE_RECEIPT, /* note that the step at hand (exec.at) is done: change_receipted() */
	CHANGE_PROVE,	/* look at what the steps have made: change_proved() */
	CHANGE_CLOSE,	/* erase the note, and store the effect of the stage: change_closed() */
	CHANGE_AWAIT,	/* give back all lanes, and wait until `awaits` is there, for `await_ms` at
			 * most: change_awaited() */
	CHANGE_RETURN,	/* store what was true before the stages that are closed: change_returned();
			 * or take back the last closed stage: change_go_back() */
	CHANGE_END,	/* nothing: `result` says how the change ended */
};

enum change_result {
	CHANGE_DONE,
	CHANGE_TOLD,	     /* a dry run: the change was planned, and not carried out */
	CHANGE_REFUSED,	     /* by the planner, or by change_planned(): `refusals` */
	CHANGE_NOT_PLANNED,  /* the planner has failed, with `error` */
	CHANGE_NOT_SEEN,     /* the world could not be looked at, for `error` */
	CHANGE_NOT_LIVE,     /* planned, and there is no performer of steps */
	CHANGE_NOT_STORED,   /* no step was begun, or there was none: the store failed with
			      * `error` */
	CHANGE_NOT_TAKEN_UP, /* the values of steps that were cut short can't be read, for `error`
			      */
	CHANGE_NOT_CLOSED,   /* the steps of a change that was cut short are done, and the commit
			      * that closes the change has failed with `error`:
			      * change_close_again() */
	CHANGE_UNWANTED,     /* nobody wanted the rest of the change */
	CHANGE_FAILED,	     /* in a step: `exec` says in which step, and what was taken back */
	CHANGE_HANDED_OVER,  /* another manager has taken over a lane: nothing was taken back, and
			      * `exec` says what stays */
};

struct reservation_set;

/* What the planner of a stage has decided. */
struct change_stage {
	const struct step_list *steps; /* owned by the planner; they outlive the stage */
	const char *object;	       /* of the steps, to be proved; NULL: nothing is proved */
	bool makes;		       /* the object has to be there after the steps */
	bool inquires;		       /* a look has to show first that nobody uses the object */
	/* What no other change may touch from now to the end of this change; NULL: nothing more
	 * than before. Owned by the planner, until the next plan. */
	const struct reservation_set *reserves;
	/* The object that comes by itself once the stage is closed, and that the next stage needs;
	 * NULL: none. The name outlives the change. */
	const char *awaits;
	unsigned int await_ms; /* the time within which `awaits` has to come */
	/* The end of the time for which the lanes are this manager's, by CLOCK_BOOTTIME; from then
	 * on the driver orders no step of the stage, forward or backward. 0: without end. */
	uint64_t not_after_ms;
};

/* The positive results of a planner: the plan is refused, for reasons that another look may remove;
 * or for reasons that no look removes. */
#define CHANGE_E_REFUSED   1
#define CHANGE_E_FORBIDDEN 2

struct change {
	enum change_task task;
	enum change_result result; /* of CHANGE_END */
	int error;		   /* a negative errno that `result` is about, or 0 */
	struct lane_set lanes;	   /* that the stage needs, as far as that is known */
	bool in_lanes;		   /* the change holds `lanes` */
	struct step_exec exec;	   /* of the stage */
	struct change_stage stage;
	unsigned int settle_ms; /* of CHANGE_SETTLE */
	const char *awaits;	/* of CHANGE_AWAIT */
	unsigned int await_ms;
	size_t stages;		      /* the number of closed stages */
	bool is_dry_run;	      /* the change is planned, and not carried out */
	bool performs;		      /* there is a performer of steps */
	bool notes;		      /* there is a store */
	bool is_fresh;		      /* the look for the plan was begun for this stage */
	bool inquired;		      /* a look has shown that nobody uses the stage's object */
	bool taken_up;		      /* the stage was cut short, and comes from the journal */
	bool begun;		      /* there may be steps to take back */
	bool noted;		      /* the journal holds the steps */
	bool retried;		      /* the step at hand was tried before */
	bool wrote;		      /* ... and may have had an effect then */
	bool unwanted;		      /* nobody wants the change any more */
	bool handed_over;	      /* another manager has taken over a lane of the stage */
	bool goes_back;		      /* the stage takes back the stage that was closed last */
	struct refusal_list refusals; /* reasons for a failure or refusal, beside the planner's */
	/* On the way back: the stage that has failed, and that the end tells of. */
	struct {
		struct step_exec exec;
		struct change_stage stage;
	} failure;
	/* Of a way back that has ended with stages that stay, for `error`: CHANGE_REFUSED by the
	 * planner, CHANGE_FAILED in the steps of `exec`, or as `result` says; otherwise
	 * CHANGE_DONE. */
	struct {
		enum change_result result;
		int error;
		struct step_exec exec;
	} stayed;
};

/**
 * change_init() - a change that is to be planned
 * @change: to be deinitialised with change_deinit()
 * @lanes: that the first stage is expected to need, copied; NULL where nothing is expected
 */
void change_init(struct change *change, const struct lane_set *lanes);

/** change_deinit() - frees what the change owns; steps and stages belong to their planner */
void change_deinit(struct change *change);

/**
 * change_waited() - the change holds `lanes`, and no other lanes
 *
 * When a plan has shown that the change needs these lanes, the change is planned once more, from a
 * look that begins now: other changes in these lanes have changed the world meanwhile.
 */
void change_waited(struct change *change);

/** change_has_look() - at CHANGE_LOOK: the planner needs no look to begin with */
void change_has_look(struct change *change);

/**
 * change_take_up() - right after change_init(): the change was cut short
 * @steps: from the journal, at least one; they outlive the change
 *
 * The change waits for the lanes of @steps, and for the end of the time in which a late order of
 * the dead performer can take effect.
 */
void change_take_up(struct change *change, const struct step_list *steps);

/**
 * change_settled() - the time is over in which a late order could take effect
 *
 * Until then a value proves nothing: a value that has not changed yet may still change.
 */
void change_settled(struct change *change);

/** change_looked() - @error: 0, or the negative errno for which there was no look */
void change_looked(struct change *change, int error);

/**
 * change_planned() - the planner has decided
 * @rc: 0; CHANGE_E_REFUSED; CHANGE_E_FORBIDDEN; a negative errno
 * @stage: copied; where @rc is 0
 *
 * A refusal is final only on a look that was begun for the change. A malformed step refuses the
 * whole plan, before the first step is begun.
 */
void change_planned(struct change *change, int rc, const struct change_stage *stage);

/** change_inquired() - @unused: a look at the object alone has shown that nobody uses the object */
void change_inquired(struct change *change, bool unused);

/**
 * change_noted() - the journal holds the steps
 * @error: 0, or the negative errno of the failed note; -E2BIG refuses the plan, whose steps are
 *	more than the journal can hold
 */
void change_noted(struct change *change, int error);

/**
 * change_read() - the present values for the steps that were cut short
 * @error: 0, or the negative errno of the failed read; PERFORMER_DEPOSED as in change_performed()
 * @values: one for each step; NULL where a value can't be read; of a step that leaves no trace `to`
 *	where the journal has a receipt, and `from` otherwise
 */
void change_read(struct change *change, int error, const char *const *values);

/**
 * change_asked() - the result of the look that was begun right before the step at hand
 * @error: 0, or the negative errno for which there was no look
 * @world: where @error is 0; handed to the step's kind
 *
 * An object that is used stays, and so does an object that can't be looked at: the step fails with
 * -EBUSY or @error, and is not performed.
 *
 * Return: as change_performed()
 */
bool change_asked(struct change *change, int error, const struct world *world);

/**
 * change_step() - at CHANGE_STEP: the step to be performed
 *
 * Two calls without an answer in between give the same step.
 */
struct step change_step(struct change *change);

/**
 * change_performed() - the result of the step
 * @error: 0 when the step was performed and proved, or the negative errno
 * @wrote: whether the step may have had an effect
 * @died: the performer of the step has died, and nobody knows how far the step got
 *
 * With PERFORMER_DEPOSED (change/performer.h) the change ends as handed over: the note is erased,
 * and no step is taken back.
 *
 * Return: true when this was the change's first failure: the driver may explain the failure
 *	(change->refusals), or look for what is in the way.
 */
bool change_performed(struct change *change, int error, bool wrote, bool died);

/**
 * change_receipted() - the journal has the receipt of a step that leaves no trace
 * @error: 0, or the negative errno of the failed commit: then the step counts as failed. After a
 *	crash the step would be done once more, and might destroy what others have put there since
 */
void change_receipted(struct change *change, int error);

/** change_proved() - @seen: the object was there */
void change_proved(struct change *change, bool seen);

/**
 * change_closed() - the commit is through
 * @error: 0, or the negative errno for which nothing was stored
 * @next: the lanes that a further stage is expected to need, copied; NULL: there is none
 *
 * When the change holds exactly the lanes of @next, the next stage begins at once, and no other
 * change comes in between; otherwise the next stage waits.
 */
void change_closed(struct change *change, int error, const struct lane_set *next);

/**
 * change_close_again() - at the end with CHANGE_NOT_CLOSED: the commit is to be tried once more
 *
 * Until then the change keeps its lanes, and its note says what the next start is to finish.
 */
void change_close_again(struct change *change);

/** change_awaited() - @error: 0 when `awaits` has come, otherwise a negative errno */
void change_awaited(struct change *change, int error);

/**
 * change_returned() - no stage is to be taken back; the driver has stored again what was true
 *	before, or has failed to, which makes no difference to the machine
 */
void change_returned(struct change *change);

/**
 * change_go_back() - at CHANGE_RETURN: the stage that was closed last is taken back by a plan
 * @lanes: that the plan is expected to need, copied
 *
 * The planner is asked for that plan next, as for any stage; the steps of the failed stage outlive
 * the plan. When the plan is carried out, `stages` is one less, and the stage before is next. A
 * client can't leave a way back. Any failure ends the way back: `stages` says how many stages have
 * stayed and `stayed` why; result, exec and stage are those of the first failure.
 */
void change_go_back(struct change *change, const struct lane_set *lanes);

/** change_not_stored() - at any task before the first step: the store can't be used */
void change_not_stored(struct change *change, int error);

/**
 * change_leave() - nobody wants the change any more
 *
 * A change that was not begun ends at once. A change that was begun is taken back from the next
 * answer on, where there is a way back. A recovery has no client who could leave.
 */
void change_leave(struct change *change);

/** change_may_turn_back() - can the steps so far be taken back, and the rest be given up? */
bool change_may_turn_back(const struct change *change);

/** change_is_settled() - is the effect of the stage to be stored when the stage is closed? */
bool change_is_settled(const struct change *change);

/** change_keeps() - is the object of the change gone, and does its claim keep the wish? */
bool change_keeps(const struct change *change);

/** change_may_give_up() - is the step at hand one that may be given up, with a way back? */
bool change_may_give_up(const struct change *change);

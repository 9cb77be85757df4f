/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One change, from the request to its end: a machine without I/O and without a clock. The machine
 * names its next task, is told what came of the task, and names the next one. Its driver performs
 * the tasks: daemon/engine/ on the daemon's loop, test/sim/ with a model of the kernel. What the
 * change is about, and what is planned for it, is the planner's business.
 *
 * A change is carried out in stages. A stage is planned from a look, noted, carried out step by
 * step, proved by another look, and closed: the note is forgotten in the same commit in which
 * becomes true what the stage was for. A further stage is planned from a look that was begun after
 * the one before it was closed, and after what that one has to bring by itself has come (a memdev
 * behind a switch). A failure takes back the steps of its own stage only. What the stages before it
 * have made true is returned by a commit of its own, or taken back by a plan of its own, from a new
 * look, and refused like any other: what is refused stays, and ends the way back.
 *
 * What a stage writes to is its lanes (change/lanes.h). The stage waits for the lanes that its
 * subject expects before it looks, and for those that its steps turn out to need before it begins.
 *
 *	WAIT -> LOOK -> PLAN [-> INQUIRE -> PLAN] -> NOTE -> STEP... -> PROVE -> CLOSE -> END
 *	                                                           (next stage: [AWAIT ->] WAIT)
 *	steps in lanes that were not expected: PLAN -> WAIT -> LOOK -> PLAN
 *	a step that withdraws something from whoever uses it: ASK -> STEP
 *	a step that leaves no trace: STEP -> RECEIPT
 *	a change that was cut short: WAIT [-> SETTLE] -> READ -> STEP... -> CLOSE -> END
 *	a step whose performer has died, and may have sent an order: STEP -> SETTLE -> STEP...
 *	a later stage that fails: ... -> RETURN -> END
 *	... and is to be taken back: RETURN -> WAIT -> LOOK -> PLAN ... CLOSE -> (RETURN or END)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "change/lanes.h"
#include "change/step-exec.h"
#include "util/refusal.h"

enum change_task {
	CHANGE_WAIT,	/* take all of `lanes` at once, and give back what else is held:
			 * change_waited() */
	CHANGE_LOOK,	/* look at the world (is_fresh: begin the look now): change_looked() */
	CHANGE_PLAN,	/* plan the stage: change_planned() */
	CHANGE_INQUIRE, /* look at what the plan takes away, alone: change_inquired() */
	CHANGE_NOTE,	/* note the steps, before the first one is begun: change_noted() */
	CHANGE_SETTLE,	/* wait until `settle_ms` have passed since whoever performed the last step
			 * has died: change_settled() */
	CHANGE_READ,	/* read the values of steps that were cut short: change_read() */
	CHANGE_ASK,	/* look, begun now, at what the step at hand takes away: change_asked() */
	CHANGE_STEP,	/* perform a step, which change_step() tells: change_performed() */
	CHANGE_RECEIPT, /* note that the step at hand (exec.at) is done: change_receipted() */
	CHANGE_PROVE,	/* look at what the steps have made: change_proved() */
	CHANGE_CLOSE,	/* forget the note, and store what has become true: change_closed() */
	CHANGE_AWAIT,	/* give back all lanes, and wait until `awaits` is there, for `await_ms` at
			 * most: change_awaited() */
	CHANGE_RETURN,	/* store what was true before the stages that are closed: change_returned();
			 * or take back the last one of them: change_go_back() */
	CHANGE_END,	/* nothing: `result` says how it ended */
};

enum change_result {
	CHANGE_DONE,
	CHANGE_TOLD,	     /* a dry run: planned, and nothing else */
	CHANGE_REFUSED,	     /* by the planner, or by change_planned(): `refusals` */
	CHANGE_NOT_PLANNED,  /* the planner has failed, with `error` */
	CHANGE_NOT_SEEN,     /* the world could not be looked at, for `error` */
	CHANGE_NOT_LIVE,     /* planned, and nobody is there to perform steps */
	CHANGE_NOT_STORED,   /* nothing was begun, or nothing was to be: the store failed with
			      * `error` */
	CHANGE_NOT_TAKEN_UP, /* what was cut short can't be read, for `error` */
	CHANGE_UNWANTED,     /* nobody wanted the rest of it */
	CHANGE_FAILED,	     /* in a step: `exec` says in which one, and what was taken back */
};

struct reservation_set;

/* What the planner of a stage has decided. */
struct change_stage {
	const struct step_list *steps; /* the planner's; they outlive the stage */
	const char *object;	       /* what the steps are about, to be proved; NULL: nothing */
	bool makes;		       /* the object has to be there afterwards */
	bool inquires;		       /* first, nobody may be using the object */
	/* What nobody else may have to do with from now to the end of the change; NULL: nothing
	 * more than before. The planner's, until the next plan. */
	const struct reservation_set *reserves;
	/* What comes by itself once the stage is closed, and the next one needs; NULL: nothing. It
	 * outlives the change. */
	const char *awaits;
	unsigned int await_ms; /* ... within this time */
};

/* The positive outcomes of a planner: there are reasons against it, that another look may remove;
 * or that no look removes. */
#define CHANGE_E_REFUSED   1
#define CHANGE_E_FORBIDDEN 2

struct change {
	enum change_task task;
	enum change_result result; /* of CHANGE_END */
	int error;		   /* a negative errno that `result` is about, or 0 */
	struct lane_set lanes;	   /* that the stage is carried out in, once it has waited */
	bool in_lanes;		   /* ... and it holds them */
	struct step_exec exec;	   /* of the stage */
	struct change_stage stage;
	unsigned int settle_ms; /* of CHANGE_SETTLE */
	const char *awaits;	/* of CHANGE_AWAIT */
	unsigned int await_ms;
	size_t stages;		      /* that are closed */
	bool is_dry_run;	      /* planned, and no more */
	bool performs;		      /* there is somebody who performs steps */
	bool notes;		      /* there is a store */
	bool is_fresh;		      /* the look that the stage is planned from was begun for it */
	bool inquired;		      /* nobody uses what the plan takes away */
	bool taken_up;		      /* the stage was cut short, and comes from the journal */
	bool begun;		      /* there may be something to take back */
	bool noted;		      /* the journal holds the steps */
	bool retried;		      /* the step at hand was tried before */
	bool wrote;		      /* ... and may have had an effect then */
	bool unwanted;		      /* whoever wanted the change has left */
	bool goes_back;		      /* the stage takes back the last one of those closed */
	struct refusal_list refusals; /* why it failed or was refused, beside the planner's */
	/* On the way back: the stage that has failed, which is told about at the end. */
	struct {
		struct step_exec exec;
		struct change_stage stage;
	} failure;
};

/**
 * change_init() - a change that is to be planned
 * @change: to be deinitialised with change_deinit()
 * @lanes: that the first stage is expected to need, copied; NULL where nothing is expected
 */
void change_init(struct change *change, const struct lane_set *lanes);

/** change_deinit() - steps and stages are their owners' */
void change_deinit(struct change *change);

/**
 * change_waited() - the change holds `lanes`, and no others
 *
 * Where a plan has shown that these are needed, the plan is made once more, of a look that begins
 * now: whoever held them has changed the world meanwhile.
 */
void change_waited(struct change *change);

/** change_has_look() - at CHANGE_LOOK: the planner needs no look to begin with */
void change_has_look(struct change *change);

/**
 * change_take_up() - right after change_init(): the change was cut short
 * @steps: from the journal, at least one; they outlive the change
 *
 * The change waits for their lanes, and until no order can come any more that was sent for it.
 */
void change_take_up(struct change *change, const struct step_list *steps);

/**
 * change_settled() - the time is over in which an order could come that was sent
 *
 * Until then a value proves nothing: what is found as it was may become another one.
 */
void change_settled(struct change *change);

/** change_looked() - @error: 0, or the negative errno for which there was no look */
void change_looked(struct change *change, int error);

/**
 * change_planned() - the planner has decided
 * @rc: 0; CHANGE_E_REFUSED; CHANGE_E_FORBIDDEN; a negative errno
 * @stage: copied; where @rc is 0
 *
 * A refusal is final on a look only that was begun for the change. A malformed step refuses the
 * whole plan, before anything is begun.
 */
void change_planned(struct change *change, int rc, const struct change_stage *stage);

/** change_inquired() - @unused: a look at the object alone has shown that nobody uses the object */
void change_inquired(struct change *change, bool unused);

/**
 * change_noted() - the journal holds the steps
 * @error: 0, or the negative errno for which it does not; -E2BIG refuses the plan, whose steps are
 *	more than the journal can hold
 */
void change_noted(struct change *change, int error);

/**
 * change_read() - what the steps that were cut short are about has these values now
 * @error: 0, or the negative errno for which nothing is known
 * @values: one for each step; NULL where a value can't be read; of a step that leaves no trace `to`
 *	where the journal has a receipt, and `from` otherwise
 */
void change_read(struct change *change, int error, const char *const *values);

/**
 * change_asked() - what the look has shown that was begun right before the step at hand
 * @error: 0, or the negative errno for which there was no look
 * @world: where @error is 0; handed to the step's kind
 *
 * What is used stays, and so does what can't be looked at: the step fails with -EBUSY or @error,
 * and is not performed.
 *
 * Return: as change_performed()
 */
bool change_asked(struct change *change, int error, const struct world *world);

/**
 * change_step() - at CHANGE_STEP: the step to be performed
 *
 * Asking twice without an answer in between gives the same step.
 */
struct step change_step(struct change *change);

/**
 * change_performed() - what came of the step
 * @error: 0 when it was performed and proved, or the negative errno
 * @wrote: whether it may have had an effect
 * @died: who performed the step has died, and nobody knows how far it got
 *
 * Return: true when this was the change's first failure: somebody may want to explain it
 *	(change->refusals) or to look for what is in the way.
 */
bool change_performed(struct change *change, int error, bool wrote, bool died);

/**
 * change_receipted() - the journal holds that the step was done, which nobody can see
 * @error: 0, or the negative errno for which it does not: then the step counts as failed, since
 *	after a crash it would be done once more, to what has come to be there since
 */
void change_receipted(struct change *change, int error);

/** change_proved() - @seen: the object was there */
void change_proved(struct change *change, bool seen);

/**
 * change_closed() - the commit is through
 * @error: 0, or the negative errno for which nothing was stored
 * @next: the lanes that a further stage is expected to need, copied; NULL: there is none
 *
 * The next stage waits where these are not all that the change holds, and begins at once where
 * they are: nobody comes in between.
 */
void change_closed(struct change *change, int error, const struct lane_set *next);

/** change_awaited() - @error: 0 when it has come, or the negative errno for which it has not */
void change_awaited(struct change *change, int error);

/**
 * change_returned() - nothing is to be taken back; what was true before is stored again, or is not,
 *	which changes nothing here
 */
void change_returned(struct change *change);

/**
 * change_go_back() - at CHANGE_RETURN: the stage that was closed last is taken back by a plan
 * @lanes: that the plan is expected to need, copied
 *
 * The planner is asked for that plan next, as for any stage; the steps of the stage that has failed
 * outlive it. When it is carried out, `stages` is one less, and the one before it is next. A way
 * back has nobody who could leave it. Whatever it fails of ends it: `stages` says how many have
 * stayed, and result, exec and stage are those of the failure.
 */
void change_go_back(struct change *change, const struct lane_set *lanes);

/** change_not_stored() - at any task before the first step: the store can't be used */
void change_not_stored(struct change *change, int error);

/**
 * change_leave() - nobody wants it any more
 *
 * A change that was not begun ends at once. One that was begun is taken back from the next answer
 * on, where there is a way back. What was cut short has nobody who could leave it.
 */
void change_leave(struct change *change);

/** change_may_turn_back() - can what was done be taken back as it is now, and the rest be given up?
 */
bool change_may_turn_back(const struct change *change);

/** change_is_settled() - whether what the stage was for is to be stored when it is closed */
bool change_is_settled(const struct change *change);

/** change_keeps() - whether what the change was about is gone, and who had it keeps the wish */
bool change_keeps(const struct change *change);

/** change_may_give_up() - is the step at hand one that may be given up, with a way back? */
bool change_may_give_up(const struct change *change);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers to the machine of a change, each to the expected task: the tests look at nothing, store
 * nothing and perform nothing.
 *
 * A thing has two parts, a and b. A change makes the thing by putting both parts in. A change takes
 * the thing down by taking out a and then deleting the thing, from which there is no way back.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "change/change.h"

#define LIST(steps)                                                                                \
	{                                                                                          \
		.list = {(struct step *)(steps), sizeof(steps) / sizeof(*(steps)) }                \
	}

/* The result of a look at lights: does somebody use the lights? */
struct world {
	bool is_used;
};

/* A part is taken out again; the whole frees a place that another thing may have next. */
extern const struct step_kind part, whole;

/* Erasing leaves no trace. */
extern const struct step_kind erased;

extern const struct step_list making_steps, removing_steps;

extern const struct change_stage making;
extern const struct change_stage
	altering; /* the object of the stage is looked at, and need not be there */
extern const struct change_stage unlooked; /* nothing is to be proved */
extern const struct change_stage removing;
extern const struct change_stage erasing;    /* as removing, where nobody uses the thing */
extern const struct change_stage forgetting; /* without steps */
extern const struct change_stage malformed;
extern const struct change_stage lighting; /* a, b and c, which others may use */
extern const struct change_stage
	wiping; /* a goes out, the data of a are erased, and a goes in again */
extern const struct change_stage darkening; /* the lights a and b go off */

/** new_change() - a change with a store and a performer */
struct change new_change(void);

/** taken_up() - a change that was cut short, at CHANGE_READ */
struct change taken_up(const struct step_list *steps);

/** in_second_stage() - the old thing is gone, and that is stored; a new thing is to be made */
struct change in_second_stage(void);

/* The answers. */
void look(struct change *change);
void plan(struct change *change, const struct change_stage *stage);
void refuse(struct change *change, int rc);
void note(struct change *change, int error);
void prove(struct change *change, bool seen);
void close_stage(struct change *change, int error, bool goes_on);
void expect_return(struct change *change);

/** expect_step() - the step at hand takes @object to a value; no answer is given */
void expect_step(struct change *change, const char *object, const char *to);

/** ask() - the look before the step at hand has shown this: as change_asked() */
bool ask(struct change *change, const char *object, int error, bool is_used);

/** perform() - the step was performed, or had no effect for @error: as change_performed() */
bool perform(struct change *change, const char *object, const char *to, int error);

/** lose() - the performer of the step has died: as change_performed() */
bool lose(struct change *change, const char *object, const char *to);

/** begin() - from the look to the first step */
void begin(struct change *change, const struct change_stage *stage);

/** make_until_proof() - all tasks of `making` before the proof */
void make_until_proof(struct change *change);

/** make_until_closing() - all tasks of `making` before the commit */
void make_until_closing(struct change *change);

/** expect_taking_back() - both parts go out again */
void expect_taking_back(struct change *change);

/** assert_ended() - the end, and deinitialises the change */
void assert_ended(struct change *change, enum change_result result, int error);

/** assert_failed() - asserts that the change has ended in a step, and deinitialises the change */
void assert_failed(struct change *change, enum step_exec_outcome outcome, int error);

/** assert_told() - asserts that there is one refusal, of this code */
void assert_told(const struct change *change, const char *code);

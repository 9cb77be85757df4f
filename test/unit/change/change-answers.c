// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers to the machine of a change, and the stages that the tests of the machine plan.
 */
#include "test/unit/change/change-answers.h"

#include <errno.h>
#include <string.h>

/* ---- steps, and stages of steps ---- */

static const char *const nothings[] = { "none", NULL };

static bool is_well_formed(const struct step *step)
{
	return *step->object != '\0';
}

const struct step_kind part = {
	.name = "part",
	.label = "part",
	.nothings = nothings,
	.traits = STEP_REVERSIBLE,
	.is_well_formed = is_well_formed,
};
const struct step_kind whole = {
	.name = "whole",
	.label = "whole",
	.nothings = nothings,
	.traits = STEP_REVERSIBLE | STEP_OWNER | STEP_FREES,
	.is_well_formed = is_well_formed,
};

static bool is_unused(const struct world *world, const struct step *step)
{
	(void)step;
	return !world->is_used;
}

static const struct step_kind light = {
	.name = "light",
	.label = "light",
	.nothings = nothings,
	.traits = STEP_REVERSIBLE,
	.is_well_formed = is_well_formed,
	.is_unused = is_unused,
};

const struct step_kind erased = {
	.name = "erased",
	.label = "data",
	.nothings = nothings,
	.traits = STEP_NO_TRACE,
	.is_well_formed = is_well_formed,
};

static const struct step putting_in[] = {
	{ &part, "a", "", "none", "some" },
	{ &part, "b", "", "none", "some" },
};
static const struct step taking_down[] = {
	{ &part, "a", "", "some", "none" },
	{ &whole, "thing", "", "some", "none" },
};
static const struct step switching_on[] = {
	{ &light, "a", "", "none", "some" },
	{ &light, "b", "", "none", "some" },
	{ &light, "c", "", "none", "some" },
};
static const struct step switching_off[] = {
	{ &light, "a", "", "some", "none" },
	{ &light, "b", "", "some", "none" },
};
static const struct step taking_out_to_erase[] = {
	{ &part, "a", "", "some", "none" },
	{ &erased, "data", "", "some", "none" },
	{ &part, "a", "", "none", "some" },
};
static const struct step nameless[] = {
	{ &part, "a", "", "none", "some" },
	{ &part, "", "", "none", "some" },
};
const struct step_list making_steps = LIST(putting_in);
const struct step_list removing_steps = LIST(taking_down);
static const struct step_list lighting_steps = LIST(switching_on);
static const struct step_list darkening_steps = LIST(switching_off);
static const struct step_list wiping_steps = LIST(taking_out_to_erase);
static const struct step_list malformed_steps = LIST(nameless);
static const struct step_list no_steps = { 0 };

const struct change_stage making = { &making_steps, "thing", .makes = true };
/* The object that the stage leaves is looked at, and need not be there. */
const struct change_stage altering = { &making_steps, "thing", .makes = false };
const struct change_stage unlooked = { &making_steps, NULL, .makes = false };
const struct change_stage removing = { &removing_steps, NULL, .makes = false };
const struct change_stage forgetting = { &no_steps, NULL, .makes = false };
const struct change_stage malformed = { &malformed_steps, "thing", .makes = true };
const struct change_stage lighting = { &lighting_steps, NULL, .makes = false };
const struct change_stage darkening = { &darkening_steps, NULL, .makes = false };
const struct change_stage wiping = { &wiping_steps, NULL, .makes = false };
const struct change_stage erasing = { &removing_steps, NULL, .inquires = true };

/* ---- answers: each to the task that is expected ---- */

struct change new_change(void)
{
	struct change change;

	change_init(&change, NULL);
	change_waited(&change);
	change.performs = change.notes = true;
	return change;
}

void look(struct change *change)
{
	assert_int_equal(change->task, CHANGE_LOOK);
	change_looked(change, 0);
}

void plan(struct change *change, const struct change_stage *stage)
{
	assert_int_equal(change->task, CHANGE_PLAN);
	change_planned(change, 0, stage);
}

void refuse(struct change *change, int rc)
{
	assert_int_equal(change->task, CHANGE_PLAN);
	change_planned(change, rc, NULL);
}

void note(struct change *change, int error)
{
	assert_int_equal(change->task, CHANGE_NOTE);
	change_noted(change, error);
}

void expect_step(struct change *change, const char *object, const char *to)
{
	struct step step;

	assert_int_equal(change->task, CHANGE_STEP);
	step = change_step(change);
	assert_string_equal(step.object, object);
	assert_string_equal(step.to, to);
}

bool ask(struct change *change, const char *object, int error, bool is_used)
{
	const struct world world = { .is_used = is_used };
	const struct step step = step_exec_at_hand(&change->exec);

	assert_int_equal(change->task, CHANGE_ASK);
	assert_string_equal(step.object, object);
	assert_string_equal(step.to, "none");
	return change_asked(change, error, error ? NULL : &world);
}

bool perform(struct change *change, const char *object, const char *to, int error)
{
	expect_step(change, object, to);
	return change_performed(change, error, error == 0, false);
}

bool lose(struct change *change, const char *object, const char *to)
{
	expect_step(change, object, to);
	return change_performed(change, -EPIPE, false, true);
}

void prove(struct change *change, bool seen)
{
	assert_int_equal(change->task, CHANGE_PROVE);
	change_proved(change, seen);
}

void close_stage(struct change *change, int error, bool goes_on)
{
	assert_int_equal(change->task, CHANGE_CLOSE);
	change_closed(change, error, goes_on ? &change->lanes : NULL);
}

void assert_ended(struct change *change, enum change_result result, int error)
{
	assert_int_equal(change->task, CHANGE_END);
	assert_int_equal(change->result, result);
	assert_int_equal(change->error, error);
	change_deinit(change);
}

void assert_failed(struct change *change, enum step_exec_outcome outcome, int error)
{
	assert_int_equal(step_exec_outcome(&change->exec), outcome);
	assert_int_equal(change->exec.error, error);
	assert_ended(change, CHANGE_FAILED, 0);
}

void assert_told(const struct change *change, const char *code)
{
	assert_int_equal(change->refusals.list.count, 1);
	assert_string_equal(change->refusals.list.items[0].code, code);
}

/* ---- from one task to a later one ---- */

void begin(struct change *change, const struct change_stage *stage)
{
	look(change);
	plan(change, stage);
	note(change, 0);
}

void make_until_proof(struct change *change)
{
	begin(change, &making);
	(void)perform(change, "a", "some", 0);
	(void)perform(change, "b", "some", 0);
	assert_int_equal(change->task, CHANGE_PROVE);
}

void make_until_closing(struct change *change)
{
	make_until_proof(change);
	prove(change, true);
	assert_int_equal(change->task, CHANGE_CLOSE);
}

/* All is there no more, from where all was put in. */
void expect_taking_back(struct change *change)
{
	(void)perform(change, "b", "none", 0);
	(void)perform(change, "a", "none", 0);
}

/* The old thing is gone, and that is stored; a new one is to be made. */
struct change in_second_stage(void)
{
	struct change change = new_change();

	begin(&change, &removing);
	(void)perform(&change, "a", "none", 0);
	(void)perform(&change, "thing", "none", 0);
	close_stage(&change, 0, true);
	assert_int_equal(change.task, CHANGE_LOOK);
	return change;
}

void expect_return(struct change *change)
{
	assert_int_equal(change->task, CHANGE_RETURN);
	change_returned(change);
}

struct change taken_up(const struct step_list *steps)
{
	struct change change;

	change_init(&change, NULL);
	change_take_up(&change, steps);
	change_waited(&change);
	change.notes = true;
	assert_int_equal(change.task, CHANGE_READ);
	assert_true(change.begun && change.noted);
	return change;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of steps that change/ has never heard of: lamps on a board. The executor and the rule of
 * how a step is performed take the kinds by what the kinds say of themselves.
 *
 * A board is made and deleted, and its number may be another's next. It has a fuse, without which
 * it is dark, and lamps, which come on by themselves when the fuse goes in and the switch of the
 * house says so. A lamp that is on must not lose its fuse: the fuse burns. A battery stays when its
 * board goes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "change/step-exec.h"
#include "change/step-list.h"
#include "change/step-perform.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/refusal.h"

#define LAMPS 3

/* ---- the kinds ---- */

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool is_well_formed(const struct step *step)
{
	static const char *const words[] = { "", "0", "1", "on", "off", NULL };

	return is_word(step->from, words) && is_word(step->to, words) && *step->object;
}

static bool from_any(const struct step *step, const char *value)
{
	(void)value;
	return strcmp(step->to, "off") == 0;
}

static const char *const nothing[] = { "", NULL };
static const char *const zero[] = { "0", NULL };
static const char *const off[] = { "off", NULL };
static const char *const never[] = { NULL };

static const struct step_kind board = {
	.name = "board",
	.label = "board",
	.nothings = nothing,
	.traits = STEP_REVERSIBLE | STEP_OWNER | STEP_IDENTITY | STEP_TAKES | STEP_FREES,
	.is_well_formed = is_well_formed,
};
static const struct step_kind battery = {
	.name = "battery",
	.label = "battery",
	.nothings = zero,
	.traits = STEP_REVERSIBLE | STEP_TAKES | STEP_STAYS,
	.is_well_formed = is_well_formed,
};
static const struct step_kind fuse = {
	.name = "fuse",
	.label = "fuse",
	.nothings = zero,
	.traits = STEP_REVERSIBLE | STEP_FOUNDATION,
	.is_well_formed = is_well_formed,
};
static const struct step_kind house = {
	.name = "house",
	.label = "switch",
	.nothings = never,
	.traits = STEP_REVERSIBLE | STEP_BORROWED,
	.is_well_formed = is_well_formed,
};
static const struct step_kind lamp = {
	.name = "lamp",
	.label = "lamp",
	.nothings = off,
	.traits = STEP_REVERSIBLE | STEP_FOLLOWS,
	.run_prefix = "lamp",
	.is_well_formed = is_well_formed,
};
static const struct step_kind dark = {
	.name = "dark",
	.label = "all lamps",
	.nothings = off,
	.traits = STEP_REVERSIBLE | STEP_GUARD,
	.is_well_formed = is_well_formed,
	.starts_from = from_any,
};
static const struct step_kind *const kinds[] = { &board, &battery, &fuse, &house, &lamp, &dark };
static const struct step_registry lamps = { kinds, ARRAY_SIZE(kinds) };

/* ---- the board ---- */

struct world {
	bool is_made, has_battery, has_fuse, house_on, burned;
	bool lit[LAMPS];
	unsigned int writes, fail_at;
	bool fail_after;
};

static bool *lamp_of(struct world *world, const struct step *step)
{
	return &world->lit[step->object[strlen("lamp")] - '0'];
}

static bool any_lit(const struct world *world)
{
	for (size_t i = 0; i < LAMPS; i++)
		if (world->lit[i])
			return true;
	return false;
}

static int lamps_read(void *context, const struct step *step, char value[static STEP_VALUE_MAX])
{
	struct world *world = context;
	const char *text = "";

	if (step->kind == &board)
		text = world->is_made ? "1" : "";
	else if (step->kind == &battery)
		text = world->has_battery ? "1" : "0";
	else if (step->kind == &fuse)
		text = world->has_fuse ? "1" : "0";
	else if (step->kind == &house)
		text = world->house_on ? "on" : "off";
	else if (step->kind == &lamp)
		text = *lamp_of(world, step) ? "on" : "off";
	else if (step->kind == &dark)
		text = any_lit(world) ? "on" : "off";
	(void)strcpy(value, text);
	return 0;
}

static void take_effect(struct world *world, const struct step *step)
{
	const bool to = strcmp(step->to, "1") == 0 || strcmp(step->to, "on") == 0;

	if (step->kind == &board) {
		world->is_made = to;
	} else if (step->kind == &battery) {
		world->has_battery = to;
	} else if (step->kind == &fuse) {
		world->burned = world->burned || (!to && any_lit(world));
		world->has_fuse = to;
		for (size_t i = 0; i < LAMPS; i++)
			world->lit[i] = to && world->house_on;
	} else if (step->kind == &house) {
		world->house_on = to;
	} else if (step->kind == &lamp) {
		*lamp_of(world, step) = to;
	} else {
		for (size_t i = 0; i < LAMPS; i++)
			world->lit[i] = to;
	}
}

static int lamps_write(void *context, const struct step *step, uint64_t deadline_ms)
{
	struct world *world = context;
	const bool fails = ++world->writes == world->fail_at;

	(void)deadline_ms;
	if (!fails || world->fail_after)
		take_effect(world, step);
	return fails ? -EIO : 0;
}

static const struct step_ops ops = { .read = lamps_read, .write = lamps_write };

/* ---- two changes ---- */

static struct step make[] = {
	{ &board, "board7", "", "", "1" },	   { &battery, "slot0", "", "0", "1" },
	{ &house, "house", "", "on", "off" },	   { &fuse, "board7/fuse", "", "0", "1" },
	{ &dark, "board7", "", "off", "off" },	   { &house, "house", "", "off", "on" },
	{ &lamp, "lamp0", "board7", "off", "on" }, { &lamp, "lamp1", "board7", "off", "on" },
	{ &lamp, "lamp2", "board7", "off", "on" },
};
static struct step take_down[] = {
	{ &lamp, "lamp2", "board7", "on", "off" }, { &lamp, "lamp1", "board7", "on", "off" },
	{ &lamp, "lamp0", "board7", "on", "off" }, { &house, "house", "", "on", "off" },
	{ &fuse, "board7/fuse", "", "1", "0" },	   { &house, "house", "", "off", "on" },
	{ &board, "board7", "", "1", "" },	   { &battery, "slot0", "", "1", "0" },
};

static const struct world empty = { .house_on = true };
static const struct world made = { .house_on = true,
				   .is_made = true,
				   .has_battery = true,
				   .has_fuse = true,
				   .lit = { true, true, true } };

static struct step_list list_of(struct step *steps, size_t count)
{
	struct step_list list = { 0 };

	list.list.items = steps;
	list.list.count = count;
	return list;
}

/* Performs what is left to do; 0 or the index of the step at which @cancelled_at stops it. */
static enum step_exec_outcome go_on(struct step_exec *exec, struct world *world)
{
	struct step_result result;
	struct step step;

	for (int i = 0; i < 100 && step_exec_next(exec, &step); i++) {
		assert_int_equal(step_check(&step), 0);
		(void)step_perform(&ops, world, &step, 0, &result);
		assert_int_equal(step_exec_result(exec, result.error, result.wrote), 0);
	}
	return step_exec_outcome(exec);
}

static void assert_same(const struct world *world, const struct world *expected, unsigned int n)
{
	if (world->is_made != expected->is_made || world->has_battery != expected->has_battery ||
	    world->has_fuse != expected->has_fuse || world->house_on != expected->house_on ||
	    memcmp(world->lit, expected->lit, sizeof(world->lit)) != 0)
		fail_msg("write %u: the board is not as it should be", n);
	assert_false(world->burned);
}

static void a_board_is_made_and_taken_down(void **state)
{
	struct step_list making = list_of(make, ARRAY_SIZE(make));
	struct step_list taking = list_of(take_down, ARRAY_SIZE(take_down));
	struct world world = empty;
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &making);
	/* A guard is no part of the way forward. */
	assert_int_equal(step_exec_count(&exec), ARRAY_SIZE(make) - 1);
	assert_int_equal(go_on(&exec, &world), STEP_EXEC_DONE);
	assert_same(&world, &made, 0);
	step_exec_deinit(&exec);
	step_exec_init(&exec, &taking);
	assert_int_equal(go_on(&exec, &world), STEP_EXEC_DONE);
	assert_same(&world, &empty, 0);
	step_exec_deinit(&exec);
}

/* Whatever fails: a board is there as before, or not at all, and no fuse burns. */
static void every_failure_ends_well(void **state)
{
	struct step_list lists[] = { list_of(make, ARRAY_SIZE(make)),
				     list_of(take_down, ARRAY_SIZE(take_down)) };

	(void)state;
	for (unsigned int n = 1; n <= 2 * 2 * 8; n++) {
		struct step_list *list = &lists[n % 2];
		const struct world *before = n % 2 ? &made : &empty;
		struct world world = *before;
		enum step_exec_outcome outcome;
		struct step_exec exec;

		world.fail_at = n / 4 + 1;
		world.fail_after = n / 2 % 2;
		step_exec_init(&exec, list);
		outcome = go_on(&exec, &world);
		if (outcome == STEP_EXEC_UNDONE)
			assert_same(&world, before, n);
		else
			assert_true(outcome == STEP_EXEC_DONE || outcome == STEP_EXEC_INCOMPLETE);
		/* Behind the deletion there is no way back, before the deletion nothing but that.
		 */
		if (outcome == STEP_EXEC_INCOMPLETE)
			assert_true(exec.failed_at > 6 && !world.is_made);
		step_exec_deinit(&exec);
	}
}

/* The switch of the house is turned by others: the lamps are on before anybody asked for light. */
static void what_came_by_itself_is_guarded(void **state)
{
	struct step_list making = list_of(make, ARRAY_SIZE(make));
	struct world world = empty;
	struct step_exec exec;
	struct step step;

	(void)state;
	step_exec_init(&exec, &making);
	for (int i = 0; i < 4; i++) {
		struct step_result result;

		assert_true(step_exec_next(&exec, &step));
		/* Right before the fuse. */
		if (step.kind == &fuse)
			world.house_on = true;
		(void)step_perform(&ops, &world, &step, 0, &result);
		assert_int_equal(step_exec_result(&exec, result.error, result.wrote), 0);
	}
	assert_true(any_lit(&world));
	step_exec_cancel(&exec);
	assert_int_equal(go_on(&exec, &world), STEP_EXEC_UNDONE);
	assert_same(&world, &empty, 0);
	step_exec_deinit(&exec);
}

static void what_only_one_can_have_was_somebody_elses(void **state)
{
	struct step_list making = list_of(make, ARRAY_SIZE(make));
	struct world world = empty, before;
	struct step_exec exec;

	(void)state;
	world.has_battery = true;
	before = world;
	step_exec_init(&exec, &making);
	assert_int_equal(go_on(&exec, &world), STEP_EXEC_UNDONE);
	assert_int_equal(exec.error, -ESTALE);
	assert_ptr_equal(making.list.items[exec.failed_at].kind, &battery);
	assert_same(&world, &before, 0);
	step_exec_deinit(&exec);
}

/* Cut short after each step, without a word of how far it came. */
static void what_was_cut_short_is_taken_up(void **state)
{
	struct step_list lists[] = { list_of(make, ARRAY_SIZE(make)),
				     list_of(take_down, ARRAY_SIZE(take_down)) };

	(void)state;
	for (size_t n = 0; n < 2 * ARRAY_SIZE(make); n++) {
		struct step_list *list = &lists[n % 2];
		char texts[ARRAY_SIZE(make)][STEP_VALUE_MAX];
		const char *values[ARRAY_SIZE(make)];
		struct world world = n % 2 ? made : empty;
		struct step_result result;
		struct step_exec exec;

		for (size_t i = 0; i < n / 2 && i < list->list.count; i++)
			if (!step_has(&list->list.items[i], STEP_GUARD))
				(void)step_perform(&ops, &world, &list->list.items[i], 0, &result);
		for (size_t i = 0; i < list->list.count; i++) {
			(void)lamps_read(&world, &list->list.items[i], texts[i]);
			values[i] = texts[i];
		}
		assert_int_equal(step_exec_take_up(&exec, list, values), 0);
		(void)go_on(&exec, &world);
		if (n % 2 && !world.is_made)
			assert_same(&world, &empty, (unsigned int)n);
		else
			assert_same(&world, n % 2 ? &made : &empty, (unsigned int)n);
		step_exec_deinit(&exec);
	}
}

/* All is done, and can't be kept: what failed is a step of the way forward, in every way of turning
 * back.
 */
static void a_guard_at_the_end_is_nobodys_failure(void **state)
{
	struct step_list making = list_of(make, 5);
	const char *const values[] = { "1", "1", "off", "1", "off" };
	struct world world = empty;
	struct step_exec exec;

	(void)state;
	assert_true(step_has(&make[4], STEP_GUARD));
	step_exec_init(&exec, &making);
	assert_int_equal(go_on(&exec, &world), STEP_EXEC_DONE);
	step_exec_take_back(&exec, -ENOSPC);
	assert_ptr_equal(making.list.items[exec.failed_at].kind, &fuse);
	assert_int_equal(go_on(&exec, &world), STEP_EXEC_UNDONE);
	assert_same(&world, &empty, 0);
	step_exec_deinit(&exec);
	assert_int_equal(step_exec_take_up(&exec, &making, values), 0);
	assert_ptr_equal(making.list.items[exec.failed_at].kind, &fuse);
	step_exec_deinit(&exec);
}

/* The performer may have died of the step that frees, and the next step is one of the way forward.
 */
static void a_guard_behind_what_was_lost_is_skipped(void **state)
{
	static struct step steps[] = {
		{ &fuse, "board7/fuse", "", "1", "0" },
		{ &board, "board7", "", "1", "" },
		{ &dark, "board7", "", "off", "off" },
		{ &battery, "slot0", "", "1", "0" },
	};
	struct step_list list = list_of(steps, ARRAY_SIZE(steps));
	struct step_exec exec;
	struct step step;

	(void)state;
	step_exec_init(&exec, &list);
	assert_true(step_exec_next(&exec, &step));
	assert_int_equal(step_exec_result(&exec, 0, true), 0);
	assert_true(step_exec_next(&exec, &step));
	assert_int_equal(step_exec_lost(&exec, -EPIPE), 0);
	assert_true(step_exec_next(&exec, &step));
	assert_ptr_equal(step.kind, &battery);
	step_exec_deinit(&exec);
}

static void steps_are_read_by_whoever_knows_their_kinds(void **state)
{
	static const struct step_kind *const few[] = { &board, &battery, &fuse };
	static const struct step_registry others = { few, ARRAY_SIZE(few) };
	struct step_list making = list_of(make, ARRAY_SIZE(make)), again = { 0 };
	_cleanup_json_ struct json_object *noted = step_list_to_json(&making, false);
	_cleanup_json_ struct json_object *told = step_list_to_json(&making, true);
	struct arena arena = ARENA_NULL;

	(void)state;
	/* Three lamps are one run; the guard is noted and not told. */
	assert_int_equal(json_object_array_length(noted), ARRAY_SIZE(make) - 2);
	assert_int_equal(json_object_array_length(told), ARRAY_SIZE(make) - 3);
	assert_int_equal(step_list_from_json(noted, &lamps, &arena, &again), 0);
	assert_int_equal(again.list.count, ARRAY_SIZE(make));
	for (size_t i = 0; i < ARRAY_SIZE(make); i++) {
		assert_ptr_equal(again.list.items[i].kind, make[i].kind);
		assert_string_equal(again.list.items[i].object, make[i].object);
		assert_string_equal(again.list.items[i].of, make[i].of);
	}
	ARRAY_FREE(&again.list);
	assert_int_equal(step_list_from_json(noted, &others, &arena, &again), -EINVAL);
	ARRAY_FREE(&again.list);
	arena_deinit(&arena);
}

static int blame_the_wire(const struct step *step, int error, const char *seen,
			  struct refusal_list *refusals)
{
	return refusal_add(refusals, "wire-broken", step->object, NULL, "%s: %d, %s", step->to,
			   error, seen);
}

static void a_kind_explains_its_failures(void **state)
{
	const struct step_kind wired = { .name = "wired",
					 .nothings = off,
					 .explain = blame_the_wire };
	const struct step lit = { &wired, "lamp1", "", "off", "on" };
	const struct step plain = { &battery, "battery1", "", "0", "1" };
	struct refusal_list refusals = REFUSAL_LIST_NULL;

	(void)state;
	assert_int_equal(step_explain_failure(&lit, -EIO, "red", &refusals), 0);
	assert_int_equal(step_explain_failure(&plain, -ENODEV, NULL, &refusals), 0);
	assert_int_equal(refusals.list.count, 2);
	assert_string_equal(refusals.list.items[0].code, "wire-broken");
	assert_string_equal(refusals.list.items[0].text, "on: -5, red");
	assert_string_equal(refusals.list.items[1].code, "step-failed");
	assert_string_equal(refusals.list.items[1].object, "battery1");
	assert_non_null(strstr(refusals.list.items[1].text, strerror(ENODEV)));
	refusal_list_deinit(&refusals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_board_is_made_and_taken_down),
		cmocka_unit_test(every_failure_ends_well),
		cmocka_unit_test(what_came_by_itself_is_guarded),
		cmocka_unit_test(what_only_one_can_have_was_somebody_elses),
		cmocka_unit_test(what_was_cut_short_is_taken_up),
		cmocka_unit_test(a_guard_at_the_end_is_nobodys_failure),
		cmocka_unit_test(a_guard_behind_what_was_lost_is_skipped),
		cmocka_unit_test(steps_are_read_by_whoever_knows_their_kinds),
		cmocka_unit_test(a_kind_explains_its_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of two stages and two performers, with one thing that goes wrong in each place: lamps are
 * lit, which plugs memdevs, and a region is made on what has come; or the region is taken down and
 * the lamps are put out. Whatever fails, dies or is away, and at whichever answer: the host lives,
 * and what is there in the end is what is stored.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "change/change.h"
#include "cxl/plan/plan.h"
#include "daemon/observe/world.h"
#include "test/lib/fake-host.h"
#include "test/lib/fake-kernel.h"
#include "test/lib/lamp.h"
#include "util/cleanup.h"
#include "util/size.h"

/* What goes wrong. "After": when the task has had its effect, of which nobody hears. */
enum injury {
	NO_INJURY,
	FAILS,
	FAILS_AFTER,
	PERFORMER_DIES,
	PERFORMER_DIES_AFTER,
	DAEMON_DIES,
	DAEMON_DIES_AFTER,
	DAEMON_DIES_LATE, /* the order takes effect when nobody waits for the order any more */
	DAEMON_DIES_MUTE, /* and the wire does not answer the next one */
	HOST_REBOOTS,
	HOST_REBOOTS_AFTER,
	CLIENT_LEAVES,
	WIRE_IS_MUTE, /* from then on, until the change has ended */
	INJURIES,
};

enum stage {
	LIGHT,
	MAKE,
	REMOVE,
	DARKEN,
	BURN, /* the first lamp: off, burned out, and on again */
};

/* Something that goes wrong at a task; at none for 0. */
struct mishap {
	enum injury injury;
	unsigned int at;
};

struct scene {
	struct topology *start;
	struct fake_kernel *kernel;
	struct lamps lamps;
	struct topology *look;
	/* The store: what is to be there, and the steps of the stage under way. */
	bool keeps_light, keeps_region;
	const struct step_list *noted;
	bool receipts[3];
	enum stage noted_stage;
	/* The daemon, and its change. */
	bool is_dead;
	struct lanes lanes;
	struct change change;
	enum stage stage;
	bool has_second_stage, has_returned, has_leftover;
	struct plan plan;
	struct step lamp_steps[3];
	struct step_list lamp_list;
	struct mishap mishap, in_recovery;
	unsigned int tasks, recovery_tasks;
};

/* The third memdev is always there, and what others may take. */
static const struct fake_host host = {
	.bridges = 1,
	.devices = { LAMP_COUNT + 1 },
	.ram_size = 256 * SIZE_MIB,
	.windows = 1,
	.window = { { { 0 }, 1, 4 * SIZE_GIB, 1024, true, false } },
	.policy = "online_movable",
};

static bool is_of_lamps(enum stage stage)
{
	return stage == LIGHT || stage == DARKEN || stage == BURN;
}

static void look(struct scene *scene)
{
	(void)topology_free(scene->look);
	scene->look = fake_kernel_snapshot(scene->kernel);
	assert_non_null(scene->look);
}

static const struct topo_region *region(struct scene *scene)
{
	look(scene);
	return scene->look->regions.count ? scene->look->regions.items[0] : NULL;
}

/* ---- the plan of a stage ---- */

static void plan_lamps(struct scene *scene, bool is_lit)
{
	static const char *const names[] = { "lamp0", "lamp1" }, *const values[] = { "off", "on" };
	/* As fake_host_new() numbers them. */
	static const char *const devices[] = { "serial:0x1", "serial:0x2" };
	size_t count = 0;

	for (size_t i = 0; i < LAMP_COUNT; i++)
		if (scene->lamps.lamps[i].is_lit != is_lit)
			scene->lamp_steps[count++] =
				(struct step){ &lamp_kind, names[i], devices[i], values[!is_lit],
					       values[is_lit] };
	scene->lamp_list.list.items = scene->lamp_steps;
	scene->lamp_list.list.count = count;
}

static void plan_burnout(struct scene *scene)
{
	static const struct step steps[] = {
		{ &lamp_kind, "lamp0", "serial:0x1", "on", "off" },
		{ &burnout_kind, "lamp0", "serial:0x1", "whole", "burned" },
		{ &lamp_kind, "lamp0", "serial:0x1", "off", "on" },
	};

	memcpy(scene->lamp_steps, steps, sizeof(steps));
	scene->lamp_list.list.items = scene->lamp_steps;
	scene->lamp_list.list.count = ARRAY_SIZE(steps);
}

static int plan_region(struct scene *scene)
{
	static const char *const lamplit[] = { "serial:0x1", "serial:0x2" };
	const struct topo_region *there = region(scene);
	const struct remove_request removal = { .region = there ? there->name : "region0",
						.force = true };
	struct region_request request = REGION_REQUEST_NULL;

	request.memdevs = lamplit;
	request.memdev_count = LAMP_COUNT;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	plan_deinit(&scene->plan);
	scene->plan = PLAN_NULL;
	return scene->stage == MAKE ? plan_create_region(scene->look, &request, &scene->plan)
				    : plan_remove_region(scene->look, &removal, &scene->plan);
}

static void plan(struct scene *scene)
{
	struct change_stage stage = { .steps = is_of_lamps(scene->stage) ? &scene->lamp_list
									 : &scene->plan.steps };
	int rc = 0;

	if (scene->stage == BURN)
		plan_burnout(scene);
	else if (is_of_lamps(scene->stage))
		plan_lamps(scene, scene->stage == LIGHT);
	else
		rc = plan_region(scene);
	if (rc == 0 && scene->stage == MAKE) {
		stage.object = scene->plan.region;
		stage.makes = true;
	}
	change_planned(&scene->change, rc, &stage);
}

/* ---- the steps ---- */

static void *performer_of(struct scene *scene, const struct step *step, const struct step_ops **ops)
{
	const bool is_lamp = step->kind == &lamp_kind || step->kind == &burnout_kind;

	*ops = is_lamp ? &lamps_ops : &fake_kernel_ops;
	return is_lamp ? (void *)&scene->lamps : scene->kernel;
}

static void perform(struct scene *scene, enum injury injury)
{
	const struct step step = change_step(&scene->change);
	struct step_result result = STEP_RESULT_NULL;
	const struct step_ops *ops;
	void *performer = performer_of(scene, &step, &ops);
	const bool died = injury == PERFORMER_DIES || injury == PERFORMER_DIES_AFTER;

	scene->lamps.is_slow = injury == DAEMON_DIES_LATE;
	if (injury == FAILS || injury == PERFORMER_DIES)
		result.error = -EIO;
	else
		(void)step_perform(ops, performer, &step, UINT64_MAX, &result);
	if (injury == FAILS_AFTER || died)
		result.error = -EIO;
	scene->lamps.is_slow = false;
	(void)change_performed(&scene->change, result.error, result.wrote, died);
}

static void read_values(struct scene *scene)
{
	char texts[64][STEP_VALUE_MAX];
	const char *values[64] = { 0 };
	const struct step_list *steps = scene->noted;
	int error = 0;

	assert_true(steps->list.count <= ARRAY_SIZE(texts));
	for (size_t i = 0; error == 0 && i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];
		const struct step_ops *ops;
		void *performer = performer_of(scene, step, &ops);
		int rc = ops->read(performer, step, texts[i]);

		if (step->kind == &burnout_kind)
			values[i] = scene->receipts[i] ? step->to : step->from;
		else if (rc == 0)
			values[i] = texts[i];
		else if (step->kind == &lamp_kind)
			error = rc;
	}
	change_read(&scene->change, error, values);
}

static void ask(struct scene *scene)
{
	struct world world = { 0 };

	look(scene);
	world.topology = scene->look;
	(void)change_asked(&scene->change, 0, &world);
}

/* ---- the store ---- */

static void note(struct scene *scene, enum injury injury)
{
	if (injury != FAILS) {
		scene->noted = scene->change.stage.steps;
		scene->noted_stage = scene->stage;
		memset(scene->receipts, 0, sizeof(scene->receipts));
	}
	change_noted(&scene->change, injury == FAILS ? -ENOSPC : 0);
}

static void receipt(struct scene *scene, enum injury injury)
{
	if (injury != FAILS)
		scene->receipts[scene->change.exec.at] = true;
	change_receipted(&scene->change, injury == FAILS ? -ENOSPC : 0);
}

static void store_effect(struct scene *scene)
{
	if (!change_is_settled(&scene->change) || change_keeps(&scene->change))
		return;
	if (scene->stage == LIGHT || scene->stage == DARKEN)
		scene->keeps_light = scene->stage == LIGHT;
	else if (scene->stage != BURN)
		scene->keeps_region = scene->stage == MAKE;
}

static const struct lane_set nothing_expected = { .count = 0 };

static void close_stage(struct scene *scene, enum injury injury)
{
	const bool goes_on = scene->has_second_stage && scene->change.stages == 0 &&
			     step_exec_outcome(&scene->change.exec) == STEP_EXEC_DONE;

	if (injury == FAILS) {
		change_closed(&scene->change, -ENOSPC, NULL);
		return;
	}
	store_effect(scene);
	scene->noted = NULL;
	if (goes_on)
		scene->stage++;
	change_closed(&scene->change, 0, goes_on ? &nothing_expected : NULL);
}

/* What was true before the first stage. */
static void give_back(struct scene *scene, enum injury injury)
{
	if (injury != FAILS) {
		scene->keeps_light = scene->stage == DARKEN;
		scene->keeps_region = scene->stage == DARKEN;
		scene->has_returned = true;
	}
	change_returned(&scene->change);
}

/* ---- the driver ---- */

static void do_task(struct scene *scene, enum injury injury)
{
	switch (scene->change.task) {
	case CHANGE_WAIT:
		lanes_release(&scene->lanes, scene);
		assert_int_equal(lanes_take(&scene->lanes, &scene->change.lanes, scene), 0);
		change_waited(&scene->change);
		break;
	case CHANGE_LOOK:
		look(scene);
		change_looked(&scene->change, injury == FAILS ? -EIO : 0);
		break;
	case CHANGE_PLAN:
		plan(scene);
		break;
	case CHANGE_NOTE:
		note(scene, injury);
		break;
	case CHANGE_READ:
		read_values(scene);
		break;
	case CHANGE_ASK:
		ask(scene);
		break;
	case CHANGE_STEP:
		perform(scene, injury);
		break;
	case CHANGE_RECEIPT:
		receipt(scene, injury);
		break;
	case CHANGE_PROVE:
		change_proved(&scene->change, injury != FAILS && region(scene));
		break;
	case CHANGE_CLOSE:
		close_stage(scene, injury);
		break;
	case CHANGE_RETURN:
		give_back(scene, injury);
		break;
	case CHANGE_SETTLE:
		lamps_settle(&scene->lamps);
		change_settled(&scene->change);
		break;
	case CHANGE_AWAIT:
		change_awaited(&scene->change, 0);
		break;
	case CHANGE_INQUIRE:
	case CHANGE_END:
		fail();
	}
}

static void reboot(struct scene *scene)
{
	lamps_settle(&scene->lamps);
	(void)fake_kernel_free(scene->kernel);
	scene->kernel = fake_kernel_new(scene->start);
	assert_non_null(scene->kernel);
	lamps_reboot(&scene->lamps, scene->kernel);
	/* What a stage of the host has done is gone with the kernel; lamps last. */
	if (!is_of_lamps(scene->noted_stage))
		scene->noted = NULL;
}

static void turn(struct scene *scene)
{
	const enum injury injury =
		++scene->tasks == scene->mishap.at ? scene->mishap.injury : NO_INJURY;
	const bool is_before = injury == DAEMON_DIES || injury == HOST_REBOOTS;
	const bool is_after = injury >= DAEMON_DIES_AFTER && injury <= DAEMON_DIES_MUTE;
	const enum change_task task = scene->change.task;

	if (injury == CLIENT_LEAVES)
		change_leave(&scene->change);
	scene->lamps.is_mute = scene->lamps.is_mute || injury == WIRE_IS_MUTE;
	if (!is_before && scene->change.task == task)
		do_task(scene, injury);
	scene->is_dead = is_before || is_after || injury == HOST_REBOOTS_AFTER;
	scene->lamps.is_mute = scene->lamps.is_mute || injury == DAEMON_DIES_MUTE;
	if (injury == HOST_REBOOTS || injury == HOST_REBOOTS_AFTER)
		reboot(scene);
}

static void run(struct scene *scene)
{
	scene->is_dead = false;
	for (int i = 0; i < 200 && !scene->is_dead && scene->change.task != CHANGE_END; i++)
		turn(scene);
	assert_true(scene->is_dead || scene->change.task == CHANGE_END);
}

static void begin(struct scene *scene, enum stage stage)
{
	change_init(&scene->change, NULL);
	lanes_release(&scene->lanes, scene);
	scene->change.performs = scene->change.notes = true;
	scene->stage = stage;
}

/* What is said to be done is done, and what is said to be as before is as before. */
static void assert_burned(const struct scene *scene)
{
	const bool is_burned = scene->lamps.lamps[0].burns > 0;
	const bool has_failed = scene->change.result == CHANGE_FAILED;

	if (scene->change.result == CHANGE_DONE)
		assert_true(is_burned);
	else if (!has_failed || step_exec_outcome(&scene->change.exec) == STEP_EXEC_UNDONE)
		assert_false(is_burned);
}

static void take_up(struct scene *scene)
{
	const bool was_mute = scene->lamps.is_mute;

	begin(scene, scene->noted_stage);
	change_take_up(&scene->change, scene->noted);
	run(scene);
	if (scene->is_dead)
		return;
	if (was_mute && is_of_lamps(scene->stage))
		assert_int_equal(scene->change.result, CHANGE_NOT_TAKEN_UP);
	else if (scene->stage == BURN)
		assert_burned(scene);
	scene->lamps.is_mute = false;
}

/* The next daemon takes up what is noted, and may die of that, too. */
static void recover(struct scene *scene)
{
	scene->tasks = 0;
	scene->mishap = scene->in_recovery;
	for (int i = 0; i < 4 && scene->noted; i++) {
		take_up(scene);
		change_deinit(&scene->change);
	}
	assert_null(scene->noted);
	scene->recovery_tasks = scene->tasks;
	scene->mishap.at = 0;
	scene->lamps.is_mute = false;
}

static void run_one_stage(struct scene *scene, enum stage stage)
{
	begin(scene, stage);
	run(scene);
	assert_int_equal(scene->change.result, CHANGE_DONE);
	change_deinit(&scene->change);
}

/* And then to what is stored. */
static void mend(struct scene *scene)
{
	scene->has_second_stage = false;
	recover(scene);
	/* What came too late for everybody would show now. */
	lamps_settle(&scene->lamps);
	if (scene->keeps_light && lamps_lit(&scene->lamps) < LAMP_COUNT)
		run_one_stage(scene, LIGHT);
	if (scene->keeps_region && !region(scene))
		run_one_stage(scene, MAKE);
	if (scene->keeps_light || lamps_lit(&scene->lamps) == 0)
		return;
	assert_true(scene->has_returned || scene->has_leftover);
	run_one_stage(scene, DARKEN);
}

/* ---- what always holds ---- */

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){ .plan = PLAN_NULL, .start = fake_host_new(&host) };
	assert_non_null(scene->start);
	scene->kernel = fake_kernel_new(scene->start);
	assert_non_null(scene->kernel);
	lamps_init(&scene->lamps, scene->kernel, scene->start);
}

static void scene_deinit(struct scene *scene)
{
	assert_false(scene->lamps.host_has_died);
	assert_false(scene->lamps.has_burned_lit);
	assert_int_equal(fake_kernel_warnings(scene->kernel), 0);
	plan_deinit(&scene->plan);
	lanes_deinit(&scene->lanes);
	(void)topology_free(scene->look);
	(void)fake_kernel_free(scene->kernel);
	(void)topology_free(scene->start);
}

static void assert_there(struct scene *scene, bool is_lit, bool has_region)
{
	const struct topo_region *there = region(scene);

	assert_int_equal(lamps_lit(&scene->lamps), is_lit ? LAMP_COUNT : 0);
	assert_int_equal(there != NULL, has_region);
	if (!there)
		return;
	assert_int_equal(there->mappings.count, LAMP_COUNT);
	assert_int_equal(there->dax_region->devices.items[0].online_block_count,
			 there->dax_region->devices.items[0].block_count);
}

/* Before the daemon sees to anything else: what was not done was taken back, or has a name. */
static void assert_taken_back(struct scene *scene, bool was_making)
{
	const enum step_exec_outcome outcome = step_exec_outcome(&scene->change.exec);
	const bool is_middle = scene->change.stages == 1;

	if (is_middle && scene->change.result != CHANGE_DONE &&
	    scene->change.result != CHANGE_UNWANTED && scene->mishap.injury != FAILS)
		assert_true(scene->has_returned);
	if (scene->change.result == CHANGE_DONE) {
		assert_there(scene, was_making, was_making);
	} else if (scene->change.result == CHANGE_FAILED && outcome == STEP_EXEC_LEFTOVER) {
		assert_true(scene->change.exec.leftover.count > 0);
		scene->has_leftover = true;
	} else if (scene->change.result == CHANGE_FAILED && outcome == STEP_EXEC_INCOMPLETE) {
		assert_true(scene->change.exec.error < 0);
	} else {
		assert_there(scene, is_middle || !was_making, !is_middle && !was_making);
	}
}

static void go_wrong(struct scene *scene, enum stage first)
{
	scene->tasks = 0;
	scene->has_second_stage = first != BURN;
	begin(scene, first);
	run(scene);
	if (scene->mishap.at == 0)
		assert_int_equal(scene->change.result, CHANGE_DONE);
	if (!scene->is_dead && first == BURN)
		assert_burned(scene);
	else if (!scene->is_dead)
		assert_taken_back(scene, first == LIGHT);
	change_deinit(&scene->change);
}

/* Returns false when there were fewer tasks, and so nothing went wrong, or nothing in recovery. */
static bool go_wrong_at(enum stage first, struct mishap mishap, struct mishap in_recovery)
{
	struct scene scene;
	bool went_wrong;

	scene_init(&scene);
	if (first != LIGHT)
		run_one_stage(&scene, LIGHT);
	if (first == REMOVE)
		run_one_stage(&scene, MAKE);
	scene.mishap = mishap;
	scene.in_recovery = in_recovery;
	go_wrong(&scene, first);
	went_wrong = scene.tasks >= mishap.at;
	mend(&scene);
	assert_there(&scene, scene.keeps_light, scene.keeps_region);
	went_wrong = went_wrong && scene.recovery_tasks >= in_recovery.at;
	scene_deinit(&scene);
	return went_wrong;
}

static const struct mishap none = { NO_INJURY, 0 };

static void go_wrong_everywhere(enum stage first)
{
	(void)go_wrong_at(first, none, none);
	for (int injury = FAILS; injury < INJURIES; injury++) {
		struct mishap mishap = { (enum injury)injury, 1 };

		for (; go_wrong_at(first, mishap, none); mishap.at++)
			;
	}
}

/* At each task of a change, and then at each task of taking the change up. */
static void die_twice(enum stage first, enum injury injury, enum injury again)
{
	struct mishap mishap = { injury, 1 }, in_recovery = { again, 1 };

	for (; go_wrong_at(first, mishap, none); mishap.at++)
		for (in_recovery.at = 1; go_wrong_at(first, mishap, in_recovery); in_recovery.at++)
			;
}

static void die_twice_everywhere(enum stage first)
{
	for (int injury = DAEMON_DIES; injury <= HOST_REBOOTS_AFTER; injury++)
		for (int again = DAEMON_DIES; again <= HOST_REBOOTS_AFTER; again++)
			die_twice(first, (enum injury)injury, (enum injury)again);
}

static void memory_comes_with_its_lamps(void **state)
{
	(void)state;
	go_wrong_everywhere(LIGHT);
}

static void memory_goes_before_its_lamps(void **state)
{
	(void)state;
	go_wrong_everywhere(REMOVE);
}

/* A user who has lit the lamp again has something in the lamp, and a recovery must not burn that.
 */
static void a_lamp_is_burned_out_before_it_is_lit_again(void **state)
{
	(void)state;
	go_wrong_everywhere(BURN);
}

static void a_recovery_is_taken_up_by_the_next_one(void **state)
{
	(void)state;
	die_twice_everywhere(LIGHT);
	die_twice_everywhere(REMOVE);
	die_twice_everywhere(BURN);
}

/* ---- somebody else ---- */

/* Until the step at hand is that one. */
static void run_until(struct scene *scene, enum change_task task, const char *object)
{
	for (int i = 0; i < 200; i++) {
		if (scene->change.task == task &&
		    strcmp(step_exec_at_hand(&scene->change.exec).object, object) == 0)
			return;
		turn(scene);
	}
	fail();
}

static void run_to_end(struct scene *scene, enum step_exec_outcome outcome, int error)
{
	run(scene);
	assert_int_equal(step_exec_outcome(&scene->change.exec), outcome);
	assert_int_equal(scene->change.exec.error, error);
}

/* Somebody who knows nothing of lamps has memory on what has come. */
static void make_region_on(struct scene *scene, const char *ident)
{
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	look(scene);
	request.memdevs = &ident;
	request.memdev_count = 1;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	assert_int_equal(plan_create_region(scene->look, &request, &plan), 0);
	for (size_t i = 0; i < plan.steps.list.count; i++)
		assert_int_equal(fake_kernel_perform(scene->kernel, &plan.steps.list.items[i]), 0);
	plan_deinit(&plan);
}

static void a_lamp_that_somebody_else_has_lit_is_left_alone(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	begin(&scene, LIGHT);
	run_until(&scene, CHANGE_STEP, "lamp1");
	lamps_switch(&scene.lamps, 1, true);
	run_to_end(&scene, STEP_EXEC_UNDONE, -ESTALE);
	assert_false(scene.lamps.lamps[0].is_lit);
	assert_true(scene.lamps.lamps[1].is_lit);
	change_deinit(&scene.change);
	scene_deinit(&scene);
}

static void a_lamp_that_somebody_else_has_put_out_is_out(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	begin(&scene, LIGHT);
	run_until(&scene, CHANGE_STEP, "lamp1");
	lamps_switch(&scene.lamps, 0, false);
	change_leave(&scene.change);
	run_to_end(&scene, STEP_EXEC_UNDONE, -ECANCELED);
	assert_int_equal(lamps_lit(&scene.lamps), 0);
	change_deinit(&scene.change);
	scene_deinit(&scene);
}

/* To put the lamp out would take memory that is online: the lamp stays lit, and has a name. */
static void on_the_way_back_a_lamp_that_is_used_stays_lit(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	begin(&scene, LIGHT);
	run_until(&scene, CHANGE_STEP, "lamp1");
	make_region_on(&scene, "serial:0x1");
	change_leave(&scene.change);
	run_to_end(&scene, STEP_EXEC_LEFTOVER, -ECANCELED);
	assert_int_equal(scene.change.exec.leftover.count, 1);
	assert_string_equal(scene.lamp_steps[scene.change.exec.leftover.items[0]].object, "lamp0");
	assert_true(scene.lamps.lamps[0].is_lit);
	assert_false(scene.lamps.lamps[1].is_lit);
	change_deinit(&scene.change);
	scene_deinit(&scene);
}

static void a_lamp_that_is_used_is_not_put_out(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	run_one_stage(&scene, LIGHT);
	begin(&scene, DARKEN);
	run_until(&scene, CHANGE_ASK, "lamp1");
	make_region_on(&scene, "serial:0x2");
	run_to_end(&scene, STEP_EXEC_UNDONE, -EBUSY);
	assert_int_equal(lamps_lit(&scene.lamps), LAMP_COUNT);
	change_deinit(&scene.change);
	scene_deinit(&scene);
}

/* The daemon that put the lamp out has died; somebody has used the other lamp since. */
static void a_lamp_that_is_used_is_not_put_out_by_recovery(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	begin(&scene, LIGHT);
	run_until(&scene, CHANGE_STEP, "lamp1");
	change_deinit(&scene.change);
	make_region_on(&scene, "serial:0x1");
	begin(&scene, LIGHT);
	change_take_up(&scene.change, scene.noted);
	run_to_end(&scene, STEP_EXEC_LEFTOVER, -ECANCELED);
	assert_true(scene.lamps.lamps[0].is_lit);
	change_deinit(&scene.change);
	scene_deinit(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_comes_with_its_lamps),
		cmocka_unit_test(memory_goes_before_its_lamps),
		cmocka_unit_test(a_lamp_is_burned_out_before_it_is_lit_again),
		cmocka_unit_test(a_recovery_is_taken_up_by_the_next_one),
		cmocka_unit_test(a_lamp_that_somebody_else_has_lit_is_left_alone),
		cmocka_unit_test(a_lamp_that_somebody_else_has_put_out_is_out),
		cmocka_unit_test(on_the_way_back_a_lamp_that_is_used_stays_lit),
		cmocka_unit_test(a_lamp_that_is_used_is_not_put_out),
		cmocka_unit_test(a_lamp_that_is_used_is_not_put_out_by_recovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A daemon that dies at each of its effects, with two changes under way: one of two stages and two
 * performers, and one of two steps in another lane. The next daemon brings every entry to
 * an end: of each stage all is done or nothing, each answer is true, and no client is kept from a
 * lane. Or the second stage fails, and the first stage is taken back by a plan of its own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"

struct scene {
	struct stand *stand;
	bool fails; /* the second stage */
	struct errand both, pair;
};

static void set_up(struct scene *scene)
{
	struct errand_stage *stage;

	scene->both = errand_of("wire1:a");
	scene->both.stages[0].awaits = "what hangs from the wire";
	scene->both.stages[0].await_ms = 900;
	scene->both.stages[0].reserves = "memdev:serial:0x1";
	scene->both.has_come = true;
	scene->both.stages[1] = errand_of("host").stages[0];
	scene->both.stage_count = 2;
	scene->both.goes_back = true;
	scene->pair = errand_of("wire2:a");
	stage = &scene->pair.stages[0];
	stage->steps[1] = (struct step){ &far_kind, "wire2:b", "", "off", "on" };
	stage->count = 2;
}

/* Orders are answered in turns of the two changes. */
static void answer_all(const struct scene *scene)
{
	struct stand *stand = scene->stand;

	while (stand->order_count && !stand->is_dead) {
		const struct step *step = &stand->orders[0].step;

		if (scene->fails && strcmp(step->object, "host") == 0 &&
		    strcmp(step->to, "on") == 0)
			stand_answer(stand, step->object, &(struct step_answer){ .error = -EBUSY });
		else
			stand_do(stand, step->object);
	}
}

/* The time passes in which a late order may come. */
static void settle_all(struct stand *stand)
{
	const struct engine *engine = stand->engine;

	/* A change may end, and is not in the list then. */
	for (size_t i = engine->works.count; i-- > 0;)
		if (i < engine->works.count && engine->works.items[i]->life.task == CHANGE_SETTLE)
			stand_expire(stand, engine->works.items[i], FAR_LATE_MS);
}

static void finish_recovery(const struct scene *scene)
{
	for (int i = 0; i < 3 && stand_entries(scene->stand); i++) {
		settle_all(scene->stand);
		answer_all(scene);
	}
}

static bool is_on(const struct scene *scene, const char *object)
{
	return strcmp(stand_value(scene->stand, object), "on") == 0;
}

static void check_told(const struct scene *scene, bool both_told, bool pair_told)
{
	/* All of a stage, or nothing. */
	assert_int_equal(is_on(scene, "wire2:a"), is_on(scene, "wire2:b"));
	/* The second stage stands on the first. */
	assert_true(is_on(scene, "wire1:a") || !is_on(scene, "host"));
	assert_true(!both_told || is_on(scene, "host") != scene->fails);
	/* What failed was taken back before anybody was told. */
	assert_true(!both_told || is_on(scene, "wire1:a") != scene->fails);
	assert_true(!pair_told || is_on(scene, "wire2:a"));
}

/* A change that needs the same lanes, or the same memdev, gets the lanes and the memdev. */
static void check_free(struct scene *scene)
{
	struct errand wire = errand_of("wire1:x"), other = errand_of("wire2:x"),
		      near = errand_of("host");

	wire.stages[0].reserves = "memdev:serial:0x1";
	near.stages[0].steps[0].object = "host:x";
	(void)stand_send(scene->stand, &wire, 1);
	(void)stand_send(scene->stand, &other, 1);
	(void)stand_send(scene->stand, &near, 1);
	assert_int_equal(scene->stand->order_count, 3);
	answer_all(scene);
	assert_int_equal(wire.result, CHANGE_DONE);
	assert_int_equal(other.result, CHANGE_DONE);
	assert_int_equal(near.result, CHANGE_DONE);
	assert_null(stand_entry(scene->stand));
}

/* Returns false when the daemon has come to its end without dying. */
static bool die_at(bool fails, unsigned int effect, enum death death, unsigned int second)
{
	struct scene scene = { .stand = stand_new(), .fails = fails };
	struct stand *stand = scene.stand;
	bool has_died, both_told, pair_told;

	set_up(&scene);
	stand->dies_at = effect;
	stand->death = death;
	stand_begin(stand);
	(void)stand_send(stand, &scene.both, 1);
	(void)stand_send(stand, &scene.pair, 2);
	answer_all(&scene);
	has_died = stand->is_dead;
	both_told = scene.both.has_ended;
	pair_told = scene.pair.has_ended;
	if (has_died) {
		stand_restart(stand);
		stand->dies_at = second ? stand->effects + second : 0;
		stand_recover(stand, NULL, "boot");
		stand_begin(stand);
		finish_recovery(&scene);
	}
	/* The one that takes back dies, too. */
	if (stand->is_dead) {
		stand_restart(stand);
		stand_recover(stand, NULL, "boot");
		stand_begin(stand);
		finish_recovery(&scene);
	}
	stand->dies_at = 0;
	assert_int_equal(stand->order_count, 0);
	assert_null(stand_entry(stand));
	check_told(&scene, both_told, pair_told);
	check_free(&scene);
	stand_free(stand);
	return has_died;
}

static unsigned int die_everywhere(bool fails, unsigned int effect, enum death death,
				   unsigned int second)
{
	while (die_at(fails, effect, death, second))
		effect++;
	return effect - 1;
}

static void expect_deaths(enum death death, unsigned int second)
{
	/* Three notes, four steps, three ends */
	assert_int_equal(die_everywhere(false, 1, death, second), 10);
	/* To take a stage back, one more of each, and the result; the first six are as above. */
	assert_int_equal(die_everywhere(true, 7, death, second), 14);
}

static void two_changes_survive_a_death_before_each_effect(void **state)
{
	expect_deaths(DIES_BEFORE, 0);
}

static void two_changes_survive_a_death_after_each_effect(void **state)
{
	expect_deaths(DIES_AFTER, 0);
}

static void two_changes_survive_late_orders(void **state)
{
	expect_deaths(DIES_LATE, 0);
}

static void what_takes_back_may_die_too(void **state)
{
	for (unsigned int second = 1; second <= 3; second += 2) {
		expect_deaths(DIES_BEFORE, second);
		expect_deaths(DIES_AFTER, second);
		expect_deaths(DIES_LATE, second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_changes_survive_a_death_before_each_effect),
		cmocka_unit_test(two_changes_survive_a_death_after_each_effect),
		cmocka_unit_test(two_changes_survive_late_orders),
		cmocka_unit_test(what_takes_back_may_die_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

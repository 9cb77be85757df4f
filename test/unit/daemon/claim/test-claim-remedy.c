// SPDX-License-Identifier: GPL-2.0-only
/* What is done about a claim that is not as it wants to be, and with how much patience. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/claim/claim-remedy.h"
#include "util/cleanup.h"

static const struct claim_state well = { true, CLAIM_GOAL_REACHED, NULL };

/* States with this problem and nothing else to say. */
static void set_states(struct claim_state *states, enum claim_reason problem)
{
	for (size_t i = 0; i < CLAIM_CONDITION_COUNT; i++)
		states[i] = (struct claim_state){ .reason = CLAIM_AS_WANTED };
	states[CLAIM_PLANNED] = (struct claim_state){ true, CLAIM_DEVICES_PRESENT, NULL };
	states[CLAIM_ONLINE] =
		problem ? (struct claim_state){ false, problem, "it is not well" } : well;
}

struct expected {
	enum claim_remedy remedy;
	enum claim_reason stalled; /* CLAIM_AS_WANTED: it is not */
};

/* What was told about the claim that is stalled. */
static char told[128];

static void assert_choice(const char *what, const struct claim *claim,
			  const struct claim_mending *mending, struct claim_state *states,
			  struct expected expected)
{
	struct arena arena = ARENA_NULL;
	enum claim_remedy remedy;

	assert_int_equal(claim_remedy_choose(claim, mending, &arena, states, &remedy), 0);
	if (remedy != expected.remedy)
		fail_msg("%s: remedy %d", what, remedy);
	if (states[CLAIM_STALLED].holds != (expected.stalled != CLAIM_AS_WANTED))
		fail_msg("%s: stalled", what);
	if (states[CLAIM_STALLED].holds && states[CLAIM_STALLED].reason != expected.stalled)
		fail_msg("%s: stalled, %s", what, claim_reason_name(states[CLAIM_STALLED].reason));
	(void)snprintf(told, sizeof(told), "%s",
		       states[CLAIM_STALLED].holds ? states[CLAIM_STALLED].text : "");
	arena_deinit(&arena);
}

#define MENDED(remedy)	{ CLAIM_REMEDY_##remedy, CLAIM_AS_WANTED }
#define STALLED(reason) { CLAIM_REMEDY_NONE, CLAIM_##reason }

static const struct {
	enum claim_reason problem;
	struct expected mend, leave;
} cases[] = {
	{ CLAIM_AS_WANTED, MENDED(NONE), MENDED(NONE) },

	/* Nobody meant this: no policy leaves it. */
	{ CLAIM_NOT_BOUND, MENDED(MAKE), MENDED(MAKE) },
	{ CLAIM_REBOOTED, MENDED(MAKE), MENDED(MAKE) },
	{ CLAIM_RELEASED, MENDED(MAKE), MENDED(MAKE) },
	{ CLAIM_DEVICE_MISSING, MENDED(CLEAR), MENDED(CLEAR) },
	{ CLAIM_DEVICE_DISABLED, MENDED(CLEAR), MENDED(CLEAR) },

	{ CLAIM_REGION_MISSING, MENDED(MAKE), STALLED(LEFT_ALONE) },
	{ CLAIM_UNCOMMITTED, MENDED(CLEAR), STALLED(LEFT_ALONE) },
	{ CLAIM_REGION_ENABLED, MENDED(DISABLE), STALLED(LEFT_ALONE) },
	{ CLAIM_REGION_DISABLED, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ CLAIM_NO_DAX_DEVICE, MENDED(DISABLE), STALLED(LEFT_ALONE) },
	{ CLAIM_OTHER_MODE, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ CLAIM_MEMORY_ONLINE, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ CLAIM_MEMORY_OFFLINE, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ CLAIM_OTHER_ZONE, MENDED(ENABLE), STALLED(LEFT_ALONE) },

	/* Nothing that could be done without asking. */
	{ CLAIM_OTHER_SHAPE, STALLED(NEEDS_ANEW), STALLED(NEEDS_ANEW) },
	{ CLAIM_MEMORY_UNKNOWN, STALLED(WAITING), STALLED(WAITING) },
};

static void every_problem_has_its_remedy(void **state)
{
	const struct claim mend = { .drift = CLAIM_DRIFT_MEND };
	const struct claim leave = { .drift = CLAIM_DRIFT_LEAVE };
	const struct claim_mending fresh = { 0 };
	struct claim_state states[CLAIM_CONDITION_COUNT];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *what = claim_reason_name(cases[i].problem);

		set_states(states, cases[i].problem);
		assert_choice(what, &mend, &fresh, states, cases[i].mend);
		set_states(states, cases[i].problem);
		assert_choice(what, &leave, &fresh, states, cases[i].leave);
	}
}

/* What still decodes is not taken down, and what has no devices is not made. */
static void some_have_to_wait(void **state)
{
	const struct claim claim = { .drift = CLAIM_DRIFT_MEND };
	const struct claim_mending fresh = { 0 };
	struct claim_state states[CLAIM_CONDITION_COUNT];

	set_states(states, CLAIM_DEVICE_MISSING);
	states[CLAIM_CARVED].holds = true;
	assert_choice("carved", &claim, &fresh, states, (struct expected)STALLED(WAITING));
	set_states(states, CLAIM_REBOOTED);
	states[CLAIM_PLANNED] =
		(struct claim_state){ false, CLAIM_DEVICE_MISSING, "its device is not there" };
	assert_choice("no device", &claim, &fresh, states, (struct expected)STALLED(WAITING));
	assert_string_equal(told, "its device is not there");
}

/* Data that somebody has come to use is not taken from him, also not to meet a wish. */
static void data_is_left_alone(void **state)
{
	const struct claim claim = { .type = TOPO_MODE_PMEM, .drift = CLAIM_DRIFT_MEND };
	const struct claim_mending fresh = { 0 };
	struct claim_state states[CLAIM_CONDITION_COUNT];

	set_states(states, CLAIM_REGION_ENABLED);
	assert_choice("enabled", &claim, &fresh, states, (struct expected)STALLED(LEFT_ALONE));
	set_states(states, CLAIM_REGION_DISABLED);
	assert_choice("disabled", &claim, &fresh, states, (struct expected)MENDED(ENABLE));
	/* What is left of it decodes nothing, and comes back as it was. */
	set_states(states, CLAIM_DEVICE_MISSING);
	assert_choice("no device", &claim, &fresh, states, (struct expected)MENDED(CLEAR));
}

/* ---- patience ---- */

static void look(struct claim_mending *mending, enum claim_reason before, enum claim_reason after,
		 uint64_t now_ms)
{
	struct claim_state old[CLAIM_CONDITION_COUNT], new[CLAIM_CONDITION_COUNT];

	set_states(old, before);
	set_states(new, after);
	claim_mending_observed(mending, old, new, now_ms);
}

static void drift_is_given_time(void **state)
{
	struct claim_mending mending = { 0 };

	look(&mending, CLAIM_AS_WANTED, CLAIM_AS_WANTED, 1000);
	look(&mending, CLAIM_AS_WANTED, CLAIM_REGION_DISABLED, 5000);
	assert_int_equal(mending.not_before_ms, 5000 + CLAIM_DELAY_MS);
	/* Looking again does not put it off. */
	look(&mending, CLAIM_REGION_DISABLED, CLAIM_REGION_DISABLED, 5500);
	assert_int_equal(mending.not_before_ms, 5000 + CLAIM_DELAY_MS);

	/* What was never well was not somebody's doing since. */
	mending = (struct claim_mending){ 0 };
	look(&mending, CLAIM_REBOOTED, CLAIM_REBOOTED, 1000);
	assert_int_equal(mending.not_before_ms, 0);
}

static void attempts_become_rare_and_end(void **state)
{
	const struct claim claim = { .drift = CLAIM_DRIFT_MEND };
	struct claim_state states[CLAIM_CONDITION_COUNT];
	struct claim_mending mending = { 0 };
	uint64_t now_ms = 1000, before = 0;

	for (int i = 0; i < CLAIM_ATTEMPTS_MAX; i++) {
		uint64_t delay;

		set_states(states, CLAIM_REBOOTED);
		assert_choice("attempt", &claim, &mending, states, (struct expected)MENDED(MAKE));
		claim_mending_tried(&mending, "no room", now_ms, 0);
		assert_false(mending.acted);
		delay = mending.not_before_ms - now_ms;
		assert_true(delay >= CLAIM_DELAY_MS && delay <= CLAIM_DELAY_MAX_MS);
		assert_true(delay == 2 * before || !before || delay == CLAIM_DELAY_MAX_MS);
		before = delay;
		now_ms = mending.not_before_ms;
		look(&mending, CLAIM_REBOOTED, CLAIM_REBOOTED, now_ms);
	}
	set_states(states, CLAIM_REBOOTED);
	assert_choice("the end", &claim, &mending, states, (struct expected)STALLED(GAVE_UP));
	assert_string_equal(told, "tried 10 times; the last time no room");
	claim_mending_deinit(&mending);
}

static void not_all_are_tried_together(void **state)
{
	struct claim_mending a = { 0 }, b = { 0 };

	claim_mending_tried(&a, NULL, 1000, 100);
	claim_mending_tried(&b, NULL, 1000, 200);
	assert_int_equal(b.not_before_ms - a.not_before_ms, 100);
	/* Never more than a quarter. */
	claim_mending_tried(&a, NULL, 0, UINT32_MAX);
	assert_in_range(a.not_before_ms, 2 * CLAIM_DELAY_MS, 2 * CLAIM_DELAY_MS * 5 / 4);
}

/* A contest with somebody who undoes it each time ends, too; a long peace is a new beginning. */
static void success_has_to_last(void **state)
{
	struct claim_mending mending = { 0 };
	uint64_t now_ms = 1000;

	look(&mending, CLAIM_AS_WANTED, CLAIM_AS_WANTED, now_ms);
	for (int i = 0; i < 3; i++) {
		look(&mending, CLAIM_AS_WANTED, CLAIM_MEMORY_OFFLINE, now_ms);
		now_ms = mending.not_before_ms;
		claim_mending_tried(&mending, NULL, now_ms, 0);
		assert_true(mending.acted);
		look(&mending, CLAIM_MEMORY_OFFLINE, CLAIM_AS_WANTED, now_ms);
		assert_false(mending.acted);
	}
	assert_int_equal(mending.attempts, 3);
	look(&mending, CLAIM_AS_WANTED, CLAIM_MEMORY_OFFLINE, now_ms + CLAIM_WELL_MS);
	assert_int_equal(mending.attempts, 0);
	assert_int_equal(mending.not_before_ms, now_ms + CLAIM_WELL_MS + CLAIM_DELAY_MS);
}

/* What is left of a region has to go before there can be another one. */
static void clearing_is_no_attempt_of_its_own(void **state)
{
	struct claim_mending mending = { .attempts = CLAIM_ATTEMPTS_MAX - 1 };

	claim_mending_tried(&mending, NULL, 1000, 0);
	look(&mending, CLAIM_DEVICE_MISSING, CLAIM_RELEASED, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX - 1);
	look(&mending, CLAIM_RELEASED, CLAIM_RELEASED, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX - 1);
	claim_mending_tried(&mending, NULL, 1000, 0);
	look(&mending, CLAIM_RELEASED, CLAIM_AS_WANTED, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX);
}

/* A device that comes is worth a try, whatever was tried without it. */
static void a_device_is_a_new_beginning(void **state)
{
	struct claim_mending mending = { .attempts = CLAIM_ATTEMPTS_MAX, .not_before_ms = 99999 };
	struct claim_state without[CLAIM_CONDITION_COUNT], with[CLAIM_CONDITION_COUNT];

	set_states(without, CLAIM_RELEASED);
	set_states(with, CLAIM_RELEASED);
	without[CLAIM_PLANNED].holds = false;
	claim_mending_observed(&mending, without, without, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX);
	claim_mending_observed(&mending, without, with, 1000);
	assert_int_equal(mending.attempts, 0);
	assert_int_equal(mending.not_before_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_problem_has_its_remedy),
		cmocka_unit_test(some_have_to_wait),
		cmocka_unit_test(data_is_left_alone),
		cmocka_unit_test(drift_is_given_time),
		cmocka_unit_test(attempts_become_rare_and_end),
		cmocka_unit_test(not_all_are_tried_together),
		cmocka_unit_test(success_has_to_last),
		cmocka_unit_test(clearing_is_no_attempt_of_its_own),
		cmocka_unit_test(a_device_is_a_new_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

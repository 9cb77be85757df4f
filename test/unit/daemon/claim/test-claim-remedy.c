// SPDX-License-Identifier: GPL-2.0-only
/* The remedies of a claim, and the patience with which they are tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/claim/claim-remedy.h"
#include "daemon/claim/memory/memory-kind.h"
#include "daemon/claim/memory/memory-observe.h"
#include "util/cleanup.h"

static struct memory_claim ram = { .type = TOPO_MODE_RAM };
static struct memory_claim pmem = { .type = TOPO_MODE_PMEM };

#define OF_MEMORY(part, policy) { .kind = &memory_kind, .own = &(part), .drift = (policy) }

/* A claim with this problem and nothing else to say. */
static struct claim_sight sight_of(const struct claim *claim, enum memory_reason problem)
{
	struct claim_sight sight = { .cure = memory_cure(claim, problem) };

	for (size_t i = 0; i < CLAIM_CONDITION_COUNT; i++)
		sight.states[i] = (struct claim_state){ .reason = CLAIM_AS_WANTED };
	sight.states[CLAIM_PLANNED] = (struct claim_state){ true, "DevicesPresent", NULL };
	sight.states[CLAIM_ONLINE] = (struct claim_state){ true, "GoalReached", NULL };
	if (problem)
		sight.states[CLAIM_ONLINE] =
			(struct claim_state){ false, memory_reason_word(problem),
					      "it is not well" };
	return sight;
}

struct expected {
	enum claim_remedy remedy;
	const char *stalled; /* the reason; NULL: the claim is not stalled */
};

/* The text about the claim that is stalled. */
static char told[128];

static void assert_choice(const char *what, const struct claim *claim,
			  const struct claim_mending *mending, struct claim_sight sight,
			  struct expected expected)
{
	struct arena arena = ARENA_NULL;
	enum claim_remedy remedy;
	const struct claim_state *stalled = &sight.states[CLAIM_STALLED];

	assert_int_equal(claim_remedy_choose(claim, mending, &arena, &sight, &remedy), 0);
	if (remedy != expected.remedy)
		fail_msg("%s: remedy %d", what, remedy);
	if (stalled->holds != (expected.stalled != NULL))
		fail_msg("%s: stalled", what);
	if (stalled->holds && !claim_state_is(stalled, expected.stalled))
		fail_msg("%s: stalled, %s", what, stalled->reason);
	(void)snprintf(told, sizeof(told), "%s", stalled->holds ? stalled->text : "");
	arena_deinit(&arena);
}

#define MENDED(remedy)	{ CLAIM_REMEDY_##remedy, NULL }
#define STALLED(reason) { CLAIM_REMEDY_NONE, CLAIM_##reason }

static const struct {
	enum memory_reason problem;
	struct expected mend, leave;
} cases[] = {
	{ MEMORY_AS_WANTED, MENDED(NONE), MENDED(NONE) },

	/* No person meant this fault: no policy leaves the fault. */
	{ MEMORY_NOT_BOUND, MENDED(MAKE), MENDED(MAKE) },
	{ MEMORY_REBOOTED, MENDED(MAKE), MENDED(MAKE) },
	{ MEMORY_RELEASED, MENDED(MAKE), MENDED(MAKE) },
	{ MEMORY_DEVICE_MISSING, MENDED(CLEAR), MENDED(CLEAR) },
	{ MEMORY_DEVICE_DISABLED, MENDED(CLEAR), MENDED(CLEAR) },

	{ MEMORY_REGION_MISSING, MENDED(MAKE), STALLED(LEFT_ALONE) },
	{ MEMORY_UNCOMMITTED, MENDED(CLEAR), STALLED(LEFT_ALONE) },
	{ MEMORY_REGION_ENABLED, MENDED(DISABLE), STALLED(LEFT_ALONE) },
	{ MEMORY_REGION_DISABLED, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ MEMORY_NO_DAX_DEVICE, MENDED(DISABLE), STALLED(LEFT_ALONE) },
	{ MEMORY_OTHER_MODE, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ MEMORY_ONLINE, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ MEMORY_OFFLINE, MENDED(ENABLE), STALLED(LEFT_ALONE) },
	{ MEMORY_OTHER_ZONE, MENDED(ENABLE), STALLED(LEFT_ALONE) },

	/* Nothing that could be done without asking. */
	{ MEMORY_OTHER_SHAPE, STALLED(NEEDS_ANEW), STALLED(NEEDS_ANEW) },
	{ MEMORY_UNKNOWN, STALLED(WAITING), STALLED(WAITING) },
};

static void every_problem_has_its_remedy(void **state)
{
	const struct claim mend = OF_MEMORY(ram, CLAIM_DRIFT_MEND);
	const struct claim leave = OF_MEMORY(ram, CLAIM_DRIFT_LEAVE);
	const struct claim_mending fresh = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const enum memory_reason problem = cases[i].problem;
		const char *what = memory_reason_word(problem);

		assert_choice(what, &mend, &fresh, sight_of(&mend, problem), cases[i].mend);
		assert_choice(what, &leave, &fresh, sight_of(&leave, problem), cases[i].leave);
	}
}

/* A region that decodes is not taken down, and a region without its devices is not made. */
static void some_have_to_wait(void **state)
{
	const struct claim claim = OF_MEMORY(ram, CLAIM_DRIFT_MEND);
	const struct claim_mending fresh = { 0 };
	struct claim_sight sight;

	sight = sight_of(&claim, MEMORY_DEVICE_MISSING);
	sight.states[CLAIM_CARVED].holds = true;
	assert_choice("carved", &claim, &fresh, sight, (struct expected)STALLED(WAITING));
	sight = sight_of(&claim, MEMORY_REBOOTED);
	sight.states[CLAIM_PLANNED] =
		(struct claim_state){ false, "DeviceMissing", "its device is not there" };
	assert_choice("no device", &claim, &fresh, sight, (struct expected)STALLED(WAITING));
	assert_string_equal(told, "its device is not there");
}

/* Data that somebody has come to use is not taken away, also not to meet a wish. */
static void data_is_left_alone(void **state)
{
	const struct claim claim = OF_MEMORY(pmem, CLAIM_DRIFT_MEND);
	const struct claim_mending fresh = { 0 };

	assert_choice("enabled", &claim, &fresh, sight_of(&claim, MEMORY_REGION_ENABLED),
		      (struct expected)STALLED(LEFT_ALONE));
	assert_choice("disabled", &claim, &fresh, sight_of(&claim, MEMORY_REGION_DISABLED),
		      (struct expected)MENDED(ENABLE));
	/* The rest of the region decodes nothing, and the region comes back as it was. */
	assert_choice("no device", &claim, &fresh, sight_of(&claim, MEMORY_DEVICE_MISSING),
		      (struct expected)MENDED(CLEAR));
}

/* ---- patience ---- */

static void look(struct claim_mending *mending, enum memory_reason before, enum memory_reason after,
		 uint64_t now_ms)
{
	const struct claim claim = OF_MEMORY(ram, CLAIM_DRIFT_MEND);
	const struct claim_sight old = sight_of(&claim, before), new = sight_of(&claim, after);

	claim_mending_observed(mending, &old, &new, now_ms);
}

static void drift_is_given_time(void **state)
{
	struct claim_mending mending = { 0 };

	look(&mending, MEMORY_AS_WANTED, MEMORY_AS_WANTED, 1000);
	look(&mending, MEMORY_AS_WANTED, MEMORY_REGION_DISABLED, 5000);
	assert_int_equal(mending.not_before_ms, 5000 + CLAIM_DELAY_MS);
	/* A further look does not put the attempt off. */
	look(&mending, MEMORY_REGION_DISABLED, MEMORY_REGION_DISABLED, 5500);
	assert_int_equal(mending.not_before_ms, 5000 + CLAIM_DELAY_MS);

	/* What was never well was not somebody's doing since. */
	mending = (struct claim_mending){ 0 };
	look(&mending, MEMORY_REBOOTED, MEMORY_REBOOTED, 1000);
	assert_int_equal(mending.not_before_ms, 0);
}

static void attempts_become_rare_and_end(void **state)
{
	const struct claim claim = OF_MEMORY(ram, CLAIM_DRIFT_MEND);
	struct claim_mending mending = { 0 };
	uint64_t now_ms = 1000, before = 0;

	for (int i = 0; i < CLAIM_ATTEMPTS_MAX; i++) {
		uint64_t delay;

		assert_choice("attempt", &claim, &mending, sight_of(&claim, MEMORY_REBOOTED),
			      (struct expected)MENDED(MAKE));
		claim_mending_tried(&mending, "no room", now_ms, 0);
		assert_false(mending.acted);
		delay = mending.not_before_ms - now_ms;
		assert_true(delay >= CLAIM_DELAY_MS && delay <= CLAIM_DELAY_MAX_MS);
		assert_true(delay == 2 * before || !before || delay == CLAIM_DELAY_MAX_MS);
		before = delay;
		now_ms = mending.not_before_ms;
		look(&mending, MEMORY_REBOOTED, MEMORY_REBOOTED, now_ms);
	}
	assert_choice("the end", &claim, &mending, sight_of(&claim, MEMORY_REBOOTED),
		      (struct expected)STALLED(GAVE_UP));
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

/* A contest with somebody who undoes the remedy each time ends; a long peace is a new beginning. */
static void success_has_to_last(void **state)
{
	struct claim_mending mending = { 0 };
	uint64_t now_ms = 1000;

	look(&mending, MEMORY_AS_WANTED, MEMORY_AS_WANTED, now_ms);
	for (int i = 0; i < 3; i++) {
		look(&mending, MEMORY_AS_WANTED, MEMORY_OFFLINE, now_ms);
		now_ms = mending.not_before_ms;
		claim_mending_tried(&mending, NULL, now_ms, 0);
		assert_true(mending.acted);
		look(&mending, MEMORY_OFFLINE, MEMORY_AS_WANTED, now_ms);
		assert_false(mending.acted);
	}
	assert_int_equal(mending.attempts, 3);
	look(&mending, MEMORY_AS_WANTED, MEMORY_OFFLINE, now_ms + CLAIM_WELL_MS);
	assert_int_equal(mending.attempts, 0);
	assert_int_equal(mending.not_before_ms, now_ms + CLAIM_WELL_MS + CLAIM_DELAY_MS);
}

/* The rest of a region has to go before the claim can have another region. */
static void clearing_is_no_attempt_of_its_own(void **state)
{
	struct claim_mending mending = { .attempts = CLAIM_ATTEMPTS_MAX - 1 };

	claim_mending_tried(&mending, NULL, 1000, 0);
	look(&mending, MEMORY_DEVICE_MISSING, MEMORY_RELEASED, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX - 1);
	look(&mending, MEMORY_RELEASED, MEMORY_RELEASED, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX - 1);
	claim_mending_tried(&mending, NULL, 1000, 0);
	look(&mending, MEMORY_RELEASED, MEMORY_AS_WANTED, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX);
}

/* A device that comes is worth an attempt, whatever was tried without the device. */
static void a_device_is_a_new_beginning(void **state)
{
	struct claim_mending mending = { .attempts = CLAIM_ATTEMPTS_MAX, .not_before_ms = 99999 };
	const struct claim claim = OF_MEMORY(ram, CLAIM_DRIFT_MEND);
	const struct claim_sight with = sight_of(&claim, MEMORY_RELEASED);
	struct claim_sight without = with;

	without.states[CLAIM_PLANNED].holds = false;
	claim_mending_observed(&mending, &without, &without, 1000);
	assert_int_equal(mending.attempts, CLAIM_ATTEMPTS_MAX);
	claim_mending_observed(&mending, &without, &with, 1000);
	assert_int_equal(mending.attempts, 0);
	assert_int_equal(mending.not_before_ms, 0);
}

/* ---- causes ---- */

#define SERIAL 50
#define PLACE  "pci0000:40/0000:40:01.0/0000:48:00.0"

/* Something befalls the claim's device. */
static void befall(struct causes *causes, enum uevent_kind kind, uint64_t now_ms,
		   uint64_t look_begun)
{
	const struct uevent_news news = { kind, PLACE, strlen(PLACE) };
	_cleanup_topology_ struct topology *host = topology_new();
	struct topo_memdev *memdev = topology_add_memdev(host, "mem4");

	memdev->serial = SERIAL;
	memdev->host_path = PLACE;
	assert_int_equal(causes_hear(causes, &news, host, now_ms, look_begun), 1);
}

/* A claim with the policy "leave", its patience, and the causes. */
struct bench {
	struct claim claim;
	struct memory_claim memory; /* the claim's */
	struct claim_member member;
	struct claim_mending mending;
	struct causes causes;
	enum memory_reason problem; /* at the look before */
	uint64_t look;
};

static void bench_init(struct bench *bench, enum claim_drift drift)
{
	*bench = (struct bench){ .member.serial = SERIAL };
	bench->claim = (struct claim)OF_MEMORY(bench->memory, drift);
	bench->memory.binding.bound = true;
	bench->memory.binding.members = (struct claim_member_list){ &bench->member, 1 };
}

static void bench_deinit(struct bench *bench)
{
	causes_deinit(&bench->causes);
	claim_mending_deinit(&bench->mending);
}

/* A look that was begun before the next event; and the fault that the look shows. */
static void bench_look(struct bench *bench, enum memory_reason problem, uint64_t now_ms)
{
	const struct world world = { .causes = &bench->causes, .look = bench->look };
	const struct claim_sight before = sight_of(&bench->claim, bench->problem);
	const struct claim_sight after = sight_of(&bench->claim, problem);

	claim_mending_observed(&bench->mending, &before, &after, now_ms);
	claim_mending_explain(&bench->mending, &bench->claim, &world, &after, now_ms);
	bench->problem = problem;
}

static void bench_look_anew(struct bench *bench, enum memory_reason problem, uint64_t now_ms)
{
	bench->look++;
	bench_look(bench, problem, now_ms);
}

static void assert_bench(const char *what, struct bench *bench, struct expected expected)
{

	assert_choice(what, &bench->claim, &bench->mending, sight_of(&bench->claim, bench->problem),
		      expected);
}

/* As on Linux 7.3: the region goes, a look is begun, and then the kernel tells of the device. */
static void what_the_kernel_did_is_no_drift(void **state)
{
	static const enum claim_drift drifts[] = { CLAIM_DRIFT_MEND, CLAIM_DRIFT_LEAVE };

	for (size_t i = 0; i < ARRAY_SIZE(drifts); i++) {
		struct bench bench;

		bench_init(&bench, drifts[i]);
		bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
		bench.look++;
		bench.mending.attempts = 5;
		befall(&bench.causes, UEVENT_UNBOUND, 5002, bench.look);
		befall(&bench.causes, UEVENT_ERROR, 5003, bench.look);
		bench_look(&bench, MEMORY_UNCOMMITTED, 5010);
		assert_bench("cleared", &bench, (struct expected)MENDED(CLEAR));
		assert_int_equal(bench.mending.not_before_ms, 0);
		assert_int_equal(bench.mending.attempts, 0);
		/* The other half of the attempt is due as well, and still explained. */
		claim_mending_tried(&bench.mending, NULL, 5020, 0);
		bench_look_anew(&bench, MEMORY_RELEASED, 5030);
		assert_bench("made", &bench, (struct expected)MENDED(MAKE));
		assert_int_equal(bench.mending.not_before_ms, 0);
		/* Once the claim is well, a later fault has no cause. */
		bench_look_anew(&bench, MEMORY_AS_WANTED, 5100);
		bench_look_anew(&bench, MEMORY_REGION_MISSING, 5200);
		assert_int_equal(bench.mending.cause, CAUSE_UNKNOWN);
		assert_true(bench.mending.not_before_ms > 5200);
		bench_deinit(&bench);
	}
}

/* Kernels before 6.18 tell of a reset at its end only, which may be a minute later. */
static void what_is_told_late_counts(void **state)
{
	struct bench bench;

	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 5010);
	befall(&bench.causes, UEVENT_UNBOUND, 5012, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 5030);
	assert_bench("not told yet", &bench, (struct expected)STALLED(LEFT_ALONE));
	befall(&bench.causes, UEVENT_ERROR, 60000, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 60010);
	assert_bench("told", &bench, (struct expected)MENDED(CLEAR));
	bench_deinit(&bench);
}

static void what_was_taken_out_is_no_drift(void **state)
{
	struct bench bench;

	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	befall(&bench.causes, UEVENT_REMOVED, 5000, bench.look);
	/* The device is there again, before the next look. */
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 5010);
	assert_bench("taken out", &bench, (struct expected)MENDED(CLEAR));
	bench_deinit(&bench);
}

/* A region that an admin has taken down is left, whatever befalls the device before or after. */
static void what_explains_nothing_is_no_excuse(void **state)
{
	struct bench bench;

	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	/* An error that takes nothing. */
	befall(&bench.causes, UEVENT_ERROR, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 2010);
	bench_look_anew(&bench, MEMORY_REGION_MISSING, 2020);
	assert_bench("before", &bench, (struct expected)STALLED(LEFT_ALONE));
	befall(&bench.causes, UEVENT_UNBOUND, 9000, bench.look);
	befall(&bench.causes, UEVENT_ERROR, 9001, bench.look);
	bench_look_anew(&bench, MEMORY_REGION_MISSING, 9010);
	assert_bench("after", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
	/* A person who takes a region down leaves nothing of the region; where a part is left, the
	 * kernel may be slow. */
	for (int i = 0; i < 3; i++) {
		const uint64_t late_ms = i == 1 ? CLAIM_CAUSE_LEAD_MS : CLAIM_CAUSE_LEAD_MS + 1;

		bench_init(&bench, CLAIM_DRIFT_LEAVE);
		bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
		bench_look_anew(&bench, i ? MEMORY_UNCOMMITTED : MEMORY_REGION_MISSING, 2000);
		befall(&bench.causes, UEVENT_ERROR, i ? 2000 + late_ms : 2001, bench.look);
		bench_look_anew(&bench, i ? MEMORY_UNCOMMITTED : MEMORY_REGION_MISSING, 9000);
		if (i == 1)
			assert_bench("late", &bench, (struct expected)MENDED(CLEAR));
		else
			assert_bench("later", &bench, (struct expected)STALLED(LEFT_ALONE));
		bench_deinit(&bench);
	}
	/* Or the kernel tells of the device first, and the region goes later. */
	for (uint64_t late = 0; late < 3; late++) {
		const enum memory_reason gone =
			late == 2 ? MEMORY_REGION_MISSING : MEMORY_UNCOMMITTED;
		const uint64_t well_ms = 2000 + CLAIM_CAUSE_LEAD_MS + late % 2;

		bench_init(&bench, CLAIM_DRIFT_LEAVE);
		befall(&bench.causes, UEVENT_ERROR, 2000, bench.look);
		bench_look_anew(&bench, MEMORY_AS_WANTED, 2010);
		bench_look_anew(&bench, MEMORY_AS_WANTED, well_ms);
		bench_look_anew(&bench, gone, well_ms + 5000);
		if (late == 0)
			assert_bench("soon", &bench, (struct expected)MENDED(CLEAR));
		else
			assert_bench("long ago", &bench, (struct expected)STALLED(LEFT_ALONE));
		bench_deinit(&bench);
	}
	/* A cause explains nothing any more once the claim was well again. */
	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	befall(&bench.causes, UEVENT_ERROR, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2010);
	assert_bench("taken", &bench, (struct expected)MENDED(CLEAR));
	bench_look_anew(&bench, MEMORY_AS_WANTED, 3000);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 4000);
	assert_bench("spent", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
	/* Nor does a cause of a fault that was mended without asking for the cause. */
	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	befall(&bench.causes, UEVENT_REMOVED, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_DEVICE_MISSING, 2010);
	assert_bench("missing", &bench, (struct expected)MENDED(CLEAR));
	bench_look_anew(&bench, MEMORY_AS_WANTED, 3000);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 4000);
	assert_bench("spent unasked", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
	/* An admin who takes a region down resets the region first. */
	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2000);
	bench_look_anew(&bench, MEMORY_REGION_MISSING, 2010);
	befall(&bench.causes, UEVENT_ERROR, 2020, bench.look);
	bench_look_anew(&bench, MEMORY_REGION_MISSING, 2030);
	assert_bench("taken down", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
	/* Disabled by hand is no error. */
	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	befall(&bench.causes, UEVENT_UNBOUND, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2010);
	assert_bench("disabled", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
	/* Of another device. */
	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench.member.serial = SERIAL + 1;
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	befall(&bench.causes, UEVENT_ERROR, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2010);
	assert_bench("another", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
}

/*
 * Looks, and not the clock, tell what is over: an event before the look that shows the mended claim
 * is over, and an event since the begin of that look is not, also in the same millisecond.
 */
static void what_is_mended_is_over(void **state)
{
	static const enum memory_reason faults[] = { MEMORY_UNCOMMITTED, MEMORY_DEVICE_MISSING };

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct bench bench;

		bench_init(&bench, CLAIM_DRIFT_LEAVE);
		bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
		befall(&bench.causes, UEVENT_REMOVED, 3000, bench.look);
		bench_look_anew(&bench, faults[i], 3000);
		assert_bench("taken", &bench, (struct expected)MENDED(CLEAR));
		bench_look_anew(&bench, MEMORY_AS_WANTED, 3000);
		/* One more look at the same healthy claim changes nothing. */
		bench_look_anew(&bench, MEMORY_AS_WANTED, 3000);
		bench_look_anew(&bench, MEMORY_UNCOMMITTED, 4000);
		assert_bench("over", &bench, (struct expected)STALLED(LEFT_ALONE));
		bench_deinit(&bench);

		bench_init(&bench, CLAIM_DRIFT_LEAVE);
		bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
		befall(&bench.causes, UEVENT_REMOVED, 2000, bench.look);
		bench_look_anew(&bench, faults[i], 2010);
		bench_look_anew(&bench, MEMORY_AS_WANTED, 3000);
		befall(&bench.causes, UEVENT_REMOVED, 3000, bench.look);
		bench_look_anew(&bench, MEMORY_DEVICE_MISSING, 3000);
		/* The device is there again, and what is left of its region is not drift. */
		bench_look_anew(&bench, MEMORY_UNCOMMITTED, 3000);
		assert_bench("not over", &bench, (struct expected)MENDED(CLEAR));
		bench_deinit(&bench);
	}
}

/* An old cause explains no fault of a claim that is looked at for the first time. */
static void who_was_never_seen_well_is_not_explained(void **state)
{
	struct bench bench;

	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	befall(&bench.causes, UEVENT_ERROR, 1000, bench.look);
	bench.look = 7;
	bench.problem = MEMORY_AS_WANTED;
	bench_look_anew(&bench, MEMORY_REGION_MISSING, 9000);
	assert_bench("long ago", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
}

/* The device goes while the claim is made, after a reboot say: the claim was never seen well. */
static void what_goes_while_it_is_made_is_no_drift(void **state)
{
	struct bench bench;

	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_REBOOTED, 1000);
	befall(&bench.causes, UEVENT_ERROR, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2010);
	assert_bench("made", &bench, (struct expected)MENDED(CLEAR));
	bench_deinit(&bench);
	/* But a change that somebody made before stays as that person wants it. */
	bench_init(&bench, CLAIM_DRIFT_LEAVE);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	bench_look_anew(&bench, MEMORY_REGION_DISABLED, 1100);
	befall(&bench.causes, UEVENT_ERROR, 2000, bench.look);
	bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2010);
	assert_bench("disabled", &bench, (struct expected)STALLED(LEFT_ALONE));
	bench_deinit(&bench);
}

/* A device that fails again before its claim is well makes no attempts without end. */
static void a_device_that_fails_again_has_patience(void **state)
{
	struct bench bench;

	bench_init(&bench, CLAIM_DRIFT_MEND);
	bench_look_anew(&bench, MEMORY_AS_WANTED, 1000);
	for (unsigned int i = 0; i < 3; i++) {
		befall(&bench.causes, UEVENT_ERROR, 2000 + i, bench.look);
		bench_look_anew(&bench, MEMORY_UNCOMMITTED, 2000 + i);
		claim_mending_tried(&bench.mending, "no room", 2000 + i, 0);
		assert_int_equal(bench.mending.attempts, i + 1);
	}
	bench_deinit(&bench);
}

static void what_it_came_of_is_told(void **state)
{
	static const struct {
		enum cause_kind kind;
		const char *reason;
		uint64_t serial;
		const char *text;
	} causes[] = {
		{ CAUSE_RECOVERED, CLAIM_DEVICE_RECOVERED, SERIAL,
		  "the kernel has reset the memdev with the serial number 0x32 after an error" },
		{ CAUSE_REMOVED, CLAIM_DEVICE_REMOVED, SERIAL,
		  "the memdev with the serial number 0x32 was taken out" },
		{ CAUSE_REMOVED, CLAIM_DEVICE_REMOVED, TOPO_UNKNOWN,
		  "a memdev of it was taken out" },
		{ CAUSE_UNKNOWN, CLAIM_MENDING, SERIAL, NULL },
	};
	const struct claim claim = OF_MEMORY(ram, CLAIM_DRIFT_MEND);

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		const struct claim_mending mending = { .cause = causes[i].kind,
						       .culprit.serial = causes[i].serial };
		struct claim_sight sight = sight_of(&claim, MEMORY_UNCOMMITTED);
		const struct claim_state *stalled = &sight.states[CLAIM_STALLED];
		struct arena arena = ARENA_NULL;
		enum claim_remedy remedy;

		assert_int_equal(claim_remedy_choose(&claim, &mending, &arena, &sight, &remedy), 0);
		assert_false(stalled->holds);
		assert_string_equal(stalled->reason, causes[i].reason);
		if (causes[i].text)
			assert_string_equal(stalled->text, causes[i].text);
		else
			assert_null(stalled->text);
		arena_deinit(&arena);
	}
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
		cmocka_unit_test(what_the_kernel_did_is_no_drift),
		cmocka_unit_test(what_is_told_late_counts),
		cmocka_unit_test(what_was_taken_out_is_no_drift),
		cmocka_unit_test(what_explains_nothing_is_no_excuse),
		cmocka_unit_test(what_is_mended_is_over),
		cmocka_unit_test(who_was_never_seen_well_is_not_explained),
		cmocka_unit_test(what_goes_while_it_is_made_is_no_drift),
		cmocka_unit_test(a_device_that_fails_again_has_patience),
		cmocka_unit_test(what_it_came_of_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

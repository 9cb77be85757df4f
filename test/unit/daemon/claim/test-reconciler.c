// SPDX-License-Identifier: GPL-2.0-only
/* The times at which claims are mended: the order of claims, and the timer. */
#include "daemon/claim/reconciler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/claim/memory/memory-change.h"
#include "daemon/observe/causes.h"
#include "test/lib/fake-host.h"
#include "test/lib/fake-time.h"
#include "test/unit/daemon/claim/claim-text.h"
#include "util/size.h"

#define BOOT "0f7f1a5e-7d7c-4a53-9d11-6d1b3c1f3a10"

/* The engine, as far as the reconciler sees it. */
struct bench {
	struct log log;
	struct fake_time time;
	struct claim_table claims;
	struct topology *host;
	struct reconciler *reconciler;
	unsigned int woken;
	unsigned int mended;
	bool is_closed; /* the lanes of memory are not free */
	char claim[CLAIM_NAME_MAX + 1];
	enum claim_remedy remedy;
};

static uint32_t drawn;

static uint32_t draw(void)
{
	return drawn;
}

static void wake(void *userdata)
{
	((struct bench *)userdata)->woken++;
}

static bool may_mend(void *userdata, const struct lane_set *lanes)
{
	return !((struct bench *)userdata)->is_closed;
}

static int mend(void *userdata, const char *claim, enum claim_remedy remedy)
{
	struct bench *bench = userdata;

	bench->mended++;
	bench->remedy = remedy;
	(void)snprintf(bench->claim, sizeof(bench->claim), "%s", claim);
	return 0;
}

static void add_claim(struct bench *bench, const char *text)
{
	struct claim claim = claim_of(text);

	assert_int_equal(claim_table_set(&bench->claims, &claim, 1), 0);
	claim_deinit(&claim);
}

/* Claims of memory that was never given, on a host that has some. */
static void bench_init(struct bench *bench)
{
	const struct fake_host host = { .bridges = 1,
					.devices = { 2 },
					.ram_size = 512 * SIZE_MIB,
					.windows = 1,
					.window = {
						{ { 0 }, 1, 4 * SIZE_GIB, 256, true, false } } };
	struct timekeeper keeper;

	memset(bench, 0, sizeof(*bench));
	bench->claims = CLAIM_TABLE_OF(&claim_kinds);
	bench->log = (struct log){ LOG_LEVEL_ERROR, "test" };
	bench->time.now_ms = 100000;
	bench->host = fake_host_new(&host);
	keeper = fake_time_keeper(&bench->time);
	assert_non_null(bench->host);
	add_claim(bench, "{'name':'a','size':268435456,'owner':'uid:1'}");
	add_claim(bench, "{'name':'b','size':268435456,'owner':'uid:2'}");
	assert_int_equal(
		reconciler_new(&keeper, draw, &bench->log, &bench->claims, &bench->reconciler), 0);
	drawn = 0;
}

static void bench_begin(struct bench *bench)
{
	const struct reconciler_engine engine = { wake, may_mend, mend, bench };

	reconciler_begin(bench->reconciler, &engine);
}

static void bench_look(struct bench *bench)
{
	reconciler_observe(bench->reconciler, WORLD(bench->host, BOOT));
}

static void bench_deinit(struct bench *bench)
{
	(void)reconciler_free(bench->reconciler);
	claim_table_deinit(&bench->claims);
	(void)topology_free(bench->host);
	assert_int_equal(bench->time.timers.count, 0);
}

/* Claims are looked at before there is an engine that could mend claims. */
static void nothing_is_done_before_the_beginning(void **state)
{
	struct bench bench;

	bench_init(&bench);
	bench_look(&bench);
	assert_false(bench.claims.records.items[0]->sight.states[CLAIM_ONLINE].holds);
	assert_int_equal(bench.woken, 0);
	assert_int_equal(bench.mended, 0);
	assert_int_equal(fake_time_next(&bench.time), TIMER_OFF);
	bench_deinit(&bench);
}

static void a_look_wakes_whoever_carries_changes_out(void **state)
{
	struct bench bench;

	bench_init(&bench);
	bench_begin(&bench);
	bench_look(&bench);
	assert_int_equal(bench.woken, 1);
	reconciler_next(bench.reconciler);
	assert_int_equal(bench.mended, 1);
	assert_string_equal(bench.claim, "a");
	assert_int_equal(bench.remedy, CLAIM_REMEDY_MAKE);
	/* A claim that is mended now needs no timer. */
	assert_int_equal(fake_time_next(&bench.time), TIMER_OFF);
	bench_deinit(&bench);
}

static void a_claim_waits_for_the_lanes_of_its_changes(void **state)
{
	const struct lane_set wire = { .names = { "wire" }, .count = 1 };
	struct bench bench;

	bench_init(&bench);
	bench_begin(&bench);
	bench_look(&bench);
	bench.is_closed = true;
	reconciler_next(bench.reconciler);
	assert_int_equal(bench.mended, 0);
	/* A change that gives the lanes back wakes the engine. */
	assert_int_equal(fake_time_next(&bench.time), TIMER_OFF);
	/* A change of other lanes keeps no claim waiting. */
	assert_true(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:1", ""));
	assert_false(reconciler_has_work(bench.reconciler, &wire, "uid:1", ""));
	bench.is_closed = false;
	reconciler_next(bench.reconciler);
	assert_int_equal(bench.mended, 1);
	bench_deinit(&bench);
}

/* A second and up to a quarter more by chance, then twice as long, without any look. */
static void what_fails_is_tried_again_in_its_time(void **state)
{
	static const uint64_t waits_ms[] = { 1000, 2000, 4000, 8000 };
	struct bench bench;

	bench_init(&bench);
	claim_table_remove(&bench.claims, "b");
	bench_begin(&bench);
	bench_look(&bench);
	for (size_t i = 0; i < ARRAY_SIZE(waits_ms); i++) {
		const uint64_t quarter = waits_ms[i] / 4, late = i % 2 ? quarter - 1 : 0;
		const unsigned int woken = bench.woken;

		reconciler_next(bench.reconciler);
		assert_int_equal(bench.mended, i + 1);
		drawn = (uint32_t)(quarter * 7 + late);
		reconciler_mended(bench.reconciler, "a", "no room", false);
		reconciler_next(bench.reconciler);
		assert_int_equal(bench.mended, i + 1);
		assert_int_equal(fake_time_next(&bench.time),
				 bench.time.now_ms + waits_ms[i] + late);
		fake_time_go(&bench.time, bench.time.now_ms + waits_ms[i] + late - 1);
		assert_int_equal(bench.woken, woken);
		fake_time_go(&bench.time, bench.time.now_ms + 1);
		assert_int_equal(bench.woken, woken + 1);
	}
	bench_deinit(&bench);
}

/* The other claim has its turn; the next claim is chosen when its change has ended. */
static void one_that_waits_holds_up_no_other(void **state)
{
	struct bench bench;

	bench_init(&bench);
	bench_begin(&bench);
	bench_look(&bench);
	reconciler_next(bench.reconciler);
	reconciler_mended(bench.reconciler, "a", "no room", false);
	reconciler_next(bench.reconciler);
	assert_string_equal(bench.claim, "b");
	assert_int_equal(bench.mended, 2);
	assert_int_equal(fake_time_next(&bench.time), TIMER_OFF);
	bench_deinit(&bench);
}

/* Another program holds the host: the wait is paid once, and not by each claim. */
static void all_wait_for_who_holds_the_host(void **state)
{
	struct bench bench;

	bench_init(&bench);
	bench_begin(&bench);
	bench_look(&bench);
	reconciler_next(bench.reconciler);
	reconciler_mended(bench.reconciler, "a", "somebody changes the host", true);
	reconciler_next(bench.reconciler);
	assert_int_equal(bench.mended, 1);
	assert_int_equal(fake_time_next(&bench.time), bench.time.now_ms + 1000);
	bench_deinit(&bench);
}

/* A remedy is not repeated before a look has shown its effect. */
static void what_was_done_waits_for_a_look(void **state)
{
	struct bench bench;

	bench_init(&bench);
	claim_table_remove(&bench.claims, "b");
	bench_begin(&bench);
	bench_look(&bench);
	reconciler_next(bench.reconciler);
	reconciler_mended(bench.reconciler, "a", NULL, false);
	fake_time_go(&bench.time, bench.time.now_ms + 3600000);
	reconciler_next(bench.reconciler);
	assert_int_equal(bench.mended, 1);
	bench_look(&bench);
	reconciler_next(bench.reconciler);
	assert_int_equal(bench.mended, 2);
	bench_deinit(&bench);
}

static void who_is_gone_is_no_matter(void **state)
{
	struct bench bench;

	bench_init(&bench);
	bench_begin(&bench);
	bench_look(&bench);
	reconciler_next(bench.reconciler);
	claim_table_remove(&bench.claims, "a");
	reconciler_mended(bench.reconciler, "a", "it was removed", false);
	reconciler_next(bench.reconciler);
	assert_string_equal(bench.claim, "b");
	bench_deinit(&bench);
}

/* A change gives way to claims of others, not to its own user's claims and not to its own claim. */
static void work_for_others_is_told(void **state)
{
	struct bench bench;

	bench_init(&bench);
	assert_false(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:1", ""));
	bench_begin(&bench);
	bench_look(&bench);
	assert_true(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:1", ""));
	assert_true(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:9", "b"));
	assert_false(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:1", "b"));
	reconciler_next(bench.reconciler);
	reconciler_mended(bench.reconciler, "a", "no room", true);
	assert_false(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:9", ""));
	fake_time_go(&bench.time, bench.time.now_ms + 1000);
	assert_true(reconciler_has_work(bench.reconciler, &memory_lanes, "uid:9", ""));
	bench_deinit(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_done_before_the_beginning),
		cmocka_unit_test(a_look_wakes_whoever_carries_changes_out),
		cmocka_unit_test(a_claim_waits_for_the_lanes_of_its_changes),
		cmocka_unit_test(what_fails_is_tried_again_in_its_time),
		cmocka_unit_test(one_that_waits_holds_up_no_other),
		cmocka_unit_test(all_wait_for_who_holds_the_host),
		cmocka_unit_test(what_was_done_waits_for_a_look),
		cmocka_unit_test(who_is_gone_is_no_matter),
		cmocka_unit_test(work_for_others_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

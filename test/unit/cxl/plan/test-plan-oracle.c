// SPDX-License-Identifier: GPL-2.0-only
/*
 * The planner against a kernel that is asked by brute force, on thousands of small hosts made from
 * fixed seeds: what is planned is accepted step by step, and what the kernel would accept in any
 * order is planned. Hosts come with a past: regions made and removed, some halfway, some out of
 * order.
 */
#include "cxl/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "test/unit/cxl/plan/random-host.h"

/* No memdev has more units than that. */
#define SHARE_MAX 16

/* ---- what the kernel would take ---- */

struct question {
	const struct topology *topology;
	struct fake_kernel *kernel;
	enum topo_mode mode;
	uint64_t size;
	int ways, granularity;
	bool ordered;
	const struct topo_memdev *memdevs[8]; /* named, or all when none is */
	int count;
	bool named;
	char uuid[40]; /* each another one: the kernel has none twice */
};

static bool window_accepts(const struct question *question, const struct topo_decoder *window,
			   const struct topo_memdev *const *memdevs, int count)
{
	struct oracle_try try = {
		.window = window->name,
		.mode = question->mode,
		.granularity = question->granularity,
		.share = question->size / (uint64_t)count,
		.count = count,
		.ordered = question->ordered,
	};

	if (question->size % ((uint64_t)count * UNIT))
		return false;
	/* Where the window leaves it open, the finest is accepted where any is. */
	if (try.granularity == 0)
		try.granularity =
			window->interleave_ways > 1 ? window->interleave_granularity : 256;
	memcpy(try.memdevs, memdevs, (size_t)count * sizeof(struct topo_memdev *));
	return oracle_accepts(question->kernel, &try);
}

static bool subset_accepts(const struct question *question, const struct topo_decoder *window,
			   unsigned int subset)
{
	const struct topo_memdev *memdevs[8];
	int count = 0;

	for (int i = 0; i < question->count; i++)
		if (subset & (1U << i))
			memdevs[count++] = question->memdevs[i];
	/* Eight in every order are too many to try; no other count above six is one of ways. */
	if (count == 0 || (question->ways && count != question->ways) || count == 5 || count > 6)
		return false;
	return window_accepts(question, window, memdevs, count);
}

static bool kernel_accepts(const struct question *question)
{
	const struct topo_port *root = question->topology->ports.items[0];

	for (size_t i = 0; i < root->decoders.count; i++) {
		const struct topo_decoder *window = root->decoders.items[i];

		if (question->named) {
			if (window_accepts(question, window, question->memdevs, question->count))
				return true;
			continue;
		}
		for (unsigned int subset = 1; subset < 1U << question->count; subset++)
			if (subset_accepts(question, window, subset))
				return true;
	}
	return false;
}

/* ---- requests ---- */

static void random_question(struct random *random, struct question *question)
{
	const struct topology *topology = question->topology;
	int count = (int)topology->memdevs.count;

	(void)snprintf(question->uuid, sizeof(question->uuid), "01234567-89ab-cdef-0123-%012llx",
		       (unsigned long long)(random_next(random) >> 16));
	question->mode = random_below(random, 8) ? TOPO_MODE_RAM : TOPO_MODE_PMEM;
	question->named = random_below(random, 3) > 0;
	question->count = 0;
	for (int i = 0; i < count; i++) {
		int at = random_below(random, i + 1);

		question->memdevs[i] = question->memdevs[at];
		question->memdevs[at] = topology->memdevs.items[i];
	}
	question->count = count;
	question->ways = 0;
	question->ordered = false;
	question->granularity = random_below(random, 5) ? 0 : 256 << random_below(random, 7);
	if (question->named) {
		static const int counts[] = { 1, 2, 2, 3, 4, 4, 4, 6 };

		question->count = counts[random_below(random, 8)];
		if (question->count > count)
			question->count = 1;
		question->ordered = random_below(random, 4) == 0;
	} else if (random_below(random, 2)) {
		static const int ways[] = { 1, 2, 2, 3, 4, 4, 4, 6 };

		question->ways = ways[random_below(random, 8)];
	}
	question->size = (uint64_t)(1 + random_below(random, 3)) * UNIT *
			 (uint64_t)(question->named  ? question->count
				    : question->ways ? question->ways
						     : 1 + random_below(random, 4));
	/* An odd share keeps eight ways out of the planner's reach, as they are out of the
	 * oracle's. */
	if (!question->named && !question->ways && question->size % (8 * UNIT) == 0)
		question->size -= UNIT;
}

static int ask_planner(const struct question *question, const struct topology *topology,
		       struct plan *plan)
{
	struct region_request request = REGION_REQUEST_NULL;
	const char *names[8];

	request.type = question->mode;
	request.uuid = question->mode == TOPO_MODE_PMEM ? question->uuid : NULL;
	request.size_bytes = question->size;
	request.ways = question->ways;
	request.granularity = question->granularity;
	for (int i = 0; question->named && i < question->count; i++)
		names[i] = question->memdevs[i]->name;
	request.memdevs = names;
	request.memdev_count = question->named ? (size_t)question->count : 0;
	request.memdevs_ordered = question->ordered;
	return plan_create_region(topology, &request, plan);
}

static void print_question(const struct question *question, uint64_t seed, const struct plan *plan)
{
	print_error("seed %llu: %s %lluM, %d ways, %d bytes%s", (unsigned long long)seed,
		    topo_mode_name(question->mode), (unsigned long long)(question->size / MIB),
		    question->ways, question->granularity, question->ordered ? " ordered" : "");
	for (int i = 0; question->named && i < question->count; i++)
		print_error(" %s", question->memdevs[i]->name);
	print_error("\n");
	if (plan->why)
		print_error("  planned: %s, %d bytes\n", plan->why, plan->granularity);
	for (size_t i = 0; i < plan->refusals.list.count; i++)
		print_error("  %s: %s\n", plan->refusals.list.items[i].code,
			    plan->refusals.list.items[i].text);
}

/* The most that the kernel takes of these memdevs, or of any as many, when nobody says how much. */
static uint64_t largest_accepted(struct question *question)
{
	uint64_t count = (uint64_t)(question->named ? question->count : question->ways);
	uint64_t largest = 0;

	for (uint64_t share = 1; share <= SHARE_MAX; share++) {
		question->size = share * count * UNIT;
		if (kernel_accepts(question))
			largest = question->size;
	}
	question->size = 0;
	return largest;
}

static void compare_largest(struct question *question, uint64_t seed)
{
	uint64_t largest = largest_accepted(question);
	struct plan plan = PLAN_NULL;
	int rc = ask_planner(question, question->topology, &plan);

	if (rc < 0 || (rc == 0 ? plan.size_bytes : 0) != largest) {
		print_question(question, seed, &plan);
		print_error("  the kernel takes %lluM\n", (unsigned long long)(largest / MIB));
	}
	assert_true(rc >= 0);
	assert_int_equal(rc == 0 ? plan.size_bytes : 0, largest);
	plan_deinit(&plan);
}

/* Asks both; returns whether there was a plan, which is then performed. */
static bool compare(struct question *question, uint64_t seed)
{
	_cleanup_topology_ struct topology *now = NULL;
	struct plan plan = PLAN_NULL;
	bool accepted = kernel_accepts(question);
	bool agreed, performed = true;
	int rc;

	/* Trying left modes in decoders. */
	now = fake_kernel_snapshot(question->kernel);
	rc = ask_planner(question, now, &plan);
	agreed = (rc == 0) == accepted && rc >= 0;
	if (rc == 0)
		performed = oracle_performs(question->kernel, &plan.steps);
	if (!agreed || !performed)
		print_question(question, seed, &plan);
	if (rc == PLAN_E_REFUSED)
		assert_true(plan.refusals.list.count > 0);
	plan_deinit(&plan);
	assert_true(performed);
	assert_true(agreed);
	return rc == 0;
}

/* ---- a past ---- */

/* Takes a region away as a careless hand would: reset and deleted, whatever was made after it. */
static void remove_carelessly(struct fake_kernel *kernel, const struct topo_region *region)
{
	(void)fake_kernel_write(kernel, STEP_REGION_COMMIT, region->name, "0");
	(void)fake_kernel_write(kernel, STEP_REGION, region->name, "");
	for (size_t i = 0; i < region->mappings.count; i++)
		(void)fake_kernel_write(kernel, STEP_DECODER_DPA,
					region->mappings.items[i].decoder_name, "0");
}

static void remove_properly(struct fake_kernel *kernel, const struct topology *topology,
			    const struct topo_region *region)
{
	const struct remove_request request = { .region = region->name, .force = true };
	struct plan plan = PLAN_NULL;
	int rc = plan_remove_region(topology, &request, &plan);

	assert_true(rc == 0 || rc == PLAN_E_REFUSED);
	if (rc == 0)
		assert_true(oracle_performs(kernel, &plan.steps));
	else
		assert_true(plan_refused_with(&plan, "region-order", NULL));
	plan_deinit(&plan);
}

/* Leaves a reserved decoder, or a region with its targets but not committed. */
static void leave_halfway(struct random *random, struct fake_kernel *kernel,
			  const struct topology *topology)
{
	const struct topo_memdev *memdev =
		topology->memdevs.items[random_below(random, (int)topology->memdevs.count)];

	if (random_below(random, 2) && topology->regions.count) {
		const struct topo_region *region =
			topology->regions.items[random_below(random, (int)topology->regions.count)];

		(void)fake_kernel_write(kernel, STEP_REGION_COMMIT, region->name, "0");
		return;
	}
	for (size_t i = 0; i < memdev->endpoint->decoders.count; i++) {
		const char *decoder = memdev->endpoint->decoders.items[i]->name;

		if (memdev->endpoint->decoders.items[i]->dpa_size)
			continue;
		(void)fake_kernel_write(kernel, STEP_DECODER_MODE, decoder, "ram");
		(void)fake_kernel_write(kernel, STEP_DECODER_DPA, decoder, "268435456");
		return;
	}
}

static void live(struct random *random, struct fake_kernel *kernel)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);
	const struct topo_region *region;

	assert_non_null(now);
	if (now->regions.count == 0) {
		if (random_below(random, 8) == 0)
			leave_halfway(random, kernel, now);
		return;
	}
	region = now->regions.items[random_below(random, (int)now->regions.count)];
	switch (random_below(random, 12)) {
	case 0:
	case 1:
	case 2:
		remove_properly(kernel, now, region);
		break;
	case 3:
		remove_carelessly(kernel, region);
		break;
	case 4:
		leave_halfway(random, kernel, now);
		break;
	default:
		break;
	}
}

struct tally {
	int planned, refused;
};

static void run_seed(uint64_t seed, struct tally *tally)
{
	struct random random = { .state = seed };
	_cleanup_topology_ struct topology *start = random_host(&random);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = NULL;

	if (start->memdevs.count == 0)
		return;
	kernel = fake_kernel_new(start);
	assert_non_null(kernel);
	for (int i = 0; i < 6; i++) {
		_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);
		struct question question = { .topology = now, .kernel = kernel };

		assert_non_null(now);
		random_question(&random, &question);
		if (random_below(&random, 8) == 0 && (question.named || question.ways)) {
			compare_largest(&question, seed);
			continue;
		}
		if (compare(&question, seed))
			tally->planned++;
		else
			tally->refused++;
		live(&random, kernel);
	}
}

static void run_seeds(uint64_t first, uint64_t count)
{
	struct tally tally = { 0 };

	for (uint64_t seed = first; seed < first + count; seed++)
		run_seed(seed, &tally);
	print_message("%d planned, %d refused\n", tally.planned, tally.refused);
	/* Neither answer may become so rare that it is no longer tested. */
	assert_true(tally.planned * 10 > tally.refused);
	assert_true(tally.refused * 10 > tally.planned);
}

static void test_agrees_with_the_kernel(void **state)
{
	const char *only = getenv("PLAN_ORACLE_SEED");
	struct tally tally = { 0 };

	(void)state;
	if (only)
		run_seed(strtoull(only, NULL, 10), &tally);
	else
		run_seeds(1, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

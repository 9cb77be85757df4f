// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the planner's time and its growth: hosts from 16 to 1,024 memdevs; requests that leave
 * all choices open, name memdevs, or can't be satisfied. Then a host of 1,024 memdevs gets 1,000
 * regions, each planned from the draft with all regions before it. Fails above the limits of the
 * product: 100 us at 16 memdevs and 8 windows, 20 ms at 1,024 and 64, 250 ms for all 1,000 regions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cxl/plan/plan-draft.h"
#include "cxl/plan/plan.h"
#include "test/unit/cxl/plan/plan-host.h"

#define ROUNDS 21

struct scale {
	int memdevs, windows, bridges;
	double limit_us; /* 0 for none */
};

static const struct scale scales[] = {
	{ 16, 8, 2, 100 },
	{ 64, 16, 4, 0 },
	{ 256, 32, 8, 0 },
	{ 1024, 64, 16, 20000 },
};

enum question {
	ASK_SIZE,     /* 8 GiB from anywhere */
	ASK_LARGEST,  /* as much as 4 ways give */
	ASK_NAMED,    /* four memdevs below one switch */
	ASK_UNEVEN,   /* 8 GiB on a host where every memdev has another size */
	ASK_TOO_MUCH, /* more than the host has: every window tells its reason, and one the size
			 that would fit */
	QUESTIONS,
};

static const char *const question_names[QUESTIONS] = { "size", "largest", "named", "uneven",
						       "too much" };

/* Each bridge has switches with four memdevs each. */
static void write_shape(const struct scale *scale, char *shape)
{
	int switches = scale->memdevs / scale->bridges / 4;

	for (int i = 0; i < scale->bridges; i++) {
		*shape++ = '[';
		for (int j = 0; j < switches; j++)
			shape = stpcpy(shape, "[eeee]");
		*shape++ = ']';
	}
	*shape = '\0';
}

/* Windows over 1, 2, 4... bridges, each beginning at another bridge. */
static struct topology *make_host(const struct scale *scale, char targets[][17])
{
	static const char digits[] = "0123456789abcdef";
	struct plan_host host = { .ram_size = 16 * GIB };
	char *shape = malloc((size_t)scale->memdevs * 3 + 64);
	struct topology *topology;

	assert_non_null(shape);
	write_shape(scale, shape);
	host.shape = shape;
	for (int i = 0; i < scale->windows; i++) {
		int ways = 1 << i % 4;

		while (ways > scale->bridges)
			ways /= 2;
		for (int j = 0; j < ways; j++)
			targets[i][j] = digits[(i + j) % scale->bridges];
		targets[i][ways] = '\0';
		host.windows[i] = (struct plan_window){ .targets = targets[i], .size = 512 * GIB };
	}
	topology = plan_host_new(&host);
	free(shape);
	return topology;
}

static double now_us(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double ask(const struct topology *topology, enum question question)
{
	static const char *const names[] = { "mem3", "mem2", "mem1", "mem0" };
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;
	double begin, end;
	int rc;

	request.goal = PLAN_GOAL_SYSTEM_RAM;
	if (question == ASK_LARGEST)
		request.ways = 4;
	else
		request.size_bytes = question == ASK_TOO_MUCH ? 4096 * GIB : 8 * GIB;
	if (question == ASK_NAMED) {
		request.memdevs = names;
		request.memdev_count = 4;
	}
	begin = now_us();
	rc = plan_create_region(topology, &request, &plan);
	end = now_us();
	assert_int_equal(rc, question == ASK_TOO_MUCH ? PLAN_E_REFUSED : 0);
	plan_deinit(&plan);
	return end - begin;
}

static double median(const struct topology *topology, enum question question)
{
	double times[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		times[i] = ask(topology, question);
	qsort(times, ROUNDS, sizeof(*times), compare_doubles);
	return times[ROUNDS / 2];
}

static bool run_scale(const struct scale *scale)
{
	char targets[64][17];
	struct topology *topology = make_host(scale, targets);
	bool good = true;

	printf("%5d memdevs %3d windows:", scale->memdevs, scale->windows);
	for (enum question question = 0; question < QUESTIONS; question++) {
		double time;

		for (size_t i = 0; question == ASK_UNEVEN && i < topology->memdevs.count; i++)
			topology->memdevs.items[i]->ram_size += i * UNIT;
		time = median(topology, question);
		printf(" %s %.0f us%s", question_names[question], time,
		       question + 1 < QUESTIONS ? "," : "");
		good = good && (scale->limit_us == 0 || time <= scale->limit_us);
	}
	if (scale->limit_us > 0)
		printf(" (at most %.0f: %s)", scale->limit_us, good ? "ok" : "TOO SLOW");
	printf("\n");
	(void)topology_free(topology);
	return good;
}

/* ---- a host that is filled from a draft ---- */

#define FILL_BRIDGES  32
#define FILL_DEVICES  32 /* below each bridge */
#define FILL_REGIONS  1000
#define FILL_LIMIT_MS 250

/* Plans all of one memdev as system RAM; returns the microseconds. */
static double plan_memdev(const struct topology *draft, int memdev, struct plan *plan)
{
	struct region_request request = REGION_REQUEST_NULL;
	char name[16];
	const char *const names[] = { name };
	double begin = now_us();

	(void)snprintf(name, sizeof(name), "mem%d", memdev);
	request.memdevs = names;
	request.memdev_count = 1;
	request.size_bytes = 16 * GIB;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	assert_int_equal(plan_create_region(draft, &request, plan), 0);
	return now_us() - begin;
}

static double median_plan(const struct topology *draft, int memdev)
{
	double times[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct plan plan = PLAN_NULL;

		times[i] = plan_memdev(draft, memdev, &plan);
		plan_deinit(&plan);
	}
	qsort(times, ROUNDS, sizeof(*times), compare_doubles);
	return times[ROUNDS / 2];
}

static bool run_fill(void)
{
	struct topology *draft = plan_host_new_flat(FILL_BRIDGES, FILL_DEVICES, 16 * GIB);
	double plan_us = 0, enter_us = 0, first = 0, half = 0, last;

	for (int i = 0; i < FILL_REGIONS; i++) {
		struct plan plan = PLAN_NULL;
		double begin;

		if (i == 0)
			first = median_plan(draft, i);
		if (i == FILL_REGIONS / 2)
			half = median_plan(draft, i);
		plan_us += plan_memdev(draft, i, &plan);
		begin = now_us();
		assert_int_equal(plan_draft_enter(draft, &plan), 0);
		enter_us += now_us() - begin;
		plan_deinit(&plan);
	}
	last = median_plan(draft, FILL_REGIONS);
	printf("%5d memdevs %3d windows: one memdev %.0f us, %.0f us with %d regions, %.0f us "
	       "with %d\n",
	       FILL_BRIDGES * FILL_DEVICES, FILL_BRIDGES, first, half, FILL_REGIONS / 2, last,
	       FILL_REGIONS);
	printf("%5d regions: planned in %.0f ms, entered in %.0f ms (at most %d: %s)\n",
	       FILL_REGIONS, plan_us / 1e3, enter_us / 1e3, FILL_LIMIT_MS,
	       plan_us + enter_us <= FILL_LIMIT_MS * 1e3 ? "ok" : "TOO SLOW");
	(void)topology_free(draft);
	return plan_us + enter_us <= FILL_LIMIT_MS * 1e3;
}

int main(void)
{
	bool good = true;

	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++)
		good = run_scale(&scales[i]) && good;
	good = run_fill() && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

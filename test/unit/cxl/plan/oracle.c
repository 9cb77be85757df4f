// SPDX-License-Identifier: GPL-2.0-only
/*
 * The brute-force oracle of the planner's tests.
 */
#include "test/unit/cxl/plan/oracle.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REGIONS_MAX 32

/* One try on its way: the region's name and each memdev's decoder. */
struct attempt {
	struct fake_kernel *kernel;
	const struct oracle_try *try;
	char region[STEP_VALUE_MAX];
	const char *decoders[8];
	bool allocated[8];
	int order[8];
};

static bool put(struct attempt *attempt, const struct step_kind *kind, const char *object,
		const char *value)
{
	return fake_kernel_write(attempt->kernel, kind, object, value) == 0;
}

static bool put_number(struct attempt *attempt, const struct step_kind *kind, const char *object,
		       uint64_t number)
{
	char text[STEP_VALUE_MAX];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return put(attempt, kind, object, text);
}

/* The decoder that takes the allocation: the kernel accepts the allocation for one decoder at most.
 */
static bool allocate(struct attempt *attempt, int index)
{
	const struct topo_port *endpoint = attempt->try->memdevs[index]->endpoint;

	for (size_t i = 0; i < endpoint->decoders.count; i++) {
		const struct topo_decoder *decoder = endpoint->decoders.items[i];

		if (decoder->dpa_size)
			continue;
		if (!put(attempt, STEP_DECODER_MODE, decoder->name,
			 topo_mode_name(attempt->try->mode)))
			continue;
		if (put_number(attempt, STEP_DECODER_DPA, decoder->name, attempt->try->share)) {
			attempt->decoders[index] = decoder->name;
			attempt->allocated[index] = true;
			return true;
		}
	}
	return false;
}

static bool put_target(struct attempt *attempt, int position, const char *decoder)
{
	char name[HOST_TARGET_NAME_MAX];

	host_step_target_name(attempt->region, position, name);
	return put(attempt, STEP_REGION_TARGET, name, decoder);
}

static bool try_order(struct attempt *attempt)
{
	int count = attempt->try->count, set = 0;
	bool taken = true;

	while (taken && set < count) {
		taken = put_target(attempt, set, attempt->decoders[attempt->order[set]]);
		set++;
	}
	if (taken)
		taken = put(attempt, STEP_REGION_COMMIT, attempt->region, "1");
	if (taken)
		assert_true(put(attempt, STEP_REGION_COMMIT, attempt->region, "0"));
	/* The kernel leaves the last target in its place even when it refuses the whole. */
	while (set-- > 0)
		(void)put_target(attempt, set, "");
	return taken;
}

static bool try_orders(struct attempt *attempt, int at)
{
	int count = attempt->try->count;

	if (at == count)
		return try_order(attempt);
	for (int i = at; i < count; i++) {
		int other = attempt->order[i];
		bool taken;

		attempt->order[i] = attempt->order[at];
		attempt->order[at] = other;
		taken = try_orders(attempt, at + 1);
		attempt->order[at] = attempt->order[i];
		attempt->order[i] = other;
		if (taken || attempt->try->ordered)
			return taken;
	}
	return false;
}

/* Which name the window's next region has changes with every region made and deleted. */
static bool create(struct attempt *attempt)
{
	char value[STEP_VALUE_MAX];

	(void)snprintf(value, sizeof(value), "%s@%s", topo_mode_name(attempt->try->mode),
		       attempt->try->window);
	for (int i = 0; i < REGIONS_MAX; i++) {
		(void)snprintf(attempt->region, sizeof(attempt->region), "region%d", i);
		if (put(attempt, STEP_REGION, attempt->region, value))
			return true;
	}
	return false;
}

static bool prepare(struct attempt *attempt)
{
	const struct oracle_try *try = attempt->try;

	if (!create(attempt) ||
	    !put_number(attempt, STEP_REGION_GRANULARITY, attempt->region,
			(uint64_t)try->granularity) ||
	    !put_number(attempt, STEP_REGION_WAYS, attempt->region, (uint64_t)try->count))
		return false;
	if (try->mode == TOPO_MODE_PMEM && !put(attempt, STEP_REGION_UUID, attempt->region,
						"00000000-1111-2222-3333-444444444444"))
		return false;
	if (!put_number(attempt, STEP_REGION_SIZE, attempt->region,
			try->share * (uint64_t)try->count))
		return false;
	for (int i = 0; i < try->count; i++)
		if (!allocate(attempt, i))
			return false;
	return true;
}

bool oracle_accepts(struct fake_kernel *kernel, const struct oracle_try *try)
{
	struct attempt attempt = { .kernel = kernel, .try = try };
	bool taken;

	for (int i = 0; i < try->count; i++)
		attempt.order[i] = i;
	taken = prepare(&attempt) && try_orders(&attempt, 0);
	(void)put(&attempt, STEP_REGION, attempt.region, "");
	for (int i = 0; i < try->count; i++)
		if (attempt.allocated[i])
			assert_true(put_number(&attempt, STEP_DECODER_DPA, attempt.decoders[i], 0));
	return taken;
}

bool oracle_performs(struct fake_kernel *kernel, const struct step_list *steps)
{
	for (size_t i = 0; i < steps->list.count; i++) {
		const struct step *step = &steps->list.items[i];
		int rc = fake_kernel_perform(kernel, step);

		if (rc < 0) {
			print_error("%s %s %s -> %s: %s\n", step->kind->name, step->object,
				    step->from, step->to, strerror(-rc));
			return false;
		}
	}
	return true;
}

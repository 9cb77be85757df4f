// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of every planner fails once: the answer is -ENOMEM, and nothing is lost (the
 * leak check of the sanitizer build is part of this test).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan-draft.h"
#include "cxl/plan/plan.h"
#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"

/* The linker's --wrap sends all calls of the planner through these. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static unsigned int fail_in; /* allocations until the one that fails, 0 for none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

typedef int (*planner)(const struct topology *topology, struct plan *plan);

static void check_all_failures(const struct topology *topology, planner plan_it, int expected)
{
	unsigned int failures = 0;
	int rc;

	do {
		struct plan plan = PLAN_NULL;

		fail_in = ++failures;
		rc = plan_it(topology, &plan);
		/* Not reached: the planner asked for memory less often. */
		if (fail_in > 0) {
			fail_in = 0;
			assert_int_equal(rc, expected);
		} else {
			assert_int_equal(rc, -ENOMEM);
		}
		plan_deinit(&plan);
	} while (rc == -ENOMEM);
	assert_true(failures > 3);
}

static int create(const struct topology *topology, struct plan *plan)
{
	struct region_request request = REGION_REQUEST_NULL;

	request.size_bytes = GIB;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	return plan_create_region(topology, &request, plan);
}

static int create_too_much(const struct topology *topology, struct plan *plan)
{
	struct region_request request = REGION_REQUEST_NULL;

	request.size_bytes = 1024 * GIB;
	return plan_create_region(topology, &request, plan);
}

static int create_of_nobody(const struct topology *topology, struct plan *plan)
{
	static const char *const names[] = { "mem0", "mem9" };
	struct region_request request = REGION_REQUEST_NULL;

	request.memdevs = names;
	request.memdev_count = 2;
	return plan_create_region(topology, &request, plan);
}

static int remove_it(const struct topology *topology, struct plan *plan)
{
	const struct remove_request request = { .region = "region0" };

	return plan_remove_region(topology, &request, plan);
}

static int enable_it(const struct topology *topology, struct plan *plan)
{
	return plan_enable_region(topology, "region0", PLAN_GOAL_DEVDAX, TOPO_ZONE_NONE, plan);
}

static int move_it(const struct topology *topology, struct plan *plan)
{
	return plan_online_memory(topology, "region0", TOPO_ZONE_KERNEL, plan);
}

static const struct plan_host host = {
	.shape = "[ee][[ee]e]",
	.windows = { { "0", .pmem = true }, { "1" }, { "01" } },
	.ram_size = 4 * GIB,
	.pmem_size = GIB,
};

static void test_create(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);

	(void)state;
	check_all_failures(topology, create, 0);
	check_all_failures(topology, create_too_much, PLAN_E_REFUSED);
	check_all_failures(topology, create_of_nobody, PLAN_E_REFUSED);
	topology_decoder(topology, "decoder0.0")->next_region = NULL;
	topology->auto_online_policy = NULL;
	check_all_failures(topology, create, 0);
}

static void test_existing(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *now = NULL;
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	(void)state;
	request.size_bytes = GIB;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	request.window = "decoder0.0";
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
	now = fake_kernel_snapshot(kernel);
	check_all_failures(now, remove_it, 0);
	check_all_failures(now, enable_it, 0);
	check_all_failures(now, move_it, 0);
}

/* Each failure costs the draft. */
static void check_enter(const struct region_request *request)
{
	unsigned int failures = 0;
	int rc;

	do {
		_cleanup_topology_ struct topology *draft = plan_host_new(&host);
		struct plan plan = PLAN_NULL;

		assert_int_equal(plan_create_region(draft, request, &plan), 0);
		fail_in = ++failures;
		rc = plan_draft_enter(draft, &plan);
		assert_int_equal(rc, fail_in > 0 ? 0 : -ENOMEM);
		fail_in = 0;
		plan_deinit(&plan);
	} while (rc == -ENOMEM);
	assert_true(failures > 3);
}

static void test_enter(void **state)
{
	static const char *const names[] = { "mem0", "mem1" };
	struct region_request request = REGION_REQUEST_NULL;

	(void)state;
	request.memdevs = names;
	request.memdev_count = 2;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	check_enter(&request);
	request.goal = PLAN_GOAL_DEVDAX;
	check_enter(&request);
	request.type = TOPO_MODE_PMEM;
	request.goal = PLAN_GOAL_REGION;
	request.uuid = "00000000-1111-2222-3333-444444444444";
	check_enter(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_existing),
		cmocka_unit_test(test_enter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "test/unit/cxl/plan/region-bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"

static const struct plan_host host = {
	.shape = "[ee]",
	.windows = { { "0", .pmem = true } },
	.ram_size = GIB,
	.pmem_size = GIB,
};

struct bench bench_new(const char *policy)
{
	struct bench bench = { .start = plan_host_new(&host) };

	bench.start->auto_online_policy = policy;
	bench.kernel = fake_kernel_new(bench.start);
	assert_non_null(bench.kernel);
	bench.now = fake_kernel_snapshot(bench.kernel);
	return bench;
}

void bench_look(struct bench *bench)
{
	(void)topology_free(bench->now);
	bench->now = fake_kernel_snapshot(bench->kernel);
	assert_non_null(bench->now);
}

void bench_free(struct bench *bench)
{
	assert_int_equal(fake_kernel_warnings(bench->kernel), 0);
	(void)topology_free(bench->now);
	(void)fake_kernel_free(bench->kernel);
	(void)topology_free(bench->start);
}

void bench_perform(struct bench *bench, struct plan *plan)
{
	for (size_t i = 0; i < plan->steps.list.count; i++)
		assert_int_equal(step_check(&plan->steps.list.items[i]), 0);
	assert_true(oracle_performs(bench->kernel, &plan->steps));
	assert_non_null(plan->why);
	plan_deinit(plan);
	bench_look(bench);
}

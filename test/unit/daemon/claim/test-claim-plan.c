// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is planned for claims, on a model of the kernel whose memdevs come and go.
 */
#include "daemon/claim/claim-plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test/lib/fake-host.h"
#include "test/lib/fake-kernel.h"
#include "test/unit/daemon/claim/claim-text.h"
#include "util/size.h"

#define BOOT "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"

/* mem0 and mem1 with the serial numbers 1 and 2 */
static const struct fake_host two_memdevs = {
	.bridges = 1,
	.devices = { 2 },
	.ram_size = 512 * SIZE_MIB,
	.pmem_size = 512 * SIZE_MIB,
	.windows = 1,
	.window = { { { 0 }, 1, 4 * SIZE_GIB, 256, true, true } },
};

/* Plans to make a claim's region anew on a host that has lost mem0. */
static int plan_without_mem0(const char *text, struct plan *plan, struct intent *intent)
{
	_cleanup_topology_ struct topology *start = fake_host_new(&two_memdevs);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(start);
	_cleanup_topology_ struct topology *topology = NULL;
	struct claim_table table = CLAIM_TABLE_NULL;
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct claim claim = claim_of(text);
	int rc;

	assert_non_null(kernel);
	assert_int_equal(fake_kernel_unplug(kernel, "mem0"), 0);
	topology = fake_kernel_snapshot(kernel);
	assert_non_null(topology);
	assert_int_equal(claim_table_set(&table, &claim, 1), 0);
	rc = claim_plan_remedy(table.records.items[0], CLAIM_REMEDY_MAKE, topology, BOOT, intent,
			       plan, &effect);
	if (rc == 0)
		assert_string_equal(plan->members[0].memdev->name, "mem1");
	claim_effect_deinit(&effect);
	claim_table_deinit(&table);
	return rc;
}

/* The data of a pmem region is on the memdevs that it had; ram is as good elsewhere. */
static void pmem_is_made_of_what_it_was(void **state)
{
	static const char *const texts[] = {
		"{'name':'a','size':268435456,'binding':{'boot':'before','resource':4294967296,"
		"'size':268435456,'ways':1,'granularity':256,'members':[{'serial':1}]}}",
		"{'name':'a','size':268435456,'type':'pmem','goal':'region','binding':{"
		"'boot':'before','resource':4294967296,'size':268435456,'ways':1,"
		"'granularity':256,'uuid':'7a1c2f3e-5b6d-4e8f-8a9b-1c2d3e4f5a6b',"
		"'members':[{'serial':1}]}}",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct intent intent = INTENT_NULL;
		struct plan plan = PLAN_NULL;

		assert_int_equal(plan_without_mem0(texts[i], &plan, &intent),
				 i == 0 ? 0 : PLAN_E_REFUSED);
		plan_deinit(&plan);
		intent_deinit(&intent);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pmem_is_made_of_what_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

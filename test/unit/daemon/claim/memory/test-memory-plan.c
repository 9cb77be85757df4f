// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans for claims, on a model of the kernel whose memdevs come and go.
 */
#include "daemon/claim/memory/memory-plan.h"

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
static int plan_without_mem0(const char *text, struct plan *plan, struct memory_request *request)
{
	_cleanup_topology_ struct topology *start = fake_host_new(&two_memdevs);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(start);
	_cleanup_topology_ struct topology *topology = NULL;
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct claim claim = claim_of(text);
	int rc;

	assert_non_null(kernel);
	assert_int_equal(fake_kernel_unplug(kernel, "mem0"), 0);
	topology = fake_kernel_snapshot(kernel);
	assert_non_null(topology);
	assert_int_equal(claim_table_set(&table, &claim, 1), 0);
	rc = memory_plan_remedy(table.records.items[0], CLAIM_REMEDY_MAKE, WORLD(topology, BOOT),
				request, plan, &effect);
	if (rc == 0)
		assert_string_equal(plan->members[0].memdev->name, "mem1");
	claim_effect_deinit(&effect);
	claim_table_deinit(&table);
	return rc;
}

/* The data of a pmem region is on its former memdevs; RAM is as good elsewhere. */
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
		struct memory_request request = MEMORY_REQUEST_NULL;
		struct plan plan = PLAN_NULL;

		assert_int_equal(plan_without_mem0(texts[i], &plan, &request),
				 i == 0 ? 0 : PLAN_E_REFUSED);
		plan_deinit(&plan);
		memory_request_deinit(&request);
	}
}

/* ---- an old look ---- */

/* The region of a claim on a host, at an address, of one memdev. */
static const char at_4g[] =
	"{'name':'db','size':268435456,'binding':{'boot':'" BOOT "','resource':4294967296,"
	"'size':268435456,'ways':1,'granularity':256,'members':[{'serial':1}]}}";
static const char at_5g[] =
	"{'name':'other','size':268435456,'binding':{'boot':'" BOOT "','resource':5368709120,"
	"'size':268435456,'ways':1,'granularity':256,'members':[{'serial':1}]}}";

static struct topology *host_with(const char *first, hpa_t first_at, const char *second,
				  hpa_t second_at)
{
	struct topology *topology = fake_host_new(&two_memdevs);
	const char *const names[] = { first, second };
	const hpa_t places[] = { first_at, second_at };

	for (int i = 0; i < 2; i++) {
		struct topo_region *region = topology_add_region(
			topology, topology_decoder(topology, "decoder0.0"), names[i]);

		assert_non_null(region);
		region->type = TOPO_MODE_RAM;
		region->resource = places[i];
		region->size = 256 * SIZE_MIB;
		region->interleave_ways = 1;
		region->interleave_granularity = 256;
		region->committed = true;
	}
	return topology;
}

/*
 * A change is planned from an old look, where region0 is the claim's, and again from a new look,
 * where others have the name: both plans are about the claim's own region.
 */
static void a_claim_is_looked_up_again(void **state)
{
	_cleanup_topology_ struct topology *old =
		host_with("region0", UINT64_C(4294967296), "region1", UINT64_C(5368709120));
	_cleanup_topology_ struct topology *new =
		host_with("region0", UINT64_C(5368709120), "region1", UINT64_C(4294967296));
	const struct memory_request request = { .kind = MEMORY_REMOVE_REGION, .claim = "db" };
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim claims[] = { claim_of(at_4g), claim_of(at_5g) };
	const char *const expected[] = { "region0", "region1" };

	(void)state;
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(claim_table_set(&table, &claims[i], i + 1), 0);
	for (int i = 0; i < 2; i++) {
		struct plan plan = PLAN_NULL;

		assert_int_equal(memory_plan_change(&table, WORLD(i == 0 ? old : new, BOOT),
						    &request, &plan),
				 0);
		assert_string_equal(plan.region, expected[i]);
		plan_deinit(&plan);
	}
	claim_table_deinit(&table);
}

/* Only a claim without a region ends without steps: a claim whose removal is refused stays. */
static void a_refused_claim_does_not_end(void **state)
{
	_cleanup_topology_ struct topology *topology =
		host_with("region0", UINT64_C(4294967296), "region1", UINT64_C(5368709120));
	struct memory_request request = { .kind = MEMORY_REMOVE_REGION, .claim = "db" };
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct claim claim = claim_of(at_4g);
	struct claim_effect effect = CLAIM_EFFECT_NULL;
	struct plan plan = PLAN_NULL;

	(void)state;
	assert_int_equal(claim_table_set(&table, &claim, 1), 0);
	topology_region(topology, "region0")->locked = true;
	assert_int_equal(memory_plan_change(&table, WORLD(topology, BOOT), &request, &plan),
			 PLAN_E_REFUSED);
	assert_string_equal(plan.refusals.list.items[0].code, "region-locked");
	assert_false(memory_plan_end(&table, WORLD(topology, BOOT), &request, &plan, &effect));
	plan_deinit(&plan);
	plan = PLAN_NULL;
	/* The region was another one. */
	topology_region(topology, "region0")->resource += 256 * SIZE_MIB;
	assert_int_equal(memory_plan_change(&table, WORLD(topology, BOOT), &request, &plan),
			 PLAN_E_REFUSED);
	assert_string_equal(plan.refusals.list.items[0].code, "unknown-region");
	assert_true(memory_plan_end(&table, WORLD(topology, BOOT), &request, &plan, &effect));
	assert_int_equal(effect.kind, CLAIM_ENDS);
	claim_effect_deinit(&effect);
	plan_deinit(&plan);
	claim_table_deinit(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pmem_is_made_of_what_it_was),
		cmocka_unit_test(a_claim_is_looked_up_again),
		cmocka_unit_test(a_refused_claim_does_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memdevs and claims that changes of memory reserve, by identity: no change takes an object
 * that another change has reserved.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/claim/memory/memory-request.h"
#include "daemon/claim/memory/memory-reserve.h"
#include "test/unit/cxl/topology/fixture.h"
#include "util/cleanup.h"

#define MIB (UINT64_C(1) << 20)

static const int other, own;

/* A request for 256 MiB, of memdevs that are named or of any. */
static struct memory_request request_of(const char *const *memdevs, size_t count)
{
	struct memory_request request = { .kind = MEMORY_CREATE_REGION,
					  .create = REGION_REQUEST_NULL };

	request.create.size_bytes = 256 * MIB;
	request.create.ways = 1;
	request.create.memdevs = memdevs;
	request.create.memdev_count = count;
	return request;
}

static void reserve(struct reservations *reservations, const void *holder, const char *name)
{
	struct reservation_set set = { 0 };

	assert_int_equal(reservation_set_add(&set, name), 0);
	assert_int_equal(reservations_take(reservations, &set, holder, 0), 0);
	reservation_set_deinit(&set);
}

/* The name of the only memdev of a plan. */
static const char *taken(const struct plan *plan)
{
	assert_int_equal(plan->ways, 1);
	return plan->members[0].memdev->name;
}

static void what_others_have_reserved_is_not_taken(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct reservations reservations = { 0 };
	const struct world world = { .topology = topology,
				     .reservations = &reservations,
				     .holder = &own };
	const struct memory_request any = request_of(NULL, 0);
	char first[16], name[RESERVATION_MAX];
	struct plan plan = PLAN_NULL;

	assert_int_equal(memory_request_plan(&any, &world, &plan), 0);
	(void)snprintf(first, sizeof(first), "%s", taken(&plan));
	plan_deinit(&plan);
	memory_reserve_name(topology, topology_find_memdev(topology, first), name);
	reserve(&reservations, &other, name);
	plan = PLAN_NULL;
	assert_int_equal(memory_request_plan(&any, &world, &plan), 0);
	assert_string_not_equal(taken(&plan), first);
	plan_deinit(&plan);
	reservations_deinit(&reservations);
}

static void who_names_it_is_told(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	const char *const named[] = { topology->memdevs.items[0]->name };
	const struct memory_request request = request_of(named, 1);
	struct reservations reservations = { 0 };
	struct world world = { .topology = topology,
			       .reservations = &reservations,
			       .holder = &own };
	char name[RESERVATION_MAX];
	struct plan plan = PLAN_NULL;
	bool told = false;

	memory_reserve_name(topology, topology->memdevs.items[0], name);
	reserve(&reservations, &other, name);
	assert_int_equal(memory_request_plan(&request, &world, &plan), PLAN_E_REFUSED);
	for (size_t i = 0; i < plan.refusals.list.count; i++)
		told = told || strcmp(plan.refusals.list.items[i].code, "memdev-reserved") == 0;
	assert_true(told);
	plan_deinit(&plan);
	/* The reservations of a change are not in its own way. */
	world.holder = &other;
	plan = PLAN_NULL;
	assert_int_equal(memory_request_plan(&request, &world, &plan), 0);
	plan_deinit(&plan);
	reservations_deinit(&reservations);
}

static void a_plan_reserves_its_claim_and_its_memdevs(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	const struct world world = { .topology = topology };
	const struct memory_request any = request_of(NULL, 0);
	struct reservation_set set = { 0 };
	struct plan plan = PLAN_NULL;
	char expected[RESERVATION_MAX];

	assert_int_equal(memory_request_plan(&any, &world, &plan), 0);
	assert_int_equal(memory_reserve(&plan, "web", topology, &set), 0);
	assert_int_equal(set.list.count, 2);
	assert_string_equal(set.list.items[0].name, "claim:web");
	(void)snprintf(expected, sizeof(expected), "memdev:serial:0x%lx",
		       plan.members[0].memdev->serial);
	assert_string_equal(set.list.items[1].name, expected);
	reservation_set_deinit(&set);
	plan_deinit(&plan);
}

/* A region that is taken down may have to be put back. */
static void a_removal_reserves_what_it_frees(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-pmem-region");
	const struct world world = { .topology = topology };
	struct memory_request request = { .kind = MEMORY_REMOVE_REGION,
					  .region = "region0",
					  .remove.force = true };
	const struct topo_region *region = topology_region(topology, "region0");
	struct reservation_set set = { 0 };
	struct plan plan = PLAN_NULL;

	if (memory_request_plan(&request, &world, &plan) != 0)
		fail_msg("%s", plan.refusals.list.items[0].text);
	assert_int_equal(memory_reserve(&plan, NULL, topology, &set), 0);
	assert_int_equal(set.list.count, region->interleave_ways);
	for (size_t i = 0; i < set.list.count; i++)
		assert_int_equal(strncmp(set.list.items[i].name, "memdev:serial:0x", 16), 0);
	reservation_set_deinit(&set);
	plan_deinit(&plan);
}

/* Two memdevs with one serial number are not one memdev. */
static void a_serial_of_two_is_no_name(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	char one[RESERVATION_MAX], two[RESERVATION_MAX];

	topology->memdevs.items[1]->serial = topology->memdevs.items[0]->serial;
	memory_reserve_name(topology, topology->memdevs.items[0], one);
	memory_reserve_name(topology, topology->memdevs.items[1], two);
	assert_string_not_equal(one, two);
	assert_null(strstr(one, "serial"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_have_reserved_is_not_taken),
		cmocka_unit_test(who_names_it_is_told),
		cmocka_unit_test(a_plan_reserves_its_claim_and_its_memdevs),
		cmocka_unit_test(a_removal_reserves_what_it_frees),
		cmocka_unit_test(a_serial_of_two_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

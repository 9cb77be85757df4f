// SPDX-License-Identifier: GPL-2.0-only
/* Claims and hosts: memdevs and regions found again, and the requests to the planner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test/unit/cxl/topology/fixture.h"
#include "daemon/claim/memory/memory-match.h"
#include "test/unit/daemon/claim/claim-text.h"

#define BOOT	   "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"
#define OTHER_BOOT "7a1c2f3e-5b6d-4e8f-8a9b-1c2d3e4f5a6b"
#define UUID	   "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00"
#define OTHER_UUID "6e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00"

#define WINDOW UINT64_C(0x490000000)
#define MIB    (UINT64_C(1) << 20)

static const struct claim_member nobody = { .serial = TOPO_UNKNOWN };

static const char *found(const struct topology *topology, uint64_t serial, const char *path)
{
	const struct topo_memdev *memdev = memory_find_memdev(
		topology, &(struct claim_member){ .serial = serial, .path = path });

	return memdev ? memdev->name : "none";
}

/* ---- memdevs ---- */

static void a_serial_number_outlives_name_and_port(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct topo_memdev *memdev = topology_memdev(topology, "mem2");

	assert_string_equal(found(topology, 3, NULL), "mem2");
	memdev->name = "mem9";
	memdev->host = "0000:99:00.0";
	memdev->host_path = "pci0000:98/0000:99:00.0";
	assert_string_equal(found(topology, 3, NULL), "mem9");
	/* The place is not asked where the serial number tells. */
	assert_string_equal(found(topology, 3, "pci0000:40/0000:45:00.0"), "mem9");
	assert_string_equal(found(topology, 77, "pci0000:98/0000:99:00.0"), "none");
}

/* As emulated and early devices are. */
static void make_anonymous(struct topology *topology, uint64_t serial)
{
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		struct topo_memdev *memdev = topology->memdevs.items[i];

		memdev->serial = serial;
		memdev->host_path =
			arena_printf(&topology->arena, "pci0000:40/slot%zu/%s", i, memdev->host);
		assert_non_null(memdev->host_path);
	}
}

static void without_a_serial_number_the_place_tells(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	const struct topo_memdev *memdev = topology->memdevs.items[2];

	make_anonymous(topology, 0);
	assert_string_equal(found(topology, 0, memdev->host_path), memdev->name);
	assert_string_equal(found(topology, TOPO_UNKNOWN, memdev->host_path), memdev->name);
	assert_string_equal(found(topology, 0, "pci0000:40"), "none");
	assert_string_equal(found(topology, 0, NULL), "none");
	assert_string_equal(found(topology, TOPO_UNKNOWN, NULL), "none");
}

static void who_is_not_alone_is_nobody(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");

	topology_memdev(topology, "mem0")->serial = 3;
	assert_string_equal(found(topology, 3, NULL), "none");
	assert_string_equal(found(topology, 4, NULL), "mem3");
}

/* ---- the binding ---- */

static struct claim bound_claim(const char *text, const struct topology *topology)
{
	struct claim claim = claim_of(text);

	assert_int_equal(
		memory_bind(&claim, WORLD(topology, BOOT), topology_region(topology, "region0")),
		0);
	return claim;
}

static void a_binding_is_what_survives(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct claim claim = bound_claim("{'name':'a','size':1073741824}", topology);
	const struct memory_binding *binding = &memory_claim(&claim)->binding;

	assert_true(binding->bound);
	assert_string_equal(binding->boot, BOOT);
	assert_true(binding->resource == WINDOW);
	assert_int_equal(binding->size, 1024 * MIB);
	assert_int_equal(binding->ways, 4);
	assert_int_equal(binding->granularity, 256);
	assert_null(binding->uuid);
	assert_int_equal(binding->members.count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct topo_region *region = topology->regions.items[0];
		const struct topo_mapping *mapping = &region->mappings.items[i];
		const struct claim_member *member = &binding->members.items[mapping->position];

		assert_int_equal(member->serial, mapping->memdev->serial);
		assert_null(member->path);
	}
	claim_deinit(&claim);
}

/* Serial number 7 on all memdevs tells as little as 0. */
static void a_binding_takes_the_place_where_serials_do_not_tell(void **state)
{
	static const uint64_t serials[] = { 0, 7, TOPO_UNKNOWN };

	for (size_t i = 0; i < ARRAY_SIZE(serials); i++) {
		_cleanup_topology_ struct topology *topology =
			fixture_topology("guest-one-switch-region");
		struct topo_region *region = topology->regions.items[0];
		struct topo_mapping *mapping = &region->mappings.items[0];
		struct claim claim;

		make_anonymous(topology, serials[i]);
		claim = bound_claim("{'name':'a','size':1}", topology);
		assert_string_equal(
			memory_claim(&claim)->binding.members.items[mapping->position].path,
			mapping->memdev->host_path);
		assert_ptr_equal(memory_find_region(&claim, WORLD(topology, BOOT)), region);
		/* Another device in its slot is none of ours. */
		mapping->memdev->host_path = "pci0000:40/elsewhere";
		assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
		claim_deinit(&claim);
	}
}

static void a_region_is_found_again(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct topo_region *region = topology->regions.items[0];
	struct claim claim = bound_claim("{'name':'a','size':1}", topology);

	region->name = "region5";
	assert_ptr_equal(memory_find_region(&claim, WORLD(topology, BOOT)), region);
	/* Somebody else made a region at the same address after a reboot. */
	assert_null(memory_find_region(&claim, WORLD(topology, OTHER_BOOT)));
	memory_claim(&claim)->binding.bound = false;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	claim_deinit(&claim);
}

static void another_region_is_not_taken_for_it(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct topo_region *region = topology->regions.items[0];
	const struct topo_region before = *region;
	struct claim claim = bound_claim("{'name':'a','size':1}", topology);
	struct topo_memdev *memdev = region->mappings.items[0].memdev;

	region->size /= 2;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->size = before.size;
	region->resource += 1024 * MIB;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->resource = before.resource;
	region->interleave_ways = 8;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->interleave_ways = before.interleave_ways;
	/* The region of another claim, known by its UUID, where others took this claim's region
	 * down. */
	region->uuid = UUID;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->uuid = NULL;
	/* The same memdevs in another order hold the bytes elsewhere. */
	region->mappings.items[0].memdev = region->mappings.items[1].memdev;
	region->mappings.items[1].memdev = memdev;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->mappings.items[1].memdev = region->mappings.items[0].memdev;
	region->mappings.items[0].memdev = memdev;
	assert_ptr_equal(memory_find_region(&claim, WORLD(topology, BOOT)), region);
	memdev->serial = 55;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	claim_deinit(&claim);
}

static void what_has_gone_is_as_good_as_the_same(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct topo_region *region = topology->regions.items[0];
	struct claim claim = bound_claim("{'name':'a','size':1}", topology);

	region->mappings.items[2].memdev = NULL;
	assert_ptr_equal(memory_find_region(&claim, WORLD(topology, BOOT)), region);
	region->mappings.count = 1;
	assert_ptr_equal(memory_find_region(&claim, WORLD(topology, BOOT)), region);
	region->mappings.items[0].position = 4;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->mappings.items[0].position = -1;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	claim_deinit(&claim);
}

/* Bound again without a memdev, as by a change of the wish: the claim still waits for the memdev.
 */
static void who_has_gone_is_not_forgotten(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct topo_region *region = topology->regions.items[0];
	struct topo_mapping *mapping = &region->mappings.items[1];
	struct claim claim = bound_claim("{'name':'a','size':1}", topology);
	const uint64_t serial = mapping->memdev->serial;
	const size_t position = (size_t)mapping->position;

	mapping->memdev = NULL;
	assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), region), 0);
	assert_int_equal(memory_claim(&claim)->binding.members.items[position].serial, serial);
	/* The memdev was never a member of another region. */
	region->resource += 1024 * MIB;
	assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), region), 0);
	assert_memory_equal(&memory_claim(&claim)->binding.members.items[position], &nobody,
			    sizeof(nobody));
	claim_deinit(&claim);
}

/* A memdev is taken out and replaced while the region is made: the later look knows the new one. */
static void who_has_come_instead_is_known(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	_cleanup_topology_ struct topology *proof = fixture_topology("guest-one-switch-region");
	struct topo_region *region = proof->regions.items[0];
	struct claim claim = claim_of("{'name':'a','size':1}");

	region->mappings.items[0].memdev->serial = 77;
	assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), region), 0);
	assert_int_equal(memory_claim(&claim)
				 ->binding.members.items[region->mappings.items[0].position]
				 .serial,
			 77);
	assert_ptr_equal(memory_find_region(&claim, WORLD(proof, BOOT)), region);
	claim_deinit(&claim);
}

/* A memdev that was gone at the time of the binding is unknown; any memdev may be in its place. */
static void who_was_not_known_may_be_anybody(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct topo_region *region = topology->regions.items[0];
	struct topo_mapping *mapping = &region->mappings.items[0];
	struct topo_memdev *memdev = mapping->memdev;
	struct claim claim;

	mapping->memdev = NULL;
	claim = bound_claim("{'name':'a','size':1}", topology);
	assert_memory_equal(&memory_claim(&claim)->binding.members.items[mapping->position],
			    &nobody, sizeof(nobody));
	mapping->memdev = memdev;
	assert_ptr_equal(memory_find_region(&claim, WORLD(topology, BOOT)), region);
	claim_deinit(&claim);
}

static void pmem_is_found_by_uuid(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-pmem-region");
	struct topo_region *region = topology->regions.items[0];
	struct claim claim;

	region->uuid = UUID;
	claim = bound_claim("{'name':'a','size':536870912,'type':'pmem'}", topology);
	assert_string_equal(memory_claim(&claim)->binding.uuid, UUID);
	region->resource += 1024 * MIB;
	region->mappings.items[0].memdev->serial = 55;
	region->uuid = "5E29EA85-9A3F-4F6B-8B7C-2D6A7C1D9F00";
	assert_ptr_equal(memory_find_region(&claim, WORLD(topology, OTHER_BOOT)), region);
	region->uuid = OTHER_UUID;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	region->uuid = NULL;
	assert_null(memory_find_region(&claim, WORLD(topology, BOOT)));
	claim_deinit(&claim);
}

/* ---- requests to the planner ---- */

struct asked {
	struct arena arena;
	struct refusal_list problems;
	struct region_request request;
	int rc;
};

static struct asked ask(const struct claim *claim, const struct topology *topology, bool as_before)
{
	struct asked asked = { .problems = REFUSAL_LIST_NULL };

	asked.rc = memory_to_region_request(claim, WORLD(topology, BOOT), as_before, &asked.arena,
					    &asked.problems, &asked.request);
	return asked;
}

static void asked_deinit(struct asked *asked)
{
	arena_deinit(&asked->arena);
	refusal_list_deinit(&asked->problems);
}

static void a_plain_claim_leaves_the_rest_to_the_planner(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim claim = claim_of("{'name':'a','size':1073741824,'zone':'kernel'}");

	/* Without a binding there is no "before". */
	for (int as_before = 0; as_before < 2; as_before++) {
		struct asked asked = ask(&claim, topology, as_before);

		assert_int_equal(asked.rc, 0);
		assert_int_equal(asked.request.size_bytes, 1024 * MIB);
		assert_int_equal(asked.request.type, TOPO_MODE_RAM);
		assert_int_equal(asked.request.goal, PLAN_GOAL_SYSTEM_RAM);
		assert_int_equal(asked.request.zone, TOPO_ZONE_KERNEL);
		assert_int_equal(asked.request.ways, 0);
		assert_int_equal(asked.request.granularity, 0);
		assert_int_equal(asked.request.memdev_count, 0);
		assert_int_equal(asked.request.near_node, TOPO_UNKNOWN_INT);
		assert_int_equal(asked.request.qos_class, TOPO_UNKNOWN_INT);
		assert_false(asked.request.memdevs_ordered);
		assert_null(asked.request.window);
		assert_null(asked.request.uuid);
		asked_deinit(&asked);
	}
	claim_deinit(&claim);
}

static void demands_become_todays_names(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim claim = claim_of("{'name':'a','size':536870912,'type':'pmem','ways':2,"
				      "'granularity':1024,'near_node':1,'qos_class':3,"
				      "'window':19595788288,'uuid':'" UUID "',"
				      "'members':[{'serial':3},{'serial':1}],"
				      "'members_ordered':true}");
	struct asked asked;

	topology_memdev(topology, "mem2")->name = "mem8";
	asked = ask(&claim, topology, false);
	assert_int_equal(asked.rc, 0);
	assert_int_equal(asked.request.type, TOPO_MODE_PMEM);
	assert_int_equal(asked.request.goal, PLAN_GOAL_REGION);
	assert_int_equal(asked.request.ways, 2);
	assert_int_equal(asked.request.granularity, 1024);
	assert_int_equal(asked.request.near_node, 1);
	assert_int_equal(asked.request.qos_class, 3);
	assert_string_equal(asked.request.window, "decoder0.0");
	assert_string_equal(asked.request.uuid, UUID);
	assert_true(asked.request.memdevs_ordered);
	assert_int_equal(asked.request.memdev_count, 2);
	assert_string_equal(asked.request.memdevs[0], "mem8");
	assert_string_equal(asked.request.memdevs[1], "mem1");
	asked_deinit(&asked);
	claim_deinit(&claim);
}

static void every_missing_device_is_told(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch");
	struct claim claim = claim_of("{'name':'db','size':1,'window':4096,'members':["
				      "{'serial':48},{'serial':1},{'serial':2},{'path':'x/y'}]}");
	struct asked asked = ask(&claim, topology, false);

	assert_int_equal(asked.rc, CLAIM_E_BAD);
	assert_int_equal(asked.problems.list.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(asked.problems.list.items[i].code, "no-such-device");
		assert_string_equal(asked.problems.list.items[i].object, "db");
		assert_non_null(asked.problems.list.items[i].hint);
	}
	assert_non_null(strstr(asked.problems.list.items[0].text, "0x30"));
	assert_non_null(strstr(asked.problems.list.items[1].text, "x/y"));
	assert_non_null(strstr(asked.problems.list.items[2].text, "0x1000"));
	assert_int_equal(asked.request.size_bytes, 0);
	asked_deinit(&asked);
	claim_deinit(&claim);
}

/* An endpoint's decoder at this address is no window. */
static void only_windows_are_windows(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct claim claim = claim_of("{'name':'db','size':1,'window':19595788288}");
	struct asked asked;

	topology_decoder(topology, "decoder0.0")->resource = 0;
	asked = ask(&claim, topology, false);
	assert_int_equal(asked.rc, CLAIM_E_BAD);
	assert_int_equal(asked.problems.list.count, 1);
	asked_deinit(&asked);
	claim_deinit(&claim);
}

/* The same guest at another start: the kernel gave other names, and there is no region. */
static void it_can_be_had_as_before(void **state)
{
	_cleanup_topology_ struct topology *before = fixture_topology("guest-one-switch-region");
	_cleanup_topology_ struct topology *after = fixture_topology("guest-one-switch");
	struct claim claim = bound_claim("{'name':'a','size':1073741824,'goal':'region'}", before);
	const struct topo_region *region = before->regions.items[0];
	struct plan plan = PLAN_NULL;
	struct asked asked;

	asked = ask(&claim, after, true);
	assert_int_equal(asked.rc, 0);
	assert_int_equal(asked.request.ways, 4);
	assert_int_equal(asked.request.granularity, 256);
	assert_true(asked.request.memdevs_ordered);
	assert_int_equal(asked.request.memdev_count, 4);
	assert_int_equal(plan_create_region(after, &asked.request, &plan), 0);
	for (size_t i = 0; i < 4; i++) {
		const struct topo_mapping *mapping = &region->mappings.items[i];

		assert_int_equal(plan.members[mapping->position].memdev->serial,
				 mapping->memdev->serial);
	}
	plan_deinit(&plan);
	asked_deinit(&asked);

	/* Without @as_before the former members are not asked for, nor missed. */
	topology_memdev(after, "mem3")->serial = 99;
	asked = ask(&claim, after, false);
	assert_int_equal(asked.rc, 0);
	assert_int_equal(asked.request.memdev_count, 0);
	assert_int_equal(asked.request.ways, 0);
	asked_deinit(&asked);
	asked = ask(&claim, after, true);
	assert_int_equal(asked.rc, CLAIM_E_BAD);
	assert_int_equal(asked.problems.list.count, 1);
	assert_non_null(strstr(asked.problems.list.items[0].text, "0x4"));
	asked_deinit(&asked);
	claim_deinit(&claim);
}

static void pmem_keeps_its_uuid(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-pmem-region");
	struct claim claim;
	struct asked asked;

	topology->regions.items[0]->uuid = UUID;
	claim = bound_claim("{'name':'a','size':536870912,'type':'pmem'}", topology);
	asked = ask(&claim, topology, true);
	assert_string_equal(asked.request.uuid, UUID);
	asked_deinit(&asked);
	asked = ask(&claim, topology, false);
	assert_null(asked.request.uuid);
	asked_deinit(&asked);
	claim_deinit(&claim);
}

/* What the claim was given before the change of its wish is not asked for again. */
static void a_new_wish_is_not_as_before(void **state)
{
	static const struct {
		const char *wish;
		bool as_before;
		size_t memdev_count;
		int ways, granularity;
	} wishes[] = {
		{ "'ways':4", true, 4, 4, 256 },
		{ "'ways':2", false, 0, 2, 0 },
		{ "'granularity':256", true, 4, 4, 256 },
		{ "'granularity':512", false, 0, 0, 512 },
		{ "'members':[{'serial':4},{'serial':3},{'serial':2},{'serial':1}]", true, 4, 4,
		  256 },
		{ "'members':[{'serial':1},{'serial':4},{'serial':2},{'serial':3}],"
		  "'members_ordered':true",
		  true, 4, 4, 256 },
		{ "'members':[{'serial':1},{'serial':2}]", false, 2, 0, 0 },
		{ "'type':'pmem','uuid':'" UUID "'", false, 0, 0, 0 },
	};
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");

	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		char text[256];
		struct claim claim;
		struct asked asked;

		(void)snprintf(text, sizeof(text), "{'name':'a','size':1,%s}", wishes[i].wish);
		claim = bound_claim(text, topology);
		asked = ask(&claim, topology, true);
		assert_int_equal(asked.rc, 0);
		/* No demand here that is not as before has an order. */
		assert_int_equal(asked.request.memdevs_ordered, wishes[i].as_before);
		assert_int_equal(asked.request.memdev_count, wishes[i].memdev_count);
		assert_int_equal(asked.request.ways, wishes[i].ways);
		assert_int_equal(asked.request.granularity, wishes[i].granularity);
		asked_deinit(&asked);
		claim_deinit(&claim);
	}
}

/* The demanded order is another one: the old one is not asked for. */
static void another_order_is_not_as_before(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct claim claim = bound_claim("{'name':'a','size':1,'members_ordered':true,'members':"
					 "[{'serial':4},{'serial':3},{'serial':2},{'serial':1}]}",
					 topology);
	struct asked asked = ask(&claim, topology, true);

	assert_int_equal(asked.rc, 0);
	assert_string_equal(asked.request.memdevs[0], "mem1");
	assert_string_equal(asked.request.memdevs[3], "mem0");
	asked_deinit(&asked);
	claim_deinit(&claim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_serial_number_outlives_name_and_port),
		cmocka_unit_test(without_a_serial_number_the_place_tells),
		cmocka_unit_test(who_is_not_alone_is_nobody),
		cmocka_unit_test(a_binding_is_what_survives),
		cmocka_unit_test(a_binding_takes_the_place_where_serials_do_not_tell),
		cmocka_unit_test(a_region_is_found_again),
		cmocka_unit_test(another_region_is_not_taken_for_it),
		cmocka_unit_test(what_has_gone_is_as_good_as_the_same),
		cmocka_unit_test(who_has_gone_is_not_forgotten),
		cmocka_unit_test(who_has_come_instead_is_known),
		cmocka_unit_test(who_was_not_known_may_be_anybody),
		cmocka_unit_test(pmem_is_found_by_uuid),
		cmocka_unit_test(a_plain_claim_leaves_the_rest_to_the_planner),
		cmocka_unit_test(demands_become_todays_names),
		cmocka_unit_test(every_missing_device_is_told),
		cmocka_unit_test(only_windows_are_windows),
		cmocka_unit_test(it_can_be_had_as_before),
		cmocka_unit_test(pmem_keeps_its_uuid),
		cmocka_unit_test(a_new_wish_is_not_as_before),
		cmocka_unit_test(another_order_is_not_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

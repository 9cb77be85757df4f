// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions that others made, as claims. The regions come from `cxl list -vvv` of guests; the tests
 * change a region only as daxctl(1) and cxl(1) can change it.
 */
#include "daemon/claim/memory/memory-adopt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/claim/memory/memory-observe.h"
#include "test/unit/cxl/topology/fixture.h"
#include "daemon/claim/memory/memory-match.h"
#include "test/unit/daemon/claim/claim-text.h"

#define BOOT	   "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"
#define OTHER_BOOT "7a1c2f3e-5b6d-4e8f-8a9b-1c2d3e4f5a6b"

static struct claim adopt(const struct topology *topology)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;

	if (memory_claim_of_region(WORLD(topology, BOOT), topology->regions.items[0], &problems,
				   &claim) != 0)
		fail_msg("refused: %s", problems.list.items[0].text);
	assert_int_equal(problems.list.count, 0);
	refusal_list_deinit(&problems);
	claim.name = "a";
	return claim;
}

static void assert_claim(struct claim *claim, const char *expected)
{
	_cleanup_json_ struct json_object *json = claim_to_json(claim);

	assert_json(json, expected);
	claim_deinit(claim);
}

#define SHAPE                                                                                      \
	"'drift':'mend','adopted':true,'ways':4,'granularity':256,'window':19595788288,"           \
	"'members':[{'serial':1},{'serial':4},{'serial':2},{'serial':3}],'members_ordered':true}"
#define RAM "{'name':'a','size':1073741824,'type':'ram',"

static void it_wants_what_is_there(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct topo_region *region = topology->regions.items[0];
	struct topo_dax_device *dax = &region->dax_region->devices.items[0];
	struct claim claim = adopt(topology);

	assert_claim(&claim, RAM "'goal':'system_ram','zone':'movable'," SHAPE);
	dax->zone = TOPO_ZONE_KERNEL;
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'system_ram','zone':'kernel'," SHAPE);
	dax->online_block_count = 0;
	dax->zone = TOPO_ZONE_NONE;
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'system_ram','zone':'offline'," SHAPE);
	dax->driver = TOPO_DAX_DEVICE;
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'devdax'," SHAPE);
	/* In the hands of others. */
	dax->driver = TOPO_DAX_OTHER;
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'region'," SHAPE);
	dax->driver = TOPO_DAX_NONE;
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'region'," SHAPE);
	region->enabled = false;
	region->dax_region = NULL;
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'region','disabled':true," SHAPE);
}

static void pmem_has_its_uuid(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-pmem-region");
	struct claim claim;

	topology->regions.items[0]->uuid = "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00";
	claim = adopt(topology);
	assert_claim(&claim, "{'name':'a','size':536870912,'type':'pmem','goal':'region',"
			     "'drift':'mend','adopted':true,'ways':2,'granularity':256,"
			     "'window':19595788288,"
			     "'uuid':'5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00',"
			     "'members':[{'serial':2},{'serial':1}],'members_ordered':true}");
}

static void pmem_of_an_unknown_uuid_is_refused(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-pmem-region");
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL;

	assert_int_equal(memory_claim_of_region(WORLD(topology, BOOT), topology->regions.items[0],
						&problems, &claim),
			 CLAIM_E_BAD);
	assert_string_equal(problems.list.items[0].code, "snapshot-incomplete");
	assert_string_equal(problems.list.items[0].object, "region0");
	claim_deinit(&claim);
	refusal_list_deinit(&problems);
}

/* A region that was just adopted needs no remedy, in this boot or in the next boot. */
static void what_is_there_is_all_it_wants(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	static const char *const boots[] = { BOOT, OTHER_BOOT };
	struct claim_sight sight;
	struct claim claim = adopt(topology);
	struct arena arena = ARENA_NULL;

	assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), topology->regions.items[0]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
		assert_ptr_equal(memory_find_region(&claim, WORLD(topology, boots[i])),
				 topology->regions.items[0]);
		assert_int_equal(memory_observe(&claim, WORLD(topology, boots[i]), &arena, &sight),
				 0);
		assert_true(sight.states[CLAIM_ONLINE].holds);
		assert_false(sight.states[CLAIM_DEGRADED].holds);
	}
	arena_deinit(&arena);
	claim_deinit(&claim);
}

/* ---- regions that can't be adopted ---- */

static void uncommit(struct topology *topology)
{
	topology->regions.items[0]->committed = false;
}

static void lose_size(struct topology *topology)
{
	topology->regions.items[0]->size = TOPO_UNKNOWN;
}

/* Old versions of cxl list no type. */
static void lose_type(struct topology *topology)
{
	topology->regions.items[0]->type = TOPO_MODE_UNKNOWN;
}

static void have_another_type(struct topology *topology)
{
	lose_type(topology);
	topology->regions.items[0]->type_text = "devmem";
}

static void have_linear_cache(struct topology *topology)
{
	topology->regions.items[0]->linear_cache_size = topology->regions.items[0]->size / 2;
}

static void lose_member(struct topology *topology)
{
	topology->regions.items[0]->mappings.items[2].memdev = NULL;
}

/* Emulated devices all say 0, and a list of cxl does not tell their places. */
static void lose_serials(struct topology *topology)
{
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		topology->memdevs.items[i]->serial = 0;
		topology->memdevs.items[i]->host_path = NULL;
	}
}

static void lose_dax(struct topology *topology)
{
	topology->known &= ~(unsigned int)TOPO_KNOWN_DAX;
}

static struct topo_dax_device *dax_of(struct topology *topology)
{
	return &topology->regions.items[0]->dax_region->devices.items[0];
}

static void lose_blocks(struct topology *topology)
{
	dax_of(topology)->online_block_count = TOPO_UNKNOWN_INT;
}

static void offline_some(struct topology *topology)
{
	dax_of(topology)->online_block_count = 3;
	dax_of(topology)->zone = TOPO_ZONE_NONE;
}

/* A listing with "movable":false: memory in the kernel's zones, or some of it. */
static void lose_zones(struct topology *topology)
{
	dax_of(topology)->zone = TOPO_ZONE_UNKNOWN;
}

static void mix_zones(struct topology *topology)
{
	const enum topo_zone zones[] = { TOPO_ZONE_KERNEL, TOPO_ZONE_MOVABLE };

	lose_zones(topology);
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
		const struct topo_memory_block block = { .index = i,
							 .online = true,
							 .zone = zones[i] };

		assert_int_equal(ARRAY_APPEND(&dax_of(topology)->blocks, block), 0);
	}
}

/* Two devices, as `daxctl create-device` makes of one that was made smaller. */
static struct topo_dax_device *split(struct topology *topology)
{
	struct topo_dax_region *dax = topology->regions.items[0]->dax_region;

	assert_int_equal(ARRAY_APPEND(&dax->devices, TOPO_DAX_DEVICE_NULL), 0);
	dax->devices.items[1].name = "dax0.1";
	dax->devices.items[1].driver = TOPO_DAX_KMEM;
	dax->devices.items[1].block_count = dax->devices.items[1].online_block_count = 2;
	dax->devices.items[1].zone = TOPO_ZONE_MOVABLE;
	return &dax->devices.items[1];
}

static void split_zones(struct topology *topology)
{
	split(topology)->zone = TOPO_ZONE_KERNEL;
}

static void split_modes(struct topology *topology)
{
	split(topology)->driver = TOPO_DAX_DEVICE;
}

static void what_is_in_no_one_state_is_refused(void **state)
{
	static const struct {
		void (*change)(struct topology *topology);
		const char *code, *object;
	} cases[] = {
		{ uncommit, "region-not-committed", "region0" },
		{ lose_size, "snapshot-incomplete", "region0" },
		{ lose_type, "snapshot-incomplete", "region0" },
		{ have_another_type, "type-invalid", "region0" },
		{ have_linear_cache, "linear-cache", "region0" },
		{ lose_member, "no-such-device", "region0" },
		{ lose_serials, "snapshot-incomplete", "mem0" },
		{ lose_dax, "snapshot-incomplete", "region0" },
		{ lose_blocks, "snapshot-incomplete", "dax0.0" },
		{ offline_some, "mixed-memory", "region0" },
		{ lose_zones, "snapshot-incomplete", "dax0.0" },
		{ mix_zones, "mixed-memory", "region0" },
		{ split_zones, "mixed-memory", "region0" },
		{ split_modes, "mixed-memory", "region0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_topology_ struct topology *topology =
			fixture_topology("guest-one-switch-region");
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct claim claim = CLAIM_NULL;

		cases[i].change(topology);
		assert_int_equal(memory_claim_of_region(WORLD(topology, BOOT),
							topology->regions.items[0], &problems,
							&claim),
				 CLAIM_E_BAD);
		assert_int_equal(problems.list.count, 1);
		assert_string_equal(problems.list.items[0].code, cases[i].code);
		assert_string_equal(problems.list.items[0].object, cases[i].object);
		claim_deinit(&claim);
		refusal_list_deinit(&problems);
	}
}

static void split_modes_with_none(struct topology *topology)
{
	split(topology)->driver = TOPO_DAX_NONE;
}

static void split_none_with_modes(struct topology *topology)
{
	(void)split(topology);
	topology->regions.items[0]->dax_region->devices.items[0].driver = TOPO_DAX_NONE;
}

/* As daxctl reconfigure-device changes the mode. */
static void reconfigure(struct topology *topology, const char *command)
{
	struct topo_dax_region *region = topology->regions.items[0]->dax_region;
	char mode[16], name[16];
	bool found = false;

	assert_int_equal(
		sscanf(command, "`daxctl reconfigure-device -f -m %15s %15[a-z0-9.]`", mode, name),
		2);
	for (size_t i = 0; i < region->devices.count; i++)
		if (strcmp(region->devices.items[i].name, name) == 0) {
			region->devices.items[i].driver =
				strcmp(mode, "devdax") == 0 ? TOPO_DAX_DEVICE : TOPO_DAX_KMEM;
			found = true;
		}
	assert_true(found);
}

static void one_mode_for_all_makes_it_one_claim(void **state)
{
	static void (*const splits[])(struct topology *) = { split_modes, split_modes_with_none,
							     split_none_with_modes };

	for (size_t i = 0; i < ARRAY_SIZE(splits); i++) {
		_cleanup_topology_ struct topology *topology =
			fixture_topology("guest-one-switch-region");
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct claim claim = CLAIM_NULL;

		splits[i](topology);
		assert_int_equal(memory_claim_of_region(WORLD(topology, BOOT),
							topology->regions.items[0], &problems,
							&claim),
				 CLAIM_E_BAD);
		reconfigure(topology, problems.list.items[0].hint);
		claim_deinit(&claim);
		refusal_list_deinit(&problems);
		claim = adopt(topology);
		assert_claim(&claim, RAM "'goal':'system_ram','zone':'movable'," SHAPE);
	}
}

static void devices_in_one_state_are_one_memory(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-one-switch-region");
	struct claim claim;

	(void)split(topology);
	claim = adopt(topology);
	assert_claim(&claim, RAM "'goal':'system_ram','zone':'movable'," SHAPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_wants_what_is_there),
		cmocka_unit_test(pmem_has_its_uuid),
		cmocka_unit_test(pmem_of_an_unknown_uuid_is_refused),
		cmocka_unit_test(what_is_there_is_all_it_wants),
		cmocka_unit_test(what_is_in_no_one_state_is_refused),
		cmocka_unit_test(one_mode_for_all_makes_it_one_claim),
		cmocka_unit_test(devices_in_one_state_are_one_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

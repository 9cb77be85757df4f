// SPDX-License-Identifier: GPL-2.0-only
/* How a claim stands on hosts of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "daemon/claim/memory/memory-observe.h"
#include "test/unit/cxl/topology/fixture.h"
#include "daemon/claim/memory/memory-match.h"
#include "test/unit/daemon/claim/claim-text.h"

#define BOOT	   "0d9d6b0e-3c5f-4a54-9d3e-0f5a3c1b2a10"
#define OTHER_BOOT "7a1c2f3e-5b6d-4e8f-8a9b-1c2d3e4f5a6b"

#define MIB (UINT64_C(1) << 20)

/*
 * The states in the order of the conditions, each with + if the condition holds, else with -;
 * behind a bar a part of the first text.
 */
static void assert_states(const char *where, const struct claim *claim,
			  const struct topology *topology, const char *boot, const char *expected)
{
	struct claim_sight sight;
	char text[512] = "";
	struct arena arena = ARENA_NULL;
	const char *told = NULL, *part;
	size_t used = 0, length;

	assert_int_equal(memory_observe(claim, WORLD(topology, boot), &arena, &sight), 0);
	/* The last one is its keeper's. */
	for (int i = 0; i < CLAIM_STALLED; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s", i ? " " : "",
					 sight.states[i].holds ? "+" : "-", sight.states[i].reason);
		if (!told)
			told = sight.states[i].text;
	}
	part = strchr(expected, '|');
	length = part ? (size_t)(part - expected) : strlen(expected);
	if (strlen(text) != length || strncmp(text, expected, length) != 0)
		fail_msg("%s: %s is not %s", where, text, expected);
	if (part ? !told || !strstr(told, part + 1) : told != NULL)
		fail_msg("%s: the text is \"%s\"", where, told);
	arena_deinit(&arena);
}

/* ---- events of a host ---- */

static struct topo_region *region_of(struct topology *topology)
{
	return topology->regions.items[0];
}

static struct topo_dax_device *dax_of(struct topology *topology)
{
	return &region_of(topology)->dax_region->devices.items[0];
}

static void take_out(struct topology *topology, const char *name)
{
	for (size_t i = 0; i < region_of(topology)->mappings.count; i++) {
		struct topo_mapping *mapping = &region_of(topology)->mappings.items[i];

		if (mapping->memdev && strcmp(mapping->memdev->name, name) == 0)
			mapping->memdev = NULL;
	}
	for (size_t i = 0; i < topology->memdevs.count; i++) {
		struct topo_memdev *memdev = topology->memdevs.items[i];

		if (strcmp(memdev->name, name) != 0)
			continue;
		topology->memdevs.items[i] = topology->memdevs.items[--topology->memdevs.count];
		topology->memdevs.items[topology->memdevs.count] = memdev;
		return;
	}
	fail_msg("there is no %s", name);
}

/* What was taken out is behind the end of its array, and is freed with the others. */
static void put_back(struct topology *topology, const struct topology *before)
{
	topology->memdevs.count = before->memdevs.count;
	topology->regions.count = before->regions.count;
}

static void nothing(struct topology *topology)
{
}

static void disable_region(struct topology *topology)
{
	region_of(topology)->enabled = false;
	region_of(topology)->dax_region = NULL;
}

static void uncommit(struct topology *topology)
{
	region_of(topology)->committed = false;
	region_of(topology)->enabled = false;
}

static void offline_some(struct topology *topology)
{
	dax_of(topology)->online_block_count = 3;
	dax_of(topology)->zone = TOPO_ZONE_NONE;
}

static void offline_all(struct topology *topology)
{
	dax_of(topology)->online_block_count = 0;
	dax_of(topology)->zone = TOPO_ZONE_NONE;
}

static void unplug(struct topology *topology)
{
	dax_of(topology)->block_count = dax_of(topology)->online_block_count = 0;
	dax_of(topology)->zone = TOPO_ZONE_NONE;
}

static void tell_no_blocks(struct topology *topology)
{
	dax_of(topology)->block_count = TOPO_UNKNOWN_INT;
}

static void move_to_kernel(struct topology *topology)
{
	dax_of(topology)->zone = TOPO_ZONE_KERNEL;
}

static void mix_zones(struct topology *topology)
{
	dax_of(topology)->zone = TOPO_ZONE_UNKNOWN;
}

static void make_devdax(struct topology *topology)
{
	dax_of(topology)->driver = TOPO_DAX_DEVICE;
	dax_of(topology)->block_count = dax_of(topology)->online_block_count = TOPO_UNKNOWN_INT;
}

static void lose_dax_device(struct topology *topology)
{
	region_of(topology)->dax_region->devices.count = 0;
}

static void lose_dax_region(struct topology *topology)
{
	region_of(topology)->dax_region = NULL;
}

static void take_one(struct topology *topology)
{
	take_out(topology, "mem2");
}

static void take_target(struct topology *topology)
{
	struct topo_region *region = region_of(topology);

	for (size_t i = 0; i < region->mappings.count; i++)
		if (region->mappings.items[i].position == 2)
			region->mappings.items[i].memdev = NULL;
	region->committed = region->enabled = false;
}

static void disable_one(struct topology *topology)
{
	topology_memdev(topology, "mem2")->enabled = false;
}

static void take_all(struct topology *topology)
{
	take_out(topology, "mem0");
	take_out(topology, "mem1");
	take_out(topology, "mem2");
	take_out(topology, "mem3");
}

static void disable_all(struct topology *topology)
{
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->enabled = false;
}

static void lose_region(struct topology *topology)
{
	topology->regions.count = 0;
}

/* ---- claims that were given the region of a guest ---- */

#define NAME "'name':'a','size':1073741824"
#define FINE "+RegionPresent +Committed +GoalReached -AsWanted -RegionPresent"
/* The goal alone is not reached. */
#define DEGRADED(reason) "+RegionPresent +Committed -" reason " +" reason " -RegionPresent"

static const struct {
	const char *claim;
	void (*happens)(struct topology *topology);
	const char *expected;
} bound_cases[] = {
	{ NAME, nothing, FINE },
	{ NAME ",'ways':4,'granularity':256,'window':19595788288,'members_ordered':true,"
	       "'members':[{'serial':1},{'serial':4},{'serial':2},{'serial':3}]",
	  nothing, FINE },
	{ NAME, disable_region, DEGRADED("RegionDisabled") "|region0 is disabled" },
	{ NAME ",'disabled':true", disable_region, FINE },
	{ NAME ",'disabled':true", nothing, DEGRADED("RegionEnabled") "|region0 is enabled" },
	{ NAME, uncommit,
	  "+RegionPresent -Uncommitted -Uncommitted +Uncommitted -RegionPresent|region0" },

	{ NAME, offline_some, DEGRADED("MemoryOffline") "|3 of 8 memory blocks of dax0.0" },
	{ NAME, offline_all, DEGRADED("MemoryOffline") "|0 of 8" },
	{ NAME, unplug, DEGRADED("MemoryOffline") "|0 of 0" },
	{ NAME, tell_no_blocks, DEGRADED("MemoryUnknown") "|dax0.0" },
	{ NAME ",'zone':'offline'", offline_all, FINE },
	{ NAME ",'zone':'offline'", offline_some, DEGRADED("MemoryOnline") "|3 of 8" },
	{ NAME, move_to_kernel, DEGRADED("OtherZone") "|movable" },
	{ NAME, mix_zones, DEGRADED("OtherZone") "|movable" },
	{ NAME ",'zone':'kernel'", nothing, DEGRADED("OtherZone") "|kernel" },
	{ NAME ",'zone':'kernel'", move_to_kernel, FINE },

	{ NAME, make_devdax, DEGRADED("OtherMode") "|dax0.0 is not system-ram" },
	{ NAME ",'goal':'devdax'", make_devdax, FINE },
	{ NAME ",'goal':'devdax'", nothing, DEGRADED("OtherMode") "|dax0.0 is not devdax" },
	{ NAME, lose_dax_device, DEGRADED("NoDaxDevice") "|region0" },
	{ NAME ",'goal':'devdax'", lose_dax_region, DEGRADED("NoDaxDevice") "|region0" },
	{ NAME ",'goal':'region'", lose_dax_region, FINE },
	{ NAME ",'goal':'region'", disable_region, DEGRADED("RegionDisabled") "|region0" },

	{ NAME, take_one, DEGRADED("DeviceMissing") "|region0 has no memdev at position 2" },
	{ NAME, take_target,
	  "+RegionPresent -Uncommitted -Uncommitted +Uncommitted -RegionPresent"
	  "|region0 has no memdev at position 2" },
	{ NAME, disable_one, DEGRADED("DeviceDisabled") "|mem2 is disabled" },
	{ NAME, take_all,
	  "-CapacityMissing +Committed -DeviceMissing -Lost +CapacityMissing"
	  "|1G of ram is wanted, 0 is free" },
	{ NAME ",'members':[{'serial':1},{'serial':4},{'serial':2},{'serial':3}]", take_all,
	  "-DeviceMissing +Committed -DeviceMissing -Lost +DeviceMissing|number 0x1 is not" },
	{ NAME ",'members':[{'serial':1},{'serial':4},{'serial':2},{'serial':3}]", disable_all,
	  "-DeviceDisabled +Committed -DeviceDisabled -Lost +DeviceDisabled|mem0 is disabled" },

	/* The memdevs of the claim are there, but another region decodes the memdevs by now. */
	{ NAME, lose_region,
	  "-CapacityMissing -RegionMissing -RegionMissing -Lost +CapacityMissing|0 is free" },

	{ "'name':'a','size':536870912", nothing, DEGRADED("OtherShape") "|has 1G, and 512M is" },
	{ NAME ",'type':'pmem'", nothing, DEGRADED("OtherShape") "|is ram, and pmem" },
	{ NAME ",'ways':2", nothing, DEGRADED("OtherShape") "|has 4 ways, and 2 are" },
	{ NAME ",'granularity':512", nothing, DEGRADED("OtherShape") "|every 256 bytes, and 512" },
	{ NAME ",'window':4096", nothing, DEGRADED("OtherShape") "|window" },
	{ NAME ",'members':[{'serial':1},{'serial':4},{'serial':2},{'serial':9}]", nothing,
	  DEGRADED("OtherShape") "|memdevs" },
	{ NAME ",'members':[{'serial':4},{'serial':1},{'serial':2},{'serial':3}]", nothing, FINE },
	{ NAME ",'members_ordered':true,"
	       "'members':[{'serial':4},{'serial':1},{'serial':2},{'serial':3}]",
	  nothing, DEGRADED("OtherShape") "|memdevs" },
};

static struct claim braced_claim(const char *members)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "{%s}", members);
	return claim_of(text);
}

static void what_happens_is_told(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bound_cases); i++) {
		_cleanup_topology_ struct topology *topology =
			fixture_topology("guest-one-switch-region");
		struct claim claim = braced_claim(bound_cases[i].claim);
		const struct topology before = *topology;
		char where[32];

		(void)snprintf(where, sizeof(where), "case %zu", i);
		assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), region_of(topology)),
				 0);
		bound_cases[i].happens(topology);
		assert_states(where, &claim, topology, BOOT, bound_cases[i].expected);
		put_back(topology, &before);
		claim_deinit(&claim);
	}
}

/* ---- claims that wait ---- */

#define UNBOUND(planned) planned " -NotBound -NotBound -NotBound -NotBound"

static const struct {
	const char *claim, *host, *expected;
} unbound_cases[] = {
	{ NAME, "guest-one-switch", UNBOUND("+DevicesPresent") "|not been given memory" },
	{ "'name':'a','size':1073741825", "guest-one-switch",
	  UNBOUND("-CapacityMissing") "|1G is free" },
	{ NAME ",'type':'pmem'", "guest-one-switch", UNBOUND("-CapacityMissing") "|0 is free" },
	/* All of the capacity is somebody else's. */
	{ NAME, "guest-one-switch-region", UNBOUND("-CapacityMissing") "|0 is free" },
	{ NAME ",'members':[{'serial':1},{'serial':2}]", "guest-one-switch",
	  UNBOUND("-CapacityMissing") "|512M is free" },
	{ "'name':'a','size':536870912,'members':[{'serial':1},{'serial':2}]", "guest-one-switch",
	  UNBOUND("+DevicesPresent") "|not been given memory" },
	{ "'name':'a','size':1,'members':[{'serial':1},{'serial':77}]", "guest-one-switch",
	  UNBOUND("-DeviceMissing") "|0x4d is not there" },
	{ "'name':'a','size':1,'members':[{'path':'pci0000:40/x'}]", "guest-one-switch",
	  UNBOUND("-DeviceMissing") "|at pci0000:40/x is not there" },
	{ NAME ",'window':19595788288", "guest-one-switch",
	  UNBOUND("+DevicesPresent") "|not been given memory" },
	{ NAME ",'window':4096", "guest-one-switch",
	  UNBOUND("-WindowMissing") "|starts at 0x1000" },
};

static void what_is_missing_is_told(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(unbound_cases); i++) {
		_cleanup_topology_ struct topology *topology =
			fixture_topology(unbound_cases[i].host);
		struct claim claim = braced_claim(unbound_cases[i].claim);
		char where[32];

		(void)snprintf(where, sizeof(where), "case %zu", i);
		assert_states(where, &claim, topology, BOOT, unbound_cases[i].expected);
		claim_deinit(&claim);
	}
}

static void an_empty_host_has_nothing(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	struct claim claim = braced_claim(NAME);

	topology_finish(topology);
	assert_states("empty", &claim, topology, BOOT,
		      UNBOUND("-CapacityMissing") "|1G of ram is wanted, 0 is free");
	claim_deinit(&claim);
}

/* ---- after a reboot ---- */

static struct claim claim_of_last_boot(const char *members)
{
	_cleanup_topology_ struct topology *before = fixture_topology("guest-one-switch-region");
	struct claim claim = braced_claim(members);

	assert_int_equal(memory_bind(&claim, WORLD(before, BOOT), region_of(before)), 0);
	return claim;
}

static void a_reboot_takes_the_region_and_no_device(void **state)
{
	_cleanup_topology_ struct topology *after = fixture_topology("guest-one-switch");
	struct claim claim = claim_of_last_boot(NAME);

	assert_states("rebooted", &claim, after, OTHER_BOOT,
		      "+DevicesPresent -Rebooted -Rebooted +Rebooted -DevicesPresent|reboot");
	assert_states("removed", &claim, after, BOOT,
		      "+DevicesPresent -RegionMissing -RegionMissing +RegionMissing "
		      "-DevicesPresent|not there");
	/* The capacity that is left has no room for the claim any more. */
	topology_memdev(after, "mem0")->endpoint = NULL;
	assert_states("one gone", &claim, after, OTHER_BOOT,
		      "-CapacityMissing -Rebooted -Rebooted -Lost +CapacityMissing|768M is free");
	/* Another one is as good. */
	topology_memdev(after, "mem1")->ram_size = 512 * MIB;
	assert_states("replaced", &claim, after, OTHER_BOOT,
		      "+DevicesPresent -Rebooted -Rebooted +Rebooted -DevicesPresent|reboot");
	claim_deinit(&claim);
}

/* Firmware's region at the same address is none of ours. */
static void a_region_of_another_boot_is_not_its(void **state)
{
	_cleanup_topology_ struct topology *after = fixture_topology("guest-one-switch-region");
	struct claim claim = claim_of_last_boot(NAME);

	assert_states("other boot", &claim, after, OTHER_BOOT,
		      "-CapacityMissing -Rebooted -Rebooted -Lost +CapacityMissing|0 is free");
	claim_deinit(&claim);
}

/* Capacity elsewhere is no help: the data is on the memdev that has gone. */
static void pmem_needs_the_memdevs_it_had(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-pmem-region");
	struct claim claim = braced_claim("'name':'a','size':536870912,'type':'pmem'");
	const struct topology before = *topology;

	region_of(topology)->uuid = "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00";
	assert_int_equal(memory_bind(&claim, WORLD(topology, BOOT), region_of(topology)), 0);
	assert_states("same boot", &claim, topology, BOOT, FINE);
	assert_states("other boot", &claim, topology, OTHER_BOOT, FINE);
	take_out(topology, "mem0");
	topology_memdev(topology, "mem1")->pmem_size = 4096 * MIB;
	lose_region(topology);
	assert_states("one gone", &claim, topology, OTHER_BOOT,
		      "-DeviceMissing -Rebooted -Rebooted -Lost +DeviceMissing|0x2");
	put_back(topology, &before);
	claim_deinit(&claim);
}

static void conditions_have_names(void **state)
{
	static const char *const names[] = { "Planned",	 "Carved", "Online",
					     "Degraded", "Lost",   "Stalled" };

	for (int i = 0; i < CLAIM_CONDITION_COUNT; i++)
		assert_string_equal(claim_condition_name((enum claim_condition)i), names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_happens_is_told),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(an_empty_host_has_nothing),
		cmocka_unit_test(a_reboot_takes_the_region_and_no_device),
		cmocka_unit_test(a_region_of_another_boot_is_not_its),
		cmocka_unit_test(pmem_needs_the_memdevs_it_had),
		cmocka_unit_test(conditions_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

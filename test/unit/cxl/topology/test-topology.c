// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building, sorting, resolving and searching of snapshots.
 */
#include "cxl/topology/topology.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GIB (UINT64_C(1) << 30)

static void test_unknown_is_not_zero(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	struct topo_port *root = topology_add_port(topology, TOPO_PORT_ROOT, "root0", NULL);
	struct topo_decoder *window = topology_add_decoder(topology, root, "decoder0.3");
	struct topo_memdev *memdev = topology_add_memdev(topology, "mem0");
	struct topo_region *region = topology_add_region(topology, window, "region0");

	(void)state;
	assert_int_equal(window->index, 3);
	assert_int_equal(window->resource, TOPO_UNKNOWN);
	assert_int_equal(window->interleave_ways, TOPO_UNKNOWN_INT);
	assert_int_equal(window->max_available_extent, TOPO_UNKNOWN);
	assert_int_equal(memdev->serial, TOPO_UNKNOWN);
	assert_int_equal(memdev->numa_node, TOPO_UNKNOWN_INT);
	assert_int_equal(region->resource, TOPO_UNKNOWN);
	assert_ptr_equal(region->window, window);
	assert_int_equal(topology->memory_block_size, TOPO_UNKNOWN);
	assert_int_equal(topology->known, 0);
}

static void test_free_accepts_null(void **state)
{
	(void)state;
	assert_null(topology_free(NULL));
}

/* The order is the kernel's numbering, whatever the order of adding and the length of the number.
 */
static void test_finish_sorts_by_number(void **state)
{
	static const char *const added[] = { "mem10", "mem2", "mem0", "mem1" };
	static const char *const sorted[] = { "mem0", "mem1", "mem2", "mem10" };
	_cleanup_topology_ struct topology *topology = topology_new();

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_non_null(topology_add_memdev(topology, added[i]));
	topology_finish(topology);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(topology->memdevs.items[i]->name, sorted[i]);
		assert_ptr_equal(topology_memdev(topology, sorted[i]), topology->memdevs.items[i]);
	}
	assert_null(topology_memdev(topology, "mem3"));
	assert_null(topology_memdev(topology, "mem"));
	assert_null(topology_memdev(topology, ""));
}

static struct topology *small_host(void)
{
	struct topology *topology = topology_new();
	struct topo_port *root = topology_add_port(topology, TOPO_PORT_ROOT, "root0", NULL);
	struct topo_port *bridge =
		topology_add_port(topology, TOPO_PORT_HOST_BRIDGE, "port1", root);
	struct topo_port *endpoint =
		topology_add_port(topology, TOPO_PORT_ENDPOINT, "endpoint2", bridge);
	struct topo_decoder *window = topology_add_decoder(topology, root, "decoder0.0");
	struct topo_decoder *decoder = topology_add_decoder(topology, endpoint, "decoder2.0");
	struct topo_memdev *memdev = topology_add_memdev(topology, "mem0");
	struct topo_region *region;

	endpoint->host = "mem0";
	memdev->host = "0000:0d:00.0";
	memdev->serial = 0x1234;
	window->resource = 4 * GIB;
	window->size = 4 * GIB;
	region = topology_add_region(topology, window, "region0");
	region->resource = 5 * GIB;
	region->size = GIB;
	decoder->region_name = "region0";
	decoder->locked = true;
	assert_int_equal(
		ARRAY_APPEND(&region->mappings,
			     (struct topo_mapping){ .position = 0, .decoder_name = "decoder2.0" }),
		0);
	topology_finish(topology);
	return topology;
}

static void test_finish_resolves_names(void **state)
{
	_cleanup_topology_ struct topology *topology = small_host();
	struct topo_memdev *memdev = topology_memdev(topology, "mem0");
	struct topo_decoder *decoder = topology_decoder(topology, "decoder2.0");
	struct topo_region *region = topology_region(topology, "region0");

	(void)state;
	assert_ptr_equal(memdev->endpoint, topology_port(topology, "endpoint2"));
	assert_ptr_equal(memdev->endpoint->memdev, memdev);
	assert_ptr_equal(decoder->region, region);
	assert_ptr_equal(region->mappings.items[0].decoder, decoder);
	assert_ptr_equal(region->mappings.items[0].memdev, memdev);
	assert_string_equal(region->mappings.items[0].memdev_name, "mem0");
	/* One locked decoder makes the whole region its firmware's. */
	assert_true(region->locked);
}

static void test_ways_up(void **state)
{
	_cleanup_topology_ struct topology *topology = small_host();
	struct topo_port *endpoint = topology_port(topology, "endpoint2");
	struct topo_port *root = topology_port(topology, "root0");

	(void)state;
	assert_int_equal(endpoint->depth, 2);
	assert_ptr_equal(topology_root_of(endpoint), root);
	assert_ptr_equal(topology_root_of(root), root);
	assert_string_equal(topology_host_bridge_of(endpoint)->name, "port1");
	assert_string_equal(topology_host_bridge_of(topology_port(topology, "port1"))->name,
			    "port1");
	assert_null(topology_host_bridge_of(root));
}

static void test_find_memdev_as_people_name_it(void **state)
{
	_cleanup_topology_ struct topology *topology = small_host();
	struct topo_memdev *memdev = topology_memdev(topology, "mem0");

	(void)state;
	assert_ptr_equal(topology_find_memdev(topology, "mem0"), memdev);
	assert_ptr_equal(topology_find_memdev(topology, "0"), memdev);
	assert_ptr_equal(topology_find_memdev(topology, "0000:0d:00.0"), memdev);
	assert_ptr_equal(topology_find_memdev(topology, "serial:0x1234"), memdev);
	assert_ptr_equal(topology_find_memdev(topology, "serial:4660"), memdev);
	assert_null(topology_find_memdev(topology, "serial:0x1235"));
	assert_null(topology_find_memdev(topology, "serial:"));
	assert_null(topology_find_memdev(topology, "serial:-1"));
	assert_null(topology_find_memdev(topology, "1"));
	assert_null(topology_find_memdev(topology, "99999999999999999999999999"));
	assert_null(topology_find_memdev(topology, ""));
}

/* Emulated devices without sn= all have the serial number 0: that number names no device. */
static void test_shared_serial_names_nothing(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();

	(void)state;
	topology_add_memdev(topology, "mem0")->serial = 0;
	topology_add_memdev(topology, "mem1")->serial = 0;
	topology_finish(topology);
	assert_null(topology_find_memdev(topology, "serial:0"));
}

/* 1,024 memdevs with 8 decoders each, added in the worst order, are sorted and found. */
static void test_large_host(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	struct topo_port *root = topology_add_port(topology, TOPO_PORT_ROOT, "root0", NULL);
	char name[32];

	(void)state;
	for (int i = 1023; i >= 0; i--) {
		struct topo_port *endpoint;

		(void)snprintf(name, sizeof(name), "endpoint%d", i + 2);
		endpoint = topology_add_port(topology, TOPO_PORT_ENDPOINT, name, root);
		(void)snprintf(name, sizeof(name), "mem%d", i);
		endpoint->host = topology_add_memdev(topology, name)->name;
		for (int j = 7; j >= 0; j--) {
			(void)snprintf(name, sizeof(name), "decoder%d.%d", i + 2, j);
			assert_non_null(topology_add_decoder(topology, endpoint, name));
		}
	}
	topology_finish(topology);
	assert_int_equal(topology->decoders.count, 8192);
	for (int i = 0; i < 1024; i++) {
		struct topo_memdev *memdev;

		(void)snprintf(name, sizeof(name), "mem%d", i);
		memdev = topology_memdev(topology, name);
		assert_ptr_equal(memdev, topology->memdevs.items[i]);
		assert_int_equal(memdev->endpoint->decoders.count, 8);
		for (int j = 0; j < 8; j++)
			assert_int_equal(memdev->endpoint->decoders.items[j]->index, j);
	}
	assert_ptr_equal(topology_decoder(topology, "decoder1025.7"),
			 topology->decoders.items[8191]);
}

static void test_names_of_values(void **state)
{
	(void)state;
	assert_int_equal(topo_mode_from_name("ram"), TOPO_MODE_RAM);
	assert_int_equal(topo_mode_from_name("pmem"), TOPO_MODE_PMEM);
	assert_int_equal(topo_mode_from_name("none"), TOPO_MODE_NONE);
	assert_int_equal(topo_mode_from_name("mixed"), TOPO_MODE_UNKNOWN);
	assert_string_equal(topo_mode_name(TOPO_MODE_UNKNOWN), "unknown");
	assert_string_equal(topo_zone_name(TOPO_ZONE_MOVABLE), "movable");
	assert_string_equal(topo_dax_mode_name(TOPO_DAX_KMEM), "system-ram");
	/* daxctl calls everything else devdax, also a device without a driver. */
	assert_string_equal(topo_dax_mode_name(TOPO_DAX_NONE), "devdax");
	assert_true(topo_name_compare("decoder0.10", "decoder0.9") > 0);
	assert_true(topo_name_compare("mem1", "mem1") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_is_not_zero),
		cmocka_unit_test(test_free_accepts_null),
		cmocka_unit_test(test_finish_sorts_by_number),
		cmocka_unit_test(test_finish_resolves_names),
		cmocka_unit_test(test_ways_up),
		cmocka_unit_test(test_find_memdev_as_people_name_it),
		cmocka_unit_test(test_shared_serial_names_nothing),
		cmocka_unit_test(test_large_host),
		cmocka_unit_test(test_names_of_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel would give next: host addresses, decoders, device memory. Each expectation is
 * what the function named beside it does.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/topology/free-dpa.h"
#include "cxl/topology/free-hpa.h"
#include "cxl/topology/port-decoder.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "test/unit/cxl/plan/random-host.h"

static const struct plan_host one_device = {
	.shape = "[e]",
	.windows = { { "0", .size = 4 * GIB, .pmem = true } },
	.ram_size = 2 * GIB,
	.pmem_size = GIB,
};

static struct topo_region *add_region(struct topology *topology, const char *name, hpa_t resource,
				      uint64_t size)
{
	struct topo_region *region =
		topology_add_region(topology, topology_decoder(topology, "decoder0.0"), name);

	assert_non_null(region);
	region->resource = resource;
	region->size = size;
	region->committed = true;
	return region;
}

/* Gives a decoder to a region, as attach and commit do. */
static void use_decoder(struct topology *topology, const char *name, struct topo_region *region)
{
	struct topo_decoder *decoder = topology_decoder(topology, name);

	decoder->region = region;
	decoder->region_name = region->name;
	decoder->resource = region->resource;
	decoder->size = region->size;
	if (region->committed)
		decoder->port->decoders_committed = decoder->index + 1;
}

static int window_extents(const struct topology *topology, struct topo_extent_list *extents)
{
	struct hpa_map map = HPA_MAP_NULL;
	int rc;

	assert_int_equal(hpa_map_init(&map, topology), 0);
	rc = hpa_map_window(&map, topology_decoder(topology, "decoder0.0"), extents);
	hpa_map_deinit(&map);
	return rc;
}

static void get_extents(const struct topology *topology, struct topo_extent_list *extents)
{
	assert_int_equal(window_extents(topology, extents), 0);
}

/* get_free_mem_region(): ascending, at multiples of 256 MiB, first that is disjoint */
static void test_first_fit(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_extent_list extents = { 0 };

	(void)state;
	(void)add_region(topology, "region0", 4 * GIB + 2 * UNIT, UNIT);
	(void)add_region(topology, "region1", 5 * GIB + 100 * MIB, UNIT);
	get_extents(topology, &extents);
	/* 4G..4.5G free; 4.75G..5G free; from 5.5G (not 5.35G) to the end */
	assert_int_equal(extents.list.count, 3);
	assert_int_equal(hpa_first_fit(&extents, UNIT)->start, 4 * GIB);
	assert_int_equal(hpa_first_fit(&extents, 2 * UNIT)->start, 4 * GIB);
	assert_int_equal(hpa_first_fit(&extents, 3 * UNIT)->start, 5 * GIB + 2 * UNIT);
	assert_int_equal(hpa_first_fit(&extents, 2 * GIB + 2 * UNIT)->start, 5 * GIB + 2 * UNIT);
	assert_null(hpa_first_fit(&extents, 2 * GIB + 3 * UNIT));
	assert_int_equal(hpa_largest(&extents), 2 * GIB + 2 * UNIT);
	assert_int_equal(hpa_total(&extents), 3 * GIB + UNIT);
	ARRAY_FREE(&extents.list);
}

static void test_region_without_address_is_not_in_the_way(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_extent_list extents = { 0 };

	(void)state;
	(void)add_region(topology, "region0", TOPO_UNKNOWN, 0);
	get_extents(topology, &extents);
	assert_int_equal(extents.list.count, 1);
	assert_int_equal(extents.list.items[0].size, 4 * GIB);
	ARRAY_FREE(&extents.list);
}

/* Not to know where something is does not mean that it is nowhere. */
static void test_unknown_addresses(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_region *region = add_region(topology, "region0", TOPO_UNKNOWN, GIB);
	struct topo_extent_list extents = { 0 };

	(void)state;
	assert_int_equal(window_extents(topology, &extents), -ENODATA);
	region->window = NULL;
	assert_int_equal(window_extents(topology, &extents), -ENODATA);
	region->resource = 5 * GIB;
	assert_int_equal(window_extents(topology, &extents), 0);
	assert_int_equal(extents.list.count, 2);
	/* A region that reaches past the window's end leaves nothing behind it. */
	region->size = UINT64_MAX - GIB;
	assert_int_equal(window_extents(topology, &extents), 0);
	assert_int_equal(extents.list.count, 1);
	assert_int_equal(extents.list.items[0].size, GIB);
	topology_decoder(topology, "decoder0.0")->resource = TOPO_UNKNOWN;
	assert_int_equal(window_extents(topology, &extents), -ENODATA);
	ARRAY_FREE(&extents.list);
}

#define WINDOW_UNITS 16

/* Regions side by side, apart, one in another and in any order: unit by unit the same is free. */
static void test_any_ranges(void **state)
{
	struct random random = { .state = 1 };

	(void)state;
	for (int round = 0; round < 500; round++) {
		_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
		struct topo_extent_list extents = { 0 };
		bool busy[WINDOW_UNITS] = { false };

		for (int i = random_below(&random, 8); i > 0; i--) {
			int start = random_below(&random, WINDOW_UNITS);
			int count = 1 + random_below(&random, 4);

			(void)add_region(topology, "region0", 4 * GIB + (uint64_t)start * UNIT,
					 (uint64_t)count * UNIT);
			for (int j = start; j < start + count && j < WINDOW_UNITS; j++)
				busy[j] = true;
		}
		get_extents(topology, &extents);
		for (size_t i = 0; i < extents.list.count; i++) {
			const struct topo_extent *extent = &extents.list.items[i];
			uint64_t first = (extent->start - 4 * GIB) / UNIT;
			uint64_t behind = first + extent->size / UNIT;

			/* Each is as long as it can be. */
			assert_true(first == 0 || busy[first - 1]);
			assert_true(behind == WINDOW_UNITS || busy[behind]);
			for (uint64_t j = first; j < behind; j++) {
				assert_false(busy[j]);
				busy[j] = true;
			}
		}
		for (int i = 0; i < WINDOW_UNITS; i++)
			assert_true(busy[i]);
		ARRAY_FREE(&extents.list);
	}
}

/* Firmware's own mapping that no region was made of; a port's stale range means nothing. */
static void test_decoders_without_region(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_decoder *port = topology_decoder(topology, "decoder1.0");
	struct topo_decoder *endpoint = topology_decoder(topology, "decoder2.0");
	struct topo_extent_list extents = { 0 };

	(void)state;
	port->resource = 4 * GIB;
	port->size = GIB;
	get_extents(topology, &extents);
	assert_int_equal(extents.list.items[0].start, 4 * GIB);
	endpoint->resource = 4 * GIB;
	endpoint->size = GIB;
	/* init_hdm_decoder() gives a decoder that is not committed no size. */
	get_extents(topology, &extents);
	assert_int_equal(extents.list.items[0].start, 4 * GIB);
	endpoint->port->decoders_committed = 1;
	get_extents(topology, &extents);
	assert_int_equal(extents.list.count, 1);
	assert_int_equal(extents.list.items[0].start, 5 * GIB);
	endpoint->port->decoders_committed = TOPO_UNKNOWN_INT;
	get_extents(topology, &extents);
	assert_int_equal(extents.list.items[0].start, 5 * GIB);
	ARRAY_FREE(&extents.list);
}

static struct topo_memdev *only_memdev(struct topology *topology)
{
	return topology_memdev(topology, "mem0");
}

static struct dpa_free next_dpa(struct topology *topology, enum topo_mode mode)
{
	return dpa_next_free(topology, only_memdev(topology), mode);
}

static void hold_dpa(struct topology *topology, const char *name, dpa_t dpa, uint64_t size)
{
	struct topo_decoder *decoder = topology_decoder(topology, name);

	decoder->dpa_resource = dpa;
	decoder->dpa_size = size;
}

static void test_fresh_device(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct dpa_free ram = next_dpa(topology, TOPO_MODE_RAM);
	struct dpa_free pmem = next_dpa(topology, TOPO_MODE_PMEM);

	(void)state;
	assert_int_equal(ram.state, DPA_FREE);
	assert_string_equal(ram.decoder->name, "decoder2.0");
	assert_int_equal(ram.start, 0);
	assert_int_equal(ram.size, 2 * GIB);
	assert_int_equal(pmem.start, 2 * GIB);
	assert_int_equal(pmem.size, GIB);
}

/* __cxl_dpa_alloc(): behind the last allocation of the partition, with the next decoder */
static void test_dpa_grows(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct dpa_free ram;

	(void)state;
	hold_dpa(topology, "decoder2.0", 0, 3 * UNIT);
	use_decoder(topology, "decoder2.0", add_region(topology, "region0", 4 * GIB, 3 * UNIT));
	ram = next_dpa(topology, TOPO_MODE_RAM);
	assert_string_equal(ram.decoder->name, "decoder2.1");
	assert_int_equal(ram.start, 3 * UNIT);
	assert_int_equal(ram.size, 5 * UNIT);
	assert_int_equal(next_dpa(topology, TOPO_MODE_PMEM).start, 2 * GIB);
}

/* request_skip(): pmem in use costs all RAM that was free before it */
static void test_pmem_skips_ram(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct dpa_free pmem;

	(void)state;
	hold_dpa(topology, "decoder2.0", 2 * GIB, UNIT);
	use_decoder(topology, "decoder2.0", add_region(topology, "region0", 4 * GIB, UNIT));
	assert_int_equal(next_dpa(topology, TOPO_MODE_RAM).size, 0);
	pmem = next_dpa(topology, TOPO_MODE_PMEM);
	assert_int_equal(pmem.start, 2 * GIB + UNIT);
	assert_int_equal(pmem.size, GIB - UNIT);
}

static void test_no_partition(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);

	(void)state;
	only_memdev(topology)->pmem_size = 0;
	assert_int_equal(next_dpa(topology, TOPO_MODE_PMEM).state, DPA_NO_PARTITION);
	only_memdev(topology)->ram_size = TOPO_UNKNOWN;
	assert_int_equal(next_dpa(topology, TOPO_MODE_RAM).state, DPA_NO_PARTITION);
}

/* cxl_decoder_commit(): "out of order commit" once one before holds DPA without being committed */
static void test_reserved_dpa_blocks(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct dpa_free ram;

	(void)state;
	hold_dpa(topology, "decoder2.0", 0, UNIT);
	ram = next_dpa(topology, TOPO_MODE_RAM);
	assert_int_equal(ram.state, DPA_RESERVED);
	assert_string_equal(ram.decoder->name, "decoder2.0");
	assert_int_equal(dpa_usable(&ram), 0);
}

static void test_all_decoders_used(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_region *region = add_region(topology, "region0", 4 * GIB, UNIT);

	(void)state;
	for (int i = 0; i < 4; i++) {
		const char name[] = { 'd', 'e', 'c', 'o', 'd', 'e', 'r', '2', '.', (char)('0' + i),
				      0 };

		hold_dpa(topology, name, (uint64_t)i * UNIT, UNIT);
		use_decoder(topology, name, region);
	}
	assert_int_equal(next_dpa(topology, TOPO_MODE_RAM).state, DPA_NO_DECODER);
}

/* dpa_size_store() takes multiples of 256 MiB only */
static void test_usable_is_whole_units(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct dpa_free ram;

	(void)state;
	only_memdev(topology)->ram_size = GIB + 100 * MIB;
	ram = next_dpa(topology, TOPO_MODE_RAM);
	assert_int_equal(ram.size, GIB + 100 * MIB);
	assert_int_equal(dpa_usable(&ram), GIB);
}

static struct port_free next_decoder(struct topology *topology)
{
	return port_next_free(topology, topology_port(topology, "port1"));
}

/* match_free_decoder() */
static void test_port_decoders_in_order(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_region *region = add_region(topology, "region0", 5 * GIB, UNIT);
	hpa_t start = 0;

	(void)state;
	assert_int_equal(next_decoder(topology).state, PORT_READY);
	assert_string_equal(next_decoder(topology).decoder->name, "decoder1.0");
	assert_null(port_highest_region(topology_port(topology, "port1"), &start));
	use_decoder(topology, "decoder1.0", region);
	assert_int_equal(next_decoder(topology).state, PORT_READY);
	assert_string_equal(next_decoder(topology).decoder->name, "decoder1.1");
	assert_ptr_equal(port_highest_region(topology_port(topology, "port1"), &start),
			 topology_decoder(topology, "decoder1.0"));
	assert_int_equal(start, 5 * GIB);
}

static void test_port_decoder_held(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_region *region = add_region(topology, "region0", 5 * GIB, UNIT);

	(void)state;
	region->committed = false;
	use_decoder(topology, "decoder1.0", region);
	assert_int_equal(next_decoder(topology).state, PORT_RESERVED);
}

/* A passthrough decoder (one root port, no HDM capability) is never counted as committed. */
static void test_passthrough_decoder_serves_one_region(void **state)
{
	struct plan_host host = one_device;
	_cleanup_topology_ struct topology *topology = NULL;

	(void)state;
	host.decoders = 1;
	topology = plan_host_new(&host);
	use_decoder(topology, "decoder1.0", add_region(topology, "region0", 5 * GIB, UNIT));
	topology_port(topology, "port1")->decoders_committed = 0;
	assert_int_equal(next_decoder(topology).state, PORT_NO_DECODER);
}

/* check_commit_order(): "block further allocations until that is resolved" */
static void test_out_of_order_reset_blocks(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_decoder *first = topology_decoder(topology, "decoder1.0");

	(void)state;
	use_decoder(topology, "decoder1.1", add_region(topology, "region1", 5 * GIB, UNIT));
	assert_int_equal(next_decoder(topology).state, PORT_OUT_OF_ORDER);
	assert_ptr_equal(next_decoder(topology).decoder, first);
	/* The range of the decoder may be left over from the region that was there. */
	first->resource = 4 * GIB;
	first->size = UNIT;
	assert_int_equal(next_decoder(topology).state, PORT_OUT_OF_ORDER);
	/* The range is firmware's when a memdev decodes the same. */
	topology_decoder(topology, "decoder2.0")->resource = 4 * GIB;
	topology_decoder(topology, "decoder2.0")->size = UNIT;
	assert_int_equal(next_decoder(topology).state, PORT_READY);
}

static void test_disabled_port(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);

	(void)state;
	topology_port(topology, "port1")->enabled = false;
	assert_int_equal(next_decoder(topology).state, PORT_DISABLED);
}

/* Older kernels and records do not tell how many decoders are committed. */
static void test_committed_is_counted_when_not_told(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_device);
	struct topo_port *port = topology_port(topology, "port1");

	(void)state;
	use_decoder(topology, "decoder1.0", add_region(topology, "region0", 5 * GIB, UNIT));
	port->decoders_committed = TOPO_UNKNOWN_INT;
	assert_int_equal(port_decoders_committed(topology, port), 1);
	assert_string_equal(next_decoder(topology).decoder->name, "decoder1.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_region_without_address_is_not_in_the_way),
		cmocka_unit_test(test_unknown_addresses),
		cmocka_unit_test(test_any_ranges),
		cmocka_unit_test(test_decoders_without_region),
		cmocka_unit_test(test_fresh_device),
		cmocka_unit_test(test_dpa_grows),
		cmocka_unit_test(test_pmem_skips_ram),
		cmocka_unit_test(test_no_partition),
		cmocka_unit_test(test_reserved_dpa_blocks),
		cmocka_unit_test(test_all_decoders_used),
		cmocka_unit_test(test_usable_is_whole_units),
		cmocka_unit_test(test_port_decoders_in_order),
		cmocka_unit_test(test_port_decoder_held),
		cmocka_unit_test(test_passthrough_decoder_serves_one_region),
		cmocka_unit_test(test_out_of_order_reset_blocks),
		cmocka_unit_test(test_disabled_port),
		cmocka_unit_test(test_committed_is_counted_when_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

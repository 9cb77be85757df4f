// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory blocks, NUMA nodes and the CEDT out of a sysfs on paper. Its texts are those of a guest
 * with kernel 7.3.
 */
#include "cxl/topology/topology-sysfs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"

#define BLOCK_SIZE UINT64_C(0x8000000)
#define WINDOW	   UINT64_C(0x490000000)

struct host {
	char *root;
	struct sysfs sysfs;
	struct topology *topology;
	struct topo_dax_device *device;
};

static void add_block(const struct host *host, uint64_t index, const char *state,
		      const char *valid_zones)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "devices/system/memory/memory%" PRIu64 "/state", index);
	temp_tree_file(host->root, path, state);
	(void)snprintf(path, sizeof(path), "devices/system/memory/memory%" PRIu64 "/valid_zones",
		       index);
	temp_tree_file(host->root, path, valid_zones);
	(void)snprintf(path, sizeof(path), "devices/system/memory/memory%" PRIu64 "/removable",
		       index);
	temp_tree_file(host->root, path, "1\n");
}

static int set_up(void **state)
{
	struct host *host = calloc(1, sizeof(*host));
	struct topo_dax_device device = TOPO_DAX_DEVICE_NULL;
	struct topo_decoder *window;
	struct topo_dax_region *dax;

	assert_non_null(host);
	host->root = temp_tree_new();
	host->sysfs.root_fd = open(host->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(host->sysfs.root_fd >= 0);
	host->topology = topology_new();
	window = topology_add_decoder(
		host->topology, topology_add_port(host->topology, TOPO_PORT_ROOT, "root0", NULL),
		"decoder0.0");
	window->resource = WINDOW;
	dax = topology_add_dax_region(host->topology,
				      topology_add_region(host->topology, window, "region0"));
	device.name = "dax0.0";
	device.driver = TOPO_DAX_KMEM;
	device.target_node = 1;
	device.resource = WINDOW;
	device.size = 4 * BLOCK_SIZE;
	assert_int_equal(ARRAY_APPEND(&dax->devices, device), 0);
	host->device = &dax->devices.items[0];
	temp_tree_file(host->root, "devices/system/memory/block_size_bytes", "8000000\n");
	temp_tree_file(host->root, "devices/system/memory/auto_online_blocks", "online_movable\n");
	*state = host;
	return 0;
}

static int tear_down(void **state)
{
	struct host *host = *state;

	wrap_folder = FOLDER_IS_READ;
	(void)close(host->sysfs.root_fd);
	(void)topology_free(host->topology);
	temp_tree_free(host->root);
	free(host);
	return 0;
}

static void read_memory(const struct host *host)
{
	assert_int_equal(topology_read_memory(host->topology, &host->sysfs), 0);
	topology_finish(host->topology);
}

static void test_blocks_and_zones(void **state)
{
	const struct host *host = *state;
	const struct topo_memory_block *blocks;

	add_block(host, 146, "online\n", "Movable\n");
	add_block(host, 147, "online\n", "Normal\n");
	add_block(host, 148, "offline\n", "Movable Normal\n");
	add_block(host, 149, "going-offline\n", "Movable\n");
	/* Of somebody else, before and behind. */
	add_block(host, 145, "online\n", "Normal\n");
	add_block(host, 150, "online\n", "Normal\n");
	read_memory(host);
	assert_int_equal(host->topology->memory_block_size, BLOCK_SIZE);
	assert_string_equal(host->topology->auto_online_policy, "online_movable");
	assert_true(host->topology->known & TOPO_KNOWN_BLOCKS);
	assert_int_equal(host->device->blocks.count, 4);
	blocks = host->device->blocks.items;
	assert_int_equal(blocks[0].index, 146);
	assert_int_equal(blocks[0].zone, TOPO_ZONE_MOVABLE);
	assert_int_equal(blocks[1].zone, TOPO_ZONE_KERNEL);
	assert_false(blocks[2].online);
	assert_int_equal(blocks[2].zone, TOPO_ZONE_NONE);
	assert_false(blocks[3].online);
	for (size_t i = 0; i < 4; i++) {
		assert_true(blocks[i].removable);
		assert_int_equal(blocks[i].node, 1);
	}
	assert_int_equal(host->device->online_block_count, 2);
	assert_int_equal(host->device->zone, TOPO_ZONE_NONE);
}

/* kmem has no part of a block of which only a part is the device's: the block is somebody else's.
 */
static void test_ends_inside_a_block(void **state)
{
	const struct host *host = *state;

	host->device->resource = WINDOW + BLOCK_SIZE / 2;
	host->device->size = 2 * BLOCK_SIZE + BLOCK_SIZE / 4;
	for (unsigned int index = 145; index < 151; index++)
		add_block(host, index, "online\n", "Movable\n");
	read_memory(host);
	assert_int_equal(host->device->blocks.count, 1);
	assert_int_equal(host->device->blocks.items[0].index, 147);
	assert_int_equal(host->device->online_block_count, 1);
}

/* "none": the block spans zones and cannot be taken offline (kernel: valid_zones_show()). */
static void test_block_without_a_zone(void **state)
{
	const struct host *host = *state;

	add_block(host, 146, "online\n", "none\n");
	read_memory(host);
	assert_int_equal(host->device->blocks.items[0].zone, TOPO_ZONE_SEVERAL);
}

/* Blocks that are gone, or go while their files are read. */
static void test_vanishing_blocks(void **state)
{
	const struct host *host = *state;

	add_block(host, 147, "online\n", "Movable\n");
	temp_tree_remove(host->root, "devices/system/memory/memory147/valid_zones");
	temp_tree_remove(host->root, "devices/system/memory/memory147/removable");
	read_memory(host);
	assert_int_equal(host->device->blocks.count, 1);
	assert_int_equal(host->device->blocks.items[0].zone, TOPO_ZONE_UNKNOWN);
	assert_false(host->device->blocks.items[0].removable);
}

/* Only kmem makes memory of a device, and not while its state is "unplugged". */
static void test_devices_that_are_no_memory(void **state)
{
	const struct host *host = *state;

	add_block(host, 146, "online\n", "Movable\n");
	host->device->driver = TOPO_DAX_DEVICE;
	read_memory(host);
	assert_int_equal(host->device->blocks.count, 0);
	host->device->driver = TOPO_DAX_KMEM;
	host->device->state = "unplugged";
	read_memory(host);
	assert_int_equal(host->device->blocks.count, 0);
}

/* A device in two pieces; the size alone would take in what lies between the pieces. */
static void test_mappings(void **state)
{
	const struct host *host = *state;

	host->device->size = 2 * BLOCK_SIZE;
	temp_tree_file(host->root, "bus/dax/devices/dax0.0/mapping0/start", "0x490000000\n");
	temp_tree_file(host->root, "bus/dax/devices/dax0.0/mapping0/end", "0x497ffffff\n");
	temp_tree_file(host->root, "bus/dax/devices/dax0.0/mapping1/start", "0x4a0000000\n");
	temp_tree_file(host->root, "bus/dax/devices/dax0.0/mapping1/end", "0x4a7ffffff\n");
	for (uint64_t i = 146; i < 150; i++)
		add_block(host, i, "online\n", "Movable\n");
	read_memory(host);
	assert_int_equal(host->device->blocks.count, 2);
	assert_int_equal(host->device->blocks.items[0].index, 146);
	assert_int_equal(host->device->blocks.items[1].index, 148);
}

/* Without the block size nothing can be said, which is not the same as "no blocks". */
static void test_no_block_size(void **state)
{
	const struct host *host = *state;

	temp_tree_remove(host->root, "devices/system/memory/block_size_bytes");
	read_memory(host);
	assert_false(host->topology->known & TOPO_KNOWN_BLOCKS);
	assert_int_equal(host->topology->memory_block_size, TOPO_UNKNOWN);
	assert_int_equal(host->device->block_count, TOPO_UNKNOWN_INT);
}

static void add_node(const struct host *host, int node, const char *distance)
{
	char path[128], text[128];

	(void)snprintf(path, sizeof(path), "devices/system/node/node%d/distance", node);
	temp_tree_file(host->root, path, distance);
	(void)snprintf(path, sizeof(path), "devices/system/node/node%d/meminfo", node);
	(void)snprintf(text, sizeof(text),
		       "\nNode %d MemTotal:         262144 kB\nNode %d MemFree:          1024 kB\n",
		       node, node);
	temp_tree_file(host->root, path, text);
}

static void test_nodes(void **state)
{
	static const char figures[] = "devices/system/node/node3/access0/initiators/";
	const struct host *host = *state;
	const struct topo_node *node;
	char path[128];

	/* In no order, with a gap: the columns of `distance` are the nodes that are there. */
	add_node(host, 10, "30 20 10\n");
	add_node(host, 0, "10 20 30\n");
	add_node(host, 3, "20 10 20\n");
	temp_tree_file(host->root, "devices/system/node/has_cpu", "0,2-3\n");
	temp_tree_file(host->root, "devices/system/node/online", "0,3,10\n");
	(void)snprintf(path, sizeof(path), "%sread_bandwidth", figures);
	temp_tree_file(host->root, path, "20480\n");
	(void)snprintf(path, sizeof(path), "%sread_latency", figures);
	temp_tree_file(host->root, path, "140\n");
	assert_int_equal(topology_read_nodes(host->topology, &host->sysfs), 0);
	assert_true(host->topology->known & TOPO_KNOWN_NODES);
	assert_int_equal(host->topology->nodes.count, 3);
	node = &host->topology->nodes.items[1];
	assert_int_equal(node->id, 3);
	assert_true(node->has_cpus);
	assert_int_equal(node->memory_total, UINT64_C(256) << 20);
	assert_int_equal(node->memory_free, UINT64_C(1) << 20);
	assert_int_equal(node->distances.count, 3);
	assert_int_equal(node->distances.items[2].node, 10);
	assert_int_equal(node->distances.items[2].distance, 20);
	assert_int_equal(node->access[0].read_bandwidth, 20480);
	assert_int_equal(node->access[0].read_latency, 140);
	assert_int_equal(node->access[0].write_latency, TOPO_UNKNOWN);
	assert_int_equal(node->access[1].read_bandwidth, TOPO_UNKNOWN);
	assert_true(host->topology->nodes.items[0].has_cpus);
	assert_false(host->topology->nodes.items[2].has_cpus);
}

static void test_no_nodes(void **state)
{
	const struct host *host = *state;

	assert_int_equal(topology_read_nodes(host->topology, &host->sysfs), 0);
	assert_int_equal(host->topology->known & TOPO_KNOWN_NODES, 0);
}

/* What can't be read for want of memory is no host without nodes. */
static void test_unreadable_nodes(void **state)
{
	struct host *host = *state;
	struct sysfs_failure failure = { .error = 0 };

	host->sysfs.failure = &failure;
	temp_tree_file(host->root, "devices/system/node/node0/meminfo", "");
	wrap_folder = FOLDER_IS_NOT_OPENED;
	(void)topology_read_nodes(host->topology, &host->sysfs);
	assert_int_equal(failure.error, -ENOMEM);
	assert_non_null(strstr(failure.file, "devices/system/node"));
	failure.error = 0;
	wrap_folder = FOLDER_IS_READ_BY_HALF;
	(void)topology_read_nodes(host->topology, &host->sysfs);
	assert_int_equal(failure.error, -EIO);
}

/* The window at 0x490000000 of the guest's table is at that address here, too. */
static void test_arithmetic_of_windows(void **state)
{
	const struct host *host = *state;
	const struct topo_decoder *window = host->topology->decoders.items[0];
	char table[512];
	FILE *file = fopen(TEST_DATA "/guest-one-switch.cedt", "rb");
	char path[512];
	size_t size;

	assert_int_equal(topology_read_arithmetic(host->topology, &host->sysfs), 0);
	assert_int_equal(window->interleave_arithmetic, TOPO_ARITHMETIC_UNKNOWN);
	assert_non_null(file);
	size = fread(table, 1, sizeof(table), file);
	(void)fclose(file);
	temp_tree_file(host->root, "firmware/acpi/tables/CEDT", "");
	(void)snprintf(path, sizeof(path), "%s/firmware/acpi/tables/CEDT", host->root);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(table, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(topology_read_arithmetic(host->topology, &host->sysfs), 0);
	assert_int_equal(window->interleave_arithmetic, TOPO_ARITHMETIC_MODULO);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_blocks_and_zones),
		TEST(test_ends_inside_a_block),
		TEST(test_block_without_a_zone),
		TEST(test_vanishing_blocks),
		TEST(test_devices_that_are_no_memory),
		TEST(test_mappings),
		TEST(test_no_block_size),
		TEST(test_nodes),
		TEST(test_no_nodes),
		TEST(test_unreadable_nodes),
		TEST(test_arithmetic_of_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

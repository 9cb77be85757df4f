// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows, regions and dax devices out of a sysfs on paper. Its texts are those of a guest with
 * kernel 7.3; what free space a window is said to have is what cxl(1) of ndctl 81 says.
 */
#include "cxl/topology/topology-look.h"
#include "cxl/topology/topology-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"

#define ROOT   "devices/platform/ACPI0017:00/root0"
#define WINDOW ROOT "/decoder0.0"

struct attribute {
	const char *name, *text;
};

static void add_object(const char *root, const char *folder, const struct attribute *attributes)
{
	char path[512];

	for (; attributes->name; attributes++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, attributes->name);
		temp_tree_file(root, path, attributes->text);
	}
}

static void add_to_bus(const char *root, const char *name, const char *folder)
{
	char path[128], target[512];

	(void)snprintf(path, sizeof(path), "bus/cxl/devices/%s", name);
	(void)snprintf(target, sizeof(target), "../../../%s", folder);
	temp_tree_link(root, path, target);
}

static void add_window(const char *root)
{
	static const struct attribute attributes[] = {
		{ "start", "0x490000000\n" },
		{ "size", "0x100000000\n" },
		{ "interleave_ways", "1\n" },
		{ "interleave_granularity", "256\n" },
		{ "locked", "0\n" },
		{ "target_list", "64\n" },
		{ "qos_class", "0\n" },
		{ "cap_type2", "0\n" },
		{ "cap_type3", "1\n" },
		{ "cap_ram", "1\n" },
		{ "cap_pmem", "1\n" },
		{ "create_ram_region", "region3\n" },
		{ NULL, NULL },
	};

	add_object(root, WINDOW, attributes);
	add_to_bus(root, "root0", ROOT);
	add_to_bus(root, "decoder0.0", WINDOW);
	temp_tree_link(root, ROOT "/dport64", "../../../pci0000:40");
	temp_tree_file(root, "devices/pci0000:40/class", "0x060000\n");
}

/* A region of one memdev that is system memory. */
static void add_region(const char *root)
{
	static const char folder[] = WINDOW "/region0";
	static const char dax[] = WINDOW "/region0/dax_region0/dax0.0";
	static const struct attribute attributes[] = {
		{ "size", "0x10000000\n" },
		{ "resource", "0x490000000\n" },
		{ "interleave_ways", "1\n" },
		{ "interleave_granularity", "256\n" },
		{ "commit", "1\n" },
		{ "locked", "0\n" },
		{ "mode", "ram\n" },
		{ "uuid", "00000000-0000-0000-0000-000000000000\n" },
		{ "target0", "decoder2.0\n" },
		{ "dax_region0/dax_region/size", "268435456\n" },
		{ "dax_region0/dax_region/align", "2097152\n" },
		{ "dax_region0/dax_region/available_size", "0\n" },
		{ "dax_region0/dax0.0/size", "268435456\n" },
		{ "dax_region0/dax0.0/resource", "0x490000000\n" },
		{ "dax_region0/dax0.0/align", "2097152\n" },
		{ "dax_region0/dax0.0/target_node", "1\n" },
		{ "dax_region0/dax0.0/state", "online_movable\n" },
		{ "dax_region0/dax0.0/mapping0/start", "0x490000000\n" },
		{ "dax_region0/dax0.0/mapping0/end", "0x49fffffff\n" },
		{ NULL, NULL },
	};
	char target[512];

	add_object(root, folder, attributes);
	add_to_bus(root, "region0", folder);
	temp_tree_link(root, WINDOW "/region0/driver",
		       "../../../../../../bus/cxl/drivers/cxl_region");
	temp_tree_link(root, WINDOW "/region0/dax_region0/dax0.0/driver",
		       "../../../../../../../../bus/dax/drivers/kmem");
	(void)snprintf(target, sizeof(target), "../../../%s", dax);
	temp_tree_link(root, "bus/dax/devices/dax0.0", target);
}

static void add_member(const char *root)
{
	static const struct attribute memdev[] = {
		{ "serial", "0x1\n" },
		{ "ram/size", "0x10000000\n" },
		{ "ram/qos_class", "2\n" },
		{ "pmem/size", "0x0\n" },
		{ NULL, NULL },
	};
	static const char endpoint[] = "devices/pci0000:40/0000:43:00.0/mem8/endpoint2";

	add_object(root, "devices/pci0000:40/0000:43:00.0/mem8", memdev);
	add_to_bus(root, "mem8", "devices/pci0000:40/0000:43:00.0/mem8");
	temp_tree_file(root, "devices/pci0000:40/0000:43:00.0/mem8/endpoint2/decoder2.0/locked",
		       "0\n");
	temp_tree_link(root, "devices/pci0000:40/0000:43:00.0/mem8/endpoint2/uport", "../../mem8");
	add_to_bus(root, "endpoint2", endpoint);
	add_to_bus(root, "decoder2.0", "devices/pci0000:40/0000:43:00.0/mem8/endpoint2/decoder2.0");
}

static void add_memory(const char *root)
{
	static const struct attribute attributes[] = {
		{ "block_size_bytes", "8000000\n" },
		{ "auto_online_blocks", "online\n" },
		{ "memory146/state", "online\n" },
		{ "memory146/valid_zones", "Movable\n" },
		{ "memory146/removable", "1\n" },
		{ "memory147/state", "offline\n" },
		{ NULL, NULL },
	};

	add_object(root, "devices/system/memory", attributes);
}

static int set_up(void **state)
{
	char *root = temp_tree_new();

	add_window(root);
	add_region(root);
	add_member(root);
	add_memory(root);
	*state = root;
	return 0;
}

static int tear_down(void **state)
{
	temp_tree_free(*state);
	return 0;
}

static struct topology *look_at(const char *root, const char *region)
{
	const struct topology_reader_options options = { .sysfs_root = root, .region = region };
	struct topology *topology = NULL;
	char file[TOPOLOGY_FILE_MAX];

	assert_int_equal(topology_read(&options, file, &topology), 0);
	assert_string_equal(file, "");
	return topology;
}

static void assert_unread(const char *root, int error, const char *end_of_file)
{
	const struct topology_reader_options options = { .sysfs_root = root, .region = "region0" };
	struct topology *topology = NULL;
	char file[TOPOLOGY_FILE_MAX];

	assert_int_equal(topology_read(&options, file, &topology), error);
	assert_null(topology);
	assert_true(strlen(file) > strlen(root));
	assert_memory_equal(file, root, strlen(root));
	assert_string_equal(file + strlen(file) - strlen(end_of_file), end_of_file);
}

/* A file that is there and can't be read is named; one that is not there does not tell. */
static void test_a_file_that_can_not_be_read(void **state)
{
	const char *root = *state;
	_cleanup_topology_ struct topology *topology = NULL;
	char *path;

	temp_tree_link(root, WINDOW "/region0/commit", "commit");
	assert_unread(root, -ELOOP, "/decoder0.0/region0/commit");
	temp_tree_remove(root, WINDOW "/region0/commit");
	temp_tree_file(root, WINDOW "/region0/commit/x", "");
	assert_unread(root, -EISDIR, "/decoder0.0/region0/commit");
	temp_tree_remove(root, WINDOW "/region0/commit/x");
	assert_true(asprintf(&path, "%s/" WINDOW "/region0/commit", root) > 0);
	assert_int_equal(rmdir(path), 0);
	free(path);
	topology = look_at(root, "region0");
	assert_false(topology_region(topology, "region0")->committed);
	temp_tree_link(root, WINDOW "/region0/dax_region0/dax1.0", "dax1.0");
	assert_unread(root, -ELOOP, "/dax_region0/dax1.0");
}

/* A process without descriptors sees no host without regions. */
static void test_without_descriptors(void **state)
{
	const struct topology_reader_options options = { .sysfs_root = *state,
							 .region = "region0" };
	_cleanup_topology_ struct topology *whole = look_at(*state, "region0");
	const int next = dup(STDIN_FILENO);
	struct rlimit before, limit;
	int failures = 0;

	assert_true(next >= 0);
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (rlim_t more = 0; more < 16; more++) {
		_cleanup_topology_ struct topology *topology = NULL;
		char file[TOPOLOGY_FILE_MAX];
		int rc;

		limit = (struct rlimit){ (rlim_t)next + more, before.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		rc = topology_read(&options, file, &topology);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_true(rc == -EMFILE ? *file != '\0' : rc == 0);
		failures += rc != 0;
		if (rc == 0)
			assert_int_equal(topology_region(topology, "region0")
						 ->dax_region->devices.items[0]
						 .blocks.count,
					 topology_region(whole, "region0")
						 ->dax_region->devices.items[0]
						 .blocks.count);
	}
	assert_in_range(failures, 4, 15);
}

static void test_a_region_alone(void **state)
{
	_cleanup_topology_ struct topology *topology = look_at(*state, "region0");
	const struct topo_region *region = topology_region(topology, "region0");
	const struct topo_dax_device *device;

	assert_non_null(region);
	assert_string_equal(region->window->name, "decoder0.0");
	assert_string_equal(region->window->port->name, "root0");
	assert_int_equal(region->window->max_available_extent, TOPO_UNKNOWN);
	assert_int_equal(region->size, 0x10000000);
	assert_int_equal(region->resource, 0x490000000);
	assert_int_equal(region->type, TOPO_MODE_RAM);
	assert_int_equal(region->interleave_ways, 1);
	assert_int_equal(region->interleave_granularity, 256);
	assert_true(region->committed && region->enabled && !region->locked);
	assert_null(region->uuid);
	assert_int_equal(region->mappings.count, 1);
	assert_string_equal(region->mappings.items[0].decoder_name, "decoder2.0");
	assert_string_equal(region->mappings.items[0].memdev_name, "mem8");
	assert_int_equal(region->mappings.items[0].memdev->serial, 1);
	/* The memdev's class is 2, the window's 0. */
	assert_true(region->qos_class_mismatch);
	assert_int_equal(region->dax_region->id, 0);
	assert_int_equal(region->dax_region->size, 0x10000000);
	assert_int_equal(region->dax_region->align, 0x200000);
	assert_int_equal(region->dax_region->available_size, 0);
	assert_int_equal(region->dax_region->devices.count, 1);
	device = &region->dax_region->devices.items[0];
	assert_string_equal(device->name, "dax0.0");
	assert_int_equal(device->driver, TOPO_DAX_KMEM);
	assert_string_equal(device->state, "online_movable");
	assert_int_equal(device->target_node, 1);
	assert_int_equal(device->resource, 0x490000000);
	assert_int_equal(device->blocks.count, 2);
	assert_int_equal(device->online_block_count, 1);
}

static void test_no_such_region(void **state)
{
	_cleanup_topology_ struct topology *topology = look_at(*state, "region1");

	assert_int_equal(topology->regions.count, 0);
	assert_int_equal(topology->decoders.count, 0);
}

/* Just made: no addresses, no targets, no driver. */
static void test_a_region_without_anything(void **state)
{
	static const struct attribute attributes[] = {
		{ "size", "0x0\n" },
		{ "resource", "0xffffffffffffffff\n" },
		{ "interleave_ways", "2\n" },
		{ "interleave_granularity", "0\n" },
		{ "commit", "0\n" },
		{ "mode", "pmem\n" },
		{ "uuid", "0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e\n" },
		{ "target0", "\n" },
		{ "target1", "\n" },
		{ NULL, NULL },
	};
	_cleanup_topology_ struct topology *topology = NULL;
	const struct topo_region *region;

	add_object(*state, WINDOW "/region3", attributes);
	add_to_bus(*state, "region3", WINDOW "/region3");
	topology = look_at(*state, "region3");
	region = topology_region(topology, "region3");
	assert_non_null(region);
	assert_int_equal(topology->regions.count, 1);
	assert_int_equal(region->resource, TOPO_UNKNOWN);
	assert_int_equal(region->type, TOPO_MODE_PMEM);
	assert_string_equal(region->uuid, "0aab5a1e-0b5a-4b1a-a1a3-6f0b0e0c0d0e");
	assert_false(region->committed || region->enabled);
	assert_int_equal(region->mappings.count, 0);
	assert_null(region->dax_region);
}

/* Windows as they are read with everything. */
static const struct topo_decoder *read_window(const char *root, struct topology *topology)
{
	const int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct topology_reader reader = { .sysfs = { .root_fd = fd }, .topology = topology };
	struct topo_port *port = topology_add_port(topology, TOPO_PORT_ROOT, "root0", NULL);

	assert_int_equal(reader_port(&reader, port), 0);
	topology_finish(topology);
	(void)close(fd);
	return topology_decoder(topology, "decoder0.0");
}

static void test_a_window(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	const struct topo_decoder *window = read_window(*state, topology);

	assert_non_null(window);
	assert_int_equal(window->resource, 0x490000000);
	assert_int_equal(window->size, 0x100000000);
	assert_true(window->volatile_capable && window->pmem_capable && !window->accelmem_capable);
	assert_int_equal(window->qos_class, 0);
	assert_string_equal(window->next_region, "region3");
	assert_int_equal(window->nr_targets, 1);
	assert_string_equal(window->targets.items[0].dport, "pci0000:40");
	assert_int_equal(window->max_available_extent, 0xf0000000);
	assert_int_equal(topology->regions.count, 1);
}

/* The largest gap is between two regions; what decodes nothing is in nobody's way. */
static void test_free_space(void **state)
{
	static const struct attribute last[] = {
		{ "size", "0x10000000\n" },
		{ "resource", "0x570000000\n" },
		{ "commit", "1\n" },
		{ NULL, NULL },
	};
	static const struct attribute not_committed[] = {
		{ "size", "0x10000000\n" },
		{ "resource", "0x500000000\n" },
		{ "commit", "0\n" },
		{ NULL, NULL },
	};
	_cleanup_topology_ struct topology *topology = topology_new();

	add_object(*state, WINDOW "/region1", last);
	add_object(*state, WINDOW "/region2", not_committed);
	assert_int_equal(read_window(*state, topology)->max_available_extent, 0xd0000000);
	assert_int_equal(topology->regions.count, 3);
}

/* For accelerators only: no region of memory devices has a place there. */
static void test_a_window_for_accelerators(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	const struct topo_decoder *window;

	temp_tree_file(*state, WINDOW "/cap_type3", "0\n");
	temp_tree_file(*state, WINDOW "/cap_type2", "1\n");
	window = read_window(*state, topology);
	assert_true(window->accelmem_capable);
	assert_false(window->volatile_capable || window->pmem_capable);
	assert_int_equal(window->max_available_extent, TOPO_UNKNOWN);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_region_alone),
		TEST(test_no_such_region),
		TEST(test_a_file_that_can_not_be_read),
		TEST(test_without_descriptors),
		TEST(test_a_region_without_anything),
		TEST(test_a_window),
		TEST(test_free_space),
		TEST(test_a_window_for_accelerators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A look at a whole host, on a sysfs on paper. Its texts are those of a guest with kernel 7.3.
 */
#include "cxl/topology/topology-look.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"

#define DEVICES "bus/cxl/devices/"
#define MEM0	"devices/pci0000:40/0000:40:00.0/0000:41:00.0/mem0"
#define ROOT0	"devices/platform/ACPI0017:00/root0"

static int set_up(void **state)
{
	char *root = temp_tree_new();

	temp_tree_file(root, MEM0 "/serial", "0x1f\n");
	temp_tree_file(root, MEM0 "/ram/size", "0x10000000\n");
	temp_tree_file(root, MEM0 "/ram/qos_class", "3\n");
	temp_tree_file(root, MEM0 "/pmem/size", "0x0\n");
	temp_tree_file(root, MEM0 "/firmware_version", "BWFW VERSION 00\n");
	temp_tree_file(root, MEM0 "/numa_node", "1\n");
	temp_tree_link(root, MEM0 "/driver", "../../../../../bus/cxl/drivers/cxl_mem");
	temp_tree_link(root, DEVICES "mem0", "../../../" MEM0);
	temp_tree_link(root, ROOT0 "/uport", "../../ACPI0017:00");
	temp_tree_link(root, DEVICES "root0", "../../../" ROOT0);
	*state = root;
	return 0;
}

static int tear_down(void **state)
{
	wrap_folder = FOLDER_IS_READ;
	temp_tree_free(*state);
	return 0;
}

static struct topology *look_at(const char *root)
{
	const struct topology_reader_options options = { .sysfs_root = root };
	struct topology *topology = NULL;
	char file[TOPOLOGY_FILE_MAX];

	assert_int_equal(topology_read(&options, file, &topology), 0);
	assert_string_equal(file, "");
	return topology;
}

static void a_host(void **state)
{
	_cleanup_topology_ struct topology *topology = look_at(*state);
	const struct topo_memdev *memdev = topology_memdev(topology, "mem0");
	const struct topo_port *root = topology_port(topology, "root0");

	assert_int_equal(topology->memdevs.count, 1);
	assert_string_equal(memdev->host, "0000:41:00.0");
	assert_string_equal(memdev->host_path, "pci0000:40/0000:40:00.0/0000:41:00.0");
	assert_string_equal(memdev->firmware_version, "BWFW VERSION 00");
	assert_int_equal(memdev->serial, 0x1f);
	assert_int_equal(memdev->ram_size, 0x10000000);
	assert_int_equal(memdev->ram_qos_class, 3);
	assert_int_equal(memdev->pmem_qos_class, TOPO_UNKNOWN_INT);
	assert_int_equal(memdev->numa_node, 1);
	assert_true(memdev->enabled);
	assert_int_equal(topology->ports.count, 1);
	assert_string_equal(root->host, "ACPI0017:00");
	assert_string_equal(root->provider, "ACPI.CXL");
}

/* Without a driver and a node; an attribute that is not there hides no memdev. */
static void a_memdev_without_attributes(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL;
	const struct topo_memdev *memdev;

	temp_tree_remove(*state, MEM0 "/driver");
	temp_tree_remove(*state, MEM0 "/firmware_version");
	temp_tree_file(*state, MEM0 "/numa_node", "-1\n");
	topology = look_at(*state);
	memdev = topology_memdev(topology, "mem0");
	assert_false(memdev->enabled);
	assert_int_equal(memdev->numa_node, TOPO_UNKNOWN_INT);
	assert_null(memdev->firmware_version);
}

/* cxl_bus_get_provider() of libcxl */
static void other_providers(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL;

	temp_tree_link(*state, "devices/platform/cxl_acpi.0/root1/uport", "../../cxl_acpi.0");
	temp_tree_link(*state, DEVICES "root1", "../../../devices/platform/cxl_acpi.0/root1");
	temp_tree_link(*state, "devices/platform/other/root2/uport", "../../other");
	temp_tree_link(*state, DEVICES "root2", "../../../devices/platform/other/root2");
	topology = look_at(*state);
	assert_string_equal(topology_port(topology, "root1")->provider, "cxl_test");
	assert_string_equal(topology_port(topology, "root2")->provider, "other");
}

/* What has gone since the folder was listed has gone, and a host without CXL has none. */
static void what_has_gone(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL, *without = NULL;

	temp_tree_link(*state, DEVICES "mem1", "../../../devices/gone/mem1");
	temp_tree_link(*state, DEVICES "root1", "../../../devices/gone/root1");
	topology = look_at(*state);
	assert_int_equal(topology->memdevs.count, 1);
	assert_int_equal(topology->ports.count, 1);
	without = look_at(".");
	assert_int_equal(without->memdevs.count + without->ports.count, 0);
}

/* In passing, as when memory is short: that is no host without memdevs. */
static void a_folder_that_can_not_be_read(void **state)
{
	const struct topology_reader_options options = { .sysfs_root = *state };
	struct topology *topology = NULL;
	char file[TOPOLOGY_FILE_MAX];

	for (int way = FOLDER_IS_NOT_OPENED; way <= FOLDER_IS_READ_BY_HALF; way++) {
		wrap_folder = (enum wrap_folder)way;
		assert_int_equal(topology_read(&options, file, &topology),
				 way == FOLDER_IS_NOT_OPENED ? -ENOMEM : -EIO);
		assert_non_null(strstr(file, "/bus/cxl/devices"));
		assert_null(topology);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_host),	     TEST(a_memdev_without_attributes),	  TEST(other_providers),
		TEST(what_has_gone), TEST(a_folder_that_can_not_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dports and decoders out of a sysfs on paper. Its texts are those of a guest with kernel 7.3.
 */
#include "cxl/topology/topology-reader.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/lib/temp-tree.h"
#include "test/lib/wrap-folder.h"

struct host {
	char *root;
	struct topology_reader reader;
	struct sysfs_failure failure;
	struct topo_port *bridge, *endpoint;
};

static int set_up(void **state)
{
	struct host *host = calloc(1, sizeof(*host));
	struct topo_port *root;

	assert_non_null(host);
	host->root = temp_tree_new();
	host->reader.sysfs.root_fd = open(host->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(host->reader.sysfs.root_fd >= 0);
	host->reader.sysfs.failure = &host->failure;
	host->reader.topology = topology_new();
	root = topology_add_port(host->reader.topology, TOPO_PORT_ROOT, "root0", NULL);
	host->bridge =
		topology_add_port(host->reader.topology, TOPO_PORT_HOST_BRIDGE, "port1", root);
	host->endpoint = topology_add_port(host->reader.topology, TOPO_PORT_ENDPOINT, "endpoint2",
					   host->bridge);
	*state = host;
	return 0;
}

static int tear_down(void **state)
{
	struct host *host = *state;

	wrap_folder = FOLDER_IS_READ;
	(void)close(host->reader.sysfs.root_fd);
	(void)topology_free(host->reader.topology);
	temp_tree_free(host->root);
	free(host);
	return 0;
}

#define PORT "bus/cxl/devices/port1/"

static void set(const struct host *host, const char *folder, const char *attribute,
		const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, attribute);
	temp_tree_file(host->root, path, text);
}

static void add_idle_decoder(const struct host *host, const char *folder)
{
	set(host, folder, "start", "0x0\n");
	set(host, folder, "size", "0x0\n");
	set(host, folder, "interleave_ways", "1\n");
	set(host, folder, "interleave_granularity", "256\n");
	set(host, folder, "locked", "0\n");
	set(host, folder, "region", "\n");
}

/* A link as the kernel's, to a device that is there: its own links are followed. */
static void add_dport(const struct host *host, const char *name, const char *device)
{
	char path[256], target[256];

	(void)snprintf(path, sizeof(path), PORT "%s", name);
	(void)snprintf(target, sizeof(target), "../../../../devices/pci0000:40/%s", device);
	temp_tree_link(host->root, path, target);
	(void)snprintf(path, sizeof(path), "devices/pci0000:40/%s/class", device);
	temp_tree_file(host->root, path, "0x060400\n");
}

static void read_bridge(const struct host *host)
{
	assert_int_equal(reader_port(&host->reader, host->bridge), 0);
	topology_finish(host->reader.topology);
}

static void test_dports(void **state)
{
	const struct host *host = *state;

	add_dport(host, "dport2", "0000:40:01.0");
	add_dport(host, "dport0", "0000:40:00.0");
	temp_tree_link(host->root, "devices/pci0000:40/0000:40:01.0/firmware_node",
		       "../../LNXSYSTM:00/LNXSYBUS:00/ACPI0016:00/device:05");
	temp_tree_link(host->root, "devices/pci0000:40/0000:40:01.0/physical_node", "../other");
	temp_tree_link(host->root, "devices/pci0000:40/0000:40:00.0/physical_node",
		       "../../platform/bridge.7");
	read_bridge(host);
	assert_int_equal(host->bridge->dports.count, 2);
	assert_int_equal(host->bridge->dports.items[0].id, 0);
	assert_string_equal(host->bridge->dports.items[0].name, "0000:40:00.0");
	assert_string_equal(host->bridge->dports.items[0].alias, "bridge.7");
	assert_string_equal(host->bridge->dports.items[1].alias, "device:05");
}

static void test_decoders_of_a_bridge(void **state)
{
	const struct host *host = *state;
	const struct topo_decoder *decoder;

	add_dport(host, "dport0", "0000:40:00.0");
	add_dport(host, "dport113", "0000:40:07.1");
	add_idle_decoder(host, PORT "decoder1.1");
	set(host, PORT "decoder1.1", "target_list", "0\n");
	add_idle_decoder(host, PORT "decoder1.0");
	set(host, PORT "decoder1.0", "target_list", "113,0\n");
	set(host, PORT "decoder1.0", "start", "0x490000000\n");
	set(host, PORT "decoder1.0", "size", "0x20000000\n");
	set(host, PORT "decoder1.0", "interleave_ways", "2\n");
	set(host, PORT "decoder1.0", "interleave_granularity", "1024\n");
	set(host, PORT "decoder1.0", "locked", "1\n");
	set(host, PORT "decoder1.0", "region", "region7\n");
	read_bridge(host);
	assert_int_equal(host->bridge->decoders.count, 2);
	decoder = host->bridge->decoders.items[0];
	assert_string_equal(decoder->name, "decoder1.0");
	assert_int_equal(decoder->resource, 0x490000000);
	assert_int_equal(decoder->size, 0x20000000);
	assert_int_equal(decoder->interleave_ways, 2);
	assert_int_equal(decoder->interleave_granularity, 1024);
	assert_true(decoder->locked);
	assert_string_equal(decoder->region_name, "region7");
	assert_int_equal(decoder->nr_targets, 2);
	assert_string_equal(decoder->targets.items[0].dport, "0000:40:07.1");
	assert_int_equal(decoder->targets.items[0].id, 113);
	assert_int_equal(decoder->targets.items[1].position, 1);
	decoder = host->bridge->decoders.items[1];
	assert_int_equal(decoder->resource, TOPO_UNKNOWN);
	assert_int_equal(decoder->size, 0);
	assert_null(decoder->region_name);
	assert_false(decoder->locked);
	assert_int_equal(decoder->nr_targets, 1);
}

/* As libcxl: what comes after a target that is gone is not told either. */
static void test_target_that_is_gone(void **state)
{
	const struct host *host = *state;

	add_dport(host, "dport0", "0000:40:00.0");
	add_idle_decoder(host, PORT "decoder1.0");
	set(host, PORT "decoder1.0", "target_list", "0,5,0\n");
	read_bridge(host);
	assert_int_equal(host->bridge->decoders.items[0]->nr_targets, 1);
	assert_int_equal(host->bridge->decoders.items[0]->targets.count, 1);
}

static void test_decoders_of_an_endpoint(void **state)
{
	static const char used[] = "bus/cxl/devices/endpoint2/decoder2.0";
	static const char idle[] = "bus/cxl/devices/endpoint2/decoder2.1";
	const struct host *host = *state;
	const struct topo_decoder *decoder;

	add_idle_decoder(host, used);
	set(host, used, "mode", "pmem\n");
	set(host, used, "dpa_resource", "0x10000000\n");
	set(host, used, "dpa_size", "0x0000000010000000\n");
	set(host, used, "region", "region0\n");
	add_idle_decoder(host, idle);
	set(host, idle, "mode", "none\n");
	set(host, idle, "dpa_resource", "0xffffffffffffffff\n");
	set(host, idle, "dpa_size", "0x0000000000000000\n");
	assert_int_equal(reader_port(&host->reader, host->endpoint), 0);
	topology_finish(host->reader.topology);
	decoder = host->endpoint->decoders.items[0];
	assert_int_equal(decoder->mode, TOPO_MODE_PMEM);
	assert_int_equal(decoder->dpa_resource, 0x10000000);
	assert_int_equal(decoder->dpa_size, 0x10000000);
	assert_string_equal(decoder->region_name, "region0");
	decoder = host->endpoint->decoders.items[1];
	assert_int_equal(decoder->mode, TOPO_MODE_NONE);
	assert_int_equal(decoder->dpa_resource, TOPO_UNKNOWN);
	assert_int_equal(decoder->dpa_size, 0);
	assert_null(decoder->region_name);
}

/* A switch and an endpoint below the bridge, and a port that is going: its uport has gone. */
static void test_what_is_below(void **state)
{
	static const char *const places[] = { PORT "port3", "bus/cxl/devices/port3" };
	const struct host *host = *state;
	const struct topology *topology = host->reader.topology;
	const struct topo_port *endpoint, *port;

	/* The bus has every port by its name, a port those below it. */
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		set(host, places[i], "decoders_committed", "2\n");
		set(host, places[i], "endpoint4/decoders_committed", "0\n");
	}
	temp_tree_link(host->root, PORT "port3/uport",
		       "../../../../../devices/pci0000:40/0000:40:00.0/0000:41:00.0");
	temp_tree_link(host->root, PORT "port3/parent_dport",
		       "../../../../../devices/pci0000:40/0000:40:00.0");
	temp_tree_link(host->root, PORT "port3/driver", "../../../../../bus/cxl/drivers/cxl_port");
	temp_tree_link(host->root, "bus/cxl/devices/port3/endpoint4/uport",
		       "../../../../../devices/pci0000:40/mem9");
	set(host, PORT "port5", "decoders_committed", "0\n");
	assert_int_equal(reader_below(&host->reader, host->bridge), 0);
	topology_finish(host->reader.topology);
	assert_null(topology_port(topology, "port5"));
	port = topology_port(topology, "port3");
	assert_non_null(port);
	assert_int_equal(port->kind, TOPO_PORT_SWITCH);
	assert_ptr_equal(port->parent, host->bridge);
	assert_string_equal(port->host, "0000:41:00.0");
	assert_string_equal(port->parent_dport, "0000:40:00.0");
	assert_true(port->enabled);
	assert_int_equal(port->decoders_committed, 2);
	endpoint = topology_port(topology, "endpoint4");
	assert_non_null(endpoint);
	assert_int_equal(endpoint->kind, TOPO_PORT_ENDPOINT);
	assert_ptr_equal(endpoint->parent, port);
	assert_string_equal(endpoint->host, "mem9");
	assert_null(endpoint->parent_dport);
	assert_false(endpoint->enabled);
	assert_int_equal(endpoint->decoders_committed, 0);
}

/* The port, a decoder's attributes, a dport: each may go during a read. */
static void test_what_vanishes(void **state)
{
	const struct host *host = *state;

	read_bridge(host);
	assert_int_equal(host->bridge->decoders.count, 0);
	set(host, PORT "decoder1.0", "uevent", "");
	temp_tree_link(host->root, PORT "dport0", "../../../../devices/gone/0000:40:00.0");
	temp_tree_file(host->root, PORT "decoders_committed", "0\n");
	read_bridge(host);
	assert_int_equal(host->bridge->decoders.count, 1);
	assert_int_equal(host->bridge->decoders.items[0]->interleave_ways, TOPO_UNKNOWN_INT);
	assert_int_equal(host->bridge->decoders.items[0]->nr_targets, 0);
	assert_int_equal(host->bridge->dports.count, 1);
	assert_null(host->bridge->dports.items[0].alias);
}

/* What devices write comes to terminals and into records. */
static void test_texts_are_fit_for_records(void **state)
{
	const struct host *host = *state;
	char long_text[300];
	const char *text = NULL;

	assert_int_equal(reader_text(&host->reader, NULL, &text), 0);
	assert_null(text);
	assert_int_equal(reader_text(&host->reader, "", &text), 0);
	assert_null(text);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(reader_text(&host->reader, long_text, &text), 0);
	assert_null(text);
	assert_int_equal(reader_text(&host->reader, "v1\x1b[2J\xff\n", &text), 0);
	assert_string_equal(text, "v1?[2J??");
}

/* A host bridge is its own dport at the root; cxl list names none. */
static void test_host_bridge(void **state)
{
	const struct host *host = *state;
	const struct topo_port *bridge;

	set(host, "bus/cxl/devices/root0/port6", "decoders_committed", "1\n");
	temp_tree_link(host->root, "bus/cxl/devices/root0/port6/uport",
		       "../../../../devices/pci0000:40");
	temp_tree_link(host->root, "bus/cxl/devices/root0/port6/parent_dport",
		       "../../../../devices/pci0000:40");
	assert_int_equal(reader_below(&host->reader, host->bridge->parent), 0);
	bridge = topology_port(host->reader.topology, "port6");
	assert_non_null(bridge);
	assert_int_equal(bridge->kind, TOPO_PORT_HOST_BRIDGE);
	assert_string_equal(bridge->host, "pci0000:40");
	assert_null(bridge->parent_dport);
	assert_int_equal(bridge->decoders_committed, 1);
}

/* On a restricted (CXL 1.1) host windows lead to endpoints, by the dports that these hang from. */
static void test_restricted_host(void **state)
{
	const struct host *host = *state;
	const struct topo_port *endpoint;

	set(host, "bus/cxl/devices/root0/endpoint6", "decoders_committed", "0\n");
	temp_tree_link(host->root, "bus/cxl/devices/root0/endpoint6/uport",
		       "../../../../devices/pci0000:e2/mem9");
	temp_tree_link(host->root, "bus/cxl/devices/root0/endpoint6/parent_dport",
		       "../../../../devices/pci0000:e2");
	assert_int_equal(reader_below(&host->reader, host->bridge->parent), 0);
	endpoint = topology_port(host->reader.topology, "endpoint6");
	assert_non_null(endpoint);
	assert_int_equal(endpoint->kind, TOPO_PORT_ENDPOINT);
	assert_string_equal(endpoint->parent_dport, "pci0000:e2");
}

/* Without memory for its folder, a port would look as if it had no decoders: all of it free. */
static void test_unreadable_folders(void **state)
{
	static const enum wrap_folder ways[] = { FOLDER_IS_NOT_OPENED, FOLDER_IS_READ_BY_HALF };
	struct host *host = *state;

	add_dport(host, "dport0", "0000:40:00.0");
	add_idle_decoder(host, PORT "decoder1.0");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		host->failure = (struct sysfs_failure){ .error = 0 };
		wrap_folder = ways[i];
		(void)reader_port(&host->reader, host->bridge);
		assert_int_equal(host->failure.error, i == 0 ? -ENOMEM : -EIO);
		assert_non_null(strstr(host->failure.file, "bus/cxl/devices/port1"));
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dports),
		TEST(test_decoders_of_a_bridge),
		TEST(test_target_that_is_gone),
		TEST(test_decoders_of_an_endpoint),
		TEST(test_what_is_below),
		TEST(test_what_vanishes),
		TEST(test_texts_are_fit_for_records),
		TEST(test_host_bridge),
		TEST(test_restricted_host),
		TEST(test_unreadable_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

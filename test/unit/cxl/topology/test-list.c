// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is listed where. That listings equal those of cxl list is proved in a guest, by
 * test/vm/test_list.py; here are the rules that need no kernel.
 */
#include "cxl/topology/topology-list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "cxl/topology/topology-filter.h"
#include "fixture.h"
#include "util/units.h"

/* The names of all objects of a kind in a listing, joined by blanks; "" for none. */
static void collect_names(struct json_object *value, const char *key, char *names, size_t size)
{
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			collect_names(json_object_array_get_idx(value, i), key, names, size);
	} else if (json_object_is_type(value, json_type_object)) {
		struct json_object *name;

		if (json_object_object_get_ex(value, key, &name) &&
		    !json_object_object_get_ex(value, "position", NULL) &&
		    json_object_is_type(name, json_type_string)) {
			size_t used = strlen(names);

			(void)snprintf(names + used, size - used, "%s%s", used ? " " : "",
				       json_object_get_string(name));
		}
		json_object_object_foreach(value, child_key, child)
		{
			(void)child_key;
			if (!json_object_is_type(child, json_type_string))
				collect_names(child, key, names, size);
		}
	}
}

static void assert_lists(const char *fixture, struct list_options options, const char *key,
			 const char *expected)
{
	_cleanup_topology_ struct topology *topology = fixture_topology(fixture);
	_cleanup_json_ struct json_object *list = NULL;
	char names[512] = "";

	options.now_ms = TOPO_UNKNOWN;
	assert_int_equal(topology_list(topology, &options, &list), 0);
	collect_names(list, key, names, sizeof(names));
	assert_string_equal(names, expected);
}

#define ASSERT_LISTS(fixture, key, expected, ...)                                                  \
	assert_lists(fixture, (struct list_options){ __VA_ARGS__ }, key, expected)

/* pmem/ndctl#276: mem0 and mem2 below two root ports, mem1 and mem3 below a switch. */
#define HOST "ndctl-276"

static void test_names_of_memdevs(void **state)
{
	(void)state;
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1 mem0 mem2", .memdevs = true);
	ASSERT_LISTS(HOST, "memdev", "mem1", .memdev = "mem1");
	ASSERT_LISTS(HOST, "memdev", "mem1", .memdev = "1");
	ASSERT_LISTS(HOST, "memdev", "mem1", .memdev = "0000:c3:00.0");
	ASSERT_LISTS(HOST, "memdev", "mem1 mem2", .memdev = "mem1,2");
	ASSERT_LISTS(HOST, "memdev", "mem1 mem2", .memdev = "  mem2 , mem1 ");
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1 mem0 mem2", .memdev = "all");
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1 mem0 mem2", .serial = "0");
	ASSERT_LISTS(HOST, "memdev", "", .serial = "1");
	ASSERT_LISTS(HOST, "memdev", "mem0", .memdev = "mem0", .serial = "0x0");
	ASSERT_LISTS(HOST, "memdev", "", .memdev = "mem0", .serial = "7");
}

/* A number has to be whole: a PCI address does not name memdev 0, as it does for cxl. */
static void test_names_are_whole(void **state)
{
	(void)state;
	ASSERT_LISTS(HOST, "memdev", "mem0", .memdev = "0000:36:00.0");
	ASSERT_LISTS(HOST, "memdev", "", .memdev = "0000:99:00.0");
	ASSERT_LISTS(HOST, "memdev", "", .memdev = "mem");
	ASSERT_LISTS(HOST, "memdev", "", .memdev = "mem1x");
	ASSERT_LISTS(HOST, "memdev", "", .memdev = "");
	ASSERT_LISTS(HOST, "memdev", "", .memdev = " , ");
	ASSERT_LISTS(HOST, "memdev", "", .serial = "-0");
	ASSERT_LISTS(HOST, "memdev", "", .serial = "99999999999999999999999999999999999999");
}

/* pmem/ndctl#276: "cxl list -d 0.0 -M" shows the memdevs that the window reaches. */
static void test_memdevs_of_a_window(void **state)
{
	(void)state;
	ASSERT_LISTS(HOST, "memdev", "mem0 mem2", .memdevs = true, .decoder = "0.0");
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1 mem0 mem2", .memdevs = true,
		     .decoder = "decoder0.1");
	ASSERT_LISTS(HOST, "decoder", "decoder0.1", .decoders = true, .memdev = "mem1",
		     .port = "root");
}

/* A filter implies its letter, and no letters mean regions and memdevs. */
static void test_defaults(void **state)
{
	(void)state;
	ASSERT_LISTS("guest-pmem-region", "region", "region0", .buses = false);
	ASSERT_LISTS("guest-pmem-region", "memdev", "mem1 mem0", .buses = false);
	ASSERT_LISTS(HOST, "bus", "root0", .bus = "ACPI.CXL");
	ASSERT_LISTS(HOST, "port", "port1 port3 port2", .port = "switch");
	ASSERT_LISTS(HOST, "endpoint", "endpoint5", .endpoint = "mem0");
	ASSERT_LISTS(HOST, "decoder", "decoder0.0 decoder0.1", .decoder = "root");
	ASSERT_LISTS(HOST, "decoder", "", .decoder = "endpoint");
	ASSERT_LISTS(HOST, "bus", "root0", .port = "root", .ports = true);
	ASSERT_LISTS(HOST, "endpoint", "endpoint4 endpoint7 endpoint5 endpoint6", .ports = true,
		     .port = "endpoint");
}

static void test_a_port_and_what_is_below(void **state)
{
	(void)state;
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1", .memdevs = true, .port = "port1");
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1", .memdevs = true, .port = "pci0000:bf");
	ASSERT_LISTS(HOST, "memdev", "", .memdevs = true, .port = "port1", .single = true);
	ASSERT_LISTS(HOST, "memdev", "mem3 mem1", .memdevs = true, .port = "port3", .single = true);
}

static void test_single_needs_a_port(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology(HOST);
	struct list_options options = LIST_OPTIONS_NULL;
	struct json_object *list;

	(void)state;
	options.single = true;
	assert_int_equal(topology_list(topology, &options, &list), -EINVAL);
}

/* -i shows disabled memdevs apart from the buses, since a disabled memdev is on no bus. */
static void test_disabled_memdevs(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-mixed");
	struct topo_memdev *memdev = topology_memdev(topology, "mem0");
	struct list_options options = LIST_OPTIONS_NULL;
	_cleanup_json_ struct json_object *enabled = NULL, *all = NULL;
	struct json_object *group;

	(void)state;
	memdev->enabled = false;
	memdev->endpoint->memdev = NULL;
	memdev->endpoint = NULL;
	options.memdevs = options.buses = true;
	assert_int_equal(topology_list(topology, &options, &enabled), 0);
	assert_int_equal(json_object_array_length(enabled), 1);
	options.idle = true;
	assert_int_equal(topology_list(topology, &options, &all), 0);
	assert_int_equal(json_object_array_length(all), 2);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(all, 0), "anon memdevs",
					      &group));
	assert_int_equal(json_object_array_length(group), 1);
}

static bool leads_to(const struct topo_port *port, const char *name, const char *alias,
		     const struct topo_memdev *memdev)
{
	struct filter_ways ways = { 0 };
	bool leads;

	assert_int_equal(filter_ways_add_memdev(&ways, memdev), 0);
	filter_ways_finish(&ways);
	leads = filter_ways_lead_through(&ways, port, name, alias);
	filter_ways_deinit(&ways);
	return leads;
}

/* A disabled memdev hangs on no port: only the path of its device tells where it is. */
static void test_place_of_a_memdev(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology(HOST);
	struct topo_memdev *memdev = topology_memdev(topology, "mem1");
	const struct topo_port *root = topology_port(topology, "root0");
	const struct topo_port *bridge = topology_port(topology, "port1");

	(void)state;
	assert_true(leads_to(root, "pci0000:bf", NULL, memdev));
	assert_false(leads_to(root, "pci0000:35", NULL, memdev));
	assert_true(leads_to(bridge, "0000:bf:00.0", NULL, memdev));
	assert_true(leads_to(root, "ACPI0016:00", "pci0000:bf", memdev));
	memdev->enabled = false;
	memdev->endpoint = NULL;
	assert_false(leads_to(root, "pci0000:bf", NULL, memdev));
	memdev->host_path = "pci0000:bf/0000:bf:00.0/0000:c0:00.0/0000:c1:00.0/0000:c3:00.0";
	assert_true(leads_to(root, "pci0000:bf", NULL, memdev));
	assert_true(leads_to(bridge, "0000:bf:00.0", NULL, memdev));
	assert_false(leads_to(bridge, "0000:bf:00", NULL, memdev));
	assert_false(leads_to(bridge, "", NULL, memdev));
}

/* With -u, cxl prints one object without the array around it. */
static void test_human_listing_of_one(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology(HOST);
	struct list_options options = LIST_OPTIONS_NULL;
	_cleanup_json_ struct json_object *one = NULL, *none = NULL;

	(void)state;
	options.human = true;
	options.memdev = "mem1";
	assert_int_equal(topology_list(topology, &options, &one), 0);
	assert_string_equal(json_object_to_json_string_ext(one, JSON_C_TO_STRING_PLAIN),
			    "{\"memdev\":\"mem1\",\"ram_size\":\"256.00 MiB (268.44 MB)\","
			    "\"serial\":\"0\",\"host\":\"0000:c3:00.0\"}");
	options.memdev = "mem9";
	assert_int_equal(topology_list(topology, &options, &none), 0);
	assert_string_equal(json_object_to_json_string_ext(none, JSON_C_TO_STRING_PLAIN), "[]");
}

static void test_age_of_mailbox_data(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("guest-mixed");
	struct topo_memdev *memdev = topology_memdev(topology, "mem0");
	struct list_options options = LIST_OPTIONS_NULL;
	_cleanup_json_ struct json_object *list = NULL, *plain = NULL;
	struct json_object *object;
	uint64_t age;

	(void)state;
	memdev->mailbox_time_ms = 1000;
	options.now_ms = 3500;
	options.memdev = "mem0";
	options.memdevs = options.partition = true;
	assert_int_equal(topology_list(topology, &options, &list), 0);
	object = json_object_array_get_idx(list, 0);
	assert_int_equal(json_get_u64(object, "mailbox_age_ms", &age), 0);
	assert_int_equal(age, 2500);
	assert_true(json_object_object_get_ex(object, "partition_info", NULL));
	assert_false(json_object_object_get_ex(object, "firmware", NULL));
	options.partition = false;
	assert_int_equal(topology_list(topology, &options, &plain), 0);
	object = json_object_array_get_idx(plain, 0);
	assert_int_equal(json_get_u64(object, "mailbox_age_ms", &age), -ENOENT);
}

/* As ndctl's util/json.c rounds them; the texts are those of cxl list -u and ndctl's man pages. */
static void test_human_units(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0" },
		{ UINT64_C(5119999), "5119999" },
		{ UINT64_C(5120000), "\"4.88 MiB (5.12 MB)\"" },
		{ UINT64_C(256) << 20, "\"256.00 MiB (268.44 MB)\"" },
		{ UINT64_C(512) << 20, "\"512.00 MiB (536.87 MB)\"" },
		{ (UINT64_C(2) << 30) - 1, "\"2048.00 MiB (2147.48 MB)\"" },
		{ UINT64_C(2) << 30, "\"2.00 GiB (2.15 GB)\"" },
		{ UINT64_C(4) << 30, "\"4.00 GiB (4.29 GB)\"" },
		{ UINT64_C(2) << 40, "\"2.00 TiB (2.20 TB)\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_json_ struct json_object *size = units_size(sizes[i].bytes, true);

		assert_string_equal(json_object_to_json_string(size), sizes[i].text);
	}
}

static void test_hexadecimal(void **state)
{
	_cleanup_json_ struct json_object *zero = units_hex(0, true);
	_cleanup_json_ struct json_object *address = units_hex(0x490000000, true);
	_cleanup_json_ struct json_object *plain = units_hex(UINT64_MAX, false);

	(void)state;
	assert_string_equal(json_object_to_json_string(zero), "\"0\"");
	assert_string_equal(json_object_to_json_string(address), "\"0x490000000\"");
	assert_string_equal(json_object_to_json_string(plain), "18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_memdevs),
		cmocka_unit_test(test_names_are_whole),
		cmocka_unit_test(test_memdevs_of_a_window),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_a_port_and_what_is_below),
		cmocka_unit_test(test_single_needs_a_port),
		cmocka_unit_test(test_disabled_memdevs),
		cmocka_unit_test(test_place_of_a_memdev),
		cmocka_unit_test(test_human_listing_of_one),
		cmocka_unit_test(test_age_of_mailbox_data),
		cmocka_unit_test(test_human_units),
		cmocka_unit_test(test_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

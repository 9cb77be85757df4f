// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can't be done is refused with the true reason: one code each, about the right object, and
 * nothing planned.
 */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/topology-json.h"
#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"

static const struct plan_host two_bridges = {
	.shape = "[ee][ee]",
	.windows = { { "0" }, { "1" }, { "01" } },
};

static const struct plan_host one_window = {
	.shape = "[[ee][ee]e]",
	.windows = { { "0", .pmem = true } },
	.ram_size = 4 * GIB,
};

/*
 * Refused, by this code about this object (NULL: the request itself), and in @window nothing else;
 * how much would fit may be told besides.
 */
static void check_refused(const struct topology *topology, const struct region_request *request,
			  const char *code, const char *object)
{
	struct plan plan = PLAN_NULL;
	int rc = plan_create_region(topology, request, &plan);

	assert_int_equal(rc, PLAN_E_REFUSED);
	if (!plan_refused_with(&plan, code, object))
		for (size_t i = 0; i < plan.refusals.list.count; i++)
			print_error("%s %s: %s\n", plan.refusals.list.items[i].code,
				    plan.refusals.list.items[i].object ?: "-",
				    plan.refusals.list.items[i].text);
	assert_true(plan_refused_with(&plan, code, object));
	for (size_t i = 0; i < plan.refusals.list.count; i++) {
		const struct refusal *refusal = &plan.refusals.list.items[i];

		assert_true(strlen(refusal->text) > 0);
		if (strcmp(refusal->code, "less-fits") == 0)
			continue;
		if (!object)
			assert_null(refusal->object);
		else if (refusal->object && strcmp(refusal->object, object) == 0)
			assert_string_equal(refusal->code, code);
	}
	assert_int_equal(plan.steps.list.count, 0);
	plan_deinit(&plan);
}

static struct region_request size_request(uint64_t size)
{
	struct region_request request = REGION_REQUEST_NULL;

	request.size_bytes = size;
	return request;
}

static struct region_request named_request(struct plan_request_names *names, const char *text)
{
	struct region_request request = size_request(0);

	plan_names(names, text);
	request.memdevs = names->names;
	request.memdev_count = names->count;
	return request;
}

/* ---- the request itself ---- */

static void test_numbers(void **state)
{
	static const int invalid_ways[] = { -1, 5, 7, 9, 10, 15, 17, 32 };
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct region_request request = size_request(100 * MIB);

	(void)state;
	check_refused(topology, &request, "size-not-multiple", NULL);
	request = size_request(UINT64_MAX);
	check_refused(topology, &request, "size-not-multiple", NULL);
	request = size_request(3 * UNIT);
	request.ways = 2;
	check_refused(topology, &request, "size-not-multiple", NULL);
	request = size_request(GIB);
	for (size_t i = 0; i < sizeof(invalid_ways) / sizeof(invalid_ways[0]); i++) {
		request.ways = invalid_ways[i];
		check_refused(topology, &request, "ways-invalid", NULL);
	}
	request = size_request(GIB);
	request.granularity = 300;
	check_refused(topology, &request, "granularity-invalid", NULL);
	request = size_request(GIB);
	request.type = TOPO_MODE_UNKNOWN;
	check_refused(topology, &request, "type-invalid", NULL);
}

/* A size so large that sums would wrap is only too large. */
static void test_enormous_size(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct region_request request = size_request(UINT64_MAX - UINT64_MAX % UNIT);

	(void)state;
	check_refused(topology, &request, "window-too-small", "decoder0.0");
}

static void test_uuid(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct region_request request = size_request(GIB);

	(void)state;
	request.type = TOPO_MODE_PMEM;
	check_refused(topology, &request, "uuid-missing", "decoder0.0");
	request.uuid = "01234567-89ab-cdef-0123-456789abcdef";
	topology_add_region(topology, topology_decoder(topology, "decoder0.0"), "region9")->uuid =
		"01234567-89AB-cdef-0123-456789abcdef";
	check_refused(topology, &request, "duplicate-uuid", "region9");
	request.type = TOPO_MODE_RAM;
	check_refused(topology, &request, "uuid-not-pmem", NULL);
	request.uuid = NULL;
	request.type = TOPO_MODE_PMEM;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	check_refused(topology, &request, "pmem-not-memory", NULL);
}

static void test_places(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct region_request request = size_request(GIB);

	(void)state;
	request.window = "decoder0.7";
	check_refused(topology, &request, "unknown-window", "decoder0.7");
	request.window = "decoder1.0";
	check_refused(topology, &request, "unknown-window", "decoder1.0");
	request.window = NULL;
	request.bus = "root9";
	check_refused(topology, &request, "unknown-bus", "root9");
	request.bus = NULL;
	request.near_node = 5;
	check_refused(topology, &request, "unknown-node", NULL);
}

static void test_memdevs(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0 mem7");

	(void)state;
	check_refused(topology, &request, "unknown-memdev", "mem7");
	request = named_request(&names, "mem0 serial:0x1000");
	check_refused(topology, &request, "duplicate-memdev", "mem0");
	request = named_request(&names, "mem0 mem1");
	request.ways = 4;
	check_refused(topology, &request, "ways-mismatch", NULL);
	topology_memdev(topology, "mem1")->enabled = false;
	request = named_request(&names, "mem1");
	check_refused(topology, &request, "memdev-disabled", "mem1");
	topology_memdev(topology, "mem2")->endpoint->enabled = false;
	request = named_request(&names, "mem2");
	check_refused(topology, &request, "memdev-disabled", "mem2");
	request = named_request(&names, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17");
	check_refused(topology, &request, "ways-invalid", NULL);
}

static void test_host_without_windows(void **state)
{
	static const struct plan_host host = { .shape = "[e]" };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_topology_ struct topology *empty = topology_new();
	struct region_request request = size_request(GIB);

	(void)state;
	check_refused(topology, &request, "no-window", NULL);
	check_refused(empty, &request, "snapshot-incomplete", NULL);
}

/* ---- windows ---- */

static void test_window_cannot(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct topo_decoder *window = topology_decoder(topology, "decoder0.0");
	struct region_request request = size_request(GIB);

	(void)state;
	request.qos_class = 3;
	check_refused(topology, &request, "qos-class-other", "decoder0.0");
	window->qos_class = 2;
	check_refused(topology, &request, "qos-class-other", "decoder0.0");
	request = size_request(GIB);
	window->volatile_capable = false;
	request.type = TOPO_MODE_RAM;
	check_refused(topology, &request, "window-type", "decoder0.0");
	request.type = TOPO_MODE_NONE;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	check_refused(topology, &request, "window-type", "decoder0.0");
	window->locked = true;
	check_refused(topology, &request, "window-locked", "decoder0.0");
}

static void test_window_of_more_ways(void **state)
{
	static const struct plan_host host = { .shape = "[ee][ee]",
					       .windows = { { "01", .granularity = 1024 } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0");

	(void)state;
	check_refused(topology, &request, "window-ways", "decoder0.0");
	/* The public report: both memdevs are below one of the two bridges. */
	request = named_request(&names, "mem0 mem1");
	check_refused(topology, &request, "host-bridge-share", "decoder0.0");
	request = named_request(&names, "mem0 mem2");
	request.granularity = 256;
	check_refused(topology, &request, "window-granularity", "decoder0.0");
	topology_decoder(topology, "decoder0.0")->interleave_granularity = TOPO_UNKNOWN_INT;
	request.granularity = 0;
	check_refused(topology, &request, "snapshot-incomplete", "decoder0.0");
}

static void test_memdev_of_another_window(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem2");

	(void)state;
	request.window = "decoder0.0";
	check_refused(topology, &request, "memdev-outside-window", "decoder0.0");
}

static void test_window_targets(void **state)
{
	static const struct plan_host empty_bridge = { .shape = "[ee][]", .windows = { { "01" } } };
	static const struct plan_host twice = { .shape = "[ee][ee]", .windows = { { "00" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	_cleanup_topology_ struct topology *lonely = plan_host_new(&empty_bridge);
	_cleanup_topology_ struct topology *doubled = plan_host_new(&twice);
	struct region_request request = size_request(GIB);

	(void)state;
	check_refused(lonely, &request, "too-few-memdevs", "decoder0.0");
	check_refused(doubled, &request, "window-target-twice", "decoder0.0");
	topology_decoder(topology, "decoder0.2")->targets.count = 1;
	request.window = "decoder0.2";
	check_refused(topology, &request, "window-target-missing", "decoder0.2");
}

static void test_space(void **state)
{
	static const struct plan_host host = { .shape = "[e]", .windows = { { "0", 2 * GIB } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct topo_region *region;
	struct region_request request = size_request(4 * GIB);

	(void)state;
	check_refused(topology, &request, "window-too-small", "decoder0.0");
	region = topology_add_region(topology, topology_decoder(topology, "decoder0.0"), "region0");
	region->resource = 4 * GIB + 2 * UNIT;
	region->size = UNIT;
	request = size_request(6 * UNIT);
	check_refused(topology, &request, "window-fragmented", "decoder0.0");
}

static void test_memory_blocks(void **state)
{
	static const struct plan_host host = { .shape = "[e]",
					       .windows = { { "0", 8 * GIB + UNIT }, { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(GIB);

	(void)state;
	topology->memory_block_size = 2 * GIB;
	request.goal = PLAN_GOAL_SYSTEM_RAM;
	check_refused(topology, &request, "memory-block", NULL);
	/* The second window does not begin at a whole block. */
	request.size_bytes = 2 * GIB;
	request.window = "decoder0.1";
	check_refused(topology, &request, "memory-block", "decoder0.1");
}

/* ---- ports ---- */

static void test_uneven_ports(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0 mem1 mem2 mem4");

	(void)state;
	/* Two below one port, one each below two others */
	check_refused(topology, &request, "uneven-ports", "decoder0.0");
	request = named_request(&names, "mem0 mem1 mem2");
	check_refused(topology, &request, "window-ways", "decoder0.0");
	/* Free choice: 8 memdevs are not there, and none of the ways above can be made even. */
	request = (struct region_request)REGION_REQUEST_NULL;
	request.ways = 8;
	check_refused(topology, &request, "too-few-memdevs", "decoder0.0");
}

static void test_free_choice_that_is_uneven(void **state)
{
	static const struct plan_host host = { .shape = "[[eee][e]]", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(GIB);

	(void)state;
	request.ways = 4;
	check_refused(topology, &request, "uneven-ports", "decoder0.0");
}

static void test_more_targets_than_a_decoder_has(void **state)
{
	static const struct plan_host host = { .shape = "[[eeeeeeeeeeeeeeee]]",
					       .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct plan_request_names names;
	struct region_request request =
		named_request(&names, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");

	(void)state;
	check_refused(topology, &request, "too-many-targets", "decoder0.0");
	request = (struct region_request)REGION_REQUEST_NULL;
	request.ways = 16;
	check_refused(topology, &request, "uneven-ports", "decoder0.0");
}

static void test_granularity_of_deep_ports(void **state)
{
	static const struct plan_host host = { .shape = "[[ee][ee]][[ee][ee]]",
					       .windows = { { "01", .granularity = 8192 } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "0 1 2 3 4 5 6 7");

	(void)state;
	check_refused(topology, &request, "granularity-too-coarse", "decoder0.0");
	request = (struct region_request)REGION_REQUEST_NULL;
	request.ways = 8;
	check_refused(topology, &request, "granularity-too-coarse", "decoder0.0");
}

static void test_order_that_cannot_be(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0 mem1 mem2 mem3");
	struct plan plan = PLAN_NULL;
	bool hinted = false;

	(void)state;
	request.memdevs_ordered = true;
	check_refused(topology, &request, "target-order", "decoder0.2");
	/* The hint holds one that can. */
	assert_int_equal(plan_create_region(topology, &request, &plan), PLAN_E_REFUSED);
	for (size_t i = 0; i < plan.refusals.list.count; i++) {
		const struct refusal *refusal = &plan.refusals.list.items[i];

		hinted =
			hinted || (refusal->hint && strstr(refusal->hint, " mem0 mem2 mem1 mem3`"));
	}
	assert_true(hinted);
	plan_deinit(&plan);
}

/* ---- devices and decoders ---- */

static void test_capacity(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0");

	(void)state;
	request.type = TOPO_MODE_RAM;
	request.size_bytes = 8 * GIB;
	check_refused(topology, &request, "dpa-too-small", "mem0");
	request.type = TOPO_MODE_PMEM;
	request.uuid = "01234567-89ab-cdef-0123-456789abcdef";
	check_refused(topology, &request, "no-capacity", "mem0");
	request = size_request(64 * GIB);
	check_refused(topology, &request, "dpa-too-small", "decoder0.0");
}

static void test_reserved_dpa(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct topo_decoder *decoder =
		topology_memdev(topology, "mem0")->endpoint->decoders.items[0];
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0");

	(void)state;
	decoder->dpa_size = UNIT;
	decoder->dpa_resource = 0;
	request.type = TOPO_MODE_RAM;
	check_refused(topology, &request, "dpa-reserved", "mem0");
}

static void test_qos_enforced(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct region_request request = size_request(GIB);

	(void)state;
	topology_decoder(topology, "decoder0.0")->qos_class = 1;
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->ram_qos_class = 2;
	request.qos_enforced = true;
	check_refused(topology, &request, "qos-class-mismatch", "decoder0.0");
}

/* Makes a region of one memdev on the kernel. */
static void make_region(struct fake_kernel *kernel, const char *memdev, uint64_t size)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);
	struct plan_request_names names;
	struct region_request request = named_request(&names, memdev);
	struct plan plan = PLAN_NULL;

	request.size_bytes = size;
	assert_int_equal(plan_create_region(now, &request, &plan), 0);
	assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
}

static void test_decoders_run_out(void **state)
{
	static const struct plan_host host = { .shape = "[ee]",
					       .windows = { { "0" } },
					       .decoders = 2 };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *after = NULL;
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem1");

	(void)state;
	make_region(kernel, "mem0", GIB);
	make_region(kernel, "mem0", GIB);
	after = fake_kernel_snapshot(kernel);
	check_refused(after, &request, "no-free-decoder", "decoder0.0");
	request = named_request(&names, "mem0");
	request.type = TOPO_MODE_RAM;
	check_refused(after, &request, "no-free-decoder", "mem0");
	request = size_request(GIB);
	check_refused(after, &request, "no-free-decoder", "decoder0.0");
}

/* The lower of two regions removed: what comes next would lie below the upper one. */
static void test_hpa_order(void **state)
{
	static const struct plan_host host = { .shape = "[e][e]",
					       .windows = { { "0" }, { "01" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *after = NULL;
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem0");

	(void)state;
	/* The upper window's region comes first; the lower window then is of no use to that bridge.
	 */
	make_region(kernel, "mem0 mem1", 2 * GIB);
	after = fake_kernel_snapshot(kernel);
	check_refused(after, &request, "hpa-order", "decoder0.0");
}

/* A listing need not show the region at every port of the way. */
static void test_hpa_order_of_the_endpoint(void **state)
{
	static const struct plan_host host = { .shape = "[e]", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct topo_decoder *decoder = topology_decoder(topology, "decoder2.0");
	struct region_request request = size_request(GIB);

	(void)state;
	decoder->region_name = "region5";
	decoder->resource = 8 * GIB;
	decoder->size = GIB;
	decoder->dpa_resource = 0;
	decoder->dpa_size = GIB;
	decoder->port->decoders_committed = 1;
	check_refused(topology, &request, "hpa-order", "decoder0.0");
}

static void test_restricted_hosts(void **state)
{
	static const struct plan_host coarse = { .shape = "eeee",
						 .windows = { { "0123", .granularity = 16384 } } };
	static const struct plan_host mixed = { .shape = "e[e]", .windows = { { "01" } } };
	_cleanup_topology_ struct topology *four = plan_host_new(&coarse);
	_cleanup_topology_ struct topology *two = plan_host_new(&mixed);
	struct region_request request = size_request(GIB);

	(void)state;
	check_refused(four, &request, "granularity-too-coarse", "decoder0.0");
	check_refused(two, &request, "mixed-hosts", "decoder0.0");
}

/* The whole listing of a host of CXL 1.1: cxl list -vvv shows no port, since there is none. */
static void test_restricted_host_without_ports(void **state)
{
	static const char listing[] =
		"[{\"bus\":\"root0\",\"provider\":\"ACPI.CXL\",\"nr_dports\":1,\"dports\":["
		"{\"dport\":\"pci0000:30\",\"alias\":\"ACPI0016:00\",\"id\":48}],"
		"\"endpoints:root0\":[{\"endpoint\":\"endpoint1\",\"host\":\"mem0\","
		"\"parent_dport\":\"pci0000:30\",\"depth\":%d,\"decoders_committed\":0,"
		"\"memdev\":{\"memdev\":\"mem0\",\"ram_size\":4294967296,\"serial\":1,"
		"\"host\":\"0000:31:00.0\"},\"decoders:endpoint1\":[{\"decoder\":\"decoder1.0\","
		"\"interleave_ways\":1,\"state\":\"disabled\"}]}],\"decoders:root0\":["
		"{\"decoder\":\"decoder0.0\",\"resource\":4294967296,\"size\":4294967296,"
		"\"interleave_ways\":1,\"max_available_extent\":4294967296,"
		"\"volatile_capable\":true,\"nr_targets\":1,\"targets\":[{\"target\":\"pci0000:"
		"30\","
		"\"alias\":\"ACPI0016:00\",\"position\":0,\"id\":48}]}]}]";
	struct region_request request = size_request(GIB);

	(void)state;
	/* An endpoint that is deeper has ports above it, which were left out. */
	for (int depth = 1; depth <= 2; depth++) {
		_cleanup_topology_ struct topology *topology = NULL;
		struct refusal_list notices = REFUSAL_LIST_NULL;
		struct json_object *document;
		struct plan plan = PLAN_NULL;
		char text[sizeof(listing)];

		(void)snprintf(text, sizeof(text), listing, depth);
		document = json_tokener_parse(text);
		assert_int_equal(topology_from_document(document, &notices, &topology), 0);
		assert_int_equal(plan_create_region(topology, &request, &plan),
				 depth == 1 ? 0 : PLAN_E_REFUSED);
		plan_deinit(&plan);
		refusal_list_deinit(&notices);
		(void)json_object_put(document);
	}
}

/* As `cxl list` has it, which names no dport for what hangs from the root. */
static void test_restricted_host_in_a_listing(void **state)
{
	static const struct plan_host host = { .shape = "e", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	struct region_request request = size_request(GIB);

	(void)state;
	topology_memdev(topology, "mem0")->endpoint->parent_dport = NULL;
	check_refused(topology, &request, "snapshot-incomplete", "decoder0.0");
}

/* What is there more than once is not said to be nowhere. */
static void test_serial_of_several(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "serial:0x1000");
	struct plan plan = PLAN_NULL;

	(void)state;
	for (size_t i = 0; i < topology->memdevs.count; i++)
		topology->memdevs.items[i]->serial = 0x1000;
	assert_int_equal(plan_create_region(topology, &request, &plan), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "ambiguous-memdev", "serial:0x1000"));
	assert_false(plan_refused_with(&plan, "unknown-memdev", NULL));
	assert_non_null(strstr(plan.refusals.list.items[0].text, "4 memdevs have"));
	plan_deinit(&plan);
	request = named_request(&names, "serial:0x1001");
	assert_int_equal(plan_create_region(topology, &request, &plan), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "unknown-memdev", "serial:0x1001"));
	plan_deinit(&plan);
}

/* A list in which people have hidden serial numbers, or a memdev that has not told its own. */
static void test_serial_of_none_that_is_told(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&two_bridges);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "serial:0x7777");

	(void)state;
	topology->memdevs.items[1]->serial = TOPO_UNKNOWN;
	check_refused(topology, &request, "snapshot-incomplete", "mem1");
	topology->memdevs.items[1]->serial = 1;
	check_refused(topology, &request, "unknown-memdev", "serial:0x7777");
}

static void test_out_of_order_and_halfway(void **state)
{
	static const struct plan_host host = { .shape = "[eee]", .windows = { { "0" } } };
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);
	_cleanup_topology_ struct topology *after = NULL, *halfway = NULL;
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem2");

	(void)state;
	make_region(kernel, "mem0", GIB);
	make_region(kernel, "mem1", GIB);
	assert_int_equal(fake_kernel_write(kernel, STEP_REGION_COMMIT, "region0", "0"), 0);
	after = fake_kernel_snapshot(kernel);
	check_refused(after, &request, "decoder-out-of-order", "decoder0.0");
	assert_int_equal(fake_kernel_write(kernel, STEP_REGION_COMMIT, "region1", "0"), 0);
	halfway = fake_kernel_snapshot(kernel);
	check_refused(halfway, &request, "decoder-reserved", "decoder0.0");
}

static void test_disabled_port(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&one_window);
	struct plan_request_names names;
	struct region_request request = named_request(&names, "mem4");

	(void)state;
	topology_port(topology, "port1")->enabled = false;
	check_refused(topology, &request, "port-disabled", "decoder0.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_enormous_size),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_memdevs),
		cmocka_unit_test(test_host_without_windows),
		cmocka_unit_test(test_window_cannot),
		cmocka_unit_test(test_window_of_more_ways),
		cmocka_unit_test(test_memdev_of_another_window),
		cmocka_unit_test(test_window_targets),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_memory_blocks),
		cmocka_unit_test(test_uneven_ports),
		cmocka_unit_test(test_free_choice_that_is_uneven),
		cmocka_unit_test(test_more_targets_than_a_decoder_has),
		cmocka_unit_test(test_granularity_of_deep_ports),
		cmocka_unit_test(test_order_that_cannot_be),
		cmocka_unit_test(test_capacity),
		cmocka_unit_test(test_reserved_dpa),
		cmocka_unit_test(test_qos_enforced),
		cmocka_unit_test(test_decoders_run_out),
		cmocka_unit_test(test_hpa_order),
		cmocka_unit_test(test_hpa_order_of_the_endpoint),
		cmocka_unit_test(test_restricted_hosts),
		cmocka_unit_test(test_restricted_host_without_ports),
		cmocka_unit_test(test_restricted_host_in_a_listing),
		cmocka_unit_test(test_serial_of_several),
		cmocka_unit_test(test_serial_of_none_that_is_told),
		cmocka_unit_test(test_out_of_order_and_halfway),
		cmocka_unit_test(test_disabled_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots as JSON: what cxl list printed is read whole, records come back exactly, and documents
 * that are wrong in any way are refused by name.
 */
#include "cxl/topology/topology-json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#define GIB (UINT64_C(1) << 30)

static struct json_object *list_everything(const struct topology *topology)
{
	struct list_options options = LIST_OPTIONS_NULL;
	struct json_object *list;

	options.verbose = 3;
	options.memdevs = true;
	assert_int_equal(topology_list(topology, &options, &list), 0);
	return list;
}

/* What a guest's cxl list -vvv printed comes out again, with nothing but our own keys added. */
static void test_guest_listings_come_out_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(guest_fixtures); i++) {
		_cleanup_json_ struct json_object *expected = fixture_json(guest_fixtures[i]);
		_cleanup_topology_ struct topology *topology = fixture_topology(guest_fixtures[i]);
		_cleanup_json_ struct json_object *list = list_everything(topology);

		if (!shows(list, expected))
			fail_msg("%s: %s", guest_fixtures[i], json_object_to_json_string(list));
	}
}

static void check_round_trip(const char *name)
{
	_cleanup_topology_ struct topology *first = fixture_topology(name);
	_cleanup_topology_ struct topology *second = NULL;
	_cleanup_json_ struct json_object *record = topology_to_json(first);
	_cleanup_json_ struct json_object *again = NULL;
	struct refusal_list refusals = REFUSAL_LIST_NULL;

	assert_non_null(record);
	assert_int_equal(topology_from_json(record, &refusals, &second), 0);
	again = topology_to_json(second);
	assert_string_equal(json_object_to_json_string(record), json_object_to_json_string(again));
	assert_int_equal(first->known, second->known);
	refusal_list_deinit(&refusals);
}

/* Which data is in use is no part of what `cxl list` shows. */
static void test_namespaces_come_back(void **state)
{
	static const struct topo_namespace namespaces[] = {
		{ "region0", "namespace0.0", "pmem0", "pmem0 is mounted on /srv" },
		{ "region0", "namespace0.1", NULL, NULL },
	};
	_cleanup_topology_ struct topology *first = topology_new();
	_cleanup_topology_ struct topology *second = NULL;
	_cleanup_json_ struct json_object *record = NULL;
	struct refusal_list refusals = REFUSAL_LIST_NULL;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(ARRAY_APPEND(&first->namespaces, namespaces[i]), 0);
	record = topology_to_json(first);
	assert_int_equal(topology_from_json(record, &refusals, &second), 0);
	assert_int_equal(second->namespaces.count, 2);
	assert_string_equal(second->namespaces.items[0].region, "region0");
	assert_string_equal(second->namespaces.items[0].name, "namespace0.0");
	assert_string_equal(second->namespaces.items[0].device, "pmem0");
	assert_string_equal(second->namespaces.items[0].user, "pmem0 is mounted on /srv");
	assert_null(second->namespaces.items[1].device);
	assert_null(second->namespaces.items[1].user);
	refusal_list_deinit(&refusals);
}

static void test_records_come_back_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(guest_fixtures); i++)
		check_round_trip(guest_fixtures[i]);
	for (size_t i = 0; i < ARRAY_SIZE(report_fixtures); i++)
		check_round_trip(report_fixtures[i]);
}

/* A host with everything that only a record can tell. */
static struct topology *told_in_full(void)
{
	struct topology *topology = fixture_topology("guest-hmat-region");
	struct topo_decoder *window = topology_decoder(topology, "decoder0.0");
	struct topo_dax_device *device = &topology->dax_regions.items[0]->devices.items[0];
	struct topo_node node = TOPO_NODE_NULL;

	topology->known = TOPO_KNOWN_CXL | TOPO_KNOWN_DAX | TOPO_KNOWN_BLOCKS | TOPO_KNOWN_NODES;
	topology->kernel = "7.3.4";
	topology->memory_block_size = UINT64_C(128) << 20;
	topology->auto_online_policy = "offline";
	window->next_region = "region1";
	window->interleave_arithmetic = TOPO_ARITHMETIC_XOR;
	topology_decoder(topology, "decoder1.0")->locked = true;
	topology_region(topology, "region0")->locked = true;
	topology_memdev(topology, "mem0")->host_path = "pci0000:40/0000:40:00.0/0000:41:00.0";
	device->resource = 0x490000000;
	device->state = "online_movable";
	for (uint64_t i = 146; i < 150; i++)
		assert_int_equal(
			ARRAY_APPEND(&device->blocks,
				     (struct topo_memory_block){ .index = i,
								 .node = 3,
								 .online = i < 149,
								 .zone = i < 149 ? TOPO_ZONE_MOVABLE
										 : TOPO_ZONE_NONE,
								 .removable = true }),
			0);
	node.id = 3;
	node.memory_total = GIB;
	node.access[1].read_latency = 140;
	assert_int_equal(
		ARRAY_APPEND(&node.distances, (struct topo_distance){ .node = 3, .distance = 10 }),
		0);
	assert_int_equal(ARRAY_APPEND(&topology->nodes, node), 0);
	topology_finish(topology);
	return topology;
}

static void test_a_full_record_comes_back_exactly(void **state)
{
	_cleanup_topology_ struct topology *first = told_in_full();
	_cleanup_topology_ struct topology *second = NULL;
	_cleanup_json_ struct json_object *record = topology_to_json(first);
	_cleanup_json_ struct json_object *again = NULL;
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	const struct topo_dax_device *device;

	(void)state;
	assert_int_equal(topology_from_json(record, &refusals, &second), 0);
	/* A record that tells everything gives no notice. */
	assert_int_equal(refusals.list.count, 0);
	again = topology_to_json(second);
	assert_string_equal(json_object_to_json_string(record), json_object_to_json_string(again));
	device = &second->dax_regions.items[0]->devices.items[0];
	assert_int_equal(device->blocks.count, 4);
	assert_int_equal(device->online_block_count, 3);
	assert_int_equal(device->blocks.items[3].index, 149);
	assert_false(device->blocks.items[3].online);
	assert_int_equal(device->zone, TOPO_ZONE_NONE);
	assert_true(topology_region(second, "region0")->locked);
	assert_int_equal(second->nodes.items[0].access[1].read_latency, 140);
	assert_int_equal(second->nodes.items[0].access[0].read_latency, TOPO_UNKNOWN);
	refusal_list_deinit(&refusals);
}

static bool says(const struct refusal_list *refusals, const char *code)
{
	for (size_t i = 0; i < refusals->list.count; i++)
		if (strcmp(refusals->list.items[i].code, code) == 0)
			return true;
	return false;
}

static int read_text(const char *text, struct refusal_list *refusals, struct topology **topology)
{
	_cleanup_json_ struct json_object *json = NULL;

	if (json_parse_text(text, strlen(text), &json))
		fail_msg("no JSON: %s", text);
	return topology_from_json(json, refusals, topology);
}

/* The way of decoders, memdevs and targets is that of the report. */
static void test_a_report_is_understood(void **state)
{
	_cleanup_topology_ struct topology *topology = fixture_topology("ndctl-276");
	const struct topo_memdev *mem1 = topology_memdev(topology, "mem1");
	const struct topo_decoder *window = topology_decoder(topology, "decoder0.1");

	(void)state;
	/* There is no region that could have a dax device, so all dax devices are known. */
	assert_int_equal(topology->known, TOPO_KNOWN_CXL | TOPO_KNOWN_DAX);
	assert_string_equal(topology_host_bridge_of(mem1->endpoint)->host, "pci0000:bf");
	assert_int_equal(mem1->endpoint->parent->kind, TOPO_PORT_SWITCH);
	assert_int_equal(mem1->endpoint->depth, 3);
	assert_int_equal(window->interleave_ways, 2);
	assert_int_equal(window->interleave_granularity, 8192);
	assert_string_equal(window->targets.items[0].dport, "pci0000:35");
	assert_string_equal(window->targets.items[1].dport, "pci0000:bf");
}

static void test_lacks_are_named(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *json = fixture_json("ndctl-275");
	struct refusal_list notices = REFUSAL_LIST_NULL;

	(void)state;
	assert_int_equal(topology_from_json(json, &notices, &topology), 0);
	assert_false(says(&notices, "unknown-cxl"));
	assert_true(says(&notices, "unknown-nodes"));
	assert_true(says(&notices, "unknown-blocks"));
	assert_true(says(&notices, "unknown-locks"));
	assert_true(says(&notices, "unknown-arithmetic"));
	assert_false(says(&notices, "unknown-idle"));
	refusal_list_deinit(&notices);
}

/* cxl list -v does not show decoders that are free. */
static void test_hidden_idle_decoders_are_named(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *json = fixture_json("linux-multi-interleave");
	struct refusal_list notices = REFUSAL_LIST_NULL;

	(void)state;
	assert_int_equal(topology_from_json(json, &notices, &topology), 0);
	assert_true(says(&notices, "unknown-idle"));
	assert_true(says(&notices, "unknown-dax"));
	assert_false(says(&notices, "unknown-cxl"));
	refusal_list_deinit(&notices);
}

/* cxl list -M -D of an unprivileged cxl 77: no ports, negative sizes, serials above 2^63. */
static void test_a_partial_listing(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *json = fixture_json("ndctl-279");
	struct refusal_list notices = REFUSAL_LIST_NULL;
	const struct topo_decoder *window;

	(void)state;
	assert_int_equal(topology_from_json(json, &notices, &topology), 0);
	assert_true(says(&notices, "odd-number"));
	assert_true(says(&notices, "unknown-cxl"));
	assert_int_equal(topology->known, 0);
	assert_int_equal(topology_memdev(topology, "mem1")->serial, UINT64_C(9947034521128865750));
	window = topology_decoder(topology, "decoder0.0");
	assert_int_equal(window->max_available_extent, TOPO_UNKNOWN);
	assert_int_equal(window->port->kind, TOPO_PORT_ROOT);
	assert_int_equal(topology_decoder(topology, "decoder3.0")->port->kind, TOPO_PORT_ENDPOINT);
	refusal_list_deinit(&notices);
}

/* cxl list without letters on the machine of pmem/ndctl#276, and a single object as of -u. */
static void test_regions_without_windows(void **state)
{
	static const char text[] =
		"[{\"memdevs\":[{\"memdev\":\"mem0\",\"pmem_size\":268435456,\"serial\":0,"
		"\"host\":\"0000:37:00.0\"}]},{\"regions\":[{\"region\":\"region0\","
		"\"resource\":328833433600,\"size\":536870912,\"type\":\"pmem\","
		"\"interleave_ways\":2,\"interleave_granularity\":8192,"
		"\"decode_state\":\"commit\"}]}]";
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *list = NULL;
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct list_options options = LIST_OPTIONS_NULL;

	(void)state;
	assert_int_equal(read_text(text, &notices, &topology), 0);
	assert_null(topology_region(topology, "region0")->window);
	assert_true(topology_region(topology, "region0")->committed);
	assert_true(says(&notices, "unknown-cxl"));
	assert_int_equal(topology_list(topology, &options, &list), 0);
	assert_string_equal(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN), text);
	refusal_list_deinit(&notices);
}

static const char *hint_of(const struct refusal_list *notices, const char *code)
{
	for (size_t i = 0; i < notices->list.count; i++)
		if (strcmp(notices->list.items[i].code, code) == 0)
			return notices->list.items[i].hint;
	return NULL;
}

/* Addresses of -u are exact and read, sizes of -u are rounded: unknown, with the way out. */
static void test_human_units(void **state)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;

	(void)state;
	assert_int_equal(read_text("{\"memdev\":\"mem3\",\"serial\":\"0x2\",\"numa_node\":0,"
				   "\"host\":\"cxl_mem.2\"}",
				   &notices, &topology),
			 0);
	assert_int_equal(topology_memdev(topology, "mem3")->serial, 2);
	assert_false(says(&notices, "rounded-size"));
	topology = topology_free(topology);
	assert_int_equal(read_text("{\"memdev\":\"mem3\",\"ram_size\":\"256.00 MiB (268.44 MB)\"}",
				   &notices, &topology),
			 0);
	assert_true(says(&notices, "rounded-size"));
	assert_string_equal(hint_of(&notices, "rounded-size"), "run cxl list -vvv without -u");
	topology_free(topology);
	refusal_list_deinit(&notices);
}

static struct json_object *find_mappings(struct json_object *value)
{
	struct json_object *found = NULL;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, child)
		{
			if (!found && strcmp(key, "mappings") == 0)
				found = child;
			if (!found)
				found = find_mappings(child);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; !found && i < json_object_array_length(value); i++)
			found = find_mappings(json_object_array_get_idx(value, i));
	}
	return found;
}

/* Targets of one position can't be taken out of their region one after the other. */
static void test_positions_that_make_no_sense(void **state)
{
	static const int positions[] = { 1, 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		_cleanup_json_ struct json_object *json = fixture_json("guest-one-switch-region");
		struct json_object *mappings = find_mappings(json);
		_cleanup_topology_ struct topology *topology = NULL;
		struct refusal_list notices = REFUSAL_LIST_NULL;

		assert_int_equal(json_object_array_length(mappings), 4);
		for (size_t j = 0; j < 4; j++) {
			struct json_object *mapping = json_object_array_get_idx(mappings, j);
			int position = 0;

			assert_int_equal(json_get_int(mapping, "position", &position), 0);
			if (position == 0)
				(void)json_add_int(mapping, "position", positions[i]);
		}
		assert_int_equal(topology_from_json(json, &notices, &topology), 0);
		assert_false(topology->known & TOPO_KNOWN_CXL);
		assert_true(says(&notices, "unknown-cxl"));
		refusal_list_deinit(&notices);
	}
}

static bool is_same(const struct refusal *a, const struct refusal *b)
{
	return strcmp(a->text, b->text) == 0 && strcmp(a->object ?: "", b->object ?: "") == 0;
}

/* Rounded sizes of windows, memdevs and dax devices are lacks of several parts of a host. */
static void test_a_lack_is_told_once(void **state)
{
	struct list_options options = LIST_OPTIONS_NULL;
	_cleanup_topology_ struct topology *host = fixture_topology("guest-one-switch-region");
	_cleanup_topology_ struct topology *topology = NULL;
	_cleanup_json_ struct json_object *listing = NULL;
	struct refusal_list notices = REFUSAL_LIST_NULL;

	(void)state;
	options.memdevs = options.human = true;
	options.verbose = 3;
	assert_int_equal(topology_list(host, &options, &listing), 0);
	assert_int_equal(topology_from_document(listing, &notices, &topology), 0);
	assert_false(topology->known & (TOPO_KNOWN_CXL | TOPO_KNOWN_DAX));
	for (size_t i = 0; i < notices.list.count; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(is_same(&notices.list.items[i], &notices.list.items[j]));
	refusal_list_deinit(&notices);
}

static const struct {
	const char *text, *code;
} refused[] = {
	{ "{}", "not-a-topology" },
	{ "[[]]", "not-a-topology" },
	{ "[{\"volume\":1}]", "not-a-topology" },
	{ "[{\"memdev\":\"../../mem0\"}]", "not-a-topology" },
	{ "[{\"memdev\":\"mem00\"}]", "not-a-topology" },
	{ "[{\"memdev\":\"mem\\u001b[2J\"}]", "not-a-topology" },
	{ "[{\"memdev\":\"mem0\\u0000\"}]", "not-a-topology" },
	{ "[{\"memdev\":\"\"}]", "not-a-topology" },
	{ "[{\"memdev\":0}]", "not-a-topology" },
	{ "{\"cxlfm_record\":2,\"list\":[]}", "record-version" },
	{ "{\"cxlfm_record\":\"one\"}", "record-version" },
	{ "[{\"memdev\":\"mem0\"},{\"memdev\":\"mem0\"}]", "duplicate-object" },
};

static void test_wrong_documents_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct refusal_list refusals = REFUSAL_LIST_NULL;
		struct topology *topology = NULL;
		int rc = read_text(refused[i].text, &refusals, &topology);

		if (rc != TOPOLOGY_JSON_E_REFUSED || !says(&refusals, refused[i].code))
			fail_msg("%s: %d %s", refused[i].text, rc,
				 refusals.list.count ? refusals.list.items[0].code : "-");
		assert_null(topology);
		refusal_list_deinit(&refusals);
	}
}

#define RECORD_OF(list)                                                                            \
	"{\"cxlfm_record\":1,\"known\":[\"cxl\",\"dax\",\"blocks\",\"nodes\"],\"list\":" list "}"
#define DECODER_WITH(values)                                                                       \
	RECORD_OF("[{\"bus\":\"root0\",\"decoders:root0\":[{\"decoder\":\"decoder0.0\"," values    \
		  "}]}]")
#define REGION_WITH(values) RECORD_OF("[{\"region\":\"region0\"," values "}]")

/* One value that is not understood: the part with that value is not known any more. */
static const struct {
	const char *text, *code;
	enum topo_known lost;
} odd[] = {
	{ RECORD_OF("[{\"memdev\":\"mem0\"},{\"memdev\":7}]"), "odd-value", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_size\":1.5}]"), "odd-value", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_size\":null}]"), "odd-value", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_size\":\"0x\"}]"), "odd-value", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_size\":[]}]"), "odd-value", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_size\":18446744073709551614,"
		    "\"pmem_size\":4}]"),
	  "odd-number", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_size\":\"64.00 GiB (68.72 GB)\"}]"),
	  "rounded-size", TOPO_KNOWN_CXL },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"state\":1}]"), "odd-value", TOPO_KNOWN_CXL },
	{ DECODER_WITH("\"interleave_ways\":5"), "odd-number", TOPO_KNOWN_CXL },
	{ DECODER_WITH("\"interleave_granularity\":300"), "odd-number", TOPO_KNOWN_CXL },
	{ DECODER_WITH("\"resource\":18446744073709551614,\"size\":4096"), "odd-number",
	  TOPO_KNOWN_CXL },
	{ DECODER_WITH("\"targets\":[{\"target\":\"x\",\"position\":16}]"), "odd-number",
	  TOPO_KNOWN_CXL },
	{ DECODER_WITH("\"targets\":{}"), "odd-value", TOPO_KNOWN_CXL },
	{ REGION_WITH("\"mappings\":[{\"position\":0}]"), "odd-value", TOPO_KNOWN_CXL },
	{ REGION_WITH("\"mappings\":[0]"), "odd-value", TOPO_KNOWN_CXL },
	{ REGION_WITH("\"daxregion\":{\"devices\":[{\"chardev\":\"dax0.0\","
		      "\"memory_blocks\":[{\"first\":0,\"count\":1000000000000}]}]}"),
	  "odd-number", TOPO_KNOWN_DAX },
	{ REGION_WITH("\"daxregion\":{\"devices\":[{\"chardev\":\"dax0.0\","
		      "\"memory_blocks\":[{\"first\":18446744073709551615,\"count\":2}]}]}"),
	  "odd-number", TOPO_KNOWN_DAX },
	{ REGION_WITH("\"daxregion\":{\"devices\":[{\"chardev\":0}]}"), "odd-value",
	  TOPO_KNOWN_DAX },
	{ "{\"cxlfm_record\":1,\"known\":[\"nodes\"],\"nodes\":[{}]}", "odd-value",
	  TOPO_KNOWN_NODES },
	{ "{\"cxlfm_record\":1,\"known\":[\"nodes\"],\"nodes\":[{\"node\":4096}]}", "odd-number",
	  TOPO_KNOWN_NODES },
	{ "{\"cxlfm_record\":1,\"known\":[\"nodes\"],\"nodes\":[{\"node\":0,"
	  "\"distances\":{\"x\":1}}]}",
	  "odd-value", TOPO_KNOWN_NODES },
	{ "{\"cxlfm_record\":1,\"known\":[\"blocks\"],\"memory\":{\"block_size\":0}}", "odd-number",
	  TOPO_KNOWN_BLOCKS },
	/* On which nothing depends. */
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"firmware_version\":7}]"), "odd-value", 0 },
	/* Without which a plan can be made: people hide serial numbers from strangers. */
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"serial\":\"XXXX\"}]"), "odd-value", 0 },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"numa_node\":null}]"), "odd-value", 0 },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"ram_qos_class\":-1}]"), "odd-number", 0 },
	{ RECORD_OF("[{\"memdev\":\"mem0\",\"host\":false}]"), "odd-value", 0 },
};

static void test_odd_values_are_unknown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct refusal_list notices = REFUSAL_LIST_NULL;
		struct topology *topology = NULL;
		int rc = read_text(odd[i].text, &notices, &topology);

		if (rc || !says(&notices, odd[i].code) || (topology->known & odd[i].lost))
			fail_msg("%s: %d", odd[i].text, rc);
		if (!odd[i].lost && !(topology->known & TOPO_KNOWN_CXL))
			fail_msg("%s: its topology is lost", odd[i].text);
		(void)topology_free(topology);
		refusal_list_deinit(&notices);
	}
}

/* A document may be nothing else: what is told of such a document is bounded. */
static void test_many_odd_values_are_counted(void **state)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;

	(void)state;
	(void)json_append(list, json_tokener_parse("{\"memdev\":\"mem0\"}"));
	for (int i = 0; i < 1000; i++)
		(void)json_append(list, json_object_new_int(i));
	assert_int_equal(topology_from_json(list, &notices, &topology), 0);
	assert_true(notices.list.count < 64);
	assert_int_equal(topology->memdevs.count, 1);
	(void)topology_free(topology);
	refusal_list_deinit(&notices);
}

/* Some devices have a firmware version of no letters. */
static void test_empty_texts_are_absent(void **state)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_topology_ struct topology *topology = NULL;

	(void)state;
	assert_int_equal(
		read_text("[{\"memdev\":\"mem0\",\"firmware_version\":\"\"}]", &notices, &topology),
		0);
	assert_null(topology->memdevs.items[0]->firmware_version);
	refusal_list_deinit(&notices);
}

/* One of each kind more than there may be. */
static void test_crowds_are_refused(void **state)
{
	static const char *const formats[] = { "{\"memdev\":\"mem%d\"}", "{\"bus\":\"root%d\"}",
					       "{\"region\":\"region%d\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_json_ struct json_object *list = json_object_new_array();
		struct refusal_list refusals = REFUSAL_LIST_NULL;
		struct topology *topology = NULL;
		char text[64];

		for (int n = 0; n <= 8192; n++) {
			(void)snprintf(text, sizeof(text), formats[i], n);
			(void)json_append(list, json_tokener_parse(text));
		}
		assert_int_equal(topology_from_json(list, &refusals, &topology),
				 TOPOLOGY_JSON_E_REFUSED);
		assert_true(says(&refusals, "out-of-range"));
		refusal_list_deinit(&refusals);
	}
}

static void test_null_is_refused(void **state)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;

	(void)state;
	assert_int_equal(topology_from_json(NULL, &refusals, &topology), TOPOLOGY_JSON_E_REFUSED);
	refusal_list_deinit(&refusals);
}

static void test_deep_nesting_is_refused(void **state)
{
	struct json_object *inner = json_object_new_object(), *list = json_object_new_array();
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;

	(void)state;
	(void)json_add_string(inner, "port", "port1000");
	for (int i = 0; i < 1000; i++) {
		struct json_object *outer = json_object_new_object();
		struct json_object *array = json_object_new_array();
		char name[16];

		(void)snprintf(name, sizeof(name), "port%d", i);
		(void)json_append(array, inner);
		(void)json_add_string(outer, "port", name);
		(void)json_add(outer, "ports:x", array);
		inner = outer;
	}
	(void)json_append(list, inner);
	assert_int_equal(topology_from_json(list, &refusals, &topology), TOPOLOGY_JSON_E_REFUSED);
	refusal_list_deinit(&refusals);
	(void)json_object_put(list);
}

/* ---- mutated documents: any outcome but a crash, a leak or an endless loop ---- */

/* Knuth's MMIX generator: one seed, one run. */
static uint32_t next_random(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*random >> 33);
}

static struct json_object *random_value(uint64_t *random)
{
	switch (next_random(random) % 10) {
	case 0:
		return NULL;
	case 1:
		return json_object_new_int64(-1);
	case 2:
		return json_object_new_uint64(UINT64_MAX);
	case 3:
		return json_object_new_int64((int64_t)(next_random(random) % 20));
	case 4:
		return json_object_new_double(1e300);
	case 5:
		return json_object_new_boolean(true);
	case 6:
		return json_object_new_string("decoder0.0");
	case 7:
		return json_object_new_string("0xfffffffffffffffff");
	case 8:
		return json_object_new_array();
	default:
		return json_object_new_object();
	}
}

static void mutate(struct json_object *value, uint64_t *random)
{
	uint32_t chosen;
	size_t count;

	if (json_object_is_type(value, json_type_array)) {
		count = json_object_array_length(value);
		if (count == 0)
			return;
		chosen = next_random(random) % (uint32_t)count;
		if (next_random(random) % 8 == 0)
			(void)json_object_array_put_idx(value, chosen, random_value(random));
		else if (next_random(random) % 8 == 0)
			(void)json_object_array_add(
				value, json_object_get(json_object_array_get_idx(value, chosen)));
		else
			mutate(json_object_array_get_idx(value, chosen), random);
		return;
	}
	if (!json_object_is_type(value, json_type_object) || json_object_object_length(value) == 0)
		return;
	chosen = next_random(random) % (uint32_t)json_object_object_length(value);
	json_object_object_foreach(value, key, child)
	{
		if (chosen-- > 0)
			continue;
		if (next_random(random) % 4 == 0) {
			if (next_random(random) % 3 == 0)
				json_object_object_del(value, key);
			else
				(void)json_object_object_add(value, key, random_value(random));
		} else {
			mutate(child, random);
		}
		break;
	}
}

static void read_mutated(const char *name, uint64_t seed)
{
	_cleanup_json_ struct json_object *json = fixture_json(name);
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;
	uint64_t random = seed;
	int rc;

	for (uint32_t i = next_random(&random) % 4 + 1; i > 0; i--)
		mutate(json, &random);
	rc = topology_from_json(json, &refusals, &topology);
	if (rc == 0) {
		/* What was accepted can be listed, drawn and recorded. */
		_cleanup_json_ struct json_object *record = topology_to_json(topology);
		_cleanup_json_ struct json_object *list = list_everything(topology);
		struct topology *again = NULL;

		assert_non_null(record);
		assert_int_equal(topology_from_json(record, &refusals, &again), 0);
		(void)topology_free(again);
	} else {
		assert_int_equal(rc, TOPOLOGY_JSON_E_REFUSED);
		assert_true(refusals.list.count > 0);
	}
	(void)topology_free(topology);
	refusal_list_deinit(&refusals);
}

static void test_mutated_documents(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 150; seed++) {
		for (size_t i = 0; i < ARRAY_SIZE(guest_fixtures); i++)
			read_mutated(guest_fixtures[i], seed);
		for (size_t i = 0; i < ARRAY_SIZE(report_fixtures); i++)
			read_mutated(report_fixtures[i], seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_listings_come_out_again),
		cmocka_unit_test(test_namespaces_come_back),
		cmocka_unit_test(test_records_come_back_exactly),
		cmocka_unit_test(test_a_full_record_comes_back_exactly),
		cmocka_unit_test(test_a_report_is_understood),
		cmocka_unit_test(test_lacks_are_named),
		cmocka_unit_test(test_hidden_idle_decoders_are_named),
		cmocka_unit_test(test_a_partial_listing),
		cmocka_unit_test(test_regions_without_windows),
		cmocka_unit_test(test_human_units),
		cmocka_unit_test(test_positions_that_make_no_sense),
		cmocka_unit_test(test_a_lack_is_told_once),
		cmocka_unit_test(test_wrong_documents_are_refused),
		cmocka_unit_test(test_odd_values_are_unknown),
		cmocka_unit_test(test_many_odd_values_are_counted),
		cmocka_unit_test(test_empty_texts_are_absent),
		cmocka_unit_test(test_crowds_are_refused),
		cmocka_unit_test(test_null_is_refused),
		cmocka_unit_test(test_deep_nesting_is_refused),
		cmocka_unit_test(test_mutated_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

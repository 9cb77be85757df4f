// SPDX-License-Identifier: GPL-2.0-only
/* From a method's parameters to a request. */
#include "daemon/claim/memory/memory-request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "util/json.h"

static int read_request(enum memory_request_kind kind, const char *text,
			struct refusal_list *problems, struct memory_request *request)
{
	_cleanup_json_ struct json_object *parameters = NULL;

	assert_int_equal(json_parse_text(text, strlen(text), &parameters), 0);
	return memory_request_from_json(kind, parameters, problems, request);
}

static void everything_has_a_default(void **state)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;

	assert_int_equal(read_request(MEMORY_CREATE_REGION,
				      "{\"request\":{},\"goal\":\"region\",\"dry_run\":true}",
				      &problems, &request),
			 0);
	assert_true(request.dry_run);
	assert_int_equal(request.create.size_bytes, 0);
	assert_int_equal(request.create.ways, 0);
	assert_int_equal(request.create.type, TOPO_MODE_NONE);
	assert_int_equal(request.create.near_node, TOPO_UNKNOWN_INT);
	assert_int_equal(request.create.qos_class, TOPO_UNKNOWN_INT);
	assert_int_equal(request.create.goal, PLAN_GOAL_REGION);
	assert_null(request.create.uuid);
	assert_int_equal(strlen(request.create.fresh_uuid), 36);
	assert_true(request.timeout_ms > 0);
	memory_request_deinit(&request);
	refusal_list_deinit(&problems);
}

static void everything_is_taken_over(void **state)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;

	assert_int_equal(
		read_request(MEMORY_CREATE_REGION,
			     "{\"request\":{\"size\":536870912,\"ways\":2,\"granularity\":4096,"
			     "\"memdevs\":[\"mem1\",\"serial:0x2\"],\"type\":\"pmem\","
			     "\"decoder\":\"decoder0.1\",\"bus\":\"root0\",\"near_node\":1,"
			     "\"qos_class\":3,\"qos_enforced\":true,"
			     "\"uuid\":\"5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00\"},"
			     "\"goal\":\"system_ram\",\"zone\":\"kernel\",\"dry_run\":false}",
			     &problems, &request),
		0);
	assert_int_equal(request.create.size_bytes, 536870912);
	assert_int_equal(request.create.ways, 2);
	assert_int_equal(request.create.granularity, 4096);
	assert_int_equal(request.create.memdev_count, 2);
	assert_string_equal(request.create.memdevs[1], "serial:0x2");
	assert_int_equal(request.create.type, TOPO_MODE_PMEM);
	assert_string_equal(request.create.window, "decoder0.1");
	assert_string_equal(request.create.bus, "root0");
	assert_int_equal(request.create.near_node, 1);
	assert_int_equal(request.create.qos_class, 3);
	assert_true(request.create.qos_enforced);
	assert_string_equal(request.create.uuid, "5e29ea85-9a3f-4f6b-8b7c-2d6a7c1d9f00");
	assert_int_equal(request.create.goal, PLAN_GOAL_SYSTEM_RAM);
	assert_int_equal(request.create.zone, TOPO_ZONE_KERNEL);
	memory_request_deinit(&request);
	refusal_list_deinit(&problems);
}

/* cxl-create-region(1) finds both with the filters of cxl-list(1): "decoder0.1" or "0.1". */
static void numbers_are_names(void **state)
{
	static const struct {
		const char *decoder, *bus, *window_name, *bus_name;
	} cases[] = {
		{ "0.1", "0", "decoder0.1", "root0" },
		{ "12.10", "17", "decoder12.10", "root17" },
		{ "decoder0.1", "root0", "decoder0.1", "root0" },
		{ "x0.1", "ACPI.CXL", "x0.1", "ACPI.CXL" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct memory_request request = MEMORY_REQUEST_NULL;
		char text[256];

		(void)snprintf(
			text, sizeof(text),
			"{\"request\":{\"decoder\":\"%s\",\"bus\":\"%s\"},\"goal\":\"region\","
			"\"dry_run\":true}",
			cases[i].decoder, cases[i].bus);
		assert_int_equal(read_request(MEMORY_CREATE_REGION, text, &problems, &request), 0);
		assert_string_equal(request.create.window, cases[i].window_name);
		assert_string_equal(request.create.bus, cases[i].bus_name);
		memory_request_deinit(&request);
		refusal_list_deinit(&problems);
	}
}

static void nonsense_is_named(void **state)
{
	static const struct {
		const char *request, *code;
	} bad[] = {
		{ "{\"size\":0}", "bad-number" },
		{ "{\"size\":-5}", "bad-number" },
		{ "{\"ways\":17}", "bad-number" },
		{ "{\"ways\":0}", "bad-number" },
		{ "{\"granularity\":128}", "bad-number" },
		{ "{\"granularity\":32768}", "bad-number" },
		{ "{\"near_node\":-1}", "bad-number" },
		{ "{\"qos_class\":256}", "bad-number" },
		{ "{\"uuid\":\"x\"}", "bad-uuid" },
		{ "{\"uuid\":\"00000000-0000-0000-0000-000000000000\"}", "bad-uuid" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct memory_request request = MEMORY_REQUEST_NULL;
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "{\"request\":%s,\"goal\":\"region\",\"dry_run\":true}",
			       bad[i].request);
		if (read_request(MEMORY_CREATE_REGION, text, &problems, &request) !=
		    MEMORY_REQUEST_E_BAD)
			fail_msg("accepted %s", bad[i].request);
		assert_int_equal(problems.list.count, 1);
		assert_string_equal(problems.list.items[0].code, bad[i].code);
		memory_request_deinit(&request);
		refusal_list_deinit(&problems);
	}
}

static void unknown_targets_are_refused(void **state)
{
	_cleanup_topology_ struct topology *topology = topology_new();
	const struct world world = { .topology = topology };
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	topology->known = TOPO_KNOWN_CXL | TOPO_KNOWN_DAX;
	topology_finish(topology);
	assert_int_equal(read_request(MEMORY_REMOVE_REGION,
				      "{\"region\":\"region7\",\"keep_region\":false,"
				      "\"force\":false,\"dry_run\":false,\"timeout_ms\":1500}",
				      &problems, &request),
			 0);
	assert_int_equal(request.timeout_ms, 1500);
	assert_int_equal(memory_request_plan(&request, &world, &plan), PLAN_E_REFUSED);
	assert_int_equal(plan.refusals.list.count, 1);
	assert_string_equal(plan.refusals.list.items[0].code, "unknown-region");
	assert_string_equal(plan.refusals.list.items[0].object, "region7");
	plan_deinit(&plan);
	memory_request_deinit(&request);
	refusal_list_deinit(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_has_a_default),
		cmocka_unit_test(everything_is_taken_over),
		cmocka_unit_test(numbers_are_names),
		cmocka_unit_test(nonsense_is_named),
		cmocka_unit_test(unknown_targets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

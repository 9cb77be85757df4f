// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan as the API shows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/json.h"

static const struct plan_host host = {
	.shape = "[ee]",
	.windows = { { "0", .granularity = 1024 } },
	.ram_size = GIB,
};

static const char *get_string(struct json_object *object, const char *key)
{
	const char *text = NULL;

	assert_int_equal(json_get_string(object, key, &text), 0);
	return text;
}

static uint64_t get_number(struct json_object *object, const char *key)
{
	uint64_t number = 0;

	assert_int_equal(json_get_u64(object, key, &number), 0);
	return number;
}

static struct json_object *get_item(struct json_object *object, const char *key, size_t index)
{
	struct json_object *array = NULL;

	assert_int_equal(json_get_array(object, key, &array), 0);
	assert_true(index < json_object_array_length(array));
	return json_object_array_get_idx(array, index);
}

static void test_region(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_json_ struct json_object *json = NULL;
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	(void)state;
	request.size_bytes = 512 * MIB;
	assert_int_equal(plan_create_region(topology, &request, &plan), 0);
	json = plan_to_json(&plan);
	assert_non_null(json);
	assert_string_equal(get_string(json, "region"), "region0");
	assert_string_equal(get_string(json, "window"), "decoder0.0");
	assert_int_equal(get_number(json, "hpa"), 4 * GIB);
	assert_int_equal(get_number(json, "size"), 512 * MIB);
	assert_string_equal(get_string(json, "type"), "ram");
	assert_int_equal(get_number(json, "ways"), 2);
	assert_int_equal(get_number(json, "granularity"), 1024);
	assert_string_equal(get_string(json, "dax_device"), "dax0.0");
	/* Not known before the first region of a window: left out rather than guessed. */
	assert_false(json_object_object_get_ex(json, "target_node", NULL));
	assert_true(strlen(get_string(json, "why")) > 0);
	assert_int_equal(get_number(get_item(json, "members", 1), "position"), 1);
	assert_string_equal(get_string(get_item(json, "members", 1), "memdev"), "mem1");
	assert_int_equal(get_number(get_item(json, "members", 1), "serial"), 0x1001);
	assert_string_equal(get_string(get_item(json, "members", 1), "decoder"), "decoder3.0");
	assert_int_equal(get_number(get_item(json, "members", 1), "dpa"), 0);
	assert_int_equal(get_number(get_item(json, "members", 1), "dpa_size"), UNIT);
	assert_string_equal(get_string(get_item(json, "steps", 0), "kind"), "region");
	assert_string_equal(get_string(get_item(json, "steps", 0), "object"), "region0");
	assert_string_equal(get_string(get_item(json, "steps", 0), "to"), "ram@decoder0.0");
	assert_string_equal(get_string(get_item(json, "steps", 4), "text"),
			    "decoder2.0: mode none -> ram");
	plan_deinit(&plan);
}

static void test_refusal(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	_cleanup_json_ struct json_object *json = NULL;
	struct json_object *array = NULL;
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	(void)state;
	request.size_bytes = 1000;
	assert_int_equal(plan_create_region(topology, &request, &plan), PLAN_E_REFUSED);
	json = plan_to_json(&plan);
	assert_non_null(json);
	assert_false(json_object_object_get_ex(json, "region", NULL));
	assert_int_equal(json_get_array(json, "steps", &array), 0);
	assert_int_equal(json_object_array_length(array), 0);
	assert_string_equal(get_string(get_item(json, "refusals", 0), "code"), "size-not-multiple");
	assert_string_equal(get_string(get_item(json, "refusals", 0), "hint"), "ask for 256M");
	plan_deinit(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

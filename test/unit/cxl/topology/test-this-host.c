// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the machine that the tests run on, whatever it has: mostly no CXL, which is a host, too.
 */
#include "cxl/topology/topology-libcxl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-mailbox.h"
#include "util/json.h"

static void test_this_host_comes_back(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL, *again = NULL;
	_cleanup_json_ struct json_object *record = NULL, *second = NULL;
	struct refusal_list refusals = REFUSAL_LIST_NULL;

	(void)state;
	assert_int_equal(topology_read(NULL, &topology), 0);
	assert_true(topology->known & TOPO_KNOWN_CXL);
	assert_non_null(topology->kernel);
	assert_int_not_equal(topology->time_ms, TOPO_UNKNOWN);
	record = topology_to_json(topology);
	assert_non_null(record);
	assert_int_equal(topology_from_json(record, &refusals, &again), 0);
	assert_int_equal(again->known, topology->known);
	second = topology_to_json(again);
	assert_string_equal(json_object_to_json_string(record), json_object_to_json_string(second));
	refusal_list_deinit(&refusals);
}

static void test_no_sysfs(void **state)
{
	const struct topology_reader_options options = { .sysfs_root = "/nonexistent" };
	struct topology *topology = NULL;

	(void)state;
	assert_int_equal(topology_read(&options, &topology), -ENOENT);
	assert_null(topology);
}

static void test_no_such_memdev(void **state)
{
	struct json_object *mailbox = NULL;

	(void)state;
	assert_int_equal(topology_read_mailbox("mem999999", &mailbox), -ENODEV);
	assert_int_equal(topology_read_mailbox("../mem0", &mailbox), -ENODEV);
	assert_null(mailbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_host_comes_back),
		cmocka_unit_test(test_no_sysfs),
		cmocka_unit_test(test_no_such_memdev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

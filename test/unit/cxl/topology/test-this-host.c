// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the machine that the tests run on, whatever it has: mostly no CXL, which is a host, too.
 */
#include "cxl/topology/topology-look.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cxl/topology/topology-json.h"
#include "cxl/topology/topology-mailbox.h"
#include "cxl/topology/topology-poison.h"
#include "test/lib/temp-tree.h"
#include "util/json.h"

static void test_this_host_comes_back(void **state)
{
	_cleanup_topology_ struct topology *topology = NULL, *again = NULL;
	_cleanup_json_ struct json_object *record = NULL, *second = NULL;
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	char file[TOPOLOGY_FILE_MAX];

	(void)state;
	assert_int_equal(topology_read(NULL, file, &topology), 0);
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
	char file[TOPOLOGY_FILE_MAX];

	(void)state;
	assert_int_equal(topology_read(&options, file, &topology), -ENOENT);
	assert_string_equal(file, "/nonexistent");
	assert_null(topology);
}

static void test_no_such_memdev(void **state)
{
	struct topology_mailbox *mailbox = NULL;

	(void)state;
	assert_int_equal(topology_ask_mailbox("mem999999", &mailbox), -ENODEV);
	assert_int_equal(topology_ask_mailbox("../mem0", &mailbox), -ENODEV);
	assert_null(mailbox);
}

static bool is_there(const char *root, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return access(path, F_OK) == 0;
}

static void add_folder(const char *root, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* A folder that is not empty stands for an instance in use: neither can be removed. */
static void test_left_instances_go(void **state)
{
	char *root = temp_tree_new();

	(void)state;
	add_folder(root, "cxlfm-mem0-4711");
	add_folder(root, "cxlfm-mem12-1");
	add_folder(root, "somebody-elses");
	temp_tree_file(root, "cxlfm-mem1-4712/tracing_on", "1\n");
	topology_poison_remove_left(root);
	assert_false(is_there(root, "cxlfm-mem0-4711"));
	assert_false(is_there(root, "cxlfm-mem12-1"));
	assert_true(is_there(root, "somebody-elses"));
	assert_true(is_there(root, "cxlfm-mem1-4712"));
	topology_poison_remove_left("/nonexistent");
	temp_tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_host_comes_back),
		cmocka_unit_test(test_no_sysfs),
		cmocka_unit_test(test_left_instances_go),
		cmocka_unit_test(test_no_such_memdev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

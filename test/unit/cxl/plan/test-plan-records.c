// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planning on the machines of test/data/topology: listings of emulated hosts and of those in public
 * reports. What such a listing does not tell is named, and refused only where the plan needs it.
 */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/topology-json.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/json.h"

static const char uuid[] = "01234567-89ab-cdef-0123-456789abcdef";

static struct topology *load(const char *name)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology = NULL;
	struct json_object *json;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.json", TEST_DATA, name);
	json = json_object_from_file(path);
	assert_non_null(json);
	assert_int_equal(topology_from_document(json, &notices, &topology), 0);
	refusal_list_deinit(&notices);
	(void)json_object_put(json);
	return topology;
}

struct question {
	const char *host, *memdevs; /* memdevs: names, or "" to leave them open */
	enum topo_mode type;
	uint64_t size;
	enum plan_goal goal;
	/* either an order by position and a window... */
	const char *window, *order;
	/* ... or a code and its object */
	const char *code, *object;
};

static const struct question questions[] = {
	/* Four 256 MiB devices behind one switch */
	{ "guest-one-switch", "", TOPO_MODE_NONE, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, "decoder0.0",
	  "mem0 mem1", NULL, NULL },
	{ "guest-one-switch", "mem3 mem1 mem2 mem0", TOPO_MODE_RAM, 0, PLAN_GOAL_SYSTEM_RAM,
	  "decoder0.0", "mem0 mem1 mem2 mem3", NULL, NULL },
	/* All used by a region */
	{ "guest-one-switch-region", "", TOPO_MODE_NONE, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, NULL,
	  NULL, "dpa-too-small", "decoder0.0" },
	{ "guest-pmem-region", "", TOPO_MODE_PMEM, 512 * MIB, PLAN_GOAL_REGION, NULL, NULL,
	  "dpa-too-small", "decoder0.0" },
	/* mem0 and mem3 below the first bridge, mem1 and mem2 below the second */
	{ "guest-two-bridges", "mem3 mem2 mem1 mem0", TOPO_MODE_RAM, 0, PLAN_GOAL_SYSTEM_RAM,
	  "decoder0.2", "mem0 mem1 mem3 mem2", NULL, NULL },
	{ "guest-two-bridges", "mem1 mem2", TOPO_MODE_RAM, 0, PLAN_GOAL_SYSTEM_RAM, "decoder0.1",
	  "mem1 mem2", NULL, NULL },
	{ "guest-uneven", "", TOPO_MODE_NONE, 512 * MIB, PLAN_GOAL_SYSTEM_RAM, "decoder0.0",
	  "mem0 mem2", NULL, NULL },
	{ "guest-mixed", "mem1", TOPO_MODE_PMEM, UNIT, PLAN_GOAL_REGION, NULL, NULL, "no-capacity",
	  "mem1" },
	/* Firmware's regions fill the windows of the kernel's examples. */
	{ "linux-single-device", "", TOPO_MODE_RAM, GIB, PLAN_GOAL_REGION, NULL, NULL,
	  "window-too-small", "decoder0.0" },
	/* No ports, or nothing at all, in the listing */
	{ "ndctl-246", "", TOPO_MODE_NONE, GIB, PLAN_GOAL_SYSTEM_RAM, NULL, NULL,
	  "snapshot-incomplete", NULL },
	{ "ndctl-279", "", TOPO_MODE_NONE, GIB, PLAN_GOAL_SYSTEM_RAM, NULL, NULL,
	  "snapshot-incomplete", NULL },
	{ "ndctl-250", "mem0", TOPO_MODE_PMEM, 0, PLAN_GOAL_REGION, "decoder0.0", "mem0", NULL,
	  NULL },
	/* "not clear which decoder I'm supposed to use": neither, and why */
	{ "ndctl-276", "mem1 mem3", TOPO_MODE_RAM, 0, PLAN_GOAL_REGION, NULL, NULL,
	  "memdev-outside-window", "decoder0.0" },
	{ "ndctl-276", "mem1 mem3", TOPO_MODE_RAM, 0, PLAN_GOAL_REGION, NULL, NULL,
	  "host-bridge-share", "decoder0.1" },
};

static int ask(const struct topology *topology, const struct question *question, int granularity,
	       struct plan *plan)
{
	struct region_request request = REGION_REQUEST_NULL;
	struct plan_request_names names;

	plan_names(&names, question->memdevs);
	request.memdevs = names.names;
	request.memdev_count = names.count;
	request.type = question->type;
	request.uuid = question->type == TOPO_MODE_PMEM ? uuid : NULL;
	request.size_bytes = question->size;
	request.goal = question->goal;
	request.granularity = granularity;
	return plan_create_region(topology, &request, plan);
}

static void test_questions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct question *question = &questions[i];
		_cleanup_topology_ struct topology *topology = load(question->host);
		struct plan plan = PLAN_NULL;
		char order[256];
		int rc = ask(topology, question, 0, &plan);

		if ((rc == 0) != (question->order != NULL))
			print_error("%s %s\n", question->host, question->memdevs);
		if (question->order) {
			assert_int_equal(rc, 0);
			assert_string_equal(plan.window->name, question->window);
			assert_string_equal(plan_order(&plan, order), question->order);
		} else {
			assert_int_equal(rc, PLAN_E_REFUSED);
			assert_true(plan_refused_with(&plan, question->code, question->object));
		}
		plan_deinit(&plan);
	}
}

/* "For an x2 root, only root decoder granularity (8192) permitted" */
static void test_granularity_of_report_275(void **state)
{
	static const struct question question = { .host = "ndctl-275",
						  .memdevs = "mem2 mem0 mem3 mem1",
						  .type = TOPO_MODE_PMEM };
	_cleanup_topology_ struct topology *topology = load(question.host);
	struct plan plan = PLAN_NULL;

	(void)state;
	assert_int_equal(ask(topology, &question, 4096, &plan), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "window-granularity", "decoder0.0"));
	plan_deinit(&plan);
	assert_int_equal(ask(topology, &question, 0, &plan), 0);
	assert_int_equal(plan.granularity, 8192);
	assert_int_equal(plan.ways, 4);
	plan_deinit(&plan);
}

/* A listing knows neither the next region's name nor the policy: said, and planned all the same. */
static void test_what_a_listing_lacks_is_named(void **state)
{
	_cleanup_topology_ struct topology *topology = load("guest-one-switch");
	struct plan plan = PLAN_NULL;

	(void)state;
	assert_int_equal(ask(topology, &questions[0], 0, &plan), 0);
	assert_true(plan_refused_with(&plan, "snapshot-incomplete", "decoder0.0"));
	assert_true(plan_refused_with(&plan, "snapshot-incomplete", "memory"));
	for (size_t i = 0; i < plan.steps.list.count; i++) {
		assert_int_equal(step_check(&plan.steps.list.items[i]), 0);
		assert_int_not_equal(plan.steps.list.items[i].kind, STEP_AUTO_ONLINE);
	}
	plan_deinit(&plan);
}

/* ---- reasons ---- */

enum asked {
	ASKED_ADD,
	ASKED_REMOVE,
	ASKED_ONLINE,
	ASKED_OFFLINE,
};

#define RECORD_HINT "take the snapshot as root, with `cxlfm record`"

/* What is refused is refused for what the listing shows; the hint is a way out, or there is none.
 */
static const struct reason {
	const char *host;
	enum asked asked;
	const char *memdevs;
	uint64_t size;
	const char *code, *words, *hint;
} reasons[] = {
	{ "pmem-fixed", ASKED_ADD, "", 512 * MIB, "no-capacity",
	  "mem0 has no ram: its 512M are persistent and can't be partitioned", NULL },
	{ "dynamic-capacity", ASKED_ADD, "", GIB, "no-capacity",
	  "mem0 has no ram of its own: its 4G are dynamic capacity, of which a fabric manager",
	  NULL },
	{ "three-windows", ASKED_ADD, "", 6 * GIB, "window-too-small",
	  "decoder0.0 has 2G in all: 6G need one request for each window", NULL },
	{ "three-windows", ASKED_ADD, "serial:0", GIB, "ambiguous-memdev",
	  "3 memdevs have serial 0",
	  "name one by its name or its PCI address: see `cxlfm list -M`" },
	{ "dax-blocks", ASKED_ADD, "", GIB, "window-too-small",
	  "decoder0.0 has 0 of address space free, 1G are needed; it holds region0 (64G, enabled)",
	  "`cxlfm remove-memory region:region0` first" },
	{ "dax-blocks", ASKED_REMOVE, "", 0, "snapshot-incomplete",
	  "the numbers of the memory blocks of dax0.0, of which 32 are online", RECORD_HINT },
	{ "dax-blocks", ASKED_OFFLINE, "", 0, "snapshot-incomplete",
	  "the numbers of the memory blocks of dax0.0, of which 32 are online", RECORD_HINT },
	{ "dax-famfs", ASKED_REMOVE, "", 0, "dax-in-use", "dax0.0 is in use as famfs",
	  "stop what uses it, then unbind its driver" },
	{ "dax-famfs", ASKED_ONLINE, "", 0, "dax-in-use", "dax0.0 is in use as famfs",
	  "stop what uses it, then unbind its driver" },
	{ "dynamic-capacity-region", ASKED_REMOVE, "", 0, "not-understood",
	  "region0 is of the kind dynamic_ram_a", NULL },
};

static int ask_for(const struct topology *topology, const struct reason *reason, struct plan *plan)
{
	const struct question creation = { .memdevs = reason->memdevs,
					   .size = reason->size,
					   .goal = PLAN_GOAL_SYSTEM_RAM };
	const struct remove_request removal = { .region = "region0" };

	switch (reason->asked) {
	case ASKED_ADD:
		return ask(topology, &creation, 0, plan);
	case ASKED_REMOVE:
		return plan_remove_region(topology, &removal, plan);
	case ASKED_ONLINE:
		return plan_online_memory(topology, "region0", TOPO_ZONE_MOVABLE, plan);
	case ASKED_OFFLINE:
		break;
	}
	return plan_online_memory(topology, "region0", TOPO_ZONE_NONE, plan);
}

static bool is_told(const struct plan *plan, const struct reason *reason)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++) {
		const struct refusal *refusal = &plan->refusals.list.items[i];

		if (strcmp(refusal->code, reason->code) == 0 &&
		    strstr(refusal->text, reason->words) &&
		    strcmp(refusal->hint ?: "", reason->hint ?: "") == 0)
			return true;
	}
	return false;
}

static void test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		_cleanup_topology_ struct topology *topology = load(reasons[i].host);
		struct plan plan = PLAN_NULL;

		assert_int_equal(ask_for(topology, &reasons[i], &plan), PLAN_E_REFUSED);
		if (!is_told(&plan, &reasons[i]))
			fail_msg("%s: %s (%s)", reasons[i].host, plan.refusals.list.items[0].text,
				 plan.refusals.list.items[0].hint ?: "-");
		plan_deinit(&plan);
	}
}

/* cxl list has no namespaces, so that the removal of data that is mounted can be planned on its
 * output. */
static void test_users_that_are_not_listed(void **state)
{
	_cleanup_topology_ struct topology *topology = load("guest-pmem-region");
	struct remove_request removal = { .region = "region0", .force = true };
	const struct topo_namespace namespace = { .region = "region0", .name = "namespace0.0" };
	struct plan plan = PLAN_NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		removal.keep_region = i;
		assert_int_equal(plan_remove_region(topology, &removal, &plan), 0);
		assert_true(plan_refused_with(&plan, "snapshot-incomplete", "region0"));
		plan_deinit(&plan);
	}
	assert_int_equal(ARRAY_APPEND(&topology->namespaces, namespace), 0);
	assert_int_equal(plan_remove_region(topology, &removal, &plan), 0);
	assert_false(plan_refused_with(&plan, "snapshot-incomplete", "region0"));
	plan_deinit(&plan);
}

/* A record of a host that was looked at has all namespaces, also when there is none. */
static void test_users_of_a_record(void **state)
{
	_cleanup_topology_ struct topology *topology = load("guest-pmem-region"), *record = NULL;
	const struct remove_request removal = { .region = "region0", .force = true };
	struct refusal_list notices = REFUSAL_LIST_NULL;
	_cleanup_json_ struct json_object *json = NULL;
	struct plan plan = PLAN_NULL;

	(void)state;
	topology->known |= TOPO_KNOWN_DATA;
	json = topology_to_json(topology);
	assert_int_equal(topology_from_document(json, &notices, &record), 0);
	assert_true(record->is_document);
	assert_int_equal(plan_remove_region(record, &removal, &plan), 0);
	assert_false(plan_refused_with(&plan, "snapshot-incomplete", "region0"));
	plan_deinit(&plan);
	refusal_list_deinit(&notices);
}

/* Of memory that is offline no block has to be numbered. */
static void test_offline_blocks_need_no_numbers(void **state)
{
	static const struct reason goes = { .asked = ASKED_REMOVE },
				   stays = { .asked = ASKED_OFFLINE };
	_cleanup_topology_ struct topology *topology = load("dax-blocks");
	struct topo_dax_device *device = &topology->dax_regions.items[0]->devices.items[0];
	struct plan plan = PLAN_NULL;

	(void)state;
	device->online_block_count = 0;
	device->zone = TOPO_ZONE_NONE;
	assert_int_equal(ask_for(topology, &goes, &plan), 0);
	assert_true(plan_has_step(&plan, STEP_REGION, ""));
	plan_deinit(&plan);
	assert_int_equal(ask_for(topology, &stays, &plan), 0);
	assert_int_equal(plan.steps.list.count, 0);
	plan_deinit(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_granularity_of_report_275),
		cmocka_unit_test(test_what_a_listing_lacks_is_named),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_users_that_are_not_listed),
		cmocka_unit_test(test_users_of_a_record),
		cmocka_unit_test(test_offline_blocks_need_no_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

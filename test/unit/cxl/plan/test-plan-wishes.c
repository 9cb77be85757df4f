// SPDX-License-Identifier: GPL-2.0-only
/*
 * A wish is honoured or refused: each thing that can be asked of a new region shows in the plan, or
 * is named by a refusal, on a host that tells all and on one that does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "test/unit/cxl/plan/plan-host.h"

static const char uuid[] = "0a1b2c3d-0000-4000-8000-00000000000f";

static const struct plan_host host = {
	.shape = "[ee][ee]",
	.windows = { { "0" }, { "1" }, { "01", .granularity = 1024, .pmem = true } },
	.ram_size = 4 * GIB,
	.pmem_size = 4 * GIB,
};

/* Everything is known: nodes with distances, QoS classes. */
static void tell(struct topology *topology)
{
	static const int distances[2][2] = { { 10, 20 }, { 20, 10 } };

	for (int i = 0; i < 2; i++) {
		struct topo_node node = TOPO_NODE_NULL;

		node.id = i;
		for (int j = 0; j < 2; j++)
			assert_int_equal(ARRAY_APPEND(&node.distances,
						      (struct topo_distance){ j, distances[i][j] }),
					 0);
		assert_int_equal(ARRAY_APPEND(&topology->nodes, node), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		topology->memdevs.items[i]->numa_node = (int)i / 2;
		topology->memdevs.items[i]->ram_qos_class = (int)i / 2;
		topology->memdevs.items[i]->pmem_qos_class = (int)i / 2;
	}
	for (int i = 0; i < 3; i++)
		topology->ports.items[0]->decoders.items[i]->qos_class = i;
}

static void hide_nodes(struct topology *topology)
{
	topology->known &= ~(unsigned int)TOPO_KNOWN_NODES;
}

/* There are nodes; where memdevs are, nobody knows. */
static void hide_places(struct topology *topology)
{
	tell(topology);
	for (size_t i = 0; i < 4; i++)
		topology->memdevs.items[i]->numa_node = TOPO_UNKNOWN_INT;
}

static void hide_classes(struct topology *topology)
{
	tell(topology);
	for (size_t i = 0; i < 4; i++)
		topology->memdevs.items[i]->ram_qos_class = TOPO_UNKNOWN_INT;
}

/* No window takes persistent memory. */
static void only_ram(struct topology *topology)
{
	topology->ports.items[0]->decoders.items[2]->pmem_capable = false;
}

/* The text of the first step of a property, to be looked for. */
static const char *step_value(const struct plan *plan, const struct step_kind *kind)
{
	for (size_t i = 0; i < plan->steps.list.count; i++)
		if (plan->steps.list.items[i].kind == kind)
			return plan->steps.list.items[i].to;
	return "";
}

/* ---- wishes, and how they show ---- */

static bool shows_size(const struct plan *plan)
{
	return strcmp(step_value(plan, STEP_REGION_SIZE), "2147483648") == 0;
}

static bool shows_ways(const struct plan *plan)
{
	return strcmp(step_value(plan, STEP_REGION_WAYS), "1") == 0;
}

static bool shows_granularity(const struct plan *plan)
{
	return strcmp(step_value(plan, STEP_REGION_GRANULARITY), "4096") == 0;
}

static bool shows_window(const struct plan *plan)
{
	return strcmp(step_value(plan, STEP_REGION), "ram@decoder0.1") == 0;
}

static bool shows_pmem(const struct plan *plan)
{
	return strcmp(step_value(plan, STEP_REGION), "pmem@decoder0.2") == 0;
}

static bool shows_uuid(const struct plan *plan)
{
	return plan_has_step(plan, STEP_REGION_UUID, uuid);
}

static bool shows_memdev(const struct plan *plan)
{
	return plan->ways == 1 && strcmp(plan->members[0].memdev->name, "mem3") == 0;
}

static bool shows_nearness(const struct plan *plan)
{
	return plan->members[0].memdev->numa_node == 1;
}

static bool shows_class(const struct plan *plan)
{
	return strcmp(plan->window->name, "decoder0.1") == 0;
}

static bool shows_same_class(const struct plan *plan)
{
	return plan->members[0].memdev->ram_qos_class == plan->window->qos_class;
}

static bool shows_kernel_zone(const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_MEMORY, "online_kernel");
}

static bool shows_movable_zone(const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_MEMORY, "online_movable");
}

static bool shows_offline(const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_MEMORY, "offline");
}

static bool shows_devdax(const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_DRIVER, "device_dax");
}

static bool shows_disabled(const struct plan *plan)
{
	return !plan_has_step(plan, STEP_REGION_DRIVER, "cxl_region");
}

static const char *const mem3[] = { "mem3" };

/* What is 0 is not wished for: request_of() */
#define WISH(...) { __VA_ARGS__ }

#define MEMORY .goal = PLAN_GOAL_SYSTEM_RAM

static const struct wish {
	const char *name;
	void (*make)(struct topology *topology);
	struct region_request request;
	bool (*shows)(const struct plan *plan);
	const char *code; /* of the refusal, or of what is told with a plan; or NULL */
} wishes[] = {
	{ "size", tell, WISH(.size_bytes = 2 * GIB), shows_size, NULL },
	{ "ways", tell, WISH(.ways = 1), shows_ways, NULL },
	{ "granularity", tell, WISH(.granularity = 4096), shows_granularity, NULL },
	{ "granularity of another window", tell, WISH(.granularity = 4096, .window = "decoder0.2"),
	  NULL, "window-granularity" },
	{ "decoder", tell, WISH(.window = "decoder0.1"), shows_window, NULL },
	{ "bus", tell, WISH(.bus = "root7"), NULL, "unknown-bus" },
	{ "type", tell, WISH(.type = TOPO_MODE_PMEM, .fresh_uuid = uuid), shows_pmem, NULL },
	{ "type of no window", only_ram, WISH(.type = TOPO_MODE_PMEM, .fresh_uuid = uuid), NULL,
	  "window-type" },
	{ "uuid", tell, WISH(.type = TOPO_MODE_PMEM, .uuid = uuid), shows_uuid, NULL },
	{ "uuid of no type", tell, WISH(.uuid = uuid), shows_uuid, NULL },
	{ "uuid of ram", tell, WISH(.type = TOPO_MODE_RAM, .uuid = uuid), NULL, "uuid-not-pmem" },
	{ "uuid where no pmem is", only_ram, WISH(.uuid = uuid), NULL, "window-type" },
	{ "memdev", tell, WISH(.memdevs = mem3, .memdev_count = 1), shows_memdev, NULL },
	{ "near node", tell, WISH(.near_node = 1, .ways = 1, MEMORY), shows_nearness, NULL },
	{ "near no node", tell, WISH(.near_node = 9, MEMORY), NULL, "unknown-node" },
	{ "near an unknown node", hide_nodes, WISH(.near_node = 1, MEMORY), NULL,
	  "snapshot-incomplete" },
	{ "near, unknown places", hide_places, WISH(.near_node = 1, MEMORY), NULL,
	  "distance-unknown" },
	{ "class", tell, WISH(.qos_class = 1, MEMORY), shows_class, NULL },
	{ "class of none", tell, WISH(.qos_class = 7, MEMORY), NULL, "qos-class-other" },
	{ "same class", tell, WISH(.qos_enforced = true), shows_same_class, NULL },
	{ "same class in another window", tell, WISH(.qos_enforced = true, .window = "decoder0.2"),
	  NULL, "qos-class-mismatch" },
	{ "same class, unknown", hide_classes, WISH(.qos_enforced = true), NULL,
	  "qos-class-unknown" },
	{ "kernel zone", tell, WISH(.zone = TOPO_ZONE_KERNEL, MEMORY), shows_kernel_zone, NULL },
	{ "offline", tell, WISH(.zone = TOPO_ZONE_NONE, MEMORY), shows_offline, NULL },
	{ "movable zone", tell, WISH(.zone = TOPO_ZONE_MOVABLE, MEMORY), shows_movable_zone, NULL },
	{ "devdax", tell, WISH(.goal = PLAN_GOAL_DEVDAX), shows_devdax, NULL },
	{ "disabled", tell, WISH(.disabled = true, MEMORY), shows_disabled, NULL },
};

static struct region_request request_of(const struct wish *wish)
{
	struct region_request request = wish->request;

	if (request.size_bytes == 0)
		request.size_bytes = GIB;
	if (request.near_node == 0)
		request.near_node = TOPO_UNKNOWN_INT;
	if (request.qos_class == 0)
		request.qos_class = TOPO_UNKNOWN_INT;
	return request;
}

static void test_each_wish(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		const struct wish *wish = &wishes[i];
		_cleanup_topology_ struct topology *topology = plan_host_new(&host);
		const struct region_request request = request_of(wish);
		struct plan plan = PLAN_NULL;
		bool told, shown;
		int rc;

		wish->make(topology);
		rc = plan_create_region(topology, &request, &plan);
		told = wish->code && plan_refused_with(&plan, wish->code, NULL);
		shown = rc == 0 && wish->shows && wish->shows(&plan);
		if (!told && !shown)
			fail_msg("%s: neither honoured nor refused: %s", wish->name,
				 rc == 0 ? plan.why : plan.refusals.list.items[0].text);
		assert_int_equal(told, wish->code != NULL);
		plan_deinit(&plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

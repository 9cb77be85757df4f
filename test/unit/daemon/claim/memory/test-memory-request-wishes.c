// SPDX-License-Identifier: GPL-2.0-only
/*
 * A wish is honoured or refused: each parameter of each method that changes a region shows in its
 * plan, or is named by a refusal, on regions of every kind and where the snapshot does not tell
 * all. Wishes for a new region are in test/unit/cxl/plan/test-plan-wishes.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/claim/memory/memory-request-claim.h"
#include "daemon/claim/memory/memory-request.h"
#include "daemon/claim/memory/memory-claim.h"
#include "daemon/claim/memory/memory-kind.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "test/unit/cxl/plan/region-bench.h"
#include "util/json.h"

static const char uuid[] = "0a1b2c3d-0000-4000-8000-00000000000f";

static void create(struct bench *bench, enum topo_mode type, enum plan_goal goal,
		   enum topo_zone zone)
{
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	request.size_bytes = 512 * MIB;
	request.type = type;
	request.fresh_uuid = uuid;
	request.goal = goal;
	request.zone = zone;
	assert_int_equal(plan_create_region(bench->now, &request, &plan), 0);
	bench_perform(bench, &plan);
}

static void disable(struct bench *bench)
{
	const struct remove_request request = { .region = "region0", .keep_region = true };
	struct plan plan = PLAN_NULL;

	assert_int_equal(plan_remove_region(bench->now, &request, &plan), 0);
	bench_perform(bench, &plan);
}

static void no_region(struct bench *bench)
{
	(void)bench;
}

static void memory(struct bench *bench)
{
	create(bench, TOPO_MODE_RAM, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE);
}

static void kernel_memory(struct bench *bench)
{
	create(bench, TOPO_MODE_RAM, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_KERNEL);
}

static void offline_memory(struct bench *bench)
{
	create(bench, TOPO_MODE_RAM, PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_NONE);
}

static void devdax(struct bench *bench)
{
	create(bench, TOPO_MODE_RAM, PLAN_GOAL_DEVDAX, TOPO_ZONE_MOVABLE);
}

static void disabled(struct bench *bench)
{
	memory(bench);
	disable(bench);
}

static void uncommitted(struct bench *bench)
{
	disabled(bench);
	assert_int_equal(fake_kernel_write(bench->kernel, STEP_REGION_COMMIT, "region0", "0"), 0);
	bench_look(bench);
}

static void pmem(struct bench *bench)
{
	create(bench, TOPO_MODE_PMEM, PLAN_GOAL_REGION, TOPO_ZONE_MOVABLE);
}

static void disabled_pmem(struct bench *bench)
{
	pmem(bench);
	disable(bench);
}

static void mounted(struct bench *bench)
{
	static const struct topo_namespace used = { "region0", "namespace0.0", "pmem0",
						    "pmem0 is mounted on /srv" };

	pmem(bench);
	assert_int_equal(ARRAY_APPEND(&bench->now->namespaces, used), 0);
}

/* A driver that is not ours to judge. */
static void famfs(struct bench *bench)
{
	struct topo_dax_device *dax;

	devdax(bench);
	dax = &topology_region(bench->now, "region0")->dax_region->devices.items[0];
	dax->driver = TOPO_DAX_OTHER;
	dax->mode_text = "famfs";
}

/* Firmware gave its memory to the kernel before the driver came. */
static void firmware_memory(struct bench *bench)
{
	devdax(bench);
	topology_region(bench->now, "region0")->dax_region = NULL;
}

/* ---- wishes, and how they show ---- */

/* All blocks, and no other word for any block last. */
static bool takes_blocks(const struct plan *plan, const char *to)
{
	const uint64_t blocks = 512 * MIB / (128 * MIB);
	size_t count = 0;

	for (size_t i = 0; i < plan->steps.list.count; i++)
		count += plan->steps.list.items[i].kind == STEP_BLOCK &&
			 strcmp(plan->steps.list.items[i].to, to) == 0;
	return count == blocks;
}

static bool removes(const struct memory_request *request, const struct plan *plan)
{
	return plan_removes_region(plan) && plan_has_step(plan, STEP_REGION, "");
}

static bool disables(const struct memory_request *request, const struct plan *plan)
{
	return plan_has_step(plan, STEP_REGION_DRIVER, "") && !plan_removes_region(plan);
}

static bool enables(const struct memory_request *request, const struct plan *plan)
{
	return plan_has_step(plan, STEP_REGION_DRIVER, "cxl_region");
}

static bool is_done(const struct memory_request *request, const struct plan *plan)
{
	return plan->steps.list.count == 0 && plan->why;
}

static bool is_timed(const struct memory_request *request, const struct plan *plan)
{
	return request->timeout_ms == 1500 && plan->steps.list.count > 0;
}

static bool goes_offline(const struct memory_request *request, const struct plan *plan)
{
	return takes_blocks(plan, "offline") && !plan_has_step(plan, STEP_BLOCK, "online_kernel") &&
	       !plan_has_step(plan, STEP_BLOCK, "online_movable");
}

static bool goes_kernel(const struct memory_request *request, const struct plan *plan)
{
	return takes_blocks(plan, "online_kernel");
}

static bool goes_movable(const struct memory_request *request, const struct plan *plan)
{
	return takes_blocks(plan, "online_movable");
}

static bool comes_kernel(const struct memory_request *request, const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_MEMORY, "online_kernel");
}

static bool comes_movable(const struct memory_request *request, const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_MEMORY, "online_movable");
}

static bool comes_offline(const struct memory_request *request, const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_MEMORY, "offline");
}

static bool comes_devdax(const struct memory_request *request, const struct plan *plan)
{
	return plan_has_step(plan, STEP_DAX_DRIVER, "device_dax");
}

#define REGION "\"region\":\"region0\",\"dry_run\":true"
#define REMOVE "{" REGION ",\"keep_region\":false,\"force\":"
#define KEEP   "{" REGION ",\"keep_region\":true,\"force\":"
#define ENABLE "{" REGION ",\"goal\":"
#define SET    "{" REGION ",\"zone\":"
#define CREATE "{\"dry_run\":true,\"request\":{\"size\":268435456},\"goal\":"
#define PMEM   "{\"dry_run\":true,\"request\":{\"size\":268435456,\"type\":\"pmem\"},\"goal\":"

static const struct wish {
	const char *name;
	void (*make)(struct bench *bench);
	enum memory_request_kind kind;
	const char *parameters;
	bool (*shows)(const struct memory_request *request, const struct plan *plan);
	const char *code; /* of the refusal, or of what is told with a plan; or NULL */
} wishes[] = {
	{ "remove", memory, MEMORY_REMOVE_REGION, REMOVE "false}", removes, NULL },
	{ "remove by number", memory, MEMORY_REMOVE_REGION,
	  "{\"region\":\"0\",\"keep_region\":false,\"force\":false,\"dry_run\":true}", removes,
	  NULL },
	{ "remove by dax device", memory, MEMORY_REMOVE_REGION,
	  "{\"region\":\"dax0.0\",\"keep_region\":false,\"force\":false,\"dry_run\":true}", removes,
	  NULL },
	{ "remove none", no_region, MEMORY_REMOVE_REGION, REMOVE "true}", NULL, "unknown-region" },
	{ "remove in time", memory, MEMORY_REMOVE_REGION, REMOVE "false,\"timeout_ms\":1500}",
	  is_timed, NULL },
	{ "remove in no time", memory, MEMORY_REMOVE_REGION, REMOVE "false,\"timeout_ms\":0}", NULL,
	  "bad-number" },
	{ "remove of a kernel zone", kernel_memory, MEMORY_REMOVE_REGION, REMOVE "false}", removes,
	  "kernel-zone" },
	{ "remove disabled", disabled, MEMORY_REMOVE_REGION, REMOVE "false}", removes, NULL },
	{ "remove uncommitted", uncommitted, MEMORY_REMOVE_REGION, REMOVE "false}", removes, NULL },
	{ "remove devdax", devdax, MEMORY_REMOVE_REGION, REMOVE "false}", removes, NULL },
	{ "remove data", pmem, MEMORY_REMOVE_REGION, REMOVE "false}", NULL, "pmem-data" },
	{ "remove data by force", pmem, MEMORY_REMOVE_REGION, REMOVE "true}", removes,
	  "pmem-data" },
	{ "remove disabled data", disabled_pmem, MEMORY_REMOVE_REGION, REMOVE "false}", NULL,
	  "pmem-data" },
	{ "remove data in use by force", mounted, MEMORY_REMOVE_REGION, REMOVE "true}", NULL,
	  "pmem-in-use" },
	{ "remove others' device", famfs, MEMORY_REMOVE_REGION, REMOVE "false}", NULL,
	  "dax-in-use" },
	{ "remove others' device by force", famfs, MEMORY_REMOVE_REGION, REMOVE "true}", removes,
	  NULL },
	{ "remove firmware's memory", firmware_memory, MEMORY_REMOVE_REGION, REMOVE "false}", NULL,
	  "no-dax-device" },
	{ "remove firmware's memory by force", firmware_memory, MEMORY_REMOVE_REGION,
	  REMOVE "true}", removes, NULL },

	{ "keep", memory, MEMORY_REMOVE_REGION, KEEP "false}", disables, NULL },
	{ "keep devdax", devdax, MEMORY_REMOVE_REGION, KEEP "false}", disables, NULL },
	{ "keep data", pmem, MEMORY_REMOVE_REGION, KEEP "false}", disables, NULL },
	{ "keep data in use", mounted, MEMORY_REMOVE_REGION, KEEP "true}", NULL, "pmem-in-use" },
	{ "keep disabled", disabled, MEMORY_REMOVE_REGION, KEEP "false}", is_done, NULL },
	{ "keep others' device", famfs, MEMORY_REMOVE_REGION, KEEP "false}", NULL, "dax-in-use" },
	{ "keep others' device by force", famfs, MEMORY_REMOVE_REGION, KEEP "true}", disables,
	  NULL },

	{ "enable", disabled, MEMORY_ENABLE_REGION, ENABLE "\"region\"}", enables, NULL },
	{ "enable enabled", memory, MEMORY_ENABLE_REGION, ENABLE "\"region\"}", is_done, NULL },
	{ "enable none", no_region, MEMORY_ENABLE_REGION, ENABLE "\"region\"}", NULL,
	  "unknown-region" },
	{ "enable uncommitted", uncommitted, MEMORY_ENABLE_REGION, ENABLE "\"region\"}", NULL,
	  "region-not-committed" },
	{ "enable pmem", disabled_pmem, MEMORY_ENABLE_REGION, ENABLE "\"region\"}", enables, NULL },
	{ "enable pmem as memory", disabled_pmem, MEMORY_ENABLE_REGION, ENABLE "\"system_ram\"}",
	  NULL, "pmem-not-memory" },
	{ "enable pmem as devdax", pmem, MEMORY_ENABLE_REGION, ENABLE "\"devdax\"}", NULL,
	  "pmem-not-memory" },
	{ "enable as memory", disabled, MEMORY_ENABLE_REGION, ENABLE "\"system_ram\"}",
	  comes_movable, NULL },
	{ "enable in a kernel zone", disabled, MEMORY_ENABLE_REGION,
	  ENABLE "\"system_ram\",\"zone\":\"kernel\"}", comes_kernel, NULL },
	{ "enable offline", disabled, MEMORY_ENABLE_REGION,
	  ENABLE "\"system_ram\",\"zone\":\"offline\"}", comes_offline, NULL },
	{ "enable as devdax", disabled, MEMORY_ENABLE_REGION, ENABLE "\"devdax\"}", comes_devdax,
	  NULL },
	{ "memory as devdax", memory, MEMORY_ENABLE_REGION, ENABLE "\"devdax\"}", comes_devdax,
	  NULL },
	{ "devdax as memory", devdax, MEMORY_ENABLE_REGION,
	  ENABLE "\"system_ram\",\"zone\":\"kernel\"}", comes_kernel, NULL },
	{ "memory to a kernel zone", memory, MEMORY_ENABLE_REGION,
	  ENABLE "\"system_ram\",\"zone\":\"kernel\"}", goes_kernel, NULL },
	{ "zone of a bare region", disabled, MEMORY_ENABLE_REGION,
	  ENABLE "\"region\",\"zone\":\"kernel\"}", NULL, "bad-zone" },
	{ "zone of devdax", disabled, MEMORY_ENABLE_REGION,
	  ENABLE "\"devdax\",\"zone\":\"movable\"}", NULL, "bad-zone" },

	{ "online", offline_memory, MEMORY_SET_MEMORY, SET "\"movable\"}", goes_movable, NULL },
	{ "online in a kernel zone", offline_memory, MEMORY_SET_MEMORY, SET "\"kernel\"}",
	  goes_kernel, NULL },
	{ "to another zone", memory, MEMORY_SET_MEMORY, SET "\"kernel\"}", goes_kernel, NULL },
	{ "back from it", kernel_memory, MEMORY_SET_MEMORY, SET "\"movable\"}", goes_movable,
	  NULL },
	{ "to the same zone", memory, MEMORY_SET_MEMORY, SET "\"movable\"}", is_done, NULL },
	{ "offline", memory, MEMORY_SET_MEMORY, SET "\"offline\"}", goes_offline, NULL },
	{ "offline again", offline_memory, MEMORY_SET_MEMORY, SET "\"offline\"}", is_done, NULL },
	{ "offline in time", memory, MEMORY_SET_MEMORY, SET "\"offline\",\"timeout_ms\":1500}",
	  is_timed, NULL },
	{ "offline in too much time", memory, MEMORY_SET_MEMORY,
	  SET "\"offline\",\"timeout_ms\":86400001}", NULL, "bad-number" },
	{ "online devdax", devdax, MEMORY_SET_MEMORY, SET "\"movable\"}", NULL, "not-system-ram" },
	{ "offline devdax", devdax, MEMORY_SET_MEMORY, SET "\"offline\"}", NULL, "not-system-ram" },
	{ "online others' device", famfs, MEMORY_SET_MEMORY, SET "\"movable\"}", NULL,
	  "dax-in-use" },
	{ "online disabled", disabled, MEMORY_SET_MEMORY, SET "\"movable\"}", NULL,
	  "region-disabled" },
	{ "offline uncommitted", uncommitted, MEMORY_SET_MEMORY, SET "\"offline\"}", NULL,
	  "region-not-committed" },
	{ "online pmem", pmem, MEMORY_SET_MEMORY, SET "\"movable\"}", NULL, "no-dax-device" },
	{ "online none", no_region, MEMORY_SET_MEMORY, SET "\"movable\"}", NULL, "unknown-region" },

	{ "new", no_region, MEMORY_CREATE_REGION, CREATE "\"system_ram\"}", comes_movable, NULL },
	{ "new in a kernel zone", no_region, MEMORY_CREATE_REGION,
	  CREATE "\"system_ram\",\"zone\":\"kernel\"}", comes_kernel, NULL },
	{ "new offline", no_region, MEMORY_CREATE_REGION,
	  CREATE "\"system_ram\",\"zone\":\"offline\"}", comes_offline, NULL },
	{ "new devdax", no_region, MEMORY_CREATE_REGION, CREATE "\"devdax\"}", comes_devdax, NULL },
	{ "new devdax in a zone", no_region, MEMORY_CREATE_REGION,
	  CREATE "\"devdax\",\"zone\":\"movable\"}", NULL, "bad-zone" },
	{ "new bare region in a zone", no_region, MEMORY_CREATE_REGION,
	  CREATE "\"region\",\"zone\":\"kernel\"}", NULL, "bad-zone" },
	{ "new memory of pmem", no_region, MEMORY_CREATE_REGION, PMEM "\"system_ram\"}", NULL,
	  "pmem-not-memory" },
	{ "new devdax of pmem", no_region, MEMORY_CREATE_REGION, PMEM "\"devdax\"}", NULL,
	  "pmem-not-memory" },
};

static int read_request(enum memory_request_kind kind, const char *text,
			struct refusal_list *problems, struct memory_request *request)
{
	_cleanup_json_ struct json_object *parameters = NULL;

	assert_int_equal(json_parse_text(text, strlen(text), &parameters), 0);
	return memory_request_from_json(kind, parameters, problems, request);
}

static bool has_code(const struct refusal_list *refusals, const char *code)
{
	for (size_t i = 0; code && i < refusals->list.count; i++)
		if (strcmp(refusals->list.items[i].code, code) == 0)
			return true;
	return false;
}

/* Where the snapshot lacks what is in @unknown the request may be refused for that lack, too. */
static void check_wish(const struct wish *wish, unsigned int unknown)
{
	struct bench bench = bench_new("offline");
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct memory_request request = MEMORY_REQUEST_NULL;
	struct plan plan = PLAN_NULL;
	struct world world;
	bool told, shown, lacking;
	int rc;

	wish->make(&bench);
	bench.now->known &= ~unknown;
	bench.now->lacking |= unknown;
	rc = read_request(wish->kind, wish->parameters, &problems, &request);
	world = (struct world){ .topology = bench.now };
	if (rc == 0)
		rc = memory_request_plan(&request, &world, &plan);
	told = has_code(&problems, wish->code) || has_code(&plan.refusals, wish->code);
	shown = rc == 0 && wish->shows && wish->shows(&request, &plan);
	lacking = unknown && rc != 0 && has_code(&plan.refusals, "snapshot-incomplete");
	if (!lacking && (told != (wish->code != NULL) || shown != (wish->shows != NULL)))
		fail_msg("%s, unknown %#x: neither honoured nor refused: %d, %s", wish->name,
			 unknown, rc,
			 plan.refusals.list.count ? plan.refusals.list.items[0].text
			 : plan.why		  ? plan.why
						  : "no plan");
	plan_deinit(&plan);
	memory_request_deinit(&request);
	refusal_list_deinit(&problems);
	bench_free(&bench);
}

static void each_wish_shows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++)
		check_wish(&wishes[i], 0);
}

/* What is not known is never taken for what was wished. */
static void each_wish_shows_where_something_is_unknown(void **state)
{
	static const unsigned int parts[] = {
		TOPO_KNOWN_CXL,
		TOPO_KNOWN_DAX,
		TOPO_KNOWN_BLOCKS,
		TOPO_KNOWN_IDLE,
		TOPO_KNOWN_DAX | TOPO_KNOWN_BLOCKS,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wishes) * ARRAY_SIZE(parts); i++)
		check_wish(&wishes[i / ARRAY_SIZE(parts)], parts[i % ARRAY_SIZE(parts)]);
}

/* The claim takes over what was wished of its region, or the next mending would undo that. */
static void claims_wish_the_same(void **state)
{
	static const struct {
		enum memory_request_kind kind;
		const char *parameters;
		enum plan_goal goal;
		enum topo_zone zone;
		bool disabled;
	} cases[] = {
		{ MEMORY_REMOVE_REGION, KEEP "false}", PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_MOVABLE,
		  true },
		{ MEMORY_ENABLE_REGION, ENABLE "\"region\"}", PLAN_GOAL_SYSTEM_RAM,
		  TOPO_ZONE_MOVABLE, false },
		{ MEMORY_ENABLE_REGION, ENABLE "\"system_ram\",\"zone\":\"kernel\"}",
		  PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_KERNEL, false },
		{ MEMORY_ENABLE_REGION, ENABLE "\"devdax\"}", PLAN_GOAL_DEVDAX, TOPO_ZONE_MOVABLE,
		  false },
		{ MEMORY_SET_MEMORY, SET "\"kernel\"}", PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_KERNEL,
		  false },
		{ MEMORY_SET_MEMORY, SET "\"offline\"}", PLAN_GOAL_SYSTEM_RAM, TOPO_ZONE_NONE,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct refusal_list problems = REFUSAL_LIST_NULL;
		struct claim before = CLAIM_NULL, after = CLAIM_NULL;
		const struct memory_claim *own;
		struct memory_request request = MEMORY_REQUEST_NULL;

		assert_int_equal(claim_init(&before, &memory_kind), 0);
		before.name = "db";
		memory_claim(&before)->size_bytes = 512 * MIB;
		memory_claim(&before)->type = TOPO_MODE_RAM;
		memory_claim(&before)->goal = PLAN_GOAL_SYSTEM_RAM;
		assert_int_equal(
			read_request(cases[i].kind, cases[i].parameters, &problems, &request), 0);
		assert_int_equal(memory_claim_after(&before, &request, &after), 0);
		own = memory_claim(&after);
		if (own->goal != cases[i].goal || own->zone != cases[i].zone ||
		    own->disabled != cases[i].disabled)
			fail_msg("%s: goal %d, zone %d, disabled %d", cases[i].parameters,
				 (int)own->goal, (int)own->zone, own->disabled);
		claim_deinit(&after);
		claim_deinit(&before);
		memory_request_deinit(&request);
		refusal_list_deinit(&problems);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wish_shows),
		cmocka_unit_test(each_wish_shows_where_something_is_unknown),
		cmocka_unit_test(claims_wish_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drafts against the fake kernel, on hosts made from fixed seeds: each plan is made from the draft,
 * performed on the kernel, which has to take every step, and entered into the draft, which then has
 * to be what the kernel shows.
 */
#include "cxl/plan/plan-draft.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/topology/topology-diff.h"
#include "cxl/topology/topology-json.h"
#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "test/unit/cxl/plan/random-host.h"

#define NAMED_MAX 8

/* @json is freed. */
static struct topology *parse(struct json_object *json)
{
	struct refusal_list notices = REFUSAL_LIST_NULL;
	struct topology *topology;

	assert_non_null(json);
	assert_int_equal(topology_from_json(json, &notices, &topology), 0);
	refusal_list_deinit(&notices);
	(void)json_object_put(json);
	return topology;
}

static struct topology *copy_of(const struct topology *topology)
{
	return parse(topology_to_json(topology));
}

static struct topology *draft_of(const struct fake_kernel *kernel)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);

	assert_non_null(now);
	return copy_of(now);
}

/* ---- is the draft what the kernel shows? ---- */

/* What a draft does not tell is no difference. */
static void forget_dax(const struct topo_dax_region *draft, struct topo_dax_region *now)
{
	assert_int_equal(draft->id, now->id);
	assert_int_equal(draft->size, now->size);
	assert_int_equal(draft->available_size, now->available_size);
	assert_int_equal(draft->devices.count, now->devices.count);
	for (size_t i = 0; i < draft->devices.count; i++) {
		const struct topo_dax_device *from = &draft->devices.items[i];
		struct topo_dax_device *to = &now->devices.items[i];

		to->align = from->align;
		if (!from->state)
			to->state = NULL;
		if (from->target_node != TOPO_UNKNOWN_INT)
			continue;
		to->target_node = TOPO_UNKNOWN_INT;
		for (size_t j = 0; j < to->blocks.count; j++)
			to->blocks.items[j].node = TOPO_UNKNOWN_INT;
	}
}

static void forget_nodes(struct topology *topology)
{
	for (size_t i = 0; i < topology->nodes.count; i++)
		ARRAY_FREE(&topology->nodes.items[i].distances);
	topology->nodes.count = 0;
}

static void forget_unknown(struct topology *draft, struct topology *now)
{
	forget_nodes(draft);
	forget_nodes(now);
	assert_int_equal(draft->dax_regions.count, now->dax_regions.count);
	for (size_t i = 0; i < draft->dax_regions.count; i++)
		forget_dax(draft->dax_regions.items[i], now->dax_regions.items[i]);
	assert_int_equal(draft->decoders.count, now->decoders.count);
	for (size_t i = 0; i < draft->decoders.count; i++)
		if (draft->decoders.items[i]->max_available_extent == TOPO_UNKNOWN)
			now->decoders.items[i]->max_available_extent = TOPO_UNKNOWN;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What is not listed, and the pointers that topology_finish() resolves. */
static bool is_finished(const struct topology *draft, const struct topology *now)
{
	for (size_t i = 0; i < draft->decoders.count; i++) {
		const struct topo_decoder *decoder = draft->decoders.items[i];
		const struct topo_region *region = NULL;

		if (decoder->region_name)
			region = topology_region(draft, decoder->region_name);
		if (decoder->region != region ||
		    !same_text(decoder->next_region, now->decoders.items[i]->next_region))
			return false;
	}
	for (size_t i = 0; i < draft->regions.count; i++) {
		const struct topo_region *region = draft->regions.items[i];

		if (topology_region(draft, region->name) != region ||
		    region->locked != now->regions.items[i]->locked)
			return false;
		for (size_t j = 0; j < region->mappings.count; j++) {
			const struct topo_mapping *mapping = &region->mappings.items[j];

			if (topology_decoder(draft, mapping->decoder_name) != mapping->decoder ||
			    topology_memdev(draft, mapping->memdev_name) != mapping->memdev)
				return false;
		}
	}
	return true;
}

static void compare_hosts(struct topology *draft, struct topology *now)
{
	struct json_object *changes = NULL;

	forget_unknown(draft, now);
	assert_int_equal(topology_diff(draft, now, &changes), 0);
	if (json_object_array_length(changes))
		print_error("%s\n", json_object_to_json_string(changes));
	assert_int_equal(json_object_array_length(changes), 0);
	(void)json_object_put(changes);
	assert_true(is_finished(draft, now));
}

/* Only a kernel on which kmem was seen to have `state` gets steps of `state`. */
static size_t next_step(const struct step_list *steps, size_t i)
{
	while (i < steps->list.count && steps->list.items[i].kind == STEP_DAX_MEMORY &&
	       strcmp(steps->list.items[i].to, "unplugged") == 0)
		i++;
	return i;
}

static void compare_steps(const struct step_list *a, const struct step_list *b)
{
	size_t i = next_step(a, 0), j = next_step(b, 0);

	while (i < a->list.count && j < b->list.count) {
		const struct step *step = &a->list.items[i], *other = &b->list.items[j];

		assert_ptr_equal(step->kind, other->kind);
		assert_string_equal(step->of, other->of);
		assert_string_equal(step->object, other->object);
		assert_string_equal(step->from, other->from);
		assert_string_equal(step->to, other->to);
		i = next_step(a, i + 1);
		j = next_step(b, j + 1);
	}
	assert_int_equal(i, a->list.count);
	assert_int_equal(j, b->list.count);
}

static void compare_refusals(const struct plan *a, const struct plan *b)
{
	assert_int_equal(a->refusals.list.count, b->refusals.list.count);
	for (size_t i = 0; i < a->refusals.list.count; i++)
		assert_string_equal(a->refusals.list.items[i].text, b->refusals.list.items[i].text);
}

static void compare_removals(const struct topology *draft, const struct topology *now)
{
	for (size_t i = 0; i < now->regions.count; i++) {
		const struct remove_request request = { .region = now->regions.items[i]->name };
		struct plan plan = PLAN_NULL, other = PLAN_NULL;
		int rc = plan_remove_region(draft, &request, &plan);

		assert_true(rc >= 0);
		assert_int_equal(plan_remove_region(now, &request, &other), rc);
		compare_steps(&plan.steps, &other.steps);
		compare_refusals(&plan, &other);
		if (rc == 0)
			assert_int_equal(plan_draft_enter((struct topology *)draft, &plan),
					 -EINVAL);
		plan_deinit(&plan);
		plan_deinit(&other);
	}
}

/* ---- requests ---- */

struct question {
	struct region_request request;
	const char *names[NAMED_MAX];
	char uuid[40]; /* each another one: the kernel has none twice */
};

static void name_memdevs(struct random *random, const struct topology *topology,
			 struct question *question)
{
	static const int counts[] = { 1, 1, 1, 2, 2, 3, 4, 8 };
	int count = (int)topology->memdevs.count, wanted = counts[random_below(random, 8)];
	int first = random_below(random, count);

	if (wanted > count)
		wanted = 1;
	for (int i = 0; i < wanted; i++)
		question->names[i] = topology->memdevs.items[(first + i) % count]->name;
	question->request.memdevs = question->names;
	question->request.memdev_count = (size_t)wanted;
}

static void random_question(struct random *random, const struct topology *topology,
			    struct question *question)
{
	static const int ways[] = { 1, 1, 2, 4, 0, 0 };
	static const enum plan_goal goals[] = { PLAN_GOAL_REGION, PLAN_GOAL_DEVDAX,
						PLAN_GOAL_SYSTEM_RAM, PLAN_GOAL_SYSTEM_RAM };
	static const enum topo_zone zones[] = { TOPO_ZONE_NONE, TOPO_ZONE_KERNEL, TOPO_ZONE_MOVABLE,
						TOPO_ZONE_MOVABLE };
	struct region_request *request = &question->request;

	*request = REGION_REQUEST_NULL;
	(void)snprintf(question->uuid, sizeof(question->uuid), "01234567-89ab-cdef-0123-%012llx",
		       (unsigned long long)(random_next(random) >> 16));
	request->type = random_below(random, 6) ? TOPO_MODE_RAM : TOPO_MODE_PMEM;
	request->goal = goals[random_below(random, 4)];
	request->zone = zones[random_below(random, 4)];
	if (request->type == TOPO_MODE_PMEM) {
		request->uuid = question->uuid;
		request->goal = PLAN_GOAL_REGION;
	}
	if (random_below(random, 2))
		name_memdevs(random, topology, question);
	else
		request->ways = ways[random_below(random, 6)];
	if (random_below(random, 6) || (!request->ways && !request->memdev_count))
		request->size_bytes =
			(uint64_t)(1 + random_below(random, 2)) * UNIT *
			(uint64_t)(request->ways	   ? request->ways
				   : request->memdev_count ? (int)request->memdev_count
							   : 1 + random_below(random, 4));
}

/* ---- side by side ---- */

struct pair {
	struct fake_kernel *kernel;
	struct topology *draft;
};

/* Returns whether there was a plan, which the kernel has performed then. */
static bool ask_both(struct pair *pair, const struct region_request *request)
{
	_cleanup_topology_ struct topology *before = fake_kernel_snapshot(pair->kernel);
	_cleanup_topology_ struct topology *after = NULL;
	struct plan plan = PLAN_NULL, other = PLAN_NULL;
	int rc = plan_create_region(pair->draft, request, &plan);

	assert_true(rc >= 0);
	assert_int_equal(plan_create_region(before, request, &other), rc);
	compare_steps(&plan.steps, &other.steps);
	compare_refusals(&plan, &other);
	if (rc == 0) {
		/* One of another host, even of an equal one, is none of this draft. */
		assert_int_equal(plan_draft_enter(pair->draft, &other), -EINVAL);
		assert_true(oracle_performs(pair->kernel, &plan.steps));
		assert_int_equal(plan_draft_enter(pair->draft, &plan), 0);
		/* What is entered is no longer to be had. */
		assert_int_equal(plan_draft_enter(pair->draft, &plan), -EINVAL);
	} else {
		assert_int_equal(plan_draft_enter(pair->draft, &plan), -EINVAL);
	}
	plan_deinit(&plan);
	plan_deinit(&other);
	after = fake_kernel_snapshot(pair->kernel);
	compare_hosts(pair->draft, after);
	return rc == 0;
}

static void perform_request(struct fake_kernel *kernel, const struct region_request *request)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);
	struct plan plan = PLAN_NULL;
	int rc = plan_create_region(now, request, &plan);

	assert_true(rc >= 0);
	if (rc == 0)
		assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
}

static void take_offline(struct fake_kernel *kernel, const struct topo_dax_device *dax)
{
	char name[32];

	for (size_t i = 0; i < dax->blocks.count; i++) {
		(void)snprintf(name, sizeof(name), "memory%" PRIu64, dax->blocks.items[i].index);
		(void)fake_kernel_write(kernel, STEP_BLOCK, name, "offline");
	}
}

/* Regions that are there already; one may be gone again, well or badly. */
static void live(struct random *random, struct fake_kernel *kernel, const struct topology *start)
{
	_cleanup_topology_ struct topology *now = NULL;
	struct question question;
	struct topo_region *gone;
	const char *region;

	for (int i = random_below(random, 4); i > 0; i--) {
		random_question(random, start, &question);
		perform_request(kernel, &question.request);
	}
	now = fake_kernel_snapshot(kernel);
	if (now->regions.count == 0 || random_below(random, 3))
		return;
	gone = now->regions.items[random_below(random, (int)now->regions.count)];
	region = gone->name;
	/* Memory that was online would keep its addresses, which no snapshot shows. */
	for (size_t i = 0; gone->dax_region && i < gone->dax_region->devices.count; i++)
		take_offline(kernel, &gone->dax_region->devices.items[i]);
	(void)fake_kernel_write(kernel, STEP_REGION_COMMIT, region, "0");
	/* A locked decoder would go on decoding addresses that the kernel gives away again. */
	if (random_below(random, 2) && !gone->locked)
		(void)fake_kernel_write(kernel, STEP_REGION, region, "");
}

/* A decoder of firmware's: the regions that come to have it are not to be removed. */
static void lock_decoder(struct random *random, struct topology *start)
{
	struct topo_decoder *decoder =
		start->decoders.items[random_below(random, (int)start->decoders.count)];

	decoder->locked = true;
}

/* A removal in the kernel is a removal in the draft: the draft plans with what the removal gives
 * back. */
static void leave_both(struct pair *pair, struct random *random, const struct topology *start)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(pair->kernel);
	_cleanup_topology_ struct topology *after = NULL;

	for (size_t i = now->regions.count; i > 0 && !after; i--) {
		const struct remove_request request = { .region = now->regions.items[i - 1]->name,
							.force = true };
		struct plan plan = PLAN_NULL;

		if (plan_remove_region(now, &request, &plan) == 0 &&
		    oracle_performs(pair->kernel, &plan.steps)) {
			plan_draft_leave(pair->draft, request.region);
			assert_null(topology_region(pair->draft, request.region));
			after = fake_kernel_snapshot(pair->kernel);
		}
		plan_deinit(&plan);
	}
	for (int i = 0; after && i < 4; i++) {
		struct plan plan = PLAN_NULL, other = PLAN_NULL;
		struct question question;
		int rc;

		random_question(random, start, &question);
		rc = plan_create_region(pair->draft, &question.request, &plan);
		if (plan_create_region(after, &question.request, &other) != rc)
			fail_msg("the draft answers %d without the region", rc);
		plan_deinit(&plan);
		plan_deinit(&other);
	}
}

struct tally {
	int planned, refused;
};

static void run_seed(uint64_t seed, struct tally *tally)
{
	/* The kernel alone knows which zone "online" means, so the seeds draw no such policy.
	 */
	static const char *const policies[] = { "offline", "online_movable", "online_kernel" };
	struct random random = { .state = seed };
	_cleanup_topology_ struct topology *start = random_host(&random);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = NULL;
	_cleanup_topology_ struct topology *now = NULL;
	struct pair pair;

	if (start->memdevs.count == 0)
		return;
	start->auto_online_policy = policies[random_below(&random, 3)];
	start->memory_block_size = (uint64_t)128 * MIB << (2 * random_below(&random, 3));
	if (random_below(&random, 8) == 0)
		lock_decoder(&random, start);
	kernel = fake_kernel_new(start);
	assert_non_null(kernel);
	fake_kernel_set_state_attribute(kernel, random_below(&random, 2));
	live(&random, kernel, start);
	pair = (struct pair){ .kernel = kernel, .draft = draft_of(kernel) };
	for (int i = 0; i < 8; i++) {
		struct question question;

		random_question(&random, start, &question);
		if (ask_both(&pair, &question.request))
			tally->planned++;
		else
			tally->refused++;
	}
	now = fake_kernel_snapshot(kernel);
	compare_removals(pair.draft, now);
	leave_both(&pair, &random, start);
	(void)topology_free(pair.draft);
}

static void test_draft_is_what_the_kernel_shows(void **state)
{
	const char *only = getenv("PLAN_DRAFT_SEED");
	static uint64_t seed; /* outlives a failure, which leaves this function */
	struct tally tally = { 0 };

	*state = &seed;
	if (only) {
		seed = strtoull(only, NULL, 10);
		run_seed(seed, &tally);
		return;
	}
	for (seed = 1; seed <= 1500; seed++)
		run_seed(seed, &tally);
	print_message("%d planned, %d refused\n", tally.planned, tally.refused);
	/* Neither answer may become so rare that it is no longer tested. */
	assert_true(tally.planned * 5 > tally.refused);
	assert_true(tally.refused * 5 > tally.planned);
}

/* ---- what the random hosts do not show ---- */

static const struct plan_host simple_host = { .shape = "[ee]", .windows = { { "0" } } };

static struct topo_dax_device *enter(struct topology *draft, enum plan_goal goal)
{
	struct region_request request = REGION_REQUEST_NULL;
	const struct topo_region *region;
	struct plan plan = PLAN_NULL;

	request.size_bytes = UNIT;
	request.goal = goal;
	assert_int_equal(plan_create_region(draft, &request, &plan), 0);
	assert_int_equal(plan_draft_enter(draft, &plan), 0);
	region = topology_region(draft, plan.region);
	plan_deinit(&plan);
	assert_non_null(region);
	assert_true(region->enabled);
	return region->dax_region ? &region->dax_region->devices.items[0] : NULL;
}

static void test_unknown_policy(void **state)
{
	_cleanup_topology_ struct topology *draft = plan_host_new(&simple_host);
	const struct topo_dax_device *device;
	struct plan plan = PLAN_NULL;

	(void)state;
	draft->auto_online_policy = NULL;
	device = enter(draft, PLAN_GOAL_SYSTEM_RAM);
	assert_int_equal(device->driver, TOPO_DAX_KMEM);
	assert_int_equal(device->blocks.count, UNIT / draft->memory_block_size);
	assert_int_equal(device->zone, TOPO_ZONE_MOVABLE);
	assert_int_equal(device->online_block_count, device->block_count);
	/* Nobody said what becomes of this one's memory, so nobody plans with it. */
	device = enter(draft, PLAN_GOAL_REGION);
	assert_int_equal(device->driver, TOPO_DAX_KMEM);
	assert_int_equal(device->zone, TOPO_ZONE_UNKNOWN);
	assert_int_equal(plan_online_memory(draft, "region1", TOPO_ZONE_MOVABLE, &plan),
			 PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "snapshot-incomplete", NULL));
	plan_deinit(&plan);
}

/* "online" leaves the zone to the kernel: zone_for_pfn_range() */
static void test_policy_of_the_kernel(void **state)
{
	_cleanup_topology_ struct topology *draft = plan_host_new(&simple_host);

	(void)state;
	draft->auto_online_policy = "online";
	assert_int_equal(enter(draft, PLAN_GOAL_REGION)->zone, TOPO_ZONE_UNKNOWN);
	assert_int_equal(enter(draft, PLAN_GOAL_SYSTEM_RAM)->zone, TOPO_ZONE_MOVABLE);
	assert_string_equal(draft->auto_online_policy, "online");
}

/* A draft of a snapshot that told less tells no more. */
static void test_partial_snapshot(void **state)
{
	_cleanup_topology_ struct topology *draft = plan_host_new(&simple_host);
	const struct topo_dax_device *device;

	(void)state;
	draft->known = TOPO_KNOWN_CXL | TOPO_KNOWN_DAX;
	device = enter(draft, PLAN_GOAL_SYSTEM_RAM);
	assert_int_equal(device->driver, TOPO_DAX_KMEM);
	assert_int_equal(device->blocks.count, 0);
	assert_int_equal(device->block_count, TOPO_UNKNOWN_INT);
	draft->known |= TOPO_KNOWN_BLOCKS;
	draft->memory_block_size = TOPO_UNKNOWN;
	assert_int_equal(enter(draft, PLAN_GOAL_REGION)->driver, TOPO_DAX_KMEM);
	draft->known = TOPO_KNOWN_CXL;
	assert_null(enter(draft, PLAN_GOAL_SYSTEM_RAM));
	/* A listing without the name of the next region: each is guessed. */
	topology_decoder(draft, "decoder0.0")->next_region = NULL;
	assert_null(enter(draft, PLAN_GOAL_SYSTEM_RAM));
	assert_null(topology_decoder(draft, "decoder0.0")->next_region);
	assert_int_equal(draft->regions.count, 4);
}

static void plan_in(const struct topology *draft, const char *memdev, const char *window,
		    struct plan *plan)
{
	struct region_request request = REGION_REQUEST_NULL;

	request.memdevs = &memdev;
	request.memdev_count = 1;
	request.size_bytes = UNIT;
	request.window = window;
	assert_int_equal(plan_create_region(draft, &request, plan), 0);
}

/* Plans made side by side: what the first one takes is not there for the second. */
static void check_late_plan(const struct plan_host *host, const char *late)
{
	_cleanup_topology_ struct topology *draft = plan_host_new(host);
	_cleanup_topology_ struct topology *expected = NULL;
	struct plan first = PLAN_NULL, second = PLAN_NULL;

	plan_in(draft, "mem0", "decoder0.0", &first);
	plan_in(draft, late, "decoder0.1", &second);
	assert_int_equal(plan_draft_enter(draft, &first), 0);
	expected = copy_of(draft);
	assert_int_equal(plan_draft_enter(draft, &second), -EINVAL);
	compare_hosts(draft, expected);
	plan_deinit(&first);
	plan_deinit(&second);
}

static void test_late_plans(void **state)
{
	struct plan_host host = { .shape = "[ee]", .windows = { { "0" }, { "0" } }, .decoders = 2 };

	(void)state;
	/* The endpoint's decoder is taken. */
	check_late_plan(&host, "mem0");
	/* The host bridge's only one is. */
	host.decoders = 1;
	check_late_plan(&host, "mem1");
}

/* All regions of a window are in one node, which the first one shows. */
static void test_target_node(void **state)
{
	_cleanup_topology_ struct topology *start = plan_host_new(&simple_host);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(start);
	_cleanup_topology_ struct topology *draft = NULL;
	struct region_request request = REGION_REQUEST_NULL;
	const struct topo_dax_device *first, *second;

	(void)state;
	request.size_bytes = UNIT;
	perform_request(kernel, &request);
	draft = draft_of(kernel);
	first = &topology_region(draft, "region0")->dax_region->devices.items[0];
	assert_true(first->target_node >= 0);
	second = enter(draft, PLAN_GOAL_SYSTEM_RAM);
	assert_int_equal(second->target_node, first->target_node);
	assert_int_equal(second->blocks.items[0].node, first->target_node);
	/* So does kmem's attribute. */
	assert_string_equal(second->state, "online_movable");
}

/* Fills a draft of somebody's machine, as far as its record goes; a record can be made of the draft
 * again.
 */
static size_t fill(const char *path)
{
	_cleanup_topology_ struct topology *draft = parse(json_object_from_file(path));
	_cleanup_topology_ struct topology *again = NULL;
	struct region_request request = REGION_REQUEST_NULL;
	struct json_object *changes;
	size_t entered = 0;
	int rc = 0;

	request.ways = 1;
	request.size_bytes = UNIT;
	while (rc == 0) {
		struct plan plan = PLAN_NULL;

		rc = plan_create_region(draft, &request, &plan);
		assert_true(rc >= 0);
		assert_int_equal(plan_draft_enter(draft, &plan), rc == 0 ? 0 : -EINVAL);
		entered += rc == 0;
		plan_deinit(&plan);
	}
	again = copy_of(draft);
	assert_int_equal(topology_diff(draft, again, &changes), 0);
	assert_int_equal(json_object_array_length(changes), 0);
	(void)json_object_put(changes);
	assert_true(is_finished(draft, again));
	return entered;
}

static void test_records(void **state)
{
	size_t entered = 0;
	glob_t records;

	(void)state;
	assert_int_equal(glob(TEST_DATA "/*.json", 0, NULL, &records), 0);
	for (size_t i = 0; i < records.gl_pathc; i++)
		entered += fill(records.gl_pathv[i]);
	globfree(&records);
	assert_true(entered > 0);
}

static int tell_seed(void **state)
{
	print_message("the last seed was %" PRIu64 "\n", *(const uint64_t *)*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_draft_is_what_the_kernel_shows, tell_seed),
		cmocka_unit_test(test_unknown_policy),
		cmocka_unit_test(test_policy_of_the_kernel),
		cmocka_unit_test(test_partial_snapshot),
		cmocka_unit_test(test_late_plans),
		cmocka_unit_test(test_target_node),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

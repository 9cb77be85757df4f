// SPDX-License-Identifier: GPL-2.0-only
/*
 * One definition of free: what the tree says is free of a memdev and of a window is what the
 * largest plan takes, on hosts made from seeds, with a past in which regions were made, removed and
 * left half done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "cxl/topology/topology-list.h"
#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "test/unit/cxl/plan/random-host.h"
#include "util/cleanup.h"
#include "util/size.h"

#define SEEDS 400

#define EXTENTS_MAX 32

/* ---- what the tree says ---- */

/* The line of an object, from its name on; NULL when there is none. */
static const char *line_of(const char *tree, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(tree, name); at; at = strstr(at + 1, name))
		if ((at == tree || at[-1] == ' ' || at[-1] == '\n') && at[length] == ' ')
			return at;
	return NULL;
}

/* "1G ram + 512M pmem free": the size of the ram; 0 for any other text. */
static uint64_t said_of_memdev(const char *tree, const struct topo_memdev *memdev)
{
	char line[512], *free_word, *ram;
	const char *at = line_of(tree, memdev->name);
	uint64_t size;

	assert_non_null(at);
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	free_word = strstr(line, " free  ");
	if (!free_word || strstr(line, " behind ") || strstr(line, "decoder free") ||
	    strstr(line, "none free"))
		return 0;
	*free_word = '\0';
	ram = strrchr(line, ' ');
	for (; ram > line && strcmp(ram, " ram") != 0 && strncmp(ram, " ram ", 5) != 0; ram--)
		;
	if (ram == line)
		return 0;
	*ram = '\0';
	/* Two blanks lie before the cell, and one inside it is before what follows the ram. */
	if (ram - line < 2 || strstr(ram + 1, "  "))
		return 0;
	assert_int_equal(size_parse(strrchr(line, ' ') + 1, &size), 0);
	return size;
}

struct said_extents {
	struct topo_extent list[EXTENTS_MAX];
	int count;
};

/* The lines "free SIZE at ADDRESS" below a window. */
static void said_of_window(const char *tree, const struct topo_decoder *window,
			   struct said_extents *said)
{
	const char *at = line_of(tree, window->name);

	said->count = 0;
	assert_non_null(at);
	for (at = strchr(at, '\n'); at && at[1] && !strchr("d\n", at[1]); at = strchr(at, '\n')) {
		char size[32];
		unsigned long long start;

		at++;
		if (sscanf(at, "%*1[|`]- free %31s at %llx", size, &start) != 2)
			continue;
		assert_in_range(said->count, 0, EXTENTS_MAX - 1);
		assert_int_equal(size_parse(size, &said->list[said->count].size), 0);
		said->list[said->count++].start = start;
	}
}

/* ---- what that means for one memdev in one window ---- */

/* alloc_region_ref(): a port takes regions in the order of their addresses only. */
static hpa_t floor_of(const struct topo_memdev *memdev)
{
	hpa_t floor = 0;

	for (const struct topo_port *port = memdev->endpoint; port->parent; port = port->parent)
		for (size_t i = 0; i < port->decoders.count; i++) {
			const struct topo_region *region = port->decoders.items[i]->region;

			if (region && region->resource != TOPO_UNKNOWN && region->resource > floor)
				floor = region->resource;
		}
	return floor;
}

static bool leads_to(const struct topo_decoder *window, const struct topo_memdev *memdev)
{
	const struct topo_port *bridge = topology_host_bridge_of(memdev->endpoint);

	return window->interleave_ways == 1 && window->volatile_capable &&
	       strcmp(window->targets.items[0].dport, bridge->parent_dport) == 0;
}

static uint64_t largest_said(const char *tree, const struct topo_memdev *memdev,
			     const struct topo_decoder *window)
{
	uint64_t most = said_of_memdev(tree, memdev);
	hpa_t floor = floor_of(memdev);
	struct said_extents said;

	if (!leads_to(window, memdev))
		return 0;
	said_of_window(tree, window, &said);
	for (uint64_t size = most; size > 0; size -= UNIT)
		for (int i = 0; i < said.count; i++) {
			if (said.list[i].size < size)
				continue;
			/* The kernel takes this one, and no other. */
			if (floor == 0 || said.list[i].start > floor)
				return size;
			break;
		}
	return 0;
}

static uint64_t largest_planned(const struct topology *topology, const struct topo_memdev *memdev,
				const struct topo_decoder *window)
{
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;
	uint64_t size;
	int rc;

	request.type = TOPO_MODE_RAM;
	request.window = window->name;
	request.memdevs = &memdev->name;
	request.memdev_count = 1;
	rc = plan_create_region(topology, &request, &plan);
	assert_true(rc == 0 || rc == PLAN_E_REFUSED);
	size = rc == 0 ? plan.size_bytes : 0;
	plan_deinit(&plan);
	return size;
}

static void compare(const struct topology *topology, uint64_t seed, int *planned)
{
	const struct tree_options options = { .columns = 400 };
	const struct topo_port *root = topology->ports.items[0];
	_cleanup_free_ char *tree = NULL;

	assert_int_equal(topology_list_tree(topology, &options, &tree), 0);
	for (size_t i = 0; i < topology->memdevs.count; i++)
		for (size_t j = 0; j < root->decoders.count; j++) {
			const struct topo_memdev *memdev = topology->memdevs.items[i];
			const struct topo_decoder *window = root->decoders.items[j];
			uint64_t said = largest_said(tree, memdev, window);
			uint64_t plan = largest_planned(topology, memdev, window);

			if (said != plan)
				print_error("seed %llu: %s in %s\n%s", (unsigned long long)seed,
					    memdev->name, window->name, tree);
			assert_int_equal(plan, said);
			*planned += plan > 0;
		}
}

/* ---- a past ---- */

static void make(struct random *random, struct fake_kernel *kernel)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);
	struct region_request request = REGION_REQUEST_NULL;
	struct plan plan = PLAN_NULL;

	request.type = TOPO_MODE_RAM;
	request.size_bytes = (uint64_t)(1 + random_below(random, 6)) * UNIT;
	if (plan_create_region(now, &request, &plan) == 0) {
		/* Some are left where a crash would leave them. */
		if (random_below(random, 4) == 0)
			plan.steps.list.count -=
				(size_t)random_below(random, (int)plan.steps.list.count);
		assert_true(oracle_performs(kernel, &plan.steps));
	}
	plan_deinit(&plan);
}

static void unmake(struct random *random, struct fake_kernel *kernel)
{
	_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);
	struct remove_request request = { 0 };
	struct plan plan = PLAN_NULL;

	if (now->regions.count == 0)
		return;
	request.region = now->regions.items[random_below(random, (int)now->regions.count)]->name;
	if (plan_remove_region(now, &request, &plan) == 0)
		assert_true(oracle_performs(kernel, &plan.steps));
	plan_deinit(&plan);
}

/* What firmware may have left: a decoder committed for nobody, DPA that nobody owns. */
static void haunt(struct random *random, struct topology *topology)
{
	const struct topo_memdev *memdev =
		topology->memdevs.items[random_below(random, (int)topology->memdevs.count)];
	struct topo_decoder *decoder = memdev->endpoint->decoders.items[0];
	const struct topo_decoder *window = topology->ports.items[0]->decoders.items[random_below(
		random, (int)topology->ports.items[0]->decoders.count)];

	if (memdev->ram_size < UNIT)
		return;
	decoder->mode = TOPO_MODE_RAM;
	decoder->dpa_resource = 0;
	decoder->dpa_size = UNIT;
	if (random_below(random, 2))
		return;
	decoder->resource = window->resource + window->size - UNIT;
	decoder->size = UNIT;
	decoder->port->decoders_committed = 1;
}

static void run_seed(uint64_t seed, int *planned)
{
	struct random random = { .state = seed };
	_cleanup_topology_ struct topology *start = random_host(&random);
	_cleanup_fake_kernel_ struct fake_kernel *kernel = NULL;

	if (start->memdevs.count == 0)
		return;
	if (random_below(&random, 3) == 0)
		haunt(&random, start);
	kernel = fake_kernel_new(start);
	assert_non_null(kernel);
	for (int i = 0; i < 8; i++) {
		_cleanup_topology_ struct topology *now = fake_kernel_snapshot(kernel);

		compare(now, seed, planned);
		if (random_below(&random, 3))
			make(&random, kernel);
		else
			unmake(&random, kernel);
	}
}

static void test_said_is_planned(void **state)
{
	int planned = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run_seed(seed, &planned);
	assert_in_range(planned, SEEDS, SEEDS * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said_is_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

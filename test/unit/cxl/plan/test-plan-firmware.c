// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hardware decodes without an active region: decoders that firmware committed, regions that
 * the kernel could not assemble, DPA that nobody owns. No plan uses such decoders and DPA, and
 * plans beside them are performed on the model of the kernel, which answers as cxl_dpa_free() and
 * cxl_region_attach_auto() do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/plan/plan.h"
#include "cxl/plan/way-out.h"
#include "cxl/topology/topology-list.h"
#include "test/unit/cxl/plan/oracle.h"
#include "test/unit/cxl/plan/plan-host.h"
#include "util/cleanup.h"

/* mem0 and mem1 below port1, mem2 and mem3 below port4: decoder2.x, 3.x, 5.x, 6.x */
static const struct plan_host host = {
	.shape = "[ee][ee]",
	.windows = { { "01", .size = 16 * GIB },
		     { "0", .size = 16 * GIB },
		     { "1", .size = 8 * GIB } },
	.ram_size = 4 * GIB,
};

static const char *const endpoint_decoders[] = { "decoder2.0", "decoder3.0", "decoder5.0",
						 "decoder6.0" };

static void commit(struct topology *topology, const char *name, hpa_t start, uint64_t size)
{
	struct topo_decoder *decoder = topology_decoder(topology, name);

	assert_non_null(decoder);
	decoder->resource = start;
	decoder->size = size;
	decoder->port->decoders_committed = decoder->index + 1;
}

static void take_dpa(struct topology *topology, const char *name, uint64_t size)
{
	struct topo_decoder *decoder = topology_decoder(topology, name);

	decoder->mode = TOPO_MODE_RAM;
	decoder->dpa_resource = 0;
	decoder->dpa_size = size;
}

static struct topo_region *add_region(struct topology *topology, const char *window,
				      const char *name, uint64_t size, int ways)
{
	struct topo_decoder *decoder = topology_decoder(topology, window);
	struct topo_region *region = topology_add_region(topology, decoder, name);

	assert_non_null(region);
	region->type = TOPO_MODE_RAM;
	region->resource = decoder->resource;
	region->size = size;
	region->interleave_ways = ways;
	region->interleave_granularity = 256;
	decoder->next_region = "region7";
	return region;
}

static void add_member(struct topology *topology, struct topo_region *region, int position,
		       const char *name)
{
	struct topo_decoder *decoder = topology_decoder(topology, name);
	struct topo_mapping mapping = { .position = position,
					.decoder = decoder,
					.decoder_name = decoder->name,
					.memdev = decoder->port->memdev };

	decoder->region = region;
	decoder->region_name = region->name;
	decoder->resource = region->resource;
	decoder->size = region->size;
	assert_int_equal(ARRAY_APPEND(&region->mappings, mapping), 0);
}

/* ---- scenes ---- */

/* Firmware interleaved four memdevs; the kernel found three of the memdevs to be of one region. */
static void failed_assembly(struct topology *topology)
{
	hpa_t start = topology_decoder(topology, "decoder0.0")->resource;
	struct topo_region *region;

	for (size_t i = 0; i < 4; i++) {
		commit(topology, endpoint_decoders[i], start, 16 * GIB);
		take_dpa(topology, endpoint_decoders[i], 4 * GIB);
	}
	commit(topology, "decoder1.0", start, 16 * GIB);
	commit(topology, "decoder4.0", start, 16 * GIB);
	region = add_region(topology, "decoder0.0", "region0", 16 * GIB, 4);
	for (int i = 0; i < 3; i++)
		add_member(topology, region, i, endpoint_decoders[i]);
}

/* The same, and no memdev came to be in the region. */
static void empty_assembly(struct topology *topology)
{
	failed_assembly(topology);
	for (size_t i = 0; i < 4; i++) {
		topology_decoder(topology, endpoint_decoders[i])->region = NULL;
		topology_decoder(topology, endpoint_decoders[i])->region_name = NULL;
	}
	topology->regions.items[0]->mappings.count = 0;
}

/* One memdev is used by firmware, and the kernel made no region of it. */
static void orphan_endpoint(struct topology *topology)
{
	hpa_t start = topology_decoder(topology, "decoder0.1")->resource;

	commit(topology, "decoder2.0", start, 2 * GIB);
	take_dpa(topology, "decoder2.0", 2 * GIB);
	commit(topology, "decoder1.0", start, 2 * GIB);
}

/* Firmware's host bridge decodes for a memdev that has no driver. */
static void orphan_bridge(struct topology *topology)
{
	struct topo_memdev *memdev = topology_memdev(topology, "mem0");

	commit(topology, "decoder1.0", topology_decoder(topology, "decoder0.1")->resource, GIB);
	memdev->enabled = false;
}

/* Somebody took DPA, and went. */
static void reserved(struct topology *topology)
{
	take_dpa(topology, "decoder2.0", 512 * MIB);
}

/* A region over a whole window that nothing is in. */
static void leftover(struct topology *topology)
{
	(void)add_region(topology, "decoder0.1", "region1", 16 * GIB, 1);
}

/* A region of two, one of which was never put in or was pulled; not committed by anybody. */
static void halfway(struct topology *topology)
{
	struct topo_region *region = add_region(topology, "decoder0.1", "region1", 2 * GIB, 2);

	take_dpa(topology, "decoder2.0", GIB);
	take_dpa(topology, "decoder3.0", GIB);
	take_dpa(topology, "decoder5.0", GIB);
	add_member(topology, region, 0, "decoder2.0");
	topology_decoder(topology, "decoder1.0")->region = region;
	topology_decoder(topology, "decoder1.0")->region_name = region->name;
}

static void locked(struct topology *topology)
{
	struct topo_region *region = add_region(topology, "decoder0.1", "region1", 2 * GIB, 1);

	take_dpa(topology, "decoder2.0", 2 * GIB);
	add_member(topology, region, 0, "decoder2.0");
	commit(topology, "decoder2.0", region->resource, region->size);
	commit(topology, "decoder1.0", region->resource, region->size);
	topology_decoder(topology, "decoder1.0")->region = region;
	topology_decoder(topology, "decoder1.0")->region_name = region->name;
	topology_decoder(topology, "decoder1.0")->locked = true;
	region->committed = true;
	region->locked = true;
}

static const struct scene {
	const char *name;
	void (*make)(struct topology *topology);
	const char *region,
		*refused; /* the region, and the code of its removal's refusal or NULL */
} scenes[] = {
	{ "failed assembly", failed_assembly, "region0", "firmware-committed" },
	{ "empty assembly", empty_assembly, "region0", "firmware-committed" },
	{ "orphan endpoint", orphan_endpoint, NULL, NULL },
	{ "orphan bridge", orphan_bridge, NULL, NULL },
	{ "reserved", reserved, NULL, NULL },
	{ "leftover", leftover, "region1", NULL },
	{ "halfway", halfway, "region1", NULL },
	{ "locked", locked, "region1", "region-locked" },
};

#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static struct topology *scene_new(const struct scene *scene)
{
	struct topology *topology = plan_host_new(&host);

	scene->make(topology);
	return topology;
}

/* ---- what is planned can be done ---- */

/* Performs a plan on the kernel in this state, and takes the kernel back to where it was. */
static void perform(const struct topology *topology, const struct plan *plan, const char *what)
{
	_cleanup_fake_kernel_ struct fake_kernel *kernel = fake_kernel_new(topology);

	assert_non_null(kernel);
	if (!oracle_performs(kernel, &plan->steps))
		print_error("%s\n", what);
	assert_int_equal(fake_kernel_warnings(kernel), 0);
}

static void test_removals(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCENES; i++) {
		const struct scene *scene = &scenes[i];
		_cleanup_topology_ struct topology *topology = scene_new(scene);

		for (int force = 0; scene->region && force < 2; force++) {
			const struct remove_request request = { .region = scene->region,
								.force = force };
			struct plan plan = PLAN_NULL;
			int rc = plan_remove_region(topology, &request, &plan);

			assert_int_equal(rc, scene->refused ? PLAN_E_REFUSED : 0);
			if (scene->refused)
				assert_true(
					plan_refused_with(&plan, scene->refused, scene->region));
			else
				perform(topology, &plan, scene->name);
			assert_int_equal(plan.steps.list.count == 0, scene->refused != NULL);
			plan_deinit(&plan);
		}
	}
}

/* Whatever is asked for, by size, by ways, by memdev: refused, or done by the kernel. */
static void test_creations(void **state)
{
	static const char *const names[] = { "mem0", "mem1", "mem2", "mem3" };
	int planned = 0;

	(void)state;
	for (size_t i = 0; i < SCENES * 24; i++) {
		const struct scene *scene = &scenes[i / 24];
		_cleanup_topology_ struct topology *topology = scene_new(scene);
		struct region_request request = REGION_REQUEST_NULL;
		struct plan plan = PLAN_NULL;

		request.size_bytes = i % 3 * 2 * GIB;
		request.ways = i % 3 ? 0 : 1 << (i / 3 % 3);
		request.memdevs = &names[i / 3 % 8 % 4];
		request.memdev_count = i / 3 % 8 < 4;
		if (request.memdev_count)
			request.ways = 0;
		if (plan_create_region(topology, &request, &plan) == 0) {
			perform(topology, &plan, scene->name);
			planned++;
		}
		plan_deinit(&plan);
	}
	assert_in_range(planned, 50, SCENES * 24 - 50);
}

/* ---- what is said ---- */

static const struct refusal *find_refusal(const struct plan *plan, const char *code)
{
	for (size_t i = 0; i < plan->refusals.list.count; i++)
		if (strcmp(plan->refusals.list.items[i].code, code) == 0)
			return &plan->refusals.list.items[i];
	return NULL;
}

static void test_all_decoders_are_named(void **state)
{
	_cleanup_topology_ struct topology *topology = scene_new(&scenes[0]);
	const struct remove_request request = { .region = "region0" };
	struct plan plan = PLAN_NULL;
	const char *text;

	(void)state;
	assert_int_equal(plan_remove_region(topology, &request, &plan), PLAN_E_REFUSED);
	text = find_refusal(&plan, "firmware-committed")->text;
	for (size_t i = 0; i < 4; i++)
		assert_non_null(strstr(text, endpoint_decoders[i]));
	assert_non_null(strstr(text, "decoder1.0"));
	assert_non_null(strstr(text, "decoder4.0"));
	assert_non_null(strstr(text, "3 of 4"));
	plan_deinit(&plan);
	assert_int_equal(plan_enable_region(topology, "region0", PLAN_GOAL_SYSTEM_RAM,
					    TOPO_ZONE_MOVABLE, &plan),
			 PLAN_E_REFUSED);
	assert_non_null(find_refusal(&plan, "firmware-committed"));
	plan_deinit(&plan);
}

/* As wide as a region can be: a name that is cut is the name of another decoder. */
static void test_decoders_of_16_bridges_are_named(void **state)
{
	static const struct plan_host wide = {
		.shape = "[e][e][e][e][e][e][e][e][e][e][e][e][e][e][e][e]",
		.windows = { { "0123456789abcdef", .size = 64 * GIB } },
		.ram_size = 4 * GIB,
	};
	const struct remove_request request = { .region = "region0" };
	_cleanup_topology_ struct topology *topology = plan_host_new(&wide);
	const struct topo_decoder *window = topology_decoder(topology, "decoder0.0");
	struct plan plan = PLAN_NULL;
	const char *text;
	int named = 0;

	(void)state;
	(void)add_region(topology, "decoder0.0", "region0", 64 * GIB, 16);
	for (size_t i = 0; i < topology->decoders.count; i++) {
		struct topo_decoder *decoder = topology->decoders.items[i];

		if (decoder == window || decoder->index > 0)
			continue;
		commit(topology, decoder->name, window->resource, 64 * GIB);
		if (decoder->port->kind == TOPO_PORT_ENDPOINT)
			take_dpa(topology, decoder->name, 4 * GIB);
	}
	assert_int_equal(plan_remove_region(topology, &request, &plan), PLAN_E_REFUSED);
	text = find_refusal(&plan, "firmware-committed")->text;
	for (int port = 1; port <= 32; port++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "decoder%d.0, ", port);
		named += strstr(text, name) != NULL;
	}
	assert_int_equal(named, 32);
	plan_deinit(&plan);
}

/* An accelerator's region is its driver's: no setup of the firmware has made it. */
static void test_what_is_not_understood_is_not_firmwares(void **state)
{
	_cleanup_topology_ struct topology *topology = scene_new(&scenes[7]);
	struct topo_region *region = topology->regions.items[0];
	char text[WAY_OUT_MAX];

	(void)state;
	assert_string_equal(way_out_of_region(topology, region, text),
			    "undo it in the firmware's setup");
	region->locked = false;
	topology_decoder(topology, "decoder1.0")->locked = false;
	region->type = TOPO_MODE_UNKNOWN;
	region->type_text = "devmem";
	assert_null(way_out_of_region(topology, region, text));
}

/* mem2 has as much DPA taken as the region's share, but hangs where the window does not lead. */
static void test_halfway_leaves_others_dpa(void **state)
{
	_cleanup_topology_ struct topology *topology = scene_new(&scenes[6]);
	const struct remove_request request = { .region = "region1" };
	struct plan plan = PLAN_NULL;
	int freed = 0;

	(void)state;
	assert_int_equal(plan_remove_region(topology, &request, &plan), 0);
	for (size_t i = 0; i < plan.steps.list.count; i++) {
		const struct step *step = &plan.steps.list.items[i];

		if (step->kind != STEP_DECODER_DPA)
			continue;
		assert_string_not_equal(step->object, "decoder5.0");
		freed++;
	}
	assert_int_equal(freed, 2);
	plan_deinit(&plan);
}

/* Behind a region stands what firmware committed: nobody can take that away first. */
static void test_firmware_behind_a_region(void **state)
{
	_cleanup_topology_ struct topology *topology = plan_host_new(&host);
	const struct remove_request request = { .region = "region1" };
	struct topo_region *region = add_region(topology, "decoder0.1", "region1", 2 * GIB, 1);
	struct plan plan = PLAN_NULL;

	(void)state;
	take_dpa(topology, "decoder2.0", 2 * GIB);
	add_member(topology, region, 0, "decoder2.0");
	region->committed = true;
	commit(topology, "decoder2.1", region->resource + region->size, GIB);
	assert_int_equal(plan_remove_region(topology, &request, &plan), PLAN_E_REFUSED);
	assert_true(plan_refused_with(&plan, "firmware-committed", "decoder2.1"));
	plan_deinit(&plan);
}

/* One blank between words, whatever the columns are. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != ' ' || to == text || to[-1] != ' ')
			*to++ = *from;
	*to = '\0';
}

/* What can't be had is drawn where it is. */
static void test_drawn(void **state)
{
	static const struct {
		size_t scene;
		const char *line;
	} lines[] = {
		{ 0, "decoder1.0 16G at 0x100000000 committed no region\n" },
		{ 0, "decoder2.0 4G ram committed region0 is not active\n" },
		{ 0, "decoder6.0 4G ram committed no region\n" },
		{ 0, "not committed, 3 of 4 members\n" },
		{ 2, "decoder1.0 2G at 0x500000000 committed no region\n" },
		{ 2, "decoder2.0 2G ram committed no region\n" },
		{ 2, "`- free 14G at 0x580000000\n" },
		{ 3, "decoder1.0 1G at 0x500000000 committed no region\n" },
		{ 3, "`- free 15G at 0x540000000\n" },
		{ 4, "mem0 4G ram none free, some reserved" },
		{ 4, "decoder2.0 512M ram reserved no region\n" },
		{ 6, "decoder2.0 1G ram reserved region1 is not active\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_topology_ struct topology *topology = scene_new(&scenes[lines[i].scene]);
		const struct tree_options options = { 0 };
		_cleanup_free_ char *tree = NULL;

		assert_int_equal(topology_list_tree(topology, &options, &tree), 0);
		squeeze(tree);
		if (!strstr(tree, lines[i].line))
			fail_msg("no \"%s\" in\n%s", lines[i].line, tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removals),
		cmocka_unit_test(test_creations),
		cmocka_unit_test(test_all_decoders_are_named),
		cmocka_unit_test(test_decoders_of_16_bridges_are_named),
		cmocka_unit_test(test_what_is_not_understood_is_not_firmwares),
		cmocka_unit_test(test_halfway_leaves_others_dpa),
		cmocka_unit_test(test_firmware_behind_a_region),
		cmocka_unit_test(test_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

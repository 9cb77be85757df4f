// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes between snapshots.
 */
#include "cxl/topology/topology-diff.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fixture.h"

static struct json_object *diff(const struct topology *before, const struct topology *after)
{
	struct json_object *changes = NULL;

	assert_int_equal(topology_diff(before, after, &changes), 0);
	return changes;
}

static void assert_changes(struct json_object *changes, const char *expected)
{
	assert_string_equal(json_object_to_json_string_ext(changes, JSON_C_TO_STRING_PLAIN),
			    expected);
}

static void test_nothing_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(guest_fixtures); i++) {
		_cleanup_topology_ struct topology *before = fixture_topology(guest_fixtures[i]);
		_cleanup_topology_ struct topology *after = fixture_topology(guest_fixtures[i]);
		_cleanup_json_ struct json_object *changes = diff(before, after);

		assert_changes(changes, "[]");
	}
}

static void test_changed_keys(void **state)
{
	_cleanup_topology_ struct topology *before = fixture_topology("guest-hmat-region");
	_cleanup_topology_ struct topology *after = fixture_topology("guest-hmat-region");
	struct topo_dax_device *device = &after->dax_regions.items[0]->devices.items[0];
	_cleanup_json_ struct json_object *changes = NULL;

	(void)state;
	device->online_block_count = 1;
	device->zone = TOPO_ZONE_NONE;
	topology_memdev(after, "mem1")->enabled = false;
	after->auto_online_policy = "offline";
	changes = diff(before, after);
	assert_changes(changes,
		       "[{\"change\":\"changed\",\"kind\":\"memory\",\"name\":\"memory\",\"keys\":"
		       "{\"auto_online_blocks\":{\"to\":\"offline\"}}},"
		       "{\"change\":\"changed\",\"kind\":\"memdev\",\"name\":\"mem1\",\"keys\":"
		       "{\"state\":{\"to\":\"disabled\"}}},"
		       "{\"change\":\"changed\",\"kind\":\"dax\",\"name\":\"dax0.0\",\"keys\":"
		       "{\"online_memblocks\":{\"from\":2,\"to\":1},"
		       "\"movable\":{\"from\":true}}}]");
}

static size_t count(struct json_object *changes, const char *change, const char *kind)
{
	size_t found = 0;

	for (size_t i = 0; i < json_object_array_length(changes); i++) {
		struct json_object *object = json_object_array_get_idx(changes, i);
		const char *its_change = "", *its_kind = "";

		(void)json_get_string(object, "change", &its_change);
		(void)json_get_string(object, "kind", &its_kind);
		found += strcmp(its_change, change) == 0 && strcmp(its_kind, kind) == 0;
	}
	return found;
}

/* A region over four memdevs: one decoder of each endpoint, one of the switch, one of the bridge.
 */
static void test_a_region_is_made_and_removed(void **state)
{
	_cleanup_topology_ struct topology *without = fixture_topology("guest-one-switch");
	_cleanup_topology_ struct topology *with = fixture_topology("guest-one-switch-region");
	_cleanup_json_ struct json_object *made = NULL, *removed = NULL;

	(void)state;
	/* The kernel numbered the devices anew between the two guests. */
	for (size_t i = 0; i < 4; i++) {
		with->memdevs.items[i]->serial = without->memdevs.items[i]->serial;
		with->memdevs.items[i]->host = without->memdevs.items[i]->host;
	}
	made = diff(without, with);
	assert_int_equal(count(made, "added", "region"), 1);
	assert_int_equal(count(made, "added", "dax"), 1);
	assert_int_equal(count(made, "changed", "decoder"), 1 + 1 + 1 + 4);
	assert_int_equal(count(made, "changed", "memdev"), 0);
	removed = diff(with, without);
	assert_int_equal(count(removed, "removed", "region"), 1);
	assert_int_equal(count(removed, "removed", "dax"), 1);
	assert_int_equal(count(removed, "changed", "decoder"), 7);
}

/* After a hot swap, the name stays and the device is another. */
static void test_another_device_under_the_same_name(void **state)
{
	_cleanup_topology_ struct topology *before = fixture_topology("guest-mixed");
	_cleanup_topology_ struct topology *after = fixture_topology("guest-mixed");
	_cleanup_json_ struct json_object *changes = NULL;

	(void)state;
	topology_memdev(after, "mem0")->serial = 77;
	changes = diff(before, after);
	assert_int_equal(json_object_array_length(changes), 2);
	assert_int_equal(count(changes, "removed", "memdev"), 1);
	assert_int_equal(count(changes, "added", "memdev"), 1);
}

static void test_from_nothing_to_everything(void **state)
{
	_cleanup_topology_ struct topology *nothing = topology_new();
	_cleanup_topology_ struct topology *host = fixture_topology("guest-two-switches");
	_cleanup_json_ struct json_object *changes = diff(nothing, host);

	(void)state;
	assert_int_equal(count(changes, "added", "bus"), 1);
	assert_int_equal(count(changes, "added", "port"), 4);
	assert_int_equal(count(changes, "added", "endpoint"), 4);
	assert_int_equal(count(changes, "added", "memdev"), 4);
	assert_int_equal(json_object_array_length(changes),
			 host->ports.count + host->memdevs.count + host->decoders.count);
}

/* Free memory moves all the time; a user who wants the number reads the number. */
static void test_free_memory_is_no_change(void **state)
{
	_cleanup_topology_ struct topology *before = topology_new();
	_cleanup_topology_ struct topology *after = topology_new();
	_cleanup_json_ struct json_object *changes = NULL;
	struct topo_node node = TOPO_NODE_NULL;

	(void)state;
	node.id = 0;
	node.memory_total = 4096;
	node.memory_free = 1024;
	assert_int_equal(ARRAY_APPEND(&before->nodes, node), 0);
	node.memory_free = 512;
	assert_int_equal(ARRAY_APPEND(&after->nodes, node), 0);
	changes = diff(before, after);
	assert_changes(changes, "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_changed),
		cmocka_unit_test(test_changed_keys),
		cmocka_unit_test(test_a_region_is_made_and_removed),
		cmocka_unit_test(test_another_device_under_the_same_name),
		cmocka_unit_test(test_from_nothing_to_everything),
		cmocka_unit_test(test_free_memory_is_no_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

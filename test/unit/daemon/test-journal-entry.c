// SPDX-License-Identifier: GPL-2.0-only
/* Entries of the journal: what comes back is what was noted, and nothing malformed passes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/step/host-step.h"
#include "daemon/engine/journal-entry.h"
#include "util/cleanup.h"
#include "util/json.h"

#define STEP                                                                                       \
	"{\"kind\":\"region-size\",\"object\":\"region0\",\"of\":\"\",\"from\":\"0\","             \
	"\"to\":\"536870912\"}"

/* The first form of a step. */
#define OLD(kind, object, index, from, to)                                                         \
	"{\"property\":\"" kind "\",\"object\":\"" object "\",\"index\":" index                    \
	",\"from\":\"" from "\",\"to\":\"" to "\"}"

static int read_text(const char *text, struct change_entry *entry)
{
	_cleanup_json_ struct json_object *object = NULL;

	assert_int_equal(json_parse_text(text, strlen(text), &object), 0);
	return journal_entry_from_json(object, &host_steps, entry);
}

static void an_entry_comes_back(void **state)
{
	static const char text[] =
		"{\"boot\":\"a\",\"object\":\"region0\",\"kind\":\"lamp\",\"claim\":\"web\","
		"\"lanes\":[\"host\",\"switch:1\"],\"reservations\":[\"claim:"
		"web\"],\"steps\":[" STEP "," STEP "],\"receipts\":[1]}";
	struct change_entry entry = CHANGE_ENTRY_NULL;
	_cleanup_json_ struct json_object *object = NULL;

	assert_int_equal(read_text(text, &entry), 0);
	assert_string_equal(entry.boot, "a");
	assert_string_equal(entry.object, "region0");
	assert_string_equal(entry.kind, "lamp");
	assert_string_equal(entry.claim, "web");
	assert_int_equal(entry.lanes.count, 2);
	assert_string_equal(entry.lanes.names[1], "switch:1");
	assert_int_equal(entry.reservations.list.count, 1);
	assert_string_equal(entry.reservations.list.items[0].name, "claim:web");
	assert_int_equal(entry.steps.list.count, 2);
	assert_ptr_equal(entry.steps.list.items[0].kind, STEP_REGION_SIZE);
	assert_string_equal(entry.steps.list.items[0].to, "536870912");
	assert_false(change_entry_is_done(&entry, 0));
	assert_true(change_entry_is_done(&entry, 1));
	object = change_entry_to_json(&entry);
	assert_non_null(object);
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), text);
	change_entry_deinit(&entry);
}

/* A daemon that knows more has noted it: what it was about is known all the same. */
static void an_entry_of_an_unknown_kind_has_its_lanes(void **state)
{
	static const char text[] =
		"{\"boot\":\"a\",\"object\":\"vppb3\",\"lanes\":[\"switch:1\"],\"steps\":["
		"{\"kind\":\"vppb-bind\",\"object\":\"vppb3\",\"of\":\"\",\"from\":\"\","
		"\"to\":\"port2\"}]}";
	struct change_entry entry = CHANGE_ENTRY_NULL;

	assert_int_equal(read_text(text, &entry), -EINVAL);
	assert_string_equal(entry.object, "vppb3");
	assert_int_equal(entry.lanes.count, 1);
	assert_string_equal(entry.lanes.names[0], "switch:1");
	change_entry_deinit(&entry);
}

/* What an update finds: the host's steps are the same, whichever version noted them. */
static void an_entry_of_an_earlier_version_is_read(void **state)
{
	/* clang-format off */
	static const char text[] =
		"{\"boot\":\"a\",\"region\":\"region3\",\"claim\":\"web\",\"steps\":["
		OLD("region", "region3", "0", "", "ram@decoder0.0") ","
		OLD("region-target", "region3", "1", "", "decoder3.0") ","
		OLD("region-driver", "region3", "0", "", "cxl_region") ","
		"{\"property\":\"block\",\"object\":\"memory33\",\"index\":3,\"from\":\"offline\","
		"\"to\":\"online_movable\",\"last\":\"memory32\"},"
		OLD("region-driver", "region3", "0", "cxl_region", "") "]}";
	/* clang-format on */
	const struct step expected[] = {
		{ STEP_REGION, "region3", "", "", "ram@decoder0.0" },
		{ STEP_REGION_TARGET, "region3/target1", "", "", "decoder3.0" },
		{ STEP_REGION_DRIVER, "region3", "", "", "cxl_region" },
		{ STEP_DAX_GUARD, "dax3.0", "", "", "" },
		{ STEP_BLOCK, "memory33", "region3", "offline", "online_movable" },
		{ STEP_BLOCK, "memory32", "region3", "offline", "online_movable" },
		{ STEP_REGION_DRIVER, "region3", "", "cxl_region", "" },
	};
	struct change_entry entry = CHANGE_ENTRY_NULL;

	(void)state;
	assert_int_equal(read_text(text, &entry), 0);
	assert_string_equal(entry.object, "region3");
	assert_int_equal(entry.lanes.count, 1);
	assert_string_equal(entry.lanes.names[0], HOST_LANE);
	assert_int_equal(entry.steps.list.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct step *step = &entry.steps.list.items[i];

		assert_ptr_equal(step->kind, expected[i].kind);
		assert_string_equal(step->object, expected[i].object);
		assert_string_equal(step->of, expected[i].of);
		assert_string_equal(step->from, expected[i].from);
		assert_string_equal(step->to, expected[i].to);
	}
	change_entry_deinit(&entry);
}

static void what_is_malformed_does_not_pass(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[]}",
		"{\"boot\":\"a\",\"steps\":[" STEP "]}",
		"{\"region\":\"region0\",\"steps\":[" STEP "]}",
		"{\"boot\":1,\"region\":\"region0\",\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"claim\":1,\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":7,\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"lanes\":{},\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"lanes\":[7],\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"reservations\":[null],"
		"\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"reservations\":\"claim:web\","
		"\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"lanes\":[\"\"],\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"lanes\":[\"a\",\"b\",\"c\",\"d\",\"e\","
		"\"f\",\"g\",\"h\",\"i\"],\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"steps\":[" STEP "],\"receipts\":[1]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"steps\":[" STEP "],\"receipts\":[-1]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"steps\":[" STEP "],\"receipts\":[\"0\"]}",
		"{\"boot\":\"a\",\"object\":\"region0\",\"steps\":[" STEP "],\"receipts\":7}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[{}]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[7]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[" STEP
		",{\"kind\":\"region-size\",\"object\":\"../region0\",\"of\":\"\","
		"\"from\":\"0\",\"to\":\"1\"}]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[" OLD(
			"region-size", "../region0", "0", "0", "1") "]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[" OLD(
			"region-target", "region0", "16", "", "decoder3.0") "]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[" OLD(
			"region-target", "region0", "\"1\"", "", "decoder3.0") "]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[null]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct change_entry entry = CHANGE_ENTRY_NULL;

		if (read_text(bad[i], &entry) != -EINVAL)
			fail_msg("accepted %s", bad[i]);
		change_entry_deinit(&entry);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_comes_back),
		cmocka_unit_test(an_entry_of_an_unknown_kind_has_its_lanes),
		cmocka_unit_test(an_entry_of_an_earlier_version_is_read),
		cmocka_unit_test(what_is_malformed_does_not_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

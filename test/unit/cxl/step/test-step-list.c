// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of steps as JSON: what is a run and what is none, there and back, and what makes no sense.
 */
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "change/step-list.h"
#include "cxl/step/host-step.h"
#include "util/cleanup.h"
#include "util/json.h"

#define BLOCK(name, from, to) { STEP_BLOCK, name, "region0", from, to }
#define OFF(name)	      BLOCK(name, "online_movable", "offline")

struct row {
	struct step steps[6];
	size_t runs;
};

static const struct row rows[] = {
	{ { { 0 } }, 0 },
	{ { OFF("memory5") }, 1 },
	{ { OFF("memory5"), OFF("memory4"), OFF("memory3") }, 1 },
	{ { OFF("memory9"), OFF("memory10"), OFF("memory11") }, 1 },
	/* A gap; a turn; the same block twice. */
	{ { OFF("memory5"), OFF("memory3"), OFF("memory1") }, 3 },
	{ { OFF("memory5"), OFF("memory4"), OFF("memory5") }, 2 },
	{ { OFF("memory5"), OFF("memory5") }, 2 },
	/* Another zone, another region, another property. */
	{ { OFF("memory5"), BLOCK("memory4", "online_kernel", "offline"), OFF("memory3") }, 3 },
	{ { OFF("memory5"), { STEP_BLOCK, "memory4", "region1", "online_movable", "offline" } },
	  2 },
	{ { OFF("memory5"), OFF("memory4"), BLOCK("memory4", "offline", "online_kernel"),
	    BLOCK("memory5", "offline", "online_kernel") },
	  2 },
	{ { { STEP_REGION_DRIVER, "region0", "", "cxl_region", "" },
	    { STEP_DAX_DRIVER, "dax0.0", "", "kmem", "" } },
	  2 },
	{ { OFF("memory1"), OFF("memory0") }, 1 },
};

static void check(const struct row *row)
{
	_cleanup_json_ struct json_object *array = NULL, *described = NULL;
	struct step_list steps = { 0 }, again = { 0 };
	struct arena arena = ARENA_NULL;

	for (size_t i = 0; i < ARRAY_SIZE(row->steps) && row->steps[i].object; i++)
		assert_int_equal(ARRAY_APPEND(&steps.list, row->steps[i]), 0);
	array = step_list_to_json(&steps, false);
	described = step_list_to_json(&steps, true);
	assert_int_equal(json_object_array_length(array), row->runs);
	assert_int_equal(json_object_array_length(described), row->runs);
	assert_int_equal(step_list_run_count(&steps), row->runs);
	assert_int_equal(step_list_from_json(array, &host_steps, &arena, &again), 0);
	assert_int_equal(again.list.count, steps.list.count);
	for (size_t i = 0; i < steps.list.count; i++) {
		const struct step *left = &steps.list.items[i], *right = &again.list.items[i];

		assert_ptr_equal(left->kind, right->kind);
		assert_string_equal(left->of, right->of);
		assert_string_equal(left->object, right->object);
		assert_string_equal(left->from, right->from);
		assert_string_equal(left->to, right->to);
	}
	ARRAY_FREE(&steps.list);
	ARRAY_FREE(&again.list);
	arena_deinit(&arena);
}

static void there_and_back(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(&rows[i]);
}

static void says_a_run_in_one_line(void **state)
{
	struct step items[] = { OFF("memory7"), OFF("memory6"), OFF("memory5") };
	const struct step_list steps = { { items, 3 } };
	_cleanup_json_ struct json_object *array = step_list_to_json(&steps, true);
	struct json_object *run = json_object_array_get_idx(array, 0);
	const char *text;

	assert_int_equal(json_get_string(run, "last", &text), 0);
	assert_string_equal(text, "memory5");
	assert_int_equal(json_get_string(run, "text", &text), 0);
	assert_string_equal(text, "memory7 to memory5: state online_movable -> offline");
}

#define RUN(first, last)                                                                           \
	"[{\"property\":\"block\",\"object\":\"" first                                             \
	"\",\"index\":0,\"from\":\"online_movable\",\"to\":\"offline\",\"last\":\"" last "\"}]"

static void refuses_nonsense(void **state)
{
	static const char *const texts[] = {
		RUN("memory5", "memory5"),
		RUN("memory5", "dax0.0"),
		RUN("memory5", "memory05"),
		RUN("memory5", "memory"),
		RUN("memory5", ""),
		RUN("memory0", "memory1048576"),
		RUN("memory0", "memory9999999999"),
		RUN("memory9999999999", "memory0"),
		RUN("dax0.0", "memory5"),
		"[{\"property\":\"region\",\"object\":\"region0\",\"index\":0,\"from\":\"\","
		"\"to\":\"ram@decoder0.0\",\"last\":\"region5\"}]",
		"[{\"last\":\"memory5\"}]",
		"[{\"property\":\"block\",\"object\":\"memory5\",\"index\":0,\"from\":\"offline\","
		"\"to\":\"offline\",\"last\":5}]",
		"[5]",
		"[null]",
		"[[]]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_json_ struct json_object *array = NULL;
		struct arena arena = ARENA_NULL;
		struct step_list steps = { 0 };

		assert_int_equal(json_parse_text(texts[i], strlen(texts[i]), &array), 0);
		if (step_list_from_json(array, &host_steps, &arena, &steps) != -EINVAL)
			fail_msg("taken: %s", texts[i]);
		ARRAY_FREE(&steps.list);
		arena_deinit(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(says_a_run_in_one_line),
		cmocka_unit_test(refuses_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

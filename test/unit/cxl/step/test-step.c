// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps as values: what is well-formed, JSON, inverses. Names and values are the kernel's, see
 * Documentation/ABI/testing/sysfs-bus-cxl and sysfs-bus-dax of Linux.
 */
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cxl/step/host-step.h"
#include "util/json.h"

#define UUID "5d1f1e5c-72a2-4f4e-9f7a-0a1b2c3d4e5f"

static const struct step good[] = {
	{ STEP_REGION, "region0", "", "", "ram@decoder0.0" },
	{ STEP_REGION, "region12", "", "pmem@decoder10.3", "" },
	{ STEP_REGION_GRANULARITY, "region0", "", "0", "256" },
	{ STEP_REGION_WAYS, "region0", "", "0", "12" },
	{ STEP_REGION_UUID, "region0", "", "", UUID },
	{ STEP_REGION_SIZE, "region0", "", "0", "18446744073709551615" },
	{ STEP_REGION_TARGET, "region0/target15", "", "", "decoder4.0" },
	{ STEP_REGION_COMMIT, "region0", "", "0", "1" },
	{ STEP_REGION_DRIVER, "region0", "", "", "cxl_region" },
	{ STEP_DECODER_MODE, "decoder4.0", "", "none", "ram" },
	{ STEP_DECODER_DPA, "decoder4.0", "", "0", "268435456" },
	{ STEP_AUTO_ONLINE, "memory", "", "online", "online_movable" },
	{ STEP_DAX_DRIVER, "dax0.0", "", "", "kmem" },
	{ STEP_DAX_DRIVER, "dax0.0", "", "kmem", "device_dax" },
	{ STEP_DAX_MEMORY, "dax0.0", "", "unplugged", "online_movable" },
	{ STEP_DAX_MEMORY, "dax0.0", "", "online_kernel", "offline" },
	{ STEP_BLOCK, "memory40", "region0", "offline", "online_kernel" },
};

static const struct step bad[] = {
	/* objects that would lead elsewhere, or are none */
	{ STEP_REGION_SIZE, "../region0", "", "0", "1" },
	{ STEP_REGION_SIZE, "region0/../../x", "", "0", "1" },
	{ STEP_REGION_SIZE, "region0/", "", "0", "1" },
	{ STEP_REGION_SIZE, "region", "", "0", "1" },
	{ STEP_REGION_SIZE, "region-1", "", "0", "1" },
	{ STEP_REGION_SIZE, "region00", "", "0", "1" },
	{ STEP_REGION_SIZE, "region0\n", "", "0", "1" },
	{ STEP_REGION_SIZE, "region12345678901", "", "0", "1" },
	{ STEP_REGION_SIZE, "", "", "0", "1" },
	{ STEP_REGION_SIZE, "decoder0.0", "", "0", "1" },
	{ STEP_REGION_SIZE, NULL, "", "0", "1" },
	{ STEP_DECODER_DPA, "decoder0", "", "0", "1" },
	{ STEP_DECODER_DPA, "decoder0.", "", "0", "1" },
	{ STEP_DECODER_DPA, "decoder0.0.0", "", "0", "1" },
	{ STEP_AUTO_ONLINE, "memory0", "", "online", "offline" },
	{ STEP_BLOCK, "memory", "region0", "offline", "online_kernel" },
	{ STEP_BLOCK, "memory0x10", "region0", "offline", "online_kernel" },
	/* values */
	{ STEP_REGION, "region0", "", "", "ram" },
	{ STEP_REGION, "region0", "", "", "ram@region0" },
	{ STEP_REGION, "region0", "", "", "ram@decoder0.0/x" },
	{ STEP_REGION_SIZE, "region0", "", "0", "" },
	{ STEP_REGION_SIZE, "region0", "", "0", "0x100" },
	{ STEP_REGION_SIZE, "region0", "", "0", "010" },
	{ STEP_REGION_SIZE, "region0", "", "0", "-1" },
	{ STEP_REGION_SIZE, "region0", "", "0", "1 " },
	{ STEP_REGION_SIZE, "region0", "", "0", "18446744073709551616" },
	{ STEP_REGION_WAYS, "region0", "", "0", "2147483648" },
	{ STEP_REGION_UUID, "region0", "", "", "00000000-0000-0000-0000-000000000000" },
	{ STEP_REGION_UUID, "region0", "", "", UUID "0" },
	{ STEP_REGION_TARGET, "region0/target0", "", "", "../decoder4.0" },
	{ STEP_REGION_COMMIT, "region0", "", "0", "y" },
	{ STEP_REGION_DRIVER, "region0", "", "", "kmem" },
	{ STEP_DAX_DRIVER, "dax0.0", "", "", "kmem\n" },
	{ STEP_DAX_MEMORY, "dax0.0", "", "offline", "online" },
	{ STEP_DAX_MEMORY, "dax0.0", "", "mixed", "offline" },
	{ STEP_BLOCK, "memory40", "region0", "offline", "" },
	{ STEP_BLOCK, "memory40", "region0", NULL, "offline" },
	{ STEP_BLOCK, "memory40", "region0", "offline", NULL },
	/* positions, the object that a step belongs to, and the kind itself */
	{ STEP_REGION_TARGET, "region0/target16", "", "", "decoder4.0" },
	{ STEP_REGION_TARGET, "region0/target-1", "", "", "decoder4.0" },
	{ STEP_REGION_TARGET, "region0/target", "", "", "decoder4.0" },
	{ STEP_REGION_TARGET, "region0/target01", "", "", "decoder4.0" },
	{ STEP_REGION_TARGET, "region0/target1/..", "", "", "decoder4.0" },
	{ STEP_REGION_TARGET, "region0", "", "", "decoder4.0" },
	{ STEP_REGION_SIZE, "region0/target0", "", "0", "1" },
	{ STEP_REGION_SIZE, "region0", "region0", "0", "1" },
	{ STEP_BLOCK, "memory40", "", "offline", "online_kernel" },
	{ STEP_BLOCK, "memory40", "../region0", "offline", "online_kernel" },
	{ STEP_BLOCK, "memory40", NULL, "offline", "online_kernel" },
	{ NULL, "region0", "", "0", "1" },
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(step_check(&good[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (step_check(&bad[i]) != -EINVAL)
			fail_msg("bad step %zu is accepted", i);
}

static void test_json_and_back(void **state)
{
	struct arena arena = ARENA_NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_json_ struct json_object *object = step_to_json(&good[i]);
		struct step step;

		assert_non_null(object);
		assert_int_equal(step_from_json(object, &host_steps, &arena, &step), 0);
		assert_ptr_equal(step.kind, good[i].kind);
		assert_string_equal(step.of, good[i].of);
		assert_string_equal(step.object, good[i].object);
		assert_string_equal(step.from, good[i].from);
		assert_string_equal(step.to, good[i].to);
	}
	arena_deinit(&arena);
}

static void test_json_refuses(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{}",
		"{\"kind\":\"region-size\",\"object\":\"region0\",\"of\":\"\",\"from\":\"0\"}",
		"{\"kind\":\"region-siz\",\"object\":\"region0\",\"of\":\"\",\"from\":\"0\","
		"\"to\":\"1\"}",
		"{\"kind\":\"region-size\",\"object\":\"region0\",\"of\":\"\",\"from\":0,"
		"\"to\":\"1\"}",
		"{\"kind\":\"region-size\",\"object\":\"region0\",\"of\":0,\"from\":"
		"\"0\","
		"\"to\":\"1\"}",
		"{\"kind\":\"region-size\",\"object\":\"region0/x\",\"of\":\"\",\"from\":\"0\","
		"\"to\":\"1\"}",
		"{\"kind\":\"region-size\",\"object\":\"region0\\u0000/x\",\"of\":\"\","
		"\"from\":\"0\",\"to\":\"1\"}",
		"{\"kind\":\"region-size\",\"object\":\"region0\",\"of\":\"\",\"from\":\"0\","
		"\"to\":\"1\",\"more\":1}",
	};
	struct arena arena = ARENA_NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_json_ struct json_object *object = json_tokener_parse(texts[i]);
		struct step step;

		assert_non_null(object);
		if (step_from_json(object, &host_steps, &arena, &step) != -EINVAL)
			fail_msg("accepted: %s", texts[i]);
	}
	assert_int_equal(step_from_json(NULL, &host_steps, &arena, &(struct step){ 0 }), -EINVAL);
	arena_deinit(&arena);
}

static void test_inverse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct step inverse = step_inverse(&good[i]);
		struct step again = step_inverse(&inverse);

		assert_ptr_equal(inverse.from, good[i].to);
		assert_ptr_equal(inverse.to, good[i].from);
		assert_ptr_equal(again.from, good[i].from);
		assert_ptr_equal(again.to, good[i].to);
		assert_ptr_equal(again.object, good[i].object);
		assert_string_equal(again.of, good[i].of);
		/* A reset is taken back by another kind of write. */
		assert_ptr_equal(again.kind, good[i].kind == STEP_REGION_COMMIT
						     ? STEP_REGION_COMMIT_ANEW
						     : good[i].kind);
	}
	assert_true(step_has(&good[0], STEP_REVERSIBLE));
	assert_false(step_has(&good[2], STEP_REVERSIBLE));
	assert_false(step_has(&good[9], STEP_REVERSIBLE));
}

static void test_describe(void **state)
{
	struct arena arena = ARENA_NULL;

	(void)state;
	assert_string_equal(step_describe(&good[5], &arena),
			    "region0: size 0 -> 18446744073709551615");
	assert_string_equal(step_describe(&good[6], &arena),
			    "region0: target15 none -> decoder4.0");
	assert_string_equal(step_describe(&good[16], &arena),
			    "memory40: state offline -> online_kernel");
	arena_deinit(&arena);
}

static void test_append_copies(void **state)
{
	struct step_list steps = { 0 };
	struct arena arena = ARENA_NULL;
	char object[] = "region7";
	const struct step step = { STEP_REGION_SIZE, object, "", "0", "1" };

	(void)state;
	assert_int_equal(step_append(&steps, &arena, &step), 0);
	object[6] = 'x';
	assert_int_equal(steps.list.count, 1);
	assert_string_equal(steps.list.items[0].object, "region7");
	ARRAY_FREE(&steps.list);
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),	     cmocka_unit_test(test_json_and_back),
		cmocka_unit_test(test_json_refuses), cmocka_unit_test(test_inverse),
		cmocka_unit_test(test_describe),     cmocka_unit_test(test_append_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

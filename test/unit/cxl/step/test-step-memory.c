// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of steps, their explanations and the executor fails once: the answer is -ENOMEM,
 * nothing is lost (the leak check of the sanitizer build is part of this test), and what the
 * executor could not remember counts as failed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "change/step-exec.h"
#include "cxl/step/block-holder.h"
#include "cxl/step/host-step.h"
#include "cxl/step/step-explain.h"
#include "test/lib/temp-tree.h"
#include "util/json.h"

/* The linker's --wrap sends all calls of the programs' own code through these. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

/* json-c's own allocations are not ours to fail; its constructors are. */
struct json_object *__real_json_object_new_object(void);
struct json_object *__real_json_object_new_string(const char *text);
struct json_object *__wrap_json_object_new_object(void);
struct json_object *__wrap_json_object_new_string(const char *text);

static unsigned int fail_in; /* allocations until the one that fails, 0 for none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

struct json_object *__wrap_json_object_new_object(void)
{
	return fails() ? NULL : __real_json_object_new_object();
}

struct json_object *__wrap_json_object_new_string(const char *text)
{
	return fails() ? NULL : __real_json_object_new_string(text);
}

static const struct step step = { STEP_REGION_SIZE, "region0", "", "0", "268435456" };

typedef int (*operation)(void *context);

/* Returns how many allocations there were. */
static unsigned int fail_each(operation function, void *context)
{
	unsigned int failures = 0;
	int rc;

	do {
		fail_in = ++failures;
		rc = function(context);
		if (fail_in > 0) {
			fail_in = 0;
			assert_int_equal(rc, 0);
			return failures - 1;
		}
	} while (rc == -ENOMEM);
	fail_msg("allocation %u failed, and the answer is %d", failures, rc);
	return 0;
}

static int append(void *context)
{
	struct step_list steps = { 0 };
	struct arena arena = ARENA_NULL;
	int rc = 0;

	(void)context;
	for (int i = 0; i < 5 && rc == 0; i++)
		rc = step_append(&steps, &arena, &step);
	ARRAY_FREE(&steps.list);
	arena_deinit(&arena);
	return rc;
}

static int there_and_back(void *context)
{
	_cleanup_json_ struct json_object *object = step_to_json(&step);
	struct arena arena = ARENA_NULL;
	struct step again;
	int rc = -ENOMEM;

	(void)context;
	if (object)
		rc = step_from_json(object, &host_steps, &arena, &again);
	if (rc == 0 && !step_describe(&again, &arena))
		rc = -ENOMEM;
	arena_deinit(&arena);
	return rc;
}

static int explain(void *context)
{
	struct refusal_list refusals = REFUSAL_LIST_NULL;
	int rc;

	(void)context;
	rc = step_explain(&step, -ERANGE, "0", &refusals);
	if (rc == 0)
		rc = step_explain(&step, -EDOM, NULL, &refusals);
	refusal_list_deinit(&refusals);
	return rc;
}

static int holders(void *context)
{
	_cleanup_json_ struct json_object *found = NULL;
	char sys[64], proc[64];

	(void)snprintf(sys, sizeof(sys), "%s/sys", (const char *)context);
	(void)snprintf(proc, sizeof(proc), "%s/proc", (const char *)context);
	return block_holders_read_at(sys, proc, "memory40", &found);
}

static void test_values(void **state)
{
	(void)state;
	assert_true(fail_each(append, NULL) >= 4);
	assert_true(fail_each(there_and_back, NULL) >= 5);
	assert_true(fail_each(explain, NULL) >= 2);
}

static void test_holders(void **state)
{
	char *root = temp_tree_new();

	(void)state;
	temp_tree_file(root, "sys/devices/system/memory/block_size_bytes", "1000\n");
	temp_tree_file(root, "sys/devices/system/memory/memory40/valid_zones", "Normal\n");
	temp_tree_link(root, "sys/devices/system/memory/memory40/node1", "../../node/node1");
	temp_tree_file(root, "sys/devices/system/node/node1/memory40/state", "online\n");
	temp_tree_file(root, "sys/bus/cxl/devices/region0/resource", "0x28000\n");
	temp_tree_file(root, "sys/bus/cxl/devices/region0/size", "0x1000\n");
	temp_tree_file(root, "proc/100/comm", "worker\n");
	temp_tree_file(root, "proc/100/numa_maps", "7f00 default N1=1 kernelpagesize_kB=4\n");
	assert_true(fail_each(holders, root) >= 4);
	temp_tree_free(root);
}

/* Without memory the executor cannot note a step that was not ours: the step counts as failed, and
 * is left alone. */
static void test_exec_forward(void **state)
{
	struct step items[] = { { STEP_DECODER_DPA, "decoder3.0", "", "268435456", "0" }, step };
	const struct step_list steps = { { items, 2 } };
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &steps);
	fail_in = 1;
	assert_int_equal(step_exec_result(&exec, 0, false), -ENOMEM);
	fail_in = 0;
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_UNDONE);
	assert_int_equal(exec.error, -ENOMEM);
	step_exec_deinit(&exec);
}

/* An inverse that failed cannot be remembered: there is something left over all the same. */
static void test_exec_backward(void **state)
{
	struct step items[] = { step, step };
	const struct step_list steps = { { items, 2 } };
	struct step_exec exec;

	(void)state;
	step_exec_init(&exec, &steps);
	assert_int_equal(step_exec_result(&exec, 0, true), 0);
	assert_int_equal(step_exec_result(&exec, -EIO, false), 0);
	fail_in = 1;
	assert_int_equal(step_exec_result(&exec, -EIO, true), -ENOMEM);
	fail_in = 0;
	assert_int_equal(step_exec_outcome(&exec), STEP_EXEC_LEFTOVER);
	assert_int_equal(exec.leftover.count, 0);
	step_exec_deinit(&exec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_holders),
		cmocka_unit_test(test_exec_forward),
		cmocka_unit_test(test_exec_backward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

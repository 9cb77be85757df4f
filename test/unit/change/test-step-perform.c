// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one rule by which steps are performed, on an object that is a text.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "change/step-perform.h"

struct object {
	char value[STEP_VALUE_MAX];
	int error; /* of a write, which takes place all the same */
	unsigned int writes;
};

static int read_object(void *context, const struct step *step, char value[static STEP_VALUE_MAX])
{
	const struct object *object = context;

	(void)step;
	memcpy(value, object->value, sizeof(object->value));
	return 0;
}

static int write_object(void *context, const struct step *step, uint64_t deadline_ms)
{
	struct object *object = context;

	(void)deadline_ms;
	object->writes++;
	(void)snprintf(object->value, sizeof(object->value), "%s", step->to);
	return object->error;
}

static const struct step_ops ops = { .read = read_object, .write = write_object };

static const char *const nothings[] = { "", "off", NULL };

static const struct step_kind plain = { .name = "plain", .nothings = nothings };
static const struct step_kind decided = {
	.name = "decided",
	.nothings = nothings,
	.traits = STEP_WRITE_DECIDES,
};

static const struct step_kind traceless = {
	.name = "traceless",
	.nothings = nothings,
	.traits = STEP_NO_TRACE,
};

static int perform(struct object *object, const struct step_kind *kind, const char *from,
		   const char *to)
{
	const struct step step = { kind, "object", "", from, to };
	struct step_result result;

	object->writes = 0;
	return step_perform(&ops, object, &step, UINT64_MAX, &result);
}

static void what_is_done_is_not_written(void **state)
{
	struct object object = { .value = "b" };

	(void)state;
	assert_int_equal(perform(&object, &plain, "a", "b"), 0);
	assert_int_equal(object.writes, 0);
}

static void a_third_value_is_left(void **state)
{
	struct object object = { .value = "c" };

	(void)state;
	assert_int_equal(perform(&object, &plain, "a", "b"), -ESTALE);
	assert_int_equal(object.writes, 0);
	assert_string_equal(object.value, "c");
}

/* A step to nothing is done at any of the values that mean nothing. */
static void all_nothings_are_alike(void **state)
{
	struct object object = { .value = "off" };

	(void)state;
	assert_int_equal(perform(&object, &plain, "a", ""), 0);
	assert_int_equal(object.writes, 0);
	assert_int_equal(perform(&object, &plain, "", "b"), 0);
	assert_int_equal(object.writes, 1);
}

/* The value tells what came of a write, unless a value that was refused stays in its place. */
static void a_write_that_failed_may_have_worked(void **state)
{
	struct object object = { .value = "a", .error = -ENXIO };

	(void)state;
	assert_int_equal(perform(&object, &plain, "a", "b"), 0);
	assert_int_equal(perform(&object, &decided, "b", "a"), -ENXIO);
}

/* A value that is read says nothing: the step is written each time, and the write alone says
 * whether the step is done.
 */
static void what_leaves_no_trace_is_written_and_not_read(void **state)
{
	const struct step step = { &traceless, "object", "", "a", "b" };
	struct object object = { .value = "c" };
	struct step_result result;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(perform(&object, &traceless, "a", "b"), 0);
		assert_int_equal(object.writes, 1);
	}
	object.error = -EIO;
	assert_int_equal(step_perform(&ops, &object, &step, UINT64_MAX, &result), -EIO);
	assert_true(result.wrote);
	assert_false(result.before_known || result.after_known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_done_is_not_written),
		cmocka_unit_test(a_third_value_is_left),
		cmocka_unit_test(all_nothings_are_alike),
		cmocka_unit_test(a_write_that_failed_may_have_worked),
		cmocka_unit_test(what_leaves_no_trace_is_written_and_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

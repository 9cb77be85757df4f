// SPDX-License-Identifier: GPL-2.0-only
/*
 * Applies that the last run has left are taken on by the next one, whatever clients have asked for
 * meanwhile, and when there is no memory at first.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/engine/apply.h"
#include "test/lib/wrap-allocation.h"
#include "test/unit/daemon/engine/engine-stand.h"

#define USER 7
/* daemon/process/quota.c */
#define CHANGES_OF_A_USER 16

static bool is_without_memory;

static bool fails(void)
{
	return is_without_memory;
}

WRAP_IF(fails, void *, calloc, NULL, (size_t count, size_t size), (count, size))

static void on_put(void *userdata, int error, uint64_t revision)
{
	assert_int_equal(error, 0);
}

static void leave_apply(struct stand *stand)
{
	static const struct store_change change = {
		.key = APPLY_PREFIX "7h2k9qd-1",
		.value = "{\"asked\":{\"uid\":7,\"pid\":1,\"method\":\"io.cxlfm.Host.Apply\","
			 "\"request_id\":\"a\",\"digest\":0,\"no_wait\":true},\"uid\":7,"
			 "\"changes\":[{\"action\":\"forget\",\"name\":\"db\"}]}",
		.expected_revision = STORE_ABSENT,
	};

	assert_int_equal(
		stand->store->ops->commit(stand->store, &change, 1, STORE_QUICK, on_put, NULL), 0);
	stand_spin(stand);
}

static void on_recovered(void *userdata, int error)
{
	*(int *)userdata = error;
}

static int recover(struct stand *stand)
{
	int error = -EINPROGRESS;

	assert_int_equal(
		apply_recover(stand->store, stand->engine, &stand->log, on_recovered, &error), 0);
	stand_spin(stand);
	return error;
}

/* Wishes that nobody takes on are lost: no client asks for such wishes again. */
static void wishes_are_taken_on_beyond_the_bound(void **state)
{
	struct stand *stand = stand_new();
	struct errand errands[CHANGES_OF_A_USER];
	const struct quota *quota = &stand->engine->changes.quota;
	const struct change_record *record;

	leave_apply(stand);
	/* The store is read late: these changes wait. */
	for (size_t i = 0; i < CHANGES_OF_A_USER; i++) {
		errands[i] = errand_of("wire1:a");
		(void)stand_send(stand, &errands[i], USER);
	}
	assert_int_equal(quota->held[QUOTA_CHANGES], CHANGES_OF_A_USER);
	assert_int_equal(recover(stand), 0);
	assert_int_equal(quota->held[QUOTA_CHANGES], CHANGES_OF_A_USER + 1);
	record = change_register_find(&stand->engine->changes, "7h2k9qd-1");
	assert_non_null(record);
	assert_int_equal(record->uid, USER);
	assert_string_equal(record->method, "io.cxlfm.Host.Apply");
	/* A start that is tried again charges nothing twice. */
	assert_int_equal(recover(stand), 0);
	assert_int_equal(quota->held[QUOTA_CHANGES], CHANGES_OF_A_USER + 1);
	stand_free(stand);
}

static void without_memory_the_start_is_tried_again(void **state)
{
	struct stand *stand = stand_new();
	int error = 0;

	leave_apply(stand);
	assert_int_equal(
		apply_recover(stand->store, stand->engine, &stand->log, on_recovered, &error), 0);
	is_without_memory = true;
	stand_spin(stand);
	is_without_memory = false;
	assert_int_equal(error, -ENOMEM);
	assert_int_equal(stand->engine->applies.count, 0);
	assert_int_equal(recover(stand), 0);
	assert_int_equal(stand->engine->applies.count, 1);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wishes_are_taken_on_beyond_the_bound),
		cmocka_unit_test(without_memory_the_start_is_tried_again),
	};

	return cmocka_run_group_tests_name("applies that the last run has left", tests, NULL, NULL);
}

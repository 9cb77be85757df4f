// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store that does not answer for long: a change that is kept goes on when the store answers, a
 * change whose clients were sent away is given up, and the result says which.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"

static struct stand *at_work(void)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	return stand;
}

static void what_is_kept_goes_on_after_its_note(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");

	stand->holds = true;
	(void)stand_send(stand, &errand, 1);
	stand_store_is_late(stand);
	assert_false(errand.has_ended);
	assert_int_equal(stand->order_count, 0);
	stand_store_answers(stand);
	stand_do(stand, "host");
	assert_true(errand.has_ended);
	assert_int_equal(errand.result, CHANGE_DONE);
	assert_null(stand_entry(stand));
	stand_free(stand);
}

/* The clients of the change were told that nothing was done. */
static void what_clients_wait_for_is_given_up_before_its_first_step(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");
	const struct change_record *record;

	errand.is_waited_for = stand->holds = true;
	record = stand_send(stand, &errand, 1)->record;
	stand_store_is_late(stand);
	stand_store_answers(stand);
	assert_true(errand.has_ended);
	assert_int_equal(stand->order_count, 0);
	assert_string_equal(record->result.error, "io.cxlfm.Host.Cancelled");
	stand_is_told(record, "the store did not answer in time");
	assert_null(stand_entry(stand));
	stand_free(stand);
}

/* The change destroys data, and the destruction has not begun. */
static void what_destroys_is_given_up_before_its_first_step(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");

	errand.destroys = errand.is_waited_for = stand->holds = true;
	(void)stand_send(stand, &errand, 1);
	stand_store_is_late(stand);
	stand_store_answers(stand);
	assert_true(errand.has_ended);
	assert_int_equal(stand->order_count, 0);
	stand_free(stand);
}

static void what_is_kept_goes_on_with_its_next_stage(void **state)
{
	struct stand *stand = at_work();
	struct errand both = errand_of("wire1:a");

	both.stages[1] = errand_of("host").stages[0];
	both.stage_count = 2;
	(void)stand_send(stand, &both, 1);
	stand->holds = true;
	stand_do(stand, "wire1:a");
	stand_store_is_late(stand);
	stand_store_answers(stand);
	assert_false(both.has_ended);
	stand_do(stand, "host");
	assert_int_equal(both.result, CHANGE_DONE);
	assert_int_equal(both.stages_closed, 1);
	stand_free(stand);
}

/* A way back whose lane another change holds, which waits for the store. */
static void a_way_back_waits_for_a_store_where_it_is_kept(void **state)
{
	for (int kept = 0; kept < 2; kept++) {
		struct stand *stand = at_work();
		struct errand both = errand_of("wire1:a"), other = errand_of("wire1:b");
		const struct change_record *record;

		both.stages[1] = errand_of("host").stages[0];
		both.stage_count = 2;
		both.goes_back = true;
		both.is_waited_for = !kept;
		record = stand_send(stand, &both, 1)->record;
		stand_do(stand, "wire1:a");
		(void)stand_send(stand, &other, 2);
		stand_answer(stand, "host", &(struct step_answer){ .error = -EBUSY });
		assert_false(both.has_ended);
		stand->holds = true;
		stand_do(stand, "wire1:b");
		stand_store_is_late(stand);
		assert_int_equal(both.has_ended, !kept);
		stand_store_answers(stand);
		assert_int_equal(other.result, CHANGE_DONE);
		if (kept)
			stand_do(stand, "wire1:a");
		else
			stand_is_told(record, "wire1:a stays: the store does not answer");
		assert_true(both.has_ended);
		assert_int_equal(both.stages_closed, !kept);
		stand_free(stand);
	}
}

/* The commit that was late may be the one that makes the change true. */
static void what_clients_waited_for_ends_as_the_store_says(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");
	const struct change_record *record;
	struct work *work;

	errand.is_waited_for = true;
	work = stand_send(stand, &errand, 1);
	record = work->record;
	stand->holds = true;
	stand_do(stand, "host");
	assert_int_equal(work->life.task, CHANGE_CLOSE);
	stand_store_is_late(stand);
	/* Late once more, with nobody who has not been told. */
	stand_store_is_late(stand);
	stand_store_answers(stand);
	assert_int_equal(errand.result, CHANGE_DONE);
	assert_null(record->result.error);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_goes_on_after_its_note),
		cmocka_unit_test(what_clients_wait_for_is_given_up_before_its_first_step),
		cmocka_unit_test(what_destroys_is_given_up_before_its_first_step),
		cmocka_unit_test(what_is_kept_goes_on_with_its_next_stage),
		cmocka_unit_test(a_way_back_waits_for_a_store_where_it_is_kept),
		cmocka_unit_test(what_clients_waited_for_ends_as_the_store_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

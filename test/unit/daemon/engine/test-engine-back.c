// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes whose later stage fails, and whose closed stage is taken back by a plan of its own: in
 * its own lanes, by its own performer, noted as any other. What can't be taken back stays, and the
 * answer says so.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"

#define BACK_STEP                                                                                  \
	"{\"kind\":\"far\",\"object\":\"wire1:a\",\"of\":\"\",\"from\":\"on\",\"to\":\"off\"}"

static struct stand *at_work(void)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	return stand;
}

/* First over the wire, then on this host. */
static struct errand two_stages(void)
{
	struct errand both = errand_of("wire1:a");

	both.stages[1] = errand_of("host").stages[0];
	both.stage_count = 2;
	both.goes_back = true;
	return both;
}

/* What the first stage brings does not come. */
static struct errand awaiting(const char *object)
{
	struct errand both = two_stages();

	both.stages[0] = errand_of(object).stages[0];
	both.stages[0].awaits = "what hangs from it";
	both.stages[0].await_ms = 900;
	return both;
}

/* The first stage is closed, and the only step of the second one was handed out. */
static struct change_record *send(struct stand *stand, struct errand *errand)
{
	struct change_record *record = stand_send(stand, errand, 1)->record;

	stand_do(stand, errand->stages[0].steps[0].object);
	assert_int_equal(errand->at, 1);
	return record;
}

static void fail_step(struct stand *stand, const char *object)
{
	stand_answer(stand, object, &(struct step_answer){ .error = -EBUSY });
}

static const char *performer_of(const struct stand *stand, const struct order *order)
{
	const struct performers *performers = &stand->engine->performers;

	for (size_t i = 0; i < performers->slots.count; i++)
		if (performers->slots.items[i].performer == order->performer)
			return performers->slots.items[i].kind->name;
	return NULL;
}

/* Nobody is kept from a lane or from the host, and the journal has nothing. */
static void check_free(struct stand *stand)
{
	struct errand far = errand_of("wire1:x"), near = errand_of("host");

	assert_int_equal(stand->order_count, 0);
	assert_int_equal(stand->engine->on_host, 0);
	assert_int_equal(stand->engine->under_way, 0);
	assert_null(stand_entry(stand));
	near.stages[0].steps[0].object = "host:x";
	(void)stand_send(stand, &far, 2);
	(void)stand_send(stand, &near, 2);
	stand_do(stand, "wire1:x");
	stand_do(stand, "host:x");
	assert_int_equal(far.result, CHANGE_DONE);
	assert_int_equal(near.result, CHANGE_DONE);
}

static void a_closed_stage_is_taken_back_by_a_plan(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages();
	struct change_record *record = send(stand, &both);

	fail_step(stand, "host");
	assert_false(both.has_ended);
	assert_string_equal(performer_of(stand, stand_order(stand, "wire1:a")), "wire");
	assert_string_equal(stand_entry(stand),
			    "{\"boot\":\"boot\",\"object\":\"wire1:a\",\"lanes\":[\"wire1\"],"
			    "\"steps\":[" BACK_STEP "],\"stages\":1,\"back\":true,"
			    "\"asked\":{\"uid\":1,\"pid\":0,\"method\":\"io.cxlfm.Test.Set\","
			    "\"digest\":0,\"no_wait\":true}}");
	assert_int_equal(stand->durability, STORE_DURABLE);
	stand_do(stand, "wire1:a");
	assert_true(both.has_ended);
	assert_int_equal(both.result, CHANGE_FAILED);
	assert_int_equal(both.stages_closed, 0);
	assert_string_equal(stand_value(stand, "wire1:a"), "off");
	stand_is_told(record, "\"undone\":true");
	check_free(stand);
	stand_free(stand);
}

static void what_is_refused_stays_and_is_told(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages();
	struct change_record *record = send(stand, &both);

	both.stays = true;
	fail_step(stand, "host");
	assert_true(both.has_ended);
	assert_int_equal(both.stages_closed, 1);
	assert_string_equal(stand_value(stand, "wire1:a"), "on");
	stand_is_told(record, "\"undone\":false");
	stand_is_told(record, "wire1:a is used by now");
	stand_is_told(record, "wire1:a stays: its plan was refused");
	check_free(stand);
	stand_free(stand);
}

/* The first failure has no refusals of its own in the answer. */
static void what_stays_is_told_after_any_failure(void **state)
{
	struct stand *stand = at_work();
	struct errand both = awaiting("wire1:a");
	struct work *work = stand_send(stand, &both, 1);
	struct change_record *record = work->record;

	both.stays = true;
	stand_do(stand, "wire1:a");
	record->ops->give_up(work);
	stand_spin(stand);
	assert_int_equal(both.result, CHANGE_UNWANTED);
	stand_is_told(record, "\"undone\":false");
	stand_is_told(record, "wire1:a is used by now");
	stand_is_told(record, "wire1:a stays");
	check_free(stand);
	stand_free(stand);
}

/* What its inverse has not taken away either is named with what is left over. */
static void what_fails_on_the_way_back_is_left_over(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages();
	struct change_record *record;

	both.stages[0].steps[1] = (struct step){ &far_kind, "wire1:b", "", "off", "on" };
	both.stages[0].count = 2;
	record = stand_send(stand, &both, 1)->record;
	stand_do(stand, "wire1:a");
	stand_do(stand, "wire1:b");
	fail_step(stand, "host");
	stand_do(stand, "wire1:b");
	fail_step(stand, "wire1:a");
	/* The step that lights the object again fails, too. */
	fail_step(stand, "wire1:b");
	assert_true(both.has_ended);
	assert_int_equal(both.stages_closed, 1);
	stand_is_told(record, "\"undone\":false");
	stand_is_told(record, "\"leftover\":[{");
	stand_is_told(record, "wire1:b");
	check_free(stand);
	stand_free(stand);
}

/* ... and where the way back can't be noted no step of the way back is begun. */
static void a_way_back_that_is_not_stored_is_told(void **state)
{
	struct stand *stand = at_work();
	struct errand both = awaiting("host");
	struct work *work = stand_send(stand, &both, 1);
	struct change_record *record = work->record;

	stand_do(stand, "host");
	stand->refuses = 1;
	record->ops->give_up(work);
	stand_spin(stand);
	assert_true(both.has_ended);
	assert_int_equal(both.stages_closed, 1);
	stand_is_told(record, "host stays: Input/output error");
	check_free(stand);
	stand_free(stand);
}

static void a_way_back_waits_for_its_lanes_only(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(), other = errand_of("wire1:b"), near = errand_of("host");

	(void)send(stand, &both);
	(void)stand_send(stand, &other, 2);
	fail_step(stand, "host");
	assert_null(stand_order(stand, "wire1:a"));
	near.stages[0].steps[0].object = "host:x";
	(void)stand_send(stand, &near, 3);
	stand_do(stand, "host:x");
	assert_true(near.has_ended);
	assert_false(both.has_ended);
	stand_do(stand, "wire1:b");
	stand_do(stand, "wire1:a");
	assert_int_equal(both.stages_closed, 0);
	check_free(stand);
	stand_free(stand);
}

/* Somebody leaves: before the second stage the way back is begun, and on the way back nothing is
 * stopped. */
static void who_leaves_is_taken_back_and_can_not_leave_that(void **state)
{
	struct stand *stand = at_work();
	struct errand both = awaiting("wire1:a");
	struct work *work = stand_send(stand, &both, 1);
	struct change_record *record = work->record;

	stand_do(stand, "wire1:a");
	record->ops->give_up(work);
	stand_spin(stand);
	assert_string_equal(stand_order(stand, "wire1:a")->step.to, "off");
	record->ops->give_up(work);
	stand_spin(stand);
	assert_int_equal(stand->given_up, 0);
	stand_do(stand, "wire1:a");
	assert_int_equal(both.result, CHANGE_UNWANTED);
	assert_int_equal(both.stages_closed, 0);
	assert_string_equal(record->result.error, "io.cxlfm.Host.Cancelled");
	check_free(stand);
	stand_free(stand);
}

/* A change whose first stage is done, and is being closed by a commit that is not answered yet. */
static struct work *being_closed(struct stand *stand, struct errand *errand)
{
	struct work *work = stand_request(stand, errand, 1, "a");

	stand->holds = true;
	stand_do(stand, "wire1:a");
	stand_spin(stand);
	assert_int_equal(work->life.task, CHANGE_CLOSE);
	return work;
}

/* The commit that closes the first stage is under way: no further stage is begun for nobody. */
static void who_leaves_while_a_stage_is_closed_is_taken_back(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages();
	struct work *work = being_closed(stand, &both);
	struct change_record *record = work->record;

	assert_true(record->ops->may_turn_back(work));
	record->ops->give_up(work);
	stand_store_answers(stand);
	assert_null(stand_order(stand, "host"));
	assert_string_equal(stand_order(stand, "wire1:a")->step.to, "off");
	stand_do(stand, "wire1:a");
	assert_int_equal(both.result, CHANGE_UNWANTED);
	assert_int_equal(both.stages_closed, 0);
	assert_string_equal(record->result.error, "io.cxlfm.Host.Cancelled");
	/* Nothing was done, so a client who asks again gets a new change. */
	assert_null(change_register_find_request(&stand->engine->changes, 1, "a"));
	check_free(stand);
	stand_free(stand);
}

/* The stage is not closed then, and its steps go back by their inverses. */
static void who_leaves_a_stage_that_is_not_stored_is_taken_back(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages();
	struct work *work = being_closed(stand, &both);
	struct change_record *record = work->record;

	record->ops->give_up(work);
	assert_int_equal(stand->held_count, 1);
	stand->held[0].error = -EIO;
	stand_store_answers(stand);
	assert_null(stand_order(stand, "host"));
	stand_do(stand, "wire1:a");
	assert_true(both.has_ended);
	assert_int_equal(both.stages_closed, 0);
	assert_string_equal(stand_value(stand, "wire1:a"), "off");
	assert_int_equal(stand_entries(stand), 0);
	assert_null(change_register_find_request(&stand->engine->changes, 1, "a"));
	check_free(stand);
	stand_free(stand);
}

/* The change is done once its last stage is closed. */
static void who_leaves_while_the_last_stage_is_closed_is_too_late(void **state)
{
	struct stand *stand = at_work();
	struct errand far = errand_of("wire1:a");
	struct work *work = being_closed(stand, &far);
	struct change_record *record = work->record;

	assert_false(record->ops->may_turn_back(work));
	record->ops->give_up(work);
	stand_store_answers(stand);
	assert_int_equal(far.result, CHANGE_DONE);
	assert_ptr_equal(change_register_find_request(&stand->engine->changes, 1, "a"), record);
	check_free(stand);
	stand_free(stand);
}

/* The way back goes on meanwhile, with a performer of its own, and the answer waits. */
static void holders_are_found_out_beside_a_way_back(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(), near = errand_of("host");
	const struct performer *searcher;

	stand->searches = true;
	(void)send(stand, &both);
	searcher = stand_order(stand, "host")->performer;
	fail_step(stand, "host");
	/* The one that searches is nobody else's. */
	near.stages[0].steps[0].object = "host:x";
	(void)stand_send(stand, &near, 2);
	assert_ptr_not_equal(stand_order(stand, "host:x")->performer, searcher);
	stand_do(stand, "wire1:a");
	assert_false(both.has_ended);
	stand_do(stand, "host:x");
	stand_find(stand);
	assert_true(both.has_ended);
	for (size_t i = 0; i < stand->engine->performers.slots.count; i++)
		assert_false(stand->engine->performers.slots.items[i].is_taken);
	check_free(stand);
	stand_free(stand);
}

/* The entry of the stage that failed could not be erased: a way back without steps erases the
 * entry. */
static void what_was_not_erased_goes_with_the_way_back(void **state)
{
	struct stand *stand = at_work();
	struct errand both = errand_of("host");
	struct value gone = { "host", "off" };

	both.stages[1] = errand_of("wire1:a").stages[0];
	both.stage_count = 2;
	both.goes_back = true;
	(void)send(stand, &both);
	stand->values[0] = gone;
	stand->refuses = 1;
	fail_step(stand, "wire1:a");
	assert_true(both.has_ended);
	assert_int_equal(stand->refuses, 0);
	assert_int_equal(both.stages_closed, 0);
	assert_int_equal(stand->engine->debts.last, 0);
	/* What lasts is erased for good. */
	assert_int_equal(stand->durability, STORE_DURABLE);
	check_free(stand);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_stage_is_taken_back_by_a_plan),
		cmocka_unit_test(what_is_refused_stays_and_is_told),
		cmocka_unit_test(what_stays_is_told_after_any_failure),
		cmocka_unit_test(what_fails_on_the_way_back_is_left_over),
		cmocka_unit_test(a_way_back_that_is_not_stored_is_told),
		cmocka_unit_test(a_way_back_waits_for_its_lanes_only),
		cmocka_unit_test(who_leaves_is_taken_back_and_can_not_leave_that),
		cmocka_unit_test(who_leaves_while_a_stage_is_closed_is_taken_back),
		cmocka_unit_test(who_leaves_a_stage_that_is_not_stored_is_taken_back),
		cmocka_unit_test(who_leaves_while_the_last_stage_is_closed_is_too_late),
		cmocka_unit_test(holders_are_found_out_beside_a_way_back),
		cmocka_unit_test(what_was_not_erased_goes_with_the_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

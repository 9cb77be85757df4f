// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of two stages and two performers: the wait between the stages, and the wait after the
 * death of a performer; neither keeps a lane that the change does not need from others.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/claim/claim-text.h"
#include "test/unit/daemon/engine/engine-stand.h"

static struct stand *at_work(void)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	return stand;
}

/* First over the wire; when that has brought something to this host, here. */
static struct errand two_stages(unsigned int await_ms)
{
	struct errand both = errand_of("wire1:a");

	both.stages[0].awaits = "what hangs from the wire";
	both.stages[0].await_ms = await_ms;
	both.stages[1] = errand_of("host").stages[0];
	both.stage_count = 2;
	return both;
}

static void look(struct stand *stand)
{
	const struct world world = observer_world(stand->observer, NULL);

	engine_looked(stand->engine, &world);
	stand_spin(stand);
}

static void what_comes_by_itself_is_waited_for(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(900), other = errand_of("wire1:b"),
		      near = errand_of("host");

	(void)stand_send(stand, &both, 1);
	stand_do(stand, "wire1:a");
	assert_int_equal(both.plans, 1);
	/* The change holds no lane during the await. */
	(void)stand_send(stand, &other, 2);
	stand_do(stand, "wire1:b");
	assert_true(other.has_ended);
	(void)stand_send(stand, &near, 2);
	/* A look without the awaited object is no reason to go on. */
	look(stand);
	assert_int_equal(both.plans, 1);
	both.has_come = true;
	look(stand);
	/* The awaited object has come, and the lane of the next stage is not free. */
	assert_int_equal(both.plans, 1);
	stand_do(stand, "host");
	assert_true(near.has_ended);
	assert_int_equal(both.plans, 2);
	stand_do(stand, "host");
	assert_true(both.has_ended);
	assert_int_equal(both.result, CHANGE_DONE);
	stand_free(stand);
}

static void what_is_there_already_is_not_waited_for(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(900);

	both.has_come = true;
	(void)stand_send(stand, &both, 1);
	stand_do(stand, "wire1:a");
	stand_do(stand, "host");
	assert_true(both.has_ended);
	stand_free(stand);
}

static void what_does_not_come_has_a_deadline(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(20);

	(void)stand_send(stand, &both, 1);
	stand_do(stand, "wire1:a");
	assert_false(both.has_ended);
	stand_pass(stand, 25);
	assert_true(both.has_ended);
	assert_int_not_equal(both.result, CHANGE_DONE);
	assert_int_equal(both.plans, 1);
	/* What the first stage has made true is told. */
	assert_int_equal(both.stages_closed, 1);
	stand_free(stand);
}

static void who_awaits_may_leave(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(900);
	struct work *work = stand_send(stand, &both, 1);

	stand_do(stand, "wire1:a");
	work->record->ops->give_up(work);
	stand_spin(stand);
	assert_true(both.has_ended);
	assert_int_equal(both.result, CHANGE_UNWANTED);
	both.has_come = true;
	look(stand);
	stand_free(stand);
}

/* ---- reservations ---- */

/* Between its stages a change holds no lane, and keeps the reservations of its objects. */
static void what_a_change_has_to_do_with_is_nobody_elses(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(900), other = errand_of("wire1:b"),
		      unlike = errand_of("wire1:c"), later = errand_of("wire1:d");
	struct work *work;

	both.stages[0].reserves = other.stages[0].reserves = later.stages[0].reserves =
		"memdev:serial:0x1";
	unlike.stages[0].reserves = "memdev:serial:0x2";
	work = stand_send(stand, &both, 1);
	stand_do(stand, "wire1:a");
	/* A later change is refused at once, and told which change is in the way; no change waits.
	 */
	(void)stand_send(stand, &other, 2);
	assert_true(other.has_ended);
	assert_int_equal(other.result, CHANGE_REFUSED);
	assert_string_equal(other.refusal.code, "reserved");
	assert_string_equal(other.refusal.object, "memdev:serial:0x1");
	assert_non_null(strstr(other.refusal.text, "wire1:a of user 1"));
	assert_non_null(strstr(other.refusal.hint, work->record->id));
	(void)stand_send(stand, &unlike, 2);
	stand_do(stand, "wire1:c");
	assert_int_equal(unlike.result, CHANGE_DONE);
	both.has_come = true;
	look(stand);
	stand_do(stand, "host");
	assert_true(both.has_ended);
	(void)stand_send(stand, &later, 2);
	stand_do(stand, "wire1:d");
	assert_int_equal(later.result, CHANGE_DONE);
	stand_free(stand);
}

/* A change that waits for an object could not be planned again. */
static void a_later_stage_that_finds_it_taken_is_refused(void **state)
{
	struct stand *stand = at_work();
	struct errand both = two_stages(900), other = errand_of("wire2:a");

	both.stages[1].reserves = other.stages[0].reserves = "memdev:serial:0x1";
	both.has_come = true;
	(void)stand_send(stand, &other, 2);
	(void)stand_send(stand, &both, 1);
	stand_do(stand, "wire1:a");
	assert_true(both.has_ended);
	assert_int_equal(both.result, CHANGE_REFUSED);
	assert_int_equal(both.stages_closed, 1);
	stand_do(stand, "wire2:a");
	assert_int_equal(other.result, CHANGE_DONE);
	stand_free(stand);
}

/* The change that was cut short still reserves the memdev, though the wire is mute. */
static void what_a_crash_has_left_keeps_it(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("wire1:a"), other = errand_of("wire2:a");

	stand->is_mute = true;
	other.stages[0].reserves = "memdev:serial:0x1";
	stand_put(stand, "{\"boot\":\"boot\",\"object\":\"wire1:a\",\"lanes\":[\"wire1\"],"
			 "\"reservations\":[\"memdev:serial:0x1\"],\"steps\":[{\"kind\":\"far\","
			 "\"object\":\"wire1:a\",\"of\":\"\",\"from\":\"off\",\"to\":\"on\"}]}");
	stand_recover(stand, &left, "boot");
	stand_begin(stand);
	(void)stand_send(stand, &other, 1);
	assert_true(other.has_ended);
	assert_int_equal(other.result, CHANGE_REFUSED);
	stand_free(stand);
}

static void the_note_has_it(void **state)
{
	struct stand *stand = at_work();
	struct errand far = errand_of("wire1:a");

	far.stages[0].reserves = "memdev:serial:0x1";
	(void)stand_send(stand, &far, 1);
	assert_non_null(strstr(stand_entry(stand), "\"reservations\":[\"memdev:serial:0x1\"]"));
	stand_free(stand);
}

static void its_claim_is_not_judged_meanwhile(void **state)
{
	struct stand *stand = at_work();
	struct errand far = errand_of("wire1:a");
	struct claim claim = claim_of("{'name':'web','size':268435456}");
	const struct claim_record *record;

	assert_int_equal(claim_table_set(&stand->claims, &claim, 1), 0);
	record = claim_table_find(&stand->claims, "web");
	far.claim = "web";
	far.stages[0].reserves = "claim:web";
	(void)stand_send(stand, &far, 1);
	assert_true(record->is_reserved);
	stand_do(stand, "wire1:a");
	assert_true(far.has_ended);
	assert_false(record->is_reserved);
	assert_true(record->judged_from > observer_world(stand->observer, NULL).look);
	stand_free(stand);
}

/* A claim that the first stage makes is of no use before the second one. */
static void a_claim_that_a_stage_makes_is_not_judged_either(void **state)
{
	struct stand *stand = at_work();
	struct errand both = errand_of("wire1:a");
	struct claim claim = claim_of("{'name':'web','size':268435456}");

	both.stages[1] = both.stages[0];
	both.stage_count = 2;
	both.claim = "web";
	both.claim_made = &claim;
	both.stages[0].awaits = "what hangs from the wire";
	both.stages[0].await_ms = 60000;
	both.stages[0].reserves = "claim:web";
	(void)stand_send(stand, &both, 1);
	assert_null(claim_table_find(&stand->claims, "web"));
	stand_do(stand, "wire1:a");
	assert_false(both.has_ended);
	assert_true(claim_table_find(&stand->claims, "web")->is_reserved);
	stand_free(stand);
}

/* A mount that nobody was told of: the plan that reserved the claim is refused by the next look. */
static void a_claim_is_released_by_a_change_that_forgot_it(void **state)
{
	struct stand *stand = at_work();
	struct errand near = errand_of("host");
	struct claim claim = claim_of("{'name':'web','size':268435456}");

	assert_int_equal(claim_table_set(&stand->claims, &claim, 1), 0);
	near.claim = "web";
	near.is_used = true;
	near.stages[0].reserves = "claim:web";
	(void)stand_send(stand, &near, 1);
	assert_true(near.has_ended);
	assert_int_equal(near.result, CHANGE_REFUSED);
	assert_int_equal(near.plans, 2);
	assert_false(claim_table_find(&stand->claims, "web")->is_reserved);
	stand_free(stand);
}

/* ---- late orders ---- */

/* Until then the order may still come, after whatever is done next. */
static void a_late_order_is_waited_out(void **state)
{
	struct stand *stand = at_work();
	struct errand far = errand_of("wire1:a"), near = errand_of("host");

	(void)stand_send(stand, &far, 1);
	stand_answer(stand, "wire1:a",
		     &(struct step_answer){ .error = -EPIPE, .wrote = true, .died = true });
	assert_null(stand_order(stand, "wire1:a"));
	assert_false(far.has_ended);
	/* The host's lane is nobody's business there. */
	(void)stand_send(stand, &near, 1);
	stand_do(stand, "host");
	assert_true(near.has_ended);
	stand_pass(stand, FAR_LATE_MS + 5);
	stand_do(stand, "wire1:a");
	assert_true(far.has_ended);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_by_itself_is_waited_for),
		cmocka_unit_test(what_is_there_already_is_not_waited_for),
		cmocka_unit_test(what_does_not_come_has_a_deadline),
		cmocka_unit_test(who_awaits_may_leave),
		cmocka_unit_test(what_a_change_has_to_do_with_is_nobody_elses),
		cmocka_unit_test(a_later_stage_that_finds_it_taken_is_refused),
		cmocka_unit_test(what_a_crash_has_left_keeps_it),
		cmocka_unit_test(the_note_has_it),
		cmocka_unit_test(its_claim_is_not_judged_meanwhile),
		cmocka_unit_test(a_claim_that_a_stage_makes_is_not_judged_either),
		cmocka_unit_test(a_claim_is_released_by_a_change_that_forgot_it),
		cmocka_unit_test(a_late_order_is_waited_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

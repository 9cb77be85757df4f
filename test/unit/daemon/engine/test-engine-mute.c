// SPDX-License-Identifier: GPL-2.0-only
/*
 * Performers that say nothing at all, and looks that hang: each task has a deadline, or clients who
 * wait are told for what. What was given up is told, and keeps nobody from a lane or a performer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"
#include "util/json.h"

#define HALF_A_MINUTE 31000
#define TEN_SECONDS   10000

static struct stand *at_work(void)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	return stand;
}

/* The one that was asked for last, which may have ended. */
static const struct change_record *newest(const struct stand *stand)
{
	const struct change_register *changes = engine_changes(stand->engine);

	return changes->records.items[changes->records.count - 1];
}

static void check_free(struct stand *stand)
{
	struct errand near = errand_of("host");

	stand->is_silent = false;
	for (size_t i = 0; i < stand->engine->performers.slots.count; i++)
		assert_false(stand->engine->performers.slots.items[i].is_taken);
	assert_null(stand_entry(stand));
	near.stages[0].steps[0].object = "host:x";
	(void)stand_send(stand, &near, 9);
	stand_do(stand, "host:x");
	assert_int_equal(near.result, CHANGE_DONE);
}

/* The whole host is looked at instead, which shows why not. */
static void an_inquiry_has_a_deadline(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");
	struct work *work;

	errand.is_used = stand->is_silent = true;
	work = stand_send(stand, &errand, 1);
	assert_int_equal(work->life.task, CHANGE_INQUIRE);
	stand_expire(stand, work, TEN_SECONDS);
	assert_true(errand.has_ended);
	assert_int_equal(errand.result, CHANGE_REFUSED);
	assert_int_equal(errand.plans, 2);
	assert_true(stand->released > 0);
	check_free(stand);
	stand_free(stand);
}

/* The entry keeps its lanes, a client who needs the lanes is told, and the values are read again.
 */
static void a_reading_has_a_deadline(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("host"), near = errand_of("host");
	struct work *work;

	stand_put(stand, "{\"boot\":\"boot\",\"object\":\"host\",\"lanes\":[\"host\"],\"steps\":["
			 "{\"kind\":\"near\",\"object\":\"host\",\"of\":\"\",\"from\":\"off\","
			 "\"to\":\"on\"}]}");
	stand_recover(stand, &left, "boot");
	stand->is_silent = true;
	stand_begin(stand);
	work = stand->engine->works.items[0];
	assert_int_equal(work->life.task, CHANGE_READ);
	stand_expire(stand, work, HALF_A_MINUTE);
	assert_true(work->is_left_alone);
	assert_true(stand->released > 0);
	/* The daemon is ready. */
	assert_true(stand->idle > 0);
	(void)stand_send(stand, &near, 1);
	stand_is_told(newest(stand),
		      "a change of host was cut short, and can't be looked at now: ");
	stand->is_silent = false;
	stand_expire(stand, work, TEN_SECONDS);
	assert_false(work->is_left_alone);
	/* The step may have been begun. */
	stand_do(stand, "host");
	assert_true(left.has_ended);
	check_free(stand);
	stand_free(stand);
}

/* What nobody has seen is taken back. */
static void a_proof_has_a_deadline(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");
	struct change_record *record;
	struct work *work;

	errand.makes = stand->is_silent = true;
	work = stand_send(stand, &errand, 1);
	record = work->record;
	stand_do(stand, "host");
	assert_int_equal(work->life.task, CHANGE_PROVE);
	stand_expire(stand, work, HALF_A_MINUTE);
	assert_true(stand->released > 0);
	assert_string_equal(stand_order(stand, "host")->step.to, "off");
	stand_do(stand, "host");
	assert_int_equal(errand.result, CHANGE_FAILED);
	stand_is_told(record, "host was made, but can't be looked at");
	check_free(stand);
	stand_free(stand);
}

/* The answer waits for those who hold the object, and not without end. */
static void a_search_has_a_deadline(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");
	struct change_record *record;
	struct work *work;

	stand->searches = true;
	work = stand_send(stand, &errand, 1);
	record = work->record;
	stand_answer(stand, "host", &(struct step_answer){ .error = -EBUSY });
	assert_int_equal(work->life.task, CHANGE_END);
	assert_false(errand.has_ended);
	stand_expire(stand, work, TEN_SECONDS);
	assert_true(errand.has_ended);
	/* The search for holders has no effect any more. */
	assert_null(stand->search.on_holders);
	stand_is_told(record, "\"busy\":");
	check_free(stand);
	stand_free(stand);
}

/* A step that was sent can't be taken for not done: the change waits for the step, and names the
 * step. */
static void a_step_is_named_to_all_who_wait(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host"), next = errand_of("host");
	_cleanup_json_ struct json_object *list = NULL;
	struct work *work = stand_send(stand, &errand, 1), *waits = stand_send(stand, &next, 2);
	const char *text;

	list = engine_list(stand->engine);
	assert_int_equal(json_get_text(json_object_array_get_idx(list, 0), "text", &text), 0);
	assert_non_null(strstr(text, "host"));
	assert_int_equal(json_get_text(json_object_array_get_idx(list, 1), "waits_for", &text), 0);
	assert_string_equal(text, work->record->id);
	/* A client who waits may leave, and the client who has asked for the step may have the step
	 * stopped. */
	waits->record->ops->give_up(waits);
	assert_true(next.has_ended);
	work->record->ops->give_up(work);
	assert_int_equal(stand->given_up, 1);
	stand_answer(stand, "host", &(struct step_answer){ .error = -ECANCELED });
	assert_true(errand.has_ended);
	check_free(stand);
	stand_free(stand);
}

static void a_look_that_hangs_is_told(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");

	stand_blind(1);
	(void)stand_send(stand, &errand, 1);
	assert_true(errand.has_ended);
	assert_int_equal(errand.result, CHANGE_NOT_SEEN);
	assert_int_equal(errand.error, -ETIMEDOUT);
	stand_is_told(newest(stand), "a look has not ended within 10 s");
	check_free(stand);
	stand_free(stand);
}

/* An object that nobody can look at may be in use: the object stays, and all steps before are taken
 * back. */
static void a_look_that_hangs_before_a_step_fails_the_step(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");
	struct errand_stage *stage = &errand.stages[0];
	struct change_record *record;

	stage->steps[1] = (struct step){ &lent_kind, "host:lent", "", "on", "off" };
	stage->count = 2;
	record = stand_send(stand, &errand, 1)->record;
	stand_blind(1);
	stand_do(stand, "host");
	assert_null(stand_order(stand, "host:lent"));
	stand_do(stand, "host");
	assert_int_equal(errand.result, CHANGE_FAILED);
	assert_string_equal(errand.refusal.code, "host-unread");
	assert_string_equal(errand.refusal.object, "host:lent");
	stand_is_told(record, "\"undone\":true");
	stand_is_told(record, "a look has not ended within 10 s");
	check_free(stand);
	stand_free(stand);
}

/* Before the first step nobody has a performer yet, and who uses the object is searched for. */
static void who_uses_what_the_first_step_takes_is_searched_for(void **state)
{
	struct stand *stand = at_work();
	struct errand errand = errand_of("host");

	errand.stages[0].steps[0] = (struct step){ &lent_kind, "host:used", "", "on", "off" };
	stand->searches = true;
	(void)stand_send(stand, &errand, 1);
	assert_false(errand.has_ended);
	stand_find(stand);
	assert_true(errand.has_ended);
	assert_int_equal(errand.result, CHANGE_FAILED);
	check_free(stand);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inquiry_has_a_deadline),
		cmocka_unit_test(a_reading_has_a_deadline),
		cmocka_unit_test(a_proof_has_a_deadline),
		cmocka_unit_test(a_search_has_a_deadline),
		cmocka_unit_test(a_step_is_named_to_all_who_wait),
		cmocka_unit_test(a_look_that_hangs_is_told),
		cmocka_unit_test(a_look_that_hangs_before_a_step_fails_the_step),
		cmocka_unit_test(who_uses_what_the_first_step_takes_is_searched_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

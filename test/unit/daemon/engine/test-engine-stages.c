// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of two stages and two performers: what is waited for between them, what is waited for
 * when whoever performs a step has died, and that neither keeps a lane from others that the change
 * does not need.
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
	/* It holds no lane meanwhile. */
	(void)stand_send(stand, &other, 2);
	stand_do(stand, "wire1:b");
	assert_true(other.has_ended);
	(void)stand_send(stand, &near, 2);
	/* A look that does not show it is no reason to go on. */
	look(stand);
	assert_int_equal(both.plans, 1);
	both.has_come = true;
	look(stand);
	/* It has come, and the lane of its next stage is not free. */
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
		cmocka_unit_test(a_late_order_is_waited_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of different lanes run beside each other, changes of one lane one after the other: no
 * client waits for a lane that the change of the client does not need, and no client waits for
 * ever.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"
#include "util/json.h"

static struct stand *at_work(void)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	return stand;
}

static void ends_well(const struct errand *errand)
{
	assert_true(errand->has_ended);
	assert_int_equal(errand->result, CHANGE_DONE);
}

/* The list's entry of a change; a change that waits has the id of that change in "waits_for". */
static struct json_object *listed(const struct json_object *list, const struct work *work)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *id;

		assert_int_equal(json_get_text(entry, "id", &id), 0);
		if (strcmp(id, work->record->id) == 0)
			return entry;
	}
	fail_msg("%s is not listed", work->record->id);
	return NULL;
}

static void is_listed(const struct stand *stand, const struct work *work, const char *state,
		      const struct work *waits_for)
{
	_cleanup_json_ struct json_object *list = engine_list(stand->engine);
	struct json_object *entry = listed(list, work);
	const char *text;

	assert_int_equal(json_get_text(entry, "state", &text), 0);
	assert_string_equal(text, state);
	if (waits_for) {
		assert_int_equal(json_get_text(entry, "waits_for", &text), 0);
		assert_string_equal(text, waits_for->record->id);
	} else {
		assert_false(json_object_object_get_ex(entry, "waits_for", NULL));
	}
}

static void a_hung_wire_holds_up_its_lane_only(void **state)
{
	struct stand *stand = at_work();
	struct errand slow = errand_of("wire1:a"), next = errand_of("wire1:b"),
		      other = errand_of("wire2:a"), near = errand_of("host");
	struct work *first, *second;

	first = stand_send(stand, &slow, 1);
	second = stand_send(stand, &next, 2);
	(void)stand_send(stand, &other, 2);
	(void)stand_send(stand, &near, 2);
	is_listed(stand, first, "running", NULL);
	is_listed(stand, second, "waiting", first);
	assert_null(stand_order(stand, "wire1:b"));
	stand_do(stand, "wire2:a");
	stand_do(stand, "host");
	ends_well(&other);
	ends_well(&near);
	assert_false(slow.has_ended || next.has_ended);
	stand_do(stand, "wire1:a");
	ends_well(&slow);
	stand_do(stand, "wire1:b");
	ends_well(&next);
	stand_free(stand);
}

/* An earlier plan would be made of a look that is out of date. */
static void who_waits_is_planned_when_his_lanes_are_free(void **state)
{
	struct stand *stand = at_work();
	struct errand first = errand_of("host"), second = errand_of("host");

	(void)stand_send(stand, &first, 1);
	(void)stand_send(stand, &second, 1);
	assert_int_equal(first.plans, 1);
	assert_int_equal(second.plans, 0);
	stand_do(stand, "host");
	assert_int_equal(second.plans, 1);
	stand_do(stand, "host");
	ends_well(&second);
	stand_free(stand);
}

/* The change needs both lanes, of which one hangs: a change that needs only the other lane passes.
 */
static void who_waits_for_a_hung_lane_is_overtaken(void **state)
{
	struct stand *stand = at_work();
	struct errand slow = errand_of("wire1:a"), both = errand_of("host"),
		      near = errand_of("host");
	struct work *waiting, *hung;

	errand_expects(&both, "wire1");
	hung = stand_send(stand, &slow, 1);
	waiting = stand_send(stand, &both, 2);
	is_listed(stand, waiting, "waiting", hung);
	(void)stand_send(stand, &near, 3);
	stand_do(stand, "host");
	ends_well(&near);
	assert_false(both.has_ended);
	stand_free(stand);
}

/* ... but not for ever: when the lane does not hang any more, the other lanes are kept for the
 * change that was overtaken. */
static void who_was_overtaken_comes_next(void **state)
{
	struct stand *stand = at_work();
	struct errand slow = errand_of("wire1:a"), both = errand_of("host"),
		      near = errand_of("host"), late = errand_of("host"),
		      wire = errand_of("wire1:b");
	struct work *waiting, *later, *on_wire;

	errand_expects(&both, "wire1");
	(void)stand_send(stand, &slow, 1);
	waiting = stand_send(stand, &both, 2);
	(void)stand_send(stand, &near, 3);
	stand_do(stand, "wire1:a");
	assert_true(slow.has_ended);
	/* Both lanes are kept for the change that was overtaken, though another change still holds
	 * one of the lanes. */
	later = stand_send(stand, &late, 4);
	on_wire = stand_send(stand, &wire, 4);
	is_listed(stand, on_wire, "waiting", waiting);
	assert_ptr_equal(work_blocker(on_wire), waiting);
	assert_non_null(work_blocker(later));
	assert_int_equal(late.plans, 0);
	stand_do(stand, "host");
	ends_well(&near);
	assert_int_equal(both.plans, 1);
	assert_int_equal(late.plans, 0);
	stand_do(stand, "host");
	ends_well(&both);
	stand_do(stand, "host");
	stand_do(stand, "wire1:b");
	ends_well(&late);
	ends_well(&wire);
	stand_free(stand);
}

/* A wire that hangs for an hour is nothing to the claims of this host. */
static void claims_are_mended_beside_a_hung_wire(void **state)
{
	struct stand *stand = at_work();
	struct errand slow = errand_of("wire1:a"), near = errand_of("host"),
		      claimed = errand_of("host");
	unsigned int idle;

	(void)stand_send(stand, &slow, 1);
	stand->to_mend = &claimed;
	engine_wake(stand->engine);
	stand_spin(stand);
	assert_int_equal(claimed.plans, 1);
	/* Before all clients, and one at a time. */
	(void)stand_send(stand, &near, 1);
	assert_int_equal(near.plans, 0);
	idle = stand->idle;
	stand_do(stand, "host");
	ends_well(&claimed);
	stand_do(stand, "host");
	ends_well(&near);
	assert_true(stand->idle > idle);
	assert_false(slow.has_ended);
	stand_free(stand);
}

/* A claim of such a wire waits for that wire alone, and is not taken on again with each other
 * change. */
static void a_claim_behind_a_hung_wire_waits_for_it(void **state)
{
	struct stand *stand = at_work();
	struct errand slow = errand_of("wire1:a"), near = errand_of("host"),
		      claimed = errand_of("wire1:b"), other = errand_of("wire2:a");

	(void)stand_send(stand, &slow, 1);
	stand->to_mend = &claimed;
	(void)stand_send(stand, &near, 1);
	stand_do(stand, "host");
	ends_well(&near);
	assert_ptr_equal(stand->to_mend, &claimed);
	/* Nor does a change of the host keep a claim of another wire waiting. */
	near = errand_of("host");
	(void)stand_send(stand, &near, 1);
	stand->to_mend = &other;
	engine_wake(stand->engine);
	stand_spin(stand);
	stand_do(stand, "wire2:a");
	ends_well(&other);
	stand->to_mend = &claimed;
	stand_do(stand, "wire1:a");
	ends_well(&slow);
	assert_null(stand->to_mend);
	stand_do(stand, "wire1:b");
	ends_well(&claimed);
	stand_do(stand, "host");
	ends_well(&near);
	stand_free(stand);
}

/* Steps turn out to need a lane that was not expected: the change holds nothing while it waits for
 * the lane. */
static void a_lane_that_was_not_expected_is_waited_for(void **state)
{
	struct stand *stand = at_work();
	struct errand slow = errand_of("wire1:a"), grown = errand_of("host"),
		      near = errand_of("host");
	struct work *waiting, *hung;

	grown.stages[0].steps[0] = (struct step){ &far_kind, "wire1:b", "", "off", "on" };
	hung = stand_send(stand, &slow, 1);
	waiting = stand_send(stand, &grown, 2);
	assert_int_equal(grown.plans, 1);
	is_listed(stand, waiting, "waiting", hung);
	(void)stand_send(stand, &near, 3);
	stand_do(stand, "host");
	ends_well(&near);
	stand_do(stand, "wire1:a");
	/* The change that held the lane has changed the world. */
	assert_int_equal(grown.plans, 2);
	stand_do(stand, "wire1:b");
	ends_well(&grown);
	stand_free(stand);
}

static void who_waits_may_leave(void **state)
{
	struct stand *stand = at_work();
	struct errand first = errand_of("wire1:a"), second = errand_of("wire1:b"),
		      third = errand_of("wire1:c");
	struct work *leaves;

	(void)stand_send(stand, &first, 1);
	leaves = stand_send(stand, &second, 2);
	(void)stand_send(stand, &third, 3);
	leaves->record->ops->give_up(leaves);
	assert_true(second.has_ended);
	assert_int_equal(second.result, CHANGE_UNWANTED);
	stand_do(stand, "wire1:a");
	stand_do(stand, "wire1:c");
	ends_well(&third);
	assert_int_equal(second.plans, 0);
	stand_free(stand);
}

/* Each of two changes under way has an entry of its own, which goes at the end. */
static void each_has_an_entry_of_its_own(void **state)
{
	struct stand *stand = at_work();
	struct errand far = errand_of("wire1:a"), near = errand_of("host");

	(void)stand_send(stand, &far, 1);
	(void)stand_send(stand, &near, 1);
	assert_int_equal(stand_entries(stand), 2);
	stand_do(stand, "host");
	assert_int_equal(stand_entries(stand), 1);
	stand_do(stand, "wire1:a");
	assert_int_equal(stand_entries(stand), 0);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hung_wire_holds_up_its_lane_only),
		cmocka_unit_test(who_waits_is_planned_when_his_lanes_are_free),
		cmocka_unit_test(who_waits_for_a_hung_lane_is_overtaken),
		cmocka_unit_test(who_was_overtaken_comes_next),
		cmocka_unit_test(claims_are_mended_beside_a_hung_wire),
		cmocka_unit_test(a_claim_behind_a_hung_wire_waits_for_it),
		cmocka_unit_test(a_lane_that_was_not_expected_is_waited_for),
		cmocka_unit_test(who_waits_may_leave),
		cmocka_unit_test(each_has_an_entry_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

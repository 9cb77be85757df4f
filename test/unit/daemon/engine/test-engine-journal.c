// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal's entry of a change, and the next daemon's way with the entry: lasting steps are
 * taken up on another boot, a step without a trace is done once, and an entry whose performer does
 * not answer, or whose steps are unknown, holds up no change of other lanes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/engine/engine-stand.h"
#include "util/cleanup.h"

#define FAR_STEP                                                                                   \
	"{\"kind\":\"far\",\"object\":\"wire1:a\",\"of\":\"\",\"from\":\"off\",\"to\":\"on\"}"
#define NEAR_STEP                                                                                  \
	"{\"kind\":\"near\",\"object\":\"host\",\"of\":\"\",\"from\":\"off\",\"to\":\"on\"}"
#define WEAR_STEP                                                                                  \
	"{\"kind\":\"wear\",\"object\":\"wire1:"                                                   \
	"w\",\"of\":\"\",\"from\":\"whole\",\"to\":\"worn\"}"
#define ENTRY(boot, object, lane, steps)                                                           \
	"{\"boot\":\"" boot "\",\"object\":\"" object "\",\"lanes\":[\"" lane                      \
	"\"],\"steps\":[" steps "]}"

/* What stand_send() asks for. */
#define ASKED_ENTRY(boot, object, lane, steps)                                                     \
	"{\"boot\":\"" boot "\",\"object\":\"" object "\",\"lanes\":[\"" lane                      \
	"\"],\"steps\":[" steps "],\"asked\":{\"uid\":1,\"pid\":0,"                                \
	"\"method\":\"io.cxlfm.Test.Set\",\"digest\":0,\"no_wait\":true}}"

/* The second step can't be seen. */
static struct errand wearing(void)
{
	struct errand errand = errand_of("wire1:a");

	errand.stages[0].steps[1] = (struct step){ &wear_kind, "wire1:w", "", "whole", "worn" };
	errand.stages[0].count = 2;
	return errand;
}

static void what_lasts_is_noted_for_good(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a"), near = errand_of("host");

	stand_begin(stand);
	(void)stand_send(stand, &near, 1);
	assert_int_equal(stand->durability, STORE_QUICK);
	stand_do(stand, "host");
	(void)stand_send(stand, &far, 1);
	assert_int_equal(stand->durability, STORE_DURABLE);
	assert_string_equal(stand_entry(stand), ASKED_ENTRY("boot", "wire1:a", "wire1", FAR_STEP));
	stand->durability = STORE_QUICK;
	stand_do(stand, "wire1:a");
	assert_true(far.has_ended);
	/* The entry is erased for good, too: a start after the next power cut would take the stage
	 * back. */
	assert_int_equal(stand->durability, STORE_DURABLE);
	assert_null(stand_entry(stand));
	stand_free(stand);
}

/* An entry that outlives a boot would be taken up after a power cut that undoes its deletion. */
static void what_lasts_is_erased_for_good_later_too(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a"), near = errand_of("host");

	stand_begin(stand);
	(void)stand_send(stand, &far, 1);
	/* Neither the end of the change nor its way back can be stored, nor its result; nor can the
	 * entry be erased. */
	stand->refuses = 4;
	stand_do(stand, "wire1:a");
	stand_do(stand, "wire1:a");
	assert_true(far.has_ended);
	assert_int_equal(stand->refuses, 0);
	assert_int_equal(stand_entries(stand), 1);
	/* The erasure fails now, too: so the next note erases the entry. */
	stand->refuses = 1;
	(void)stand_send(stand, &near, 1);
	assert_int_equal(stand->durability, STORE_DURABLE);
	assert_int_equal(stand_entries(stand), 1);
	stand_do(stand, "host");
	assert_true(near.has_ended);
	assert_int_equal(stand_entries(stand), 0);
	stand_free(stand);
}

static void a_receipt_is_noted_before_the_next_step(void **state)
{
	struct stand *stand = stand_new();
	struct errand worn = wearing();

	stand_begin(stand);
	(void)stand_send(stand, &worn, 1);
	stand_do(stand, "wire1:a");
	assert_null(strstr(stand_entry(stand), "receipts"));
	worn.stages[0].count = 2;
	stand_do(stand, "wire1:w");
	assert_true(worn.has_ended);
	assert_int_equal(worn.result, CHANGE_DONE);
	assert_null(stand_entry(stand));
	stand_free(stand);
}

/* The daemon dies between the receipt of a step and the next step: the step is not done again. */
static void what_has_a_receipt_is_not_done_twice(void **state)
{
	static const struct {
		const char *receipts;
		bool again;
	} cases[] = { { ",\"receipts\":[0]", false }, { "", true } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stand *stand = stand_new();
		struct errand left = wearing();
		char text[512];

		(void)snprintf(text, sizeof(text),
			       "{\"boot\":\"boot\",\"object\":\"wire1:a\",\"lanes\":[\"wire1\"],"
			       "\"steps\":[" WEAR_STEP "," FAR_STEP "]%s}",
			       cases[i].receipts);
		stand_put(stand, text);
		stand_recover(stand, &left, "boot");
		stand_begin(stand);
		/* An order of the daemon before may still come. */
		assert_int_equal(stand->order_count, 0);
		stand_pass(stand, FAR_LATE_MS + 5);
		/* There is no way back from what is destroyed. */
		assert_int_equal(stand->order_count, 1);
		assert_string_equal(stand->orders[0].step.object,
				    cases[i].again ? "wire1:w" : "wire1:a");
		if (cases[i].again) {
			stand_do(stand, "wire1:w");
			assert_non_null(strstr(stand_entry(stand), "\"receipts\":[0]"));
		}
		stand_do(stand, "wire1:a");
		assert_true(left.has_ended);
		assert_null(stand_entry(stand));
		stand_free(stand);
	}
}

static void another_boot_ends_what_does_not_last(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("host");

	stand_put(stand, ENTRY("boot", "host", "host", NEAR_STEP));
	stand_recover(stand, &left, "another");
	stand_begin(stand);
	assert_null(stand_entry(stand));
	assert_false(left.has_ended);
	stand_free(stand);
}

static void another_boot_takes_up_what_lasts(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("wire1:a"), near = errand_of("host");

	stand_put(stand, ENTRY("boot", "wire1:a", "wire1", FAR_STEP));
	stand->values[stand->value_count++] = (struct value){ "wire1:a", "on" };
	stand_recover(stand, &left, "another");
	stand_begin(stand);
	/* Only changes of the lane of the entry wait for the entry. */
	(void)stand_send(stand, &near, 1);
	stand_do(stand, "host");
	assert_true(near.has_ended);
	stand_pass(stand, FAR_LATE_MS + 5);
	/* All steps are done: the stage is taken back, since no client wants the change any more.
	 */
	assert_string_equal(stand_order(stand, "wire1:a")->step.to, "off");
	stand_do(stand, "wire1:a");
	assert_true(left.has_ended);
	assert_string_equal(stand_value(stand, "wire1:a"), "off");
	assert_null(stand_entry(stand));
	stand_free(stand);
}

static void a_mute_wire_is_asked_again_and_keeps_its_lane(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("wire1:a"), near = errand_of("host"),
		      far = errand_of("wire1:b"), other = errand_of("wire2:a"),
		      late = errand_of("wire1:c");

	stand->is_mute = true;
	stand_put(stand, ENTRY("boot", "wire1:a", "wire1", FAR_STEP));
	stand_recover(stand, &left, "boot");
	stand_begin(stand);
	stand_pass(stand, FAR_LATE_MS + 5);
	/* The daemon is ready, and all else goes on. */
	assert_true(stand->idle > 0);
	(void)stand_send(stand, &near, 1);
	stand_do(stand, "host");
	assert_true(near.has_ended);
	(void)stand_send(stand, &other, 1);
	stand_do(stand, "wire2:a");
	assert_true(other.has_ended);
	/* Nobody waits for what may never answer. */
	(void)stand_send(stand, &far, 1);
	assert_true(far.has_ended);
	assert_int_equal(far.result, CHANGE_NOT_STORED);
	assert_int_equal(far.plans, 0);
	assert_non_null(stand_entry(stand));
	assert_false(left.has_ended);
	/* The engine asks the wire again, by itself. */
	stand->is_mute = false;
	for (int i = 0; i < 40 && !stand_order(stand, "wire1:a"); i++)
		stand_pass(stand, 50);
	/* The step may have been begun. */
	assert_string_equal(stand_order(stand, "wire1:a")->step.to, "off");
	stand_do(stand, "wire1:a");
	assert_true(left.has_ended);
	assert_null(stand_entry(stand));
	(void)stand_send(stand, &late, 1);
	stand_do(stand, "wire1:c");
	assert_true(late.has_ended);
	stand_free(stand);
}

/* What is half done on this host is not built upon while its wire is mute. */
static void what_is_left_is_not_overtaken(void **state)
{
	struct stand *stand = stand_new();
	struct errand near = errand_of("host");

	stand->is_mute = true;
	stand_put_as(stand, "a", ENTRY("boot", "wire1:a", "wire1", FAR_STEP));
	stand_put_as(stand, "b",
		     "{\"boot\":\"boot\",\"object\":\"host\",\"lanes\":[\"host\",\"wire1\"],"
		     "\"steps\":[" NEAR_STEP "]}");
	stand_recover(stand, NULL, "boot");
	stand_begin(stand);
	stand_pass(stand, FAR_LATE_MS + 5);
	(void)stand_send(stand, &near, 1);
	assert_int_equal(near.plans, 0);
	assert_int_equal(stand->order_count, 0);
	stand_free(stand);
}

/* A start that is tried again: what another change has by now stays its own, the rest does not. */
static void what_is_free_is_reserved_for_what_is_left(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("wire1:a"), has = errand_of("wire2:a"),
		      wants = errand_of("wire3:a"), later = errand_of("wire3:b");

	stand_begin(stand);
	has.stages[0].reserves = later.stages[0].reserves = "memdev:serial:0x1";
	wants.stages[0].reserves = "memdev:serial:0x2";
	(void)stand_send(stand, &has, 1);
	stand->is_mute = true;
	stand_put_as(stand, "left",
		     "{\"boot\":\"boot\",\"object\":\"wire1:a\",\"lanes\":[\"wire1\"],"
		     "\"reservations\":[\"memdev:serial:0x1\",\"memdev:serial:0x2\"],"
		     "\"steps\":[" FAR_STEP "]}");
	stand_recover(stand, &left, "boot");
	(void)stand_send(stand, &wants, 1);
	assert_int_equal(wants.result, CHANGE_REFUSED);
	assert_string_equal(wants.refusal.code, "reserved");
	stand_do(stand, "wire2:a");
	assert_int_equal(has.result, CHANGE_DONE);
	/* The next try finds all objects free. */
	stand_recover(stand, &left, "boot");
	(void)stand_send(stand, &later, 1);
	assert_int_equal(later.result, CHANGE_REFUSED);
	assert_string_equal(later.refusal.code, "reserved");
	stand_free(stand);
}

/* A start that is tried again lists what has ended already, and could not be erased. */
static void what_has_ended_is_not_taken_up_again(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = errand_of("host"), again = errand_of("host");

	stand_put(stand, ENTRY("boot", "host", "host", NEAR_STEP));
	stand_recover(stand, &left, "boot");
	/* Neither its end nor the debt is stored. */
	stand->refuses = 2;
	stand_begin(stand);
	if (stand->order_count)
		stand_do(stand, "host");
	assert_true(left.has_ended);
	assert_int_equal(stand_entries(stand), 1);
	stand->refuses = 1;
	stand_recover(stand, &again, "boot");
	assert_int_equal(stand->engine->works.count, 0);
	engine_wake(stand->engine);
	stand_spin(stand);
	engine_wake(stand->engine);
	stand_spin(stand);
	assert_int_equal(stand_entries(stand), 0);
	stand_free(stand);
}

/* A removal that was cut short is carried out: its claim is to end with the entry, or stays. */
static void what_is_done_and_not_closed_is_closed_later(void **state)
{
	struct stand *stand = stand_new();
	struct errand left = wearing(), far = errand_of("wire1:b");
	struct change_record *record;
	struct work *work;

	stand_put_as(stand, "7h2k9qd-1",
		     "{\"boot\":\"boot\",\"object\":\"wire1:a\",\"lanes\":[\"wire1\"],"
		     "\"steps\":[" WEAR_STEP "," FAR_STEP "],\"receipts\":[0],\"asked\":{"
		     "\"uid\":1,\"pid\":0,\"method\":\"io.cxlfm.Test.Set\",\"digest\":0,"
		     "\"no_wait\":true}}");
	stand_recover(stand, &left, "boot");
	stand_begin(stand);
	stand_pass(stand, FAR_LATE_MS + 5);
	stand->refuses = 1;
	stand_do(stand, "wire1:a");
	assert_int_equal(stand->refuses, 0);
	/* Nothing is built upon it, whose claim may still be there. */
	assert_false(left.has_ended);
	assert_int_equal(stand_entries(stand), 1);
	assert_int_equal(stand->engine->works.count, 1);
	work = stand->engine->works.items[0];
	assert_non_null(strstr(work->problem, "is done by now, but the store can't be written"));
	(void)stand_send(stand, &far, 1);
	assert_int_equal(far.result, CHANGE_NOT_STORED);
	/* The values do not matter any more. */
	stand->is_mute = true;
	stand_expire(stand, work, 500);
	assert_true(left.has_ended);
	assert_int_equal(left.result, CHANGE_DONE);
	assert_int_equal(stand_entries(stand), 0);
	record = change_register_find(&stand->engine->changes, "7h2k9qd-1");
	assert_null(record->result.error);
	stand_is_told(record, "its next start finished the change");
	stand_free(stand);
}

/* The claims of this host wait for what was cut short here, and the daemon is ready all the same.
 */
static void an_unread_entry_blocks_its_lanes_only(void **state)
{
	static const char *const lanes[] = { "wire1", "host" };

	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++) {
		struct stand *stand = stand_new();
		struct errand left = errand_of("wire1:a"), far = errand_of("wire1:b"),
			      near = errand_of("host"), claimed = errand_of("host");
		const bool is_here = strcmp(lanes[i], "host") == 0;
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "{\"boot\":\"boot\",\"object\":\"vppb3\",\"lanes\":[\"%s\"],"
			       "\"steps\":[{\"kind\":\"vppb-bind\",\"object\":\"vppb3\","
			       "\"of\":\"\",\"from\":\"\",\"to\":\"port2\"}]}",
			       lanes[i]);
		stand_put(stand, text);
		stand_recover(stand, &left, "boot");
		stand->to_mend = &claimed;
		stand_begin(stand);
		assert_true(stand->idle > 0 || !is_here);
		assert_int_equal(claimed.plans, is_here ? 0 : 1);
		if (!is_here)
			stand_do(stand, "host");
		(void)stand_send(stand, &far, 1);
		(void)stand_send(stand, &near, 1);
		assert_int_equal(far.has_ended, !is_here);
		assert_int_equal(near.has_ended, is_here);
		assert_int_equal(is_here ? near.result : far.result, CHANGE_NOT_STORED);
		stand_do(stand, is_here ? "wire1:b" : "host");
		assert_true(near.has_ended && far.has_ended);
		/* A version that understands the entry will find the entry. */
		assert_string_equal(stand_entry(stand), text);
		stand_free(stand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lasts_is_noted_for_good),
		cmocka_unit_test(what_lasts_is_erased_for_good_later_too),
		cmocka_unit_test(a_receipt_is_noted_before_the_next_step),
		cmocka_unit_test(what_has_a_receipt_is_not_done_twice),
		cmocka_unit_test(another_boot_ends_what_does_not_last),
		cmocka_unit_test(another_boot_takes_up_what_lasts),
		cmocka_unit_test(a_mute_wire_is_asked_again_and_keeps_its_lane),
		cmocka_unit_test(what_is_done_and_not_closed_is_closed_later),
		cmocka_unit_test(an_unread_entry_blocks_its_lanes_only),
		cmocka_unit_test(what_is_left_is_not_overtaken),
		cmocka_unit_test(what_has_ended_is_not_taken_up_again),
		cmocka_unit_test(what_is_free_is_reserved_for_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The results of changes outlive the daemon: a client who asks again, by the id of the request or
 * of the change, is told how the change has ended, wherever the daemon has died, and no change is
 * made twice.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/engine/result-entry.h"
#include "test/unit/daemon/engine/engine-stand.h"
#include "util/cleanup.h"

#define USER 7

static struct change_record *find(const struct stand *stand, const char *request)
{
	return change_register_find_request(&stand->engine->changes, USER, request);
}

static struct change_record *find_by_id(const struct stand *stand, const char *id)
{
	return change_register_find(&stand->engine->changes, id);
}

static void come_again(struct stand *stand)
{
	stand_restart(stand);
	stand_recover(stand, NULL, "boot");
	stand_begin(stand);
}

/* What a crash has left is taken back, or brought to its end. */
static void finish(struct stand *stand)
{
	for (int i = 0; i < 3 && stand_entries(stand); i++) {
		stand_pass(stand, FAR_LATE_MS + 5);
		while (stand->order_count && !stand->is_dead)
			stand_do(stand, stand->orders[0].step.object);
	}
}

static struct errand two_stages(void)
{
	struct errand errand = errand_of("wire1:a");

	errand.stages[1] = errand_of("host").stages[0];
	errand.stage_count = 2;
	return errand;
}

static bool is_on(const struct stand *stand, const char *object)
{
	return strcmp(stand_value(stand, object), "on") == 0;
}

static void a_result_is_known_to_the_next_daemons(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a");
	const struct change_record *record;
	char id[CHANGE_ID_MAX];

	stand_begin(stand);
	(void)strcpy(id, stand_request(stand, &far, USER, "a")->record->id);
	stand_do(stand, "wire1:a");
	for (int run = 0; run < 2; run++) {
		come_again(stand);
		record = find(stand, "a");
		assert_non_null(record);
		assert_ptr_equal(record, find_by_id(stand, id));
		assert_int_equal(record->state, CHANGE_IS_ENDED);
		assert_int_equal(record->origin, CHANGE_OF_CLIENT);
		assert_string_equal(record->method, "io.cxlfm.Test.Set");
		assert_string_equal(record->object, "wire1:a");
		assert_null(record->result.error);
		assert_string_equal(record->result.text, "{\"outcome\":{}}");
		assert_null(change_register_find_request(&stand->engine->changes, USER + 1, "a"));
		assert_null(change_register_find_request(&stand->engine->changes, USER, "b"));
	}
	stand_free(stand);
}

static void a_failure_is_known_to_the_next_daemon(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a");

	stand_begin(stand);
	(void)stand_request(stand, &far, USER, "a");
	stand_answer(stand, "wire1:a", &(struct step_answer){ .error = -EIO });
	come_again(stand);
	assert_string_equal(find(stand, "a")->result.error, "io.cxlfm.Host.Failed");
	assert_non_null(strstr(find(stand, "a")->result.text, "\"undone\":true"));
	stand_free(stand);
}

/* Returns false when the daemon has come to its end without dying. */
static bool die_at(struct errand errand, unsigned int effect, enum death death, unsigned int second)
{
	struct stand *stand = stand_new();
	const bool has_two = errand.stage_count == 2;
	const struct change_record *record;
	char id[CHANGE_ID_MAX];
	bool has_died, all, nothing;

	stand->dies_at = effect;
	stand->death = death;
	stand_begin(stand);
	(void)strcpy(id, stand_request(stand, &errand, USER, "a")->record->id);
	while (stand->order_count && !stand->is_dead)
		stand_do(stand, stand->orders[0].step.object);
	has_died = stand->is_dead;
	if (has_died) {
		stand_restart(stand);
		stand->dies_at = second ? stand->effects + second : 0;
		stand_recover(stand, NULL, "boot");
		stand_begin(stand);
		finish(stand);
	}
	stand->dies_at = 0;
	/* The last daemon, whether the one before has died or has come to an end. */
	come_again(stand);
	finish(stand);
	all = is_on(stand, "wire1:a") && (!has_two || is_on(stand, "host"));
	nothing = !is_on(stand, "wire1:a");
	record = find(stand, "a");
	/* If the change is done, a client who asks again is told so; if not, the change is done
	 * then. */
	if (all)
		assert_true(record && !record->result.error);
	else if (nothing)
		assert_null(record);
	else
		assert_true(record && strstr(record->result.text, "\"undone\":false"));
	if (record)
		assert_string_equal(record->id, id);
	stand_free(stand);
	return has_died;
}

static unsigned int die_everywhere(struct errand errand, enum death death, unsigned int second)
{
	unsigned int effect = 1;

	while (die_at(errand, effect, death, second))
		effect++;
	return effect - 1;
}

static void no_change_is_made_twice_wherever_the_daemon_dies(void **state)
{
	/* A note, a step, an end. */
	assert_int_equal(die_everywhere(errand_of("wire1:a"), DIES_BEFORE, 0), 3);
	assert_int_equal(die_everywhere(errand_of("wire1:a"), DIES_AFTER, 0), 3);
	assert_int_equal(die_everywhere(errand_of("wire1:a"), DIES_LATE, 0), 3);
	for (unsigned int second = 1; second < 4; second++)
		assert_int_equal(die_everywhere(errand_of("wire1:a"), DIES_AFTER, second), 3);
}

static void what_is_done_of_several_stages_is_told(void **state)
{
	assert_int_equal(die_everywhere(two_stages(), DIES_BEFORE, 0), 6);
	assert_int_equal(die_everywhere(two_stages(), DIES_AFTER, 0), 6);
	assert_int_equal(die_everywhere(two_stages(), DIES_LATE, 0), 6);
	for (unsigned int second = 1; second < 4; second++)
		assert_int_equal(die_everywhere(two_stages(), DIES_AFTER, second), 6);
}

/* A client who asks again while the change is being taken back waits for the same change. */
static void what_is_taken_up_has_its_id(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a");
	const struct change_record *record;
	char id[CHANGE_ID_MAX];

	stand_begin(stand);
	(void)strcpy(id, stand_request(stand, &far, USER, "a")->record->id);
	come_again(stand);
	record = find(stand, "a");
	assert_non_null(record);
	assert_int_equal(record->origin, CHANGE_OF_RECOVERY);
	assert_int_equal(record->state, CHANGE_IS_RUNNING);
	assert_string_equal(record->id, id);
	finish(stand);
	/* Nothing is there: a client who asks again gets a new change, and a client who waits is
	 * told. */
	assert_null(find(stand, "a"));
	record = find_by_id(stand, id);
	assert_string_equal(record->result.error, "io.cxlfm.Host.Cancelled");
	stand_free(stand);
}

#define ASKED                                                                                      \
	"\"asked\":{\"uid\":7,\"pid\":1,\"method\":\"m\",\"request_id\":\"a\",\"digest\":0,"       \
	"\"no_wait\":%s}"

/* The first of two stages was closed, and a plan that has no way back takes the stage back. */
static void die_on_the_way_back(struct stand *stand, const char *no_wait)
{
	char value[512];

	(void)snprintf(value, sizeof(value),
		       "{" ASKED ",\"ended_ms\":1,\"error\":\"io.cxlfm.Host.Failed\","
		       "\"parameters\":{}}",
		       no_wait);
	stand_put_result(stand, "7h2k9qd-1", value);
	(void)snprintf(value, sizeof(value),
		       "{\"boot\":\"boot\",\"object\":\"wire1:a\",\"lanes\":[\"wire1\"],"
		       "\"steps\":[{\"kind\":\"wear\",\"object\":\"wire1:a\",\"of\":\"\","
		       "\"from\":\"whole\",\"to\":\"worn\"}],\"receipts\":[0],\"stages\":1,"
		       "\"back\":true," ASKED "}",
		       no_wait);
	stand_put_as(stand, "7h2k9qd-1", value);
}

/* A stage that the next daemon takes back is not done, also for the daemons after that one. */
static void what_the_next_daemon_takes_back_is_not_told_as_done(void **state)
{
	static const char *const no_wait[] = { "true", "false" };

	for (size_t i = 0; i < ARRAY_SIZE(no_wait); i++) {
		struct stand *stand = stand_new();

		die_on_the_way_back(stand, no_wait[i]);
		for (int run = 0; run < 3; run++) {
			come_again(stand);
			finish(stand);
			assert_int_equal(stand_entries(stand), 0);
			/* Nothing is there: a client who asks again gets a new change. */
			assert_null(find(stand, "a"));
			assert_string_equal(find_by_id(stand, "7h2k9qd-1")->result.error,
					    "io.cxlfm.Host.Cancelled");
		}
		stand_free(stand);
	}
}

/* Changes without a step, which end at once. */
static void end_changes(struct stand *stand, int count)
{
	char name[16];

	for (int i = 0; i < count; i++) {
		struct errand far = errand_of("wire1:a");

		(void)snprintf(name, sizeof(name), "r%d", i);
		far.stages[0].count = 0;
		(void)stand_request(stand, &far, USER, name);
		assert_true(far.has_ended);
	}
}

/* The store forgets what the register forgets. */
static void results_are_kept_within_bounds(void **state)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	end_changes(stand, 100);
	/* The last ones of a user; what is forgotten is erased with the next change. */
	assert_null(find(stand, "r0"));
	assert_non_null(find(stand, "r99"));
	assert_in_range(stand_results(stand), 10, 65);
	come_again(stand);
	assert_null(find(stand, "r0"));
	assert_non_null(find(stand, "r99"));
	stand_free(stand);
}

static void put_results(struct stand *stand, unsigned int count)
{
	char value[256], id[CHANGE_ID_MAX];

	(void)snprintf(value, sizeof(value), "{" ASKED ",\"ended_ms\":1,\"parameters\":{}}",
		       "true");
	for (unsigned int i = 1; i <= count; i++) {
		(void)snprintf(id, sizeof(id), "7h2k9qd-%u", i);
		stand_put_result(stand, id, value);
	}
}

/* A start that is tried again reads the results again, with those that are still to be erased. */
static void a_start_that_is_tried_again_drops_no_more_results(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a");

	put_results(stand, 70);
	stand_recover(stand, NULL, "boot");
	stand_recover(stand, NULL, "boot");
	stand_begin(stand);
	assert_int_equal(stand_results(stand), stand->engine->changes.records.count);
	assert_non_null(find_by_id(stand, "7h2k9qd-70"));
	(void)stand_send(stand, &far, USER);
	stand_do(stand, "wire1:a");
	assert_int_equal(far.result, CHANGE_DONE);
	stand_free(stand);
}

/* The disk may be full for long, and whatever is dropped meanwhile can't be erased. */
static void what_is_to_be_erased_is_bounded(void **state)
{
	struct stand *stand = stand_new();
	const struct change_register *changes = &stand->engine->changes;
	char id[CHANGE_ID_MAX];

	for (unsigned int i = 1; i <= 10000; i++) {
		(void)snprintf(id, sizeof(id), "7h2k9qd-%u", i);
		changes->on_dropped(changes->userdata, id);
	}
	assert_in_range(stand->engine->debts.entries.count, 100, 1000);
	stand_free(stand);
}

static void finish_writing(struct stand *stand)
{
	while (*stand->engine->result)
		stand_spin(stand);
}

/* However many changes end while the store is slow, its queue has one result. */
static void one_result_at_a_time_is_written(void **state)
{
	struct stand *stand = stand_new();
	char name[16];

	stand_begin(stand);
	stand->holds = true;
	end_changes(stand, 30);
	stand_spin(stand);
	assert_int_equal(stand->held_count, 1);
	stand_store_answers(stand);
	finish_writing(stand);
	assert_int_equal(stand_results(stand), 30);
	come_again(stand);
	for (int i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "r%d", i);
		assert_non_null(find(stand, name));
	}
	stand_free(stand);
}

/* A daemon that ends leaves nothing behind that the store could still take. */
static void no_result_is_lost_when_the_daemon_ends(void **state)
{
	struct stand *stand = stand_new();
	char name[16];

	stand_begin(stand);
	stand->holds = true;
	end_changes(stand, HELD_MAX);
	engine_stop(stand->engine);
	come_again(stand);
	for (int i = 0; i < HELD_MAX; i++) {
		(void)snprintf(name, sizeof(name), "r%d", i);
		assert_non_null(find(stand, name));
	}
	stand_free(stand);
}

/* What the store has not answered for yet, the store may still refuse. */
static void a_result_is_stored_when_the_store_says_so(void **state)
{
	for (int error = 0; error >= -EIO; error -= EIO) {
		struct stand *stand = stand_new();

		stand_begin(stand);
		stand->holds = true;
		end_changes(stand, 1);
		stand_spin(stand);
		assert_false(find(stand, "r0")->is_stored);
		stand->held[0].error = error;
		stand_store_answers(stand);
		assert_int_equal(find(stand, "r0")->is_stored, error == 0);
		stand_free(stand);
	}
}

/* The result was on its way to the store when others of the same user took its place. */
static void a_result_that_is_dropped_on_its_way_is_erased(void **state)
{
	struct stand *stand = stand_new();
	struct errand far = errand_of("wire1:a");

	stand_begin(stand);
	stand->holds = true;
	end_changes(stand, 70);
	assert_null(find(stand, "r0"));
	stand_spin(stand);
	stand_store_answers(stand);
	finish_writing(stand);
	(void)stand_send(stand, &far, USER);
	stand_do(stand, "wire1:a");
	come_again(stand);
	assert_null(find(stand, "r0"));
	assert_int_equal(stand_results(stand), stand->engine->changes.records.count);
	stand_free(stand);
}

/* A store that does not answer for long gets the results when it answers. */
static void results_wait_for_the_store(void **state)
{
	struct stand *stand = stand_new();

	stand_begin(stand);
	engine_use_store(stand->engine, stand->store, "the disk is full");
	end_changes(stand, 1);
	assert_int_equal(stand_results(stand), 0);
	engine_use_store(stand->engine, stand->store, NULL);
	engine_wake(stand->engine);
	finish_writing(stand);
	assert_int_equal(stand_results(stand), 1);
	stand_free(stand);
}

/* Damaged rows are told in the log, and are no results. */
static void what_is_no_result_is_left(void **state)
{
	static const char asked[] =
		"\"asked\":{\"uid\":7,\"pid\":1,\"method\":\"m\",\"request_id\":"
		"\"a\",\"digest\":0,\"no_wait\":false}";
	static const char *const values[] = {
		"",
		"{",
		"[]",
		"{}",
		"{%s}",
		"{%s,\"ended_ms\":1}",
		"{%s,\"ended_ms\":-1,\"parameters\":{}}",
		"{%s,\"ended_ms\":1,\"parameters\":[]}",
		"{%s,\"ended_ms\":1,\"parameters\":{},\"error\":\"io.cxlfm.Host.Other\"}",
		"{%s,\"ended_ms\":1,\"parameters\":{},\"error\":1}",
		"{%s,\"ended_ms\":1,\"parameters\":{},\"object\":[]}",
		"{\"ended_ms\":1,\"parameters\":{}}",
		"{\"asked\":{\"uid\":7},\"ended_ms\":1,\"parameters\":{}}",
	};
	struct stand *stand = stand_new();
	char value[512];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char *at = strstr(strcpy(value, values[i]), "%s");

		if (at)
			(void)snprintf(at, sizeof(value) - (size_t)(at - value), "%s%s", asked,
				       values[i] + (at - value) + 2);
		stand_put_result(stand, "7h2k9qd-1", value);
		come_again(stand);
		assert_null(find(stand, "a"));
		assert_null(find_by_id(stand, "7h2k9qd-1"));
		assert_int_equal(stand_results(stand), 1);
	}
	(void)snprintf(value, sizeof(value), "{%s,\"ended_ms\":1,\"parameters\":{}}", asked);
	stand_put_result(stand, "7h2k9qd-1", value);
	stand_put_result(stand, "no-id", value);
	come_again(stand);
	assert_string_equal(find(stand, "a")->id, "7h2k9qd-1");
	assert_int_equal(stand_results(stand), 2);
	stand_free(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_is_known_to_the_next_daemons),
		cmocka_unit_test(a_failure_is_known_to_the_next_daemon),
		cmocka_unit_test(no_change_is_made_twice_wherever_the_daemon_dies),
		cmocka_unit_test(what_is_done_of_several_stages_is_told),
		cmocka_unit_test(what_is_taken_up_has_its_id),
		cmocka_unit_test(what_the_next_daemon_takes_back_is_not_told_as_done),
		cmocka_unit_test(results_are_kept_within_bounds),
		cmocka_unit_test(one_result_at_a_time_is_written),
		cmocka_unit_test(no_result_is_lost_when_the_daemon_ends),
		cmocka_unit_test(a_result_is_stored_when_the_store_says_so),
		cmocka_unit_test(a_result_that_is_dropped_on_its_way_is_erased),
		cmocka_unit_test(results_wait_for_the_store),
		cmocka_unit_test(a_start_that_is_tried_again_drops_no_more_results),
		cmocka_unit_test(what_is_to_be_erased_is_bounded),
		cmocka_unit_test(what_is_no_result_is_left),
	};

	return cmocka_run_group_tests_name("results of changes outlive the daemon", tests, NULL,
					   NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a performer holds, and no entry and no claim names, is given back by a change of its own;
 * what is named stays, and a performer that says nothing holds up nobody.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/claim/unknown-kind.h"
#include "test/unit/daemon/claim/claim-text.h"
#include "test/unit/daemon/engine/engine-stand.h"

#define BOUND                                                                                      \
	"{'name':'db','size':268435456,'binding':{'boot':'7c1f5d0e-5b1c-4f0e-9a3e-2a1b3c4d5e6f',"  \
	"'resource':19595788288,'size':268435456,'ways':1,'granularity':256,"                      \
	"'members':[{'serial':1}]}}"

/* A store that knows nothing of what is on. */
static struct stand *with_a_stray(void)
{
	struct stand *stand = stand_new();

	stand->wire_lists = true;
	stand->values[stand->value_count++] = (struct value){ "wire1:a", "on" };
	return stand;
}

static struct change_record *record_of(const struct stand *stand)
{
	const struct change_register *changes = &stand->engine->changes;

	assert_int_equal(changes->records.count, 1);
	return changes->records.items[0];
}

static void claim_it(struct stand *stand)
{
	struct claim claim = claim_of(BOUND);

	assert_int_equal(claim_table_set(&stand->claims, &claim, 1), 0);
}

static void what_nobody_names_is_given_back(void **state)
{
	struct stand *stand = with_a_stray();
	struct change_record *record;

	stand_begin(stand);
	assert_int_equal(stand->lists, 1);
	assert_string_equal(stand_order(stand, "wire1:a")->step.to, "off");
	/* Noted for good, like any change that outlives a boot; and nobody's. */
	assert_non_null(stand_entry(stand));
	assert_int_equal(stand->durability, STORE_DURABLE);
	record = record_of(stand);
	assert_int_equal(record->origin, CHANGE_OF_RECOVERY);
	assert_string_equal(record->method, "");
	stand_do(stand, "wire1:a");
	assert_string_equal(stand_value(stand, "wire1:a"), "off");
	assert_null(stand_entry(stand));
	assert_int_equal(record->state, CHANGE_IS_ENDED);
	assert_string_equal(record->object, "wire1:a");
	assert_null(record->result.error);
	/* Once is enough. */
	engine_wake(stand->engine);
	stand_spin(stand);
	assert_int_equal(stand->lists, 1);
	stand_free(stand);
}

static void what_a_claim_names_stays(void **state)
{
	struct stand *stand = with_a_stray();

	claim_it(stand);
	stand->values[stand->value_count++] = (struct value){ "wire2:b", "on" };
	stand_begin(stand);
	assert_null(stand_order(stand, "wire1:a"));
	assert_string_equal(stand_order(stand, "wire2:b")->step.to, "off");
	claim_table_deinit(&stand->claims);
	stand_free(stand);
}

/* Nobody knows what such a claim was given. */
static void beside_an_unknown_claim_all_stays(void **state)
{
	struct stand *stand = with_a_stray();
	_cleanup_json_ struct json_object *object = json_of("{'name':'db','kind':'share'}");
	struct claim claim = CLAIM_NULL;

	assert_int_equal(unknown_claim_from_json(&claim_kinds, object, &claim), 0);
	assert_int_equal(claim_table_set(&stand->claims, &claim, 1), 0);
	stand_begin(stand);
	assert_int_equal(stand->lists, 1);
	assert_int_equal(stand->order_count, 0);
	claim_table_deinit(&stand->claims);
	stand_free(stand);
}

/* Its steps make no sense to this version, and may be about what is on. */
static void what_an_entry_names_stays(void **state)
{
	struct stand *stand = with_a_stray();
	struct errand left = errand_of("wire1:a");

	stand_put(stand, "{\"boot\":\"boot\",\"object\":\"vppb3\",\"lanes\":[\"wire9\"],"
			 "\"reservations\":[\"memdev:serial:0x1\"],"
			 "\"steps\":[{\"kind\":\"vppb-bind\",\"object\":\"vppb3\","
			 "\"of\":\"\",\"from\":\"\",\"to\":\"port2\"}]}");
	stand_recover(stand, &left, "boot");
	stand_begin(stand);
	assert_int_equal(stand->lists, 1);
	assert_int_equal(stand->order_count, 0);
	stand_free(stand);
}

/* It was listed, and claimed while its lane was another change's. */
static void what_is_claimed_meanwhile_stays(void **state)
{
	struct stand *stand = with_a_stray();
	struct errand far = errand_of("wire1:b");

	stand->is_silent = true;
	stand_begin(stand);
	(void)stand_send(stand, &far, 1);
	stand->is_silent = false;
	stand_expire_list(stand);
	/* Asked again, and answered. */
	assert_int_equal(stand->lists, 2);
	assert_null(stand_order(stand, "wire1:a"));
	assert_int_equal(stand->engine->works.count, 2);
	claim_it(stand);
	stand_do(stand, "wire1:b");
	assert_int_equal(stand->order_count, 0);
	assert_int_equal(stand->engine->works.count, 0);
	assert_string_equal(stand_value(stand, "wire1:a"), "on");
	claim_table_deinit(&stand->claims);
	stand_free(stand);
}

static void a_mute_performer_is_asked_again(void **state)
{
	struct stand *stand = with_a_stray();
	struct errand near = errand_of("host");

	stand->is_mute = true;
	stand_begin(stand);
	assert_int_equal(stand->lists, 1);
	(void)stand_send(stand, &near, 1);
	stand_do(stand, "host");
	assert_int_equal(near.result, CHANGE_DONE);
	/* Whatever else happens, its time has to come first. */
	assert_int_equal(stand->lists, 1);
	stand->is_mute = false;
	stand_expire_list(stand);
	assert_int_equal(stand->lists, 2);
	assert_non_null(stand_order(stand, "wire1:a"));
	stand_free(stand);
}

/* Without the store nobody knows what is claimed. */
static void without_a_store_nothing_is_asked(void **state)
{
	struct stand *stand = with_a_stray();

	stand_begin_with(stand, "the disk is full");
	assert_int_equal(stand->lists, 0);
	stand_begin(stand);
	assert_int_equal(stand->lists, 1);
	stand_free(stand);
}

static void what_can_not_be_given_back_is_told(void **state)
{
	struct stand *stand = with_a_stray();
	struct change_record *record;

	stand_begin(stand);
	record = record_of(stand);
	stand_answer(stand, "wire1:a", &(struct step_answer){ .error = -EBUSY });
	assert_string_equal(record->result.error, "io.cxlfm.Host.Failed");
	assert_string_equal(stand_value(stand, "wire1:a"), "on");
	assert_null(stand_entry(stand));
	stand_free(stand);
}

/* The daemon dies at each effect, and the next one asks again. */
static void it_is_given_back_wherever_the_daemon_dies(void **state)
{
	for (unsigned int effect = 1; effect <= 3; effect++) {
		for (int death = DIES_BEFORE; death <= DIES_LATE; death++) {
			struct stand *stand = with_a_stray();

			stand->dies_at = effect;
			stand->death = (enum death)death;
			stand_begin(stand);
			while (stand->order_count && !stand->is_dead)
				stand_do(stand, stand->orders[0].step.object);
			assert_true(stand->is_dead);
			stand_restart(stand);
			stand_recover(stand, NULL, "boot");
			stand_begin(stand);
			for (int i = 0; i < 3; i++) {
				stand_pass(stand, FAR_LATE_MS + 5);
				while (stand->order_count)
					stand_do(stand, stand->orders[0].step.object);
			}
			/* What the recovery has switched on again goes with the next start. */
			stand_restart(stand);
			stand_recover(stand, NULL, "boot");
			stand_begin(stand);
			while (stand->order_count)
				stand_do(stand, stand->orders[0].step.object);
			assert_string_equal(stand_value(stand, "wire1:a"), "off");
			assert_null(stand_entry(stand));
			stand_free(stand);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_names_is_given_back),
		cmocka_unit_test(what_a_claim_names_stays),
		cmocka_unit_test(beside_an_unknown_claim_all_stays),
		cmocka_unit_test(what_an_entry_names_stays),
		cmocka_unit_test(what_is_claimed_meanwhile_stays),
		cmocka_unit_test(a_mute_performer_is_asked_again),
		cmocka_unit_test(without_a_store_nothing_is_asked),
		cmocka_unit_test(what_can_not_be_given_back_is_told),
		cmocka_unit_test(it_is_given_back_wherever_the_daemon_dies),
	};

	return cmocka_run_group_tests_name("what performers hold for nobody", tests, NULL, NULL);
}

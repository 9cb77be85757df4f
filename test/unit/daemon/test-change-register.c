// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes by their ids: which come once, what is kept of those that have ended, and who may cancel
 * which.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/engine/change-register.h"
#include "util/json.h"
#include "util/refusal.h"

#define BOOT	   "6d6c2ec3-2f6a-4d1c-a5a4-1f5a3c5f8e11"
#define OTHER_BOOT "6d6c2ec3-2f6a-4d1c-a5a4-1f5a3c5f8e12"
#define USER	   ((uid_t)1000)
#define OTHER	   ((uid_t)1001)

static struct change_record *add_for(struct change_register *changes, uid_t uid)
{
	const struct change_requester of = { .origin = CHANGE_OF_CLIENT,
					     .uid = uid,
					     .pid = 7,
					     .method = "io.cxlfm.Host.CreateRegion" };
	struct change_record *record = NULL;

	assert_int_equal(change_register_add(changes, &of, 1, &record), 0);
	return record;
}

static struct change_record *add_of(struct change_register *changes, enum change_origin origin)
{
	const struct change_requester of = { .origin = origin };
	struct change_record *record = NULL;

	assert_int_equal(change_register_add(changes, &of, 1, &record), 0);
	return record;
}

/* With a result of about so many bytes. */
static void end_with(struct change_register *changes, struct change_record *record, size_t bytes)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	struct change_answer result = CHANGE_ANSWER_NULL;
	char *text = calloc(1, bytes + 1);

	memset(text, 'x', bytes);
	assert_int_equal(json_add_string(parameters, "text", text), 0);
	free(text);
	change_answer_set(&result, NULL, parameters);
	change_register_end(changes, record, "region0", &result, true, 2);
}

static size_t count_of(const struct change_register *changes, uid_t uid)
{
	size_t count = 0;

	for (size_t i = 0; i < changes->records.count; i++)
		count += changes->records.items[i]->uid == uid;
	return count;
}

static void test_ids_come_once(void **state)
{
	struct change_register changes, later, rebooted;
	char first[CHANGE_ID_MAX], second[CHANGE_ID_MAX];

	change_register_init(&changes, BOOT, 5000);
	change_register_init(&later, BOOT, 5001);
	change_register_init(&rebooted, OTHER_BOOT, 5000);
	(void)strcpy(first, add_for(&changes, USER)->id);
	(void)strcpy(second, add_for(&changes, USER)->id);
	assert_string_not_equal(first, second);
	assert_int_equal(strlen(first), 9);
	assert_string_not_equal(add_for(&later, USER)->id, first);
	assert_string_not_equal(add_for(&rebooted, USER)->id, first);
	assert_non_null(change_register_find(&changes, first));
	assert_null(change_register_find(&later, first));
	assert_string_not_equal(later.word, changes.word);
	assert_string_not_equal(rebooted.word, changes.word);
	change_register_deinit(&changes);
	change_register_deinit(&later);
	change_register_deinit(&rebooted);
}

/* A daemon that is started again and again: for months no word comes twice. */
/* What an earlier run has given an id takes the place of a result, and of nothing that goes on. */
static void test_a_former_id_comes_once(void **state)
{
	const struct change_requester of = { .origin = CHANGE_OF_RECOVERY,
					     .id = "7h2k9qd-1",
					     .uid = USER,
					     .method = "io.cxlfm.Host.CreateRegion" };
	struct change_register changes;
	struct change_record *first, *second;

	change_register_init(&changes, BOOT, 1);
	assert_int_equal(change_register_add(&changes, &of, 1, &first), 0);
	assert_string_equal(first->id, of.id);
	assert_int_equal(change_register_add(&changes, &of, 1, &second), 0);
	assert_ptr_equal(change_register_find(&changes, of.id), first);
	assert_string_not_equal(second->id, of.id);
	end_with(&changes, first, 10);
	assert_int_equal(change_register_add(&changes, &of, 1, &first), 0);
	assert_ptr_equal(change_register_find(&changes, of.id), first);
	assert_int_equal(changes.records.count, 2);
	change_register_deinit(&changes);
}

static void test_starts_differ(void **state)
{
	struct change_register changes, other;

	change_register_init(&changes, BOOT, 123456789);
	for (uint64_t days = 1; days < 300; days++) {
		change_register_init(&other, BOOT, 123456789 + days * 24 * 3600 * 1000);
		assert_string_not_equal(other.word, changes.word);
	}
}

static void test_what_is_unknown_is_explained(void **state)
{
	static const char *const none[] = {
		"",
		"-",
		"12",
		"region0",
		"0000000-",
		"0000000-0",
		"0000000-x",
		"0000000-1x",
		"000000-1",
		"00000000-1",
		"ooooooo-1",
		"0000000-01",
		"0000000-123456789012345678901234567890",
	};
	struct change_register changes, earlier;
	char id[CHANGE_ID_MAX];

	change_register_init(&changes, BOOT, 5000);
	change_register_init(&earlier, BOOT, 4000);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_non_null(strstr(change_register_explain(&changes, none[i]),
				       "not the id of a change"));
	assert_non_null(strstr(change_register_explain(&changes, add_for(&earlier, USER)->id),
			       "was started again"));
	(void)snprintf(id, sizeof(id), "%s-1", changes.word);
	assert_non_null(strstr(change_register_explain(&changes, id), "no change was given"));
	(void)snprintf(id, sizeof(id), "%s-99999999999999999999", changes.word);
	assert_non_null(strstr(change_register_explain(&changes, id), "no change was given"));
	change_register_end(&changes, add_for(&changes, USER), NULL,
			    &(struct change_answer){ .text = NULL }, false, 2);
	(void)snprintf(id, sizeof(id), "%s-1", changes.word);
	assert_non_null(strstr(change_register_explain(&changes, id), "not kept any more"));
	change_register_deinit(&changes);
	change_register_deinit(&earlier);
}

static void test_changes_are_charged_until_they_end(void **state)
{
	const struct change_requester of = { .origin = CHANGE_OF_CLIENT, .uid = USER };
	struct change_register changes;
	struct change_record *record, *first;
	size_t count = 1;

	change_register_init(&changes, BOOT, 1);
	first = add_for(&changes, USER);
	while (change_register_add(&changes, &of, 1, &record) == 0)
		count++;
	assert_int_equal(count, changes.quota.limits[QUOTA_CHANGES].of_a_user);
	assert_int_equal(change_register_add(&changes, &of, 1, &record), -EDQUOT);
	/* What nobody has asked for, and what others ask for, goes on. */
	(void)add_of(&changes, CHANGE_OF_CLAIM);
	(void)add_of(&changes, CHANGE_OF_RECOVERY);
	(void)add_for(&changes, OTHER);
	end_with(&changes, first, 10);
	(void)add_for(&changes, USER);
	assert_int_equal(change_register_add(&changes, &of, 1, &record), -EDQUOT);
	change_register_deinit(&changes);
}

static void test_the_oldest_result_goes(void **state)
{
	struct change_register changes;
	char first[CHANGE_ID_MAX], second[CHANGE_ID_MAX], others[CHANGE_ID_MAX];
	struct change_record *record;
	size_t kept;

	change_register_init(&changes, BOOT, 1);
	record = add_for(&changes, OTHER);
	(void)strcpy(others, record->id);
	end_with(&changes, record, 10);
	record = add_for(&changes, USER);
	(void)strcpy(first, record->id);
	end_with(&changes, record, 10);
	record = add_for(&changes, USER);
	(void)strcpy(second, record->id);
	end_with(&changes, record, 10);
	kept = changes.quota.limits[QUOTA_RESULTS].of_a_user;
	for (size_t i = 2; i < kept; i++)
		end_with(&changes, add_for(&changes, USER), 10);
	assert_non_null(change_register_find(&changes, first));
	end_with(&changes, add_for(&changes, USER), 10);
	assert_null(change_register_find(&changes, first));
	assert_non_null(change_register_find(&changes, second));
	for (size_t i = 0; i < 1000; i++)
		end_with(&changes, add_for(&changes, USER), 10);
	assert_int_equal(count_of(&changes, USER), kept);
	assert_non_null(change_register_find(&changes, others));
	change_register_deinit(&changes);
}

/* However many users there are, and claims that are mended: the last one's result is kept. */
static void test_all_results_are_bounded(void **state)
{
	struct change_register changes;
	char id[CHANGE_ID_MAX];

	change_register_init(&changes, BOOT, 1);
	for (uid_t uid = 1000; uid < 2000; uid++) {
		struct change_record *record = add_for(&changes, uid);

		(void)strcpy(id, record->id);
		end_with(&changes, record, 200);
		assert_non_null(change_register_find(&changes, id));
		end_with(&changes, add_of(&changes, CHANGE_OF_CLAIM), 200);
	}
	assert_true(changes.records.count <= changes.quota.limits[QUOTA_RESULTS].total);
	assert_int_equal(changes.quota.held[QUOTA_RESULTS], changes.records.count);
	assert_true(changes.users.count <= changes.records.count);
	change_register_deinit(&changes);
}

static void test_bytes_are_bounded(void **state)
{
	const size_t mib = 1024 * 1024;
	struct change_register changes;
	struct change_record *record;
	char id[CHANGE_ID_MAX];
	size_t kept;

	change_register_init(&changes, BOOT, 1);
	for (uid_t uid = 1000; uid < 1020; uid++)
		for (size_t i = 0; i < 20; i++)
			end_with(&changes, add_for(&changes, uid), 100 * 1024);
	assert_true(changes.quota.held[QUOTA_RESULT_BYTES] <=
		    changes.quota.limits[QUOTA_RESULT_BYTES].total);
	/* What is larger than all that a user may have is not kept, and nothing goes for it. */
	record = add_for(&changes, USER);
	(void)strcpy(id, record->id);
	kept = changes.quota.held[QUOTA_RESULTS];
	end_with(&changes, record, 2 * mib);
	assert_null(change_register_find(&changes, id));
	assert_int_equal(changes.quota.held[QUOTA_RESULTS], kept);
	change_register_deinit(&changes);
}

/* What is asked for by who does not wait is kept for nobody else. */
static void test_parameters_are_charged(void **state)
{
	struct change_requester of = {
		.origin = CHANGE_OF_CLIENT, .uid = USER, .kept = true, .bytes = 200 * 1024
	};
	struct change_register changes;
	struct change_record *record;
	size_t count = 0;

	change_register_init(&changes, BOOT, 1);
	while (change_register_add(&changes, &of, 1, &record) == 0)
		count++;
	assert_int_equal(count, 1024 / 200);
	of.bytes = 0;
	assert_int_equal(change_register_add(&changes, &of, 1, &record), 0);
	while (changes.records.count)
		change_register_end(&changes, changes.records.items[0], NULL,
				    &(struct change_answer){ .text = NULL }, false, 2);
	assert_int_equal(changes.quota.held[QUOTA_RESULT_BYTES], 0);
	assert_int_equal(changes.quota.held[QUOTA_CHANGES], 0);
	assert_int_equal(changes.users.count, 0);
	change_register_deinit(&changes);
}

static void test_requests_are_their_users(void **state)
{
	const struct change_requester of = { .origin = CHANGE_OF_CLIENT,
					     .uid = USER,
					     .request = "nightly" };
	struct change_register changes;
	struct change_record *record;

	change_register_init(&changes, BOOT, 1);
	assert_int_equal(change_register_add(&changes, &of, 1, &record), 0);
	assert_ptr_equal(change_register_find_request(&changes, USER, "nightly"), record);
	assert_null(change_register_find_request(&changes, OTHER, "nightly"));
	assert_null(change_register_find_request(&changes, USER, "night"));
	end_with(&changes, record, 10);
	assert_ptr_equal(change_register_find_request(&changes, USER, "nightly"), record);
	/* One without a name is not found by none. */
	(void)add_for(&changes, USER);
	assert_null(change_register_find_request(&changes, USER, ""));
	change_register_deinit(&changes);
}

static const char *refusal_to(const struct change_record *record, uid_t uid)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	static char code[64];
	int rc = change_record_check_cancel(record, uid, &problems);

	assert_true(rc == 0 || rc == 1);
	assert_int_equal(problems.list.count, rc);
	(void)snprintf(code, sizeof(code), "%s", rc ? problems.list.items[0].code : "");
	refusal_list_deinit(&problems);
	return code;
}

static void test_who_may_cancel(void **state)
{
	struct change_register changes;
	struct change_record *own, *claims, *left;

	change_register_init(&changes, BOOT, 1);
	own = add_for(&changes, USER);
	claims = add_of(&changes, CHANGE_OF_CLAIM);
	left = add_of(&changes, CHANGE_OF_RECOVERY);
	assert_string_equal(refusal_to(own, USER), "");
	assert_string_equal(refusal_to(own, 0), "");
	assert_string_equal(refusal_to(own, OTHER), "change-of-others");
	for (size_t i = 0; i < 3; i++) {
		const uid_t uid = (const uid_t[]){ 0, USER, (uid_t)-1 }[i];

		assert_string_equal(refusal_to(claims, uid), "change-of-claim");
		assert_string_equal(refusal_to(left, uid), "change-of-recovery");
	}
	end_with(&changes, own, 10);
	assert_string_equal(refusal_to(own, USER), "change-ended");
	assert_string_equal(refusal_to(own, 0), "change-ended");
	change_register_deinit(&changes);
}

/* So many of a letter, of which so many bytes are kept. */
static void check_long_reason(const char *letter, size_t count, size_t kept)
{
	struct change_answer result = CHANGE_ANSWER_NULL;
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	char *text = calloc(count, strlen(letter) + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * strlen(letter), letter, strlen(letter));
	assert_int_equal(json_add_string(parameters, "text", text), 0);
	change_answer_set(&result, "io.cxlfm.Host.StoreFailed", parameters);
	assert_int_equal(strlen(result.reason), kept);
	assert_memory_equal(result.reason, text, kept);
	change_answer_deinit(&result);
	free(text);
}

static void test_reasons(void **state)
{
	struct change_answer result = CHANGE_ANSWER_NULL;
	_cleanup_json_ struct json_object *refused =
		json_tokener_parse("{\"refusals\": [{\"code\": \"a\", \"text\": \"no room\"}, "
				   "{\"text\": \"other\"}]}");
	_cleanup_json_ struct json_object *text = json_tokener_parse("{\"text\": \"gone\"}");

	change_answer_set(&result, "io.cxlfm.Host.Refused", refused);
	assert_string_equal(result.reason, "no room");
	change_answer_set(&result, "io.cxlfm.Host.HostUnread", text);
	assert_string_equal(result.reason, "gone");
	assert_string_equal(result.text, "{\"text\":\"gone\"}");
	change_answer_set(&result, NULL, text);
	assert_null(result.reason);
	check_long_reason("x", CHANGE_REASON_MAX, CHANGE_REASON_MAX);
	check_long_reason("x", CHANGE_REASON_MAX + 1, CHANGE_REASON_MAX);
	/* Letters of two and three bytes stay whole. */
	check_long_reason("\xc3\xa4", 1000, CHANGE_REASON_MAX);
	check_long_reason("\xe2\x82\xac", 1000, CHANGE_REASON_MAX / 3 * 3);
	change_answer_set(&result, NULL, NULL);
	assert_int_equal(result.system_error, -ENOMEM);
	change_answer_deinit(&result);
}

/* ---- results of an earlier run ---- */

static void note_dropped(void *userdata, const char *id)
{
	(void)snprintf(userdata, CHANGE_ID_MAX, "%s", id);
}

static void restore(struct change_register *changes, uid_t uid, unsigned int number)
{
	char id[CHANGE_ID_MAX];
	const struct change_requester of = { .origin = CHANGE_OF_CLIENT,
					     .id = id,
					     .uid = uid,
					     .method = "io.cxlfm.Host.CreateRegion",
					     .request = "a" };
	struct change_answer result = CHANGE_ANSWER_NULL;

	(void)snprintf(id, sizeof(id), "7h2k9qd-%u", number);
	change_answer_set_text(&result, strdup("{}"));
	assert_int_equal(change_register_restore(changes, &of, "region0", &result, 1), 0);
	assert_null(result.text);
}

/* Results of an earlier run are within the bounds of results, and never count as changes that are
 * under way. */
static void test_results_of_an_earlier_run(void **state)
{
	struct change_register changes;
	char dropped[CHANGE_ID_MAX] = "";
	size_t most;

	change_register_init(&changes, BOOT, 1);
	change_register_on_dropped(&changes, note_dropped, dropped);
	most = changes.quota.limits[QUOTA_RESULTS].of_a_user;
	for (unsigned int i = 1; i <= most; i++)
		restore(&changes, USER, i);
	assert_string_equal(dropped, "");
	assert_int_equal(count_of(&changes, USER), most);
	/* The same once more changes nothing; one more is one too many. */
	restore(&changes, USER, 1);
	assert_int_equal(count_of(&changes, USER), most);
	restore(&changes, USER, 1000);
	assert_string_equal(dropped, "7h2k9qd-1");
	assert_int_equal(count_of(&changes, USER), most);
	assert_int_equal(changes.quota.held[QUOTA_CHANGES], 0);
	/* A result that the store has not is dropped without a word. */
	*dropped = '\0';
	end_with(&changes, add_for(&changes, OTHER), 1);
	assert_string_equal(dropped, "");
	change_register_deinit(&changes);
}

/* The result of the change said that the change was cut short. The store still has that result. */
static void test_a_change_that_is_taken_up_replaces_its_result(void **state)
{
	const struct change_requester of = { .origin = CHANGE_OF_RECOVERY,
					     .id = "7h2k9qd-1",
					     .uid = USER,
					     .method = "io.cxlfm.Host.CreateRegion",
					     .request = "a" };
	struct change_register changes;
	struct change_record *record;

	change_register_init(&changes, BOOT, 1);
	restore(&changes, USER, 1);
	assert_int_equal(change_register_add(&changes, &of, 1, &record), 0);
	assert_int_equal(changes.records.count, 1);
	assert_ptr_equal(change_register_find_request(&changes, USER, "a"), record);
	assert_ptr_equal(change_register_find(&changes, "7h2k9qd-1"), record);
	assert_true(record->is_stored);
	assert_int_equal(changes.quota.held[QUOTA_RESULTS], 0);
	assert_int_equal(changes.quota.held[QUOTA_CHANGES], 0);
	end_with(&changes, record, 1);
	assert_int_equal(changes.quota.held[QUOTA_RESULTS], 1);
	change_register_deinit(&changes);
}

/* The store could be read when clients had asked for as many changes as they may. */
static void test_what_was_taken_on_is_not_refused(void **state)
{
	const size_t bytes = 700 * (size_t)1024;
	const struct change_requester of = { .origin = CHANGE_OF_CLIENT,
					     .was_taken_on = true,
					     .uid = USER,
					     .method = "io.cxlfm.Host.Apply",
					     .bytes = bytes };
	const struct change_requester more = { .origin = CHANGE_OF_CLIENT, .uid = USER };
	struct change_record *taken[2], *record, *own[16];
	struct change_register changes;

	change_register_init(&changes, BOOT, 1);
	assert_int_equal(changes.quota.limits[QUOTA_CHANGES].of_a_user, 16);
	for (size_t i = 0; i < 16; i++)
		own[i] = add_for(&changes, USER);
	assert_int_equal(change_register_add(&changes, &more, 1, &record), -EDQUOT);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(change_register_add(&changes, &of, 1, &taken[i]), 0);
	assert_int_equal(changes.quota.held[QUOTA_CHANGES], 18);
	assert_int_equal(changes.quota.held[QUOTA_RESULT_BYTES], 2 * bytes);
	/* Both are charged until they have ended, and the user gets no more until then. */
	for (size_t i = 0; i < 2; i++)
		end_with(&changes, own[i], 10);
	assert_int_equal(change_register_add(&changes, &more, 1, &record), -EDQUOT);
	for (size_t i = 0; i < 2; i++)
		end_with(&changes, taken[i], 10);
	assert_int_equal(changes.quota.held[QUOTA_CHANGES], 14);
	assert_in_range(changes.quota.held[QUOTA_RESULT_BYTES], 1, 1000);
	assert_int_equal(change_register_add(&changes, &more, 1, &record), 0);
	change_register_deinit(&changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results_of_an_earlier_run),
		cmocka_unit_test(test_what_was_taken_on_is_not_refused),
		cmocka_unit_test(test_a_change_that_is_taken_up_replaces_its_result),
		cmocka_unit_test(test_ids_come_once),
		cmocka_unit_test(test_a_former_id_comes_once),
		cmocka_unit_test(test_starts_differ),
		cmocka_unit_test(test_what_is_unknown_is_explained),
		cmocka_unit_test(test_changes_are_charged_until_they_end),
		cmocka_unit_test(test_the_oldest_result_goes),
		cmocka_unit_test(test_all_results_are_bounded),
		cmocka_unit_test(test_bytes_are_bounded),
		cmocka_unit_test(test_parameters_are_charged),
		cmocka_unit_test(test_requests_are_their_users),
		cmocka_unit_test(test_who_may_cancel),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

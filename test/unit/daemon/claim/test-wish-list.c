// SPDX-License-Identifier: GPL-2.0-only
/* Wishes that are worked off: their order, the requests, the results, and the stored text. */
#include "daemon/claim/wish-list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "test/unit/daemon/claim/claim-text.h"

#define FORGET	"{'action':'forget','name':'f'}"
#define REMOVE	"{'action':'remove','name':'r','resource':4096}"
#define REMOVE2 "{'action':'remove','name':'s','resource':8192}"
#define CHANGE                                                                                     \
	"{'action':'change','name':'c','anew':true,'claim':{'name':'c','size':1},'changes':{}}"
#define MAKE "{'action':'make','name':'m','claim':{'name':'m','size':2}}"

static void fill(struct wish_list *list, const char *text)
{
	_cleanup_json_ struct json_object *changes = json_of(text);

	assert_int_equal(wish_list_add(list, changes), 0);
	wish_list_sort(list);
}

static void they_are_in_the_order_of_a_difference(void **state)
{
	static const char order[] = "fsrcm";
	struct wish_list list = WISH_LIST_NULL;

	fill(&list, "[" MAKE "," REMOVE "," CHANGE "]");
	fill(&list, "[" FORGET "," REMOVE2 "]");
	for (size_t i = 0; order[i]; i++) {
		assert_int_equal(wish_list_at(&list)[0], order[i]);
		wish_list_tell(&list, NULL, "{\"outcome\":{}}");
	}
	assert_null(wish_list_at(&list));
	assert_int_equal(list.done, 5);
	wish_list_deinit(&list);
}

static void each_is_asked_for_as_by_its_verb(void **state)
{
	static const struct {
		enum claim_verb verb;
		bool anew;
	} expected[] = {
		{ CLAIM_FORGET, false },
		{ CLAIM_END, false },
		{ CLAIM_WANT, true },
		{ CLAIM_WANT, false },
	};
	struct wish_list list = WISH_LIST_NULL;

	fill(&list, "[" FORGET "," REMOVE "," CHANGE "," MAKE "]");
	for (size_t i = 0; i < 4; i++) {
		struct claim_asking asking = CLAIM_ASKING_NULL;

		assert_int_equal(wish_list_ask(&list, &claim_kinds, &asking), 0);
		assert_int_equal(asking.verb, expected[i].verb);
		assert_int_equal(asking.anew, expected[i].anew);
		assert_string_equal(asking.name, wish_list_at(&list));
		assert_false(asking.dry_run);
		claim_asking_deinit(&asking);
		wish_list_tell(&list, NULL, NULL);
	}
	wish_list_deinit(&list);
}

static void assert_results(const struct wish_list *list, const char *text)
{
	_cleanup_free_ char *written = wish_list_results(list);
	_cleanup_json_ struct json_object *results = written ? json_of(written) : NULL;
	_cleanup_json_ struct json_object *expected = json_of(text);

	assert_non_null(results);
	assert_string_equal(json_object_to_json_string(results),
			    json_object_to_json_string(expected));
}

/* The store may have any name: claims were once given names that no claim can be given now. */
static void any_name_is_told(void **state)
{
	struct wish_list list = WISH_LIST_NULL;

	fill(&list, "[{'action':'remove','name':'a\\\\b'}]");
	wish_list_tell(&list, NULL, NULL);
	assert_results(&list, "[{'action':'remove','name':'a\\\\b'}]");
	wish_list_deinit(&list);
}

static void results_tell_of_all(void **state)
{
	struct wish_list list = WISH_LIST_NULL;

	fill(&list, "[" FORGET "," CHANGE "," MAKE "]");
	wish_list_tell(&list, NULL, "{\"outcome\":{\"plan\":{},\"claim\":\"f\",\"region\":{}}}");
	wish_list_give_up(&list, "a.B", "{\"text\":\"x\"}");
	assert_int_equal(list.done, 1);
	assert_results(&list,
		       "[{'action':'forget','name':'f','outcome':{'claim':'f'}},"
		       "{'action':'change','name':'c','anew':true,'error':'a.B',"
		       "'parameters':{'text':'x'}},"
		       "{'action':'make','name':'m','error':'a.B','parameters':{'text':'x'}}]");
	wish_list_deinit(&list);
}

/* Thousands of failures would fill the daemon's memory and no answer could hold the failures. */
static void what_is_told_of_failures_is_bounded(void **state)
{
	enum { COUNT = 2000 };
	static char parameters[2048];
	struct wish_list list = WISH_LIST_NULL;

	(void)snprintf(parameters, sizeof(parameters),
		       "{\"refusals\":[{\"code\":\"x\"},{\"code\":\"%1500d\"}],\"holders\":{}}", 1);
	for (int i = 0; i < COUNT; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "[{'action':'remove','name':'n%04d'}]", i);
		fill(&list, text);
	}
	while (wish_list_at(&list))
		wish_list_tell(&list, "a.B", parameters);
	assert_in_range(list.told_bytes, 256 * 1024, 256 * 1024 + COUNT * 100);
	assert_non_null(strstr(list.wishes.items[0].told, "holders"));
	assert_null(strstr(list.wishes.items[COUNT - 1].told, "holders"));
	assert_non_null(strstr(list.wishes.items[COUNT - 1].told, "{\"code\":\"x\"}]"));
	wish_list_deinit(&list);
}

static void what_is_stored_comes_back(void **state)
{
	struct wish_list list = WISH_LIST_NULL, again = WISH_LIST_NULL;
	const struct change_asked asked = { 1000, 7, "io.cxlfm.Host.Apply", "a", UINT64_MAX, true };
	struct change_asked back = { .uid = 0 };
	struct arena arena = ARENA_NULL;
	_cleanup_free_ char *text = NULL;

	fill(&list, "[" FORGET "," REMOVE "," REMOVE2 "," CHANGE "," MAKE "]");
	text = wish_list_to_text(&list, &asked);
	assert_non_null(text);
	assert_int_equal(wish_list_from_text(text, &again, &arena, &back), 0);
	assert_int_equal(back.uid, 1000);
	assert_int_equal(back.pid, 7);
	assert_string_equal(back.method, asked.method);
	assert_string_equal(back.request, "a");
	assert_true(back.digest == UINT64_MAX && back.kept);
	arena_deinit(&arena);
	assert_int_equal(again.bytes, list.bytes);
	/* The wishes keep their order: the fulfilled wishes are the beginning. */
	wish_list_skip(&again, 3);
	assert_string_equal(wish_list_at(&again), "c");
	assert_int_equal(again.wishes.count, 2);
	wish_list_skip(&again, 9);
	assert_null(wish_list_at(&again));
	assert_int_equal(again.bytes, 0);
	wish_list_deinit(&list);
	wish_list_deinit(&again);
}

static void nonsense_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{'uid':-1,'changes':[]}",
		"{'uid':4294967296,'changes':[]}",
		"{'uid':0,'changes':{}}",
		"{'uid':0,'changes':[1]}",
		"{'uid':0,'changes':[{'action':'make'}]}",
		"{'uid':0,'changes':[{'action':'rename','name':'a'}]}",
		"{'uid':0,'changes':[{'action':'make','name':1}]}",
		"{'uid':0,'changes':[" MAKE "]",
		"{'uid':0,'asked':1,'changes':[]}",
		"{'uid':0,'asked':{'uid':0},'changes':[]}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct wish_list list = WISH_LIST_NULL;
		struct change_asked asked;
		struct arena arena = ARENA_NULL;
		char text[256];

		(void)snprintf(text, sizeof(text), "%s", texts[i]);
		for (char *at = text; (at = strchr(at, '\'')); at++)
			*at = '"';
		assert_int_equal(wish_list_from_text(text, &list, &arena, &asked), -EINVAL);
		arena_deinit(&arena);
		wish_list_deinit(&list);
	}
}

/* A wish that makes no sense, of a store that somebody has damaged, is not begun. */
static void a_bad_wish_is_not_asked_for(void **state)
{
	static const char *const changes[] = {
		"[{'action':'make','name':'m'}]",
		"[{'action':'make','name':'m','claim':{'name':'m'}}]",
		"[{'action':'make','name':'m','claim':{'name':'M','size':2}}]",
		"[{'action':'change','name':'m','claim':{'name':'m','size':2,'colour':1}}]",
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct wish_list list = WISH_LIST_NULL;
		struct claim_asking asking = CLAIM_ASKING_NULL;

		fill(&list, changes[i]);
		assert_int_equal(wish_list_ask(&list, &claim_kinds, &asking), -EINVAL);
		claim_asking_deinit(&asking);
		wish_list_deinit(&list);
	}
}

static void more_than_a_value_of_the_store_is_refused(void **state)
{
	static char text[4096];
	struct wish_list list = WISH_LIST_NULL;
	int rc = 0;

	(void)snprintf(text, sizeof(text),
		       "[{'action':'make','name':'m','claim':{'name':'%3500d'}}]", 1);
	while (rc == 0) {
		_cleanup_json_ struct json_object *changes = json_of(text);

		rc = wish_list_add(&list, changes);
	}
	assert_int_equal(rc, -E2BIG);
	assert_in_range(list.bytes, WISH_LIST_BYTES_MAX - 4096, WISH_LIST_BYTES_MAX);
	wish_list_deinit(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_in_the_order_of_a_difference),
		cmocka_unit_test(each_is_asked_for_as_by_its_verb),
		cmocka_unit_test(any_name_is_told),
		cmocka_unit_test(results_tell_of_all),
		cmocka_unit_test(what_is_told_of_failures_is_bounded),
		cmocka_unit_test(what_is_stored_comes_back),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(a_bad_wish_is_not_asked_for),
		cmocka_unit_test(more_than_a_value_of_the_store_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

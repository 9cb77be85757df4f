// SPDX-License-Identifier: GPL-2.0-only
/* Entries of the journal: what comes back is what was noted, and nothing malformed passes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/journal/journal-entry.h"
#include "util/cleanup.h"
#include "util/json.h"

#define STEP                                                                                       \
	"{\"property\":\"region-size\",\"object\":\"region0\",\"index\":0,\"from\":\"0\","         \
	"\"to\":\"536870912\"}"

static int read_text(const char *text, struct journal_entry *entry)
{
	_cleanup_json_ struct json_object *object = NULL;

	assert_int_equal(json_parse_text(text, strlen(text), &object), 0);
	return journal_entry_from_json(object, entry);
}

static void an_entry_comes_back(void **state)
{
	static const char text[] = "{\"boot\":\"a\",\"region\":\"region0\",\"claim\":\"web\","
				   "\"steps\":[" STEP "]}";
	struct journal_entry entry = JOURNAL_ENTRY_NULL;
	_cleanup_json_ struct json_object *object = NULL;

	assert_int_equal(read_text(text, &entry), 0);
	assert_string_equal(entry.boot, "a");
	assert_string_equal(entry.region, "region0");
	assert_string_equal(entry.claim, "web");
	assert_int_equal(entry.steps.list.count, 1);
	assert_int_equal(entry.steps.list.items[0].property, STEP_REGION_SIZE);
	assert_string_equal(entry.steps.list.items[0].to, "536870912");
	object = journal_entry_to_json(&entry);
	assert_non_null(object);
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), text);
	journal_entry_deinit(&entry);
}

static void what_is_malformed_does_not_pass(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[]}",
		"{\"boot\":\"a\",\"steps\":[" STEP "]}",
		"{\"region\":\"region0\",\"steps\":[" STEP "]}",
		"{\"boot\":1,\"region\":\"region0\",\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"claim\":1,\"steps\":[" STEP "]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[{}]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[7]}",
		"{\"boot\":\"a\",\"region\":\"region0\",\"steps\":[" STEP
		",{\"property\":\"region-size\",\"object\":\"../region0\",\"index\":0,"
		"\"from\":\"0\",\"to\":\"1\"}]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct journal_entry entry = JOURNAL_ENTRY_NULL;

		if (read_text(bad[i], &entry) != -EINVAL)
			fail_msg("accepted %s", bad[i]);
		journal_entry_deinit(&entry);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_comes_back),
		cmocka_unit_test(what_is_malformed_does_not_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

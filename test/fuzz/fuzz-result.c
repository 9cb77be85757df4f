// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: what the store has of changes beside the journal: a result, or the wishes of an apply.
 * For any value: it is read or refused, and what was read is written as it was.
 */
#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/wish-list.h"
#include "daemon/engine/result-entry.h"
#include "test/fuzz/fuzz.h"
#include "util/json.h"

static void check_result(struct json_object *object)
{
	struct result_entry entry = RESULT_ENTRY_NULL, again = RESULT_ENTRY_NULL;
	_cleanup_json_ struct json_object *written = NULL;
	int rc = result_entry_from_json(object, &entry);

	assert(rc == 0 || rc == -EINVAL);
	if (rc == 0) {
		written = result_entry_to_json(&entry);
		assert(written && result_entry_from_json(written, &again) == 0);
		assert(strcmp(entry.asked.method, again.asked.method) == 0);
		assert(entry.asked.digest == again.asked.digest);
		assert(entry.ended_ms == again.ended_ms &&
		       entry.answer.error == again.answer.error);
	}
	result_entry_deinit(&entry);
	result_entry_deinit(&again);
}

static void check_wishes(const char *text)
{
	struct wish_list list = WISH_LIST_NULL, again = WISH_LIST_NULL;
	struct change_asked asked = { .method = NULL }, back = { .method = NULL };
	struct arena arena = ARENA_NULL;
	char *written;

	if (wish_list_from_text(text, &list, &arena, &asked) == 0) {
		written = wish_list_to_text(&list, &asked);
		assert(written && wish_list_from_text(written, &again, &arena, &back) == 0);
		assert(list.wishes.count == again.wishes.count && asked.uid == back.uid);
		free(written);
	}
	wish_list_deinit(&list);
	wish_list_deinit(&again);
	arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ struct json_object *object = NULL;
	char *text = strndup((const char *)data, size);

	if (!text)
		abort();
	if (json_parse_text(text, strlen(text), &object) == 0)
		check_result(object);
	check_wishes(text);
	free(text);
	return 0;
}

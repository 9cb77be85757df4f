// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: a file with a declared state, YAML or JSON. */
#include <assert.h>
#include <json-c/json.h>
#include <stdint.h>

#include "cli/state-text.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct json_object *document = NULL;
	int rc = state_text_parse("state", (const char *)data, size, &problems, &document);

	assert(rc == 0 || rc == STATE_TEXT_E_BAD);
	assert((rc == 0) == (document != NULL));
	assert(problems.list.count == (rc == 0 ? 0 : 1));
	(void)json_object_put(document);
	refusal_list_deinit(&problems);
	return 0;
}

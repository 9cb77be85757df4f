// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: a claim in the store's form, and a declared state in the API's form. A value that was
 * read can be written and read again, and is the same.
 */
#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "daemon/claim-kinds.h"
#include "daemon/claim/claim.h"
#include "daemon/claim/memory/memory-claim.h"
#include "daemon/claim/declared-state.h"
#include "test/fuzz/fuzz.h"
#include "util/json.h"

static void fuzz_claim(struct json_object *object)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim claim = CLAIM_NULL, again = CLAIM_NULL;

	if (claim_from_json(&claim_kinds, object, &problems, &claim) == 0) {
		_cleanup_json_ struct json_object *written = claim_to_json(&claim);

		assert(claim.name && memory_claim(&claim)->size_bytes > 0);
		assert(claim_from_json(&claim_kinds, written, &problems, &again) == 0);
		assert(claim_is_same_wish(&claim, &again));
		assert(memory_claim(&claim)->binding.bound == memory_claim(&again)->binding.bound);
	} else {
		assert(problems.list.count > 0);
	}
	claim_deinit(&claim);
	claim_deinit(&again);
	refusal_list_deinit(&problems);
}

static void fuzz_state(struct json_object *object)
{
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct declared_state state = DECLARED_STATE_NULL;
	struct declared_diff diff = DECLARED_DIFF_NULL;

	if (declared_state_from_json(&claim_kinds, object, &problems, &state) == 0) {
		_cleanup_json_ struct json_object *shown = NULL;

		if (declared_state_diff(NULL, 0, &state, &problems, &diff) < 0)
			abort();
		assert(diff.changes.count == state.claims.count);
		shown = declared_diff_to_json(&diff);
		assert(shown);
	} else {
		assert(problems.list.count > 0);
	}
	declared_diff_deinit(&diff);
	declared_state_deinit(&state);
	refusal_list_deinit(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ struct json_object *object = NULL;

	if (json_parse_text((const char *)data, size, &object) < 0)
		return 0;
	fuzz_claim(object);
	fuzz_state(object);
	return 0;
}

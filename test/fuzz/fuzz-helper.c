// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: requests to the helper, and its replies. A message that was read can be written and
 * read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/helper/helper-proto.h"
#include "test/fuzz/fuzz.h"
#include "util/cleanup.h"

static void fuzz_request(const char *text, size_t length)
{
	struct arena arena = ARENA_NULL;
	struct helper_request request, again;
	_cleanup_free_ char *encoded = NULL;

	if (helper_request_decode(text, length, &arena, &request) == 0) {
		assert(request.verb < HELPER_VERB_COUNT);
		if (request.verb == HELPER_STEP || request.verb == HELPER_READ)
			assert(step_check(&request.step) == 0 &&
			       !strstr(request.step.object, "..") && *request.step.object != '/' &&
			       !strchr(request.step.of, '/'));
		if (request.object)
			assert(!strchr(request.object, '/'));
		if (helper_request_encode(&request, &encoded) < 0)
			abort();
		assert(helper_request_decode(encoded, strlen(encoded), &arena, &again) == 0);
		assert(again.verb == request.verb && again.timeout_ms == request.timeout_ms);
	}
	arena_deinit(&arena);
}

static void fuzz_reply(const char *text, size_t length)
{
	struct arena arena = ARENA_NULL;
	struct helper_reply reply;

	if (helper_reply_decode(text, length, &arena, &reply) == 0)
		assert(reply.error <= 0);
	arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_request((const char *)data, size);
	fuzz_reply((const char *)data, size);
	return 0;
}

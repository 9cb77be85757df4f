// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: the text of a trace buffer. */
#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cxl/topology/poison-trace.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *errors = NULL;
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (poison_trace_parse(text, "mem0", &errors) == 0) {
		/* At most one record for each event, which begins with its name. */
		assert(json_object_array_length(errors) <= size / sizeof("cxl_poison"));
		(void)json_object_put(errors);
	}
	free(text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: an ACPI CXL Early Discovery Table. */
#include <assert.h>

#include "cxl/topology/cedt.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cedt_window_list windows = { { NULL, 0 } };

	/* Each window takes at least 32 bytes of the table. */
	if (cedt_parse(data, size, &windows) == 0)
		assert(windows.list.count <= size / 32);
	ARRAY_FREE(&windows.list);
	return 0;
}

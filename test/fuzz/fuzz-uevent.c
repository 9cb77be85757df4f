// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: a datagram of the kernel's uevents, or of somebody who says that he is the kernel. */
#include <assert.h>
#include <string.h>

#include "daemon/observe/uevent.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *message = (const char *)data, *path = uevent_added(message, size);

	assert(uevent_interest(message, size) <= UEVENT_MEMORY);
	if (uevent_needs_driver(message, size))
		assert(uevent_interest(message, size) != UEVENT_MEMORY);
	if (path) {
		assert(path > message && path + strlen(path) < message + size);
		assert(strncmp(path, "/devices/", 9) == 0);
	}
	return 0;
}

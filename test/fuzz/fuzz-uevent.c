// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: a datagram of the kernel's uevents, or one of a process that pretends to be the
 * kernel.
 */
#include <assert.h>
#include <string.h>

#include "daemon/observe/causes.h"
#include "daemon/observe/uevent.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *message = (const char *)data, *path = uevent_added(message, size);
	struct causes causes = CAUSES_NULL;
	struct uevent_news news;

	assert(uevent_interest(message, size) <= UEVENT_MEMORY);
	if (uevent_needs_driver(message, size))
		assert(uevent_interest(message, size) != UEVENT_MEMORY);
	if (path) {
		assert(path > message && path + strlen(path) < message + size);
		assert(strncmp(path, "/devices/", 9) == 0);
	}
	if (uevent_news(message, size, &news)) {
		assert(news.length > 0 && news.path > message);
		assert(news.path + news.length < message + size);
		assert(memchr(news.path, '\0', news.length) == NULL);
		for (int i = 0; i < 2; i++)
			assert(causes_hear(&causes, &news, NULL, 1, 1) ==
			       (news.kind != UEVENT_ERROR));
	}
	causes_deinit(&causes);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Writes until everything is written. Effect on one descriptor. */
#include "util/write-all.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(fd, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		size -= (size_t)written;
	}
	return 0;
}

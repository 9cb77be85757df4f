// SPDX-License-Identifier: GPL-2.0-only
/* A stream that cleans all text before it writes the text to a descriptor. Effect on that
 * descriptor. */
#include "cli/harmless-stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

#include "util/cleanup.h"
#include "util/text.h"
#include "util/write-all.h"

#define PIECE_SIZE ((size_t)4096)

struct harmless_stream {
	int fd;
	struct text_rest rest;
};

/* fopencookie(3): 0 with errno set reports an error. */
static ssize_t on_write(void *cookie, const char *text, size_t size)
{
	struct harmless_stream *stream = cookie;
	char piece[PIECE_SIZE + TEXT_CHARACTER_SIZE_MAX];

	for (size_t done = 0; done < size;) {
		const size_t count = size - done < PIECE_SIZE ? size - done : PIECE_SIZE;
		const size_t clean = text_clean(&stream->rest, text + done, count, piece);
		const int rc = write_all(stream->fd, piece, clean);

		if (rc < 0) {
			errno = -rc;
			return 0;
		}
		done += count;
	}
	return (ssize_t)size;
}

static int on_close(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *harmless_stream_new(int fd, int buffering)
{
	const cookie_io_functions_t functions = { .write = on_write, .close = on_close };
	struct harmless_stream *cookie = calloc(1, sizeof(*cookie));
	FILE *stream;

	if (!cookie)
		return NULL;
	*cookie = (struct harmless_stream){ .fd = fd, .rest = TEXT_REST_NULL };
	stream = fopencookie(cookie, "w", functions);
	if (!stream) {
		free(cookie);
		return NULL;
	}
	(void)setvbuf(stream, NULL, buffering, BUFSIZ);
	return stream;
}

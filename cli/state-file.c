// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a file with a declared state. Effect.
 */
#include "cli/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"

#define SIZE_FIRST ((size_t)64 * 1024)

/* Reads the whole file, but stops one byte above the limit: the parser refuses what is longer. */
static int read_all(int fd, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, length = 0;

	while (length <= STATE_TEXT_MAX) {
		ssize_t count;

		if (length == size) {
			char *grown;

			size = size ? 2 * size : SIZE_FIRST;
			if (size > STATE_TEXT_MAX)
				size = STATE_TEXT_MAX + 1;
			grown = realloc(text, size);
			if (!grown)
				return -ENOMEM;
			text = grown;
		}
		count = read(fd, text + length, size - length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

int state_file_read(const char *path, struct refusal_list *problems,
		    struct json_object **ret_document)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	_cleanup_close_ int opened = is_stdin ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int rc;

	if (!is_stdin && opened < 0)
		return -errno;
	rc = read_all(is_stdin ? STDIN_FILENO : opened, &text, &length);
	if (rc < 0)
		return rc;
	return state_text_parse(is_stdin ? "standard input" : path, text, length, problems,
				ret_document);
}

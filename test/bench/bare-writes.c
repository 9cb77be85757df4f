// SPDX-License-Identifier: GPL-2.0-only
/*
 * bare-writes FILE: the least that adding memory can cost. The program writes attributes whose
 * names and values are known in advance, in the order of the file's lines, and does nothing else:
 * the program looks at nothing first, reads nothing back and could undo nothing. A line is one of
 *
 *   write PATH VALUE    writes VALUE to the file PATH
 *   await PATH VALUE    waits until the file PATH is there and reads VALUE
 *
 * The kernel adds the dax device and its memory by itself, after the write that makes them.
 *
 * The benchmark makes the lines of a dry run's plan. Called in the guest, next to `cxlfm
 * add-memory`.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORD_MAX 255
#define NAP_NS	 100000
#define NAPS_MAX 600000 /* a minute */

struct line {
	char verb[WORD_MAX + 1], path[WORD_MAX + 1], value[WORD_MAX + 1];
};

static int write_value(const struct line *line)
{
	const size_t length = strlen(line->value);
	int fd = open(line->path, O_WRONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line->value, length) != (ssize_t)length)
		rc = -errno;
	(void)close(fd);
	return rc;
}

static bool has_value(const struct line *line)
{
	const size_t length = strlen(line->value);
	char text[WORD_MAX + 1];
	int fd = open(line->path, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (fd < 0)
		return false;
	count = read(fd, text, sizeof(text));
	(void)close(fd);
	return count == (ssize_t)length + 1 && memcmp(text, line->value, length) == 0 &&
	       text[length] == '\n';
}

static int await_value(const struct line *line)
{
	for (unsigned int naps = 0; naps < NAPS_MAX; naps++) {
		if (has_value(line))
			return 0;
		(void)nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
	}
	return -ETIMEDOUT;
}

static int perform(const struct line *line)
{
	if (strcmp(line->verb, "write") == 0)
		return write_value(line);
	if (strcmp(line->verb, "await") == 0)
		return await_value(line);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
	struct line line;
	int rc = 0;

	if (!file) {
		fprintf(stderr, "usage: bare-writes FILE\n");
		return 2;
	}
	while (rc == 0 && fscanf(file, "%255s %255s %255s", line.verb, line.path, line.value) == 3)
		rc = perform(&line);
	if (rc < 0)
		fprintf(stderr, "bare-writes: %s %s %s: %s\n", line.verb, line.path, line.value,
			strerror(-rc));
	(void)fclose(file);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

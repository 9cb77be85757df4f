// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file: three lines of one sector each, "cxlfm-mark WRITES BOOT HASH". The first two lines are
 * written in turn and synced; the third line is not synced.
 */
#include "daemon/store/store-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/store-digest.h"
#include "util/cleanup.h"

/* A sector is written whole or not at all. */
#define LINE_SIZE  512
#define QUICK_LINE 2
#define LINE_COUNT 3

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static void read_boot_id(char id[static BOOT_ID_SIZE])
{
	_cleanup_fclose_ FILE *file = fopen(BOOT_ID_PATH, "re");

	if (!file || !fgets(id, BOOT_ID_SIZE, file))
		id[0] = '\0';
}

static void render(char line[static LINE_SIZE], uint64_t writes, const char *boot)
{
	char text[LINE_SIZE];
	int length = snprintf(text, sizeof(text), "cxlfm-mark %" PRIu64 " %s ", writes,
			      *boot ? boot : "-");

	length += snprintf(text + length, sizeof(text) - (size_t)length, "%016" PRIx64,
			   store_digest_of_bytes(text, (size_t)length));
	memset(line, ' ', LINE_SIZE);
	memcpy(line, text, (size_t)length);
	line[LINE_SIZE - 1] = '\n';
}

/* The number of writes, or 0 for a line that render() would not have written. */
static uint64_t parse(const char line[static LINE_SIZE], char boot[static BOOT_ID_SIZE])
{
	char text[LINE_SIZE + 1] = { 0 }, again[LINE_SIZE];
	uint64_t writes;

	memcpy(text, line, LINE_SIZE);
	if (sscanf(text, "cxlfm-mark %" SCNu64 " %36s", &writes, boot) != 2)
		return 0;
	render(again, writes, boot);
	return memcmp(line, again, LINE_SIZE) == 0 ? writes : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int read_lines(struct store_mark *mark, uint64_t *ret_writes)
{
	char lines[LINE_COUNT * LINE_SIZE] = { 0 }, boot[BOOT_ID_SIZE] = "";
	ssize_t size = pread(mark->fd, lines, sizeof(lines), 0);
	uint64_t writes[LINE_COUNT];

	if (size < 0)
		return -errno;
	for (int i = 0; i < LINE_COUNT; i++)
		writes[i] = parse(lines + (ptrdiff_t)i * LINE_SIZE, boot);
	mark->is_empty = size == 0;
	mark->is_written[0] = writes[0] > 0;
	mark->is_written[1] = writes[1] > 0;
	mark->next = writes[0] > writes[1];
	if (size > 0 && !writes[0] && !writes[1] && !writes[QUICK_LINE])
		return -EUCLEAN;
	/* The third line is of another boot: since then the disk may have lost writes. */
	if (strcmp(boot, mark->boot) != 0)
		writes[QUICK_LINE] = 0;
	*ret_writes = larger(larger(writes[0], writes[1]), writes[QUICK_LINE]);
	return 0;
}

static int sync_folder_of(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int open_file(const char *path, bool may_create, int *ret_fd)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	_cleanup_close_ int fd = open(path, flags);

	if (fd < 0 && (errno != ENOENT || !may_create))
		return -errno;
	if (fd < 0) {
		int rc;

		fd = open(path, flags | O_CREAT | O_EXCL, 0600);
		if (fd < 0)
			return -errno;
		rc = sync_folder_of(path);
		if (rc < 0)
			return rc;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int store_mark_open(const char *path, bool may_create, struct store_mark *mark,
		    uint64_t *ret_writes)
{
	int rc;

	*mark = STORE_MARK_NULL;
	read_boot_id(mark->boot);
	rc = open_file(path, may_create, &mark->fd);
	if (rc == 0)
		rc = read_lines(mark, ret_writes);
	if (rc < 0)
		store_mark_close(mark);
	return rc;
}

static int write_line(struct store_mark *mark, unsigned int index, uint64_t writes)
{
	char line[LINE_SIZE];
	ssize_t size;

	render(line, writes, mark->boot);
	do
		size = pwrite(mark->fd, line, sizeof(line), (off_t)index * LINE_SIZE);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	return size == LINE_SIZE ? 0 : -ENOSPC;
}

static int write_synced(struct store_mark *mark, uint64_t writes)
{
	const unsigned int index = mark->next;
	int rc = write_line(mark, index, writes);

	if (rc == 0 && fdatasync(mark->fd) < 0)
		rc = -errno;
	if (rc < 0)
		return rc;
	mark->is_written[index] = true;
	mark->next = !index;
	mark->is_empty = false;
	return 0;
}

int store_mark_set(struct store_mark *mark, uint64_t writes, bool is_durable)
{
	int rc;

	if (!is_durable)
		return write_line(mark, QUICK_LINE, writes);
	rc = write_synced(mark, writes);
	/* Fills both synced lines, because a line may be lost while it is overwritten. */
	if (rc == 0 && !mark->is_written[mark->next])
		rc = write_synced(mark, writes);
	return rc;
}

void store_mark_close(struct store_mark *mark)
{
	if (mark->fd >= 0)
		(void)close(mark->fd);
	*mark = STORE_MARK_NULL;
}

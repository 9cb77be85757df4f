// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: damaged files of a store. The input is a list of damages, eight bytes each, to a store
 * that was in use a moment ago: bytes written, the end cut off, a piece moved. The store is refused
 * with a reason, or all of its last writes are in it.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/store.h"
#include "test/fuzz/fuzz.h"
#include "util/cleanup.h"

#define ENTRIES	    8
#define DAMAGE_SIZE 8
#define DAMAGES_MAX 64

struct file {
	const char *suffix;
	uint8_t *data;
	size_t size;
};

/* Files copied in the middle of use: the log holds most of the writes. */
static struct file whole[] = { { .suffix = "" }, { .suffix = "-wal" }, { .suffix = "-mark" } };

/* Only the first two are damaged: with a damaged mark, an older state may pass for the newest. */
#define DAMAGED_FILES 2

static void path_of(char path[static 64], const char *folder, const char *suffix)
{
	(void)snprintf(path, 64, "%s/store.db%s", folder, suffix);
}

static void read_file(const char *folder, struct file *file)
{
	char path[64];
	struct stat status;
	FILE *stream;

	path_of(path, folder, file->suffix);
	stream = fopen(path, "rbe");
	if (!stream || fstat(fileno(stream), &status) < 0)
		abort();
	file->size = (size_t)status.st_size;
	file->data = malloc(file->size + 1);
	if (!file->data || fread(file->data, 1, file->size, stream) != file->size)
		abort();
	(void)fclose(stream);
}

static void write_file(const char *folder, const struct file *file)
{
	char path[64];
	int fd;

	path_of(path, folder, file->suffix);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, file->data, file->size) != (ssize_t)file->size || close(fd) < 0)
		abort();
}

static void wait_for(struct store *store, const bool *done)
{
	while (!*done) {
		struct pollfd fd = { .fd = store->ops->fd(store), .events = POLLIN };

		const int ready = poll(&fd, 1, 10000);

		/* libFuzzer's timer interrupts system calls. */
		if (ready == 0 || (ready < 0 && errno != EINTR))
			abort();
		store->ops->dispatch(store);
	}
}

static void on_commit(void *userdata, int error, uint64_t revision)
{
	bool *done = userdata;

	(void)revision;
	assert(error == 0);
	*done = true;
}

/* A value contains its key, so that a value in another key's place is noticed. */
static void value_of(char value[static 400], const char *key, int version)
{
	(void)snprintf(value, 400, "%s %d ", key, version);
	memset(value + strlen(value), '.', 399 - strlen(value));
	value[399] = '\0';
}

static void on_list(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	bool *done = userdata;

	assert(error || count == ENTRIES);
	for (size_t i = 0; !error && i < count; i++) {
		char last[400];

		value_of(last, entries[i].key, 2);
		assert(strcmp(entries[i].value, last) == 0);
	}
	*done = true;
}

static void put(struct store *store, const char *key, int version)
{
	struct store_change change = { .key = key, .expected_revision = STORE_ANY };
	bool done = false;
	char value[400];

	value_of(value, key, version);
	change.value = value;
	if (store->ops->commit(store, &change, 1, STORE_DURABLE, on_commit, &done) < 0)
		abort();
	wait_for(store, &done);
}

static void remove_folder(const char *folder)
{
	static const char *const suffixes[] = { "", "-wal", "-mark", "-shm" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		path_of(path, folder, suffixes[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static void make_whole(void)
{
	char folder[] = "/dev/shm/fuzz-store-XXXXXX", path[64];
	struct store *store;
	_cleanup_free_ char *problem = NULL;

	if (!mkdtemp(folder))
		abort();
	path_of(path, folder, "");
	if (store_sqlite_open(path, "host", &store, &problem) < 0)
		abort();
	for (int i = 0; i < 2 * ENTRIES; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "claim/%d", i % ENTRIES);
		put(store, key, 1 + i / ENTRIES);
	}
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		read_file(folder, &whole[i]);
	store->ops->free(store);
	remove_folder(folder);
}

static void damage(struct file *file, const uint8_t *how)
{
	const size_t place = (size_t)how[1] << 16 | (size_t)how[2] << 8 | how[3];
	const size_t other_place = ((size_t)how[4] << 8 | how[5]) * 64;
	const size_t count = how[6] * 16u;
	size_t at, other;

	if (file->size == 0)
		return;
	at = place % file->size;
	other = other_place % file->size;
	switch (how[0] >> 1 & 3) {
	case 0:
		file->data[at] = (uint8_t)(file->data[at] ^ how[7]);
		break;
	case 1:
		memset(file->data + at, how[7], count < file->size - at ? count : file->size - at);
		break;
	case 2:
		file->size = at;
		break;
	default:
		if (at + count <= file->size && other + count <= file->size)
			memmove(file->data + at, file->data + other, count);
		break;
	}
}

static void open_damaged(const char *folder)
{
	_cleanup_free_ char *problem = NULL;
	struct store *store = NULL;
	bool done = false;
	char path[64];

	path_of(path, folder, "");
	if (store_sqlite_open(path, "host", &store, &problem) < 0) {
		assert(problem && problem[0]);
		return;
	}
	if (store->ops->list(store, "claim/", on_list, &done) < 0)
		abort();
	wait_for(store, &done);
	store->ops->free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char folder[] = "/dev/shm/fuzz-store-XXXXXX";
	struct file damaged[ARRAY_SIZE(whole)];

	if (!whole[0].data)
		make_whole();
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		damaged[i] = whole[i];
		damaged[i].data = malloc(whole[i].size + 1);
		if (!damaged[i].data)
			abort();
		memcpy(damaged[i].data, whole[i].data, whole[i].size);
	}
	for (size_t n = 0; n < DAMAGES_MAX && (n + 1) * DAMAGE_SIZE <= size; n++)
		damage(&damaged[data[n * DAMAGE_SIZE] % DAMAGED_FILES], data + n * DAMAGE_SIZE);
	if (!mkdtemp(folder))
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		write_file(folder, &damaged[i]);
		free(damaged[i].data);
	}
	open_damaged(folder);
	remove_folder(folder);
	return 0;
}

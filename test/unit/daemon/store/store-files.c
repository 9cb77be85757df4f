// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of an SQLite store, for tests. Called by unit tests.
 */
#include "test/unit/daemon/store/store-files.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/store/store-digest.h"
#include "util/cleanup.h"

char *store_files_path(const char *folder, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

struct image image_read(const char *folder, const char *name)
{
	_cleanup_free_ char *path = store_files_path(folder, name);
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	struct image image = { 0 };
	struct stat status;

	if (!file) {
		assert_int_equal(errno, ENOENT);
		return image;
	}
	assert_int_equal(fstat(fileno(file), &status), 0);
	image.size = (size_t)status.st_size;
	image.bytes = malloc(image.size + 1);
	assert_non_null(image.bytes);
	assert_int_equal(fread(image.bytes, 1, image.size, file), image.size);
	return image;
}

void image_write(const struct image *image, const char *folder, const char *name)
{
	_cleanup_free_ char *path = store_files_path(folder, name);
	FILE *file;

	if (!image->bytes) {
		assert_true(unlink(path) == 0 || errno == ENOENT);
		return;
	}
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(image->bytes, 1, image->size, file), image->size);
	assert_int_equal(fclose(file), 0);
}

bool image_is_same(const struct image *a, const struct image *b)
{
	if (!a->bytes || !b->bytes)
		return !a->bytes && !b->bytes;
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

void image_free(struct image *image)
{
	free(image->bytes);
	*image = (struct image){ 0 };
}

void store_files_copy(const char *from, const char *to)
{
	static const char *const names[] = { STORE_FILE, STORE_WAL, STORE_MARK,
					     STORE_FILE "-journal" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct image image = image_read(from, names[i]);

		image_write(&image, to, names[i]);
		image_free(&image);
	}
}

/* The third line: see store-mark.c. */
void store_files_forget_unsynced_mark(const char *folder)
{
	struct image mark = image_read(folder, STORE_MARK);

	if (mark.size > 1024)
		mark.size = 1024;
	image_write(&mark, folder, STORE_MARK);
	image_free(&mark);
}

int store_files_try(const char *folder, struct store **ret_store, char **problem)
{
	_cleanup_free_ char *path = store_files_path(folder, STORE_FILE);

	return store_sqlite_open(path, STORE_HOST, ret_store, problem);
}

struct store *store_files_open(const char *folder)
{
	_cleanup_free_ char *problem = NULL;
	struct store *store;

	if (store_files_try(folder, &store, &problem) < 0)
		fail_msg("%s", problem);
	return store;
}

void store_files_sql(const char *folder, const char *sql)
{
	_cleanup_free_ char *path = store_files_path(folder, STORE_FILE);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	/* A store of this schema has a digest; others have nothing to follow. */
	assert_int_equal(store_digest_register(db), SQLITE_OK);
	(void)store_digest_follow(db);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

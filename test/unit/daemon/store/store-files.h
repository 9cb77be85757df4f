/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of an SQLite store, seen from outside, for tests. Every function fails the test when it
 * cannot do what it says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "daemon/store/store.h"

/* Whose the entries are, where a test does not say otherwise. */
#define STORE_HOST "0123456789abcdef0123456789abcdef"

#define STORE_FILE "store.db"
#define STORE_WAL  "store.db-wal"
#define STORE_MARK "store.db-mark"

/* A file's bytes; NULL where there is no file. */
struct image {
	char *bytes;
	size_t size;
};

/** store_files_path() - FOLDER/NAME, to be freed */
char *store_files_path(const char *folder, const char *name);

struct image image_read(const char *folder, const char *name);
void image_write(const struct image *image, const char *folder, const char *name);
bool image_is_same(const struct image *a, const struct image *b);
void image_free(struct image *image);

/**
 * store_files_copy() - the store as it would be found if its process were dead now
 * @from: folder of a store that has nothing to do
 */
void store_files_copy(const char *from, const char *to);

/** store_files_forget_unsynced_mark() - what an end of power may take from the mark */
void store_files_forget_unsynced_mark(const char *folder);

/** store_files_open() - store_sqlite_open() of what is in a folder, which must succeed */
struct store *store_files_open(const char *folder);

/** store_files_try() - store_sqlite_open() of what is in a folder; the problem to be freed */
int store_files_try(const char *folder, struct store **ret_store, char **problem);

/** store_files_sql() - does something to the database by SQL, as an admin could */
void store_files_sql(const char *folder, const char *sql);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of an SQLite store: whether it is one, is whole, ours alone, and of a schema that we
 * know; and SQLite's errors in the words of store.h. Effect.
 */
#pragma once

#include <sqlite3.h>

#include "daemon/store/store-mark.h"

/**
 * store_file_open() - opens a store's database for this process alone, and brings it up to date
 * @path: of the database; made if it is not there
 * @host: as store_sqlite_open() has it
 * @ret_db: in WAL mode and with synchronous=FULL; to be closed with sqlite3_close()
 * @mark: what the process before this one has noted of it; to be closed
 * @problem: as store_sqlite_open() has it
 *
 * On an error nothing was written, except by an upgrade that failed later: see schema_upgrade().
 *
 * Return: 0, or an error as store_sqlite_open() has them.
 */
int store_file_open(const char *path, const char *host, sqlite3 **ret_db, struct store_mark *mark,
		    char **problem);

/**
 * store_file_tell_others() - says whose entries are here, too, those of most entries first
 * @note: one line for an admin, to be freed; left as it is where there are none
 */
void store_file_tell_others(sqlite3 *db, const char *path, char **note);

/** store_file_errno() - the last error of @db as store.h has them */
int store_file_errno(sqlite3 *db);

/**
 * store_file_problem() - says what is wrong with the file at @path, and what to do
 * @error: as store.h has them
 * @detail: whatever more is known
 *
 * Return: @error.
 */
int store_file_problem(const char *path, int error, const char *detail, char **problem);

/** store_file_not_a_store() - says that what is at @path is none of ours; -EUCLEAN */
int store_file_not_a_store(const char *path, const char *detail, char **problem);

/** store_file_system_error() - an errno (positive) as store.h has them */
int store_file_system_error(int system_errno);

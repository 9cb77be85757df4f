/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of an SQLite store: checks that it is a store, whole, used by no other process and of a
 * known schema; and translates SQLite's errors into those of store.h. Effect.
 */
#pragma once

#include <sqlite3.h>

#include "daemon/store/store-mark.h"

/**
 * store_file_open() - opens a store's database for this process alone, and brings it up to date
 * @path: of the database; made if it does not exist
 * @host: as for store_sqlite_open()
 * @ret_db: in WAL mode and with synchronous=FULL; the caller closes it with sqlite3_close()
 * @mark: opened, with the notes of the former process; the caller closes it
 * @problem: as for store_sqlite_open()
 *
 * On an error nothing was written, except by an upgrade that failed later: see schema_upgrade().
 *
 * Return: 0, or an error of store_sqlite_open().
 */
int store_file_open(const char *path, const char *host, sqlite3 **ret_db, struct store_mark *mark,
		    char **problem);

/**
 * store_file_tell_others() - names other hosts with entries here, those with most entries first
 * @note: receives one line for an admin, to be freed; unchanged if there are none
 */
void store_file_tell_others(sqlite3 *db, const char *path, char **note);

/** store_file_errno() - the last error of @db as an error of store.h */
int store_file_errno(sqlite3 *db);

/**
 * store_file_problem() - describes a problem of the file at @path, and its remedy
 * @error: an error of store.h
 * @detail: more about the problem
 *
 * Return: @error.
 */
int store_file_problem(const char *path, int error, const char *detail, char **problem);

/** store_file_not_a_store() - reports that the file at @path is not ours; returns -EUCLEAN */
int store_file_not_a_store(const char *path, const char *detail, char **problem);

/** store_file_system_error() - the error of store.h for an errno (positive) */
int store_file_system_error(int system_errno);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tables of an SQLite store look like, and how those of older versions become the same.
 * Effect: writes to a database that is open.
 */
#pragma once

#include <sqlite3.h>

/* In the file's header, beside the version: "CXLf". */
#define SCHEMA_APPLICATION_ID 0x43584c66

/* PRAGMA user_version of the schema that this version writes. */
#define SCHEMA_VERSION 4

/* Since this one there are a digest and the number of writes, and a mark beside the database. */
#define SCHEMA_MARKED 3

/**
 * schema_set_host() - whose entries the statements are about: this_host(), in SQL
 *
 * Return: 0 or -ENOMEM.
 */
int schema_set_host(sqlite3 *db, const char *host);

/**
 * schema_upgrade() - brings a database from an older schema up to date
 * @version: the schema that it has; 0: nothing is in it
 *
 * store_digest_register() and schema_set_host() were called before. Each version is a transaction:
 * what fails leaves the database at the last one that was reached.
 *
 * Return: SQLITE_OK, or SQLite's error, which @db has, too.
 */
int schema_upgrade(sqlite3 *db, int version);

/**
 * schema_touch() - commits what is there already
 *
 * An UPDATE by the same value would write nothing.
 *
 * Return: SQLITE_OK, or SQLite's error.
 */
int schema_touch(sqlite3 *db);

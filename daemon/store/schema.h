/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of an SQLite store, and the upgrades from older versions. Effect: writes to an open
 * database.
 */
#pragma once

#include <sqlite3.h>

/* In the file's header, beside the version: "CXLf". */
#define SCHEMA_APPLICATION_ID 0x43584c66

/* PRAGMA user_version of the schema that this version writes. */
#define SCHEMA_VERSION 4

/* Since this version there are a digest, the number of writes, and a mark beside the database. */
#define SCHEMA_MARKED 3

/**
 * schema_set_host() - sets the host of this_host(), whose entries the statements use
 *
 * Return: 0 or -ENOMEM.
 */
int schema_set_host(sqlite3 *db, const char *host);

/**
 * schema_upgrade() - brings a database up to date from an older schema
 * @version: the database's schema; 0: the database is empty
 *
 * store_digest_register() and schema_set_host() have to be called before. Each version is a
 * transaction: an error leaves the database at the last version that was reached.
 *
 * Return: SQLITE_OK, or SQLite's error, which @db has, too.
 */
int schema_upgrade(sqlite3 *db, int version);

/**
 * schema_touch() - commits without a change
 *
 * An UPDATE with the same value would write nothing.
 *
 * Return: SQLITE_OK, or SQLite's error.
 */
int schema_touch(sqlite3 *db);

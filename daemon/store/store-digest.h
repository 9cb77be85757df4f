/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One number for all that a store holds: every row's hash, combined so that a row can be taken out
 * and put in by itself. It stands in the database beside the rows, and is right in every state that
 * a commit has made; a row that was damaged, is of another state, is missing or is there twice does
 * not fit it. For what fails, not for enemies: the file is ours alone. Effect: adds functions and
 * triggers to a database that is open.
 */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* The digest of what is there, by reading all of it. */
#define STORE_DIGEST_OF_ALL                                                                        \
	"(SELECT digest_of(kind, a, b, c, d) FROM"                                                 \
	" (SELECT 'entry' AS kind, host AS a, key AS b, value AS c, revision AS d FROM entry"      \
	" UNION ALL SELECT 'counter', revision, writes, 0, 0 FROM counter))"

/* The same of schema 3, which had leases and knew no hosts. */
#define STORE_DIGEST_OF_SCHEMA_3                                                                   \
	"(SELECT digest_of(kind, a, b, c, d) FROM"                                                 \
	" (SELECT 'entry' AS kind, key AS a, value AS b, revision AS c, lease AS d FROM entry"     \
	" UNION ALL SELECT 'lease', id, ttl_ms, end_ms, 0 FROM lease"                              \
	" UNION ALL SELECT 'counter', revision, lease, boot, writes FROM counter))"

/** store_digest_of_bytes() - the hash of some bytes: FNV-1a, and a mix of its bits at the end */
uint64_t store_digest_of_bytes(const void *bytes, size_t size);

/**
 * store_digest_register() - makes the functions known that the statements here and in schema.c use
 *
 * Return: SQLITE_OK, or SQLite's error.
 */
int store_digest_register(sqlite3 *db);

/**
 * store_digest_follow() - from now on the digest follows what this connection writes
 *
 * The triggers are the connection's own: nothing of them is in the file.
 *
 * Return: SQLITE_OK, or SQLite's error, which @db has, too.
 */
int store_digest_follow(sqlite3 *db);

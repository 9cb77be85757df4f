/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One number for the whole content of a store: the hashes of all rows, combined so that a row can
 * be taken out and put in on its own. The database holds the number beside the rows, and every
 * commit updates it; a row that is damaged, missing, doubled or of another state does not fit it.
 * The digest finds failures, not enemies: only our user can open the file. Effect: adds functions
 * and triggers to an open database.
 */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* The digest of all rows, which reads all of them. */
#define STORE_DIGEST_OF_ALL                                                                        \
	"(SELECT digest_of(kind, a, b, c, d) FROM"                                                 \
	" (SELECT 'entry' AS kind, host AS a, key AS b, value AS c, revision AS d FROM entry"      \
	" UNION ALL SELECT 'counter', revision, writes, 0, 0 FROM counter))"

/* The digest of schema 3, which had leases and no hosts. */
#define STORE_DIGEST_OF_SCHEMA_3                                                                   \
	"(SELECT digest_of(kind, a, b, c, d) FROM"                                                 \
	" (SELECT 'entry' AS kind, key AS a, value AS b, revision AS c, lease AS d FROM entry"     \
	" UNION ALL SELECT 'lease', id, ttl_ms, end_ms, 0 FROM lease"                              \
	" UNION ALL SELECT 'counter', revision, lease, boot, writes FROM counter))"

/** store_digest_of_bytes() - the hash of some bytes: FNV-1a, and a mix of its bits at the end */
uint64_t store_digest_of_bytes(const void *bytes, size_t size);

/**
 * store_digest_register() - registers the SQL functions for the statements here and in schema.c
 *
 * Return: SQLITE_OK, or SQLite's error.
 */
int store_digest_register(sqlite3 *db);

/**
 * store_digest_follow() - updates the digest with each write of this connection from now on
 *
 * The triggers belong to the connection, and are not in the file.
 *
 * Return: SQLITE_OK, or SQLite's error, which @db has, too.
 */
int store_digest_follow(sqlite3 *db);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The versions of the schema, each as the statements that make it from the version before.
 *
 * A released version is never edited, because databases of that version exist.
 */
#include "daemon/store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/store-digest.h"

/* upgrades[n] makes version n + 1. */
static const char *const upgrades[SCHEMA_VERSION] = {
	/* counter: one row. A revision is never used twice, so the last one outlives its entry. */
	"CREATE TABLE entry (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL,"
	" revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;"
	"INSERT INTO counter VALUES (0);",

	/* Entries that end with a lease; counter.boot: the boot whose clock end_ms belongs to. */
	"ALTER TABLE entry ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX entry_lease ON entry (lease) WHERE lease <> 0;"
	"CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL,"
	" end_ms INTEGER NOT NULL) STRICT;"
	"ALTER TABLE counter ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE counter ADD COLUMN boot TEXT NOT NULL DEFAULT '';",

	/* counter.writes: the number of transactions of any kind. digest: see store-digest.h. */
	"ALTER TABLE counter ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE counter ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;"
	"UPDATE counter SET digest = " STORE_DIGEST_OF_SCHEMA_3 ";",

	/*
	 * No lease was ever taken. All entries become this host's, and its journal becomes one that
	 * never leaves the host.
	 */
	"CREATE TABLE host_entry (host TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
	" revision INTEGER NOT NULL, PRIMARY KEY (host, key)) STRICT, WITHOUT ROWID;"
	"INSERT INTO host_entry SELECT this_host(),"
	" CASE WHEN substr(key, 1, 5) = 'plan/' THEN 'local/' || key ELSE key END, value, revision"
	" FROM entry;"
	"DROP TABLE entry;"
	"ALTER TABLE host_entry RENAME TO entry;"
	"DROP TABLE lease;"
	"ALTER TABLE counter DROP COLUMN lease;"
	"ALTER TABLE counter DROP COLUMN boot;"
	"UPDATE counter SET digest = " STORE_DIGEST_OF_ALL ";",
};

static void this_host(sqlite3_context *context, int count, sqlite3_value **values)
{
	sqlite3_result_text(context, sqlite3_user_data(context), -1, SQLITE_STATIC);
}

int schema_set_host(sqlite3 *db, const char *host)
{
	char *copy = strdup(host);

	if (!copy)
		return -ENOMEM;
	/* SQLite frees the copy, also on failure; the call fails only without memory. */
	if (sqlite3_create_function_v2(db, "this_host", 0, SQLITE_UTF8 | SQLITE_DETERMINISTIC, copy,
				       this_host, NULL, NULL, free) != SQLITE_OK)
		return -ENOMEM;
	return 0;
}

/* Writes the file's header. */
static int set_version(sqlite3 *db, int version)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		       SCHEMA_APPLICATION_ID, version);
	return sqlite3_exec(db, text, NULL, NULL, NULL);
}

static int upgrade(sqlite3 *db, int version)
{
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, upgrades[version], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = set_version(db, version + 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

int schema_upgrade(sqlite3 *db, int version)
{
	int rc = SQLITE_OK;

	for (; rc == SQLITE_OK && version < SCHEMA_VERSION; version++)
		rc = upgrade(db, version);
	return rc;
}

int schema_touch(sqlite3 *db)
{
	return set_version(db, SCHEMA_VERSION);
}

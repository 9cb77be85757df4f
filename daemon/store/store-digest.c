// SPDX-License-Identifier: GPL-2.0-only
/*
 * The digest as SQL functions: digest_of(), an aggregate over rows, and digest_toggle(), which puts
 * a row into a digest or takes the row out.
 */
#include "daemon/store/store-digest.h"

#include <endian.h>

/* http://www.isthe.com/chongo/tech/comp/fnv/ */
#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* One different byte always makes another hash, because each step can be inverted. */
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

/* The last step of MurmurHash3: similar hashes must differ in many bits when combined. */
static uint64_t mix(uint64_t hash)
{
	hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ (hash >> 33);
}

uint64_t store_digest_of_bytes(const void *bytes, size_t size)
{
	return mix(add_bytes(FNV_START, bytes, size));
}

/* Adds type and size, too, so that no value has the hash of another value or of a part of it. */
static uint64_t add_value(uint64_t hash, sqlite3_value *value)
{
	const unsigned char type = (unsigned char)sqlite3_value_type(value);
	const void *text = NULL;
	uint64_t number;
	size_t size = 0;

	if (type == SQLITE_INTEGER) {
		number = (uint64_t)sqlite3_value_int64(value);
	} else {
		text = sqlite3_value_text(value);
		number = size = (size_t)sqlite3_value_bytes(value);
	}
	/* Little-endian, so that the file is the same on every processor. */
	number = htole64(number);
	hash = add_bytes(add_bytes(hash, &type, 1), &number, sizeof(number));
	return text ? add_bytes(hash, text, size) : hash;
}

static uint64_t hash_of_row(int count, sqlite3_value **values)
{
	uint64_t hash = FNV_START;

	for (int i = 0; i < count; i++)
		hash = add_value(hash, values[i]);
	return mix(hash);
}

/* digest_toggle(digest, row...) */
static void toggle(sqlite3_context *context, int count, sqlite3_value **values)
{
	const uint64_t digest = (uint64_t)sqlite3_value_int64(values[0]);

	sqlite3_result_int64(context, (sqlite3_int64)(digest ^ hash_of_row(count - 1, values + 1)));
}

/* digest_of(row...) */
static void add_row(sqlite3_context *context, int count, sqlite3_value **values)
{
	uint64_t *digest = sqlite3_aggregate_context(context, sizeof(*digest));

	if (digest)
		*digest ^= hash_of_row(count, values);
	else
		sqlite3_result_error_nomem(context);
}

static void tell(sqlite3_context *context)
{
	const uint64_t *digest = sqlite3_aggregate_context(context, 0);

	sqlite3_result_int64(context, digest ? (sqlite3_int64)*digest : 0);
}

int store_digest_register(sqlite3 *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
	int rc = sqlite3_create_function(db, "digest_toggle", -1, flags, NULL, toggle, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function(db, "digest_of", 5, flags, NULL, NULL, add_row, tell);
	return rc;
}

#define ENTRY(row)   "'entry', " row ".host, " row ".key, " row ".value, " row ".revision"
#define COUNTER(row) "'counter', " row ".revision, " row ".writes, 0, 0"

#define TRIGGER(name, when, digest)                                                                \
	"CREATE TEMP TRIGGER " name " AFTER " when " BEGIN UPDATE counter SET digest = " digest    \
	"; END;"
#define TOGGLE(digest, row) "digest_toggle(" digest ", " row ")"

static const char triggers[] = TRIGGER("entry_put", "INSERT ON main.entry",
				       TOGGLE("digest", ENTRY("NEW")))
	TRIGGER("entry_set", "UPDATE ON main.entry",
		TOGGLE(TOGGLE("digest", ENTRY("OLD")), ENTRY("NEW")))
		TRIGGER("entry_gone", "DELETE ON main.entry", TOGGLE("digest", ENTRY("OLD")))
			TRIGGER("counter_set", "UPDATE OF revision, writes ON main.counter",
				TOGGLE(TOGGLE("digest", COUNTER("OLD")), COUNTER("NEW")));

int store_digest_follow(sqlite3 *db)
{
	return sqlite3_exec(db, triggers, NULL, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of the store, each damaged in every way at every place: a bit, a byte that is missing, the
 * end, the type of a member, a member that is not there or there twice. A row is read, or it is
 * told and left; what was read says the same when it is written.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/claim-kinds.h"
#include "daemon/claim/claim-store.h"
#include "daemon/claim/unknown-kind.h"
#include "cxl/step/host-step.h"
#include "daemon/engine/journal-entry.h"
#include "util/cleanup.h"
#include "util/json.h"

/* ---- rows ---- */

/* Whatever a claim may say, in two that are well-formed. */
static const char *const claims[] = {
	"{\"name\":\"web\",\"size\":536870912,\"type\":\"ram\",\"goal\":\"system_ram\","
	"\"zone\":\"movable\",\"drift\":\"mend\",\"owner\":\"uid:0\",\"ways\":2,"
	"\"granularity\":256,\"near_node\":0,\"qos_class\":1,\"window\":4294967296,"
	"\"members\":[{\"serial\":1},{\"path\":\"0000:00:0c.0/0\"}],\"members_ordered\":true,"
	"\"binding\":{\"boot\":\"00112233-4455-6677-8899-aabbccddeeff\",\"resource\":4294967296,"
	"\"size\":536870912,\"ways\":2,\"granularity\":256,\"members\":[{\"serial\":1},{}]}}",
	"{\"name\":\"web\",\"kind\":\"memory\",\"size\":268435456,\"type\":\"pmem\",\"goal\":"
	"\"region\","
	"\"disabled\":true,\"drift\":\"leave\",\"adopted\":true,"
	"\"uuid\":\"01234567-89ab-cdef-0123-456789abcdef\","
	"\"binding\":{\"size\":268435456,\"ways\":1,\"granularity\":256,"
	"\"uuid\":\"01234567-89ab-cdef-0123-456789abcdef\",\"members\":[{\"serial\":1}]}}",
};

static const char *const entries[] = {
	"{\"boot\":\"00112233-4455-6677-8899-aabbccddeeff\",\"region\":\"region3\","
	"\"claim\":\"web\",\"steps\":["
	"{\"kind\":\"region\",\"object\":\"region3\",\"of\":\"\",\"from\":\"\","
	"\"to\":\"ram@decoder0.0\"},"
	"{\"kind\":\"region-target\",\"object\":\"region3/target1\",\"of\":\"\",\"from\":\"\","
	"\"to\":\"decoder3.0\"},"
	"{\"kind\":\"block\",\"object\":\"memory33\",\"of\":\"region3\",\"from\":\"offline\","
	"\"to\":\"online_movable\",\"last\":\"memory32\"}]}",
	"{\"boot\":\"a\",\"object\":\"region3\",\"lanes\":[\"host\",\"switch:1\"],\"steps\":["
	"{\"kind\":\"region-size\",\"object\":\"region3\",\"of\":\"\",\"from\":\"0\","
	"\"to\":\"536870912\"}],\"receipts\":[0]}",
	/* The first form of a step. */
	"{\"boot\":\"a\",\"region\":\"region3\",\"steps\":["
	"{\"property\":\"region-target\",\"object\":\"region3\",\"index\":1,\"from\":\"\","
	"\"to\":\"decoder3.0\"},"
	"{\"property\":\"region-driver\",\"object\":\"region3\",\"index\":0,\"from\":\"\","
	"\"to\":\"cxl_region\"}]}",
};

/* ---- what becomes of a row ---- */

/* Returns whether it was read. */
typedef bool (*reader)(const char *text);

/* Standard error, and the file that takes what is logged: thousands of rows are told. */
static int stderr_fd, log_fd;

static void begin_log(void)
{
	assert_int_equal(ftruncate(log_fd, 0), 0);
	assert_int_equal(lseek(log_fd, 0, SEEK_SET), 0);
	assert_int_equal(dup2(log_fd, STDERR_FILENO), STDERR_FILENO);
}

/* Returns whether something was logged. */
static bool end_log(void)
{
	assert_int_equal(dup2(stderr_fd, STDERR_FILENO), STDERR_FILENO);
	return lseek(log_fd, 0, SEEK_END) > 0;
}

static void on_loaded(void *userdata, int error)
{
	*(int *)userdata = error;
}

static void on_put(void *userdata, int error, uint64_t revision)
{
	assert_int_equal(error, 0);
}

static void put(struct store *store, const char *text)
{
	const struct store_change change = { "claim/web", text, STORE_ANY, STORE_WRITE };

	assert_int_equal(store->ops->commit(store, &change, 1, STORE_QUICK, on_put, NULL), 0);
}

static void expect_same_again(const struct claim *claim)
{
	_cleanup_json_ struct json_object *written = claim_to_json(claim), *again_written = NULL;
	struct refusal_list problems = REFUSAL_LIST_NULL;
	struct claim again = CLAIM_NULL;

	assert_non_null(written);
	assert_int_equal(claim_from_json(&claim_kinds, written, &problems, &again), 0);
	again_written = claim_to_json(&again);
	assert_true(json_object_equal(written, again_written));
	claim_deinit(&again);
	refusal_list_deinit(&problems);
}

static bool read_claim(const char *text)
{
	const struct log log = { LOG_LEVEL_ERROR, "test" };
	struct claim_table table = CLAIM_TABLE_OF(&claim_kinds);
	struct store *store;
	int error = 1;
	bool was_read, was_told;

	assert_int_equal(store_memory_new(&store), 0);
	put(store, text);
	begin_log();
	assert_int_equal(claim_store_load(store, &table, &log, on_loaded, &error), 0);
	store->ops->dispatch(store);
	was_told = end_log();
	assert_int_equal(error, 0);
	was_read = table.records.count > 0 && !claim_is_unknown(&table.records.items[0]->claim);
	if (was_read) {
		assert_int_equal(table.records.count, 1);
		assert_string_equal(table.records.items[0]->claim.name, "web");
		expect_same_again(&table.records.items[0]->claim);
	}
	/* One that was left is told. */
	assert_int_equal(was_told, !was_read);
	claim_table_deinit(&table);
	store->ops->free(store);
	return was_read;
}

static bool read_entry(const char *text)
{
	struct change_entry entry = CHANGE_ENTRY_NULL;
	_cleanup_json_ struct json_object *object = NULL, *again = NULL;
	int rc = json_parse_text(text, strlen(text), &object);

	if (rc == 0)
		rc = journal_entry_from_json(object, &host_steps, &entry);
	if (rc == 0) {
		again = change_entry_to_json(&entry);
		assert_non_null(again);
		assert_true(entry.steps.list.count > 0);
		assert_null(step_list_check(&entry.steps));
	} else if (rc != -EINVAL && rc != -E2BIG) {
		fail_msg("%d: %s", rc, text);
	}
	change_entry_deinit(&entry);
	return rc == 0;
}

/* ---- bytes ---- */

static void flip_bits(const char *row, reader read)
{
	_cleanup_free_ char *text = strdup(row);

	assert_non_null(text);
	for (size_t i = 0; row[i]; i++)
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(row[i] ^ 1 << bit);
			(void)read(text);
			text[i] = row[i];
		}
}

static void cut_and_drop(const char *row, reader read)
{
	const size_t size = strlen(row);
	_cleanup_free_ char *text = malloc(size + 1);

	assert_non_null(text);
	for (size_t i = 0; i < size; i++) {
		(void)snprintf(text, size + 1, "%.*s", (int)i, row);
		assert_false(read(text));
		(void)snprintf(text, size + 1, "%.*s%s", (int)i, row, row + i + 1);
		(void)read(text);
	}
}

/* ---- members ---- */

static const char *const others[] = { "null", "true", "0",  "-1", "18446744073709551616",
				      "1e99", "\"\"", "[]", "{}", "[[{\"a\":[]}]]" };

/* Where the value ends that begins at @value. */
static size_t end_of(const char *value)
{
	bool quoted = false;
	int depth = 0;
	size_t i = 0;

	for (;; i++) {
		if (value[i] == '"')
			quoted = !quoted;
		else if (!quoted && strchr("{[", value[i]))
			depth++;
		else if (!quoted && depth == 0 && strchr(",]}", value[i]))
			return i;
		else if (!quoted && strchr("]}", value[i]))
			depth--;
	}
}

/* @at: of the colon. Returns where its key begins, at the quote. */
static size_t key_of(const char *row, size_t at)
{
	size_t key = at - 2;

	while (row[key] != '"')
		key--;
	return key;
}

static void change_member(const char *row, size_t colon, reader read)
{
	const size_t key = key_of(row, colon), value = colon + 1;
	const int key_size = (int)(colon - key);
	const size_t end = value + end_of(row + value);
	_cleanup_free_ char *twice = NULL, *without = NULL;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		_cleanup_free_ char *text = NULL;

		assert_true(asprintf(&text, "%.*s%s%s", (int)value, row, others[i], row + end) > 0);
		(void)read(text);
	}
	assert_true(asprintf(&twice, "%.*s%.*s:0,%s", (int)key, row, key_size, row + key,
			     row + key) > 0);
	if (read(twice))
		fail_msg("a key twice: %s", twice);
	assert_true(asprintf(&without, "%.*s\"none\":0%s", (int)key, row, row + end) > 0);
	(void)read(without);
}

static void change_members(const char *row, reader read)
{
	bool quoted = false;

	for (size_t i = 0; row[i]; i++) {
		if (row[i] == '"')
			quoted = !quoted;
		else if (!quoted && row[i] == ':')
			change_member(row, i, read);
	}
}

static void damage(const char *const *rows, size_t count, reader read)
{
	for (size_t i = 0; i < count; i++) {
		if (!read(rows[i])) {
			char why[512] = "";

			(void)!pread(log_fd, why, sizeof(why) - 1, 0);
			fail_msg("%s: %s", rows[i], why);
		}
		flip_bits(rows[i], read);
		cut_and_drop(rows[i], read);
		change_members(rows[i], read);
	}
}

static void claims_are_read_or_told(void **state)
{
	damage(claims, sizeof(claims) / sizeof(claims[0]), read_claim);
}

static void entries_of_the_journal_are_read_or_refused(void **state)
{
	damage(entries, sizeof(entries) / sizeof(entries[0]), read_entry);
}

/* ---- whose row it is ---- */

/* Who changes the claim would look for it elsewhere. */
static void a_claim_in_the_place_of_another_is_left(void **state)
{
	_cleanup_free_ char *text = strdup(claims[0]);
	char *name = strstr(text, "web");

	memcpy(name, "wed", 3);
	assert_false(read_claim(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_are_read_or_told),
		cmocka_unit_test(entries_of_the_journal_are_read_or_refused),
		cmocka_unit_test(a_claim_in_the_place_of_another_is_left),
	};

	stderr_fd = dup(STDERR_FILENO);
	log_fd = memfd_create("log", MFD_CLOEXEC);
	if (stderr_fd < 0 || log_fd < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

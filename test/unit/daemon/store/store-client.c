// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store's user for tests. Called by unit tests.
 */
#include "test/unit/daemon/store/store-client.h"

#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/cleanup.h"

#define WAIT_MS_MAX 60000

bool client_is_readable(const struct store *store, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = store->ops->fd(store), .events = POLLIN };
	int rc = poll(&poll_fd, 1, timeout_ms);

	assert_true(rc >= 0);
	return rc > 0;
}

void client_wait(struct store *store, const unsigned int *calls, unsigned int count)
{
	while (*calls < count) {
		assert_true(client_is_readable(store, WAIT_MS_MAX));
		store->ops->dispatch(store);
	}
}

void client_on_commit(void *userdata, int error, uint64_t revision)
{
	struct client_answer *answer = userdata;

	*answer = (struct client_answer){ answer->calls + 1, error, revision };
}

static int64_t result_of(struct store *store, const struct client_answer *answer)
{
	client_wait(store, &answer->calls, 1);
	assert_int_equal(answer->calls, 1);
	if (answer->error == STORE_UNKNOWN)
		return CLIENT_UNKNOWN;
	assert_true(answer->error < 0 || answer->revision > 0);
	return answer->error ? answer->error : (int64_t)answer->revision;
}

int64_t client_commit(struct store *store, const struct store_change *changes, size_t count,
		      enum store_durability durability)
{
	struct client_answer answer = { 0 };
	int rc = store->ops->commit(store, changes, count, durability, client_on_commit, &answer);

	return rc < 0 ? rc : result_of(store, &answer);
}

int64_t client_put(struct store *store, struct store_change change)
{
	return client_commit(store, &change, 1, STORE_QUICK);
}

struct client_log {
	char *text;
	unsigned int count;
};

/* Appends; a memory stream would end at each call. */
static void log_entry(struct client_log *log, const struct store_entry *entry)
{
	_cleanup_free_ char *before = log->text;

	assert_true(asprintf(&log->text, "%s%s=%s@%" PRIu64 " ", before ? before : "", entry->key,
			     entry->value, entry->revision) > 0);
}

static void on_list(void *userdata, int error, const struct store_entry *entries, size_t count)
{
	struct client_log *log = userdata;

	log->count++;
	if (error) {
		assert_int_equal(count, 0);
		assert_true(asprintf(&log->text, "error %d ", error) > 0);
		return;
	}
	for (size_t i = 0; i < count; i++)
		log_entry(log, &entries[i]);
}

char *client_list(struct store *store, const char *prefix)
{
	struct client_log log = { 0 };

	assert_int_equal(store->ops->list(store, prefix, on_list, &log), 0);
	client_wait(store, &log.count, 1);
	assert_int_equal(log.count, 1);
	return log.text ? log.text : strdup("");
}

void client_expect(struct store *store, const char *prefix, const char *expected)
{
	_cleanup_free_ char *text = client_list(store, prefix);

	assert_string_equal(text, expected);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store's user for tests: asks, waits for the answer on the store's descriptor, and shows what
 * came as text that a test can spell out. Every function fails the test when an answer does not
 * come within a minute.
 */
#pragma once

#include "daemon/store/store.h"

/* One change, all that most tests need. */
#define PUT(key_, value_)                                                                          \
	((struct store_change){ .key = (key_), .value = (value_), .expected_revision = STORE_ANY })
#define DELETE(key_) PUT(key_, NULL)
#define COMPARE(key_, revision_)                                                                   \
	((struct store_change){                                                                    \
		.key = (key_), .expected_revision = (revision_), .kind = STORE_COMPARE })

struct client_answer {
	unsigned int calls;
	int error;
	uint64_t revision;
};

/** client_on_commit() - notes the answer in the struct client_answer given as userdata */
void client_on_commit(void *userdata, int error, uint64_t revision);

/** client_wait() - dispatches until *@calls is at least @count */
void client_wait(struct store *store, const unsigned int *calls, unsigned int count);

/* No errno has this number. */
#define CLIENT_UNKNOWN INT64_MIN

/**
 * client_commit() - the revision; negative errno, and then nothing has been written; or
 *	CLIENT_UNKNOWN
 */
int64_t client_commit(struct store *store, const struct store_change *changes, size_t count,
		      enum store_durability durability);

/** client_put() - client_commit() of one change, quick */
int64_t client_put(struct store *store, struct store_change change);

/** client_list() - "KEY=VALUE@REVISION " for each entry, to be freed; "error N " on an error */
char *client_list(struct store *store, const char *prefix);

/** client_expect() - fails the test when client_list() is something else */
void client_expect(struct store *store, const char *prefix, const char *expected);

/** client_is_readable() - does the store's descriptor say that there is something to dispatch? */
bool client_is_readable(const struct store *store, int timeout_ms);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store's user for tests: asks, waits for the answer on the store's descriptor, and shows what
 * came as text that a test can spell out. Every function fails the test when an answer does not
 * come within a minute. It also owns the clock: CLOCK_BOOTTIME goes on as far as a test says
 * (-Wl,--wrap=clock_gettime).
 */
#pragma once

#include "daemon/store/store.h"

/* One change, all that most tests need. */
#define PUT(key_, value_)                                                                          \
	((struct store_change){ .key = (key_), .value = (value_), .expected_revision = STORE_ANY })
#define DELETE(key_) PUT(key_, NULL)

struct client_answer {
	unsigned int calls;
	int error;
	uint64_t number;
};

/** client_on_commit() - notes the answer in the struct client_answer given as userdata */
void client_on_commit(void *userdata, int error, uint64_t revision);
void client_on_lease(void *userdata, int error, uint64_t lease);

/** client_wait() - dispatches until *@calls is at least @count */
void client_wait(struct store *store, const unsigned int *calls, unsigned int count);

/** client_commit() - the revision; or negative errno, and then nothing has been written */
int64_t client_commit(struct store *store, const struct store_change *changes, size_t count,
		      enum store_durability durability);

/** client_put() - client_commit() of one change, quick */
int64_t client_put(struct store *store, struct store_change change);

/** client_list() - "KEY=VALUE@REVISION " for each entry, to be freed; "error N " on an error */
char *client_list(struct store *store, const char *prefix);

/** client_expect() - fails the test when client_list() is something else */
void client_expect(struct store *store, const char *prefix, const char *expected);

/* The lease, or negative errno. */
int64_t client_grant(struct store *store, uint64_t ttl_ms);
int64_t client_renew(struct store *store, int64_t lease, uint64_t ttl_ms);

/* What a watch has seen: "KEY=VALUE@REVISION " or "KEY-@REVISION " for each change. */
struct client_log {
	char *text;
	unsigned int count;
};

void client_watch(struct store *store, const char *prefix, struct client_log *log);

/** client_log_expect() - compares, and begins the log anew */
void client_log_expect(struct client_log *log, const char *expected);

/** client_is_readable() - does the store's descriptor say that there is something to dispatch? */
bool client_is_readable(const struct store *store, int timeout_ms);

/** client_clock_forward() - CLOCK_BOOTTIME has gone on; timers do not hear of it */
void client_clock_forward(uint64_t ms);

/** client_clock_reset() - back to the host's */
void client_clock_reset(void);

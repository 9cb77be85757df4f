// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into a cxlfmd of tests, whose store then loses answers by order of the environment:
 *
 *	CXLFM_FAKE_LOSS		"done:N" or "lost:N": the N-th commit is done, or is not, and its
 *				answer is lost; "done:N+": so are the later answers
 *	CXLFM_FAKE_LISTS	the number of lists that fail after a loss
 *	CXLFM_FAKE_SILENT_STORE	while this file exists, nothing is answered; the delay is reported
 *				after a second
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/store-certain.h"
#include "test/lib/lossy-store.h"

#define LATE_MS 1000

int __real_store_sqlite_open(const char *path, const char *host, struct store **ret_store,
			     char **problem);
int __wrap_store_sqlite_open(const char *path, const char *host, struct store **ret_store,
			     char **problem);
int __real_store_certain_new(struct store *below, uint64_t late_ms,
			     const struct store_certain_owner *owner, struct store **ret_store);
int __wrap_store_certain_new(struct store *below, uint64_t late_ms,
			     const struct store_certain_owner *owner, struct store **ret_store);

static void read_orders(struct lossy_orders *orders)
{
	const char *loss = getenv("CXLFM_FAKE_LOSS"), *lists = getenv("CXLFM_FAKE_LISTS");
	char kind[8] = "";

	orders->held_path = getenv("CXLFM_FAKE_SILENT_STORE");
	orders->lists = lists ? (unsigned int)atoi(lists) : 0;
	if (!loss)
		return;
	if (sscanf(loss, "%7[a-z]:%u", kind, &orders->nth) != 2)
		abort();
	orders->loss = strcmp(kind, "done") == 0 ? LOSS_DONE : LOSS_NOT_DONE;
	orders->lasting = strchr(loss, '+') != NULL;
}

int __wrap_store_sqlite_open(const char *path, const char *host, struct store **ret_store,
			     char **problem)
{
	/* One store for the life of the process. */
	static struct lossy_orders orders;
	int rc = __real_store_sqlite_open(path, host, ret_store, problem);

	if (rc < 0)
		return rc;
	read_orders(&orders);
	*ret_store = lossy_store_new(*ret_store, &orders);
	return 0;
}

int __wrap_store_certain_new(struct store *below, uint64_t late_ms,
			     const struct store_certain_owner *owner, struct store **ret_store)
{
	if (getenv("CXLFM_FAKE_SILENT_STORE"))
		late_ms = LATE_MS;
	return __real_store_certain_new(below, late_ms, owner, ret_store);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's memory: opens and reads the store, takes up interrupted changes, and lets changes
 * begin. A failure is told and tried again, so that a full disk, or a file in use by another
 * process, needs no restart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/claim/claim-asking.h"
#include "daemon/claim/claim-store.h"
#include "daemon/engine/apply.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/results.h"
#include "daemon/manager.h"
#include "daemon/observe/host-id.h"
#include "daemon/api/pending-call.h"
#include "daemon/store/store-certain.h"
#include "daemon/store/store-opener.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* The time between attempts: at first, and at most. */
#define RETRY_FIRST_MS 500
#define RETRY_LAST_MS  30000

struct store_start {
	char *path;
	char host[HOST_ID_SIZE];     /* "": the ID of /etc/machine-id */
	struct store_opener *opener; /* NULL: no opener is under way */
	sd_event_source *opened, *retry;
	uint64_t retry_ms;
	bool is_late; /* the store was open, and does not answer any more */
};

static void attempt(struct manager *manager);

bool manager_keeps_claims(const struct manager *manager)
{
	return manager->begun && manager->store && !manager->store_problem;
}

static void wake(void *userdata)
{
	const struct manager *manager = userdata;

	engine_wake(manager->engine);
}

static void on_mended(void *userdata, const char *claim, const char *failure, bool held)
{
	const struct manager *manager = userdata;

	reconciler_mended(manager->reconciler, claim, failure, held);
}

static bool may_mend(void *userdata, const struct lane_set *lanes)
{
	const struct manager *manager = userdata;

	return engine_may_mend(manager->engine, lanes);
}

static int mend(void *userdata, const char *claim, enum claim_remedy remedy)
{
	struct manager *manager = userdata;

	return engine_mend(manager->engine, claim_mend(&manager->claims, claim, remedy,
						       &manager->draft, on_mended, manager));
}

/*
 * Lets changes begin: first the interrupted ones, then those for claims whose memory a reboot took,
 * then those of clients.
 */
static void begin(struct manager *manager)
{
	const struct reconciler_engine engine = {
		.wake = wake,
		.may_mend = may_mend,
		.mend = mend,
		.userdata = manager,
	};
	const struct snapshot *snapshot = observer_snapshot(manager->observer);
	struct world world;

	/* Whatever comes next may wake the engine: no change may begin with the store of before. */
	engine_use_store(manager->engine, manager->store, manager->store_problem);
	manager->begun = true;
	if (manager_keeps_claims(manager) && snapshot) {
		world = observer_world(manager->observer, snapshot->topology);
		reconciler_observe(manager->reconciler, &world);
	}
	claim_waiters_begin(manager->api.waiters,
			    manager->api.claims_known ? NULL : manager->store_problem);
	pending_calls_resume(&manager->api);
	reconciler_begin(manager->reconciler, &engine);
	engine_release(manager->engine);
}

/* ---- failures ---- */

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	attempt(userdata);
	return 0;
}

static void try_again_later(struct manager *manager)
{
	struct store_start *start = manager->starting;
	int rc;

	rc = sd_event_source_set_time_relative(start->retry, start->retry_ms * 1000);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(start->retry, SD_EVENT_ONESHOT);
	if (rc < 0)
		log_error(manager->log, "no timer: %s", strerror(-rc));
	start->retry_ms = clock_longer_ms(start->retry_ms, RETRY_LAST_MS);
}

/* Notes a problem. Returns false without memory: a missing text would mean that the store works. */
static bool take_problem(struct manager *manager, int error, const char *problem)
{
	_cleanup_free_ char *before = TAKE_PTR(manager->store_problem);

	manager->store_problem = strdup(problem ?: strerror(-error));
	manager->api.claims_problem = manager->store_problem;
	/* The log tells a problem once, not with each attempt. */
	if (!before || !manager->store_problem || strcmp(before, manager->store_problem) != 0) {
		log_error(manager->log, "%s", problem ?: strerror(-error));
		log_error(manager->log, "nothing can be changed until the store can be used");
	}
	if (!manager->store_problem)
		(void)sd_event_exit(manager->event, EXIT_FAILURE);
	return manager->store_problem != NULL;
}

/* Changes are refused until the next attempt has succeeded. */
static void fail_for(struct manager *manager, int error, const char *problem)
{
	if (!take_problem(manager, error, problem))
		return;
	begin(manager);
	try_again_later(manager);
}

/* No request is repeated: it may be done already, and its answer will come. */
static void on_store_late(void *userdata, const char *what)
{
	struct manager *manager = userdata;
	_cleanup_free_ char *problem = NULL;

	if (asprintf(&problem, "%s does not answer: %s", manager->starting->path, what) < 0)
		problem = NULL;
	/* The earlier problem stays the reason. */
	if (manager->store_problem) {
		log_error(manager->log, "%s", problem ?: what);
		return;
	}
	manager->starting->is_late = manager->begun;
	if (!take_problem(manager, -ETIMEDOUT, problem))
		return;
	engine_store_is_late(manager->engine, manager->store_problem);
	begin(manager);
}

/* The store works, and all of it is known. */
static void be_well(struct manager *manager)
{
	if (manager->store_problem)
		log_notice(manager->log, "the store can be used again");
	free(TAKE_PTR(manager->store_problem));
	manager->api.claims_problem = NULL;
	manager->api.changes_known = true;
	begin(manager);
}

static void on_store_again(void *userdata)
{
	struct manager *manager = userdata;

	/* During the start, the next callback goes on. */
	if (!manager->starting->is_late)
		return;
	manager->starting->is_late = false;
	be_well(manager);
}

static void fail(struct manager *manager, int error, const char *what)
{
	_cleanup_free_ char *problem = NULL;

	if (asprintf(&problem, "%s: %s", what, strerror(-error)) < 0)
		problem = NULL;
	fail_for(manager, error, problem);
}

/* ---- the start, one stage after the other ---- */

/* The start also goes on after a failed look: clients get the error. */
static void on_first_look(void *userdata, int error, struct snapshot *snapshot)
{
	be_well(userdata);
}

static void on_applies(void *userdata, int error)
{
	struct manager *manager = userdata;

	if (error == 0)
		error = observer_ask(manager->observer, OBSERVER_CURRENT, on_first_look, manager);
	if (error)
		fail(manager, error, "the wishes of an unfinished apply can't be read");
}

static void on_journal(void *userdata, int error)
{
	struct manager *manager = userdata;

	if (error == 0)
		error = apply_recover(manager->store, manager->engine, manager->log, on_applies,
				      manager);
	if (error)
		fail(manager, error, "the journal can't be read");
}

static void on_results(void *userdata, int error)
{
	struct manager *manager = userdata;
	const struct world world = observer_world(manager->observer, NULL);

	if (error == 0)
		error = journal_recover(manager->store, manager->engine, manager->log,
					&manager->steps, world.boot, on_journal, manager);
	if (error)
		fail(manager, error, "what the store has of changes can't be read");
}

/* A change that is taken up takes the place of its result: the results come first. */
static void recover(struct manager *manager)
{
	int rc = results_load(manager->store, manager->engine, manager->log, on_results, manager);

	if (rc < 0)
		on_results(manager, rc);
}

static void on_claims(void *userdata, int error)
{
	struct manager *manager = userdata;

	if (error) {
		fail(manager, error, "the claims can't be read");
		return;
	}
	manager->api.claims_known = true;
	/* The stages after this one may fail, again and again. */
	manager->starting->retry_ms = RETRY_FIRST_MS;
	recover(manager);
}

static void load_claims(struct manager *manager)
{
	int rc;

	/* The claims of an attempt that failed halfway. */
	claim_table_deinit(&manager->claims);
	rc = claim_store_load(manager->store, &manager->claims, manager->log, on_claims, manager);
	if (rc < 0)
		on_claims(manager, rc);
}

static int on_store(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct manager *manager = userdata;

	manager->store->ops->dispatch(manager->store);
	return 0;
}

static int take_store(struct manager *manager, struct store *store)
{
	const struct store_certain_owner owner = { on_store_late, on_store_again, manager };
	struct store *certain;
	int rc = store_certain_new(store, STORE_LATE_MS, &owner, &certain);

	if (rc < 0) {
		store->ops->free(store);
		return rc;
	}
	rc = sd_event_add_io(manager->event, &manager->store_source, certain->ops->fd(certain),
			     EPOLLIN, on_store, manager);
	if (rc < 0) {
		certain->ops->free(certain);
		return rc;
	}
	manager->store = certain;
	/* After a failed start clients may ask while the rest is read, and entries are taken up. */
	engine_use_store(manager->engine, manager->store, manager->store_problem);
	return 0;
}

static int on_opened(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct manager *manager = userdata;
	struct store_start *start = manager->starting;
	_cleanup_free_ char *problem = NULL;
	struct store *store = NULL;
	int rc;

	start->opened = sd_event_source_disable_unref(start->opened);
	rc = store_opener_end(TAKE_PTR(start->opener), &store, &problem);
	if (rc == 0)
		rc = take_store(manager, store);
	if (rc < 0) {
		fail_for(manager, rc, problem);
		return 0;
	}
	if (problem)
		log_notice(manager->log, "%s (cxlfmd --host-id=ID goes on as that host)", problem);
	load_claims(manager);
	return 0;
}

static int open_store(struct manager *manager)
{
	struct store_start *start = manager->starting;
	char host[HOST_ID_SIZE];
	int rc = 0;

	(void)strcpy(host, start->host);
	if (!*host)
		rc = host_id(host);
	if (rc < 0) {
		fail(manager, rc,
		     "the store can't be opened before this host has an ID in /etc/machine-id "
		     "(see machine-id(5))");
		return 0;
	}
	rc = store_opener_new(start->path, host, &start->opener);
	if (rc < 0)
		return rc;
	return sd_event_add_io(manager->event, &start->opened, store_opener_fd(start->opener),
			       EPOLLIN, on_opened, manager);
}

static void attempt(struct manager *manager)
{
	int rc;

	if (manager->api.claims_known) {
		recover(manager);
		return;
	}
	if (manager->store) {
		load_claims(manager);
		return;
	}
	rc = open_store(manager);
	if (rc < 0)
		fail(manager, rc, manager->starting->path);
}

/* ---- start and end ---- */

static int start_new(struct manager *manager, const char *path, const char *host)
{
	struct store_start *start = calloc(1, sizeof(*start));
	int rc;

	if (!start)
		return -ENOMEM;
	manager->starting = start;
	start->retry_ms = RETRY_FIRST_MS;
	if (host)
		(void)snprintf(start->host, sizeof(start->host), "%s", host);
	start->path = strdup(path);
	if (!start->path)
		return -ENOMEM;
	rc = sd_event_add_time(manager->event, &start->retry, CLOCK_MONOTONIC, 0, 0, on_retry,
			       manager);
	return rc < 0 ? rc : sd_event_source_set_enabled(start->retry, SD_EVENT_OFF);
}

int manager_open_store(struct manager *manager, const char *path, const char *host)
{
	int rc;

	if (!path) {
		manager->api.claims_known = manager->api.changes_known = true;
		begin(manager);
		return 0;
	}
	rc = start_new(manager, path, host);
	if (rc < 0)
		return rc;
	attempt(manager);
	return 0;
}

void manager_close_store(struct manager *manager)
{
	struct store_start *start = manager->starting;
	struct store *store = NULL;
	char *problem = NULL;

	if (start && start->opener && store_opener_end(start->opener, &store, &problem) == 0)
		store->ops->free(store);
	free(problem);
	if (start) {
		(void)sd_event_source_disable_unref(start->opened);
		(void)sd_event_source_disable_unref(start->retry);
		free(start->path);
	}
	free(start);
	(void)sd_event_source_disable_unref(manager->store_source);
	if (manager->store)
		manager->store->ops->free(manager->store);
	free(manager->store_problem);
}

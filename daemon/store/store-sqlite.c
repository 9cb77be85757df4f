// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store on this host's disk: SQLite with a log (WAL), written by a thread of its own, which
 * performs one request after the other. Effect.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/schema.h"
#include "daemon/store/store-file.h"
#include "daemon/store/store-queue.h"

/* Frames of the log (some MiB) after which the log is copied into the database. */
#define CHECKPOINT_FRAMES 1000

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	REVISION_OF,
	NEXT_REVISION,
	NEXT_WRITE,
	PUT_ENTRY,
	DELETE_ENTRY,
	LIST_ENTRIES,
	STATEMENT_COUNT,
};

static const char *const statement_texts[STATEMENT_COUNT] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[REVISION_OF] = "SELECT revision FROM entry WHERE host = this_host() AND key = ?1",
	[NEXT_REVISION] = "UPDATE counter SET revision = revision + 1 RETURNING revision",
	[NEXT_WRITE] = "UPDATE counter SET writes = writes + 1 RETURNING writes",
	/* REPLACE would delete the old row without a trigger, and the digest would miss that. */
	[PUT_ENTRY] = ("INSERT INTO entry (host, key, value, revision)"
		       " VALUES (this_host(), ?1, ?2, ?3)"
		       " ON CONFLICT (host, key) DO UPDATE SET value = excluded.value,"
		       " revision = excluded.revision"),
	[DELETE_ENTRY] = "DELETE FROM entry WHERE host = this_host() AND key = ?1",
	[LIST_ENTRIES] = ("SELECT key, value, revision FROM entry"
			  " WHERE host = this_host() AND key >= ?1 ORDER BY key"),
};

struct sqlite_store {
	struct store_queue queue; /* the first member */
	pthread_t thread;
	pthread_cond_t
		wake; /* with the queue's lock: a request is pending, or the thread is to end */
	struct store_requests pending;
	bool ends;

	/* Used by the thread only. */
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	enum store_durability durability; /* the current PRAGMA synchronous */
	int log_frames;
	bool log_is_unsure;   /* see mend_log() */
	bool outcome_is_open; /* of the last commit: see may_be_written() */
	struct store_mark mark;
	uint64_t writes;	/* the count that the mark has to show */
	bool mark_is_behind;	/* the mark could not be written */
	bool writes_are_synced; /* the newest write is synced */
};

/* ---- statements ---- */

static int bind(sqlite3_stmt *statement, const char *types, va_list values)
{
	int rc = SQLITE_OK;

	for (int i = 0; rc == SQLITE_OK && types[i]; i++) {
		if (types[i] == 't')
			rc = sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1,
					       SQLITE_STATIC);
		else
			rc = sqlite3_bind_int64(statement, i + 1,
						(sqlite3_int64)va_arg(values, uint64_t));
	}
	return rc;
}

/*
 * Runs a statement to its end. @types: "t" for each text (const char *), "n" for each number
 * (uint64_t) that follows. *ret_number, which may be NULL, becomes the number of the last row, or
 * 0.
 */
static int run(struct sqlite_store *sqlite, enum statement which, uint64_t *ret_number,
	       const char *types, ...)
{
	sqlite3_stmt *statement = sqlite->statements[which];
	uint64_t number = 0;
	va_list values;
	int rc, error;

	va_start(values, types);
	rc = bind(statement, types, values);
	va_end(values);
	if (rc == SQLITE_OK)
		while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
			number = (uint64_t)sqlite3_column_int64(statement, 0);
	error = rc == SQLITE_DONE ? 0 : store_file_errno(sqlite->db);
	(void)sqlite3_reset(statement);
	if (!error && ret_number)
		*ret_number = number;
	return error;
}

/* ---- transactions ---- */

static int set_durability(struct sqlite_store *sqlite, enum store_durability durability)
{
	const char *sql = durability == STORE_DURABLE ? "PRAGMA synchronous = FULL"
						      : "PRAGMA synchronous = NORMAL";

	if (sqlite->durability == durability)
		return 0;
	if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_file_errno(sqlite->db);
	sqlite->durability = durability;
	return 0;
}

static int checkpoint(struct sqlite_store *sqlite, int mode)
{
	if (sqlite3_wal_checkpoint_v2(sqlite->db, NULL, mode, NULL, NULL) != SQLITE_OK)
		return store_file_errno(sqlite->db);
	return 0;
}

/*
 * Writes the database and a new log after a failed commit. If only the sync failed, the end of the
 * commit is in the log: after a crash now, the next process would find a commit that was answered
 * as failed. The kernel may also have dropped pages that it could not sync, and reports such an
 * error only once. So all commits that count are copied into the database, and the log is begun
 * anew with a commit that changes nothing.
 */
static int mend_log(struct sqlite_store *sqlite)
{
	int rc;

	if (!sqlite->log_is_unsure)
		return 0;
	rc = checkpoint(sqlite, SQLITE_CHECKPOINT_TRUNCATE);
	if (rc == 0)
		rc = set_durability(sqlite, STORE_DURABLE);
	if (rc == 0 && schema_touch(sqlite->db) != SQLITE_OK)
		rc = store_file_errno(sqlite->db);
	sqlite->log_is_unsure = rc != 0;
	if (rc == 0)
		sqlite->outcome_is_open = false;
	return rc;
}

/*
 * Some errors have rolled back already. If there is no memory for the rollback, the next begin()
 * tries again.
 */
static void roll_back(struct sqlite_store *sqlite)
{
	if (!sqlite3_get_autocommit(sqlite->db))
		(void)run(sqlite, ROLLBACK, NULL, "");
}

/*
 * Writes the mark after a commit. The commit can't be taken back, so its answer does not depend on
 * the mark; but no other transaction begins before the mark is written.
 */
static int set_mark(struct sqlite_store *sqlite)
{
	int rc = store_mark_set(&sqlite->mark, sqlite->writes, sqlite->writes_are_synced);

	sqlite->mark_is_behind = rc != 0;
	return rc ? store_file_system_error(-rc) : 0;
}

static int begin(struct sqlite_store *sqlite, enum store_durability durability)
{
	int rc = 0;

	roll_back(sqlite);
	if (sqlite->mark_is_behind)
		rc = set_mark(sqlite);
	if (rc == 0)
		rc = mend_log(sqlite);
	if (rc == 0)
		rc = set_durability(sqlite, durability);
	return rc ? rc : run(sqlite, BEGIN, NULL, "");
}

/*
 * Tells whether a failed COMMIT may be in the log nevertheless. This process rolls the commit back.
 * Another process reads the log, where the last frame makes the commit, before any sync.
 *
 * - BUSY: nothing was written.
 * - FULL, and IOERR_WRITE if the kernel refused the write (no room, not allowed): the last frame is
 *   not whole, and does not count.
 * - IOERR_FSYNC: all frames are written, and perhaps not on the disk.
 * - NOMEM and others: the time of the failure is unknown.
 *
 * https://www.sqlite.org/rescode.html, https://www.sqlite.org/lang_transaction.html
 */
static bool may_be_written(sqlite3 *db)
{
	switch (sqlite3_extended_errcode(db)) {
	case SQLITE_BUSY:
	case SQLITE_FULL:
		return false;
	case SQLITE_IOERR_WRITE:
		return store_file_errno(db) == -EIO;
	default:
		return true;
	}
}

/*
 * Commits, or rolls back if there is an error already. If the log can be mended at once, nothing
 * was written for certain.
 */
static int finish(struct sqlite_store *sqlite, int error)
{
	uint64_t writes;

	if (!error)
		error = run(sqlite, NEXT_WRITE, &writes, "");
	if (!error) {
		error = run(sqlite, COMMIT, NULL, "");
		sqlite->log_is_unsure = error != 0;
		sqlite->outcome_is_open = error && may_be_written(sqlite->db);
	}
	if (!error) {
		sqlite->writes = writes;
		sqlite->writes_are_synced = sqlite->durability == STORE_DURABLE;
		(void)set_mark(sqlite);
		return 0;
	}
	roll_back(sqlite);
	/* On failure, the next begin() tries again. */
	(void)mend_log(sqlite);
	return error;
}

/* ---- entries ---- */

static int check_change(struct sqlite_store *sqlite, const struct store_change *change)
{
	uint64_t revision;
	int rc;

	rc = run(sqlite, REVISION_OF, &revision, "t", change->key);
	if (rc < 0)
		return rc;
	return store_change_is_expected(change, revision) ? 0 : -EAGAIN;
}

static int apply_change(struct sqlite_store *sqlite, const struct store_change *change,
			uint64_t revision)
{
	if (change->kind == STORE_COMPARE)
		return 0;
	if (!change->value)
		return run(sqlite, DELETE_ENTRY, NULL, "t", change->key);
	return run(sqlite, PUT_ENTRY, NULL, "ttn", change->key, change->value, revision);
}

static int commit_changes(struct sqlite_store *sqlite, struct store_request *request)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < request->change_count; i++)
		rc = check_change(sqlite, &request->changes[i]);
	if (rc == 0)
		rc = run(sqlite, NEXT_REVISION, &request->revision, "");
	for (size_t i = 0; rc == 0 && i < request->change_count; i++)
		rc = apply_change(sqlite, &request->changes[i], request->revision);
	return rc;
}

static int add_row(struct store_request *request, sqlite3_stmt *row)
{
	const struct store_entry entry = {
		.key = (const char *)sqlite3_column_text(row, 0),
		.value = (const char *)sqlite3_column_text(row, 1),
		.revision = (uint64_t)sqlite3_column_int64(row, 2),
	};

	return entry.key && entry.value ? store_request_add_entry(request, &entry) : -ENOMEM;
}

static int list(struct sqlite_store *sqlite, struct store_request *request)
{
	sqlite3_stmt *statement = sqlite->statements[LIST_ENTRIES];
	size_t length = strlen(request->prefix);
	int error = 0, rc = SQLITE_DONE;

	/* Until the log is mended, another process might see other entries than this one. */
	if (sqlite->outcome_is_open) {
		roll_back(sqlite);
		error = mend_log(sqlite);
	}
	if (error)
		return error;
	if (sqlite3_bind_text(statement, 1, request->prefix, -1, SQLITE_STATIC) != SQLITE_OK)
		return store_file_errno(sqlite->db);
	while (error == 0 && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(statement, 0);

		if (key && strncmp(key, request->prefix, length) != 0)
			break;
		error = add_row(request, statement);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		error = store_file_errno(sqlite->db);
	(void)sqlite3_reset(statement);
	return error;
}

/* ---- the thread ---- */

static int commit(struct sqlite_store *sqlite, struct store_request *request)
{
	int rc = begin(sqlite, request->durability);

	if (rc < 0)
		return rc;
	rc = finish(sqlite, commit_changes(sqlite, request));
	return sqlite->outcome_is_open ? STORE_UNKNOWN : rc;
}

static void perform(struct store_queue *queue, struct store_request *request)
{
	struct sqlite_store *sqlite = (struct sqlite_store *)queue;

	switch (request->kind) {
	case STORE_REQUEST_COMMIT:
		request->error = commit(sqlite, request);
		break;
	case STORE_REQUEST_LIST:
		request->error = list(sqlite, request);
		break;
	}
}

static int on_log(void *userdata, sqlite3 *db, const char *name, int frames)
{
	struct sqlite_store *sqlite = userdata;

	sqlite->log_frames = frames;
	return SQLITE_OK;
}

/*
 * Runs after the answer, because no answer depends on it. SQLite would shorten the log within a
 * commit and would hide an error, although data that could not be synced may be lost.
 */
static void shorten_log(struct sqlite_store *sqlite)
{
	if (sqlite->log_frames < CHECKPOINT_FRAMES)
		return;
	sqlite->log_frames = 0;
	if (checkpoint(sqlite, SQLITE_CHECKPOINT_PASSIVE) < 0)
		sqlite->log_is_unsure = true;
}

static struct store_request *next_request(struct sqlite_store *sqlite)
{
	struct store_request *request;

	(void)pthread_mutex_lock(&sqlite->queue.lock);
	while (!sqlite->pending.first && !sqlite->ends)
		(void)pthread_cond_wait(&sqlite->wake, &sqlite->queue.lock);
	request = store_requests_pop(&sqlite->pending);
	(void)pthread_mutex_unlock(&sqlite->queue.lock);
	return request;
}

static void *work(void *userdata)
{
	struct sqlite_store *sqlite = userdata;
	struct store_request *request;

	while ((request = next_request(sqlite))) {
		store_queue_perform(&sqlite->queue, request);
		shorten_log(sqlite);
	}
	return NULL;
}

static void submit(struct store_queue *queue, struct store_request *request)
{
	struct sqlite_store *sqlite = (struct sqlite_store *)queue;

	(void)pthread_mutex_lock(&queue->lock);
	store_requests_push(&sqlite->pending, request);
	(void)pthread_mutex_unlock(&queue->lock);
	/* After the unlock, because the thread would wake up only to wait for the lock. */
	(void)pthread_cond_signal(&sqlite->wake);
}

/* ---- start and end ---- */

/* A new mark needs a first write to show. */
static int begin_mark(struct sqlite_store *sqlite)
{
	int rc;

	if (!sqlite->mark.is_empty)
		return 0;
	rc = begin(sqlite, STORE_DURABLE);
	return rc ? rc : finish(sqlite, 0);
}

static int prepare(struct sqlite_store *sqlite)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		if (sqlite3_prepare_v3(sqlite->db, statement_texts[i], -1,
				       SQLITE_PREPARE_PERSISTENT, &sqlite->statements[i],
				       NULL) != SQLITE_OK)
			return store_file_errno(sqlite->db);
	(void)sqlite3_wal_hook(sqlite->db, on_log, sqlite);
	return begin_mark(sqlite);
}

static void close_database(struct sqlite_store *sqlite)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(sqlite->statements[i]);
	(void)sqlite3_close(sqlite->db);
	store_mark_close(&sqlite->mark);
}

/* The thread blocks all signals: the loop handles them. */
static int start_thread(struct sqlite_store *sqlite)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&sqlite->thread, NULL, work, sqlite);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

static void sqlite_free(struct store_queue *queue)
{
	struct sqlite_store *sqlite = (struct sqlite_store *)queue;

	(void)pthread_mutex_lock(&sqlite->queue.lock);
	sqlite->ends = true;
	(void)pthread_cond_signal(&sqlite->wake);
	(void)pthread_mutex_unlock(&sqlite->queue.lock);
	(void)pthread_join(sqlite->thread, NULL);
	close_database(sqlite);
	store_queue_deinit(&sqlite->queue);
	(void)pthread_cond_destroy(&sqlite->wake);
	free(sqlite);
}

static int start(struct sqlite_store *sqlite)
{
	static const struct store_provider provider = {
		.submit = submit,
		.perform = perform,
		.free = sqlite_free,
	};
	int rc;

	rc = store_queue_init(&sqlite->queue, &provider);
	if (rc < 0)
		return rc;
	(void)pthread_cond_init(&sqlite->wake, NULL);
	rc = start_thread(sqlite);
	if (rc < 0) {
		(void)pthread_cond_destroy(&sqlite->wake);
		store_queue_deinit(&sqlite->queue);
	}
	return rc;
}

int store_sqlite_open(const char *path, const char *host, struct store **ret_store, char **problem)
{
	struct sqlite_store *sqlite = calloc(1, sizeof(*sqlite));
	int rc;

	*problem = NULL;
	if (!sqlite)
		return -ENOMEM;
	sqlite->durability = STORE_DURABLE;
	/* The former process may have failed to sync its last writes. */
	sqlite->log_is_unsure = true;
	rc = store_file_open(path, host, &sqlite->db, &sqlite->mark, problem);
	if (rc < 0) {
		free(sqlite);
		return rc;
	}
	rc = prepare(sqlite);
	if (rc < 0)
		(void)store_file_problem(path, rc, sqlite3_errmsg(sqlite->db), problem);
	if (rc == 0) {
		rc = start(sqlite);
		if (rc < 0)
			(void)store_file_problem(path, rc, strerror(-rc), problem);
	}
	if (rc < 0) {
		close_database(sqlite);
		free(sqlite);
		return rc;
	}
	store_file_tell_others(sqlite->db, path, problem);
	*ret_store = &sqlite->queue.store;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens an SQLite store's file, with suspicion: SQLite alone would begin anew with an empty file,
 * and would skip a log that makes no sense. Both would be silent losses.
 */
#include "daemon/store/store-file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/schema.h"
#include "daemon/store/store-digest.h"
#include "daemon/store/store-place.h"
#include "util/cleanup.h"

struct store_files {
	char *database, *wal, *mark;
};

/* https://www.sqlite.org/fileformat2.html#walformat */
#define WAL_HEADER_SIZE	  32
#define WAL_MAGIC	  0x377f0682u /* lowest bit: the checksum reads words as big-endian */
#define WAL_CHECKED_WORDS 6

/* ---- errors ---- */

int store_file_system_error(int system_errno)
{
	switch (system_errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	case EACCES:
	case EPERM:
	case EROFS:
		return -EROFS;
	case ENOENT:
	case ENOTDIR:
		return -ENOENT;
	default:
		return -EIO;
	}
}

int store_file_errno(sqlite3 *db)
{
	if (sqlite3_extended_errcode(db) == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return store_file_system_error(sqlite3_system_errno(db));
	default:
		return -EUCLEAN;
	}
}

static char *one_line(char *text)
{
	/* SQLite's messages may have several lines. */
	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	return text;
}

static void say(char **problem, const char *path, const char *what, const char *detail,
		const char *advice)
{
	char *text;

	if (asprintf(&text, "%s %s (%s): %s", path, what, detail, advice) < 0)
		*problem = NULL;
	else
		*problem = one_line(text);
}

int store_file_problem(const char *path, int error, const char *detail, char **problem)
{
	static const struct {
		int error;
		const char *what, *advice;
	} problems[] = {
		{ -EBUSY, "is in use by another process", "end that process first" },
		{ -ENOSPC, "can't be written", "make room on its disk" },
		{ -EROFS, "may not be written to",
		  "see to its owner and mode, its folder and mount" },
		{ -ENOENT, "can't be made", "make its folder first" },
		{ -EIO, "can't be read or written", "see the kernel's log about its disk" },
		{ -EUCLEAN, "is damaged",
		  "put a copy in its place, or move it away with its -wal and -mark" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(problems); i++)
		if (problems[i].error == error) {
			say(problem, path, problems[i].what, detail, problems[i].advice);
			return error;
		}
	say(problem, path, "can't be opened", detail, "try again");
	return error;
}

static int database_problem(sqlite3 *db, const char *path, char **problem)
{
	int error = store_file_errno(db), system_errno = sqlite3_system_errno(db);
	const char *detail = sqlite3_errmsg(db);

	if (system_errno && (error == -EIO || error == -EROFS || error == -ENOENT))
		detail = strerror(system_errno);
	return store_file_problem(path, error, detail, problem);
}

int store_file_not_a_store(const char *path, const char *detail, char **problem)
{
	say(problem, path, "is not a store of cxlfm", detail, "move it away");
	return -EUCLEAN;
}

/* ---- checks before SQLite opens the file ---- */

/*
 * Checks the files in the place of the database. *ret_has_wal: there is a log that may hold
 * commits.
 */
static int check_place(const char *path, const struct store_files *files, bool *ret_has_wal,
		       char **problem)
{
	struct stat file = { 0 }, wal = { 0 }, mark = { 0 };
	const char *what;
	bool exists;

	/* The log first: a log that exists before its database belongs to no database. */
	*ret_has_wal = stat(files->wal, &wal) == 0 && wal.st_size > 0;
	exists = stat(files->database, &file) == 0;
	/* SQLite takes a file of one byte for an empty one. */
	if (file.st_size == 1)
		return store_file_not_a_store(path, "one byte", problem);
	if (file.st_size > 0)
		return 0;
	if (*ret_has_wal)
		what = exists ? "empty, but its -wal is not" : "not there, but its -wal is";
	else if (stat(files->mark, &mark) == 0 && mark.st_size > 0)
		what = exists ? "empty, but its -mark is not" : "not there, but its -mark is";
	else
		return 0;
	return store_file_problem(path, -EUCLEAN, what, problem);
}

/* ---- checks under the lock ---- */

/* Checks the checksum of the log's header (walChecksumBytes() in SQLite). */
static bool wal_header_is_intact(const uint32_t words[static WAL_HEADER_SIZE / 4])
{
	bool big_endian = be32toh(words[0]) & 1;
	uint32_t sums[2] = { 0 };

	for (int i = 0; i < WAL_CHECKED_WORDS; i += 2) {
		sums[0] += (big_endian ? be32toh(words[i]) : le32toh(words[i])) + sums[1];
		sums[1] += (big_endian ? be32toh(words[i + 1]) : le32toh(words[i + 1])) + sums[0];
	}
	return (be32toh(words[0]) & ~1u) == WAL_MAGIC && be32toh(words[6]) == sums[0] &&
	       be32toh(words[7]) == sums[1];
}

/*
 * SQLite reads a log up to the first record that is not whole, which is right after a power cut.
 * With a damaged header SQLite would read nothing of the log, so that is refused. A header that was
 * never written in full (shorter, or zeros) has no records behind it.
 */
static int check_wal(const char *path, const char *wal_path, char **problem)
{
	static const uint32_t zeros[WAL_HEADER_SIZE / 4];
	_cleanup_close_ int fd = open(wal_path, O_RDONLY | O_CLOEXEC);
	uint32_t words[WAL_HEADER_SIZE / 4];
	ssize_t size = fd < 0 ? -1 : read(fd, words, sizeof(words));

	if (size < 0)
		return store_file_problem(path, store_file_system_error(errno), "its -wal",
					  problem);
	if (size < WAL_HEADER_SIZE || memcmp(words, zeros, sizeof(words)) == 0 ||
	    wal_header_is_intact(words))
		return 0;
	return store_file_problem(path, -EUCLEAN, "the header of its -wal is damaged", problem);
}

/* The first column of the first row, as a number; SQLite's error otherwise. */
static int query_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(statement, 0);
	return rc == SQLITE_OK ? sqlite3_finalize(statement) : rc;
}

/* Is it ours, or nobody's? *ret_version is 0 for one that is new. */
static int identify(sqlite3 *db, const char *path, int *ret_version, char **problem)
{
	int64_t application = 0, version = 0, page_count = 0;
	char detail[64];

	if (query_number(db, "PRAGMA application_id", &application) != SQLITE_OK ||
	    query_number(db, "PRAGMA user_version", &version) != SQLITE_OK ||
	    query_number(db, "PRAGMA page_count", &page_count) != SQLITE_OK)
		return database_problem(db, path, problem);
	*ret_version = (int)version;
	if (page_count == 0)
		return 0;
	if (application != SCHEMA_APPLICATION_ID || version <= 0)
		return store_file_not_a_store(path, "a database of something else", problem);
	if (version <= SCHEMA_VERSION)
		return 0;
	(void)snprintf(detail, sizeof(detail), "schema %d, this one knows %d", (int)version,
		       SCHEMA_VERSION);
	say(problem, path, "is of a newer cxlfm", detail,
	    "install that version, or move the file away");
	return -EPROTO;
}

/* SQLite reads the missing part of a last page as zeros, and would return zeros as text. */
static int check_size(sqlite3 *db, const char *path, const char *file, char **problem)
{
	struct stat status = { 0 };
	int64_t page_size = 1;

	if (query_number(db, "PRAGMA page_size", &page_size) != SQLITE_OK)
		return database_problem(db, path, problem);
	if (stat(file, &status) == 0 && status.st_size % page_size == 0)
		return 0;
	return store_file_problem(path, -EUCLEAN, "its end is missing", problem);
}

static int check_integrity(sqlite3 *db, const char *path, char **problem)
{
	sqlite3_stmt *statement;
	const char *text = NULL;
	int error = 0;

	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &statement, NULL) != SQLITE_OK)
		return database_problem(db, path, problem);
	if (sqlite3_step(statement) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(statement, 0);
	if (!text)
		error = database_problem(db, path, problem);
	else if (strcmp(text, "ok") != 0)
		error = store_file_problem(path, -EUCLEAN, text, problem);
	(void)sqlite3_finalize(statement);
	return error;
}

/* Tells whether all rows are together as one commit has left them. */
static int check_digest(sqlite3 *db, const char *path, int version, char **problem)
{
	static const char of_all[] = "SELECT digest = " STORE_DIGEST_OF_ALL " FROM counter";
	static const char of_schema_3[] =
		"SELECT digest = " STORE_DIGEST_OF_SCHEMA_3 " FROM counter";
	int64_t is_same = 0;

	if (query_number(db, version == 3 ? of_schema_3 : of_all, &is_same) != SQLITE_OK)
		return database_problem(db, path, problem);
	if (is_same)
		return 0;
	return store_file_problem(path, -EUCLEAN, "its entries don't fit their checksum", problem);
}

static int mark_problem(const char *path, int error, char **problem)
{
	const char *detail = error == -ENOENT ? "its -mark is missing" : "its -mark is damaged";

	if (error == -ENOMEM)
		return error;
	if (error != -ENOENT && error != -EUCLEAN)
		return store_file_problem(path, store_file_system_error(-error), "its -mark",
					  problem);
	say(problem, path, "may lack the last writes", detail,
	    "put a copy in its place, or an empty -mark to go on with the entries as they are");
	return -EUCLEAN;
}

/* Checks that this is the newest state. Databases of older schemas have no mark. */
static int check_mark(sqlite3 *db, const char *path, const struct store_files *files, int version,
		      struct store_mark *mark, char **problem)
{
	uint64_t noted = 0;
	int64_t writes = 0;
	char detail[80];
	int rc;

	rc = store_mark_open(files->mark, version < SCHEMA_MARKED, mark, &noted);
	if (rc < 0)
		return mark_problem(path, rc, problem);
	if (version >= SCHEMA_MARKED &&
	    query_number(db, "SELECT writes FROM counter", &writes) != SQLITE_OK)
		return database_problem(db, path, problem);
	if ((uint64_t)writes >= noted)
		return 0;
	(void)snprintf(detail, sizeof(detail), "write %" PRId64 " of %" PRIu64, writes, noted);
	say(problem, path, "lacks the last writes", detail,
	    "put a newer copy in its place, or empty its -mark to go on with the entries as they "
	    "are");
	return -EUCLEAN;
}

/*
 * EXCLUSIVE keeps the lock from the first read on, and keeps the log's index in memory instead of
 * in a third file. None of these statements writes.
 */
static const char take_sql[] = "PRAGMA locking_mode = EXCLUSIVE;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA synchronous = FULL";

static int check(sqlite3 *db, const char *path, const struct store_files *files, bool has_wal,
		 int *ret_version, struct store_mark *mark, char **problem)
{
	int rc = identify(db, path, ret_version, problem);

	if (rc == 0 && sqlite3_db_readonly(db, "main") == 1)
		rc = store_file_problem(path, -EUCLEAN, "it says that it is read-only", problem);
	/* If there is a log, it may hold the page that a checkpoint was about to write. */
	if (rc == 0)
		rc = has_wal ? check_wal(path, files->wal, problem)
			     : check_size(db, path, files->database, problem);
	if (rc == 0)
		rc = check_integrity(db, path, problem);
	if (rc == 0 && *ret_version >= SCHEMA_MARKED)
		rc = check_digest(db, path, *ret_version, problem);
	return rc ? rc : check_mark(db, path, files, *ret_version, mark, problem);
}

static int take(sqlite3 *db, const char *path, const char *host, const struct store_files *files,
		bool has_wal, struct store_mark *mark, char **problem)
{
	int version = 0, rc;

	if (sqlite3_db_readonly(db, "main") == 1)
		return store_file_problem(path, -EROFS, "read-only", problem);
	if (sqlite3_exec(db, take_sql, NULL, NULL, NULL) != SQLITE_OK ||
	    store_digest_register(db) != SQLITE_OK)
		return database_problem(db, path, problem);
	if (schema_set_host(db, host) < 0)
		return -ENOMEM;
	rc = check(db, path, files, has_wal, &version, mark, problem);
	if (rc < 0)
		return rc;
	/*
	 * schema_upgrade() writes the application ID first, so that no database of ours is ever
	 * without it.
	 */
	if (schema_upgrade(db, version) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK ||
	    store_digest_follow(db) != SQLITE_OK)
		return database_problem(db, path, problem);
	return 0;
}

static void free_files(struct store_files *files)
{
	free(files->database);
	free(files->wal);
	free(files->mark);
}

static int name_files(struct store_files *files)
{
	if (asprintf(&files->wal, "%s-wal", files->database) < 0)
		files->wal = NULL;
	if (asprintf(&files->mark, "%s-mark", files->database) < 0)
		files->mark = NULL;
	return files->wal && files->mark ? 0 : -ENOMEM;
}

/* SQLite would create the file by the umask. The log and the journal get the mode of this file. */
static int make_database(const char *path, const struct store_files *files, char **problem)
{
	_cleanup_close_ int fd =
		open(files->database, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 || errno == EEXIST)
		return 0;
	return store_file_problem(path, store_file_system_error(errno), strerror(errno), problem);
}

static int open_files(const char *path, const char *host, const struct store_files *files,
		      sqlite3 **ret_db, struct store_mark *mark, char **problem)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
			  SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
	const bool keep_wal = access(files->wal, F_OK) == 0;
	sqlite3 *db = NULL;
	bool has_wal;
	int rc;

	rc = check_place(path, files, &has_wal, problem);
	if (rc == 0)
		rc = make_database(path, files, problem);
	if (rc < 0)
		return rc;
	if (sqlite3_open_v2(files->database, &db, flags, NULL) != SQLITE_OK) {
		rc = database_problem(db, path, problem);
	} else {
		/*
		 * A file that is refused is left unchanged, and so is its log; but a log that
		 * SQLite makes in order to read the file is removed.
		 */
		(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep_wal, NULL);
		rc = take(db, path, host, files, has_wal, mark, problem);
	}
	if (rc < 0) {
		(void)sqlite3_close(db);
		store_mark_close(mark);
		return rc;
	}
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	*ret_db = db;
	return 0;
}

int store_file_open(const char *path, const char *host, sqlite3 **ret_db, struct store_mark *mark,
		    char **problem)
{
	_cleanup_(free_files) struct store_files files = { 0 };
	int rc;

	*problem = NULL;
	*mark = STORE_MARK_NULL;
	rc = store_place_take(path, &files.database, problem);
	if (rc == 0)
		rc = name_files(&files);
	return rc ? rc : open_files(path, host, &files, ret_db, mark, problem);
}

void store_file_tell_others(sqlite3 *db, const char *path, char **note)
{
	static const char sql[] = "SELECT host, count(*) FROM entry WHERE host <> this_host()"
				  " GROUP BY host ORDER BY count(*) DESC";
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return;
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    asprintf(note, "%s has entries of other hosts, which are left alone: %d of %s", path,
		     sqlite3_column_int(statement, 1),
		     (const char *)sqlite3_column_text(statement, 0)) < 0)
		*note = NULL;
	(void)sqlite3_finalize(statement);
}

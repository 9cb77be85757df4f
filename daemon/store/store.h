/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to outlive the daemon: texts under keys such as "claim/NAME", each with the revision
 * that it was last written at. The seam between the daemon and where they are kept: store-sqlite.c
 * on this host's disk, store-memory.c for tests.
 *
 * A store is opened for one host, and each key is below that host's ID where it is kept: the
 * entries of another host are neither seen nor touched, wherever they come from.
 *
 * Nothing here blocks: an operation is taken, done in the order of the calls by somebody else (a
 * thread, a server), and answered by a callback out of store_dispatch(). A provider that is far
 * away fits behind it: everything that has to happen together is one commit, which names what it
 * expects.
 *
 * A failure is never a loss: what could not be written is as it was, and a store that can't be used
 * (corrupt, of a newer version, read-only, full) says so and stays as it is. Where an answer was
 * lost on its way it is not made up: see STORE_UNKNOWN.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/*
 * What fits, the same for every provider, so that no caller is surprised by another one: etcd takes
 * 128 operations and 1.5 MiB at once, and its provider needs some of both for itself.
 *
 * Keys are printable ASCII without spaces, and not empty; "kind/name". All sizes are bytes without
 * the NUL.
 */
#define STORE_KEY_MAX	  255
#define STORE_VALUE_MAX	  ((size_t)1024 * 1024)
#define STORE_CHANGES_MAX 100
/* Keys and values of one commit. */
#define STORE_COMMIT_MAX ((size_t)1280 * 1024)

/*
 * What begins with this never leaves the host that it is about, whatever keeps all other entries:
 * it is of use there only, and before there is a network.
 */
#define STORE_LOCAL "local/"

/* What a change expects of its key. */
#define STORE_ANY    UINT64_MAX /* whatever is there, or nothing */
#define STORE_ABSENT UINT64_C(0)

struct store_entry {
	const char *key;
	const char *value;
	uint64_t revision; /* of the commit that wrote it; grows with every commit */
};

enum store_change_kind {
	STORE_WRITE,   /* the value is put; without one the entry is deleted */
	STORE_COMPARE, /* the entry stays as it is: the commit is done only if it is as expected */
};

struct store_change {
	const char *key;
	const char *value;	    /* NULL: delete, or compare */
	uint64_t expected_revision; /* of the entry as the caller knows it, or STORE_ANY, _ABSENT */
	enum store_change_kind kind;
};

/* What a commit has to survive when it is answered. */
enum store_durability {
	STORE_DURABLE, /* the end of power */
	STORE_QUICK,   /* the end of the process; of power, or else it never was */
};

/*
 * Errors of all operations, beside -ENOMEM:
 *	-EAGAIN		commit: an expectation was not met, and nothing was written
 *	-ENOSPC, -EIO	as the disk had them; nothing was written
 *	-EROFS		may not be written to
 *	-EUCLEAN	not a store, or damaged; left as it is
 *	-EPROTO		of a newer version; left as it is
 *	-EBUSY		in use by another process
 */

/*
 * Answer of a commit, where an error would not be true: all of it was written or will be, or
 * nothing of it; a disk whose sync has failed can't say which, nor can a server that went away
 * before it had answered. Whoever gets it reads back before he decides anything; a list is refused
 * as long as it can't tell. store-certain.h does that for all who have better things to do.
 */
#define STORE_UNKNOWN 1

/*
 * @error: 0, an error as above, or STORE_UNKNOWN
 * @revision: what the changed entries have now; only meaningful without an error
 */
typedef void (*store_commit_fn)(void *userdata, int error, uint64_t revision);

/* @entries: by key, valid during the call only; none on an error. */
typedef void (*store_list_fn)(void *userdata, int error, const struct store_entry *entries,
			      size_t count);

/*
 * A provider. All members are called from the loop's thread, never block, and copy what they are
 * given. They return 0 when the operation was taken, and call back exactly once then, from
 * dispatch(); or an error, and never call back:
 *	-ENOMEM
 *	-EINVAL		commit: a key that is none, or stands there twice; a comparison that has a
 *			value, or expects nothing
 *	-ENAMETOOLONG	commit: a key of more than STORE_KEY_MAX
 *	-E2BIG		commit: more than STORE_VALUE_MAX, _CHANGES_MAX or _COMMIT_MAX
 */
struct store_ops {
	/* All of @changes or nothing. */
	int (*commit)(struct store *store, const struct store_change *changes, size_t count,
		      enum store_durability durability, store_commit_fn callback, void *userdata);
	int (*list)(struct store *store, const char *prefix, store_list_fn callback,
		    void *userdata);
	/* Readable when dispatch() has something to do. */
	int (*fd)(const struct store *store);
	void (*dispatch)(struct store *store);
	/* Waits for what was taken; its callbacks are not called. Not from within dispatch(). */
	void (*free)(struct store *store);
};

struct store {
	const struct store_ops *ops;
};

/**
 * store_sqlite_open() - a store in an SQLite database (WAL), made if it is not there
 * @path: of the database; its folder must be there
 * @host: ID of the host that it is opened for, and whose entries those become that an earlier
 *	version has stored, which knew of one host only
 * @ret_store: to be freed by its ops
 * @problem: receives what is wrong in one line, for an admin; to be freed. Without an error: that
 *	there are entries of other hosts; or NULL
 *
 * Blocks: for the start of the daemon. An older schema is brought up to date; nothing else of what
 * is there changes. No other process can open it as long as this one has it open.
 *
 * What an end of power has torn off the end of the log (PATH-wal) was never answered as durable,
 * and is no damage.
 *
 * Return: 0; errors as above; -ENOENT when the folder is not there.
 */
int store_sqlite_open(const char *path, const char *host, struct store **ret_store, char **problem);

/** store_memory_new() - a store that ends with the process; 0 or negative errno */
int store_memory_new(struct store **ret_store);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that outlives the daemon: texts under keys such as "claim/NAME", each with the revision
 * of its last write. The seam between the daemon and the place of the texts: store-sqlite.c on this
 * host's disk, store-memory.c for tests.
 *
 * A store is opened for one host, and keeps each key under the host's ID: entries of other hosts
 * are neither seen nor touched.
 *
 * No function blocks: an operation is taken, performed in the order of the calls elsewhere (on a
 * thread, on a server), and answered by a callback from dispatch(). A remote provider fits this
 * seam: one commit holds all changes that belong together, and names the revisions that it expects.
 *
 * An error loses nothing: entries that could not be written are as before, and a store that can't
 * be used (damaged, of a newer version, read-only, full) reports that and stays unchanged. A lost
 * answer is not replaced by a guess: see STORE_UNKNOWN.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/*
 * Limits, equal for all providers, so that no caller depends on one provider: etcd takes 128
 * operations and 1.5 MiB at once, and its provider needs a part of both.
 *
 * Keys are printable ASCII without spaces, and not empty: "kind/name". All sizes are bytes without
 * the NUL.
 */
#define STORE_KEY_MAX	  255
#define STORE_VALUE_MAX	  ((size_t)1024 * 1024)
#define STORE_CHANGES_MAX 100
/* Keys and values of one commit. */
#define STORE_COMMIT_MAX ((size_t)1280 * 1024)

/*
 * Entries with this prefix never leave their host, wherever the other entries are kept: only the
 * host needs them, and before it has a network.
 */
#define STORE_LOCAL "local/"

/* The expectation of a change about its key. */
#define STORE_ANY    UINT64_MAX /* any revision, or no entry */
#define STORE_ABSENT UINT64_C(0)

struct store_entry {
	const char *key;
	const char *value;
	uint64_t revision; /* of the commit that wrote the entry; grows with every commit */
};

enum store_change_kind {
	STORE_WRITE,   /* writes the value; without one, deletes the entry */
	STORE_COMPARE, /* leaves the entry unchanged: the commit is done only if the entry is as
			  expected */
};

struct store_change {
	const char *key;
	const char *value;	    /* NULL: delete, or compare */
	uint64_t expected_revision; /* the revision that the caller knows, or STORE_ANY, _ABSENT */
	enum store_change_kind kind;
};

/* The failures that an answered commit has to survive. */
enum store_durability {
	STORE_DURABLE, /* a power cut */
	STORE_QUICK,   /* the end of the process; a power cut may undo it whole */
};

/*
 * Errors of all operations, beside -ENOMEM:
 *	-EAGAIN		commit: an expectation was not met, and nothing was written
 *	-ENOSPC, -EIO	errors of the disk; nothing was written
 *	-EROFS		the store may not be written to
 *	-EUCLEAN	not a store, or damaged; left unchanged
 *	-EPROTO		of a newer version; left unchanged
 *	-EBUSY		in use by another process
 */

/*
 * An answer of a commit that is no error: all of the commit was written or will be, or nothing. A
 * disk whose sync has failed does not know which, nor does a client whose server went away before
 * the answer. The caller has to read back before it decides; a list is refused as long as the
 * provider does not know. store-certain.h does this for all callers.
 */
#define STORE_UNKNOWN 1

/*
 * @error: 0, an error as above, or STORE_UNKNOWN
 * @revision: the new revision of the changed entries; only meaningful without an error
 */
typedef void (*store_commit_fn)(void *userdata, int error, uint64_t revision);

/* @entries: sorted by key, valid during the call only; none on an error. */
typedef void (*store_list_fn)(void *userdata, int error, const struct store_entry *entries,
			      size_t count);

/*
 * A provider. All members are called from the loop's thread, never block, and copy their arguments.
 * They return 0 when the operation was taken, and then call back exactly once, from dispatch(); or
 * an error, and never call back:
 *	-ENOMEM
 *	-EINVAL		commit: a key that is invalid, or that appears twice; a comparison that has
 *			a value, or expects nothing
 *	-ENAMETOOLONG	commit: a key longer than STORE_KEY_MAX
 *	-E2BIG		commit: more than STORE_VALUE_MAX, _CHANGES_MAX or _COMMIT_MAX
 */
struct store_ops {
	/* Makes all of @changes, or none. */
	int (*commit)(struct store *store, const struct store_change *changes, size_t count,
		      enum store_durability durability, store_commit_fn callback, void *userdata);
	int (*list)(struct store *store, const char *prefix, store_list_fn callback,
		    void *userdata);
	/* Readable when dispatch() has work. */
	int (*fd)(const struct store *store);
	void (*dispatch)(struct store *store);
	/*
	 * Waits for the operations that were taken; their callbacks are not called. Not from within
	 * dispatch().
	 */
	void (*free)(struct store *store);
};

struct store {
	const struct store_ops *ops;
};

/**
 * store_sqlite_open() - opens a store in an SQLite database (WAL), which is made if missing
 * @path: of the database; its folder must exist
 * @host: ID of the host that the store is opened for; entries of an earlier version, which
 *	knew one host only, become this host's
 * @ret_store: the caller frees it by its ops
 * @problem: receives one line about the fault, for an admin; the caller frees it. Without an
 *	error: a note about entries of other hosts; or NULL
 *
 * Blocks: for the start of the daemon. An older schema is brought up to date; nothing else of the
 * content changes. No other process can open the database while this one has it open.
 *
 * A torn end of the log (PATH-wal) after a power cut was never answered as durable, and is no
 * damage.
 *
 * Return: 0; errors as above; -ENOENT when the folder does not exist.
 */
int store_sqlite_open(const char *path, const char *host, struct store **ret_store, char **problem);

/** store_memory_new() - a store that ends with the process; 0 or negative errno */
int store_memory_new(struct store **ret_store);
